/* SPDX-License-Identifier: Apache-2.0 */
/* One row after the other: arrows, notes, failures and the marks of states. */
#include "svg.h"

#include <string.h>

/* Heights in pixels. */
#define GAP	    26
#define ARROW_ABOVE 26 /* room for the words above an arrow */
#define ARROW_BELOW 20 /* for the details below it */
#define ARROW_FREE  10 /* when there are none */
#define NOTE_ONE    22 /* a note of one line, of two */
#define NOTE_TWO    38
#define SPACE	    8 /* between things */
#define MARK	    26
#define MARK_HEIGHT 18

/** What a failure's box says. */
struct failure {
	char why[PICTURE_TEXT];
	char advice[PICTURE_TEXT];
	struct provctl_line lines[2 * SVG_LINES];
	size_t why_count; /**< of the lines those that say why */
	size_t count;
};

static const struct svg_style why_style = {SVG_SIZE, SVG_RED, "start", SVG_BOLD};
static const struct svg_style advice_style = {SVG_SIZE, SVG_INK, "start", ""};

/** How far a row's arrow stays away from the middle of a lifeline. */
static int clearance(int side)
{
	return side == SIDE_DEVICE ? SVG_BAR / 2 + 1 : 1;
}

/** Pixels for the words of an arrow. */
static unsigned arrow_room(const struct svg *svg, const struct picture_row *row)
{
	const int length = svg->x[row->to] - svg->x[row->from];

	return (unsigned)((length < 0 ? -length : length) - 3 * SVG_BAR);
}

/** Where boxes begin, right of the device's lifeline. */
static int box_x(const struct svg *svg)
{
	return svg->x[SIDE_DEVICE] + SVG_BAR / 2 + 8;
}

static unsigned box_room(const struct svg *svg)
{
	return (unsigned)(svg->width - SVG_MARGIN - box_x(svg) - 2 * SVG_PAD);
}

/** Many rows: the details stand behind the words. */
static int has_details_line(const struct svg *svg, const struct picture_row *row)
{
	return *row->details && !svg->is_dense;
}

static void word_failure(const struct svg *svg, const struct picture_row *row,
			 struct failure *failure)
{
	const unsigned room = box_room(svg);

	provctl_picture_failure(row, failure->why, failure->advice);
	failure->why_count = provctl_wrap(failure->why, svg_measure(&why_style), room,
					  failure->lines, SVG_LINES);
	failure->count =
		failure->why_count + provctl_wrap(failure->advice, SVG_SIZE, room,
						  failure->lines + failure->why_count, SVG_LINES);
}

/** @return where the row ends */
static int place_row(const struct svg *svg, const struct picture_row *row, struct svg_place *place,
		     int y)
{
	struct failure failure;
	int height;

	if (row->gap_us) {
		place->gap = y + GAP / 2;
		y += GAP;
	}
	place->top = y;
	if (row->from != row->to) {
		place->line = y + ARROW_ABOVE;
		y = place->line + (has_details_line(svg, row) ? ARROW_BELOW : ARROW_FREE);
	} else {
		height = has_details_line(svg, row) ? NOTE_TWO : NOTE_ONE;
		place->line = y + SPACE / 2 + height / 2;
		y += height + SPACE;
	}
	if (row->refused_by >= 0) {
		place->box = y;
		word_failure(svg, row, &failure);
		y += (int)failure.count * SVG_LINE + SVG_PAD + SPACE;
	}
	place->bottom = y;
	if (row->begins) {
		place->mark = y + MARK / 2;
		y += MARK;
	}
	return y;
}

int svg_place_rows(struct svg *svg)
{
	int y = svg->top + SPACE;
	size_t i;

	for (i = 0; i < svg->picture->count; i++)
		y = place_row(svg, &svg->picture->rows[i], &svg->places[i], y);
	return y + SPACE;
}

void svg_draw_bands(const struct svg *svg)
{
	const struct svg_place *place;
	size_t i;

	for (i = 0; i < svg->picture->count; i++) {
		place = &svg->places[i];
		if (place->gap)
			fprintf(svg->out,
				"<rect x=\"0\" y=\"%d\" width=\"%d\" height=\"16\" "
				"fill=\"#f1f3f4\"/>\n",
				place->gap - 8, svg->width);
		if (svg->picture->rows[i].refused_by >= 0)
			fprintf(svg->out,
				"<rect x=\"0\" y=\"%d\" width=\"%d\" height=\"%d\" "
				"fill=\"#fdf1f0\"/>\n",
				place->top, svg->width, place->bottom - place->top);
	}
}

