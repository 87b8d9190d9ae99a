/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Posts from threads, jobs, cancel and the end of an owner while threads still post: for
 * ThreadSanitizer, under which Criterion does not start. Returns 0 when all counts are right.
 */
#include "loop/loop.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#define THREADS 4
#define POSTS	2000
#define JOBS	40

struct test {
	struct provd_loop *loop;
	struct provd_owner *owner;
	int posts; /* loop thread */
	int results;
	int canceled;
	int released;
	int from_jobs;
	atomic_int late; /* posts refused after the owner's end */
};

static void take_post(void *user)
{
	struct test *test = user;

	if (++test->posts == THREADS * POSTS)
		provd_loop_stop(test->loop);
}

static void *post_many(void *arg)
{
	struct test *test = arg;
	int i;

	for (i = 0; i < POSTS; i++) {
		while (provd_post(test->owner, take_post, test) == PROVD_E_LIMIT)
			(void)sched_yield();
	}
	return NULL;
}

static void nothing(void *user)
{
	(void)user;
}

static void *post_until_refused(void *arg)
{
	struct test *test = arg;
	int rc;

	do {
		rc = provd_post(test->owner, nothing, test);
	} while (rc == 0 || rc == PROVD_E_LIMIT);
	atomic_fetch_add(&test->late, rc == PROVD_E_STATE);
	provd_owner_unref(test->owner);
	return NULL;
}

static void take_job_post(void *user)
{
	struct test *test = user;

	test->from_jobs++;
}

static int job_run(void *user)
{
	struct test *test = user;

	(void)provd_loop_now_us(test->loop);
	return provd_post(test->owner, take_job_post, test) ? PROVD_E_STATE : 0;
}

static void job_done(void *user, int status)
{
	struct test *test = user;

	if (status == PROVD_E_CANCELED)
		test->canceled++;
	else
		test->results++;
}

static void job_release(void *user)
{
	struct test *test = user;

	if (++test->released == JOBS)
		provd_loop_stop(test->loop);
}

static int phase_posts(struct test *test)
{
	pthread_t threads[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		if (pthread_create(&threads[i], NULL, post_many, test))
			return 1;
	}
	provd_loop_run(test->loop);
	for (i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	return test->posts != THREADS * POSTS;
}

static int phase_jobs(struct test *test)
{
	struct provd_work work = {.size = sizeof(work),
				  .timeout_ms = 60000,
				  .run = job_run,
				  .done = job_done,
				  .release = job_release,
				  .user = test};
	uint64_t ids[JOBS];
	int i;

	for (i = 0; i < JOBS; i++) {
		if (provd_work_start(test->owner, &work, &ids[i]))
			return 1;
	}
	for (i = 0; i < JOBS; i += 2)
		provd_work_cancel(test->owner, ids[i]);
	provd_loop_run(test->loop);
	/* The last post of a job may still be on its way. */
	provd_loop_turn(test->loop, 0);
	return test->results + test->canceled != JOBS || test->canceled != JOBS / 2 ||
	       test->released != JOBS;
}

static int phase_end(struct test *test)
{
	struct provd_work work = {.size = sizeof(work),
				  .run = job_run,
				  .done = job_done,
				  .release = job_release,
				  .user = test};
	pthread_t threads[THREADS];
	uint64_t id;
	int i;

	test->released = JOBS;
	for (i = 0; i < THREADS; i++) {
		(void)provd_owner_ref(test->owner);
		if (pthread_create(&threads[i], NULL, post_until_refused, test))
			return 1;
	}
	for (i = 0; i < 100; i++)
		provd_loop_turn(test->loop, 0);
	/* The job may still run when its owner has ended; it reaches it by the job's reference. */
	if (provd_work_start(test->owner, &work, &id))
		return 1;
	(void)provd_owner_destroy(test->owner);
	for (i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	return provd_loop_destroy(test->loop) != 0 || test->late != THREADS ||
	       test->released != JOBS + 1;
}

int main(void)
{
	struct test test = {.posts = 0};
	int failed;

	if (provd_loop_create(4, &test.loop) || provd_owner_create(test.loop, "t", &test.owner))
		return 1;
	failed = phase_posts(&test);
	failed |= phase_jobs(&test) << 1;
	failed |= phase_end(&test) << 2;
	if (failed)
		(void)fprintf(stderr, "failed phases: %#x\n", (unsigned)failed);
	return failed != 0;
}
