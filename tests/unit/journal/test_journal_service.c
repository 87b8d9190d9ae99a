/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of sessions, before and after a restart. */
#include "journal_world.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(journal_service, .timeout = 120);

Test(journal_service, failures_lines_and_marks_survive_a_restart)
{
	static struct world w;

	world_begin(&w);
	world_open(&w);
	cr_assert_eq(provd_journal_service_last_session(w.service), 0);
	world_failed_session(&w, 1, PROVD_E_WIFI_PASSPHRASE);
	world_good_session(&w, 2);
	world_failed_session(&w, 3, PROVD_E_WIFI_NO_AP);
	world_mark(&w, 1, PROVD_JOURNAL_TOLD);
	for (int run = 0; run < 3; run++) {
		cr_assert_str_eq(world_failures(&w, 0), "1:WIFI_PASSPHRASE 1:TIMEOUT "
							"3:WIFI_NO_AP 3:TIMEOUT");
		cr_assert_str_eq(world_failures(&w, PROVD_JOURNAL_TOLD), "3:WIFI_NO_AP 3:TIMEOUT");
		cr_assert_str_eq(world_lines(&w, 0), "session started|credentials received|attempt "
						     "failed, listening again|session over");
		cr_assert_str_eq(world_lines(&w, 2),
				 "session started|credentials received|session over");
		cr_assert_str_eq(world_lines(&w, 9), "NOT_FOUND");
		cr_assert_str_eq(world_sessions(&w), "1:failed 2:bound 3:failed");
		cr_assert_eq(provd_journal_service_last_session(w.service), 3);
		cr_assert(provd_journal_service_has_undelivered(w.service));
		world_again(&w);
	}
	world_mark(&w, 1, PROVD_JOURNAL_DELIVERED);
	world_mark(&w, 3, PROVD_JOURNAL_DELIVERED);
	world_mark(&w, 99, PROVD_JOURNAL_DELIVERED);
	world_again(&w);
	cr_assert_not(provd_journal_service_has_undelivered(w.service));
	cr_assert_str_eq(world_lines(&w, 0), "NOT_FOUND");
	cr_assert_str_eq(world_failures(&w, PROVD_JOURNAL_DELIVERED), "");
	cr_assert_eq(provd_journal_service_stats(w.service).damaged, 0);
	world_end(&w);
}

struct first {
	struct provd_failure failure;
	char method[64];
	char text[64];
	int count;
};

static void keep_first(void *user, const struct provd_failure *failure)
{
	struct first *first = user;

	if (first->count++)
		return;
	first->failure = *failure;
	(void)snprintf(first->method, sizeof(first->method), "%s", failure->method);
	(void)snprintf(first->text, sizeof(first->text), "%s", failure->text);
}

Test(journal_service, a_failure_has_all_its_members)
{
	static struct world w;
	struct first first = {0};

	world_begin(&w);
	world_open(&w);
	world_failed_session(&w, 4, PROVD_E_WIFI_PASSPHRASE);
	world_again(&w);
	cr_assert_eq(provd_journal_table.failures(w.service, 0, keep_first, &first), 2);
	cr_assert_eq(first.failure.size, sizeof(first.failure));
	cr_assert_eq(first.failure.session, 4);
	cr_assert_eq(first.failure.code, PROVD_E_WIFI_PASSPHRASE);
	cr_assert_eq(first.failure.state, PROVD_STATE_JOINING);
	cr_assert_eq(first.failure.t_us, 1002);
	cr_assert_eq(first.failure.unix_ms, 1007);
	cr_assert_eq(first.failure.app_id, 5);
	cr_assert_eq(first.failure.app_sub, -203);
	cr_assert_eq(first.failure.flags, 0);
	cr_assert_str_eq(first.method, "softap");
	cr_assert_str_eq(first.text, "it did not work");
	world_end(&w);
}

