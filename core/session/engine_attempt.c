/* SPDX-License-Identifier: Apache-2.0 */
/* One attempt of a session: credentials, join, registration, token, binding, and its failure. */
#include "session/engine_internal.h"

#include <stdio.h>
#include <string.h>

void provd__credentials_drop(struct provd_credentials *credentials, int *has)
{
	if (*has)
		provd_secret_unref(credentials->passphrase);
	memset(credentials, 0, sizeof(*credentials));
	*has = 0;
}

void provd__credentials_take(struct provd_credentials *to, int *has,
			     const struct provd_credentials *from)
{
	provd__credentials_drop(to, has);
	*to = *from;
	to->passphrase = provd_secret_ref(from->passphrase);
	*has = 1;
}

int provd__same_credentials(const struct provd_credentials *a, const struct provd_credentials *b)
{
	return a->ssid_len == b->ssid_len && memcmp(a->ssid, b->ssid, a->ssid_len) == 0 &&
	       provd_secret_equal(a->passphrase, b->passphrase);
}

static void token_set(const struct provd_secret **to, const struct provd_secret *token)
{
	const struct provd_secret *old = *to;

	*to = provd_secret_ref(token);
	provd_secret_unref(old);
}

static void next_drop(struct session *session)
{
	provd__credentials_drop(&session->next, &session->has_next);
	token_set(&session->next_token, NULL);
}

void provd__engine_forget_secrets(struct session *session)
{
	provd__credentials_drop(&session->credentials, &session->has_credentials);
	next_drop(session);
	token_set(&session->token, NULL);
}

static void token_timeout(void *user)
{
	struct provd_engine *engine = user;

	engine->session.token_timer = 0;
	provd__engine_attempt_failed(engine, PROVD_E_PEER_NO_TOKEN, NULL);
}

static void join_timeout(void *user);

const char *provd__engine_source(const struct provd_engine *engine)
{
	const struct session *session = &engine->session;

	return session->winner ? session->winner->instance->name : session->source;
}

static void begin_join(struct provd_engine *engine)
{
	struct session *session = &engine->session;
	const struct provd_credentials *credentials = &session->credentials;
	struct provd_field fields[] = {
		provd_f_text("method", provd__engine_source(engine)),
		provd_f_ssid("ssid", credentials->ssid, credentials->ssid_len),
		provd_f_secret("passphrase", provd_secret_view(credentials->passphrase).len),
		provd_f_int("attempt", session->attempt + 1),
	};

	session->attempt++;
	session->times.credentials_ms = provd__engine_wall_ms();
	provd_timer_stop(engine->owner, session->step_timer);
	session->step_timer = 0;
	session->join_wanted = 1;
	session->join_timed_out = 0;
	session->registered = 0;
	session->network_kept = 0;
	session->switching = 0; /* if the plan was about to turn, it stays */
	session->step_due = 0;
	/* Also for the wait until the radio is free. */
	provd_timer_stop(engine->owner, session->join_timer);
	(void)provd_timer_start(engine->owner, provd__engine_option(engine, "join_timeout"),
				join_timeout, engine, &session->join_timer);
	engine->hold++;
	provd__retry_cancel(engine);
	provd__engine_enter(engine, PROVD_STATE_JOINING,
			    session->winner ? PROVD_FLOW_FROM_PHONE : PROVD_FLOW_NOTE,
			    "credentials received", fields, sizeof(fields) / sizeof(fields[0]));
	provd__methods_suspend(engine);
	provd__engine_tell(engine);
	engine->hold--;
	provd__engine_advance(engine);
}

/* The token that this attempt binds with. */
static void token_take(struct provd_engine *engine, const struct provd_secret *token)
{
	struct session *session = &engine->session;
	struct provd_field field = provd_f_secret("token", provd_secret_view(token).len);

	if (provd_secret_view(token).len == 0 || session->state >= PROVD_STATE_BINDING ||
	    provd_secret_equal(token, session->token))
		return;
	token_set(&session->token, token);
	session->times.token_ms = provd__engine_wall_ms();
	provd__engine_entry(engine, PROVD_FLOW_FROM_PHONE, "token received", &field, 1);
	provd__keep_token(engine);
}

/* The next ones become those of this attempt. */
static void next_promote(struct provd_engine *engine)
{
	struct session *session = &engine->session;

	provd__credentials_take(&session->credentials, &session->has_credentials, &session->next);
	session->winner = session->next_winner;
	session->source[0] = '\0';
	token_take(engine, session->next_token);
	next_drop(session);
}

