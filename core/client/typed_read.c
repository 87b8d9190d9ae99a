/* SPDX-License-Identifier: Apache-2.0 */
/* Reads answers into structures. */
#include "client_internal.h"

#include <string.h>

/** Copies a text, cut between characters where it does not fit. */
static void copy(char *out, size_t size, const char *text)
{
	size_t len = strnlen(text, size);

	if (len == size) {
		len--;
		while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(out, text, len);
	out[len] = 0;
}

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

/** @return bytes of a hex text, 0 when it is none or does not fit */
static uint32_t read_hex(const char *text, uint8_t *out, size_t size)
{
	uint8_t bytes[64];
	size_t len = strlen(text);
	size_t i;
	int high;
	int low;

	if (len % 2 || len / 2 > size || len / 2 > sizeof(bytes))
		return 0;
	for (i = 0; i < len / 2; i++) {
		high = hex_digit(text[2 * i]);
		low = hex_digit(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return 0;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(out, bytes, len / 2);
	return (uint32_t)(len / 2);
}

/** Parameters of an answer as an object. @param out_json given: json_decref */
static int read_reply(const struct provd_client_reply *reply, json_t **out_json)
{
	json_t *json;

	if (reply->status)
		return reply->status;
	json = json_loads(reply->parameters, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(json)) {
		json_decref(json);
		return PROVD_E_PEER_FORMAT;
	}
	*out_json = json;
	return 0;
}

/** Gives the program as much as its structure has room for. Both begin with their size. */
static void give(void *out, const void *ours, size_t our_size)
{
	uint32_t size;

	memcpy(&size, out, sizeof(size));
	memcpy((char *)out + sizeof(size), (const char *)ours + sizeof(size),
	       (size < our_size ? size : our_size) - sizeof(size));
}

PROVD_CLIENT_EXPORT uint64_t provd_client_reply_session(const struct provd_client_reply *reply)
{
	uint64_t session;
	json_t *json;

	if (read_reply(reply, &json))
		return 0;
	session = provd__client_number(json, "session");
	json_decref(json);
	return session;
}

static void read_link(const json_t *link, struct provd_client_status *status)
{
	status->ssid_len =
		read_hex(provd__client_text(link, "ssid_hex"), status->ssid, sizeof(status->ssid));
	copy(status->address, sizeof(status->address), provd__client_text(link, "address"));
}

PROVD_CLIENT_EXPORT int provd_client_reply_status(const struct provd_client_reply *reply,
						  struct provd_client_status *out_status)
{
	struct provd_client_status read = {.size = sizeof(read)};
	const json_t *failure;
	const json_t *identity;
	json_t *json;
	int status;

	if (out_status->size < sizeof(uint32_t))
		return PROVD_E_INVALID;
	status = read_reply(reply, &json);
	if (status)
		return status;
	failure = json_object_get(json, "last_error");
	identity = json_object_get(json, "identity");
	read.session = provd__client_number(json, "session");
	read.attempt = (uint32_t)provd__client_number(json, "attempt");
	read.elapsed_ms = provd__client_number(json, "elapsed_ms");
	read.is_bound = json_is_true(json_object_get(json, "bound"));
	read.networks = (uint32_t)provd__client_number(json, "networks");
	read.is_registered = json_is_true(json_object_get(identity, "registered"));
	copy(read.state, sizeof(read.state), provd__client_text(json, "state"));
	copy(read.method, sizeof(read.method), provd__client_text(json, "method"));
	copy(read.waiting, sizeof(read.waiting), provd__client_text(json, "waiting"));
	copy(read.failure, sizeof(read.failure), provd__client_text(failure, "code"));
	copy(read.failure_text, sizeof(read.failure_text), provd__client_text(failure, "text"));
	copy(read.product, sizeof(read.product), provd__client_text(identity, "product"));
	copy(read.device, sizeof(read.device), provd__client_text(identity, "device"));
	read_link(json_object_get(json, "link"), &read);
	if (*read.state)
		give(out_status, &read, sizeof(read));
	else
		status = PROVD_E_PEER_FORMAT;
	json_decref(json);
	return status;
}

PROVD_CLIENT_EXPORT int provd_client_reply_identity(const struct provd_client_reply *reply,
						    struct provd_client_identity *out_identity)
{
	struct provd_client_identity read = {.size = sizeof(read)};
	json_t *json;
	int status;

	if (out_identity->size < sizeof(uint32_t))
		return PROVD_E_INVALID;
	status = read_reply(reply, &json);
	if (status)
		return status;
	copy(read.cloud, sizeof(read.cloud), provd__client_text(json, "cloud"));
	copy(read.product, sizeof(read.product), provd__client_text(json, "product"));
	copy(read.device, sizeof(read.device), provd__client_text(json, "device"));
	copy(read.file, sizeof(read.file), provd__client_text(json, "file"));
	/* a path that was cut is another path */
	if (json_is_string(json_object_get(json, "file")) &&
	    strlen(provd__client_text(json, "file")) < sizeof(read.file))
		give(out_identity, &read, sizeof(read));
	else
		status = PROVD_E_PEER_FORMAT;
	json_decref(json);
	return status;
}
