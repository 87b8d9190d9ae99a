/* SPDX-License-Identifier: Apache-2.0 */
#include "softap.h"

#include <stdio.h>

/* The README has the table of this machine: state of the access point against goal. */

void softap_emit(struct softap *softap, const struct provd_event *event)
{
	int rc = softap->host->emit(softap->host, event);

	if (rc)
		PROVD_LOG(softap->host, PROVD_LOG_ERROR, NULL, "event lost",
			  provd_f_int("type", (int64_t)event->type), provd_f_code("code", rc));
}

static void raise(struct softap *softap, uint32_t type, uint64_t op, int status, const char *text)
{
	struct provd_event event = {
		.size = sizeof(event), .type = type, .op = op, .status = status, .text = text};

	softap_emit(softap, &event);
}

void softap_session_end(struct softap *softap, uint32_t type, int status, const char *text)
{
	uint64_t session = softap->session;

	if (!session)
		return;
	softap->session = 0;
	raise(softap, type, session, status, text);
}

void softap_fail(struct softap *softap, int code, const char *text)
{
	/* A stop that was asked for wins: it ends the same way. */
	if (softap->goal == SOFTAP_GOAL_STOPPED || softap->goal == SOFTAP_GOAL_IDLE)
		return;
	softap->goal = SOFTAP_GOAL_FAILED;
	softap->failure = code;
	if (snprintf(softap->failure_text, sizeof(softap->failure_text), "%s",
		     text ? text : provd_err_text(code)) < 0)
		softap->failure_text[0] = '\0';
}

static void open_ap(struct softap *softap)
{
	const struct provd_host *host = softap->host;
	struct provd_softap_config config;
	struct provd_error err = {.size = sizeof(err)};
	uint64_t op;
	int rc = ap_config_make(host, &softap->settings, &config, &err);

	if (rc) {
		softap_fail(softap, rc, err.text);
		return;
	}
	op = host->new_id(host);
	rc = softap->hal->start(softap->hal_self, op, &config);
	if (rc == 0) {
		softap->op = op;
		softap->ap = SOFTAP_OPENING;
		softap->phones = 0;
		PROVD_LOG(host, PROVD_LOG_INFO, NULL, "opening the access point",
			  provd_f_ssid("ssid", config.ssid, config.ssid_len),
			  provd_f_int("channel", config.channel));
	} else {
		softap_fail(softap, rc, NULL);
	}
	/* Borrowed by the HAL for the call; it took a reference of its own. */
	host->secret_unref(host, config.passphrase);
}

static void close_ap(struct softap *softap)
{
	uint64_t op = softap->host->new_id(softap->host);
	int rc = softap->hal->stop(softap->hal_self, op);

	softap->op = rc ? 0 : op;
	softap->ap = rc ? SOFTAP_CLOSED : SOFTAP_CLOSING;
	if (rc)
		PROVD_LOG(softap->host, PROVD_LOG_WARN, NULL,
			  "closing the access point was refused, ignoring",
			  provd_f_code("code", rc));
}

static void is_up(struct softap *softap)
{
	if (softap->started) {
		raise(softap, PROVD_EV_PROGRESS, softap->session, 0, "access point up");
		return;
	}
	softap->started = 1;
	raise(softap, PROVD_EV_STARTED, 0, 0, NULL);
}

static void finish(struct softap *softap)
{
	uint32_t type = PROVD_EV_STOPPED;
	int status = 0;
	const char *text = NULL;

	if (softap->goal == SOFTAP_GOAL_FAILED) {
		type = PROVD_EV_FAILED;
		status = softap->failure;
		text = softap->failure_text;
		softap_session_end(softap, PROVD_EV_SESSION_ERROR, status, text);
	} else {
		softap_session_end(softap, PROVD_EV_SESSION_CANCELED, PROVD_E_CANCELED, NULL);
	}
	softap->goal = SOFTAP_GOAL_IDLE;
	softap->started = 0;
	softap->quiet = 0;
	softap->must_suspend = 0;
	softap->op = 0;
	raise(softap, type, 0, status, text);
}

static void advance_closed(struct softap *softap)
{
	int over = softap->goal == SOFTAP_GOAL_STOPPED || softap->goal == SOFTAP_GOAL_FAILED;

	if (softap->must_suspend && !over) {
		softap->must_suspend = 0;
		raise(softap, PROVD_EV_SUSPENDED, 0, 0, NULL);
	}
	if (softap->goal == SOFTAP_GOAL_UP)
		open_ap(softap);
	/* Opening may have failed just now. */
	if (softap->goal == SOFTAP_GOAL_STOPPED || softap->goal == SOFTAP_GOAL_FAILED)
		finish(softap);
}

static int must_close(const struct softap *softap)
{
	if (softap->goal == SOFTAP_GOAL_UP)
		return 0;
	/* A start that was promised an answer gets it before the radio is released. */
	if (softap->ap == SOFTAP_OPENING)
		return softap->started || softap->goal != SOFTAP_GOAL_RELEASED;
	return softap->ap == SOFTAP_UP;
}

void softap_advance(struct softap *softap)
{
	if (softap->goal == SOFTAP_GOAL_IDLE)
		return;
	if (must_close(softap))
		close_ap(softap);
	if (softap->ap == SOFTAP_CLOSED)
		advance_closed(softap);
}

void softap_op_done(struct softap *softap, uint64_t op, int status)
{
	/* Old numbers: a start that a stop has overtaken. */
	if (!op || op != softap->op)
		return;
	softap->op = 0;
	if (softap->ap == SOFTAP_CLOSING) {
		softap->ap = SOFTAP_CLOSED;
		if (status)
			PROVD_LOG(softap->host, PROVD_LOG_WARN, NULL,
				  "closing the access point failed, ignoring",
				  provd_f_code("code", status));
	} else if (status) {
		softap->ap = SOFTAP_CLOSED;
		softap_fail(softap, status, NULL);
	} else {
		softap->ap = SOFTAP_UP;
		is_up(softap);
	}
	softap_advance(softap);
}

void softap_ap_lost(struct softap *softap, int status)
{
	if (softap->ap != SOFTAP_UP)
		return;
	softap->ap = SOFTAP_CLOSED;
	if (softap->retried) {
		softap_fail(softap, status ? status : PROVD_E_WIFI_RADIO,
			    "the access point went down again");
	} else {
		softap->retried = 1;
		PROVD_LOG(softap->host, PROVD_LOG_WARN, NULL,
			  "the access point went down, opening it again",
			  provd_f_code("code", status));
	}
	softap_advance(softap);
}
