/* SPDX-License-Identifier: Apache-2.0 */
/** What the journal has: Timeline of old sessions, Sessions, Errors, and their foreign forms. */
#include "handlers_world.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INVALID "org.varlink.service.InvalidParameter"

/* Wall clock of the made-up engine's session; that of the journal's session 9 is 1009. */
#define ENGINE_MS INT64_C(1700000000000)

static struct world w;
static int fd;

static const struct provd_failure two[] = {
	{.session = 1, .code = PROVD_E_WIFI_PASSPHRASE, .method = "softap", .text = "first"},
	{.session = 9, .code = PROVD_E_TIMEOUT, .method = "", .text = "second"},
};

static void start(void)
{
	world_init(&w);
	fd = fixture_connect(&w.f);
	w.failures = two;
	w.failure_count = 2;
}

static void finish(void)
{
	close(fd);
	world_finish(&w);
}

TestSuite(control_errors, .timeout = 60);

/* Timeline */

static void expect_timeline(const char *parameters, int session, json_int_t unix_ms,
			    const char *event)
{
	json_t *answer = world_call(&w, fd, "Timeline", parameters);
	const json_t *reply = json_object_get(answer, "parameters");
	const json_t *entry = json_array_get(json_object_get(reply, "entries"), 0);

	cr_assert_eq(json_integer_value(json_object_get(reply, "session")), session);
	cr_assert_eq(json_integer_value(json_object_get(reply, "unix_ms")), unix_ms);
	cr_assert_str_eq(json_string_value(json_object_get(entry, "event")), event);
	json_decref(answer);
}

Test(control_errors, timeline_of_this_run_and_of_earlier_ones)
{
	start();
	expect_timeline("{}", 1, ENGINE_MS, "session started");
	expect_timeline("{\"session\":1}", 1, ENGINE_MS, "session started");
	expect_timeline("{\"session\":9}", 9, 1009, "as kept");
	world_expect_error(&w, fd, "Timeline", "{\"session\":8}", "UnknownSession", "", NULL);
	w.daemon.journal = NULL;
	expect_timeline("{}", 1, ENGINE_MS, "session started");
	world_expect_error(&w, fd, "Timeline", "{\"session\":9}", "UnknownSession", "", NULL);
	finish();
}

/* Sessions, Errors */

static void expect_errors(const char *parameters, size_t count, const char *first)
{
	json_t *answer = world_call(&w, fd, "Errors", parameters);
	const json_t *list = json_object_get(json_object_get(answer, "parameters"), "failures");

	cr_assert(json_is_array(list));
	cr_assert_eq(json_array_size(list), count);
	if (first)
		cr_assert_str_eq(
			json_string_value(json_object_get(json_array_get(list, 0), "text")), first);
	json_decref(answer);
}

Test(control_errors, sessions_and_errors)
{
	start();
	world_expect(&w, fd, "Sessions", NULL,
		     "{\"sessions\":[{\"session\":9,\"unix_ms\":1234,\"state\":\"cut\","
		     "\"reason\":\"\",\"method\":\"softap\",\"entries\":1,\"told\":false,"
		     "\"delivered\":false}]}");
	expect_errors("{}", 2, "first");
	cr_assert_eq(w.lacking, 0);
	expect_errors("{\"session\":9}", 1, "second");
	expect_errors("{\"session\":null,\"undelivered\":false}", 2, "first");
	cr_assert_eq(w.lacking, 0);
	expect_errors("{\"undelivered\":true}", 2, "first");
	cr_assert_eq(w.lacking, PROVD_JOURNAL_DELIVERED);
	world_expect_error(&w, fd, "Errors", "{\"session\":8}", "UnknownSession", "", NULL);
	w.failure_count = 0;
	expect_errors("{}", 0, NULL);
	expect_errors("{\"session\":1}", 0, NULL);
	w.failures_code = PROVD_E_NOMEM;
	world_expect_error(&w, fd, "Errors", NULL, "Unavailable", "reason", "out of memory");
	finish();
}

Test(control_errors, clear)
{
	start();
	w.cleared = 5;
	world_expect(&w, fd, "ClearErrors", NULL, "{\"count\":5}");
	finish();
}

static void flush_ends(int code)
{
	provd_journal_done_fn *done = w.flushed;

	cr_assert_not_null(done);
	w.flushed = NULL;
	done(w.flush_user, code);
}

