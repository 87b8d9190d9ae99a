/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t bench_now_ns(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

size_t bench_number(const char *text, size_t max)
{
	unsigned long long value;
	char *end = NULL;

	errno = 0;
	value = strtoull(text, &end, 10);
	return errno || end == text || *end || value > max ? 0 : (size_t)value;
}

static int compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* Nearest rank: the smallest sample that `percent` of all do not exceed. In microseconds. */
static double rank(const uint64_t *ns, size_t count, size_t percent)
{
	size_t at = (count * percent + 99) / 100;

	return (double)ns[at ? at - 1 : 0] / 1000.0;
}

void bench_print(uint64_t *ns, size_t count, size_t lost)
{
	if (count == 0) {
		printf("{\"count\": 0, \"lost\": %zu}\n", lost);
		return;
	}
	qsort(ns, count, sizeof(*ns), compare);
	printf("{\"count\": %zu, \"lost\": %zu, \"min_us\": %.1f, \"p50_us\": %.1f, "
	       "\"p95_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f}\n",
	       count, lost, (double)ns[0] / 1000.0, rank(ns, count, 50), rank(ns, count, 95),
	       rank(ns, count, 99), (double)ns[count - 1] / 1000.0);
}
