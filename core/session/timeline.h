/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file session/timeline.h
 * @brief What happened in the last sessions, in order, bounded.
 *
 * An entry's details are made from typed fields, so a secret cannot get in, and personal data is
 * shortened as in the log.
 */
#ifndef PROVD_CORE_TIMELINE_H
#define PROVD_CORE_TIMELINE_H

#include <provd/event.h>

#include <jansson.h>

struct provd_timeline;

/** One entry. */
struct provd_timeline_entry {
	uint64_t session;
	uint64_t t_us;	   /**< monotonic */
	uint64_t unix_ms;  /**< wall clock */
	uint32_t state;	   /**< enum provd_session_state_id after it */
	uint32_t flow;	   /**< enum provd_flow */
	const char *event; /**< a few words */
	json_t *detail;	   /**< object of texts */
};

/**
 * @param max_entries of one session; the oldest but the first are dropped
 * @param max_sessions kept
 * @param personal 1: SSID, MAC and IP in full
 * @return 0 or PROVD_E_NOMEM
 */
int provd_timeline_create(size_t max_entries, size_t max_sessions, int personal,
			  struct provd_timeline **out_timeline);

/** From now on; what was added stays as it is. @param personal as in provd_timeline_create */
void provd_timeline_set_personal(struct provd_timeline *timeline, int personal);

/** NULL allowed. */
/** Drops what it has of all sessions. */
void provd_timeline_forget(struct provd_timeline *timeline);
void provd_timeline_destroy(struct provd_timeline *timeline);

/**
 * Appends. @param unix_ms wall clock
 * @param event copied
 * @return the entry, valid until the next call; NULL: out of memory
 */
const struct provd_timeline_entry *
provd_timeline_add(struct provd_timeline *timeline, uint64_t session, uint64_t t_us,
		   uint64_t unix_ms, uint32_t state, uint32_t flow, const char *event,
		   const struct provd_field *fields, size_t field_count);

/** An entry as type Entry of the control socket; a new reference or NULL. */
json_t *provd_timeline_entry_json(const struct provd_timeline_entry *entry);

/**
 * The entries of a session as a list.
 * @param session 0: the newest one; set to the one that was found
 * @param out_unix_ms wall clock of its first entry; may be NULL
 * @return a new reference; NULL when the session is not known
 */
json_t *provd_timeline_json(const struct provd_timeline *timeline, uint64_t *session,
			    uint64_t *out_unix_ms);

/** @return 1 when credentials were taken with it, so that an attempt begins; their method is its
 *  "method". Steps of the join that follow may have details of these names too */
static inline int provd_timeline_begins_attempt(const struct provd_timeline_entry *entry)
{
	return entry->state == PROVD_STATE_JOINING &&
	       json_is_string(json_object_get(entry->detail, "method")) &&
	       json_is_string(json_object_get(entry->detail, "attempt"));
}

/** The two ends of a flow as in type Entry: "phone", "device", "ap", "cloud". */
const char *provd_flow_from(uint32_t flow);
const char *provd_flow_to(uint32_t flow);

/** Name of a state as in events and on the control socket: "listening". */
const char *provd_state_name(uint32_t state);

#endif /* PROVD_CORE_TIMELINE_H */
