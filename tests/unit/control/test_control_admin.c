/* SPDX-License-Identifier: Apache-2.0 */
/** Reload, levels of the log, and counters. */
#include "handlers_world.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct world w;
static int fd;

static void start(void)
{
	world_init(&w);
	fd = fixture_connect(&w.f);
}

static void finish(void)
{
	close(fd);
	world_finish(&w);
}

TestSuite(control_admin, .timeout = 60);

Test(control_admin, reload)
{
	start();
	world_expect(&w, fd, "Reload", NULL, "{\"changed\":[]}");
	w.reload.changed = json_pack("[s,s]", "start.policy", "daemon.log.level");
	world_expect(&w, fd, "Reload", NULL,
		     "{\"changed\":[\"start.policy\",\"daemon.log.level\"]}");
	w.reload.code = PROVD_E_CONFIG;
	w.reload.faults = json_pack("[s]", "provd.json:1:2: no");
	w.reload.needs_restart = json_array();
	world_expect_error(&w, fd, "Reload", NULL, "BadConfig", "", NULL);
	w.reload.code = PROVD_E_STATE;
	w.reload.needs_restart = json_pack("[s]", "hal");
	world_expect_error(&w, fd, "Reload", NULL, "NeedsRestart", "", NULL);
	w.reload.code = PROVD_E_NOMEM;
	world_expect_error(&w, fd, "Reload", NULL, "Unavailable", "", NULL);
	finish();
}

Test(control_admin, log_levels)
{
	char text[128];

	start();
	world_expect(&w, fd, "LogLevels", NULL, "{\"level\":\"info\",\"topics\":{}}");
	world_expect(&w, fd, "SetLogLevel", "{\"level\":\"warn\"}", "{}");
	world_expect(&w, fd, "SetLogLevel", "{\"level\":\"debug\",\"topic\":\"softap.ap\"}", "{}");
	world_expect(&w, fd, "LogLevels", NULL,
		     "{\"level\":\"warn\",\"topics\":{\"softap.ap\":\"debug\"}}");
	world_expect(&w, fd, "SetLogLevel", "{\"level\":\"error\",\"topic\":\"\"}", "{}");
	world_expect(&w, fd, "SetLogLevel", "{\"level\":\"info\",\"topic\":\"softap.ap\"}", "{}");
	world_expect(&w, fd, "LogLevels", NULL,
		     "{\"level\":\"error\",\"topics\":{\"softap.ap\":\"info\"}}");
	for (int i = 1; i < PROVD_LOG_TOPICS_MAX; i++) {
		snprintf(text, sizeof(text), "{\"level\":\"info\",\"topic\":\"t%d\"}", i);
		world_expect(&w, fd, "SetLogLevel", text, "{}");
	}
	world_expect_error(&w, fd, "SetLogLevel", "{\"level\":\"info\",\"topic\":\"one\"}",
			   "Unavailable", "", NULL);
	finish();
}

static void entry(uint64_t session, uint64_t t_us, uint32_t state, const char *detail)
{
	struct provd_timeline_entry e = {
		.session = session, .t_us = t_us, .state = state, .event = "event"};

	e.detail = json_loads(detail, 0, NULL);
	cr_assert_not_null(e.detail);
	provd__stats_entry(&w.daemon, &e);
	json_decref(e.detail);
}

static json_int_t stat_of(const json_t *answer, const char *name)
{
	const json_t *stats = json_object_get(json_object_get(answer, "parameters"), "stats");

	cr_assert(json_is_integer(json_object_get(stats, name)), "%s", name);
	return json_integer_value(json_object_get(stats, name));
}

