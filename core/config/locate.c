/* SPDX-License-Identifier: Apache-2.0 */
#include "config/locate.h"

#include <provd/error.h>

#include <stdint.h>
#include <string.h>

struct cursor {
	const char *p;
	const char *end;
};

static int at(const struct cursor *c, char wanted)
{
	return c->p < c->end && *c->p == wanted;
}

static void skip_space(struct cursor *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' || *c->p == '\n' || *c->p == '\r'))
		c->p++;
}

/* From the opening quote to behind the closing one. */
static int skip_string(struct cursor *c)
{
	for (c->p++; c->p < c->end; c->p++) {
		if (*c->p == '"') {
			c->p++;
			return 0;
		}
		if (*c->p == '\\')
			c->p++;
		if (c->p >= c->end)
			break;
	}
	c->p = c->end;
	return PROVD_E_NOT_FOUND;
}

static int is_scalar_end(char ch)
{
	return ch == '\0' || strchr(",:]}[{\" \t\r\n", ch) != NULL;
}

/* Brackets are counted, not matched: the text is valid, and if not, the end stops it. */
static int skip_value(struct cursor *c)
{
	size_t depth = 0;

	do {
		skip_space(c);
		if (c->p >= c->end)
			return PROVD_E_NOT_FOUND;
		if (*c->p == '"') {
			if (skip_string(c) != 0)
				return PROVD_E_NOT_FOUND;
		} else if (*c->p == '{' || *c->p == '[') {
			depth++;
			c->p++;
		} else if (*c->p == '}' || *c->p == ']') {
			if (depth == 0)
				return PROVD_E_NOT_FOUND;
			depth--;
			c->p++;
		} else if (depth > 0 && (*c->p == ',' || *c->p == ':')) {
			c->p++;
		} else {
			if (is_scalar_end(*c->p))
				return PROVD_E_NOT_FOUND;
			while (c->p < c->end && !is_scalar_end(*c->p))
				c->p++;
		}
	} while (depth > 0);
	return 0;
}

static int hex4(struct cursor *c, uint32_t *out_unit)
{
	uint32_t unit = 0;

	if (c->end - c->p < 4)
		return PROVD_E_NOT_FOUND;
	for (int i = 0; i < 4; i++) {
		static const char digits[] = "0123456789abcdef";
		char ch = *c->p++;
		const char *digit;

		if (ch >= 'A' && ch <= 'F')
			ch = (char)(ch - 'A' + 'a');
		digit = ch != '\0' ? strchr(digits, ch) : NULL;
		if (digit == NULL)
			return PROVD_E_NOT_FOUND;
		unit = unit << 4 | (uint32_t)(digit - digits);
	}
	*out_unit = unit;
	return 0;
}

