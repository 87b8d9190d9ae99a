/* SPDX-License-Identifier: Apache-2.0 */
/* The methods of the control socket for those who look after the daemon itself. */
#include "daemon/daemon_internal.h"
#include "daemon/handlers.h"
#include "daemon/reload.h"

#include <string.h>

/* Plugins and capabilities */

static const char *kind_name(uint32_t kind)
{
	switch (kind) {
	case PROVD_PLUGIN_METHOD:
		return "method";
	case PROVD_PLUGIN_HAL:
		return "hal";
	default:
		return "cloud";
	}
}

static void add_plugin(void *user, const struct provd_plugin *plugin, const char *state,
		       const char *reason)
{
	const struct provd_plugin_descriptor *descriptor = &plugin->descriptor;

	json_array_append_new(user, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name",
					      descriptor->name, "kind", kind_name(descriptor->kind),
					      "version", descriptor->version, "file", plugin->file,
					      "state", state, "reason", reason));
}

void provd__handle_plugins(void *user, struct provd_control_call *call, const json_t *parameters,
			   int more)
{
	struct provd_daemon *daemon = user;
	json_t *list = json_array();

	(void)parameters;
	(void)more;
	provd_radio_each(daemon->radio, add_plugin, list);
	provd_engine_each(daemon->engine, add_plugin, list);
	for (size_t i = 0; i < daemon->loaded_count; i++) {
		const struct loaded *loaded = &daemon->loaded[i];

		if (loaded->reason[0])
			json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}",
							      "name", loaded->entry->plugin, "kind",
							      kind_name(loaded->kind), "version",
							      "", "file", "", "state", "refused",
							      "reason", loaded->reason));
	}
	provd_control_reply(call, json_pack("{s:o}", "plugins", list), 0);
}

void provd__handle_capabilities(void *user, struct provd_control_call *call,
				const json_t *parameters, int more)
{
	struct provd_daemon *daemon = user;

	(void)parameters;
	(void)more;
	provd_control_reply(
		call,
		json_pack("{s:o}", "capabilities", provd_radio_capabilities_json(daemon->radio)),
		0);
}

/* Reload */

/* A list for a reply: empty when there is none. */
static json_t *list_of(json_t *list)
{
	return list ? json_incref(list) : json_array();
}

void provd__handle_reload(void *user, struct provd_control_call *call, const json_t *parameters,
			  int more)
{
	struct provd_daemon *daemon = user;
	struct provd_reload_result result = {0};

	(void)parameters;
	(void)more;
	if (daemon->stopping) {
		provd__answer_unavailable(call, "the daemon stops");
		return;
	}
	provd__daemon_reload(daemon, &result);
	if (result.code == 0)
		provd_control_reply(call, json_pack("{s:o}", "changed", list_of(result.changed)),
				    0);
	else if (json_array_size(result.needs_restart) > 0)
		provd_control_error(call, PROVD_INTERFACE ".NeedsRestart",
				    json_pack("{s:o}", "options", list_of(result.needs_restart)));
	else if (json_array_size(result.faults) > 0)
		provd_control_error(call, PROVD_INTERFACE ".BadConfig",
				    json_pack("{s:o}", "faults", list_of(result.faults)));
	else
		provd__answer_unavailable(call, provd_err_text(result.code));
	provd_reload_result_finish(&result);
}

/* Levels of the log */

static const char *const level_names[] = {"", "error", "warn", "info", "debug"};

static void add_level(void *user, const char *topic, uint32_t level)
{
	json_t *reply = user;
	json_t *name = json_string(level <= PROVD_LOG_DEBUG ? level_names[level] : "");

	if (topic)
		json_object_set_new(json_object_get(reply, "topics"), topic, name);
	else
		json_object_set_new(reply, "level", name);
}

void provd__handle_log_levels(void *user, struct provd_control_call *call, const json_t *parameters,
			      int more)
{
	struct provd_daemon *daemon = user;
	json_t *reply = json_pack("{s:{}}", "topics");

	(void)parameters;
	(void)more;
	provd_log_each_level(daemon->log, add_level, reply);
	provd_control_reply(call, reply, 0);
}

/* As topics are written in lines: another one could never match. */
static int is_topic(const char *topic)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	return strlen(topic) < PROVD_LOG_TOPIC_SIZE && topic[strspn(topic, letters)] == '\0';
}

void provd__handle_set_log_level(void *user, struct provd_control_call *call,
				 const json_t *parameters, int more)
{
	struct provd_daemon *daemon = user;
	const char *topic = json_string_value(json_object_get(parameters, "topic"));
	const char *name = json_string_value(json_object_get(parameters, "level"));
	uint32_t level = PROVD_LOG_ERROR;
	int code;

	(void)more;
	if (topic && !is_topic(topic)) {
		provd_control_invalid(call, "topic");
		return;
	}
	while (level < PROVD_LOG_DEBUG && strcmp(level_names[level], name) != 0)
		level++;
	code = provd_log_set_level(daemon->log, topic && *topic ? topic : NULL, level);
	if (code)
		provd__answer_unavailable(call, "too many topics have levels of their own");
	else
		provd_control_reply(call, NULL, 0);
}

/* Stats */

void provd__handle_stats(void *user, struct provd_control_call *call, const json_t *parameters,
			 int more)
{
	struct provd_daemon *daemon = user;
	const struct provd_control_stats control = provd_control_get_stats(daemon->control);
	struct provd_hooks_stats hooks = {0};
	struct provd_store_stats store = {0};
	struct provd_journal_stats journal = {0};
	json_t *stats = provd__stats_json(&daemon->stats, provd_loop_now_us(daemon->loop));
	json_t *more_stats;

	(void)parameters;
	(void)more;
	if (daemon->hooks)
		hooks = provd_hooks_get_stats(daemon->hooks);
	if (daemon->store)
		store = provd_store_get_stats(daemon->store);
	if (daemon->journal)
		journal = provd_journal_service_stats(daemon->journal);
	more_stats =
		json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "clients",
			  (json_int_t)control.clients, "clients_dropped",
			  (json_int_t)control.dropped, "hooks_run", (json_int_t)hooks.run,
			  "hooks_failed", (json_int_t)hooks.failed, "store_saves",
			  (json_int_t)store.saves, "store_failures", (json_int_t)store.failures,
			  "journal_bytes", (json_int_t)journal.bytes, "journal_sessions",
			  (json_int_t)journal.sessions, "journal_lost", (json_int_t)journal.lost);
	if (stats && more_stats)
		json_object_update(stats, more_stats);
	json_decref(more_stats);
	provd_control_reply(call, json_pack("{s:o}", "stats", stats), 0);
}
