/* SPDX-License-Identifier: Apache-2.0 */
#include "control/control_internal.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Frees a call without telling anybody. */
static void free_call(struct provd_control_call *call)
{
	if (!call)
		return;
	provd_varlink_call_finish(&call->message);
	free(call);
}

/** The client left before the final reply. */
static void lose_call(struct provd_control_client *client)
{
	struct provd_control_call *call = client->call;

	client->call = NULL;
	if (!call)
		return;
	if (call->gone)
		call->gone(call->gone_user);
	free_call(call);
}

static void unlink_client(struct provd_control_client *client)
{
	struct provd_control_client **at = &client->control->clients;

	while (*at != client)
		at = &(*at)->next;
	*at = client->next;
}

/** The last of its handles frees the client. */
static void on_closed(uv_handle_t *handle)
{
	struct provd_control_client *client = handle->data;

	if (--client->open_handles > 0)
		return;
	if (client->hangup_fd >= 0)
		(void)close(client->hangup_fd);
	if (client->control) {
		unlink_client(client);
		lose_call(client);
	}
	provd_varlink_reader_finish(&client->reader);
	free(client);
}

void provd_control_client_close(struct provd_control_client *client)
{
	if (client->closing)
		return;
	client->closing = 1;
	client->ready = 0;
	client->control->client_count--;
	uv_close((uv_handle_t *)&client->pipe, on_closed);
	if (client->hangup_fd >= 0)
		uv_close((uv_handle_t *)&client->hangup, on_closed);
}

void provd_control_client_detach(struct provd_control_client *client)
{
	provd_control_client_close(client);
	client->control = NULL;
	lose_call(client);
}

void provd_control_client_drop(struct provd_control_client *client, const char *reason)
{
	if (client->closing)
		return;
	PROVD_CLOG(client->control->log, "control", 0, PROVD_LOG_WARN, "client dropped",
		   provd_f_int("client", (int64_t)client->id), provd_f_text("reason", reason));
	client->control->dropped++;
	provd_control_client_close(client);
}

int provd_control_client_is_served(const struct provd_control_client *client)
{
	return client->ended && !client->call && !client->ready &&
	       !uv_stream_get_write_queue_size((const uv_stream_t *)&client->pipe);
}

/** Sends an error that answers no call in particular, then closes. */
static void drop_with_error(struct provd_control_client *client, const char *reason,
			    const char *error, json_t *parameters)
{
	provd_control_send_error(client, error, parameters);
	provd_control_client_drop(client, reason);
}

void provd_control_call_finish(struct provd_control_call *call)
{
	struct provd_control_client *client = call->client;

	client->call = NULL;
	free_call(call);
	if (client->closing || client->in_handle)
		return;
	client->ready = 1;
	provd_control_kick(client->control);
}

void provd_control_on_gone(struct provd_control_call *call, void (*gone)(void *user), void *user)
{
	call->gone = gone;
	call->gone_user = user;
}

/** Why the buffered bytes end the connection. */
static void refuse_bytes(struct provd_control_client *client, int status)
{
	if (status == PROVD_E_LIMIT)
		drop_with_error(client, "its message is too long",
				"org.varlink.service.InvalidParameter",
				json_pack("{s:s}", "parameter", "message"));
	else if (status == PROVD_E_NOMEM)
		provd_control_client_drop(client, "out of memory");
	else
		provd_control_client_drop(client, "what it sent is not a Varlink call");
}

/** Takes one message. @return 1 one was taken, 0 none is there or the client is being closed */
static int take_message(struct provd_control_client *client)
{
	struct provd_varlink_call message;
	struct provd_control_call *call;
	int status = provd_varlink_reader_next(&client->reader, &message);

	if (status < 0)
		refuse_bytes(client, status);
	if (status <= 0)
		return 0;
	call = calloc(1, sizeof(*call));
	if (!call) {
		provd_varlink_call_finish(&message);
		provd_control_client_drop(client, "out of memory");
		return 0;
	}
	call->client = client;
	call->message = message;
	call->muted = message.oneway;
	client->call = call;
	provd_control_dispatch(client, call);
	return 1;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out_buf)
{
	struct provd_control_client *client = handle->data;
	size_t room;

	(void)suggested;
	/* no room becomes UV_ENOBUFS in on_read */
	out_buf->base = provd_varlink_reader_room(&client->reader, &room);
	out_buf->len = room;
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf);

static void on_hangup(uv_poll_t *hangup, int status, int events)
{
	struct provd_control_client *client = hangup->data;

	(void)status;
	(void)events;
	if (client->call || client->ended)
		provd_control_client_close(client);
	else /* it is read again, and what it sent before it left is taken */
		(void)uv_poll_stop(hangup);
}

/** @return 0, or -1: the client was dropped */
static int open_hangup(struct provd_control_client *client)
{
	uv_os_fd_t fd = -1;
	int copy = -1;

	/* a descriptor of its own: libuv has one watcher for each */
	if (uv_fileno((const uv_handle_t *)&client->pipe, &fd) == 0)
		copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (copy < 0 || uv_poll_init(client->control->uv, &client->hangup, copy)) {
		if (copy >= 0)
			(void)close(copy);
		provd_control_client_drop(client, "its end cannot be watched");
		return -1;
	}
	client->hangup.data = client;
	client->hangup_fd = copy;
	client->open_handles++;
	return 0;
}

