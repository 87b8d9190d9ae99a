/* SPDX-License-Identifier: Apache-2.0 */
/* The methods of a session: plan, start, suspend, resume, stop, and their deadlines. */
#include "session/engine_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t option(const struct provd_engine *engine, const char *name)
{
	return (uint64_t)provd_options_int(engine->config.config->session, name);
}

static struct provd_method_ops *ops_of(struct slot *slot)
{
	return &slot->plugin->ops.method;
}

static int is_active(const struct slot *slot)
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

	provd__engine_entry(slot->engine, event, fields, status ? 3 : 1);
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

	slot->deadline = 0;
	(void)snprintf(slot->reason, sizeof(slot->reason),
		       "did not answer in time while %s; it is not used again",
		       slot->state == SLOT_STARTING	? "starting"
		       : slot->state == SLOT_SUSPENDING ? "giving the radio back"
							: "stopping");
	slot->state = SLOT_FAULTED;
	provd_radio_release(slot->engine->config.radio, slot->instance);
	entry_for(slot, "method broke its contract", PROVD_E_PLUGIN_FAULT, slot->reason);
	provd__engine_advance(slot->engine);
}

static void set_deadline(struct slot *slot, enum slot_state state, const char *name)
{
	set_state(slot, state);
	(void)provd_timer_start(slot->engine->owner, option(slot->engine, name), overdue, slot,
				&slot->deadline);
}

/* One method */

static void slot_failed(struct slot *slot, int status, const char *text)
{
	set_state(slot, SLOT_IDLE);
	(void)snprintf(slot->reason, sizeof(slot->reason), "%s",
		       text && *text ? text : provd_err_text(status));
	entry_for(slot, "method failed", status, slot->reason);
	provd__engine_advance(slot->engine);
}

static void slot_start(struct slot *slot)
{
	struct provd_engine *engine = slot->engine;
	struct provd_method_request request = {.size = sizeof(request),
					       .session = engine->session.id};
	int code;

	slot->reason[0] = '\0';
	slot->opened = 0;
	slot->told = 0;
	slot->instance->session = engine->session.id;
	set_deadline(slot, SLOT_STARTING, "method_start_timeout");
	code = ops_of(slot)->start(slot->instance->inst, &request);
	if (code)
		slot_failed(slot, code, NULL);
}

static void slot_stop(struct slot *slot)
{
	if (!is_active(slot) || slot->state == SLOT_STOPPING)
		return;
	set_deadline(slot, SLOT_STOPPING, "method_stop_timeout");
	ops_of(slot)->stop(slot->instance->inst);
}

static void slot_suspend(struct slot *slot, int release)
{
	const struct provd_method_ops *ops = ops_of(slot);

	if (slot->state != SLOT_LISTENING && slot->state != SLOT_STARTING)
		return;
	if (!ops->suspend || slot->state == SLOT_STARTING) {
		/* Without the operation, or half started, only stopping frees the radio. */
		if (release)
			slot_stop(slot);
		return;
	}
	if (release)
		set_deadline(slot, SLOT_SUSPENDING, "method_cancel_timeout");
	else
		set_state(slot, SLOT_QUIET);
	ops->suspend(slot->instance->inst, release ? PROVD_SUSPEND_RELEASE : PROVD_SUSPEND_QUIET);
}

/* All of them */

int provd__methods_in_plan(const struct provd_engine *engine, const struct slot *slot, size_t step)
{
	const struct provd_config_step *row = &engine->config.config->plan[step];

	for (size_t i = 0; i < row->method_count; i++)
		if (strcmp(row->methods[i], slot->instance->name) == 0)
			return 1;
	return 0;
}

static int can_run(const struct provd_engine *engine, const struct slot *slot, size_t step)
{
	return slot->wanted && slot->state != SLOT_UNAVAILABLE && slot->state != SLOT_FAULTED &&
	       provd__methods_in_plan(engine, slot, step);
}

size_t provd__methods_find_step(const struct provd_engine *engine, size_t from)
{
	size_t count = engine->config.config->plan_count;

	for (size_t step = from; step < count; step++)
		for (size_t s = 0; s < engine->slot_count; s++)
			if (can_run(engine, engine->slots[s], step))
				return step;
	return count;
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
		if (is_active(engine->slots[s]))
			return 1;
	return 0;
}

struct slot *provd__methods_carrier(const struct provd_engine *engine)
{
	for (size_t s = 0; s < engine->slot_count; s++)
		if (engine->slots[s]->app_channel && is_active(engine->slots[s]))
			return engine->slots[s];
	return NULL;
}

static void step_over(void *user);

