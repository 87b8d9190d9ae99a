/* SPDX-License-Identifier: Apache-2.0 */
#include "common/ap.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum placeholder {
	PLACE_MAC4,
	PLACE_MAC6,
	PLACE_PRODUCT,
	PLACE_DEVICE,
	PLACE_COUNT
};

static const char *const places[PLACE_COUNT] = {"{mac4}", "{mac6}", "{product}", "{device}"};

int ap_error(struct provd_error *err, int code, const char *format, ...)
{
	va_list args;

	if (!err)
		return code;
	err->code = code;
	va_start(args, format);
	if (vsnprintf(err->text, sizeof(err->text), format, args) < 0)
		err->text[0] = '\0';
	va_end(args);
	return code;
}

/* The placeholder at `text`, or PLACE_COUNT. */
static size_t place_at(const char *text)
{
	for (size_t i = 0; i < PLACE_COUNT; i++) {
		if (strncmp(text, places[i], strlen(places[i])) == 0)
			return i;
	}
	return PLACE_COUNT;
}

int ap_name_check(const char *pattern, int *out_needs, struct provd_error *err)
{
	size_t len = strlen(pattern); /* at least, once it is filled in */
	int needs = 0;

	for (const char *p = strpbrk(pattern, "{}"); p; p = strpbrk(p, "{}")) {
		size_t place = place_at(p);

		if (place == PLACE_COUNT)
			return ap_error(err, PROVD_E_CONFIG,
					"ssid: unknown placeholder at '%.16s'; use {mac4}, "
					"{mac6}, {product} or {device}",
					p);
		needs = 1;
		len -= strlen(places[place]);
		p += strlen(places[place]);
	}
	if (len > PROVD_SSID_MAX)
		return ap_error(err, PROVD_E_CONFIG,
				"ssid: '%.64s' is longer than 32 bytes; shorten it", pattern);
	*out_needs = needs;
	return 0;
}

/* Text of a placeholder; `buffer` has room for 7 bytes. NULL: not known. */
static const char *expand(size_t place, const struct provd_device_info *info, char *buffer)
{
	static const char digits[] = "0123456789abcdef";
	size_t first = place == PLACE_MAC4 ? 4 : 3;
	size_t n = 0;

	if (!info)
		return NULL;
	if (place == PLACE_PRODUCT)
		return info->product && info->product[0] ? info->product : NULL;
	if (place == PLACE_DEVICE)
		return info->device && info->device[0] ? info->device : NULL;
	for (size_t i = first; i < 6; i++) {
		buffer[n++] = digits[info->mac[i] >> 4];
		buffer[n++] = digits[info->mac[i] & 15];
	}
	buffer[n] = '\0';
	return buffer;
}

int ap_name_make(const char *pattern, const struct provd_device_info *info, uint8_t *out_ssid,
		 struct provd_error *err)
{
	uint8_t ssid[PROVD_SSID_MAX];
	char buffer[8];
	size_t len = 0;

	for (const char *p = pattern; *p;) {
		size_t place = place_at(p);
		const char *text = p;
		size_t n = 1;

		if (place < PLACE_COUNT) {
			text = expand(place, info, buffer);
			if (!text)
				return ap_error(err, PROVD_E_CLOUD_IDENTITY,
						"ssid: %s is not known on this device; set its "
						"identity or use {mac4}",
						places[place]);
			n = strlen(text);
		}
		if (len + n > sizeof(ssid))
			return ap_error(err, PROVD_E_CONFIG,
					"ssid: '%.64s' becomes longer than 32 bytes; shorten it",
					pattern);
		memcpy(ssid + len, text, n);
		len += n;
		p += place < PLACE_COUNT ? strlen(places[place]) : 1;
	}
	if (len == 0)
		return ap_error(err, PROVD_E_CONFIG, "ssid: must have 1 to 32 bytes");
	memcpy(out_ssid, ssid, len);
	return (int)len;
}
