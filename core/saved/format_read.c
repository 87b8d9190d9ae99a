/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the records. Each text came through a checksum, yet nothing of it is believed. */
#include "saved/format.h"

#include <provd/error.h>
#include <provd/event.h>

#include <string.h>

#include "secret/secret.h"

/* None yet: format 1 is the first. A row is added with each new number. */
static provd_saved_upgrade_fn *const networks_upgrades[] = {NULL};
static provd_saved_upgrade_fn *const staged_upgrades[] = {NULL};
static provd_saved_upgrade_fn *const device_upgrades[] = {NULL};

int provd_saved_upgrade(json_t *root, provd_saved_upgrade_fn *const *upgrades, json_int_t current)
{
	const json_t *number = json_object_get(root, "format");
	json_int_t format = json_integer_value(number);
	int code = 0;

	if (!json_is_integer(number) || format < 1)
		return PROVD_E_CORRUPT;
	if (format > current)
		return PROVD_E_NOT_SUPPORTED;
	for (; format < current && !code; format++)
		code = upgrades[format - 1](root);
	return code;
}

static int record_parse(struct provd_bytes text, provd_saved_upgrade_fn *const *upgrades,
			json_t **out_root)
{
	json_error_t where;
	json_t *root;
	int code;

	if (!text.data || text.len == 0 || text.len > PROVD_STORE_CONTENT_MAX)
		return PROVD_E_CORRUPT;
	root = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, &where);
	if (!root)
		return json_error_code(&where) == json_error_out_of_memory ? PROVD_E_NOMEM
									   : PROVD_E_CORRUPT;
	code = provd_saved_upgrade(root, upgrades, PROVD_SAVED_FORMAT);
	if (code)
		json_decref(root);
	else
		*out_root = root;
	return code;
}

/* The get_ functions leave a member that is not there at what it was. */
static int get_number(const json_t *object, const char *name, json_int_t min, json_int_t max,
		      json_int_t *out_number)
{
	const json_t *value = json_object_get(object, name);

	if (!value)
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < min ||
	    json_integer_value(value) > max)
		return PROVD_E_CORRUPT;
	*out_number = json_integer_value(value);
	return 0;
}

