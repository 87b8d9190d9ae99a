/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy.h"

#include <string.h>

/* An engine whose sessions end at once must not turn "always" into a busy loop. */
#define PAUSE_MIN_MS  1000u
#define FIRST_WAIT_MS 1000u

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* A moment to remember: 0 means "none". */
static uint64_t stamp(uint64_t now_ms)
{
	return now_ms ? now_ms : 1;
}

/* 80 to 120 per cent, in thousandths. It depends on the count of rounds and the device alone, so
 * that a course of events can be told again. */
static uint64_t jitter(const struct provd_policy *policy)
{
	uint32_t mix = policy->config.seed ^ (policy->rounds * 2654435761u);

	mix ^= mix >> 15;
	mix *= 2246822519u;
	mix ^= mix >> 13;
	return 800u + mix % 401u;
}

/* After so many rounds without success. */
static uint64_t round_wait(const struct provd_policy *policy)
{
	uint32_t doublings = policy->rounds > 1 ? policy->rounds - 1 : 0;
	uint64_t retry = policy->config.retry_ms;
	uint64_t wait = (uint64_t)FIRST_WAIT_MS << (doublings < 20 ? doublings : 20);

	if (wait > retry)
		wait = retry;
	wait = wait * jitter(policy) / 1000u;
	if (wait > retry)
		wait = retry - (wait - retry); /* mirrored: none is longer than the config says */
	return wait ? wait : 1;
}

static void round_over(struct provd_policy *policy, uint64_t now_ms)
{
	if (policy->rounds < UINT32_MAX)
		policy->rounds++;
	policy->next_network = 0;
	policy->next_join_ms = now_ms + round_wait(policy);
}

static void rounds_anew(struct provd_policy *policy, uint64_t now_ms)
{
	policy->rounds = 0;
	policy->next_network = 0;
	policy->next_join_ms = now_ms;
}

/* What has happened */

void provd_policy_init(struct provd_policy *policy, const struct provd_policy_config *config,
		       uint64_t now_ms)
{
	memset(policy, 0, sizeof(*policy));
	policy->config = *config;
	policy->since_ms = stamp(now_ms);
	policy->begun_ms = now_ms;
	policy->next_join_ms = now_ms;
}

void provd_policy_set_config(struct provd_policy *policy, const struct provd_policy_config *config)
{
	policy->config = *config;
	if (config->kind != PROVD_POLICY_BUTTON)
		policy->asked = 0;
}

void provd_policy_pressed(struct provd_policy *policy, uint64_t now_ms)
{
	policy->present_ms = stamp(now_ms);
	if (policy->config.kind == PROVD_POLICY_BUTTON)
		policy->asked = 1;
	if (policy->config.kind == PROVD_POLICY_IF_UNPROVISIONED && policy->spent) {
		policy->spent = 0;
		policy->not_before_ms = 0;
	}
}

void provd_policy_joined(struct provd_policy *policy, int ok, uint64_t now_ms)
{
	if (ok) {
		provd_policy_link(policy, 1, now_ms);
		return;
	}
	policy->quiet_ms = later(policy->quiet_ms, now_ms + policy->config.retry_ms);
	policy->next_network++;
	if (policy->next_network >= policy->networks)
		round_over(policy, now_ms);
	else
		policy->next_join_ms = now_ms;
}

void provd_policy_link(struct provd_policy *policy, int up, uint64_t now_ms)
{
	if (up && policy->since_ms) {
		policy->since_ms = 0;
		policy->linked_ms = now_ms;
		policy->next_network = 0;
	} else if (!up && !policy->since_ms) {
		policy->since_ms = stamp(now_ms);
		if (now_ms - policy->linked_ms < policy->config.retry_ms)
			round_over(policy, now_ms);
		else
			rounds_anew(policy, now_ms);
	}
}

void provd_policy_session_started(struct provd_policy *policy, uint64_t now_ms)
{
	uint64_t quiet = policy->config.retry_ms;

	policy->had_link = !policy->since_ms;
	if (policy->had_link)
		quiet = later(quiet, policy->config.grace_ms);
	policy->quiet_ms = now_ms + quiet;
	policy->asked = 0;
}

void provd_policy_refused(struct provd_policy *policy, uint64_t now_ms)
{
	policy->asked = 0;
	policy->not_before_ms = now_ms + later(policy->config.retry_ms, PAUSE_MIN_MS);
}

void provd_policy_session_ended(struct provd_policy *policy, int bound, uint64_t now_ms)
{
	policy->not_before_ms = now_ms + later(policy->config.grace_ms, PAUSE_MIN_MS);
	policy->spent = !bound;
	/* The radio is free again: what was tried only now and then is tried at once. */
	if (policy->since_ms)
		rounds_anew(policy, now_ms);
}

void provd_policy_reset(struct provd_policy *policy, uint64_t now_ms)
{
	policy->asked = 0;
	policy->spent = 0;
	policy->not_before_ms = 0;
	policy->begun_ms = now_ms;
	if (policy->since_ms)
		policy->since_ms = stamp(now_ms);
	rounds_anew(policy, now_ms);
}

