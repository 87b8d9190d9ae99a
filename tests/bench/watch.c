/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that watch the sessions, and read what they are told as fast as they can. */
#include "bench.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define COUNT_MAX 1000
#define READY_MS  10000

struct watchers {
	struct pollfd *fds; /* the last one is standard input */
	char *seen;
	size_t count;
	size_t ready;
	uint64_t messages;
	int said;
};

static int connect_one(const char *path)
{
	static const char call[] = "{\"method\":\"io.provd.Provisioning.Watch\",\"more\":true}";
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int len = snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && len > 0 && (size_t)len < sizeof(to.sun_path) &&
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0 &&
	    send(fd, call, sizeof(call), MSG_NOSIGNAL) == (ssize_t)sizeof(call))
		return fd;
	perror("provd-bench: watch");
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

static int read_one(struct watchers *watchers, size_t index)
{
	char bytes[65536];
	ssize_t len = read(watchers->fds[index].fd, bytes, sizeof(bytes));

	if (len <= 0) {
		fputs("provd-bench: a watcher was dropped\n", stderr);
		return -1;
	}
	for (const char *at = bytes; (at = memchr(at, 0, (size_t)(bytes + len - at))); at++)
		watchers->messages++;
	watchers->ready += !watchers->seen[index];
	watchers->seen[index] = 1;
	return 0;
}

/* @return 1: standard input has ended, 0: go on, -1: failed */
static int turn(struct watchers *watchers)
{
	struct pollfd *input = &watchers->fds[watchers->count];
	char byte;

	if (poll(watchers->fds, watchers->count + 1, watchers->said ? -1 : READY_MS) <= 0) {
		fputs("provd-bench: no session to watch\n", stderr);
		return -1;
	}
	for (size_t i = 0; i < watchers->count; i++) {
		if (watchers->fds[i].revents && read_one(watchers, i) != 0)
			return -1;
	}
	if (!watchers->said && watchers->ready == watchers->count) {
		watchers->said = 1;
		puts("ready");
		(void)fflush(stdout);
	}
	return input->revents && read(input->fd, &byte, 1) <= 0 ? 1 : 0;
}

int bench_watch(int argc, char **argv)
{
	struct watchers watchers = {.count = argc == 2 ? bench_number(argv[1], COUNT_MAX) : 0};
	size_t open = 0;
	int state = 0;

	if (watchers.count == 0)
		return 2;
	watchers.fds = calloc(watchers.count + 1, sizeof(*watchers.fds));
	watchers.seen = calloc(watchers.count, 1);
	if (!watchers.fds || !watchers.seen)
		goto out;
	for (; open < watchers.count; open++) {
		watchers.fds[open] = (struct pollfd){connect_one(argv[0]), POLLIN, 0};
		if (watchers.fds[open].fd < 0)
			goto out;
	}
	watchers.fds[watchers.count] = (struct pollfd){STDIN_FILENO, POLLIN, 0};
	while (state == 0)
		state = turn(&watchers);
	printf("{\"watchers\": %zu, \"messages\": %llu}\n", watchers.count,
	       (unsigned long long)watchers.messages);
out:
	while (open > 0)
		(void)close(watchers.fds[--open].fd);
	free(watchers.fds);
	free(watchers.seen);
	return state == 1 ? 0 : 1;
}