static int get_flag(const json_t *object, const char *name, int *out_flag)
{
	const json_t *value = json_object_get(object, name);

	if (!value)
		return 0;
	if (!json_is_boolean(value))
		return PROVD_E_CORRUPT;
	*out_flag = json_is_true(value);
	return 0;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* `out_secret` stays when there is no such member; no digits give an empty one. */
static int get_hex(const json_t *object, const char *name, size_t min, size_t max,
		   struct provd_secret **out_secret)
{
	const json_t *value = json_object_get(object, name);
	const char *text = json_string_value(value);
	size_t len = json_string_length(value);
	struct provd_secret *secret;
	uint8_t *bytes = NULL;
	size_t i;

	if (!value)
		return 0;
	if (!text || len % 2 || len / 2 < min || len / 2 > max)
		return PROVD_E_CORRUPT;
	secret = provd_secret_alloc(len / 2, &bytes);
	if (!secret)
		return PROVD_E_NOMEM;
	for (i = 0; i < len; i += 2) {
		if (digit(text[i]) < 0 || digit(text[i + 1]) < 0) {
			provd_secret_unref(secret);
			return PROVD_E_CORRUPT;
		}
		bytes[i / 2] = (uint8_t)(digit(text[i]) << 4 | digit(text[i + 1]));
	}
	*out_secret = secret;
	return 0;
}

/* Into memory of the caller. @return 0 and what was there, 0 bytes when nothing was */
static int get_bytes(const json_t *object, const char *name, size_t min, size_t max, uint8_t *out,
		     size_t *out_len)
{
	struct provd_secret *secret = NULL;
	int code = get_hex(object, name, min, max, &secret);
	struct provd_bytes view = provd_secret_view(secret);

	if (code)
		return code;
	if (view.len)
		memcpy(out, view.data, view.len);
	*out_len = view.len;
	provd_secret_unref(secret);
	return 0;
}

static int get_id(const json_t *object, const char *name, uint64_t *out_id)
{
	uint8_t bytes[8] = {0};
	uint64_t id = 0;
	size_t len = 0;
	int code = get_bytes(object, name, sizeof(bytes), sizeof(bytes), bytes, &len);

	if (code)
		return code;
	for (size_t i = 0; i < len; i++)
		id = id << 8 | bytes[i];
	*out_id = id;
	return 0;
}

static int get_credentials(const json_t *object, struct provd_credentials *out_credentials)
{
	struct provd_credentials own = {.size = sizeof(own)};
	struct provd_secret *passphrase = NULL;
	json_int_t channel = 0;
	json_int_t security = 0;
	size_t ssid_len = 0;
	size_t bssid_len = 0;
	int hidden = 0;
	int code;

	if (!json_is_object(object))
		return PROVD_E_CORRUPT;
	code = get_bytes(object, "ssid", 1, sizeof(own.ssid), own.ssid, &ssid_len);
	if (!code)
		code = get_bytes(object, "bssid", sizeof(own.bssid), sizeof(own.bssid), own.bssid,
				 &bssid_len);
	if (!code)
		code = get_number(object, "channel", 0, PROVD_SAVED_CHANNEL_MAX, &channel);
	if (!code)
		code = get_number(object, "security", 0, PROVD_SECURITY_OWE, &security);
	if (!code)
		code = get_flag(object, "hidden", &hidden);
	if (!code && ssid_len == 0)
		code = PROVD_E_CORRUPT;
	if (!code)
		code = get_hex(object, "passphrase", 0, PROVD_PASSPHRASE_MAX, &passphrase);
	if (code)
		return code;
	own.flags = (bssid_len ? PROVD_CREDENTIALS_BSSID : 0u) |
		    (hidden ? PROVD_CREDENTIALS_HIDDEN : 0u);
	own.ssid_len = (uint32_t)ssid_len;
	own.channel = (uint32_t)channel;
	own.security = (uint32_t)security;
	own.passphrase = passphrase;
	*out_credentials = own;
	return 0;
}

static int get_network(const json_t *object, struct provd_saved_list *list)
{
	struct provd_saved_network network = {.priority = 0};
	json_int_t priority = 0;
	int code;

	code = get_number(object, "priority", -PROVD_SAVED_PRIORITY_MAX, PROVD_SAVED_PRIORITY_MAX,
			  &priority);
	if (!code)
		code = get_credentials(object, &network.credentials);
	if (code)
		return code;
	network.priority = (int32_t)priority;
	if (provd_saved_list_append(list, &network))
		code = PROVD_E_CORRUPT;
	provd_saved_credentials_finish(&network.credentials);
	return code;
}

int provd_saved_decode_networks(struct provd_bytes text, struct provd_saved_list *out_list)
{
	struct provd_saved_list list;
	const json_t *array;
	json_t *root = NULL;
	size_t i;
	int code = record_parse(text, networks_upgrades, &root);

	if (code)
		return code;
	provd_saved_list_init(&list, PROVD_SAVED_NETWORKS_MAX);
	array = json_object_get(root, "networks");
	if (!json_is_array(array))
		code = PROVD_E_CORRUPT;
	for (i = 0; !code && i < json_array_size(array); i++)
		code = get_network(json_array_get(array, i), &list);
	if (code)
		provd_saved_list_finish(&list);
	else
		*out_list = list;
	json_decref(root);
	return code;
}

static int get_staged(const json_t *root, struct provd_saved_staged *staged)
{
	const json_t *method = json_object_get(root, "method");
	json_int_t numbers[7] = {0};
	int code = get_number(root, "state", PROVD_STATE_ONLINE, PROVD_STATE_BINDING, &numbers[0]);

	if (!code)
		code = get_number(root, "resumed", 0, UINT32_MAX, &numbers[1]);
	if (!code)
		code = get_number(root, "at_ms", 0, INT64_MAX, &numbers[2]);
	if (!code)
		code = get_number(root, "started_ms", 0, INT64_MAX, &numbers[3]);
	if (!code)
		code = get_number(root, "credentials_ms", 0, INT64_MAX, &numbers[4]);
	if (!code)
		code = get_number(root, "online_ms", 0, INT64_MAX, &numbers[5]);
	if (!code)
		code = get_number(root, "token_ms", 0, INT64_MAX, &numbers[6]);
	if (code)
		return code;
	staged->state = (uint32_t)numbers[0];
	staged->resumed = (uint32_t)numbers[1];
	staged->at_ms = (uint64_t)numbers[2];
	staged->times.size = sizeof(staged->times);
	staged->times.started_ms = (uint64_t)numbers[3];
	staged->times.credentials_ms = (uint64_t)numbers[4];
	staged->times.online_ms = (uint64_t)numbers[5];
	staged->times.token_ms = (uint64_t)numbers[6];
	if (!method)
		return 0;
	if (!json_is_string(method) || json_string_length(method) >= sizeof(staged->method))
		return PROVD_E_CORRUPT;
	memcpy(staged->method, json_string_value(method), json_string_length(method));
	return 0;
}

int provd_saved_decode_staged(struct provd_bytes text, struct provd_saved_staged *out_staged)
{
	struct provd_saved_staged staged;
	struct provd_secret *token = NULL;
	json_t *root = NULL;
	int code = record_parse(text, staged_upgrades, &root);

	if (code)
		return code;
	memset(&staged, 0, sizeof(staged));
	code = get_staged(root, &staged);
	if (!code)
		code = get_credentials(json_object_get(root, "credentials"), &staged.credentials);
	if (!code)
		code = get_hex(root, "token", 1, PROVD_SAVED_TOKEN_MAX, &token);
	if (!code)
		code = get_id(root, "id", &staged.id);
	staged.token = token;
	if (!code && provd_saved_staged_check(&staged))
		code = PROVD_E_CORRUPT;
	if (code)
		provd_saved_staged_finish(&staged);
	else
		*out_staged = staged;
	json_decref(root);
	return code;
}

int provd_saved_decode_device(struct provd_bytes text, struct provd_saved_device *out_device)
{
	struct provd_saved_device device = {0};
	json_t *root = NULL;
	int code = record_parse(text, device_upgrades, &root);

	if (code)
		return code;
	if (!json_object_get(root, "bound"))
		code = PROVD_E_CORRUPT;
	if (!code)
		code = get_flag(root, "bound", &device.bound);
	if (!code)
		code = get_flag(root, "forget_networks", &device.forget_networks);
	if (!code)
		code = get_flag(root, "forget_staged", &device.forget_staged);
	if (!code)
		code = get_id(root, "ended", &device.ended);
	if (!code)
		*out_device = device;
	json_decref(root);
	return code;
}
