/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_daemon.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void fake_listen(struct fake *fake)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%.107s", fake->path);
	fake->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(fake->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(fake->listener, 16), 0);
}

void fake_unlisten(struct fake *fake)
{
	close(fake->listener);
	unlink(fake->path);
	fake->listener = -1;
}

void fake_init(struct fake *fake)
{
	struct provd_error err = {.size = sizeof(err)};

	memset(fake, 0, sizeof(*fake));
	snprintf(fake->dir, sizeof(fake->dir), "/tmp/provd-client-XXXXXX");
	cr_assert(mkdtemp(fake->dir) != NULL);
	snprintf(fake->path, sizeof(fake->path), "%s/sock", fake->dir);
	fake_listen(fake);
	cr_assert_eq(provd_client_create(fake->path, &fake->client, &err), 0, "%s", err.text);
}

void fake_finish(struct fake *fake)
{
	provd_client_destroy(fake->client);
	if (fake->listener >= 0)
		fake_unlisten(fake);
	cr_assert_eq(rmdir(fake->dir), 0);
}

int fake_accept(struct fake *fake)
{
	struct pollfd wait = {.fd = fake->listener, .events = POLLIN};
	int fd;

	cr_assert_eq(poll(&wait, 1, DEADLINE_MS), 1, "nobody connects");
	fd = accept(fake->listener, NULL, NULL);
	cr_assert(fd >= 0);
	return fd;
}

void fake_read(int fd, char *buf, size_t size)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	size_t len = 0;

	do {
		cr_assert(len < size, "the call is too long");
		cr_assert_eq(poll(&wait, 1, DEADLINE_MS), 1, "no call came");
		cr_assert_eq(read(fd, buf + len, 1), 1, "the connection ended");
	} while (buf[len++]);
}

int fake_expect(struct fake *fake, const char *call)
{
	int fd = fake_accept(fake);
	char buf[4096];

	fake_read(fd, buf, sizeof(buf));
	cr_assert_str_eq(buf, call);
	return fd;
}

void fake_send(int fd, const void *bytes, size_t len)
{
	cr_assert_eq(send(fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

void fake_say(int fd, const char *text)
{
	fake_send(fd, text, strlen(text) + 1);
}

void fake_expect_closed(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	char byte;

	cr_assert_eq(poll(&wait, 1, DEADLINE_MS), 1, "the client keeps the connection");
	cr_assert_leq(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
	close(fd);
}

/** Sends as much as the other side takes; one that closes is fine. */
static void send_all(int fd, const char *bytes, size_t len)
{
	ssize_t sent = 1;
	size_t done;

	for (done = 0; done < len && sent > 0; done += (size_t)sent)
		sent = send(fd, bytes + done, len - done, MSG_NOSIGNAL);
}

pid_t fake_child(struct fake *fake, const char *expected_call, const void *bytes, size_t len,
		 int stays)
{
	pid_t child = fork();
	char buf[4096];
	size_t got = 0;
	int fd;

	cr_assert(child >= 0);
	if (child)
		return child;
	fd = accept(fake->listener, NULL, NULL);
	while (got < sizeof(buf) && read(fd, buf + got, 1) == 1 && buf[got])
		got++;
	if (expected_call && (got >= sizeof(buf) || strcmp(buf, expected_call) != 0))
		_exit(1);
	send_all(fd, bytes, len);
	if (stays)
		(void)pause();
	_exit(0);
}

void fake_child_end(pid_t child)
{
	int status;

	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "another call was expected");
}

void fake_child_kill(pid_t child)
{
	int status;

	kill(child, SIGKILL);
	cr_assert_eq(waitpid(child, &status, 0), child);
}

void on_reply(void *user, const struct provd_client_reply *reply)
{
	struct told *told = user;

	cr_assert_eq(told->last, 0, "a callback after the last one");
	cr_assert(reply->parameters && reply->text);
	cr_assert_eq(reply->size, sizeof(*reply));
	told->replies++;
	told->last += !reply->continues;
	told->status = reply->status;
	snprintf(told->error, sizeof(told->error), "%s", reply->error ? reply->error : "");
	snprintf(told->parameters, sizeof(told->parameters), "%s", reply->parameters);
	snprintf(told->text, sizeof(told->text), "%s", reply->text);
}

void on_entry(void *user, const struct provd_client_entry *entry)
{
	struct told *told = user;
	size_t len = strlen(told->states);

	cr_assert_eq(told->last, 0, "an entry after the end");
	told->entries++;
	told->entry = *entry;
	snprintf(told->states + len, sizeof(told->states) - len, "%llu:%s ",
		 (unsigned long long)entry->session, entry->state);
	snprintf(told->text, sizeof(told->text), "%s|%s|%s|%s", entry->event, entry->method,
		 entry->reason, entry->text);
	snprintf(told->parameters, sizeof(told->parameters), "%s", entry->json);
}

void on_link(void *user, int is_up)
{
	struct told *told = user;

	told->ups += is_up;
	told->downs += !is_up;
}

void fake_until(struct fake *fake, const int *counter, int value)
{
	int turns;

	for (turns = 0; *counter != value && turns < 100000; turns++)
		cr_assert_eq(provd_client_wait(fake->client, DEADLINE_MS), 1, "nothing happened");
	cr_assert_eq(*counter, value);
}
