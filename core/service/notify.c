/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages to the supervisor, sd_notify(3): lines "NAME=value" in one datagram to the address in
 * NOTIFY_SOCKET, a path or, with '@', a name in the abstract namespace.
 */
#include "service/service_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* A message that must arrive may wait so long for a supervisor whose queue is full. */
#define SEND_WAIT_US 200000

/* Messages */

static void send_text(const struct provd_service *service, const char *text, int flags)
{
	ssize_t sent;

	if (service->notify_fd < 0)
		return;
	do {
		sent = sendto(service->notify_fd, text, strlen(text), MSG_NOSIGNAL | flags,
			      (const struct sockaddr *)&service->address, service->address_len);
	} while (sent < 0 && errno == EINTR);
}

/* `first` is one line or more without the last newline. */
static void send_with_status(const struct provd_service *service, const char *first,
			     const char *status)
{
	char text[PROVD_SERVICE_STATUS_SIZE + 96];
	int len;

	if (status && *status)
		len = snprintf(text, sizeof(text), "%s\nSTATUS=%s", first, status);
	else
		len = snprintf(text, sizeof(text), "%s", first);
	if (len > 0 && (size_t)len < sizeof(text))
		send_text(service, text, 0);
}

/* One line: what ends it would begin another assignment. */
static void keep_status(struct provd_service *service, const char *status)
{
	size_t len = strnlen(status, sizeof(service->status) - 1);

	/* A character that does not fit goes as a whole. */
	while (len > 0 && status[len] != '\0' && ((unsigned char)status[len] & 0xc0) == 0x80)
		len--;
	for (size_t i = 0; i < len; i++)
		service->status[i] = (unsigned char)status[i] < 0x20 ? ' ' : status[i];
	service->status[len] = '\0';
}

void provd_service_ready(struct provd_service *service, const char *status)
{
	if (!service)
		return;
	if (status)
		keep_status(service, status);
	service->ready = 1;
	service->reloading = 0;
	send_with_status(service, "READY=1", service->status);
}

void provd_service_reloading(struct provd_service *service)
{
	char text[64];
	struct timespec now = {0, 0};
	int len;

	/* READY=1 must follow, and before the first one it would be a lie. */
	if (!service || !service->ready || clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return;
	len = snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		       (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
	if (len < 0 || (size_t)len >= sizeof(text))
		return;
	service->reloading = 1;
	send_with_status(service, text, "reading the configuration anew");
}

void provd_service_reloaded(struct provd_service *service)
{
	if (service && service->reloading)
		provd_service_ready(service, NULL);
}

void provd_service_stopping(struct provd_service *service)
{
	if (service)
		send_with_status(service, "STOPPING=1", "stopping");
}

void provd_service_status(struct provd_service *service, const char *status)
{
	char text[PROVD_SERVICE_STATUS_SIZE + 16];
	int len;

	if (!service || !status)
		return;
	keep_status(service, status);
	len = snprintf(text, sizeof(text), "STATUS=%s", service->status);
	if (len > 0 && (size_t)len < sizeof(text))
		send_text(service, text, MSG_DONTWAIT);
}

/* Watchdog */

static void feed(void *user)
{
	struct provd_service *service = user;

	send_text(service, "WATCHDOG=1", MSG_DONTWAIT);
	(void)provd_timer_start(service->owner, service->watchdog_ms, feed, service, NULL);
}

int provd_service_watchdog(struct provd_service *service, struct provd_loop *loop)
{
	struct provd_owner *owner = NULL;
	int code;

	if (!service || service->notify_fd < 0 || service->watchdog_us == 0 || service->owner)
		return 0;
	code = provd_owner_create(loop, "service", &owner);
	if (code)
		return code;
	service->watchdog_ms = service->watchdog_us / 2000;
	if (service->watchdog_ms == 0)
		service->watchdog_ms = 1;
	code = provd_timer_start(owner, service->watchdog_ms, feed, service, NULL);
	if (code) {
		(void)provd_owner_destroy(owner);
		return code;
	}
	service->owner = owner;
	send_text(service, "WATCHDOG=1", MSG_DONTWAIT);
	return 0;
}

/* Environment */

int provd__service_number(const char *name, uint64_t *out_value)
{
	const char *text = getenv(name);
	char *end = NULL;
	uint64_t value;

	if (!text)
		return PROVD_E_NOT_FOUND;
	errno = 0;
	/* strtoull takes signs and spaces too. */
	value = *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0;
	if (!end || *end != '\0' || errno != 0) {
		(void)unsetenv(name);
		return PROVD_E_NOT_FOUND;
	}
	(void)unsetenv(name);
	*out_value = value;
	return 0;
}

static int read_address(struct provd_service *service)
{
	const char *text = getenv("NOTIFY_SOCKET");
	size_t len = text ? strlen(text) : 0;
	int known = len > 1 && len < sizeof(service->address.sun_path) &&
		    (text[0] == '/' || text[0] == '@');

	if (known) {
		service->address.sun_family = AF_UNIX;
		memcpy(service->address.sun_path, text, len);
		/* The abstract namespace: the name begins with a NUL and has none at its end. */
		if (text[0] == '@')
			service->address.sun_path[0] = '\0';
		else
			len++;
		service->address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	} else if (len > 0) {
		service->fault = "the address in NOTIFY_SOCKET is neither a path nor a name with @";
	}
	(void)unsetenv("NOTIFY_SOCKET");
	return known;
}

static void read_watchdog(struct provd_service *service)
{
	uint64_t us = 0;
	uint64_t pid = 0;
	int has_time = provd__service_number("WATCHDOG_USEC", &us) == 0;
	int has_pid;

	/* A WATCHDOG_PID that is no number is nobody's. */
	has_pid = getenv("WATCHDOG_PID") != NULL;
	if (has_pid && provd__service_number("WATCHDOG_PID", &pid) != 0)
		pid = 0;
	if (has_time && us != UINT64_MAX && (!has_pid || pid == (uint64_t)getpid()))
		service->watchdog_us = us;
}

int provd_service_create(struct provd_service **out_service)
{
	const struct timeval wait = {0, SEND_WAIT_US};
	struct provd_service *service = calloc(1, sizeof(*service));

	if (!service)
		return PROVD_E_NOMEM;
	service->notify_fd = -1;
	service->control_fd = -1;
	read_watchdog(service);
	provd__service_listen(service);
	if (read_address(service)) {
		service->notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (service->notify_fd < 0) {
			provd_service_destroy(service);
			return PROVD_E_IO;
		}
		(void)setsockopt(service->notify_fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	}
	*out_service = service;
	return 0;
}

void provd_service_destroy(struct provd_service *service)
{
	if (!service)
		return;
	(void)provd_owner_destroy(service->owner);
	if (service->notify_fd >= 0)
		(void)close(service->notify_fd);
	if (service->control_fd >= 0)
		(void)close(service->control_fd);
	free(service);
}

int provd_service_take_socket(struct provd_service *service)
{
	int fd = service ? service->control_fd : -1;

	if (service)
		service->control_fd = -1;
	return fd;
}

const char *provd_service_fault(const struct provd_service *service)
{
	return service ? service->fault : NULL;
}
