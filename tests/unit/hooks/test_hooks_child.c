/* SPDX-License-Identifier: Apache-2.0 */
/* What a program gets from the daemon, and what becomes of its output. */
#include "hooks_world.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SAYS "\"a hook's program says\""

static void run_one(struct hooks_world *world, const char *json)
{
	world_hook(world, json);
	world_start(world);
	world_raise(world, "joining", 9);
	world_until_ended(world, 1, 0);
}

Test(hooks_child, environment_is_exact, .timeout = TEST_TIMEOUT)
{
	static const char *const lines[] = {
		"line=\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"\n",
		"line=\"PROVD_EVENT=link-down\"\n",
		"line=\"PROVD_STATE=bound\"\n",
		"line=\"PROVD_SESSION=18446744073709551615\"\n",
		"line=\"PROVD_METHOD=softap\"\n",
		"line=\"PROVD_REASON=WIFI_LOST\"\n",
		"line=\"PROVD_TEXT=it is gone\"\n",
		"line=\"PROVD_ADVICE=try again, closer to the router\"\n",
		"line=\"PROVD_RETRY=again\"\n",
	};
	struct hooks_world *world = world_open();
	struct provd_hook_event event = {"link-down", "softap", "WIFI_LOST", "it is\ngone",
					 UINT64_MAX};

	cr_assert_eq(setenv("CANARY", "canary", 1), 0);
	cr_assert_eq(setenv("NOTIFY_SOCKET", "canary", 1), 0);
	cr_assert_eq(setenv("LISTEN_FDS", "1", 1), 0);
	cr_assert_eq(setenv("PROVD_EVENT", "canary", 1), 0);
	world_hook(world, "{\"on\": [\"link-down\"], \"run\": [\"/usr/bin/env\"]}");
	world_start(world);
	world_raise(world, "bound", 1);
	provd_hooks_raise(world->hooks, &event);
	world_until_ended(world, 1, 0);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		cr_assert_eq(world_log_count(world, lines[i]), 1, "%s:\n%s", lines[i], world->text);
	cr_assert_eq(world_log_count(world, SAYS), sizeof(lines) / sizeof(lines[0]));
	cr_assert_eq(world_log_count(world, "canary"), 0);
	world_close(world);
}

Test(hooks_child, texts_that_are_not_given_are_empty, .timeout = TEST_TIMEOUT)
{
	struct hooks_world *world = world_open();
	struct provd_hook_event event = {.event = "link-up"};

	world_hook(world, "{\"on\": [\"link-up\"], \"run\": [\"/usr/bin/env\"]}");
	world_start(world);
	provd_hooks_raise(world->hooks, &event);
	world_until_ended(world, 1, 0);
	cr_assert_eq(world_log_count(world, "\"PROVD_STATE=idle\""), 1, "%s", world->text);
	cr_assert_eq(world_log_count(world, "\"PROVD_SESSION=0\""), 1);
	cr_assert_eq(world_log_count(world, "\"PROVD_METHOD=\""), 1);
	cr_assert_eq(world_log_count(world, "\"PROVD_REASON=\""), 1);
	cr_assert_eq(world_log_count(world, "\"PROVD_TEXT=\""), 1);
	cr_assert_eq(world_log_count(world, "\"PROVD_ADVICE=\""), 1);
	cr_assert_eq(world_log_count(world, "\"PROVD_RETRY=\""), 1);
	event.event = NULL;
	provd_hooks_raise(world->hooks, &event);
	world_until_ended(world, 1, 0);
	world_close(world);
}

Test(hooks_child, long_text_is_cut_between_characters, .timeout = TEST_TIMEOUT)
{
	struct hooks_world *world = world_open();
	char text[1200];
	struct provd_hook_event event = {.event = "failed", .text = text};

	/* 1023 bytes, then one character of two bytes. */
	memset(text, 'a', sizeof(text));
	memcpy(text + 1023, "\xc3\xa4", 2);
	text[sizeof(text) - 1] = '\0';
	world_script(world, "size", "#!/bin/sh\nprintf %s \"$PROVD_TEXT\" | wc -c\n");
	world_hook(world, "{\"on\": [\"failed\"], \"run\": [\"@/size\"]}");
	world_start(world);
	provd_hooks_raise(world->hooks, &event);
	world_until_ended(world, 1, 0);
	cr_assert_eq(world_log_count(world, "line=\"1023\""), 1, "%s", world->text);
	world_close(world);
}

