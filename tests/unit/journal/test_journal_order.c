/* SPDX-License-Identifier: Apache-2.0 */
/* What the service asks of its backend, over one that does what the test says. */
#include "journal_world.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

TestSuite(journal_order, .timeout = 60);

struct fake {
	char asked[4096]; /* "w1 e2 ": operations in order */
	size_t asked_len;
	int refuse; /* the next operations are refused with this */
	int running;
	size_t len; /* of the last write */
	size_t added;
	int hurried;
	int destroyed;
	provd_journal_done_fn *done;
	void *user;
	void (*one)(void *user, uint64_t session, const uint8_t *bytes, size_t len);
};

static struct fake fake;
static struct world w;

static int take(char what, uint64_t session, provd_journal_done_fn *done, void *user)
{
	int len = snprintf(fake.asked + fake.asked_len, sizeof(fake.asked) - fake.asked_len,
			   "%c%" PRIu64 " ", what, session);

	cr_assert(len > 0 && (size_t)len < sizeof(fake.asked) - fake.asked_len);
	cr_assert_null(fake.done, "one at a time");
	fake.asked_len += (size_t)len;
	if (fake.refuse)
		return fake.refuse;
	fake.done = done;
	fake.user = user;
	return 0;
}

static int fake_load(void *self,
		     void (*one)(void *user, uint64_t session, const uint8_t *bytes, size_t len),
		     provd_journal_done_fn *done, void *user)
{
	(void)self;
	fake.one = one;
	return take('l', 0, done, user);
}

static int fake_write(void *self, uint64_t session, const uint8_t *bytes, size_t len, size_t added,
		      provd_journal_done_fn *done, void *user)
{
	(void)self;
	(void)bytes;
	fake.len = len;
	fake.added = added;
	return take('w', session, done, user);
}

static int fake_erase(void *self, uint64_t session, provd_journal_done_fn *done, void *user)
{
	(void)self;
	return take('e', session, done, user);
}

static void fake_hurry(void *self)
{
	(void)self;
	fake.hurried++;
}

static void fake_destroy(void *self)
{
	(void)self;
	fake.destroyed++;
	fake.done = NULL;
}

static void answer(int code)
{
	provd_journal_done_fn *done = fake.done;

	cr_assert_not_null(done);
	fake.done = NULL;
	done(fake.user, code);
	for (int i = 0; i < 3; i++)
		provd_loop_turn(w.loop, 0);
}

/* Ends all that is asked for. */
static void answer_all(int code)
{
	for (int i = 0; i < 500 && fake.done; i++)
		answer(code);
	cr_assert_null(fake.done);
}

static void create(void)
{
	const struct provd_journal_backend backend = {.session_max = 8192,
						      .sessions_max = 4,
						      .load = fake_load,
						      .write = fake_write,
						      .erase = fake_erase,
						      .hurry = fake_hurry,
						      .destroy = fake_destroy};
	const struct provd_journal_config config = {
		.loop = w.loop, .log = w.log, .max_bytes = 65536, .max_sessions = 100};

	memset(&fake, 0, sizeof(fake));
	cr_assert_eq(provd_journal_service_create(&config, &backend, &w.service), 0);
}

static int ended;
static int ended_code;

static void on_end(void *user, int code)
{
	(void)user;
	ended++;
	ended_code = code;
}

static void begin(void)
{
	world_begin(&w);
	create();
	ended = 0;
	cr_assert_eq(provd_journal_service_open(w.service, on_end, NULL), 0);
	answer(0);
	cr_assert_eq(ended, 1);
	ended = 0;
	fake.asked_len = 0;
	fake.asked[0] = '\0';
}

static void finish(void)
{
	world_end(&w);
	cr_expect_eq(fake.destroyed, 1);
}

Test(journal_order, what_comes_meanwhile_goes_with_the_next_write)
{
	size_t first;

	begin();
	world_note(&w, 1, "one");
	first = fake.len;
	cr_assert_eq(fake.added, first);
	for (int i = 0; i < 20; i++)
		world_note(&w, 1, "more");
	cr_assert_str_eq(fake.asked, "w1 ");
	answer(0);
	cr_assert_str_eq(fake.asked, "w1 w1 ");
	cr_assert_eq(fake.added, fake.len - first);
	answer(0);
	cr_assert_null(fake.done, "nothing is left to do");
	cr_assert_eq(provd_journal_service_stats(w.service).writes, 2);
	finish();
}

Test(journal_order, what_failed_is_written_again_with_the_next_entry)
{
	size_t len;

	begin();
	world_note(&w, 1, "one");
	answer(0);
	len = fake.len;
	world_note(&w, 1, "two");
	answer(PROVD_E_NO_SPACE);
	cr_assert_null(fake.done, "it waits for the next entry");
	cr_assert_eq(provd_journal_service_stats(w.service).fault, PROVD_E_NO_SPACE);
	world_note(&w, 1, "three");
	cr_assert_eq(fake.added, fake.len - len);
	answer(0);
	cr_assert_null(fake.done);
	cr_assert_eq(provd_journal_service_stats(w.service).write_failures, 1);
	cr_assert_eq(provd_journal_service_stats(w.service).fault, 0);
	finish();
}

