/* SPDX-License-Identifier: Apache-2.0 */
#include "provctl.h"

#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/** Length of the progress bar, in characters. */
#define BAR 36

/** Lines of the block. */
#define BLOCK_LINES (PROVCTL_STATES + 5)

/** Columns below which nothing of it could be read. */
#define COLUMNS_MIN 20

/** Longest line that is drawn, in bytes. */
#define LINE_MAX_BYTES 512

static int64_t local_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void provctl_view_init(struct provctl_view *view, int colour)
{
	memset(view, 0, sizeof(*view));
	view->session = -1;
	view->state = -1;
	view->colour = colour;
}

/** A block of its own for another session. */
static void restart(struct provctl_view *view, const json_t *entry)
{
	provctl_view_init(view, view->colour);
	view->session = provctl_int(entry, "session");
	view->start_us = provctl_int(entry, "t_us");
	view->last_us = view->start_us;
}

static void copy_escaped(char *out, size_t size, const char *text)
{
	if (*text)
		(void)provctl_escape(text, out, size);
}

/** Makes a sentence of a failure's "reason" (a code), "text" and "during" (a state). */
static void read_failure(struct provctl_view *view, const json_t *detail)
{
	const char *code = provctl_text(detail, "reason");
	const char *text = provctl_text(detail, "text");
	const char *during = provctl_text(detail, "during");
	char raw[sizeof(view->failure)];

	if (!*code || !strcmp(code, "OK"))
		return;
	if (!*text && provctl_reason(code))
		text = provctl_reason(code);
	/* too long: cut */
	(void)snprintf(raw, sizeof(raw), "%s%s%.300s (%.40s)", *during ? during : "",
		       *during ? " failed: " : "", *text ? text : "for an unknown reason", code);
	copy_escaped(view->failure, sizeof(view->failure), raw);
	view->advice[0] = 0;
	copy_escaped(view->advice, sizeof(view->advice), provctl_advice(detail, "reason"));
}

static void read_detail(struct provctl_view *view, const json_t *detail)
{
	json_int_t attempt;

	copy_escaped(view->method, sizeof(view->method), provctl_text(detail, "method"));
	if (!provctl_parse_number(provctl_text(detail, "attempt"), &attempt))
		view->attempt = attempt;
	read_failure(view, detail);
}

/** The phone that is there, as far as entries name it. */
static void read_phone(struct provctl_view *view, const json_t *entry)
{
	const json_t *detail = json_object_get(entry, "detail");
	const char *event = provctl_text(entry, "event");

	if (!strstr(event, "phone"))
		return;
	if (strstr(event, "left"))
		view->phone[0] = 0;
	else if (*provctl_text(detail, "mac"))
		copy_escaped(view->phone, sizeof(view->phone), provctl_text(detail, "mac"));
	else
		copy_escaped(view->phone, sizeof(view->phone), provctl_text(detail, "address"));
}

void provctl_view_feed(struct provctl_view *view, const json_t *entry)
{
	const char *state = provctl_text(entry, "state");
	const json_int_t t_us = provctl_int(entry, "t_us");

	if (provctl_int(entry, "session") != view->session)
		restart(view, entry);
	if (view->state >= 0 && t_us > view->last_us)
		view->spent_us[view->state] += t_us - view->last_us;
	view->last_us = t_us;
	view->last_local_us = local_us();
	view->state = provctl_state_index(state);
	if (view->state >= 0)
		view->visited[view->state] = 1;
	read_detail(view, json_object_get(entry, "detail"));
	read_phone(view, entry);
	view->bound = !strcmp(state, "bound");
	view->ended = provctl_state_is_final(state);
	if (view->ended)
		(void)snprintf(view->end, sizeof(view->end), "%s", state);
}

/** Microseconds since the last entry, while the session runs. */
static json_int_t since_last(const struct provctl_view *view)
{
	const int64_t since = local_us() - view->last_local_us;

	return view->ended || since < 0 ? 0 : (json_int_t)since;
}

static size_t terminal_width(FILE *out)
{
	struct winsize size;

	/* 0: it does not say */
	if (ioctl(fileno(out), TIOCGWINSZ, &size) || size.ws_col < COLUMNS_MIN)
		return 80;
	return size.ws_col < LINE_MAX_BYTES ? size.ws_col : LINE_MAX_BYTES;
}

int provctl_view_fits(FILE *out)
{
	struct winsize size;

	if (ioctl(fileno(out), TIOCGWINSZ, &size))
		return 1;
	/* the cursor stands on a row below the block */
	return (!size.ws_row || size.ws_row > BLOCK_LINES) &&
	       (!size.ws_col || size.ws_col >= COLUMNS_MIN);
}

/** Bytes of `text` that fit in `width` columns; counts characters, not their width. */
static size_t fitting(const char *text, size_t width)
{
	size_t columns = 0;
	size_t len = 0;

	while (text[len] && (columns < width || (text[len] & 0xc0) == 0x80)) {
		columns += (text[len] & 0xc0) != 0x80;
		len++;
	}
	return len;
}

