/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with the way out: the verdict, and asking addresses by TCP. */
#include "session/diagnose.h"

#include "config/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <provd/error.h>

#define WAIT_MS 20000

struct rig {
	struct provd_loop *loop;
	struct provd_owner *owner;
	struct provd_probe *probe;
	enum provd_probe_result result;
	int calls;
	int late;
};

static void setup(struct rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	cr_assert_eq(provd_loop_create(4, &rig->loop), 0);
	cr_assert_eq(provd_owner_create(rig->loop, "test", &rig->owner), 0);
}

static void finish(struct rig *rig)
{
	struct provd_owner_counts left = provd_owner_counts(rig->owner);

	cr_expect_eq(left.watches, 0);
	cr_expect_eq(left.timers, 0);
	(void)provd_owner_destroy(rig->owner);
	cr_expect_eq(provd_loop_destroy(rig->loop), 0);
}

static void on_result(void *user, enum provd_probe_result result)
{
	struct rig *rig = user;

	rig->result = result;
	rig->probe = NULL;
	rig->calls++;
}

static void on_late(void *user)
{
	struct rig *rig = user;

	rig->late = 1;
}

static int start(struct rig *rig, const char *const *targets, size_t count)
{
	return provd_probe_start(rig->owner, targets, count, on_result, rig, &rig->probe);
}

static void wait_for(struct rig *rig, uint64_t ms, int calls)
{
	uint64_t timer = 0;

	rig->late = 0;
	cr_assert_eq(provd_timer_start(rig->owner, ms, on_late, rig, &timer), 0);
	while (!rig->late && rig->calls < calls)
		provd_loop_turn(rig->loop, 1);
	provd_timer_stop(rig->owner, timer);
}

/* A listener on loopback, and how it is called. */
static int listener(int backlog, struct sockaddr_in *out_addr, char text[32])
{
	socklen_t len = sizeof(*out_addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memset(out_addr, 0, sizeof(*out_addr));
	out_addr->sin_family = AF_INET;
	out_addr->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_geq(fd, 0);
	cr_assert_eq(bind(fd, (const struct sockaddr *)out_addr, len), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)out_addr, &len), 0);
	if (backlog >= 0)
		cr_assert_eq(listen(fd, backlog), 0);
	(void)snprintf(text, 32, "127.0.0.1:%u", (unsigned)ntohs(out_addr->sin_port));
	return fd;
}

static struct provd_link link_with(uint32_t flags, uint8_t first, uint32_t gateway)
{
	struct provd_link link = {.size = sizeof(link), .flags = flags};

	link.addr.size = sizeof(link.addr);
	link.addr.family = flags & PROVD_LINK_ADDRESS ? 4 : 0;
	link.addr.ip[0] = first;
	link.gateway.family = gateway;
	return link;
}

Test(diagnose, only_failures_without_an_answer_are_looked_into, .timeout = 10)
{
#define PROVD_X(name, number, text, advice, retry) PROVD_E_##name,
	static const int codes[] = {PROVD_ERROR_TABLE(PROVD_X) 0};
#undef PROVD_X
	struct provd_link link = link_with(PROVD_LINK_ASSOCIATED | PROVD_LINK_ADDRESS, 192, 0);
	size_t wanted = 0;

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		int is = provd_diagnose_wanted(codes[i]);

		wanted += (size_t)is;
		cr_expect_eq(provd_diagnose(codes[i], &link, PROVD_PROBE_UNREACHABLE),
			     is ? PROVD_E_NET_NO_GATEWAY : codes[i], "%s",
			     provd_err_name(codes[i]));
	}
	cr_expect_eq(wanted, 4);
	cr_expect_eq(provd_diagnose_wanted(PROVD_E_NET_REFUSED), 0);
	cr_expect_eq(provd_diagnose_wanted(PROVD_E_NET_DNS), 1);
}

