/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <provd/error.h>
#include <provd/event.h>

#include "codec/log.h"
#include "util.h"

static bool asks(const char *text, size_t len)
{
	char *copy = exact_copy(text, len);
	bool query = tencent_log_is_query(copy, len);

	free(copy);
	return query;
}

Test(tencent_log, queries, .timeout = 10)
{
	static const char *const yes[] = {
		"{\"cmdType\":3}",	     "{\"cmdType\":3",
		"{\"cmdType\":3}\r\n",	     " \r\n\t{\"cmdType\":3}",
		"{\n  \"cmdType\" : 3\n}",   "{\n\t\"cmdType\":\t3\n}",
		"{\"cmdType\":3,\"x\":[1,2", "{\"token\":\"abc\",\"cmdType\":3}"};
	static const char *const no[] = {
		"",
		" ",
		"{",
		"{\"cmdType\":",
		"{\"cmdType\":30}",
		"{\"cmdType\":3.5}",
		"{\"cmdType\":\"3\"}",
		"{\"cmdType\":-3}",
		"{\"cmdType\":1,\"ssid\":\"a\",\"password\":\"\",\"token\":\"abcdef\"}",
		"{\"cmdtype\":3}",
		"{\"cmd\":3}",
		"x{\"cmdType\":3}",
		"[3]",
		"\"cmdType\":3"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		cr_expect(asks(yes[i], strlen(yes[i])), "%s", yes[i]);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		cr_expect_not(asks(no[i], strlen(no[i])), "%s", no[i]);
	/* What the phone's buffer held before. */
	cr_expect(asks("{\"cmdType\":3\0\xff", 14));
	cr_expect_not(asks("\0{\"cmdType\":3}", 14));
	cr_expect_not(tencent_log_is_query(NULL, 0));
	cr_expect_not(tencent_log_is_query(NULL, 5));
	expect_no_leaks();
}

/* A query may be cut nowhere but behind its 3. */
Test(tencent_log, query_cut_at_every_byte, .timeout = 10)
{
	static const char text[] = "{ \"cmdType\" : 3 }";

	for (size_t len = 0; len < sizeof(text); len++)
		cr_expect_eq(asks(text, len), len >= 15, "%zu", len);
}

static struct provd_journal_line plain(const char *event, const char *detail)
{
	struct provd_journal_line line = {.size = sizeof(line),
					  .number = 7,
					  .session = 12,
					  .t_us = 81234567,
					  .state = PROVD_STATE_JOINING,
					  .event = event,
					  .detail = detail};

	return line;
}

static void expect_line(const struct provd_journal_line *line, const char *want)
{
	char *out = malloc(TENCENT_LOG_LINE_MAX);
	size_t len = tencent_log_line(line, out);

	cr_expect_eq(len, strlen(want), "'%.*s'", (int)len, out);
	cr_expect_eq(memcmp(out, want, strlen(want)), 0, "'%.*s', not '%s'", (int)len, out, want);
	free(out);
}

Test(tencent_log, lines_to_the_byte, .timeout = 10)
{
	struct provd_journal_line line = plain("joining the network", "ssid=Ho.. channel=6");

	expect_line(&line, "81234|joining(7): joining the network ssid=Ho.. channel=6\r\n");
	line.detail = "";
	expect_line(&line, "81234|joining(7): joining the network\r\n");
	line.detail = NULL;
	line.event = NULL;
	expect_line(&line, "81234|joining(7): \r\n");
	line.event = "started";
	line.state = PROVD_STATE_LISTENING;
	line.number = 1;
	line.t_us = 999;
	expect_line(&line, "0|listening(1): started\r\n");
	line.state = PROVD_STATE_REGISTERING;
	line.number = UINT32_MAX;
	line.t_us = (UINT64_C(0x1234500000000) + 4294967295u) * 1000u;
	expect_line(&line, "4294967295|registering(4294967295): started\r\n");
	line.state = 77;
	line.number = 2;
	line.t_us = UINT64_C(4294967296) * 1000u;
	expect_line(&line, "0|session(2): started\r\n");
}

/* Who is on the hotspot may be a neighbour: the length would help to guess it. */
Test(tencent_log, how_long_a_secret_is_is_not_told, .timeout = 10)
{
	static const char *const rows[][2] = {
		{"passphrase=\"<secret 16 bytes>\"", "passphrase=<secret>"},
		{"ssid=Ho passphrase=\"<secret 63 bytes>\" attempt=1",
		 "ssid=Ho passphrase=<secret> attempt=1"},
		{"token=\"<secret 32 bytes>\" passphrase=\"<secret 8 bytes>\"",
		 "token=<secret> passphrase=<secret>"},
		{"passphrase=\"<secret 1", "passphrase=<secret>"},
		{"text=\"a <secret 1 bytes>\"", "text=\"a <secret 1 bytes>\""}};
	char want[160];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct provd_journal_line line = plain("got it", rows[i][0]);

		snprintf(want, sizeof(want), "81234|joining(7): got it %s\r\n", rows[i][1]);
		expect_line(&line, want);
	}
	expect_no_leaks();
}

