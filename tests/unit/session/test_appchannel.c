/* SPDX-License-Identifier: Apache-2.0 */
/* The app channel: peers, limits, repeats, drain, and where answers come from. */
#include "session/appchannel.h"

#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_GONE 64

static struct provd_loop *loop;
static struct provd_log *log_;
static struct provd_appchannel_service *channel;
static unsigned received;
static uint64_t peers[MAX_GONE];
static uint64_t gone[MAX_GONE];
static unsigned gone_count;
static unsigned drained;
static char address[32];
static uint32_t port;
static unsigned lines; /* about limits */
static char last_line[512];

TestSuite(appchannel, .timeout = 30);

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* Understands what begins with '{'. */
static int on_datagram(void *user, uint64_t peer, const struct provd_addr *from,
		       const uint8_t *data, size_t len)
{
	(void)user;
	(void)from;
	(void)len;
	peers[received++ % MAX_GONE] = peer;
	return data[0] == '{' ? 0 : PROVD_E_PEER_FORMAT;
}

static void on_gone(void *user, uint64_t peer)
{
	(void)user;
	gone[gone_count++ % MAX_GONE] = peer;
}

static void on_drained(void *user)
{
	(void)user;
	drained++;
}

static void set_ip(struct provd_addr *addr, const char *text)
{
	addr->size = sizeof(*addr);
	addr->family = 4;
	cr_assert_eq(inet_pton(AF_INET, text, addr->ip), 1);
}

static void on_line(void *user, const char *line, size_t len)
{
	(void)user;
	(void)snprintf(last_line, sizeof(last_line), "%.*s", (int)len, line);
	lines += strstr(last_line, "a rate limit drops datagrams") != NULL;
}

/* A port of our own on all addresses, or on one. */
static void begin(struct provd_appchannel_config config, const char *bind)
{
	struct provd_log_config log_config = {
		.format = PROVD_LOG_TEXT,
		.level = PROVD_LOG_DEBUG,
		.burst = 2,
		.window_ms = 3600000,
		.write = on_line,
	};
	struct provd_error err = {.size = sizeof(err)};
	unsigned id = (unsigned)getpid();

	(void)snprintf(address, sizeof(address), "127.%u.%u.%u", 160 + (id >> 16) % 32,
		       (id >> 8) % 256, id % 256);
	port = 20000 + id % 20000;
	cr_assert_eq(provd_log_create(&log_config, &log_), 0);
	cr_assert_eq(provd_loop_create(2, &loop), 0);
	config.max_peers = 4;
	config.peer_rate = config.peer_rate ? config.peer_rate : 1000;
	config.total_rate = config.total_rate ? config.total_rate : 1000;
	config.peer_idle_ms = config.peer_idle_ms ? config.peer_idle_ms : 60000;
	config.loop = loop;
	config.log = log_;
	set_ip(&config.local, bind ? bind : address);
	set_ip(&config.broadcast, "127.255.255.255");
	config.on_datagram = on_datagram;
	config.on_peer_gone = on_gone;
	cr_assert_eq(provd_appchannel_create(&config, &channel), 0);
	provd_appchannel_default_port(channel, port);
	cr_assert_eq(provd_appchannel_open(channel, &err), 0, "%s", err.text);
}

#define BEGIN(...) begin((struct provd_appchannel_config){__VA_ARGS__}, NULL)

static void finish(void)
{
	provd_appchannel_destroy(channel);
	cr_assert_eq(provd_loop_destroy(loop), 0, "nothing may be left");
	provd_log_destroy(log_);
}

static void finish_with(int fd)
{
	close(fd);
	finish();
}

static void wake(void *user)
{
	(void)user;
}

static void turn(void)
{
	struct provd_owner *owner;
	uint64_t id;

	cr_assert_eq(provd_owner_create(loop, "test", &owner), 0);
	cr_assert_eq(provd_timer_start(owner, 5, wake, NULL, &id), 0);
	provd_loop_turn(loop, 1);
	provd_owner_destroy(owner);
}

