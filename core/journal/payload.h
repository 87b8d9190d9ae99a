/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file journal/payload.h
 * @brief What a record holds: an entry of the timeline, marks, or a failure of other software.
 *
 * Pure functions. Payloads are compact JSON; what is read back has been checked as hostile input.
 */
#ifndef PROVD_CORE_JOURNAL_PAYLOAD_H
#define PROVD_CORE_JOURNAL_PAYLOAD_H

#include "session/timeline.h"

#include <provd/journal.h>

/** Least `max` of the functions below, and longest texts of an import. */
#define PROVD_JOURNAL_PAYLOAD_MIN 384u
#define PROVD_JOURNAL_TEXT_MAX	  192u
#define PROVD_JOURNAL_METHOD_MAX  64u

/** An entry as it was read. `entry.event` and `entry.detail` live as long as `root`. */
struct provd_journal_entry {
	struct provd_timeline_entry entry;
	json_t *root;
};

/**
 * @param max bytes: a larger one has its texts shortened, then details left out; what tells a
 *            failure goes last
 * @return a text for free(); NULL: no memory
 */
char *provd_journal_entry_write(const struct provd_timeline_entry *entry, size_t max);

/**
 * @param session   given to the entry
 * @param out_entry for provd_journal_entry_finish
 * @return 0 or PROVD_E_CORRUPT
 */
int provd_journal_entry_read(const uint8_t *payload, size_t len, uint64_t session,
			     struct provd_journal_entry *out_entry);
void provd_journal_entry_finish(struct provd_journal_entry *entry);

/** @return a text for free(); NULL: no memory */
char *provd_journal_mark_write(uint32_t marks);
/** @return 0 or PROVD_E_CORRUPT */
int provd_journal_mark_read(const uint8_t *payload, size_t len, uint32_t *out_marks);

/** Texts that are no UTF-8, or too long, are made fit. @return a text for free(); NULL: no memory */
char *provd_journal_import_write(const struct provd_failure *failure);
/**
 * @param out_failure flag IMPORTED, session 0; its texts live as long as `*out_root`
 * @param out_root    for json_decref
 * @return 0 or PROVD_E_CORRUPT
 */
int provd_journal_import_read(const uint8_t *payload, size_t len, struct provd_failure *out_failure,
			      json_t **out_root);

#endif /* PROVD_CORE_JOURNAL_PAYLOAD_H */
