/* SPDX-License-Identifier: Apache-2.0 */
/* The histogram against exact quantiles. */
#include "daemon/stats_times.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#define COUNT_MAX 20000
#define LIMIT	  (UINT64_C(1) << PROVD_TIMES_TOP_BIT)

static struct provd_times times;
static uint64_t values[COUNT_MAX];
static size_t count;

TestSuite(stats_times, .timeout = 60);

static void begin(void)
{
	memset(&times, 0, sizeof(times));
	count = 0;
}

static void add(uint64_t ms)
{
	provd__times_add(&times, ms);
	values[count++] = ms;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a;
	const uint64_t *y = b;

	return (*x > *y) - (*x < *y);
}

/* Every percent: never too low, and at most 1/16 too high. */
static void check(void)
{
	uint64_t sum = 0;

	qsort(values, count, sizeof(values[0]), by_value);
	for (size_t i = 0; i < count; i++)
		sum += values[i];
	cr_assert_eq(times.count, count);
	cr_assert_eq(times.sum_ms, sum);
	cr_assert_eq(times.max_ms, values[count - 1]);
	for (unsigned percent = 1; percent <= 100; percent++) {
		uint64_t exact = values[(count * percent + 99) / 100 - 1];
		uint64_t got = provd__times_quantile(&times, percent);

		cr_assert_geq(got, exact, "p%u: %ju of %ju", percent, (uintmax_t)got,
			      (uintmax_t)exact);
		cr_assert_leq(got, exact >= LIMIT ? times.max_ms : exact + exact / 16,
			      "p%u: %ju of %ju", percent, (uintmax_t)got, (uintmax_t)exact);
	}
}

Test(stats_times, nothing_counted)
{
	begin();
	cr_assert_eq(provd__times_quantile(&times, 50), 0);
	cr_assert_eq(provd__times_quantile(&times, 100), 0);
}

Test(stats_times, one_value_is_told_exactly)
{
	for (unsigned bit = 0; bit < 64; bit++) {
		for (int around = -1; around <= 1; around++) {
			begin();
			add((UINT64_C(1) << bit) + (uint64_t)around);
			cr_assert_eq(provd__times_quantile(&times, 50), values[0]);
			cr_assert_eq(provd__times_quantile(&times, 95), values[0]);
			check();
		}
	}
}

Test(stats_times, all_of_the_same)
{
	begin();
	for (int i = 0; i < 1000; i++)
		add(2500);
	cr_assert_eq(provd__times_quantile(&times, 95), 2500);
	check();
}

Test(stats_times, one_to_a_thousand)
{
	begin();
	for (uint64_t i = 1; i <= 1000; i++)
		add(i);
	/* 500 lies in 496 to 511, 950 in 928 to 959 */
	cr_assert_eq(provd__times_quantile(&times, 50), 511);
	cr_assert_eq(provd__times_quantile(&times, 95), 959);
	cr_assert_eq(provd__times_quantile(&times, 100), 1000);
	check();
}

Test(stats_times, two_heaps)
{
	begin();
	for (int i = 0; i < 94; i++)
		add(3);
	for (int i = 0; i < 6; i++)
		add(30000);
	cr_assert_eq(provd__times_quantile(&times, 50), 3);
	cr_assert_eq(provd__times_quantile(&times, 94), 3);
	cr_assert_eq(provd__times_quantile(&times, 95), 30000);
	check();
}

/* Each bucket's two ends: what a value is counted as is never below it nor 1/16 above. */
Test(stats_times, every_bucket)
{
	uint64_t value = 0;

	while (value < LIMIT) {
		uint64_t end;

		begin();
		add(value);
		add(UINT64_C(1) << 40); /* so that the largest one does not help */
		end = provd__times_quantile(&times, 50);
		cr_assert_geq(end, value);
		cr_assert_leq(end - value, value / 16, "%ju", (uintmax_t)value);
		begin();
		add(end);
		add(UINT64_C(1) << 40);
		cr_assert_eq(provd__times_quantile(&times, 50), end, "%ju", (uintmax_t)end);
		value = end + 1;
	}
	cr_assert_eq(value, LIMIT);
}

Test(stats_times, too_long_to_tell_apart)
{
	begin();
	add(LIMIT - 1);
	add(LIMIT);
	add(UINT64_C(1) << 50);
	cr_assert_eq(provd__times_quantile(&times, 33), LIMIT - 1);
	cr_assert_eq(provd__times_quantile(&times, 50), UINT64_C(1) << 50);
	check();
}

Test(stats_times, random_distributions)
{
	uint64_t seed = 1;

	for (unsigned shape = 0; shape < 40; shape++) {
		begin();
		for (size_t i = 0; i < (shape % 5 ? 5000 : shape + 1); i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
			/* from a few milliseconds up to hours */
			add((seed >> 20) >> (44 - (shape + seed % 7) % 26));
		}
		check();
	}
}

Test(stats_times, a_great_many)
{
	begin();
	times.count = UINT64_MAX - 1;
	times.buckets[7] = UINT32_MAX;
	times.max_ms = 1000;
	/* nothing but bucket 7 is there: the rank is beyond it, and it ends all the same */
	cr_assert_eq(provd__times_quantile(&times, 100), 1000);
}
