/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT_MAX 1000
#define READY_MS  10000
#define OUTPUT	  16384

/* Reads until `text` was seen. @return 0 or -1: it ended, said too much, or took too long */
static int wait_for(int fd, const char *text, uint64_t end_ns)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	char output[OUTPUT + 1];
	size_t used = 0;

	while (used < OUTPUT && bench_now_ns() < end_ns && poll(&poll_fd, 1, READY_MS) == 1) {
		ssize_t len = read(fd, output + used, OUTPUT - used);

		if (len <= 0)
			break;
		used += (size_t)len;
		output[used] = '\0';
		if (strstr(output, text))
			return 0;
	}
	output[used] = '\0';
	fprintf(stderr, "provd-bench: '%s' was not said, but:\n%s\n", text, output);
	return -1;
}

static pid_t spawn(int error_fd, char **argv)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (dup2(error_fd, STDERR_FILENO) >= 0)
			(void)execvp(argv[0], argv);
		_exit(127);
	}
	return pid;
}

/* Lets it write to the end, so that no full pipe holds it up. @return whether it ended well */
static int end(pid_t pid, int fd)
{
	char sink[4096];
	int status = 1;

	(void)kill(pid, SIGTERM);
	while (read(fd, sink, sizeof(sink)) > 0)
		continue;
	(void)waitpid(pid, &status, 0);
	return status == 0 ? 0 : -1;
}

static uint64_t once(const char *text, char **argv)
{
	uint64_t start = bench_now_ns();
	uint64_t taken = 0;
	int fds[2];
	pid_t pid;

	if (pipe(fds) != 0)
		return 0;
	pid = spawn(fds[1], argv);
	(void)close(fds[1]);
	if (pid > 0 && wait_for(fds[0], text, start + READY_MS * 1000000ULL) == 0)
		taken = bench_now_ns() - start;
	if (pid > 0 && end(pid, fds[0]) != 0)
		taken = 0;
	(void)close(fds[0]);
	return taken;
}

int bench_start(int argc, char **argv)
{
	size_t count = argc > 2 ? bench_number(argv[0], COUNT_MAX) : 0;
	uint64_t *samples;
	size_t good = 0;

	if (count == 0)
		return 2;
	samples = calloc(count, sizeof(*samples));
	while (samples && good < count && (samples[good] = once(argv[1], argv + 2)) != 0)
		good++;
	if (samples)
		bench_print(samples, good, count - good);
	free(samples);
	return good == count ? 0 : 1;
}
