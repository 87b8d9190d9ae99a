/* SPDX-License-Identifier: Apache-2.0 */
#include "jget.h"

#include "hex.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int sim_jget_error(struct provd_error *err, const char *format, ...)
{
	va_list args;

	if (!err)
		return PROVD_E_INVALID;
	err->code = PROVD_E_INVALID;
	va_start(args, format);
	if (vsnprintf(err->text, sizeof(err->text), format, args) < 0)
		err->text[0] = '\0';
	va_end(args);
	return PROVD_E_INVALID;
}

int sim_jget_int(json_t *object, const char *key, int64_t min, int64_t max, int64_t *out,
		 struct provd_error *err)
{
	json_t *value = json_object_get(object, key);
	json_int_t number;

	if (!value)
		return 0;
	number = json_integer_value(value);
	if (!json_is_integer(value) || number < min || number > max)
		return sim_jget_error(err, "'%s': expected an integer %lld to %lld", key,
				      (long long)min, (long long)max);
	*out = number;
	return 0;
}

int sim_jget_bool(json_t *object, const char *key, uint32_t *out, struct provd_error *err)
{
	json_t *value = json_object_get(object, key);

	if (!value)
		return 0;
	if (!json_is_boolean(value))
		return sim_jget_error(err, "'%s': expected true or false", key);
	*out = json_is_true(value) ? 1 : 0;
	return 0;
}

int sim_jget_text(json_t *object, const char *key, const char **out, struct provd_error *err)
{
	json_t *value = json_object_get(object, key);

	if (!value)
		return 0;
	/* A NUL inside would cut what strlen() sees. */
	if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value))
		return sim_jget_error(err, "'%s': expected a text", key);
	*out = json_string_value(value);
	return 0;
}

int sim_jget_mac(json_t *object, const char *key, uint8_t out[6], struct provd_error *err)
{
	const char *text = NULL;
	int rc = sim_jget_text(object, key, &text, err);

	if (rc || !text)
		return rc;
	if (sim_mac_parse(text, out))
		return sim_jget_error(err, "'%s': expected a MAC such as 02:00:5e:10:00:01", key);
	return 0;
}

int sim_jget_ipv4(json_t *object, const char *key, uint8_t out[4], struct provd_error *err)
{
	const char *text = NULL;
	int rc = sim_jget_text(object, key, &text, err);

	if (rc || !text)
		return rc;
	if (sim_ipv4_parse(text, out))
		return sim_jget_error(err, "'%s': expected an IPv4 address", key);
	return 0;
}

int sim_jget_ssid(json_t *object, uint8_t out_ssid[32], uint32_t *out_len, struct provd_error *err)
{
	const char *text = NULL;
	const char *hex = NULL;
	int n;

	if (sim_jget_text(object, "ssid", &text, err) ||
	    sim_jget_text(object, "ssid_hex", &hex, err))
		return PROVD_E_INVALID;
	if (!text == !hex)
		return sim_jget_error(err, "expected one of 'ssid' and 'ssid_hex'");
	if (hex) {
		n = sim_hex_decode(hex, out_ssid, 32);
		if (n < 1)
			return sim_jget_error(err, "'ssid_hex': expected 1 to 32 bytes in hex");
		*out_len = (uint32_t)n;
		return 0;
	}
	if (strlen(text) < 1 || strlen(text) > 32)
		return sim_jget_error(err, "'ssid': expected 1 to 32 bytes");
	*out_len = (uint32_t)strlen(text);
	memcpy(out_ssid, text, *out_len);
	return 0;
}

static int knows(const char *known, const char *key)
{
	size_t len = strlen(key);

	while (known) {
		const char *end = strchr(known, '|');
		size_t n = end ? (size_t)(end - known) : strlen(known);

		if (n == len && memcmp(known, key, n) == 0)
			return 1;
		known = end ? end + 1 : NULL;
	}
	return 0;
}

int sim_jget_only(json_t *object, const char *known, struct provd_error *err)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return sim_jget_error(err, "expected an object");
	json_object_foreach(object, key, value)
	{
		if (!knows(known, key))
			return sim_jget_error(err, "unknown member '%.40s'; known: %s", key, known);
	}
	return 0;
}