/** A white or red box with a border. */
static void draw_box(const struct svg *svg, int y, int width, int height, const char *fill,
		     const char *stroke)
{
	fprintf(svg->out,
		"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\" fill=\"%s\" "
		"stroke=\"%s\"/>\n",
		box_x(svg), y, width, height, fill, stroke);
}

/** Hides the lifelines that a text crosses. @param y of its baseline */
static void draw_ground(const struct svg *svg, int x, int y, unsigned width, const char *fill)
{
	fprintf(svg->out, "<rect x=\"%d\" y=\"%d\" width=\"%u\" height=\"15\" fill=\"%s\"/>\n",
		x - (int)width / 2 - 3, y - 12, width + 6, fill);
}

static void draw_cross(const struct svg *svg, int x, int y)
{
	fprintf(svg->out,
		"<circle cx=\"%d\" cy=\"%d\" r=\"9\" fill=\"#ffffff\" stroke=\"%s\"/>\n"
		"<path d=\"M%d %dl8 8m0 -8l-8 8\" stroke=\"%s\" stroke-width=\"3\" "
		"fill=\"none\"/>\n",
		x, y, SVG_RED, x - 4, y - 4, SVG_RED);
}

/** A line of words, in the middle of an arrow. */
static void draw_words(const struct svg *svg, const struct picture_row *row, int y,
		       const struct svg_style *style, const char *text)
{
	const int x = (svg->x[row->from] + svg->x[row->to]) / 2;
	struct provctl_line line;

	if (!provctl_wrap(text, svg_measure(style), arrow_room(svg, row), &line, 1))
		return;
	/* neighbours have nothing between them */
	if (row->from + row->to != SIDE_PHONE + SIDE_DEVICE)
		draw_ground(svg, x, y, line.width, row->refused_by < 0 ? "#ffffff" : "#fdf1f0");
	svg_piece(svg, x, y, style, &line);
}

static void draw_arrow(const struct svg *svg, const struct picture_row *row, int y)
{
	const int right = svg->x[row->to] > svg->x[row->from] ? 1 : -1;
	const int from = svg->x[row->from] + right * clearance(row->from);
	const int to = svg->x[row->to] - right * clearance(row->to);
	const char *ink = row->refused_by < 0 ? "#3c4043" : SVG_RED;
	const struct svg_style words = {SVG_SIZE, row->refused_by < 0 ? SVG_INK : SVG_RED, "middle",
					SVG_BOLD};
	const struct svg_style details = {SVG_SMALL, SVG_PALE, "middle", ""};
	char text[PICTURE_WORDS];

	provctl_picture_words(row, svg->is_dense, text);
	draw_words(svg, row, y - 7, &words, text);
	if (has_details_line(svg, row))
		draw_words(svg, row, y + 14, &details, row->details);
	fprintf(svg->out,
		"<path d=\"M%d %dH%d\" stroke=\"%s\" stroke-width=\"1.5\"/>\n"
		"<path d=\"M%d %dl%d -5v10z\" fill=\"%s\"/>\n",
		from, y, to - right * 8, ink, to, y, -right * 9, ink);
	if (row->refused_by >= 0)
		draw_cross(svg, svg->x[row->refused_by], y);
}

static void draw_note(const struct svg *svg, const struct picture_row *row, int y)
{
	const int failed = row->refused_by >= 0;
	const int two = has_details_line(svg, row);
	const int height = two ? NOTE_TWO : NOTE_ONE;
	const struct svg_style words = {SVG_SIZE, failed ? SVG_RED : SVG_INK, "start",
					failed ? SVG_BOLD : ""};
	const struct svg_style details = {SVG_SMALL, SVG_PALE, "start", ""};
	struct provctl_line lines[2] = {{.len = 0}};
	unsigned width;
	char text[PICTURE_WORDS];

	provctl_picture_words(row, svg->is_dense, text);
	(void)provctl_wrap(text, svg_measure(&words), box_room(svg), &lines[0], 1);
	if (two)
		(void)provctl_wrap(row->details, SVG_SMALL, box_room(svg), &lines[1], 1);
	width = lines[0].width > lines[1].width ? lines[0].width : lines[1].width;
	draw_box(svg, y - height / 2, (int)width + 2 * SVG_PAD, height, "#ffffff",
		 failed ? SVG_RED : "#bdc1c6");
	svg_piece(svg, box_x(svg) + SVG_PAD, y - height / 2 + 15, &words, &lines[0]);
	if (two)
		svg_piece(svg, box_x(svg) + SVG_PAD, y - height / 2 + 31, &details, &lines[1]);
	if (failed)
		draw_cross(svg, svg->x[SIDE_DEVICE], y);
}

