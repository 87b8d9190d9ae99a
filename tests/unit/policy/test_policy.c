/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Courses of events in virtual time. After each event the policy is asked, what it decides is done
 * (a session or a join begins), and it is asked again until it only waits. A row tells all answers:
 * "join 0; at 120000 grace". "at ?" is any later moment: what waits between rounds are is tested on
 * its own.
 */
#include "policy/policy.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

enum event {
	TICK,	/* only the time has come */
	SAVED,	/* so many networks are saved now */
	JOINED, /* the try has ended; 1: with an address */
	LINK,	/* came (1), went (0) by itself */
	PRESS,
	COMMAND, /* somebody starts a session */
	PHONE,	 /* is there (1), has gone (0) */
	ENDED,	 /* the session; 1: bound */
	REFUSED, /* the session of the last decision could not be started */
	RESET,
	STOPPING
};

struct row {
	uint64_t at_ms;
	enum event event;
	int arg;
	const char *expected;
};

struct course {
	struct provd_policy policy;
	struct provd_policy_facts facts;
};

static struct provd_policy_config plain(enum provd_policy_kind kind)
{
	return (struct provd_policy_config){
		.kind = kind,
		.grace_ms = 120000,
		.retry_ms = 30000,
		.presence_for_ms = 60000,
		.join = 1,
	};
}

static struct provd_policy_config gated(enum provd_policy_kind kind)
{
	struct provd_policy_config config = plain(kind);

	config.presence = 1;
	return config;
}

static void session_over(struct course *course, int bound)
{
	course->facts.session = course->facts.phone = 0;
	course->facts.bound |= bound;
	provd_policy_session_ended(&course->policy, bound, course->facts.now_ms);
}

static void happen(struct course *course, enum event event, int arg)
{
	uint64_t now = course->facts.now_ms;

	switch (event) {
	case TICK:
		break;
	case SAVED:
		course->facts.networks = (size_t)arg;
		break;
	case JOINED:
		course->facts.joining = 0;
		course->facts.link |= arg;
		provd_policy_joined(&course->policy, arg, now);
		break;
	case LINK:
		course->facts.link = arg;
		provd_policy_link(&course->policy, arg, now);
		break;
	case PRESS:
		provd_policy_pressed(&course->policy, now);
		break;
	case COMMAND:
		course->facts.session = 1;
		provd_policy_session_started(&course->policy, now);
		break;
	case PHONE:
		course->facts.phone = arg;
		break;
	case ENDED:
		session_over(course, arg);
		break;
	case REFUSED:
		course->facts.session = 0;
		provd_policy_refused(&course->policy, now);
		break;
	case RESET:
		course->facts.bound = 0;
		course->facts.networks = 0;
		provd_policy_reset(&course->policy, now);
		break;
	case STOPPING:
		course->facts.stopping = 1;
		break;
	}
}

/* Asks and does, as the supervisor, until nothing more is to be done at this moment. */
static void answers(struct course *course, int any_time, char *out, size_t size)
{
	struct provd_policy_decision decision;
	size_t used = 0;

	out[0] = '\0';
	for (int turn = 0; turn < 8; turn++) {
		decision = provd_policy_decide(&course->policy, &course->facts);
		cr_assert_not(decision.start && decision.join);
		cr_assert(decision.at_ms == 0 || decision.at_ms > course->facts.now_ms);
		if (decision.start)
			used += (size_t)snprintf(out + used, size - used, "start; ");
		else if (decision.join)
			used += (size_t)snprintf(out + used, size - used, "join %zu; ",
						 decision.network);
		else
			break;
		cr_assert_eq(decision.at_ms, 0);
		if (decision.start)
			happen(course, COMMAND, 0);
		else
			course->facts.joining = 1;
	}
	cr_assert_not(decision.start || decision.join, "it never comes to rest: %s", out);
	if (decision.at_ms && any_time)
		used += (size_t)snprintf(out + used, size - used, "at ?");
	else if (decision.at_ms)
		used += (size_t)snprintf(out + used, size - used, "at %llu",
					 (unsigned long long)decision.at_ms);
	else
		used += (size_t)snprintf(out + used, size - used, "-");
	if (decision.waiting[0])
		(void)snprintf(out + used, size - used, " %s", decision.waiting);
}

