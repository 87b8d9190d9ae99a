/* SPDX-License-Identifier: Apache-2.0 */
/* What the control socket's methods do. */
#include "daemon/daemon_internal.h"

#include <stdlib.h>
#include <string.h>

#define INTERFACE "io.provd.Provisioning"

static void reply(struct provd_control_call *call, json_t *parameters)
{
	provd_control_reply(call, parameters, 0);
}

static void handle_status(void *user, struct provd_control_call *call, const json_t *parameters,
			  int more)
{
	struct provd_daemon *daemon = user;

	(void)parameters;
	(void)more;
	reply(call, provd_engine_status_json(daemon->engine));
}

static void handle_stop(void *user, struct provd_control_call *call, const json_t *parameters,
			int more)
{
	struct provd_daemon *daemon = user;

	(void)parameters;
	(void)more;
	if (provd_engine_stop(daemon->engine))
		provd_control_error(call, INTERFACE ".NotRunning", NULL);
	else
		reply(call, NULL);
}

/* Watch */

static void watcher_gone(void *user)
{
	struct watcher *watcher = user;

	for (struct watcher **at = &watcher->daemon->watchers; *at; at = &(*at)->next) {
		if (*at == watcher) {
			*at = watcher->next;
			break;
		}
	}
	free(watcher);
}

static void handle_watch(void *user, struct provd_control_call *call, const json_t *parameters,
			 int more)
{
	struct provd_daemon *daemon = user;
	struct watcher *watcher;
	uint64_t session = provd_engine_session(daemon->engine);
	json_t *entries;
	json_t *entry;
	size_t i;

	(void)parameters;
	if (!more) {
		provd_control_invalid(call, "more");
		return;
	}
	watcher = calloc(1, sizeof(*watcher));
	if (!watcher) {
		provd_control_error(call, INTERFACE ".Unavailable",
				    json_pack("{s:s}", "reason", provd_err_text(PROVD_E_NOMEM)));
		return;
	}
	watcher->daemon = daemon;
	watcher->call = call;
	watcher->next = daemon->watchers;
	daemon->watchers = watcher;
	provd_control_on_gone(call, watcher_gone, watcher);
	entries = session ? provd_timeline_json(provd_engine_timeline(daemon->engine), &session)
			  : NULL;
	json_array_foreach(entries, i, entry)
		provd_control_reply(call, json_pack("{s:O}", "entry", entry), 1);
	json_decref(entries);
}

void provd__daemon_publish(struct provd_daemon *daemon, const struct provd_timeline_entry *entry)
{
	struct watcher *watcher = daemon->watchers;

	while (watcher) {
		/* A slow client may be dropped by the reply, and its watcher with it. */
		struct watcher *next = watcher->next;

		provd_control_reply(watcher->call,
				    json_pack("{s:o}", "entry", provd_timeline_entry_json(entry)),
				    1);
		watcher = next;
	}
}

static void handle_timeline(void *user, struct provd_control_call *call, const json_t *parameters,
			    int more)
{
	struct provd_daemon *daemon = user;
	const json_t *wanted = json_object_get(parameters, "session");
	uint64_t session = 0;
	json_t *entries;

	(void)more;
	if (wanted && !json_is_null(wanted)) {
		if (!json_is_integer(wanted) || json_integer_value(wanted) < 1) {
			provd_control_invalid(call, "session");
			return;
		}
		session = (uint64_t)json_integer_value(wanted);
	}
	entries = provd_timeline_json(provd_engine_timeline(daemon->engine), &session);
	if (!entries)
		provd_control_error(call, INTERFACE ".UnknownSession",
				    json_pack("{s:I}", "session", (json_int_t)session));
	else
		reply(call,
		      json_pack("{s:I, s:o}", "session", (json_int_t)session, "entries", entries));
}

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

static void handle_plugins(void *user, struct provd_control_call *call, const json_t *parameters,
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
	reply(call, json_pack("{s:o}", "plugins", list));
}

static void handle_capabilities(void *user, struct provd_control_call *call,
				const json_t *parameters, int more)
{
	struct provd_daemon *daemon = user;

	(void)parameters;
	(void)more;
	reply(call,
	      json_pack("{s:o}", "capabilities", provd_radio_capabilities_json(daemon->radio)));
}

const struct provd_control_method provd__daemon_methods[] = {
	{"Status", PROVD_CONTROL_READ, handle_status},
	{"Start", PROVD_CONTROL_STEER, provd__handle_start},
	{"Stop", PROVD_CONTROL_STEER, handle_stop},
	{"Watch", PROVD_CONTROL_READ, handle_watch},
	{"Timeline", PROVD_CONTROL_READ, handle_timeline},
	{"Plugins", PROVD_CONTROL_READ, handle_plugins},
	{"Capabilities", PROVD_CONTROL_READ, handle_capabilities},
};

const size_t provd__daemon_method_count =
	sizeof(provd__daemon_methods) / sizeof(provd__daemon_methods[0]);
