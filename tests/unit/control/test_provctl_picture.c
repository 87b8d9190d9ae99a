/* SPDX-License-Identifier: Apache-2.0 */
/** The rows of a sequence diagram, and how they look on a terminal. */
#include "provctl/glyph.h"
#include "provctl/picture.h"
#include "provctl/svg.h"

#include "picture_entries.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

TestSuite(provctl_picture, .timeout = 60);

Test(provctl_picture, rows_and_spans)
{
	json_t *timeline = make_session();
	const struct picture_row *row;
	struct picture picture;
	char text[256];

	cr_assert_eq(provctl_picture_init(timeline, &picture), 0);
	cr_assert_eq(picture.count, 11);
	cr_assert_eq(picture.total_us, 21300000);
	row = picture.rows;
	cr_assert(row[0].begins && row[0].span_us == 14100000 && row[0].from == row[0].to);
	cr_assert(!row[1].begins && !row[1].gap_us);
	cr_assert_str_eq(row[1].details, "ssid=Lamp-3f2a, channel=6");
	cr_assert(row[2].gap_us == 13779000 && row[2].from == SIDE_PHONE);
	cr_assert(row[3].begins && row[3].span_us == 1800000);
	cr_assert_eq(row[4].refused_by, -1);
	cr_assert(row[5].refused_by == SIDE_AP && row[5].begins);
	cr_assert_str_eq(row[5].code, "WIFI_PASSPHRASE");
	cr_assert_str_eq(row[5].text, "4-way handshake timed out (reason code 15)");
	cr_assert_str_eq(row[5].advice, "type the passphrase again");
	cr_assert_str_eq(row[5].details, "during=joining");
	cr_assert(row[10].refused_by == -1 && row[10].span_us == -1);
	cr_assert_eq(picture.state_us[1], 14100000 + 3400000, "listening");
	cr_assert_eq(picture.state_us[2], 1800000 + 1204000, "joining");
	cr_assert(picture.has_side[SIDE_PHONE] && picture.has_side[SIDE_CLOUD]);
	provctl_picture_title(&picture, text, sizeof(text));
	cr_assert_str_eq(text, "session 17: bound after 21.300 s");
	provctl_picture_subtitle(&picture, text, sizeof(text));
	cr_assert_str_eq(text, "2025-11-20 15:20:00 UTC, method softap, 2 attempts");
	provctl_picture_finish(&picture);
	json_decref(timeline);
}

/* Others than attempts have methods and numbers too. */
Test(provctl_picture, the_subtitle_counts_attempts_only)
{
	json_t *timeline = make_timeline();
	struct picture picture;
	char text[256];

	add_entry(timeline, 0, "listening", "method listens", "device", "device",
		  "{\"method\":\"airkiss\"}");
	cr_assert_eq(provctl_picture_init(timeline, &picture), 0);
	provctl_picture_subtitle(&picture, text, sizeof(text));
	cr_assert_str_eq(text, "2025-11-20 15:20:00 UTC");
	provctl_picture_finish(&picture);
	add_entry(timeline, 10, "joining", "credentials received", "phone", "device",
		  "{\"method\":\"softap\",\"attempt\":\"1\"}");
	add_entry(timeline, 20, "registering", "asking for registration", "device", "cloud",
		  "{\"server\":\"127.0.0.1\",\"attempt\":\"3\"}");
	add_entry(timeline, 30, "listening", "method listens", "device", "device",
		  "{\"method\":\"airkiss\"}");
	cr_assert_eq(provctl_picture_init(timeline, &picture), 0);
	provctl_picture_subtitle(&picture, text, sizeof(text));
	cr_assert_str_eq(text, "2025-11-20 15:20:00 UTC, method softap, 1 attempt");
	provctl_picture_finish(&picture);
	json_decref(timeline);
}

Test(provctl_picture, how_long_a_secret_is_is_not_shown)
{
	json_t *timeline = make_timeline();
	struct picture picture;

	add_entry(timeline, 0, "joining", "credentials received", "phone", "device",
		  "{\"method\":\"softap\",\"passphrase\":\"<secret 16 bytes>\",\"attempt\":\"1\"}");
	cr_assert_eq(provctl_picture_init(timeline, &picture), 0);
	cr_assert_str_eq(picture.rows[0].details, "method=softap, attempt=1");
	provctl_picture_finish(&picture);
	json_decref(timeline);
}

