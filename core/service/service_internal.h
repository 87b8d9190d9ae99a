/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file service/service_internal.h
 * @brief Shared by the files of core/service only.
 */
#ifndef PROVD_CORE_SERVICE_INTERNAL_H
#define PROVD_CORE_SERVICE_INTERNAL_H

#include "service/service.h"

#include <sys/socket.h>
#include <sys/un.h>

/** Longest status in bytes with its NUL; a longer one is cut. */
#define PROVD_SERVICE_STATUS_SIZE 256

struct provd_service {
	struct sockaddr_un address; /**< where the supervisor listens */
	socklen_t address_len;
	int notify_fd;		   /**< -1: nobody wants to know */
	int control_fd;		   /**< handed over and not yet taken, or -1 */
	int ready;		   /**< READY=1 was told */
	int reloading;		   /**< RELOADING=1 was told and no READY=1 after it */
	const char *fault;	   /**< static words on what was handed over in vain, or NULL */
	uint64_t watchdog_us;	   /**< 0: nobody watches */
	uint64_t watchdog_ms;	   /**< between two signs of life */
	struct provd_owner *owner; /**< NULL until the watchdog is fed */
	char status[PROVD_SERVICE_STATUS_SIZE];
};

/**
 * Reads a decimal number of an environment variable and removes the variable.
 * @return 0 or PROVD_E_NOT_FOUND: not there, or no number
 */
int provd__service_number(const char *name, uint64_t *out_value);

/** Takes LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES; sets control_fd and fault. */
void provd__service_listen(struct provd_service *service);

#endif /* PROVD_CORE_SERVICE_INTERNAL_H */
