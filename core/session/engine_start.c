/* SPDX-License-Identifier: Apache-2.0 */
/* How a session begins: with methods that listen, or with credentials that are there already. */
#include "session/engine_internal.h"

#include <stdio.h>
#include <string.h>

static void window_over(void *user)
{
	struct provd_engine *engine = user;
	struct session *session = &engine->session;

	session->window_timer = 0;
	if (session->settling)
		return; /* the cloud has bound the device: that holds */
	if (session->error)
		provd__engine_end(engine, PROVD_STATE_FAILED, session->error, session->error_text);
	else if (session->attempt || session->visited)
		provd__engine_end(engine, PROVD_STATE_FAILED, PROVD_E_TIMEOUT,
				  "the time for provisioning was over");
	else
		provd__engine_end(engine, PROVD_STATE_FAILED, PROVD_E_PEER_NONE,
				  provd_err_text(PROVD_E_PEER_NONE));
}

/* NULL when it is not configured, which is named in `err`, or takes no credentials. */
static struct slot *find_method(const struct provd_engine *engine, const char *name,
				struct provd_error *err)
{
	struct slot *found = NULL;

	for (size_t s = 0; s < engine->slot_count; s++)
		if (strcmp(engine->slots[s]->instance->name, name) == 0)
			found = engine->slots[s];
	if (found && !found->after)
		return found;
	(void)snprintf(err->text, sizeof(err->text), "%.64s%s", name,
		       found ? " takes no credentials; it follows a failed session by itself" : "");
	err->code = found ? PROVD_E_NO_CAPABILITY : PROVD_E_NOT_FOUND;
	return NULL;
}

static int want_methods(struct provd_engine *engine, const struct provd_engine_request *request,
			struct provd_error *err)
{
	const struct provd_config_step *plan = request->plan;

	for (size_t s = 0; s < engine->slot_count; s++)
		engine->slots[s]->wanted = request->methods == NULL && !engine->slots[s]->after;
	for (size_t i = 0; request->methods && i < request->method_count; i++) {
		struct slot *found = find_method(engine, request->methods[i], err);

		if (!found)
			return err->code;
		found->wanted = 1;
	}
	for (size_t i = 0; plan && i < request->plan_count; i++)
		for (size_t k = 0; k < plan[i].method_count; k++)
			if (!find_method(engine, plan[i].methods[k], err))
				return err->code;
	return 0;
}

static void session_reset(struct provd_engine *engine)
{
	struct session *session = &engine->session;

	memset(session, 0, sizeof(*session));
	session->id = ++engine->session_count;
	session->active = 1;
	session->started_us = provd_loop_now_us(engine->config.loop);
	session->times.started_ms = provd__engine_wall_ms();
	session->link.size = sizeof(session->link);
}

/* A device whose cloud is missing could only pretend to be bound. */
static int check_cloud(const struct provd_engine *engine, struct provd_error *err)
{
	const char *name = engine->config.config->cloud ? engine->config.config->cloud->plugin : "";

	if (engine->cloud && engine->cloud->failed)
		(void)snprintf(err->text, sizeof(err->text), "the cloud '%.32s' has failed", name);
	else if (engine->config.config->cloud && !engine->cloud)
		(void)snprintf(err->text, sizeof(err->text),
			       "the configured cloud '%.32s' could not be loaded", name);
	else
		return 0;
	return err->code = PROVD_E_NO_CAPABILITY;
}

/* The plan of this session and its first step. */
static int plan_turns(struct provd_engine *engine, const struct provd_engine_request *request,
		      size_t *out_step, struct provd_error *err)
{
	const struct slot *complaint = provd__methods_complaint(engine);
	int code = provd__plan_build(engine, request->plan, request->plan_count, 0);

	if (code)
		return err->code = code;
	*out_step = provd__methods_find_step(engine, 0);
	if (*out_step < engine->plan_count)
		return 0;
	(void)snprintf(err->text, sizeof(err->text), "no configured method can run%s%.32s%s%.110s",
		       complaint ? "; " : "", complaint ? complaint->instance->name : "",
		       complaint ? ": " : "", complaint ? complaint->reason : "");
	return err->code = PROVD_E_NO_CAPABILITY;
}

/* No phone can be served without an identity: whoever watches is to know it at once. It may yet be
 * repaired, so the session goes on. */
