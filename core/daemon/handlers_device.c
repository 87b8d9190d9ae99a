/* SPDX-License-Identifier: Apache-2.0 */
/* The methods PressButton, Reset and TakeOver of the control socket. */
#include "daemon/daemon_internal.h"
#include "daemon/pending.h"

#include <string.h>

#define HELD_MAX_MS 600000

void provd__handle_press_button(void *user, struct provd_control_call *call,
				const json_t *parameters, int more)
{
	struct provd_daemon *daemon = user;
	int64_t held_ms = 0;

	(void)more;
	if (provd__read_int(call, parameters, "held_ms", 0, HELD_MAX_MS, &held_ms) ||
	    provd__comes_early(daemon, call, parameters, provd__handle_press_button))
		return;
	provd_supervisor_pressed(daemon->supervisor, (uint64_t)held_ms);
	provd_control_reply(call, NULL, 0);
}

/* Reset */

static void reset_done(void *user, int code, const struct provd_error *err)
{
	struct provd_control_call *call = provd__pending_end(user);

	if (!call)
		return;
	if (code)
		provd__answer_not_saved(call, code, err);
	else
		provd_control_reply(call, NULL, 0);
}

static void journal_forgotten(void *user, int code)
{
	reset_done(user, code, NULL);
}

/* The journal was told to forget, which a power cut must not undo. */
static void factory_reset_done(void *user, int code, const struct provd_error *err)
{
	const struct waiting_call *pending = user;
	struct provd_journal_service *journal = pending->daemon->journal;

	if (code || !journal)
		reset_done(user, code, err);
	else
		provd_journal_service_flush(journal, journal_forgotten, user);
}

static enum provd_reset reset_kind(const char *what)
{
	if (strcmp(what, "network") == 0)
		return PROVD_RESET_NETWORK;
	return strcmp(what, "cloud") == 0 ? PROVD_RESET_CLOUD : PROVD_RESET_FACTORY;
}

void provd__handle_reset(void *user, struct provd_control_call *call, const json_t *parameters,
			 int more)
{
	struct provd_daemon *daemon = user;
	const char *what = json_string_value(json_object_get(parameters, "what"));
	enum provd_reset kind = reset_kind(what);
	struct waiting_call *pending;
	int code;

	(void)more;
	if (provd__comes_early(daemon, call, parameters, provd__handle_reset))
		return;
	pending = provd__pending_begin(&daemon->pending, daemon, call);
	if (!pending)
		return;
	code = provd_supervisor_reset(daemon->supervisor, kind,
				      kind == PROVD_RESET_FACTORY ? factory_reset_done : reset_done,
				      pending);
	if (code)
		provd__answer_unavailable(provd__pending_end(pending),
					  code == PROVD_E_BUSY ? "a reset is under way already"
							       : provd_err_text(code));
}

/* TakeOver */

static void answer_take_over(struct provd_daemon *daemon, struct provd_control_call *call)
{
	struct provd_error err = {.size = sizeof(err)};
	struct provd_identity identity = {.size = sizeof(identity)};
	int code = provd_engine_identity(daemon->engine, &identity, &err);

	if (code == PROVD_E_NOT_FOUND && !err.text[0])
		provd__answer_unavailable(call, "there is no cloud");
	else if (code)
		provd__answer_unavailable(call, err.text[0] ? err.text : provd_err_text(code));
	else if (!(identity.flags & PROVD_IDENTITY_LOADED))
		provd__answer_unavailable(call, "the device has no identity yet");
	else
		provd_control_reply(call,
				    json_pack("{s:s, s:s, s:s, s:s}", "cloud",
					      daemon->config->cloud->plugin, "product",
					      identity.product, "device", identity.device, "file",
					      identity.file ? identity.file : ""),
				    0);
}

void provd__handle_take_over(void *user, struct provd_control_call *call, const json_t *parameters,
			     int more)
{
	struct provd_daemon *daemon = user;

	(void)more;
	if (provd__comes_early(daemon, call, parameters, provd__handle_take_over))
		return;
	if (daemon->stopping)
		provd__answer_unavailable(call, "the daemon stops");
	else if (provd_engine_session(daemon->engine))
		provd__wait(&daemon->take_overs, daemon, call, parameters, provd__handle_take_over);
	else
		answer_take_over(daemon, call);
}
