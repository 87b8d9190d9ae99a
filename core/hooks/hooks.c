/* SPDX-License-Identifier: Apache-2.0 */
#include "hooks/hooks.h"

#include <stdlib.h>
#include <string.h>

#include "hooks/hooks_internal.h"

/* NULL for link events, which are not states of a session. */
static const char *state_of(const char *event)
{
	static const char *const states[] = {"idle",   "listening",   "joining",
					     "online", "registering", "binding",
					     "bound",  "failed",      "stopped"};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(states[i], event) == 0)
			return states[i];
	return NULL;
}

static int hook_init(struct provd__hook *hook, struct provd_hooks *hooks,
		     const struct provd_options *options)
{
	size_t count = provd_options_count(options, "run");

	if (count == 0 || count > PROVD__HOOK_ARGS_MAX)
		return PROVD_E_CONFIG;
	hook->hooks = hooks;
	hook->options = options;
	hook->timeout_ms = (uint64_t)provd_options_int(options, "timeout");
	/* libuv takes them as execve() does, which changes nothing either. */
	for (size_t i = 0; i < count; i++)
		hook->args[i] = (char *)(uintptr_t)provd_options_item(options, "run", i);
	return 0;
}

int provd_hooks_create(struct provd_loop *loop, struct provd_log *log,
		       const struct provd_config *config, struct provd_hooks **out_hooks)
{
	struct provd_hooks *hooks = calloc(1, sizeof(*hooks));
	int rc;

	if (!hooks)
		return PROVD_E_NOMEM;
	hooks->loop = loop;
	hooks->log = log;
	hooks->state = "idle";
	hooks->list = calloc(config->hook_count + 1, sizeof(*hooks->list));
	rc = hooks->list ? provd_owner_create(loop, "hooks", &hooks->owner) : PROVD_E_NOMEM;
	for (size_t i = 0; i < config->hook_count && !rc; i++) {
		rc = hook_init(&hooks->list[i], hooks, config->hooks[i]);
		hooks->count++;
	}
	if (rc) {
		provd_hooks_destroy(hooks);
		return rc;
	}
	*out_hooks = hooks;
	return 0;
}

static struct provd__hook_env *queue_pop(struct provd__hook *hook)
{
	struct provd__hook_env *env = hook->queue[hook->first];

	hook->queue[hook->first] = NULL;
	hook->first = (hook->first + 1) % PROVD__HOOK_QUEUE_MAX;
	hook->count--;
	return env;
}

void provd_hooks_destroy(struct provd_hooks *hooks)
{
	if (!hooks)
		return;
	/* All are killed before the first one is waited for. */
	for (size_t i = 0; i < hooks->count; i++)
		if (hooks->list[i].run)
			provd__run_kill(hooks->list[i].run);
	for (size_t i = 0; i < hooks->count; i++) {
		struct provd__hook *hook = &hooks->list[i];

		if (hook->run)
			provd__run_abandon(hook->run);
		while (hook->count)
			provd__hook_env_free(queue_pop(hook));
	}
	(void)provd_owner_destroy(hooks->owner);
	free(hooks->list);
	free(hooks);
}

static void hook_next(struct provd__hook *hook)
{
	struct provd_hooks_stats *stats = &hook->hooks->stats;

	while (!hook->run && hook->count) {
		if (provd__run_start(hook, queue_pop(hook)))
			stats->failed++;
		else
			stats->run++;
	}
}

void provd__hook_over(struct provd__hook *hook, int failed)
{
	if (failed)
		hook->hooks->stats.failed++;
	hook_next(hook);
}

static void drop_oldest(struct provd__hook *hook)
{
	struct provd__hook_env *env = queue_pop(hook);

	hook->hooks->stats.failed++;
	PROVD_CLOG(hook->hooks->log, "hooks", env->session, PROVD_LOG_WARN,
		   "too much waits for a hook's program; the oldest is dropped",
		   provd_f_text("program", hook->args[0]),
		   provd_f_text("on", provd__hook_env_value(env, PROVD__HOOK_EVENT)));
	provd__hook_env_free(env);
}

static int hook_wants(const struct provd__hook *hook, const char *event)
{
	for (size_t i = 0; i < provd_options_count(hook->options, "on"); i++) {
		const char *on = provd_options_item(hook->options, "on", i);

		if (strcmp(on, "any") == 0 || strcmp(on, event) == 0)
			return 1;
	}
	return 0;
}

static void hook_raise(struct provd__hook *hook, const struct provd_hook_event *event)
{
	struct provd__hook_env *env;

	if (provd__hook_env_create(event, hook->hooks->state, &env)) {
		hook->hooks->stats.failed++;
		PROVD_CLOG(hook->hooks->log, "hooks", event->session, PROVD_LOG_WARN,
			   "no memory to run a hook's program",
			   provd_f_text("program", hook->args[0]));
		return;
	}
	if (hook->count == PROVD__HOOK_QUEUE_MAX)
		drop_oldest(hook);
	hook->queue[(hook->first + hook->count) % PROVD__HOOK_QUEUE_MAX] = env;
	hook->count++;
	hook_next(hook);
}

void provd_hooks_raise(struct provd_hooks *hooks, const struct provd_hook_event *event)
{
	const char *state;

	if (!event->event)
		return;
	state = state_of(event->event);
	if (state)
		hooks->state = state;
	for (size_t i = 0; i < hooks->count; i++)
		if (hook_wants(&hooks->list[i], event->event))
			hook_raise(&hooks->list[i], event);
}

struct provd_hooks_stats provd_hooks_get_stats(const struct provd_hooks *hooks)
{
	return hooks->stats;
}
