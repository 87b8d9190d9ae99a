/* SPDX-License-Identifier: Apache-2.0 */
#include "net_test.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct fixture {
	struct net_test test;
	struct provd_udp_service *service;
	uint64_t socket;
	struct provd_addr local;
	int got;
	size_t len;
	uint8_t data[2048];
	struct provd_addr from;
	struct provd_addr to;
	int answer;	 /**< send it back from where it came to */
	int close_after; /**< close in this callback, 0 never */
	int destroy;	 /**< destroy the service there */
	int most;	 /**< most datagrams seen in one turn */
	int turn;
};

static void on_datagram(void *user, const struct provd_addr *from, const struct provd_addr *to,
			const uint8_t *data, size_t len)
{
	struct fixture *fx = user;

	fx->got++;
	fx->turn++;
	fx->from = *from;
	fx->to = *to;
	fx->len = len;
	memcpy(fx->data, data, len);
	if (fx->answer)
		cr_expect_eq(provd_udp_table.send(fx->service, fx->socket, from, to, data, len), 0);
	if (fx->close_after == fx->got)
		provd_udp_table.close(fx->service, fx->socket);
	if (fx->destroy) {
		provd_udp_service_destroy(fx->service);
		fx->service = NULL;
	}
}

static void address(struct provd_addr *addr, const char *ip, uint32_t port)
{
	memset(addr, 0, sizeof(*addr));
	addr->size = sizeof(*addr);
	addr->port = port;
	addr->family = strchr(ip, ':') ? 6 : 4;
	cr_assert_eq(inet_pton(addr->family == 6 ? AF_INET6 : AF_INET, ip, addr->ip), 1);
}

static void begin(struct fixture *fx, const char *ip, uint32_t broadcast)
{
	struct provd_udp_config config = {.size = sizeof(config),
					  .broadcast = broadcast,
					  .on_datagram = on_datagram,
					  .user = fx};
	struct provd_error err = {.size = sizeof(err)};

	memset(fx, 0, sizeof(*fx));
	cr_assert_eq(net_test_init(&fx->test), 0);
	cr_assert_eq(provd_udp_service_create(fx->test.loop, NULL, &fx->service), 0);
	address(&config.local, ip, 0);
	cr_assert_eq(provd_udp_table.open(fx->service, &config, &fx->socket, &fx->local, &err), 0,
		     "%s", err.text);
	cr_assert_neq(fx->local.port, 0);
	cr_expect_eq(provd_udp_service_active(fx->service), 1);
}

static void end(struct fixture *fx)
{
	provd_udp_service_destroy(fx->service);
	cr_expect_eq(net_test_finish(&fx->test), 0);
}

/* A socket of the "phone". */
static int phone(int family)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	cr_assert_geq(fd, 0);
	return fd;
}

static void phone_send(int fd, const char *ip, uint32_t port, const void *data, size_t len)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	cr_assert_eq(inet_pton(AF_INET, ip, &sa.sin_addr), 1);
	cr_assert_eq(sendto(fd, data, len, 0, (const struct sockaddr *)&sa, sizeof(sa)),
		     (ssize_t)len);
}

Test(net_udp, answers_from_the_address_it_was_asked_at, .timeout = 60)
{
	struct fixture fx;
	struct sockaddr_in sa;
	socklen_t len = sizeof(sa);
	struct pollfd wait = {.events = POLLIN};
	char text[16];
	char ip[32];

	begin(&fx, "0.0.0.0", 0);
	fx.answer = 1;
	wait.fd = phone(AF_INET);
	phone_send(wait.fd, "127.0.0.2", fx.local.port, "hello", 5);
	cr_assert_eq(net_test_wait(&fx.test, &fx.got, 1), 0);
	cr_expect_eq(fx.len, 5);
	cr_expect_eq(memcmp(fx.data, "hello", 5), 0);
	cr_expect_eq(fx.from.family, 4);
	cr_expect_eq(fx.to.family, 4);
	cr_expect_eq(memcmp(fx.to.ip, "\x7f\0\0\x02", 4), 0);
	cr_assert_eq(poll(&wait, 1, NET_TEST_WAIT_MS), 1);
	cr_assert_eq(recvfrom(wait.fd, text, sizeof(text), 0, (struct sockaddr *)&sa, &len), 5);
	cr_expect_str_eq(inet_ntop(AF_INET, &sa.sin_addr, ip, sizeof(ip)), "127.0.0.2");
	(void)close(wait.fd);
	end(&fx);
}

Test(net_udp, ipv6_tells_both_addresses, .timeout = 60)
{
	struct fixture fx;
	struct sockaddr_in6 sa = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct pollfd wait = {.events = POLLIN};
	char text[16];
	int probe = socket(AF_INET6, SOCK_DGRAM, 0);

	if (probe < 0 || bind(probe, (const struct sockaddr *)&sa, sizeof(sa)))
		cr_skip_test("no IPv6 here");
	(void)close(probe);
	begin(&fx, "::", 0);
	fx.answer = 1;
	wait.fd = phone(AF_INET6);
	sa.sin6_port = htons((uint16_t)fx.local.port);
	cr_assert_eq(sendto(wait.fd, "six", 3, 0, (const struct sockaddr *)&sa, sizeof(sa)), 3);
	cr_assert_eq(net_test_wait(&fx.test, &fx.got, 1), 0);
	cr_expect_eq(fx.to.family, 6);
	cr_expect_eq(memcmp(fx.to.ip, &sa.sin6_addr, 16), 0);
	cr_assert_eq(poll(&wait, 1, NET_TEST_WAIT_MS), 1);
	cr_expect_eq(recv(wait.fd, text, sizeof(text), 0), 3);
	(void)close(wait.fd);
	end(&fx);
}

