/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file loop/loop_internal.h
 * @brief Shared by the files of core/loop only.
 */
#ifndef PROVD_CORE_LOOP_INTERNAL_H
#define PROVD_CORE_LOOP_INTERNAL_H

#include "loop/loop.h"

#include <pthread.h>
#include <stdatomic.h>

/** A call that waits in one of the two queues; holds a reference of its owner. */
struct provd__call {
	struct provd__call *next;
	struct provd_owner *owner;
	void (*fn)(void *user);
	void *user;
	uint64_t turn; /**< the turn that queued it, for deferred calls */
};

struct provd__queue {
	struct provd__call *first;
	struct provd__call *last;
};

struct provd_loop {
	uv_loop_t uv;
	uv_async_t wake; /**< posts; keeps the loop alive while owners are there */
	uv_idle_t idle;	 /**< active only while deferred calls wait */
	pthread_mutex_t posts_lock;
	struct provd__queue posts; /**< under posts_lock */
	struct provd__queue deferred;
	uint64_t turn;
	uint64_t next_id;
	size_t owners;
	size_t running_works;
	int in_turn;
	int stop;
};

struct provd__timer;
struct provd__watch;
struct provd__work;

struct provd_owner {
	atomic_uint refs;
	pthread_mutex_t lock; /**< guards `dead` and `posts` against posting threads */
	int dead;	      /**< written under the lock, on the loop thread only */
	size_t posts;	      /**< under the lock */
	struct provd_loop *loop;
	char *name;
	struct provd__timer *timers;
	size_t timer_count;
	struct provd__watch *watches;
	size_t watch_count;
	struct provd__work *first_work;
	struct provd__work *last_work;
	struct provd__work *running;
	size_t work_count;
	size_t defers;
	void (*on_free)(void *user);
	void *on_free_user;
};

void provd__queue_push(struct provd__queue *queue, struct provd__call *call);
struct provd__call *provd__queue_pop(struct provd__queue *queue);

/** Callbacks of the loop's handles. */
void provd__on_wake(uv_async_t *handle);
void provd__on_idle(uv_idle_t *handle);

/** Drops all waiting calls; their owners are dead. */
void provd__calls_drop(struct provd_loop *loop);

/** Makes a call for provd__call_defer, so that deferring cannot fail. @return NULL: no memory */
struct provd__call *provd__call_create(struct provd_owner *owner, void (*fn)(void *user),
				       void *user);
/** Queues for the next turn; takes `call`. */
void provd__call_defer(struct provd__call *call);
/** Frees one that was not queued. NULL allowed. */
void provd__call_free(struct provd__call *call);

/** A timer that counts for no owner. @return NULL: no memory */
struct provd__timer *provd__timer_create(struct provd_loop *loop, uint64_t delay_ms,
					 void (*fn)(void *user), void *user);
/** Stops one made by provd__timer_create; it frees itself. NULL allowed. */
void provd__timer_close(struct provd__timer *timer);

/** End all of a dying owner. */
void provd__timers_end(struct provd_owner *owner);
void provd__watches_end(struct provd_owner *owner);
void provd__works_end(struct provd_owner *owner);

/** Fills in `works` and `stuck`. */
void provd__works_count(const struct provd_owner *owner, struct provd_owner_counts *counts);

#endif /* PROVD_CORE_LOOP_INTERNAL_H */
