/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/stats_times.h"

static size_t bucket_of(uint64_t ms)
{
	unsigned shift = 0;

	if (ms >> PROVD_TIMES_TOP_BIT)
		return PROVD_TIMES_BUCKETS - 1;
	while (ms >> shift >= 2 * PROVD_TIMES_SUB)
		shift++;
	/* below 32 the value itself; then 16 buckets for each bit more */
	return PROVD_TIMES_SUB * shift + (size_t)(ms >> shift);
}

/* The largest value of a bucket. */
static uint64_t end_of(size_t bucket)
{
	size_t shift = bucket < 2 * PROVD_TIMES_SUB ? 0 : bucket / PROVD_TIMES_SUB - 1;

	if (bucket == PROVD_TIMES_BUCKETS - 1)
		return UINT64_MAX;
	return ((uint64_t)(bucket - PROVD_TIMES_SUB * shift + 1) << shift) - 1;
}

void provd__times_add(struct provd_times *times, uint64_t ms)
{
	times->count++;
	times->sum_ms += ms;
	if (ms > times->max_ms)
		times->max_ms = ms;
	times->buckets[bucket_of(ms)]++;
}

uint64_t provd__times_quantile(const struct provd_times *times, unsigned percent)
{
	/* of the value in the order of all; in this form it can't overflow */
	uint64_t rank = times->count / 100 * percent + (times->count % 100 * percent + 99) / 100;
	uint64_t seen = 0;
	size_t bucket = 0;

	if (times->count == 0)
		return 0;
	while (bucket < PROVD_TIMES_BUCKETS - 1 && seen + times->buckets[bucket] < rank)
		seen += times->buckets[bucket++];
	return end_of(bucket) < times->max_ms ? end_of(bucket) : times->max_ms;
}
