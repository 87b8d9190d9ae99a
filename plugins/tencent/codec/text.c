/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "codec/jsonx.h"

void tencent_out_init(struct tencent_out *out, char *data, size_t cap)
{
	out->data = data;
	out->cap = data != NULL ? cap : 0;
	out->len = 0;
	out->failed = 0;
}

void tencent_out_bytes(struct tencent_out *out, const char *bytes, size_t len)
{
	if (out->failed != 0)
		return;
	if (len > SIZE_MAX / 2 - out->len) {
		out->failed = PROVD_E_NO_SPACE;
		return;
	}
	if (len != 0 && out->len < out->cap && len < out->cap - out->len)
		memcpy(out->data + out->len, bytes, len);
	out->len += len;
}

void tencent_out_text(struct tencent_out *out, const char *text)
{
	tencent_out_bytes(out, text, strlen(text));
}

void tencent_out_number(struct tencent_out *out, int64_t number)
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%" PRId64, number);

	if (n < 0 || (size_t)n >= sizeof(digits)) {
		out->failed = PROVD_E_INTERNAL;
		return;
	}
	tencent_out_bytes(out, digits, (size_t)n);
}

void tencent_out_json(struct tencent_out *out, const char *text)
{
	int rc = tencent_json_put_string(out, text);

	if (rc < 0 && out->failed == 0)
		out->failed = rc;
}

int tencent_out_finish(struct tencent_out *out)
{
	int rc = out->failed;

	if (rc == 0 && (out->len >= out->cap || out->len > INT32_MAX))
		rc = PROVD_E_NO_SPACE;
	if (rc != 0) {
		if (out->cap != 0)
			OPENSSL_cleanse(out->data, out->cap);
		return rc;
	}
	out->data[out->len] = '\0';
	return (int)out->len;
}

int tencent_fail(struct provd_error *err, int code, const char *format, ...)
{
	va_list args;

	if (err == NULL || err->size < sizeof(*err))
		return code;
	err->code = code;
	err->sys_errno = 0;
	va_start(args, format);
	if (vsnprintf(err->text, sizeof(err->text), format, args) < 0)
		err->text[0] = '\0';
	va_end(args);
	return code;
}

void tencent_printable(char *out, size_t cap, const char *text, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t at = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		bool plain = c >= 0x20 && c < 0x7f && c != '\\';
		size_t need = plain ? 1 : 4;

		if (need >= cap - at)
			break;
		if (plain) {
			out[at] = (char)c;
		} else {
			out[at] = '\\';
			out[at + 1] = 'x';
			out[at + 2] = digits[c >> 4];
			out[at + 3] = digits[c & 15];
		}
		at += need;
	}
	out[at] = '\0';
}

bool tencent_is_name(const char *text, const char *extra)
{
	static const char alnum[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

	if (text[0] == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (strchr(alnum, *text) == NULL && strchr(extra, *text) == NULL)
			return false;
	}
	return true;
}
