/* SPDX-License-Identifier: Apache-2.0 */
/* What entries of a timeline count as. */
#include "daemon/stats.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#define FAILED(during, code) "{\"during\":\"" during "\",\"reason\":\"" code "\",\"text\":\"x\"}"
#define BY(method)	     "{\"method\":\"" method "\",\"attempt\":\"1\"}"

static struct provd_stats stats;

TestSuite(stats, .timeout = 60);

static void entry(uint64_t session, uint64_t ms, uint32_t state, const char *detail)
{
	struct provd_timeline_entry e = {
		.session = session, .t_us = ms * 1000, .state = state, .event = "event"};

	e.detail = json_loads(detail ? detail : "{}", 0, NULL);
	cr_assert_not_null(e.detail);
	provd__stats_count(&stats, &e);
	json_decref(e.detail);
}

/* The counters at a path, "methods.softap.steps.total.p50_ms", or -1. */
static json_int_t get(const char *path)
{
	json_t *root = provd__stats_json(&stats, 0);
	const json_t *at = root;
	char copy[128];
	char *rest = NULL;
	json_int_t value;

	cr_assert_not_null(root);
	(void)snprintf(copy, sizeof(copy), "%s", path);
	for (char *name = strtok_r(copy, ".", &rest); name; name = strtok_r(NULL, ".", &rest))
		at = json_object_get(at, name);
	value = json_is_integer(at) ? json_integer_value(at) : -1;
	json_decref(root);
	return value;
}

static size_t size_of(const char *name, const char *more)
{
	json_t *root = provd__stats_json(&stats, 0);
	const json_t *at = json_object_get(root, name);
	size_t size = json_object_size(more ? json_object_get(at, more) : at);

	json_decref(root);
	return size;
}

Test(stats, a_session_that_is_bound)
{
	provd__stats_init(&stats, 0);
	entry(1, 1000, PROVD_STATE_LISTENING, NULL);
	entry(1, 2000, PROVD_STATE_JOINING, BY("softap"));
	entry(1, 2500, PROVD_STATE_JOINING, NULL);
	entry(1, 5000, PROVD_STATE_ONLINE, NULL);
	entry(1, 5001, PROVD_STATE_REGISTERING, NULL);
	entry(1, 5011, PROVD_STATE_ONLINE, NULL);
	entry(1, 5013, PROVD_STATE_ONLINE, NULL);
	entry(1, 5014, PROVD_STATE_BINDING, NULL);
	entry(1, 5021, PROVD_STATE_BOUND, NULL);
	cr_assert_eq(get("sessions_started"), 1);
	cr_assert_eq(get("sessions_bound"), 1);
	cr_assert_eq(get("last_bound_ms"), 4021);
	cr_assert_eq(get("attempts"), 1);
	cr_assert_eq(size_of("failures", NULL), 0);
	cr_assert_eq(size_of("methods", NULL), 1);
	cr_assert_eq(get("methods.softap.attempts"), 1);
	cr_assert_eq(get("methods.softap.successes"), 1);
	cr_assert_eq(get("methods.softap.steps.joining.count"), 1);
	cr_assert_eq(get("methods.softap.steps.joining.sum_ms"), 3000);
	cr_assert_eq(get("methods.softap.steps.joining.p50_ms"), 3000);
	/* before the registration and after it */
	cr_assert_eq(get("methods.softap.steps.online.count"), 2);
	cr_assert_eq(get("methods.softap.steps.online.sum_ms"), 4);
	cr_assert_eq(get("methods.softap.steps.online.max_ms"), 3);
	cr_assert_eq(get("methods.softap.steps.registering.sum_ms"), 10);
	cr_assert_eq(get("methods.softap.steps.binding.sum_ms"), 7);
	cr_assert_eq(get("methods.softap.steps.total.sum_ms"), 3021);
	cr_assert_eq(get("methods.softap.steps.total.p95_ms"), 3021);
}

Test(stats, a_step_that_failed_is_not_measured)
{
	provd__stats_init(&stats, 0);
	entry(1, 1, PROVD_STATE_LISTENING, NULL);
	entry(1, 10, PROVD_STATE_JOINING, BY("softap"));
	entry(1, 20, PROVD_STATE_ONLINE, NULL);
	entry(1, 40, PROVD_STATE_LISTENING, FAILED("online", "PEER_NO_TOKEN"));
	entry(1, 50, PROVD_STATE_JOINING, BY("airkiss"));
	entry(1, 60, PROVD_STATE_LISTENING, FAILED("joining", "WIFI_PASSPHRASE"));
	entry(1, 99, PROVD_STATE_FAILED, "{\"reason\":\"TIMEOUT\"}");
	cr_assert_eq(get("attempts"), 2);
	cr_assert_eq(get("sessions_failed"), 1);
	/* its attempts are its failures, not its end */
	cr_assert_eq(size_of("failures", NULL), 2);
	cr_assert_eq(get("failures.PEER_NO_TOKEN"), 1);
	cr_assert_eq(get("failures.WIFI_PASSPHRASE"), 1);
	cr_assert_eq(get("methods.softap.failures.PEER_NO_TOKEN"), 1);
	cr_assert_eq(get("methods.softap.steps.joining.sum_ms"), 10);
	cr_assert_eq(get("methods.softap.steps.online.count"), -1);
	cr_assert_eq(get("methods.airkiss.failures.WIFI_PASSPHRASE"), 1);
	cr_assert_eq(get("methods.airkiss.failures.PEER_NO_TOKEN"), -1);
	cr_assert_eq(get("methods.airkiss.steps.joining.count"), -1);
	cr_assert_eq(get("methods.airkiss.successes"), 0);
}

