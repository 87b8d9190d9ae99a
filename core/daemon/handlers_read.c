/* SPDX-License-Identifier: Apache-2.0 */
/* The parameters of control calls: ranges, and what must not stand together. */
#include "daemon/handlers.h"
#include "secret/secret.h"

#include <string.h>

#define DAY_MS	  (24 * 3600 * INT64_C(1000))
#define TOKEN_MAX 512u
/* Shortest passphrase (IEEE 802.11-2020, J.4.1). */
#define PASSPHRASE_MIN 8u

/* A parameter that is there, or NULL. */
static const json_t *given(const json_t *parameters, const char *name)
{
	const json_t *value = json_object_get(parameters, name);

	return json_is_null(value) ? NULL : value;
}

static int wrong(struct provd_control_call *call, const char *name)
{
	provd_control_invalid(call, name);
	return PROVD_E_INVALID;
}

int provd__read_int(struct provd_control_call *call, const json_t *parameters, const char *name,
		    int64_t min, int64_t max, int64_t *inout_value)
{
	const json_t *value = given(parameters, name);

	if (!value)
		return 0;
	if (json_integer_value(value) < min || json_integer_value(value) > max)
		return wrong(call, name);
	*inout_value = json_integer_value(value);
	return 0;
}

int provd__read_session(struct provd_control_call *call, const json_t *parameters,
			uint64_t *out_session)
{
	int64_t session = 0;
	int code = provd__read_int(call, parameters, "session", 1, INT64_MAX, &session);

	if (code == 0)
		*out_session = (uint64_t)session;
	return code;
}

int provd__read_deadline(struct provd_control_call *call, const json_t *parameters,
			 uint64_t *out_ms)
{
	int64_t value = 0;
	int code = provd__read_int(call, parameters, "deadline_ms", 1, 7 * DAY_MS, &value);

	if (code == 0)
		*out_ms = (uint64_t)value;
	return code;
}

/* Hexadecimal digits */

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int byte_value(const char *digits)
{
	int high = digit_value(digits[0]);
	int low = high < 0 ? -1 : digit_value(digits[1]);

	return low < 0 ? -1 : high * 16 + low;
}

/* @param to at least len / 2 bytes. @return 0 or PROVD_E_INVALID */
static int from_hex(const char *digits, size_t len, uint8_t *to)
{
	if (len % 2)
		return PROVD_E_INVALID;
	for (size_t i = 0; i < len / 2; i++) {
		int value = byte_value(digits + 2 * i);

		if (value < 0)
			return PROVD_E_INVALID;
		to[i] = (uint8_t)value;
	}
	return 0;
}

/* Networks */

int provd__read_ssid(struct provd_control_call *call, const json_t *parameters, uint8_t *out_ssid,
		     uint32_t *out_len)
{
	const json_t *text = given(parameters, "ssid");
	const json_t *hex = given(parameters, "ssid_hex");
	size_t len = json_string_length(text ? text : hex);

	if (text && hex)
		return wrong(call, "ssid_hex");
	if (!text && !hex)
		return wrong(call, "ssid");
	if (text) {
		if (len < 1 || len > PROVD_SSID_MAX)
			return wrong(call, "ssid");
		memcpy(out_ssid, json_string_value(text), len);
	} else {
		if (len < 2 || len > 2 * (size_t)PROVD_SSID_MAX ||
		    from_hex(json_string_value(hex), len, out_ssid))
			return wrong(call, "ssid_hex");
		len /= 2;
	}
	*out_len = (uint32_t)len;
	return 0;
}

/* 8 to 63 bytes, or 64 digits of a raw key. */
static int is_passphrase(struct provd_bytes bytes)
{
	const char *chars = (const char *)bytes.data;

	if (bytes.len != PROVD_PASSPHRASE_MAX)
		return bytes.len >= PASSPHRASE_MIN && bytes.len < PROVD_PASSPHRASE_MAX;
	for (size_t i = 0; i < bytes.len; i++)
		if (digit_value(chars[i]) < 0)
			return 0;
	return 1;
}

static struct provd_secret *passphrase_of(const json_t *value, int hex)
{
	const char *text = json_string_value(value);
	size_t len = json_string_length(value);
	struct provd_secret *secret = NULL;
	uint8_t *bytes = NULL;

	/* what is longer could not be one; no need to copy it */
	if (len > (hex ? 2 : 1) * (size_t)PROVD_PASSPHRASE_MAX)
		return NULL;
	secret = provd_secret_alloc(hex ? len / 2 : len, &bytes);
	if (!secret)
		return NULL;
	if (!hex)
		memcpy(bytes, text, len);
	if ((hex && from_hex(text, len, bytes)) || !is_passphrase(provd_secret_view(secret))) {
		provd_secret_unref(secret);
		return NULL;
	}
	return secret;
}

int provd__read_passphrase(struct provd_control_call *call, const json_t *parameters,
			   struct provd_secret **out_secret)
{
	const json_t *text = given(parameters, "passphrase");
	const json_t *hex = given(parameters, "passphrase_hex");
	struct provd_secret *secret;

	if (text && hex)
		return wrong(call, "passphrase_hex");
	if (json_string_length(text ? text : hex) == 0) {
		*out_secret = NULL;
		return 0;
	}
	secret = passphrase_of(text ? text : hex, hex != NULL);
	if (!secret)
		return wrong(call, hex ? "passphrase_hex" : "passphrase");
	*out_secret = secret;
	return 0;
}

int provd__read_token(struct provd_control_call *call, const json_t *parameters,
		      struct provd_secret **out_secret)
{
	const json_t *value = given(parameters, "token");
	size_t len = json_string_length(value);
	struct provd_secret *secret = NULL;

	if (value && (len < 1 || len > TOKEN_MAX))
		return wrong(call, "token");
	if (value)
		secret = provd_secret_create(json_string_value(value), len);
	if (value && !secret)
		return wrong(call, "token");
	*out_secret = secret;
	return 0;
}

int provd__read_bssid(struct provd_control_call *call, const json_t *parameters,
		      uint8_t out_bssid[6], int *out_found)
{
	const json_t *value = given(parameters, "bssid");
	const char *text = json_string_value(value);
	uint8_t bssid[6];

	if (!value) {
		*out_found = 0;
		return 0;
	}
	if (json_string_length(value) != 17)
		return wrong(call, "bssid");
	for (size_t i = 0; i < sizeof(bssid); i++) {
		int byte = byte_value(text + 3 * i);

		if (byte < 0 || (i < 5 && text[3 * i + 2] != ':'))
			return wrong(call, "bssid");
		bssid[i] = (uint8_t)byte;
	}
	/* the group bit: no station has such an address */
	if (bssid[0] & 1u)
		return wrong(call, "bssid");
	memcpy(out_bssid, bssid, sizeof(bssid));
	*out_found = 1;
	return 0;
}