Test(journal_service, the_running_session_is_not_listed)
{
	static struct world w;

	world_begin(&w);
	world_open(&w);
	world_note(&w, 5, "session started");
	world_credentials(&w, 5, "softap");
	world_fail(&w, 5, PROVD_E_WIFI_FULL);
	cr_assert_str_eq(world_failures(&w, 0), "");
	cr_assert_not(provd_journal_service_has_undelivered(w.service));
	cr_assert_str_eq(world_sessions(&w), "5:running");
	cr_assert_eq(provd_journal_service_clear(w.service), 0);
	/* A power cut: it has ended by it, and with a failure. */
	world_again(&w);
	cr_assert_str_eq(world_failures(&w, 0), "5:WIFI_FULL");
	cr_assert(provd_journal_service_has_undelivered(w.service));
	cr_assert_str_eq(world_sessions(&w), "5:cut");
	world_note(&w, 6, "session started");
	cr_assert_str_eq(world_sessions(&w), "5:cut 6:running");
	world_finish(&w, 6, PROVD_STATE_STOPPED, 0);
	world_note(&w, 6, "the network is saved after all");
	cr_assert_str_eq(world_sessions(&w), "5:cut 6:stopped");
	world_end(&w);
}

Test(journal_service, sessions_without_failure_or_not_failed_wait_for_nobody)
{
	static struct world w;

	world_begin(&w);
	world_open(&w);
	world_note(&w, 1, "session started");
	world_credentials(&w, 2, "softap");
	world_fail(&w, 2, PROVD_E_WIFI_NO_AP);
	world_finish(&w, 2, PROVD_STATE_BOUND, 0);
	world_fail(&w, 3, PROVD_E_WIFI_NO_AP);
	world_finish(&w, 3, PROVD_STATE_STOPPED, PROVD_E_CANCELED);
	world_again(&w);
	cr_assert_not(provd_journal_service_has_undelivered(w.service));
	cr_assert_str_eq(world_lines(&w, 0), "NOT_FOUND");
	cr_assert_str_eq(world_failures(&w, 0), "2:WIFI_NO_AP 3:WIFI_NO_AP");
	world_end(&w);
}

Test(journal_service, failures_and_marks_are_told)
{
	static struct world w;

	world_begin(&w);
	world_open(&w);
	world_failed_session(&w, 1, PROVD_E_NET_DNS);
	cr_assert_eq(w.told, 2);
	cr_assert_eq(w.told_codes[0], PROVD_E_NET_DNS);
	cr_assert_eq(w.told_codes[1], PROVD_E_TIMEOUT);
	cr_assert_eq(w.told_marks, 0);
	world_mark(&w, 1, PROVD_JOURNAL_TOLD);
	cr_assert_eq(w.told, 4);
	cr_assert_eq(w.told_marks, PROVD_JOURNAL_TOLD);
	world_mark(&w, 1, PROVD_JOURNAL_TOLD);
	cr_assert_eq(w.told, 4, "nothing has changed");
	cr_assert_eq(provd_journal_service_clear(w.service), 2);
	cr_assert_eq(w.told, 6);
	cr_assert_eq(w.told_marks, PROVD_JOURNAL_TOLD | PROVD_JOURNAL_DELIVERED);
	cr_assert_eq(provd_journal_service_clear(w.service), 0);
	world_end(&w);
}

static void mark_it(void *user, const struct provd_failure *failure)
{
	struct world *world = user;

	world_mark(world, failure->session, PROVD_JOURNAL_TOLD);
	provd_journal_service_forget(world->service);
}

static void mark_it_too(struct world *world, const struct provd_failure *failure)
{
	world_mark(world, failure->session, PROVD_JOURNAL_DELIVERED);
}

Test(journal_service, who_is_told_may_change_the_journal)
{
	static struct world w;

	world_begin(&w);
	world_open(&w);
	w.on_failure = mark_it_too;
	world_failed_session(&w, 1, PROVD_E_NET_DNS);
	world_failed_session(&w, 2, PROVD_E_NET_DNS);
	w.on_failure = NULL;
	cr_assert_str_eq(world_failures(&w, PROVD_JOURNAL_DELIVERED), "");
	/* The first call forgets all, the copy is told to its end. */
	cr_assert_eq(provd_journal_table.failures(w.service, 0, mark_it, &w), 2);
	cr_assert_str_eq(world_failures(&w, 0), "");
	world_end(&w);
}