Test(hooks_child, arguments_are_not_interpreted, .timeout = TEST_TIMEOUT)
{
	struct hooks_world *world = world_open();

	run_one(world, "{\"on\": [\"joining\"], \"run\": [\"/bin/echo\", \"$HOME;\", \"*\", "
		       "\"a  b\"]}");
	cr_assert_eq(world_log_count(world, "line=\"$HOME; * a  b\""), 1, "%s", world->text);
	world_close(world);
}

Test(hooks_child, sees_three_descriptors, .timeout = TEST_TIMEOUT)
{
	struct hooks_world *world = world_open();
	int low = open("/dev/zero", O_RDONLY);
	int high = fcntl(low, F_DUPFD, 200);

	cr_assert_geq(low, 0);
	cr_assert_geq(high, 200);
	run_one(world,
		"{\"on\": [\"joining\"], \"run\": [\"/bin/ls\", \"-l\", \"/proc/self/fd\"]}");
	cr_assert_eq(world_log_count(world, " 0 -> /dev/null\""), 1, "%s", world->text);
	cr_assert_eq(world_log_count(world, " 1 -> pipe:["), 1);
	cr_assert_eq(world_log_count(world, " 2 -> pipe:["), 1);
	/* The folder that ls reads is its fourth. */
	cr_assert_eq(world_log_count(world, " -> "), 4, "%s", world->text);
	cr_assert_eq(world_log_count(world, "/dev/zero"), 0);
	cr_assert_eq(close(low), 0);
	cr_assert_eq(close(high), 0);
	world_close(world);
}

Test(hooks_child, starts_with_default_signals, .timeout = TEST_TIMEOUT)
{
	struct hooks_world *world = world_open();
	sigset_t set;

	/* As the daemon does. */
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	cr_assert_eq(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	cr_assert_neq(signal(SIGPIPE, SIG_IGN), SIG_ERR);
	run_one(world, "{\"on\": [\"joining\"], \"run\": [\"/bin/grep\", \"^Sig\", "
		       "\"/proc/self/status\"]}");
	cr_assert_eq(world_log_count(world, "\"SigBlk:\\t0000000000000000\""), 1, "%s",
		     world->text);
	cr_assert_eq(world_log_count(world, "\"SigIgn:\\t0000000000000000\""), 1, "%s",
		     world->text);
	cr_assert_eq(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
	world_close(world);
}

Test(hooks_child, runs_in_a_group_of_its_own, .timeout = TEST_TIMEOUT)
{
	struct hooks_world *world = world_open();

	world_script(world, "group",
		     "#!/bin/sh\nread -r pid name state parent group session rest "
		     "</proc/self/stat\n[ \"$group\" = $$ ] && [ \"$session\" = $$ ] && pwd\n");
	run_one(world, "{\"on\": [\"joining\"], \"run\": [\"@/group\"]}");
	cr_assert_eq(world_log_count(world, "line=\"/\""), 1, "%s", world->text);
	world_close(world);
}

Test(hooks_child, output_is_bounded_and_escaped, .timeout = TEST_TIMEOUT)
{
	struct hooks_world *world = world_open();

	world_script(world, "print",
		     "#!/bin/sh\n"
		     "printf 'red \\033[31m\\r\\n\\nlast without end' >&2\n"
		     "[ \"$PROVD_EVENT\" != online ] || exit 0\n"
		     "printf '\\n'; i=0; while [ $i -lt 2000 ]; do\n"
		     "echo '0123456789 0123456789 0123456789'; i=$((i + 1)); done\n");
	world_hook(world, "{\"on\": [\"any\"], \"run\": [\"@/print\"]}");
	world_start(world);
	world_raise(world, "online", 1);
	world_until_ended(world, 1, 0);
	cr_assert_eq(world_log_count(world, "line=\"red \\x1b[31m\"\n"), 1, "%s", world->text);
	cr_assert_eq(world_log_count(world, "line=\"last without end\"\n"), 1);
	cr_assert_eq(world_log_count(world, SAYS), 2);
	/* The program is read to its end all the same, or it would hang. */
	world_raise(world, "joining", 1);
	world_until_ended(world, 2, 0);
	cr_assert_eq(world_log_count(world, "says more, which is not logged"), 1);
	cr_assert_eq(world_log_count(world, "line=\"0123456789 0123456789 0123456789\""), 123);
	world_close(world);
}