Test(diagnose, verdicts, .timeout = 10)
{
	const uint32_t up = PROVD_LINK_ASSOCIATED | PROVD_LINK_ADDRESS;
	const struct {
		struct provd_link link;
		enum provd_probe_result probe;
		int verdict;
	} rows[] = {
		{link_with(up, 192, 4), PROVD_PROBE_NONE, PROVD_E_NET_DNS},
		{link_with(up, 192, 4), PROVD_PROBE_REACHABLE, PROVD_E_NET_DNS},
		{link_with(up, 192, 4), PROVD_PROBE_UNREACHABLE, PROVD_E_NET_NO_INTERNET},
		{link_with(up, 192, 0), PROVD_PROBE_NONE, PROVD_E_NET_NO_GATEWAY},
		{link_with(up, 192, 0), PROVD_PROBE_UNREACHABLE, PROVD_E_NET_NO_GATEWAY},
		{link_with(up, 192, 0), PROVD_PROBE_REACHABLE, PROVD_E_NET_DNS},
		{link_with(up, 127, 0), PROVD_PROBE_NONE, PROVD_E_NET_DNS},
		{link_with(up, 127, 0), PROVD_PROBE_UNREACHABLE, PROVD_E_NET_NO_INTERNET},
		{link_with(PROVD_LINK_ASSOCIATED, 192, 0), PROVD_PROBE_NONE, PROVD_E_NET_DNS},
		{link_with(0, 0, 0), PROVD_PROBE_UNREACHABLE, PROVD_E_NET_NO_INTERNET},
	};
	struct provd_link v6 = link_with(up, 0, 0);
	struct provd_link old = link_with(up, 192, 0);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(provd_diagnose(PROVD_E_NET_DNS, &rows[i].link, rows[i].probe),
			     rows[i].verdict, "row %zu", i);
	cr_expect_eq(provd_diagnose(PROVD_E_TIMEOUT, NULL, PROVD_PROBE_NONE), PROVD_E_TIMEOUT);
	v6.addr.family = 6;
	v6.addr.ip[15] = 1;
	cr_expect_eq(provd_diagnose(PROVD_E_NET_DNS, &v6, PROVD_PROBE_NONE), PROVD_E_NET_DNS);
	v6.addr.ip[0] = 0xfd;
	cr_expect_eq(provd_diagnose(PROVD_E_NET_DNS, &v6, PROVD_PROBE_NONE),
		     PROVD_E_NET_NO_GATEWAY);
	/* Silence has other reasons too. */
	cr_expect_eq(provd_diagnose(PROVD_E_TIMEOUT, &v6, PROVD_PROBE_NONE), PROVD_E_TIMEOUT);
	cr_expect_eq(provd_diagnose(PROVD_E_CLOUD_NO_REPLY, &v6, PROVD_PROBE_NONE),
		     PROVD_E_CLOUD_NO_REPLY);
	cr_expect_eq(provd_diagnose(PROVD_E_CLOUD_NO_REPLY, &v6, PROVD_PROBE_UNREACHABLE),
		     PROVD_E_NET_NO_GATEWAY);
	/* A table that ends before the gateway says nothing about it. */
	old.size = offsetof(struct provd_link, gateway);
	cr_expect_eq(provd_diagnose(PROVD_E_NET_DNS, &old, PROVD_PROBE_NONE), PROVD_E_NET_DNS);
}

Test(diagnose, endpoints, .timeout = 10)
{
	static const char *const bad[] = {"",
					  ":",
					  "1.1.1.1",
					  "1.1.1.1:",
					  "1.1.1.1:0",
					  "1.1.1.1:65536",
					  "1.1.1.1:+80",
					  "1.1.1.1: 80",
					  "1.1.1.1:000080",
					  "localhost:80",
					  "::1:80",
					  "[::1]",
					  "[::1:80",
					  "[1.1.1.1]:80",
					  "[]:80",
					  "1.1.1.256:80",
					  "[::1%lo]:80",
					  "1.1.1.1:80x",
					  " 1.1.1.1:80"};
	struct provd_endpoint endpoint = {.len = 7};
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(provd_endpoint_parse(bad[i], &endpoint), PROVD_E_INVALID, "%s",
			     bad[i]);
	cr_expect_eq(provd_endpoint_parse(NULL, &endpoint), PROVD_E_INVALID);
	cr_expect_eq(endpoint.len, 7);
	cr_assert_eq(provd_endpoint_parse("192.0.2.7:65535", &endpoint), 0);
	cr_assert_eq(endpoint.len, sizeof(v4));
	memcpy(&v4, &endpoint.addr, sizeof(v4));
	cr_expect_eq(v4.sin_family, AF_INET);
	cr_expect_eq(ntohs(v4.sin_port), 65535);
	cr_expect_eq(ntohl(v4.sin_addr.s_addr), 0xc0000207u);
	cr_assert_eq(provd_endpoint_parse("[::1]:53", &endpoint), 0);
	cr_assert_eq(endpoint.len, sizeof(v6));
	memcpy(&v6, &endpoint.addr, sizeof(v6));
	cr_expect_eq(v6.sin6_family, AF_INET6);
	cr_expect_eq(ntohs(v6.sin6_port), 53);
	cr_expect_eq(v6.sin6_addr.s6_addr[15], 1);
}

