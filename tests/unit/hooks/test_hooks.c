/* SPDX-License-Identifier: Apache-2.0 */
/* Which program runs when, in which order, and what becomes of failures. */
#include "hooks_world.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Notes its event; says so when another one is running. */
static const char note[] = "#!/bin/sh\n"
			   "mkdir \"$1.lock\" || echo overlap >>\"$1\"\n"
			   "echo \"$PROVD_EVENT $PROVD_SESSION\" >>\"$1\"\n"
			   "rmdir \"$1.lock\"\n";

Test(hooks, run_in_order_one_at_a_time, .timeout = TEST_TIMEOUT)
{
	struct hooks_world *world = world_open();
	char text[1024];

	world_script(world, "note", note);
	world_hook(world, "{\"on\": [\"any\"], \"run\": [\"@/note\", \"@/out\"]}");
	world_start(world);
	for (uint64_t i = 1; i <= 5; i++)
		world_raise(world, i % 2 ? "joining" : "online", i);
	world_until_ended(world, 5, 0);
	world_read(world, "out", text, sizeof(text));
	cr_assert_str_eq(text, "joining 1\nonline 2\njoining 3\nonline 4\njoining 5\n");
	world_close(world);
}

Test(hooks, only_configured_events_run, .timeout = TEST_TIMEOUT)
{
	struct hooks_world *world = world_open();
	char text[1024];

	world_script(world, "note", note);
	world_hook(world, "{\"on\": [\"bound\", \"link-up\"], \"run\": [\"@/note\", \"@/one\"]}");
	world_hook(world, "{\"on\": [\"failed\"], \"run\": [\"@/note\", \"@/two\"]}");
	world_start(world);
	world_raise(world, "joining", 1);
	world_raise(world, "bound", 2);
	world_raise(world, "bind", 3);
	world_raise(world, "link-up", 0);
	world_raise(world, "failed", 4);
	world_until_ended(world, 3, 0);
	world_read(world, "one", text, sizeof(text));
	cr_assert_str_eq(text, "bound 2\nlink-up 0\n");
	world_read(world, "two", text, sizeof(text));
	cr_assert_str_eq(text, "failed 4\n");
	world_close(world);
}

Test(hooks, no_hooks_is_fine, .timeout = TEST_TIMEOUT)
{
	struct hooks_world *world = world_open();

	world_start(world);
	world_raise(world, "bound", 1);
	world_until_ended(world, 0, 0);
	world_close(world);
	provd_hooks_destroy(NULL);
}

