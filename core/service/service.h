/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file service/service.h
 * @brief What systemd (or another supervisor) is told and gives, without its library.
 *
 * All on the loop thread. A NULL service is allowed everywhere and does nothing.
 */
#ifndef PROVD_CORE_SERVICE_H
#define PROVD_CORE_SERVICE_H

#include "log/log.h"
#include "loop/loop.h"

struct provd_service;

/**
 * Takes NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID, LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES out
 * of the environment, so that no child inherits them (sd_notify(3), sd_listen_fds(3)). To be called
 * before there is a second thread. Of the descriptors that were handed over one is kept, the others
 * are closed.
 * @return 0, PROVD_E_NOMEM, PROVD_E_IO (no socket to be had)
 */
int provd_service_create(struct provd_service **out_service);

/** To be called before provd_loop_destroy. Closes the handed-over socket unless it was taken. */
void provd_service_destroy(struct provd_service *service);

/** The listening stream socket that was handed over, or -1; taken by the caller. With several the
 *  one named "control", else the first. */
int provd_service_take_socket(struct provd_service *service);

/** What could not be used of what was handed over, for a warning in the log: static words or NULL. */
const char *provd_service_fault(const struct provd_service *service);

/** "READY=1", "RELOADING=1" with MONOTONIC_USEC, "STOPPING=1", and one line of status each. Does
 *  nothing without NOTIFY_SOCKET. @param status words without a secret; NULL: those of last time */
void provd_service_ready(struct provd_service *service, const char *status);
/** Does nothing before the first provd_service_ready. */
void provd_service_reloading(struct provd_service *service);
/** After provd_service_reloading: "READY=1" with the status as it was; else nothing. */
void provd_service_reloaded(struct provd_service *service);
void provd_service_stopping(struct provd_service *service);
void provd_service_status(struct provd_service *service, const char *status);

/** Feeds the watchdog from the loop at half its time; only when one is asked for.
 *  @return 0, PROVD_E_NOMEM, PROVD_E_LIMIT */
int provd_service_watchdog(struct provd_service *service, struct provd_loop *loop);

#endif /* PROVD_CORE_SERVICE_H */
