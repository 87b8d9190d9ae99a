/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/loop_internal.h"

#include <stdlib.h>
#include <string.h>

int provd_owner_create(struct provd_loop *loop, const char *name, struct provd_owner **out_owner)
{
	struct provd_owner *owner = calloc(1, sizeof(*owner));

	if (!owner)
		return PROVD_E_NOMEM;
	owner->name = strdup(name ? name : "");
	if (!owner->name)
		goto fail;
	if (pthread_mutex_init(&owner->lock, NULL))
		goto fail;
	atomic_init(&owner->refs, 1);
	owner->loop = loop;
	if (loop->owners++ == 0)
		uv_ref((uv_handle_t *)&loop->wake);
	*out_owner = owner;
	return 0;

fail:
	free(owner->name);
	free(owner);
	return PROVD_E_NOMEM;
}

struct provd_owner *provd_owner_ref(struct provd_owner *owner)
{
	atomic_fetch_add_explicit(&owner->refs, 1, memory_order_relaxed);
	return owner;
}

void provd_owner_unref(struct provd_owner *owner)
{
	if (!owner || atomic_fetch_sub_explicit(&owner->refs, 1, memory_order_acq_rel) != 1)
		return;
	if (owner->on_free)
		owner->on_free(owner->on_free_user);
	(void)pthread_mutex_destroy(&owner->lock);
	free(owner->name);
	free(owner);
}

void provd_owner_on_free(struct provd_owner *owner, void (*fn)(void *user), void *user)
{
	owner->on_free = fn;
	owner->on_free_user = user;
}

struct provd_loop *provd_owner_loop(struct provd_owner *owner)
{
	return owner->loop;
}

static size_t posts_waiting(const struct provd_owner *owner)
{
	/* The lock is the one member that a reader changes. */
	pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&owner->lock;
	size_t posts;

	(void)pthread_mutex_lock(lock);
	posts = owner->posts;
	(void)pthread_mutex_unlock(lock);
	return posts;
}

struct provd_owner_counts provd_owner_counts(const struct provd_owner *owner)
{
	struct provd_owner_counts counts = {0};

	counts.timers = owner->timer_count;
	counts.watches = owner->watch_count;
	counts.posts = posts_waiting(owner);
	counts.defers = owner->defers;
	provd__works_count(owner, &counts);
	return counts;
}

struct provd_owner_counts provd_owner_destroy(struct provd_owner *owner)
{
	struct provd_owner_counts left = {0};
	struct provd_loop *loop;

	/* Dead already: a job's `done` called from below ends the same owner again. */
	if (!owner || owner->dead)
		return left;
	left = provd_owner_counts(owner);
	(void)pthread_mutex_lock(&owner->lock);
	owner->dead = 1;
	(void)pthread_mutex_unlock(&owner->lock);
	provd__timers_end(owner);
	provd__watches_end(owner);
	provd__works_end(owner);
	loop = owner->loop;
	if (--loop->owners == 0)
		uv_unref((uv_handle_t *)&loop->wake);
	provd_owner_unref(owner);
	return left;
}
