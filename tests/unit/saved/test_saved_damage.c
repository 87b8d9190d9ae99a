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
	cr_assert_eq(do_stage(world, "b", "token-b"), 0);
	cr_assert_eq(do_bound(world), 0);
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
		cr_expect_eq(provd_saved_is_bound(world.saved), i != 0);
		cr_expect_not_null(provd_saved_warnings(world.saved)[0]);
		cr_expect_not_null(strstr(provd_saved_warnings(world.saved)[0], "damaged"));
		cr_expect_null(provd_saved_warnings(world.saved)[1]);
		cr_expect_not_null(strstr(world.lines, "a record cannot be used"));
		cr_expect_eq(do_add(&world, "z", NULL), 0);
		cr_expect_eq(do_stage(&world, "z", "t"), 0);
		cr_expect_eq(do_bound(&world), 0);
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
	cr_expect_eq(do_stage(&world, "a", "t"), 0);
	cr_expect_eq(do_bound(&world), 0);
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
	cr_expect_eq(do_reset(&world, PROVD_SAVED_NETWORKS), PROVD_E_ACCESS);
	cr_expect_eq(do_reset(&world, PROVD_SAVED_BOUND), 0);
	cr_expect(medium_has(&world.medium, "networks"));
	world_end(&world);
}