static void keep_for_later(struct provd_engine *engine, struct slot *slot,
			   const struct provd_credentials *credentials,
			   const struct provd_secret *token)
{
	struct session *session = &engine->session;
	int again = session->has_next && provd__same_credentials(credentials, &session->next);
	int replace = credentials->flags & PROVD_CREDENTIALS_REPLACE;

	provd__credentials_take(&session->next, &session->has_next, credentials);
	token_set(&session->next_token, token);
	session->next_winner = slot;
	if (again)
		return;
	provd__engine_entry(engine, PROVD_FLOW_FROM_PHONE,
			    replace ? "the phone corrected its credentials"
				    : "other credentials received, kept for later",
			    NULL, 0);
	if (replace && session->join_op)
		provd__engine_cancel_join(engine); /* the next ones follow at its end */
	else if (replace)
		next_promote(engine);
}

void provd__engine_credentials(struct provd_engine *engine, struct slot *slot,
			       const struct provd_credentials *credentials,
			       const struct provd_secret *token)
{
	struct session *session = &engine->session;
	size_t len = provd_secret_view(credentials->passphrase).len;

	if (!session->active || session->ending || session->settling ||
	    credentials->ssid_len == 0 || credentials->ssid_len > PROVD_SSID_MAX ||
	    len > PROVD_PASSPHRASE_MAX)
		return;
	if (!slot)
		slot = provd__methods_carrier(engine);
	if (session->has_credentials &&
	    provd__same_credentials(credentials, &session->credentials)) {
		/* Phones repeat themselves every second or two; a new token is a new try of one. */
		token_take(engine, token);
		if (session->state == PROVD_STATE_ONLINE && session->token_timer)
			provd__engine_proceed(engine);
		return;
	}
	if (session->state == PROVD_STATE_JOINING) {
		keep_for_later(engine, slot, credentials, token);
		return;
	}
	if (session->state != PROVD_STATE_LISTENING) {
		provd__engine_entry(engine, PROVD_FLOW_FROM_PHONE,
				    "other credentials received, ignoring", NULL, 0);
		return;
	}
	provd__credentials_take(&session->credentials, &session->has_credentials, credentials);
	token_take(engine, token);
	session->winner = slot;
	session->source[0] = '\0';
	begin_join(engine);
}

void provd__engine_take_offer(struct provd_engine *engine, const struct provd_engine_offer *offer)
{
	struct session *session = &engine->session;

	provd_text_copy(session->source, sizeof(session->source), offer->source);
	provd__credentials_take(&session->credentials, &session->has_credentials,
				offer->credentials);
	token_take(engine, offer->token);
	session->winner = NULL;
	begin_join(engine);
}

void provd__engine_token(struct provd_engine *engine, const struct provd_secret *token)
{
	struct session *session = &engine->session;

	if (!session->active || session->ending || session->settling ||
	    provd_secret_equal(token, session->token))
		return;
	/* Nobody may slip his token under the attempt of another phone. */
	if (session->token && session->state != PROVD_STATE_LISTENING) {
		provd__engine_entry(engine, PROVD_FLOW_FROM_PHONE,
				    "another token received, ignoring", NULL, 0);
		return;
	}
	token_take(engine, token);
	if (session->state == PROVD_STATE_ONLINE && session->token)
		provd__engine_proceed(engine);
}

/* Joining */

static void on_joined(void *user, int status, const struct provd_link *link, const char *text)
{
	struct provd_engine *engine = user;
	struct session *session = &engine->session;
	struct provd_field fields[2];

	session->join_op = 0;
	provd_timer_stop(engine->owner, session->join_timer);
	session->join_timer = 0;
	if (session->ending) {
		provd__engine_advance(engine);
		return;
	}
	if (status == PROVD_E_CANCELED && session->join_timed_out)
		status = PROVD_E_TIMEOUT;
	if (status == 0 && !link)
		status = PROVD_E_PLUGIN_FAULT;
	if (status != 0) {
		provd__engine_attempt_failed(engine, status, session->join_timed_out ? NULL : text);
		return;
	}
	/* Who came second is answered by the success of the first. */
	next_drop(session);
	session->link = *link;
	session->error = 0;
	session->times.online_ms = provd__engine_wall_ms();
	fields[0] = provd_f_ip("address", link->addr.ip, link->addr.family == 4 ? 4 : 16);
	fields[1] = provd_f_int("channel", link->channel);
	provd__engine_enter(engine, PROVD_STATE_ONLINE, PROVD_FLOW_FROM_AP, "joined the network",
			    fields, 2);
	provd__keep_online(engine);
	provd__engine_tell(engine);
	provd__engine_proceed(engine);
}