/* Decisions */

static int gate_is_open(const struct provd_policy *policy, uint64_t at_ms)
{
	return !policy->config.presence ||
	       (policy->present_ms && at_ms < policy->present_ms + policy->config.presence_for_ms);
}

int provd_policy_may_start(const struct provd_policy *policy, uint64_t now_ms)
{
	return gate_is_open(policy, now_ms);
}

/* Facts that the history has to keep up with. */
static void take_facts(struct provd_policy *policy, const struct provd_policy_facts *facts)
{
	uint64_t now = facts->now_ms;

	provd_policy_link(policy, facts->link, now);
	if (facts->networks > policy->networks)
		rounds_anew(policy, now);
	else if (policy->next_network >= facts->networks)
		policy->next_network = 0;
	policy->networks = facts->networks;
	/* Who went away because his passphrase was wrong is back in a moment. */
	if (policy->phone && !facts->phone)
		policy->quiet_ms = later(policy->quiet_ms, now + policy->config.retry_ms);
	policy->phone = facts->phone;
}

/* 1: the network alone is not what this device was bought for. */
static int is_unbound(const struct provd_policy *policy, const struct provd_policy_facts *facts)
{
	return policy->config.kind == PROVD_POLICY_IF_UNPROVISIONED && !facts->bound;
}

/* 1: by itself a session is to start, at *out_due_ms. */
static int start_is_due(const struct provd_policy *policy, const struct provd_policy_facts *facts,
			uint64_t *out_due_ms)
{
	uint64_t from = policy->since_ms ? policy->since_ms : policy->begun_ms;
	uint64_t due = from + (facts->networks ? policy->config.grace_ms : 0);
	int wanted = 0;

	switch (policy->config.kind) {
	case PROVD_POLICY_IF_UNPROVISIONED:
		wanted = !facts->bound && !policy->spent;
		break;
	case PROVD_POLICY_ALWAYS:
		wanted = 1;
		break;
	case PROVD_POLICY_ON_DEMAND:
	case PROVD_POLICY_BUTTON:
		break;
	}
	*out_due_ms = later(due, policy->not_before_ms);
	return wanted;
}

/* Now, or when. */
static void decide_join(const struct provd_policy *policy, uint64_t when_ms, uint64_t now_ms,
			struct provd_policy_decision *out)
{
	if (when_ms <= now_ms) {
		out->join = 1;
		out->network = policy->next_network;
		out->at_ms = 0;
	} else if (!out->at_ms || when_ms < out->at_ms) {
		out->at_ms = when_ms;
	}
}

/* What a device waits for that starts nothing by itself. */
static const char *waiting_idle(const struct provd_policy *policy,
				const struct provd_policy_facts *facts)
{
	if (policy->config.join && facts->networks > 0)
		return "link";
	return policy->config.kind == PROVD_POLICY_BUTTON ? "presence" : "";
}

/* No session runs, nobody has pressed for one, and there is no link or it is not enough. */
static void decide_by_itself(const struct provd_policy *policy,
			     const struct provd_policy_facts *facts, int can_join,
			     struct provd_policy_decision *out)
{
	uint64_t now = facts->now_ms;
	uint64_t due;

	if (!start_is_due(policy, facts, &due)) {
		out->waiting = waiting_idle(policy, facts);
	} else if (!gate_is_open(policy, later(due, now))) {
		/* Only a press changes that, so no time is named. */
		out->waiting = "presence";
	} else if (due > now) {
		out->waiting = "grace";
		out->at_ms = facts->joining ? 0 : due;
	} else if (facts->joining) {
		out->waiting = "link"; /* it may make the session needless */
	} else {
		out->start = 1;
		return;
	}
	if (can_join)
		decide_join(policy, policy->next_join_ms, now, out);
}

struct provd_policy_decision provd_policy_decide(struct provd_policy *policy,
						 const struct provd_policy_facts *facts)
{
	struct provd_policy_decision out = {.waiting = ""};
	uint64_t now = facts->now_ms;
	int can_join;

	take_facts(policy, facts);
	can_join = policy->config.join && facts->networks > 0 && !facts->link && !facts->phone &&
		   !facts->joining;
	/* The network that it was taken off for being bound would only end the session. */
	if (facts->session && policy->had_link && is_unbound(policy, facts))
		can_join = 0;
	if (facts->session || !gate_is_open(policy, now))
		policy->asked = 0;
	if (facts->stopping)
		return out;
	if (facts->session && can_join) {
		decide_join(policy, later(policy->next_join_ms, policy->quiet_ms), now, &out);
	} else if (facts->session) {
		return out;
	} else if (policy->asked) {
		out.start = 1;
	} else if (!facts->link || (is_unbound(policy, facts) && !policy->spent)) {
		decide_by_itself(policy, facts, can_join, &out);
	}
	return out;
}
