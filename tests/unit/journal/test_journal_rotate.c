/* SPDX-License-Identifier: Apache-2.0 */
/* What goes when room is needed, and that nothing grows without a bound. */
#include "journal_world.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(journal_rotate, .timeout = 120);

Test(journal_rotate, first_those_that_did_not_fail_then_delivered_then_the_oldest)
{
	static struct world w;

	world_begin(&w);
	w.max_sessions = 5;
	world_open(&w);
	world_failed_session(&w, 1, PROVD_E_NET_DNS);
	world_failed_session(&w, 2, PROVD_E_NET_DNS);
	world_good_session(&w, 3);
	world_failed_session(&w, 4, PROVD_E_NET_DNS);
	world_good_session(&w, 5);
	world_mark(&w, 2, PROVD_JOURNAL_DELIVERED);
	world_failed_session(&w, 6, PROVD_E_NET_DNS);
	cr_assert_str_eq(world_sessions(&w), "1:failed 2:failed 4:failed 5:bound 6:failed");
	world_failed_session(&w, 7, PROVD_E_NET_DNS);
	cr_assert_str_eq(world_sessions(&w), "1:failed 2:failed 4:failed 6:failed 7:failed");
	world_failed_session(&w, 8, PROVD_E_NET_DNS);
	cr_assert_str_eq(world_sessions(&w), "1:failed 4:failed 6:failed 7:failed 8:failed");
	cr_assert_eq(provd_journal_service_stats(w.service).lost, 0);
	cr_assert_eq(world_logged(&w, "had to make room"), 0);
	world_failed_session(&w, 9, PROVD_E_NET_DNS);
	cr_assert_str_eq(world_sessions(&w), "4:failed 6:failed 7:failed 8:failed 9:failed");
	cr_assert_eq(provd_journal_service_stats(w.service).lost, 1);
	cr_assert_eq(world_logged(&w, "had to make room"), 1);
	world_again(&w);
	cr_assert_str_eq(world_sessions(&w), "4:failed 6:failed 7:failed 8:failed 9:failed");
	cr_assert_eq(world_files(&w), 5);
	world_end(&w);
}

Test(journal_rotate, failed_ones_outlive_any_number_of_good_ones)
{
	static struct world w;

	world_begin(&w);
	w.max_sessions = 4;
	w.max_bytes = 16384;
	world_open(&w);
	world_failed_session(&w, 1, PROVD_E_NET_DNS);
	world_failed_session(&w, 2, PROVD_E_NET_DNS);
	for (uint64_t i = 3; i < 300; i++) {
		world_good_session(&w, i);
		if (i % 50 == 0)
			world_again(&w);
	}
	cr_assert_str_eq(world_failures(&w, PROVD_JOURNAL_DELIVERED),
			 "1:NET_DNS 1:TIMEOUT 2:NET_DNS 2:TIMEOUT");
	cr_assert_eq(provd_journal_service_stats(w.service).lost, 0);
	world_end(&w);
}

/* The newest session holds the number that must never be given again. */
Test(journal_rotate, the_number_of_the_newest_is_never_lost)
{
	static struct world w;

	world_begin(&w);
	w.max_sessions = 3;
	world_open(&w);
	for (uint64_t i = 1; i < 4; i++)
		world_failed_session(&w, i, PROVD_E_NET_DNS);
	world_good_session(&w, 4);
	world_again(&w);
	cr_assert_eq(provd_journal_service_last_session(w.service), 4);
	w.max_sessions = 2;
	world_again(&w);
	cr_assert_eq(provd_journal_service_last_session(w.service), 4);
	cr_assert_str_eq(world_sessions(&w), "3:failed 4:bound");
	world_end(&w);
}

Test(journal_rotate, smaller_bounds_hold_from_the_next_start)
{
	static struct world w;
	char event[900];

	world_begin(&w);
	w.max_bytes = (size_t)1024 * 1024;
	world_open(&w);
	memset(event, 'e', sizeof(event) - 1);
	event[sizeof(event) - 1] = '\0';
	for (uint64_t session = 1; session < 4; session++) {
		for (int i = 0; i < 50; i++)
			world_note(&w, session, event);
		world_finish(&w, session, PROVD_STATE_BOUND, 0);
	}
	cr_assert_gt(provd_journal_service_stats(w.service).bytes, 100000);
	w.max_bytes = 16384;
	world_again(&w);
	cr_assert_leq(provd_journal_service_stats(w.service).bytes, 16384);
	cr_assert_eq(provd_journal_service_last_session(w.service), 3);
	world_again(&w);
	cr_assert_eq(provd_journal_service_last_session(w.service), 3);
	cr_assert_eq(world_files(&w), 1);
	world_end(&w);
}

static size_t bytes_on_disk(struct world *w, uint64_t last)
{
	size_t total = 0;

	for (uint64_t session = last > 100 ? last - 100 : 1; session <= last; session++) {
		char path[128];
		uint8_t *bytes = NULL;
		FILE *file;

		world_path(w, session, path);
		file = fopen(path, "rb");
		if (!file)
			continue;
		(void)fclose(file);
		total += world_read(w, session, &bytes);
		free(bytes);
	}
	return total;
}

static void random_session(struct world *w, uint64_t session, unsigned *seed)
{
	int entries = 1 + rand_r(seed) % 30;
	int kind = rand_r(seed) % 4;

	for (int i = 0; i < entries; i++) {
		if (rand_r(seed) % 5 == 0)
			world_fail(w, session, PROVD_E_WIFI_NO_AP - rand_r(seed) % 9);
		else
			world_credentials(w, session, "softap");
	}
	if (kind > 0)
		world_finish(w, session,
			     kind == 1	 ? PROVD_STATE_BOUND
			     : kind == 2 ? PROVD_STATE_STOPPED
					 : PROVD_STATE_FAILED,
			     kind == 3 ? PROVD_E_TIMEOUT : 0);
	if (rand_r(seed) % 4 == 0)
		world_mark(w, session, PROVD_JOURNAL_DELIVERED);
}

Test(journal_rotate, two_thousand_random_sessions_stay_within_the_bounds)
{
	static struct world w;
	unsigned seed = 20;

	world_begin(&w);
	w.max_bytes = 40000;
	w.max_sessions = 20;
	world_open(&w);
	for (uint64_t session = 1; session <= 2000; session++) {
		struct provd_journal_stats stats;

		random_session(&w, session, &seed);
		stats = provd_journal_service_stats(w.service);
		cr_assert_leq(stats.bytes, 40000);
		cr_assert_leq(stats.sessions, 20);
		if (session % 100 == 0) {
			world_again(&w);
			cr_assert_leq(world_files(&w), 20);
			cr_assert_leq(bytes_on_disk(&w, session), 40000);
			cr_assert_eq(bytes_on_disk(&w, session),
				     provd_journal_service_stats(w.service).bytes);
			cr_assert_eq(provd_journal_service_last_session(w.service), session);
			cr_assert_eq(provd_journal_service_stats(w.service).damaged, 0);
		}
	}
	world_end(&w);
}
