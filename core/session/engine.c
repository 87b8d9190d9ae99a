/* SPDX-License-Identifier: Apache-2.0 */
#include "session/engine_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t provd__engine_option(const struct provd_engine *engine, const char *name)
{
	return (uint64_t)provd_options_int(engine->config.config->session, name);
}

uint64_t provd__engine_wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* Entries and states */

/* The log limits lines by their site. Different events must not use up each other's share, so each
 * gets a site by its text; the few that share one only share its limit. */
static const struct provd_log_site *site_of(const char *event)
{
#define SITE                                                                                       \
	{                                                                                          \
		.size = sizeof(struct provd_log_site), .level = PROVD_LOG_INFO, .line = __LINE__,  \
		.file = __FILE__, .event = "session"                                               \
	}
#define SITES_8 SITE, SITE, SITE, SITE, SITE, SITE, SITE, SITE
	static const struct provd_log_site sites[32] = {SITES_8, SITES_8, SITES_8, SITES_8};
#undef SITES_8
#undef SITE
	uint32_t hash = 5381;

	for (; *event; event++)
		hash = hash * 33u + (unsigned char)*event;
	return &sites[hash % 32];
}

/* What carries a failure is a warning; only the end of a session without success needs a person. */
static uint32_t level_of(const struct session *session, const struct provd_field *fields,
			 size_t count)
{
	if (session->state == PROVD_STATE_FAILED && !session->closed)
		return PROVD_LOG_ERROR;
	for (size_t i = 0; i < count; i++)
		if (fields[i].type == PROVD_FIELD_CODE && fields[i].number < 0)
			return PROVD_LOG_WARN;
	return PROVD_LOG_INFO;
}

void provd__engine_entry(struct provd_engine *engine, uint32_t flow, const char *event,
			 const struct provd_field *fields, size_t count)
{
	struct session *session = &engine->session;
	struct provd_field line[9] = {provd_f_text("state", provd_state_name(session->state))};
	const struct provd_timeline_entry *entry;

	if (count > 8)
		count = 8;
	if (count > 0)
		memcpy(&line[1], fields, count * sizeof(*fields));
	provd_log_write_event(engine->config.log, "session", session->id, site_of(event),
			      level_of(session, fields, count), event, line, count + 1);
	/* What the release brings stands in the log: nothing comes after the entry that ends a
	 * session. */
	if (session->closed)
		return;
	session->closed = session->state >= PROVD_STATE_BOUND;
	entry = provd_timeline_add(engine->timeline, session->id,
				   provd_loop_now_us(engine->config.loop), provd__engine_wall_ms(),
				   session->state, flow, event, fields, count);
	if (entry)
		engine->config.on_entry(engine->config.user, entry);
}

void provd__engine_enter(struct provd_engine *engine, uint32_t state, uint32_t flow,
			 const char *event, const struct provd_field *fields, size_t count)
{
	engine->session.state = state;
	engine->session.state_us = provd_loop_now_us(engine->config.loop);
	provd__engine_entry(engine, flow, event, fields, count);
}

struct provd_session_status provd__engine_session_status(const struct provd_engine *engine)
{
	const struct session *session = &engine->session;
	struct provd_session_status status = {
		.size = sizeof(status),
		.state = session->state,
		.session = session->id,
		.since_us = session->state_us,
		.attempt = session->attempt,
		.method = provd__engine_source(engine),
	};

	if (session->ending && session->final_state == PROVD_STATE_STOPPED) {
		/* A stop is no failed attempt: nobody is to tell a phone so. */
		status.state = PROVD_STATE_STOPPED;
		return status;
	}
	if (session->state == PROVD_STATE_LISTENING || session->state == PROVD_STATE_FAILED) {
		status.status = session->error;
		status.text = session->error ? session->error_text : NULL;
	}
	if (session->link.flags && provd_radio_has_link(engine->config.radio))
		status.link = &session->link;
	return status;
}

void provd__engine_tell(struct provd_engine *engine)
{
	provd__methods_tell(engine);
	if (engine->cloud)
		provd__cloud_tell(engine->cloud);
}

/* The end */

int provd_engine_stop(struct provd_engine *engine)
{
	if (!engine->session.active || engine->session.ending)
		return PROVD_E_STATE;
	/* What the cloud has bound cannot be stopped any more. */
	if (engine->session.settling)
		provd__engine_end(engine, PROVD_STATE_BOUND, 0, engine->session.error_text);
	else
		provd__engine_end(engine, PROVD_STATE_STOPPED, PROVD_E_CANCELED,
				  "stopped on request");
	return 0;
}

