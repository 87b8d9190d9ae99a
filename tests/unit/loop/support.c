/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <criterion/criterion.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_LSAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_LSAN 1
#endif
#endif

#ifdef HAVE_LSAN
#include <sanitizer/lsan_interface.h>
#endif

struct provd_loop *loop_open(void)
{
	struct provd_loop *loop = NULL;

	cr_assert_eq(provd_loop_create(4, &loop), 0);
	return loop;
}

void loop_shut(struct provd_loop *loop)
{
	cr_assert_eq(provd_loop_destroy(loop), 0);
#ifdef HAVE_LSAN
	cr_assert_eq(__lsan_do_recoverable_leak_check(), 0);
#endif
}

static void on_late(uv_timer_t *timer)
{
	int *late = timer->data;

	*late = 1;
}

void loop_until(struct provd_loop *loop, const int *flag, int value)
{
	uv_timer_t timer;
	int late = 0;

	cr_assert_eq(uv_timer_init(provd_loop_uv(loop), &timer), 0);
	timer.data = &late;
	uv_update_time(provd_loop_uv(loop));
	cr_assert_eq(uv_timer_start(&timer, on_late, 15000, 0), 0);
	while (*flag < value && !late)
		provd_loop_turn(loop, 1);
	uv_close((uv_handle_t *)&timer, NULL);
	provd_loop_turn(loop, 0);
	cr_assert_not(late, "waited 15 s for %d, have %d", value, *flag);
}

void gate_init(struct gate *gate)
{
	*gate = (struct gate){.entered = 0};
	cr_assert_eq(pthread_mutex_init(&gate->lock, NULL), 0);
	cr_assert_eq(pthread_cond_init(&gate->changed, NULL), 0);
}

void gate_finish(struct gate *gate)
{
	pthread_cond_destroy(&gate->changed);
	pthread_mutex_destroy(&gate->lock);
}

void gate_pass(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	gate->entered++;
	gate->inside++;
	if (gate->inside > gate->most_inside)
		gate->most_inside = gate->inside;
	pthread_cond_broadcast(&gate->changed);
	while (!gate->open)
		pthread_cond_wait(&gate->changed, &gate->lock);
	gate->inside--;
	pthread_mutex_unlock(&gate->lock);
}

void gate_wait_entered(struct gate *gate, int count)
{
	pthread_mutex_lock(&gate->lock);
	while (gate->entered < count)
		pthread_cond_wait(&gate->changed, &gate->lock);
	pthread_mutex_unlock(&gate->lock);
}

void gate_open(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	gate->open = 1;
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->lock);
}
