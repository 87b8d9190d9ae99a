/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds in every course of events, over random ones of fixed seeds: a world that does what
 * the policy decides, and in which things happen that it did not ask for.
 */
#include "policy/policy.h"

#include <criterion/criterion.h>

#define STEPS 100000

struct world {
	struct provd_policy policy;
	struct provd_policy_facts facts;
	struct provd_policy_decision last;
	uint32_t random;
	uint64_t pressed_ms;
	int pressed; /* a press since the last session with policy "button" */
	int starts;
	int joins;
};

static uint32_t draw(struct world *world, uint32_t below)
{
	world->random ^= world->random << 13;
	world->random ^= world->random >> 17;
	world->random ^= world->random << 5;
	return world->random % below;
}

static struct provd_policy_config any_config(struct world *world)
{
	static const uint64_t graces[] = {0, 1, 5000, 120000};
	static const uint64_t retries[] = {100, 1000, 30000};

	return (struct provd_policy_config){
		.kind = (enum provd_policy_kind)draw(world, 4),
		.grace_ms = graces[draw(world, 4)],
		.retry_ms = retries[draw(world, 3)],
		.presence = draw(world, 3) == 0,
		.presence_for_ms = 1 + draw(world, 60000),
		.join = draw(world, 4) != 0,
		.seed = draw(world, 1000),
	};
}

static void session_began(struct world *world)
{
	world->facts.session = 1;
	world->pressed = 0;
	provd_policy_session_started(&world->policy, world->facts.now_ms);
}

static void check(const struct world *world, const struct provd_policy_decision *decision)
{
	const struct provd_policy_facts *facts = &world->facts;
	const struct provd_policy_config *config = &world->policy.config;
	int by_button = config->kind == PROVD_POLICY_BUTTON && world->pressed;

	cr_assert_not(decision->start && decision->join);
	cr_assert(decision->at_ms == 0 || decision->at_ms > facts->now_ms);
	cr_assert_not_null(decision->waiting);
	if (decision->start || decision->join) {
		cr_assert_not(facts->stopping);
		cr_assert_eq(decision->at_ms, 0);
	}
	if (decision->start) {
		cr_assert_not(facts->session);
		cr_assert_neq(config->kind, PROVD_POLICY_ON_DEMAND);
		cr_assert(!facts->link || by_button ||
				  config->kind == PROVD_POLICY_IF_UNPROVISIONED,
			  "not taken off its link");
		cr_assert(!facts->joining || by_button);
		cr_assert(config->kind != PROVD_POLICY_BUTTON || by_button);
		cr_assert(config->kind != PROVD_POLICY_IF_UNPROVISIONED || !facts->bound);
		cr_assert(!config->presence ||
				  (world->pressed_ms &&
				   facts->now_ms - world->pressed_ms < config->presence_for_ms),
			  "the gate holds");
	}
	if (decision->join) {
		cr_assert(config->join && !facts->link && !facts->phone && !facts->joining);
		cr_assert_lt(decision->network, facts->networks);
	}
}

/* What cannot go on by an event alone must have a time. */
static void check_progress(const struct world *world, const struct provd_policy_decision *decision)
{
	const struct provd_policy_facts *facts = &world->facts;
	const struct provd_policy_config *config = &world->policy.config;
	int free = !facts->stopping && !facts->link && !facts->joining;
	int left_alone = facts->session && world->policy.had_link && !facts->bound &&
			 config->kind == PROVD_POLICY_IF_UNPROVISIONED;

	if (decision->start || decision->join || decision->at_ms)
		return;
	cr_assert_not(free && config->join && facts->networks && !facts->phone && !left_alone,
		      "networks are forgotten");
	cr_assert_not(free && !facts->session && !config->presence &&
			      config->kind == PROVD_POLICY_ALWAYS,
		      "no session will ever start");
	cr_assert_not(free && !facts->session && !config->presence && !facts->bound &&
			      !world->policy.spent && config->kind == PROVD_POLICY_IF_UNPROVISIONED,
		      "no session will ever start");
}

/* Asks, and does what was decided. It comes to rest: each try fails at once at worst. */
static void settle(struct world *world)
{
	size_t turns = 0;

	for (;;) {
		world->last = provd_policy_decide(&world->policy, &world->facts);
		check(world, &world->last);
		check_progress(world, &world->last);
		if (!world->last.start && !world->last.join)
			return;
		cr_assert_leq(++turns, world->facts.networks + 3, "a busy loop");
		if (world->last.start && draw(world, 5) == 0) {
			world->pressed = 0;
			provd_policy_refused(&world->policy, world->facts.now_ms);
		} else if (world->last.start) {
			world->starts++;
			session_began(world);
		} else if (draw(world, 4) == 0) {
			provd_policy_joined(&world->policy, 0, world->facts.now_ms);
		} else {
			world->joins++;
			world->facts.joining = 1;
		}
	}
}

