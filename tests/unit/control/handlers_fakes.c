/* SPDX-License-Identifier: Apache-2.0 */
/* Engine, supervisor, saved records and radio, made up. Their pointers are the world. */
#include "handlers_world.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

static struct world *world_of(const void *pointer)
{
	return (struct world *)(uintptr_t)pointer;
}

/* Engine */

static int started(struct world *w, uint64_t *out_session, struct provd_error *err)
{
	if (w->start_code == 0) {
		w->session = w->session ? w->session : 7;
		*out_session = w->session;
	} else if (w->start_words) {
		snprintf(err->text, sizeof(err->text), "%s", w->start_words);
	}
	return w->start_code;
}

const char *provd_engine_unsaved(const struct provd_engine *engine)
{
	return world_of((struct provd_engine *)(uintptr_t)engine)->unsaved;
}

int provd_engine_start(struct provd_engine *engine, const struct provd_engine_request *request,
		       uint64_t *out_session, struct provd_error *err)
{
	struct world *w = world_of(engine);

	w->starts++;
	w->start_methods = request->method_count;
	w->start_deadline = request->deadline_ms;
	w->start_steps = request->plan_count;
	w->start_for = request->plan_count ? request->plan[0].for_ms : 0;
	w->start_of_step = request->plan_count ? request->plan[0].method_count : 0;
	for (size_t i = 0; i < request->method_count; i++)
		cr_assert_not_null(request->methods[i]);
	return w->session ? PROVD_E_BUSY : started(w, out_session, err);
}

int provd_engine_offer(struct provd_engine *engine, const struct provd_engine_offer *offer,
		       uint64_t *out_session, struct provd_error *err)
{
	struct world *w = world_of(engine);
	struct provd_bytes bytes = provd_secret_view(offer->credentials->passphrase);

	w->offers++;
	w->offered = *offer->credentials;
	w->offered.passphrase = NULL;
	cr_assert_leq(bytes.len, 64);
	memset(w->offered_passphrase, 0, sizeof(w->offered_passphrase));
	if (bytes.len)
		memcpy(w->offered_passphrase, bytes.data, bytes.len);
	bytes = provd_secret_view(offer->token);
	w->offered_token_len = bytes.len;
	if (bytes.len)
		memcpy(w->offered_token, bytes.data, bytes.len);
	w->start_deadline = offer->deadline_ms;
	cr_assert_str_eq(offer->source, "control");
	return started(w, out_session, err);
}

int provd_engine_stop(struct provd_engine *engine)
{
	return world_of(engine)->session ? 0 : PROVD_E_STATE;
}

int provd_engine_offers_logs(const struct provd_engine *engine)
{
	return world_of(engine)->offers_logs;
}

void provd_engine_end_after(struct provd_engine *engine)
{
	world_of(engine)->offers_logs = 0;
}

uint64_t provd_engine_session(const struct provd_engine *engine)
{
	return world_of(engine)->session;
}

int provd_engine_is_releasing(const struct provd_engine *engine)
{
	return world_of(engine)->releasing;
}

json_t *provd_engine_status_json(struct provd_engine *engine)
{
	return json_pack("{s:s, s:I, s:[{s:s, s:s, s:s}], s:s, s:i, s:i,"
			 " s:{s:s, s:s, s:s, s:s, s:s}, s:{s:s, s:s, s:b}, s:n}",
			 "state", "failed", "session", (json_int_t)world_of(engine)->session,
			 "methods", "name", "softap", "state", "idle", "reason", "", "method", "",
			 "attempt", 0, "elapsed_ms", 12, "last_error", "code", "TIMEOUT", "text",
			 "the time is over", "state", "listening", "advice", "try again", "retry",
			 "again", "identity", "product", "P", "device", "D", "registered", 1,
			 "link");
}

struct provd_timeline *provd_engine_timeline(struct provd_engine *engine)
{
	return (struct provd_timeline *)(void *)engine;
}

static const struct provd_plugin *fake_plugin(uint32_t kind, const char *name)
{
	static struct provd_plugin plugin;

	memset(&plugin, 0, sizeof(plugin));
	plugin.descriptor.kind = kind;
	plugin.descriptor.name = name;
	plugin.descriptor.version = "1.0";
	plugin.file = (char *)(uintptr_t) "/usr/lib/provd/x.so";
	return &plugin;
}

void provd_engine_each(struct provd_engine *engine,
		       void (*fn)(void *user, const struct provd_plugin *plugin, const char *state,
				  const char *reason),
		       void *user)
{
	fn(user, fake_plugin(PROVD_PLUGIN_METHOD, "softap"), "failed", "it does not start");
	fn(user, fake_plugin(PROVD_PLUGIN_CLOUD, "cloud"), world_of(engine)->cloud_state, "");
}

int provd_engine_identity(const struct provd_engine *engine, struct provd_identity *out_identity,
			  struct provd_error *err)
{
	const struct world *w = world_of(engine);

	(void)err;
	if (w->identity_code == 0)
		*out_identity = w->identity;
	return w->identity_code;
}

json_t *provd_timeline_json(const struct provd_timeline *timeline, uint64_t *session,
			    uint64_t *out_unix_ms)
{
	const struct world *w = world_of(timeline);

	if (out_unix_ms)
		*out_unix_ms = 1700000000000;

	/* a second one that has just begun */
	if (*session == 2 && w->session == 2)
		return json_array();
	if (*session > 1)
		return NULL;
	*session = 1;
	return json_pack("[{s:i, s:i, s:s, s:s, s:s, s:s, s:{s:s}},"
			 " {s:i, s:i, s:s, s:s, s:s, s:s, s:{}}]",
			 "session", 1, "t_us", 5, "state", "listening", "event", "session started",
			 "from", "device", "to", "device", "detail", "a", "b", "session", 1, "t_us",
			 6, "state", "bound", "event", "bound", "from", "cloud", "to", "device",
			 "detail");
}

