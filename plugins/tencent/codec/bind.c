/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/bind.h"

#include <string.h>
#include <strings.h>

#include "codec/jsonx.h"
#include "codec/text.h"

static int topic(const char *prefix, const char *product_id, const char *device_name, char *out,
		 size_t cap)
{
	struct tencent_out text;

	tencent_out_init(&text, out, cap);
	/* '/', '+' and '#' would change what the topic means. */
	if (!tencent_is_name(product_id, "_-") || !tencent_is_name(device_name, ":_-"))
		text.failed = PROVD_E_INVALID;
	tencent_out_text(&text, prefix);
	tencent_out_text(&text, product_id);
	tencent_out_text(&text, "/");
	tencent_out_text(&text, device_name);
	return tencent_out_finish(&text);
}

int tencent_bind_topic_up(const char *product_id, const char *device_name, char *out, size_t cap)
{
	return topic("$thing/up/service/", product_id, device_name, out, cap);
}

int tencent_bind_topic_down(const char *product_id, const char *device_name, char *out, size_t cap)
{
	return topic("$thing/down/service/", product_id, device_name, out, cap);
}

int tencent_bind_client_token(const char *device_name, uint32_t ms, char *out, size_t cap)
{
	struct tencent_out text;

	tencent_out_init(&text, out, cap);
	tencent_out_text(&text, device_name);
	tencent_out_text(&text, "-");
	tencent_out_number(&text, ms);
	return tencent_out_finish(&text);
}

static const char *pair_name(enum tencent_pair_type type)
{
	switch (type) {
	case TENCENT_PAIR_SOFTAP:
		return "SoftAP";
	case TENCENT_PAIR_AIRKISS:
		return "AirKiss";
	case TENCENT_PAIR_SMARTCONFIG:
		return "SmartConfig";
	case TENCENT_PAIR_SIMPLECONFIG:
		return "SimpleConfig";
	case TENCENT_PAIR_BTCOMBO:
		return "BTCombo";
	case TENCENT_PAIR_BLE_LLSYNC:
		return "BLE LLSync";
	case TENCENT_PAIR_BLE_CUSTOM:
		return "BLE Custom";
	case TENCENT_PAIR_UNKNOWN:
		break;
	}
	return "Unknow";
}

static void put_times(struct tencent_out *text, const struct tencent_pair_time *times)
{
	const struct {
		const char *key;
		uint32_t ms;
	} rows[] = {
		{",\"start\":", times->start},
		{",\"getSSID\":", times->get_ssid},
		{",\"wifiConnected\":", times->wifi_connected},
		{",\"getToken\":", times->get_token},
		{",\"mqttStart\":", times->mqtt_start},
		{",\"mqttConnected\":", times->mqtt_connected},
		{",\"tokenPublish\":", times->token_publish},
	};

	tencent_out_text(text, ",\"pairTime\":{\"type\":");
	tencent_out_json(text, pair_name(times->type));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tencent_out_text(text, rows[i].key);
		tencent_out_number(text, rows[i].ms);
	}
	tencent_out_text(text, "}");
}

int tencent_bind_payload(const char *client_token, const char *token,
			 const struct tencent_pair_time *times, char *out, size_t cap)
{
	struct tencent_out text;

	tencent_out_init(&text, out, cap);
	tencent_out_text(&text, "{\"method\":\"app_bind_token\",\"clientToken\":");
	tencent_out_json(&text, client_token);
	tencent_out_text(&text, ",\"params\": {\"token\":");
	tencent_out_json(&text, token);
	if (times != NULL)
		put_times(&text, times);
	tencent_out_text(&text, "}}");
	return tencent_out_finish(&text);
}

bool tencent_bind_says_expired(const char *status, size_t len)
{
	static const char word[] = "expire";
	size_t word_len = sizeof(word) - 1;

	for (size_t i = 0; status != NULL && i + word_len <= len; i++) {
		if (strncasecmp(status + i, word, word_len) == 0)
			return true;
	}
	return false;
}

static void read_reply(const json_t *root, const char *client_token,
		       struct tencent_bind_message *message)
{
	size_t len = 0;
	size_t status_len = 0;
	const char *theirs = tencent_json_text(root, "clientToken", &len);
	const char *status = tencent_json_text(root, "status", &status_len);
	int64_t code;

	message->kind = TENCENT_BIND_OTHER;
	if (theirs == NULL || client_token == NULL || strlen(client_token) != len ||
	    memcmp(theirs, client_token, len) != 0)
		return;
	if (tencent_json_int(root, "code", INT32_MIN, INT32_MAX, &code) != 0) {
		message->kind = TENCENT_BIND_INVALID;
		message->error = tencent_errcode_reply(TENCENT_SUB_JSON_FORMAT);
		return;
	}
	message->kind = TENCENT_BIND_REPLY;
	message->code = (int32_t)code;
	if (code == 0)
		return;
	message->error = tencent_errcode_reply(message->code);
	message->is_expired = tencent_bind_says_expired(status, status_len);
}

void tencent_bind_parse(const void *data, size_t len, const char *client_token,
			struct tencent_bind_message *out_message)
{
	struct tencent_bind_message message = {.kind = TENCENT_BIND_OTHER};
	const char *method;
	json_t *root;

	*out_message = message;
	if (len > TENCENT_BIND_DOWN_MAX)
		return;
	root = json_loadb(data, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	method = tencent_json_text(root, "method", NULL);
	if (!json_is_object(root)) {
		message.kind = TENCENT_BIND_INVALID;
		message.error = tencent_errcode_reply(TENCENT_SUB_JSON_FORMAT);
	} else if (method == NULL) {
		message.kind = TENCENT_BIND_OTHER;
	} else if (strcmp(method, "app_bind_token_reply") == 0) {
		read_reply(root, client_token, &message);
	} else if (strcmp(method, "bind_device") == 0) {
		message.kind = TENCENT_BIND_DEVICE;
	} else if (strcmp(method, "unbind_device") == 0) {
		message.kind = TENCENT_BIND_UNBIND_DEVICE;
	}
	json_decref(root);
	*out_message = message;
}