static void press(struct world *world)
{
	world->pressed_ms = world->facts.now_ms;
	world->pressed = !world->facts.session;
	provd_policy_pressed(&world->policy, world->facts.now_ms);
}

static void end_session(struct world *world)
{
	int bound = draw(world, 4) == 0;

	world->facts.session = world->facts.phone = 0;
	world->facts.bound |= bound;
	provd_policy_session_ended(&world->policy, bound, world->facts.now_ms);
}

static void end_join(struct world *world)
{
	int ok = draw(world, 3) == 0;

	world->facts.joining = 0;
	if (ok)
		world->facts.link = 1;
	provd_policy_joined(&world->policy, ok, world->facts.now_ms);
}

static void something_happens(struct world *world)
{
	struct provd_policy_facts *facts = &world->facts;
	struct provd_policy_config config;

	switch (draw(world, 12)) {
	case 0:
		press(world);
		break;
	case 1:
		facts->networks = draw(world, 4);
		break;
	case 2:
		facts->link = !facts->link;
		break; /* also when nobody told the policy */
	case 3:
		facts->link = !facts->link;
		provd_policy_link(&world->policy, facts->link, facts->now_ms);
		break;
	case 4:
		if (!facts->session)
			session_began(world);
		break;
	case 5:
		if (facts->session)
			facts->phone = !facts->phone;
		break;
	case 6:
		if (facts->session)
			end_session(world);
		break;
	case 7:
		if (draw(world, 8) == 0) {
			config = any_config(world);
			world->pressed &= config.kind == PROVD_POLICY_BUTTON;
			provd_policy_set_config(&world->policy, &config);
		}
		break;
	case 8:
		if (draw(world, 8) == 0) {
			facts->bound = 0;
			world->pressed = 0;
			provd_policy_reset(&world->policy, facts->now_ms);
		}
		break;
	case 9:
		facts->stopping = draw(world, 10) == 0;
		break;
	default:
		if (facts->joining)
			end_join(world);
		break;
	}
}

/* At the very moment that was named something is to be done: no wake-up is in vain. */
static void time_comes(struct world *world)
{
	struct provd_policy_decision decision;
	struct provd_policy early = world->policy;
	struct provd_policy_facts facts = world->facts;

	facts.now_ms = world->last.at_ms - 1;
	decision = provd_policy_decide(&early, &facts);
	cr_assert_not(decision.start || decision.join, "it named a moment that is too late");
	cr_assert_eq(decision.at_ms, world->last.at_ms);
	world->facts.now_ms = world->last.at_ms;
	decision = provd_policy_decide(&world->policy, &world->facts);
	cr_assert(decision.start || decision.join, "woken for nothing");
}

static void run_world(uint32_t seed)
{
	struct world world = {.random = seed, .facts.now_ms = 1 + seed};
	struct provd_policy_config config = any_config(&world);

	provd_policy_init(&world.policy, &config, world.facts.now_ms);
	settle(&world);
	for (int i = 0; i < STEPS; i++) {
		if (world.last.at_ms && draw(&world, 2) == 0) {
			time_comes(&world);
		} else {
			world.facts.now_ms +=
				draw(&world, 3) ? draw(&world, 500) : draw(&world, 90000);
			something_happens(&world);
		}
		settle(&world);
	}
	cr_assert_gt(world.starts, 500, "%d sessions only", world.starts);
	cr_assert_gt(world.joins, 500, "%d joins only", world.joins);
}

TestSuite(policy_random, .timeout = 60);

Test(policy_random, what_always_holds)
{
	static const uint32_t seeds[] = {1, 2463534242u, 77, 20250101u};

	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++)
		run_world(seeds[i]);
}

/* Left alone, a device without link tries its networks for ever, and ever more seldom. */
Test(policy_random, left_alone_it_goes_on_without_haste)
{
	struct provd_policy_config config = {
		.kind = PROVD_POLICY_ON_DEMAND, .retry_ms = 30000, .join = 1};
	struct provd_policy_facts facts = {.now_ms = 1, .networks = 8};
	struct provd_policy_decision decision;
	struct provd_policy policy;
	int wakes = 0;
	int tries = 0;

	provd_policy_init(&policy, &config, 1);
	while (facts.now_ms < 24u * 3600u * 1000u) {
		decision = provd_policy_decide(&policy, &facts);
		if (decision.join) {
			tries++;
			provd_policy_joined(&policy, 0, facts.now_ms);
		} else {
			cr_assert_gt(decision.at_ms, facts.now_ms);
			facts.now_ms = decision.at_ms;
			wakes++;
		}
	}
	cr_assert(wakes > 2800 && wakes < 3700, "%d wake-ups in a day", wakes);
	cr_assert_eq(tries, wakes * 8);
}
