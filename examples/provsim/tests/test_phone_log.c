/* SPDX-License-Identifier: Apache-2.0 */
/* `provsim phone log`: the app that asks a device for its log. */
#include "e2e.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

static const char QUERY[] = "{\"cmdType\":3}";

/* The device's side: a UDP socket on a free port. */
struct device {
	int fd;
	char target[32];
	struct sockaddr_in peer;
	char datagram[64];
	size_t size;
};

static void open_device(struct device *device)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval limit = {.tv_sec = 15};
	socklen_t size = sizeof(address);

	device->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(device->fd, (struct sockaddr *)&address, size), 0);
	cr_assert_eq(getsockname(device->fd, (struct sockaddr *)&address, &size), 0);
	setsockopt(device->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	snprintf(device->target, sizeof(device->target), "127.0.0.1:%d", ntohs(address.sin_port));
}

static void receive(struct device *device)
{
	socklen_t size = sizeof(device->peer);
	ssize_t n = recvfrom(device->fd, device->datagram, sizeof(device->datagram), 0,
			     (struct sockaddr *)&device->peer, &size);

	cr_assert_geq(n, 0);
	device->size = (size_t)n;
}

static void answer(const struct device *device, const void *data, size_t size)
{
	cr_assert_eq(sendto(device->fd, data, size, 0, (const struct sockaddr *)&device->peer,
			    sizeof(device->peer)),
		     (ssize_t)size);
}

static void start(struct e2e_child *child, const struct device *device, const char *interval_ms,
		  const char *tries, const char *linger_ms, const char *out)
{
	e2e_start(child,
		  (const char *const[]){"phone", "log", "--target", device->target, "--interval-ms",
					interval_ms, "--tries", tries, "--linger-ms", linger_ms,
					out ? "--out" : NULL, out, NULL});
}

Test(phone_log, each_datagram_comes_byte_for_byte, .timeout = 60)
{
	static const char first[] = "[ERR]|1|2\r\n\0\x7f\xff tail";
	char out[] = "/tmp/provsim-log-XXXXXX";
	char kept[2 * sizeof(first)];
	struct e2e_child child;
	struct device device;
	json_t *event;
	FILE *file;
	int fd = mkstemp(out);

	cr_assert_geq(fd, 0);
	close(fd);
	open_device(&device);
	start(&child, &device, "60000", "12", "300", out);
	receive(&device);
	cr_expect_eq(device.size, strlen(QUERY));
	cr_expect_eq(memcmp(device.datagram, QUERY, strlen(QUERY)), 0);
	answer(&device, first, sizeof(first) - 1);
	answer(&device, "second", 6);
	event = e2e_event(&child, "datagram");
	cr_expect_eq(e2e_number(event, "n"), 1);
	cr_expect_eq(e2e_number(event, "size"), (int)sizeof(first) - 1);
	cr_expect_str_eq(e2e_text(event, "hex"), "5b4552525d7c317c320d0a007fff207461696c");
	cr_expect_str_eq(e2e_text(event, "text"), "[ERR]|1|2\\x0d\\x0a\\x00\\x7f\\xff tail");
	json_decref(event);
	event = e2e_event(&child, "datagram");
	cr_expect_eq(e2e_number(event, "n"), 2);
	cr_expect_str_eq(e2e_text(event, "hex"), "7365636f6e64");
	json_decref(event);
	event = e2e_event(&child, "result");
	cr_expect(json_is_true(json_object_get(event, "ok")));
	cr_expect_eq(e2e_number(event, "sent"), 1);
	cr_expect_eq(e2e_number(event, "datagrams"), 2);
	json_decref(event);
	cr_expect_eq(e2e_wait(&child), 0);
	file = fopen(out, "r");
	cr_assert_not_null(file);
	cr_expect_eq(fread(kept, 1, sizeof(kept), file), sizeof(first) - 1 + 6);
	fclose(file);
	unlink(out);
	cr_expect_eq(memcmp(kept, first, sizeof(first) - 1), 0);
	cr_expect_eq(memcmp(kept + sizeof(first) - 1, "second", 6), 0);
	close(device.fd);
}

Test(phone_log, it_asks_again_until_something_comes, .timeout = 60)
{
	struct e2e_child child;
	struct device device;
	json_t *event;

	open_device(&device);
	start(&child, &device, "50", "100", "0", NULL);
	for (int i = 0; i < 3; i++)
		receive(&device);
	/* Even an empty datagram is an answer. */
	answer(&device, "", 0);
	event = e2e_event(&child, "datagram");
	cr_expect_eq(e2e_number(event, "size"), 0);
	json_decref(event);
	event = e2e_event(&child, "result");
	cr_expect_geq(e2e_number(event, "sent"), 3);
	json_decref(event);
	cr_expect_eq(e2e_wait(&child), 0);
	close(device.fd);
}

Test(phone_log, silence_is_a_status_of_its_own, .timeout = 60)
{
	struct e2e_child child;
	struct device device;
	json_t *event;

	open_device(&device);
	start(&child, &device, "20", "3", "100", NULL);
	event = e2e_event(&child, "result");
	cr_expect(json_is_false(json_object_get(event, "ok")));
	cr_expect_eq(e2e_number(event, "sent"), 3);
	cr_expect_eq(e2e_number(event, "datagrams"), 0);
	json_decref(event);
	cr_expect_eq(e2e_wait(&child), 3);
	close(device.fd);
}

Test(phone_log, wrong_usage, .timeout = 60)
{
	static const char *const wrong[][4] = {
		{"phone", "log", NULL},
		{"phone", "log", "--target=127.0.0.1", NULL},
		{"phone", "log", "--tries=0", NULL},
		{"phone", "log", "more", NULL},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct e2e_child child;

		e2e_start(&child, wrong[i]);
		cr_expect_eq(e2e_wait(&child), 2, "row %zu", i);
	}
}

/* The exchange with the credentials shows every datagram too when it is asked to. */
Test(phone_log, softap_tells_raw_datagrams, .timeout = 60)
{
	static const char identity[] = "{\"cmdType\":2,\"productId\":\"L4WG9V9M2M\",\"deviceName\":"
				       "\"TEST2\",\"protoVersion\":\"2.0\"}";
	struct e2e_child child;
	struct device device;
	json_t *event;

	open_device(&device);
	e2e_start(&child,
		  (const char *const[]){"phone", "softap", "--fast", "--cmd0", "--token",
					"69f978df", "--target", device.target, "--raw", NULL});
	receive(&device);
	answer(&device, "{}\r\n", 4);
	answer(&device, identity, strlen(identity));
	event = e2e_event(&child, "datagram");
	cr_expect_str_eq(e2e_text(event, "hex"), "7b7d0d0a");
	cr_expect_eq(e2e_number(event, "n"), 1);
	json_decref(event);
	event = e2e_event(&child, "datagram");
	cr_expect_str_eq(e2e_text(event, "text"), identity);
	cr_expect_eq(strlen(e2e_text(event, "hex")), 2 * strlen(identity));
	json_decref(event);
	cr_expect_eq(e2e_wait(&child), 0);
	close(device.fd);
}
