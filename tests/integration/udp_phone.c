/* SPDX-License-Identifier: Apache-2.0 */
#include "udp_phone.h"

#include "e2e.h"

#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_MS 20000

void udp_phone_open(struct udp_phone *phone, const char *address, int port)
{
	phone->to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	cr_assert_eq(inet_pton(AF_INET, address, &phone->to.sin_addr), 1);
	phone->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_geq(phone->fd, 0);
}

void udp_phone_close(struct udp_phone *phone)
{
	close(phone->fd);
	phone->fd = -1;
}

void udp_phone_send(const struct udp_phone *phone, const char *text)
{
	cr_assert_eq(sendto(phone->fd, text, strlen(text), 0, (const struct sockaddr *)&phone->to,
			    sizeof(phone->to)),
		     (ssize_t)strlen(text));
}

void udp_phone_credentials(const struct udp_phone *phone, const char *ssid, const char *passphrase)
{
	json_t *command = json_pack("{s:i, s:s, s:s, s:s}", "cmdType", 1, "ssid", ssid, "password",
				    passphrase, "token", E2E_TOKEN);
	char *text = json_dumps(command, JSON_COMPACT);

	cr_assert_not_null(text);
	udp_phone_send(phone, text);
	free(text);
	json_decref(command);
}

const char *udp_phone_next(const struct udp_phone *phone)
{
	static char text[2048];
	struct pollfd wait = {.fd = phone->fd, .events = POLLIN};
	ssize_t got;

	cr_assert_eq(poll(&wait, 1, WAIT_MS), 1, "the device says nothing");
	got = recv(phone->fd, text, sizeof(text) - 1, 0);
	cr_assert_geq(got, 0);
	text[got] = '\0';
	return text;
}

const char *udp_phone_next_but_identity(const struct udp_phone *phone)
{
	const char *text;

	do {
		text = udp_phone_next(phone);
	} while (strstr(text, "\"productId\""));
	return text;
}

int udp_phone_is_quiet(const struct udp_phone *phone, int ms)
{
	struct pollfd wait = {.fd = phone->fd, .events = POLLIN};

	return poll(&wait, 1, ms) == 0;
}