/* The HAL was asked to end the join and did not: it has no word left. */
static void join_overdue(void *user)
{
	struct provd_engine *engine = user;

	engine->session.join_timer = 0;
	provd_radio_give_up(engine->config.radio, engine->session.join_op);
}

void provd__engine_cancel_join(struct provd_engine *engine)
{
	struct session *session = &engine->session;

	/* Once, unless the end of the session has stopped the timer. */
	if (!session->join_op || (session->join_canceled && session->join_timer))
		return;
	session->join_canceled = 1;
	provd_timer_stop(engine->owner, session->join_timer);
	(void)provd_timer_start(engine->owner,
				provd__engine_option(engine, "method_cancel_timeout"), join_overdue,
				engine, &session->join_timer);
	provd_radio_cancel(engine->config.radio, session->join_op);
}

static void join_timeout(void *user)
{
	struct provd_engine *engine = user;
	struct session *session = &engine->session;

	session->join_timer = 0;
	session->join_timed_out = 1;
	if (session->join_op)
		provd__engine_cancel_join(engine);
	else
		provd__engine_attempt_failed(engine, PROVD_E_TIMEOUT,
					     "the radio was not given back in time");
}

void provd__engine_connect(struct provd_engine *engine)
{
	struct session *session = &engine->session;
	int code;

	session->join_wanted = 0;
	session->join_canceled = 0;
	code = provd_radio_connect(engine->config.radio, &session->credentials, on_joined, engine,
				   &session->join_op);
	if (code)
		provd__engine_attempt_failed(engine, code, NULL);
}

/* Who has let us down: the access point and its network, the cloud, or nobody but the device. */
static uint32_t flow_of_failure(uint32_t state, int status)
{
	int group = -status / 100;

	if (state == PROVD_STATE_JOINING || group == 1 || status == PROVD_E_NET_DNS ||
	    status == PROVD_E_NET_NO_GATEWAY || status == PROVD_E_NET_NO_INTERNET)
		return PROVD_FLOW_FROM_AP;
	if (status == PROVD_E_CLOCK || status == PROVD_E_CLOUD_IDENTITY)
		return PROVD_FLOW_NOTE;
	if (state == PROVD_STATE_REGISTERING || state == PROVD_STATE_BINDING)
		return PROVD_FLOW_FROM_CLOUD;
	return PROVD_FLOW_NOTE;
}

void provd__engine_attempt_failed(struct provd_engine *engine, int status, const char *text)
{
	struct session *session = &engine->session;
	struct provd_app_failure app;
	struct provd_field fields[5];
	int reachable;

	if (!session->active || session->ending || session->settling)
		return;
	provd_timer_stop(engine->owner, session->token_timer);
	provd_timer_stop(engine->owner, session->join_timer);
	session->token_timer = session->join_timer = 0;
	session->join_wanted = 0;
	provd_probe_cancel(session->probe);
	session->probe = NULL;
	if (engine->cloud)
		provd__cloud_give_up(engine->cloud);
	session->error = status;
	session->error_state = session->state;
	provd_text_copy(session->error_text, sizeof(session->error_text),
			text && *text ? text : provd_err_text(status));
	fields[0] = provd_f_text("during", provd_state_name(session->state));
	fields[1] = provd_f_code("reason", status);
	fields[2] = provd_f_text("text", session->error_text);
	app = provd__cloud_describe(engine->cloud, session->state, status);
	fields[3] = provd_f_int("app_id", app.id);
	fields[4] = provd_f_int("app_sub", app.sub);
	provd__credentials_drop(&session->credentials, &session->has_credentials);
	/* An old token must never bind a later attempt. */
	token_set(&session->token, NULL);
	engine->hold++;
	provd__engine_enter(engine, PROVD_STATE_LISTENING,
			    flow_of_failure(session->error_state, status),
			    "attempt failed, listening again", fields, app.id ? 5 : 3);
	reachable = provd__methods_reach_phone(engine);
	provd__methods_resume(engine);
	/* A phone that lost us because the radio was needed is told when it is back: OPENED. */
	if (reachable)
		provd__engine_tell(engine);
	else
		provd__methods_tell(engine);
	engine->hold--;
	if (session->has_next) {
		next_promote(engine);
		begin_join(engine);
	} else {
		provd__engine_advance(engine);
	}
}

