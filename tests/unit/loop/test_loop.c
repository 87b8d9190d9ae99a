/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/loop.h"

#include <criterion/criterion.h>

#include <sched.h>
#include <stdlib.h>

#include "support.h"

/** What callbacks share. */
struct fixture {
	struct provd_loop *loop;
	struct provd_owner *owner;
	int calls;
	int order[8];
	uint64_t id;
	uint64_t other;
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

static void count(void *user)
{
	struct fixture *f = user;

	f->calls++;
}

Test(loop, ends_by_itself_without_owners, .timeout = TEST_TIMEOUT)
{
	struct provd_loop *loop = loop_open();

	provd_loop_run(loop);
	loop_shut(loop);
}

Test(loop, pool_size_is_set_only_if_unset, .timeout = TEST_TIMEOUT)
{
	struct provd_loop *loop = NULL;

	unsetenv("UV_THREADPOOL_SIZE");
	cr_assert_eq(provd_loop_create(7, &loop), 0);
	cr_assert_str_eq(getenv("UV_THREADPOOL_SIZE"), "7");
	cr_assert_eq(provd_loop_destroy(loop), 0);
	cr_assert_eq(provd_loop_create(9, &loop), 0);
	cr_assert_str_eq(getenv("UV_THREADPOOL_SIZE"), "7");
	cr_assert_eq(provd_loop_destroy(loop), 0);
}

Test(loop, destroy_refuses_owners_and_open_handles, .timeout = TEST_TIMEOUT)
{
	struct fixture f;
	uv_timer_t foreign;

	begin(&f);
	cr_assert_eq(provd_loop_destroy(f.loop), PROVD_E_BUSY);
	provd_owner_destroy(f.owner);
	cr_assert_eq(uv_timer_init(provd_loop_uv(f.loop), &foreign), 0);
	cr_assert_eq(provd_loop_destroy(f.loop), PROVD_E_BUSY);
	uv_close((uv_handle_t *)&foreign, NULL);
	loop_shut(f.loop);
}

static void stop_loop(void *user)
{
	struct fixture *f = user;

	f->calls++;
	provd_loop_stop(f->loop);
}

Test(loop, runs_until_stopped_while_an_owner_lives, .timeout = TEST_TIMEOUT)
{
	struct fixture f;

	begin(&f);
	cr_assert_eq(provd_timer_start(f.owner, 20, stop_loop, &f, &f.id), 0);
	provd_loop_run(f.loop);
	cr_assert_eq(f.calls, 1);
	/* A stop outside of a run ends the next one at once and costs no turn. */
	provd_loop_stop(f.loop);
	provd_loop_run(f.loop);
	cr_assert_eq(provd_defer(f.owner, count, &f), 0);
	provd_loop_turn(f.loop, 0);
	cr_assert_eq(f.calls, 2);
	end(&f);
}

Test(loop, stop_from_a_deferred_call_does_not_wait, .timeout = TEST_TIMEOUT)
{
	struct fixture f;

	begin(&f);
	cr_assert_eq(provd_defer(f.owner, stop_loop, &f), 0);
	provd_loop_run(f.loop);
	cr_assert_eq(f.calls, 1);
	end(&f);
}

static void count_wait(uv_prepare_t *prepare)
{
	int *turns = prepare->data;

	++*turns;
}

Test(loop, idle_loop_makes_no_wakeups, .timeout = TEST_TIMEOUT)
{
	struct fixture f;
	uv_prepare_t prepare;
	int turns = 0;

	begin(&f);
	cr_assert_eq(uv_prepare_init(provd_loop_uv(f.loop), &prepare), 0);
	prepare.data = &turns;
	cr_assert_eq(uv_prepare_start(&prepare, count_wait), 0);
	/* After a deferred call and a post, only the one timer may wake it. */
	cr_assert_eq(provd_defer(f.owner, count, &f), 0);
	cr_assert_eq(provd_post(f.owner, count, &f), 0);
	cr_assert_eq(provd_timer_start(f.owner, 300, stop_loop, &f, &f.id), 0);
	provd_loop_run(f.loop);
	cr_assert_eq(f.calls, 3);
	cr_assert_leq(turns, 6, "%d turns in 300 ms", turns);
	uv_close((uv_handle_t *)&prepare, NULL);
	end(&f);
}

Test(timer, fires_once_and_is_uncounted, .timeout = TEST_TIMEOUT)
{
	struct fixture f;

	begin(&f);
	cr_assert_eq(provd_timer_start(f.owner, 5, count, &f, &f.id), 0);
	cr_assert_neq(f.id, 0);
	cr_assert_eq(provd_owner_counts(f.owner).timers, 1);
	loop_until(f.loop, &f.calls, 1);
	cr_assert_eq(provd_owner_counts(f.owner).timers, 0);
	provd_timer_stop(f.owner, f.id);
	provd_timer_stop(f.owner, 0);
	end(&f);
	cr_assert_eq(f.calls, 1);
}

static void stop_self_and_other(void *user)
{
	struct fixture *f = user;

	f->calls++;
	provd_timer_stop(f->owner, f->id);
	provd_timer_stop(f->owner, f->other);
}

Test(timer, callback_stops_itself_and_another, .timeout = TEST_TIMEOUT)
{
	struct fixture f;
	struct fixture marker = {.calls = 0};
	uint64_t third;

	begin(&f);
	cr_assert_eq(provd_timer_start(f.owner, 0, stop_self_and_other, &f, &f.id), 0);
	cr_assert_eq(provd_timer_start(f.owner, 0, count, &marker, &f.other), 0);
	cr_assert_neq(f.id, f.other);
	cr_assert_eq(provd_timer_start(f.owner, 10, count, &f, &third), 0);
	loop_until(f.loop, &f.calls, 2);
	cr_assert_eq(marker.calls, 0);
	end(&f);
}

static void destroy_owner(void *user)
{
	struct fixture *f = user;

	f->calls++;
	provd_owner_destroy(f->owner);
	f->owner = NULL;
}

Test(timer, callback_destroys_its_owner, .timeout = TEST_TIMEOUT)
{
	struct fixture f;
	struct fixture marker = {.calls = 0};

	begin(&f);
	cr_assert_eq(provd_timer_start(f.owner, 0, destroy_owner, &f, &f.id), 0);
	cr_assert_eq(provd_timer_start(f.owner, 0, count, &marker, &f.other), 0);
	provd_loop_run(f.loop);
	cr_assert_eq(f.calls, 1);
	cr_assert_eq(marker.calls, 0);
	end(&f);
}

Test(timer, limit, .timeout = TEST_TIMEOUT)
{
	struct fixture f;
	uint64_t id = 99;
	int i;

	begin(&f);
	for (i = 0; i < PROVD_OWNER_TIMERS_MAX; i++)
		cr_assert_eq(provd_timer_start(f.owner, 60000, count, &f, &f.id), 0);
	cr_assert_eq(provd_timer_start(f.owner, 60000, count, &f, &id), PROVD_E_LIMIT);
	cr_assert_eq(id, 99);
	cr_assert_eq(provd_timer_start(f.owner, 1, NULL, &f, &id), PROVD_E_INVALID);
	cr_assert_eq(provd_owner_destroy(f.owner).timers, PROVD_OWNER_TIMERS_MAX);
	loop_shut(f.loop);
}

static void note_second(void *user)
{
	struct fixture *f = user;

	f->order[f->calls++] = 2;
}

static void note_first_and_defer(void *user)
{
	struct fixture *f = user;

	f->order[f->calls++] = 1;
	cr_assert_eq(provd_defer(f->owner, note_second, f), 0);
}

Test(defer, in_order_and_never_within_the_same_turn, .timeout = TEST_TIMEOUT)
{
	struct fixture f;

	begin(&f);
	cr_assert_eq(provd_defer(f.owner, note_first_and_defer, &f), 0);
	cr_assert_eq(provd_defer(f.owner, note_second, &f), 0);
	cr_assert_eq(f.calls, 0);
	cr_assert_eq(provd_owner_counts(f.owner).defers, 2);
	provd_loop_turn(f.loop, 0);
	cr_assert_eq(f.calls, 2);
	cr_assert_eq(f.order[0], 1);
	cr_assert_eq(f.order[1], 2);
	provd_loop_turn(f.loop, 0);
	cr_assert_eq(f.calls, 3);
	end(&f);
}

static void defer_from_timer(void *user)
{
	struct fixture *f = user;

	f->order[0] = 1;
	cr_assert_eq(provd_defer(f->owner, count, f), 0);
}

Test(defer, from_a_timer_waits_for_the_next_turn, .timeout = TEST_TIMEOUT)
{
	struct fixture f;

	begin(&f);
	cr_assert_eq(provd_timer_start(f.owner, 0, defer_from_timer, &f, &f.id), 0);
	provd_loop_turn(f.loop, 0);
	cr_assert_eq(f.order[0], 1);
	cr_assert_eq(f.calls, 0);
	provd_loop_turn(f.loop, 0);
	cr_assert_eq(f.calls, 1);
	end(&f);
}

Test(defer, callback_destroys_its_owner_and_drops_the_rest, .timeout = TEST_TIMEOUT)
{
	struct fixture f;
	struct provd_owner *kept;

	begin(&f);
	kept = provd_owner_ref(f.owner);
	cr_assert_eq(provd_defer(f.owner, destroy_owner, &f), 0);
	cr_assert_eq(provd_defer(f.owner, count, &f), 0);
	cr_assert_eq(provd_post(f.owner, count, &f), 0);
	provd_loop_run(f.loop);
	cr_assert_eq(f.calls, 1);
	cr_assert_eq(provd_defer(kept, count, &f), PROVD_E_STATE);
	cr_assert_eq(provd_post(kept, count, &f), PROVD_E_STATE);
	cr_assert_eq(provd_timer_start(kept, 0, count, &f, &f.id), PROVD_E_STATE);
	provd_owner_unref(kept);
	end(&f);
}

Test(post, limit_and_leftovers, .timeout = TEST_TIMEOUT)
{
	struct fixture f;
	int i;

	begin(&f);
	for (i = 0; i < PROVD_OWNER_POSTS_MAX; i++)
		cr_assert_eq(provd_post(f.owner, count, &f), 0);
	cr_assert_eq(provd_post(f.owner, count, &f), PROVD_E_LIMIT);
	loop_until(f.loop, &f.calls, PROVD_OWNER_POSTS_MAX);
	cr_assert_eq(provd_post(f.owner, count, &f), 0);
	cr_assert_eq(provd_owner_destroy(f.owner).posts, 1);
	loop_shut(f.loop);
	cr_assert_eq(f.calls, PROVD_OWNER_POSTS_MAX);
}

#define THREADS	   4
#define PER_THREAD 10000

struct poster {
	struct fixture *f;
	struct provd_owner *owner;
	pthread_t thread;
	int next; /**< on the loop thread */
	int wrong;
};

struct numbered {
	struct poster *poster;
	int number;
};

static void take_numbered(void *user)
{
	struct numbered *numbered = user;
	struct poster *poster = numbered->poster;

	if (numbered->number != poster->next++)
		poster->wrong++;
	poster->f->calls++;
	free(numbered);
}

static void *post_many(void *arg)
{
	struct poster *poster = arg;
	int i;

	for (i = 0; i < PER_THREAD; i++) {
		struct numbered *numbered = malloc(sizeof(*numbered));

		numbered->poster = poster;
		numbered->number = i;
		/* The limit is there for threads like this one. */
		while (provd_post(poster->owner, take_numbered, numbered) == PROVD_E_LIMIT)
			sched_yield();
	}
	provd_owner_unref(poster->owner);
	return NULL;
}

Test(post, four_threads_keep_their_order, .timeout = 60)
{
	struct poster posters[THREADS] = {{.next = 0}};
	struct fixture f;
	int i;

	begin(&f);
	for (i = 0; i < THREADS; i++) {
		posters[i].f = &f;
		posters[i].owner = provd_owner_ref(f.owner);
		cr_assert_eq(pthread_create(&posters[i].thread, NULL, post_many, &posters[i]), 0);
	}
	loop_until(f.loop, &f.calls, THREADS * PER_THREAD);
	for (i = 0; i < THREADS; i++) {
		pthread_join(posters[i].thread, NULL);
		cr_assert_eq(posters[i].wrong, 0);
		cr_assert_eq(posters[i].next, PER_THREAD);
	}
	end(&f);
}

Test(ids, never_repeat, .timeout = TEST_TIMEOUT)
{
	struct fixture f;
	uint64_t last = 0;
	int i;

	begin(&f);
	for (i = 0; i < 1000; i++) {
		uint64_t id = provd_loop_new_id(f.loop);

		cr_assert_gt(id, last);
		cr_assert_eq(provd_timer_start(f.owner, 1000, count, &f, &last), 0);
		cr_assert_gt(last, id);
		provd_timer_stop(f.owner, last);
	}
	end(&f);
}
