/* SPDX-License-Identifier: Apache-2.0 */
/* Power cuts, full disks, broken files, taken ports: told, and never the end of the device. */
#include "e2e.h"

#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct e2e e2e;

TestSuite(crash, .timeout = 120);

/* Here the phone has to do it again; what is taken up by itself is in test_networks.c. */
#define NO_RESUME  ",\"networks\":{\"resume_for\":\"0s\"}"
#define BEGIN(...) e2e_init(&e2e, &(struct e2e_setup){.sections = NO_RESUME, __VA_ARGS__})

static void phone(void)
{
	cr_assert_eq(e2e_phone(&e2e, "Home", E2E_PASSPHRASE, E2E_TOKEN, "--app mini-program"), 0);
}

static void then_it_works(void)
{
	phone();
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	e2e_finish(&e2e);
}

static int file_has(const char *name, const char *part)
{
	char *content = e2e_read(&e2e, name);
	int found = strstr(content, part) != NULL;

	free(content);
	return found;
}

static void wait_for(const char *name, const char *part)
{
	for (int i = 0; i < 2000 && !file_has(name, part); i++)
		poll(NULL, 0, 10);
	cr_assert(file_has(name, part), "%s never had %s", name, part);
}

static void kill_daemon(void)
{
	kill(e2e.daemon.pid, SIGKILL);
	e2e_wait(&e2e.daemon);
	close(e2e.watch);
	e2e.watch = -1;
}

static void restart(void)
{
	e2e_restart_daemon(&e2e);
	e2e_start(&e2e);
}

Test(crash, killed_before_the_answer_of_the_gateway_arrived)
{
	BEGIN(.cloud = "--fault register-slow=5000:1");
	e2e_start(&e2e);
	phone();
	e2e_expect(&e2e, "registering", NULL);
	wait_for("cloud.out", "\"register\"");
	kill_daemon();
	e2e_tell_cloud(&e2e, "{\"clear\":true}");
	restart();
	then_it_works();
}

Test(crash, killed_after_the_answer_of_the_gateway_was_lost)
{
	BEGIN(.cloud = "--fault register-lost:1");
	e2e_start(&e2e);
	phone();
	wait_for("cloud.out", "\"register\"");
	kill_daemon();
	restart();
	then_it_works();
}

Test(crash, killed_right_after_the_gateway_answered)
{
	BEGIN(.cloud = "--fault bind-silent:1");
	e2e_start(&e2e);
	phone();
	wait_for("cloud.out", "\"register\"");
	kill_daemon();
	cr_assert(file_has("device_info.json", "\"devicesecret\"") ||
		  file_has("device_info.json", "deviceSecret"));
	e2e_tell_cloud(&e2e, "{\"clear\":true}");
	restart();
	then_it_works();
}

/* No file can grow: what a full disk does, without needing one. */
#define FULL_DISK "sh -c 'trap \"\" XFSZ; ulimit -f 0; exec \"$@\"' sh"

Test(crash, a_full_disk_is_told_and_bricks_nothing)
{
	char *before;

	if (*e2e_wrapper())
		cr_skip("the wrapper writes files itself");
	BEGIN(0);
	before = e2e_read(&e2e, "device_info.json");
	kill_daemon();
	e2e_spawn_daemon(&e2e, FULL_DISK);
	e2e_start(&e2e);
	phone();
	e2e_expect(&e2e, "listening", "attempt failed, listening again");
	cr_assert_str_eq(e2e_detail(&e2e, "during"), "registering");
	cr_assert(strcmp(e2e_detail(&e2e, "reason"), "NO_SPACE") == 0 ||
			  strcmp(e2e_detail(&e2e, "reason"), "IO") == 0,
		  "%s", e2e_detail(&e2e, "reason"));
	cr_assert(file_has("device_info.json", before), "the old identity must be untouched");
	free(before);
	kill_daemon();
	restart();
	then_it_works();
}

Test(crash, a_broken_identity_file_is_told)
{
	char path[160];
	FILE *file;

	BEGIN(0);
	kill_daemon();
	(void)snprintf(path, sizeof(path), "%s/device_info.json", e2e.dir);
	file = fopen(path, "w");
	cr_assert_not_null(file);
	fputs("{\"productId\": \"half a f", file);
	fclose(file);
	restart();
	e2e_expect(&e2e, "listening", "the identity cannot be used");
	cr_assert(strstr(e2e_detail(&e2e, "text"), "device_info.json:1:"), "%s",
		  e2e_detail(&e2e, "text"));
	e2e_finish(&e2e);
}

static int take_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(8266)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	cr_assert_eq(inet_pton(AF_INET, e2e.address, &address.sin_addr), 1);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

Test(crash, a_taken_port_is_told_and_the_next_session_works)
{
	const char *words;
	json_t *reply;
	int fd;

	BEGIN(0);
	fd = take_port();
	reply = e2e_call(&e2e, "Start");
	cr_assert_str_eq(json_string_value(json_object_get(reply, "error")),
			 "io.provd.Provisioning.Unavailable");
	words = json_string_value(json_object_get(json_object_get(reply, "parameters"), "reason"));
	cr_assert_not_null(words);
	cr_assert(strstr(words, "the app channel could not be opened"), "%s", words);
	cr_assert(strstr(words, "8266"), "%s", words);
	json_decref(reply);
	close(fd);
	e2e_start(&e2e);
	then_it_works();
}

Test(crash, a_second_daemon_leaves_the_first_alone)
{
	struct e2e_process first;
	json_t *reply;

	BEGIN(0);
	e2e_start(&e2e);
	e2e_expect(&e2e, "listening", "method listens");
	first = e2e.daemon;
	e2e_spawn_daemon(&e2e, "");
	cr_assert_eq(e2e_wait(&e2e.daemon), 1);
	wait_for("provd.err", "control.sock");
	e2e.daemon = first;
	reply = e2e_call(&e2e, "Status");
	json_decref(reply);
	then_it_works();
}
