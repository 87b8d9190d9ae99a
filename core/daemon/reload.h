/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file daemon/reload.h
 * @brief Reads the configuration anew while the daemon runs: all of it or nothing.
 */
#ifndef PROVD_CORE_RELOAD_H
#define PROVD_CORE_RELOAD_H

#include <jansson.h>

struct provd_daemon;

/** How it went. The arrays hold texts and are there (perhaps empty) unless memory was short. */
struct provd_reload_result {
	/** 0: `changed` is in force. PROVD_E_CONFIG: see `faults`; PROVD_E_STATE: see
	 *  `needs_restart`; PROVD_E_NOMEM; with these three nothing has changed. */
	int code;
	json_t *changed; /**< paths of options: "daemon.log.level"; empty: none was different */
	json_t *faults;	 /**< a line each, with file, line and column */
	json_t *needs_restart; /**< paths of options that only a new start of the daemon changes */
};

/**
 * Reads the file of `daemon->config->path`, checks it as a whole, the options of the plugins that
 * run included, and takes over what may change while running (rows with PROVD_OPTION_RELOAD).
 * Texts of such rows that were asked for before are no longer valid. The levels of the log become
 * those of the configuration, also when it has not changed.
 * @param out_result filled in; provd_reload_result_finish
 */
void provd__daemon_reload(struct provd_daemon *daemon, struct provd_reload_result *out_result);

/** Frees the arrays. */
void provd_reload_result_finish(struct provd_reload_result *result);

/** The same on SIGHUP: the supervisor is told, the outcome is logged. Nothing when stopping. */
void provd__daemon_reload_and_log(struct provd_daemon *daemon);

/** logging.c: gives the log the levels and limits of the configuration. */
void provd__log_apply(struct provd_daemon *daemon);

#endif /* PROVD_CORE_RELOAD_H */
