/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile peers on the app channel and on the control socket, against the real daemon. */
#include "e2e.h"
#include "measure.h"

#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define SOURCES	   200
#define DATAGRAMS  20000
#define CLIENTS	   40
#define TOTAL_RATE 200 /* app_channel.total_rate when nothing is configured */
#define BAD_JSON                                                                                   \
	"{\"cmdType\":2,\"deviceReply\":\"Current_Error\",\"log\":\"APP command error! (2, "       \
	"201)\"}\r\n"
#define MISSING                                                                                    \
	"{\"cmdType\":2,\"deviceReply\":\"Current_Error\",\"log\":\"APP command error! (2, "       \
	"204)\"}\r\n"

static struct e2e e2e;
static int sources[SOURCES];
static uint32_t seed = 20210122;

TestSuite(hostile, .timeout = 240);

static uint32_t next_random(void)
{
	seed = seed * 1664525u + 1013904223u;
	return seed >> 8;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int open_source(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(8266)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	cr_assert_geq(fd, 0);
	cr_assert_eq(inet_pton(AF_INET, e2e.address, &to.sin_addr), 1);
	cr_assert_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static void open_sources(void)
{
	for (size_t i = 0; i < SOURCES; i++)
		sources[i] = open_source();
}

static void close_sources(void)
{
	for (size_t i = 0; i < SOURCES; i++)
		close(sources[i]);
}

/* One of several kinds of nonsense. */
static size_t make_nonsense(uint8_t *out)
{
	static const char command[] = "{\"cmdType\":1,\"ssid\":\"x\",\"password\":\"y\",\"token";
	size_t len;

	switch (next_random() % 5) {
	case 0: /* bytes */
		len = next_random() % 600;
		for (size_t i = 0; i < len; i++)
			out[i] = (uint8_t)next_random();
		return len;
	case 1: /* cut off */
		len = next_random() % sizeof(command);
		memcpy(out, command, len);
		return len;
	case 2: /* long */
		memset(out, 'a', 2048);
		memcpy(out, "{\"cmdType\":1,\"ssid\":\"", 21);
		return 2048;
	case 3: /* deep */
		memset(out, '[', 1400);
		return 1400;
	default: /* too long for the protocol */
		memset(out, ' ', 4000);
		return 4000;
	}
}

static size_t count_replies(void)
{
	uint8_t buffer[2048];
	size_t count = 0;

	for (size_t i = 0; i < SOURCES; i++)
		while (recv(sources[i], buffer, sizeof(buffer), 0) >= 0)
			count++;
	return count;
}

/* Sends the whole flood; gives the number of answers to it. */
static size_t flood(size_t datagrams)
{
	uint8_t buffer[4096];
	size_t replies = 0;

	for (size_t i = 0; i < datagrams; i++) {
		size_t len = make_nonsense(buffer);

		(void)!send(sources[i % SOURCES], buffer, len, 0);
		if (i % SOURCES != SOURCES - 1)
			continue;
		replies += count_replies();
		poll(NULL, 0, 2); /* so that the daemon sees most of it */
	}
	poll(NULL, 0, 200);
	return replies + count_replies();
}

static long memory_kib(void)
{
	char path[64];
	char line[256];
	long kib = -1;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)e2e.daemon.pid);
	file = fopen(path, "r");
	cr_assert_not_null(file);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, "VmRSS:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	fclose(file);
	return kib;
}

/* Sanitizers and valgrind keep freed memory for a while. */
static int memory_is_telling(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return 0;
#else
	return !*e2e_wrapper() && !getenv("PROVD_TEST_BIN_DIR");
#endif
}

