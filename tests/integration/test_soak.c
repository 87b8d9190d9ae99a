/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many who watch and many sessions: memory and descriptors do not grow, everybody is told the
 * same. What it costs the phone is measured by tests/bench.
 */
#include "e2e.h"
#include "measure.h"
#include "wire.h"

#include <criterion/criterion.h>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define WATCHERS 100
#define SESSIONS 1000
#define WARM_UP	 50
#define WAIT_MS	 20000
#define WATCH	 "{\"method\":\"io.provd.Provisioning.Watch\",\"more\":true}"

/* What 1000 sessions, or 25 bindings, may add: less than a leak of one small block each.
 * Under the sanitizer what was freed is kept for a while, and red zones are larger. */
#if defined(__SANITIZE_ADDRESS__)
#define GROWTH_KIB	    4096
#define GROWTH_BINDINGS_KIB 8192
#else
#define GROWTH_KIB	    256
#define GROWTH_BINDINGS_KIB 512
#endif

static struct e2e e2e;

TestSuite(soak, .timeout = 300);

/* Who watches */

struct crowd {
	struct wire wires[WATCHERS];
	size_t messages[WATCHERS];
	size_t bytes[WATCHERS];
	int stop; /* eventfd */
	pthread_t thread;
};

static struct crowd crowd;

static void drain(size_t index, struct pollfd *fd)
{
	char bytes[65536];
	ssize_t got = read(fd->fd, bytes, sizeof(bytes));

	if (got <= 0) {
		fd->fd = -1;
		return;
	}
	crowd.bytes[index] += (size_t)got;
	for (const char *at = bytes; (at = memchr(at, 0, (size_t)(bytes + got - at))); at++)
		crowd.messages[index]++;
}

/* Reads what comes until it is told to stop and nothing is left. */
static void *read_all(void *user)
{
	struct pollfd fds[WATCHERS + 1];

	(void)user;
	for (size_t i = 0; i < WATCHERS; i++)
		fds[i] = (struct pollfd){crowd.wires[i].fd, POLLIN, 0};
	fds[WATCHERS] = (struct pollfd){crowd.stop, POLLIN, 0};
	for (;;) {
		int busy = 0;

		if (poll(fds, WATCHERS + 1, -1) < 0)
			continue;
		for (size_t i = 0; i < WATCHERS; i++) {
			if (fds[i].fd >= 0 && fds[i].revents) {
				drain(i, &fds[i]);
				busy = 1;
			}
		}
		if (!busy && fds[WATCHERS].revents)
			return NULL;
	}
}

static void crowd_begin(void)
{
	memset(&crowd, 0, sizeof(crowd));
	crowd.stop = eventfd(0, EFD_CLOEXEC);
	for (size_t i = 0; i < WATCHERS; i++) {
		cr_assert_eq(wire_open(&crowd.wires[i], e2e.socket), 0);
		cr_assert_eq(wire_send_text(&crowd.wires[i], WATCH), 0);
	}
	cr_assert_eq(pthread_create(&crowd.thread, NULL, read_all, NULL), 0);
}

static void crowd_end(void)
{
	uint64_t one = 1;

	cr_assert_eq(write(crowd.stop, &one, sizeof(one)), (ssize_t)sizeof(one));
	cr_assert_eq(pthread_join(crowd.thread, NULL), 0);
	close(crowd.stop);
	for (size_t i = 0; i < WATCHERS; i++)
		wire_close(&crowd.wires[i]);
}

/* The daemon */

/* The config of all end-to-end tests, but for more clients and few log lines. */
static void restart_for_many(void)
{
	char *config = e2e_read(&e2e, "provd.json");
	json_t *root = json_loads(config, 0, NULL);
	json_t *daemon = json_object_get(root, "daemon");
	char path[128];

	kill(e2e.daemon.pid, SIGTERM);
	cr_assert_eq(e2e_wait(&e2e.daemon), 0);
	cr_assert_eq(json_object_set_new(daemon, "control_max_clients", json_integer(200)), 0);
	cr_assert_eq(json_object_set_new(daemon, "log", json_pack("{s:s}", "level", "warn")), 0);
	(void)snprintf(path, sizeof(path), "%s/provd.json", e2e.dir);
	cr_assert_eq(json_dump_file(root, path, 0), 0);
	json_decref(root);
	free(config);
	/* What the sanitizer keeps would look like growth. */
	e2e_spawn_daemon(&e2e, "env \"ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=1:"
			       "thread_local_quarantine_size_kb=64\"");
}

/* Sessions */

static json_t *call(struct wire *wire, const char *method)
{
	char text[128];
	json_t *reply;

	(void)snprintf(text, sizeof(text), "{\"method\":\"io.provd.Provisioning.%s\"}", method);
	cr_assert_eq(wire_send_text(wire, text), 0);
	reply = wire_next_json(wire, WAIT_MS);
	cr_assert_not_null(reply, "%s was not answered", method);
	cr_assert_null(json_object_get(reply, "error"), "%s: %s", method,
		       json_string_value(json_object_get(reply, "error")));
	return reply;
}

/* Waits for a message with this text; @return messages read */
static size_t wait_for(struct wire *watch, const char *text)
{
	size_t count = 0;
	const char *message;

	do {
		message = wire_next(watch, WAIT_MS);
		cr_assert_not_null(message, "no entry with %s", text);
		count++;
	} while (!strstr(message, text));
	return count;
}

/* @return entries that were told */
static size_t session(struct wire *steer, struct wire *watch)
{
	size_t count;

	json_decref(call(steer, "Start"));
	count = wait_for(watch, "\"method listens\"");
	json_decref(call(steer, "Stop"));
	return count + wait_for(watch, "\"state\":\"stopped\"");
}

