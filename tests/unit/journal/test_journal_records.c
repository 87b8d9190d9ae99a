/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions as records of a store, which lie in memory here. */
#include "journal_world.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secret/secret.h"

TestSuite(journal_records, .timeout = 60);

#define RECORDS 32

struct memory {
	struct provd_owner *owner;
	char names[RECORDS][PROVD_STORE_NAME_MAX + 1];
	struct provd_secret *contents[RECORDS];
	int fail_saves;
	int silent; /* nothing ends any more */
	int saves;
	int unread; /* loads of this number of records, from the first, end with ACCESS */
	int hung;   /* loads run into their time */
	int loads;
};

/* Outlives a store: the medium. */
static struct memory memory;
static struct world w;
static struct provd_store *store;
static uint64_t saved_us[256];

struct answer {
	provd_store_done_fn *done;
	void *user;
	int code;
	struct provd_secret *content;
};

static struct answer answers[8];
static size_t answer_first;
static size_t answer_count;

static void answer_next(void *user)
{
	struct answer answer = answers[answer_first % 8];
	const struct provd_error err = {.size = sizeof(err), .code = answer.code};

	(void)user;
	answer_first++;
	answer.done(answer.user, answer.code, answer.content, answer.code ? &err : NULL);
	provd_secret_unref(answer.content);
}

static int later(int code, struct provd_secret *content, provd_store_done_fn *done, void *user)
{
	if (memory.silent)
		return 0;
	answers[answer_count++ % 8] = (struct answer){
		.done = done, .user = user, .code = code, .content = provd_secret_ref(content)};
	return provd_defer(memory.owner, answer_next, NULL);
}

static int find(const char *name)
{
	for (int i = 0; i < RECORDS; i++)
		if (strcmp(memory.names[i], name) == 0)
			return i;
	return -1;
}

static int memory_load(void *self, const char *name, provd_store_done_fn *done, void *user)
{
	int at = find(name);

	(void)self;
	memory.loads++;
	if (memory.hung)
		return later(PROVD_E_TIMEOUT, NULL, done, user);
	if (memory.unread > 0) {
		memory.unread--;
		return later(PROVD_E_ACCESS, NULL, done, user);
	}
	return at < 0 ? later(PROVD_E_NOT_FOUND, NULL, done, user)
		      : later(0, memory.contents[at], done, user);
}

static int memory_save(void *self, const char *name, const struct provd_secret *content,
		       provd_store_done_fn *done, void *user)
{
	int at = find(name);

	(void)self;
	if (memory.fail_saves)
		return later(PROVD_E_NO_SPACE, NULL, done, user);
	if (at < 0)
		at = find("");
	cr_assert_geq(at, 0);
	(void)snprintf(memory.names[at], sizeof(memory.names[at]), "%s", name);
	provd_secret_unref(memory.contents[at]);
	memory.contents[at] = provd_secret_ref(content);
	if (memory.saves < 256)
		saved_us[memory.saves] = provd_loop_now_us(w.loop);
	memory.saves++;
	return later(0, NULL, done, user);
}

static int memory_erase(void *self, const char *name, provd_store_done_fn *done, void *user)
{
	int at = find(name);

	(void)self;
	if (at >= 0) {
		memory.names[at][0] = '\0';
		provd_secret_unref(memory.contents[at]);
		memory.contents[at] = NULL;
	}
	return later(0, NULL, done, user);
}

static int memory_aside(void *self, const char *name, provd_store_done_fn *done, void *user)
{
	return memory_erase(self, name, done, user);
}

static void memory_destroy(void *self)
{
	(void)self;
	(void)provd_owner_destroy(memory.owner);
	while (answer_first < answer_count)
		provd_secret_unref(answers[answer_first++ % 8].content);
}

static void start(void)
{
	const struct provd_store_backend medium = {.load = memory_load,
						   .save = memory_save,
						   .erase = memory_erase,
						   .set_aside = memory_aside,
						   .destroy = memory_destroy};
	struct provd_journal_backend backend;

	cr_assert_eq(provd_owner_create(w.loop, "memory", &memory.owner), 0);
	cr_assert_eq(provd_store_create(w.loop, w.log, &medium, NULL, &store), 0);
	cr_assert_eq(provd_journal_records(w.loop, w.log, store, &backend), 0);
	world_open_over(&w, &backend);
	cr_assert_eq(w.code, 0);
}

static void stop(void)
{
	provd_store_destroy(store);
	world_close(&w);
}

static void begin(void)
{
	memset(&memory, 0, sizeof(memory));
	answer_first = answer_count = 0;
	world_begin(&w);
	start();
}

static void again(void)
{
	cr_assert_eq(world_flush(&w), 0);
	stop();
	start();
}

static void finish(void)
{
	stop();
	for (int i = 0; i < RECORDS; i++)
		provd_secret_unref(memory.contents[i]);
	world_end(&w);
}

static int records(void)
{
	int count = 0;

	for (int i = 0; i < RECORDS; i++)
		count += memory.names[i][0] != '\0';
	return count;
}

Test(journal_records, all_comes_back)
{
	begin();
	world_failed_session(&w, 1, PROVD_E_NET_DNS);
	world_good_session(&w, 2);
	world_failed_session(&w, 3, PROVD_E_CLOCK);
	world_mark(&w, 1, PROVD_JOURNAL_DELIVERED);
	again();
	cr_assert_str_eq(world_sessions(&w), "1:failed 2:bound 3:failed");
	cr_assert_str_eq(world_failures(&w, PROVD_JOURNAL_DELIVERED), "3:CLOCK 3:TIMEOUT");
	cr_assert_geq(find("journal-00"), 0);
	cr_assert_geq(find("journal-02"), 0);
	cr_assert_eq(records(), 3);
	finish();
}

