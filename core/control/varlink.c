/* SPDX-License-Identifier: Apache-2.0 */
#include "control/varlink.h"

#include <provd/error.h>

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/** First size of a buffer: most calls are shorter. */
#define FIRST_CAP 512u

void provd_varlink_reader_init(struct provd_varlink_reader *reader, size_t max)
{
	memset(reader, 0, sizeof(*reader));
	reader->max = max;
}

void provd_varlink_reader_finish(struct provd_varlink_reader *reader)
{
	if (reader->buf)
		OPENSSL_cleanse(reader->buf, reader->cap);
	free(reader->buf);
	memset(reader, 0, sizeof(*reader));
}

size_t provd_varlink_reader_pending(const struct provd_varlink_reader *reader)
{
	return reader->len - reader->start;
}

int provd_varlink_reader_full(const struct provd_varlink_reader *reader)
{
	return provd_varlink_reader_pending(reader) > reader->max;
}

/** Moves what is pending to the front of the buffer. */
static void reader_compact(struct provd_varlink_reader *reader)
{
	if (!reader->start)
		return;
	memmove(reader->buf, reader->buf + reader->start, reader->len - reader->start);
	OPENSSL_cleanse(reader->buf + reader->len - reader->start, reader->start);
	reader->len -= reader->start;
	reader->scanned -= reader->start;
	reader->start = 0;
}

/** More room; the old one is wiped, for a call may bring a passphrase. @return 0 or NOMEM */
static int reader_grow(struct provd_varlink_reader *reader)
{
	size_t cap = reader->cap ? reader->cap * 2 : FIRST_CAP;
	char *grown;

	if (cap > reader->max + 1)
		cap = reader->max + 1;
	grown = malloc(cap);
	if (!grown)
		return PROVD_E_NOMEM;
	if (reader->buf) {
		memcpy(grown, reader->buf, reader->len);
		OPENSSL_cleanse(reader->buf, reader->cap);
		free(reader->buf);
	}
	reader->buf = grown;
	reader->cap = cap;
	return 0;
}

char *provd_varlink_reader_room(struct provd_varlink_reader *reader, size_t *out_room)
{
	*out_room = 0;
	if (provd_varlink_reader_full(reader))
		return NULL;
	reader_compact(reader);
	if (reader->len == reader->cap && reader_grow(reader))
		return NULL;
	*out_room = reader->cap - reader->len;
	return reader->buf + reader->len;
}

void provd_varlink_reader_filled(struct provd_varlink_reader *reader, size_t len)
{
	reader->len += len;
}

int provd_varlink_reader_next(struct provd_varlink_reader *reader,
			      struct provd_varlink_call *out_call)
{
	char *begin;
	const char *end;
	size_t len;
	int status;

	if (reader->scanned == reader->len)
		return provd_varlink_reader_full(reader) ? PROVD_E_LIMIT : 0;
	begin = reader->buf + reader->start;
	end = memchr(reader->buf + reader->scanned, 0, reader->len - reader->scanned);
	if (!end) {
		reader->scanned = reader->len;
		return provd_varlink_reader_full(reader) ? PROVD_E_LIMIT : 0;
	}
	len = (size_t)(end - begin);
	status = provd_varlink_parse(begin, len, out_call);
	OPENSSL_cleanse(begin, len);
	reader->start += len + 1;
	reader->scanned = reader->start;
	return status ? status : 1;
}

/** Whether its tree is small; brackets need not match, Jansson sees to that. */
static int is_bounded(const char *bytes, size_t len)
{
	size_t depth = 0;
	size_t values = 0;
	int in_text = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (in_text && bytes[i] == '\\') {
			i++;
		} else if (bytes[i] == '"') {
			in_text = !in_text;
		} else if (!in_text) {
			depth += bytes[i] == '{' || bytes[i] == '[';
			depth -= (bytes[i] == '}' || bytes[i] == ']') && depth;
			values += bytes[i] == '{' || bytes[i] == '[' || bytes[i] == ',';
		}
		if (depth > PROVD_VARLINK_DEPTH || values > PROVD_VARLINK_VALUES)
			return 0;
	}
	return 1;
}

