/* SPDX-License-Identifier: Apache-2.0 */
/** @file cases.h @brief What the files of cases share. */
#ifndef CONF_CASES_H
#define CONF_CASES_H

#include "subject.h"

/** Deadlines of the daemon, which the cases wait for. */
#define CONF_START_MS	10000
#define CONF_STOP_MS	5000
#define CONF_OP_WAIT_MS 20000
/** How long to look for events that must not come. */
#define CONF_QUIET_MS 100

/** cases_method.c. @return 0 when it started */
int conf_method_start(struct conf_subject *subject);
/** Stops and holds the method against the contract of STOPPED. */
void conf_method_stop(struct conf_subject *subject);
/** cases_hal.c. @return 0 when it opened */
int conf_hal_open(struct conf_subject *subject);
void conf_hal_close(struct conf_subject *subject);
/** cases_cloud.c. */
void conf_cloud_stop(struct conf_subject *subject);

#endif /* CONF_CASES_H */