Test(journal_service, imports_are_one_session_of_their_own)
{
	static struct world w;
	struct provd_failure failures[3] = {0};

	world_begin(&w);
	world_open(&w);
	for (int i = 0; i < 3; i++) {
		failures[i].size = sizeof(failures[i]);
		failures[i].code = PROVD_E_WIFI_NO_AP - i;
		failures[i].text = "recorded elsewhere";
	}
	cr_assert_eq(provd_journal_service_import(w.service, failures, 0), 0);
	world_failed_session(&w, 1, PROVD_E_NET_DNS);
	cr_assert_eq(provd_journal_service_import(w.service, failures, 3), 0);
	world_failed_session(&w, 2, PROVD_E_NET_DNS);
	world_again(&w);
	cr_assert_str_eq(world_failures(&w, 0), "0:WIFI_NO_AP 0:WIFI_PASSPHRASE 0:WIFI_REJECTED "
						"1:NET_DNS 1:TIMEOUT 2:NET_DNS 2:TIMEOUT");
	cr_assert_eq(provd_journal_service_last_session(w.service), 2);
	cr_assert_str_eq(world_sessions(&w), "1:failed 2:failed");
	world_mark(&w, 2, PROVD_JOURNAL_DELIVERED);
	world_mark(&w, 1, PROVD_JOURNAL_DELIVERED);
	cr_assert(provd_journal_service_has_undelivered(w.service));
	cr_assert_str_eq(world_lines(&w, 0),
			 "recorded elsewhere|recorded elsewhere|recorded elsewhere");
	/* They have no number of their own to be marked by. */
	world_mark(&w, 0, PROVD_JOURNAL_DELIVERED);
	world_again(&w);
	cr_assert_not(provd_journal_service_has_undelivered(w.service));
	cr_assert_str_eq(world_failures(&w, PROVD_JOURNAL_DELIVERED), "");
	world_end(&w);
}

Test(journal_service, of_too_many_imports_the_newest_are_kept)
{
	static struct world w;
	struct provd_failure *failures = calloc(2000, sizeof(*failures));
	struct first first = {0};
	int count;

	cr_assert_not_null(failures);
	world_begin(&w);
	world_open(&w);
	for (size_t i = 0; i < 2000; i++)
		failures[i] =
			(struct provd_failure){.size = sizeof(*failures),
					       .code = PROVD_E_UNKNOWN,
					       .app_id = (int32_t)i,
					       .text = "recorded elsewhere, by other software"};
	cr_assert_eq(provd_journal_service_import(w.service, failures, 2000), 0);
	count = provd_journal_table.failures(w.service, 0, keep_first, &first);
	cr_assert_gt(count, 100);
	cr_assert_lt(count, 2000);
	cr_assert_eq(first.failure.app_id, 2000 - count);
	cr_assert_leq(provd_journal_service_stats(w.service).bytes, 65536);
	free(failures);
	world_end(&w);
}

/* More than fit into what one session may have, with the texts of `size` bytes. */
static void import_until_full(struct world *w, size_t size)
{
	struct provd_failure *failures = calloc(2000, sizeof(*failures));
	char text[128];

	cr_assert_not_null(failures);
	memset(text, 'x', size);
	text[size] = '\0';
	for (size_t i = 0; i < 2000; i++)
		failures[i] = (struct provd_failure){
			.size = sizeof(*failures), .code = PROVD_E_UNKNOWN, .text = text};
	cr_assert_eq(provd_journal_service_import(w->service, failures, 2000), 0);
	free(failures);
}

