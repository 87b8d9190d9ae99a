/* SPDX-License-Identifier: Apache-2.0 */
/* Thousands of random sessions: whoever makes them up notes what has to come out. */
#include "daemon/stats.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SESSIONS 8000
#define METHODS	 24
#define ROWS	 (PROVD_STATS_METHODS_MAX + 1)
#define CODES	 5
#define STEPS	 5

static const char *const code_names[CODES] = {"WIFI_PASSPHRASE", "WIFI_NO_AP", "TIMEOUT",
					      "CLOUD_TOKEN", "UNKNOWN"};
static const char *const step_names[STEPS] = {"joining", "online", "registering", "binding",
					      "total"};

/* What one row must be in the end. */
struct row {
	json_int_t attempts;
	json_int_t successes;
	json_int_t failures[CODES];
	uint64_t *times[STEPS];
	size_t counts[STEPS];
};

static struct model {
	struct provd_stats stats;
	struct row rows[ROWS];
	int row_of[METHODS]; /* 0: not met yet, else one more than its row */
	int met;
	json_int_t failures[CODES];
	json_int_t ends[PROVD_STATE_STOPPED + 1];
	json_int_t attempts;
	uint64_t session;
	uint64_t t_us;
	uint64_t seed;
} m;

TestSuite(stats_random, .timeout = 100);

static unsigned roll(unsigned sides)
{
	m.seed = m.seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (unsigned)(m.seed >> 33) % sides;
}

static void entry(uint32_t state, json_t *detail)
{
	struct provd_timeline_entry e = {
		.session = m.session, .t_us = m.t_us, .state = state, .event = "event"};

	e.detail = detail ? detail : json_object();
	provd__stats_count(&m.stats, &e);
	json_decref(e.detail);
}

/* Times of all sizes, from microseconds to hours. */
static void pass(void)
{
	m.t_us += (uint64_t)roll(1u << 15) << roll(20);
}

static void note_time(struct row *row, int step, uint64_t from_us)
{
	size_t count = row->counts[step]++;

	if ((count & (count - 1)) == 0) {
		row->times[step] = realloc(row->times[step],
					   (count ? 2 * count : 1) * sizeof(*row->times[step]));
		cr_assert_not_null(row->times[step]);
	}
	row->times[step][count] = (m.t_us - from_us) / 1000;
}

static struct row *row_of(unsigned method)
{
	if (!m.row_of[method])
		m.row_of[method] = m.met < ROWS - 1 ? ++m.met : ROWS;
	return &m.rows[m.row_of[method] - 1];
}

enum fate {
	GOES_ON,
	FAILS,
	SESSION_FAILS,
	STOPS,
	IS_CUT
};

static enum fate fate(void)
{
	unsigned n = roll(40);

	return n < 5 ? FAILS : n == 5 ? SESSION_FAILS : n == 6 ? STOPS : n == 7 ? IS_CUT : GOES_ON;
}

/* The attempt ends in this state. @return 1: the session goes on */
static int ends(struct row *row, uint32_t state, enum fate how)
{
	unsigned code = roll(CODES);

	if (how == IS_CUT)
		return 0;
	if (how == STOPS) {
		m.ends[PROVD_STATE_STOPPED]++;
		entry(PROVD_STATE_STOPPED, NULL);
		return 0;
	}
	row->failures[code]++;
	m.failures[code]++;
	if (how == SESSION_FAILS) {
		m.ends[PROVD_STATE_FAILED]++;
		entry(PROVD_STATE_FAILED, json_pack("{s:s}", "reason", code_names[code]));
		return 0;
	}
	entry(PROVD_STATE_LISTENING, json_pack("{s:s, s:s}", "during", provd_state_name(state),
					       "reason", code_names[code]));
	return 1;
}

/* @return 1: the session goes on */
static int attempt(void)
{
	static const uint32_t ways[][6] = {
		{PROVD_STATE_JOINING, PROVD_STATE_ONLINE, PROVD_STATE_BINDING, PROVD_STATE_BOUND},
		{PROVD_STATE_JOINING, PROVD_STATE_ONLINE, PROVD_STATE_BOUND},
		{PROVD_STATE_JOINING, PROVD_STATE_ONLINE, PROVD_STATE_REGISTERING,
		 PROVD_STATE_BINDING, PROVD_STATE_BOUND},
		{PROVD_STATE_JOINING, PROVD_STATE_ONLINE, PROVD_STATE_REGISTERING,
		 PROVD_STATE_ONLINE, PROVD_STATE_BINDING, PROVD_STATE_BOUND},
	};
	const uint32_t *at = ways[roll(4)];
	unsigned method = roll(METHODS);
	struct row *row = row_of(method);
	uint64_t start_us = m.t_us;
	char name[16];

	(void)snprintf(name, sizeof(name), "m%u", method);
	entry(*at, json_pack("{s:s, s:s}", "method", name, "attempt", "1"));
	row->attempts++;
	m.attempts++;
	for (; *at != PROVD_STATE_BOUND; at++) {
		uint64_t from_us = m.t_us;
		enum fate how = fate();

		pass();
		if (roll(3) == 0)
			entry(*at, NULL); /* something on the way */
		pass();
		if (how != GOES_ON)
			return ends(row, *at, how);
		note_time(row, (int)(*at - PROVD_STATE_JOINING), from_us);
		entry(at[1], NULL);
	}
	row->successes++;
	note_time(row, STEPS - 1, start_us);
	m.ends[PROVD_STATE_BOUND]++;
	return 0;
}