static void say_identity(struct provd_engine *engine)
{
	struct provd_identity identity = {.size = sizeof(identity)};
	struct provd_error err = {.size = sizeof(err)};
	int code = engine->cloud ? provd__cloud_identity(engine->cloud, &identity, &err) : 0;
	struct provd_field fields[] = {
		provd_f_code("reason", code),
		provd_f_text("text", err.text[0] ? err.text : provd_err_text(code)),
	};

	if (code)
		provd__engine_entry(engine, PROVD_FLOW_NOTE, "the identity cannot be used", fields,
				    2);
}

/* Everything of a new session but who listens. @param window_ms 0: the config's */
static void begin(struct provd_engine *engine, uint64_t window_ms)
{
	struct session *session = &engine->session;

	provd_engine_end_after(engine);
	session_reset(engine);
	if (window_ms == 0)
		window_ms = (uint64_t)provd_options_int(engine->config.config->start, "window");
	if (window_ms) {
		session->deadline_ms = session->started_us / 1000u + window_ms;
		(void)provd_timer_start(engine->owner, window_ms, window_over, engine,
					&session->window_timer);
	}
	provd__engine_enter(engine, PROVD_STATE_LISTENING, PROVD_FLOW_NOTE, "session started", NULL,
			    0);
	/* What it has told of the last session is over. */
	if (engine->cloud)
		provd__cloud_tell(engine->cloud);
	say_identity(engine);
}

int provd_engine_start(struct provd_engine *engine, const struct provd_engine_request *request,
		       uint64_t *out_session, struct provd_error *err)
{
	struct session *session = &engine->session;
	size_t step = 0;
	int code;

	if (session->active || engine->shut_down)
		return err->code = PROVD_E_BUSY;
	code = check_cloud(engine, err);
	if (code == 0)
		code = want_methods(engine, request, err);
	if (code == 0)
		code = plan_turns(engine, request, &step, err);
	if (code)
		return code;
	engine->hold++;
	begin(engine, request->deadline_ms);
	*out_session = session->id;
	/* A saved network may just be tried: the first step follows when the radio is free. */
	session->next_step = step;
	session->switching = 1;
	engine->hold--;
	provd__engine_advance(engine);
	return 0;
}

/* Offers */

static int check_offer(const struct provd_engine *engine, const struct provd_engine_offer *offer,
		       struct provd_error *err)
{
	const struct session *session = &engine->session;

	if (offer->credentials->ssid_len == 0 || offer->credentials->ssid_len > PROVD_SSID_MAX ||
	    provd_secret_view(offer->credentials->passphrase).len > PROVD_PASSPHRASE_MAX)
		return err->code = PROVD_E_INVALID;
	if (engine->shut_down || (session->active && (session->ending || session->switching ||
						      session->state != PROVD_STATE_LISTENING)))
		return err->code = PROVD_E_BUSY;
	return check_cloud(engine, err);
}

/* A session without methods; the phone may still bring its token over the app channel. */
static int begin_offered(struct provd_engine *engine, const struct provd_engine_offer *offer,
			 struct provd_error *err)
{
	int code;

	for (size_t s = 0; s < engine->slot_count; s++)
		engine->slots[s]->wanted = 0;
	code = provd__plan_build(engine, NULL, 0, 0);
	if (code)
		return err->code = code;
	begin(engine, offer->deadline_ms);
	engine->session.offered = 1;
	if (engine->channel && !offer->token && provd_appchannel_open(engine->channel, err) != 0)
		provd__engine_entry(engine, PROVD_FLOW_NOTE, "the app channel could not be opened",
				    (const struct provd_field[]){provd_f_text("text", err->text)},
				    1);
	return 0;
}

int provd_engine_offer(struct provd_engine *engine, const struct provd_engine_offer *offer,
		       uint64_t *out_session, struct provd_error *err)
{
	int code = check_offer(engine, offer, err);
	int fresh = !engine->session.active;

	engine->hold++;
	if (code == 0 && fresh)
		code = begin_offered(engine, offer, err);
	if (code == 0) {
		*out_session = engine->session.id;
		provd__engine_take_offer(engine, offer);
		/* It is not now that they arrived. */
		if (fresh && offer->times)
			engine->session.times = *offer->times;
	}
	engine->hold--;
	if (code == 0)
		provd__engine_advance(engine);
	return code;
}