static void run_course(struct provd_policy_config config, const struct row *rows, size_t count)
{
	struct course course = {.facts.now_ms = 1000};
	char text[256];

	provd_policy_init(&course.policy, &config, 1000);
	for (size_t i = 0; i < count; i++) {
		course.facts.now_ms = 1000 + rows[i].at_ms;
		happen(&course, rows[i].event, rows[i].arg);
		answers(&course, strstr(rows[i].expected, "at ?") != NULL, text, sizeof(text));
		cr_assert_str_eq(text, rows[i].expected, "row %zu: %s, not %s", i, text,
				 rows[i].expected);
	}
}

#define RUN(config, rows) run_course((config), (rows), sizeof(rows) / sizeof((rows)[0]))

TestSuite(policy, .timeout = 20);

/* Times of rows count from the start at 1000; those of answers are absolute. */

Test(policy, a_new_device_starts_at_once_and_once)
{
	static const struct row rows[] = {
		{0, TICK, 0, "start; -"}, {1000, PHONE, 1, "-"},
		{5000, PHONE, 0, "-"},	  {300000, ENDED, 0, "-"},
		{900000, TICK, 0, "-"},	  {900001, PRESS, 0, "start; -"},
		{900500, ENDED, 0, "-"},  {900600, RESET, 0, "start; -"},
		{901000, ENDED, 1, "-"},  {901001, PRESS, 0, "-"},
	};

	RUN(plain(PROVD_POLICY_IF_UNPROVISIONED), rows);
}

Test(policy, a_router_that_boots_slower_is_waited_for)
{
	static const struct row rows[] = {
		{0, SAVED, 2, "join 0; - grace"}, {3000, JOINED, 0, "join 1; - grace"},
		{6000, JOINED, 0, "at ? grace"},  {8000, TICK, 0, "join 0; - grace"},
		{9000, JOINED, 1, "-"},		  {500000, TICK, 0, "-"},
	};

	RUN(plain(PROVD_POLICY_ALWAYS), rows);
}

/* Its cloud was down when it got its network: nobody could ever bind it otherwise. */
Test(policy, a_device_that_is_online_but_was_never_bound_starts_after_the_grace_time)
{
	static const struct row rows[] = {
		{0, SAVED, 1, "join 0; - grace"}, {9000, JOINED, 1, "at 121000 grace"},
		{120000, TICK, 0, "start; -"},	  {121000, LINK, 0, "-"},
		{200000, TICK, 0, "-"},		  {420000, ENDED, 0, "join 0; - link"},
		{420100, JOINED, 1, "-"},	  {900000, TICK, 0, "-"},
	};

	RUN(plain(PROVD_POLICY_IF_UNPROVISIONED), rows);
}

Test(policy, after_the_grace_time_a_session_starts_and_networks_are_tried_behind_it)
{
	static const struct row rows[] = {
		{0, SAVED, 1, "join 0; - grace"},
		{5000, JOINED, 0, "at ? grace"},
		{40000, TICK, 0, "join 0; - grace"},
		{120000, TICK, 0, "- link"}, /* the running try may make it needless */
		{121000, JOINED, 0, "start; at 152000"},
		{151000, TICK, 0, "join 0; -"},
		{152000, JOINED, 0, "at 183000"},
		{160000, PHONE, 1, "-"},
		{190000, TICK, 0, "-"},
		{200000, PHONE, 0, "at 231000"},
		{230000, TICK, 0, "join 0; -"},
		{231000, JOINED, 1, "-"},
		{231001, ENDED, 0, "-"},
		{900000, LINK, 0, "join 0; - link"}, /* spent */
		{900001, JOINED, 0, "at ? link"},
	};

	RUN(plain(PROVD_POLICY_IF_UNPROVISIONED), rows);
}

Test(policy, a_bound_device_only_joins)
{
	static const struct row rows[] = {
		{0, COMMAND, 0, "-"},
		{1000, SAVED, 1, "at 31000"},
		{2000, LINK, 1, "-"},
		{3000, ENDED, 1, "-"},
		{90000, LINK, 0, "join 0; - link"},
		{90100, JOINED, 0, "at ? link"},
		{500000, TICK, 0, "join 0; - link"},
	};

	RUN(plain(PROVD_POLICY_IF_UNPROVISIONED), rows);
}

Test(policy, always_starts_whenever_the_link_is_missing)
{
	static const struct row rows[] = {
		{0, TICK, 0, "start; -"},
		{300000, ENDED, 0, "at 421000 grace"},
		{420000, TICK, 0, "start; -"},
		{430000, LINK, 1, "-"},
		{431000, SAVED, 1, "-"},
		{432000, ENDED, 1, "-"},
		{700000, LINK, 0, "join 0; - grace"},
		{701000, JOINED, 0, "at ? grace"},
		{820000, TICK, 0, "start; at 851000"},
		{850000, TICK, 0, "join 0; -"},
		{851000, ENDED, 0, "- grace"}, /* its try still ends */
		{851001, JOINED, 0, "at ? grace"},
		{971000, TICK, 0, "start; at 1002000"},
	};

	RUN(plain(PROVD_POLICY_ALWAYS), rows);
}