Test(control_admin, stats)
{
	static const char failed[] = "{\"during\":\"joining\",\"reason\":\"WIFI_PASSPHRASE\"}";
	json_t *answer;
	const json_t *stats;
	const json_t *failures;
	char *text;

	start();
	entry(1, 1000000, PROVD_STATE_LISTENING, "{}");
	entry(1, 1100000, PROVD_STATE_JOINING, "{\"attempt\":\"1\",\"method\":\"softap\"}");
	entry(1, 1150000, PROVD_STATE_JOINING, "{}");
	entry(1, 1200000, PROVD_STATE_LISTENING, failed);
	entry(1, 1300000, PROVD_STATE_JOINING, "{\"attempt\":\"2\",\"method\":\"softap\"}");
	entry(1, 3500000, PROVD_STATE_BOUND, "{}");
	entry(1, 3700000, PROVD_STATE_BOUND, "{}");
	entry(2, 4000000, PROVD_STATE_LISTENING, "{}");
	entry(2, 4100000, PROVD_STATE_FAILED, "{\"reason\":\"TIMEOUT\"}");
	/* what still happens while it ends */
	entry(2, 4200000, PROVD_STATE_FAILED, "{}");
	entry(3, 5000000, PROVD_STATE_STOPPED, "{}");
	answer = world_call(&w, fd, "Stats", NULL);
	cr_assert_eq(stat_of(answer, "sessions_started"), 3);
	cr_assert_eq(stat_of(answer, "sessions_bound"), 1);
	cr_assert_eq(stat_of(answer, "sessions_failed"), 1);
	cr_assert_eq(stat_of(answer, "sessions_stopped"), 1);
	cr_assert_eq(stat_of(answer, "attempts"), 2);
	cr_assert_eq(stat_of(answer, "last_bound_ms"), 2500);
	cr_assert_eq(stat_of(answer, "clients"), 1);
	cr_assert_eq(stat_of(answer, "clients_dropped"), 0);
	cr_assert_eq(stat_of(answer, "hooks_run"), 11);
	cr_assert_eq(stat_of(answer, "hooks_failed"), 12);
	cr_assert_eq(stat_of(answer, "store_saves"), 13);
	cr_assert_eq(stat_of(answer, "store_failures"), 14);
	cr_assert_eq(stat_of(answer, "journal_bytes"), 15);
	cr_assert_eq(stat_of(answer, "journal_sessions"), 16);
	cr_assert_eq(stat_of(answer, "journal_lost"), 17);
	cr_assert_lt(stat_of(answer, "uptime_ms"), 60000);
	cr_assert_gt(stat_of(answer, "resident_kib"), 1000);
	cr_assert_gt(stat_of(answer, "descriptors"), 4);
	stats = json_object_get(json_object_get(answer, "parameters"), "stats");
	failures = json_object_get(stats, "failures");
	/* of an attempt, and of a session without one */
	cr_assert_eq(json_object_size(failures), 2);
	cr_assert_eq(json_integer_value(json_object_get(failures, "WIFI_PASSPHRASE")), 1);
	cr_assert_eq(json_integer_value(json_object_get(failures, "TIMEOUT")), 1);
	text = json_dumps(json_object_get(stats, "methods"), JSON_COMPACT | JSON_SORT_KEYS);
	cr_assert_str_eq(
		text, "{\"softap\":{\"attempts\":2,\"failures\":{\"WIFI_PASSPHRASE\":1},\"steps\":{"
		      "\"joining\":{\"count\":1,\"max_ms\":2200,\"p50_ms\":2200,\"p95_ms\":2200,"
		      "\"sum_ms\":2200},\"total\":{\"count\":1,\"max_ms\":2200,\"p50_ms\":2200,"
		      "\"p95_ms\":2200,\"sum_ms\":2200}},\"successes\":1}}");
	free(text);
	json_decref(answer);
	finish();
}

Test(control_admin, failures_without_a_name_are_bounded)
{
	json_t *answer;
	json_t *failures;
	char text[128];

	start();
	for (int i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), "{\"during\":\"joining\",\"reason\":\"CODE%d\"}", i);
		entry(1, 1, PROVD_STATE_LISTENING, text);
	}
	answer = world_call(&w, fd, "Stats", NULL);
	failures = json_object_get(json_object_get(json_object_get(answer, "parameters"), "stats"),
				   "failures");
	cr_assert_eq(json_object_size(failures), 1);
	cr_assert_eq(json_integer_value(json_object_get(failures, "UNKNOWN")), 200);
	json_decref(answer);
	finish();
}