Test(net_udp, broadcast_needs_its_flag, .timeout = 60)
{
	struct fixture fx;
	struct provd_addr to;

	begin(&fx, "127.0.0.1", 0);
	address(&to, "127.255.255.255", 9);
	cr_expect_eq(provd_udp_table.send(fx.service, fx.socket, &to, NULL, NULL, 0),
		     PROVD_E_ACCESS);
	end(&fx);
	begin(&fx, "127.0.0.1", 1);
	cr_expect_eq(provd_udp_table.send(fx.service, fx.socket, &to, NULL, NULL, 0), 0);
	end(&fx);
}

Test(net_udp, too_long_datagrams_are_dropped, .timeout = 60)
{
	struct fixture fx;
	uint8_t data[2049] = {0};
	int fd;

	begin(&fx, "127.0.0.1", 0);
	fd = phone(AF_INET);
	phone_send(fd, "127.0.0.1", fx.local.port, data, 2049);
	data[0] = 7;
	phone_send(fd, "127.0.0.1", fx.local.port, data, 2048);
	cr_assert_eq(net_test_wait(&fx.test, &fx.got, 1), 0);
	cr_expect_eq(fx.got, 1);
	cr_expect_eq(fx.len, 2048);
	cr_expect_eq(fx.data[0], 7);
	phone_send(fd, "127.0.0.1", fx.local.port, data, 0);
	cr_assert_eq(net_test_wait(&fx.test, &fx.got, 2), 0);
	cr_expect_eq(fx.len, 0, "an empty datagram is one too");
	(void)close(fd);
	end(&fx);
}

Test(net_udp, close_inside_the_callback, .timeout = 60)
{
	struct fixture fx;
	int fd;
	int i;

	begin(&fx, "127.0.0.1", 0);
	fx.close_after = 2;
	fd = phone(AF_INET);
	for (i = 0; i < 5; i++)
		phone_send(fd, "127.0.0.1", fx.local.port, "x", 1);
	cr_assert_eq(net_test_wait(&fx.test, &fx.got, 2), 0);
	net_test_run_for(&fx.test, 20);
	cr_expect_eq(fx.got, 2);
	cr_expect_eq(provd_udp_service_active(fx.service), 0);
	cr_expect_eq(provd_udp_table.send(fx.service, fx.socket, &fx.from, NULL, NULL, 0),
		     PROVD_E_NOT_FOUND);
	provd_udp_table.close(fx.service, fx.socket);
	provd_udp_table.close(fx.service, 0);
	(void)close(fd);
	end(&fx);
}

Test(net_udp, destroy_inside_the_callback, .timeout = 60)
{
	struct fixture fx;
	int fd;

	begin(&fx, "127.0.0.1", 0);
	fx.destroy = 1;
	fd = phone(AF_INET);
	phone_send(fd, "127.0.0.1", fx.local.port, "x", 1);
	phone_send(fd, "127.0.0.1", fx.local.port, "x", 1);
	cr_assert_eq(net_test_wait(&fx.test, &fx.got, 1), 0);
	cr_expect_eq(fx.got, 1);
	(void)close(fd);
	end(&fx);
}

Test(net_udp, a_flood_is_read_in_batches, .timeout = 60)
{
	struct fixture fx;
	int fd;
	int i;

	begin(&fx, "127.0.0.1", 0);
	fd = phone(AF_INET);
	for (i = 0; i < 100; i++)
		phone_send(fd, "127.0.0.1", fx.local.port, "x", 1);
	while (fx.got < 100) {
		fx.turn = 0;
		provd_loop_turn(fx.test.loop, 1);
		fx.most = fx.turn > fx.most ? fx.turn : fx.most;
	}
	cr_expect_leq(fx.most, 64, "%d in one turn", fx.most);
	(void)close(fd);
	end(&fx);
}

Test(net_udp, open_refuses, .timeout = 60)
{
	struct fixture fx;
	struct provd_udp_config config = {.size = sizeof(config), .on_datagram = on_datagram};
	struct provd_error err = {.size = sizeof(err)};
	uint64_t id = 0;

	begin(&fx, "127.0.0.1", 0);
	config.local = fx.local;
	cr_expect_eq(provd_udp_table.open(fx.service, &config, &id, NULL, &err), PROVD_E_EXISTS);
	cr_expect_eq(err.sys_errno, EADDRINUSE);
	cr_expect_neq(err.text[0], '\0');
	config.local.family = 5;
	cr_expect_eq(provd_udp_table.open(fx.service, &config, &id, NULL, NULL), PROVD_E_INVALID);
	address(&config.local, "192.0.2.1", 0);
	cr_expect_eq(provd_udp_table.open(fx.service, &config, &id, NULL, NULL),
		     PROVD_E_NET_UNREACHABLE);
	cr_expect_eq(id, 0);
	address(&config.local, "::1", 5);
	cr_expect_eq(provd_udp_table.send(fx.service, fx.socket, &config.local, NULL, NULL, 0),
		     PROVD_E_INVALID, "another family");
	end(&fx);
}