Test(policy, always_without_grace_still_pauses_between_sessions)
{
	struct provd_policy_config config = plain(PROVD_POLICY_ALWAYS);
	static const struct row rows[] = {
		{0, TICK, 0, "start; -"},     {10, ENDED, 0, "at 2010 grace"},
		{1010, TICK, 0, "start; -"},  {1020, REFUSED, 0, "at 32020 grace"},
		{31020, TICK, 0, "start; -"},
	};

	config.grace_ms = 0;
	RUN(config, rows);
}

Test(policy, on_demand_never_starts_but_joins)
{
	static const struct row rows[] = {
		{0, TICK, 0, "-"},
		{100, PRESS, 0, "-"},
		{200, SAVED, 1, "join 0; - link"},
		{300, COMMAND, 0, "-"}, /* the caller ends the try, since a session begins */
		{301, JOINED, 0, "at 31301"},
		{400, ENDED, 0, "join 0; - link"},
		{900, JOINED, 1, "-"},
	};

	RUN(plain(PROVD_POLICY_ON_DEMAND), rows);
}

Test(policy, the_button_starts_with_a_link_and_over_a_join)
{
	static const struct row rows[] = {
		{0, TICK, 0, "- presence"},
		{100, PRESS, 0, "start; -"},
		{200, PRESS, 0, "-"},
		{300, ENDED, 0, "- presence"},
		{400, SAVED, 1, "join 0; - link"},
		{500, PRESS, 0, "start; -"},
		{501, JOINED, 0, "at 31501"},
		{600, LINK, 1, "-"},
		{700, ENDED, 1, "-"},
		{60000, PRESS, 0, "start; -"},
		{60001, LINK, 0, "at 181000"}, /* wanted: the old network must not end it soon */
		{60002, REFUSED, 0, "join 0; - link"},
	};

	RUN(plain(PROVD_POLICY_BUTTON), rows);
}

Test(policy, the_gate_opens_by_a_press_before_or_after)
{
	static const struct row after[] = {
		{0, TICK, 0, "- presence"},
		{500000, PRESS, 0, "start; -"},
	};
	static const struct row before[] = {
		{0, SAVED, 1, "join 0; - presence"},	 {100, JOINED, 0, "at ? presence"},
		{59000, PRESS, 0, "join 0; - presence"}, /* over before the grace time is */
		{59100, JOINED, 0, "at ? presence"},	 {61000, PRESS, 0, "at ? grace"},
		{120000, TICK, 0, "start; at 151000"},
	};
	static const struct row spent[] = {
		{0, PRESS, 0, "start; -"},
		{1000, ENDED, 0, "-"},
		{70000, TICK, 0, "-"},
		{70001, PRESS, 0, "start; -"},
	};

	RUN(gated(PROVD_POLICY_IF_UNPROVISIONED), after);
	RUN(gated(PROVD_POLICY_ALWAYS), after);
	RUN(gated(PROVD_POLICY_ALWAYS), before);
	RUN(gated(PROVD_POLICY_IF_UNPROVISIONED), spent);
}

Test(policy, the_gate_holds_for_sessions_by_command_too)
{
	struct provd_policy_config config = gated(PROVD_POLICY_ON_DEMAND);
	struct provd_policy policy;

	provd_policy_init(&policy, &config, 5000);
	cr_assert_not(provd_policy_may_start(&policy, 5000));
	provd_policy_pressed(&policy, 6000);
	cr_assert(provd_policy_may_start(&policy, 6000));
	cr_assert(provd_policy_may_start(&policy, 65999));
	cr_assert_not(provd_policy_may_start(&policy, 66000));
	provd_policy_reset(&policy, 65000);
	cr_assert(provd_policy_may_start(&policy, 65000), "who resets is there");
	config.presence = 0;
	provd_policy_set_config(&policy, &config);
	cr_assert(provd_policy_may_start(&policy, 900000));
}

Test(policy, networks_of_somebody_else_are_left_alone)
{
	struct provd_policy_config config = plain(PROVD_POLICY_IF_UNPROVISIONED);
	static const struct row rows[] = {
		{0, SAVED, 1, "at 121000 grace"},
		{120000, TICK, 0, "start; -"},
		{300000, ENDED, 0, "-"},
		{300000, PRESS, 0, "start; -"},
	};

	config.join = 0;
	RUN(config, rows);
}

