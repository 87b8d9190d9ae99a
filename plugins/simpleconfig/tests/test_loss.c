/* SPDX-License-Identifier: Apache-2.0 */
/* Losses: how many of the trials end before the sender gives up, and when the median does. */
#include "sender.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(loss, .timeout = 60);

#define TRIALS_MAX 200

struct goal {
	const char *name;
	uint32_t loss_percent;
	size_t trials;
	uint64_t limit_us; /* when the sender gives up: simpleconfig.md 3.6 */
	size_t failed_max;
	uint64_t median_us; /* at most */
};

static int by_time(const void *a, const void *b)
{
	const uint64_t *one = a;
	const uint64_t *other = b;

	return (*one > *other) - (*one < *other);
}

static void run(const struct goal *goal)
{
	struct simpleconfig *state = malloc(simpleconfig_size());
	uint64_t times[TRIALS_MAX];
	struct sender sender;
	size_t failed = 0;

	cr_assert_not_null(state);
	cr_assert_leq(goal->trials, TRIALS_MAX);
	sender_open(&sender, goal->name);
	for (size_t i = 0; i < goal->trials; i++) {
		struct weather weather = {
			.loss_percent = goal->loss_percent,
			.seed = (uint32_t)(i + 1) * 2654435761u,
		};
		struct air_result result;

		simpleconfig_init(state, &sender.policy);
		times[i] = UINT64_MAX;
		if (sender_run(&sender, &weather, goal->limit_us, state, &result)) {
			sender_check(&sender, &result);
			times[i] = result.time_us - 1000000;
		} else {
			failed++;
		}
	}
	qsort(times, goal->trials, sizeof(times[0]), by_time);
	fprintf(stderr, "%s, %u %%: %zu of %zu failed, median %.2f s, p95 %.2f s\n", goal->name,
		goal->loss_percent, failed, goal->trials, (double)times[goal->trials / 2] / 1e6,
		(double)times[goal->trials * 95 / 100] / 1e6);
	cr_expect_leq(failed, goal->failed_max, "%s: %zu", goal->name, failed);
	cr_expect_leq(times[goal->trials / 2], goal->median_us, "%s", goal->name);
	sender_close(&sender);
	free(state);
}

Test(loss, multicast)
{
	static const struct goal goals[] = {
		{"simpleconfig_mini_program.json", 10, 200, 40000000, 0, 1000000},
		{"simpleconfig_mini_program.json", 30, 200, 40000000, 0, 2000000},
		{"simpleconfig_p2_default_pin.json", 5, 200, 30000000, 0, 1500000},
		{"simpleconfig_p2_default_pin.json", 10, 200, 30000000, 0, 2600000},
		{"simpleconfig_p2_default_pin.json", 30, 200, 30000000, 0, 5000000},
		{"simpleconfig_p2_max_profile.json", 10, 200, 30000000, 0, 4000000},
		{"simpleconfig_p2_max_profile.json", 30, 200, 30000000, 0, 7000000},
		{"simpleconfig_p3_user_pin.json", 10, 200, 30000000, 0, 2600000},
	};

	for (size_t i = 0; i < sizeof(goals) / sizeof(goals[0]); i++)
		run(&goals[i]);
}

Test(loss, broadcast)
{
	static const struct goal goals[] = {
		{"simpleconfig_v2_short.json", 10, 200, 90000000, 0, 1500000},
		{"simpleconfig_v2_one_group.json", 5, 200, 90000000, 0, 1500000},
		{"simpleconfig_v2_one_group.json", 10, 200, 90000000, 0, 2600000},
		{"simpleconfig_v2_one_group.json", 30, 200, 90000000, 0, 5000000},
		{"simpleconfig_v3_3bit_32.json", 10, 200, 90000000, 0, 4000000},
		{"simpleconfig_v3_3bit_32.json", 30, 200, 90000000, 0, 7000000},
		{"simpleconfig_v3_rs.json", 10, 100, 90000000, 0, 3000000},
		{"simpleconfig_v3_rs.json", 30, 100, 90000000, 0, 6000000},
	};

	for (size_t i = 0; i < sizeof(goals) / sizeof(goals[0]); i++)
		run(&goals[i]);
}