static void wait_for_daemon(struct wire *steer)
{
	int64_t until = wire_now_ms() + WAIT_MS;

	while (wire_open(steer, e2e.socket) != 0) {
		cr_assert_lt(wire_now_ms(), until, "the daemon did not come up");
		poll(NULL, 0, 10);
	}
}

Test(soak, a_hundred_watch_a_thousand_sessions)
{
	struct wire steer;
	struct wire watch;
	size_t told = 0;
	size_t fds;
	long kib;
	long grown;

	e2e_init(&e2e, &(struct e2e_setup){.hal = ",\"ap_delay\":\"1ms\",\"phone_joins\":false"});
	restart_for_many();
	wait_for_daemon(&steer);
	cr_assert_eq(wire_open(&watch, e2e.socket), 0);
	cr_assert_eq(wire_send_text(&watch, WATCH), 0);
	crowd_begin();
	/* Answers on a connection that came later: all watch by now. */
	json_decref(wire_call(e2e.socket, "Status", NULL, WAIT_MS));
	for (size_t i = 0; i < WARM_UP; i++)
		told += session(&steer, &watch);
	fds = measure_descriptors(&e2e);
	kib = measure_kib(&e2e);
	for (size_t i = 0; i < SESSIONS; i++)
		told += session(&steer, &watch);
	/* The next answer comes behind what the last session had to tell. */
	json_decref(call(&steer, "Status"));
	grown = measure_kib(&e2e) - kib;
	cr_log_info("%d sessions, %d watchers, %zu entries each; %ld KiB and %zu descriptors "
		    "before, %+ld KiB and %+d after",
		    SESSIONS, WATCHERS, told, kib, fds, grown,
		    (int)measure_descriptors(&e2e) - (int)fds);
	/* a file of the journal may just be open, and its folder */
	cr_assert_leq(measure_descriptors(&e2e), fds + 2);
	if (!*e2e_wrapper())
		cr_assert_lt(grown, GROWTH_KIB);
	crowd_end();
	for (size_t i = 0; i < WATCHERS; i++) {
		cr_assert_eq(crowd.messages[i], told, "watcher %zu: %zu of %zu", i,
			     crowd.messages[i], told);
		cr_assert_eq(crowd.bytes[i], crowd.bytes[0]);
	}
	wire_close(&watch);
	wire_close(&steer);
	e2e_finish(&e2e);
}

/* Whole provisionings: HTTPS, MQTT and their threads leave nothing either. */
Test(soak, forty_bindings_leave_nothing)
{
	struct wire steer;
	struct wire watch;
	size_t fds = 0;
	long kib = 0;
	long grown;

	e2e_init(&e2e, &(struct e2e_setup){.tencent = ",\"connect_interval\":\"0s\","
						      "\"identity_repeat_interval\":\"10ms\""});
	restart_for_many();
	wait_for_daemon(&steer);
	cr_assert_eq(wire_open(&watch, e2e.socket), 0);
	cr_assert_eq(wire_send_text(&watch, WATCH), 0);
	for (size_t i = 0; i < 40; i++) {
		json_decref(call(&steer, "Start"));
		(void)wait_for(&watch, "\"method listens\"");
		if (i == 15) {
			fds = measure_descriptors(&e2e);
			kib = measure_kib(&e2e);
		}
		cr_assert_eq(e2e_phone(&e2e, "Home", E2E_PASSPHRASE, E2E_TOKEN, "--app ios"), 0);
		(void)wait_for(&watch, "\"state\":\"bound\"");
	}
	/* In the same state as before: it listens. */
	json_decref(call(&steer, "Start"));
	(void)wait_for(&watch, "\"method listens\"");
	grown = measure_kib(&e2e) - kib;
	cr_log_info("25 bindings: %ld KiB and %zu descriptors before, %+ld KiB and %+d after", kib,
		    fds, grown, (int)measure_descriptors(&e2e) - (int)fds);
	/* Of the session before, connections may still have been closing then. */
	cr_assert_leq(measure_descriptors(&e2e), fds);
	/* Not even one TLS context each. */
	if (!*e2e_wrapper())
		cr_assert_lt(grown, GROWTH_BINDINGS_KIB);
	wire_close(&watch);
	wire_close(&steer);
	e2e_finish(&e2e);
}

/* Those that come and go, and those that never read: nobody is remembered. */
Test(soak, clients_that_come_and_go_leave_nothing)
{
	struct wire steer;
	struct wire other;
	size_t fds = 0;

	e2e_init(&e2e, &(struct e2e_setup){0});
	restart_for_many();
	wait_for_daemon(&steer);
	for (size_t i = 0; i < 2000; i++) {
		cr_assert_eq(wire_open(&other, e2e.socket), 0);
		cr_assert_eq(wire_send_text(&other, WATCH), 0);
		if (i % 2)
			(void)wire_send(&other, "{\"meth", 6);
		wire_close(&other);
		/* An answer: the daemon has seen what came before. */
		json_decref(call(&steer, "Status"));
		if (i == 100)
			fds = measure_descriptors(&e2e);
	}
	json_decref(wire_call(e2e.socket, "Status", NULL, WAIT_MS));
	json_decref(call(&steer, "Status"));
	cr_assert_leq(measure_descriptors(&e2e), fds + 2, "%zu, were %zu",
		      measure_descriptors(&e2e), fds);
	wire_close(&steer);
	e2e_finish(&e2e);
}
