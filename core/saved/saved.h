/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file saved/saved.h
 * @brief What the device remembers: saved networks, a session that was cut off, that it is bound.
 *
 * Three records of the store: "networks", "staged", "device". Changes are made in memory when they
 * are durable, never before: after a power cut the old or the new state is there. `done` of each
 * change runs exactly once on a later turn; changes end in their order. A change of several records
 * (reset) is made durable by one of them, and the others follow.
 *
 * A change returns 0, and `done` follows, or a code, and it does not: PROVD_E_INVALID,
 * PROVD_E_STATE (provd_saved_load was not called yet), PROVD_E_NOMEM, or what the store said. A
 * change asked for while others wait is worked out when its turn comes: then PROVD_E_NOT_FOUND and
 * PROVD_E_ACCESS come by `done`. Credentials are copied, secrets by reference.
 */
#ifndef PROVD_CORE_SAVED_H
#define PROVD_CORE_SAVED_H

#include "store/store.h"

#include <provd/cloud.h>
#include <provd/net.h>

struct provd_saved;

/** A saved network. */
struct provd_saved_network {
	struct provd_credentials credentials; /**< its passphrase is the list's */
	int32_t priority;		      /**< higher is tried first; -1000 to 1000 */
};

/** A session that had got online and has not ended. */
struct provd_saved_staged {
	struct provd_credentials credentials;
	const struct provd_secret *token; /**< NULL: not come yet */
	uint32_t state;			  /**< PROVD_STATE_ONLINE, _REGISTERING or _BINDING */
	uint32_t resumed;		  /**< how often it was taken up after a cut */
	uint64_t at_ms;			  /**< wall clock of its start; the clock may be wrong */
	struct provd_bind_request times;  /**< the wall clock times alone */
	char method[33];
	/** Names the session across starts. 0: provd_saved_stage gives it the one of what is
	 *  staged, or a random one. */
	uint64_t id;
};

/** What provd_saved_reset forgets, as bits. */
enum provd_saved_part {
	PROVD_SAVED_NETWORKS = 1u << 0, /**< and what is staged */
	PROVD_SAVED_BOUND = 1u << 1	/**< and what is staged */
};

typedef void provd_saved_done_fn(void *user, int code, const struct provd_error *err);

/** @param max networks kept at most, 1 to 32 */
int provd_saved_create(struct provd_log *log, struct provd_store *store, size_t max,
		       struct provd_saved **out_saved);

/** The store must be destroyed first or have no operation of it. NULL allowed. */
void provd_saved_destroy(struct provd_saved *saved);

/**
 * Reads the three records. What is damaged or cannot be read is told in the log and counts as
 * empty. A record that is there and could not be read is not overwritten: without its key changes
 * of it fail with PROVD_E_ACCESS; after any other error they read it once more, and fail with what
 * comes of that.
 * @param mark path of the mark that versions before 0.2 left when the device was bound
 *             (state_dir/provisioned): it becomes the record "device" and is removed. NULL: none
 */
int provd_saved_load(struct provd_saved *saved, const char *mark, provd_saved_done_fn *done,
		     void *user);

/** Networks in the order in which they are tried: by priority, then the newest first. */
size_t provd_saved_count(const struct provd_saved *saved);
/** Borrowed until the list changes. NULL beyond the end. */
const struct provd_saved_network *provd_saved_get(const struct provd_saved *saved, size_t index);
/** @return the network of that name, or NULL */
const struct provd_saved_network *provd_saved_find(const struct provd_saved *saved,
						   const uint8_t *ssid, size_t ssid_len);

/** Adds a network before all of its priority, or replaces the one of that name, which keeps its
 *  priority. A new one gets priority 0. When the list is full the last one is forgotten. */
int provd_saved_add(struct provd_saved *saved, const struct provd_credentials *credentials,
		    provd_saved_done_fn *done, void *user);
/** @return PROVD_E_NOT_FOUND when there is none of that name */
int provd_saved_forget(struct provd_saved *saved, const uint8_t *ssid, size_t ssid_len,
		       provd_saved_done_fn *done, void *user);
int provd_saved_set_priority(struct provd_saved *saved, const uint8_t *ssid, size_t ssid_len,
			     int32_t priority, provd_saved_done_fn *done, void *user);

/** What was staged when the daemon started or since, or NULL. Borrowed until it changes. */
const struct provd_saved_staged *provd_saved_staged(const struct provd_saved *saved);
int provd_saved_stage(struct provd_saved *saved, const struct provd_saved_staged *staged,
		      provd_saved_done_fn *done, void *user);
/** Nothing staged is no error. */
int provd_saved_unstage(struct provd_saved *saved, provd_saved_done_fn *done, void *user);

/**
 * 1 when the device was bound and not reset since. Also 1 when that is not known, because the record
 * is damaged or cannot be read, and a network is saved: until the record is read, or the device reset.
 */
int provd_saved_is_bound(const struct provd_saved *saved);
/** Also ends what is staged, by the same write: it is not taken up again even when it cannot be
 *  erased. provd_saved_unstage is still to be called. */
int provd_saved_set_bound(struct provd_saved *saved, provd_saved_done_fn *done, void *user);

/**
 * After `done` with a code the device either is as before, or has forgotten but could not erase the
 * old records: that is made up for before the next change of them or at the next start. What is
 * forgotten need not be readable; with both parts the record "device" need not be either.
 * @param parts bits of enum provd_saved_part
 */
int provd_saved_reset(struct provd_saved *saved, uint32_t parts, provd_saved_done_fn *done,
		      void *user);

/** Calls `fn` whenever a change has become durable; one observer. */
void provd_saved_on_change(struct provd_saved *saved, void (*fn)(void *user), void *user);

/** Sentences on what could not be read, NULL-terminated, for Status: each as long as its record was
 *  neither read nor replaced. */
const char *const *provd_saved_warnings(const struct provd_saved *saved);

#endif /* PROVD_CORE_SAVED_H */
