/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DATAGRAM_MAX 2048
#define COUNT_MAX    1000000
#define REPLY_MS     1000
#define PAUSE_MAX    10000
#define PLACE	     "@@@@"
#define PLACE_LEN    4

struct exchange {
	int fd;
	char command[DATAGRAM_MAX];
	size_t command_len;
	const char *text;
	char *number; /* where in command the number goes, or NULL */
};

static int read_command(struct exchange *exchange, const char *path)
{
	FILE *file = fopen(path, "rb");

	if (!file) {
		perror(path);
		return -1;
	}
	exchange->command_len = fread(exchange->command, 1, sizeof(exchange->command), file);
	(void)fclose(file);
	return exchange->command_len ? 0 : -1;
}

static int connect_to(const char *ip, const char *port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)bench_number(port, UINT16_MAX))};
	int fd;

	if (to.sin_port == 0 || inet_pton(AF_INET, ip, &to.sin_addr) != 1) {
		fprintf(stderr, "provd-bench: %s %s is no address and port\n", ip, port);
		return -1;
	}
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
		perror("provd-bench: connect");
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	return fd;
}

/* Another text each time, where the command has a place for it. */
static void number(struct exchange *exchange, size_t index)
{
	char *at = memmem(exchange->command, exchange->command_len, PLACE, PLACE_LEN);
	char digits[24];

	if (!exchange->number)
		exchange->number = at;
	if (!exchange->number)
		return;
	(void)snprintf(digits, sizeof(digits), "%0*zu", PLACE_LEN, index % 10000);
	memcpy(exchange->number, digits, PLACE_LEN);
}

/* Sends the command and waits for its reply. @return nanoseconds, 0 when none came */
static uint64_t once(const struct exchange *exchange)
{
	struct pollfd poll_fd = {.fd = exchange->fd, .events = POLLIN};
	uint64_t start = bench_now_ns();
	char reply[DATAGRAM_MAX + 1];

	if (send(exchange->fd, exchange->command, exchange->command_len, 0) < 0)
		return 0;
	while (poll(&poll_fd, 1, REPLY_MS) == 1) {
		ssize_t len = recv(exchange->fd, reply, DATAGRAM_MAX, 0);

		if (len < 0)
			return 0;
		reply[len] = '\0';
		if (!exchange->text || strstr(reply, exchange->text))
			return bench_now_ns() - start;
	}
	return 0;
}

int bench_udp(int argc, char **argv)
{
	struct exchange exchange = {.fd = -1, .text = argc >= 5 ? argv[4] : NULL};
	size_t count = argc >= 4 && argc <= 6 ? bench_number(argv[2], COUNT_MAX) : 0;
	size_t pause_ms = argc == 6 ? bench_number(argv[5], PAUSE_MAX) : 0;
	uint64_t *samples = NULL;
	size_t good = 0;
	size_t lost = 0;
	int status = 1;

	if (count == 0)
		return 2;
	samples = calloc(count, sizeof(*samples));
	if (!samples || read_command(&exchange, argv[3]) != 0)
		goto out;
	exchange.fd = connect_to(argv[0], argv[1]);
	if (exchange.fd < 0)
		goto out;
	/* A tenth lost means that nobody answers: no need to wait for all. */
	while (good + lost < count && lost * 10 <= count) {
		if (pause_ms)
			(void)poll(NULL, 0, (int)pause_ms);
		number(&exchange, good + lost);
		samples[good] = once(&exchange);
		if (samples[good])
			good++;
		else
			lost++;
	}
	bench_print(samples, good, lost);
	status = lost ? 1 : 0;
out:
	if (exchange.fd >= 0)
		(void)close(exchange.fd);
	free(samples);
	return status;
}