Test(hooks, oldest_waiting_are_dropped, .timeout = TEST_TIMEOUT)
{
	struct hooks_world *world = world_open();
	char fifo[128];
	char text[4096];
	char expected[4096] = "1\n";
	size_t len = 2;
	int fd;

	/* The first one holds the queue until the pipe is written to. */
	world_script(world, "wait",
		     "#!/bin/sh\n"
		     "[ \"$PROVD_SESSION\" != 1 ] || read -r word <\"$1/fifo\"\n"
		     "echo \"$PROVD_SESSION\" >>\"$1/out\"\n");
	(void)snprintf(fifo, sizeof(fifo), "%s/fifo", world->dir);
	cr_assert_eq(mkfifo(fifo, 0600), 0);
	fd = open(fifo, O_RDWR | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	world_hook(world, "{\"on\": [\"any\"], \"run\": [\"@/wait\", \"@\"]}");
	world_start(world);
	for (uint64_t i = 1; i <= 41; i++)
		world_raise(world, "joining", i);
	cr_assert_eq(world_log_count(world, "the oldest is dropped"), 8);
	cr_assert_eq(world_log_count(world, "session=9 \"too much waits"), 1);
	cr_assert_eq(write(fd, "go\n", 3), 3);
	world_until_ended(world, 33, 8);
	for (int i = 10; i <= 41; i++)
		len += (size_t)snprintf(expected + len, sizeof(expected) - len, "%d\n", i);
	world_read(world, "out", text, sizeof(text));
	cr_assert_str_eq(text, expected);
	cr_assert_eq(close(fd), 0);
	world_close(world);
}

Test(hooks, one_hook_does_not_hold_another, .timeout = TEST_TIMEOUT)
{
	struct hooks_world *world = world_open();

	world_hook(world, "{\"on\": [\"any\"], \"run\": [\"/bin/sleep\", \"1000\"]}");
	world_hook(world, "{\"on\": [\"any\"], \"run\": [\"/bin/true\"]}");
	world_start(world);
	world_raise(world, "joining", 1);
	world_raise(world, "online", 1);
	world_until_log(world, "program has ended\" program=\"/bin/true\"", 2);
	world_close(world);
}

Test(hooks, program_that_cannot_be_started, .timeout = TEST_TIMEOUT)
{
	static const char start[] = "\"a hook's program cannot be started\" program=\"%s/%s\" "
				    "on=\"bound\" reason=\"%s\"\n";
	struct hooks_world *world = world_open();
	char line[512];
	char path[128];

	world_script(world, "plain", "#!/bin/sh\n");
	(void)snprintf(path, sizeof(path), "%s/plain", world->dir);
	cr_assert_eq(chmod(path, 0600), 0);
	world_hook(world, "{\"on\": [\"bound\"], \"run\": [\"@/missing\"]}");
	world_hook(world, "{\"on\": [\"bound\"], \"run\": [\"@/plain\"]}");
	world_hook(world, "{\"on\": [\"bound\"], \"run\": [\"/bin/true\"]}");
	world_start(world);
	world_raise(world, "bound", 1);
	(void)snprintf(line, sizeof(line), start, world->dir, "missing",
		       "no such file or directory");
	cr_assert_eq(world_log_count(world, line), 1, "%s", world->text);
	(void)snprintf(line, sizeof(line), start, world->dir, "plain", "permission denied");
	cr_assert_eq(world_log_count(world, line), 1, "%s", world->text);
	cr_assert_eq(world_log_count(world, " warn "), 2);
	world_until_ended(world, 1, 2);
	/* It is looked for anew each time. */
	world_script(world, "missing", "#!/bin/sh\n");
	world_raise(world, "bound", 2);
	world_until_ended(world, 3, 3);
	world_close(world);
}

Test(hooks, failing_programs_are_told, .timeout = TEST_TIMEOUT)
{
	struct hooks_world *world = world_open();

	world_script(world, "three", "#!/bin/sh\nexit 3\n");
	world_script(world, "abort", "#!/bin/sh\nkill -9 $$\n");
	world_hook(world, "{\"on\": [\"bound\"], \"run\": [\"@/three\"]}");
	world_hook(world, "{\"on\": [\"failed\"], \"run\": [\"@/abort\"]}");
	world_start(world);
	world_raise(world, "bound", 7);
	world_raise(world, "failed", 7);
	world_until_ended(world, 2, 2);
	cr_assert_eq(world_log_count(world, "three\" on=\"bound\" status=3\n"), 1);
	cr_assert_eq(world_log_count(world, "abort\" on=\"failed\" signal=9\n"), 1);
	world_close(world);
}

static size_t descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	cr_assert_not_null(dir);
	while (readdir(dir))
		count++;
	(void)closedir(dir);
	return count;
}

Test(hooks, a_thousand_events_leave_nothing, .timeout = TEST_TIMEOUT)
{
	struct hooks_world *world = world_open();
	struct provd_hooks_stats stats;
	size_t before;

	world_hook(world, "{\"on\": [\"joining\"], \"run\": [\"/bin/true\"]}");
	world_hook(world, "{\"on\": [\"online\"], \"run\": [\"@/missing\"]}");
	world_start(world);
	world_raise(world, "joining", 1);
	world_until_ended(world, 1, 0);
	before = descriptors();
	for (uint64_t i = 0; i < 1000; i++) {
		world_raise(world, i % 5 ? "online" : "joining", i);
		provd_loop_turn(world->loop, 0);
	}
	do {
		stats = provd_hooks_get_stats(world->hooks);
		world_until_log(world, "/bin/true\" on=\"joining\" took", stats.run);
	} while (stats.run != provd_hooks_get_stats(world->hooks).run);
	/* Of the 200 some may have been dropped on a slow machine: those count as failed. */
	cr_assert_eq(stats.run + stats.failed, 1001);
	cr_assert_geq(stats.failed, 800);
	cr_assert_gt(stats.run, 32);
	cr_assert_eq(descriptors(), before);
	world_close(world);
}
