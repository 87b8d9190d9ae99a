/* SPDX-License-Identifier: Apache-2.0 */
/* One method of a session: start, suspend, stop, their deadlines, and its events. */
#include "session/engine_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct provd_method_ops *ops_of(struct slot *slot)
{
	return &slot->plugin->ops.method;
}

int provd__slot_is_active(const struct slot *slot)
{
	return slot->state >= SLOT_STARTING && slot->state <= SLOT_STOPPING;
}

static void entry_for(struct slot *slot, const char *event, int status, const char *text)
{
	struct provd_field fields[] = {
		provd_f_text("method", slot->instance->name),
		provd_f_code("reason", status),
		provd_f_text("text", text),
	};

	provd__engine_entry(slot->engine, PROVD_FLOW_NOTE, event, fields, status ? 3 : 1);
}

static void set_state(struct slot *slot, enum slot_state state)
{
	provd_timer_stop(slot->engine->owner, slot->deadline);
	slot->deadline = 0;
	slot->state = state;
}

/* Deadlines */

static void overdue(void *user)
{
	struct slot *slot = user;
	char reason[128];

	(void)snprintf(reason, sizeof(reason),
		       "did not answer in time while %s; it is not used again",
		       slot->state == SLOT_STARTING	? "starting"
		       : slot->state == SLOT_SUSPENDING ? "giving the radio back"
							: "stopping");
	provd_text_copy(slot->reason, sizeof(slot->reason), reason);
	slot->deadline = 0;
	slot->state = SLOT_FAULTED;
	/* What it holds of the radio is closed over its head; its handles are dead from here on. */
	provd_radio_take_back(slot->engine->config.radio, slot->instance, 1);
	entry_for(slot, "method broke its contract", PROVD_E_PLUGIN_FAULT, slot->reason);
	provd__engine_advance(slot->engine);
}

static void set_deadline(struct slot *slot, enum slot_state state, const char *name)
{
	set_state(slot, state);
	(void)provd_timer_start(slot->engine->owner, provd__engine_option(slot->engine, name),
				overdue, slot, &slot->deadline);
}

/* Operations */

static void slot_failed(struct slot *slot, int status, const char *text)
{
	set_state(slot, SLOT_IDLE);
	provd_text_copy(slot->reason, sizeof(slot->reason),
			text && *text ? text : provd_err_text(status));
	provd_radio_take_back(slot->engine->config.radio, slot->instance, 0);
	entry_for(slot, "method failed", status, slot->reason);
	provd__engine_advance(slot->engine);
}

void provd__slot_start(struct slot *slot)
{
	struct provd_engine *engine = slot->engine;
	struct provd_method_request request = {
		.size = sizeof(request),
		.purpose = slot->after ? PROVD_PURPOSE_LOG : PROVD_PURPOSE_PROVISION,
		.session = engine->session.id,
		.deadline_ms = slot->after ? 0 : engine->session.deadline_ms};
	int code;

	/* After a restart: of a session that this engine has not seen. */
	if (!request.session && engine->journal)
		request.session = provd_journal_service_last_session(engine->journal);
	slot->reason[0] = '\0';
	slot->opened = 0;
	slot->phones = 0;
	slot->told = 0;
	slot->instance->session = engine->session.id;
	set_deadline(slot, SLOT_STARTING, "method_start_timeout");
	code = ops_of(slot)->start(slot->instance->inst, &request);
	if (code)
		slot_failed(slot, code, NULL);
}

void provd__slot_stop(struct slot *slot)
{
	if (!provd__slot_is_active(slot) || slot->state == SLOT_STOPPING)
		return;
	set_deadline(slot, SLOT_STOPPING, "method_stop_timeout");
	ops_of(slot)->stop(slot->instance->inst);
}

void provd__slot_cancel(struct slot *slot)
{
	if (!slot->told && slot->state != SLOT_STOPPING)
		ops_of(slot)->cancel(slot->instance->inst, slot->engine->session.id);
}

void provd__slot_suspend(struct slot *slot, int release)
{
	const struct provd_method_ops *ops = ops_of(slot);

	if (slot->state != SLOT_LISTENING && slot->state != SLOT_STARTING)
		return;
	if (!ops->suspend || slot->state == SLOT_STARTING) {
		/* Without the operation, or half started, only stopping frees the radio. */
		if (release)
			provd__slot_stop(slot);
		return;
	}
	if (release)
		set_deadline(slot, SLOT_SUSPENDING, "method_cancel_timeout");
	else
		set_state(slot, SLOT_QUIET);
	ops->suspend(slot->instance->inst, release ? PROVD_SUSPEND_RELEASE : PROVD_SUSPEND_QUIET);
}