json_t *provd_timeline_entry_json(const struct provd_timeline_entry *entry)
{
	return json_pack("{s:I, s:i, s:s, s:s, s:s, s:s, s:O}", "session",
			 (json_int_t)entry->session, "t_us", 9, "state",
			 provd_state_name(entry->state), "event", entry->event, "from", "phone",
			 "to", "device", "detail", entry->detail);
}

const char *provd_state_name(uint32_t state)
{
	return state == PROVD_STATE_BOUND     ? "bound"
	       : state == PROVD_STATE_FAILED  ? "failed"
	       : state == PROVD_STATE_STOPPED ? "stopped"
					      : "joining";
}

/* Radio */

void provd_radio_each(const struct provd_radio *radio,
		      void (*fn)(void *user, const struct provd_plugin *plugin, const char *state,
				 const char *reason),
		      void *user)
{
	(void)radio;
	fn(user, fake_plugin(PROVD_PLUGIN_HAL, "good"), "open", "");
	fn(user, fake_plugin(PROVD_PLUGIN_HAL, "bad"), "failed", "no such device");
}

json_t *provd_radio_capabilities_json(const struct provd_radio *radio)
{
	(void)radio;
	return json_pack("[{s:s, s:s, s:b, s:s}]", "name", "softap", "hal", "sim", "available", 1,
			 "reason", "");
}

/* Supervisor */

int provd_supervisor_may_start(const struct provd_supervisor *supervisor)
{
	return world_of(supervisor)->may_start;
}

const struct provd_link *provd_supervisor_link(const struct provd_supervisor *supervisor)
{
	return &world_of(supervisor)->link;
}

const char *provd_supervisor_waiting(const struct provd_supervisor *supervisor)
{
	return world_of(supervisor)->waiting;
}

void provd_supervisor_pressed(struct provd_supervisor *supervisor, uint64_t held_ms)
{
	world_of(supervisor)->pressed++;
	world_of(supervisor)->held_ms = held_ms;
}

void provd_supervisor_networks_changed(struct provd_supervisor *supervisor)
{
	world_of(supervisor)->networks_changed++;
}

static int begin(struct world *w, int code, provd_saved_done_fn *done, void *user)
{
	if (code)
		return code;
	w->done = done;
	w->done_user = user;
	return 0;
}

int provd_supervisor_reset(struct provd_supervisor *supervisor, enum provd_reset what,
			   provd_saved_done_fn *done, void *user)
{
	struct world *w = world_of(supervisor);

	w->resets++;
	w->reset = what;
	return begin(w, w->reset_code, done, user);
}

/* Saved records */

size_t provd_saved_count(const struct provd_saved *saved)
{
	return world_of(saved)->network_count;
}

const struct provd_saved_network *provd_saved_get(const struct provd_saved *saved, size_t index)
{
	return index < world_of(saved)->network_count ? &world_of(saved)->networks[index] : NULL;
}

int provd_saved_is_bound(const struct provd_saved *saved)
{
	return world_of(saved)->bound;
}

const char *const *provd_saved_warnings(const struct provd_saved *saved)
{
	return world_of(saved)->warnings;
}

static int is_known(const struct world *w, const uint8_t *ssid, size_t ssid_len)
{
	for (size_t i = 0; i < w->network_count; i++) {
		const struct provd_credentials *known = &w->networks[i].credentials;

		if (known->ssid_len == ssid_len && memcmp(known->ssid, ssid, ssid_len) == 0)
			return 1;
	}
	return 0;
}

int provd_saved_forget(struct provd_saved *saved, const uint8_t *ssid, size_t ssid_len,
		       provd_saved_done_fn *done, void *user)
{
	struct world *w = world_of(saved);

	w->forgets++;
	if (!is_known(w, ssid, ssid_len))
		return PROVD_E_NOT_FOUND;
	return begin(w, w->change_code, done, user);
}

int provd_saved_set_priority(struct provd_saved *saved, const uint8_t *ssid, size_t ssid_len,
			     int32_t priority, provd_saved_done_fn *done, void *user)
{
	struct world *w = world_of(saved);

	w->priority = priority;
	if (!is_known(w, ssid, ssid_len))
		return PROVD_E_NOT_FOUND;
	return begin(w, w->change_code, done, user);
}

/* Reload, hooks, store */

void provd__daemon_reload(struct provd_daemon *daemon, struct provd_reload_result *out_result)
{
	struct world *w = world_of(daemon->engine);

	*out_result = w->reload;
	memset(&w->reload, 0, sizeof(w->reload));
}

void provd_reload_result_finish(struct provd_reload_result *result)
{
	json_decref(result->changed);
	json_decref(result->faults);
	json_decref(result->needs_restart);
}

struct provd_hooks_stats provd_hooks_get_stats(const struct provd_hooks *hooks)
{
	(void)hooks;
	return (struct provd_hooks_stats){.run = 11, .failed = 12};
}

struct provd_store_stats provd_store_get_stats(const struct provd_store *store)
{
	(void)store;
	return (struct provd_store_stats){.saves = 13, .failures = 14};
}