Test(journal_records, sixteen_at_most)
{
	begin();
	for (uint64_t i = 1; i <= 60; i++) {
		world_good_session(&w, i);
		if (i % 7 == 0)
			again();
		cr_assert_leq(records(), 16);
	}
	again();
	cr_assert_eq(records(), 16);
	cr_assert_eq(strncmp(world_sessions(&w), "45:bound 46:bound", 17), 0);
	cr_assert_eq(provd_journal_service_last_session(w.service), 60);
	finish();
}

Test(journal_records, a_record_rests_two_seconds_between_writes)
{
	int before;

	begin();
	world_note(&w, 1, "one");
	loop_until(w.loop, &memory.saves, 1);
	for (int i = 0; i < 50; i++) {
		world_note(&w, 1, "more");
		provd_loop_turn(w.loop, 0);
	}
	loop_until(w.loop, &memory.saves, 2);
	cr_assert_geq(saved_us[1] - saved_us[0], 1999000);
	/* Its end does not wait. */
	before = memory.saves;
	world_finish(&w, 1, PROVD_STATE_BOUND, 0);
	loop_until(w.loop, &memory.saves, before + 1);
	cr_assert_lt(saved_us[before] - saved_us[before - 1], 1900000);
	again();
	cr_assert_str_eq(world_sessions(&w), "1:bound");
	finish();
}

Test(journal_records, a_flush_does_not_wait)
{
	uint64_t start_us;

	begin();
	start_us = provd_loop_now_us(w.loop);
	for (int i = 0; i < 10; i++) {
		world_note(&w, 1, "more");
		cr_assert_eq(world_flush(&w), 0);
	}
	cr_assert_lt(provd_loop_now_us(w.loop) - start_us, 1500000);
	cr_assert_eq(memory.saves, 10);
	finish();
}

Test(journal_records, a_full_medium_is_told_once_and_tried_again)
{
	begin();
	memory.fail_saves = 1;
	world_failed_session(&w, 1, PROVD_E_NET_DNS);
	cr_assert_eq(world_flush(&w), PROVD_E_NO_SPACE);
	world_failed_session(&w, 2, PROVD_E_NET_DNS);
	cr_assert_eq(world_flush(&w), PROVD_E_NO_SPACE);
	cr_assert_eq(world_logged(&w, "the journal cannot be kept"), 1);
	memory.fail_saves = 0;
	again();
	cr_assert_eq(world_logged(&w, "the journal is kept again"), 1);
	cr_assert_str_eq(world_sessions(&w), "1:failed 2:failed");
	finish();
}

Test(journal_records, what_cannot_be_read_is_written_over_last)
{
	begin();
	for (uint64_t i = 1; i <= 3; i++)
		world_good_session(&w, i);
	cr_assert_eq(world_flush(&w), 0);
	stop();
	memory.unread = 2;
	start();
	cr_assert_str_eq(world_sessions(&w), "3:bound");
	cr_assert_eq(world_logged(&w, "a part of the journal cannot be read"), 2);
	for (uint64_t i = 4; i <= 16; i++)
		world_good_session(&w, i);
	cr_assert_eq(world_flush(&w), 0);
	cr_assert_eq(records(), 16);
	world_good_session(&w, 17);
	again();
	cr_assert_eq(records(), 16);
	cr_assert_not_null(strstr(world_sessions(&w), "2:bound 3:bound"));
	cr_assert_eq(provd_journal_service_last_session(w.service), 17);
	finish();
}

/* Each would take its ten seconds, and the daemon is not ready before. */
Test(journal_records, a_medium_that_hangs_is_asked_once)
{
	begin();
	for (uint64_t i = 1; i <= 3; i++)
		world_good_session(&w, i);
	cr_assert_eq(world_flush(&w), 0);
	stop();
	memory.loads = 0;
	memory.hung = 1;
	start();
	cr_assert_eq(memory.loads, 1);
	cr_assert_str_eq(world_sessions(&w), "");
	cr_assert_eq(world_logged(&w, "a part of the journal cannot be read"), 1);
	memory.hung = 0;
	world_failed_session(&w, 4, PROVD_E_NET_DNS);
	again();
	cr_assert_str_eq(world_sessions(&w), "2:bound 3:bound 4:failed");
	finish();
}

Test(journal_records, records_of_nonsense)
{
	struct provd_secret *content;
	static const char *const texts[] = {"", "short", "12345678", "12345678 and no record"};

	begin();
	for (int i = 0; i < 4; i++) {
		content = provd_secret_create(texts[i], strlen(texts[i]));
		memory.contents[i] = content;
		(void)snprintf(memory.names[i], sizeof(memory.names[i]), "journal-%02d", i);
	}
	stop();
	start();
	cr_assert_str_eq(world_sessions(&w), "");
	world_failed_session(&w, 3, PROVD_E_NET_DNS);
	again();
	cr_assert_not_null(strstr(world_sessions(&w), "3:failed"));
	finish();
}

Test(journal_records, it_can_be_ended_while_something_runs)
{
	begin();
	memory.silent = 1;
	world_failed_session(&w, 1, PROVD_E_NET_DNS);
	finish();
	begin();
	world_note(&w, 1, "one");
	cr_assert_eq(world_flush(&w), 0);
	world_note(&w, 1, "this one waits");
	finish();
}
