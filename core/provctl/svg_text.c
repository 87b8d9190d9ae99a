/* SPDX-License-Identifier: Apache-2.0 */
#include "svg.h"

#include <string.h>

void svg_put(FILE *out, const char *text, size_t len)
{
	size_t at = 0;
	uint32_t code;
	char bytes[5];

	while (at < len && text[at]) {
		at += provctl_char(text + at, &code);
		if (code == '<') {
			fputs("&lt;", out);
		} else if (code == '>') {
			fputs("&gt;", out);
		} else if (code == '&') {
			fputs("&amp;", out);
		} else if (code == '"') {
			fputs("&quot;", out);
		} else {
			(void)provctl_char_put(code, bytes);
			fputs(bytes, out);
		}
	}
}

unsigned svg_measure(const struct svg_style *style)
{
	return strcmp(style->more, SVG_BOLD) ? style->size : style->size + (style->size + 7) / 8;
}

void svg_piece(const struct svg *svg, int x, int y, const struct svg_style *style,
	       const struct provctl_line *line)
{
	fprintf(svg->out,
		"<text x=\"%d\" y=\"%d\" font-size=\"%u\" fill=\"%s\" text-anchor=\"%s\"%s%s>", x,
		y, style->size, style->fill, style->anchor, *style->more ? " " : "", style->more);
	svg_put(svg->out, line->text, line->len);
	fputs(line->is_cut ? "\xe2\x80\xa6</text>\n" : "</text>\n", svg->out);
}

void svg_text(const struct svg *svg, int x, int y, const struct svg_style *style, const char *text,
	      unsigned room)
{
	struct provctl_line line;

	if (provctl_wrap(text, svg_measure(style), room, &line, 1))
		svg_piece(svg, x, y, style, &line);
}

const char *svg_colour(int state)
{
	static const char *const colours[PICTURE_STATES] = {
		"#80868b", "#1a73e8", "#6c4ee6", "#0097a7", "#00796b",
		"#e37400", "#188038", SVG_RED,	 "#80868b", "#80868b",
	};

	return colours[state];
}
