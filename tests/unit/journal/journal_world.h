/* SPDX-License-Identifier: Apache-2.0 */
/* A journal over a folder of its own, entries as a session makes them, and what it tells. */
#ifndef JOURNAL_WORLD_H
#define JOURNAL_WORLD_H

#include "journal/journal.h"
#include "support.h"

#define WORLD_FAILURES 64
#define WORLD_LOG      16384

struct world {
	char folder[64];
	struct provd_loop *loop;
	struct provd_log *log;
	char logged[WORLD_LOG];
	size_t logged_len;
	struct provd_timeline *timeline;
	struct provd_journal_service *service;
	size_t max_bytes;
	size_t max_sessions;
	int done;
	int code;
	uint64_t clock;
	/* by on_failure */
	int told;
	int told_codes[WORLD_FAILURES];
	uint32_t told_marks;
	void (*on_failure)(struct world *world, const struct provd_failure *failure);
};

/* A loop, a log and an empty folder name; no service yet. */
void world_begin(struct world *world);
void world_end(struct world *world);

/* Opens the service over the folder, or over `backend`. */
void world_open(struct world *world);
void world_open_over(struct world *world, const struct provd_journal_backend *backend);
/* Waits until all is durable, or cannot be. @return the code */
int world_flush(struct world *world);
void world_close(struct world *world);
/* Flushes, closes and opens anew. */
void world_again(struct world *world);

void world_add(struct world *world, uint64_t session, uint32_t state, const char *event,
	       const struct provd_field *fields, size_t count);
void world_note(struct world *world, uint64_t session, const char *event);
void world_credentials(struct world *world, uint64_t session, const char *method);
void world_fail(struct world *world, uint64_t session, int code);
void world_finish(struct world *world, uint64_t session, uint32_t state, int code);
/* Credentials, a failed attempt and the end as "failed". */
void world_failed_session(struct world *world, uint64_t session, int code);
void world_good_session(struct world *world, uint64_t session);

/* Failures as the table gives them, "SESSION:CODE" each, joined by blanks. */
const char *world_failures(struct world *world, uint32_t marks);
/* Events of a session's lines, joined by '|'. */
const char *world_lines(struct world *world, uint64_t session);
void world_mark(struct world *world, uint64_t session, uint32_t marks);
/* "7:failed 8:bound" of all sessions that are listed. */
const char *world_sessions(struct world *world);

size_t world_files(const struct world *world);
void world_path(const struct world *world, uint64_t session, char out[128]);
/* Bytes of the session's file. @param out for free() */
size_t world_read(const struct world *world, uint64_t session, uint8_t **out);
void world_write(const struct world *world, uint64_t session, const void *bytes, size_t len);
/* How often a text is in the log. */
int world_logged(const struct world *world, const char *text);

#endif /* JOURNAL_WORLD_H */
