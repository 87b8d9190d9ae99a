/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session that had got online when the power went is taken up with the credentials and token
 * that were staged: the phone's user has done his part and must not have to do it again. The try
 * is counted, durably, before it is made, so that one that brings the device down ends.
 */
#include "daemon/supervisor_internal.h"
#include "secret/secret.h"

#include <string.h>
#include <time.h>

#define RESUMES_MAX 3
/* 2020-01-01: a clock before that was never set. */
#define PLAUSIBLE_MS UINT64_C(1577836800000)

void provd__resume_drop(struct provd_supervisor *supervisor)
{
	struct resume *resume = &supervisor->resume;

	provd_secret_unref(resume->staged.credentials.passphrase);
	provd_secret_unref(resume->staged.token);
	memset(&resume->staged, 0, sizeof(resume->staged));
	resume->active = 0;
}

/* A device without a battery-backed clock knows only that it may be young. */
static int is_young(const struct provd_supervisor *supervisor,
		    const struct provd_saved_staged *staged)
{
	int64_t limit = provd_options_int(supervisor->config.config->networks, "resume_for");
	struct timespec now;
	uint64_t now_ms;

	if (limit <= 0)
		return 0;
	clock_gettime(CLOCK_REALTIME, &now);
	now_ms = (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
	return now_ms < PLAUSIBLE_MS || staged->at_ms < PLAUSIBLE_MS || now_ms < staged->at_ms ||
	       now_ms - staged->at_ms < (uint64_t)limit;
}

static void forgotten(void *user, int code, const struct provd_error *err)
{
	struct provd_supervisor *supervisor = user;

	if (code)
		PROVD_CLOG(supervisor->config.log, "supervisor", 0, PROVD_LOG_WARN,
			   "what was staged cannot be forgotten", provd_f_code("reason", code),
			   provd_f_text("text",
					err && err->text[0] ? err->text : provd_err_text(code)));
}

static void not_taken_up(struct provd_supervisor *supervisor, const char *why)
{
	PROVD_CLOG(supervisor->config.log, "supervisor", 0, PROVD_LOG_INFO,
		   "a session that was cut off is not taken up", provd_f_text("why", why));
}

static void forget(struct provd_supervisor *supervisor, const char *why)
{
	int code = provd_saved_unstage(supervisor->config.saved, forgotten, supervisor);

	not_taken_up(supervisor, why);
	if (code)
		forgotten(supervisor, code, NULL);
}

static void offer(struct provd_supervisor *supervisor)
{
	const struct provd_saved_staged *staged = &supervisor->resume.staged;
	const struct provd_engine_offer what = {
		.credentials = &staged->credentials,
		.token = staged->token,
		.source = "resume",
		.times = &staged->times,
	};
	struct provd_error err = {.size = sizeof(err)};
	uint64_t session = 0;
	int code;

	/* It may be over within the call. */
	supervisor->resume.offering = 1;
	code = provd_engine_offer(supervisor->config.engine, &what, &session, &err);
	supervisor->resume.offering = 0;
	if (code) {
		/* What is missing may be there after the next start; its tries are counted. */
		not_taken_up(supervisor, err.text[0] ? err.text : provd_err_text(code));
		return;
	}
	if (provd_engine_session(supervisor->config.engine) == session)
		supervisor->resume.session = session;
	PROVD_CLOG(supervisor->config.log, "supervisor", session, PROVD_LOG_INFO,
		   "taking up a session that was cut off", provd_f_text("method", staged->method),
		   provd_f_int("resumed", staged->resumed));
}

/* The count is durable. */
static void counted(void *user, int code, const struct provd_error *err)
{
	struct provd_supervisor *supervisor = user;

	int wanted = !supervisor->stopping && !supervisor->reset.active;

	if (wanted && code)
		forget(supervisor, err && err->text[0] ? err->text : provd_err_text(code));
	else if (wanted && provd__supervisor_in_session(supervisor))
		supervisor->resume.later = 1; /* it was started meanwhile, and goes first */
	else if (wanted)
		offer(supervisor);
	provd__resume_drop(supervisor);
	provd__supervisor_ready(supervisor);
	provd__supervisor_wake(supervisor);
}

void provd__resume_begin(struct provd_supervisor *supervisor)
{
	const struct provd_saved_staged *old = provd_saved_staged(supervisor->config.saved);
	struct provd_saved_staged *staged = &supervisor->resume.staged;
	int code;

	if (!old)
		return;
	if (old->resumed >= RESUMES_MAX) {
		forget(supervisor, "it was tried often enough");
		return;
	}
	if (!is_young(supervisor, old)) {
		forget(supervisor, "it is too old");
		return;
	}
	*staged = *old;
	staged->credentials.passphrase = provd_secret_ref(old->credentials.passphrase);
	staged->token = provd_secret_ref(old->token);
	staged->resumed++;
	supervisor->resume.active = 1;
	code = provd_saved_stage(supervisor->config.saved, staged, counted, supervisor);
	if (code)
		counted(supervisor, code, NULL);
}

void provd__resume_again(struct provd_supervisor *supervisor)
{
	struct resume *resume = &supervisor->resume;

	if (!resume->later || resume->active || supervisor->reset.active ||
	    !supervisor->link.flags || provd__supervisor_in_session(supervisor))
		return;
	resume->later = 0;
	provd__resume_begin(supervisor);
}

int provd__resume_ended(struct provd_supervisor *supervisor, uint32_t final_state)
{
	struct resume *resume = &supervisor->resume;
	int ours = resume->offering ||
		   (resume->session != 0 && resume->session == supervisor->session);

	resume->session = 0;
	/* The record outlives only a session that did not get online: after a power cut the router
	 * may boot slower than we do, and sessions may come and go until it is there. */
	if (ours)
		resume->later = final_state == PROVD_STATE_FAILED &&
				provd_saved_staged(supervisor->config.saved) != NULL;
	else if (final_state == PROVD_STATE_BOUND)
		resume->later = 0;
	return ours && final_state != PROVD_STATE_BOUND;
}