static size_t encode_utf8(uint32_t code, char out[4])
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* Behind "\u": one code point, from two units when it is a surrogate pair. */
static size_t decode_unicode(struct cursor *c, char out[4])
{
	uint32_t code;
	uint32_t low;

	if (hex4(c, &code) != 0)
		return 0;
	if (code >= 0xd800 && code < 0xdc00 && c->end - c->p >= 6 && c->p[0] == '\\' &&
	    c->p[1] == 'u') {
		c->p += 2;
		if (hex4(c, &low) != 0 || low < 0xdc00 || low > 0xdfff)
			return 0;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	return encode_utf8(code, out);
}

/* Next character of a string, its escape undone. Returns its bytes, 0 at the end or on bad text. */
static size_t decode_character(struct cursor *c, char out[4])
{
	static const char escapes[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char *escape;

	if (c->p >= c->end || *c->p == '"')
		return 0;
	if (*c->p != '\\') {
		out[0] = *c->p++;
		return 1;
	}
	c->p++;
	if (c->p >= c->end || *c->p == '\0')
		return 0;
	if (*c->p == 'u') {
		c->p++;
		return decode_unicode(c, out);
	}
	escape = strchr(escapes, *c->p);
	if (escape == NULL)
		return 0;
	c->p++;
	out[0] = meanings[escape - escapes];
	return 1;
}

/* `c` is a copy that stands at the opening quote. */
static int string_equals(struct cursor c, const char *key)
{
	size_t left = strlen(key);
	char bytes[4];
	size_t n;

	c.p++;
	while ((n = decode_character(&c, bytes)) > 0) {
		if (n > left || memcmp(bytes, key, n) != 0)
			return 0;
		key += n;
		left -= n;
	}
	return left == 0 && at(&c, '"');
}

/* From an object to the value of one member. */
static int enter_member(struct cursor *c, const char *key, const char **out_key)
{
	if (!at(c, '{'))
		return PROVD_E_NOT_FOUND;
	do {
		const char *start;
		int found;

		c->p++;
		skip_space(c);
		if (!at(c, '"'))
			return PROVD_E_NOT_FOUND;
		start = c->p;
		found = string_equals(*c, key);
		if (skip_string(c) != 0)
			return PROVD_E_NOT_FOUND;
		skip_space(c);
		if (!at(c, ':'))
			return PROVD_E_NOT_FOUND;
		c->p++;
		skip_space(c);
		if (found) {
			*out_key = start;
			return 0;
		}
		if (skip_value(c) != 0)
			return PROVD_E_NOT_FOUND;
		skip_space(c);
	} while (at(c, ','));
	return PROVD_E_NOT_FOUND;
}

/* From a list to one entry. */
static int enter_entry(struct cursor *c, size_t index, const char **out_key)
{
	if (!at(c, '['))
		return PROVD_E_NOT_FOUND;
	for (size_t i = 0;; i++) {
		c->p++;
		skip_space(c);
		if (at(c, ']') || c->p >= c->end)
			return PROVD_E_NOT_FOUND;
		if (i == index) {
			*out_key = c->p;
			return 0;
		}
		if (skip_value(c) != 0)
			return PROVD_E_NOT_FOUND;
		skip_space(c);
		if (!at(c, ','))
			return PROVD_E_NOT_FOUND;
	}
}

struct provd_position provd_locate_offset(const char *text, size_t len, size_t offset)
{
	struct provd_position position = {1, 1};

	for (size_t i = 0; i < len && i < offset; i++) {
		if (text[i] == '\n') {
			position.line++;
			position.column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			position.column++;
		}
	}
	return position;
}

int provd_locate(const char *text, size_t len, const struct provd_path *path,
		 enum provd_locate_what what, struct provd_position *out_position)
{
	const struct provd_path *steps[PROVD_CONFIG_DEPTH_MAX] = {NULL};
	struct cursor c = {text, text + len};
	const char *key = NULL;
	size_t count = 0;

	for (; path != NULL; path = path->parent) {
		if (count >= PROVD_CONFIG_DEPTH_MAX)
			return PROVD_E_NOT_FOUND;
		steps[count++] = path;
	}
	skip_space(&c);
	while (count-- > 0) {
		const struct provd_path *step = steps[count];
		int err = step->key != NULL ? enter_member(&c, step->key, &key)
					    : enter_entry(&c, step->index, &key);

		if (err != 0)
			return err;
	}
	if (c.p >= c.end)
		return PROVD_E_NOT_FOUND;
	if (what == PROVD_LOCATE_VALUE || key == NULL)
		key = c.p;
	*out_position = provd_locate_offset(text, len, (size_t)(key - text));
	return 0;
}

int provd_locate_depth(const char *text, size_t len, size_t max, size_t *out_offset)
{
	struct cursor c = {text, text + len};
	size_t depth = 0;

	while (c.p < c.end) {
		if (*c.p == '"') {
			(void)skip_string(&c);
			continue;
		}
		if (*c.p == '{' || *c.p == '[')
			depth++;
		else if ((*c.p == '}' || *c.p == ']') && depth > 0)
			depth--;
		if (depth > max) {
			*out_offset = (size_t)(c.p - text);
			return PROVD_E_LIMIT;
		}
		c.p++;
	}
	return 0;
}
