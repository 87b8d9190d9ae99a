/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file journal/derive.h
 * @brief Tells from the entries of a session, one after the other, which of them are failures.
 */
#ifndef PROVD_CORE_JOURNAL_DERIVE_H
#define PROVD_CORE_JOURNAL_DERIVE_H

#include "journal/payload.h"

/** More different codes than the table of <provd/error.h> has. */
#define PROVD_JOURNAL_CODES_MAX 128

/** What earlier entries of the session said. Begins zeroed. */
struct provd_journal_derive {
	char method[PROVD_JOURNAL_METHOD_MAX]; /**< that brought the credentials */
	int codes[PROVD_JOURNAL_CODES_MAX];    /**< of earlier failures */
	size_t count;
};

/** @return 1 when the entry is the last one of its session: bound, failed or stopped */
int provd_journal_is_end(uint32_t state);

/**
 * To be called with each entry in order.
 * @param out_failure given when it is one, without marks; texts live as long as those of `entry`
 *                    and `derive`
 * @return 1 when it is a failure, else 0
 */
int provd_journal_derive(struct provd_journal_derive *derive,
			 const struct provd_timeline_entry *entry,
			 struct provd_failure *out_failure);

#endif /* PROVD_CORE_JOURNAL_DERIVE_H */
