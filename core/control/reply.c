/* SPDX-License-Identifier: Apache-2.0 */
/** What goes out to the clients. */
#include "control/control_internal.h"

#include <stdlib.h>

/** An encoded reply, shared by all who are being sent it. */
struct packet {
	size_t refs;
	char *bytes;
	size_t len;
};

/** See control.h. */
struct provd_control_message {
	json_t *parameters;
	struct packet *forms[2]; /**< [1] says that more replies follow; NULL: not needed yet */
};

/** What is left of a packet is on its way to a client. */
struct write_job {
	uv_write_t request; /**< `data` is the client */
	struct packet *packet;
};

static void packet_unref(struct packet *packet)
{
	if (!packet || --packet->refs > 0)
		return;
	free(packet->bytes);
	free(packet);
}

/** @param bytes taken, NULL allowed. @return NULL: out of memory */
static struct packet *packet_create(char *bytes, size_t len)
{
	struct packet *packet = bytes ? calloc(1, sizeof(*packet)) : NULL;

	if (!packet) {
		free(bytes);
		return NULL;
	}
	packet->refs = 1;
	packet->bytes = bytes;
	packet->len = len;
	return packet;
}

/** @param parameters taken */
static struct packet *packet_of_reply(json_t *parameters, int continues)
{
	char *bytes = NULL;
	size_t len = 0;

	(void)provd_varlink_reply(parameters, continues, &bytes, &len);
	return packet_create(bytes, len);
}

/** @param parameters taken */
static struct packet *packet_of_error(const char *error, json_t *parameters)
{
	char *bytes = NULL;
	size_t len = 0;

	(void)provd_varlink_error(error, parameters, &bytes, &len);
	return packet_create(bytes, len);
}

static void on_written(uv_write_t *request, int status)
{
	struct write_job *job = (struct write_job *)(void *)request;
	struct provd_control_client *client = request->data;

	/* with `closing` set this is only the end of a write that was given up */
	if (!client->closing && (status || provd_control_client_is_served(client)))
		provd_control_client_close(client);
	packet_unref(job->packet);
	free(job);
}

/** Has a packet written from `start` on when the client reads again. */
static void send_later(struct provd_control_client *client, struct packet *packet, size_t start)
{
	struct write_job *job = calloc(1, sizeof(*job));
	uv_buf_t buf;

	if (!job) {
		provd_control_client_drop(client, "out of memory");
		return;
	}
	job->packet = packet;
	job->request.data = client;
	buf.base = packet->bytes + start;
	buf.len = packet->len - start;
	if (uv_write(&job->request, (uv_stream_t *)&client->pipe, &buf, 1, on_written)) {
		free(job);
		provd_control_client_drop(client, "writing failed");
		return;
	}
	/* on_written comes on a later turn */
	packet->refs++;
}

/** Sends a packet; NULL: there was no memory for it. A client with too much waiting is dropped. */
static void send_packet(struct provd_control_client *client, struct packet *packet)
{
	uv_stream_t *stream = (uv_stream_t *)&client->pipe;
	const size_t max = client->control->max_backlog;
	const size_t waiting = uv_stream_get_write_queue_size(stream);
	uv_buf_t buf;
	int written;

	if (!packet) {
		provd_control_client_drop(client, "out of memory");
		return;
	}
	/* nothing waits: one answer may be longer than the backlog, for it is bounded by itself */
	if (waiting && (waiting >= max || packet->len > max - waiting)) {
		provd_control_client_drop(client, "it does not read its answers");
		return;
	}
	buf.base = packet->bytes;
	buf.len = packet->len;
	/* nearly always the kernel takes it in whole: nothing is left to be remembered */
	written = waiting ? UV_EAGAIN : uv_try_write(stream, &buf, 1);
	if (written < 0 && written != UV_EAGAIN)
		provd_control_client_close(client);
	else if (written < 0 || (size_t)written < packet->len)
		send_later(client, packet, written < 0 ? 0 : (size_t)written);
}

void provd_control_send_error(struct provd_control_client *client, const char *error,
			      json_t *parameters)
{
	struct packet *packet = packet_of_error(error, parameters);

	if (!client->closing)
		send_packet(client, packet);
	packet_unref(packet);
}

/** What a reply does to its call. */
static void replied(struct provd_control_call *call, int continues)
{
	if (!continues)
		provd_control_call_finish(call);
	else if (!call->message.more)
		call->muted = 1;
}

static int is_silent(const struct provd_control_call *call)
{
	return call->muted || call->client->closing;
}

void provd_control_reply(struct provd_control_call *call, json_t *parameters, int continues)
{
	if (is_silent(call)) {
		json_decref(parameters);
	} else {
		struct packet *packet =
			packet_of_reply(parameters, continues && call->message.more);

		send_packet(call->client, packet);
		packet_unref(packet);
	}
	replied(call, continues);
}

void provd_control_error(struct provd_control_call *call, const char *error, json_t *parameters)
{
	if (call->muted)
		json_decref(parameters);
	else
		provd_control_send_error(call->client, error, parameters);
	provd_control_call_finish(call);
}

void provd_control_invalid(struct provd_control_call *call, const char *parameter)
{
	provd_control_error(call, "org.varlink.service.InvalidParameter",
			    json_pack("{s:s}", "parameter", parameter));
}

/* Messages for many */

struct provd_control_message *provd_control_message_create(json_t *parameters)
{
	struct provd_control_message *message = calloc(1, sizeof(*message));

	if (!message) {
		json_decref(parameters);
		return NULL;
	}
	message->parameters = parameters;
	return message;
}

void provd_control_message_destroy(struct provd_control_message *message)
{
	if (!message)
		return;
	packet_unref(message->forms[0]);
	packet_unref(message->forms[1]);
	json_decref(message->parameters);
	free(message);
}

void provd_control_reply_message(struct provd_control_call *call,
				 struct provd_control_message *message, int continues)
{
	const int more = continues && call->message.more;

	if (!is_silent(call)) {
		if (message && !message->forms[more])
			message->forms[more] =
				packet_of_reply(json_incref(message->parameters), more);
		send_packet(call->client, message ? message->forms[more] : NULL);
	}
	replied(call, continues);
}
