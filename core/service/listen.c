/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets that were opened before the daemon was started: sd_listen_fds(3). */
#include "service/service_internal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* SD_LISTEN_FDS_START */
#define FIRST_FD 3
/* More is a mistake; what lies beyond is not touched. */
#define FDS_MAX 64
#define WANTED	"control"

static int has_option(int fd, int option, int wanted)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 && value == wanted;
}

static int is_listening_stream(int fd)
{
	return has_option(fd, SO_DOMAIN, AF_UNIX) && has_option(fd, SO_TYPE, SOCK_STREAM) &&
	       has_option(fd, SO_ACCEPTCONN, 1);
}

static int keep_from_children(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	return flags >= 0 && fcntl(fd, F_SETFD, flags | FD_CLOEXEC) == 0;
}

/* Number of the descriptor with the wanted name in "a:control:b", or -1. */
static int find_name(const char *names, int count)
{
	for (int i = 0; names && i < count; i++) {
		const char *colon = strchr(names, ':');
		size_t len = colon ? (size_t)(colon - names) : strlen(names);

		if (len == strlen(WANTED) && memcmp(names, WANTED, len) == 0)
			return i;
		names = colon ? colon + 1 : NULL;
	}
	return -1;
}

static void choose(struct provd_service *service, const char *names, int count)
{
	int chosen = find_name(names, count);

	for (int i = 0; i < count; i++) {
		int fd = FIRST_FD + i;
		int open = keep_from_children(fd);
		int fits = open && is_listening_stream(fd);

		if (fits && service->control_fd < 0 && (chosen < 0 || chosen == i))
			service->control_fd = fd;
		else if (open)
			/* Kept open, it would have clients wait for ever. */
			(void)close(fd);
	}
	if (service->control_fd < 0)
		service->fault = chosen < 0 ? "none of the descriptors that were handed over is a "
					      "listening Unix stream socket"
					    : "the descriptor \"control\" that was handed over is "
					      "no listening Unix stream socket";
	else if (count > 1)
		service->fault = "of the sockets that were handed over only one is used";
}

void provd__service_listen(struct provd_service *service)
{
	const char *given = getenv("LISTEN_FDNAMES");
	char *names = given ? strdup(given) : NULL;
	uint64_t count = 0;
	uint64_t pid = 0;
	int has_count = provd__service_number("LISTEN_FDS", &count) == 0;
	int has_pid = provd__service_number("LISTEN_PID", &pid) == 0;

	(void)unsetenv("LISTEN_FDNAMES");
	if (has_count && has_pid && pid == (uint64_t)getpid() && count > 0) {
		if (count <= FDS_MAX)
			choose(service, names, (int)count);
		else
			service->fault = "more descriptors were handed over than can be";
	}
	free(names);
}
