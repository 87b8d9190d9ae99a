/* SPDX-License-Identifier: Apache-2.0 */
/* The two queues of calls: posts from any thread, deferred ones from the loop thread. */
#include "loop/loop_internal.h"

#include <stdlib.h>

void provd__queue_push(struct provd__queue *queue, struct provd__call *call)
{
	call->next = NULL;
	if (queue->last)
		queue->last->next = call;
	else
		queue->first = call;
	queue->last = call;
}

struct provd__call *provd__queue_pop(struct provd__queue *queue)
{
	struct provd__call *call = queue->first;

	if (!call)
		return NULL;
	queue->first = call->next;
	if (!queue->first)
		queue->last = NULL;
	return call;
}

struct provd__call *provd__call_create(struct provd_owner *owner, void (*fn)(void *user),
				       void *user)
{
	struct provd__call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->owner = provd_owner_ref(owner);
	call->fn = fn;
	call->user = user;
	return call;
}

void provd__call_free(struct provd__call *call)
{
	if (!call)
		return;
	provd_owner_unref(call->owner);
	free(call);
}

/* The owner's reference is held until the function is back: it may destroy the owner. */
static void call_run(struct provd__call *call)
{
	if (!call->owner->dead)
		call->fn(call->user);
	provd__call_free(call);
}

void provd__call_defer(struct provd__call *call)
{
	struct provd_loop *loop = call->owner->loop;

	call->turn = loop->turn;
	call->owner->defers++;
	provd__queue_push(&loop->deferred, call);
	(void)uv_idle_start(&loop->idle, provd__on_idle);
}

void provd__on_idle(uv_idle_t *handle)
{
	struct provd_loop *loop = handle->loop->data;

	/* What this very turn queued, in a timer or in a call below, waits for the next one. */
	while (loop->deferred.first && loop->deferred.first->turn < loop->turn) {
		struct provd__call *call = provd__queue_pop(&loop->deferred);

		call->owner->defers--;
		call_run(call);
	}
	if (!loop->deferred.first)
		(void)uv_idle_stop(&loop->idle);
}

static struct provd__queue posts_take(struct provd_loop *loop)
{
	struct provd__queue taken;

	(void)pthread_mutex_lock(&loop->posts_lock);
	taken = loop->posts;
	loop->posts.first = NULL;
	loop->posts.last = NULL;
	(void)pthread_mutex_unlock(&loop->posts_lock);
	return taken;
}

static void post_uncount(struct provd_owner *owner)
{
	(void)pthread_mutex_lock(&owner->lock);
	owner->posts--;
	(void)pthread_mutex_unlock(&owner->lock);
}

void provd__on_wake(uv_async_t *handle)
{
	struct provd__queue taken = posts_take(handle->loop->data);
	struct provd__call *call;

	while ((call = provd__queue_pop(&taken)) != NULL) {
		post_uncount(call->owner);
		call_run(call);
	}
}

void provd__calls_drop(struct provd_loop *loop)
{
	struct provd__queue taken = posts_take(loop);
	struct provd__call *call;

	while ((call = provd__queue_pop(&taken)) != NULL)
		provd__call_free(call);
	while ((call = provd__queue_pop(&loop->deferred)) != NULL)
		provd__call_free(call);
	(void)uv_idle_stop(&loop->idle);
}

int provd_defer(struct provd_owner *owner, void (*fn)(void *user), void *user)
{
	struct provd__call *call;

	if (owner->dead)
		return PROVD_E_STATE;
	call = provd__call_create(owner, fn, user);
	if (!call)
		return PROVD_E_NOMEM;
	provd__call_defer(call);
	return 0;
}

/* Under the owner's lock: an owner that is not dead keeps its loop alive. */
static int post_locked(struct provd_owner *owner, struct provd__call *call)
{
	struct provd_loop *loop = owner->loop;

	if (owner->dead)
		return PROVD_E_STATE;
	if (owner->posts >= PROVD_OWNER_POSTS_MAX)
		return PROVD_E_LIMIT;
	owner->posts++;
	(void)pthread_mutex_lock(&loop->posts_lock);
	provd__queue_push(&loop->posts, call);
	(void)pthread_mutex_unlock(&loop->posts_lock);
	/* Fails for closed handles only. */
	(void)uv_async_send(&loop->wake);
	return 0;
}

int provd_post(struct provd_owner *owner, void (*fn)(void *user), void *user)
{
	struct provd__call *call = provd__call_create(owner, fn, user);
	int rc;

	if (!call)
		return PROVD_E_NOMEM;
	(void)pthread_mutex_lock(&owner->lock);
	rc = post_locked(owner, call);
	(void)pthread_mutex_unlock(&owner->lock);
	if (rc)
		provd__call_free(call);
	return rc;
}
