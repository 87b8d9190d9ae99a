/* SPDX-License-Identifier: Apache-2.0 */
#include "e2e.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

static const char IDENTITY[] =
	"{\"cmdType\":2,\"productId\":\"L4WG9V9M2M\",\"deviceName\":\"TEST2\","
	"\"protoVersion\":\"2.0\"}";
static const char CURRENT[] = "{\"cmdType\":2,\"deviceReply\":\"Current_Error\",\"log\":\"WIFI AP "
			      "STA error! (12, -1)\"}\r\n";

/* The device's side: a UDP socket on a free port. */
struct device {
	int fd;
	char target[32];
	struct sockaddr_in peer;
	char datagram[2048];
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
	ssize_t n = recvfrom(device->fd, device->datagram, sizeof(device->datagram) - 1, 0,
			     (struct sockaddr *)&device->peer, &size);

	cr_assert_gt(n, 0);
	device->datagram[n] = '\0';
	device->size = (size_t)n;
}

static void answer(const struct device *device, const char *text)
{
	cr_assert_eq(sendto(device->fd, text, strlen(text), 0,
			    (const struct sockaddr *)&device->peer, sizeof(device->peer)),
		     (ssize_t)strlen(text));
}

static void start(struct e2e_child *child, const struct device *device, const char *app,
		  const char *extra)
{
	e2e_start(child, (const char *const[]){"phone", "softap", "--fast", "--app", app,
					       "--target", device->target, "--ssid", "Home-WiFi",
					       "--passphrase", "abcd1234", "--token",
					       "69f978dfbb48ec40cadb6d9af470d0f6", extra, NULL});
}

Test(phone, every_app_gets_the_identity, .timeout = 60)
{
	static const char *const apps[] = {"mini-program", "android", "ios", "doc"};

	for (size_t i = 0; i < sizeof(apps) / sizeof(apps[0]); i++) {
		struct device device;
		struct e2e_child child;
		json_t *event;
		json_t *sent;

		open_device(&device);
		start(&child, &device, apps[i], NULL);
		receive(&device);
		sent = json_loads(device.datagram, 0, NULL);
		cr_assert_not_null(sent);
		cr_assert_str_eq(e2e_text(sent, "password"), "abcd1234");
		json_decref(sent);
		answer(&device, IDENTITY);
		event = e2e_event(&child, "identity");
		cr_assert_str_eq(e2e_text(event, "product_id"), "L4WG9V9M2M");
		cr_assert_str_eq(e2e_text(event, "device_name"), "TEST2");
		cr_assert(json_is_real(json_object_get(event, "ms")));
		json_decref(event);
		event = e2e_event(&child, "result");
		cr_assert(json_is_true(json_object_get(event, "ok")));
		json_decref(event);
		cr_assert_eq(e2e_wait(&child), 0);
		close(device.fd);
	}
}

Test(phone, repeats_until_answered, .timeout = 60)
{
	struct device device;
	struct e2e_child child;

	open_device(&device);
	start(&child, &device, "android", NULL);
	receive(&device);
	receive(&device);
	answer(&device, IDENTITY);
	cr_assert_eq(e2e_wait(&child), 0);
	close(device.fd);
}

Test(phone, an_error_ends_it, .timeout = 60)
{
	struct device device;
	struct e2e_child child;
	json_t *event;

	open_device(&device);
	start(&child, &device, "mini-program", NULL);
	receive(&device);
	answer(&device, CURRENT);
	event = e2e_event(&child, "error");
	cr_assert_str_eq(e2e_text(event, "reply"), "Current_Error");
	cr_assert_str_eq(e2e_text(event, "log"), "WIFI AP STA error! (12, -1)");
	json_decref(event);
	cr_assert_eq(e2e_wait(&child), 1);
	close(device.fd);
}

Test(phone, follow_sees_a_late_error, .timeout = 60)
{
	struct device device;
	struct e2e_child child;
	json_t *event;

	open_device(&device);
	start(&child, &device, "mini-program", "--follow=30");
	receive(&device);
	answer(&device, IDENTITY);
	answer(&device, CURRENT);
	json_decref(e2e_event(&child, "datagram"));
	event = e2e_event(&child, "result");
	cr_assert(json_is_false(json_object_get(event, "ok")));
	json_decref(event);
	cr_assert_eq(e2e_wait(&child), 1);
	close(device.fd);
}

Test(phone, no_answer, .timeout = 60)
{
	struct device device;
	struct e2e_child child;

	open_device(&device);
	start(&child, &device, "ios", "--timeout-s=1");
	cr_assert_eq(e2e_wait(&child), 3);
	close(device.fd);
}

Test(phone, token_only_with_stale_tail, .timeout = 60)
{
	static const char expected[] = "{\"cmdType\":0,\"token\":\"t0ken\"}";
	struct device device;
	struct e2e_child child;

	open_device(&device);
	e2e_start(&child,
		  (const char *const[]){"phone", "softap", "--fast", "--cmd0", "--target",
					device.target, "--token", "t0ken", "--stale-tail", NULL});
	receive(&device);
	cr_assert_eq(device.size, strlen(expected) + 16);
	cr_assert_str_eq(device.datagram, expected);
	answer(&device, IDENTITY);
	cr_assert_eq(e2e_wait(&child), 0);
	close(device.fd);
}