Test(journal_service, a_failure_is_of_the_method_that_brought_the_credentials)
{
	const struct provd_field listens = provd_f_text("method", "airkiss");
	static struct world w;
	struct first first = {0};

	world_begin(&w);
	world_open(&w);
	world_add(&w, 1, PROVD_STATE_LISTENING, "method listens", &listens, 1);
	world_finish(&w, 1, PROVD_STATE_FAILED, PROVD_E_TIMEOUT);
	cr_assert_eq(provd_journal_table.failures(w.service, 0, keep_first, &first), 1);
	cr_assert_str_eq(first.method, "");
	world_mark(&w, 1, PROVD_JOURNAL_DELIVERED);
	world_credentials(&w, 2, "softap");
	world_add(&w, 2, PROVD_STATE_JOINING, "method listens", &listens, 1);
	world_fail(&w, 2, PROVD_E_WIFI_NO_AP);
	world_finish(&w, 2, PROVD_STATE_STOPPED, 0);
	first = (struct first){0};
	cr_assert_eq(provd_journal_table.failures(w.service, PROVD_JOURNAL_DELIVERED, keep_first,
						  &first),
		     1);
	cr_assert_str_eq(first.method, "softap");
	world_end(&w);
}

Test(journal_service, marks_have_room_in_what_is_full)
{
	static struct world w;

	for (size_t size = 1; size < 100; size += 7) {
		world_begin(&w);
		w.max_bytes = 4 * 65536;
		world_open(&w);
		import_until_full(&w, size);
		world_mark(&w, 0, PROVD_JOURNAL_TOLD);
		world_mark(&w, 0, PROVD_JOURNAL_DELIVERED);
		/* Others than those that there are would not end. */
		for (unsigned bit = 2; bit < 32; bit++)
			world_mark(&w, 0, 1u << bit);
		world_again(&w);
		cr_assert_not(provd_journal_service_has_undelivered(w.service), "%zu", size);
		cr_assert_leq(provd_journal_service_stats(w.service).bytes, 65536);
		world_end(&w);
	}
}

/* An empty file may be what a power cut has left of a session, so its number counts. */
Test(journal_service, numbers_that_no_session_can_have_are_none)
{
	static const uint64_t numbers[] = {0,
					   (UINT64_C(1) << 48) + 1,
					   (UINT64_C(1) << 62) - 1,
					   UINT64_C(1) << 62,
					   INT64_MAX,
					   (uint64_t)INT64_MAX + 1,
					   UINT64_MAX};
	static struct world w;

	world_begin(&w);
	world_open(&w);
	world_failed_session(&w, 3, PROVD_E_NET_DNS);
	cr_assert_eq(world_flush(&w), 0);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		world_write(&w, numbers[i], "", 0);
	world_again(&w);
	cr_assert_eq(provd_journal_service_last_session(w.service), 3);
	world_failed_session(&w, 4, PROVD_E_CLOCK);
	import_until_full(&w, 10);
	world_again(&w);
	cr_assert_str_eq(world_sessions(&w), "3:failed 4:failed");
	cr_assert_gt(provd_journal_service_stats(w.service).bytes, 4096);
	world_end(&w);
}

Test(journal_service, forgetting_leaves_only_the_number)
{
	static struct world w;

	world_begin(&w);
	world_open(&w);
	world_failed_session(&w, 41, PROVD_E_NET_DNS);
	world_failed_session(&w, 42, PROVD_E_NET_DNS);
	cr_assert_eq(world_flush(&w), 0);
	provd_journal_service_forget(w.service);
	world_again(&w);
	cr_assert_str_eq(world_failures(&w, 0), "");
	cr_assert_str_eq(world_sessions(&w), "");
	cr_assert_str_eq(world_lines(&w, 42), "NOT_FOUND");
	cr_assert_eq(provd_journal_service_last_session(w.service), 42);
	cr_assert_eq(world_files(&w), 1);
	cr_assert_lt(provd_journal_service_stats(w.service).bytes, 64);
	world_failed_session(&w, 43, PROVD_E_NET_DNS);
	world_again(&w);
	cr_assert_str_eq(world_sessions(&w), "43:failed");
	world_end(&w);
}

Test(journal_service, forgetting_while_a_session_runs)
{
	static struct world w;

	world_begin(&w);
	world_open(&w);
	world_note(&w, 7, "session started");
	world_fail(&w, 7, PROVD_E_NET_DNS);
	provd_journal_service_forget(w.service);
	world_note(&w, 7, "afterwards");
	world_finish(&w, 7, PROVD_STATE_FAILED, PROVD_E_TIMEOUT);
	world_again(&w);
	cr_assert_str_eq(world_failures(&w, 0), "7:TIMEOUT");
	cr_assert_str_eq(world_lines(&w, 7), "afterwards|session over");
	world_end(&w);
}