Test(provctl_picture, what_an_older_daemon_leaves_out)
{
	json_t *timeline =
		json_loads("{\"session\":3,\"entries\":["
			   "{\"session\":3,\"t_us\":9000,\"state\":\"dreaming\",\"event\":\"a\"},"
			   "{\"session\":3,\"t_us\":8000,\"state\":\"failed\",\"event\":\"failed\","
			   "\"detail\":{\"reason\":\"NOVELTY\"}}]}",
			   0, NULL);
	struct picture picture;
	char text[256];

	cr_assert_eq(provctl_picture_init(timeline, &picture), 0);
	cr_assert(!picture.has_side[SIDE_PHONE] && !picture.has_side[SIDE_AP]);
	cr_assert_eq(picture.rows[1].offset_us, 0, "time does not go back");
	cr_assert_eq(picture.rows[1].refused_by, SIDE_DEVICE);
	cr_assert_str_eq(picture.rows[1].advice, "");
	provctl_picture_title(&picture, text, sizeof(text));
	cr_assert_str_eq(text, "session 3: failed (NOVELTY) after 0.000 s");
	provctl_picture_subtitle(&picture, text, sizeof(text));
	cr_assert_str_eq(text, "");
	provctl_picture_finish(&picture);
	json_decref(timeline);
}

Test(provctl_picture, a_session_that_runs)
{
	json_t *timeline = make_session();
	struct picture picture;
	char text[256];

	while (json_array_size(json_object_get(timeline, "entries")) > 5)
		json_array_remove(json_object_get(timeline, "entries"), 5);
	cr_assert_eq(provctl_picture_init(timeline, &picture), 0);
	provctl_picture_title(&picture, text, sizeof(text));
	cr_assert_str_eq(text, "session 17: not ended, joining after 14.300 s");
	provctl_picture_span(&picture.rows[3], text, sizeof(text));
	cr_assert_str_eq(text, "joining");
	cr_assert_eq(picture.state_us[2], 200000);
	provctl_picture_finish(&picture);
	json_decref(timeline);
}

Test(provctl_picture, durations)
{
	static const struct {
		json_int_t us;
		const char *text;
	} cases[] = {{0, "0.000 s"},
		     {1204999, "1.204 s"},
		     {59999000, "59.999 s"},
		     {60000000, "1 min 0.000 s"},
		     {3723004000, "62 min 3.004 s"}};
	char text[48];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		provctl_picture_duration(cases[i].us, text, sizeof(text));
		cr_assert_str_eq(text, cases[i].text);
	}
}

/** What a piece of SVG becomes. */
static void expect_xml(const char *text, const char *expected)
{
	char *xml = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&xml, &len);

	svg_put(out, text, strlen(text));
	fclose(out);
	cr_assert_str_eq(xml, expected);
	free(xml);
}

#define BAD "\xef\xbf\xbd"

Test(provctl_picture, texts_become_xml)
{
	expect_xml("a<b>&\"c'", "a&lt;b&gt;&amp;&quot;c'");
	expect_xml("\x01\t\n\x7f\xc2\x9b", BAD BAD BAD BAD BAD);
	/* cut, overlong, a surrogate, too high, alone */
	expect_xml("\xc3", BAD);
	expect_xml("\xc0\xaf", BAD BAD);
	expect_xml("\xed\xa0\x80", BAD);
	expect_xml("\xf4\x90\x80\x80", BAD BAD BAD BAD);
	expect_xml("\x80x\xff", BAD "x" BAD);
	expect_xml("\xe2\x82", BAD BAD);
	/* no characters, and what turns the direction */
	expect_xml("\xef\xbf\xbf\xef\xbf\xbe", BAD BAD);
	expect_xml("\xe2\x80\xae\xe2\x81\xa6\xd8\x9c", BAD BAD BAD);
	expect_xml("\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80", "\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80");
}

Test(provctl_picture, texts_are_cut_between_characters)
{
	struct provctl_line lines[3];
	unsigned width;

	/* two bytes each */
	cr_assert_eq(provctl_fit("\xc3\xa9\xc3\xa9\xc3\xa9", 0, 2, &width), 4);
	cr_assert_eq(width, 2);
	/* two columns each */
	cr_assert_eq(provctl_fit("\xe6\xbc\xa2\xe6\xbc\xa2", 0, 3, &width), 3);
	cr_assert_eq(provctl_fit("", 12, 100, &width), 0);
	cr_assert_eq(provctl_cut("a\xc3\xa9", 2), 1);
	cr_assert_eq(provctl_wrap("one two three four", 0, 8, lines, 3), 3);
	cr_assert(!strncmp(lines[0].text, "one two", lines[0].len) && lines[0].len == 7);
	cr_assert_eq(provctl_wrap("one two three four", 0, 8, lines, 2), 2);
	cr_assert(lines[1].is_cut && lines[1].width <= 8 && lines[1].len == 5);
	cr_assert_eq(provctl_wrap("abcdefghij", 0, 4, lines, 3), 3, "a word is broken");
	cr_assert_eq(provctl_wrap("   ", 0, 4, lines, 3), 0);
	/* too narrow for any character */
	cr_assert_leq(provctl_wrap("\xe6\xbc\xa2", 0, 1, lines, 3), 3);
}