static void arm_step(struct provd_engine *engine)
{
	uint64_t for_ms = engine->config.config->plan[engine->session.step].for_ms;

	provd_timer_stop(engine->owner, engine->session.step_timer);
	engine->session.step_timer = 0;
	if (for_ms)
		(void)provd_timer_start(engine->owner, for_ms, step_over, engine,
					&engine->session.step_timer);
}

void provd__methods_start_step(struct provd_engine *engine)
{
	struct session *session = &engine->session;
	int channel = 0;

	session->switching = 0;
	for (size_t s = 0; s < engine->slot_count && !session->ending; s++) {
		struct slot *slot = engine->slots[s];

		if (!can_run(engine, slot, session->step) || is_active(slot))
			continue;
		channel |= slot->app_channel;
		slot_start(slot);
	}
	if (session->ending)
		return;
	if (channel && engine->channel) {
		struct provd_error err = {.size = sizeof(err)};
		int code = provd_appchannel_open(engine->channel, &err);
		struct provd_field fields[] = {provd_f_code("reason", code),
					       provd_f_text("text", err.text)};

		if (code)
			provd__engine_entry(engine, "the app channel could not be opened", fields,
					    2);
	}
	arm_step(engine);
	provd__engine_advance(engine);
}

static int phone_is_there(const struct provd_engine *engine)
{
	int there = engine->channel && provd_appchannel_stats(engine->channel).peers > 0;

	for (size_t s = 0; s < engine->slot_count; s++) {
		there |= engine->slots[s]->opened;
		engine->slots[s]->opened = 0;
	}
	return there;
}

static size_t next_step(const struct provd_engine *engine)
{
	size_t count = engine->config.config->plan_count;
	size_t next = provd__methods_find_step(engine, engine->session.step + 1);

	return next < count ? next : provd__methods_find_step(engine, 0);
}

static void step_over(void *user)
{
	struct provd_engine *engine = user;
	struct session *session = &engine->session;
	size_t next = next_step(engine);

	session->step_timer = 0;
	if (session->state != PROVD_STATE_LISTENING || next == session->step)
		return;
	if (phone_is_there(engine)) {
		arm_step(engine);
		return;
	}
	session->step = next;
	session->switching = 1;
	provd__engine_entry(engine, "next step of the plan", NULL, 0);
	for (size_t s = 0; s < engine->slot_count; s++)
		if (!provd__methods_in_plan(engine, engine->slots[s], next))
			slot_stop(engine->slots[s]);
	if (!provd__methods_busy(engine, SLOT_STOPPING))
		provd__methods_start_step(engine);
}

void provd__methods_suspend(struct provd_engine *engine)
{
	uint32_t kept = PROVD_RADIO_STATION;

	for (size_t s = 0; s < engine->slot_count; s++) {
		struct slot *slot = engine->slots[s];
		int together = provd_radio_can_combine(engine->config.radio, kept | slot->uses);

		if (!is_active(slot))
			continue;
		if (together)
			kept |= slot->uses;
		slot_suspend(slot, !together);
	}
}

void provd__methods_resume(struct provd_engine *engine)
{
	for (size_t s = 0; s < engine->slot_count; s++) {
		struct slot *slot = engine->slots[s];

		if (slot->state == SLOT_QUIET || slot->state == SLOT_SUSPENDED ||
		    slot->state == SLOT_SUSPENDING) {
			set_state(slot, SLOT_LISTENING);
			ops_of(slot)->resume(slot->instance->inst);
		} else if (slot->state == SLOT_IDLE &&
			   can_run(engine, slot, engine->session.step)) {
			slot_start(slot);
		}
	}
	arm_step(engine);
}

void provd__methods_tell(struct provd_engine *engine)
{
	struct provd_session_status status = provd__engine_session_status(engine);

	for (size_t s = 0; s < engine->slot_count; s++) {
		struct slot *slot = engine->slots[s];

		if (is_active(slot) && slot->state != SLOT_STOPPING)
			ops_of(slot)->on_result(slot->instance->inst, &status);
	}
}

void provd__methods_stop(struct provd_engine *engine)
{
	for (size_t s = engine->slot_count; s > 0; s--) {
		struct slot *slot = engine->slots[s - 1];

		if (!is_active(slot))
			continue;
		if (!slot->told && engine->session.final_state == PROVD_STATE_STOPPED)
			ops_of(slot)->cancel(slot->instance->inst, engine->session.id);
		slot_stop(slot);
	}
}

/* Events of methods */