Test(policy, the_list_may_change_while_it_is_gone_through)
{
	static const struct row rows[] = {
		{0, SAVED, 3, "join 0; - link"},
		{100, JOINED, 0, "join 1; - link"},
		{200, SAVED, 1, "- link"},
		{300, JOINED, 0, "at ? link"},
		{301, SAVED, 2, "join 0; - link"},
		{302, JOINED, 0, "join 1; - link"},
		{303, SAVED, 0, "-"},
		{304, JOINED, 0, "-"},
		{305, SAVED, 1, "join 0; - link"},
		{306, RESET, 0, "-"},
	};

	RUN(plain(PROVD_POLICY_ON_DEMAND), rows);
}

Test(policy, a_daemon_that_stops_starts_nothing)
{
	static const struct row rows[] = {
		{0, STOPPING, 0, "-"}, {1, SAVED, 2, "-"}, {2, PRESS, 0, "-"},
		{3, LINK, 1, "-"},     {4, LINK, 0, "-"},  {900000, TICK, 0, "-"},
	};

	RUN(plain(PROVD_POLICY_ALWAYS), rows);
	RUN(plain(PROVD_POLICY_BUTTON), rows);
}

/* Waits after each failed round of a list of one. */
static void failing_rounds(uint32_t seed, uint64_t *waits, size_t count)
{
	struct provd_policy_config config = plain(PROVD_POLICY_ON_DEMAND);
	struct provd_policy_facts facts = {.now_ms = 1000, .networks = 1};
	struct provd_policy policy;

	config.seed = seed;
	provd_policy_init(&policy, &config, facts.now_ms);
	for (size_t i = 0; i < count; i++) {
		struct provd_policy_decision decision = provd_policy_decide(&policy, &facts);

		cr_assert(decision.join);
		provd_policy_joined(&policy, 0, facts.now_ms);
		decision = provd_policy_decide(&policy, &facts);
		cr_assert_gt(decision.at_ms, facts.now_ms);
		waits[i] = decision.at_ms - facts.now_ms;
		facts.now_ms = decision.at_ms;
	}
}

Test(policy, waits_grow_with_jitter_up_to_retry)
{
	static const uint64_t bases[] = {1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000};
	uint64_t waits[3][8];
	size_t differ = 0;

	failing_rounds(7, waits[0], 8);
	failing_rounds(7, waits[1], 8);
	failing_rounds(8, waits[2], 8);
	for (size_t i = 0; i < 8; i++) {
		cr_assert_geq(waits[0][i], bases[i] * 8 / 10);
		cr_assert_leq(waits[0][i], bases[i] * 12 / 10);
		cr_assert_leq(waits[0][i], 30000);
		cr_assert_eq(waits[0][i], waits[1][i], "the same history gives the same waits");
		differ += waits[0][i] != waits[2][i];
	}
	cr_assert_geq(differ, 6, "devices are spread");
}

Test(policy, success_begins_the_waits_anew_but_a_link_that_flaps_does_not)
{
	struct provd_policy_config config = plain(PROVD_POLICY_ON_DEMAND);
	struct provd_policy_facts facts = {.now_ms = 1000, .networks = 1};
	struct provd_policy_decision decision;
	struct provd_policy policy;
	uint64_t last = 0;

	provd_policy_init(&policy, &config, facts.now_ms);
	for (int i = 0; i < 12; i++) {
		decision = provd_policy_decide(&policy, &facts);
		if (decision.at_ms) {
			last = decision.at_ms - facts.now_ms;
			facts.now_ms = decision.at_ms;
			decision = provd_policy_decide(&policy, &facts);
		}
		cr_assert(decision.join);
		provd_policy_joined(&policy, 1, facts.now_ms);
		facts.now_ms += 50;
		provd_policy_link(&policy, 0, facts.now_ms);
	}
	cr_assert_geq(last, 24000, "an access point that throws us out is not hammered");
	facts.now_ms = provd_policy_decide(&policy, &facts).at_ms;
	cr_assert(provd_policy_decide(&policy, &facts).join);
	provd_policy_joined(&policy, 1, facts.now_ms);
	facts.now_ms += 30000;
	provd_policy_link(&policy, 0, facts.now_ms);
	cr_assert(provd_policy_decide(&policy, &facts).join, "this one had held");
}