/** Draws for a terminal. @return to be freed */
static char *draw(const json_t *timeline, size_t columns, int is_unicode, int colour)
{
	struct picture picture;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	cr_assert_eq(provctl_picture_init(timeline, &picture), 0);
	provctl_picture_text(out, &picture, columns, is_unicode, colour);
	provctl_picture_finish(&picture);
	fclose(out);
	return text;
}

/** Columns of the longest line. */
static size_t widest(const char *text)
{
	size_t columns = 0;
	size_t most = 0;
	uint32_t code;

	while (*text) {
		if (*text == '\n') {
			columns = 0;
			text++;
			continue;
		}
		text += provctl_char(text, &code);
		columns += (size_t)provctl_char_columns(code);
		most = columns > most ? columns : most;
	}
	return most;
}

Test(provctl_picture, on_a_terminal)
{
	json_t *timeline = make_session();
	char *text = draw(timeline, 80, 0, 0);

	cr_assert_leq(widest(text), 80);
	cr_assert(!strchr(text, 0xe2), "no lines but those of ASCII");
	cr_assert(strstr(text, "phone              device            access point         cloud"));
	cr_assert(strstr(text, "|------------------>|"), "%s", text);
	cr_assert(strstr(text, "|<-------------------X"), "%s", text);
	cr_assert(strstr(text, "[joining 1.204 s]"));
	cr_assert(strstr(text, "(nothing for 13.779 s)"));
	cr_assert(strstr(text, "| WIFI_PASSPHRASE: 4-way handshake timed"));
	cr_assert(strstr(text, "| advice: type the passphrase again"));
	cr_assert(strstr(text, "\nlistening 17.500 s, joining 3.004 s, online 0.096 s, binding"));
	free(text);
	text = draw(timeline, 120, 1, 1);
	cr_assert_leq(widest(text), 120 + 16, "with the colours");
	cr_assert_gt(widest(text), 80);
	cr_assert(strstr(text, "\xe2\x94\x80\xe2\x96\xb6"), "an arrow");
	cr_assert(strstr(text, "\x1b[31m"), "red");
	cr_assert(strstr(text, "\xc3\x97\x1b[0m"), "and nothing else");
	free(text);
	json_decref(timeline);
}

Test(provctl_picture, hostile_texts_on_a_terminal)
{
	json_t *timeline = make_timeline();
	char *text;
	char *at;

	add_entry(timeline, 0, "joining", "\x1b[2J\x7f\xe2\x80\xae\xc2\x9b", "device", "device",
		  "{\"\\u001b]0;x\\u0007\":\"\\u000a\\u0008\",\"ssid\":\"\\u6f22\\u6f22\\u0301\"}");
	add_entry(timeline, 1, "failed", "\xe6\xbc\xa2", "phone", "cloud",
		  "{\"reason\":\"\\u001b[31m\",\"text\":\"\\u001b[31m\"}");
	text = draw(timeline, 80, 1, 0);
	for (at = text; *at; at++)
		cr_assert((unsigned char)*at >= 0x20 || *at == '\n', "%s", text);
	cr_assert(!strstr(text, "\x7f") && !strstr(text, "\xc2\x9b"));
	cr_assert(!strstr(text, "\xe2\x80\xae"));
	cr_assert_leq(widest(text), 80);
	cr_assert(strstr(text, "\xe6\xbc\xa2\xe6\xbc\xa2\xcc\x81"), "%s", text);
	free(text);
	json_decref(timeline);
}

Test(provctl_picture, any_number_of_rows)
{
	json_t *timeline = make_timeline();
	char *text = draw(timeline, 80, 0, 0);
	int i;

	cr_assert(strstr(text, "session 17: nothing is known"));
	free(text);
	for (i = 0; i < 1000; i++) {
		add_entry(timeline, i * 700, i % 3 ? "joining" : "listening", "event", "ap",
			  "device", i % 7 ? NULL : "{\"reason\":\"WIFI_FULL\"}");
		if (i != 0 && i != 1 && i != 999)
			continue;
		text = draw(timeline, 80, 0, 0);
		cr_assert_leq(widest(text), 80);
		free(text);
	}
	json_decref(timeline);
}