static void on_stopped(struct slot *slot)
{
	struct provd_engine *engine = slot->engine;

	if (slot->state != SLOT_STOPPING)
		return; /* faulted in the meantime */
	set_state(slot, SLOT_IDLE);
	if (engine->session.switching && !provd__methods_busy(engine, SLOT_STOPPING))
		provd__methods_start_step(engine);
	else
		provd__engine_advance(engine);
}

static void on_opened(struct slot *slot, const struct provd_event *event)
{
	struct provd_engine *engine = slot->engine;

	slot->opened = 1;
	provd__engine_entry(engine, "a phone is there", event->fields, event->field_count);
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
	case PROVD_EV_CREDENTIALS:
		provd__engine_credentials(engine, slot, event->data);
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

static void method_event(void *user, struct provd_instance *instance,
			 const struct provd_event *event)
{
	struct slot *slot = user;

	(void)instance;
	switch (event->type) {
	case PROVD_EV_STARTED:
		if (slot->state == SLOT_STARTING) {
			set_state(slot, SLOT_LISTENING);
			entry_for(slot, "method listens", 0, "");
		}
		break;
	case PROVD_EV_SUSPENDED:
		if (slot->state == SLOT_SUSPENDING) {
			set_state(slot, SLOT_SUSPENDED);
			provd__engine_advance(slot->engine);
		}
		break;
	case PROVD_EV_STOPPED:
		on_stopped(slot);
		break;
	case PROVD_EV_FAILED:
		if (is_active(slot))
			slot_failed(slot, event->status, event->text);
		break;
	case PROVD_EV_PROGRESS:
		provd__engine_entry(slot->engine, event->text ? event->text : "progress",
				    event->fields, event->field_count);
		break;
	default:
		if (slot->engine->session.active && event->op == slot->engine->session.id)
			on_session_event(slot, event);
		break;
	}
}

static const void *method_interface(void *user, struct provd_instance *instance, const char *name,
				    uint32_t size, void **out_self)
{
	struct slot *slot = user;

	if (strcmp(name, PROVD_DEVICE) == 0) {
		*out_self = slot->engine;
		return &provd__device_table;
	}
	return provd_radio_interface(slot->engine->config.radio, instance, name, size, out_self);
}

int provd_engine_add_method(struct provd_engine *engine, struct provd_plugin *plugin,
			    struct provd_options *options, int required, struct provd_error *err)
{
	struct slot **slots = realloc(engine->slots, (engine->slot_count + 1) * sizeof(*slots));
	struct slot *slot = calloc(1, sizeof(*slot));
	struct provd_instance_config config = {
		.loop = engine->config.loop,
		.log = engine->config.log,
		.plugin = plugin,
		.options = options,
		.on_event = method_event,
		.get_interface = method_interface,
		.user = slot,
	};
	int code = PROVD_E_NOMEM;

	if (slots)
		engine->slots = slots;
	if (!slots || !slot)
		goto out;
	slot->engine = engine;
	slot->plugin = plugin;
	slot->required = required;
	slot->state = SLOT_UNAVAILABLE;
	code = provd_instance_create(&config, &slot->instance, err);
	if (code)
		goto out;
	engine->slots[engine->slot_count++] = slot;
	slot = NULL;
out:
	free(slot);
	return code;
}

static int needs_appchannel(const struct provd_plugin *plugin)
{
	for (size_t i = 0; plugin->descriptor.needs && plugin->descriptor.needs[i]; i++)
		if (strcmp(plugin->descriptor.needs[i], PROVD_NEED_APPCHANNEL) == 0)
			return 1;
	return 0;
}

int provd_engine_prepare(struct provd_engine *engine, struct provd_error *err)
{
	int code = 0;

	for (size_t s = 0; s < engine->slot_count; s++) {
		struct slot *slot = engine->slots[s];
		int has_dialect = engine->cloud && engine->cloud->has_dialect && engine->channel;

		slot->app_channel = needs_appchannel(slot->plugin);
		if (provd_radio_check_needs(engine->config.radio, slot->plugin->descriptor.needs,
					    has_dialect, &slot->uses, slot->reason) == 0) {
			slot->state = SLOT_IDLE;
			continue;
		}
		PROVD_CLOG(engine->config.log, "session", 0, PROVD_LOG_WARN, "method cannot run",
			   provd_f_text("method", slot->instance->name),
			   provd_f_text("reason", slot->reason));
		if (slot->required && code == 0) {
			code = err->code = PROVD_E_NO_CAPABILITY;
			(void)snprintf(err->text, sizeof(err->text),
				       "method '%s' cannot run: %.140s", slot->instance->name,
				       slot->reason);
		}
	}
	return code;
}
