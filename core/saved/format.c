/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the records; format_read.c reads them. */
#include "saved/format.h"

#include <provd/error.h>

#include <string.h>

#include "secret/secret.h"

#define DUMP_FLAGS (JSON_COMPACT | JSON_SORT_KEYS)

/* Takes `value`, which may be NULL. */
static int put(json_t *object, const char *name, json_t *value)
{
	return value && json_object_set_new(object, name, value) == 0 ? 0 : PROVD_E_NOMEM;
}

static int put_number(json_t *object, const char *name, uint64_t value)
{
	if (value > INT64_MAX)
		return PROVD_E_INVALID;
	return put(object, name, json_integer((json_int_t)value));
}

static int put_hex(json_t *object, const char *name, const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t *text = NULL;
	struct provd_secret *wiped = provd_secret_alloc(2 * len, &text);
	size_t i;
	int code;

	if (!wiped)
		return PROVD_E_NOMEM;
	for (i = 0; i < len; i++) {
		text[2 * i] = (uint8_t)digits[bytes[i] >> 4];
		text[2 * i + 1] = (uint8_t)digits[bytes[i] & 15];
	}
	code = put(object, name, json_stringn((const char *)text, 2 * len));
	provd_secret_unref(wiped);
	return code;
}

/* A session's id; 0 is none. JSON's numbers are too small for it. */
static int put_id(json_t *object, const char *name, uint64_t id)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(id >> (56 - 8 * i));
	return id ? put_hex(object, name, bytes, sizeof(bytes)) : 0;
}

static int put_secret(json_t *object, const char *name, const struct provd_secret *secret)
{
	struct provd_bytes view = provd_secret_view(secret);

	return view.len ? put_hex(object, name, view.data, view.len) : 0;
}

/* Straight into a wiped buffer: json_dumps would leave its own behind. */
static int dump(const json_t *root, struct provd_secret **out_text)
{
	size_t len = json_dumpb(root, NULL, 0, DUMP_FLAGS);
	struct provd_secret *text;
	uint8_t *buffer = NULL;

	if (len == 0)
		return PROVD_E_NOMEM;
	if (len > PROVD_STORE_CONTENT_MAX)
		return PROVD_E_LIMIT;
	text = provd_secret_alloc(len, &buffer);
	if (!text)
		return PROVD_E_NOMEM;
	if (json_dumpb(root, (char *)buffer, len, DUMP_FLAGS) != len) {
		provd_secret_unref(text);
		return PROVD_E_NOMEM;
	}
	*out_text = text;
	return 0;
}

static json_t *record_create(void)
{
	json_t *root = json_object();

	if (root && put_number(root, "format", PROVD_SAVED_FORMAT)) {
		json_decref(root);
		root = NULL;
	}
	return root;
}

static int put_credentials(json_t *object, const struct provd_credentials *credentials)
{
	int code;

	if (provd_saved_credentials_check(credentials))
		return PROVD_E_INVALID;
	code = put_hex(object, "ssid", credentials->ssid, credentials->ssid_len);
	if (!code)
		code = put_secret(object, "passphrase", credentials->passphrase);
	if (!code && (credentials->flags & PROVD_CREDENTIALS_BSSID))
		code = put_hex(object, "bssid", credentials->bssid, sizeof(credentials->bssid));
	if (!code && (credentials->flags & PROVD_CREDENTIALS_HIDDEN))
		code = put(object, "hidden", json_true());
	if (!code)
		code = put_number(object, "channel", credentials->channel);
	if (!code)
		code = put_number(object, "security", credentials->security);
	return code;
}

static int put_network(json_t *array, const struct provd_saved_network *network)
{
	json_t *object = json_object();
	int code;

	if (!object || json_array_append_new(array, object))
		return PROVD_E_NOMEM;
	code = put_credentials(object, &network->credentials);
	return code ? code : put(object, "priority", json_integer(network->priority));
}

int provd_saved_encode_networks(const struct provd_saved_list *list, struct provd_secret **out_text)
{
	json_t *root = record_create();
	json_t *array = json_array();
	int code = root && array ? 0 : PROVD_E_NOMEM;
	size_t i;

	for (i = 0; i < list->count && !code; i++)
		code = put_network(array, &list->networks[i]);
	if (!code)
		code = put(root, "networks", json_incref(array));
	if (!code)
		code = dump(root, out_text);
	json_decref(array);
	json_decref(root);
	return code;
}

static int put_staged(json_t *root, const struct provd_saved_staged *staged)
{
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
		{"state", staged->state},
		{"resumed", staged->resumed},
		{"at_ms", staged->at_ms},
		{"started_ms", staged->times.started_ms},
		{"credentials_ms", staged->times.credentials_ms},
		{"online_ms", staged->times.online_ms},
		{"token_ms", staged->times.token_ms},
	};
	json_t *credentials = json_object();
	int code = put(root, "credentials", credentials);
	size_t i;

	if (!code)
		code = put_credentials(credentials, &staged->credentials);
	if (!code)
		code = put_secret(root, "token", staged->token);
	if (!code)
		code = put_id(root, "id", staged->id);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]) && !code; i++)
		code = put_number(root, numbers[i].name, numbers[i].value);
	return code ? code : put(root, "method", json_string(staged->method));
}

int provd_saved_encode_staged(const struct provd_saved_staged *staged,
			      struct provd_secret **out_text)
{
	json_t *root;
	int code;

	if (provd_saved_staged_check(staged))
		return PROVD_E_INVALID;
	root = record_create();
	code = root ? put_staged(root, staged) : PROVD_E_NOMEM;
	if (!code)
		code = dump(root, out_text);
	json_decref(root);
	return code;
}

int provd_saved_encode_device(const struct provd_saved_device *device,
			      struct provd_secret **out_text)
{
	json_t *root = record_create();
	int code = root ? put(root, "bound", json_boolean(device->bound)) : PROVD_E_NOMEM;

	if (!code && device->forget_networks)
		code = put(root, "forget_networks", json_true());
	if (!code && device->forget_staged)
		code = put(root, "forget_staged", json_true());
	if (!code)
		code = put_id(root, "ended", device->ended);
	if (!code)
		code = dump(root, out_text);
	json_decref(root);
	return code;
}
