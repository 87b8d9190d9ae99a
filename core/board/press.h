/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file board/press.h
 * @brief From the edges of a button to presses; pure, on any clock that does not go back.
 *
 * A press is reported once: when the button has been let go for the debounce time, or as soon as it
 * is a long one. Changes shorter than the debounce time are ignored in both directions.
 */
#ifndef PROVD_CORE_BOARD_PRESS_H
#define PROVD_CORE_BOARD_PRESS_H

#include <stdint.h>

enum provd__press_state {
	PRESS_UP = 0,
	PRESS_DOWN = 1,
	PRESS_RELEASING = 2 /**< up, but not yet for the debounce time */
};

struct provd__press {
	uint64_t debounce_us;
	uint64_t long_us;
	uint64_t down_us; /**< when the press began */
	uint64_t up_us;	  /**< when the button was let go */
	enum provd__press_state state;
	int spent; /**< reported already, or held since before the start: nothing follows */
};

/** @param held 1 when the button is down already: that is not a press */
void provd__press_init(struct provd__press *press, uint64_t debounce_us, uint64_t long_us,
		       int held);

/**
 * Takes a level.
 * @param down        1 pressed, 0 not; the level that is known already changes nothing
 * @param out_held_us how long it was held, when 1 is returned
 * @return 1 for a press, else 0
 */
int provd__press_edge(struct provd__press *press, int down, uint64_t now_us, uint64_t *out_held_us);

/** When provd__press_tick is to be called; 0: not before the next edge. */
uint64_t provd__press_deadline(const struct provd__press *press);

/** As provd__press_edge, when time has gone by. */
int provd__press_tick(struct provd__press *press, uint64_t now_us, uint64_t *out_held_us);

#endif /* PROVD_CORE_BOARD_PRESS_H */
