/* SPDX-License-Identifier: Apache-2.0 */
/* The least that a libuv program can do with a datagram: the bound for what provd does with one. */
#include "bench.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

struct echo {
	uv_udp_t socket;
	uv_poll_t input;
	char buffer[2048];
};

static void on_buffer(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
	struct echo *echo = handle->data;

	(void)wanted;
	*out = uv_buf_init(echo->buffer, sizeof(echo->buffer));
}

static void on_datagram(uv_udp_t *socket, ssize_t len, const uv_buf_t *buffer,
			const struct sockaddr *from, unsigned flags)
{
	(void)flags;
	if (len > 0 && from) {
		uv_buf_t reply = uv_buf_init(buffer->base, (unsigned)len);

		(void)uv_udp_try_send(socket, &reply, 1, from);
	}
}

static void on_input(uv_poll_t *input, int status, int events)
{
	char byte;

	(void)status;
	(void)events;
	if (read(0, &byte, 1) <= 0)
		uv_stop(input->loop);
}

int bench_echo(int argc, char **argv)
{
	struct sockaddr_in name = {0};
	struct echo echo = {0};
	uv_loop_t *loop = uv_default_loop();
	int len = sizeof(name);

	(void)argv;
	if (argc != 0)
		return 2;
	echo.socket.data = &echo;
	if (uv_ip4_addr("127.0.0.1", 0, &name) != 0 || uv_udp_init(loop, &echo.socket) != 0 ||
	    uv_udp_bind(&echo.socket, (const struct sockaddr *)&name, 0) != 0 ||
	    uv_udp_getsockname(&echo.socket, (struct sockaddr *)&name, &len) != 0 ||
	    uv_udp_recv_start(&echo.socket, on_buffer, on_datagram) != 0 ||
	    uv_poll_init(loop, &echo.input, 0) != 0 ||
	    uv_poll_start(&echo.input, UV_READABLE, on_input) != 0)
		return 1;
	printf("%u\n", (unsigned)ntohs(name.sin_port));
	(void)fflush(stdout);
	(void)uv_run(loop, UV_RUN_DEFAULT);
	uv_close((uv_handle_t *)&echo.socket, NULL);
	uv_close((uv_handle_t *)&echo.input, NULL);
	(void)uv_run(loop, UV_RUN_DEFAULT);
	return uv_loop_close(loop) == 0 ? 0 : 1;
}
