/* SPDX-License-Identifier: Apache-2.0 */
#include "apps.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include <provd/error.h>

/* Protocol notes 1.10. */
static const struct sim_app APPS[SIM_APP_COUNT] = {
	{SIM_APP_MINI_PROGRAM, "mini-program", 8266, 1000, 2000, 6, false, false, false},
	{SIM_APP_ANDROID, "android", 8266, 0, 1000, 10, false, true, false},
	{SIM_APP_IOS, "ios", 55551, 2000, 2000, 5, true, true, true},
	{SIM_APP_DOC, "doc", 0, 0, 2000, 5, false, false, false},
};

const struct sim_app *sim_app_find(const char *name)
{
	for (size_t i = 0; i < SIM_APP_COUNT; i++) {
		if (strcmp(APPS[i].name, name) == 0)
			return &APPS[i];
	}
	return NULL;
}

/* A bounded text under construction; `full` sticks. */
struct builder {
	char *out;
	size_t used;
	bool full;
	bool pretty;
	bool first;
};

static void put(struct builder *to, const char *text, size_t size)
{
	if (to->full || size > SIM_DATAGRAM_MAX - to->used) {
		to->full = true;
		return;
	}
	memcpy(to->out + to->used, text, size);
	to->used += size;
}

static void put_text(struct builder *to, const char *text)
{
	put(to, text, strlen(text));
}

static void put_escaped(struct builder *to, unsigned char c)
{
	char code[8];
	int n;

	if (c == '"' || c == '\\') {
		code[0] = '\\';
		code[1] = (char)c;
		n = 2;
	} else if (c == '/' && to->pretty) {
		/* Apple's writer escapes it. */
		n = snprintf(code, sizeof(code), "\\/");
	} else if (c < 0x20 || c == 0x7f) {
		n = snprintf(code, sizeof(code), "\\u%04x", c);
	} else {
		code[0] = (char)c;
		n = 1;
	}
	put(to, code, (size_t)n);
}

static void put_key(struct builder *to, const char *key)
{
	put_text(to, to->first ? "" : ",");
	put_text(to, to->pretty ? "\n  \"" : "\"");
	put_text(to, key);
	put_text(to, to->pretty ? "\" : " : "\":");
	to->first = false;
}

static void put_string(struct builder *to, const char *key, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	put_key(to, key);
	put_text(to, "\"");
	for (size_t i = 0; i < size; i++)
		put_escaped(to, bytes[i]);
	put_text(to, "\"");
}

int sim_app_build(const struct sim_app *app, const struct sim_app_message *message, char *out,
		  size_t *out_size)
{
	struct builder to = {.out = out, .pretty = app->pretty, .first = true};

	put_text(&to, "{");
	put_key(&to, "cmdType");
	put_text(&to, message->token_only ? "0" : "1");
	if (!message->token_only) {
		put_string(&to, "ssid", message->ssid, message->ssid_size);
		if (app->region)
			put_string(&to, "bssid", message->bssid, strlen(message->bssid));
		put_string(&to, "password", message->passphrase, message->passphrase_size);
	}
	put_string(&to, "token", message->token, strlen(message->token));
	if (app->region)
		put_string(&to, "region", message->region, strlen(message->region));
	put_text(&to, app->pretty ? "\n}" : "}");
	if (to.full)
		return PROVD_E_LIMIT;
	*out_size = to.used;
	return 0;
}

static void copy_member(const json_t *root, const char *name, char *out, size_t size)
{
	const char *text = json_string_value(json_object_get(root, name));

	/* Cutting is wanted: the device may send any length. */
	if (text && snprintf(out, size, "%s", text) < 0)
		out[0] = '\0';
}

static json_t *parse(const struct sim_app *app, struct sim_app_buffer *buffer, const void *data,
		     size_t size)
{
	if (size > sizeof(buffer->bytes))
		size = sizeof(buffer->bytes);
	if (app->id != SIM_APP_ANDROID) {
		/* JSON.parse and the like: the whole datagram, blanks around it allowed. */
		return json_loadb(data, size, 0, NULL);
	}
	memcpy(buffer->bytes, data, size);
	/* Its parser stops behind the object, whatever follows in the buffer. */
	return json_loadb(buffer->bytes, sizeof(buffer->bytes), JSON_DISABLE_EOF_CHECK, NULL);
}

static enum sim_verdict judge_reply(const struct sim_app *app, struct sim_app_reply *reply)
{
	bool identity = reply->product_id[0] != '\0' && reply->device_name[0] != '\0';

	if (strcmp(reply->device_reply, "Current_Error") == 0)
		return SIM_VERDICT_ERROR;
	if (app->id == SIM_APP_IOS) {
		/* It stops its timer at the first cmdType 2, whatever that holds (8.4). */
		if (identity)
			return SIM_VERDICT_IDENTITY;
		reply->reason = "the first cmdType 2 has no productId";
		return SIM_VERDICT_ABORT;
	}
	if (reply->device_reply[0] != '\0')
		return SIM_VERDICT_PREVIOUS;
	if (identity)
		return SIM_VERDICT_IDENTITY;
	if (app->id == SIM_APP_ANDROID)
		return SIM_VERDICT_IGNORE;
	reply->reason = "cmdType 2 without productId and deviceName";
	return SIM_VERDICT_ABORT;
}

enum sim_verdict sim_app_judge(const struct sim_app *app, struct sim_app_buffer *buffer,
			       const void *data, size_t size, struct sim_app_reply *out_reply)
{
	json_t *root = parse(app, buffer, data, size);
	const json_t *command = json_object_get(root, "cmdType");
	enum sim_verdict verdict = SIM_VERDICT_IGNORE;

	memset(out_reply, 0, sizeof(*out_reply));
	if (!json_is_object(root)) {
		out_reply->reason = "not a JSON object";
		verdict = app->id == SIM_APP_ANDROID ? SIM_VERDICT_ABORT : SIM_VERDICT_IGNORE;
	} else if (json_is_integer(command) && json_integer_value(command) == 2) {
		copy_member(root, "productId", out_reply->product_id,
			    sizeof(out_reply->product_id));
		copy_member(root, "deviceName", out_reply->device_name,
			    sizeof(out_reply->device_name));
		copy_member(root, "protoVersion", out_reply->proto_version,
			    sizeof(out_reply->proto_version));
		copy_member(root, "deviceReply", out_reply->device_reply,
			    sizeof(out_reply->device_reply));
		copy_member(root, "log", out_reply->log, sizeof(out_reply->log));
		verdict = judge_reply(app, out_reply);
	}
	json_decref(root);
	return verdict;
}
