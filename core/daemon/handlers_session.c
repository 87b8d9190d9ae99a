/* SPDX-License-Identifier: Apache-2.0 */
/* The methods Status, Watch and Timeline of the control socket. */
#include "daemon/daemon_internal.h"
#include "daemon/handlers.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Status */

static json_t *link_json(const struct provd_daemon *daemon, const struct provd_link *link)
{
	char address[INET6_ADDRSTRLEN] = "";
	json_t *object = json_object();

	if (!provd_options_int(daemon->config->log, "personal")) {
		provd__set_ssid(object, NULL, 0);
	} else {
		provd__set_ssid(object, link->ssid, link->ssid_len);
		(void)inet_ntop(link->addr.family == 6 ? AF_INET6 : AF_INET, link->addr.ip, address,
				sizeof(address));
	}
	json_object_set_new(object, "address", json_string(address));
	return object;
}

/* A HAL or cloud that has failed. */
static void warn_failed(void *user, const struct provd_plugin *plugin, const char *state,
			const char *reason)
{
	const char *kind = plugin->descriptor.kind == PROVD_PLUGIN_HAL ? "HAL" : "cloud";

	/* what is with the methods is said of each one */
	if (plugin->descriptor.kind == PROVD_PLUGIN_METHOD || strcmp(state, "failed") != 0)
		return;
	json_array_append_new(user,
			      json_sprintf("the %s '%s' has failed%s%s", kind,
					   plugin->descriptor.name, *reason ? ": " : "", reason));
}

static json_t *warnings_json(const struct provd_daemon *daemon)
{
	const char *const *saved = provd_saved_warnings(daemon->saved);
	json_t *list = json_array();
	int fault = daemon->journal ? provd_journal_service_stats(daemon->journal).fault : 0;

	for (; saved && *saved; saved++)
		json_array_append_new(list, json_string(*saved));
	if (provd_engine_unsaved(daemon->engine))
		json_array_append_new(list, json_string(provd_engine_unsaved(daemon->engine)));
	if (fault)
		json_array_append_new(
			list, json_sprintf("the journal cannot be kept: %s; what happens now is "
					   "lost by a power cut",
					   provd_err_text(fault)));
	for (size_t i = 0; i < daemon->loaded_count; i++)
		if (daemon->loaded[i].reason[0])
			json_array_append_new(list, json_string(daemon->loaded[i].reason));
	provd_radio_each(daemon->radio, warn_failed, list);
	provd_engine_each(daemon->engine, warn_failed, list);
	return list;
}

void provd__handle_status(void *user, struct provd_control_call *call, const json_t *parameters,
			  int more)
{
	struct provd_daemon *daemon = user;
	const struct provd_link *link = provd_supervisor_link(daemon->supervisor);
	const char *waiting = provd_supervisor_waiting(daemon->supervisor);
	json_t *status;

	(void)more;
	/* Before its records are read a bound device would look like a new one. */
	if (provd__comes_early(daemon, call, parameters, provd__handle_status))
		return;
	status = provd_engine_status_json(daemon->engine);
	/* the engine only knows of the link that its session has made, and not how long it held */
	if (!provd_engine_session(daemon->engine))
		json_object_set_new(status, "link",
				    link && link->flags & PROVD_LINK_ADDRESS
					    ? link_json(daemon, link)
					    : json_null());
	json_object_set_new(status, "bound", json_boolean(provd_saved_is_bound(daemon->saved)));
	json_object_set_new(status, "networks",
			    json_integer((json_int_t)provd_saved_count(daemon->saved)));
	json_object_set_new(status, "waiting", json_string(waiting ? waiting : ""));
	json_object_set_new(status, "warnings", warnings_json(daemon));
	provd_control_reply(call, status, 0);
}

/* Watch */

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

void provd__handle_watch(void *user, struct provd_control_call *call, const json_t *parameters,
			 int more)
{
	struct provd_daemon *daemon = user;
	uint64_t running = provd_engine_session(daemon->engine);
	uint64_t session;
	uint64_t wanted;
	json_t *entries;

	if (provd__read_session(call, parameters, &wanted))
		return;
	if (!more) {
		provd_control_invalid(call, "more");
		return;
	}
	session = wanted ? wanted : running;
	entries =
		session ? provd_timeline_json(provd_engine_timeline(daemon->engine), &session, NULL)
			: NULL;
	if (wanted && !entries) {
		provd__answer_unknown_session(call, wanted);
		return;
	}
	/* A session that is over and has no last entry could only be waited for in vain. */
	if (!replay(call, entries, wanted != 0)) {
		if (wanted && wanted != running)
			provd__answer_unknown_session(call, wanted);
		else if (provd__watcher_add(&daemon->watchers, call, wanted) != 0)
			provd__answer_unavailable(call, provd_err_text(PROVD_E_NOMEM));
	}
	json_decref(entries);
}

void provd__daemon_publish(struct provd_daemon *daemon, const struct provd_timeline_entry *entry)
{
	int final = is_final(provd_state_name(entry->state));
	struct watcher *watcher = daemon->watchers;
	struct provd_control_message *message;

	if (!watcher)
		return;
	message = provd_control_message_create(
		json_pack("{s:o}", "entry", provd_timeline_entry_json(entry)));
	while (watcher) {
		/* A slow client may be dropped by the reply, and its watcher with it. */
		struct watcher *next = watcher->next;
		struct provd_control_call *call = watcher->call;
		int last = final && watcher->session == entry->session;

		if (last)
			provd__watcher_end(watcher);
		if (last || watcher->session == 0 || watcher->session == entry->session)
			provd_control_reply_message(call, message, !last);
		watcher = next;
	}
	provd_control_message_destroy(message);
}

/* The running session and those before it; what is older stands in the journal. */
static json_t *find_entries(const struct provd_daemon *daemon, uint64_t *session,
			    uint64_t *out_unix_ms)
{
	json_t *entries =
		provd_timeline_json(provd_engine_timeline(daemon->engine), session, out_unix_ms);

	if (!entries && daemon->journal)
		entries = provd_journal_service_entries(daemon->journal, session, out_unix_ms);
	return entries;
}

void provd__handle_timeline(void *user, struct provd_control_call *call, const json_t *parameters,
			    int more)
{
	struct provd_daemon *daemon = user;
	uint64_t unix_ms = 0;
	uint64_t session;
	json_t *entries;

	(void)more;
	if (provd__read_session(call, parameters, &session))
		return;
	/* The journal is read by then. */
	if (provd__comes_early(daemon, call, parameters, provd__handle_timeline))
		return;
	entries = find_entries(daemon, &session, &unix_ms);
	if (!entries)
		provd__answer_unknown_session(call, session);
	else
		provd_control_reply(call,
				    json_pack("{s:I, s:I, s:o}", "session", (json_int_t)session,
					      "unix_ms", (json_int_t)unix_ms, "entries", entries),
				    0);
}
