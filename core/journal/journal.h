/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file journal/journal.h
 * @brief What happened in sessions, kept over power cuts until it was handed over.
 *
 * Each session has its own bytes: records one behind the other, each with a checksum (codec.h).
 * All of them are in memory too, bounded by `max_bytes`, so reading never waits for the medium. A
 * session that failed is kept until it is marked DELIVERED; when room is needed, first go sessions
 * without failures, then delivered ones, then the oldest (that is told in the log). Nothing but
 * typed entries gets in, so there is no way for a secret.
 */
#ifndef PROVD_CORE_JOURNAL_H
#define PROVD_CORE_JOURNAL_H

#include "log/log.h"
#include "loop/loop.h"
#include "session/timeline.h"
#include "store/store.h"

#include <provd/journal.h>

struct provd_journal_service;

typedef void provd_journal_done_fn(void *user, int code);

/**
 * Where the bytes of sessions lie. write and erase return 0 and then end by `done` exactly once on
 * a later turn, or return a code and never do. They end in their order.
 */
struct provd_journal_backend {
	void *self;
	size_t session_max; /**< bytes that one session may have */
	size_t sessions_max;
	/** Calls `one` for each session there is (bytes borrowed), then `done`; both on later turns.
	 *  What cannot be read is told in the log and left out. */
	int (*load)(void *self,
		    void (*one)(void *user, uint64_t session, const uint8_t *bytes, size_t len),
		    provd_journal_done_fn *done, void *user);
	/** The session's bytes are `len` now, all but the last `added` were written before. Copied.
	 *  `done` 0: they would survive a power cut; PROVD_E_STATE: what was written before is not
	 *  there any more, it has to be written again with `added` as large as `len`. */
	int (*write)(void *self, uint64_t session, const uint8_t *bytes, size_t len, size_t added,
		     provd_journal_done_fn *done, void *user);
	/** A session that is not there is no error. */
	int (*erase)(void *self, uint64_t session, provd_journal_done_fn *done, void *user);
	/** Somebody waits: what is put off is done now. NULL when nothing is ever put off. */
	void (*hurry)(void *self);
	/** Ends everything without further callbacks. */
	void (*destroy)(void *self);
};

/** A file for each session in a folder (0700, files 0600), which the first write makes, and the one
 *  it is in. */
int provd_journal_folder(struct provd_loop *loop, struct provd_log *log, const char *folder,
			 struct provd_journal_backend *out_backend);

/** Records of a store, for boards without a file system: the newest 16 sessions, rewritten at most
 *  every two seconds, and at the end of a session at once. @param store borrowed; it must be
 *  destroyed before the backend, or have no operation of it */
int provd_journal_records(struct provd_loop *loop, struct provd_log *log, struct provd_store *store,
			  struct provd_journal_backend *out_backend);

struct provd_journal_config {
	struct provd_loop *loop;
	struct provd_log *log;
	size_t max_bytes;    /**< of all sessions */
	size_t max_sessions; /**< that are kept */
	/** A failure was added, or the marks of its session have changed; borrowed. */
	void (*on_failure)(void *user, const struct provd_failure *failure);
	void *user;
};

/** @param backend taken, also on failure */
int provd_journal_service_create(const struct provd_journal_config *config,
				 const struct provd_journal_backend *backend,
				 struct provd_journal_service **out_service);
/** Ends all without further callbacks. NULL allowed. */
void provd_journal_service_destroy(struct provd_journal_service *service);

/** Reads what is there; `done` follows once on a later turn. Sessions without an end have ended by
 *  a power cut. */
int provd_journal_service_open(struct provd_journal_service *service, provd_journal_done_fn *done,
			       void *user);
/** `done` runs once, on a later turn, when everything that was added is durable, or cannot be. */
void provd_journal_service_flush(struct provd_journal_service *service, provd_journal_done_fn *done,
				 void *user);

/** Number of the newest session that was ever kept, 0 none: new ones are numbered after it. */
uint64_t provd_journal_service_last_session(const struct provd_journal_service *service);

/** An entry of a session. Before the end of `open` it is an error of the caller. */
void provd_journal_service_add(struct provd_journal_service *service,
			       const struct provd_timeline_entry *entry);

/** Failures that other software recorded; kept as one session of their own, which has failed, counts
 *  as older than all others and is not listed as a session. What has no room is left out, the
 *  oldest first. Marks of session 0 are for all of them. @return 0 or a code */
int provd_journal_service_import(struct provd_journal_service *service,
				 const struct provd_failure *failures, size_t count);

/** Marks all sessions with failures but the running one as DELIVERED, which takes them out of what
 *  is handed over. @return how many failures that were */
size_t provd_journal_service_clear(struct provd_journal_service *service);

/** Forgets everything, a reset of the device: the next owner has no business with it. The numbers
 *  go on. */
void provd_journal_service_forget(struct provd_journal_service *service);

/** @return 1 when a session has failed and is not DELIVERED */
int provd_journal_service_has_undelivered(const struct provd_journal_service *service);

/**
 * The entries of a session as provd_timeline_json() gives them.
 * @param session     0: the newest one; set to the one that was found
 * @param out_unix_ms wall clock of its first entry; may be NULL
 * @return a new reference; NULL when the session is not known
 */
json_t *provd_journal_service_entries(const struct provd_journal_service *service,
				      uint64_t *session, uint64_t *out_unix_ms);

/** Type SessionRecord of the control socket, oldest first; a new reference or NULL. */
json_t *provd_journal_service_sessions(const struct provd_journal_service *service);

/** Type FailureRecord of the control socket; a new reference or NULL. */
json_t *provd_journal_failure_json(const struct provd_failure *failure);

/** For methods and clouds; `self` is the service. */
extern const struct provd_journal provd_journal_table;

struct provd_journal_stats {
	uint64_t bytes;
	uint64_t sessions;
	uint64_t writes;
	uint64_t write_failures;
	uint64_t lost; /**< sessions that failed and had to make room before they were delivered */
	uint64_t damaged; /**< places at which bytes had to be passed over while reading */
	int fault;	  /**< how the last write has failed; 0: it has worked */
};
struct provd_journal_stats provd_journal_service_stats(const struct provd_journal_service *service);

#endif /* PROVD_CORE_JOURNAL_H */
