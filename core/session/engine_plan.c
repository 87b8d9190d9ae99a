/* SPDX-License-Identifier: Apache-2.0 */
/* Which methods can run, and which of them together: capabilities matched, turns planned. */
#include "session/engine_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long a turn lasts when methods that exclude each other have no "for" of their own. */
#define TURN_MS 60000

/* The plan */

void provd__plan_free(struct provd_engine *engine)
{
	for (size_t i = 0; i < engine->plan_count; i++)
		free(engine->plan[i].has);
	free(engine->plan);
	engine->plan = NULL;
	engine->plan_count = 0;
}

static struct plan_step *plan_add(struct provd_engine *engine, uint64_t for_ms)
{
	size_t count = engine->plan_count;
	struct plan_step *plan = realloc(engine->plan, (count + 1) * sizeof(*plan));

	if (!plan)
		return NULL;
	engine->plan = plan;
	plan[count].for_ms = for_ms;
	plan[count].has = calloc(engine->slot_count + 1, 1);
	if (!plan[count].has)
		return NULL;
	engine->plan_count++;
	return &plan[count];
}

static int step_names(const struct provd_config_step *step, const struct slot *slot)
{
	for (size_t i = 0; i < step->method_count; i++)
		if (strcmp(step->methods[i], slot->instance->name) == 0)
			return 1;
	return 0;
}

/* Two methods cannot hold the same part of a radio, nor parts that exclude each other. */
static int fits(const struct provd_engine *engine, uint32_t group, const struct slot *slot)
{
	return (group & slot->uses) == 0 &&
	       provd_radio_can_combine(engine->config.radio, group | slot->uses);
}

static void report_turns(const struct provd_engine *engine, const struct slot *first,
			 const struct slot *other)
{
	char reason[PROVD_REASON_MAX];

	provd_radio_explain_conflict(engine->config.radio, first->uses, other->uses, reason);
	PROVD_CLOG(engine->config.log, "session", 0, PROVD_LOG_WARN,
		   "methods cannot listen together and take turns",
		   provd_f_text("method", first->instance->name),
		   provd_f_text("other", other->instance->name), provd_f_text("reason", reason));
}

/* Moves the methods that go together from `left` to a new step. */
static int plan_group(struct provd_engine *engine, unsigned char *left, uint64_t for_ms, int report)
{
	struct plan_step *step = plan_add(engine, for_ms);
	const struct slot *first = NULL;
	uint32_t group = 0;

	if (!step)
		return PROVD_E_NOMEM;
	for (size_t s = 0; s < engine->slot_count; s++) {
		const struct slot *slot = engine->slots[s];

		if (!left[s])
			continue;
		/* The first one is taken in any case: what it needs for itself it may need in turn. */
		if (first && !fits(engine, group, slot)) {
			if (report)
				report_turns(engine, first, slot);
			continue;
		}
		if (!first)
			first = slot;
		group |= slot->uses;
		step->has[s] = 1;
		left[s] = 0;
	}
	return 0;
}

static int any_left(const unsigned char *left, size_t count)
{
	return memchr(left, 1, count) != NULL;
}

/* A step of the config becomes one step, or several that take turns. */
static int plan_step(struct provd_engine *engine, const struct provd_config_step *row, int report)
{
	unsigned char *left = calloc(engine->slot_count + 1, 1);
	size_t first = engine->plan_count;
	int code = left ? 0 : PROVD_E_NOMEM;

	for (size_t s = 0; code == 0 && s < engine->slot_count; s++)
		left[s] = engine->slots[s]->state != SLOT_UNAVAILABLE && !engine->slots[s]->after &&
			  step_names(row, engine->slots[s]);
	while (code == 0 && any_left(left, engine->slot_count)) {
		code = plan_group(engine, left, row->for_ms, report);
		report = 0;
	}
	for (size_t i = first; i < engine->plan_count && engine->plan_count - first > 1; i++)
		if (!engine->plan[i].for_ms)
			engine->plan[i].for_ms = TURN_MS;
	free(left);
	return code;
}

