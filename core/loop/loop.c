/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/loop.h"

#include <stdio.h>
#include <stdlib.h>

#include "loop/loop_internal.h"

/** Turns granted to handles that close other handles when they are closed. */
#define CLOSE_TURNS 64

static int pool_size_set(unsigned pool_threads)
{
	char text[16];
	int len;

	if (pool_threads == 0)
		return 0;
	len = snprintf(text, sizeof(text), "%u", pool_threads);
	if (len < 0 || (size_t)len >= sizeof(text))
		return PROVD_E_INTERNAL;
	return setenv("UV_THREADPOOL_SIZE", text, 0) ? PROVD_E_NOMEM : 0;
}

int provd_loop_create(unsigned pool_threads, struct provd_loop **out_loop)
{
	struct provd_loop *loop;
	int rc;

	rc = pool_size_set(pool_threads);
	if (rc)
		return rc;
	loop = calloc(1, sizeof(*loop));
	if (!loop)
		return PROVD_E_NOMEM;
	if (pthread_mutex_init(&loop->posts_lock, NULL)) {
		free(loop);
		return PROVD_E_INTERNAL;
	}
	rc = uv_loop_init(&loop->uv);
	if (rc)
		goto out_lock;
	loop->uv.data = loop;
	rc = uv_async_init(&loop->uv, &loop->wake, provd__on_wake);
	if (rc)
		goto out_uv;
	uv_unref((uv_handle_t *)&loop->wake);
	/* Cannot fail: it only fills the structure in. */
	(void)uv_idle_init(&loop->uv, &loop->idle);
	*out_loop = loop;
	return 0;

out_uv:
	(void)uv_loop_close(&loop->uv);
out_lock:
	(void)pthread_mutex_destroy(&loop->posts_lock);
	free(loop);
	return rc == UV_ENOMEM ? PROVD_E_NOMEM : PROVD_E_INTERNAL;
}

/* One turn; libuv has no count of its own turns, and deferred calls need one. */
static int turn(struct provd_loop *loop, uv_run_mode mode)
{
	int alive;

	loop->turn++;
	loop->in_turn = 1;
	alive = uv_run(&loop->uv, mode);
	loop->in_turn = 0;
	return alive;
}

void provd_loop_run(struct provd_loop *loop)
{
	int alive = 1;

	while (alive && !loop->stop)
		alive = turn(loop, UV_RUN_ONCE);
	loop->stop = 0;
}

void provd_loop_turn(struct provd_loop *loop, int wait)
{
	(void)turn(loop, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
}

void provd_loop_stop(struct provd_loop *loop)
{
	loop->stop = 1;
	/* Keeps the poll of this turn from waiting; outside of a turn it would eat the next one. */
	if (loop->in_turn)
		uv_stop(&loop->uv);
}

static void count_open(uv_handle_t *handle, void *arg)
{
	size_t *open = arg;

	if (!uv_is_closing(handle))
		++*open;
}

/* Handles beside our two that nobody has closed. */
static size_t open_handles(struct provd_loop *loop)
{
	size_t open = 0;

	uv_walk(&loop->uv, count_open, &open);
	return open > 2 ? open - 2 : 0;
}

int provd_loop_destroy(struct provd_loop *loop)
{
	int i;

	if (!loop)
		return 0;
	if (loop->owners)
		return PROVD_E_BUSY;
	provd__calls_drop(loop);
	while (loop->running_works)
		(void)turn(loop, UV_RUN_ONCE);
	for (i = 0; i < CLOSE_TURNS && turn(loop, UV_RUN_NOWAIT); i++) {
	}
	if (open_handles(loop))
		return PROVD_E_BUSY;

	uv_close((uv_handle_t *)&loop->idle, NULL);
	uv_close((uv_handle_t *)&loop->wake, NULL);
	/* No handle is left, so this waits for nothing but requests (name look-ups, files). */
	(void)uv_run(&loop->uv, UV_RUN_DEFAULT);
	if (uv_loop_close(&loop->uv))
		return PROVD_E_BUSY;
	(void)pthread_mutex_destroy(&loop->posts_lock);
	free(loop);
	return 0;
}

uv_loop_t *provd_loop_uv(struct provd_loop *loop)
{
	return &loop->uv;
}

uint64_t provd_loop_now_us(const struct provd_loop *loop)
{
	(void)loop;
	return uv_hrtime() / 1000;
}

uint64_t provd_loop_new_id(struct provd_loop *loop)
{
	return ++loop->next_id;
}
