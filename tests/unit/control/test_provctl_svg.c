/* SPDX-License-Identifier: Apache-2.0 */
/** provctl timeline --svg, --text, --list: what comes out is read by other programs. */
#include "picture_entries.h"
#include "provctl_run.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(provctl_svg, .timeout = 60);

/** A run with the files of one picture. */
struct drawing {
	struct run run;
	char json[96];
	char svg[96];
	char png[96];
};

static void drawing_init(struct drawing *drawing)
{
	run_init(&drawing->run);
	snprintf(drawing->json, sizeof(drawing->json), "%s/t.json", drawing->run.dir);
	snprintf(drawing->svg, sizeof(drawing->svg), "%s/t.svg", drawing->run.dir);
	snprintf(drawing->png, sizeof(drawing->png), "%s/t.png", drawing->run.dir);
}

static void drawing_finish(struct drawing *drawing)
{
	unlink(drawing->json);
	unlink(drawing->svg);
	unlink(drawing->png);
	run_finish(&drawing->run);
}

/** Runs a command of the shell. */
__attribute__((format(printf, 1, 2))) static void command(const char *format, ...)
{
	char line[1024];
	va_list words;

	va_start(words, format);
	cr_assert_lt(vsnprintf(line, sizeof(line), format, words), (int)sizeof(line));
	va_end(words);
	cr_assert_eq(system(line), 0, "%s", line);
}

/** What the daemon answers. @param timeline taken @return to be freed */
static char *reply_of(json_t *timeline)
{
	json_t *reply = json_pack("{s:o}", "parameters", timeline);
	char *text = json_dumps(reply, JSON_COMPACT);

	json_decref(reply);
	return text;
}

/** Draws, then has the picture checked. @param timeline taken */
static void draw_and_check(struct drawing *drawing, json_t *timeline)
{
	char *reply = reply_of(timeline);
	FILE *file = fopen(drawing->json, "we");

	cr_assert(file != NULL);
	fputs(reply, file);
	cr_assert_eq(fclose(file), 0);
	run_provctl(&drawing->run, SAYS(reply), "timeline", "--svg", drawing->svg, NULL);
	free(reply);
	cr_assert_eq(drawing->run.code, 0, "%s", drawing->run.err);
	cr_assert_str_eq(drawing->run.out, "");
	command("xmllint --noout --nonet %s", drawing->svg);
	command("rsvg-convert --format png --output %s %s", drawing->png, drawing->svg);
	command("python3 " PROVD_CONTROL_TESTS "/check_svg.py %s %s %s", drawing->json,
		drawing->svg, drawing->png);
}

/** Compares a file with the one that is kept. */
static void expect_golden(const char *path, const char *name)
{
	command("diff %s " PROVD_CONTROL_TESTS "/golden/%s", path, name);
}

Test(provctl_svg, a_session)
{
	struct drawing drawing;

	drawing_init(&drawing);
	draw_and_check(&drawing, make_session());
	expect_golden(drawing.svg, "session.svg");
	drawing_finish(&drawing);
}

Test(provctl_svg, the_same_as_text)
{
	char *reply = reply_of(make_session());
	struct drawing drawing;
	FILE *file;

	drawing_init(&drawing);
	setenv("LC_ALL", "C.UTF-8", 1);
	run_provctl(&drawing.run, SAYS(reply), "timeline", "--text", "--session", "17", NULL);
	cr_assert_eq(drawing.run.code, 0, "%s", drawing.run.err);
	cr_assert_str_eq(drawing.run.request, "{\"method\":\"io.provd.Provisioning.Timeline\","
					      "\"parameters\":{\"session\":17}}");
	file = fopen(drawing.svg, "we");
	fputs(drawing.run.out, file);
	fclose(file);
	expect_golden(drawing.svg, "session.txt");
	setenv("LC_ALL", "C", 1);
	run_provctl(&drawing.run, SAYS(reply), "timeline", "--text", NULL);
	expect_in(drawing.run.out, "|------------------>|");
	drawing.run.pty = 1;
	drawing.run.columns = 120;
	run_provctl(&drawing.run, SAYS(reply), "timeline", "--text", NULL);
	expect_in(drawing.run.out, "\x1b[31m");
	drawing.run.no_colour = "1";
	run_provctl(&drawing.run, SAYS(reply), "timeline", "--text", NULL);
	cr_assert(!strstr(drawing.run.out, "\x1b"));
	free(reply);
	drawing_finish(&drawing);
}

Test(provctl_svg, few_entries)
{
	json_t *timeline;
	struct drawing drawing;
	int count;

	drawing_init(&drawing);
	for (count = 1; count <= 2; count++) {
		timeline = make_timeline();
		add_entry(timeline, 0, "listening", "session started", "device", "device", NULL);
		if (count > 1)
			add_entry(timeline, 0, "stopped", "stopped", "device", "device", NULL);
		draw_and_check(&drawing, timeline);
	}
	drawing_finish(&drawing);
}