void provd__slot_resume(struct slot *slot)
{
	if (slot->state != SLOT_QUIET && slot->state != SLOT_SUSPENDED)
		return;
	set_state(slot, SLOT_LISTENING);
	/* A method that can be suspended can be resumed; half of the pair is as none. */
	if (ops_of(slot)->resume)
		ops_of(slot)->resume(slot->instance->inst);
	else
		provd__slot_stop(slot);
}

void provd__slot_tell(struct slot *slot, const struct provd_session_status *status)
{
	if (provd__slot_is_active(slot) && slot->state != SLOT_STOPPING)
		ops_of(slot)->on_result(slot->instance->inst, status);
}

/* Events */

static int is_listening(const struct provd_engine *engine)
{
	const struct session *session = &engine->session;

	return session->active && !session->ending && !session->switching &&
	       !session->retry.active && session->state == PROVD_STATE_LISTENING;
}

static void on_stopped(struct slot *slot)
{
	struct provd_engine *engine = slot->engine;

	if (slot->state != SLOT_STOPPING)
		return; /* faulted in the meantime, or it was not asked to */
	set_state(slot, SLOT_IDLE);
	provd_radio_let_go(engine->config.radio, slot->instance);
	provd__methods_check(engine, slot);
	/* It was stopped only to free the radio for a join that is over by now. */
	if (is_listening(engine) && provd__methods_can_run(engine, slot, engine->session.step))
		provd__slot_start(slot);
	provd__engine_advance(engine);
}

static void on_suspended(struct slot *slot)
{
	struct provd_engine *engine = slot->engine;

	if (slot->state != SLOT_SUSPENDING)
		return;
	set_state(slot, SLOT_SUSPENDED);
	slot->phones = 0;
	provd_radio_let_go(engine->config.radio, slot->instance);
	if (is_listening(engine))
		provd__slot_resume(slot);
	provd__engine_advance(engine);
}

static void on_opened(struct slot *slot, const struct provd_event *event)
{
	struct provd_engine *engine = slot->engine;

	slot->opened = 1;
	engine->session.visited = 1;
	slot->phones = event->count ? event->count : 1;
	provd__retry_cancel(engine);
	provd__engine_entry(engine, PROVD_FLOW_FROM_PHONE, "a phone is there", event->fields,
			    event->field_count);
	/* The phone that lost us while the radio was joining is told now what had failed. */
	if (engine->session.state == PROVD_STATE_LISTENING && engine->session.error &&
	    engine->cloud)
		provd__cloud_tell(engine->cloud);
}

static void on_session_event(struct slot *slot, const struct provd_event *event)
{
	struct provd_engine *engine = slot->engine;

	switch (event->type) {
	case PROVD_EV_OPENED:
		on_opened(slot, event);
		break;
	case PROVD_EV_LEFT:
		slot->phones = event->count;
		provd__engine_entry(engine, PROVD_FLOW_FROM_PHONE,
				    event->text ? event->text : "a phone has left", event->fields,
				    event->field_count);
		break;
	case PROVD_EV_CREDENTIALS:
		provd__engine_credentials(engine, slot, event->data, event->secret);
		break;
	case PROVD_EV_TOKEN:
		provd__engine_token(engine, event->secret);
		break;
	case PROVD_EV_SESSION_DONE:
	case PROVD_EV_SESSION_ERROR:
	case PROVD_EV_SESSION_CANCELED:
		slot->told = 1;
		break;
	default:
		break;
	}
}

void provd__slot_event(void *user, struct provd_instance *instance, const struct provd_event *event)
{
	struct slot *slot = user;
	struct provd_engine *engine = slot->engine;

	(void)instance;
	if (!provd__slot_is_active(slot))
		return; /* late, or of a method that is not trusted any more */
	switch (event->type) {
	case PROVD_EV_STARTED:
		if (slot->state == SLOT_STARTING) {
			set_state(slot, SLOT_LISTENING);
			entry_for(slot, "method listens", 0, "");
		}
		break;
	case PROVD_EV_SUSPENDED:
		on_suspended(slot);
		break;
	case PROVD_EV_STOPPED:
		on_stopped(slot);
		break;
	case PROVD_EV_FAILED:
		slot_failed(slot, event->status, event->text);
		break;
	case PROVD_EV_PROGRESS:
		if (slot->after && engine->session.active)
			break;
		provd__engine_entry(engine, event->count, event->text ? event->text : "progress",
				    event->fields, event->field_count);
		break;
	default:
		if (slot->after)
			provd__after_event(slot, event);
		else if (engine->session.active && event->op == engine->session.id)
			on_session_event(slot, event);
		break;
	}
}
