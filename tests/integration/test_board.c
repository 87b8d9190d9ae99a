/* SPDX-License-Identifier: Apache-2.0 */
/* The device's own parts: a button starts, an LED shows, programs of the product are run. */
#include "e2e.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct e2e e2e;

TestSuite(board, .timeout = 120);

/* Paths in the config are relative to it. */
#define BOARD                                                                                      \
	",\"button\":{\"input\":\"button\",\"key\":408,\"debounce\":\"0s\"}"                       \
	",\"led\":{\"name\":\"lamp\",\"folder\":\"leds\"}"

static void path_of(char *path, size_t size, const char *name)
{
	(void)snprintf(path, size, "%s/%s", e2e.dir, name);
}

static void put(const char *name, const char *content, mode_t mode)
{
	char path[160];
	FILE *file;

	path_of(path, sizeof(path), name);
	file = fopen(path, "w");
	cr_assert_not_null(file, "%s", path);
	fputs(content, file);
	fclose(file);
	cr_assert_eq(chmod(path, mode), 0);
}

static void make_board(void)
{
	char path[160];
	char hook[512];

	path_of(path, sizeof(path), "button");
	cr_assert_eq(mkfifo(path, 0600), 0);
	path_of(path, sizeof(path), "leds");
	cr_assert_eq(mkdir(path, 0700), 0);
	path_of(path, sizeof(path), "leds/lamp");
	cr_assert_eq(mkdir(path, 0700), 0);
	put("leds/lamp/trigger", "[none] timer\n", 0600);
	put("leds/lamp/brightness", "0\n", 0600);
	put("leds/lamp/max_brightness", "255\n", 0600);
	put("leds/lamp/delay_on", "500\n", 0600);
	put("leds/lamp/delay_off", "500\n", 0600);
	put("on-state",
	    "#!/bin/sh\necho \"$PROVD_EVENT $PROVD_STATE $PROVD_METHOD $PROVD_REASON\" >>\"$1\"\n"
	    "env >>\"$1.env\"\n",
	    0700);
	(void)snprintf(hook, sizeof(hook),
		       "\"start\":{\"policy\":\"button\",\"window\":\"1m\"},\"hooks\":[{\"on\":"
		       "[\"any\"],\"run\":[\"%s/on-state\",\"%s/states\"]}]",
		       e2e.dir, e2e.dir);
	e2e_set_config(&e2e, "\"start\":{\"policy\":\"button\",\"window\":\"1m\"}", hook);
}

static void key(int fd, int value)
{
	const struct input_event event = {.type = EV_KEY, .code = KEY_RESTART, .value = value};

	cr_assert_eq(write(fd, &event, sizeof(event)), (ssize_t)sizeof(event));
}

static void press(void)
{
	char path[160];
	int fd;

	path_of(path, sizeof(path), "button");
	fd = open(path, O_WRONLY | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	key(fd, 1);
	key(fd, 0);
	close(fd);
}

static void wait_for(const char *name, const char *part)
{
	for (int i = 0; i < 2000; i++) {
		char *content = e2e_read(&e2e, name);
		int found = strstr(content, part) != NULL;

		free(content);
		if (found)
			return;
		poll(NULL, 0, 10);
	}
	cr_assert_fail("%s never had %s", name, part);
}

Test(board, a_button_an_led_and_a_program_go_with_the_session)
{
	char *states;

	e2e_init(&e2e, &(struct e2e_setup){.policy = "button", .sections = BOARD});
	e2e_kill_daemon(&e2e);
	make_board();
	e2e_restart_daemon(&e2e);
	e2e_watch(&e2e);
	e2e_wait_status(&e2e, "state", "idle");
	press();
	e2e_expect(&e2e, "listening", NULL);
	wait_for("leds/lamp/trigger", "timer");
	cr_assert_eq(e2e_phone(&e2e, "Home", "not the passphrase", E2E_TOKEN, ""), 0);
	e2e_expect(&e2e, "listening", "attempt failed, listening again");
	cr_assert_eq(e2e_phone(&e2e, "Home", E2E_PASSPHRASE, E2E_TOKEN, ""), 0);
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	wait_for("leds/lamp/brightness", "255");
	wait_for("states", "bound bound softap");
	states = e2e_read(&e2e, "states");
	cr_expect(strstr(states, "joining joining softap"), "%s", states);
	cr_expect(strstr(states, "listening listening softap WIFI_PASSPHRASE"), "%s", states);
	cr_expect(strstr(states, "link-up"), "%s", states);
	free(states);
	e2e_finish(&e2e); /* looks for secrets in states.env too */
}
