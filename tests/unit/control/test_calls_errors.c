/* SPDX-License-Identifier: Apache-2.0 */
/* Failures and counters of the real daemon with its real journal, over a restart. */
#include "../../integration/e2e.h"

#include <criterion/criterion.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct e2e e2e;

TestSuite(calls_errors, .timeout = 120);

/* The parameters of the answer to a call that works. A new reference. */
static json_t *good(const char *method, const char *parameters)
{
	json_t *answer = e2e_call_with(&e2e, method, parameters);
	json_t *given = json_incref(json_object_get(answer, "parameters"));
	char *text = json_dumps(answer, 0);

	cr_assert_null(json_object_get(answer, "error"), "%s: %s", method, text);
	free(text);
	json_decref(answer);
	return given;
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "(none)";
}

static json_int_t number_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

/* A client that waits for failures. */
static int watch_errors(void)
{
	static const char call[] =
		"{\"method\":\"io.provd.Provisioning.WatchErrors\",\"more\":true}";
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", e2e.socket);
	cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(write(fd, call, sizeof(call)), (ssize_t)sizeof(call));
	return fd;
}

/* The next failure, within 20 s. A new reference. */
static json_t *next_failure(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	char buffer[4096] = "";
	size_t len = 0;
	json_t *message;
	json_t *failure;

	do {
		cr_assert_eq(poll(&wait, 1, 20000), 1);
		cr_assert_lt(len, sizeof(buffer));
		cr_assert_eq(read(fd, buffer + len, 1), 1);
	} while (buffer[len++] != '\0');
	message = json_loads(buffer, 0, NULL);
	failure = json_object_get(json_object_get(message, "parameters"), "failure");
	cr_assert_not_null(failure, "%s", buffer);
	json_incref(failure);
	json_decref(message);
	return failure;
}

/* The only failure there is. */
static void expect_failure(const char *parameters, int delivered)
{
	json_t *reply = good("Errors", parameters);
	const json_t *list = json_object_get(reply, "failures");
	const json_t *failure = json_array_get(list, 0);

	cr_assert_eq(json_array_size(list), 1);
	cr_assert_eq(number_of(failure, "session"), 1);
	cr_assert_str_eq(text_of(failure, "code"), "WIFI_PASSPHRASE");
	cr_assert_str_eq(text_of(failure, "state"), "joining");
	cr_assert_str_eq(text_of(failure, "method"), "control");
	cr_assert_str_eq(text_of(failure, "advice"), "type the passphrase again");
	cr_assert_str_eq(text_of(failure, "retry"), "changed");
	cr_assert_gt(number_of(failure, "unix_ms"), 1600000000000);
	cr_assert_eq(json_is_true(json_object_get(failure, "delivered")), delivered);
	json_decref(reply);
}

static void expect_timeline(const char *parameters)
{
	json_t *reply = good("Timeline", parameters);
	const json_t *list = json_object_get(reply, "entries");
	const json_t *last = json_array_get(list, json_array_size(list) - 1);

	cr_assert_eq(number_of(reply, "session"), 1);
	cr_assert_gt(number_of(reply, "unix_ms"), 1600000000000);
	cr_assert_gt(json_array_size(list), 3);
	cr_assert_str_eq(text_of(last, "state"), "failed");
	json_decref(reply);
}

static void expect_stats(json_int_t attempts)
{
	json_t *reply = good("Stats", NULL);
	const json_t *stats = json_object_get(reply, "stats");
	const json_t *control = json_object_get(json_object_get(stats, "methods"), "control");

	cr_assert_eq(number_of(stats, "attempts"), attempts);
	cr_assert_eq(number_of(json_object_get(stats, "failures"), "WIFI_PASSPHRASE"), attempts);
	cr_assert_eq(number_of(control, "attempts"), attempts);
	cr_assert_eq(number_of(json_object_get(control, "failures"), "WIFI_PASSPHRASE"), attempts);
	cr_assert_eq(json_object_size(json_object_get(control, "steps")), 0);
	cr_assert_eq(number_of(stats, "journal_sessions"), 1);
	cr_assert_gt(number_of(stats, "journal_bytes"), 100);
	cr_assert_eq(number_of(stats, "journal_lost"), 0);
	json_decref(reply);
}

/* An orderly stop, and a start. */
static void restart(void)
{
	cr_assert_eq(kill(e2e.daemon.pid, SIGTERM), 0);
	cr_assert_eq(e2e_wait(&e2e.daemon), 0);
	if (e2e.watch >= 0)
		close(e2e.watch);
	e2e.watch = -1;
	e2e_restart_daemon(&e2e);
}

static void clear_all(int watcher)
{
	json_t *reply = good("ClearErrors", NULL);
	json_t *failure;

	cr_assert_eq(number_of(reply, "count"), 1);
	json_decref(reply);
	failure = next_failure(watcher);
	cr_assert(json_is_true(json_object_get(failure, "delivered")));
	json_decref(failure);
	reply = good("Errors", "{\"undelivered\":true}");
	cr_assert_eq(json_array_size(json_object_get(reply, "failures")), 0);
	json_decref(reply);
	expect_failure(NULL, 1);
}

Test(calls_errors, a_failure_outlives_the_daemon)
{
	json_t *told;
	int watcher;

	e2e_init(&e2e, &(struct e2e_setup){0});
	e2e_watch(&e2e);
	watcher = watch_errors();
	json_decref(good("Provide", "{\"ssid\":\"Home\",\"passphrase\":\"not the right one\"}"));
	cr_assert_str_eq(e2e_end(&e2e), "failed");
	told = next_failure(watcher);
	cr_assert_str_eq(text_of(told, "code"), "WIFI_PASSPHRASE");
	json_decref(told);
	close(watcher);
	expect_failure(NULL, 0);
	expect_timeline(NULL);
	expect_stats(1);
	restart();
	expect_failure("{\"session\":1,\"undelivered\":true}", 0);
	expect_timeline(NULL);
	expect_timeline("{\"session\":1}");
	expect_stats(0);
	watcher = watch_errors();
	/* its answer: the daemon has seen what was sent before it on another connection */
	json_decref(good("Status", NULL));
	clear_all(watcher);
	close(watcher);
	restart();
	expect_failure(NULL, 1);
	e2e_finish(&e2e);
}

Test(calls_errors, an_export_says_which_forms_there_are)
{
	json_t *answer;

	e2e_init(&e2e, &(struct e2e_setup){0});
	answer = e2e_call_with(&e2e, "ExportErrors", "{\"format\":\"none\"}");
	cr_assert_str_eq(text_of(answer, "error"), "io.provd.Provisioning.UnknownFormat");
	cr_assert(json_is_array(json_object_get(json_object_get(answer, "parameters"), "formats")));
	json_decref(answer);
	e2e_finish(&e2e);
}
