/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file loop/loop.h
 * @brief The one loop thread, and owners whose timers, watches and jobs are counted.
 *
 * Everything runs on the loop thread unless it says "any thread". An idle loop makes no wake-ups.
 */
#ifndef PROVD_CORE_LOOP_H
#define PROVD_CORE_LOOP_H

#include <provd/host.h>

#include <uv.h>

struct provd_loop;

/** Every timer, watch, job and post belongs to an owner: a plugin instance or a core module. */
struct provd_owner;

/** What an owner still holds. */
struct provd_owner_counts {
	size_t timers;
	size_t watches;
	size_t works;  /**< jobs whose `done` has not been reported nor asked for by cancel */
	size_t posts;  /**< calls of provd_post that have not run */
	size_t defers; /**< calls of provd_defer that have not run */
	size_t stuck;  /**< jobs given up (canceled, timed out) whose `run` has not returned */
};

/** Limits of one owner; beyond them the functions return PROVD_E_LIMIT. */
#define PROVD_OWNER_TIMERS_MAX	1024
#define PROVD_OWNER_WATCHES_MAX 256
#define PROVD_OWNER_POSTS_MAX	4096
#define PROVD_OWNER_WORKS_MAX	256

/**
 * Makes the loop. Sets UV_THREADPOOL_SIZE to `pool_threads` if it is not set (before the pool's
 * first use).
 * @return 0, PROVD_E_NOMEM, PROVD_E_INTERNAL
 */
int provd_loop_create(unsigned pool_threads, struct provd_loop **out_loop);

/**
 * Runs until provd_loop_stop, or until nothing is left to wait for: while an owner lives, another
 * thread may post, so the loop waits (without any wake-up) until the last owner is gone.
 */
void provd_loop_run(struct provd_loop *loop);

/** Runs one turn; waits for an event when `wait` is not 0. For tests and orderly closing. */
void provd_loop_turn(struct provd_loop *loop, int wait);

/** Makes provd_loop_run return after this turn; when it is not running, its next call at once. */
void provd_loop_stop(struct provd_loop *loop);

/**
 * Closes and frees the loop; all owners must have been destroyed before. Closing handles and
 * jobs that still run (their `release`) are waited for. NULL allowed.
 * @return 0, or PROVD_E_BUSY when an owner lives or libuv still knows of open handles (a leak; nothing is freed)
 */
int provd_loop_destroy(struct provd_loop *loop);

/** The libuv loop, for core modules only. */
uv_loop_t *provd_loop_uv(struct provd_loop *loop);

/** Monotonic microseconds. Any thread. */
uint64_t provd_loop_now_us(const struct provd_loop *loop);

/**
 * Makes an owner. @param name copied, for leftovers ("softap")
 * @return 0 or PROVD_E_NOMEM
 */
int provd_owner_create(struct provd_loop *loop, const char *name, struct provd_owner **out_owner);

/** What it holds now. */
struct provd_owner_counts provd_owner_counts(const struct provd_owner *owner);

/**
 * Ends it: stops timers and watches, cancels jobs (done: CANCELED now, `release` when a running
 * one is over), drops posts. Nothing of it runs afterwards but `release`. NULL allowed.
 * @return what it still held, so that the caller can name it
 */
struct provd_owner_counts provd_owner_destroy(struct provd_owner *owner);

struct provd_loop *provd_owner_loop(struct provd_owner *owner);

/*
 * As in struct provd_host, for an owner. After provd_owner_destroy they return PROVD_E_STATE (the
 * memory must be kept by a reference). Timers are one-shot. A watch makes its descriptor
 * non-blocking; a descriptor that is watched already gives PROVD_E_EXISTS. On PROVD_FD_ERROR the
 * watched directions are reported with it, so that a plain read fetches the error; after 16 errors
 * in a row the watch falls silent instead of turning in circles. `timeout_ms` of a job counts from
 * provd_work_start. A `run` that was given up cannot be interrupted: the next job of the owner
 * waits until it has returned.
 */
int provd_timer_start(struct provd_owner *owner, uint64_t delay_ms, void (*fn)(void *user),
		      void *user, uint64_t *out_id);
void provd_timer_stop(struct provd_owner *owner, uint64_t id);
int provd_watch_start(struct provd_owner *owner, int fd, uint32_t events,
		      void (*fn)(void *user, uint32_t events), void *user, uint64_t *out_id);
void provd_watch_stop(struct provd_owner *owner, uint64_t id);
int provd_work_start(struct provd_owner *owner, const struct provd_work *work, uint64_t *out_id);
void provd_work_cancel(struct provd_owner *owner, uint64_t id);

/** Calls `fn(user)` on the loop thread; calls keep their order. Any thread.
 *  @return 0, PROVD_E_NOMEM, PROVD_E_LIMIT (4096 waiting), PROVD_E_STATE after the owner was destroyed (the owner's memory must
 *  still be valid: it is reference counted inside, see provd_owner_ref) */
int provd_post(struct provd_owner *owner, void (*fn)(void *user), void *user);

/** Keeps the owner's memory valid for provd_post from a foreign thread. Any thread. */
struct provd_owner *provd_owner_ref(struct provd_owner *owner);
/** Gives that back. Any thread. NULL allowed. */
void provd_owner_unref(struct provd_owner *owner);

/**
 * Has `fn(user)` called once when the owner's memory goes: after its destruction, the `release` of
 * its last job and the last provd_owner_unref, on the thread that did that. For memory that a
 * running job may still touch.
 */
void provd_owner_on_free(struct provd_owner *owner, void (*fn)(void *user), void *user);

/** Calls `fn(user)` on the next turn of the loop, in order, never within this one. Loop thread;
 *  cheaper than post. @return 0, PROVD_E_NOMEM, PROVD_E_STATE */
int provd_defer(struct provd_owner *owner, void (*fn)(void *user), void *user);

/** A number never given before, for operations and sessions. */
uint64_t provd_loop_new_id(struct provd_loop *loop);

#endif /* PROVD_CORE_LOOP_H */