int provd__plan_build(struct provd_engine *engine, const struct provd_config_step *steps,
		      size_t count, int report)
{
	int code = 0;

	if (!steps) {
		steps = engine->config.config->plan;
		count = engine->config.config->plan_count;
	}
	provd__plan_free(engine);
	for (size_t i = 0; code == 0 && i < count; i++)
		code = plan_step(engine, &steps[i], report);
	return code;
}

/* Capabilities */

static int names_need(const struct provd_plugin *plugin, const char *need)
{
	for (size_t i = 0; plugin->descriptor.needs && plugin->descriptor.needs[i]; i++)
		if (strcmp(plugin->descriptor.needs[i], need) == 0)
			return 1;
	return 0;
}

/* Can its needs be met now? Fills `uses` and, if not, the reason. */
static int needs_met(struct slot *slot)
{
	const struct provd_engine *engine = slot->engine;
	int has_dialect = engine->cloud && engine->cloud->has_dialect && engine->channel;
	char reason[PROVD_REASON_MAX];

	if (slot->after && !provd_options_int(engine->config.config->journal, "enabled")) {
		provd_text_copy(slot->reason, sizeof(slot->reason),
				"it has nothing to hand over: journal.enabled is false");
		return 0;
	}
	if (provd_radio_check_needs(engine->config.radio, slot->plugin->descriptor.needs,
				    has_dialect, &slot->uses, reason) == 0)
		return 1;
	provd_text_copy(slot->reason, sizeof(slot->reason), reason);
	return 0;
}

static void log_slot(const struct slot *slot, const char *event)
{
	const struct provd_engine *engine = slot->engine;

	PROVD_CLOG(engine->config.log, "session", engine->session.id, PROVD_LOG_WARN,
		   "capabilities of a method", provd_f_text("event", event),
		   provd_f_text("method", slot->instance->name),
		   provd_f_text("reason", slot->reason));
}

void provd__methods_check(struct provd_engine *engine, struct slot *slot)
{
	int met;

	if (!engine->prepared || slot->state == SLOT_FAULTED)
		return;
	met = needs_met(slot);
	if (slot->state == SLOT_UNAVAILABLE && met) {
		slot->state = SLOT_IDLE;
		slot->reason[0] = '\0';
		log_slot(slot, "the method can run now");
	} else if (slot->state == SLOT_IDLE && !met) {
		slot->state = SLOT_UNAVAILABLE;
		log_slot(slot, "the method cannot run any more");
	} else if (!met && slot->state != SLOT_UNAVAILABLE && slot->state != SLOT_STOPPING) {
		log_slot(slot, "the method is stopped, it lost a capability");
		provd__slot_stop(slot);
	}
}

void provd_engine_radio_changed(struct provd_engine *engine)
{
	if (!engine->prepared)
		return;
	engine->hold++;
	for (size_t s = 0; s < engine->slot_count; s++)
		provd__methods_check(engine, engine->slots[s]);
	engine->hold--;
	provd__engine_advance(engine);
}

int provd_engine_prepare(struct provd_engine *engine, struct provd_error *err)
{
	int code = 0;

	engine->prepared = 1;
	for (size_t s = 0; s < engine->slot_count; s++) {
		struct slot *slot = engine->slots[s];

		slot->app_channel = names_need(slot->plugin, PROVD_NEED_APPCHANNEL);
		slot->after = names_need(slot->plugin, PROVD_NEED_FAILED_SESSION);
		if (needs_met(slot)) {
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
	return code ? code : provd__plan_build(engine, NULL, 0, 1);
}

/* Adding */

static const void *method_interface(void *user, struct provd_instance *instance, const char *name,
				    uint32_t size, void **out_self)
{
	struct slot *slot = user;
	struct provd_engine *engine = slot->engine;

	if (strcmp(name, PROVD_DEVICE) == 0) {
		*out_self = engine;
		return &provd__device_table;
	}
	if (strcmp(name, PROVD_JOURNAL) == 0) {
		*out_self = engine->journal;
		return engine->journal ? &provd_journal_table : NULL;
	}
	if (strcmp(name, PROVD_UDP) == 0) {
		if (!slot->udp && provd_udp_service_create(engine->config.loop, engine->config.log,
							   &slot->udp) != 0)
			return NULL;
		*out_self = slot->udp;
		return &provd_udp_table;
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
		.on_event = provd__slot_event,
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
	slot->index = engine->slot_count;
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
