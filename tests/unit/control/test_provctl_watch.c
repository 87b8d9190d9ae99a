/* SPDX-License-Identifier: Apache-2.0 */
/** provctl watch, with and without a terminal. */
#include "provctl_run.h"

#include <criterion/criterion.h>

#include <jansson.h>
#include <string.h>

#define ENTRY(t, state, event, detail)                                                             \
	"{\"parameters\":{\"entry\":{\"session\":3,\"t_us\":" #t ",\"state\":\"" state             \
	"\",\"event\":\"" event "\",\"detail\":{" detail "}}},\"continues\":true}"

#define WATCHED                                                                                    \
	ENTRY(1000000, "listening", "session started", ""),                                        \
		ENTRY(1123000, "joining", "credentials received",                                  \
		      "\"method\":\"softap\",\"ssid\":\"my home\",\"attempt\":\"1\""),             \
		ENTRY(1500000, "listening", "attempt failed, listening again",                     \
		      "\"during\":\"joining\",\"reason\":\"WIFI_PASSPHRASE\",\"text\":\"\""),      \
		ENTRY(2000000, "joining", "credentials received", "\"attempt\":\"2\""),            \
		ENTRY(2250000, "online", "joined the network", "")
#define BOUND  ENTRY(3000000, "bound", "bound", "\"reason\":\"OK\",\"text\":\"\"")
#define FAILED ENTRY(3000000, "failed", "failed", "\"reason\":\"TIMEOUT\",\"text\":\"\"")

/* What --until-end asks first. */
#define STATUS(state, session)                                                                     \
	"{\"parameters\":{\"state\":\"" state "\",\"session\":" #session                           \
	",\"methods\":[],\"elapsed_ms\":0}}",                                                      \
		NEXT_CALL
#define RUNS STATUS("joining", 3)
/* The end of a call for one session. */
#define LAST(state)                                                                                \
	"{\"parameters\":{\"entry\":{\"session\":3,\"t_us\":3000000,\"state\":\"" state            \
	"\",\"event\":\"" state "\",\"detail\":{}}}}"
#define WATCH_3                                                                                    \
	"{\"method\":\"io.provd.Provisioning.Watch\",\"parameters\":{\"session\":3},\"more\":true}"

Test(provctl_watch, watch_lines, .timeout = 60)
{
	struct run run;

	run_init(&run);
	run_provctl(&run, SAYS(RUNS, WATCHED, BOUND), "watch", "--until-end", NULL);
	cr_assert_str_eq(run.request, WATCH_3);
	cr_assert_eq(run.code, 0, "%s", run.err);
	cr_assert_str_eq(run.out,
			 "session 3\n"
			 "+0.000s listening    session started\n"
			 "+0.123s joining      credentials received method=softap ssid=\"my home\" "
			 "attempt=1\n"
			 "+0.500s listening    attempt failed, listening again during=joining "
			 "reason=WIFI_PASSPHRASE text=\"\"\n"
			 "        advice: type the passphrase again\n"
			 "+1.000s joining      credentials received attempt=2\n"
			 "+1.250s online       joined the network\n"
			 "+2.000s bound        bound reason=OK text=\"\"\n"
			 "bound in 2000 ms by softap, 2 attempts\n");
	run_finish(&run);
}

Test(provctl_watch, watch_exit_codes, .timeout = 60)
{
	struct run run;

	run_init(&run);
	run_provctl(&run, SAYS(RUNS, WATCHED, FAILED), "watch", "--until-end", NULL);
	cr_assert_eq(run.code, 4);
	expect_in(run.out, "failed in 2000 ms, 2 attempts: the time allowed for it ran out "
			   "(TIMEOUT)\n");
	run_provctl(&run, SAYS(RUNS, ENTRY(1, "stopped", "stopped", "")), "watch", "--until-end",
		    NULL);
	cr_assert_eq(run.code, 4);
	run_provctl(&run, SAYS(RUNS, WATCHED), "watch", "--until-end", NULL);
	cr_assert_eq(run.code, 3);
	cr_assert_str_eq(run.err, "provctl: the daemon closed the connection\n");
	run_provctl(&run, SAYS(WATCHED, BOUND), "watch", NULL);
	cr_assert_eq(run.code, 3, "the daemon left");
	run_provctl(&run, SAYS(ERR("Unavailable", "{\"reason\":\"too many clients\"}")), "watch",
		    NULL);
	cr_assert_eq(run.code, 1);
	run_finish(&run);
}

