/* SPDX-License-Identifier: Apache-2.0 */
/* Where lines go, and levels and limits that change at run time. */
#include "log/log_internal.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

/* Criterion's comparing macros convert int to a bit-field. */
#pragma GCC diagnostic ignored "-Wconversion"

TestSuite(log_target, .timeout = 20);
TestSuite(log_reconfigure, .timeout = 20);

static uint64_t now;

static uint64_t tell_time(void *user)
{
	(void)user;
	return now;
}

static struct provd_log *open_log(enum provd_log_target target, enum provd_log_layout format,
				  uint32_t burst)
{
	struct provd_log_config config = {.format = format,
					  .target = target,
					  .level = PROVD_LOG_DEBUG,
					  .personal = 1,
					  .burst = burst,
					  .window_ms = 1000,
					  .now_ms = tell_time};
	struct provd_log *log = NULL;

	now = 1795165200123u;
	cr_assert_eq(provd_log_create(&config, &log), 0);
	return log;
}

/* Standard error as a socket whose other end is read. */

static int kept = -1;
static int reader = -1;

static void catch_stderr(void)
{
	int ends[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	reader = ends[0];
	cr_assert_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	close(ends[1]);
}

/* Puts standard error back, so that Criterion's words are not caught. */
static void expect_stderr(const char *text)
{
	char got[8192];
	ssize_t len = recv(reader, got, sizeof(got) - 1, MSG_DONTWAIT);

	dup2(kept, STDERR_FILENO);
	close(kept);
	close(reader);
	got[len < 0 ? 0 : len] = '\0';
	cr_assert_str_eq(got, text);
}

static void set_stream(int shift)
{
	struct stat st;
	char text[64];

	cr_assert_eq(fstat(STDERR_FILENO, &st), 0);
	(void)snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)st.st_dev,
		       (uintmax_t)st.st_ino + (uintmax_t)shift);
	setenv("JOURNAL_STREAM", text, 1);
}

static void write_levels(struct provd_log *log)
{
	PROVD_CLOG(log, "t", 0, PROVD_LOG_ERROR, "e", provd_f_text("a", "x\n<0>y"));
	PROVD_CLOG(log, "t", 7, PROVD_LOG_WARN, "w", provd_f_int("n", 1));
	PROVD_CLOG(log, "t", 0, PROVD_LOG_INFO, "i", provd_f_int("n", 2));
	PROVD_CLOG(log, "t", 0, PROVD_LOG_DEBUG, "d", provd_f_int("n", 3));
}

#define WITH_LEVELS                                                                                \
	"<3>error t \"e\" a=\"x\\n<0>y\"\n<4>warn  t session=7 \"w\" n=1\n"                        \
	"<6>info  t \"i\" n=2\n<7>debug t \"d\" n=3\n"
#define WITH_TIMES                                                                                 \
	"2026-11-20T09:00:00.123Z error t \"e\" a=\"x\\n<0>y\"\n"                                  \
	"2026-11-20T09:00:00.123Z warn  t session=7 \"w\" n=1\n"                                   \
	"2026-11-20T09:00:00.123Z info  t \"i\" n=2\n"                                             \
	"2026-11-20T09:00:00.123Z debug t \"d\" n=3\n"

Test(log_target, journal_lines_have_a_priority_and_no_time)
{
	struct provd_log *log = open_log(PROVD_LOG_TO_JOURNAL, PROVD_LOG_TEXT, 0);

	catch_stderr();
	write_levels(log);
	provd_log_destroy(log);
	expect_stderr(WITH_LEVELS);
}

Test(log_target, auto_finds_the_journal)
{
	struct provd_log *log;

	catch_stderr();
	set_stream(0);
	log = open_log(PROVD_LOG_TO_AUTO, PROVD_LOG_TEXT, 0);
	write_levels(log);
	provd_log_destroy(log);
	expect_stderr(WITH_LEVELS);
}

Test(log_target, auto_sees_that_standard_error_is_no_longer_the_journal)
{
	struct provd_log *log;

	catch_stderr();
	set_stream(1);
	log = open_log(PROVD_LOG_TO_AUTO, PROVD_LOG_TEXT, 0);
	write_levels(log);
	provd_log_destroy(log);
	expect_stderr(WITH_TIMES);
}

Test(log_target, auto_without_a_journal_is_standard_error)
{
	static const char *const streams[] = {NULL, "", ":", "1", "nonsense:1"};

	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		struct provd_log *log;

		if (streams[i])
			setenv("JOURNAL_STREAM", streams[i], 1);
		else
			unsetenv("JOURNAL_STREAM");
		catch_stderr();
		log = open_log(PROVD_LOG_TO_AUTO, PROVD_LOG_TEXT, 0);
		write_levels(log);
		provd_log_destroy(log);
		expect_stderr(WITH_TIMES);
	}
}

