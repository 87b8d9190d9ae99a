/* SPDX-License-Identifier: Apache-2.0 */
#include "log/log_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ELLIPSIS "\xe2\x80\xa6"

void provd__line_bytes(struct provd__line *line, const char *bytes, size_t len)
{
	if (line->overflow || len > line->size - line->len) {
		line->overflow = 1;
		return;
	}
	memcpy(line->buf + line->len, bytes, len);
	line->len += len;
}

void provd__line_text(struct provd__line *line, const char *text)
{
	provd__line_bytes(line, text, strlen(text));
}

void provd__line_printf(struct provd__line *line, const char *format, ...)
{
	char text[128];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(text)) {
		line->overflow = 1;
		return;
	}
	provd__line_bytes(line, text, (size_t)len);
}

static int is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.' || c == '-';
}

void provd__line_name(struct provd__line *line, const char *name)
{
	if (!name || !*name)
		name = "_";
	for (; *name; name++)
		provd__line_bytes(line, is_name_char(*name) ? name : "_", 1);
}

/* Decodes one character of 2 to 4 bytes. Returns its length, 0 when it is not valid UTF-8. */
static size_t utf8_decode(const uint8_t *data, size_t len, uint32_t *out_code)
{
	static const uint32_t lowest[5] = {0, 0, 0x80, 0x800, 0x10000};
	size_t need, i;
	uint32_t code;

	if (data[0] >= 0xc2 && data[0] <= 0xdf)
		need = 2;
	else if (data[0] >= 0xe0 && data[0] <= 0xef)
		need = 3;
	else if (data[0] >= 0xf0 && data[0] <= 0xf4)
		need = 4;
	else
		return 0;
	if (need > len)
		return 0;
	code = data[0] & (0x7fu >> need);
	for (i = 1; i < need; i++) {
		if ((data[i] & 0xc0) != 0x80)
			return 0;
		code = (code << 6) | (data[i] & 0x3fu);
	}
	if (code < lowest[need] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*out_code = code;
	return need;
}

/* Valid, but able to change how the line around it looks: C1 controls, line separators, marks of
 * writing direction, invisible ones. */
static int is_unseen(uint32_t code)
{
	return (code >= 0x80 && code <= 0x9f) || code == 0xad || code == 0x61c ||
	       (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
	       (code >= 0xfff0 && code <= 0xfffb) || (code >= 0xe0000 && code <= 0xe007f);
}

size_t provd__utf8_char(const uint8_t *data, size_t len)
{
	uint32_t code = 0;
	size_t used;

	if (len == 0)
		return 0;
	if (data[0] < 0x80)
		return data[0] >= 0x20 && data[0] != 0x7f;
	used = utf8_decode(data, len, &code);
	return used && !is_unseen(code) ? used : 0;
}

/* The letter of a control character's short escape, or 0. */
static char control_letter(uint8_t byte)
{
	if (byte == '\n')
		return 'n';
	if (byte == '\r')
		return 'r';
	return byte == '\t' ? 't' : '\0';
}

/* Writes what stands for the character at `data`; returns how much of it was used. */
static size_t escape_one(const uint8_t *data, size_t len, int json, char out[8], size_t *out_len)
{
	static const char hex[] = "0123456789abcdef";
	size_t used = provd__utf8_char(data, len);
	char letter = control_letter(data[0]);
	size_t n = 0;

	if (used == 1 && (data[0] == '"' || data[0] == '\\')) {
		out[n++] = '\\';
		out[n++] = (char)data[0];
	} else if (used) {
		memcpy(out, data, used);
		n = used;
	} else if (letter) {
		out[n++] = '\\';
		out[n++] = letter;
	} else {
		/* In JSON the reader gets the four characters \xHH back. */
		if (json)
			out[n++] = '\\';
		out[n++] = '\\';
		out[n++] = 'x';
		out[n++] = hex[data[0] >> 4];
		out[n++] = hex[data[0] & 15];
	}
	*out_len = n;
	return used ? used : 1;
}

void provd__line_escaped(struct provd__line *line, const void *data, size_t len, size_t max)
{
	const uint8_t *bytes = data;
	size_t written = 0;
	size_t at = 0;

	while (at < len && !line->overflow) {
		char out[8];
		size_t out_len = 0;

		at += escape_one(bytes + at, len - at, line->json, out, &out_len);
		if (written + out_len > max) {
			provd__line_text(line, ELLIPSIS);
			return;
		}
		provd__line_bytes(line, out, out_len);
		written += out_len;
	}
}

void provd__line_quoted(struct provd__line *line, const void *data, size_t len, size_t max)
{
	provd__line_bytes(line, "\"", 1);
	provd__line_escaped(line, data, len, max);
	provd__line_bytes(line, "\"", 1);
}
