/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provctl/stats.h
 * @brief What the forms of "provctl stats" share. One thread.
 */
#ifndef PROVD_PROVCTL_STATS_H
#define PROVD_PROVCTL_STATS_H

#include "provctl.h"

/** Attempts that ended bound, of all methods. @param stats type Counters */
json_int_t provctl_stats_successes(const json_t *stats);

/** Prints type Counters in the text format of OpenMetrics 1.0. */
void provctl_print_openmetrics(FILE *out, const json_t *stats);

#endif /* PROVD_PROVCTL_STATS_H */
