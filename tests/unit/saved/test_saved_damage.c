/* SPDX-License-Identifier: Apache-2.0 */
/* Records that cannot be used at the start: damaged, of a newer version, without their key. */
#include "saved_world.h"

#include <criterion/criterion.h>
#include <provd/error.h>
#include <string.h>

#include "secret/secret.h"

#define SHOW 2048

/* Two networks, a session cut off, bound. */
static void begin(struct world *world, char *before)
{
	world_begin(world, 4);
	world_restart(world);
	cr_assert_eq(do_add(world, "a", "passphrase-a"), 0);
	cr_assert_eq(do_add(world, "b", NULL), 0);
	cr_assert_eq(do_bound(world), 0);
	cr_assert_eq(do_stage(world, "b", "token-b"), 0);
	describe(world->saved, before, SHOW);
}

/* Every change is refused for want of the key. */
static void expect_locked(struct world *world)
{
	cr_expect_eq(do_add(world, "c", NULL), PROVD_E_ACCESS);
	cr_expect_eq(do_forget(world, "a"), PROVD_E_ACCESS);
	cr_expect_eq(do_priority(world, "a", 1), PROVD_E_ACCESS);
	cr_expect_eq(do_stage(world, "c", "token-c"), PROVD_E_ACCESS);
	cr_expect_eq(do_unstage(world), PROVD_E_ACCESS);
	cr_expect_eq(do_bound(world), PROVD_E_ACCESS);
	cr_expect_eq(do_reset(world, PROVD_SAVED_NETWORKS), PROVD_E_ACCESS);
	cr_expect_eq(do_reset(world, PROVD_SAVED_BOUND), PROVD_E_ACCESS);
}

Test(saved_damage, damaged_records_are_empty_ones, .timeout = TEST_TIMEOUT)
{
	static const char *const records[] = {"device", "networks", "staged"};

	for (size_t i = 0; i < 3; i++) {
		struct world world;
		char before[SHOW];
		char have[SHOW];

		begin(&world, before);
		medium_set(&world.medium, records[i], "no record", 9);
		world_restart(&world);
		cr_expect_eq(provd_saved_count(world.saved), i == 1 ? 0 : 2);
		cr_expect_eq(provd_saved_staged(world.saved) == NULL, i == 2);
		cr_expect(provd_saved_is_bound(world.saved), "known, or taken for it");
		cr_expect_not_null(provd_saved_warnings(world.saved)[0]);
		cr_expect_not_null(strstr(provd_saved_warnings(world.saved)[0], "damaged"));
		cr_expect_null(provd_saved_warnings(world.saved)[1]);
		cr_expect_not_null(strstr(world.lines, "a record cannot be used"));
		cr_expect_eq(do_add(&world, "z", NULL), 0);
		cr_expect_eq(do_bound(&world), 0);
		cr_expect_eq(do_stage(&world, "z", "t"), 0);
		describe(world.saved, before, sizeof(before));
		world_restart(&world);
		cr_expect_str_eq(describe(world.saved, have, sizeof(have)), before);
		cr_expect_null(provd_saved_warnings(world.saved)[0]);
		world_end(&world);
	}
}

