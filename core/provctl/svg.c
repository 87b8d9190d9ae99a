/* SPDX-License-Identifier: Apache-2.0 */
/* A sequence diagram as SVG 1.1: heads, lifelines, time and legend. */
#include "svg.h"

#include <errno.h>
#include <stdlib.h>

/* Geometry in pixels. */
#define FIRST	    180 /* the first lifeline */
#define NEAR	    330 /* from the device to who it talks with */
#define BEHIND	    180 /* from the access point to the cloud */
#define NOTES	    520 /* what is free right of the device at least */
#define WIDTH_LEAST 760
#define HEADER	    66
#define HEAD	    28 /* the boxes with names */
#define HEAD_WIDTH  116
#define LEGEND	    22 /* one line of it */

/** Rows beyond which each has one line. */
#define DENSE 150

/** Programs that make pixels of it take no more than 32767; beyond this it is shown smaller. */
#define HEIGHT_MOST 30000

/** Gives each side that is there its lifeline. */
static void place_sides(struct svg *svg)
{
	const int *has = svg->picture->has_side;
	int x = FIRST;
	int last;

	svg->x[SIDE_PHONE] = x;
	x += has[SIDE_PHONE] ? NEAR : 0;
	svg->x[SIDE_DEVICE] = last = x;
	if (has[SIDE_AP])
		last += NEAR;
	svg->x[SIDE_AP] = last;
	if (has[SIDE_CLOUD])
		last += has[SIDE_AP] ? BEHIND : NEAR;
	svg->x[SIDE_CLOUD] = last;
	svg->width = last + HEAD_WIDTH / 2 + SVG_MARGIN;
	if (svg->width < x + NOTES)
		svg->width = x + NOTES;
	if (svg->width < WIDTH_LEAST)
		svg->width = WIDTH_LEAST;
}

/** @return lines that the legend takes; draws it when `y` is not 0 */
static int legend(const struct svg *svg, int y)
{
	const struct svg_style style = {SVG_SMALL, SVG_INK, "start", ""};
	const struct picture *picture = svg->picture;
	int lines = 1;
	int x = SVG_MARGIN;
	char text[96];
	char time[48];
	unsigned width;
	int i;

	for (i = 0; i < PICTURE_STATES; i++) {
		if (!picture->visited[i])
			continue;
		provctl_picture_duration(picture->state_us[i], time, sizeof(time));
		(void)snprintf(text, sizeof(text), "%s%s%s", provctl_picture_state_name(i),
			       provctl_picture_state_lasts(i) ? " " : "",
			       provctl_picture_state_lasts(i) ? time : "");
		(void)provctl_fit(text, SVG_SMALL, 400, &width);
		if (x + (int)width + 40 > svg->width) {
			x = SVG_MARGIN;
			lines++;
		}
		if (y) {
			fprintf(svg->out,
				"<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" rx=\"2\" "
				"fill=\"%s\"/>\n",
				x, y + (lines - 1) * LEGEND, svg_colour(i));
			svg_text(svg, x + 18, y + (lines - 1) * LEGEND + 10, &style, text, 400);
		}
		x += (int)width + 40;
	}
	return lines;
}

static void draw_heads(const struct svg *svg, int y)
{
	const struct svg_style style = {13, SVG_INK, "middle", SVG_BOLD};
	int i;

	for (i = 0; i < SIDE_COUNT; i++) {
		if (!svg->picture->has_side[i])
			continue;
		fprintf(svg->out,
			"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" "
			"fill=\"#e8f0fe\" stroke=\"#aecbfa\"/>\n",
			svg->x[i] - HEAD_WIDTH / 2, y, HEAD_WIDTH, HEAD);
		svg_text(svg, svg->x[i], y + 19, &style, provctl_picture_side_name(i), HEAD_WIDTH);
	}
}

static void draw_lines(const struct svg *svg)
{
	int i;

	for (i = 0; i < SIDE_COUNT; i++) {
		if (svg->picture->has_side[i])
			fprintf(svg->out,
				"<path d=\"M%d %dV%d\" stroke=\"#9aa0a6\" "
				"stroke-dasharray=\"5 4\"/>\n",
				svg->x[i], svg->top, svg->bottom);
	}
	fprintf(svg->out, "<path d=\"M%d %dV%d\" stroke=\"#dadce0\"/>\n", SVG_AXIS, svg->top,
		svg->bottom);
}

/** What the device did from one change of its state to the next. */
static void draw_bars(const struct svg *svg)
{
	const struct picture *picture = svg->picture;
	const struct picture_row *row;
	char text[80];
	size_t next;
	size_t i;
	int end;

	for (i = 0; i < picture->count; i = next) {
		row = &picture->rows[i];
		for (next = i + 1; next < picture->count && !picture->rows[next].begins;)
			next++;
		end = next < picture->count	   ? svg->places[next].line
		      : svg->places[next - 1].mark ? svg->places[next - 1].mark
						   : svg->places[next - 1].bottom;
		provctl_picture_span(row, text, sizeof(text));
		fprintf(svg->out,
			"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\">"
			"<title>%s</title></rect>\n",
			svg->x[SIDE_DEVICE] - SVG_BAR / 2, svg->places[i].line, SVG_BAR,
			end - svg->places[i].line, svg_colour(row->state), text);
	}
}

static void draw_header(const struct svg *svg)
{
	const struct svg_style title = {18, SVG_INK, "start", SVG_BOLD};
	const struct svg_style date = {SVG_SIZE, SVG_PALE, "start", ""};
	const int most = svg->height > HEIGHT_MOST ? HEIGHT_MOST : svg->height;
	char text[256];

	provctl_picture_title(svg->picture, text, sizeof(text));
	fprintf(svg->out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%d\" "
		"height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\">\n<title>",
		(int)((int64_t)svg->width * most / svg->height), most, svg->width, svg->height);
	svg_put(svg->out, text, sizeof(text));
	fprintf(svg->out, "</title>\n<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n",
		svg->width, svg->height);
	svg_text(svg, SVG_MARGIN, 30, &title, text, (unsigned)svg->width - 2 * SVG_MARGIN);
	provctl_picture_subtitle(svg->picture, text, sizeof(text));
	svg_text(svg, SVG_MARGIN, 50, &date, text, (unsigned)svg->width - 2 * SVG_MARGIN);
}

static void draw(const struct svg *svg)
{
	draw_header(svg);
	svg_draw_bands(svg);
	draw_lines(svg);
	draw_bars(svg);
	draw_heads(svg, svg->top - HEAD);
	svg_draw_rows(svg);
	draw_heads(svg, svg->bottom);
	(void)legend(svg, svg->bottom + HEAD + SVG_MARGIN);
	fputs("</svg>\n", svg->out);
}

int provctl_picture_svg(FILE *out, const struct picture *picture)
{
	struct svg svg = {.out = out, .picture = picture, .top = HEADER + HEAD};

	svg.is_dense = picture->count > DENSE;
	svg.places = calloc(picture->count + 1, sizeof(*svg.places));
	if (!svg.places) {
		errno = ENOMEM;
		return -1;
	}
	place_sides(&svg);
	svg.bottom = svg_place_rows(&svg);
	svg.height = svg.bottom + HEAD + SVG_MARGIN + legend(&svg, 0) * LEGEND + SVG_MARGIN / 2;
	draw(&svg);
	free(svg.places);
	return fflush(out) || ferror(out) ? -1 : 0;
}