static void pass(unsigned ms)
{
	uint64_t until = now_ms() + ms;

	while (now_ms() < until)
		turn();
}

static void wait_for(const unsigned *counter, unsigned value)
{
	uint64_t until = now_ms() + 10000;

	while (*counter < value && now_ms() < until)
		turn();
	cr_assert_geq(*counter, value);
}

static struct sockaddr_in to_channel(const char *ip)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	cr_assert_eq(inet_pton(AF_INET, ip, &to.sin_addr), 1);
	return to;
}

static int phone(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	cr_assert_geq(fd, 0);
	return fd;
}

static void say(int fd, const char *text)
{
	struct sockaddr_in to = to_channel(address);
	unsigned before = received;

	cr_assert_eq(sendto(fd, text, strlen(text), 0, (struct sockaddr *)&to, sizeof(to)),
		     (ssize_t)strlen(text));
	wait_for(&received, before + 1);
}

static uint64_t last_peer(void)
{
	return peers[(received - 1) % MAX_GONE];
}

static int send_to(uint64_t peer, uint32_t repeats, uint64_t interval)
{
	return provd_appchannel_table.send(channel, peer, (const uint8_t *)"hi", 2, repeats,
					   interval);
}

static struct provd_appchannel_stats stats(void)
{
	return provd_appchannel_stats(channel);
}

static int shout(uint32_t to, const char *text, uint32_t repeats)
{
	return provd_appchannel_table.broadcast(channel, to, (const uint8_t *)text, 1, repeats, 5);
}

static unsigned heard(int fd)
{
	char buffer[64];
	unsigned count = 0;

	while (recv(fd, buffer, sizeof(buffer), 0) > 0)
		count++;
	return count;
}

Test(appchannel, a_full_table_lets_the_stranger_go_that_was_silent_longest)
{
	uint64_t ids[5];
	int fds[6];

	BEGIN(0);
	for (int i = 0; i < 6; i++)
		fds[i] = phone();
	for (int i = 0; i < 4; i++) {
		say(fds[i], i == 0 ? "{}" : "noise");
		ids[i] = last_peer();
		pass(2);
	}
	say(fds[1], "noise");
	say(fds[4], "noise");
	cr_assert_eq(gone_count, 1);
	cr_assert_eq(gone[0], ids[2], "the second was heard again, the first was understood");
	cr_assert_eq(stats().peers, 4);
	cr_assert_eq(stats().understood, 1);
	for (int i = 0; i < 6; i++)
		close(fds[i]);
	finish();
}

Test(appchannel, one_peer_has_its_limit)
{
	struct sockaddr_in to;
	int fd;

	BEGIN(.peer_rate = 5);
	fd = phone();
	to = to_channel(address);
	for (int i = 0; i < 50; i++)
		(void)sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to));
	wait_for(&received, 5);
	pass(20);
	cr_assert_leq(received, 6);
	cr_assert_geq(stats().limited, 44);
	finish_with(fd);
}

Test(appchannel, strangers_share_a_limit_that_a_known_phone_does_not_feel)
{
	struct sockaddr_in to;
	unsigned before;
	int known;
	int fd;

	BEGIN(.total_rate = 10, .peer_rate = 100);
	known = phone();
	fd = phone();
	say(known, "{}");
	to = to_channel(address);
	for (int i = 0; i < 50; i++)
		(void)sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to));
	pass(20);
	cr_assert_leq(received, 12);
	before = received;
	say(known, "{}");
	cr_assert_eq(received, before + 1);
	close(known);
	finish_with(fd);
}