Test(journal_order, what_came_during_a_write_that_failed_is_the_next_entry)
{
	begin();
	world_note(&w, 1, "one");
	world_note(&w, 1, "two");
	answer(PROVD_E_IO);
	cr_assert_eq(fake.added, fake.len);
	answer(PROVD_E_IO);
	cr_assert_null(fake.done);
	cr_assert_str_eq(fake.asked, "w1 w1 ");
	finish();
}

Test(journal_order, one_that_fails_holds_up_no_other)
{
	begin();
	world_note(&w, 1, "one");
	world_note(&w, 2, "two");
	world_note(&w, 3, "three");
	answer(PROVD_E_IO);
	answer(0);
	answer(PROVD_E_IO);
	/* The notes of 2 and 3 came while 1 was tried, which then is not tried anew. */
	cr_assert_str_eq(fake.asked, "w1 w2 w3 ");
	fake.refuse = PROVD_E_NOMEM;
	provd_journal_service_flush(w.service, on_end, NULL);
	cr_assert_eq(ended, 0);
	provd_loop_turn(w.loop, 0);
	cr_assert_eq(ended, 1);
	cr_assert_eq(ended_code, PROVD_E_NOMEM);
	fake.refuse = 0;
	provd_journal_service_flush(w.service, on_end, NULL);
	answer_all(0);
	cr_assert_eq(ended, 2);
	cr_assert_eq(ended_code, 0);
	cr_assert_str_eq(fake.asked, "w1 w2 w3 w1 w3 w1 w3 ");
	finish();
}

Test(journal_order, what_is_gone_is_written_as_a_whole)
{
	begin();
	world_note(&w, 1, "one");
	answer(0);
	world_note(&w, 1, "two");
	cr_assert_lt(fake.added, fake.len);
	answer(PROVD_E_STATE);
	cr_assert_eq(fake.added, fake.len);
	answer(PROVD_E_STATE);
	cr_assert_null(fake.done, "not for ever");
	finish();
}

Test(journal_order, room_is_made_before_something_new_is_written)
{
	begin();
	for (uint64_t i = 1; i < 6; i++) {
		world_good_session(&w, i);
		answer_all(0);
	}
	cr_assert_not_null(strstr(fake.asked, "e1 w5 "));
	fake.asked_len = 0;
	world_good_session(&w, 6);
	answer(PROVD_E_IO);
	answer_all(0);
	cr_assert_str_eq(fake.asked, "e2 w6 ");
	world_note(&w, 6, "later");
	answer_all(0);
	cr_assert_str_eq(fake.asked, "e2 w6 e2 w6 ");
	finish();
}

Test(journal_order, a_session_that_was_never_written_needs_no_erasure)
{
	begin();
	world_note(&w, 1, "one");
	for (uint64_t i = 2; i < 20; i++)
		world_good_session(&w, i);
	answer_all(0);
	cr_assert_null(strstr(fake.asked, "e2 "));
	cr_assert_not_null(strstr(fake.asked, "w19 "));
	finish();
}

Test(journal_order, forgetting_erases_before_the_number_is_written)
{
	begin();
	world_failed_session(&w, 1, PROVD_E_IO);
	world_failed_session(&w, 2, PROVD_E_IO);
	answer_all(0);
	fake.asked_len = 0;
	provd_journal_service_forget(w.service);
	answer(0);
	answer(PROVD_E_IO); /* the newest one cannot be erased, but is written over */
	answer(0);
	cr_assert_null(fake.done);
	cr_assert_str_eq(fake.asked, "e2 e1 w2 ");
	finish();
}

Test(journal_order, an_erasure_that_failed_does_not_take_what_was_written_since)
{
	begin();
	world_failed_session(&w, 2, PROVD_E_IO);
	answer_all(0);
	fake.asked_len = 0;
	provd_journal_service_forget(w.service);
	answer(PROVD_E_IO);
	answer(0);
	world_note(&w, 3, "new");
	answer_all(0);
	cr_assert_str_eq(fake.asked, "e2 w2 w3 ");
	finish();
}

Test(journal_order, forgetting_while_the_session_is_written)
{
	begin();
	world_note(&w, 1, "one");
	provd_journal_service_forget(w.service);
	answer(0);
	answer_all(0);
	cr_assert_str_eq(fake.asked, "w1 e1 w1 ");
	cr_assert_eq(fake.added, fake.len);
	finish();
}

