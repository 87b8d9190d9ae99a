/* SPDX-License-Identifier: Apache-2.0 */
/* The calls that wait: Start, Stop and Watch of one session, of the real daemon. */
#include "../../integration/e2e.h"

#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct e2e e2e;

TestSuite(calls, .timeout = 120);

/* Runs provctl; what it prints is in "provctl.out". */
static int provctl(const char *words)
{
	char command[512];
	int status;

	(void)snprintf(command, sizeof(command),
		       "PROVD_SOCKET='%s' timeout 60 '%s/provctl' %s >'%s/provctl.out' 2>&1",
		       e2e.socket, e2e_bin_dir(), words, e2e.dir);
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void expect_said(const char *part)
{
	char *said = e2e_read(&e2e, "provctl.out");

	cr_assert(strstr(said, part) != NULL, "<%s> is not in <%s>", part, said);
	free(said);
}

/* A call whose answer is not waited for. */
static int call(const char *text)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ssize_t len = (ssize_t)strlen(text) + 1;

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", e2e.socket);
	cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(write(fd, text, (size_t)len), len);
	return fd;
}

/* The answer to it, within 20 s. */
static void expect_answer(int fd, const char *text)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	char buffer[512] = "";

	cr_assert_eq(poll(&wait, 1, 20000), 1);
	cr_assert_gt(read(fd, buffer, sizeof(buffer) - 1), 0);
	cr_assert_str_eq(buffer, text);
	close(fd);
}

static void expect_state(const char *state)
{
	json_t *reply = e2e_call(&e2e, "Status");

	cr_assert_str_eq(
		json_string_value(json_object_get(json_object_get(reply, "parameters"), "state")),
		state);
	json_decref(reply);
}

Test(calls, stop_is_answered_when_all_has_stopped)
{
	int stops[3];

	e2e_init(&e2e, &(struct e2e_setup){.hal = ",\"ap_delay\":\"1s\""});
	e2e_start(&e2e);
	e2e_expect(&e2e, "listening", "method listens");
	/* One that leaves is forgotten; the others wait together. */
	for (int i = 0; i < 3; i++)
		stops[i] = call("{\"method\":\"io.provd.Provisioning.Stop\"}");
	close(stops[0]);
	expect_answer(stops[1], "{\"parameters\":{}}");
	expect_state("stopped");
	expect_answer(stops[2], "{\"parameters\":{}}");
	cr_assert_eq(provctl("stop"), 1);
	expect_said("no session is running");
	e2e_start(&e2e);
	cr_assert_eq(provctl("stop"), 0);
	expect_said("stopped\n");
	expect_state("stopped");
	e2e_finish(&e2e);
}

Test(calls, a_session_that_fails_at_once_is_no_success)
{
	struct sockaddr_in taken = {.sin_family = AF_INET, .sin_port = htons(8266)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	e2e_init(&e2e, &(struct e2e_setup){0});
	cr_assert_eq(inet_pton(AF_INET, e2e.address, &taken.sin_addr), 1);
	cr_assert_eq(bind(fd, (struct sockaddr *)&taken, sizeof(taken)), 0);
	cr_assert_eq(provctl("start"), 1);
	expect_said("provctl: not available: ");
	expect_said("8266");
	cr_assert_eq(provctl("watch --session 1"), 4);
	expect_said("failed in ");
	close(fd);
	cr_assert_eq(provctl("start"), 0);
	e2e_finish(&e2e);
}

Test(calls, one_session_is_watched_to_its_end)
{
	struct e2e_process phone;

	e2e_init(&e2e, &(struct e2e_setup){0});
	cr_assert_eq(provctl("watch --session 1"), 1);
	expect_said("session 1 is not known");
	phone = e2e_phone_start(&e2e, "Home", E2E_PASSPHRASE, E2E_TOKEN, "--app mini-program");
	cr_assert_eq(provctl("start --watch"), 0);
	expect_said("session 1\n");
	expect_said("bound in ");
	cr_assert_eq(e2e_wait(&phone), 0);
	cr_assert_eq(provctl("start --watch --deadline 200ms"), 4);
	expect_said("session 2\n");
	/* Both are over, or nearly so. */
	cr_assert_eq(provctl("watch --session 1"), 0);
	expect_said("bound in ");
	cr_assert_eq(provctl("watch --session 2"), 4);
	cr_assert_eq(provctl("watch --session 3"), 1);
	e2e_finish(&e2e);
}

Test(calls, the_last_entry_is_the_final_reply)
{
	struct pollfd wait;
	char buffer[8192] = "";
	size_t len = 0;
	ssize_t got;
	int fd;

	e2e_init(&e2e, &(struct e2e_setup){0});
	cr_assert_eq(provctl("start --watch --deadline 100ms"), 4);
	fd = call("{\"method\":\"io.provd.Provisioning.Watch\",\"more\":true,"
		  "\"parameters\":{\"session\":1}}");
	wait = (struct pollfd){.fd = fd, .events = POLLIN};
	while (!memmem(buffer, len, "\"failed\"", 8) && poll(&wait, 1, 20000) == 1 &&
	       (got = read(fd, buffer + len, sizeof(buffer) - len)) > 0)
		len += (size_t)got;
	cr_assert_gt(len, 0);
	cr_assert_eq(buffer[len - 1], '\0');
	while (len > 1 && buffer[len - 2])
		len--;
	cr_assert_not_null(strstr(buffer + len - 1, "\"failed\""), "%s", buffer + len - 1);
	cr_assert_null(strstr(buffer + len - 1, "continues\":true"), "%s", buffer + len - 1);
	cr_assert_not_null(strstr(buffer, "continues\":true"), "%s", buffer);
	close(fd);
	e2e_finish(&e2e);
}
