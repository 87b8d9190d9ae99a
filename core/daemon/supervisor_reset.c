/* SPDX-License-Identifier: Apache-2.0 */
/* Forgetting: nothing may use what is forgotten, so the session and a join end first. */
#include "daemon/supervisor_internal.h"

#include <string.h>

static uint32_t parts_of(enum provd_reset what)
{
	switch (what) {
	case PROVD_RESET_NETWORK:
		return PROVD_SAVED_NETWORKS;
	case PROVD_RESET_CLOUD:
		return PROVD_SAVED_BOUND;
	case PROVD_RESET_FACTORY:
		break;
	}
	return PROVD_SAVED_NETWORKS | PROVD_SAVED_BOUND;
}

static void finish(struct provd_supervisor *supervisor, int code, const struct provd_error *err)
{
	provd_saved_done_fn *done = supervisor->reset.done;
	void *user = supervisor->reset.user;

	memset(&supervisor->reset, 0, sizeof(supervisor->reset));
	if (done)
		done(user, code, err);
}

static void forgotten(void *user, int code, const struct provd_error *err)
{
	struct provd_supervisor *supervisor = user;

	if (code) {
		PROVD_CLOG(supervisor->config.log, "supervisor", 0, PROVD_LOG_ERROR,
			   "the reset has failed", provd_f_code("reason", code),
			   provd_f_text("text",
					err && err->text[0] ? err->text : provd_err_text(code)));
	} else {
		if (supervisor->reset.what != PROVD_RESET_CLOUD)
			provd_radio_disconnect(supervisor->config.radio);
		supervisor->resume.later = 0;
		provd__link_refresh(supervisor);
		provd_policy_reset(&supervisor->policy, provd__supervisor_now_ms(supervisor));
		PROVD_CLOG(supervisor->config.log, "supervisor", 0, PROVD_LOG_INFO,
			   "the device was reset",
			   provd_f_int("networks", supervisor->reset.what != PROVD_RESET_CLOUD),
			   provd_f_int("cloud", supervisor->reset.what != PROVD_RESET_NETWORK));
		if (supervisor->config.on_reset)
			supervisor->config.on_reset(supervisor->config.user,
						    supervisor->reset.what);
	}
	finish(supervisor, code, err);
	provd__supervisor_wake(supervisor);
}

void provd__reset_advance(struct provd_supervisor *supervisor)
{
	struct reset *reset = &supervisor->reset;
	int code;

	/* One that was canceled before it began does not begin. */
	if (!reset->active || reset->forgetting || supervisor->stopping ||
	    supervisor->resume.active || supervisor->try.by == TRYING_RADIO)
		return;
	if (provd__supervisor_in_session(supervisor)) {
		/* It ends a try in its background too. One that ends already answers STATE; its end
		 * wakes us too. */
		(void)provd_engine_stop(supervisor->config.engine);
		return;
	}
	reset->forgetting = 1;
	provd_engine_end_after(supervisor->config.engine);
	provd_engine_forget_unsaved(supervisor->config.engine);
	code = provd_saved_reset(supervisor->config.saved, parts_of(reset->what), forgotten,
				 supervisor);
	if (code)
		forgotten(supervisor, code, NULL);
}

void provd__reset_cancel(struct provd_supervisor *supervisor)
{
	provd_saved_done_fn *done = supervisor->reset.done;

	/* What is being forgotten is forgotten; only nobody hears of it any more. */
	supervisor->reset.done = NULL;
	if (done)
		done(supervisor->reset.user, PROVD_E_CANCELED, NULL);
}

int provd_supervisor_reset(struct provd_supervisor *supervisor, enum provd_reset what,
			   provd_saved_done_fn *done, void *user)
{
	struct reset *reset = &supervisor->reset;

	if (reset->active || supervisor->stopping)
		return PROVD_E_BUSY;
	reset->active = 1;
	reset->what = what;
	reset->done = done;
	reset->user = user;
	provd__try_cancel(supervisor);
	provd__supervisor_wake(supervisor);
	return 0;
}
