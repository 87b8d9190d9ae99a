/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A saved network is tried while the session listens and nobody is there: a router that boots
 * slower than the device must not leave it on its own access point.
 */
#include "session/engine_internal.h"

#include <string.h>

int provd_engine_phone_is_there(const struct provd_engine *engine)
{
	const struct session *session = &engine->session;

	if (!session->active)
		return 0;
	return session->state != PROVD_STATE_LISTENING || session->ending || session->join_wanted ||
	       provd__methods_have_phone(engine);
}

/* Takes the try out of the session, which may end by what follows. */
static struct retry take(struct provd_engine *engine)
{
	struct retry taken = engine->session.retry;

	provd_timer_stop(engine->owner, taken.timer);
	memset(&engine->session.retry, 0, sizeof(taken));
	return taken;
}

static void report(struct retry *taken, int status, const struct provd_link *link, const char *text)
{
	int has = 1;

	provd__credentials_drop(&taken->credentials, &has);
	taken->done(taken->user, status, status ? NULL : link, text);
}

/* Methods that gave the radio back get it again, unless the session goes another way. */
static void give_back(struct provd_engine *engine)
{
	const struct session *session = &engine->session;

	if (session->state == PROVD_STATE_LISTENING && !session->ending && !session->join_wanted)
		provd__methods_resume(engine);
}

static void on_tried(void *user, int status, const struct provd_link *link, const char *text)
{
	struct provd_engine *engine = user;
	const struct session *session = &engine->session;
	struct retry taken = take(engine);
	const struct provd_field field = provd_f_code("reason", status);

	if (status == 0 && !link)
		status = PROVD_E_PLUGIN_FAULT;
	engine->hold++;
	/* One that works although it was canceled does not cut off the phone that came. */
	if (status == 0 && session->state == PROVD_STATE_LISTENING && !session->ending &&
	    !provd__methods_have_phone(engine)) {
		provd__engine_end(engine, PROVD_STATE_STOPPED, 0, "a saved network is joined");
	} else {
		if (status && session->active)
			provd__engine_entry(engine, PROVD_FLOW_FROM_AP,
					    "the saved network was not joined", &field, 1);
		give_back(engine);
	}
	report(&taken, status, link, text);
	engine->hold--;
	provd__engine_advance(engine);
}

static void overdue(void *user)
{
	struct provd_engine *engine = user;

	engine->session.retry.timer = 0;
	provd_radio_give_up(engine->config.radio, engine->session.retry.op);
}

void provd__retry_cancel(struct provd_engine *engine)
{
	struct retry *retry = &engine->session.retry;

	if (!retry->active)
		return;
	if (!retry->op) {
		struct retry taken = take(engine);

		give_back(engine);
		report(&taken, PROVD_E_CANCELED, NULL, NULL);
		return;
	}
	/* Once: who asks again and again would give the HAL all the time in the world. */
	if (retry->canceled)
		return;
	retry->canceled = 1;
	provd_timer_stop(engine->owner, retry->timer);
	(void)provd_timer_start(engine->owner,
				provd__engine_option(engine, "method_cancel_timeout"), overdue,
				engine, &retry->timer);
	provd_radio_cancel(engine->config.radio, retry->op);
}

static void timed_out(void *user)
{
	struct provd_engine *engine = user;

	engine->session.retry.timer = 0;
	provd__retry_cancel(engine);
	provd__engine_advance(engine);
}

void provd__retry_connect(struct provd_engine *engine)
{
	struct retry *retry = &engine->session.retry;
	int code;

	retry->wanted = 0;
	code = provd_radio_connect(engine->config.radio, &retry->credentials, on_tried, engine,
				   &retry->op);
	if (code)
		on_tried(engine, code, NULL, NULL);
}

static void advance(void *user)
{
	provd__engine_advance(user);
}

int provd_engine_retry(struct provd_engine *engine, const struct provd_credentials *credentials,
		       provd_joined_fn *done, void *user)
{
	struct session *session = &engine->session;
	struct retry *retry = &session->retry;
	const struct provd_field field =
		provd_f_ssid("ssid", credentials->ssid, credentials->ssid_len);
	int has = 0;
	int code;

	if (!session->active || session->ending || session->switching ||
	    session->state != PROVD_STATE_LISTENING)
		return PROVD_E_STATE;
	if (retry->active || provd_engine_phone_is_there(engine))
		return PROVD_E_BUSY;
	/* Not within this call, since `done` may follow. */
	code = provd_defer(engine->owner, advance, engine);
	if (code)
		return code;
	provd__credentials_take(&retry->credentials, &has, credentials);
	retry->active = retry->wanted = 1;
	retry->done = done;
	retry->user = user;
	(void)provd_timer_start(engine->owner, provd__engine_option(engine, "join_timeout"),
				timed_out, engine, &retry->timer);
	engine->hold++;
	provd__engine_entry(engine, PROVD_FLOW_TO_AP, "trying a saved network", &field, 1);
	provd__methods_make_way(engine);
	engine->hold--;
	return 0;
}