static int control(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", e2e.socket);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Garbage on the control socket: half messages, no ends, too much, wrong JSON. */
static void garbage(void)
{
	static char big[200000];
	static const char *const texts[] = {"{", "null", "[[[[", "{\"method\":1}", "{\"method\":"};
	int clients[CLIENTS];

	memset(big, '[', sizeof(big));
	for (size_t i = 0; i < CLIENTS; i++) {
		clients[i] = control();
		if (clients[i] < 0)
			continue; /* more clients than allowed */
		if (i % 4 == 0)
			(void)!send(clients[i], big, sizeof(big), MSG_NOSIGNAL);
		else
			(void)!send(clients[i], texts[i % 5], strlen(texts[i % 5]) + (i & 1),
				    MSG_NOSIGNAL);
	}
	for (size_t i = 0; i < CLIENTS; i++)
		if (clients[i] >= 0)
			close(clients[i]);
}

/* The state, asked for again while the daemon still has all the clients that it allows. */
static void expect_status(const char *state)
{
	int64_t until = now_ms() + 10000;
	json_t *reply = e2e_try_call(&e2e, "Status", NULL);

	while ((!reply || json_object_get(reply, "error")) && now_ms() < until) {
		json_decref(reply);
		poll(NULL, 0, 10);
		reply = e2e_try_call(&e2e, "Status", NULL);
	}
	cr_assert_not_null(reply, "Status was not answered");
	cr_assert_str_eq(
		json_string_value(json_object_get(json_object_get(reply, "parameters"), "state")),
		state);
	json_decref(reply);
}

static void begin(void)
{
	e2e_init(&e2e, &(struct e2e_setup){0});
	e2e_start(&e2e);
	e2e_expect(&e2e, "listening", "method listens");
	open_sources();
}

static void finish(void)
{
	close_sources();
	e2e_finish(&e2e);
}

Test(hostile, a_flood_costs_neither_memory_nor_descriptors_nor_many_answers)
{
	int64_t from;
	int64_t seconds;
	size_t replies;
	size_t before_fds;
	long before_kib;

	begin();
	flood(2000); /* what is taken once */
	garbage();
	expect_status("listening");
	before_kib = memory_kib();
	before_fds = measure_descriptors(&e2e);
	from = now_ms();
	replies = flood(DATAGRAMS);
	seconds = (now_ms() - from) / 1000 + 1;
	garbage();
	expect_status("listening");
	cr_expect_leq(replies, (size_t)(seconds + 1) * TOTAL_RATE, "%zu answers in %d s", replies,
		      (int)seconds);
	cr_expect_gt(replies, 0);
	cr_expect_leq(measure_descriptors(&e2e), before_fds + 1);
	if (memory_is_telling())
		cr_expect_leq(memory_kib() - before_kib, 1024, "from %ld to %ld KiB", before_kib,
			      memory_kib());
	finish();
}

Test(hostile, a_phone_is_bound_during_a_flood)
{
	struct e2e_process phone;

	begin();
	flood(DATAGRAMS / 10);
	phone = e2e_phone_start(&e2e, "Home", E2E_PASSPHRASE, E2E_TOKEN, "--app mini-program");
	for (int i = 0; i < 10; i++) {
		flood(DATAGRAMS / 10);
		garbage();
	}
	cr_assert_eq(e2e_wait(&phone), 0);
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	finish();
}

static void expect_reply(const char *datagram, size_t len, const char *reply)
{
	int fd = open_source();
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	char buffer[2048];
	ssize_t got;

	cr_assert_eq(send(fd, datagram, len, 0), (ssize_t)len);
	cr_assert_eq(poll(&wait, 1, reply ? 10000 : 300), reply ? 1 : 0, "%s", datagram);
	if (reply) {
		got = recv(fd, buffer, sizeof(buffer) - 1, 0);
		cr_assert_gt(got, 0);
		buffer[got] = '\0';
		cr_assert_str_eq(buffer, reply, "%s", datagram);
	}
	close(fd);
}

Test(hostile, wrong_messages_get_their_exact_answers)
{
	static const struct {
		const char *datagram;
		const char *reply;
	} rows[] = {
		{"{\"cmdType\":1,\"ssid\":", BAD_JSON},
		{"[]", BAD_JSON},
		{"1", BAD_JSON},
		{"\xff\xfe", BAD_JSON},
		{"{\"token\":\"69f978dfbb48ec40cadb6d9af470d0f6\"}", BAD_JSON},
		{"{\"cmdType\":\"1\"}", BAD_JSON},
		{"{\"cmdType\":1.5}", BAD_JSON},
		{"{\"cmdType\":null}", BAD_JSON},
		{"{\"cmdType\":99}", BAD_JSON},
		{"{\"cmdType\":0}", MISSING},
		{"{\"cmdType\":0,\"token\":7}", MISSING},
		{"{\"cmdType\":1,\"ssid\":\"a\",\"token\":\"69f978dfbb48ec40cadb6d9af470d0f6\"}",
		 MISSING},
		{"{\"cmdType\":1,\"ssid\":5,\"password\":\"b\",\"token\":"
		 "\"69f978dfbb48ec40cadb6d9af470d0f6\"}",
		 MISSING},
		{"{\"cmdType\":1,\"ssid\":\"a\",\"password\":[],\"token\":"
		 "\"69f978dfbb48ec40cadb6d9af470d0f6\"}",
		 MISSING},
		/* What devices and other apps say is not for us. */
		{"{\"cmdType\":2}", NULL},
		{"{\"cmdType\":5}", NULL},
		{"{\"cmdType\":6}", NULL},
		{"{\"cmdType\":7}", NULL},
	};

	begin();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_reply(rows[i].datagram, strlen(rows[i].datagram), rows[i].reply);
	expect_status("listening");
	finish();
}
