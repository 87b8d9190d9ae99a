/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the journal's service share. */
#ifndef PROVD_CORE_JOURNAL_SERVICE_INTERNAL_H
#define PROVD_CORE_JOURNAL_SERVICE_INTERNAL_H

#include "journal/codec.h"
#include "journal/derive.h"
#include "journal/journal.h"
#include "journal/payload.h"

/* Imports have numbers of their own, so that they never meet those of sessions to come. */
#define PROVD__JOURNAL_IMPORT (UINT64_C(1) << 62)
/* No device gets that far: what has a higher number is none of ours. */
#define PROVD__JOURNAL_NUMBER_MAX (UINT64_C(1) << 48)

/* A session: its bytes, and what they say in short. */
struct provd__journal_session {
	uint64_t number;
	uint8_t *bytes;
	size_t len;
	size_t size;	/* of the memory */
	size_t written; /* of `len`, as far as known on the medium */
	int touched;	/* something of it may be on the medium */
	int tried;	/* its last write failed; not again in this round */
	uint32_t next;	/* number of the next record */
	uint32_t marks;
	size_t entries;
	size_t failures;
	int last_code;	/* of its last failure */
	uint32_t state; /* an end, or PROVD_STATE_IDLE when it has none */
	uint64_t unix_ms;
	int full_told;
};

struct provd__journal_erase {
	uint64_t number;
	int tried;
};

struct provd__journal_waiter {
	struct provd_journal_service *service;
	struct provd__journal_waiter *next;
	provd_journal_done_fn *done;
	void *user;
	int code;
};

struct provd_journal_service {
	struct provd_journal_config config;
	struct provd_journal_backend backend;
	struct provd_owner *owner;
	size_t session_max; /* bytes of one session, and of them kept free of notes, of all but the end */
	size_t reserve;
	size_t end_reserve;
	size_t sessions_max;
	struct provd__journal_session **list; /* imports, then sessions, each oldest first */
	size_t count;
	size_t size;
	size_t bytes;
	uint64_t last;
	uint64_t last_import;
	uint64_t running;		    /* got entries in this run and no end; 0 none */
	struct provd_journal_derive derive; /* of `derived` */
	uint64_t derived;
	/* writing */
	int opening;
	int opened;
	int busy;
	int urgent;
	int last_failure;
	struct provd__journal_session *writing; /* NULL: an erasure runs, or the session is gone */
	size_t writing_len;
	struct provd__journal_erase *erase; /* in order; the first one may be running */
	size_t erase_count;
	size_t erase_size;
	struct provd__journal_waiter *waiting;	 /* for everything to be written */
	struct provd__journal_waiter *answering; /* on the next turn */
	provd_journal_done_fn *open_done;
	void *open_user;
	struct provd_journal_stats stats;
};

/* service.c */

/* Something has changed: what failed is tried again, and writing goes on. */
void provd__journal_changed(struct provd_journal_service *service);

/* service_keep.c */

int provd__journal_is_import(uint64_t number);
struct provd__journal_session *provd__journal_find(const struct provd_journal_service *service,
						   uint64_t number);
/* Adds an empty one in its place; NULL: no memory. */
struct provd__journal_session *provd__journal_insert(struct provd_journal_service *service,
						     uint64_t number);
/* 1 when it has failed, is not running, and so is kept for somebody. */
int provd__journal_has_failed(const struct provd_journal_service *service,
			      const struct provd__journal_session *session);
/* Forgets a session, on the medium too. */
void provd__journal_drop(struct provd_journal_service *service,
			 struct provd__journal_session *session);
/* Drops sessions until `more` bytes have room. @param keep never dropped; may be NULL
 * @return 0 or PROVD_E_NO_SPACE */
int provd__journal_make_room(struct provd_journal_service *service, size_t more,
			     const struct provd__journal_session *keep);
/* Appends a record; `limit` bytes are the most that the session may have then.
 * @return 0, PROVD_E_LIMIT, PROVD_E_NO_SPACE, PROVD_E_NOMEM */
int provd__journal_append(struct provd_journal_service *service,
			  struct provd__journal_session *session, uint8_t kind, const char *payload,
			  size_t limit);
/* Takes what was read. */
void provd__journal_take(struct provd_journal_service *service, uint64_t number,
			 const uint8_t *bytes, size_t len);
/* After reading: within all bounds. */
void provd__journal_fit(struct provd_journal_service *service);
void provd__journal_free_all(struct provd_journal_service *service);
/* To be erased on the medium when its turn comes. */
void provd__journal_erase_later(struct provd_journal_service *service, uint64_t number);

/* service_read.c */

/* An entry, a failure, or both. */
struct provd__journal_item {
	const struct provd_journal_entry *entry; /* NULL: an import */
	const struct provd_failure *failure;	 /* NULL: an entry that tells none */
};
typedef void provd__journal_item_fn(void *user, const struct provd__journal_item *item);

/* Walks through a session, which must stay as it is. @param derive zeroed; as after the last entry
 * afterwards */
void provd__journal_walk(const struct provd__journal_session *session,
			 struct provd_journal_derive *derive, provd__journal_item_fn *fn,
			 void *user);
/* The failures of a session; it may change or go meanwhile. @return how many, or a code */
int provd__journal_failures_of(const struct provd_journal_service *service, uint64_t number,
			       void (*fn)(void *user, const struct provd_failure *failure),
			       void *user);
/* Numbers of all sessions in order, for free(). @return how many, or a code */
int provd__journal_numbers(const struct provd_journal_service *service, uint64_t **out_numbers);

/* service_add.c */

void provd__journal_mark(void *self, uint64_t session, uint32_t marks);
/* Has the number of the newest session outlive the session. */
void provd__journal_keep_number(struct provd_journal_service *service);

#endif /* PROVD_CORE_JOURNAL_SERVICE_INTERNAL_H */