static void session(void)
{
	unsigned attempts = roll(5);

	m.session++;
	pass();
	entry(PROVD_STATE_LISTENING, NULL);
	for (unsigned i = 0; i < attempts; i++) {
		pass();
		if (!attempt())
			return;
	}
	pass();
	if (roll(4) == 0) {
		m.ends[PROVD_STATE_STOPPED]++;
		entry(PROVD_STATE_STOPPED, NULL);
		return;
	}
	m.ends[PROVD_STATE_FAILED]++;
	if (attempts == 0)
		m.failures[2]++;
	entry(PROVD_STATE_FAILED, json_pack("{s:s}", "reason", code_names[2]));
}

/* What came out */

static json_int_t number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static void check_failures(const json_t *object, const json_int_t *expected)
{
	size_t some = 0;

	for (int i = 0; i < CODES; i++) {
		cr_assert_eq(number(object, code_names[i]), expected[i]);
		some += expected[i] > 0;
	}
	cr_assert_eq(json_object_size(object), some);
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a;
	const uint64_t *y = b;

	return (*x > *y) - (*x < *y);
}

static void check_quantile(const json_t *object, const char *name, uint64_t exact, uint64_t max)
{
	uint64_t got = (uint64_t)number(object, name);

	cr_assert_geq(got, exact);
	cr_assert_leq(got, exact >= UINT64_C(1) << 22 ? max : exact + exact / 16);
}

static void check_times(const json_t *object, uint64_t *times, size_t count)
{
	uint64_t sum = 0;

	if (count == 0) {
		cr_assert_null(object);
		return;
	}
	qsort(times, count, sizeof(*times), by_value);
	for (size_t i = 0; i < count; i++)
		sum += times[i];
	cr_assert_eq(number(object, "count"), (json_int_t)count);
	cr_assert_eq(number(object, "sum_ms"), (json_int_t)sum);
	cr_assert_eq(number(object, "max_ms"), (json_int_t)times[count - 1]);
	check_quantile(object, "p50_ms", times[(count * 50 + 99) / 100 - 1], times[count - 1]);
	check_quantile(object, "p95_ms", times[(count * 95 + 99) / 100 - 1], times[count - 1]);
}

static void check_rows(const json_t *methods)
{
	char name[16];

	for (unsigned method = 0; method < METHODS; method++) {
		struct row *row = row_of(method);
		const json_t *object;

		(void)snprintf(name, sizeof(name), "m%u", method);
		object = json_object_get(methods, row == &m.rows[ROWS - 1] ? "OTHER" : name);
		cr_assert_not_null(object, "%s", name);
		cr_assert_eq(number(object, "attempts"), row->attempts, "%s", name);
		cr_assert_eq(number(object, "successes"), row->successes, "%s", name);
		check_failures(json_object_get(object, "failures"), row->failures);
		for (int i = 0; i < STEPS; i++)
			check_times(
				json_object_get(json_object_get(object, "steps"), step_names[i]),
				row->times[i], row->counts[i]);
	}
}

Test(stats_random, thousands_of_sessions)
{
	json_t *stats;

	m.seed = 20;
	provd__stats_init(&m.stats, 0);
	for (int i = 0; i < SESSIONS; i++)
		session();
	stats = provd__stats_json(&m.stats, m.t_us);
	cr_assert_not_null(stats);
	cr_assert_eq(number(stats, "sessions_started"), SESSIONS);
	cr_assert_eq(number(stats, "sessions_bound"), m.ends[PROVD_STATE_BOUND]);
	cr_assert_eq(number(stats, "sessions_failed"), m.ends[PROVD_STATE_FAILED]);
	cr_assert_eq(number(stats, "sessions_stopped"), m.ends[PROVD_STATE_STOPPED]);
	cr_assert_eq(number(stats, "attempts"), m.attempts);
	/* the dice have tried everything */
	cr_assert_gt(m.ends[PROVD_STATE_BOUND], 1000);
	cr_assert_gt(m.rows[ROWS - 1].successes, 100);
	check_failures(json_object_get(stats, "failures"), m.failures);
	check_rows(json_object_get(stats, "methods"));
	json_decref(stats);
	for (int i = 0; i < ROWS; i++)
		for (int step = 0; step < STEPS; step++)
			free(m.rows[i].times[step]);
}
