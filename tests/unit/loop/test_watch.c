/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/loop.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support.h"

/** What callbacks share. */
struct fixture {
	struct provd_loop *loop;
	struct provd_owner *owner;
	int calls;
	uint64_t id;
	uint64_t other;
	int fds[2];
	uint32_t events;
};

static void begin(struct fixture *f)
{
	*f = (struct fixture){.calls = 0};
	f->loop = loop_open();
	cr_assert_eq(provd_owner_create(f->loop, "test", &f->owner), 0);
}

static void end(struct fixture *f)
{
	provd_owner_destroy(f->owner);
	loop_shut(f->loop);
}

static void stop_loop(void *user)
{
	struct fixture *f = user;

	f->calls++;
	provd_loop_stop(f->loop);
}

static void destroy_owner(void *user)
{
	struct fixture *f = user;

	f->calls++;
	provd_owner_destroy(f->owner);
	f->owner = NULL;
}

static void take_byte(void *user, uint32_t events)
{
	struct fixture *f = user;
	char byte;

	f->events = events;
	if (read(f->fds[0], &byte, 1) == 1)
		f->calls++;
}

static void watch_pipe(struct fixture *f)
{
	begin(f);
	cr_assert_eq(pipe2(f->fds, O_CLOEXEC), 0);
}

static void close_pipe(struct fixture *f)
{
	end(f);
	close(f->fds[0]);
	close(f->fds[1]);
}

Test(watch, reports_again_and_again, .timeout = TEST_TIMEOUT)
{
	struct fixture f;

	watch_pipe(&f);
	cr_assert_eq(provd_watch_start(f.owner, f.fds[0], PROVD_FD_READ, take_byte, &f, &f.id), 0);
	cr_assert_eq(write(f.fds[1], "abc", 3), 3);
	loop_until(f.loop, &f.calls, 3);
	cr_assert_eq(f.events, PROVD_FD_READ);
	cr_assert_eq(provd_owner_counts(f.owner).watches, 1);
	provd_watch_stop(f.owner, f.id);
	provd_watch_stop(f.owner, f.id);
	cr_assert_eq(provd_owner_counts(f.owner).watches, 0);
	close_pipe(&f);
}

static void unwatch_inside(void *user, uint32_t events)
{
	struct fixture *f = user;

	(void)events;
	f->calls++;
	provd_watch_stop(f->owner, f->id);
}

Test(watch, unwatch_inside_and_watch_again, .timeout = TEST_TIMEOUT)
{
	struct fixture f;

	watch_pipe(&f);
	cr_assert_eq(write(f.fds[1], "a", 1), 1);
	cr_assert_eq(provd_watch_start(f.owner, f.fds[0], PROVD_FD_READ, unwatch_inside, &f, &f.id),
		     0);
	loop_until(f.loop, &f.calls, 1);
	provd_loop_turn(f.loop, 0);
	cr_assert_eq(f.calls, 1);
	cr_assert_eq(provd_watch_start(f.owner, f.fds[0], PROVD_FD_READ, take_byte, &f, &f.id), 0);
	loop_until(f.loop, &f.calls, 2);
	close_pipe(&f);
}

static void destroy_owner_watch(void *user, uint32_t events)
{
	(void)events;
	destroy_owner(user);
}

Test(watch, callback_destroys_its_owner, .timeout = TEST_TIMEOUT)
{
	struct fixture f;

	watch_pipe(&f);
	cr_assert_eq(write(f.fds[1], "a", 1), 1);
	cr_assert_eq(
		provd_watch_start(f.owner, f.fds[0], PROVD_FD_READ, destroy_owner_watch, &f, &f.id),
		0);
	provd_loop_run(f.loop);
	cr_assert_eq(f.calls, 1);
	close_pipe(&f);
}

Test(watch, refusals, .timeout = TEST_TIMEOUT)
{
	struct fixture f;
	uint64_t id = 0;
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	watch_pipe(&f);
	cr_assert_eq(provd_watch_start(f.owner, f.fds[0], PROVD_FD_READ, take_byte, &f, &f.id), 0);
	cr_assert_eq(provd_watch_start(f.owner, f.fds[0], PROVD_FD_READ, take_byte, &f, &id),
		     PROVD_E_EXISTS);
	cr_assert_eq(provd_watch_start(f.owner, -1, PROVD_FD_READ, take_byte, &f, &id),
		     PROVD_E_INVALID);
	cr_assert_eq(provd_watch_start(f.owner, f.fds[1], 0, take_byte, &f, &id), PROVD_E_INVALID);
	cr_assert_eq(provd_watch_start(f.owner, f.fds[1], PROVD_FD_ERROR, take_byte, &f, &id),
		     PROVD_E_INVALID);
	cr_assert_eq(provd_watch_start(f.owner, file, PROVD_FD_READ, take_byte, &f, &id),
		     PROVD_E_INVALID);
	cr_assert_eq(id, 0);
	cr_assert_eq(provd_owner_counts(f.owner).watches, 1);
	close_pipe(&f);
	close(file);
}

static void count_error(void *user, uint32_t events)
{
	struct fixture *f = user;

	f->events = events;
	f->calls++;
}

Test(watch, an_error_that_stays_does_not_spin, .timeout = TEST_TIMEOUT)
{
	struct fixture f;

	watch_pipe(&f);
	close(f.fds[0]);
	cr_assert_eq(provd_watch_start(f.owner, f.fds[1], PROVD_FD_WRITE, count_error, &f, &f.id),
		     0);
	loop_until(f.loop, &f.calls, 1);
	cr_assert(f.events & PROVD_FD_ERROR);
	cr_assert_eq(provd_timer_start(f.owner, 50, stop_loop, &f, &f.other), 0);
	provd_loop_run(f.loop);
	cr_assert_leq(f.calls, 17);
	f.fds[0] = -1;
	close_pipe(&f);
}

Test(watch, refused_after_the_end_of_the_owner, .timeout = TEST_TIMEOUT)
{
	struct provd_owner *kept;
	struct fixture f;

	watch_pipe(&f);
	kept = provd_owner_ref(f.owner);
	provd_owner_destroy(f.owner);
	cr_assert_eq(provd_watch_start(kept, f.fds[0], PROVD_FD_READ, take_byte, &f, &f.id),
		     PROVD_E_STATE);
	provd_owner_unref(kept);
	f.owner = NULL;
	close_pipe(&f);
}

Test(watch, limit, .timeout = TEST_TIMEOUT)
{
	static int fds[PROVD_OWNER_WATCHES_MAX + 1];
	struct fixture f;
	int i;

	begin(&f);
	for (i = 0; i <= PROVD_OWNER_WATCHES_MAX; i++) {
		fds[i] = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		cr_assert_geq(fds[i], 0);
		cr_assert_eq(
			provd_watch_start(f.owner, fds[i], PROVD_FD_READ, take_byte, &f, &f.id),
			i < PROVD_OWNER_WATCHES_MAX ? 0 : PROVD_E_LIMIT);
	}
	cr_assert_eq(provd_owner_destroy(f.owner).watches, PROVD_OWNER_WATCHES_MAX);
	loop_shut(f.loop);
	for (i = 0; i <= PROVD_OWNER_WATCHES_MAX; i++)
		close(fds[i]);
}
