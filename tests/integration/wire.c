/* SPDX-License-Identifier: Apache-2.0 */
#include "wire.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define FIRST_SIZE 4096
#define MOST_SIZE  (4u << 20)

int64_t wire_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int wire_open(struct wire *wire, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	memset(wire, 0, sizeof(*wire));
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	wire->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (wire->fd >= 0 && connect(wire->fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return 0;
	wire_close(wire);
	return -1;
}

static void hang_up(struct wire *wire)
{
	if (wire->fd >= 0)
		close(wire->fd);
	wire->fd = -1;
}

void wire_close(struct wire *wire)
{
	hang_up(wire);
	free(wire->bytes);
	memset(wire, 0, sizeof(*wire));
	wire->fd = -1;
}

int wire_send(struct wire *wire, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0) {
		ssize_t sent = send(wire->fd, at, len, MSG_NOSIGNAL);

		if (sent <= 0)
			return -1;
		at += sent;
		len -= (size_t)sent;
	}
	return 0;
}

int wire_send_text(struct wire *wire, const char *text)
{
	return wire_send(wire, text, strlen(text) + 1);
}

/* @return 0, or -1: time is up, or nothing comes any more */
static int read_more(struct wire *wire, int64_t until)
{
	struct pollfd wait = {.fd = wire->fd, .events = POLLIN};
	int64_t left = until - wire_now_ms();
	ssize_t got;

	if (wire->len == wire->size && wire->size < MOST_SIZE) {
		wire->size = wire->size ? 2 * wire->size : FIRST_SIZE;
		wire->bytes = realloc(wire->bytes, wire->size);
	}
	if (!wire->bytes || wire->fd < 0 || poll(&wait, 1, left > 0 ? (int)left : 0) <= 0)
		return -1;
	got = read(wire->fd, wire->bytes + wire->len, wire->size - wire->len);
	if (got <= 0) {
		hang_up(wire);
		return -1;
	}
	wire->len += (size_t)got;
	return 0;
}

const char *wire_next(struct wire *wire, int wait_ms)
{
	int64_t until = wire_now_ms() + wait_ms;

	wire->len -= wire->used;
	if (wire->used)
		memmove(wire->bytes, wire->bytes + wire->used, wire->len);
	wire->used = 0;
	for (;;) {
		char *end = wire->len ? memchr(wire->bytes, '\0', wire->len) : NULL;

		if (end) {
			wire->used = (size_t)(end - wire->bytes) + 1;
			return wire->bytes;
		}
		if (read_more(wire, until) != 0)
			return NULL;
	}
}

json_t *wire_next_json(struct wire *wire, int wait_ms)
{
	const char *text = wire_next(wire, wait_ms);

	return text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

json_t *wire_call(const char *path, const char *method, const char *parameters, int wait_ms)
{
	struct wire wire;
	char *call = NULL;
	json_t *answer = NULL;

	if (wire_open(&wire, path) != 0)
		return NULL;
	if (asprintf(&call, "{\"method\":\"%s%s\",\"parameters\":%s}",
		     strchr(method, '.') ? "" : "io.provd.Provisioning.", method,
		     parameters ? parameters : "{}") > 0 &&
	    wire_send_text(&wire, call) == 0)
		answer = wire_next_json(&wire, wait_ms);
	free(call);
	wire_close(&wire);
	return answer;
}
