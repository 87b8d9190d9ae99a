/* SPDX-License-Identifier: Apache-2.0 */
/** provctl stats: for people, and for programs that collect. */
#include "provctl_run.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TIMES(count, sum, p50, p95, max)                                                           \
	"{\"count\":" #count ",\"sum_ms\":" #sum ",\"p50_ms\":" #p50 ",\"p95_ms\":" #p95           \
	",\"max_ms\":" #max "}"

#define STATS                                                                                      \
	"{\"parameters\":{\"stats\":{\"uptime_ms\":93784005,\"sessions_started\":12,"              \
	"\"sessions_bound\":9,\"sessions_failed\":2,\"sessions_stopped\":1,\"attempts\":15,"       \
	"\"failures\":{\"WIFI_PASSPHRASE\":3,\"NOVELTY\":2},\"methods\":{\"softap\":{"             \
	"\"attempts\":12,\"successes\":8,\"failures\":{\"WIFI_PASSPHRASE\":3},\"steps\":{"         \
	"\"total\":" TIMES(8, 33000, 4123, 6000, 6543) ",\"joining\":" TIMES(                      \
		9, 11000, 1204, 2000, 2100) "}},\"a\\\"b\\\\c\\nd\\u001b\":{\"attempts\":3,"       \
					    "\"successes\":2,\"failures\":{\"NOVELTY\":2},"        \
					    "\"steps\":{}}},"                                      \
					    "\"last_bound_ms\":4123,\"clients\":2,"                \
					    "\"clients_dropped\":1,\"hooks_run\":5,"               \
					    "\"hooks_failed\":0,\"store_saves\":20,"               \
					    "\"store_failures\":0,\"journal_bytes\":2048,"         \
					    "\"journal_sessions\":7,\"journal_lost\":0,"           \
					    "\"resident_kib\":3000,\"descriptors\":19}}}"

TestSuite(provctl_stats, .timeout = 60);