/** Reads an optional boolean. @return 0 or PROVD_E_PEER_FORMAT */
static int get_flag(const json_t *root, const char *name, int *out_flag)
{
	const json_t *value = json_object_get(root, name);

	if (value && !json_is_boolean(value) && !json_is_null(value))
		return PROVD_E_PEER_FORMAT;
	*out_flag = json_is_true(value);
	return 0;
}

/** Fills a call from its JSON. @return 0, PROVD_E_PEER_FORMAT, PROVD_E_NOMEM */
static int call_read(json_t *root, struct provd_varlink_call *call)
{
	const json_t *parameters = json_object_get(root, "parameters");

	call->root = root;
	call->method = json_string_value(json_object_get(root, "method"));
	if (!call->method)
		return PROVD_E_PEER_FORMAT;
	if (!parameters || json_is_null(parameters)) {
		if (json_object_set_new(root, "parameters", json_object()))
			return PROVD_E_NOMEM;
		parameters = json_object_get(root, "parameters");
	}
	if (!json_is_object(parameters))
		return PROVD_E_PEER_FORMAT;
	call->parameters = parameters;
	if (get_flag(root, "oneway", &call->oneway) || get_flag(root, "more", &call->more) ||
	    get_flag(root, "upgrade", &call->upgrade))
		return PROVD_E_PEER_FORMAT;
	/* no answer and several answers cannot both be wanted */
	return call->oneway && (call->more || call->upgrade) ? PROVD_E_PEER_FORMAT : 0;
}

int provd_varlink_parse(const char *bytes, size_t len, struct provd_varlink_call *out_call)
{
	struct provd_varlink_call call = {0};
	json_error_t error;
	json_t *root;
	int status;

	if (!is_bounded(bytes, len))
		return PROVD_E_PEER_FORMAT;
	root = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return json_error_code(&error) == json_error_out_of_memory ? PROVD_E_NOMEM
									   : PROVD_E_PEER_FORMAT;
	status = json_is_object(root) ? call_read(root, &call) : PROVD_E_PEER_FORMAT;
	if (status)
		json_decref(root);
	else
		*out_call = call;
	return status;
}

void provd_varlink_call_finish(struct provd_varlink_call *call)
{
	json_decref(call->root);
	memset(call, 0, sizeof(*call));
}

/** Sets a member; a message that is NULL stays NULL. Both are taken. @return the message or NULL */
static json_t *with(json_t *message, const char *key, json_t *value)
{
	if (!json_object_set_new(message, key, value))
		return message;
	json_decref(message);
	return NULL;
}

/** Writes out `message` (taken). @return 0 or PROVD_E_NOMEM */
static int encode(json_t *message, char **out_bytes, size_t *out_len)
{
	char *bytes = message ? json_dumps(message, JSON_COMPACT) : NULL;

	json_decref(message);
	if (!bytes)
		return PROVD_E_NOMEM;
	*out_bytes = bytes;
	/* Jansson escapes NUL inside texts, so the first one is the end */
	*out_len = strlen(bytes) + 1;
	return 0;
}

int provd_varlink_reply(json_t *parameters, int continues, char **out_bytes, size_t *out_len)
{
	json_t *message =
		with(json_object(), "parameters", parameters ? parameters : json_object());

	if (continues)
		message = with(message, "continues", json_true());
	return encode(message, out_bytes, out_len);
}

int provd_varlink_error(const char *name, json_t *parameters, char **out_bytes, size_t *out_len)
{
	json_t *message = with(json_object(), "error", json_string(name));

	message = with(message, "parameters", parameters ? parameters : json_object());
	return encode(message, out_bytes, out_len);
}
