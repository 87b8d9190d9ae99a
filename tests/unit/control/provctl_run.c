/* SPDX-License-Identifier: Apache-2.0 */
#include "provctl_run.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <pty.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

void run_init(struct run *run)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	memset(run, 0, sizeof(*run));
	snprintf(run->dir, sizeof(run->dir), "/tmp/provd-provctl-XXXXXX");
	cr_assert(mkdtemp(run->dir) != NULL);
	snprintf(run->path, sizeof(run->path), "%s/sock", run->dir);
	snprintf(address.sun_path, sizeof(address.sun_path), "%.107s", run->path);
	run->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(run->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(run->listener, 4), 0);
}

void run_finish(struct run *run)
{
	close(run->listener);
	unlink(run->path);
	cr_assert_eq(rmdir(run->dir), 0);
}

/** In the child: becomes provctl. */
static void become(const struct run *run, char **argv, int out, int err)
{
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	setenv("PROVD_SOCKET", run->path, 1);
	setenv("TERM", "xterm", 1);
	if (run->no_colour)
		setenv("NO_COLOR", run->no_colour, 1);
	else
		unsetenv("NO_COLOR");
	execv(PROVD_BIN_DIR "/provctl", argv);
	_exit(99);
}

static void read_call(struct run *run, int fd)
{
	size_t len = 0;

	do {
		cr_assert(len < sizeof(run->request), "the call is too long");
		cr_assert_eq(read(fd, run->request + len, 1), 1, "no whole call came");
	} while (run->request[len++]);
}

/** Reads a call, then sends `messages` (a list that ends with NULL), then closes. */
static void serve(struct run *run, const char *const *messages)
{
	int fd = accept(run->listener, NULL, NULL);
	size_t i;

	cr_assert(fd >= 0);
	read_call(run, fd);
	for (i = 0; messages[i]; i++) {
		if (!strcmp(messages[i], NEXT_CALL))
			read_call(run, fd);
		else
			cr_assert_eq(send(fd, messages[i], strlen(messages[i]) + 1, MSG_NOSIGNAL),
				     (ssize_t)strlen(messages[i]) + 1);
	}
	close(fd);
}

void read_all(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t got;

	/* a terminal says EIO when its last writer is gone */
	while (len + 1 < size && (got = read(fd, buf + len, size - 1 - len)) > 0)
		len += (size_t)got;
	buf[len] = 0;
	close(fd);
}

void run_provctl(struct run *run, const char *const *messages, ...)
{
	char *argv[16] = {(char *)"provctl"};
	int out[2];
	int err[2];
	int status;
	va_list words;
	size_t i = 1;
	pid_t child;

	va_start(words, messages);
	while (i < 15 && (argv[i] = va_arg(words, char *)))
		i++;
	va_end(words);
	cr_assert_eq(pipe2(err, O_CLOEXEC), 0);
	if (run->pty)
		cr_assert_eq(openpty(&out[0], &out[1], NULL, NULL, NULL), 0);
	else
		cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
	child = fork();
	cr_assert(child >= 0);
	if (!child)
		become(run, argv, out[1], err[1]);
	close(err[1]);
	close(out[1]);
	if (messages)
		serve(run, messages);
	read_all(out[0], run->out, sizeof(run->out));
	read_all(err[0], run->err, sizeof(run->err));
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status), "%s", run->err);
	run->code = WEXITSTATUS(status);
}

void expect_in(const char *text, const char *part)
{
	cr_assert(strstr(text, part) != NULL, "<%s> is not in <%s>", part, text);
}
