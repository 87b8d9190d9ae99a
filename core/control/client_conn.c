/* SPDX-License-Identifier: Apache-2.0 */
#include "control/control_internal.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Bytes that are on their way to a client. */
struct write_job {
	uv_write_t request; /**< `data` is the client */
	char *bytes;
};

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
	client->control->client_count--;
}

static void on_closed(uv_handle_t *handle)
{
	struct provd_control_client *client = handle->data;

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
	uv_close((uv_handle_t *)&client->pipe, on_closed);
}

void provd_control_client_detach(struct provd_control_client *client)
{
	provd_control_client_close(client);
	client->control = NULL;
	lose_call(client);
}

/** Logs why a client is closed, and closes it. */
static void drop(struct provd_control_client *client, const char *reason)
{
	if (client->closing)
		return;
	PROVD_CLOG(client->control->log, "control", 0, PROVD_LOG_WARN, "client dropped",
		   provd_f_int("client", (int64_t)client->id), provd_f_text("reason", reason));
	client->control->dropped++;
	provd_control_client_close(client);
}

/** Whether a peer that sends no more has got all its answers. */
static int is_served(const struct provd_control_client *client)
{
	return client->ended && !client->call && !client->ready &&
	       !uv_stream_get_write_queue_size((const uv_stream_t *)&client->pipe);
}

static void on_written(uv_write_t *request, int status)
{
	struct write_job *job = (struct write_job *)(void *)request;
	struct provd_control_client *client = request->data;

	/* with `closing` set this is only the end of a write that was given up */
	if (!client->closing && (status || is_served(client)))
		provd_control_client_close(client);
	free(job->bytes);
	free(job);
}

/** Sends bytes (taken). A client with too much waiting is dropped. */
static void send_bytes(struct provd_control_client *client, char *bytes, size_t len)
{
	const size_t waiting = uv_stream_get_write_queue_size((uv_stream_t *)&client->pipe);
	struct write_job *job = NULL;
	uv_buf_t buf;

	if (client->closing)
		goto out;
	/* nothing waits: one answer may be longer than the backlog, for it is bounded by itself */
	if (waiting && (waiting >= client->control->max_backlog ||
			len > client->control->max_backlog - waiting)) {
		drop(client, "it does not read its answers");
		goto out;
	}
	job = calloc(1, sizeof(*job));
	if (!job) {
		drop(client, "out of memory");
		goto out;
	}
	job->bytes = bytes;
	job->request.data = client;
	buf.base = bytes;
	buf.len = len;
	if (uv_write(&job->request, (uv_stream_t *)&client->pipe, &buf, 1, on_written)) {
		drop(client, "writing failed");
		goto out;
	}
	return;
out:
	free(bytes);
	free(job);
}

/** Sends an error that answers no call in particular, then closes. */
static void drop_with_error(struct provd_control_client *client, const char *reason,
			    const char *error, json_t *parameters)
{
	char *bytes;
	size_t len;

	if (!provd_varlink_error(error, parameters, &bytes, &len))
		send_bytes(client, bytes, len);
	drop(client, reason);
}

/** After a final reply: the next message, but not from within this reply. */
static void finish_call(struct provd_control_call *call)
{
	struct provd_control_client *client = call->client;

	client->call = NULL;
	free_call(call);
	if (client->closing || client->in_handle)
		return;
	client->ready = 1;
	provd_control_kick(client->control);
}

void provd_control_reply(struct provd_control_call *call, json_t *parameters, int continues)
{
	struct provd_control_client *client = call->client;
	const int more = continues && call->message.more;
	char *bytes;
	size_t len;

	if (call->muted || client->closing)
		json_decref(parameters);
	else if (provd_varlink_reply(parameters, more, &bytes, &len))
		drop(client, "out of memory");
	else
		send_bytes(client, bytes, len);
	if (!continues)
		finish_call(call);
	else if (!more)
		call->muted = 1;
}

void provd_control_error(struct provd_control_call *call, const char *error, json_t *parameters)
{
	struct provd_control_client *client = call->client;
	char *bytes;
	size_t len;

	if (call->muted || client->closing)
		json_decref(parameters);
	else if (provd_varlink_error(error, parameters, &bytes, &len))
		drop(client, "out of memory");
	else
		send_bytes(client, bytes, len);
	finish_call(call);
}

void provd_control_invalid(struct provd_control_call *call, const char *parameter)
{
	provd_control_error(call, "org.varlink.service.InvalidParameter",
			    json_pack("{s:s}", "parameter", parameter));
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
		drop(client, "out of memory");
	else
		drop(client, "what it sent is not a Varlink call");
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
		drop(client, "out of memory");
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

/** Reads while there is room; otherwise the kernel makes the client wait. */
static void set_reading(struct provd_control_client *client)
{
	uv_stream_t *stream = (uv_stream_t *)&client->pipe;

	if (client->closing || client->ended)
		return;
	if (provd_varlink_reader_full(&client->reader))
		(void)uv_read_stop(stream);
	else /* says UV_EALREADY when it does */
		(void)uv_read_start(stream, on_alloc, on_read);
}

void provd_control_client_process(struct provd_control_client *client)
{
	client->ready = 0;
	client->in_handle = 1;
	while (!client->closing && !client->call && take_message(client))
		;
	client->in_handle = 0;
	if (!client->closing && is_served(client))
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
		provd_control_client_process(client);
		return;
	}
	if (count == UV_ENOBUFS)
		drop(client, "out of memory");
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
		drop(client, "too many clients");
	else
		drop_with_error(client, "too many clients", name,
				json_pack("{s:s}", "reason", "too many clients"));
}

/** Learns who the client is. */
static void identify(struct provd_control_client *client)
{
	struct provd_control *control = client->control;
	struct provd_control_peer peer;
	uv_os_fd_t fd;

	if (uv_fileno((const uv_handle_t *)&client->pipe, &fd) ||
	    control->peer(control->peer_user, fd, control->gid, &peer)) {
		drop(client, "its user cannot be told");
		return;
	}
	client->may_steer = provd_control_peer_may_steer(&peer);
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
	client->control = control;
	client->id = ++control->last_client;
	provd_varlink_reader_init(&client->reader, control->max_message);
	client->next = control->clients;
	control->clients = client;
	control->client_count++;
	if (uv_accept((uv_stream_t *)&control->listener, (uv_stream_t *)&client->pipe)) {
		drop(client, "accepting failed");
		return;
	}
	if (control->client_count > control->max_clients)
		refuse_client(client);
	else
		identify(client);
	set_reading(client);
}
