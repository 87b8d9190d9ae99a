/* SPDX-License-Identifier: Apache-2.0 */
/* Calls: how they begin and end, and those that wait. */
#include "client_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

int provd__client_connect(struct provd_client *client, struct call *call, char *bytes, size_t len,
			  struct provd_error *err)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = call->id};
	int status = provd__client_conn_open(&call->conn, client->path, -1, client->max_reply,
					     bytes, len, err);

	if (status)
		return status;
	call->is_sending = provd__client_conn_send(&call->conn);
	if (call->is_sending)
		event.events |= EPOLLOUT;
	if (!epoll_ctl(client->epoll_fd, EPOLL_CTL_ADD, call->conn.fd, &event))
		return 0;
	status = provd__client_fail(err, PROVD_E_IO, errno, "cannot watch the connection: %s",
				    strerrordesc_np(errno));
	provd__client_conn_close(&call->conn);
	return status;
}

void provd__client_add(struct provd_client *client, struct call *call)
{
	call->next = client->calls;
	client->calls = call;
	client->call_count++;
	provd__client_arm(client);
}

void provd__client_end(struct provd_client *client, struct call *call,
		       const struct provd_client_reply *reply)
{
	struct call **at = &client->calls;

	while (*at != call)
		at = &(*at)->next;
	*at = call->next;
	client->call_count--;
	/* which takes it from epoll, too */
	provd__client_conn_close(&call->conn);
	call->on_reply(call->user, reply);
	free(call);
}

void provd__client_end_failed(struct provd_client *client, struct call *call,
			      const struct provd_error *err)
{
	struct answer answer;

	provd__client_answer_failure(&answer, err);
	provd__client_end(client, call, &answer.reply);
}

/** Makes the bytes of a request, which is taken. @return 0 or a code with words */
static int encode(struct request *request, int more, char **out_bytes, size_t *out_len,
		  struct provd_error *err)
{
	int status = request->status;

	if (status)
		provd__client_drop(request->parameters);
	else
		status = provd__client_encode(request->method, request->parameters, more, out_bytes,
					      out_len);
	request->parameters = NULL;
	if (status)
		provd__client_fail(err, status, 0, "the call cannot be made: %s",
				   provd_err_text(status));
	return status;
}

int provd__client_start(struct provd_client *client, struct request *request, int more,
			const struct sink *sink, struct provd_error *err)
{
	struct call *call = NULL;
	char *bytes;
	size_t len;
	int status = encode(request, more, &bytes, &len, err);

	if (status)
		return status;
	if (client->is_destroying) {
		provd__client_wipe_free(bytes, len);
		return provd__client_fail(err, PROVD_E_STATE, 0, "the client is being closed");
	}
	call = calloc(1, sizeof(*call));
	if (!call) {
		provd__client_wipe_free(bytes, len);
		return provd__client_fail(err, PROVD_E_NOMEM, 0, "out of memory");
	}
	call->id = ++client->last_id;
	call->more = more;
	call->on_reply = sink->on_reply;
	call->user = sink->user;
	if (client->timeout_ms && !more)
		call->deadline_ms = provd__client_now_ms() + client->timeout_ms;
	status = provd__client_connect(client, call, bytes, len, err);
	if (status) {
		free(call);
		return status;
	}
	provd__client_add(client, call);
	if (sink->out_call)
		*sink->out_call = call->id;
	return 0;
}

/** Milliseconds for poll until a time; -1 for ever. */
static int time_left(int64_t deadline_ms)
{
	int64_t left = deadline_ms - provd__client_now_ms();

	if (!deadline_ms)
		return -1;
	return left < 0 ? 0 : left < INT32_MAX ? (int)left : INT32_MAX;
}

/** Sends and waits for the one message. @return 0 or a code with words */
static int exchange(struct conn *conn, int64_t deadline_ms, struct message *out_message,
		    struct provd_error *err)
{
	struct pollfd state = {.fd = conn->fd};
	int is_sending = provd__client_conn_send(conn);
	int status = 0;

	while (!status) {
		state.events = (short)(is_sending ? POLLIN | POLLOUT : POLLIN);
		status = poll(&state, 1, time_left(deadline_ms));
		if (!status)
			return provd__client_fail(err, PROVD_E_TIMEOUT, 0,
						  "the daemon did not answer in time");
		/* poll failed: a signal, for nothing else can */
		if (status > 0 && (state.revents & POLLOUT))
			is_sending = provd__client_conn_send(conn);
		status = 0;
		if (state.revents & ~POLLOUT)
			status = provd__client_conn_read(conn, err);
		state.revents = 0;
		if (status >= 0)
			status = provd__client_conn_take(conn, out_message, err);
	}
	return status < 0 ? status : 0;
}

int provd__client_run(struct provd_client *client, struct request *request,
		      struct provd_client_reply **out_reply)
{
	const int64_t deadline =
		client->timeout_ms ? provd__client_now_ms() + client->timeout_ms : 0;
	struct provd_error err = {.size = sizeof(err)};
	struct conn conn = {.fd = -1};
	struct message message = {0};
	struct answer answer;
	char *bytes;
	size_t len;
	int status = encode(request, 0, &bytes, &len, &err);

	if (!status)
		status = provd__client_conn_open(&conn, client->path, client->timeout_ms,
						 client->max_reply, bytes, len, &err);
	if (!status)
		status = exchange(&conn, deadline, &message, &err);
	if (status)
		provd__client_answer_failure(&answer, &err);
	else
		provd__client_answer_message(&answer, &message);
	answer.reply.continues = 0;
	status = answer.reply.status;
	if (out_reply)
		*out_reply = provd__client_answer_copy(&answer);
	if (out_reply && !*out_reply)
		status = PROVD_E_NOMEM;
	provd__client_answer_finish(&answer);
	provd__client_message_finish(&message);
	provd__client_conn_close(&conn);
	return status;
}

/** Makes a request of texts. */
static struct request read_request(const char *method, const char *parameters)
{
	struct request request = {.method = method};

	if (!parameters)
		return request;
	request.parameters = json_loads(parameters, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(request.parameters))
		request.status = PROVD_E_INVALID;
	return request;
}

PROVD_CLIENT_EXPORT int provd_client_call(struct provd_client *client, const char *method,
					  const char *parameters,
					  struct provd_client_reply **out_reply)
{
	struct request request = read_request(method, parameters);

	return provd__client_run(client, &request, out_reply);
}

PROVD_CLIENT_EXPORT int provd_client_call_async(struct provd_client *client, const char *method,
						const char *parameters, int more,
						provd_client_reply_fn *on_reply, void *user,
						uint64_t *out_call, struct provd_error *err)
{
	const struct sink sink = {.on_reply = on_reply, .user = user, .out_call = out_call};
	struct request request = read_request(method, parameters);

	return provd__client_start(client, &request, more, &sink, err);
}
