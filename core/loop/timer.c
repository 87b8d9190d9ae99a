/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/loop_internal.h"

#include <stdlib.h>

struct provd__timer {
	uv_timer_t uv; /**< first, so that the handle is the timer */
	struct provd__timer *prev;
	struct provd__timer *next;
	struct provd_owner *owner; /**< NULL for one that counts for nobody */
	uint64_t id;
	void (*fn)(void *user);
	void *user;
};

static void timer_free(uv_handle_t *handle)
{
	free(handle->data);
}

void provd__timer_close(struct provd__timer *timer)
{
	if (timer)
		uv_close((uv_handle_t *)&timer->uv, timer_free);
}

static void timer_unlink(struct provd__timer *timer)
{
	struct provd_owner *owner = timer->owner;

	if (!owner)
		return;
	if (timer->prev)
		timer->prev->next = timer->next;
	else
		owner->timers = timer->next;
	if (timer->next)
		timer->next->prev = timer->prev;
	owner->timer_count--;
	timer->owner = NULL;
}

static void on_timer(uv_timer_t *handle)
{
	struct provd__timer *timer = handle->data;

	/* First gone, then called: the function may stop it again or destroy the owner. */
	timer_unlink(timer);
	provd__timer_close(timer);
	timer->fn(timer->user);
}

struct provd__timer *provd__timer_create(struct provd_loop *loop, uint64_t delay_ms,
					 void (*fn)(void *user), void *user)
{
	struct provd__timer *timer = calloc(1, sizeof(*timer));

	if (!timer)
		return NULL;
	(void)uv_timer_init(&loop->uv, &timer->uv);
	timer->uv.data = timer;
	timer->fn = fn;
	timer->user = user;
	/* The loop's idea of now is as old as this turn; the delay counts from here. */
	uv_update_time(&loop->uv);
	(void)uv_timer_start(&timer->uv, on_timer, delay_ms, 0);
	return timer;
}

int provd_timer_start(struct provd_owner *owner, uint64_t delay_ms, void (*fn)(void *user),
		      void *user, uint64_t *out_id)
{
	struct provd__timer *timer;

	if (!fn)
		return PROVD_E_INVALID;
	if (owner->dead)
		return PROVD_E_STATE;
	if (owner->timer_count >= PROVD_OWNER_TIMERS_MAX)
		return PROVD_E_LIMIT;
	timer = provd__timer_create(owner->loop, delay_ms, fn, user);
	if (!timer)
		return PROVD_E_NOMEM;
	timer->id = provd_loop_new_id(owner->loop);
	timer->owner = owner;
	timer->next = owner->timers;
	if (timer->next)
		timer->next->prev = timer;
	owner->timers = timer;
	owner->timer_count++;
	if (out_id)
		*out_id = timer->id;
	return 0;
}

void provd_timer_stop(struct provd_owner *owner, uint64_t id)
{
	struct provd__timer *timer = owner->timers;

	while (timer && timer->id != id)
		timer = timer->next;
	if (!timer)
		return;
	timer_unlink(timer);
	provd__timer_close(timer);
}

void provd__timers_end(struct provd_owner *owner)
{
	while (owner->timers) {
		struct provd__timer *timer = owner->timers;

		timer_unlink(timer);
		provd__timer_close(timer);
	}
}
