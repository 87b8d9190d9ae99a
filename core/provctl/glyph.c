/* SPDX-License-Identifier: Apache-2.0 */
/* Characters of texts that come from plugins and phones, for pictures. */
#include "glyph.h"

#include <string.h>

#define REPLACEMENT 0xfffdu

struct range {
	uint32_t first;
	uint32_t last;
};

static int is_in(const struct range *ranges, size_t count, uint32_t code)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return 1;
	}
	return 0;
}

/** Controls, what turns the direction of writing, and what XML 1.0 (2.2, Char) leaves out. */
static int is_unshown(uint32_t code)
{
	static const struct range ranges[] = {
		{0x0000, 0x001f}, {0x007f, 0x009f}, {0x061c, 0x061c},	{0x200b, 0x200f},
		{0x2028, 0x202e}, {0x2060, 0x206f}, {0xd800, 0xdfff},	{0xfeff, 0xfeff},
		{0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, 0xe0fff},
	};

	/* the last two of each plane are no characters */
	return is_in(ranges, sizeof(ranges) / sizeof(ranges[0]), code) || (code & 0xfffe) == 0xfffe;
}

/** Bytes that follow the first one of a character. @return -1: none begins like this */
static int followers(unsigned char first)
{
	if (first < 0x80)
		return 0;
	if (first >= 0xc2 && first < 0xe0)
		return 1;
	if (first >= 0xe0 && first < 0xf0)
		return 2;
	return first >= 0xf0 && first < 0xf5 ? 3 : -1;
}

size_t provctl_char(const char *text, uint32_t *out_code)
{
	static const uint32_t lowest[] = {0, 0x80, 0x800, 0x10000};
	static const unsigned char masks[] = {0x7f, 0x1f, 0x0f, 0x07};
	const unsigned char *at = (const unsigned char *)text;
	const int more = followers(at[0]);
	uint32_t code;
	int i;

	*out_code = REPLACEMENT;
	if (more < 0)
		return 1;
	code = at[0] & masks[more];
	for (i = 1; i <= more; i++) {
		/* also stops at the end of the text */
		if ((at[i] & 0xc0) != 0x80)
			return 1;
		code = code << 6 | (at[i] & 0x3fu);
	}
	if (code < lowest[more] || code > 0x10ffff)
		return 1;
	*out_code = is_unshown(code) ? REPLACEMENT : code;
	return (size_t)more + 1;
}

size_t provctl_char_put(uint32_t code, char out[5])
{
	size_t len = 0;

	if (code < 0x80) {
		out[len++] = (char)code;
	} else if (code < 0x800) {
		out[len++] = (char)(0xc0 | code >> 6);
	} else if (code < 0x10000) {
		out[len++] = (char)(0xe0 | code >> 12);
		out[len++] = (char)(0x80 | (code >> 6 & 0x3f));
	} else {
		out[len++] = (char)(0xf0 | code >> 18);
		out[len++] = (char)(0x80 | (code >> 12 & 0x3f));
		out[len++] = (char)(0x80 | (code >> 6 & 0x3f));
	}
	if (code >= 0x80)
		out[len++] = (char)(0x80 | (code & 0x3f));
	out[len] = 0;
	return len;
}

size_t provctl_cut(const char *text, size_t max)
{
	size_t len = 0;
	size_t step;
	uint32_t code;

	while (text[len]) {
		step = provctl_char(text + len, &code);
		if (len + step > max)
			break;
		len += step;
	}
	return len;
}

int provctl_char_columns(uint32_t code)
{
	static const struct range marks[] = {
		{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a},
		{0x064b, 0x065f}, {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
		{0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
	};
	static const struct range wide[] = {
		{0x1100, 0x115f},   {0x2e80, 0x303e},	{0x3041, 0x33ff},   {0x3400, 0x4dbf},
		{0x4e00, 0x9fff},   {0xa000, 0xa4cf},	{0xac00, 0xd7a3},   {0xf900, 0xfaff},
		{0xfe30, 0xfe6f},   {0xff00, 0xff60},	{0xffe0, 0xffe6},   {0x1f300, 0x1f64f},
		{0x1f680, 0x1f6ff}, {0x1f900, 0x1faff}, {0x20000, 0x3fffd},
	};

	if (code < 0x300)
		return 1;
	if (is_in(marks, sizeof(marks) / sizeof(marks[0]), code))
		return 0;
	return is_in(wide, sizeof(wide) / sizeof(wide[0]), code) ? 2 : 1;
}

/* Hundredths of the font's size. From the widest of the sans-serif fonts that are common (DejaVu),
 * so that a text never is wider. */
static unsigned width_of(uint32_t code)
{
	static const unsigned char ascii['~' - ' ' + 1] = {
		33, 42, 47, 85, 65, 96, 79, 29, 40, 40, 51, 85, 33, 38,	 33, 35, 65, 65,  65,
		65, 65, 65, 65, 65, 65, 65, 35, 35, 85, 85, 85, 55, 101, 70, 70, 71, 78,  65,
		59, 79, 77, 31, 31, 67, 57, 88, 76, 80, 62, 80, 71, 65,	 63, 75, 70, 100, 70,
		63, 70, 40, 35, 40, 85, 51, 51, 63, 65, 56, 65, 63, 37,	 65, 65, 29, 29,  59,
		29, 99, 65, 63, 65, 65, 43, 54, 41, 65, 61, 83, 61, 61,	 54, 65, 35, 65,  85,
	};

	if (code >= ' ' && code <= '~')
		return ascii[code - ' '];
	return provctl_char_columns(code) == 2 ? 105 : 80;
}

/** In hundredths of a pixel, or of a column. */
static unsigned measure(uint32_t code, unsigned size)
{
	return size ? width_of(code) * size : (unsigned)provctl_char_columns(code) * 100;
}

size_t provctl_fit(const char *text, unsigned size, unsigned room, unsigned *out_width)
{
	const unsigned limit = room * 100;
	unsigned width = 0;
	size_t len = 0;
	uint32_t code;
	size_t step;

	while (text[len]) {
		step = provctl_char(text + len, &code);
		if (width + measure(code, size) > limit)
			break;
		width += measure(code, size);
		len += step;
	}
	*out_width = (width + 99) / 100;
	return len;
}

/** What must be left free for the ellipsis, which may be three full stops on a terminal. */
static unsigned ellipsis_width(unsigned size)
{
	return size ? size : 3;
}

size_t provctl_wrap(const char *text, unsigned size, unsigned room, struct provctl_line *out_lines,
		    size_t max)
{
	size_t count = 0;
	size_t len;
	size_t at;
	struct provctl_line *line;

	while (*text == ' ')
		text++;
	while (*text && count < max) {
		line = &out_lines[count++];
		len = provctl_fit(text, size, room, &line->width);
		line->text = text;
		line->is_cut = 0;
		if (text[len] && count == max) {
			line->is_cut = 1;
			len = provctl_fit(text, size, room - ellipsis_width(size), &line->width);
			line->width += ellipsis_width(size);
		} else if (text[len]) {
			at = len;
			while (at && text[at] != ' ')
				at--;
			/* one word that is longer than the line is broken */
			len = at ? at : len;
		}
		line->len = len;
		text += len;
		while (*text == ' ')
			text++;
		/* not even one character fits */
		if (!len)
			break;
	}
	return count;
}
