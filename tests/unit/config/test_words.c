/* SPDX-License-Identifier: Apache-2.0 */
#include "config_files.h"
#include "config/words.h"

#include <provd/error.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *text;
	int64_t ms; /**< -1: refused */
} durations[] = {
	{"0s", 0},
	{"0ms", 0},
	{"250ms", 250},
	{"1s", 1000},
	{"30s", 30000},
	{"5m", 300000},
	{"1h", 3600000},
	{"1m30s", 90000},
	{"1h1m1s1ms", 3661001},
	{"1h1ms", 3600001},
	{"007s", 7000},
	{"9223372036854775807ms", INT64_MAX},
	{"9223372036854775s807ms", INT64_MAX},
	{"9223372036854775808ms", -1},
	{"9223372036854775s808ms", -1},
	{"2562047788016h", -1},
	{"99999999999999999999999s", -1},
	{"", -1},
	{"5", -1},
	{"s", -1},
	{"5 s", -1},
	{" 5s", -1},
	{"5s ", -1},
	{"-5s", -1},
	{"+5s", -1},
	{"1.5s", -1},
	{"5d", -1},
	{"5S", -1},
	{"1s1m", -1},
	{"1s1s", -1},
	{"1ms1s", -1},
	{"5mins", -1},
	{"0x5s", -1},
};

Test(words, durations, .timeout = 10)
{
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		int64_t ms = -7;
		int result = provd_duration_parse(durations[i].text, &ms);

		if (durations[i].ms < 0) {
			cr_expect(eq(int, result, PROVD_E_INVALID), "%s", durations[i].text);
			cr_expect(eq(i64, ms, -7), "%s: touched on failure", durations[i].text);
		} else {
			cr_expect(eq(int, result, 0), "%s", durations[i].text);
			cr_expect(eq(i64, ms, durations[i].ms), "%s", durations[i].text);
		}
	}
}

Test(words, durations_are_written_as_they_are_read, .timeout = 10)
{
	static const int64_t values[] = {0,	1,	 999,	  1000,	   60000,
					 90000, 3600000, 5400000, 3661001, INT64_MAX};
	char text[PROVD_DURATION_TEXT_MAX];
	int64_t back;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		provd_duration_format(values[i], text);
		cr_expect(eq(int, provd_duration_parse(text, &back), 0), "%s", text);
		cr_expect(eq(i64, back, values[i]), "%s", text);
	}
	provd_duration_format(5400000, text);
	cr_expect(eq(str, text, "1h30m"));
	provd_duration_format(0, text);
	cr_expect(eq(str, text, "0s"));
}

Test(words, distances, .timeout = 10)
{
	char longest[80];

	cr_expect(eq(sz, provd_words_distance("", ""), 0));
	cr_expect(eq(sz, provd_words_distance("", "abc"), 3));
	cr_expect(eq(sz, provd_words_distance("channel", "channel"), 0));
	cr_expect(eq(sz, provd_words_distance("chanel", "channel"), 1));
	cr_expect(eq(sz, provd_words_distance("chnanel", "channel"), 1));
	cr_expect(eq(sz, provd_words_distance("ca", "abc"), 3));
	cr_expect(eq(sz, provd_words_distance("kitten", "sitting"), 3));
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	cr_expect(eq(sz, provd_words_distance(longest, "a"), SIZE_MAX));
	cr_expect(eq(sz, provd_words_distance("a", longest), SIZE_MAX));
}

Test(words, near_words, .timeout = 10)
{
	static const char *const words[] = {"ssid", "channel", "password", "for", NULL};
	static const char *const none[] = {NULL};

	cr_expect(eq(str, (char *)provd_words_near("chanel", words), "channel"));
	cr_expect(eq(str, (char *)provd_words_near("pass", words), "password"));
	cr_expect(eq(str, (char *)provd_words_near("password_file", words), "password"));
	cr_expect(eq(str, (char *)provd_words_near("fro", words), "for"));
	cr_expect(eq(str, (char *)provd_words_near("sidd", words), "ssid"));
	cr_expect(provd_words_near("xyz", words) == NULL);
	cr_expect(provd_words_near("", words) == NULL);
	cr_expect(provd_words_near("ssid", none) == NULL);
}

Test(words, quoting_keeps_one_line, .timeout = 10)
{
	static const struct {
		const char *text;
		const char *quoted;
	} cases[] = {
		{"", "\"\""},
		{"a b", "\"a b\""},
		{"a\"b\\c", "\"a\\\"b\\\\c\""},
		{"a\nb\tc\r\x1b\x7f", "\"a\\u000ab\\u0009c\\u000d\\u001b\\u007f\""},
		{"\xe7\xba\xa2", "\"\xe7\xba\xa2\""},
		{"\xc2\x85x", "\"\\u0085x\""},
		{"\xe2\x80\xa8x", "\"\\u2028x\""},
		{"\xe2\x80\xaex", "\"\\u202ex\""},
		{"\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""},
		{"123456789012345678901234567890123456789012345678",
		 "\"123456789012345678901234567890123456789012345678\""},
		{"1234567890123456789012345678901234567890123456789",
		 "\"123456789012345678901234567890123456789012345678...\""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *quoted = provd_words_quoted(cases[i].text);

		cr_expect(eq(str, quoted, (char *)cases[i].quoted));
		free(quoted);
	}
}