Test(stats, a_session_that_fails_in_an_attempt_or_without_one)
{
	provd__stats_init(&stats, 0);
	entry(1, 1, PROVD_STATE_JOINING, BY("control"));
	entry(1, 2, PROVD_STATE_FAILED, "{\"reason\":\"TIMEOUT\"}");
	entry(1, 3, PROVD_STATE_FAILED, "{\"reason\":\"TIMEOUT\"}");
	entry(2, 4, PROVD_STATE_LISTENING, NULL);
	entry(2, 5, PROVD_STATE_FAILED, "{\"reason\":\"NO_CAPABILITY\"}");
	entry(3, 6, PROVD_STATE_LISTENING, NULL);
	entry(3, 7, PROVD_STATE_FAILED, NULL);
	cr_assert_eq(get("sessions_failed"), 3);
	cr_assert_eq(get("failures.TIMEOUT"), 1);
	cr_assert_eq(get("failures.NO_CAPABILITY"), 1);
	cr_assert_eq(get("failures.UNKNOWN"), 1);
	cr_assert_eq(get("methods.control.failures.TIMEOUT"), 1);
	cr_assert_eq(size_of("methods", "control"), 4);
	cr_assert_eq(size_of("methods", NULL), 1);
}

/* A HAL may count its own tries. */
Test(stats, a_step_of_the_join_is_no_attempt)
{
	provd__stats_init(&stats, 0);
	entry(1, 1, PROVD_STATE_JOINING, BY("softap"));
	entry(1, 2, PROVD_STATE_JOINING, "{\"attempt\":\"2\"}");
	entry(1, 3, PROVD_STATE_JOINING, "{\"method\":\"sae\"}");
	entry(1, 5, PROVD_STATE_ONLINE, NULL);
	cr_assert_eq(get("attempts"), 1);
	cr_assert_eq(size_of("methods", NULL), 1);
	cr_assert_eq(get("methods.softap.steps.joining.sum_ms"), 4);
}

Test(stats, a_stop_is_no_failure)
{
	provd__stats_init(&stats, 0);
	entry(1, 1, PROVD_STATE_LISTENING, NULL);
	entry(1, 2, PROVD_STATE_STOPPED, NULL);
	entry(2, 3, PROVD_STATE_JOINING, BY("softap"));
	entry(2, 4, PROVD_STATE_STOPPED, NULL);
	/* one whose end was never told */
	entry(3, 5, PROVD_STATE_JOINING, BY("softap"));
	entry(4, 9, PROVD_STATE_LISTENING, NULL);
	entry(4, 9, PROVD_STATE_ONLINE, NULL);
	entry(4, 9, PROVD_STATE_BOUND, NULL);
	cr_assert_eq(get("sessions_stopped"), 2);
	cr_assert_eq(get("sessions_bound"), 1);
	cr_assert_eq(size_of("failures", NULL), 0);
	cr_assert_eq(get("methods.softap.attempts"), 2);
	cr_assert_eq(get("methods.softap.successes"), 0);
	cr_assert_eq(get("methods.softap.steps.joining.count"), -1);
}

Test(stats, every_code_is_counted_apart)
{
	char text[128];
	char path[64];

	provd__stats_init(&stats, 0);
#define X(name, number, words, advice, retry)                                                      \
	entry(1, 1, PROVD_STATE_LISTENING, FAILED("joining", #name));                              \
	(void)snprintf(path, sizeof(path), "failures.%s", #name);                                  \
	cr_assert_eq(get(path), 1, "%s", path);
	PROVD_ERROR_TABLE(X)
#undef X
	/* words that are none, and whatever comes as words: bounded all the same */
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(text, sizeof(text), "{\"during\":\"joining\",\"reason\":\"NEW%d\"}",
			       i);
		entry(1, 1, PROVD_STATE_LISTENING, text);
	}
	cr_assert_eq(size_of("failures", NULL), PROVD_STATS_CODES);
	cr_assert_eq(get("failures.UNKNOWN"), 1001);
}

Test(stats, methods_beyond_sixteen_share_a_row)
{
	char text[128];

	/* rows may hold anything before they are used */
	memset(&stats, 0xa5, sizeof(stats));
	provd__stats_init(&stats, 0);
	for (uint64_t i = 0; i < 100; i++) {
		(void)snprintf(text, sizeof(text), "{\"method\":\"m%d\",\"attempt\":\"1\"}",
			       (int)i);
		entry(i + 1, i, PROVD_STATE_JOINING, text);
		entry(i + 1, i + 1, PROVD_STATE_BOUND, NULL);
	}
	entry(200, 1, PROVD_STATE_JOINING, "{\"attempt\":\"1\",\"method\":\"\"}");
	entry(201, 1, PROVD_STATE_JOINING, "{\"attempt\":\"1\",\"method\":\"\"}");
	cr_assert_eq(size_of("methods", NULL), PROVD_STATS_METHODS_MAX + 1);
	cr_assert_eq(get("methods.m0.attempts"), 1);
	cr_assert_eq(get("methods.m15.successes"), 1);
	cr_assert_eq(get("methods.m16.attempts"), -1);
	cr_assert_eq(get("methods.OTHER.attempts"), 86);
	cr_assert_eq(get("methods.OTHER.successes"), 84);
	cr_assert_eq(get("methods.OTHER.steps.total.count"), 84);
}

Test(stats, a_clock_that_goes_back_does_no_harm)
{
	provd__stats_init(&stats, 0);
	entry(1, 900, PROVD_STATE_JOINING, BY("softap"));
	entry(1, 100, PROVD_STATE_ONLINE, NULL);
	entry(1, 50, PROVD_STATE_BOUND, NULL);
	cr_assert_eq(get("methods.softap.steps.total.max_ms"), 0);
	cr_assert_eq(get("last_bound_ms"), 0);
}
