/* SPDX-License-Identifier: Apache-2.0 */
#include "simrig.h"

#include <criterion/criterion.h>

#include <string.h>
#include <sys/stat.h>

static const uint8_t value[] = {1, 0, 2, 255};

static void check_round(struct simrig *s)
{
	static uint8_t big[PROVD_STORE_VALUE_MAX + 1];
	const struct provd_event *e;

	cr_assert_eq(s->store->load(s->inst, 1, "a.b"), 0);
	cr_expect_eq(simrig_done(s, 1), PROVD_E_NOT_FOUND);
	cr_assert_eq(s->store->save(s->inst, 2, "a.b", big, sizeof(big) - 1), 0);
	cr_expect_eq(simrig_done(s, 2), 0);
	cr_assert_eq(s->store->save(s->inst, 3, "a.b", value, sizeof(value)), 0);
	cr_assert_eq(s->store->load(s->inst, 4, "a.b"), 0);
	cr_expect_eq(simrig_done(s, 3), 0);
	e = rig_wait(&s->hal, PROVD_EV_OP_DONE, 4);
	cr_assert_not_null(e);
	cr_expect_eq(e->status, 0);
	cr_assert_eq(e->data_size, sizeof(value));
	cr_expect_eq(memcmp(e->data, value, sizeof(value)), 0);
	cr_assert_eq(s->store->erase(s->inst, 5, "a.b"), 0);
	cr_expect_eq(simrig_done(s, 5), 0);
	cr_assert_eq(s->store->erase(s->inst, 6, "a.b"), 0, "not there is no error");
	cr_expect_eq(simrig_done(s, 6), 0);
	cr_expect_eq(s->store->save(s->inst, 7, "a.b", big, sizeof(big)), PROVD_E_INVALID);
	cr_assert_eq(s->store->save(s->inst, 8, "empty", NULL, 0), 0);
	cr_expect_eq(simrig_done(s, 8), 0);
	cr_assert_eq(s->store->load(s->inst, 9, "empty"), 0);
	e = rig_wait(&s->hal, PROVD_EV_OP_DONE, 9);
	cr_assert_not_null(e);
	cr_expect_eq(e->status, 0);
	cr_expect_eq(e->data_size, 0);
}

Test(sim_store, in_memory, .timeout = 30)
{
	struct simrig s;

	simrig_open(&s, "{}");
	check_round(&s);
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_store, in_files, .timeout = 30)
{
	struct simrig s;
	struct stat st;
	char path[128];

	simrig_open(&s, "{\"store_dir\": \"@/store\"}");
	check_round(&s);
	rig_path(&s.rig, "store/empty", path, sizeof(path));
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 0777u, 0600);
	cr_assert_eq(s.store->erase(s.inst, 10, "empty"), 0);
	cr_expect_eq(simrig_done(&s, 10), 0);
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_store, hostile_keys, .timeout = 30)
{
	static const char *const keys[] = {"",	"..",  "../x", "a/b",	  ".x",
					   "A", "a b", "a~",   "\xc3\xa4"};
	char longest[PROVD_STORE_KEY_MAX + 2];
	struct simrig s;

	simrig_open(&s, "{\"store_dir\": \"@/store\"}");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		cr_expect_eq(s.store->save(s.inst, 1, keys[i], value, 1), PROVD_E_INVALID, "%s",
			     keys[i]);
	memset(longest, 'k', sizeof(longest));
	longest[PROVD_STORE_KEY_MAX + 1] = '\0';
	cr_expect_eq(s.store->save(s.inst, 1, longest, value, 1), PROVD_E_INVALID);
	longest[PROVD_STORE_KEY_MAX] = '\0';
	cr_assert_eq(s.store->save(s.inst, 1, longest, value, 1), 0);
	cr_expect_eq(simrig_done(&s, 1), 0);
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_store, closed_while_jobs_wait, .timeout = 30)
{
	struct simrig s;

	simrig_open(&s, "{\"store_dir\": \"@/store\"}");
	for (uint64_t i = 1; i <= 16; i++)
		cr_assert_eq(s.store->save(s.inst, i, "k", value, sizeof(value)), 0);
	cr_expect_eq(s.store->save(s.inst, 17, "k", value, sizeof(value)), PROVD_E_BUSY);
	s.hal.plugin->ops.hal.close(s.inst);
	cr_expect_not_null(rig_wait(&s.hal, PROVD_EV_HAL_CLOSED, 0));
	for (uint64_t i = 1; i <= 16; i++)
		cr_expect_eq(rig_count(&s.hal, PROVD_EV_OP_DONE, i), 1);
	cr_expect_eq(simrig_unload(&s), 0);
}

Test(sim_store, destroyed_while_jobs_run, .timeout = 30)
{
	struct simrig s;

	simrig_open(&s, "{\"store_dir\": \"@/store\"}");
	cr_assert_eq(s.store->save(s.inst, 1, "k", value, sizeof(value)), 0);
	/* Against the contract; nothing may crash, and the host says what was left. */
	rig_unload(&s.hal);
	cr_expect_not(rig_clean(&s.hal));
	cr_expect_eq(rig_finish(&s.rig), 0);
}