Test(appchannel, answers_are_limited_and_repeats_too)
{
	int fd;

	BEGIN(.peer_rate = 5);
	fd = phone();
	say(fd, "{}");
	for (int i = 0; i < 4; i++)
		cr_assert_eq(send_to(last_peer(), 10, 1), 0);
	cr_assert_eq(send_to(last_peer(), 1, 0), 0);
	cr_assert_eq(send_to(last_peer(), 1, 0), PROVD_E_PEER_RATE);
	pass(40);
	cr_assert_leq(heard(fd), 6);
	finish_with(fd);
}

Test(appchannel, the_first_answer_leaves_at_once_and_repeats_follow)
{
	int fd;

	BEGIN(.peer_rate = 1000);
	fd = phone();
	say(fd, "{}");
	cr_assert_eq(send_to(last_peer(), 3, 20), 0);
	cr_assert_eq(stats().sent, 1);
	pass(15);
	cr_assert_eq(heard(fd), 1);
	for (int i = 0; i < 400 && stats().sent < 3; i++)
		turn();
	pass(40);
	cr_assert_eq(heard(fd), 2);
	cr_assert_eq(stats().sent, 3);
	finish_with(fd);
}

Test(appchannel, wrong_sends_are_refused)
{
	static const uint8_t big[1473] = {0};
	int fd;

	BEGIN(.peer_rate = 1000);
	fd = phone();
	say(fd, "{}");
	cr_assert_eq(send_to(last_peer(), 0, 1), PROVD_E_INVALID);
	cr_assert_eq(send_to(last_peer(), 11, 1), PROVD_E_INVALID);
	cr_assert_eq(send_to(last_peer() + 1000, 1, 1), PROVD_E_PEER_GONE);
	cr_assert_eq(provd_appchannel_table.send(channel, last_peer(), big, sizeof(big), 1, 0),
		     PROVD_E_INVALID);
	provd_appchannel_close(channel);
	cr_assert_eq(send_to(last_peer(), 1, 1), PROVD_E_PEER_GONE);
	finish_with(fd);
}

Test(appchannel, a_silent_peer_is_forgotten_by_one_timer)
{
	int fds[2];

	BEGIN(.peer_idle_ms = 80);
	fds[0] = phone();
	fds[1] = phone();
	say(fds[0], "{}");
	pass(40);
	say(fds[1], "{}");
	wait_for(&gone_count, 1);
	cr_assert_eq(stats().peers, 1);
	cr_assert_eq(gone[0], peers[0]);
	wait_for(&gone_count, 2);
	cr_assert_eq(stats().peers, 0);
	cr_assert_eq(stats().understood, 0);
	close(fds[0]);
	close(fds[1]);
	finish();
}

Test(appchannel, it_drains_when_the_last_repeat_has_left)
{
	int fd;

	BEGIN(.peer_rate = 1000);
	fd = phone();
	say(fd, "{}");
	cr_assert_eq(send_to(last_peer(), 3, 20), 0);
	provd_appchannel_drain(channel, on_drained, NULL);
	cr_assert_eq(drained, 0, "never from inside the call");
	wait_for(&drained, 1);
	cr_assert_eq(heard(fd), 3);
	cr_assert_eq(gone_count, 1);
	pass(20);
	cr_assert_eq(drained, 1);
	finish_with(fd);
}

Test(appchannel, it_drains_also_when_the_peer_is_forgotten_first)
{
	int fd;

	BEGIN(.peer_idle_ms = 30);
	fd = phone();
	say(fd, "{}");
	cr_assert_eq(send_to(last_peer(), 10, 100000), 0);
	provd_appchannel_drain(channel, on_drained, NULL);
	wait_for(&drained, 1);
	finish_with(fd);
}

Test(appchannel, it_does_not_drain_for_ever)
{
	uint64_t from = now_ms();
	int fd;

	BEGIN(.peer_rate = 1000);
	fd = phone();
	say(fd, "{}");
	cr_assert_eq(send_to(last_peer(), 10, 3600000), 0);
	provd_appchannel_drain(channel, on_drained, NULL);
	wait_for(&drained, 1);
	cr_assert_lt(now_ms() - from, 9000);
	finish_with(fd);
}