Test(saved_damage, good_records_of_bad_text, .timeout = TEST_TIMEOUT)
{
	static const struct {
		const char *record;
		const char *text;
		const char *word;
	} rows[] = {
		{"device", "{\"format\":1,\"bound\":\"yes\"}", "damaged"},
		{"device", "{\"format\":2,\"bound\":true}", "newer"},
		{"networks", "{\"format\":1,\"networks\":[{}]}", "damaged"},
		{"networks", "{\"format\":2,\"networks\":[]}", "newer"},
		{"staged", "", "damaged"},
		{"staged", "{\"format\":2}", "newer"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world world;

		world_begin(&world, 4);
		medium_write(&world, rows[i].record, rows[i].text);
		world_restart(&world);
		cr_assert_not_null(provd_saved_warnings(world.saved)[0], "%s", rows[i].text);
		cr_expect_not_null(strstr(provd_saved_warnings(world.saved)[0], rows[i].word), "%s",
				   provd_saved_warnings(world.saved)[0]);
		cr_expect_null(provd_saved_warnings(world.saved)[1]);
		cr_expect_eq(do_add(&world, "z", NULL), 0);
		world_end(&world);
	}
}

Test(saved_damage, the_medium_cannot_be_read, .timeout = TEST_TIMEOUT)
{
	struct outcome outcome = {0};
	struct world world;
	char before[SHOW];
	char have[SHOW];

	begin(&world, before);
	world_reopen(&world);
	world.medium.fail_loads = PROVD_E_IO;
	cr_expect_eq(provd_saved_load(world.saved, NULL, outcome_set, &outcome), 0);
	outcome_wait(&world, &outcome);
	cr_expect_eq(outcome.code, 0);
	cr_expect_str_eq(describe(world.saved, have, sizeof(have)), " bound=0");
	for (int i = 0; i < 3; i++)
		cr_expect_not_null(strstr(provd_saved_warnings(world.saved)[i], "not be read"));
	cr_expect_null(provd_saved_warnings(world.saved)[3]);
	/* It was a passing fault. */
	world_restart(&world);
	cr_expect_str_eq(describe(world.saved, have, sizeof(have)), before);
	world_end(&world);
}

/* Without their key records stay as they are, and changes of them say why. */
Test(saved_damage, without_the_key, .timeout = TEST_TIMEOUT)
{
	struct provd_secret *key = provd_secret_create("0123456789abcdef0123456789abcdef", 32);
	struct outcome first = {0};
	struct outcome second = {0};
	struct world world;
	char before[SHOW];
	char have[SHOW];

	world_begin(&world, 4);
	world.key = key;
	world_restart(&world);
	cr_expect_eq(do_add(&world, "a", "passphrase-a"), 0);
	cr_expect_eq(do_bound(&world), 0);
	cr_expect_eq(do_stage(&world, "a", "t"), 0);
	describe(world.saved, before, sizeof(before));
	world.key = NULL;
	world_restart(&world);
	cr_expect_str_eq(describe(world.saved, have, sizeof(have)), " bound=0");
	for (int i = 0; i < 3; i++)
		cr_expect_not_null(strstr(provd_saved_warnings(world.saved)[i], "key"));
	cr_expect_null(provd_saved_warnings(world.saved)[3]);
	expect_locked(&world);
	cr_expect_eq(world.medium.op_count, 0);
	cr_expect_eq(world.changes, 0);
	world.key = key;
	world_restart(&world);
	cr_expect_str_eq(describe(world.saved, have, sizeof(have)), before);

	/* Asked for while it is read: refused when its turn comes. */
	world.key = NULL;
	world_reopen(&world);
	cr_expect_eq(provd_saved_load(world.saved, NULL, outcome_set, &first), 0);
	cr_expect_eq(provd_saved_set_bound(world.saved, outcome_set, &second), 0);
	outcome_wait(&world, &second);
	cr_expect_eq(first.code, 0);
	cr_expect_eq(second.code, PROVD_E_ACCESS);
	world.key = key;
	world_restart(&world);
	cr_expect_str_eq(describe(world.saved, have, sizeof(have)), before);
	world_end(&world);
}

/* One record alone may be locked: those beside it can be changed. */
Test(saved_damage, one_record_without_the_key, .timeout = TEST_TIMEOUT)
{
	struct world world;

	world_begin(&world, 4);
	world.key = provd_secret_create("0123456789abcdef0123456789abcdef", 32);
	world_restart(&world);
	cr_expect_eq(do_add(&world, "a", "passphrase-a"), 0);
	provd_secret_unref(world.key);
	world.key = NULL;
	world_restart(&world);
	cr_expect_eq(do_add(&world, "b", NULL), PROVD_E_ACCESS);
	cr_expect_eq(do_bound(&world), 0);
	cr_expect_eq(do_stage(&world, "b", "t"), 0);
	cr_expect_eq(do_unstage(&world), 0);
	cr_expect_eq(do_reset(&world, PROVD_SAVED_BOUND), 0);
	cr_expect(medium_has(&world.medium, "networks"));
	cr_expect_eq(do_add(&world, "b", NULL), PROVD_E_ACCESS, "as before");
	cr_expect_eq(do_reset(&world, PROVD_SAVED_NETWORKS), 0, "what is forgotten is not read");
	cr_expect_not(medium_has(&world.medium, "networks"));
	cr_expect_null(provd_saved_warnings(world.saved)[0]);
	cr_expect_eq(do_add(&world, "b", NULL), 0);
	world_end(&world);
}

/* Whoever has lost the key can still begin anew, also when that is cut off or goes wrong. */
Test(saved_damage, a_factory_reset_needs_no_key, .timeout = TEST_TIMEOUT)
{
	const uint32_t all = PROVD_SAVED_NETWORKS | PROVD_SAVED_BOUND;

	for (int at = 0; at <= 4; at++) {
		struct provd_secret *key =
			provd_secret_create("0123456789abcdef0123456789abcdef", 32);
		struct world world;
		char before[SHOW];
		char have[SHOW];

		world_begin(&world, 4);
		world.key = key;
		world_restart(&world);
		cr_expect_eq(do_add(&world, "a", "passphrase-a"), 0);
		cr_expect_eq(do_bound(&world), 0);
		cr_expect_eq(do_stage(&world, "a", "t"), 0);
		describe(world.saved, before, sizeof(before));
		world.key = provd_secret_create("abcdef0123456789abcdef0123456789", 32);
		world_restart(&world);
		cr_expect_not_null(strstr(provd_saved_warnings(world.saved)[0], "key"));
		world.medium.fault = (struct medium_fault){.at = at, .code = PROVD_E_IO};
		cr_expect_eq(do_reset(&world, all), at ? PROVD_E_IO : 0, "step %d", at);
		/* What is not erased yet is told as before, but for the record of the device. */
		for (int k = 0; k < 3; k++)
			cr_expect_eq(provd_saved_warnings(world.saved)[k] != NULL,
				     at == 1 || (at == 2 && k < 2) || (at == 3 && k < 1),
				     "step %d, warning %d", at, k);
		memset(&world.medium.fault, 0, sizeof(world.medium.fault));
		if (at == 1) {
			/* Nothing was forgotten: the old key still opens all of it. */
			expect_locked(&world);
			provd_secret_unref(world.key);
			world.key = provd_secret_ref(key);
			world_restart(&world);
			cr_expect_str_eq(describe(world.saved, have, sizeof(have)), before);
		} else {
			world_restart(&world);
			cr_expect_str_eq(describe(world.saved, have, sizeof(have)), " bound=0");
			cr_expect_null(provd_saved_warnings(world.saved)[0]);
			cr_expect_not(medium_has(&world.medium, "networks"), "step %d", at);
			cr_expect_not(medium_has(&world.medium, "staged"), "step %d", at);
			cr_expect_not(medium_has(&world.medium, "device"), "step %d", at);
			cr_expect_eq(do_add(&world, "b", NULL), 0);
		}
		provd_secret_unref(key);
		world_end(&world);
	}
}

/* Reads the records while one, or (NULL) each of them, cannot be read. */
static void start_with(struct world *world, const char *record, int code)
{
	struct outcome outcome = {0};

	world_reopen(world);
	world->medium.fail_loads = code;
	world->medium.fail_record = record;
	cr_assert_eq(provd_saved_load(world->saved, NULL, outcome_set, &outcome), 0);
	outcome_wait(world, &outcome);
	cr_assert_eq(outcome.code, 0);
	world->medium.op_count = 0;
}

static const int reading_errors[] = {PROVD_E_IO,    PROVD_E_NO_SPACE, PROVD_E_ACCESS,
				     PROVD_E_NOMEM, PROVD_E_TIMEOUT,  PROVD_E_INTERNAL};

#define READING_ERRORS (sizeof(reading_errors) / sizeof(reading_errors[0]))

/* What is there and only cannot be read now is not overwritten. */
Test(saved_damage, a_record_that_was_not_read_is_not_overwritten, .timeout = TEST_TIMEOUT)
{
	for (size_t i = 0; i < READING_ERRORS; i++) {
		int code = reading_errors[i];
		struct world world;
		char before[SHOW];
		char have[SHOW];

		begin(&world, before);
		start_with(&world, NULL, code);
		for (int k = 0; k < 3; k++) {
			const char *warning = provd_saved_warnings(world.saved)[k];

			cr_expect_not_null(strstr(warning, code == PROVD_E_ACCESS
								   ? "access"
								   : "could not be read"),
					   "%d: %s", code, warning);
			cr_expect_null(strstr(warning, "key"), "%d: %s", code, warning);
		}
		cr_expect_null(provd_saved_warnings(world.saved)[3]);
		cr_expect_eq(do_add(&world, "z", NULL), code);
		cr_expect_eq(do_forget(&world, "a"), code);
		cr_expect_eq(do_priority(&world, "a", 1), code);
		cr_expect_eq(do_stage(&world, "z", "t"), code);
		cr_expect_eq(do_unstage(&world), code);
		cr_expect_eq(do_bound(&world), code);
		cr_expect_eq(do_reset(&world, PROVD_SAVED_NETWORKS), code);
		cr_expect_eq(do_reset(&world, PROVD_SAVED_BOUND), code);
		cr_expect_eq(world.medium.change_count, 0, "something was overwritten");
		cr_expect_null(provd_saved_warnings(world.saved)[3]);
		world_restart(&world);
		cr_expect_str_eq(describe(world.saved, have, sizeof(have)), before);
		/* Nothing of it needs to be known for a factory reset. */
		start_with(&world, NULL, code);
		cr_expect_eq(do_reset(&world, PROVD_SAVED_NETWORKS | PROVD_SAVED_BOUND), 0);
		cr_expect_null(provd_saved_warnings(world.saved)[0]);
		world_restart(&world);
		cr_expect_str_eq(describe(world.saved, have, sizeof(have)), " bound=0");
		world_end(&world);
	}
}

/* A passing fault is over at the next change, which is made on what is there. */
Test(saved_damage, a_change_reads_once_more, .timeout = TEST_TIMEOUT)
{
	static const char *const first_ops[] = {"load device", "load networks", "save networks"};
	struct world world;
	char before[SHOW];
	char have[SHOW];
	char known[SHOW];

	begin(&world, before);
	start_with(&world, NULL, PROVD_E_IO);
	world.medium.fail_loads = 0;
	cr_expect_eq(do_add(&world, "z", NULL), 0);
	for (int i = 0; i < 3; i++)
		cr_expect_str_eq(world.medium.ops[i], first_ops[i]);
	cr_expect_eq(world.medium.op_count, 3);
	cr_expect_eq(provd_saved_count(world.saved), 3, "a, b and z");
	cr_expect(provd_saved_is_bound(world.saved));
	cr_expect_not_null(strstr(provd_saved_warnings(world.saved)[0], "session"));
	cr_expect_null(provd_saved_warnings(world.saved)[1]);
	cr_expect_not_null(strstr(world.lines, "a record could be read after all"));
	cr_expect_eq(do_unstage(&world), 0);
	cr_expect_null(provd_saved_warnings(world.saved)[0]);
	describe(world.saved, known, sizeof(known));
	world_restart(&world);
	cr_expect_str_eq(describe(world.saved, have, sizeof(have)), known);

	/* A reset of the networks keeps that the device is bound. */
	start_with(&world, NULL, PROVD_E_IO);
	world.medium.fail_loads = 0;
	cr_expect_eq(do_reset(&world, PROVD_SAVED_NETWORKS), 0);
	cr_expect_str_eq(describe(world.saved, have, sizeof(have)), " bound=1");
	world_end(&world);
}

/* What reading once more shows counts: not there, damaged, without the key. */
Test(saved_damage, a_change_reads_once_more_and_finds, .timeout = TEST_TIMEOUT)
{
	struct world world;
	char before[SHOW];

	begin(&world, before);
	start_with(&world, "networks", PROVD_E_IO);
	world.medium.fail_loads = PROVD_E_NOT_FOUND;
	cr_expect_eq(do_forget(&world, "a"), PROVD_E_NOT_FOUND);
	cr_expect_null(provd_saved_warnings(world.saved)[0]);

	start_with(&world, "networks", PROVD_E_IO);
	world.medium.fail_loads = 0;
	medium_set(&world.medium, "networks", "no record", 9);
	cr_expect_eq(do_add(&world, "z", NULL), 0);
	cr_expect_not_null(strstr(provd_saved_warnings(world.saved)[0], "damaged"));
	cr_expect_eq(provd_saved_count(world.saved), 1);

	world.key = provd_secret_create("0123456789abcdef0123456789abcdef", 32);
	world_restart(&world);
	cr_expect_eq(do_add(&world, "y", NULL), 0);
	provd_secret_unref(world.key);
	world.key = NULL;
	start_with(&world, "networks", PROVD_E_IO);
	world.medium.fail_loads = 0;
	cr_expect_eq(do_add(&world, "x", NULL), PROVD_E_ACCESS);
	cr_expect_not_null(strstr(provd_saved_warnings(world.saved)[0], "key"));
	cr_expect_null(provd_saved_warnings(world.saved)[1]);
	cr_expect_eq(world.medium.op_count, 1);
	cr_expect_eq(do_add(&world, "x", NULL), PROVD_E_ACCESS);
	cr_expect_eq(world.medium.op_count, 1, "a key does not come by reading again");
	world_end(&world);
}

/* The record of the device alone: the others can be changed, and what it says counts later. */
Test(saved_damage, the_device_is_read_late, .timeout = TEST_TIMEOUT)
{
	struct world world;
	char before[SHOW];
	char have[SHOW];

	begin(&world, before);
	start_with(&world, "device", PROVD_E_IO);
	cr_expect_eq(do_add(&world, "z", NULL), 0);
	cr_expect_eq(do_bound(&world), PROVD_E_IO);
	world_restart(&world);
	cr_expect(provd_saved_is_bound(world.saved));
	cr_expect_eq(provd_saved_count(world.saved), 3);

	/* A reset that was cut off. */
	world.medium.fault = (struct medium_fault){.at = 2, .code = PROVD_E_IO};
	world.medium.fault_for_good = 1;
	cr_expect_eq(do_reset(&world, PROVD_SAVED_NETWORKS), PROVD_E_IO);
	start_with(&world, "device", PROVD_E_IO);
	cr_expect_eq(provd_saved_count(world.saved), 3, "not known yet");
	world.medium.fail_loads = 0;
	cr_expect_eq(do_add(&world, "y", NULL), 0);
	cr_expect_str_eq(describe(world.saved, have, sizeof(have)), "[y||0] bound=1");
	world_restart(&world);
	cr_expect_str_eq(describe(world.saved, have, sizeof(have)), "[y||0] bound=1");
	world_end(&world);
}
