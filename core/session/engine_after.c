/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After a session that has failed: methods that hand its log over, and a while in which a phone in
 * the same network is told why. Both end when the next session begins. Nothing of it is in the
 * timeline, which has ended; it is in the log and the journal.
 */
#include "session/engine_internal.h"

#include <string.h>

/* Who has saved networks is to get back to them, which a radio that is lent could not do. */
static int may_open(const struct provd_engine *engine, const struct slot *slot)
{
	if (provd_radio_can_combine(engine->config.radio, PROVD_RADIO_STATION | slot->uses))
		return 1;
	return !provd_radio_has_link(engine->config.radio) &&
	       !(engine->saved && provd_saved_count(engine->saved));
}

static void open_logs(struct provd_engine *engine)
{
	if (!engine->journal || !provd_journal_service_has_undelivered(engine->journal))
		return;
	for (size_t s = 0; s < engine->slot_count; s++) {
		struct slot *slot = engine->slots[s];

		if (slot->after && slot->state == SLOT_IDLE && may_open(engine, slot))
			provd__slot_start(slot);
	}
}

static void stop_telling(struct provd_engine *engine)
{
	if (!engine->telling_timer)
		return;
	provd_timer_stop(engine->owner, engine->telling_timer);
	engine->telling_timer = 0;
	provd_appchannel_close(engine->channel);
}

static void telling_over(void *user)
{
	stop_telling(user);
}

/* The time since the end in which a phone may still want to know. */
static uint64_t telling_left(const struct provd_engine *engine)
{
	uint64_t for_ms = provd__engine_option(engine, "tell_for");
	uint64_t since_ms =
		(provd_loop_now_us(engine->config.loop) - engine->session.state_us) / 1000u;

	return since_ms < for_ms ? for_ms - since_ms : 0;
}

void provd_engine_link_up(struct provd_engine *engine, const struct provd_link *link)
{
	struct session *session = &engine->session;
	struct provd_error err = {.size = sizeof(err)};
	uint64_t left = telling_left(engine);
	int code;

	if (session->active || session->state != PROVD_STATE_FAILED || !session->error ||
	    engine->shut_down || !engine->channel || !engine->cloud ||
	    !engine->cloud->has_dialect || left == 0)
		return;
	session->link = *link;
	code = provd_appchannel_open(engine->channel, &err);
	if (code == 0 && !engine->telling_timer)
		code = provd_timer_start(engine->owner, left, telling_over, engine,
					 &engine->telling_timer);
	if (code) {
		if (!engine->telling_timer)
			provd_appchannel_close(engine->channel);
		PROVD_CLOG(engine->config.log, "session", session->id, PROVD_LOG_WARN,
			   "a phone in this network cannot be told of the failure",
			   provd_f_code("reason", code), provd_f_text("text", err.text));
		return;
	}
	provd__cloud_tell(engine->cloud);
}

void provd_engine_offer_logs(struct provd_engine *engine)
{
	if (!engine->session.active && !engine->shut_down)
		open_logs(engine);
}

int provd_engine_offers_logs(const struct provd_engine *engine)
{
	for (size_t s = 0; s < engine->slot_count; s++)
		if (engine->slots[s]->after && provd__slot_is_active(engine->slots[s]))
			return 1;
	return 0;
}

void provd__after_begin(struct provd_engine *engine)
{
	struct provd_link link = {.size = sizeof(link)};

	if (engine->session.final_state != PROVD_STATE_FAILED || engine->shut_down)
		return;
	open_logs(engine);
	if (provd_radio_has_link(engine->config.radio) &&
	    provd_radio_get_link(engine->config.radio, &link) == 0)
		provd_engine_link_up(engine, &link);
}

void provd__after_event(struct slot *slot, const struct provd_event *event)
{
	const char *text = event->text ? event->text : provd_err_text(event->status);
	struct provd_field fields[] = {
		provd_f_text("method", slot->instance->name),
		provd_f_text("text", text),
		provd_f_code("reason", event->status),
	};

	/* One that gives way to the next session has no business in its timeline. */
	if (slot->told || slot->engine->session.active)
		return;
	switch (event->type) {
	case PROVD_EV_OPENED:
	case PROVD_EV_LEFT:
		provd__engine_entry(slot->engine, PROVD_FLOW_FROM_PHONE, text, event->fields,
				    event->field_count);
		break;
	case PROVD_EV_SESSION_DONE:
	case PROVD_EV_SESSION_ERROR:
	case PROVD_EV_SESSION_CANCELED:
		slot->told = 1;
		provd__engine_entry(slot->engine, PROVD_FLOW_NOTE, "the log is no longer offered",
				    fields, event->status ? 3 : 1);
		provd__slot_stop(slot);
		break;
	default:
		break;
	}
}

void provd_engine_end_after(struct provd_engine *engine)
{
	stop_telling(engine);
	for (size_t s = 0; s < engine->slot_count; s++)
		if (engine->slots[s]->after)
			provd__slot_stop(engine->slots[s]);
}