/* What the way to the cloud is like */

static void probed(void *user, enum provd_probe_result result)
{
	struct provd_engine *engine = user;
	struct session *session = &engine->session;
	int status = provd_diagnose(session->probed, &session->link, result);

	session->probe = NULL;
	provd__engine_attempt_failed(engine, status,
				     status == session->probed ? session->probed_text : NULL);
}

void provd__engine_cloud_failed(struct provd_engine *engine, int status, const char *text)
{
	struct session *session = &engine->session;
	const struct provd_options *options = engine->config.config->session;
	const char *targets[PROVD_PROBE_TARGETS_MAX];
	size_t count = provd_options_count(options, "internet_check");

	session->probed = status;
	provd_text_copy(session->probed_text, sizeof(session->probed_text), text ? text : "");
	if (count > PROVD_PROBE_TARGETS_MAX)
		count = PROVD_PROBE_TARGETS_MAX;
	for (size_t i = 0; i < count; i++)
		targets[i] = provd_options_item(options, "internet_check", i);
	if (!provd_diagnose_wanted(status) || count == 0 ||
	    provd_probe_start(engine->owner, targets, count, probed, engine, &session->probe) != 0)
		probed(engine, PROVD_PROBE_NONE);
}

/* Online */

static void start_binding(struct provd_engine *engine)
{
	struct session *session = &engine->session;
	struct provd_bind_request request = session->times;
	int code;

	request.size = sizeof(request);
	request.session = session->id;
	request.token = session->token;
	request.method = provd__engine_source(engine);
	provd__engine_enter(engine, PROVD_STATE_BINDING, PROVD_FLOW_NOTE, "binding", NULL, 0);
	provd__engine_tell(engine);
	code = provd__cloud_bind(engine->cloud, &request);
	if (code)
		provd__engine_attempt_failed(engine, code, NULL);
}

void provd__engine_proceed(struct provd_engine *engine)
{
	struct session *session = &engine->session;
	struct provd_identity identity = {.size = sizeof(identity)};
	struct provd_error err = {.size = sizeof(err)};
	int code;

	if (!engine->cloud) {
		provd__keep_bound(engine, "no cloud is configured");
		return;
	}
	code = provd__cloud_identity(engine->cloud, &identity, &err);
	if (code) {
		provd__engine_attempt_failed(engine, code, err.text);
		return;
	}
	if (!(identity.flags & PROVD_IDENTITY_REGISTERED) && session->registered) {
		provd__engine_attempt_failed(engine, PROVD_E_CLOUD_IDENTITY,
					     "registered, but the device has no secret after it");
		return;
	}
	if (!(identity.flags & PROVD_IDENTITY_REGISTERED)) {
		provd__engine_enter(engine, PROVD_STATE_REGISTERING, PROVD_FLOW_NOTE, "registering",
				    NULL, 0);
		provd__engine_tell(engine);
		code = provd__cloud_register(engine->cloud);
		if (code)
			provd__engine_attempt_failed(engine, code, NULL);
		return;
	}
	if (!session->token && session->source[0] && engine->saved &&
	    provd_saved_is_bound(engine->saved)) {
		provd__keep_bound(engine, "the device is bound already");
		return;
	}
	if (!session->token) {
		if (session->state != PROVD_STATE_ONLINE)
			provd__engine_enter(engine, PROVD_STATE_ONLINE, PROVD_FLOW_NOTE,
					    "waiting for the token", NULL, 0);
		if (!session->token_timer)
			(void)provd_timer_start(engine->owner,
						provd__engine_option(engine, "token_timeout"),
						token_timeout, engine, &session->token_timer);
		return;
	}
	provd_timer_stop(engine->owner, session->token_timer);
	session->token_timer = 0;
	start_binding(engine);
}

void provd_engine_link_lost(struct provd_engine *engine, int status)
{
	uint32_t state = engine->session.state;

	if (state >= PROVD_STATE_ONLINE && state <= PROVD_STATE_BINDING)
		provd__engine_attempt_failed(engine, status ? status : PROVD_E_WIFI_LOST, NULL);
}

void provd_engine_join_progress(struct provd_engine *engine, const struct provd_event *event)
{
	if (engine->session.state == PROVD_STATE_JOINING)
		provd__engine_entry(engine, event->count ? event->count : PROVD_FLOW_TO_AP,
				    event->text ? event->text : "joining", event->fields,
				    event->field_count);
}