/* The last answers have left: nothing keeps the access point up any more. */
static void channel_drained(void *user)
{
	struct provd_engine *engine = user;

	engine->session.draining = 0;
	engine->hold++;
	provd__methods_stop(engine, 0);
	engine->hold--;
	provd__engine_advance(engine);
}

static void stop_timers(struct provd_engine *engine)
{
	struct session *session = &engine->session;
	uint64_t *timers[] = {&session->window_timer, &session->step_timer, &session->join_timer,
			      &session->token_timer};

	for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++) {
		provd_timer_stop(engine->owner, *timers[i]);
		*timers[i] = 0;
	}
}

/* 1: an attempt of this session has joined a network that is not among the saved ones. */
static int is_on_trial(const struct provd_engine *engine)
{
	const struct provd_link *link = &engine->session.link;

	return engine->saved && provd__keep_commits_at(engine, "bound") && link->flags &&
	       provd_radio_has_link(engine->config.radio) &&
	       !provd_saved_find(engine->saved, link->ssid, link->ssid_len);
}

/* An identity or a network that did not work out is left; nothing was committed. */
static void leave_network(struct provd_engine *engine)
{
	const struct session *session = &engine->session;

	int joined = session->state >= PROVD_STATE_JOINING &&
		     session->state <= PROVD_STATE_BINDING && !provd__keep_has_network(engine);

	if (session->final_state != PROVD_STATE_BOUND && (joined || is_on_trial(engine)))
		provd_radio_disconnect(engine->config.radio);
}

void provd__engine_end(struct provd_engine *engine, uint32_t final_state, int status,
		       const char *text)
{
	struct session *session = &engine->session;
	struct provd_field fields[] = {
		provd_f_text("text", text),
		provd_f_ms("after",
			   (provd_loop_now_us(engine->config.loop) - session->started_us) / 1000u),
		provd_f_code("reason", status),
	};

	engine->hold++;
	session->ending = 1;
	session->final_state = final_state;
	stop_timers(engine);
	session->join_wanted = 0;
	session->switching = 0;
	provd__engine_cancel_join(engine);
	provd__retry_cancel(engine);
	provd_probe_cancel(session->probe);
	session->probe = NULL;
	if (engine->cloud)
		provd__cloud_cancel(engine->cloud);
	leave_network(engine);
	provd__keep_end(engine);
	session->settling = 0;
	if (final_state != PROVD_STATE_BOUND && text != session->error_text) {
		session->error_state = session->state;
		provd_text_copy(session->error_text, sizeof(session->error_text), text);
	}
	if (final_state != PROVD_STATE_BOUND)
		session->error = status;
	/* "stopped" is said when everything has really stopped. */
	if (final_state != PROVD_STATE_STOPPED)
		provd__engine_enter(engine, final_state,
				    final_state == PROVD_STATE_BOUND ? PROVD_FLOW_FROM_CLOUD
								     : PROVD_FLOW_NOTE,
				    provd_state_name(final_state), fields, status ? 3 : 2);
	provd__engine_tell(engine);
	provd__engine_forget_secrets(session);
	/* Cut off, a phone would not see how it ended. */
	session->draining = engine->channel && final_state != PROVD_STATE_STOPPED;
	provd__methods_stop(engine, session->draining);
	if (session->draining)
		provd_appchannel_drain(engine->channel, channel_drained, engine);
	else if (engine->channel)
		provd_appchannel_close(engine->channel);
	engine->hold--;
	provd__engine_advance(engine);
}

static void finish_session(struct provd_engine *engine)
{
	struct session *session = &engine->session;

	provd__engine_forget_secrets(session);
	session->active = 0;
	provd__unsaved_session_over(engine);
	if (session->final_state == PROVD_STATE_STOPPED)
		provd__engine_enter(engine, PROVD_STATE_STOPPED, PROVD_FLOW_NOTE, "stopped", NULL,
				    0);
	engine->config.on_end(engine->config.user, session->id, session->final_state);
	provd__after_begin(engine);
	if (engine->shut_down && engine->cloud)
		provd__cloud_stop(engine->cloud);
}

static void advance_shutdown(struct provd_engine *engine)
{
	void (*done)(void *user) = engine->shut_down;

	if (!done || engine->session.active || provd__methods_active(engine) ||
	    (engine->cloud && !engine->cloud->stopped))
		return;
	engine->shut_down = NULL;
	done(engine->shut_down_user);
}

