/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a session makes durable. New credentials are saved only when they have worked; what a power
 * cut may interrupt is staged, so that the daemon takes it up again; "bound" is said when it would
 * survive a power cut. Writing runs beside the session and holds up only its end.
 */
#include "session/engine_internal.h"

#include <string.h>

void provd_engine_keep_in(struct provd_engine *engine, struct provd_saved *saved)
{
	engine->saved = saved;
}

static void said(struct provd_engine *engine, const char *event, int code,
		 const struct provd_error *err)
{
	const struct provd_field fields[] = {
		provd_f_code("reason", code),
		provd_f_text("text", err && err->text[0] ? err->text : provd_err_text(code)),
	};

	provd__engine_entry(engine, PROVD_FLOW_NOTE, event, fields, code ? 2 : 0);
}

static void settle(struct provd_engine *engine)
{
	struct session *session = &engine->session;

	if (session->settling && !session->keeping && !session->ending)
		provd__engine_end(engine, PROVD_STATE_BOUND, 0, session->error_text);
	else
		provd__engine_advance(engine);
}

/* One change has ended; nothing of a session that failed at it is undone: the network works. */
static void kept(struct provd_engine *engine, const char *done, const char *failed, int code,
		 const struct provd_error *err)
{
	engine->session.keeping--;
	if (code)
		said(engine, failed, code, err);
	else if (done)
		said(engine, done, 0, NULL);
	settle(engine);
}

static void network_saved(void *user, int code, const struct provd_error *err)
{
	provd__unsaved_network(user, code);
	kept(user, "network saved", "the network could not be saved", code, err);
}

static void staged(void *user, int code, const struct provd_error *err)
{
	kept(user, NULL, "the session cannot be taken up after a power cut", code, err);
}

static void bound_saved(void *user, int code, const struct provd_error *err)
{
	provd__unsaved_bound(user, code);
	kept(user, NULL, "cannot note that the device is bound", code, err);
}

static void unstaged(void *user, int code, const struct provd_error *err)
{
	kept(user, NULL, "cannot forget the session's credentials", code, err);
}

/* A change was asked for: `done` follows unless it was refused. */
static void keep(struct provd_engine *engine, int code, provd_saved_done_fn *done)
{
	engine->session.keeping++;
	if (code)
		done(engine, code, NULL);
}

int provd__keep_commits_at(const struct provd_engine *engine, const char *when)
{
	return strcmp(provd_options_text(engine->config.config->networks, "commit"), when) == 0;
}

int provd__keep_has_network(const struct provd_engine *engine)
{
	const struct provd_credentials *credentials = &engine->session.credentials;
	const struct provd_saved_network *network;

	if (!engine->saved || !engine->session.has_credentials)
		return 0;
	network = provd_saved_find(engine->saved, credentials->ssid, credentials->ssid_len);
	return network && provd__same_credentials(&network->credentials, credentials);
}

static void save_network(struct provd_engine *engine)
{
	/* The medium is not worn by writing what it holds. */
	if (!engine->session.has_credentials || engine->session.network_kept ||
	    provd__keep_has_network(engine))
		return;
	engine->session.network_kept = 1;
	provd__unsaved_asked(engine);
	keep(engine,
	     provd_saved_add(engine->saved, &engine->session.credentials, network_saved, engine),
	     network_saved);
}

/* The session goes on with what an earlier start of the daemon had staged. */
static int is_taken_up(const struct session *session)
{
	return strcmp(session->source, "resume") == 0;
}

static void stage(struct provd_engine *engine)
{
	struct session *session = &engine->session;
	const struct provd_saved_staged *old = provd_saved_staged(engine->saved);
	struct provd_saved_staged now = {
		.credentials = session->credentials,
		.token = session->token,
		.state = session->state,
		.resumed = old && is_taken_up(session) ? old->resumed : 0,
		.at_ms = session->times.started_ms,
		.times = session->times,
	};

	provd_text_copy(now.method, sizeof(now.method), provd__engine_source(engine));
	session->staged = 1;
	keep(engine, provd_saved_stage(engine->saved, &now, staged, engine), staged);
}

void provd__keep_online(struct provd_engine *engine)
{
	if (!engine->saved)
		return;
	if (provd__keep_commits_at(engine, "online"))
		save_network(engine);
	if (engine->cloud)
		stage(engine);
}

void provd__keep_token(struct provd_engine *engine)
{
	/* One that comes with credentials is staged with them, when they have worked. */
	if (engine->saved && engine->session.staged && !engine->session.ending &&
	    engine->session.state >= PROVD_STATE_ONLINE)
		stage(engine);
}

void provd__keep_bound(struct provd_engine *engine, const char *text)
{
	struct session *session = &engine->session;

	provd_text_copy(session->error_text, sizeof(session->error_text), text);
	engine->hold++;
	if (engine->saved) {
		save_network(engine);
		/* It also says that the session that is staged is over. */
		if (session->staged || !provd_saved_is_bound(engine->saved))
			keep(engine, provd_saved_set_bound(engine->saved, bound_saved, engine),
			     bound_saved);
	}
	/* Not before: a change that is refused at once must not end it before the next is asked. */
	session->settling = 1;
	engine->hold--;
	settle(engine);
}

void provd__keep_end(struct provd_engine *engine)
{
	int stopped = engine->session.final_state == PROVD_STATE_STOPPED;

	if (!engine->saved ||
	    (!engine->session.staged && !(stopped && is_taken_up(&engine->session))))
		return;
	/* A reboot is not the owner's wish to begin anew: it is taken up like a power cut. */
	if (engine->shut_down && stopped)
		return;
	engine->session.staged = 0;
	keep(engine, provd_saved_unstage(engine->saved, unstaged, engine), unstaged);
}