/**
 * For a peer that is not read from: that it leaves would only be seen at the next write, and until
 * then its call would keep a place.
 */
static void watch_hangup(struct provd_control_client *client)
{
	if (client->hangup_fd < 0 && open_hangup(client))
		return;
	/* the kernel reports a hangup whatever is asked for; input must not be reported */
	if (uv_poll_start(&client->hangup, UV_PRIORITIZED, on_hangup))
		provd_control_client_drop(client, "its end cannot be watched");
}

/** Reads while there is room and its turn; otherwise the kernel makes the client wait. */
static void set_reading(struct provd_control_client *client)
{
	uv_stream_t *stream = (uv_stream_t *)&client->pipe;

	if (client->closing || client->ended)
		return;
	if (!client->ready && !provd_varlink_reader_full(&client->reader)) {
		/* says UV_EALREADY when it does */
		(void)uv_read_start(stream, on_alloc, on_read);
		return;
	}
	(void)uv_read_stop(stream);
	if (client->call)
		watch_hangup(client);
}

void provd_control_client_process(struct provd_control_client *client)
{
	int taken = 0;

	client->ready = 0;
	client->in_handle = 1;
	if (!client->closing && !client->call)
		taken = take_message(client);
	client->in_handle = 0;
	if (taken && !client->closing && !client->call &&
	    provd_varlink_reader_pending(&client->reader)) {
		client->ready = 1;
		provd_control_kick(client->control);
	}
	if (!client->closing && provd_control_client_is_served(client))
		provd_control_client_close(client);
	set_reading(client);
}

/** Whether the peer closed its end, rather than only its sending half. */
static int has_left(const struct provd_control_client *client)
{
	struct pollfd state = {.fd = -1, .events = 0};

	if (uv_fileno((const uv_handle_t *)&client->pipe, &state.fd))
		return 1;
	return poll(&state, 1, 0) < 0 || (state.revents & (POLLHUP | POLLERR));
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
	struct provd_control_client *client = stream->data;

	(void)buf;
	if (count == UV_EOF && !has_left(client)) {
		/* "printf ... | nc -U": it still waits for its answers */
		client->ended = 1;
		watch_hangup(client);
		if (!client->closing)
			provd_control_client_process(client);
		return;
	}
	if (count == UV_ENOBUFS)
		provd_control_client_drop(client, "out of memory");
	else if (count < 0)
		provd_control_client_close(client);
	if (count <= 0)
		return;
	provd_varlink_reader_filled(&client->reader, (size_t)count);
	provd_control_client_process(client);
}

/** Answers a client that is one too many. */
static void refuse_client(struct provd_control_client *client)
{
	char name[128];
	int len = snprintf(name, sizeof(name), "%s.Unavailable", client->control->interface);

	if (len < 0 || (size_t)len >= sizeof(name))
		provd_control_client_drop(client, "too many clients");
	else
		drop_with_error(client, "too many clients", name,
				json_pack("{s:s}", "reason", "too many clients"));
}

/** Those who may only read leave a quarter of the places free: they cannot lock others out. */
static size_t places_for(const struct provd_control_client *client)
{
	const size_t max = client->control->max_clients;

	return client->may_steer ? max : max - max / 4;
}

/** Learns who the client is, and whether there is a place for it. */
static void identify(struct provd_control_client *client)
{
	struct provd_control *control = client->control;
	struct provd_control_peer peer;
	uv_os_fd_t fd;

	if (uv_fileno((const uv_handle_t *)&client->pipe, &fd) ||
	    control->peer(control->peer_user, fd, control->gid, &peer)) {
		provd_control_client_drop(client, "its user cannot be told");
		return;
	}
	client->may_steer = provd_control_peer_may_steer(&peer);
	if (client->control->client_count > places_for(client)) {
		refuse_client(client);
		return;
	}
	PROVD_CLOG(control->log, "control", 0, PROVD_LOG_DEBUG, "client connected",
		   provd_f_int("client", (int64_t)client->id),
		   provd_f_int("uid", (int64_t)peer.uid),
		   provd_f_int("may_steer", client->may_steer));
}

void provd_control_client_accept(struct provd_control *control)
{
	struct provd_control_client *client = calloc(1, sizeof(*client));

	if (!client) {
		PROVD_CLOG(control->log, "control", 0, PROVD_LOG_WARN, "cannot accept a client",
			   provd_f_code("reason", PROVD_E_NOMEM));
		return;
	}
	(void)uv_pipe_init(control->uv, &client->pipe, 0);
	client->pipe.data = client;
	client->open_handles = 1;
	client->hangup_fd = -1;
	client->control = control;
	client->id = ++control->last_client;
	provd_varlink_reader_init(&client->reader, control->max_message);
	client->next = control->clients;
	control->clients = client;
	control->client_count++;
	if (uv_accept((uv_stream_t *)&control->listener, (uv_stream_t *)&client->pipe)) {
		provd_control_client_drop(client, "accepting failed");
		return;
	}
	identify(client);
	set_reading(client);
}
