/* SPDX-License-Identifier: Apache-2.0 */
#include "child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_LEN 400

/* There only when the program is built with a leak detector. */
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

__attribute__((format(printf, 3, 0))) static void say(struct conf_child *child, char letter,
						      const char *format, va_list args)
{
	char line[LINE_MAX_LEN];
	int n;

	line[0] = letter;
	line[1] = ' ';
	n = vsnprintf(line + 2, sizeof(line) - 3, format, args);
	if (n < 0)
		n = 0;
	else if ((size_t)n > sizeof(line) - 4)
		n = (int)sizeof(line) - 4;
	for (int i = 2; i < n + 2; i++) {
		if (line[i] == '\n')
			line[i] = ' ';
	}
	line[n + 2] = '\n';
	if (write(child->fd, line, (size_t)n + 3) < 0)
		_exit(3); /* nobody listens: without the last line this is a failure */
}

void conf_fail(struct conf_child *child, const char *format, ...)
{
	va_list args;

	child->findings++;
	va_start(args, format);
	say(child, 'F', format, args);
	va_end(args);
}

void conf_skip(struct conf_child *child, const char *format, ...)
{
	va_list args;

	child->skipped = 1;
	va_start(args, format);
	say(child, 'S', format, args);
	va_end(args);
}

__attribute__((format(printf, 3, 4))) static void tell(struct conf_child *child, char letter,
						       const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(child, letter, format, args);
	va_end(args);
}

void conf_say_kind(struct conf_child *child, uint32_t kind, const char *name)
{
	tell(child, 'K', "%u %s", (unsigned)kind, name);
}

static void run_child(const struct conf_case *test, const struct conf_options *options, int fd)
{
	struct conf_child child = {.fd = fd, .options = options};

	test->run(&child);
	if (child.findings == 0 && __lsan_do_recoverable_leak_check &&
	    __lsan_do_recoverable_leak_check())
		conf_fail(&child, "memory was leaked; its stacks are on standard error");
	tell(&child, 'D', "%s", test->name);
	/* No exit handlers: they belong to the parent, or to the plugin. */
	_exit(0);
}

static uint64_t now_ms(void)
{
	struct timespec now = {0, 0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct reader {
	char line[LINE_MAX_LEN];
	size_t used;
	int done;
	int failed;
	int skipped;
};

static void add_text(struct conf_result *result, const char *text)
{
	size_t used = strlen(result->text);
	size_t room = sizeof(result->text) - used;
	int n = snprintf(result->text + used, room, "%s%s", used ? "\n" : "", text);

	if (n < 0 || (size_t)n >= room)
		result->text[used] = '\0'; /* whole lines only, ignoring the rest */
}

static void take_line(struct reader *reader, struct conf_result *result)
{
	const char *text = reader->used > 2 ? reader->line + 2 : "";

	switch (reader->line[0]) {
	case 'F':
		reader->failed = 1;
		add_text(result, text);
		break;
	case 'S':
		reader->skipped = 1;
		add_text(result, text);
		break;
	case 'K':
		result->kind = (uint32_t)strtoul(text, NULL, 10);
		break;
	case 'D':
		reader->done = 1;
		break;
	default:
		break;
	}
}

static void take_bytes(struct reader *reader, const char *bytes, size_t len,
		       struct conf_result *result)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\n') {
			reader->line[reader->used] = '\0';
			take_line(reader, result);
			reader->used = 0;
		} else if (reader->used < sizeof(reader->line) - 1) {
			reader->line[reader->used++] = bytes[i];
		}
	}
}

/* Until the child has closed the pipe or the deadline is over. @return 1 when it is over */
static int listen_to(int fd, uint64_t deadline, struct reader *reader, struct conf_result *result)
{
	char bytes[1024];

	/* The last line ends it: grandchildren of a plugin may hold the pipe open. */
	while (!reader->done) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		uint64_t now = now_ms();
		ssize_t n;

		if (now >= deadline)
			return 1;
		if (poll(&wait, 1, (int)(deadline - now)) <= 0)
			continue;
		n = read(fd, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		take_bytes(reader, bytes, (size_t)n, result);
	}
	return 0;
}

static void judge(const struct reader *reader, int status, int hung, unsigned deadline_ms,
		  struct conf_result *result)
{
	char text[128] = "";

	result->verdict = CONF_FAIL;
	if (hung)
		snprintf(text, sizeof(text), "hung: not over after %u ms", deadline_ms);
	else if (WIFSIGNALED(status))
		snprintf(text, sizeof(text), "died of signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else if (!reader->done)
		snprintf(text, sizeof(text), "ended the process with status %d",
			 WEXITSTATUS(status));
	else if (!reader->failed)
		result->verdict = reader->skipped ? CONF_SKIP : CONF_PASS;
	if (text[0])
		add_text(result, text);
}

int conf_run(const struct conf_case *test, const struct conf_options *options, unsigned deadline_ms,
	     struct conf_result *out_result)
{
	struct reader reader = {.used = 0};
	uint64_t started = now_ms();
	int pipe_fds[2];
	int status = 0;
	int hung;
	pid_t pid;

	memset(out_result, 0, sizeof(*out_result));
	if (pipe(pipe_fds) < 0)
		return -1;
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		close(pipe_fds[0]);
		close(pipe_fds[1]);
		return -1;
	}
	if (pid == 0) {
		close(pipe_fds[0]);
		run_child(test, options, pipe_fds[1]);
	}
	close(pipe_fds[1]);
	hung = listen_to(pipe_fds[0], started + deadline_ms, &reader, out_result);
	if (hung)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	close(pipe_fds[0]);
	judge(&reader, status, hung, deadline_ms, out_result);
	out_result->ms = (unsigned)(now_ms() - started);
	return 0;
}
