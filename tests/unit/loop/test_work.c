/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/loop.h"

#include <criterion/criterion.h>

#include "support.h"

/** A job and what became of it. */
struct job {
	struct gate *gate;
	struct provd_owner *owner; /**< destroyed by `done` when not NULL */
	int result;
	int ran;
	int done;
	int status;
	int released;
	int released_before_done;
	int *sequence;
	int place; /**< in the order of `done` */
	uint64_t id;
};

static int run(void *user)
{
	struct job *job = user;

	gate_pass(job->gate);
	job->ran = 1;
	return job->result;
}

static void done(void *user, int status)
{
	struct job *job = user;

	job->done++;
	job->status = status;
	if (job->sequence)
		job->place = ++*job->sequence;
	if (job->owner)
		provd_owner_destroy(job->owner);
}

static void release(void *user)
{
	struct job *job = user;

	if (!job->done)
		job->released_before_done = 1;
	job->released++;
}

static int start(struct provd_owner *owner, struct job *job, struct gate *gate, uint64_t timeout_ms)
{
	struct provd_work work = {.size = sizeof(work),
				  .timeout_ms = timeout_ms,
				  .run = run,
				  .done = done,
				  .release = release,
				  .user = job};

	job->gate = gate;
	return provd_work_start(owner, &work, &job->id);
}

static struct provd_owner *owner_open(struct provd_loop *loop)
{
	struct provd_owner *owner = NULL;

	cr_assert_eq(provd_owner_create(loop, "jobs", &owner), 0);
	return owner;
}

static void expect_once(const struct job *job, int status)
{
	cr_assert_eq(job->done, 1);
	cr_assert_eq(job->status, status, "status %d, not %d", job->status, status);
	cr_assert_eq(job->released, 1);
	cr_assert_eq(job->released_before_done, 0);
}

Test(work, result_arrives, .timeout = TEST_TIMEOUT)
{
	struct provd_loop *loop = loop_open();
	struct provd_owner *owner = owner_open(loop);
	struct job job = {.result = PROVD_E_IO};
	struct gate gate;

	gate_init(&gate);
	gate_open(&gate);
	cr_assert_eq(start(owner, &job, &gate, 0), 0);
	cr_assert_eq(job.done, 0);
	cr_assert_eq(provd_owner_counts(owner).works, 1);
	loop_until(loop, &job.released, 1);
	expect_once(&job, PROVD_E_IO);
	cr_assert_eq(provd_owner_counts(owner).works, 0);
	provd_work_cancel(owner, job.id);
	provd_owner_destroy(owner);
	loop_shut(loop);
	expect_once(&job, PROVD_E_IO);
	gate_finish(&gate);
}

Test(work, one_at_a_time_in_order, .timeout = TEST_TIMEOUT)
{
	struct provd_loop *loop = loop_open();
	struct provd_owner *owner = owner_open(loop);
	struct job jobs[8] = {{.result = 0}};
	struct gate gate;
	int sequence = 0;
	int i;

	gate_init(&gate);
	for (i = 0; i < 8; i++) {
		jobs[i].sequence = &sequence;
		cr_assert_eq(start(owner, &jobs[i], &gate, 0), 0);
	}
	gate_wait_entered(&gate, 1);
	gate_open(&gate);
	loop_until(loop, &sequence, 8);
	for (i = 0; i < 8; i++) {
		expect_once(&jobs[i], 0);
		cr_assert_eq(jobs[i].place, i + 1);
	}
	cr_assert_eq(gate.most_inside, 1);
	provd_owner_destroy(owner);
	loop_shut(loop);
	gate_finish(&gate);
}

Test(work, owners_have_lanes_of_their_own, .timeout = TEST_TIMEOUT)
{
	struct provd_loop *loop = loop_open();
	struct provd_owner *a = owner_open(loop);
	struct provd_owner *b = owner_open(loop);
	struct job first = {.result = 0};
	struct job second = {.result = 0};
	struct gate gate;

	gate_init(&gate);
	cr_assert_eq(start(a, &first, &gate, 0), 0);
	cr_assert_eq(start(b, &second, &gate, 0), 0);
	gate_wait_entered(&gate, 2);
	gate_open(&gate);
	loop_until(loop, &first.released, 1);
	loop_until(loop, &second.released, 1);
	provd_owner_destroy(a);
	provd_owner_destroy(b);
	loop_shut(loop);
	gate_finish(&gate);
}

