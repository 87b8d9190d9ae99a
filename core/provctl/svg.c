/* SPDX-License-Identifier: Apache-2.0 */
#include "provctl.h"

#include <string.h>

/* Geometry in pixels. */
#define LEFT	    110
#define CHART_WIDTH 820
#define TOP	    50
#define LANE	    30
#define LANES	    9 /* idle to bound, failed, stopped */
#define WIDTH	    (LEFT + CHART_WIDTH + 30)
#define BOTTOM	    (TOP + LANES * LANE)
#define HEIGHT	    (BOTTOM + 50)
#define AXIS_STEPS  8

static const char *const colours[LANES] = {"#9aa0a6", "#4285f4", "#7b61ff", "#00acc1", "#26a69a",
					   "#f9ab00", "#34a853", "#d93025", "#80868b"};

static int lane_of(const char *state)
{
	const int index = provctl_state_index(state);

	if (index >= 0)
		return index;
	return strcmp(state, "failed") ? LANES - 1 : LANES - 2;
}

static const char *lane_name(int lane)
{
	if (lane < PROVCTL_STATES)
		return provctl_state_name(lane);
	return lane == LANES - 2 ? "failed" : "stopped";
}

/** Prints a text for XML; what XML 1.0 cannot carry becomes '?'. */
static void put_xml(FILE *out, const char *text)
{
	const unsigned char *at;

	for (at = (const unsigned char *)text; *at; at++) {
		if (*at == '<')
			fputs("&lt;", out);
		else if (*at == '>')
			fputs("&gt;", out);
		else if (*at == '&')
			fputs("&amp;", out);
		else if (*at == '"')
			fputs("&quot;", out);
		else
			fputc(*at < 0x20 || *at == 0x7f ? '?' : *at, out);
	}
}

/** What the pictures of one timeline share. */
struct chart {
	FILE *out;
	json_int_t start_us;
	json_int_t span_us; /* at least 1 */
};

static double x_of(const struct chart *chart, json_int_t t_us)
{
	return LEFT + (double)(t_us - chart->start_us) / (double)chart->span_us * CHART_WIDTH;
}

static void draw_frame(const struct chart *chart, json_int_t session)
{
	FILE *out = chart->out;
	double at;
	int i;

	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n"
		"<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n"
		"<text x=\"%d\" y=\"26\" font-size=\"16\">session %" JSON_INTEGER_FORMAT
		", %.3f s</text>\n",
		WIDTH, HEIGHT, WIDTH, HEIGHT, WIDTH, HEIGHT, LEFT, session,
		(double)chart->span_us / 1e6);
	for (i = 0; i < LANES; i++)
		fprintf(out,
			"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n"
			"<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n",
			LEFT, TOP + i * LANE, CHART_WIDTH, LANE, i % 2 ? "#ffffff" : "#f4f6f8",
			LEFT - 8, TOP + i * LANE + 19, lane_name(i));
	for (i = 0; i <= AXIS_STEPS; i++) {
		at = LEFT + (double)i * CHART_WIDTH / AXIS_STEPS;
		fprintf(out,
			"<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#dadce0\"/>\n"
			"<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.3f s</text>\n",
			at, TOP, at, BOTTOM, at, BOTTOM + 18,
			(double)chart->span_us / 1e6 * i / AXIS_STEPS);
	}
}

/** The bar of a state from one change to the next. */
static void draw_bar(const struct chart *chart, int lane, json_int_t from, json_int_t until)
{
	const double x = x_of(chart, from);
	double width = x_of(chart, until) - x;

	if (width < 2)
		width = 2;
	fprintf(chart->out,
		"<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"3\" fill=\"%s\">"
		"<title>%s: %.3f s</title></rect>\n",
		x, TOP + lane * LANE + 6, width, LANE - 12, colours[lane], lane_name(lane),
		(double)(until - from) / 1e6);
}

static void draw_bars(const struct chart *chart, const json_t *entries)
{
	json_int_t from = chart->start_us;
	const json_t *entry;
	int lane = -1;
	int next;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		next = lane_of(provctl_text(entry, "state"));
		if (next == lane)
			continue;
		if (lane >= 0)
			draw_bar(chart, lane, from, provctl_int(entry, "t_us"));
		lane = next;
		from = provctl_int(entry, "t_us");
	}
	if (lane >= 0)
		draw_bar(chart, lane, from, chart->start_us + chart->span_us);
}

static void draw_ticks(const struct chart *chart, const json_t *entries)
{
	json_t *detail;
	const json_t *entry;
	const json_t *value;
	const char *key;
	size_t i;
	double x;
	int y;

	json_array_foreach(entries, i, entry)
	{
		x = x_of(chart, provctl_int(entry, "t_us"));
		y = TOP + lane_of(provctl_text(entry, "state")) * LANE;
		fprintf(chart->out,
			"<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#202124\" "
			"stroke-width=\"1.5\"><title>%.3f s: ",
			x, y + 2, x, y + LANE - 2,
			(double)(provctl_int(entry, "t_us") - chart->start_us) / 1e6);
		put_xml(chart->out, provctl_text(entry, "event"));
		detail = json_object_get(entry, "detail");
		json_object_foreach(detail, key, value)
		{
			fputc(' ', chart->out);
			put_xml(chart->out, key);
			fputc('=', chart->out);
			put_xml(chart->out, json_is_string(value) ? json_string_value(value) : "");
		}
		fputs("</title></line>\n", chart->out);
	}
}

int provctl_draw_svg(FILE *out, json_int_t session, const json_t *entries)
{
	const size_t count = json_array_size(entries);
	struct chart chart = {.out = out, .span_us = 1};

	if (count) {
		chart.start_us = provctl_int(json_array_get(entries, 0), "t_us");
		chart.span_us =
			provctl_int(json_array_get(entries, count - 1), "t_us") - chart.start_us;
	}
	if (chart.span_us < 1)
		chart.span_us = 1;
	draw_frame(&chart, session);
	draw_bars(&chart, entries);
	draw_ticks(&chart, entries);
	fputs("</svg>\n", out);
	return fflush(out) || ferror(out) ? -1 : 0;
}
