/* SPDX-License-Identifier: Apache-2.0 */
/* A sequence diagram for a terminal. */
#include "glyph.h"
#include "picture.h"

#include <stdlib.h>
#include <string.h>

/* Columns. */
#define COLUMNS_LEAST 80
#define COLUMNS_MOST  200
#define FIRST	      15 /* the first lifeline */
#define LAST	      7	 /* from the last one to the edge */
#define INDENT	      2	 /* from a lifeline to a text */

/** Lines of a sentence. */
#define LINES 4

/** One column. */
struct cell {
	char bytes[16]; /**< a character and its marks; "" behind a wide one */
	int is_red;
};

/** A picture on its way. */
struct sheet {
	FILE *out;
	const struct picture *picture;
	size_t width;
	size_t x[SIDE_COUNT];
	int is_unicode;
	int colour;
	int is_red; /**< from now on */
	struct cell cells[COLUMNS_MOST];
};

static const char *either(const struct sheet *sheet, const char *unicode, const char *ascii)
{
	return sheet->is_unicode ? unicode : ascii;
}

/** Puts what stands in one column. */
static void put(struct sheet *sheet, size_t x, const char *bytes)
{
	if (x >= sheet->width)
		return;
	(void)snprintf(sheet->cells[x].bytes, sizeof(sheet->cells[x].bytes), "%s", bytes);
	sheet->cells[x].is_red = sheet->is_red;
}

/** Begins a line: lifelines and nothing else. @param line of the others, `bar` the device's */
static void begin(struct sheet *sheet, const char *line, const char *bar)
{
	size_t i;

	sheet->is_red = 0;
	for (i = 0; i < sheet->width; i++)
		put(sheet, i, " ");
	for (i = 0; i < SIDE_COUNT; i++) {
		if (sheet->picture->has_side[i] && i != SIDE_DEVICE)
			put(sheet, sheet->x[i], line);
	}
	put(sheet, sheet->x[SIDE_DEVICE], bar);
}

static void begin_lines(struct sheet *sheet)
{
	begin(sheet, either(sheet, "\xe2\x94\x82", "|"), either(sheet, "\xe2\x94\x83", "|"));
}

/** Ends a line: prints it. */
static void end(struct sheet *sheet)
{
	size_t len = sheet->width;
	int is_red = 0;
	size_t i;

	while (len && !strcmp(sheet->cells[len - 1].bytes, " "))
		len--;
	for (i = 0; i < len; i++) {
		if (sheet->colour && sheet->cells[i].is_red != is_red)
			fputs(is_red ? "\x1b[0m" : "\x1b[31m", sheet->out);
		is_red = sheet->cells[i].is_red;
		fputs(sheet->cells[i].bytes, sheet->out);
	}
	fputs(sheet->colour && is_red ? "\x1b[0m\n" : "\n", sheet->out);
}

/** Puts `len` bytes of a text. @return the column behind it */
static size_t put_text(struct sheet *sheet, size_t x, const char *text, size_t len)
{
	size_t at = 0;
	uint32_t code;
	char bytes[5];
	int columns;

	while (at < len && text[at]) {
		at += provctl_char(text + at, &code);
		if (code == 0xfffd && !sheet->is_unicode)
			code = '?';
		(void)provctl_char_put(code, bytes);
		columns = provctl_char_columns(code);
		if (columns) {
			put(sheet, x, bytes);
		} else if (x && x <= sheet->width &&
			   strlen(sheet->cells[x - 1].bytes) + strlen(bytes) <
				   sizeof(sheet->cells[0].bytes)) {
			memcpy(sheet->cells[x - 1].bytes + strlen(sheet->cells[x - 1].bytes), bytes,
			       strlen(bytes) + 1);
		}
		if (columns == 2)
			put(sheet, x + 1, "");
		x += (size_t)columns;
	}
	return x;
}

static void put_line(struct sheet *sheet, size_t x, const struct provctl_line *line)
{
	x = put_text(sheet, x, line->text, line->len);
	if (line->is_cut)
		(void)put_text(sheet, x, either(sheet, "\xe2\x80\xa6", "..."), 3);
}

