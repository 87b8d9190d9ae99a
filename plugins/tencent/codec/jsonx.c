/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/jsonx.h"

#include <string.h>

#include <openssl/crypto.h>

#include "codec/text.h"

/* Secrets sit one or two levels deep; the limit keeps the stack small for hostile input. */
#define WIPE_DEPTH 16

static void wipe_strings(json_t *value, unsigned int depth)
{
	if (depth == 0)
		return;
	if (json_is_string(value)) {
		/* The text is the value's own heap copy; Jansson only lacks a writable getter. */
		OPENSSL_cleanse((void *)(uintptr_t)json_string_value(value),
				json_string_length(value));
	} else if (json_is_object(value)) {
		for (void *at = json_object_iter(value); at != NULL;
		     at = json_object_iter_next(value, at))
			wipe_strings(json_object_iter_value(at), depth - 1);
	} else if (json_is_array(value)) {
		for (size_t i = 0; i < json_array_size(value); i++)
			wipe_strings(json_array_get(value, i), depth - 1);
	}
}

void tencent_json_wipe(json_t *value)
{
	if (value == NULL)
		return;
	wipe_strings(value, WIPE_DEPTH);
	json_decref(value);
}

const char *tencent_json_text(const json_t *object, const char *key, size_t *out_len)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_string(value))
		return NULL;
	if (out_len != NULL)
		*out_len = json_string_length(value);
	return json_string_value(value);
}

int tencent_json_int(const json_t *object, const char *key, int64_t min, int64_t max, int64_t *out)
{
	const json_t *value = json_object_get(object, key);
	int64_t number;

	if (!json_is_integer(value))
		return -1;
	number = json_integer_value(value);
	if (number < min || number > max)
		return -1;
	*out = number;
	return 0;
}

static int put_piece(const char *bytes, size_t len, void *data)
{
	struct tencent_out *out = data;

	tencent_out_bytes(out, bytes, len);
	return 0;
}

int tencent_json_put(struct tencent_out *out, const json_t *value)
{
	if (json_dump_callback(value, put_piece, out, JSON_COMPACT | JSON_ENCODE_ANY) != 0)
		return PROVD_E_INVALID;
	return 0;
}

int tencent_json_put_string(struct tencent_out *out, const char *text)
{
	json_t *value = json_string(text);
	int rc;

	if (value == NULL)
		return PROVD_E_INVALID;
	rc = tencent_json_put(out, value);
	tencent_json_wipe(value);
	return rc;
}
