/* SPDX-License-Identifier: Apache-2.0 */
/* The methods of a session together: the steps of the plan, suspend, resume, stop. */
#include "session/engine_internal.h"

#include <stdio.h>
#include <string.h>

int provd__methods_can_run(const struct provd_engine *engine, const struct slot *slot, size_t step)
{
	return slot->wanted && slot->state != SLOT_UNAVAILABLE && slot->state != SLOT_FAULTED &&
	       engine->plan[step].has[slot->index];
}

size_t provd__methods_find_step(const struct provd_engine *engine, size_t from)
{
	for (size_t step = from; step < engine->plan_count; step++)
		for (size_t s = 0; s < engine->slot_count; s++)
			if (provd__methods_can_run(engine, engine->slots[s], step))
				return step;
	return engine->plan_count;
}

int provd__methods_busy(const struct provd_engine *engine, enum slot_state state)
{
	for (size_t s = 0; s < engine->slot_count; s++)
		if (engine->slots[s]->state == state)
			return 1;
	return 0;
}

int provd__methods_active(const struct provd_engine *engine)
{
	for (size_t s = 0; s < engine->slot_count; s++)
		if (provd__slot_is_active(engine->slots[s]))
			return 1;
	return 0;
}

struct slot *provd__methods_carrier(const struct provd_engine *engine)
{
	for (size_t s = 0; s < engine->slot_count; s++)
		if (engine->slots[s]->app_channel && provd__slot_is_active(engine->slots[s]))
			return engine->slots[s];
	return NULL;
}

const struct slot *provd__methods_complaint(const struct provd_engine *engine)
{
	for (size_t s = 0; s < engine->slot_count; s++)
		if (engine->slots[s]->wanted && engine->slots[s]->reason[0])
			return engine->slots[s];
	return NULL;
}

/* Steps */

static void step_over(void *user);

static void arm_step(struct provd_engine *engine)
{
	size_t step = engine->session.step;
	uint64_t for_ms = step < engine->plan_count ? engine->plan[step].for_ms : 0;

	if (engine->session.step_due)
		for_ms = 1;
	engine->session.step_due = 0;
	provd_timer_stop(engine->owner, engine->session.step_timer);
	engine->session.step_timer = 0;
	if (for_ms)
		(void)provd_timer_start(engine->owner, for_ms, step_over, engine,
					&engine->session.step_timer);
}

/* Opens the channel when a method of this step talks over it, else closes it. */
static int set_channel(struct provd_engine *engine, struct provd_error *err)
{
	int needed = 0;

	for (size_t s = 0; s < engine->slot_count; s++)
		needed |= engine->slots[s]->app_channel &&
			  provd__methods_can_run(engine, engine->slots[s], engine->session.step);
	if (!engine->channel)
		return 0;
	if (needed)
		return provd_appchannel_open(engine->channel, err);
	provd_appchannel_close(engine->channel);
	return 0;
}

static void channel_failed(struct provd_engine *engine, int code, const struct provd_error *err)
{
	const char *text = err->text[0] ? err->text : provd_err_text(code);
	struct provd_field fields[] = {provd_f_code("reason", code), provd_f_text("text", text)};

	provd__engine_entry(engine, PROVD_FLOW_NOTE, "the app channel could not be opened", fields,
			    2);
	for (size_t s = 0; s < engine->slot_count; s++) {
		struct slot *slot = engine->slots[s];

		if (slot->app_channel && slot->wanted) {
			char reason[PROVD_REASON_MAX];

			(void)snprintf(reason, sizeof(reason),
				       "the app channel could not be opened: %.180s", text);
			provd_text_copy(slot->reason, sizeof(slot->reason), reason);
		}
	}
}

/* 1: a method of this step cannot have its part of the radio while the station is joined. */
static int station_is_in_the_way(const struct provd_engine *engine)
{
	for (size_t s = 0; s < engine->slot_count; s++) {
		const struct slot *slot = engine->slots[s];

		if (provd__methods_can_run(engine, slot, engine->session.step) &&
		    !provd_radio_can_combine(engine->config.radio,
					     PROVD_RADIO_STATION | slot->uses))
			return 1;
	}
	return 0;
}

void provd__methods_start_step(struct provd_engine *engine, size_t step)
{
	struct session *session = &engine->session;
	struct provd_error err = {.size = sizeof(err)};
	int code;

	engine->hold++;
	session->step = step;
	session->switching = 0;
	if (provd_radio_has_link(engine->config.radio) && station_is_in_the_way(engine))
		provd_radio_disconnect(engine->config.radio);
	code = set_channel(engine, &err);
	if (code)
		channel_failed(engine, code, &err);
	for (size_t s = 0; s < engine->slot_count; s++) {
		struct slot *slot = engine->slots[s];

		/* A phone that cannot reach us is not lured onto an access point. */
		if (provd__methods_can_run(engine, slot, step) && !provd__slot_is_active(slot) &&
		    !(code && slot->app_channel))
			provd__slot_start(slot);
	}
	arm_step(engine);
	engine->hold--;
	provd__engine_advance(engine);
}

