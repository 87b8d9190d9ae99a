/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has worked but could not be made durable: a full disk must not turn a provisioned device
 * into a new one at its next start. It is told in Status and tried again until it is saved.
 */
#include "session/engine_internal.h"

#include <string.h>

static void arm(struct provd_engine *engine);

static void forget(struct provd_engine *engine)
{
	struct unsaved *unsaved = &engine->unsaved;

	provd_timer_stop(engine->owner, unsaved->timer);
	provd__credentials_drop(&unsaved->credentials, &unsaved->has_credentials);
	memset(unsaved, 0, sizeof(*unsaved));
}

void provd__unsaved_asked(struct provd_engine *engine)
{
	struct unsaved *unsaved = &engine->unsaved;

	unsaved->network_failed = 0;
	provd__credentials_take(&unsaved->credentials, &unsaved->has_credentials,
				&engine->session.credentials);
}

static void told(struct provd_engine *engine)
{
	struct unsaved *unsaved = &engine->unsaved;

	if (!unsaved->network_failed)
		provd__credentials_drop(&unsaved->credentials, &unsaved->has_credentials);
	if (!unsaved->network_failed && !unsaved->bound_failed)
		forget(engine);
	else if (!engine->session.active)
		arm(engine);
}

void provd__unsaved_network(struct provd_engine *engine, int code)
{
	engine->unsaved.network_failed = code != 0;
	told(engine);
}

void provd__unsaved_bound(struct provd_engine *engine, int code)
{
	engine->unsaved.bound_failed = code != 0;
	told(engine);
}

static void network_again(void *user, int code, const struct provd_error *err)
{
	struct provd_engine *engine = user;

	(void)err;
	if (engine->unsaved.network_failed && code == 0)
		PROVD_CLOG(engine->config.log, "session", 0, PROVD_LOG_INFO,
			   "the network is saved after all", provd_f_code("reason", code));
	if (engine->unsaved.network_failed)
		provd__unsaved_network(engine, code);
}

static void bound_again(void *user, int code, const struct provd_error *err)
{
	struct provd_engine *engine = user;

	(void)err;
	if (engine->unsaved.bound_failed)
		provd__unsaved_bound(engine, code);
}

static void again(void *user)
{
	struct provd_engine *engine = user;
	struct unsaved *unsaved = &engine->unsaved;
	int network = unsaved->network_failed;
	int bound = unsaved->bound_failed;
	int code;

	unsaved->timer = 0;
	/* A session that runs decides anew, and its end comes back here. */
	if (engine->session.active)
		return;
	code = network ? provd_saved_add(engine->saved, &unsaved->credentials, network_again,
					 engine)
		       : 0;
	if (code)
		network_again(engine, code, NULL);
	code = bound ? provd_saved_set_bound(engine->saved, bound_again, engine) : 0;
	if (code)
		bound_again(engine, code, NULL);
}

static void arm(struct provd_engine *engine)
{
	const struct provd_options *networks = engine->config.config->networks;

	if (engine->unsaved.timer || engine->shut_down)
		return;
	(void)provd_timer_start(engine->owner, (uint64_t)provd_options_int(networks, "retry"),
				again, engine, &engine->unsaved.timer);
}

void provd__unsaved_session_over(struct provd_engine *engine)
{
	if (engine->unsaved.network_failed || engine->unsaved.bound_failed)
		arm(engine);
}

void provd_engine_forget_unsaved(struct provd_engine *engine)
{
	forget(engine);
}

const char *provd_engine_unsaved(const struct provd_engine *engine)
{
	if (engine->unsaved.network_failed)
		return "the network that was joined could not be saved and would be lost at a "
		       "restart; see the log, make room";
	if (engine->unsaved.bound_failed)
		return "that the device is bound could not be saved; see the log, make room";
	return NULL;
}