Test(control_errors, changes_are_answered_when_they_are_durable)
{
	static const char import[] = "{\"format\":\"codes\",\"data\":\"ZQY=\"}";
	json_t *answer;
	int other;

	start();
	w.cleared = 5;
	w.flush_waits = 1;
	world_send(fd, "ClearErrors", NULL, 0);
	fixture_settle(&w.f);
	other = fixture_connect(&w.f);
	/* Others do not wait for it. */
	json_decref(world_call(&w, other, "Sessions", "{}"));
	flush_ends(0);
	answer = world_receive(&w, fd, "ClearErrors");
	cr_assert_eq(
		json_integer_value(json_object_get(json_object_get(answer, "parameters"), "count")),
		5);
	json_decref(answer);
	/* Its client leaves meanwhile. */
	world_send(other, "ImportErrors", import, 0);
	fixture_settle(&w.f);
	cr_assert_eq(w.imports, 1);
	close(other);
	fixture_settle(&w.f);
	flush_ends(PROVD_E_IO);
	w.flush_waits = 0;
	w.flush_code = PROVD_E_NO_SPACE;
	world_expect_error(&w, fd, "ImportErrors", import, "NotSaved", "code", "NO_SPACE");
	world_expect_error(&w, fd, "ClearErrors", NULL, "NotSaved", "code", "NO_SPACE");
	cr_assert_null(w.daemon.pending);
	finish();
}

/* What happened is forgotten with it, for good. */
Test(control_errors, a_factory_reset_is_answered_when_the_journal_has_forgotten)
{
	start();
	w.flush_waits = 1;
	world_send(fd, "Reset", "{\"what\":\"factory\"}", 0);
	world_done(&w, 0, "");
	cr_assert_not_null(w.daemon.pending);
	flush_ends(0);
	json_decref(world_receive(&w, fd, "Reset"));
	/* Others leave it alone. */
	world_send(fd, "Reset", "{\"what\":\"cloud\"}", 0);
	world_done(&w, 0, "");
	json_decref(world_receive(&w, fd, "Reset"));
	w.flush_waits = 0;
	w.flush_code = PROVD_E_NO_SPACE;
	world_send(fd, "Reset", "{\"what\":\"factory\"}", 0);
	world_done(&w, 0, "");
	world_answered(&w, fd, "Reset", "NotSaved");
	cr_assert_null(w.daemon.pending);
	finish();
}

Test(control_errors, without_a_journal)
{
	static const char *const calls[][2] = {
		{"Sessions", "{}"},
		{"Errors", "{}"},
		{"Errors", "{\"session\":1}"},
		{"ExportErrors", "{\"format\":\"codes\"}"},
		{"ImportErrors", "{\"format\":\"codes\",\"data\":\"AQ==\"}"},
		{"ClearErrors", "{}"},
	};

	start();
	w.daemon.journal = NULL;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		world_expect_error(&w, fd, calls[i][0], calls[i][1], "Unavailable", "reason",
				   "no journal is kept: journal.enabled is false");
	world_send(fd, "WatchErrors", NULL, 1);
	world_answered(&w, fd, "WatchErrors", "Unavailable");
	cr_assert_eq(w.imports, 0);
	finish();
}

/* WatchErrors */

static void expect_failure(int watcher, const char *code)
{
	json_t *answer = world_receive(&w, watcher, "WatchErrors");
	const json_t *failure = json_object_get(json_object_get(answer, "parameters"), "failure");

	cr_assert_str_eq(json_string_value(json_object_get(failure, "code")), code);
	cr_assert(json_is_true(json_object_get(answer, "continues")));
	json_decref(answer);
}

Test(control_errors, failures_are_told_to_all_who_watch)
{
	int others[3];

	start();
	provd__daemon_publish_failure(&w.daemon, &two[0]);
	for (int i = 0; i < 3; i++) {
		others[i] = fixture_connect(&w.f);
		world_send(others[i], "WatchErrors", NULL, 1);
	}
	fixture_settle(&w.f);
	provd__daemon_publish_failure(&w.daemon, &two[0]);
	fixture_settle(&w.f);
	close(others[1]);
	fixture_settle(&w.f);
	provd__daemon_publish_failure(&w.daemon, &two[1]);
	for (int i = 0; i < 3; i += 2) {
		expect_failure(others[i], "WIFI_PASSPHRASE");
		expect_failure(others[i], "TIMEOUT");
		close(others[i]);
	}
	finish();
}

Test(control_errors, who_watches_and_does_not_read_is_dropped)
{
	char text[4096];
	struct provd_failure failure = two[0];

	start();
	world_send(fd, "WatchErrors", NULL, 1);
	fixture_settle(&w.f);
	cr_assert_not_null(w.daemon.error_watchers);
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	failure.text = text;
	for (int i = 0; i < 100000 && w.daemon.error_watchers; i++) {
		provd__daemon_publish_failure(&w.daemon, &failure);
		provd_loop_turn(w.f.loop, 0);
	}
	cr_assert_null(w.daemon.error_watchers);
	finish();
}

/* Foreign forms */

