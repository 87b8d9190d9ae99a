/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file journal/trouble.h
 * @brief Tells once that the medium fails, and once that it works again.
 */
#ifndef PROVD_CORE_JOURNAL_TROUBLE_H
#define PROVD_CORE_JOURNAL_TROUBLE_H

#include "log/log.h"

struct provd_journal_trouble {
	struct provd_log *log; /**< NULL: nobody is told */
	int told;
};

/** A write or an erasure has failed. @param err with words; may be NULL */
void provd_journal_trouble_begin(struct provd_journal_trouble *trouble, int code,
				 const struct provd_error *err);
/** A write has worked. */
void provd_journal_trouble_end(struct provd_journal_trouble *trouble);

#endif /* PROVD_CORE_JOURNAL_TROUBLE_H */