Test(log_target, stderr_is_plain_even_in_the_journal)
{
	struct provd_log *log;

	catch_stderr();
	set_stream(0);
	log = open_log(PROVD_LOG_TO_STDERR, PROVD_LOG_TEXT, 0);
	write_levels(log);
	provd_log_destroy(log);
	expect_stderr(WITH_TIMES);
}

Test(log_target, json_in_the_journal)
{
	struct provd_log *log = open_log(PROVD_LOG_TO_JOURNAL, PROVD_LOG_JSON, 0);

	catch_stderr();
	PROVD_CLOG(log, "t", 7, PROVD_LOG_WARN, "w", provd_f_int("n", 1));
	provd_log_destroy(log);
	expect_stderr("<4>{\"level\":\"warn\",\"topic\":\"t\",\"session\":7,\"event\":\"w\","
		      "\"fields\":{\"n\":1}}\n");
}

/* Syslog */

struct entries {
	int priority[8];
	char text[8][PROVD_LOG_LINE_MAX + 1];
	size_t count;
};

static void take_entry(void *user, int priority, const char *text)
{
	struct entries *entries = user;

	if (entries->count == 8)
		return;
	entries->priority[entries->count] = priority;
	(void)snprintf(entries->text[entries->count++], sizeof(entries->text[0]), "%s", text);
}

static struct provd_log *open_syslog(struct entries *entries, enum provd_log_layout format,
				     uint32_t burst)
{
	struct provd_log *log = open_log(PROVD_LOG_TO_SYSLOG, format, burst);

	provd__log_target(log)->to_syslog = take_entry;
	provd__log_target(log)->syslog_user = entries;
	return log;
}

Test(log_target, syslog_has_one_entry_for_a_line)
{
	static struct entries entries;
	struct provd_log *log = open_syslog(&entries, PROVD_LOG_TEXT, 0);

	write_levels(log);
	provd_log_destroy(log);
	cr_assert_eq(entries.count, 4);
	cr_assert_str_eq(entries.text[0], "error t \"e\" a=\"x\\n<0>y\"");
	cr_assert_eq(entries.priority[0], LOG_ERR);
	cr_assert_str_eq(entries.text[1], "warn  t session=7 \"w\" n=1");
	cr_assert_eq(entries.priority[1], LOG_WARNING);
	cr_assert_eq(entries.priority[2], LOG_INFO);
	cr_assert_eq(entries.priority[3], LOG_DEBUG);
}

Test(log_target, syslog_takes_json_and_what_is_cut)
{
	static struct entries entries;
	struct provd_log *log = open_syslog(&entries, PROVD_LOG_JSON, 0);
	char big[3000];
	json_t *line;

	memset(big, 1, sizeof(big));
	PROVD_CLOG(log, "t", 0, PROVD_LOG_WARN, "%s%n", provd_f_textn("a", big, sizeof(big)),
		   provd_f_textn("b", big, sizeof(big)), provd_f_textn("c", big, sizeof(big)),
		   provd_f_textn("d", big, sizeof(big)), provd_f_textn("e", big, sizeof(big)));
	provd_log_destroy(log);
	cr_assert_eq(entries.count, 1);
	line = json_loads(entries.text[0], JSON_REJECT_DUPLICATES, NULL);
	cr_assert_not_null(line, "%s", entries.text[0]);
	cr_assert(json_is_true(json_object_get(line, "cut")));
	cr_assert_null(json_object_get(line, "time"));
	cr_assert_str_eq(json_string_value(json_object_get(line, "event")), "%s%n");
	json_decref(line);
}

Test(log_target, the_real_syslog_is_called_without_harm)
{
	struct provd_log *log = open_log(PROVD_LOG_TO_SYSLOG, PROVD_LOG_TEXT, 1);

	catch_stderr();
	write_levels(log);
	provd_log_destroy(log);
	expect_stderr("");
}

/* Changes at run time */

static void say(struct provd_log *log, const char *topic, uint32_t level)
{
	struct provd_log_site site = {.size = sizeof(site), .level = level, .event = "e"};

	provd_log_write(log, topic, 0, &site, NULL, 0);
}

static void say_ssid(struct provd_log *log)
{
	PROVD_CLOG(log, "t", 0, PROVD_LOG_ERROR, "s",
		   provd_f_ssid("ssid", (const uint8_t *)"Lamp-1", 6));
}

