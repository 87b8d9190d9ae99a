/* SPDX-License-Identifier: Apache-2.0 */
#include "relay.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <provd/error.h>

enum {
	LINKS_MAX = 32,
	CHUNK = 4096,
	BACKLOG = 16
};

struct link;

/* One side of a relayed connection. Not read from while its last chunk is being written. */
struct side {
	uv_tcp_t tcp;
	uv_write_t write;
	struct link *link;
	struct side *other;
	char chunk[CHUNK];
};

struct link {
	struct sim_relay *relay;
	struct link *next;
	struct side device;
	struct side broker;
	uv_connect_t connect;
	size_t held; /* bytes of the CONNECT in device.chunk */
	int handles_open;
	bool joined; /* CONNECT was accepted */
	bool closing;
};

struct sim_relay {
	uv_loop_t *loop;
	sim_relay_check check;
	void *user;
	uv_tcp_t *listener; /* own allocation: it outlives a close */
	struct link *links;
	size_t link_count;
	int port;
	int broker_port;
	bool dying;
};

int sim_relay_create(uv_loop_t *loop, sim_relay_check check, void *user,
		     struct sim_relay **out_relay)
{
	struct sim_relay *relay = calloc(1, sizeof(*relay));

	if (!relay)
		return PROVD_E_NOMEM;
	relay->loop = loop;
	relay->check = check;
	relay->user = user;
	*out_relay = relay;
	return 0;
}

static void free_if_done(struct sim_relay *relay)
{
	if (relay->dying && relay->link_count == 0 && !relay->listener)
		free(relay);
}

static void on_link_closed(uv_handle_t *handle)
{
	struct side *side = handle->data;
	struct link *link = side->link;
	struct sim_relay *relay = link->relay;

	if (--link->handles_open > 0)
		return;
	for (struct link **at = &relay->links; *at; at = &(*at)->next) {
		if (*at == link) {
			*at = link->next;
			break;
		}
	}
	relay->link_count--;
	free(link);
	free_if_done(relay);
}

static void close_link(struct link *link)
{
	if (link->closing)
		return;
	link->closing = true;
	uv_close((uv_handle_t *)&link->device.tcp, on_link_closed);
	uv_close((uv_handle_t *)&link->broker.tcp, on_link_closed);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct side *side = handle->data;
	size_t used = side->link->joined ? 0 : side->link->held;

	(void)suggested;
	*buf = uv_buf_init(side->chunk + used, (unsigned int)(CHUNK - used));
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf);

static void on_written(uv_write_t *write, int status)
{
	struct side *target = write->data;

	if (status < 0)
		close_link(target->link);
	else if (!target->link->closing)
		uv_read_start((uv_stream_t *)&target->other->tcp, on_alloc, on_read);
}

static void forward(struct side *from, size_t size)
{
	uv_buf_t buf = uv_buf_init(from->chunk, (unsigned int)size);
	struct side *to = from->other;

	uv_read_stop((uv_stream_t *)&from->tcp);
	to->write.data = to;
	if (uv_write(&to->write, (uv_stream_t *)&to->tcp, &buf, 1, on_written) != 0)
		close_link(from->link);
}

static void on_joined(uv_connect_t *connect, int status)
{
	struct link *link = connect->data;

	if (status < 0 || link->closing) {
		close_link(link);
		return;
	}
	uv_tcp_nodelay(&link->broker.tcp, 1);
	forward(&link->device, link->held);
	if (!link->closing)
		uv_read_start((uv_stream_t *)&link->broker.tcp, on_alloc, on_read);
}

static void on_refused(uv_write_t *write, int status)
{
	struct side *side = write->data;

	(void)status;
	close_link(side->link);
}

static void refuse(struct link *link, int code)
{
	uv_buf_t buf = uv_buf_init(link->device.chunk, 4);

	/* CONNACK, MQTT 3.1.1 3.2 */
	link->device.chunk[0] = 0x20;
	link->device.chunk[1] = 2;
	link->device.chunk[2] = 0;
	link->device.chunk[3] = (char)code;
	link->device.write.data = &link->device;
	if (uv_write(&link->device.write, (uv_stream_t *)&link->device.tcp, &buf, 1, on_refused) !=
	    0)
		close_link(link);
}

static void on_greeting(struct link *link)
{
	struct sim_connect connect;
	struct sockaddr_in address;
	int n = sim_connect_parse((const unsigned char *)link->device.chunk, link->held, &connect);
	int code;

	if (n == 0 && link->held < CHUNK)
		return;
	uv_read_stop((uv_stream_t *)&link->device.tcp);
	if (n <= 0) {
		close_link(link);
		return;
	}
	code = link->relay->check(link->relay->user, &connect);
	if (code != 0) {
		refuse(link, code);
		return;
	}
	link->joined = true;
	link->connect.data = link;
	uv_ip4_addr("127.0.0.1", link->relay->broker_port, &address);
	if (uv_tcp_connect(&link->connect, &link->broker.tcp, (const struct sockaddr *)&address,
			   on_joined) != 0)
		close_link(link);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
	struct side *side = stream->data;
	struct link *link = side->link;

	(void)buf;
	if (size == 0)
		return;
	if (size < 0) {
		close_link(link);
	} else if (link->joined) {
		forward(side, (size_t)size);
	} else {
		link->held += (size_t)size;
		on_greeting(link);
	}
}