Test(journal_service, a_full_session_still_has_room_for_failures_and_its_end)
{
	static struct world w;
	char event[200];

	world_begin(&w);
	w.max_bytes = 16384;
	world_open(&w);
	memset(event, 'e', sizeof(event) - 1);
	event[sizeof(event) - 1] = '\0';
	for (int i = 0; i < 100; i++)
		world_note(&w, 1, event);
	cr_assert_eq(world_logged(&w, "part of the journal is full"), 1);
	world_fail(&w, 1, PROVD_E_WIFI_PASSPHRASE);
	world_fail(&w, 1, PROVD_E_WIFI_PASSPHRASE);
	for (int i = 0; i < 100; i++)
		world_fail(&w, 1, PROVD_E_WIFI_NO_AP);
	world_finish(&w, 1, PROVD_STATE_FAILED, PROVD_E_TIMEOUT);
	world_again(&w);
	cr_assert_eq(strncmp(world_failures(&w, 0), "1:WIFI_PASSPHRASE 1:WIFI_PASSPHRASE", 35), 0);
	cr_assert_not_null(strstr(world_failures(&w, 0), "1:TIMEOUT"));
	cr_assert_str_eq(world_sessions(&w), "1:failed");
	cr_assert_leq(provd_journal_service_stats(w.service).bytes, 4096);
	world_end(&w);
}

/* The type has no text of a secret; what other types carry is the caller's. */
Test(journal_service, of_a_secret_only_the_length_is_kept)
{
	static const char canary[] = "c4n4ry-passphrase";
	const struct provd_field fields[] = {
		provd_f_secret("passphrase", strlen(canary)),
		{.type = PROVD_FIELD_SECRET,
		 .key = "token",
		 .number = (int64_t)strlen(canary),
		 .data = canary,
		 .len = (uint32_t)strlen(canary)},
	};
	static struct world w;
	uint8_t *bytes = NULL;
	size_t len;

	world_begin(&w);
	world_open(&w);
	world_add(&w, 1, PROVD_STATE_JOINING, "credentials received", fields, 2);
	world_finish(&w, 1, PROVD_STATE_FAILED, PROVD_E_TIMEOUT);
	cr_assert_eq(world_flush(&w), 0);
	len = world_read(&w, 1, &bytes);
	cr_assert_null(memmem(bytes, len, canary, 6));
	cr_assert_not_null(memmem(bytes, len, "17", 2));
	cr_assert_null(strstr(w.logged, "c4n4ry"));
	free(bytes);
	world_end(&w);
}

static void check_line(void *user, const struct provd_journal_line *line)
{
	int *count = user;

	cr_assert_eq(line->number, (uint32_t)++ * count);
	cr_assert_eq(line->session, 3);
	if (line->number == 3) {
		cr_assert_eq(line->code, PROVD_E_WIFI_NO_AP);
		cr_assert_eq(line->app_id, 5);
		cr_assert_eq(line->app_sub, -203);
		cr_assert_str_eq(line->detail, "during=joining reason=WIFI_NO_AP text=\"it did not "
					       "work\" app_id=5 app_sub=-203");
	} else if (line->number == 1) {
		cr_assert_eq(line->code, 0);
		cr_assert_str_eq(line->detail, "");
		cr_assert_gt(line->unix_ms, line->t_us);
	}
}

Test(journal_service, lines_are_numbered_and_carry_details)
{
	static struct world w;
	uint64_t found = 0;
	int count = 0;

	world_begin(&w);
	world_open(&w);
	world_failed_session(&w, 3, PROVD_E_WIFI_NO_AP);
	world_mark(&w, 3, PROVD_JOURNAL_TOLD);
	cr_assert_eq(provd_journal_table.lines(w.service, 0, &found, check_line, &count), 0);
	cr_assert_eq(found, 3);
	cr_assert_eq(count, 4);
	world_end(&w);
}