Test(tencent_log, failures_to_the_byte, .timeout = 10)
{
	struct provd_journal_line line = plain("joining failed", "attempt=1");

	line.code = PROVD_E_WIFI_PASSPHRASE;
	line.app_id = 12;
	line.app_sub = -3;
	expect_line(&line, "81234|joining(7): the access point did not accept the passphrase, "
			   "WIFI_PASSPHRASE (12, -3)\r\n");
	line.app_id = 0;
	expect_line(&line, "81234|joining(7): the access point did not accept the passphrase, "
			   "WIFI_PASSPHRASE\r\n");
	/* The sentence gives way to what tells failures apart. */
	line.code = PROVD_E_CLOUD_TOKEN_EXPIRED;
	line.state = PROVD_STATE_REGISTERING;
	line.number = UINT32_MAX;
	line.t_us = UINT64_C(4294967295) * 1000u;
	line.app_id = INT32_MIN;
	line.app_sub = INT32_MIN;
	expect_line(&line, "4294967295|registering(4294967295): the phone's token has expired, "
			   "CLOUD_TOKEN_EXPIRED (-2147483648, -2147483648)\r\n");
	line.code = PROVD_E_CLOUD_REGION;
	expect_line(&line, "4294967295|registering(4294967295): the phone's account is in another "
			   "region than th, CLOUD_REGION (-2147483648, -2147483648)\r\n");
}

/* All codes, in the longest of all lines: whole name and pair, and not a byte too many. */
Test(tencent_log, every_failure_keeps_its_name, .timeout = 10)
{
	static const int codes[] = {
#define X(name, number, text, advice, retry) PROVD_E_##name,
		PROVD_ERROR_TABLE(X)
#undef X
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct provd_journal_line line = plain("", "");
		char out[TENCENT_LOG_LINE_MAX + 1] = "";
		char tail[96];
		size_t len;

		line.code = codes[i];
		line.app_id = 65535;
		line.app_sub = INT32_MIN;
		line.number = UINT32_MAX;
		line.state = PROVD_STATE_REGISTERING;
		line.t_us = UINT64_C(4294967295) * 1000u;
		len = tencent_log_line(&line, out);
		cr_assert_leq(len, 127);
		cr_assert_lt(snprintf(tail, sizeof(tail), ", %s (65535, -2147483648)\r\n",
				      provd_err_name(codes[i])),
			     96);
		cr_expect_not_null(strstr(out, tail), "%s", out);
	}
}

Test(tencent_log, what_is_not_text_is_replaced, .timeout = 10)
{
	struct provd_journal_line line = plain("a\tb\r\nc\x1b[1m\x7f", "\xc2\x85\xc2\xa0\xff\xc3(");

	expect_line(&line, "81234|joining(7): a?b??c?[1m? ?\xc2\xa0?\?(\r\n");
	/* Overlong, surrogate, beyond Unicode, cut at the end. */
	line = plain("\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80",
		     "\xe4\xb8\xad\xf0\x9f\x98\x80\xe4\xb8");
	expect_line(&line,
		    "81234|joining(7): ?\?\?\?\?\?\?\?\? \xe4\xb8\xad\xf0\x9f\x98\x80?\?\r\n");
}

