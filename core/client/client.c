/* SPDX-License-Identifier: Apache-2.0 */
/* A client, its descriptor, and what provd_client_process() does. */
#include "client_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

/** Descriptors that are looked at in one provd_client_process(). */
#define EVENTS_MAX 16

/** What epoll says for the timer; calls are numbered from 1. */
#define TIMER_ID 0u

PROVD_CLIENT_EXPORT int provd_client_create(const char *path, struct provd_client **out_client,
					    struct provd_error *err)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = TIMER_ID};
	const char *const at = path ? path : PROVD_CLIENT_SOCKET;
	const size_t len = strlen(at);
	struct provd_client *client;
	int status;

	if (!len || len >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return provd__client_fail(err, PROVD_E_INVALID, 0,
					  "the socket's path must have 1 to %zu bytes",
					  sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1);
	client = calloc(1, sizeof(*client));
	if (!client)
		return provd__client_fail(err, PROVD_E_NOMEM, 0, "out of memory");
	client->timeout_ms = PROVD_CLIENT_TIMEOUT_MS;
	client->max_reply = PROVD_CLIENT_MAX_REPLY;
	client->path = strdup(at);
	client->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	client->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (client->path && client->epoll_fd >= 0 && client->timer_fd >= 0 &&
	    !epoll_ctl(client->epoll_fd, EPOLL_CTL_ADD, client->timer_fd, &event)) {
		*out_client = client;
		return 0;
	}
	status = provd__client_fail(err, client->path ? PROVD_E_IO : PROVD_E_NOMEM, errno,
				    "a client cannot be made: %s", strerrordesc_np(errno));
	provd_client_destroy(client);
	return status;
}

PROVD_CLIENT_EXPORT void provd_client_destroy(struct provd_client *client)
{
	const struct provd_error canceled = {.code = PROVD_E_CANCELED,
					     .text = "the client was closed"};

	if (!client)
		return;
	client->is_destroying = 1;
	while (client->calls)
		provd__client_end_failed(client, client->calls, &canceled);
	if (client->timer_fd >= 0)
		(void)close(client->timer_fd);
	if (client->epoll_fd >= 0)
		(void)close(client->epoll_fd);
	free(client->path);
	free(client);
}

PROVD_CLIENT_EXPORT void provd_client_set_timeout(struct provd_client *client, uint32_t ms)
{
	client->timeout_ms = ms;
}

PROVD_CLIENT_EXPORT void provd_client_set_max_reply(struct provd_client *client, size_t bytes)
{
	client->max_reply = bytes < 1024 ? 1024 : bytes < SIZE_MAX / 4 ? bytes : SIZE_MAX / 4;
}

PROVD_CLIENT_EXPORT int provd_client_fd(const struct provd_client *client)
{
	return client->epoll_fd;
}

PROVD_CLIENT_EXPORT short provd_client_events(const struct provd_client *client)
{
	(void)client;
	return POLLIN;
}

PROVD_CLIENT_EXPORT size_t provd_client_pending(const struct provd_client *client)
{
	return client->call_count;
}

static struct call *find(const struct provd_client *client, uint64_t id)
{
	struct call *call = client->calls;

	while (call && call->id != id)
		call = call->next;
	return call;
}

PROVD_CLIENT_EXPORT void provd_client_cancel(struct provd_client *client, uint64_t call)
{
	struct call *const found = find(client, call);

	if (!found)
		return;
	found->is_canceled = 1;
	provd__client_arm(client);
}

/** When something is to be done with a call; 0 never. */
static int64_t due_ms(const struct call *call)
{
	if (call->is_canceled)
		return 1;
	if (call->retry_at_ms)
		return call->retry_at_ms;
	return call->deadline_ms;
}

