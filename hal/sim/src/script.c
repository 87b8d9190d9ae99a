/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include "jget.h"

#include <string.h>

static const char *const trigger_names[SIM_ON_COUNT] = {
	"", "open", "scan", "connect", "joined", "ap_up", "monitor", "offload", "advertise"};

static int read_trigger(json_t *object, struct sim_script_entry *entry, struct provd_error *err)
{
	const char *on = NULL;
	int64_t at = 0;
	int64_t delay = 0;

	if (sim_jget_text(object, "on", &on, err) ||
	    sim_jget_int(object, "at_ms", 0, 86400000, &at, err) ||
	    sim_jget_int(object, "delay_ms", 0, 86400000, &delay, err))
		return PROVD_E_INVALID;
	if (!on == !json_object_get(object, "at_ms"))
		return sim_jget_error(err, "expected one of 'at_ms' and 'on'");
	entry->on = SIM_ON_TIME;
	entry->delay_ms = (uint64_t)(on ? delay : at);
	for (uint32_t i = SIM_ON_OPEN; on && i < SIM_ON_COUNT; i++) {
		if (strcmp(trigger_names[i], on) == 0)
			entry->on = i;
	}
	if (on && entry->on == SIM_ON_TIME)
		return sim_jget_error(err, "'on': expected open, scan, connect, joined, ap_up, "
					   "monitor, offload or advertise");
	json_object_del(object, "on");
	json_object_del(object, "at_ms");
	json_object_del(object, "delay_ms");
	return 0;
}

int sim_script_init(struct sim *sim, struct provd_error *err)
{
	const struct provd_host *host = sim->host;
	size_t count = host->option_count(host, "script");
	struct provd_error inner = {.size = sizeof(inner)};

	if (count > SIM_SCRIPT_MAX)
		return sim_error(err, PROVD_E_CONFIG, "script: more than %d entries",
				 SIM_SCRIPT_MAX);
	for (size_t i = 0; i < count; i++) {
		const char *text = host->option_item(host, "script", i);
		struct sim_script_entry *entry = &sim->script.entries[i];
		json_t *object = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
		int rc = json_is_object(object) ? read_trigger(object, entry, &inner)
						: sim_jget_error(&inner, "expected an object");

		if (rc) {
			json_decref(object);
			return sim_error(err, PROVD_E_CONFIG, "script[%zu]: %.150s", i, inner.text);
		}
		entry->sim = sim;
		entry->command = object;
		sim->script.count = i + 1;
	}
	return 0;
}

static void on_due(void *user)
{
	struct sim_script_entry *entry = user;
	const struct provd_host *host = entry->sim->host;
	struct provd_error err = {.size = sizeof(err)};
	int64_t index = entry - entry->sim->script.entries;
	int rc;

	entry->timer = 0;
	rc = sim_command_run(entry->sim, entry->command, &err);
	if (rc)
		PROVD_LOG(host, PROVD_LOG_WARN, NULL, "script entry failed",
			  provd_f_int("entry", index), provd_f_code("code", rc),
			  provd_f_text("reason", err.text));
}

static void arm(struct sim *sim, struct sim_script_entry *entry)
{
	entry->armed = 0;
	if (sim->host->timer_start(sim->host, entry->delay_ms, on_due, entry, &entry->timer))
		PROVD_LOG(sim->host, PROVD_LOG_ERROR, NULL, "no timer for a script entry",
			  provd_f_int("entry", entry - sim->script.entries));
}

void sim_script_fire(struct sim *sim, enum sim_trigger trigger)
{
	for (size_t i = 0; i < sim->script.count; i++) {
		struct sim_script_entry *entry = &sim->script.entries[i];

		/* Opening begins the script anew. */
		if (trigger == SIM_ON_OPEN)
			entry->armed = 1;
		if (entry->armed && (entry->on == (uint32_t)trigger ||
				     (trigger == SIM_ON_OPEN && entry->on == SIM_ON_TIME)))
			arm(sim, entry);
	}
}

void sim_script_stop(struct sim *sim)
{
	for (size_t i = 0; i < sim->script.count; i++) {
		sim->host->timer_stop(sim->host, sim->script.entries[i].timer);
		sim->script.entries[i].timer = 0;
		sim->script.entries[i].armed = 0;
	}
}

void sim_script_finish(struct sim *sim)
{
	for (size_t i = 0; i < sim->script.count; i++)
		json_decref(sim->script.entries[i].command);
	sim->script.count = 0;
}
