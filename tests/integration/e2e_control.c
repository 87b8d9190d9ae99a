/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket as the tests use it: calls, watching, status. */
#include "e2e_internal.h"

#include <criterion/criterion.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define WATCH "{\"method\":\"io.provd.Provisioning.Watch\",\"more\":true}"

static int try_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

int e2e_connect(struct e2e *e2e)
{
	int64_t until = e2e_now_ms() + E2E_WAIT_MS;

	for (;;) {
		int fd = try_connect(e2e->socket);

		if (fd >= 0)
			return fd;
		if (waitpid(e2e->daemon.pid, NULL, WNOHANG) != 0) {
			char *log = e2e_read(e2e, e2e->daemon.err);

			e2e->daemon.pid = 0;
			cr_assert_fail("the daemon ended: %s", log);
		}
		cr_assert_lt(e2e_now_ms(), until, "the daemon did not come up");
		poll(NULL, 0, 10);
	}
}

/* 0 when the other side has gone. */
static int send_message(int fd, const char *json)
{
	size_t len = strlen(json) + 1;

	return send(fd, json, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* The next NUL-terminated message; NULL after E2E_WAIT_MS or when the other side has gone. */
static json_t *receive(struct e2e *e2e, int fd)
{
	int64_t until = e2e_now_ms() + E2E_WAIT_MS;

	for (;;) {
		char *end = memchr(e2e->buffer, '\0', e2e->buffered);
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		ssize_t got;

		if (end) {
			size_t used = (size_t)(end - e2e->buffer) + 1;
			json_t *message = json_loads(e2e->buffer, 0, NULL);

			e2e->buffered -= used;
			memmove(e2e->buffer, e2e->buffer + used, e2e->buffered);
			return message;
		}
		if (e2e_now_ms() > until || poll(&wait, 1, (int)(until - e2e_now_ms()) + 1) <= 0)
			return NULL;
		got = read(fd, e2e->buffer + e2e->buffered, E2E_BUFFER_MAX - e2e->buffered);
		if (got <= 0)
			return NULL;
		e2e->buffered += (size_t)got;
	}
}

json_t *e2e_call(struct e2e *e2e, const char *method)
{
	return e2e_call_with(e2e, method, NULL);
}

json_t *e2e_try_call(struct e2e *e2e, const char *method, const char *parameters)
{
	int fd = e2e_connect(e2e);
	char *kept = e2e->buffer;
	size_t kept_len = e2e->buffered;
	char *call = e2e_text("{\"method\":\"io.provd.Provisioning.%s\",\"parameters\":%s}", method,
			      parameters ? parameters : "{}");
	json_t *reply = NULL;

	e2e->buffer = calloc(1, E2E_BUFFER_MAX);
	e2e->buffered = 0;
	if (send_message(fd, call))
		reply = receive(e2e, fd);
	free(e2e->buffer);
	e2e->buffer = kept;
	e2e->buffered = kept_len;
	free(call);
	close(fd);
	return reply;
}

json_t *e2e_call_with(struct e2e *e2e, const char *method, const char *parameters)
{
	json_t *reply = e2e_try_call(e2e, method, parameters);

	cr_assert_not_null(reply, "%s was not answered", method);
	return reply;
}

void e2e_start(struct e2e *e2e)
{
	json_t *reply;

	e2e->watch = e2e_connect(e2e);
	e2e->buffered = 0;
	reply = e2e_call(e2e, "Start");
	cr_assert_null(json_object_get(reply, "error"), "%s",
		       json_string_value(json_object_get(reply, "error")));
	json_decref(reply);
	cr_assert(send_message(e2e->watch, WATCH));
}

void e2e_watch(struct e2e *e2e)
{
	e2e->watch = e2e_connect(e2e);
	e2e->buffered = 0;
	cr_assert(send_message(e2e->watch, WATCH));
}

static int status_is(struct e2e *e2e, const char *key, const char *wanted)
{
	json_t *reply = e2e_call(e2e, "Status");
	const json_t *value = json_object_get(json_object_get(reply, "parameters"), key);
	const char *found = json_is_true(value)	   ? "true"
			    : json_is_false(value) ? "false"
						   : json_string_value(value);
	int same = found && strcmp(found, wanted) == 0;

	json_decref(reply);
	return same;
}

void e2e_wait_status(struct e2e *e2e, const char *key, const char *wanted)
{
	int64_t until = e2e_now_ms() + E2E_WAIT_MS;

	while (!status_is(e2e, key, wanted)) {
		if (e2e_now_ms() > until) {
			char *log = e2e_read(e2e, e2e->daemon.err);

			cr_assert_fail("%s of Status never was %s; log:\n%s", key, wanted, log);
		}
		poll(NULL, 0, 10);
	}
}

void e2e_set_config(struct e2e *e2e, const char *from, const char *to)
{
	char *path = e2e_text("%s/provd.json", e2e->dir);
	char *content = e2e_read(e2e, "provd.json");
	char *at = strstr(content, from);
	FILE *file = fopen(path, "w");

	cr_assert(at && file, "the config has no %s", from);
	*at = '\0';
	cr_assert_geq(fprintf(file, "%s%s%s", content, to, at + strlen(from)), 0);
	fclose(file);
	free(content);
	free(path);
}

void e2e_tell_board(struct e2e *e2e, const char *json)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%.80s/board.sock", e2e->dir);
	cr_assert_eq(
		sendto(fd, json, strlen(json), 0, (struct sockaddr *)&address, sizeof(address)),
		(ssize_t)strlen(json));
	close(fd);
}

static int is_final(const char *state)
{
	return strcmp(state, "bound") == 0 || strcmp(state, "failed") == 0 ||
	       strcmp(state, "stopped") == 0;
}

/* The next entry, or NULL when none comes. */
static const json_t *next_entry(struct e2e *e2e)
{
	json_t *message = receive(e2e, e2e->watch);

	if (!message)
		return NULL;
	json_decref(e2e->entry);
	e2e->entry = json_incref(json_object_get(json_object_get(message, "parameters"), "entry"));
	json_decref(message);
	return e2e->entry;
}

static const char *member(const json_t *entry, const char *key)
{
	const char *value = json_string_value(json_object_get(entry, key));

	return value ? value : "";
}

const json_t *e2e_expect(struct e2e *e2e, const char *state, const char *event)
{
	for (;;) {
		const json_t *entry = next_entry(e2e);

		if (!entry) {
			char *log = e2e_read(e2e, e2e->daemon.err);

			cr_assert_fail("no entry with state %s, event %s; log:\n%s", state,
				       event ? event : "(any)", log);
		}
		if (strcmp(member(entry, "state"), state) == 0 &&
		    (!event || strcmp(member(entry, "event"), event) == 0))
			return entry;
		if (is_final(member(entry, "state"))) {
			char *log = e2e_read(e2e, e2e->daemon.err);

			cr_assert_fail(
				"the session ended as %s before state %s, event %s; log:\n%s",
				member(entry, "state"), state, event ? event : "(any)", log);
		}
	}
}

const char *e2e_end(struct e2e *e2e)
{
	const json_t *entry;

	do {
		entry = next_entry(e2e);
		cr_assert_not_null(entry, "the session did not end");
	} while (!is_final(member(entry, "state")));
	return member(entry, "state");
}

const char *e2e_detail(const struct e2e *e2e, const char *key)
{
	return member(json_object_get(e2e->entry, "detail"), key);
}
