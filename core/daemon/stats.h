/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file daemon/stats.h
 * @brief Counters since the daemon started, for the method Stats.
 *
 * All is counted from the entries of the sessions' timelines, and bounded: nothing is allocated.
 */
#ifndef PROVD_CORE_STATS_H
#define PROVD_CORE_STATS_H

#include "daemon/stats_times.h"
#include "session/timeline.h"

#include <provd/error.h>

/** Methods that are counted apart; further ones are counted as "OTHER". */
#define PROVD_STATS_METHODS_MAX 16

#define PROVD_X(name, number, text, advice, retry) PROVD_STATS_CODE_##name,
/** Codes of the error table, in its order. */
enum provd_stats_code {
	PROVD_ERROR_TABLE(PROVD_X) PROVD_STATS_CODES
};
#undef PROVD_X

/** What has a duration: the states of an attempt in their order, and all of it. */
enum provd_stats_step {
	PROVD_STATS_JOINING,
	PROVD_STATS_ONLINE,
	PROVD_STATS_REGISTERING,
	PROVD_STATS_BINDING,
	PROVD_STATS_TOTAL, /**< from the credentials to bound */
	PROVD_STATS_STEPS
};

/** Of one method. */
struct provd_stats_method {
	char name[48];
	uint64_t attempts;
	uint64_t successes; /**< attempts that ended bound */
	uint64_t failures[PROVD_STATS_CODES];
	struct provd_times steps[PROVD_STATS_STEPS];
};

struct provd_stats {
	uint64_t started_us; /**< monotonic: the daemon's start */
	uint64_t session;    /**< the last one seen */
	uint64_t session_us; /**< its first entry */
	int session_over;    /**< its final state was counted */
	int session_tried;   /**< it had an attempt */
	/** The attempt that runs. */
	struct {
		struct provd_stats_method *method; /**< NULL: none runs */
		uint32_t state;			   /**< enum provd_session_state_id */
		uint64_t state_us;		   /**< since when */
		uint64_t started_us;
	} attempt;
	uint64_t sessions_started;
	uint64_t sessions_bound;
	uint64_t sessions_failed;
	uint64_t sessions_stopped;
	uint64_t attempts;
	uint64_t last_bound_ms; /**< from the first entry to bound, 0: never */
	uint64_t failures[PROVD_STATS_CODES];
	size_t method_count;
	/** The last one takes all that have none. Rows from method_count on have no meaning, and are
	 *  not touched: most devices have two methods, and 100 KiB here. */
	struct provd_stats_method methods[PROVD_STATS_METHODS_MAX + 1];
};

struct provd_daemon;

/** The daemon's counters begin. */
void provd__stats_begin(struct provd_daemon *daemon);
/** The daemon's counters: an entry of a session's timeline. */
void provd__stats_entry(struct provd_daemon *daemon, const struct provd_timeline_entry *entry);

/** @param stats may not be moved afterwards @param now_us monotonic */
void provd__stats_init(struct provd_stats *stats, uint64_t now_us);
/**
 * Sessions are counted by their entries: the first one, and the first one with a final state. An
 * attempt begins with its credentials. It succeeds by "bound", and fails by an entry that says
 * during what, or by the end of its session; one that a stop has ended does neither. A session that
 * failed without an attempt is a failure too, of no method.
 */
void provd__stats_count(struct provd_stats *stats, const struct provd_timeline_entry *entry);

/**
 * The members of Counters that are counted here, and those of the process.
 * @return a new reference, or NULL: out of memory
 */
json_t *provd__stats_json(const struct provd_stats *stats, uint64_t now_us);

#endif /* PROVD_CORE_STATS_H */