Test(provctl_svg, a_failure_of_each_side, .timeout = 110)
{
	static const char *const sides[] = {"phone", "device", "ap", "cloud"};
	json_t *timeline;
	struct drawing drawing;
	size_t i;

	drawing_init(&drawing);
	for (i = 0; i < sizeof(sides) / sizeof(sides[0]); i++) {
		timeline = make_timeline();
		add_entry(timeline, 0, "listening", "session started", "device", "device", NULL);
		add_entry(
			timeline, 900, "listening", "attempt failed", sides[i], "device",
			"{\"during\":\"binding\",\"reason\":\"CLOUD_TOKEN_EXPIRED\",\"text\":\"\"}");
		add_entry(timeline, 9000, "failed", "failed", "device", "device",
			  "{\"reason\":\"TIMEOUT\"}");
		draw_and_check(&drawing, timeline);
	}
	drawing_finish(&drawing);
}

Test(provctl_svg, hostile_texts)
{
	json_t *timeline = make_timeline();
	struct drawing drawing;
	char longest[301];
	char wide[301];
	size_t i;

	memset(longest, 'W', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	for (i = 0; i + 3 < sizeof(wide); i += 3)
		memcpy(wide + i, "\xe6\xbc\xa2", 4);
	add_entry(timeline, 0, "idle", "</text><script>alert(1)</script>&amp;\"'", "phone",
		  "device", "{\"ssid\":\"]]><!--\",\"<&>\":\"&#0;\"}");
	add_entry(timeline, 1, "joining", longest, "device", "cloud", "{\"a\":\"b\"}");
	add_entry(timeline, 2, "online", wide, "device", "phone", "{\"k\":\"\\u0001\\u001f\\n\"}");
	add_entry(timeline, 3, "<state>", "\xe2\x80\xae turned \xe2\x81\xa7 \xef\xbf\xbe", "ap",
		  "device", "{\"reason\":\"<b>&\",\"text\":\"\\u202e\\u0007 & <\\/g>\"}");
	for (i = 0; i < 12; i++)
		add_entry(timeline, 4, "failed", longest, "device", "device",
			  "{\"reason\":\"UNKNOWN\",\"text\":\"\\uffff \\ufffe \\u0085\"}");
	drawing_init(&drawing);
	draw_and_check(&drawing, timeline);
	drawing_finish(&drawing);
}

Test(provctl_svg, a_thousand_entries, .timeout = 110)
{
	static const char *const states[] = {"listening", "joining", "online", "binding"};
	static const char *const sides[] = {"phone", "device", "ap", "cloud"};
	json_t *timeline = make_timeline();
	struct drawing drawing;
	char event[64];
	int i;

	for (i = 0; i < 1000; i++) {
		snprintf(event, sizeof(event), "event number %d", i);
		add_entry(timeline, i * 700 + (i > 500 ? 9000 : 0), states[i / 3 % 4], event,
			  sides[i % 4], "device",
			  i % 7 ? "{\"ssid\":\"Home\"}" : "{\"reason\":\"WIFI_FULL\"}");
	}
	drawing_init(&drawing);
	draw_and_check(&drawing, timeline);
	drawing_finish(&drawing);
}

Test(provctl_svg, the_command_line)
{
	struct run run;

	run_init(&run);
	run_provctl(&run, NULL, "timeline", "--text", "--svg", "-", NULL);
	cr_assert_eq(run.code, 2);
	run_provctl(&run, NULL, "timeline", "--json", "--text", NULL);
	cr_assert_eq(run.code, 2);
	run_provctl(&run, NULL, "timeline", "--list", "--text", NULL);
	cr_assert_eq(run.code, 2);
	run_provctl(&run, NULL, "timeline", "--list", "--session", "3", NULL);
	cr_assert_eq(run.code, 2);
	expect_in(run.err, "leave out --session");
	run_finish(&run);
}

Test(provctl_svg, list_of_sessions)
{
	static const char reply[] =
		"{\"parameters\":{\"sessions\":[{\"session\":3,\"unix_ms\":1763652000123,"
		"\"state\":\"failed\",\"reason\":\"WIFI_PASSPHRASE\",\"method\":\"softap\","
		"\"entries\":12,\"told\":true,\"delivered\":false},{\"session\":4,\"unix_ms\":0,"
		"\"state\":\"cut\",\"reason\":\"\",\"method\":\"a\\u001bb\",\"entries\":1,"
		"\"told\":false,\"delivered\":true}]}}";
	struct run run;

	run_init(&run);
	run_provctl(&run, SAYS(reply), "timeline", "--list", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	cr_assert_str_eq(run.request, "{\"method\":\"io.provd.Provisioning.Sessions\"}");
	cr_assert_str_eq(
		run.out,
		"SESSION  WHEN (UTC)           ENDED     METHOD        ENTRIES  TOLD  TAKEN  LAST "
		"FAILURE\n"
		"3        2025-11-20 15:20:00  failed    softap             12  yes   no     "
		"WIFI_PASSPHRASE\n"
		"4        -                    cut       a\\x1bb              1  no    yes    \n");
	run_provctl(&run, SAYS(reply), "timeline", "--list", "--json", NULL);
	expect_in(run.out, "{\"sessions\":[{\"session\":3,");
	run_provctl(&run, SAYS("{\"parameters\":{\"sessions\":[{}]}}"), "timeline", "--list", NULL);
	cr_assert_eq(run.code, 3);
	run_finish(&run);
}
