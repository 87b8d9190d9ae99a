/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file daemon/daemon.h
 * @brief The daemon put together: config, plugins, radio, engine and control socket.
 */
#ifndef PROVD_CORE_DAEMON_H
#define PROVD_CORE_DAEMON_H

#include "config/config.h"
#include "service/service.h"

#include <stdio.h>

/** Exit statuses of provd. */
enum provd_exit {
	PROVD_EXIT_OK = 0,
	PROVD_EXIT_FAILURE = 1, /**< something failed while running */
	PROVD_EXIT_CONFIG = 2,	/**< wrong arguments or configuration */
	PROVD_EXIT_PLUGIN = 3	/**< a required plugin or capability is missing */
};

struct provd_daemon;

/**
 * Loads the plugins, checks their options and creates their instances, which may refuse them;
 * opens and starts nothing. All faults are told, not only the first.
 * @param config   taken, also on failure; of provd_config_load_partly
 * @param errors   what loading the config gave, with which this fails; gets a line for each fault
 *                 of the configuration
 * @param service  taken, also on failure; NULL when nothing is to be run
 * @param messages gets a line for each plugin that cannot be loaded, and warnings for plugins that
 *                 are not required
 * @param out_exit what the program should exit with on failure, enum provd_exit
 * @return 0 or a negative code
 */
int provd_daemon_create(struct provd_config *config, struct provd_config_errors *errors,
			FILE *messages, struct provd_service *service,
			struct provd_daemon **out_daemon, int *out_exit);

/**
 * Keeps SIGTERM, SIGINT and SIGHUP for provd_daemon_run, in this thread and all that it starts.
 * To be called before there is a second thread.
 */
void provd_daemon_hold_signals(void);

/** Runs until SIGTERM, SIGINT or a fault. @return the exit status */
int provd_daemon_run(struct provd_daemon *daemon);

/** NULL allowed. */
void provd_daemon_destroy(struct provd_daemon *daemon);

#endif /* PROVD_CORE_DAEMON_H */
