/* SPDX-License-Identifier: Apache-2.0 */
#include "provctl_run.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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

/** In the child: becomes provctl. @param terminal -1 none */
static void become(const struct run *run, char **argv, int in, int out, int err, int terminal)
{
	/* never the terminal of who runs the tests */
	(void)setsid();
	if (terminal >= 0)
		(void)ioctl(terminal, TIOCSCTTY, 0);
	dup2(terminal >= 0 ? terminal : in, STDIN_FILENO);
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
	len = strlen(run->requests);
	snprintf(run->requests + len, sizeof(run->requests) - len, "%s\n", run->request);
}

/** Waits for a connection and its call. @return the connection */
static int next_call(struct run *run)
{
	struct pollfd wait = {.fd = run->listener, .events = POLLIN};
	int fd;

	cr_assert_eq(poll(&wait, 1, 20000), 1, "no call came");
	fd = accept(run->listener, NULL, NULL);
	cr_assert(fd >= 0);
	read_call(run, fd);
	return fd;
}

/** Reads a call, then sends `messages` (a list that ends with NULL), then closes. */
static void serve(struct run *run, const char *const *messages)
{
	int fd = next_call(run);
	size_t i;

	for (i = 0; messages[i]; i++) {
		if (!strcmp(messages[i], NEXT_CALL)) {
			close(fd);
			fd = next_call(run);
		} else
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

/** Reads what the terminal shows until `part` is there, or until nothing more comes at once. */
static void read_terminal(struct run *run, int fd, const char *part)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	size_t len = strlen(run->terminal);
	ssize_t got;

	while (!part || !strstr(run->terminal, part)) {
		if (poll(&wait, 1, part ? 20000 : 0) != 1)
			break;
		got = read(fd, run->terminal + len, sizeof(run->terminal) - 1 - len);
		if (got <= 0)
			break;
		len += (size_t)got;
		run->terminal[len] = 0;
	}
	cr_assert(!part || strstr(run->terminal, part), "no <%s> on the terminal", part);
}

/** Standard input of the child: a file that is gone already. */
static int open_input(const char *text)
{
	char path[] = "/tmp/provd-provctl-in-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	cr_assert(fd >= 0);
	unlink(path);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/** Types on the terminal, once it shows what it has to. */
static void type(struct run *run, int terminal)
{
	if (run->typed_after)
		read_terminal(run, terminal, run->typed_after);
	cr_assert_eq(write(terminal, run->typed, strlen(run->typed)), (ssize_t)strlen(run->typed));
}

static void open_output(const struct run *run, int *out)
{
	const struct winsize size = {.ws_row = run->rows, .ws_col = run->columns};

	if (run->pty)
		cr_assert_eq(openpty(&out[0], &out[1], NULL, NULL, &size), 0);
	else
		cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
	if (!run->out_path)
		return;
	close(out[1]);
	out[1] = open(run->out_path, O_WRONLY | O_CLOEXEC);
	cr_assert(out[1] >= 0);
}

static void start(struct run *run, char **argv, int *out, int *err, int *terminal)
{
	int in = open_input(run->input ? run->input : "");

	cr_assert_eq(pipe2(err, O_CLOEXEC), 0);
	if (run->typed)
		cr_assert_eq(openpty(&terminal[0], &terminal[1], NULL, NULL, NULL), 0);
	open_output(run, out);
	run->child = fork();
	cr_assert(run->child >= 0);
	if (!run->child)
		become(run, argv, in, out[1], err[1], terminal[1]);
	close(in);
	close(err[1]);
	close(out[1]);
}

void run_provctl(struct run *run, const char *const *messages, ...)
{
	char *argv[16] = {(char *)"provctl"};
	int terminal[2] = {-1, -1};
	int out[2];
	int err[2];
	int status;
	va_list words;
	size_t i = 1;

	va_start(words, messages);
	while (i < 15 && (argv[i] = va_arg(words, char *)))
		i++;
	va_end(words);
	run->terminal[0] = 0;
	run->requests[0] = 0;
	start(run, argv, out, err, terminal);
	if (run->typed)
		type(run, terminal[0]);
	if (messages)
		serve(run, messages);
	read_all(out[0], run->out, sizeof(run->out));
	read_all(err[0], run->err, sizeof(run->err));
	cr_assert_eq(waitpid(run->child, &status, 0), run->child);
	cr_assert(WIFEXITED(status), "%s", run->err);
	run->code = WEXITSTATUS(status);
	if (!run->typed)
		return;
	read_terminal(run, terminal[0], NULL);
	close(terminal[0]);
	close(terminal[1]);
}

void expect_in(const char *text, const char *part)
{
	cr_assert(strstr(text, part) != NULL, "<%s> is not in <%s>", part, text);
}