Test(provctl_watch, watch_json, .timeout = 60)
{
	struct run run;
	char *line;
	char *rest;
	json_t *one;
	int count = 0;

	run_init(&run);
	run_provctl(&run, SAYS(RUNS, WATCHED, BOUND), "watch", "--until-end", "--json", NULL);
	cr_assert_eq(run.code, 0);
	rest = run.out;
	while ((line = strsep(&rest, "\n")) && *line) {
		one = json_loads(line, 0, NULL);
		cr_assert(json_is_object(json_object_get(one, "entry")), "%s", line);
		json_decref(one);
		count++;
	}
	cr_assert_eq(count, 6);
	run_finish(&run);
}

Test(provctl_watch, watch_on_a_terminal, .timeout = 60)
{
	struct run run;
	char *last;

	run_init(&run);
	run.pty = 1;
	run_provctl(&run, SAYS(RUNS, WATCHED, BOUND), "watch", "--until-end", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	expect_in(run.out, "session 3   method -   attempt 0");
	expect_in(run.out, "\x1b[12A");
	expect_in(run.out, "\x1b[1;32m[====================================] bound");
	last = strstr(run.out, "\x1b[1;32m[");
	expect_in(last, "  idle                -");
	expect_in(last, "  listening         623 ms");
	expect_in(last, "  joining           627 ms");
	expect_in(last, "  online            750 ms");
	expect_in(last, "> bound               0 ms");
	expect_in(last, "last failure: joining failed: the access point did not accept the "
			"passphrase");
	expect_in(last, "(WIFI_PASSPHRASE)");
	expect_in(last, "advice: type the passphrase again\x1b[K\r\n");
	expect_in(last, "bound in 2000 ms by softap, 2 attempts");
	run_finish(&run);
}

Test(provctl_watch, the_phone_on_a_terminal, .timeout = 60)
{
	struct run run;
	char *there;

	run_init(&run);
	run.pty = 1;
	run_provctl(&run,
		    SAYS(RUNS,
			 ENTRY(1000000, "listening", "phone on the access point",
			       "\"mac\":\"02:00:\\u001b*\""),
			 ENTRY(1100000, "joining", "credentials received", ""),
			 ENTRY(1200000, "joining", "phone left the access point", "\"mac\":\"02\""),
			 BOUND),
		    "watch", "--until-end", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	expect_in(run.out, "   phone 02:00:\\x1b*");
	there = strstr(run.out, "[====================================] bound");
	cr_assert(there != NULL);
	cr_assert(strstr(strstr(run.out, "> bound"), "phone") == NULL);
	run_finish(&run);
}

Test(provctl_watch, no_colour, .timeout = 60)
{
	struct run run;

	run_init(&run);
	run.pty = 1;
	run.no_colour = "1";
	run_provctl(&run, SAYS(RUNS, WATCHED, FAILED), "watch", "--until-end", NULL);
	cr_assert_eq(run.code, 4);
	cr_assert(strstr(run.out, "\x1b[1m") == NULL);
	cr_assert(strstr(run.out, "\x1b[31m") == NULL);
	cr_assert(strstr(run.out, "\x1b[1;31m") == NULL);
	expect_in(run.out, "] failed");
	run_finish(&run);
}

Test(provctl_watch, until_end_says_what_it_waits_for, .timeout = 60)
{
	static const char text[] = "provctl: no session is running; waiting for one\n";
	struct run run;

	run_init(&run);
	run_provctl(&run, SAYS(STATUS("idle", 0), WATCHED, BOUND), "watch", "--until-end", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	cr_assert_str_eq(run.err, text);
	run_provctl(&run, SAYS(STATUS("failed", 2), WATCHED, BOUND), "watch", "--until-end", NULL);
	cr_assert_str_eq(run.err, text);
	run_provctl(&run, SAYS(RUNS, WATCHED, BOUND), "watch", "--until-end", NULL);
	cr_assert_str_eq(run.err, "");
	run_provctl(&run, SAYS(WATCHED), "watch", NULL);
	cr_assert(strstr(run.err, "waiting") == NULL);
	run_finish(&run);
}

Test(provctl_watch, until_end_leaves_out_a_session_that_is_over, .timeout = 60)
{
	static const char next[] = "{\"parameters\":{\"entry\":{\"session\":4,\"t_us\":5000000,"
				   "\"state\":\"bound\",\"event\":\"bound\",\"detail\":{}}},"
				   "\"continues\":true}";
	struct run run;

	run_init(&run);
	run_provctl(&run, SAYS(STATUS("failed", 3), WATCHED, FAILED, next), "watch", "--until-end",
		    NULL);
	cr_assert_str_eq(run.requests,
			 "{\"method\":\"io.provd.Provisioning.Status\"}\n"
			 "{\"method\":\"io.provd.Provisioning.Watch\",\"more\":true}\n");
	cr_assert_eq(run.code, 0, "%s", run.err);
	cr_assert_str_eq(run.err, "provctl: no session is running; waiting for one\n");
	cr_assert_str_eq(run.out, "session 4\n+0.000s bound        bound\nbound in 0 ms\n");
	run_finish(&run);
}

Test(provctl_watch, one_session, .timeout = 60)
{
	struct run run;

	run_init(&run);
	run_provctl(&run, SAYS(WATCHED, LAST("bound")), "watch", "--session", "3", NULL);
	cr_assert_str_eq(run.request, WATCH_3);
	cr_assert_eq(run.code, 0, "%s", run.err);
	expect_in(run.out, "bound in 2000 ms by softap, 2 attempts\n");
	run_provctl(&run, SAYS(WATCHED, LAST("stopped")), "watch", "--session", "3", NULL);
	cr_assert_eq(run.code, 4);
	run_provctl(&run, SAYS(WATCHED), "watch", "--session", "3", NULL);
	cr_assert_eq(run.code, 3, "the daemon left");
	run_provctl(&run, SAYS(ERR("UnknownSession", "{\"session\":3}")), "watch", "--session", "3",
		    NULL);
	cr_assert_eq(run.code, 1);
	expect_in(run.err, "session 3 is not known");
	run_finish(&run);
}

Test(provctl_watch, start_and_watch, .timeout = 60)
{
	static const char started[] = "{\"parameters\":{\"session\":3}}";
	struct run run;

	run_init(&run);
	run_provctl(&run, SAYS(started, NEXT_CALL, WATCHED, LAST("bound")), "start", "--watch",
		    NULL);
	cr_assert_str_eq(run.request, WATCH_3);
	cr_assert_eq(run.code, 0, "%s", run.err);
	cr_assert_eq(strncmp(run.out, "session 3\n+0.000s", 17), 0, "%s", run.out);
	run_provctl(&run, SAYS(started, NEXT_CALL, WATCHED, LAST("failed")), "start", "softap",
		    "--watch", "--json", NULL);
	cr_assert_eq(run.code, 4);
	cr_assert_eq(strncmp(run.out, "{\"session\":3}\n{\"entry\"", 22), 0, "%s", run.out);
	run_provctl(&run, SAYS(ERR("Unavailable", "{\"reason\":\"no radio\"}")), "start", "--watch",
		    NULL);
	cr_assert_eq(run.code, 1);
	expect_in(run.err, "not available: no radio");
	run_finish(&run);
}

Test(provctl_watch, a_small_terminal_gets_lines, .timeout = 60)
{
	struct run run;

	run_init(&run);
	run.pty = 1;
	run.rows = 10;
	run.columns = 80;
	run_provctl(&run, SAYS(RUNS, WATCHED, BOUND), "watch", "--until-end", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	expect_in(run.out, "+0.000s listening    session started");
	cr_assert(strstr(run.out, "\x1b[") == NULL, "%s", run.out);
	run.rows = 24;
	run.columns = 19;
	run_provctl(&run, SAYS(RUNS, WATCHED, BOUND), "watch", "--until-end", NULL);
	cr_assert(strstr(run.out, "\x1b[") == NULL, "%s", run.out);
	run.columns = 20;
	run.rows = 13;
	run_provctl(&run, SAYS(RUNS, WATCHED, BOUND), "watch", "--until-end", NULL);
	expect_in(run.out, "\x1b[12A");
	run_finish(&run);
}

Test(provctl_watch, an_answer_that_is_not_understood, .timeout = 60)
{
	static const char text[] = "provctl: the daemon's answer is not understood\n";
	struct run run;

	run_init(&run);
	run_provctl(&run, SAYS("{\"parameters\":{}}"), "watch", NULL);
	cr_assert_eq(run.code, 3);
	cr_assert_str_eq(run.err, text);
	run_provctl(&run,
		    SAYS("{\"parameters\":{\"entry\":{\"session\":\"3\"}},\"continues\":true}"),
		    "watch", "--json", NULL);
	cr_assert_eq(run.code, 3);
	cr_assert_str_eq(run.err, text);
	cr_assert_str_eq(run.out, "");
	run_provctl(&run, SAYS("{\"parameters\":{}}"), "watch", "--until-end", NULL);
	cr_assert_eq(run.code, 3);
	cr_assert_str_eq(run.err, text);
	run_finish(&run);
}

Test(provctl_watch, output_that_cannot_be_written, .timeout = 60)
{
	struct run run;

	run_init(&run);
	run.out_path = "/dev/full";
	run_provctl(&run, SAYS(ENTRY(1, "joining", "x", "")), "watch", NULL);
	cr_assert_eq(run.code, 1);
	cr_assert_str_eq(run.err, "provctl: cannot write the output\n");
	run_finish(&run);
}
