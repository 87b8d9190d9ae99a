/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file daemon/stats_times.h
 * @brief How long something took, many times over, in bounded memory.
 *
 * A log-linear histogram: each power of two of milliseconds has 16 buckets of the same width, so a
 * bucket's end is at most 1/16 above any value in it. Integers alone; pure functions.
 */
#ifndef PROVD_CORE_STATS_TIMES_H
#define PROVD_CORE_STATS_TIMES_H

#include <stddef.h>
#include <stdint.h>

/** Buckets of each power of two. */
#define PROVD_TIMES_SUB 16u
/** Values from 2^22 ms on, which is 70 minutes, share one more bucket, the last one. */
#define PROVD_TIMES_TOP_BIT 22u
/** 0 to 15 ms have a bucket each, then come the powers from 2^4 to 2^21. */
#define PROVD_TIMES_BUCKETS (PROVD_TIMES_SUB * (1u + PROVD_TIMES_TOP_BIT - 4u) + 1u)

/** All zero: nothing was counted. */
struct provd_times {
	uint64_t count;
	uint64_t sum_ms;
	uint64_t max_ms;
	uint32_t buckets[PROVD_TIMES_BUCKETS];
};

/** Counts one. */
void provd__times_add(struct provd_times *times, uint64_t ms);

/**
 * @param percent 1 to 100
 * @return milliseconds which so many of 100 did not exceed (nearest rank): the exact value, or at
 *         most 1/16 more; beyond 70 minutes max_ms. 0: nothing was counted
 */
uint64_t provd__times_quantile(const struct provd_times *times, unsigned percent);

#endif /* PROVD_CORE_STATS_TIMES_H */
