/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/trouble.h"

void provd_journal_trouble_begin(struct provd_journal_trouble *trouble, int code,
				 const struct provd_error *err)
{
	if (!trouble->told && trouble->log)
		PROVD_CLOG(trouble->log, "journal", 0, PROVD_LOG_ERROR,
			   "the journal cannot be kept, it is tried again with the next entry",
			   provd_f_code("reason", code),
			   provd_f_text("text",
					err && err->text[0] ? err->text : provd_err_text(code)));
	trouble->told = 1;
}

void provd_journal_trouble_end(struct provd_journal_trouble *trouble)
{
	if (trouble->told && trouble->log)
		PROVD_CLOG(trouble->log, "journal", 0, PROVD_LOG_INFO, "the journal is kept again",
			   provd_f_code("reason", 0));
	trouble->told = 0;
}
