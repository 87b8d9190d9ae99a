/* SPDX-License-Identifier: Apache-2.0 */
/* Presses on a virtual clock in milliseconds: debounce 30, long 5000. */
#include "board/press.h"

#include <criterion/criterion.h>

#define TEST_TIMEOUT 10
#define NONE	     (-1)
#define MS	     UINT64_C(1000)

struct step {
	int level; /* 1 down, 0 up, 2: the clock only */
	int at_ms;
	int held_ms; /* of the press that is reported, or NONE */
};

static int step(struct provd__press *press, int level, uint64_t now_us)
{
	uint64_t held_us = 0;
	int pressed = level == 2 ? provd__press_tick(press, now_us, &held_us)
				 : provd__press_edge(press, level, now_us, &held_us);

	return pressed ? (int)(held_us / MS) : NONE;
}

static void play(struct provd__press *press, const struct step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int held = step(press, steps[i].level, (uint64_t)steps[i].at_ms * MS);

		cr_assert_eq(held, steps[i].held_ms, "step %zu at %d: %d", i, steps[i].at_ms, held);
	}
}

#define PLAY(debounce_, long_, held_, ...)                                                         \
	do {                                                                                       \
		static const struct step steps_[] = {__VA_ARGS__};                                 \
		struct provd__press press_;                                                        \
		provd__press_init(&press_, (debounce_)*MS, (long_)*MS, (held_));                   \
		play(&press_, steps_, sizeof(steps_) / sizeof(steps_[0]));                         \
	} while (0)

Test(press, short_one_is_told_when_let_go, .timeout = TEST_TIMEOUT)
{
	PLAY(30, 5000, 0, {1, 1000, NONE}, {2, 1500, NONE}, {0, 1800, NONE}, {2, 1829, NONE},
	     {2, 1830, 800}, {2, 9000, NONE});
}

Test(press, without_debounce_it_is_told_at_once, .timeout = TEST_TIMEOUT)
{
	PLAY(0, 5000, 0, {1, 1000, NONE}, {0, 1000, 0}, {1, 1001, NONE}, {0, 1101, 100});
}

Test(press, long_one_is_told_while_held_and_only_then, .timeout = TEST_TIMEOUT)
{
	PLAY(30, 5000, 0, {1, 1000, NONE}, {2, 5999, NONE}, {2, 6000, 5000}, {2, 20000, NONE},
	     {0, 20001, NONE}, {2, 21000, NONE}, {1, 22000, NONE}, {0, 22100, NONE},
	     {2, 22130, 100});
	/* The clock was late: let go before the timer ran. */
	PLAY(30, 5000, 0, {1, 1000, NONE}, {0, 7000, NONE}, {2, 7030, 6000}, {2, 8000, NONE});
	/* Bounce after a long one is no press. */
	PLAY(30, 5000, 0, {1, 1000, NONE}, {2, 6000, 5000}, {0, 6001, NONE}, {1, 6003, NONE},
	     {0, 6005, NONE}, {2, 6100, NONE}, {2, 20000, NONE});
}

Test(press, bounce_is_ignored, .timeout = TEST_TIMEOUT)
{
	/* When it is pressed, when it is let go, and a gap in the middle. */
	PLAY(30, 5000, 0, {1, 1000, NONE}, {0, 1002, NONE}, {1, 1004, NONE}, {0, 1005, NONE},
	     {1, 1009, NONE}, {0, 1509, NONE}, {1, 1511, NONE}, {0, 1515, NONE}, {2, 1545, 506});
	PLAY(30, 5000, 0, {1, 1000, NONE}, {0, 1200, NONE}, {1, 1229, NONE}, {2, 1230, NONE},
	     {0, 1500, NONE}, {2, 1530, 500});
	/* A spike is no press at all. */
	PLAY(30, 5000, 0, {1, 1000, NONE}, {0, 1029, NONE}, {2, 1100, NONE}, {2, 9000, NONE});
	PLAY(30, 5000, 0, {1, 1000, NONE}, {0, 1030, NONE}, {2, 1060, 30});
}

Test(press, two_presses_are_two, .timeout = TEST_TIMEOUT)
{
	PLAY(30, 5000, 0, {1, 1000, NONE}, {0, 1100, NONE}, {2, 1130, 100}, {1, 1140, NONE},
	     {0, 1240, NONE}, {2, 1270, 100});
	/* The timer of the first was late. */
	PLAY(30, 5000, 0, {1, 1000, NONE}, {0, 1100, NONE}, {1, 1131, 100}, {0, 1300, NONE},
	     {2, 1330, 169});
}

Test(press, held_at_the_start_is_none, .timeout = TEST_TIMEOUT)
{
	PLAY(30, 5000, 1, {2, 6000, NONE}, {1, 6001, NONE}, {0, 7000, NONE}, {2, 8000, NONE},
	     {1, 9000, NONE}, {0, 9100, NONE}, {2, 9130, 100});
	PLAY(0, 5000, 1, {0, 10, NONE}, {1, 20, NONE}, {0, 30, 10});
}

Test(press, level_that_is_known_changes_nothing, .timeout = TEST_TIMEOUT)
{
	PLAY(30, 5000, 0, {0, 500, NONE}, {1, 1000, NONE}, {1, 1500, NONE}, {0, 2000, NONE},
	     {0, 2010, NONE}, {2, 2030, 1000}, {0, 2100, NONE});
}

Test(press, clock_that_goes_back, .timeout = TEST_TIMEOUT)
{
	PLAY(30, 5000, 0, {1, 1000, NONE}, {0, 900, NONE}, {2, 1000, NONE}, {1, 2000, NONE},
	     {2, 1900, NONE}, {2, 7000, 5000});
}

Test(press, long_is_never_shorter_than_debounce, .timeout = TEST_TIMEOUT)
{
	PLAY(1000, 100, 0, {1, 1000, NONE}, {2, 1100, NONE}, {0, 1500, NONE}, {2, 3000, NONE},
	     {1, 4000, NONE}, {2, 5000, 1000});
}

Test(press, deadlines, .timeout = TEST_TIMEOUT)
{
	struct provd__press press;

	provd__press_init(&press, 30 * MS, 5000 * MS, 0);
	cr_assert_eq(provd__press_deadline(&press), 0);
	cr_assert_eq(step(&press, 1, 1000 * MS), NONE);
	cr_assert_eq(provd__press_deadline(&press), 6000 * MS);
	cr_assert_eq(step(&press, 0, 1100 * MS), NONE);
	cr_assert_eq(provd__press_deadline(&press), 1130 * MS);
	cr_assert_eq(step(&press, 2, 1130 * MS), 100);
	cr_assert_eq(provd__press_deadline(&press), 0);
	cr_assert_eq(step(&press, 1, 2000 * MS), NONE);
	cr_assert_eq(step(&press, 2, 7000 * MS), 5000);
	cr_assert_eq(provd__press_deadline(&press), 0);
}
