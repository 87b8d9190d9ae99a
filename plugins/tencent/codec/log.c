/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <provd/error.h>

#include "codec/app.h"

#define REPLACEMENT '?'

/* A text that grows up to `cap` bytes. */
struct line {
	char *data;
	size_t len;
	size_t cap;
};

static size_t skip_blanks(const char *text, size_t len, size_t at)
{
	while (at < len &&
	       (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n'))
		at++;
	return at;
}

/* The beginning of a query, which may be cut off behind the 3. */
static bool begins_as_query(const char *text, size_t len)
{
	static const char *const signs[] = {"{", "\"cmdType\"", ":", "3"};
	size_t at = 0;

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t n = strlen(signs[i]);

		at = skip_blanks(text, len, at);
		if (len - at < n || memcmp(text + at, signs[i], n) != 0)
			return false;
		at += n;
	}
	/* 30 or 3.5 is another number. */
	return at == len || !strchr("0123456789.eE+-", text[at]) || text[at] == '\0';
}

bool tencent_log_is_query(const void *data, size_t len)
{
	struct tencent_app_command command;
	bool query;

	if (data == NULL || len == 0)
		return false;
	if (begins_as_query(data, len))
		return true;
	tencent_app_parse(data, len, &command);
	query = command.kind == TENCENT_APP_LOG_QUERY;
	tencent_app_command_finish(&command);
	return query;
}

static const char *state_name(uint32_t state)
{
	switch ((enum provd_session_state_id)state) {
	case PROVD_STATE_IDLE:
		return "idle";
	case PROVD_STATE_LISTENING:
		return "listening";
	case PROVD_STATE_JOINING:
		return "joining";
	case PROVD_STATE_ONLINE:
		return "online";
	case PROVD_STATE_REGISTERING:
		return "registering";
	case PROVD_STATE_BINDING:
		return "binding";
	case PROVD_STATE_BOUND:
		return "bound";
	case PROVD_STATE_FAILED:
		return "failed";
	case PROVD_STATE_STOPPED:
		return "stopped";
	}
	return "session";
}

/*
 * Bytes of the character at `text`, which may end there: 1 to 4, or 0 when it is not well-formed
 * UTF-8 (Unicode 15, table 3-7).
 */
static size_t utf8_length(const unsigned char *text)
{
	size_t n = text[0] < 0x80			? 1
		   : text[0] >= 0xc2 && text[0] <= 0xdf ? 2
		   : text[0] >= 0xe0 && text[0] <= 0xef ? 3
		   : text[0] >= 0xf0 && text[0] <= 0xf4 ? 4
							: 0;
	unsigned int low = text[0] == 0xe0 ? 0xa0 : text[0] == 0xf0 ? 0x90 : 0x80;
	unsigned int high = text[0] == 0xed ? 0x9f : text[0] == 0xf4 ? 0x8f : 0xbf;

	for (size_t i = 1; i < n; i++) {
		if (text[i] < low || text[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return n;
}

static bool is_control(const unsigned char *text, size_t n)
{
	return n == 0 || (n == 1 && (text[0] < 0x20 || text[0] == 0x7f)) ||
	       (n == 2 && text[0] == 0xc2 && text[1] < 0xa0);
}

/* Appends whole characters as long as they fit. @return false when some did not */
static bool put(struct line *line, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p) {
		size_t n = utf8_length(p);
		bool replace = is_control(p, n);
		size_t room = replace ? 1 : n;

		if (room > line->cap - line->len)
			return false;
		if (replace)
			line->data[line->len] = REPLACEMENT;
		else
			memcpy(line->data + line->len, p, n);
		line->len += room;
		p += n ? n : 1;
	}
	return true;
}

/* Room for the tail is kept, so that what tells failures apart is never cut. */
static void put_failure(struct line *line, const struct provd_journal_line *entry)
{
	char tail[96];
	size_t cap = line->cap;
	int n;

	if (entry->app_id != 0)
		n = snprintf(tail, sizeof(tail), ", %s (%" PRId32 ", %" PRId32 ")",
			     provd_err_name(entry->code), entry->app_id, entry->app_sub);
	else
		n = snprintf(tail, sizeof(tail), ", %s", provd_err_name(entry->code));
	if (n < 0 || (size_t)n >= sizeof(tail))
		return;
	line->cap = cap - line->len > (size_t)n ? cap - (size_t)n : line->len;
	(void)put(line, provd_err_text(entry->code));
	line->cap = cap;
	(void)put(line, tail);
}

/*
 * The host writes a secret as its length, "<secret 16 bytes>". That stays here: who is near the
 * hotspot and guesses would have less to try.
 */
static void put_detail(struct line *line, const char *detail)
{
	/* Longer than a line: where a part is cut off, nothing fits any more. */
	char part[TENCENT_LOG_LINE_MAX + 1];
	const char *secret = detail;

	while (secret) {
		size_t len;

		secret = strstr(detail, "\"<secret ");
		len = secret ? (size_t)(secret - detail) : strlen(detail);
		if (len >= sizeof(part))
			len = sizeof(part) - 1;
		memcpy(part, detail, len);
		part[len] = '\0';
		if (!put(line, part) || !secret || !put(line, "<secret>"))
			return;
		secret = strstr(secret, ">\"");
		detail = secret ? secret + 2 : NULL;
	}
}

size_t tencent_log_line(const struct provd_journal_line *entry, char *out)
{
	struct line line = {.data = out, .cap = TENCENT_LOG_LINE_MAX - 2};
	char head[64];
	int n = snprintf(head, sizeof(head),
			 "%" PRIu32 "|%s(%" PRIu32 "): ", (uint32_t)(entry->t_us / 1000u),
			 state_name(entry->state), entry->number);

	if (n > 0 && (size_t)n < sizeof(head))
		(void)put(&line, head);
	if (entry->code != 0) {
		put_failure(&line, entry);
	} else if (put(&line, entry->event ? entry->event : "") && entry->detail &&
		   entry->detail[0] && put(&line, " ")) {
		put_detail(&line, entry->detail);
	}
	memcpy(out + line.len, "\r\n", 2);
	return line.len + 2;
}

/* Who goes when there is no room: the oldest that tells no failure. */
static size_t least(const struct tencent_log *log)
{
	size_t i = 0;

	while (i < log->count && log->lines[i].failure)
		i++;
	return i;
}

void tencent_log_add(struct tencent_log *log, const struct provd_journal_line *line)
{
	size_t gone;

	if (log->count == TENCENT_LOG_LINES) {
		gone = least(log);
		if (gone == log->count) {
			if (line->code == 0)
				return;
			gone = 0;
		}
		memmove(&log->lines[gone], &log->lines[gone + 1],
			(log->count - gone - 1) * sizeof(log->lines[0]));
		log->count--;
	}
	log->lines[log->count].failure = line->code != 0;
	log->lines[log->count].len = (uint8_t)tencent_log_line(line, log->lines[log->count].text);
	log->count++;
}

size_t tencent_log_text(const struct tencent_log *log, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < log->count; i++) {
		memcpy(out + len, log->lines[i].text, log->lines[i].len);
		len += log->lines[i].len;
	}
	return len;
}