/* Strangers do not count, or anybody's datagrams would stop the plan from turning. */
int provd__methods_have_phone(const struct provd_engine *engine)
{
	int there = engine->channel && provd_appchannel_stats(engine->channel).understood > 0;

	for (size_t s = 0; s < engine->slot_count; s++)
		there |= provd__slot_is_active(engine->slots[s]) && engine->slots[s]->phones > 0;
	return there;
}

/* One that came and went in this step may come again. */
static int phone_was_there(const struct provd_engine *engine)
{
	int there = provd__methods_have_phone(engine);

	for (size_t s = 0; s < engine->slot_count; s++) {
		there |= engine->slots[s]->opened;
		engine->slots[s]->opened = 0;
	}
	return there;
}

static size_t next_step(const struct provd_engine *engine)
{
	size_t next = provd__methods_find_step(engine, engine->session.step + 1);

	return next < engine->plan_count ? next : provd__methods_find_step(engine, 0);
}

static void step_over(void *user)
{
	struct provd_engine *engine = user;
	struct session *session = &engine->session;
	size_t next = next_step(engine);

	session->step_timer = 0;
	if (session->state != PROVD_STATE_LISTENING || next >= engine->plan_count)
		return;
	if (next == session->step || phone_was_there(engine)) {
		arm_step(engine);
		return;
	}
	if (session->retry.active) {
		session->step_due = 1; /* the radio is lent: its return is waited for */
		return;
	}
	session->next_step = next;
	session->switching = 1;
	provd__engine_entry(engine, PROVD_FLOW_NOTE, "next step of the plan", NULL, 0);
	engine->hold++;
	for (size_t s = 0; s < engine->slot_count; s++)
		if (!engine->plan[next].has[s])
			provd__slot_stop(engine->slots[s]);
	engine->hold--;
	provd__engine_advance(engine);
}

/* All at once */

void provd__methods_suspend(struct provd_engine *engine)
{
	uint32_t kept = PROVD_RADIO_STATION;

	for (size_t s = 0; s < engine->slot_count; s++) {
		struct slot *slot = engine->slots[s];
		int together = provd_radio_can_combine(engine->config.radio, kept | slot->uses);

		if (!provd__slot_is_active(slot))
			continue;
		if (together)
			kept |= slot->uses;
		provd__slot_suspend(slot, !together);
	}
}

void provd__methods_make_way(struct provd_engine *engine)
{
	uint32_t kept = PROVD_RADIO_STATION;

	for (size_t s = 0; s < engine->slot_count; s++) {
		struct slot *slot = engine->slots[s];

		if (!provd__slot_is_active(slot))
			continue;
		if (provd_radio_can_combine(engine->config.radio, kept | slot->uses))
			kept |= slot->uses;
		else
			provd__slot_suspend(slot, 1);
	}
}

int provd__methods_reach_phone(const struct provd_engine *engine)
{
	int carriers = 0;

	for (size_t s = 0; s < engine->slot_count; s++) {
		const struct slot *slot = engine->slots[s];

		if (!slot->app_channel ||
		    !provd__methods_can_run(engine, slot, engine->session.step))
			continue;
		if (slot->state == SLOT_LISTENING || slot->state == SLOT_QUIET)
			return 1;
		carriers++;
	}
	return carriers == 0;
}

void provd__methods_resume(struct provd_engine *engine)
{
	engine->hold++;
	if (station_is_in_the_way(engine))
		provd_radio_disconnect(engine->config.radio);
	for (size_t s = 0; s < engine->slot_count; s++) {
		struct slot *slot = engine->slots[s];

		if (slot->state == SLOT_IDLE &&
		    provd__methods_can_run(engine, slot, engine->session.step))
			provd__slot_start(slot);
		else
			provd__slot_resume(slot);
	}
	/* After a try in the background the step has only what is left of its time. */
	if (!engine->session.step_timer)
		arm_step(engine);
	engine->hold--;
}

void provd__methods_tell(struct provd_engine *engine)
{
	struct provd_session_status status = provd__engine_session_status(engine);

	for (size_t s = 0; s < engine->slot_count; s++)
		provd__slot_tell(engine->slots[s], &status);
}

void provd__methods_stop(struct provd_engine *engine, int keep_carriers)
{
	for (size_t s = engine->slot_count; s > 0; s--) {
		struct slot *slot = engine->slots[s - 1];

		if (!provd__slot_is_active(slot) || (keep_carriers && slot->app_channel))
			continue;
		if (engine->session.final_state == PROVD_STATE_STOPPED)
			provd__slot_cancel(slot);
		provd__slot_stop(slot);
	}
}
