/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file daemon/stats.h
 * @brief Counters since the daemon started, for the method Stats.
 */
#ifndef PROVD_CORE_STATS_H
#define PROVD_CORE_STATS_H

#include "session/timeline.h"

/** Codes whose failures are counted apart; further ones are counted as "OTHER". */
#define PROVD_STATS_CODES_MAX 64

struct provd_stats {
	uint64_t started_us; /**< monotonic: the daemon's start */
	uint64_t session;    /**< the last one seen */
	uint64_t session_us; /**< its first entry */
	int session_over;    /**< its final state was counted */
	uint64_t sessions_started;
	uint64_t sessions_bound;
	uint64_t sessions_failed;
	uint64_t sessions_stopped;
	uint64_t attempts;
	uint64_t last_bound_ms; /**< from the first entry to bound, 0: never */
	size_t code_count;
	struct {
		char code[32];
		uint64_t count;
	} codes[PROVD_STATS_CODES_MAX];
};

struct provd_daemon;

/** The daemon's counters begin. */
void provd__stats_begin(struct provd_daemon *daemon);
/** The daemon's counters: an entry of a session's timeline. */
void provd__stats_entry(struct provd_daemon *daemon, const struct provd_timeline_entry *entry);

/** @param now_us monotonic */
void provd__stats_init(struct provd_stats *stats, uint64_t now_us);
/** Sessions are counted by their entries: the first one, and the first one with a final state. */
void provd__stats_count(struct provd_stats *stats, const struct provd_timeline_entry *entry);

/**
 * The members of Counters that are counted here, and those of the process.
 * @return a new reference, or NULL: out of memory
 */
json_t *provd__stats_json(const struct provd_stats *stats, uint64_t now_us);

#endif /* PROVD_CORE_STATS_H */
