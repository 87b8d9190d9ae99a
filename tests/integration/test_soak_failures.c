/* SPDX-License-Identifier: Apache-2.0 */
/* Ten thousand sessions that fail in one way or another: memory, descriptors and disk stay bounded,
 * and the newest failures can be told. */
#include "e2e.h"
#include "measure.h"
#include "wire.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS 20000
#define WARM_UP 500
#define WATCH	"{\"method\":\"io.provd.Provisioning.Watch\",\"more\":true}"

/* What was freed is kept for a while by sanitizers, which also make everything slower. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SESSIONS   1500
#define GROWTH_KIB 16384
#else
#define SESSIONS   10000
#define GROWTH_KIB 512
#endif

#define JOURNAL_KIB 64

static struct e2e e2e;

/* Networks of the simulated world, each with a fault of its own; and some that are not there. */
static const char world[] =
	"[{\"ssid\":\"Home\",\"passphrase\":\"can\\\"ary-pass-9c41\",\"dhcp_ms\":1,\"join_ms\":1},"
	"{\"ssid\":\"Full\",\"passphrase\":\"12345678\",\"max_clients\":0,\"join_ms\":1},"
	"{\"ssid\":\"Weak\",\"passphrase\":\"12345678\",\"signal\":-95,\"join_ms\":1},"
	"{\"ssid\":\"Mute\",\"passphrase\":\"12345678\",\"dhcp\":false,\"join_ms\":1,\"dhcp_ms\":1},"
	"{\"ssid\":\"Office\",\"passphrase\":\"12345678\",\"security\":\"enterprise\",\"join_ms\":1},"
	"{\"ssid\":\"Guard\",\"passphrase\":\"12345678\",\"reject\":true,\"join_ms\":1}]";

static const char *const networks[] = {"Home", "Full", "Weak", "Mute", "Office", "Guard", "Gone"};

TestSuite(soak_failures, .timeout = 600);

static json_t *call(struct wire *wire, const char *method, const char *parameters)
{
	char text[256];
	json_t *reply;

	(void)snprintf(text, sizeof(text),
		       "{\"method\":\"io.provd.Provisioning.%s\",\"parameters\":%s}", method,
		       parameters);
	cr_assert_eq(wire_send_text(wire, text), 0);
	reply = wire_next_json(wire, WAIT_MS);
	cr_assert_not_null(reply, "%s was not answered", method);
	cr_assert_null(json_object_get(reply, "error"), "%s: %s", method,
		       json_string_value(json_object_get(reply, "error")));
	return reply;
}

/* One session whose credentials lead to a failure of some kind. */
static void fail(struct wire *steer, struct wire *watch)
{
	char parameters[160];
	const char *message;

	(void)snprintf(parameters, sizeof(parameters),
		       "{\"ssid\":\"%s\",\"passphrase\":\"no-such-passphrase\"}",
		       networks[(size_t)rand() % (sizeof(networks) / sizeof(networks[0]))]);
	json_decref(call(steer, "Provide", parameters));
	do {
		message = wire_next(watch, WAIT_MS);
		cr_assert_not_null(message, "the session does not end");
	} while (!strstr(message, "\"state\":\"failed\""));
}

static int64_t counter(struct wire *steer, const char *name)
{
	json_t *reply = call(steer, "Stats", "{}");
	int64_t value = json_integer_value(json_object_get(
		json_object_get(json_object_get(reply, "parameters"), "stats"), name));

	json_decref(reply);
	return value;
}

Test(soak_failures, ten_thousand_failures_leave_everything_bounded)
{
	struct wire steer;
	struct wire watch;
	size_t most = 0;
	size_t fds;
	long kib;
	long grown;
	json_t *reply;

	srand(4711);
	e2e_init(&e2e, &(struct e2e_setup){
			       .access_points = world,
			       .hal = ",\"scan_delay\":\"1ms\",\"join_delay\":\"1ms\"",
			       .sections = ",\"journal\":{\"max_kib\":64,\"max_sessions\":40}"});
	e2e_kill_daemon(&e2e);
	e2e_set_config(&e2e, "\"level\":\"debug\"", "\"level\":\"error\"");
	e2e_spawn_daemon(&e2e, "env \"ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=1:"
			       "thread_local_quarantine_size_kb=64\"");
	json_decref(e2e_call(&e2e, "Status"));
	cr_assert_eq(wire_open(&steer, e2e.socket), 0);
	cr_assert_eq(wire_open(&watch, e2e.socket), 0);
	cr_assert_eq(wire_send_text(&watch, WATCH), 0);
	for (int i = 0; i < WARM_UP; i++)
		fail(&steer, &watch);
	fds = measure_descriptors(&e2e);
	kib = measure_kib(&e2e);
	for (int i = 0; i < SESSIONS; i++) {
		size_t used;

		fail(&steer, &watch);
		used = i % 100 == 0 ? measure_state_bytes(&e2e) : 0;
		most = used > most ? used : most;
	}
	grown = measure_kib(&e2e) - kib;
	cr_log_info("%d failed sessions: %ld KiB and %zu descriptors before, %+ld KiB and %+d "
		    "after; %zu bytes on disk at most",
		    SESSIONS, kib, fds, grown, (int)measure_descriptors(&e2e) - (int)fds, most);
	/* a file of the journal may just be open, and its folder */
	cr_assert_leq(measure_descriptors(&e2e), fds + 2);
	if (!*e2e_wrapper())
		cr_assert_lt(grown, GROWTH_KIB);
	/* a file of the next session may be there before the oldest one is erased */
	cr_assert_lt(most, (JOURNAL_KIB + 16) * 1024);
	cr_assert_leq(counter(&steer, "journal_sessions"), 40);
	cr_assert_eq(counter(&steer, "sessions_failed"), SESSIONS + WARM_UP);
	/* nobody took them: that is counted, not hidden */
	cr_assert_eq(counter(&steer, "journal_lost") + counter(&steer, "journal_sessions"),
		     SESSIONS + WARM_UP);
	reply = call(&steer, "Errors", "{\"undelivered\":true}");
	cr_assert_gt(
		json_array_size(json_object_get(json_object_get(reply, "parameters"), "failures")),
		0);
	json_decref(reply);
	wire_close(&watch);
	wire_close(&steer);
	e2e_finish(&e2e);
}
