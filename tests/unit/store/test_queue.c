/* SPDX-License-Identifier: Apache-2.0 */
/* The store over a backend that does what the test says. */
#include "store_files.h"
#include "support.h"

#include <criterion/criterion.h>

#include <string.h>

#include "store/record.h"

TestSuite(store_queue, .timeout = 30);

/* One operation at a time, as the store promises. */
struct fake {
	char what[32]; /* first letter of each operation that was asked for */
	int asked;
	int refuse; /* the next operation is refused with this */
	int refused;
	int destroyed;
	provd_store_done_fn *done;
	void *user;
	struct provd_secret *saved;
};

static struct fake fake;
static struct provd_loop *loop;
static struct provd_store *store;
static struct results results;

static int take(char what, provd_store_done_fn *done, void *user)
{
	int code = fake.refuse;

	cr_assert_null(fake.done, "one at a time");
	fake.what[fake.asked++] = what;
	fake.refuse = 0;
	if (code) {
		fake.refused++;
		return code;
	}
	fake.done = done;
	fake.user = user;
	return 0;
}

static int fake_load(void *self, const char *name, provd_store_done_fn *done, void *user)
{
	(void)self;
	(void)name;
	return take('l', done, user);
}

static int fake_save(void *self, const char *name, const struct provd_secret *content,
		     provd_store_done_fn *done, void *user)
{
	(void)self;
	(void)name;
	provd_secret_unref(fake.saved);
	fake.saved = provd_secret_ref(content);
	return take('s', done, user);
}

static int fake_erase(void *self, const char *name, provd_store_done_fn *done, void *user)
{
	(void)self;
	(void)name;
	return take('e', done, user);
}

static int fake_set_aside(void *self, const char *name, provd_store_done_fn *done, void *user)
{
	(void)self;
	(void)name;
	return take('a', done, user);
}

static void fake_destroy(void *self)
{
	(void)self;
	fake.destroyed++;
	fake.done = NULL;
}

static const struct provd_store_backend backend = {.load = fake_load,
						   .save = fake_save,
						   .erase = fake_erase,
						   .set_aside = fake_set_aside,
						   .destroy = fake_destroy};

static void begin(void)
{
	loop = loop_open();
	cr_assert_eq(provd_store_create(loop, NULL, &backend, NULL, &store), 0);
}

static void finish(void)
{
	provd_store_destroy(store);
	cr_expect_eq(fake.destroyed, 1);
	provd_secret_unref(fake.saved);
	results_clear(&results);
	loop_shut(loop);
}

static void turns(void)
{
	for (int i = 0; i < 10; i++)
		provd_loop_turn(loop, 0);
}

/* Ends what the backend was asked for. */
static void answer(int code, const struct provd_secret *content)
{
	provd_store_done_fn *done = fake.done;

	cr_assert_not_null(done);
	fake.done = NULL;
	done(fake.user, code, content, NULL);
	turns();
}

static void ask_load(void)
{
	cr_assert_eq(provd_store_load(store, "a", results_done, &results), 0);
}

Test(store_queue, one_at_a_time_and_in_order)
{
	struct provd_secret *content = provd_secret_create("x", 1);

	begin();
	cr_assert_eq(provd_store_save(store, "a", content, results_done, &results), 0);
	cr_assert_eq(provd_store_erase(store, "a", results_done, &results), 0);
	ask_load();
	cr_expect_eq(fake.asked, 0, "nothing begins inside the call");
	turns();
	cr_expect_str_eq(fake.what, "s");
	answer(0, NULL);
	cr_expect_str_eq(fake.what, "se");
	answer(PROVD_E_IO, NULL);
	cr_expect_str_eq(fake.what, "sel");
	answer(0, fake.saved);
	cr_assert_eq(results.count, 3);
	cr_expect_eq(results.codes[0], 0);
	cr_expect_not(results.has_err[0]);
	cr_expect_eq(results.codes[1], PROVD_E_IO);
	cr_expect_str_eq(results.texts[1], "record 'a': reading or writing failed");
	cr_expect_eq(results.codes[2], 0);
	cr_expect(results_content_is(&results, 2, "x"));
	cr_expect_eq(provd_store_get_stats(store).saves, 1);
	cr_expect_eq(provd_store_get_stats(store).failures, 1);
	provd_secret_unref(content);
	finish();
}