/* A text of `n` signs before a character of `wide` bytes: whole or not at all. */
static void expect_cut(const char *wide, size_t n)
{
	const size_t room = 127 - 2 - strlen("81234|joining(7): ");
	struct provd_journal_line line;
	char text[256];
	char out[TENCENT_LOG_LINE_MAX];
	size_t whole = n + strlen(wide) <= room;
	size_t len;

	memset(text, 'a', n);
	memcpy(text + n, wide, strlen(wide) + 1);
	line = plain(text, "b");
	len = tencent_log_line(&line, out);
	cr_assert_leq(len, 127);
	cr_assert_eq(memcmp(out + len - 2, "\r\n", 2), 0);
	if (whole && n + strlen(wide) + 2 <= room)
		cr_expect_eq(memcmp(out + len - 4, " b\r\n", 4), 0);
	else if (whole)
		cr_expect_leq(127 - len, 1);
	else
		cr_expect_eq(len, 127 - (room - n), "%zu", n);
}

Test(tencent_log, long_lines_end_at_127_bytes_and_between_characters, .timeout = 10)
{
	struct provd_journal_line line;
	char text[400];
	char out[TENCENT_LOG_LINE_MAX];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	line = plain(text, "never");
	cr_assert_eq(tencent_log_line(&line, out), 127);
	cr_expect_eq(memcmp(out, "81234|joining(7): xxx", 21), 0);
	cr_expect_eq(memcmp(out + 123, "xx\r\n", 4), 0);
	for (size_t n = 95; n <= 107; n++) {
		expect_cut("\xc3\xa4", n);
		expect_cut("\xe4\xb8\xad", n);
		expect_cut("\xf0\x9f\x98\x80", n);
		expect_cut("z", n);
	}
}

/* Adds lines 1..n, failures where `failures` has an x; what remains, by number. */
static void expect_choice(const char *failures, const char *want)
{
	struct tencent_log log = {0};
	char text[TENCENT_LOG_MAX + 1];
	char got[256] = "";
	size_t at = 0;
	size_t len;

	for (uint32_t i = 0; failures[i]; i++) {
		struct provd_journal_line line = plain("e", "");

		line.number = i + 1;
		line.code = failures[i] == 'x' ? PROVD_E_TIMEOUT : 0;
		tencent_log_add(&log, &line);
	}
	len = tencent_log_text(&log, text);
	text[len] = '\0';
	for (const char *p = strchr(text, '('); p;
	     p = strstr(p, "\n") ? strchr(strstr(p, "\n"), '(') : NULL)
		at += (size_t)snprintf(got + at, sizeof(got) - at, "%s%lu", at ? " " : "",
				       strtoul(p + 1, NULL, 10));
	cr_expect_str_eq(got, want);
}

Test(tencent_log, ten_lines_failures_first, .timeout = 10)
{
	expect_choice("", "");
	expect_choice("o", "1");
	expect_choice("oooooooooo", "1 2 3 4 5 6 7 8 9 10");
	expect_choice("ooooooooooo", "2 3 4 5 6 7 8 9 10 11");
	expect_choice("xooooooooooo", "1 4 5 6 7 8 9 10 11 12");
	expect_choice("oooxooooooooooox", "4 8 9 10 11 12 13 14 15 16");
	expect_choice("xxxxxxxxxxoo", "1 2 3 4 5 6 7 8 9 10");
	expect_choice("xxxxxxxxxxoxox", "3 4 5 6 7 8 9 10 12 14");
	expect_choice("oxxxxxxxxxxo", "2 3 4 5 6 7 8 9 10 11");
}

Test(tencent_log, the_longest_answer_is_one_datagram, .timeout = 10)
{
	struct tencent_log log = {0};
	char long_text[200];
	char *out = malloc(TENCENT_LOG_MAX);
	struct provd_journal_line line;

	memset(long_text, 'y', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	line = plain(long_text, "");
	cr_expect_eq(tencent_log_text(&log, out), 0);
	for (int i = 0; i < 50; i++)
		tencent_log_add(&log, &line);
	cr_expect_eq(tencent_log_text(&log, out), 1270);
	free(out);
}