/** Text from a column on, in as many lines as it needs; the first one may have been begun. */
static void draw_text(struct sheet *sheet, size_t x, const char *text, int is_red, int is_begun)
{
	struct provctl_line lines[LINES];
	const unsigned room = (unsigned)(sheet->width - x);
	const size_t count = provctl_wrap(text, 0, room, lines, LINES);
	size_t i;

	for (i = 0; i < count; i++) {
		if (!is_begun || i)
			begin_lines(sheet);
		sheet->is_red = is_red;
		put_line(sheet, x, &lines[i]);
		end(sheet);
	}
	if (!count && is_begun)
		end(sheet);
}

static void put_offset(struct sheet *sheet, const struct picture_row *row)
{
	char text[48];

	(void)snprintf(text, sizeof(text), "+%" JSON_INTEGER_FORMAT ".%03d s",
		       row->offset_us / 1000000, (int)(row->offset_us / 1000 % 1000));
	(void)put_text(sheet, strlen(text) < FIRST - 3 ? FIRST - 3 - strlen(text) : 0, text,
		       strlen(text));
}

static void draw_arrow(struct sheet *sheet, const struct picture_row *row)
{
	const size_t from = sheet->x[row->from];
	const size_t to = sheet->x[row->to];
	const size_t left = from < to ? from : to;
	const size_t right = from < to ? to : from;
	size_t x;

	begin_lines(sheet);
	sheet->is_red = row->refused_by >= 0;
	for (x = left + 1; x < right; x++)
		put(sheet, x, either(sheet, "\xe2\x94\x80", "-"));
	if (from < to)
		put(sheet, right - 1, either(sheet, "\xe2\x96\xb6", ">"));
	else
		put(sheet, left + 1, either(sheet, "\xe2\x97\x80", "<"));
	if (row->refused_by >= 0)
		put(sheet, sheet->x[row->refused_by], either(sheet, "\xc3\x97", "X"));
	end(sheet);
}

static void draw_failure(struct sheet *sheet, const struct picture_row *row)
{
	const size_t x = sheet->x[SIDE_DEVICE] + INDENT;
	char why[PICTURE_TEXT];
	char advice[PICTURE_TEXT];

	provctl_picture_failure(row, why, advice);
	draw_text(sheet, x, why, 1, 0);
	draw_text(sheet, x, advice, 0, 0);
}

static void draw_mark(struct sheet *sheet, const struct picture_row *row)
{
	char text[80];
	char mark[96];
	size_t len;
	size_t x = sheet->x[SIDE_DEVICE];

	provctl_picture_span(row, text, sizeof(text));
	(void)snprintf(mark, sizeof(mark), "[%s]", text);
	len = strlen(mark);
	begin_lines(sheet);
	(void)put_text(sheet, x > len / 2 ? x - len / 2 : 0, mark, len);
	end(sheet);
}

static void draw_gap(struct sheet *sheet, const struct picture_row *row)
{
	char time[48];
	char text[64];

	provctl_picture_duration(row->gap_us, time, sizeof(time));
	(void)snprintf(text, sizeof(text), "(nothing for %s)", time);
	begin(sheet, either(sheet, "\xe2\x94\x8a", ":"), either(sheet, "\xe2\x94\x8a", ":"));
	(void)put_text(sheet, sheet->x[SIDE_DEVICE] + INDENT, text, strlen(text));
	end(sheet);
}