Test(store_queue, a_refusal_is_told_on_a_later_turn)
{
	begin();
	fake.refuse = PROVD_E_NO_CAPABILITY;
	ask_load();
	ask_load();
	cr_expect_eq(results.count, 0);
	turns();
	cr_expect_eq(results.count, 1);
	cr_expect_eq(results.codes[0], PROVD_E_NO_CAPABILITY);
	cr_expect_str_eq(fake.what, "ll", "the next one goes on");
	answer(PROVD_E_NOT_FOUND, NULL);
	cr_expect_eq(results.codes[1], PROVD_E_NOT_FOUND);
	finish();
}

Test(store_queue, damage_is_told_when_it_has_been_set_aside)
{
	struct provd_secret *bad = provd_secret_create("bad", 3);

	begin();
	ask_load();
	ask_load();
	turns();
	answer(0, bad);
	cr_expect_str_eq(fake.what, "la");
	cr_expect_eq(results.count, 0);
	answer(0, NULL);
	cr_expect_eq(results.codes[0], PROVD_E_CORRUPT);
	cr_expect_str_eq(results.texts[0], "record 'a' is damaged: shorter than its header");
	cr_expect_str_eq(fake.what, "lal");
	answer(PROVD_E_CORRUPT, NULL);
	cr_expect_str_eq(fake.what, "lala", "what the backend finds damaged too");
	answer(PROVD_E_IO, NULL);
	cr_expect_eq(results.codes[1], PROVD_E_CORRUPT, "also when it cannot be set aside");
	cr_expect_str_eq(results.texts[1], "record 'a' is damaged");
	fake.refuse = PROVD_E_NOMEM;
	ask_load();
	turns();
	cr_expect_eq(results.codes[2], PROVD_E_NOMEM);
	ask_load();
	turns();
	fake.refuse = PROVD_E_NOMEM;
	answer(0, bad);
	cr_expect_eq(results.codes[3], PROVD_E_CORRUPT);
	cr_expect_eq(provd_store_get_stats(store).damaged, 3);
	provd_secret_unref(bad);
	finish();
}

static void done_and_ask(void *user, int code, const struct provd_secret *content,
			 const struct provd_error *err)
{
	results_done(user, code, content, err);
	if (results.count < 5)
		cr_assert_eq(provd_store_load(store, "a", done_and_ask, user), 0);
}

Test(store_queue, done_may_ask_for_the_next_one)
{
	begin();
	cr_assert_eq(provd_store_load(store, "a", done_and_ask, &results), 0);
	turns();
	for (int i = 1; i <= 5; i++) {
		answer(PROVD_E_NOT_FOUND, NULL);
		cr_expect_eq(results.count, i);
	}
	finish();
}

static void done_and_destroy(void *user, int code, const struct provd_secret *content,
			     const struct provd_error *err)
{
	results_done(user, code, content, err);
	provd_store_destroy(store);
	store = NULL;
}

Test(store_queue, done_may_end_the_store)
{
	begin();
	cr_assert_eq(provd_store_load(store, "a", done_and_destroy, &results), 0);
	ask_load();
	turns();
	answer(PROVD_E_NOT_FOUND, NULL);
	cr_expect_eq(results.count, 1);
	cr_expect_str_eq(fake.what, "l");
	finish();
}

Test(store_queue, nothing_is_told_after_the_end)
{
	begin();
	ask_load();
	ask_load();
	turns();
	provd_store_destroy(store);
	store = NULL;
	turns();
	cr_expect_eq(results.count, 0);
	finish();
}

Test(store_queue, bounded_and_picky)
{
	struct provd_secret *big = provd_secret_alloc(PROVD_STORE_CONTENT_MAX + 1, NULL);
	int code = 0;
	int taken = 0;

	begin();
	cr_expect_eq(provd_store_load(store, "A", results_done, &results), PROVD_E_INVALID);
	cr_expect_eq(provd_store_load(store, "a", NULL, &results), PROVD_E_INVALID);
	cr_expect_eq(provd_store_save(store, "a", big, results_done, &results), PROVD_E_INVALID);
	cr_expect_eq(provd_store_save(store, "a", NULL, results_done, &results), PROVD_E_INVALID);
	while (taken < 1000 && code == 0) {
		code = provd_store_load(store, "a", results_done, &results);
		taken += code == 0;
	}
	cr_expect_eq(code, PROVD_E_LIMIT);
	cr_expect_eq(taken, 256);
	provd_secret_unref(big);
	finish();
}

Test(store_queue, the_backend_is_taken_even_on_failure)
{
	struct provd_secret *key = provd_secret_create("too short", 9);

	loop = loop_open();
	cr_expect_eq(provd_store_create(loop, NULL, &backend, key, &store), PROVD_E_INVALID);
	cr_expect_null(store);
	provd_secret_unref(key);
	finish();
}