static void init_side(struct link *link, struct side *side, struct side *other)
{
	uv_tcp_init(link->relay->loop, &side->tcp);
	side->tcp.data = side;
	side->link = link;
	side->other = other;
	link->handles_open++;
}

static void on_connection(uv_stream_t *server, int status)
{
	struct sim_relay *relay = server->data;
	struct link *link;

	if (status < 0)
		return;
	link = calloc(1, sizeof(*link));
	if (!link)
		return;
	link->relay = relay;
	link->next = relay->links;
	relay->links = link;
	relay->link_count++;
	init_side(link, &link->device, &link->broker);
	init_side(link, &link->broker, &link->device);
	if (uv_accept(server, (uv_stream_t *)&link->device.tcp) != 0 ||
	    relay->link_count > LINKS_MAX) {
		close_link(link);
		return;
	}
	uv_tcp_nodelay(&link->device.tcp, 1);
	uv_read_start((uv_stream_t *)&link->device.tcp, on_alloc, on_read);
}

static void on_listener_closed(uv_handle_t *handle)
{
	free(handle);
}

int sim_relay_listen(struct sim_relay *relay, const char *ip, int broker_port)
{
	struct sockaddr_in address;
	struct sockaddr_storage bound;
	int size = sizeof(bound);

	if (relay->listener || uv_ip4_addr(ip, relay->port, &address) != 0)
		return PROVD_E_STATE;
	relay->listener = calloc(1, sizeof(*relay->listener));
	if (!relay->listener)
		return PROVD_E_NOMEM;
	relay->broker_port = broker_port;
	uv_tcp_init(relay->loop, relay->listener);
	relay->listener->data = relay;
	if (uv_tcp_bind(relay->listener, (const struct sockaddr *)&address, 0) != 0 ||
	    uv_listen((uv_stream_t *)relay->listener, BACKLOG, on_connection) != 0 ||
	    uv_tcp_getsockname(relay->listener, (struct sockaddr *)&bound, &size) != 0) {
		sim_relay_close(relay);
		return PROVD_E_IO;
	}
	memcpy(&address, &bound, sizeof(address));
	relay->port = ntohs(address.sin_port);
	return 0;
}

int sim_relay_port(const struct sim_relay *relay)
{
	return relay->port;
}

void sim_relay_close(struct sim_relay *relay)
{
	if (relay->listener) {
		uv_close((uv_handle_t *)relay->listener, on_listener_closed);
		relay->listener = NULL;
	}
	for (struct link *link = relay->links; link; link = link->next)
		close_link(link);
}

void sim_relay_destroy(struct sim_relay *relay)
{
	if (!relay)
		return;
	relay->dying = true;
	sim_relay_close(relay);
	free_if_done(relay);
}

struct kick {
	uv_tcp_t tcp;
	uv_connect_t connect;
	uv_write_t write;
	unsigned char packet[SIM_CONNECT_MAX];
	unsigned int size;
	char answer[8];
};

static void on_kick_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void end_kick(struct kick *kick)
{
	if (!uv_is_closing((uv_handle_t *)&kick->tcp))
		uv_close((uv_handle_t *)&kick->tcp, on_kick_closed);
}

static void on_kick_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct kick *kick = handle->data;

	(void)suggested;
	*buf = uv_buf_init(kick->answer, sizeof(kick->answer));
}

static void on_kick_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
	(void)buf;
	if (size != 0)
		end_kick(stream->data);
}

static void on_kick_written(uv_write_t *write, int status)
{
	struct kick *kick = write->data;

	/* The CONNACK tells that the take-over has happened. */
	if (status < 0 ||
	    uv_read_start((uv_stream_t *)&kick->tcp, on_kick_alloc, on_kick_read) != 0)
		end_kick(kick);
}

static void on_kick_connected(uv_connect_t *connect, int status)
{
	struct kick *kick = connect->data;
	uv_buf_t buf = uv_buf_init((char *)kick->packet, kick->size);

	kick->write.data = kick;
	if (status < 0 ||
	    uv_write(&kick->write, (uv_stream_t *)&kick->tcp, &buf, 1, on_kick_written) != 0)
		end_kick(kick);
}

int sim_kick(uv_loop_t *loop, int broker_port, const char *client_id)
{
	struct kick *kick = calloc(1, sizeof(*kick));
	struct sockaddr_in address;
	int n;

	if (!kick)
		return PROVD_E_NOMEM;
	n = sim_connect_build(client_id, SIM_KICK_USER, kick->packet);
	if (n < 0) {
		free(kick);
		return n;
	}
	kick->size = (unsigned int)n;
	uv_tcp_init(loop, &kick->tcp);
	kick->tcp.data = kick;
	kick->connect.data = kick;
	uv_ip4_addr("127.0.0.1", broker_port, &address);
	if (uv_tcp_connect(&kick->connect, &kick->tcp, (const struct sockaddr *)&address,
			   on_kick_connected) != 0) {
		end_kick(kick);
		return PROVD_E_IO;
	}
	return 0;
}