static void draw_row(struct sheet *sheet, const struct picture_row *row)
{
	const int is_note = row->from == row->to;
	const size_t from = sheet->x[row->from];
	const size_t to = sheet->x[row->to];
	char text[PICTURE_WORDS];

	if (row->gap_us)
		draw_gap(sheet, row);
	begin_lines(sheet);
	put_offset(sheet, row);
	sheet->is_red = row->refused_by >= 0;
	if (is_note)
		put(sheet, from,
		    sheet->is_red ? either(sheet, "\xc3\x97", "X")
				  : either(sheet, "\xe2\x97\x8f", "*"));
	provctl_picture_words(row, 1, text);
	draw_text(sheet, (from < to ? from : to) + INDENT, text, sheet->is_red, 1);
	if (!is_note)
		draw_arrow(sheet, row);
	if (row->refused_by >= 0)
		draw_failure(sheet, row);
	if (row->begins)
		draw_mark(sheet, row);
}

static void draw_heads(struct sheet *sheet)
{
	const char *name;
	size_t i;

	begin(sheet, " ", " ");
	for (i = 0; i < SIDE_COUNT; i++) {
		name = provctl_picture_side_name((int)i);
		if (sheet->picture->has_side[i])
			(void)put_text(sheet, sheet->x[i] - strlen(name) / 2, name, strlen(name));
	}
	end(sheet);
}

static void draw_legend(const struct sheet *sheet)
{
	const struct picture *picture = sheet->picture;
	const char *comma = "";
	char time[48];
	int i;

	fputc('\n', sheet->out);
	for (i = 0; i < PICTURE_STATES; i++) {
		if (!picture->visited[i] || !provctl_picture_state_lasts(i))
			continue;
		provctl_picture_duration(picture->state_us[i], time, sizeof(time));
		fprintf(sheet->out, "%s%s %s", comma, provctl_picture_state_name(i), time);
		comma = ", ";
	}
	fputc('\n', sheet->out);
}

/** Gives each side that is there its column. */
static void place_sides(struct sheet *sheet)
{
	static const size_t shares[SIDE_COUNT] = {0, 20, 21, 17};
	const int *has = sheet->picture->has_side;
	size_t shown = 0;
	size_t share = 0;
	size_t i;

	for (i = 0; i < SIDE_COUNT; i++)
		shown += i && has[i] && (i > SIDE_DEVICE || has[SIDE_PHONE]) ? shares[i] : 0;
	for (i = 0; i < SIDE_COUNT; i++) {
		if (i && has[i] && (i > SIDE_DEVICE || has[SIDE_PHONE]))
			share += shares[i];
		sheet->x[i] = FIRST;
		if (shown)
			sheet->x[i] += share * (sheet->width - FIRST - LAST) / shown;
	}
	/* alone with the phone it would stand at the edge, where its texts have no room */
	if (!has[SIDE_AP] && !has[SIDE_CLOUD] && has[SIDE_PHONE])
		sheet->x[SIDE_DEVICE] = FIRST + sheet->width / 4;
}

/** A line of its own: cut to the width, and safe for the terminal. */
static void draw_plain(struct sheet *sheet, const char *text)
{
	struct provctl_line line;

	if (!provctl_wrap(text, 0, (unsigned)sheet->width, &line, 1))
		return;
	begin(sheet, " ", " ");
	put_line(sheet, 0, &line);
	end(sheet);
}

void provctl_picture_text(FILE *out, const struct picture *picture, size_t columns, int is_unicode,
			  int colour)
{
	struct sheet *sheet = calloc(1, sizeof(*sheet));
	char text[256];
	size_t i;

	if (!sheet)
		return;
	sheet->out = out;
	sheet->picture = picture;
	sheet->is_unicode = is_unicode;
	sheet->colour = colour;
	sheet->width = columns < COLUMNS_LEAST ? COLUMNS_LEAST : columns;
	if (sheet->width > COLUMNS_MOST)
		sheet->width = COLUMNS_MOST;
	place_sides(sheet);
	provctl_picture_title(picture, text, sizeof(text));
	draw_plain(sheet, text);
	provctl_picture_subtitle(picture, text, sizeof(text));
	draw_plain(sheet, text);
	fputc('\n', out);
	draw_heads(sheet);
	for (i = 0; i < picture->count; i++)
		draw_row(sheet, &picture->rows[i]);
	draw_heads(sheet);
	draw_legend(sheet);
	free(sheet);
}