Test(log_reconfigure, levels_topics_and_personal)
{
	static struct entries entries;
	struct provd_log *log = open_syslog(&entries, PROVD_LOG_TEXT, 0);
	const struct provd_log_topic topics[] = {
		{"a", PROVD_LOG_DEBUG}, {"b", PROVD_LOG_DEBUG}, {"b", PROVD_LOG_ERROR}};
	struct provd_log_settings settings = {
		.level = PROVD_LOG_WARN, .topics = topics, .topic_count = 3};

	cr_assert_eq(provd_log_set_level(log, "old", PROVD_LOG_DEBUG), 0);
	cr_assert_eq(provd_log_reconfigure(log, &settings), 0);
	say(log, "old", PROVD_LOG_INFO);
	say(log, "b", PROVD_LOG_WARN);
	cr_assert_eq(entries.count, 0);
	say(log, "a", PROVD_LOG_DEBUG);
	say(log, "c", PROVD_LOG_WARN);
	say_ssid(log);
	cr_assert_eq(entries.count, 3);
	cr_assert_str_eq(entries.text[2], "error t \"s\" ssid=\"La…(6)\"");
	settings.topic_count = 0;
	settings.personal = 1;
	cr_assert_eq(provd_log_reconfigure(log, &settings), 0);
	say(log, "a", PROVD_LOG_INFO);
	say_ssid(log);
	cr_assert_eq(entries.count, 4);
	cr_assert_str_eq(entries.text[3], "error t \"s\" ssid=\"Lamp-1\"");
	provd_log_destroy(log);
}

static void again(struct provd_log *log, int times)
{
	for (int i = 0; i < times; i++)
		PROVD_CLOG(log, "noisy", 0, PROVD_LOG_WARN, "again", provd_f_int("n", 1));
}

Test(log_reconfigure, limits)
{
	static struct entries entries;
	struct provd_log *log = open_syslog(&entries, PROVD_LOG_TEXT, 1);
	struct provd_log_settings settings = {
		.level = PROVD_LOG_INFO, .burst = 1, .window_ms = 1000};

	again(log, 3);
	cr_assert_eq(entries.count, 1);
	cr_assert_eq(provd_log_reconfigure(log, &settings), 0);
	cr_assert_eq(entries.count, 1, "the same limit stays as it is");
	settings.burst = 0;
	cr_assert_eq(provd_log_reconfigure(log, &settings), 0);
	cr_assert_eq(entries.count, 2);
	cr_assert_str_eq(entries.text[1], "warn  noisy \"again\" suppressed=2");
	again(log, 2);
	cr_assert_eq(entries.count, 4);
	settings.burst = 2;
	settings.window_ms = 10;
	cr_assert_eq(provd_log_reconfigure(log, &settings), 0);
	now += 10;
	again(log, 3);
	cr_assert_eq(entries.count, 6);
	provd_log_destroy(log);
	cr_assert_eq(entries.count, 7);
}

Test(log_reconfigure, all_or_nothing)
{
	static struct entries entries;
	static char names[PROVD_LOG_TOPICS_MAX + 1][8];
	struct provd_log_topic topics[PROVD_LOG_TOPICS_MAX + 1];
	struct provd_log *log = open_syslog(&entries, PROVD_LOG_TEXT, 0);
	struct provd_log_settings settings = {.level = PROVD_LOG_ERROR, .topics = topics};
	char longest[PROVD_LOG_TOPIC_SIZE + 1];

	for (size_t i = 0; i < PROVD_LOG_TOPICS_MAX + 1; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "t%zu", i);
		topics[i].topic = names[i];
		topics[i].level = PROVD_LOG_ERROR;
	}
	settings.topic_count = PROVD_LOG_TOPICS_MAX + 1;
	cr_assert_eq(provd_log_reconfigure(log, &settings), PROVD_E_LIMIT);
	settings.topic_count = 2;
	topics[1].level = 5;
	cr_assert_eq(provd_log_reconfigure(log, &settings), PROVD_E_INVALID);
	topics[1].level = PROVD_LOG_ERROR;
	memset(longest, 'a', sizeof(longest));
	longest[PROVD_LOG_TOPIC_SIZE] = '\0';
	topics[1].topic = longest;
	cr_assert_eq(provd_log_reconfigure(log, &settings), PROVD_E_INVALID);
	topics[1].topic = "";
	cr_assert_eq(provd_log_reconfigure(log, &settings), PROVD_E_INVALID);
	settings.topic_count = 1;
	settings.level = 0;
	cr_assert_eq(provd_log_reconfigure(log, &settings), PROVD_E_INVALID);
	say(log, "t0", PROVD_LOG_DEBUG);
	cr_assert_eq(entries.count, 1, "nothing has changed");
	settings.level = PROVD_LOG_ERROR;
	settings.topic_count = PROVD_LOG_TOPICS_MAX;
	topics[1].topic = names[1];
	cr_assert_eq(provd_log_reconfigure(log, &settings), 0);
	say(log, "t0", PROVD_LOG_DEBUG);
	cr_assert_eq(entries.count, 1);
	provd_log_destroy(log);
}
