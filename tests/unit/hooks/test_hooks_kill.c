/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that do not end by themselves. */
#include "hooks_world.h"

#include <criterion/criterion.h>

#include <signal.h>

/* Starts one of its own that ignores SIGTERM, notes both numbers and waits. */
static const char tree[] = "#!/bin/sh\n"
			   "[ -z \"$2\" ] || trap '' TERM\n"
			   "sh -c 'trap \"\" TERM; echo $$ >\"$1/child.tmp\"\n"
			   "mv \"$1/child.tmp\" \"$1/child\"; sleep 1000; sleep 1000' sh \"$1\" &\n"
			   "echo $$ >\"$1/parent.tmp\"; mv \"$1/parent.tmp\" \"$1/parent\"\n"
			   "while :; do wait; done\n";

static void time_limit(const char *json, size_t ended)
{
	struct hooks_world *world = world_open();
	long parent;
	long child;

	world_script(world, "tree", tree);
	world_hook(world, json);
	world_start(world);
	world_raise(world, "joining", 5);
	parent = world_until_number(world, "parent");
	child = world_until_number(world, "child");
	cr_assert_not(process_gone(parent));
	cr_assert_not(process_gone(child));
	world_until_ended(world, 1, 1);
	cr_assert_eq(world_log_count(world, "session=5 \"a hook's program took too long"), 1);
	cr_assert_eq(world_log_count(world, " warn "), ended);
	world_until_gone(world, parent);
	world_until_gone(world, child);
	world_close(world);
}

Test(hooks_kill, time_limit_ends_all_it_has_started, .timeout = TEST_TIMEOUT)
{
	time_limit("{\"on\": [\"any\"], \"run\": [\"@/tree\", \"@\"], \"timeout\": \"3s\"}", 1);
}

Test(hooks_kill, time_limit_of_one_that_ignores_sigterm, .timeout = TEST_TIMEOUT)
{
	time_limit("{\"on\": [\"any\"], \"run\": [\"@/tree\", \"@\", \"deaf\"], "
		   "\"timeout\": \"3s\"}",
		   1);
}

Test(hooks_kill, next_one_runs_after_the_time_limit, .timeout = TEST_TIMEOUT)
{
	struct hooks_world *world = world_open();

	world_script(world, "once",
		     "#!/bin/sh\n[ \"$PROVD_SESSION\" != 1 ] || exec sleep 1000\necho next\n");
	world_hook(world, "{\"on\": [\"any\"], \"run\": [\"@/once\"], \"timeout\": \"3s\"}");
	world_start(world);
	world_raise(world, "joining", 1);
	world_raise(world, "joining", 2);
	world_until_ended(world, 2, 1);
	cr_assert_eq(world_log_count(world, "line=\"next\""), 1);
	world_close(world);
}

Test(hooks_kill, program_that_prints_without_end, .timeout = TEST_TIMEOUT)
{
	struct hooks_world *world = world_open();

	world_hook(world, "{\"on\": [\"any\"], \"run\": [\"/usr/bin/yes\"], "
			  "\"timeout\": \"1s\"}");
	world_start(world);
	world_raise(world, "joining", 1);
	world_until_ended(world, 1, 1);
	cr_assert_eq(world_log_count(world, "says more, which is not logged"), 1);
	world_close(world);
}

Test(hooks_kill, what_it_leaves_in_the_background_does_not_hold_the_queue, .timeout = TEST_TIMEOUT)
{
	struct hooks_world *world = world_open();
	long left;

	/* It holds the output open; the next program runs all the same. */
	world_script(world, "leave",
		     "#!/bin/sh\n[ \"$PROVD_SESSION\" = 1 ] || exit 0\n"
		     "sleep 20 & echo $! >\"$1/pid\"\n");
	world_hook(world, "{\"on\": [\"any\"], \"run\": [\"@/leave\", \"@\"]}");
	world_start(world);
	world_raise(world, "joining", 1);
	world_raise(world, "joining", 2);
	world_until_ended(world, 2, 0);
	left = world_until_number(world, "pid");
	cr_assert_not(process_gone(left));
	cr_assert_eq(kill((pid_t)left, SIGKILL), 0);
	world_close(world);
}

Test(hooks_kill, destroy_ends_all_at_once, .timeout = TEST_TIMEOUT)
{
	struct hooks_world *world = world_open();
	struct provd_hooks *hooks;
	uint64_t start_us;
	long parent;
	long child;

	world_script(world, "tree", tree);
	world_hook(world, "{\"on\": [\"any\"], \"run\": [\"@/tree\", \"@\", \"deaf\"]}");
	world_hook(world, "{\"on\": [\"any\"], \"run\": [\"/bin/sleep\", \"1000\"]}");
	world_start(world);
	world_raise(world, "joining", 1);
	world_raise(world, "joining", 2);
	parent = world_until_number(world, "parent");
	child = world_until_number(world, "child");
	start_us = provd_loop_now_us(world->loop);
	hooks = world->hooks;
	world->hooks = NULL;
	provd_hooks_destroy(hooks);
	cr_assert_lt(provd_loop_now_us(world->loop) - start_us, 5000000);
	world_until_gone(world, parent);
	world_until_gone(world, child);
	/* Asks that no child is left and the loop has no handle. */
	world_close(world);
}