Test(journal_order, ends_imports_and_flushes_hurry)
{
	begin();
	world_note(&w, 1, "one");
	cr_assert_eq(fake.hurried, 0);
	answer(0);
	world_note(&w, 1, "two");
	world_finish(&w, 1, PROVD_STATE_BOUND, 0);
	cr_assert_gt(fake.hurried, 0);
	fake.hurried = 0;
	answer(0);
	cr_assert_gt(fake.hurried, 0);
	answer_all(0);
	fake.hurried = 0;
	world_note(&w, 2, "one");
	cr_assert_eq(fake.hurried, 0);
	provd_journal_service_flush(w.service, on_end, NULL);
	cr_assert_gt(fake.hurried, 0);
	answer_all(0);
	cr_assert_eq(ended, 1);
	finish();
}

static int order[4];
static int order_count;

static void on_ordered(void *user, int code)
{
	(void)code;
	order[order_count++] = *(const int *)user;
}

Test(journal_order, flushes_end_in_their_order_when_all_is_written)
{
	static const int numbers[] = {1, 2, 3};

	begin();
	order_count = 0;
	provd_journal_service_flush(w.service, on_ordered, (void *)&numbers[0]);
	world_note(&w, 1, "one");
	provd_journal_service_flush(w.service, on_ordered, (void *)&numbers[1]);
	provd_journal_service_flush(w.service, on_ordered, (void *)&numbers[2]);
	provd_loop_turn(w.loop, 0);
	cr_assert_eq(order_count, 1);
	answer(0);
	cr_assert_eq(order_count, 3);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(order[i], i + 1);
	finish();
}

/* Whatever goes on: nothing is called afterwards, nothing leaks. */
Test(journal_order, it_can_be_ended_at_any_moment)
{
	for (int moment = 0; moment < 8; moment++) {
		world_begin(&w);
		create();
		ended = 0;
		if (moment > 0)
			cr_assert_eq(provd_journal_service_open(w.service, on_end, NULL), 0);
		if (moment > 1)
			provd_journal_service_flush(w.service, on_end, NULL);
		if (moment > 2)
			answer(0);
		if (moment > 3)
			world_failed_session(&w, 1, PROVD_E_IO);
		if (moment > 4)
			provd_journal_service_flush(w.service, on_end, NULL);
		if (moment > 5)
			answer(0);
		if (moment > 6)
			provd_journal_service_forget(w.service);
		ended = 0;
		finish();
		cr_assert_eq(ended, 0, "moment %d", moment);
	}
	provd_journal_service_destroy(NULL);
}

static void end_it(void *user, int code)
{
	(void)user;
	(void)code;
	ended++;
	world_close(&w);
}

Test(journal_order, who_is_told_may_end_it)
{
	world_begin(&w);
	create();
	ended = 0;
	cr_assert_eq(provd_journal_service_open(w.service, end_it, NULL), 0);
	answer(0);
	cr_assert_eq(ended, 1);
	finish();
	begin();
	world_note(&w, 1, "one");
	provd_journal_service_flush(w.service, end_it, NULL);
	provd_journal_service_flush(w.service, end_it, NULL);
	answer(0);
	cr_assert_eq(ended, 1);
	finish();
}

/* Or the daemon could not stop while a slow medium is read. */
Test(journal_order, a_flush_does_not_wait_for_reading)
{
	world_begin(&w);
	create();
	ended = 0;
	cr_assert_eq(provd_journal_service_open(w.service, on_end, NULL), 0);
	provd_journal_service_flush(w.service, on_end, NULL);
	provd_loop_turn(w.loop, 0);
	cr_assert_eq(ended, 1);
	answer(0);
	cr_assert_eq(ended, 2);
	finish();
}

Test(journal_order, before_it_is_open_nothing_gets_in)
{
	world_begin(&w);
	create();
	world_note(&w, 1, "too soon");
	world_mark(&w, 1, PROVD_JOURNAL_TOLD);
	provd_journal_service_forget(w.service);
	cr_assert_eq(provd_journal_service_import(w.service, NULL, 0), PROVD_E_STATE);
	cr_assert_eq(world_flush(&w), 0);
	fake.refuse = PROVD_E_NOMEM;
	cr_assert_eq(provd_journal_service_open(w.service, on_end, NULL), PROVD_E_NOMEM);
	fake.refuse = 0;
	cr_assert_eq(provd_journal_service_open(w.service, on_end, NULL), 0);
	cr_assert_eq(provd_journal_service_open(w.service, on_end, NULL), PROVD_E_STATE);
	cr_assert_eq(provd_journal_service_stats(w.service).sessions, 0);
	finish();
}

Test(journal_order, an_unusable_backend_is_refused_and_ended)
{
	const struct provd_journal_backend backend = {
		.session_max = 100, .sessions_max = 4, .destroy = fake_destroy};
	struct provd_journal_config config = {.max_bytes = 65536, .max_sessions = 100};

	world_begin(&w);
	memset(&fake, 0, sizeof(fake));
	config.loop = w.loop;
	cr_assert_eq(provd_journal_service_create(&config, &backend, &w.service), PROVD_E_INVALID);
	finish();
}
