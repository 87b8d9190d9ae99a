/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file hooks/hooks.h
 * @brief Programs of the product that are run when the state changes.
 *
 * No shell, a clean environment, no secret, a time limit; a program that hangs is killed with all
 * it has started. Each hook runs one program at a time; what comes meanwhile waits in order, at
 * most 32, then the oldest are dropped with a line in the log.
 */
#ifndef PROVD_CORE_HOOKS_H
#define PROVD_CORE_HOOKS_H

#include "config/config.h"
#include "log/log.h"
#include "loop/loop.h"

struct provd_hooks;

/** What has happened; texts are copied, NULL is "". */
struct provd_hook_event {
	const char *event;  /**< "joining", "bound", ..., "link-up", "link-down" */
	const char *method; /**< of the session's phone */
	const char *reason; /**< "WIFI_PASSPHRASE", or "" */
	const char *text;   /**< a sentence on it */
	uint64_t session;   /**< 0 outside of sessions */
};

/** Counters since the start. */
struct provd_hooks_stats {
	uint64_t run;
	uint64_t failed; /**< not started, exit status not 0, killed */
};

/** @param config borrowed until destroy; its hooks are read */
int provd_hooks_create(struct provd_loop *loop, struct provd_log *log,
		       const struct provd_config *config, struct provd_hooks **out_hooks);
/** Kills what still runs. NULL allowed. */
void provd_hooks_destroy(struct provd_hooks *hooks);
/** Runs the programs that are configured for this event. */
void provd_hooks_raise(struct provd_hooks *hooks, const struct provd_hook_event *event);
struct provd_hooks_stats provd_hooks_get_stats(const struct provd_hooks *hooks);

#endif /* PROVD_CORE_HOOKS_H */
