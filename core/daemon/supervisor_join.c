/* SPDX-License-Identifier: Apache-2.0 */
/* Saved networks are tried, by ourselves or in the background of a session; and what is known of
 * the link. */
#include "daemon/supervisor_internal.h"
#include "secret/secret.h"

#include <string.h>

/* The link */

/* A link that somebody else has joined: a session, or the system before we came. */
static void learn_link(struct provd_supervisor *supervisor)
{
	if (provd_radio_get_link(supervisor->config.radio, &supervisor->link) != 0)
		memset(&supervisor->link, 0, sizeof(supervisor->link));
	supervisor->link.size = sizeof(supervisor->link);
	supervisor->link_is_saved = 0;
	supervisor->relearn = 0;
	supervisor->link.flags |= PROVD_LINK_ASSOCIATED | PROVD_LINK_ADDRESS;
}

static void link_is(struct provd_supervisor *supervisor, int up)
{
	provd_policy_link(&supervisor->policy, up, provd__supervisor_now_ms(supervisor));
	supervisor->config.on_link(supervisor->config.user, up);
}

static int is_saved(const struct provd_supervisor *supervisor)
{
	const struct provd_link *link = &supervisor->link;

	return link->ssid_len > 0 &&
	       provd_saved_find(supervisor->config.saved, link->ssid, link->ssid_len) != NULL;
}

void provd__link_refresh(struct provd_supervisor *supervisor)
{
	int up = provd_radio_has_link(supervisor->config.radio);
	int was = supervisor->link.flags != 0;

	if (up && (!was || supervisor->relearn)) {
		learn_link(supervisor);
	} else if (!up && was) {
		memset(&supervisor->link, 0, sizeof(supervisor->link));
		supervisor->link.size = sizeof(supervisor->link);
		supervisor->link_is_saved = 0;
	}
	/* The session saves its network only after it has joined it. */
	supervisor->link_is_saved |= up && is_saved(supervisor);
	if (up != was)
		link_is(supervisor, up);
}

void provd__link_check_saved(struct provd_supervisor *supervisor)
{
	/* A session's network is the session's affair; its end wakes us. */
	if (!supervisor->link_is_saved || is_saved(supervisor) ||
	    provd__supervisor_in_session(supervisor))
		return;
	PROVD_CLOG(supervisor->config.log, "supervisor", 0, PROVD_LOG_INFO,
		   "leaving a network that is no longer saved",
		   provd_f_ssid("ssid", supervisor->link.ssid, supervisor->link.ssid_len));
	provd_radio_disconnect(supervisor->config.radio);
	provd__link_refresh(supervisor);
}

/* Trying */

void provd__try_drop(struct provd_supervisor *supervisor)
{
	provd_secret_unref(supervisor->try.credentials.passphrase);
	memset(&supervisor->try, 0, sizeof(supervisor->try));
}

static void tried(struct provd_supervisor *supervisor, int status, const char *text)
{
	const struct provd_credentials *credentials = &supervisor->try.credentials;
	struct provd_log *log = supervisor->config.log;

	if (status == 0)
		PROVD_CLOG(log, "supervisor", 0, PROVD_LOG_INFO, "joined a saved network",
			   provd_f_ssid("ssid", credentials->ssid, credentials->ssid_len),
			   provd_f_int("channel", supervisor->link.channel));
	else
		PROVD_CLOG(log, "supervisor", 0, PROVD_LOG_DEBUG, "a saved network is not joined",
			   provd_f_ssid("ssid", credentials->ssid, credentials->ssid_len),
			   provd_f_code("reason", status),
			   provd_f_text("text", text ? text : provd_err_text(status)));
	provd__try_drop(supervisor);
	provd_policy_joined(&supervisor->policy, status == 0, provd__supervisor_now_ms(supervisor));
}