Test(work, cancel_of_a_queued_job_removes_it, .timeout = TEST_TIMEOUT)
{
	struct provd_loop *loop = loop_open();
	struct provd_owner *owner = owner_open(loop);
	struct job jobs[3] = {{.result = 0}};
	struct gate gate;
	int i;

	gate_init(&gate);
	for (i = 0; i < 3; i++)
		cr_assert_eq(start(owner, &jobs[i], &gate, 60000), 0);
	gate_wait_entered(&gate, 1);
	provd_work_cancel(owner, jobs[1].id);
	provd_work_cancel(owner, jobs[1].id);
	provd_work_cancel(owner, 0);
	cr_assert_eq(jobs[1].done, 0, "not from within the call");
	provd_loop_turn(loop, 0);
	expect_once(&jobs[1], PROVD_E_CANCELED);
	gate_open(&gate);
	loop_until(loop, &jobs[2].released, 1);
	expect_once(&jobs[0], 0);
	expect_once(&jobs[1], PROVD_E_CANCELED);
	expect_once(&jobs[2], 0);
	cr_assert_eq(jobs[1].ran, 0);
	provd_owner_destroy(owner);
	loop_shut(loop);
	gate_finish(&gate);
}

Test(work, cancel_while_running_drops_the_result_and_keeps_the_lane, .timeout = TEST_TIMEOUT)
{
	struct provd_loop *loop = loop_open();
	struct provd_owner *owner = owner_open(loop);
	struct job job = {.result = 0};
	struct job next = {.result = 0};
	struct gate gate;
	struct gate next_gate;

	gate_init(&gate);
	gate_init(&next_gate);
	gate_open(&next_gate);
	cr_assert_eq(start(owner, &job, &gate, 0), 0);
	cr_assert_eq(start(owner, &next, &next_gate, 0), 0);
	gate_wait_entered(&gate, 1);
	provd_work_cancel(owner, job.id);
	cr_assert_eq(provd_owner_counts(owner).stuck, 1);
	cr_assert_eq(provd_owner_counts(owner).works, 1);
	provd_loop_turn(loop, 0);
	cr_assert_eq(job.done, 1);
	cr_assert_eq(job.status, PROVD_E_CANCELED);
	cr_assert_eq(job.released, 0);
	cr_assert_eq(next_gate.entered, 0);
	gate_open(&gate);
	loop_until(loop, &next.released, 1);
	expect_once(&job, PROVD_E_CANCELED);
	expect_once(&next, 0);
	provd_owner_destroy(owner);
	loop_shut(loop);
	gate_finish(&gate);
	gate_finish(&next_gate);
}

Test(work, timeout_while_running_and_while_queued, .timeout = TEST_TIMEOUT)
{
	struct provd_loop *loop = loop_open();
	struct provd_owner *owner = owner_open(loop);
	struct job job = {.result = 0};
	struct job queued = {.result = 0};
	struct gate gate;

	gate_init(&gate);
	cr_assert_eq(start(owner, &job, &gate, 20), 0);
	cr_assert_eq(start(owner, &queued, &gate, 25), 0);
	gate_wait_entered(&gate, 1);
	loop_until(loop, &queued.released, 1);
	expect_once(&queued, PROVD_E_TIMEOUT);
	cr_assert_eq(queued.ran, 0);
	cr_assert_eq(job.done, 1);
	cr_assert_eq(job.status, PROVD_E_TIMEOUT);
	cr_assert_eq(job.released, 0);
	cr_assert_eq(provd_owner_counts(owner).stuck, 1);
	gate_open(&gate);
	loop_until(loop, &job.released, 1);
	expect_once(&job, PROVD_E_TIMEOUT);
	provd_owner_destroy(owner);
	loop_shut(loop);
	gate_finish(&gate);
}

static void note_freed(void *user)
{
	int *freed = user;

	*freed = 1;
}

Test(work, owner_destroyed_while_a_job_runs, .timeout = TEST_TIMEOUT)
{
	struct provd_loop *loop = loop_open();
	struct provd_owner *owner = owner_open(loop);
	struct job job = {.result = 0};
	struct job queued = {.result = 0};
	struct gate gate;
	int freed = 0;

	gate_init(&gate);
	provd_owner_on_free(owner, note_freed, &freed);
	cr_assert_eq(start(owner, &job, &gate, 60000), 0);
	cr_assert_eq(start(owner, &queued, &gate, 60000), 0);
	gate_wait_entered(&gate, 1);
	cr_assert_eq(provd_owner_destroy(owner).works, 2);
	cr_assert_eq(job.done, 1);
	cr_assert_eq(job.status, PROVD_E_CANCELED);
	cr_assert_eq(job.released, 0);
	expect_once(&queued, PROVD_E_CANCELED);
	cr_assert_eq(freed, 0);
	gate_open(&gate);
	loop_shut(loop);
	expect_once(&job, PROVD_E_CANCELED);
	cr_assert_eq(job.ran, 1);
	cr_assert_eq(queued.ran, 0);
	cr_assert_eq(freed, 1);
	gate_finish(&gate);
}

