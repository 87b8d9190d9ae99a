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

/* Watch */

/* An optional session number; 0 when none is given. @return 0, or PROVD_E_INVALID: answered */
static int read_session(struct provd_control_call *call, const json_t *parameters,
			uint64_t *out_session)
{
	const json_t *wanted = json_object_get(parameters, "session");

	*out_session = 0;
	if (!wanted || json_is_null(wanted))
		return 0;
	if (!json_is_integer(wanted) || json_integer_value(wanted) < 1) {
		provd_control_invalid(call, "session");
		return PROVD_E_INVALID;
	}
	*out_session = (uint64_t)json_integer_value(wanted);
	return 0;
}

static void unknown_session(struct provd_control_call *call, uint64_t session)
{
	provd_control_error(call, INTERFACE ".UnknownSession",
			    json_pack("{s:I}", "session", (json_int_t)session));
}

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

/* @param session that is watched until its end; 0: all, for ever */
static int watcher_add(struct provd_daemon *daemon, struct provd_control_call *call,
		       uint64_t session)
{
	struct watcher *watcher = calloc(1, sizeof(*watcher));

	if (!watcher)
		return PROVD_E_NOMEM;
	watcher->daemon = daemon;
	watcher->call = call;
	watcher->session = session;
	watcher->next = daemon->watchers;
	daemon->watchers = watcher;
	provd_control_on_gone(call, watcher_gone, watcher);
	return 0;
}

static int is_final(const char *state)
{
	return strcmp(state, provd_state_name(PROVD_STATE_BOUND)) == 0 ||
	       strcmp(state, provd_state_name(PROVD_STATE_FAILED)) == 0 ||
	       strcmp(state, provd_state_name(PROVD_STATE_STOPPED)) == 0;
}

/* Sends what there is. @return 1 when the session's last entry was sent, as the final reply */
static int replay(struct provd_control_call *call, const json_t *entries, int to_end)
{
	json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		const char *state = json_string_value(json_object_get(entry, "state"));
		int last = to_end && state && is_final(state);

		provd_control_reply(call, json_pack("{s:O}", "entry", entry), !last);
		if (last)
			return 1;
	}
	return 0;
}

static void handle_watch(void *user, struct provd_control_call *call, const json_t *parameters,
			 int more)
{
	struct provd_daemon *daemon = user;
	uint64_t running = provd_engine_session(daemon->engine);
	uint64_t session;
	uint64_t wanted;
	json_t *entries;

	if (!more) {
		provd_control_invalid(call, "more");
		return;
	}
	if (read_session(call, parameters, &wanted))
		return;
	session = wanted ? wanted : running;
	entries = session ? provd_timeline_json(provd_engine_timeline(daemon->engine), &session)
			  : NULL;
	if (wanted && !entries) {
		unknown_session(call, wanted);
		return;
	}
	/* A session that is over and has no last entry could only be waited for in vain. */
	if (!replay(call, entries, wanted != 0)) {
		if (wanted && wanted != running)
			unknown_session(call, wanted);
		else if (watcher_add(daemon, call, wanted) != 0)
			provd_control_error(
				call, INTERFACE ".Unavailable",
				json_pack("{s:s}", "reason", provd_err_text(PROVD_E_NOMEM)));
	}
	json_decref(entries);
}

void provd__daemon_publish(struct provd_daemon *daemon, const struct provd_timeline_entry *entry)
{
	int final = is_final(provd_state_name(entry->state));
	struct watcher *watcher = daemon->watchers;

	while (watcher) {
		/* A slow client may be dropped by the reply, and its watcher with it. */
		struct watcher *next = watcher->next;
		struct provd_control_call *call = watcher->call;
		int last = final && watcher->session == entry->session;

		if (last) {
			provd_control_on_gone(call, NULL, NULL);
			watcher_gone(watcher);
		}
		if (last || watcher->session == 0 || watcher->session == entry->session)
			provd_control_reply(
				call, json_pack("{s:o}", "entry", provd_timeline_entry_json(entry)),
				!last);
		watcher = next;
	}
}

static void handle_timeline(void *user, struct provd_control_call *call, const json_t *parameters,
			    int more)
{
	struct provd_daemon *daemon = user;
	uint64_t session;
	json_t *entries;

	(void)more;
	if (read_session(call, parameters, &session))
		return;
	entries = provd_timeline_json(provd_engine_timeline(daemon->engine), &session);
	if (!entries)
		unknown_session(call, session);
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
	{"Stop", PROVD_CONTROL_STEER, provd__handle_stop},
	{"Watch", PROVD_CONTROL_READ, handle_watch},
	{"Timeline", PROVD_CONTROL_READ, handle_timeline},
	{"Plugins", PROVD_CONTROL_READ, handle_plugins},
	{"Capabilities", PROVD_CONTROL_READ, handle_capabilities},
};

const size_t provd__daemon_method_count =
	sizeof(provd__daemon_methods) / sizeof(provd__daemon_methods[0]);