static void on_joined(void *user, int status, const struct provd_link *link, const char *text)
{
	struct provd_supervisor *supervisor = user;
	int own = supervisor->try.by == TRYING_RADIO;

	provd_timer_stop(supervisor->owner, supervisor->try.timer);
	if (status == PROVD_E_CANCELED && supervisor->try.timed_out) {
		status = PROVD_E_TIMEOUT;
		text = NULL;
	}
	if (status == 0 && !link)
		status = PROVD_E_PLUGIN_FAULT;
	if (status == 0) {
		int was = supervisor->link.flags != 0;

		supervisor->link = *link;
		supervisor->link.flags |= PROVD_LINK_ASSOCIATED | PROVD_LINK_ADDRESS;
		supervisor->link_is_saved = 1;
		if (!was)
			link_is(supervisor, 1);
		if (own)
			provd_engine_link_up(supervisor->config.engine, &supervisor->link);
	}
	tried(supervisor, status, text);
	/* A session that has begun meanwhile waits for the radio. */
	if (own)
		provd_engine_radio_changed(supervisor->config.engine);
	provd__supervisor_rest(supervisor);
	provd__supervisor_wake(supervisor);
}

static void start_timer(struct provd_supervisor *supervisor, const char *option,
			void (*fn)(void *user))
{
	const struct provd_options *session = supervisor->config.config->session;

	provd_timer_stop(supervisor->owner, supervisor->try.timer);
	supervisor->try.timer = 0;
	(void)provd_timer_start(supervisor->owner, (uint64_t)provd_options_int(session, option), fn,
				supervisor, &supervisor->try.timer);
}

/* The HAL was asked to end the join and did not: it has no word left. */
static void overdue(void *user)
{
	struct provd_supervisor *supervisor = user;

	supervisor->try.timer = 0;
	provd_radio_give_up(supervisor->config.radio, supervisor->try.op);
}

void provd__try_cancel(struct provd_supervisor *supervisor)
{
	if (supervisor->try.by != TRYING_RADIO || supervisor->try.canceled)
		return;
	supervisor->try.canceled = 1;
	start_timer(supervisor, "method_cancel_timeout", overdue);
	provd_radio_cancel(supervisor->config.radio, supervisor->try.op);
}

void provd__try_check_saved(struct provd_supervisor *supervisor)
{
	const struct provd_credentials *credentials = &supervisor->try.credentials;

	if (supervisor->try.by == TRYING_RADIO &&
	    !provd_saved_find(supervisor->config.saved, credentials->ssid, credentials->ssid_len))
		provd__try_cancel(supervisor);
}

static void timed_out(void *user)
{
	struct provd_supervisor *supervisor = user;

	supervisor->try.timer = 0;
	supervisor->try.timed_out = 1;
	provd__try_cancel(supervisor);
}

void provd__try_start(struct provd_supervisor *supervisor, size_t index)
{
	const struct provd_supervisor_config *config = &supervisor->config;
	const struct provd_saved_network *network = provd_saved_get(config->saved, index);
	struct try *try = &supervisor->try;
	int in_session = provd__supervisor_in_session(supervisor);
	int code;

	if (!network) {
		provd_policy_joined(&supervisor->policy, 0, provd__supervisor_now_ms(supervisor));
		return;
	}
	try->credentials = network->credentials;
	try->credentials.passphrase = provd_secret_ref(network->credentials.passphrase);
	PROVD_CLOG(config->log, "supervisor", 0, PROVD_LOG_DEBUG, "trying a saved network",
		   provd_f_ssid("ssid", try->credentials.ssid, try->credentials.ssid_len),
		   provd_f_int("in_session", in_session));
	if (in_session) {
		try->by = TRYING_ENGINE;
		code = provd_engine_retry(config->engine, &try->credentials, on_joined, supervisor);
	} else {
		try->by = TRYING_RADIO;
		start_timer(supervisor, "join_timeout", timed_out);
		code = provd_radio_connect(config->radio, &try->credentials, on_joined, supervisor,
					   &try->op);
	}
	if (code) {
		provd_timer_stop(supervisor->owner, try->timer);
		tried(supervisor, code, NULL);
	}
}
