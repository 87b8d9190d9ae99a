/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocking jobs. Each owner has a lane: one job is with the pool, the others wait in order. A job
 * ends for its user by `done` (its result, CANCELED or TIMEOUT), and for us when `run` is over as
 * well; `release` follows the later of the two.
 */
#include "loop/loop_internal.h"

#include <openssl/crypto.h>

#include <stdlib.h>

struct provd__work {
	uv_work_t req;
	struct provd__work *prev;
	struct provd__work *next;
	struct provd_owner *owner; /**< a reference */
	struct provd_work job;
	uint64_t id;
	struct provd__timer *timeout;
	struct provd__call *cancel_call; /**< NULL once it is queued */
	int result;			 /**< of `run`; written by the pool thread */
	int canceled;			 /**< `done` is queued to report it */
	int reported;			 /**< `done` was called */
	int in_done;			 /**< `done` has not come back yet */
	int over;			 /**< `run` has returned or never will run */
};

static void lane_next(struct provd_owner *owner);

static void work_unlink(struct provd__work *work)
{
	struct provd_owner *owner = work->owner;

	if (work->prev)
		work->prev->next = work->next;
	else
		owner->first_work = work->next;
	if (work->next)
		work->next->prev = work->prev;
	else
		owner->last_work = work->prev;
	owner->work_count--;
}

static void work_link(struct provd__work *work)
{
	struct provd_owner *owner = work->owner;

	work->prev = owner->last_work;
	if (work->prev)
		work->prev->next = work;
	else
		owner->first_work = work;
	owner->last_work = work;
	owner->work_count++;
}

static void work_report(struct provd__work *work, int status)
{
	if (work->reported)
		return;
	work->reported = 1;
	provd__timer_close(work->timeout);
	work->timeout = NULL;
	work->in_done = 1;
	work->job.done(work->job.user, status);
	work->in_done = 0;
}

/* Frees the job once both ends are there. `done` may end the owner, which comes by here. */
static void work_settle(struct provd__work *work)
{
	struct provd_owner *owner = work->owner;

	if (!work->reported || !work->over || work->in_done)
		return;
	work_unlink(work);
	provd__call_free(work->cancel_call);
	if (work->job.release)
		work->job.release(work->job.user);
	free(work);
	provd_owner_unref(owner);
}

static void on_pool(uv_work_t *req)
{
	struct provd__work *work = req->data;

	work->result = work->job.run(work->job.user);
	/* Pool threads outlive OpenSSL's clean-up at exit, so what it kept for this thread goes now. */
	OPENSSL_thread_stop();
}

static void on_pool_done(uv_work_t *req, int status)
{
	struct provd__work *work = req->data;
	struct provd_owner *owner = provd_owner_ref(work->owner);

	work->over = 1;
	owner->running = NULL;
	owner->loop->running_works--;
	/* One that was canceled gets its `done` from the queued call. */
	if (!work->canceled)
		work_report(work, status == UV_ECANCELED ? PROVD_E_CANCELED : work->result);
	work_settle(work);
	lane_next(owner);
	provd_owner_unref(owner);
}

static void lane_next(struct provd_owner *owner)
{
	struct provd__work *work = owner->first_work;

	if (owner->dead || owner->running)
		return;
	while (work && work->over)
		work = work->next;
	if (!work)
		return;
	owner->running = work;
	owner->loop->running_works++;
	/* Fails only for a missing function. */
	(void)uv_queue_work(&owner->loop->uv, &work->req, on_pool, on_pool_done);
}

/* It will not run if it has not begun; one that runs goes on, with nobody listening. */
static void work_give_up(struct provd__work *work)
{
	if (work->owner->running == work)
		(void)uv_cancel((uv_req_t *)&work->req);
	else
		work->over = 1;
}

static void on_timeout(void *user)
{
	struct provd__work *work = user;

	work->timeout = NULL;
	work_give_up(work);
	work_report(work, PROVD_E_TIMEOUT);
	work_settle(work);
}

static void on_cancel(void *user)
{
	struct provd__work *work = user;

	work_report(work, PROVD_E_CANCELED);
	work_settle(work);
}

static struct provd__work *work_create(struct provd_owner *owner, const struct provd_work *job)
{
	struct provd__work *work = calloc(1, sizeof(*work));

	if (!work)
		return NULL;
	work->cancel_call = provd__call_create(owner, on_cancel, work);
	if (!work->cancel_call)
		goto fail;
	if (job->timeout_ms) {
		work->timeout = provd__timer_create(owner->loop, job->timeout_ms, on_timeout, work);
		if (!work->timeout)
			goto fail;
	}
	work->job = *job;
	work->req.data = work;
	work->owner = provd_owner_ref(owner);
	work->id = provd_loop_new_id(owner->loop);
	return work;

fail:
	provd__call_free(work->cancel_call);
	free(work);
	return NULL;
}

int provd_work_start(struct provd_owner *owner, const struct provd_work *work, uint64_t *out_id)
{
	struct provd__work *own;

	if (!work || !PROVD_HAS(work, user) || !work->run || !work->done)
		return PROVD_E_INVALID;
	if (owner->dead)
		return PROVD_E_STATE;
	if (owner->work_count >= PROVD_OWNER_WORKS_MAX)
		return PROVD_E_LIMIT;
	own = work_create(owner, work);
	if (!own)
		return PROVD_E_NOMEM;
	work_link(own);
	if (out_id)
		*out_id = own->id;
	lane_next(owner);
	return 0;
}

void provd_work_cancel(struct provd_owner *owner, uint64_t id)
{
	struct provd__work *work = owner->first_work;
	struct provd__call *call;

	while (work && work->id != id)
		work = work->next;
	if (!work || owner->dead || work->reported || work->canceled)
		return;
	work->canceled = 1;
	provd__timer_close(work->timeout);
	work->timeout = NULL;
	work_give_up(work);
	call = work->cancel_call;
	work->cancel_call = NULL;
	provd__call_defer(call);
}

void provd__works_end(struct provd_owner *owner)
{
	struct provd__work *work = owner->first_work;

	while (work) {
		struct provd__work *next = work->next;

		work_give_up(work);
		work_report(work, PROVD_E_CANCELED);
		work_settle(work);
		work = next;
	}
}

void provd__works_count(const struct provd_owner *owner, struct provd_owner_counts *counts)
{
	const struct provd__work *work;

	for (work = owner->first_work; work; work = work->next) {
		if (!work->reported && !work->canceled)
			counts->works++;
		else if (!work->over)
			counts->stuck++;
	}
}
