/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets come from a terminal or a file, never from the command line, which others can read. */
#include "provctl.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

/** @param what a file, "the passphrase" */
static int say_failure(const char *what, const char *why)
{
	fputs("provctl: cannot read ", stderr);
	provctl_put(stderr, what);
	fprintf(stderr, ": %s\n", why);
	return EXIT_REFUSED;
}

/** Reads to the end of the line or of the file. @return an exit code */
static int read_line(int fd, const char *what, struct provctl_secret *secret)
{
	const char *end = NULL;
	ssize_t got = 1;

	secret->len = 0;
	while (got && !end && secret->len < sizeof(secret->bytes) - 1) {
		got = read(fd, secret->bytes + secret->len,
			   sizeof(secret->bytes) - 1 - secret->len);
		if (got < 0)
			return say_failure(what, strerrordesc_np(errno));
		end = memchr(secret->bytes + secret->len, '\n', (size_t)got);
		secret->len += (size_t)got;
	}
	if (end)
		secret->len = (size_t)(end - secret->bytes);
	else if (got)
		return say_failure(what, "it is too long");
	if (secret->len && secret->bytes[secret->len - 1] == '\r')
		secret->len--;
	secret->bytes[secret->len] = 0;
	if (memchr(secret->bytes, 0, secret->len))
		return say_failure(what, "it is no text");
	return EXIT_DONE;
}

/** Waits for a line. @return 0, or -1: a signal wants to end us */
static int wait_for_line(int terminal, const sigset_t *signals)
{
	struct pollfd wait[2] = {{.fd = terminal, .events = POLLIN}, {.events = POLLIN}};
	int status;

	wait[1].fd = signalfd(-1, signals, SFD_CLOEXEC);
	do {
		status = poll(wait, 2, -1);
	} while (status < 0 && errno == EINTR);
	if (wait[1].fd >= 0)
		(void)close(wait[1].fd);
	return status > 0 && (wait[1].revents & POLLIN) ? -1 : 0;
}

/** Asks while the terminal shows nothing. @param signals are held back @return an exit code */
static int ask_quietly(int fd, const struct termios *before, const sigset_t *signals,
		       const char *what, struct provctl_secret *secret)
{
	struct termios quiet = *before;
	int result;

	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ICANON | ECHONL;
	/* also drops what was typed before the question could be read */
	if (tcsetattr(fd, TCSAFLUSH, &quiet))
		return say_failure(what, strerrordesc_np(errno));
	/* "the passphrase" */
	dprintf(fd, "%c%s: ", toupper((unsigned char)what[4]), what + 5);
	result = wait_for_line(fd, signals) ? EXIT_REFUSED : read_line(fd, what, secret);
	(void)tcsetattr(fd, TCSAFLUSH, before);
	return result;
}

/** Asks on the terminal without showing what is typed. @return an exit code */
static int ask(const char *what, struct provctl_secret *secret)
{
	static const int held[] = {SIGINT, SIGTERM, SIGHUP, SIGTSTP};
	struct termios before;
	sigset_t signals;
	sigset_t old;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	int result;

	if (fd < 0 || tcgetattr(fd, &before)) {
		if (fd >= 0)
			(void)close(fd);
		return say_failure(what, "there is no terminal; give it in a file or '-'");
	}
	/* Ctrl-C must not leave the terminal without echo */
	(void)sigemptyset(&signals);
	for (size_t i = 0; i < sizeof(held) / sizeof(held[0]); i++)
		(void)sigaddset(&signals, held[i]);
	(void)sigprocmask(SIG_BLOCK, &signals, &old);
	result = ask_quietly(fd, &before, &signals, what, secret);
	(void)close(fd);
	/* what came meanwhile ends us here */
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	return result;
}

int provctl_read_secret(const char *file, const char *what, struct provctl_secret *out_secret)
{
	char name[32];
	int result;
	int fd;

	(void)snprintf(name, sizeof(name), "the %.24s", what);
	if (!file)
		return ask(name, out_secret);
	if (!strcmp(file, "-"))
		return read_line(STDIN_FILENO, name, out_secret);
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return say_failure(file, strerrordesc_np(errno));
	result = read_line(fd, file, out_secret);
	(void)close(fd);
	return result;
}

int provctl_confirm(const char *question)
{
	char answer[16] = "";

	if (!isatty(STDIN_FILENO))
		return -1;
	fprintf(stderr, "%s [y/N] ", question);
	if (!fgets(answer, sizeof(answer), stdin))
		return 0;
	return answer[0] == 'y' || answer[0] == 'Y';
}
