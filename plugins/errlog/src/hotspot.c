/* SPDX-License-Identifier: Apache-2.0 */
#include "errlog.h"

#include <stdio.h>

/* The README has the table of this machine: state of the hotspot against goal. */

void errlog_emit(struct errlog *errlog, const struct provd_event *event)
{
	int rc = errlog->host->emit(errlog->host, event);

	if (rc)
		PROVD_LOG(errlog->host, PROVD_LOG_ERROR, NULL, "event lost",
			  provd_f_int("type", (int64_t)event->type), provd_f_code("code", rc));
}

static void raise(struct errlog *errlog, uint32_t type, uint64_t op, int status, const char *text)
{
	struct provd_event event = {
		.size = sizeof(event), .type = type, .op = op, .status = status, .text = text};

	errlog_emit(errlog, &event);
}

void errlog_session_end(struct errlog *errlog, uint32_t type, int status, const char *text)
{
	uint64_t session = errlog->session;

	if (!session)
		return;
	errlog->session = 0;
	errlog->host->timer_stop(errlog->host, errlog->limit_timer);
	errlog->limit_timer = 0;
	errlog_unserve(errlog);
	if (errlog->goal == ERRLOG_GOAL_SERVE || errlog->goal == ERRLOG_GOAL_RELEASED)
		errlog->goal = ERRLOG_GOAL_ENDED;
	raise(errlog, type, session, status, text);
}

void errlog_fail(struct errlog *errlog, int code, const char *text)
{
	/* A stop that was asked for wins: it ends the same way. */
	if (errlog->goal == ERRLOG_GOAL_STOPPED || errlog->goal == ERRLOG_GOAL_IDLE)
		return;
	errlog->goal = ERRLOG_GOAL_FAILED;
	errlog->failure = code;
	if (snprintf(errlog->failure_text, sizeof(errlog->failure_text), "%s",
		     text && text[0] ? text : provd_err_text(code)) < 0)
		errlog->failure_text[0] = '\0';
}

static void open_ap(struct errlog *errlog)
{
	const struct provd_host *host = errlog->host;
	struct provd_softap_config config;
	struct provd_error err = {.size = sizeof(err)};
	uint64_t op;
	int rc = ap_config_make(host, &errlog->settings, &config, &err);

	if (rc) {
		errlog_fail(errlog, rc, err.text);
		return;
	}
	op = host->new_id(host);
	rc = errlog->hal->start(errlog->hal_self, op, &config);
	if (rc == 0) {
		errlog->op = op;
		errlog->ap = ERRLOG_OPENING;
		errlog->phones = 0;
		PROVD_LOG(host, PROVD_LOG_INFO, NULL, "opening the log hotspot",
			  provd_f_ssid("ssid", config.ssid, config.ssid_len),
			  provd_f_int("channel", config.channel));
	} else {
		errlog_fail(errlog, rc, NULL);
	}
	/* Borrowed by the HAL for the call; it took a reference of its own. */
	host->secret_unref(host, config.passphrase);
}

static void close_ap(struct errlog *errlog)
{
	uint64_t op = errlog->host->new_id(errlog->host);
	int rc;

	errlog_unserve(errlog);
	rc = errlog->hal->stop(errlog->hal_self, op);
	errlog->op = rc ? 0 : op;
	errlog->ap = rc ? ERRLOG_CLOSED : ERRLOG_CLOSING;
	if (rc)
		PROVD_LOG(errlog->host, PROVD_LOG_WARN, NULL,
			  "closing the log hotspot was refused, ignoring",
			  provd_f_code("code", rc));
}

static void is_up(struct errlog *errlog)
{
	struct provd_error err = {.size = sizeof(err)};
	int rc = errlog->goal == ERRLOG_GOAL_SERVE ? errlog_serve(errlog, &err) : 0;

	if (rc) {
		errlog_fail(errlog, rc, err.text);
		return;
	}
	if (errlog->started) {
		if (errlog->session)
			raise(errlog, PROVD_EV_PROGRESS, errlog->session, 0, "log hotspot up");
		return;
	}
	errlog->started = 1;
	raise(errlog, PROVD_EV_STARTED, 0, 0, NULL);
}

static void finish(struct errlog *errlog)
{
	uint32_t type = PROVD_EV_STOPPED;
	int status = 0;
	const char *text = NULL;

	if (errlog->goal == ERRLOG_GOAL_FAILED) {
		type = PROVD_EV_FAILED;
		status = errlog->failure;
		text = errlog->failure_text;
		errlog_session_end(errlog, PROVD_EV_SESSION_ERROR, status, text);
	}
	errlog->goal = ERRLOG_GOAL_IDLE;
	errlog->started = 0;
	errlog->must_suspend = 0;
	errlog->op = 0;
	raise(errlog, type, 0, status, text);
}

static int is_over(const struct errlog *errlog)
{
	return errlog->goal == ERRLOG_GOAL_STOPPED || errlog->goal == ERRLOG_GOAL_FAILED;
}

static void advance_closed(struct errlog *errlog)
{
	if (errlog->must_suspend && !is_over(errlog)) {
		errlog->must_suspend = 0;
		raise(errlog, PROVD_EV_SUSPENDED, 0, 0, NULL);
	}
	if (errlog->goal == ERRLOG_GOAL_SERVE)
		open_ap(errlog);
	/* Opening may have failed just now. */
	if (is_over(errlog))
		finish(errlog);
}

static int must_close(const struct errlog *errlog)
{
	if (errlog->goal == ERRLOG_GOAL_SERVE)
		return 0;
	/* A start that was promised an answer gets it before the radio is released. */
	if (errlog->ap == ERRLOG_OPENING)
		return errlog->started || is_over(errlog);
	return errlog->ap == ERRLOG_UP;
}

void errlog_advance(struct errlog *errlog)
{
	if (errlog->goal == ERRLOG_GOAL_IDLE)
		return;
	if (must_close(errlog))
		close_ap(errlog);
	if (errlog->ap == ERRLOG_CLOSED)
		advance_closed(errlog);
}

void errlog_op_done(struct errlog *errlog, uint64_t op, int status)
{
	/* Old numbers: a start that a stop has overtaken. */
	if (!op || op != errlog->op)
		return;
	errlog->op = 0;
	if (errlog->ap == ERRLOG_CLOSING) {
		errlog->ap = ERRLOG_CLOSED;
		if (status)
			PROVD_LOG(errlog->host, PROVD_LOG_WARN, NULL,
				  "closing the log hotspot failed, ignoring",
				  provd_f_code("code", status));
	} else if (status) {
		errlog->ap = ERRLOG_CLOSED;
		errlog_fail(errlog, status, NULL);
	} else {
		errlog->ap = ERRLOG_UP;
		is_up(errlog);
	}
	errlog_advance(errlog);
}

void errlog_ap_lost(struct errlog *errlog, int status)
{
	if (errlog->ap != ERRLOG_UP)
		return;
	errlog->ap = ERRLOG_CLOSED;
	errlog_unserve(errlog);
	if (errlog->retried) {
		errlog_fail(errlog, status ? status : PROVD_E_WIFI_RADIO,
			    "the log hotspot went down again");
	} else {
		errlog->retried = 1;
		PROVD_LOG(errlog->host, PROVD_LOG_WARN, NULL,
			  "the log hotspot went down, opening it again",
			  provd_f_code("code", status));
	}
	errlog_advance(errlog);
}
