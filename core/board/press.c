/* SPDX-License-Identifier: Apache-2.0 */
#include "board/press.h"

void provd__press_init(struct provd__press *press, uint64_t debounce_us, uint64_t long_us, int held)
{
	*press = (struct provd__press){.debounce_us = debounce_us};
	/* A press that is still bouncing is not a long one. */
	press->long_us = long_us > debounce_us ? long_us : debounce_us;
	if (held) {
		press->state = PRESS_DOWN;
		press->spent = 1;
	}
}

static uint64_t since(uint64_t start_us, uint64_t now_us)
{
	return now_us > start_us ? now_us - start_us : 0;
}

static int release(struct provd__press *press, uint64_t *out_held_us)
{
	press->state = PRESS_UP;
	if (press->spent)
		return 0;
	*out_held_us = since(press->down_us, press->up_us);
	return 1;
}

static void begin(struct provd__press *press, uint64_t now_us)
{
	press->state = PRESS_DOWN;
	press->down_us = now_us;
	press->spent = 0;
}

static int edge_down(struct provd__press *press, uint64_t now_us, uint64_t *out_held_us)
{
	int pressed = 0;

	if (press->state == PRESS_DOWN)
		return 0;
	if (press->state == PRESS_RELEASING) {
		if (since(press->up_us, now_us) < press->debounce_us) {
			press->state = PRESS_DOWN;
			return 0;
		}
		pressed = release(press, out_held_us);
	}
	begin(press, now_us);
	return pressed;
}

static int edge_up(struct provd__press *press, uint64_t now_us, uint64_t *out_held_us)
{
	if (press->state != PRESS_DOWN)
		return 0;
	if (!press->spent && since(press->down_us, now_us) < press->debounce_us) {
		press->state = PRESS_UP;
		return 0;
	}
	press->up_us = now_us;
	if (press->debounce_us == 0)
		return release(press, out_held_us);
	press->state = PRESS_RELEASING;
	return 0;
}

int provd__press_edge(struct provd__press *press, int down, uint64_t now_us, uint64_t *out_held_us)
{
	return down ? edge_down(press, now_us, out_held_us) : edge_up(press, now_us, out_held_us);
}

uint64_t provd__press_deadline(const struct provd__press *press)
{
	if (press->state == PRESS_RELEASING)
		return press->up_us + press->debounce_us;
	if (press->state == PRESS_DOWN && !press->spent)
		return press->down_us + press->long_us;
	return 0;
}

int provd__press_tick(struct provd__press *press, uint64_t now_us, uint64_t *out_held_us)
{
	uint64_t deadline = provd__press_deadline(press);

	if (deadline == 0 || now_us < deadline)
		return 0;
	if (press->state == PRESS_RELEASING)
		return release(press, out_held_us);
	press->spent = 1;
	*out_held_us = since(press->down_us, now_us);
	return 1;
}