Test(work, cancel_and_owner_destroyed_on_the_same_turn, .timeout = TEST_TIMEOUT)
{
	struct provd_loop *loop = loop_open();
	struct provd_owner *owner = owner_open(loop);
	struct job jobs[2] = {{.result = 0}};
	struct gate gate;

	gate_init(&gate);
	cr_assert_eq(start(owner, &jobs[0], &gate, 0), 0);
	cr_assert_eq(start(owner, &jobs[1], &gate, 0), 0);
	gate_wait_entered(&gate, 1);
	provd_work_cancel(owner, jobs[0].id);
	provd_work_cancel(owner, jobs[1].id);
	provd_owner_destroy(owner);
	gate_open(&gate);
	loop_shut(loop);
	expect_once(&jobs[0], PROVD_E_CANCELED);
	expect_once(&jobs[1], PROVD_E_CANCELED);
	gate_finish(&gate);
}

/* `how`: 0 its result, 1 cancel, 2 time-out while running, 3 time-out while queued. */
static void destroy_in_done(int how)
{
	struct provd_loop *loop = loop_open();
	struct provd_owner *owner = owner_open(loop);
	struct job job = {.owner = owner};
	struct job other = {.result = 0};
	struct gate gate;

	gate_init(&gate);
	if (how == 3)
		cr_assert_eq(start(owner, &other, &gate, 0), 0);
	cr_assert_eq(start(owner, &job, &gate, how >= 2 ? 10 : 0), 0);
	if (how != 3)
		cr_assert_eq(start(owner, &other, &gate, 0), 0);
	gate_wait_entered(&gate, 1);
	if (how == 0)
		gate_open(&gate);
	if (how == 1)
		provd_work_cancel(owner, job.id);
	loop_until(loop, &job.done, 1);
	gate_open(&gate);
	loop_shut(loop);
	cr_assert_eq(job.released, 1);
	cr_assert_eq(job.done, 1);
	expect_once(&other, PROVD_E_CANCELED);
	gate_finish(&gate);
}

Test(work, done_destroys_the_owner_after_the_result, .timeout = TEST_TIMEOUT)
{
	destroy_in_done(0);
}

Test(work, done_destroys_the_owner_after_a_cancel, .timeout = TEST_TIMEOUT)
{
	destroy_in_done(1);
}

Test(work, done_destroys_the_owner_after_a_timeout, .timeout = TEST_TIMEOUT)
{
	destroy_in_done(2);
}

Test(work, done_destroys_the_owner_after_a_timeout_in_the_queue, .timeout = TEST_TIMEOUT)
{
	destroy_in_done(3);
}

Test(work, refusals, .timeout = TEST_TIMEOUT)
{
	struct provd_loop *loop = loop_open();
	struct provd_owner *owner = owner_open(loop);
	struct provd_work work = {.size = sizeof(work), .run = run, .done = NULL};
	uint64_t id = 5;

	cr_assert_eq(provd_work_start(owner, &work, &id), PROVD_E_INVALID);
	work.done = done;
	work.size = 8;
	cr_assert_eq(provd_work_start(owner, &work, &id), PROVD_E_INVALID);
	cr_assert_eq(provd_work_start(owner, NULL, &id), PROVD_E_INVALID);
	cr_assert_eq(id, 5);
	provd_owner_destroy(owner);
	loop_shut(loop);
}

Test(work, limit, .timeout = TEST_TIMEOUT)
{
	static struct job jobs[PROVD_OWNER_WORKS_MAX];
	struct provd_loop *loop = loop_open();
	struct provd_owner *owner = owner_open(loop);
	struct job job = {.result = 0};
	struct gate gate;
	int i;

	gate_init(&gate);
	for (i = 0; i < PROVD_OWNER_WORKS_MAX; i++)
		cr_assert_eq(start(owner, &jobs[i], &gate, 0), 0);
	cr_assert_eq(start(owner, &job, &gate, 0), PROVD_E_LIMIT);
	cr_assert_eq(provd_owner_destroy(owner).works, PROVD_OWNER_WORKS_MAX);
	gate_open(&gate);
	loop_shut(loop);
	cr_assert_eq(job.done + job.released, 0);
	for (i = 0; i < PROVD_OWNER_WORKS_MAX; i++)
		expect_once(&jobs[i], PROVD_E_CANCELED);
	gate_finish(&gate);
}
