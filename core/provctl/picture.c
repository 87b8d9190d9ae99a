/* SPDX-License-Identifier: Apache-2.0 */
#include "picture.h"

#include "glyph.h"

#include <provd/error.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/** Time without an entry that is marked as a gap. */
#define LONG_GAP_US 5000000

#define STATE_BOUND   6
#define STATE_UNKNOWN (PICTURE_STATES - 1)

static const char *const states[PICTURE_STATES] = {"idle",	  "listening", "joining", "online",
						   "registering", "binding",   "bound",	  "failed",
						   "stopped",	  "unknown"};

const char *provctl_picture_side_name(int side)
{
	static const char *const names[SIDE_COUNT] = {"phone", "device", "access point", "cloud"};

	return names[side];
}

const char *provctl_picture_state_name(int state)
{
	return states[state];
}

int provctl_picture_state_lasts(int state)
{
	return state < STATE_BOUND || state == STATE_UNKNOWN;
}

static int state_of(const char *name)
{
	int i = 0;

	while (i < STATE_UNKNOWN && strcmp(states[i], name) != 0)
		i++;
	return i;
}

static int side_of(const char *name)
{
	static const char *const names[SIDE_COUNT] = {"phone", "device", "ap", "cloud"};
	int i;

	for (i = 0; i < SIDE_COUNT; i++) {
		if (!strcmp(names[i], name))
			return i;
	}
	return SIDE_DEVICE;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static json_int_t time_of(const json_t *entry)
{
	return json_integer_value(json_object_get(entry, "t_us"));
}

/** What the row or a failure's own words say already; and how long a secret is nobody needs. */
static int is_passed_over(const struct picture_row *row, const char *key, const char *text)
{
	return !strcmp(key, "reason") || (*row->code && !strcmp(key, "text")) ||
	       !strncmp(text, "<secret ", 8);
}

static void read_details(struct picture_row *row, const json_t *detail)
{
	const json_t *value;
	const char *text;
	const char *key;
	size_t len = 0;
	int added;

	json_object_foreach((json_t *)(uintptr_t)detail, key, value)
	{
		text = json_string_value(value);
		if (!text || !*text || is_passed_over(row, key, text))
			continue;
		added = snprintf(row->details + len, sizeof(row->details) - len, "%s%s=%s",
				 len ? ", " : "", key, text);
		len += added > 0 ? (size_t)added : 0;
		if (len < sizeof(row->details))
			continue;
		/* not a part of a character */
		row->details[provctl_cut(row->details, sizeof(row->details) - 4)] = 0;
		return;
	}
}

static void read_failure(struct picture_row *row, const json_t *detail)
{
	const char *code = text_of(detail, "reason");
	const int known = provd_err_by_name(code);

	row->refused_by = -1;
	row->code = row->text = row->advice = "";
	if (!*code || !strcmp(code, "OK"))
		return;
	row->code = code;
	row->text = text_of(detail, "text");
	if (!*row->text && known < 0)
		row->text = provd_err_text(known);
	row->advice = known < 0 ? provd_err_advice(known) : "";
	row->refused_by = row->from != SIDE_DEVICE ? row->from : row->to;
}

/** @param before NULL: it is the first one */
static void read_row(struct picture_row *row, const json_t *entry, const struct picture_row *before,
		     json_int_t start_us)
{
	const json_t *detail = json_object_get(entry, "detail");

	row->from = side_of(text_of(entry, "from"));
	row->to = side_of(text_of(entry, "to"));
	row->state = state_of(text_of(entry, "state"));
	row->event = text_of(entry, "event");
	row->offset_us = time_of(entry) - start_us;
	row->begins = !before || before->state != row->state;
	row->span_us = -1;
	if (before && row->offset_us < before->offset_us)
		row->offset_us = before->offset_us;
	if (before && row->offset_us - before->offset_us >= LONG_GAP_US)
		row->gap_us = row->offset_us - before->offset_us;
	read_failure(row, detail);
	read_details(row, detail);
}

/** Gives each span its length. */
static void measure(struct picture *picture)
{
	struct picture_row *begin = NULL;
	struct picture_row *row;
	size_t i;

	for (i = 0; i < picture->count; i++) {
		row = &picture->rows[i];
		picture->visited[row->state] = 1;
		picture->has_side[row->from] = picture->has_side[row->to] = 1;
		if (!row->begins)
			continue;
		if (begin) {
			begin->span_us = row->offset_us - begin->offset_us;
			picture->state_us[begin->state] += begin->span_us;
		}
		begin = row;
	}
	if (!begin)
		return;
	row = &picture->rows[picture->count - 1];
	picture->total_us = row->offset_us;
	picture->state_us[begin->state] += row->offset_us - begin->offset_us;
	picture->has_ended = !provctl_picture_state_lasts(row->state);
	picture->state = states[row->state];
	picture->code = picture->has_ended && row->state != STATE_BOUND ? row->code : "";
}

/** What the title tells of the whole session: an attempt has a number and who brought it. */
static void read_summary(struct picture *picture, const json_t *detail)
{
	const char *method = text_of(detail, "method");
	const char *attempt = text_of(detail, "attempt");

	if (!*method || !*attempt)
		return;
	picture->method = method;
	picture->attempts = strtol(attempt, NULL, 10);
}

int provctl_picture_init(const json_t *timeline, struct picture *out_picture)
{
	const json_t *entries = json_object_get(timeline, "entries");
	const json_int_t start_us = time_of(json_array_get(entries, 0));
	struct picture picture = {.state = "", .code = "", .method = ""};
	const json_t *entry;
	size_t i;

	picture.session = json_integer_value(json_object_get(timeline, "session"));
	picture.unix_ms = json_integer_value(json_object_get(timeline, "unix_ms"));
	picture.count = json_array_size(entries);
	picture.has_side[SIDE_DEVICE] = 1;
	picture.rows = calloc(picture.count + 1, sizeof(*picture.rows));
	if (!picture.rows)
		return -1;
	json_array_foreach(entries, i, entry)
	{
		read_row(&picture.rows[i], entry, i ? &picture.rows[i - 1] : NULL, start_us);
		read_summary(&picture, json_object_get(entry, "detail"));
	}
	measure(&picture);
	*out_picture = picture;
	return 0;
}

void provctl_picture_finish(struct picture *picture)
{
	free(picture->rows);
	picture->rows = NULL;
}

void provctl_picture_duration(json_int_t us, char *out, size_t size)
{
	const json_int_t ms = us / 1000;
	const json_int_t minutes = ms / 60000;
	char front[32] = "";

	if (minutes)
		(void)snprintf(front, sizeof(front), "%" JSON_INTEGER_FORMAT " min ", minutes);
	(void)snprintf(out, size, "%s%d.%03d s", front, (int)(ms / 1000 % 60), (int)(ms % 1000));
}

void provctl_picture_words(const struct picture_row *row, int details, char out[PICTURE_WORDS])
{
	const int with = details && *row->details;

	(void)snprintf(out, PICTURE_WORDS, "%.*s%s%s",
		       (int)provctl_cut(row->event, PICTURE_WORDS - PICTURE_TEXT - 2), row->event,
		       with ? ": " : "", with ? row->details : "");
}

void provctl_picture_failure(const struct picture_row *row, char out_why[PICTURE_TEXT],
			     char out_advice[PICTURE_TEXT])
{
	const int code_len = (int)provctl_cut(row->code, 48);
	const int text_len = (int)provctl_cut(row->text, PICTURE_TEXT - 52);

	out_why[0] = out_advice[0] = 0;
	if (*row->code)
		(void)snprintf(out_why, PICTURE_TEXT, "%.*s%s%.*s", code_len, row->code,
			       *row->text ? ": " : "", text_len, row->text);
	if (*row->advice)
		(void)snprintf(out_advice, PICTURE_TEXT, "advice: %.*s",
			       (int)provctl_cut(row->advice, PICTURE_TEXT - 16), row->advice);
}

void provctl_picture_span(const struct picture_row *row, char *out, size_t size)
{
	char time[48] = "";

	if (row->span_us >= 0)
		provctl_picture_duration(row->span_us, time, sizeof(time));
	(void)snprintf(out, size, "%s%s%s", states[row->state], *time ? " " : "", time);
}

void provctl_picture_title(const struct picture *picture, char *out, size_t size)
{
	char time[48];

	provctl_picture_duration(picture->total_us, time, sizeof(time));
	if (!picture->count)
		(void)snprintf(out, size, "session %" JSON_INTEGER_FORMAT ": nothing is known",
			       picture->session);
	else
		(void)snprintf(out, size, "session %" JSON_INTEGER_FORMAT ": %s%s%s%.*s%s %s %s",
			       picture->session, picture->has_ended ? "" : "not ended, ",
			       picture->state, *picture->code ? " (" : "",
			       (int)provctl_cut(picture->code, 48), picture->code,
			       *picture->code ? ")" : "", "after", time);
}

void provctl_picture_subtitle(const struct picture *picture, char *out, size_t size)
{
	const time_t seconds = (time_t)(picture->unix_ms / 1000);
	struct tm utc;
	char date[40] = "";
	char attempts[40] = "";

	if (picture->unix_ms > 0 && gmtime_r(&seconds, &utc))
		(void)strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S UTC", &utc);
	if (picture->attempts > 0)
		(void)snprintf(attempts, sizeof(attempts), "%ld attempt%s", picture->attempts,
			       picture->attempts == 1 ? "" : "s");
	/* too long: cut */
	(void)snprintf(out, size, "%s%s%s%.*s%s%s", date,
		       *date && (*picture->method || *attempts) ? ", " : "",
		       *picture->method ? "method " : "", (int)provctl_cut(picture->method, 64),
		       picture->method, *picture->method && *attempts ? ", " : "", attempts);
}
