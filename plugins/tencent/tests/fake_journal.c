/* SPDX-License-Identifier: Apache-2.0 */
/* The scripted host's journal. */
#include "fake_host.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

static int failures(void *self, uint32_t marks,
		    void (*fn)(void *user, const struct provd_failure *failure), void *user)
{
	struct fake *fake = self;
	struct fake_journal *journal = &fake->journal;
	int count = 0;

	journal->is_walked = true;
	for (size_t i = 0; i < journal->failure_count; i++) {
		struct provd_failure one = journal->failures[i];

		if ((one.marks & marks) != 0)
			continue;
		fn(user, &one);
		count++;
	}
	journal->is_walked = false;
	return count;
}

static uint64_t newest_undelivered(const struct fake_journal *journal)
{
	for (size_t i = journal->failure_count; i > 0; i--)
		if ((journal->failures[i - 1].marks & PROVD_JOURNAL_DELIVERED) == 0)
			return journal->failures[i - 1].session;
	return 0;
}

static int lines(void *self, uint64_t session, uint64_t *out_session,
		 void (*fn)(void *user, const struct provd_journal_line *line), void *user)
{
	struct fake *fake = self;
	struct fake_journal *journal = &fake->journal;
	bool found = false;

	if (session == 0)
		session = newest_undelivered(journal);
	for (size_t i = 0; session != 0 && i < journal->line_count; i++) {
		struct provd_journal_line one = journal->lines[i];

		if (one.session != session)
			continue;
		found = true;
		fn(user, &one);
	}
	if (!found)
		return PROVD_E_NOT_FOUND;
	*out_session = session;
	return 0;
}

static void mark(void *self, uint64_t session, uint32_t marks)
{
	struct fake *fake = self;
	struct fake_journal *journal = &fake->journal;

	cr_assert(!journal->is_walked, "a mark while the journal is read");
	cr_assert_lt(journal->mark_count, FAKE_MARKS_MAX);
	journal->marks[journal->mark_count].session = session;
	journal->marks[journal->mark_count].marks = marks;
	journal->mark_count++;
	for (size_t i = 0; i < journal->failure_count; i++)
		if (journal->failures[i].session == session)
			journal->failures[i].marks |= marks;
}

const struct provd_journal fake_journal_table = {
	.size = sizeof(fake_journal_table), .failures = failures, .lines = lines, .mark = mark};

void fake_failure(struct fake *fake, uint64_t session, uint32_t state, int code, int32_t id,
		  int32_t sub)
{
	struct fake_journal *journal = &fake->journal;
	struct provd_failure failure = {.size = sizeof(failure),
					.session = session,
					.t_us = 1000000u * (journal->failure_count + 1),
					.code = code,
					.state = state,
					.app_id = id,
					.app_sub = sub,
					.method = "softap",
					.text = provd_err_text(code)};

	cr_assert_lt(journal->failure_count, FAKE_FAILURES_MAX);
	journal->is_there = true;
	journal->failures[journal->failure_count++] = failure;
}

void fake_line(struct fake *fake, uint64_t session, uint32_t state, int code, const char *event)
{
	struct fake_journal *journal = &fake->journal;
	struct provd_journal_line line = {.size = sizeof(line),
					  .session = session,
					  .state = state,
					  .code = code,
					  .event = event,
					  .detail = ""};

	cr_assert_lt(journal->line_count, FAKE_LINES_MAX);
	journal->is_there = true;
	for (size_t i = 0; i < journal->line_count; i++)
		line.number += journal->lines[i].session == session;
	line.number++;
	line.t_us = line.number * 1000000u;
	if (code == PROVD_E_WIFI_PASSPHRASE) {
		line.app_id = 12;
		line.app_sub = -3;
	}
	journal->lines[journal->line_count++] = line;
}

size_t fake_marked(const struct fake *fake, uint64_t session, uint32_t mark_wanted)
{
	size_t count = 0;

	for (size_t i = 0; i < fake->journal.mark_count; i++)
		count += fake->journal.marks[i].session == session &&
			 fake->journal.marks[i].marks == mark_wanted;
	return count;
}