Test(provctl_stats, table)
{
	struct run run;

	run_init(&run);
	run_provctl(&run, SAYS(STATS), "stats", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	cr_assert_str_eq(
		run.out,
		"running   1 d 2 h 3 min 4 s\n"
		"sessions  12 started, 9 bound, 2 failed, 1 stopped\n"
		"attempts  15, 10 bound (66.7 %)\n"
		"last one  took 4.123 s\n"
		"clients   2, 1 dropped\n"
		"hooks     5 run, 0 failed\n"
		"store     20 saves, 0 failed\n"
		"journal   7 sessions, 2048 bytes, 0 lost before they were delivered\n"
		"process   3000 KiB resident, 19 descriptors\n"
		"\n"
		"failed attempts\n"
		"      3  WIFI_PASSPHRASE     the access point did not accept the passphrase\n"
		"      2  NOVELTY \n"
		"\n"
		"method softap: 12 attempts, 8 bound (66.7 %)\n"
		"      3  WIFI_PASSPHRASE     the access point did not accept the passphrase\n"
		"  STEP              COUNT          P50          P95          MAX\n"
		"  joining               9      1.204 s      2.000 s      2.100 s\n"
		"  total                 8      4.123 s      6.000 s      6.543 s\n"
		"\n"
		"method a\"b\\c\\x0ad\\x1b: 3 attempts, 2 bound (66.7 %)\n"
		"      2  NOVELTY \n");
	run_finish(&run);
}

Test(provctl_stats, json)
{
	struct run run;

	run_init(&run);
	run_provctl(&run, SAYS(STATS), "stats", "--json", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	expect_in(run.out, "{\"stats\":{\"uptime_ms\":93784005,");
	cr_assert_eq(strchr(run.out, '\n'), run.out + strlen(run.out) - 1, "one line");
	run_provctl(&run, NULL, "stats", "--json", "--openmetrics", NULL);
	cr_assert_eq(run.code, 2);
	run_finish(&run);
}

/** Runs the strict reader over what was printed. @param samples what it made of it */
static void check(const struct run *run, char *samples, size_t size)
{
	char path[128];
	char line[512];
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "%s/metrics", run->dir);
	file = fopen(path, "we");
	cr_assert(file != NULL);
	fputs(run->out, file);
	cr_assert_eq(fclose(file), 0);
	snprintf(line, sizeof(line), "python3 " PROVD_CONTROL_TESTS "/check_openmetrics.py %s",
		 path);
	file = popen(line, "re");
	cr_assert(file != NULL);
	len = fread(samples, 1, size - 1, file);
	samples[len] = 0;
	cr_assert_eq(pclose(file), 0, "%s", run->out);
	unlink(path);
}

Test(provctl_stats, openmetrics)
{
	static const char *const expected[] = {
		"provd_uptime_seconds 93784.005\n",
		"provd_sessions_started_total 12\n",
		"provd_sessions_ended_total{result=\"bound\"} 9\n",
		"provd_sessions_ended_total{result=\"failed\"} 2\n",
		"provd_sessions_ended_total{result=\"stopped\"} 1\n",
		"provd_attempts_total 15\n",
		"provd_failures_total{code=\"WIFI_PASSPHRASE\"} 3\n",
		"provd_method_attempts_total{method=\"softap\"} 12\n",
		"provd_method_successes_total{method=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\"} 2\n",
		"provd_method_failures_total{code=\"WIFI_PASSPHRASE\",method=\"softap\"} 3\n",
		"provd_step_duration_seconds{method=\"softap\",quantile=\"0.5\",step=\"joining\"} "
		"1.204\n",
		"provd_step_duration_seconds{method=\"softap\",quantile=\"0.95\",step=\"total\"} "
		"6.000\n",
		"provd_step_duration_seconds_sum{method=\"softap\",step=\"joining\"} 11.000\n",
		"provd_step_duration_seconds_count{method=\"softap\",step=\"total\"} 8\n",
		"provd_step_longest_seconds{method=\"softap\",step=\"total\"} 6.543\n",
		"provd_last_bound_seconds 4.123\n",
		"provd_journal_bytes 2048\n",
		"provd_journal_sessions 7\n",
		"provd_journal_lost_sessions_total 0\n",
		"provd_process_resident_bytes 3072000\n",
		"provd_process_descriptors 19\n",
		"provd_store_saves_total 20\n",
		"provd_hooks_run_total 5\n",
		"provd_clients_dropped_total 1\n",
	};
	char samples[16384];
	struct run run;
	size_t i;

	run_init(&run);
	run_provctl(&run, SAYS(STATS), "stats", "--openmetrics", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	check(&run, samples, sizeof(samples));
	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		expect_in(samples, expected[i]);
	/* what an older daemon does not count is left out */
	run_provctl(&run, SAYS("{\"parameters\":{\"stats\":{\"uptime_ms\":5,\"failures\":{}}}}"),
		    "stats", "--openmetrics", NULL);
	check(&run, samples, sizeof(samples));
	expect_in(samples, "provd_uptime_seconds 0.005\n");
	cr_assert(!strstr(samples, "provd_clients"), "%s", samples);
	run_finish(&run);
}

Test(provctl_stats, the_checker_can_refuse)
{
	static const char *const bad[] = {
		"provd_x 1\n# EOF\n",
		"# TYPE a counter\n# HELP a b\na 1\n# EOF\n",
		"# TYPE a gauge\n# HELP a b\na 1\n",
		"# TYPE a gauge\n# HELP a b\na{b=\"c\"d\"} 1\n# EOF\n",
		"# TYPE a gauge\n# UNIT a seconds\n# HELP a b\na 1\n# EOF\n",
		"# TYPE a gauge\n# HELP a b\na 1\na 1\n# EOF\n",
		"# TYPE a gauge\n# HELP a b\na 1\n# TYPE b gauge\n# HELP b b\na 2\n# EOF\n",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		FILE *file = popen("python3 " PROVD_CONTROL_TESTS
				   "/check_openmetrics.py /dev/stdin >/dev/null 2>&1",
				   "we");

		cr_assert(file != NULL);
		fputs(bad[i], file);
		cr_assert_neq(pclose(file), 0, "case %zu", i);
	}
}

Test(provctl_stats, answers_that_are_not_understood)
{
	static const char *const stats[] = {
		"7",
		"{\"uptime_ms\":-1}",
		"{\"failures\":{\"A\":\"b\"}}",
		"{\"methods\":[]}",
		"{\"methods\":{\"m\":7}}",
		"{\"methods\":{\"m\":{\"attempts\":1}}}",
		"{\"methods\":{\"m\":{\"attempts\":1,\"successes\":1,\"steps\":{\"joining\":7}}}}",
		("{\"methods\":{\"m\":{\"attempts\":1,\"successes\":1,\"steps\":{\"joining\":"
		 "{\"count\":1}}}}}"),
		"{\"methods\":{\"m\":{\"attempts\":1,\"successes\":1,\"failures\":{\"A\":[]}}}}",
	};
	char reply[256];
	struct run run;
	size_t i;

	run_init(&run);
	for (i = 0; i < sizeof(stats) / sizeof(stats[0]); i++) {
		snprintf(reply, sizeof(reply), "{\"parameters\":{\"stats\":%s}}", stats[i]);
		run_provctl(&run, SAYS(reply), "stats", NULL);
		cr_assert_eq(run.code, 3, "case %zu: %d", i, run.code);
		cr_assert_str_eq(run.out, "");
	}
	run_finish(&run);
}