static void draw_failure(const struct svg *svg, const struct picture_row *row, int y)
{
	struct failure failure;
	unsigned width = 0;
	size_t i;

	word_failure(svg, row, &failure);
	for (i = 0; i < failure.count; i++)
		width = failure.lines[i].width > width ? failure.lines[i].width : width;
	draw_box(svg, y, (int)width + 2 * SVG_PAD, (int)failure.count * SVG_LINE + SVG_PAD - 2,
		 "#ffffff", "#f2b8b5");
	for (i = 0; i < failure.count; i++)
		svg_piece(svg, box_x(svg) + SVG_PAD, y + (int)(i + 1) * SVG_LINE,
			  i < failure.why_count ? &why_style : &advice_style, &failure.lines[i]);
}

/** "joining 1.204 s" on the device's lifeline. */
static void draw_mark(const struct svg *svg, const struct picture_row *row, int y)
{
	const struct svg_style style = {SVG_SMALL, "#ffffff", "middle", SVG_BOLD};
	const int x = svg->x[SIDE_DEVICE];
	unsigned width;
	char text[80];

	provctl_picture_span(row, text, sizeof(text));
	(void)provctl_fit(text, svg_measure(&style), 400, &width);
	width += SVG_PAD;
	fprintf(svg->out,
		"<rect x=\"%d\" y=\"%d\" width=\"%u\" height=\"%d\" rx=\"9\" fill=\"%s\"/>\n",
		x - (int)width / 2, y - MARK_HEIGHT / 2, width, MARK_HEIGHT,
		svg_colour(row->state));
	svg_text(svg, x, y + 4, &style, text, 400);
}

/** What a pointer over the row shows: all of it. */
static void put_whole(const struct svg *svg, const struct picture_row *row)
{
	FILE *out = svg->out;
	size_t i;
	const char *const parts[] = {row->details, row->code, row->text, row->advice};

	fprintf(out, "<g>\n<title>+%" JSON_INTEGER_FORMAT ".%03d s, %s", row->offset_us / 1000000,
		(int)(row->offset_us / 1000 % 1000), provctl_picture_side_name(row->from));
	if (row->from != row->to)
		fprintf(out, " to %s", provctl_picture_side_name(row->to));
	fputs(": ", out);
	svg_put(out, row->event, PICTURE_TEXT);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (*parts[i])
			fputs("; ", out);
		svg_put(out, parts[i], PICTURE_TEXT);
	}
	fputs("</title>\n", out);
}

static void draw_time(const struct svg *svg, const struct picture_row *row,
		      const struct svg_place *place)
{
	const struct svg_style offset = {SVG_SMALL, SVG_PALE, "end", ""};
	const struct svg_style gap = {SVG_SMALL, SVG_PALE, "start", "font-style=\"italic\""};
	char text[64];
	char time[48];

	(void)snprintf(text, sizeof(text), "+%" JSON_INTEGER_FORMAT ".%03d s",
		       row->offset_us / 1000000, (int)(row->offset_us / 1000 % 1000));
	svg_text(svg, SVG_AXIS - 12, place->line + 4, &offset, text, 400);
	fprintf(svg->out, "<path d=\"M%d %dh8\" stroke=\"#9aa0a6\"/>\n", SVG_AXIS - 8, place->line);
	if (!place->gap)
		return;
	provctl_picture_duration(row->gap_us, time, sizeof(time));
	(void)snprintf(text, sizeof(text), "nothing for %s", time);
	svg_text(svg, box_x(svg) + SVG_PAD, place->gap + 4, &gap, text, 400);
	/* the axis is broken */
	fprintf(svg->out,
		"<path d=\"M%d %dl12 -6v6l-12 6z\" fill=\"#ffffff\"/>\n"
		"<path d=\"M%d %dl12 -6m0 6l-12 6\" stroke=\"#9aa0a6\" fill=\"none\"/>\n",
		SVG_AXIS - 6, place->gap, SVG_AXIS - 6, place->gap);
}

void svg_draw_rows(const struct svg *svg)
{
	const struct picture_row *row;
	const struct svg_place *place;
	size_t i;

	for (i = 0; i < svg->picture->count; i++) {
		row = &svg->picture->rows[i];
		place = &svg->places[i];
		put_whole(svg, row);
		draw_time(svg, row, place);
		if (row->from != row->to)
			draw_arrow(svg, row, place->line);
		else
			draw_note(svg, row, place->line);
		if (place->box)
			draw_failure(svg, row, place->box);
		if (place->mark)
			draw_mark(svg, row, place->mark);
		fputs("</g>\n", svg->out);
	}
}
