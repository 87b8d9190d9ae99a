/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file hooks/hooks_internal.h
 * @brief What the files of this folder share: hooks, their queues, environments and runs.
 */
#ifndef PROVD_CORE_HOOKS_INTERNAL_H
#define PROVD_CORE_HOOKS_INTERNAL_H

#include "hooks/hooks.h"

/** Events of one hook that wait for its program. */
#define PROVD__HOOK_QUEUE_MAX 32
/** Program and arguments; the limit of the option "run". */
#define PROVD__HOOK_ARGS_MAX 32
/** Longest value of one variable in bytes; a longer one is cut. */
#define PROVD__HOOK_VALUE_MAX 1024
/** How much of what one run prints is logged, in bytes. */
#define PROVD__HOOK_OUTPUT_MAX 4096
/** Longest piece of output in one line of the log. */
#define PROVD__HOOK_LINE_MAX 512
/** From SIGTERM to SIGKILL. */
#define PROVD__HOOK_GRACE_MS 1000

/** The variables that a program sees, in this order. */
enum provd__hook_var {
	PROVD__HOOK_PATH = 0,
	PROVD__HOOK_EVENT,
	PROVD__HOOK_STATE,
	PROVD__HOOK_SESSION,
	PROVD__HOOK_METHOD,
	PROVD__HOOK_REASON,
	PROVD__HOOK_TEXT,
	PROVD__HOOK_ADVICE,
	PROVD__HOOK_RETRY,
	PROVD__HOOK_VARS
};

/** The environment of one run, made when the event is raised. */
struct provd__hook_env {
	char *vars[PROVD__HOOK_VARS + 1]; /**< "NAME=value", ends with NULL */
	uint64_t session;
};

/** What a program has printed and is not logged yet. */
struct provd__hook_output {
	struct provd_log *log;
	const char *program; /**< borrowed */
	uint64_t session;
	size_t logged; /**< bytes so far */
	int full;      /**< the limit was told */
	size_t len;
	char line[PROVD__HOOK_LINE_MAX];
};

struct provd__hook;

/** One started program. Freed when libuv has closed its handle. */
struct provd__run {
	uv_process_t process;
	struct provd__hook *hook;
	struct provd__hook_env *env; /**< own */
	struct provd__hook_output output;
	pid_t pid; /**< and number of its process group */
	int fd;	   /**< what it prints comes here; -1 at its end */
	int ending;
	uint64_t watch;
	uint64_t timer; /**< 0: none */
	uint64_t started_us;
};

/** One entry of "hooks". */
struct provd__hook {
	struct provd_hooks *hooks;
	const struct provd_options *options; /**< borrowed */
	char *args[PROVD__HOOK_ARGS_MAX + 1];
	uint64_t timeout_ms;
	struct provd__run *run; /**< NULL: none */
	struct provd__hook_env *queue[PROVD__HOOK_QUEUE_MAX];
	size_t first;
	size_t count;
};

struct provd_hooks {
	struct provd_loop *loop;
	struct provd_log *log;
	struct provd_owner *owner;
	struct provd_hooks_stats stats;
	const char *state; /**< the last state that was raised; constant text */
	struct provd__hook *list;
	size_t count;
};

/* hook_env.c */

/** @param state for PROVD_STATE @param out_env given: provd__hook_env_free. @return 0, NOMEM */
int provd__hook_env_create(const struct provd_hook_event *event, const char *state,
			   struct provd__hook_env **out_env);
/** NULL allowed. */
void provd__hook_env_free(struct provd__hook_env *env);
/** The value of a variable. */
const char *provd__hook_env_value(const struct provd__hook_env *env, enum provd__hook_var var);

/* hook_output.c */

/** Logs whole lines as they come, up to the limit. */
void provd__hook_output_add(struct provd__hook_output *output, const char *bytes, size_t len);
/** Logs a last line without an end. */
void provd__hook_output_end(struct provd__hook_output *output);

/* hook_run.c */

/**
 * Starts the hook's program; hook->run is set until it has ended.
 * @param env taken
 * @return 0, or a code: a line was logged, nothing runs
 */
int provd__run_start(struct provd__hook *hook, struct provd__hook_env *env);
/** Sends SIGKILL to all that the run has started. */
void provd__run_kill(struct provd__run *run);
/** After provd__run_kill: waits for the end of it and lets go of all it has. */
void provd__run_abandon(struct provd__run *run);

/* hooks.c */

/** The run is over (hook->run is NULL): starts what waits. @param failed for the counters */
void provd__hook_over(struct provd__hook *hook, int failed);

#endif /* PROVD_CORE_HOOKS_INTERNAL_H */