/* Nobody listens: says so, with the reason of a method that has one. */
static void nobody_listens(struct provd_engine *engine)
{
	const struct session *session = &engine->session;
	const struct slot *slot = provd__methods_complaint(engine);
	char text[PROVD_ERROR_TEXT_MAX];

	(void)snprintf(text, sizeof(text), "no method is able to listen%s%.32s%s%.110s",
		       slot ? "; " : "", slot ? slot->instance->name : "", slot ? ": " : "",
		       slot ? slot->reason : "");
	provd__engine_end(engine, PROVD_STATE_FAILED,
			  session->error ? session->error : PROVD_E_NO_CAPABILITY,
			  session->offered && session->error ? session->error_text : text);
}

static void advance_session(struct provd_engine *engine)
{
	struct session *session = &engine->session;
	int cloud_busy = engine->cloud && engine->cloud->op;
	int radio_busy = provd__methods_busy(engine, SLOT_SUSPENDING) ||
			 provd__methods_busy(engine, SLOT_STOPPING) ||
			 provd_radio_is_busy(engine->config.radio);

	if (session->ending) {
		if (!session->join_op && !session->retry.active && !session->keeping &&
		    !cloud_busy && !session->draining && !provd__methods_active(engine))
			finish_session(engine);
	} else if (session->join_wanted) {
		if (!radio_busy)
			provd__engine_connect(engine);
	} else if (session->retry.wanted) {
		if (!radio_busy)
			provd__retry_connect(engine);
	} else if (session->state == PROVD_STATE_LISTENING && session->switching) {
		if (!radio_busy)
			provd__methods_start_step(engine, session->next_step);
	} else if (session->state == PROVD_STATE_LISTENING && !session->retry.active &&
		   !provd__methods_active(engine)) {
		nobody_listens(engine);
	}
}

void provd__engine_advance(struct provd_engine *engine)
{
	if (engine->hold)
		return;
	if (engine->session.active)
		advance_session(engine);
	advance_shutdown(engine);
}

void provd_engine_shutdown(struct provd_engine *engine, void (*done)(void *user), void *user)
{
	engine->shut_down = done;
	engine->shut_down_user = user;
	provd_engine_end_after(engine);
	if (engine->session.active) {
		(void)provd_engine_stop(engine);
		if (engine->session.draining) {
			provd_appchannel_close(engine->channel);
			channel_drained(engine);
		}
	} else if (engine->cloud) {
		provd__cloud_stop(engine->cloud);
	} else {
		provd__engine_advance(engine);
	}
}

int provd_engine_is_releasing(const struct provd_engine *engine)
{
	return engine->session.active && engine->session.ending && !engine->shut_down;
}

/* Life */

int provd_engine_create(const struct provd_engine_config *config, struct provd_engine **out_engine)
{
	struct provd_engine *engine = calloc(1, sizeof(*engine));
	int code;

	if (!engine)
		return PROVD_E_NOMEM;
	engine->config = *config;
	code = provd_owner_create(config->loop, "session", &engine->owner);
	if (code == 0)
		code = provd_timeline_create(
			(size_t)provd_options_int(config->config->session, "timeline_max"),
			(size_t)provd_options_int(config->config->session, "history"),
			(int)provd_options_int(config->config->log, "personal"), &engine->timeline);
	if (code) {
		provd_engine_destroy(engine);
		return code;
	}
	*out_engine = engine;
	return 0;
}

void provd_engine_destroy(struct provd_engine *engine)
{
	if (!engine)
		return;
	for (size_t i = engine->slot_count; i > 0; i--) {
		struct slot *slot = engine->slots[i - 1];

		provd_radio_release(engine->config.radio, slot->instance);
		if (slot->state == SLOT_FAULTED)
			slot->instance->inst = NULL; /* it may still be at work: leave it */
		provd_instance_destroy(slot->instance, NULL);
		provd_udp_service_destroy(slot->udp);
		free(slot);
	}
	free(engine->slots);
	provd__plan_free(engine);
	provd_appchannel_destroy(engine->channel);
	provd__cloud_destroy(engine->cloud);
	provd__engine_forget_secrets(&engine->session);
	provd_engine_forget_unsaved(engine);
	provd_timeline_destroy(engine->timeline);
	provd_owner_destroy(engine->owner);
	free(engine);
}