/** Draws one line of the block, over the former one. @param sgr colour, e.g. "32", or "" */
static void draw_line(struct provctl_view *view, FILE *out, const char *sgr, const char *text)
{
	/* a line that reaches the edge would wrap and break the count */
	const size_t len = fitting(text, terminal_width(out) - 1);
	const int coloured = view->colour && *sgr;

	fprintf(out, "\r%s%s%s%.*s%s\x1b[K\n", coloured ? "\x1b[" : "", coloured ? sgr : "",
		coloured ? "m" : "", (int)len, text, coloured ? "\x1b[0m" : "");
	view->lines++;
}

/** How far the session has come, counted in states behind it. */
static int progress(const struct provctl_view *view)
{
	int reached = 0;
	int i;

	if (view->state >= 0)
		return view->state;
	for (i = 0; i < PROVCTL_STATES; i++)
		reached = view->visited[i] ? i : reached;
	return reached;
}

static void draw_bar(struct provctl_view *view, FILE *out)
{
	const int steps = PROVCTL_STATES - 1;
	const int done = progress(view);
	char line[LINE_MAX_BYTES];
	char bar[BAR + 1];
	int i;

	for (i = 0; i < BAR; i++)
		bar[i] = i < done * BAR / steps ? '=' : ' ';
	if (done && done < steps)
		bar[done * BAR / steps - 1] = '>';
	bar[BAR] = 0;
	(void)snprintf(line, sizeof(line), "[%s] %s", bar,
		       view->state >= 0 ? provctl_state_name(view->state) : view->end);
	draw_line(view, out, view->bound ? "1;32" : view->ended ? "1;31" : "1", line);
}

static void draw_state(struct provctl_view *view, FILE *out, int state)
{
	const int now = state == view->state;
	json_int_t us = view->spent_us[state] + (now ? since_last(view) : 0);
	char line[LINE_MAX_BYTES];

	if (!view->visited[state])
		(void)snprintf(line, sizeof(line), "  %-12s        -", provctl_state_name(state));
	else
		(void)snprintf(line, sizeof(line), "%c %-12s %8" JSON_INTEGER_FORMAT " ms",
			       now ? '>' : ' ', provctl_state_name(state), us / 1000);
	draw_line(view, out, now ? "1" : view->visited[state] ? "" : "2", line);
}

/** Always a line, for the same reason. */
static void draw_advice(struct provctl_view *view, FILE *out)
{
	char line[LINE_MAX_BYTES];

	(void)snprintf(line, sizeof(line), "%s%s", *view->advice ? "advice: " : "", view->advice);
	draw_line(view, out, "", line);
}

/** Two lines, so that the block keeps its height. */
static void draw_failure(struct provctl_view *view, FILE *out)
{
	const size_t width = terminal_width(out) - 1;
	char line[LINE_MAX_BYTES + 64];
	size_t len;
	size_t cut;

	(void)snprintf(line, sizeof(line), "%s%s", *view->failure ? "last failure: " : "",
		       view->failure);
	len = fitting(line, width);
	cut = len;
	while (line[len] && cut && line[cut] != ' ')
		cut--;
	/* one word that is longer than the terminal */
	if (!cut)
		cut = len;
	if (line[cut] == ' ') {
		line[cut++] = 0;
		draw_line(view, out, "31", line);
		draw_line(view, out, "31", line + cut);
	} else {
		draw_line(view, out, "31", line);
		draw_line(view, out, "31", line + len);
	}
}

void provctl_view_draw(struct provctl_view *view, FILE *out)
{
	const json_int_t ms = (view->last_us - view->start_us + since_last(view)) / 1000;
	char line[LINE_MAX_BYTES];
	int i;

	if (view->lines)
		fprintf(out, "\x1b[%dA", view->lines);
	view->lines = 0;
	(void)snprintf(line, sizeof(line),
		       "session %" JSON_INTEGER_FORMAT
		       "   method %s   attempt %" JSON_INTEGER_FORMAT "   %" JSON_INTEGER_FORMAT
		       ".%03d s%s%s",
		       view->session, *view->method ? view->method : "-", view->attempt, ms / 1000,
		       (int)(ms % 1000), *view->phone ? "   phone " : "", view->phone);
	draw_line(view, out, "", line);
	draw_bar(view, out);
	for (i = 0; i < PROVCTL_STATES; i++)
		draw_state(view, out, i);
	draw_failure(view, out);
	draw_advice(view, out);
	fflush(out);
}

void provctl_view_summary(const struct provctl_view *view, FILE *out)
{
	const json_int_t ms = (view->last_us - view->start_us) / 1000;

	fprintf(out, "%s in %" JSON_INTEGER_FORMAT " ms", view->end, ms);
	if (*view->method && view->bound)
		fprintf(out, " by %s", view->method);
	if (view->attempt > 1)
		fprintf(out, ", %" JSON_INTEGER_FORMAT " attempts", view->attempt);
	if (!view->bound && *view->failure)
		fprintf(out, ": %s", view->failure);
	fputc('\n', out);
	fflush(out);
}