void provd__client_arm(struct provd_client *client)
{
	struct itimerspec at = {0};
	const struct call *call;
	int64_t first = 0;
	int64_t due;

	for (call = client->calls; call; call = call->next) {
		due = due_ms(call);
		if (due && (!first || due < first))
			first = due;
	}
	/* all zero stops the timer; a time that has passed makes it ready at once */
	at.it_value.tv_sec = first / 1000;
	at.it_value.tv_nsec = first % 1000 * 1000000;
	(void)timerfd_settime(client->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

/** Its connection is of no use any more. */
static void fail(struct provd_client *client, struct call *call, const struct provd_error *err)
{
	if (call->is_watch)
		provd__client_watch_lost(client, call, err);
	else
		provd__client_end_failed(client, call, err);
}

/** Takes the messages that are complete. */
static void take_messages(struct provd_client *client, struct call *call)
{
	struct provd_error err = {.size = sizeof(err)};
	struct message message;
	struct answer answer;
	int goes_on = 1;
	int status;

	while (goes_on && !call->is_canceled && call->conn.fd >= 0) {
		status = provd__client_conn_take(&call->conn, &message, &err);
		if (!status)
			return;
		if (status < 0) {
			fail(client, call, &err);
			return;
		}
		if (call->is_watch) {
			goes_on = provd__client_watch_message(client, call, &message);
		} else {
			provd__client_answer_message(&answer, &message);
			if (!call->more)
				answer.reply.continues = 0;
			goes_on = answer.reply.continues != 0;
			if (goes_on)
				call->on_reply(call->user, &answer.reply);
			else
				provd__client_end(client, call, &answer.reply);
			provd__client_answer_finish(&answer);
		}
		provd__client_message_finish(&message);
	}
}

static void look_at(struct provd_client *client, struct call *call, uint32_t events)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = call->id};
	struct provd_error err = {.size = sizeof(err)};
	int status;

	if ((events & EPOLLOUT) && call->is_sending && !provd__client_conn_send(&call->conn)) {
		call->is_sending = 0;
		(void)epoll_ctl(client->epoll_fd, EPOLL_CTL_MOD, call->conn.fd, &event);
	}
	if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	status = provd__client_conn_read(&call->conn, &err);
	if (status > 0)
		take_messages(client, call);
	else if (status < 0)
		fail(client, call, &err);
}

/** Does what is due with one of the calls up to number `last`. @return 1 when there was one */
static int run_one_due(struct provd_client *client, uint64_t last, int64_t now)
{
	struct provd_error err = {.size = sizeof(err)};
	struct call *call = client->calls;
	int64_t due;

	while (call) {
		due = due_ms(call);
		if (call->id <= last && due && due <= now)
			break;
		call = call->next;
	}
	if (!call)
		return 0;
	if (call->is_canceled)
		provd__client_fail(&err, PROVD_E_CANCELED, 0, "the call was canceled");
	else if (!call->retry_at_ms)
		provd__client_fail(&err, PROVD_E_TIMEOUT, 0, "the daemon did not answer in time");
	if (err.code)
		provd__client_end_failed(client, call, &err);
	else
		provd__client_watch_retry(client, call);
	return 1;
}

PROVD_CLIENT_EXPORT int provd_client_process(struct provd_client *client)
{
	struct epoll_event events[EVENTS_MAX];
	const uint64_t last = client->last_id;
	const int64_t now = provd__client_now_ms();
	struct call *call;
	uint64_t ticks;
	int count;
	int i;

	if (client->is_busy || client->is_destroying)
		return PROVD_E_STATE;
	client->is_busy = 1;
	count = epoll_wait(client->epoll_fd, events, EVENTS_MAX, 0);
	for (i = 0; i < count; i++) {
		if (events[i].data.u64 == TIMER_ID) {
			/* armed anew below */
			if (read(client->timer_fd, &ticks, sizeof(ticks)) < 0)
				continue;
		}
		call = find(client, events[i].data.u64);
		if (call && !call->is_canceled && call->conn.fd >= 0)
			look_at(client, call, events[i].events);
	}
	/* each call has one thing that is due, so this ends */
	do {
		i = run_one_due(client, last, now);
	} while (i);
	client->is_busy = 0;
	provd__client_arm(client);
	return 0;
}

PROVD_CLIENT_EXPORT int provd_client_wait(struct provd_client *client, int timeout_ms)
{
	struct pollfd state = {.fd = client->epoll_fd, .events = POLLIN};
	int status;

	if (client->is_busy || client->is_destroying)
		return PROVD_E_STATE;
	status = poll(&state, 1, timeout_ms);
	if (!status)
		return 0;
	if (status < 0)
		return errno == EINTR ? PROVD_E_CANCELED : PROVD_E_IO;
	status = provd_client_process(client);
	return status ? status : 1;
}