Test(appchannel, answers_come_from_the_address_the_phone_talked_to)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	char buffer[16];
	int fd;

	begin(
		(struct provd_appchannel_config){
			.max_peers = 4, .peer_rate = 100, .total_rate = 100, .peer_idle_ms = 60000},
		"0.0.0.0");
	fd = phone();
	say(fd, "{}");
	cr_assert_eq(send_to(last_peer(), 1, 0), 0);
	pass(10);
	cr_assert_eq(recvfrom(fd, buffer, sizeof(buffer), 0, (struct sockaddr *)&from, &len), 2);
	cr_assert_eq(ntohs(from.sin_port), port);
	cr_assert_str_eq(inet_ntoa(from.sin_addr), address);
	finish_with(fd);
}

Test(appchannel, a_broadcast_reaches_the_local_network)
{
	struct sockaddr_in own = {.sin_family = AF_INET};
	socklen_t len = sizeof(own);
	int fd;

	BEGIN(.total_rate = 100);
	fd = phone();
	cr_assert_eq(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&own, &len), 0);
	cr_assert_eq(shout(ntohs(own.sin_port), "x", 2), 0);
	for (int i = 0; i < 400 && stats().sent < 2; i++)
		turn();
	cr_assert_eq(heard(fd), 2);
	finish_with(fd);
}

Test(appchannel, a_flood_does_not_silence_what_a_known_phone_hears)
{
	uint64_t known_peer;
	unsigned refused = 0;
	int known;
	int fd;

	BEGIN(.total_rate = 10, .peer_rate = 20);
	known = phone();
	fd = phone();
	say(known, "{}");
	known_peer = last_peer();
	say(fd, "noise");
	for (int i = 0; i < 15; i++)
		refused += send_to(last_peer(), 1, 0) == PROVD_E_PEER_RATE;
	cr_assert_geq(refused, 4, "strangers share their limit");
	for (int i = 0; i < 20; i++)
		cr_assert_eq(send_to(known_peer, 1, 0), 0);
	cr_assert_eq(send_to(known_peer, 1, 0), PROVD_E_PEER_RATE, "its own limit holds");
	cr_assert_eq(shout(9, "x", 1), 0);
	close(known);
	finish_with(fd);
}

Test(appchannel, an_old_broadcast_is_not_repeated_after_a_new_one)
{
	struct sockaddr_in own = {.sin_family = AF_INET};
	socklen_t len = sizeof(own);
	char said[] = "0";
	char last = '0';
	char got;
	int fd;

	BEGIN(.total_rate = 100);
	fd = phone();
	cr_assert_eq(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&own, &len), 0);
	for (; said[0] < '3'; said[0]++)
		cr_assert_eq(shout(ntohs(own.sin_port), said, 3), 0);
	cr_assert_eq(shout(9, "x", 2), 0);
	for (uint64_t until = now_ms() + 9000; stats().sent < 7 && now_ms() < until;)
		turn();
	cr_assert_eq(stats().sent, 7, "another port is another matter");
	for (; recv(fd, &got, 1, 0) == 1; last = got)
		cr_assert_geq(got, last);
	cr_assert_eq(last, '2');
	finish_with(fd);
}

Test(appchannel, what_a_limit_drops_is_said_but_not_each_time)
{
	int fd;

	BEGIN(.peer_rate = 1);
	fd = phone();
	say(fd, "x");
	for (int i = 0; i < 30; i++)
		(void)send_to(last_peer(), 1, 0);
	cr_assert_eq(stats().limited, 29);
	cr_assert_eq(lines, 2, "as many as the log lets one site write");
	cr_assert_not_null(strstr(last_line, "direction=\"out\" dropped=2"), "%s", last_line);
	finish_with(fd);
}