Test(control_errors, export)
{
	json_t *answer;
	const json_t *formats;
	char *text;

	start();
	/* 101 and 6 */
	world_expect(&w, fd, "ExportErrors", "{\"format\":\"codes\"}", "{\"data\":\"ZQY=\"}");
	cr_assert_eq(w.lacking, 0);
	w.failure_count = 0;
	world_expect(&w, fd, "ExportErrors", "{\"format\":\"codes\"}", "{\"data\":\"\"}");
	answer = world_call(&w, fd, "ExportErrors", "{\"format\":\"tencent\"}");
	cr_assert_str_eq(json_string_value(json_object_get(answer, "error")),
			 "io.provd.Provisioning.UnknownFormat");
	formats = json_object_get(json_object_get(answer, "parameters"), "formats");
	text = json_dumps(formats, JSON_COMPACT);
	cr_assert_str_eq(text, "[\"codes\",\"full\",\"wrong\"]");
	free(text);
	json_decref(answer);
	world_expect_error(&w, fd, "ExportErrors", "{\"format\":\"full\"}", "Unavailable", "reason",
			   provd_err_text(PROVD_E_NO_SPACE));
	world_expect_error(&w, fd, "ExportErrors", "{\"format\":\"wrong\"}", "Unavailable",
			   "reason", provd_err_text(PROVD_E_PLUGIN_FAULT));
	w.failures_code = PROVD_E_NOMEM;
	world_expect_error(&w, fd, "ExportErrors", "{\"format\":\"codes\"}", "Unavailable",
			   "reason", "out of memory");
	finish();
}

Test(control_errors, as_many_as_the_form_can_hold_are_exported)
{
	const size_t count = 70000;
	struct provd_failure *many = calloc(count, sizeof(*many));
	json_t *answer;
	const char *data;

	start();
	for (size_t i = 0; i < count; i++)
		many[i] = two[i == count - 1];
	w.failures = many;
	w.failure_count = count;
	answer = world_call(&w, fd, "ExportErrors", "{\"format\":\"codes\"}");
	data = json_string_value(json_object_get(json_object_get(answer, "parameters"), "data"));
	cr_assert_eq(strlen(data), (65536 + 2) / 3 * 4);
	/* the oldest were left out: 101 101 ... 6 */
	cr_assert_eq(strncmp(data, "ZWVl", 4), 0);
	cr_assert_str_eq(data + strlen(data) - 4, "Bg==");
	json_decref(answer);
	finish();
	free(many);
}

Test(control_errors, import)
{
	char text[66000];
	size_t len;

	start();
	world_expect(&w, fd, "ImportErrors", "{\"format\":\"codes\",\"data\":\"ZQY=\"}",
		     "{\"count\":2}");
	cr_assert_eq(w.imported, 2);
	cr_assert_eq(w.imported_code, -6);
	cr_assert_str_eq(w.imported_text, "number 6");
	/* nothing is nothing to keep */
	world_expect(&w, fd, "ImportErrors", "{\"format\":\"codes\",\"data\":\"\"}",
		     "{\"count\":0}");
	cr_assert_eq(w.imports, 1);
	world_expect_error(&w, fd, "ImportErrors", "{\"format\":\"none\",\"data\":\"ZQY=\"}",
			   "UnknownFormat", "format", "none");
	world_expect_error(&w, fd, "ImportErrors", "{\"format\":\"codes\",\"data\":\"AAAA\"}",
			   "BadData", "reason", "its beginning, its length or a record is wrong");
	/* a plugin that does not stop */
	world_expect_error(&w, fd, "ImportErrors", "{\"format\":\"codes\",\"data\":\"////\"}",
			   "Unavailable", "reason", provd_err_text(PROVD_E_LIMIT));
	cr_assert_eq(w.imports, 1);
	/* as long as a message may be */
	len = (size_t)snprintf(text, sizeof(text), "{\"format\":\"codes\",\"data\":\"");
	memset(text + len, 'Z', 65000);
	memcpy(text + len + 65000, "\"}", 3);
	world_expect(&w, fd, "ImportErrors", text, "{\"count\":48750}");
	w.import_code = PROVD_E_NO_SPACE;
	world_expect_error(&w, fd, "ImportErrors", "{\"format\":\"codes\",\"data\":\"ZQY=\"}",
			   "Unavailable", "reason", provd_err_text(PROVD_E_NO_SPACE));
	finish();
}

Test(control_errors, base64_is_taken_strictly)
{
	static const char *const wrong[] = {
		"Z",	    "ZQ",      "ZQY",	"ZQY==",     "ZQ=Y",	     "Z===",
		"====",	    "=ZQY",    "ZQY= ", " ZQY=",     "ZQY=\\n",	     "ZQ Y",
		"ZQ\\n\\n", "ZQ_=",    "ZQ-=",	"ZQ==ZQ==",  "ZQY=ZQY=",     "ZQZ=",
		"ZR==",	    "ZQ==\\n", "Z!Y=",	"\\u00e4AA", "\\n\\n\\n\\n", "    ",
	};
	static const char *const right[] = {"ZQ==", "ZQY=", "ZQYG", "+/B/", "ZQYGZQ=="};
	char text[128];

	start();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text), "{\"format\":\"codes\",\"data\":\"%s\"}", wrong[i]);
		world_expect_error(&w, fd, "ImportErrors", text, INVALID, "parameter", "data");
	}
	cr_assert_eq(w.imports, 0);
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		snprintf(text, sizeof(text), "{\"format\":\"codes\",\"data\":\"%s\"}", right[i]);
		json_decref(world_call(&w, fd, "ImportErrors", text));
		cr_assert_eq(w.imports, (int)i + 1, "%s", right[i]);
	}
	finish();
}