Test(diagnose, one_that_answers_is_enough, .timeout = 60)
{
	char open[32];
	struct sockaddr_in addr;
	/* A broadcast address is refused by connect() itself. */
	const char *const targets[] = {"255.255.255.255:9", open};
	int fd = listener(4, &addr, open);
	struct rig rig;

	setup(&rig);
	cr_assert_eq(start(&rig, targets, 2), 0);
	cr_expect_eq(rig.calls, 0);
	wait_for(&rig, WAIT_MS, 1);
	cr_expect_eq(rig.calls, 1);
	cr_expect_eq(rig.result, PROVD_PROBE_REACHABLE);
	finish(&rig);
	(void)close(fd);
}

Test(diagnose, a_refusal_is_an_answer, .timeout = 60)
{
	char shut[32];
	struct sockaddr_in addr;
	const char *const targets[] = {shut};
	/* Bound, not listening: nobody else gets the port meanwhile. */
	int fd = listener(-1, &addr, shut);
	struct rig rig;

	setup(&rig);
	cr_assert_eq(start(&rig, targets, 1), 0);
	wait_for(&rig, WAIT_MS, 1);
	cr_expect_eq(rig.calls, 1);
	cr_expect_eq(rig.result, PROVD_PROBE_REACHABLE);
	finish(&rig);
	(void)close(fd);
}

Test(diagnose, when_all_fail_at_once_it_is_over_on_the_next_turn, .timeout = 60)
{
	const char *const targets[] = {"255.255.255.255:9", "255.255.255.255:10"};
	struct rig rig;

	setup(&rig);
	cr_assert_eq(start(&rig, targets, 2), 0);
	cr_expect_eq(rig.calls, 0, "never within the call");
	wait_for(&rig, WAIT_MS, 1);
	cr_expect_eq(rig.calls, 1);
	cr_expect_eq(rig.result, PROVD_PROBE_UNREACHABLE);
	finish(&rig);
}

/* A listener whose queue is full drops what comes: as a line that leads nowhere. */
static size_t fill(const struct sockaddr_in *addr, int *fds, size_t max)
{
	size_t count = 0;

	while (count < max) {
		fds[count] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		cr_assert_geq(fds[count], 0);
		if (connect(fds[count], (const struct sockaddr *)addr, sizeof(*addr)))
			cr_assert_eq(errno, EINPROGRESS);
		count++;
	}
	return count;
}

Test(diagnose, silence_ends_after_the_time, .timeout = 60)
{
	char full[32];
	struct sockaddr_in addr;
	const char *const targets[] = {full, "255.255.255.255:9"};
	int fd = listener(0, &addr, full);
	int fds[8];
	size_t count = fill(&addr, fds, 8);
	struct rig rig;
	uint64_t begin;
	uint64_t took_ms;

	setup(&rig);
	begin = provd_loop_now_us(rig.loop);
	cr_assert_eq(start(&rig, targets, 2), 0);
	wait_for(&rig, WAIT_MS, 1);
	took_ms = (provd_loop_now_us(rig.loop) - begin) / 1000u;
	cr_expect_eq(rig.calls, 1);
	cr_expect_eq(rig.result, PROVD_PROBE_UNREACHABLE);
	cr_expect_geq(took_ms, PROVD_PROBE_MS - 50);
	/* After a cancel nothing comes. */
	cr_assert_eq(start(&rig, targets, 1), 0);
	provd_probe_cancel(rig.probe);
	wait_for(&rig, PROVD_PROBE_MS + 200, 2);
	cr_expect_eq(rig.calls, 1);
	finish(&rig);
	while (count)
		(void)close(fds[--count]);
	(void)close(fd);
}

Test(diagnose, what_is_refused_calls_nobody, .timeout = 60)
{
	const char *const bad[] = {"127.0.0.1:1", "example.org:80"};
	const char *const many[PROVD_PROBE_TARGETS_MAX + 1] = {NULL};
	struct rig rig;

	setup(&rig);
	cr_expect_eq(start(&rig, bad, 2), PROVD_E_INVALID);
	cr_expect_eq(start(&rig, many, PROVD_PROBE_TARGETS_MAX + 1), PROVD_E_LIMIT);
	cr_assert_eq(start(&rig, NULL, 0), 0);
	wait_for(&rig, WAIT_MS, 1);
	cr_expect_eq(rig.calls, 1);
	cr_expect_eq(rig.result, PROVD_PROBE_NONE);
	provd_probe_cancel(NULL);
	finish(&rig);
}
