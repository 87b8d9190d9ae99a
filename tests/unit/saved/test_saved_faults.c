/* SPDX-License-Identifier: Apache-2.0 */
/* Each step of each change fails or is cut off: what is known and what is stored stay one. */
#include "saved_world.h"

#include <criterion/criterion.h>
#include <provd/error.h>
#include <stdio.h>
#include <string.h>

#include "secret/secret.h"

#define SHOW 2048

static int add_new(struct world *world)
{
	return do_add(world, "c", "passphrase-c");
}

static int add_again(struct world *world)
{
	return do_add(world, "a", "passphrase-new");
}

static int forget(struct world *world)
{
	return do_forget(world, "a");
}

static int prefer(struct world *world)
{
	return do_priority(world, "a", 10);
}

static int stage(struct world *world)
{
	return do_stage(world, "c", "token-c");
}

static int reset_networks(struct world *world)
{
	return do_reset(world, PROVD_SAVED_NETWORKS);
}

static int reset_bound(struct world *world)
{
	return do_reset(world, PROVD_SAVED_BOUND);
}

static int reset_all(struct world *world)
{
	return do_reset(world, PROVD_SAVED_NETWORKS | PROVD_SAVED_BOUND);
}

static const struct {
	const char *name;
	int (*run)(struct world *world);
	int steps;
} changes[] = {
	{"add", add_new, 1},
	{"replace", add_again, 1},
	{"forget", forget, 1},
	{"priority", prefer, 1},
	{"stage", stage, 1},
	{"unstage", do_unstage, 1},
	{"bound", do_bound, 1},
	{"reset networks", reset_networks, 4},
	{"reset bound", reset_bound, 3},
	{"reset all", reset_all, 4},
};

#define CHANGES (sizeof(changes) / sizeof(changes[0]))

/* Two networks, a session cut off, bound unless the change is that. */
static void begin(struct world *world, size_t change, char *before)
{
	world_begin(world, 4);
	world_restart(world);
	cr_assert_eq(do_add(world, "a", "passphrase-a"), 0);
	cr_assert_eq(do_add(world, "b", NULL), 0);
	if (changes[change].run != do_bound)
		cr_assert_eq(do_bound(world), 0);
	cr_assert_eq(do_stage(world, "b", "token-b"), 0);
	world_restart(world);
	describe(world->saved, before, SHOW);
}

/* What a change does when nothing fails. */
static void learn(size_t change, char *after)
{
	struct world world;
	char before[SHOW];

	begin(&world, change, before);
	cr_assert_eq(changes[change].run(&world), 0);
	cr_expect_eq(world.medium.change_count, changes[change].steps, "%s: %d operations",
		     changes[change].name, world.medium.change_count);
	describe(world.saved, after, SHOW);
	cr_expect_str_neq(before, after);
	world_end(&world);
}

static void step_fails(size_t change, int at, const char *after, int for_good)
{
	const char *name = changes[change].name;
	struct world world;
	char before[SHOW];
	char known[SHOW];
	char stored[SHOW];
	int code;

	begin(&world, change, before);
	world.medium.fault = (struct medium_fault){.at = at, .code = PROVD_E_NO_SPACE};
	world.medium.fault_for_good = for_good;
	code = changes[change].run(&world);
	cr_expect_eq(code, PROVD_E_NO_SPACE, "%s, step %d: %d", name, at, code);
	describe(world.saved, known, sizeof(known));
	cr_expect_str_eq(known, at == 1 ? before : after, "%s, step %d: %s", name, at, known);
	cr_expect_eq(world.changes, at == 1 ? 0 : 1, "%s, step %d", name, at);
	/* The following change is made on that, and what was left over is made up for. */
	memset(&world.medium.fault, 0, sizeof(world.medium.fault));
	cr_expect_eq(do_add(&world, "z", NULL), 0);
	cr_expect_eq(do_stage(&world, "z", "token-z"), 0);
	describe(world.saved, known, sizeof(known));
	world_restart(&world);
	describe(world.saved, stored, sizeof(stored));
	cr_expect_str_eq(stored, known, "%s, step %d, and two more", name, at);
	world_end(&world);

	begin(&world, change, before);
	world.medium.fault = (struct medium_fault){.at = at, .code = PROVD_E_IO};
	world.medium.fault_for_good = for_good;
	cr_expect_eq(changes[change].run(&world), PROVD_E_IO);
	world_restart(&world);
	describe(world.saved, stored, sizeof(stored));
	cr_expect_str_eq(stored, at == 1 ? before : after, "%s, step %d: %s", name, at, stored);
	/* It can be asked for once more, if there is still something to it. */
	code = changes[change].run(&world);
	cr_expect(code == 0 || code == PROVD_E_NOT_FOUND, "%s again: %d", name, code);
	describe(world.saved, stored, sizeof(stored));
	cr_expect_str_eq(stored, after, "%s again: %s", name, stored);
	world_end(&world);
}

Test(saved_faults, each_step_fails, .timeout = TEST_TIMEOUT)
{
	char after[SHOW];

	for (size_t i = 0; i < CHANGES; i++) {
		learn(i, after);
		for (int at = 1; at <= changes[i].steps; at++) {
			step_fails(i, at, after, 0);
			step_fails(i, at, after, 1);
		}
	}
}

static void step_is_cut(size_t change, int at, int cut_after, const char *after)
{
	struct world world;
	struct outcome never = {0};
	char before[SHOW];
	char first[SHOW];
	char second[SHOW];
	int is_new = at > 1 || cut_after;

	begin(&world, change, before);
	world.medium.fault = (struct medium_fault){.at = at, .cut = 1, .cut_after = cut_after};
	switch (change) {
	case 7:
	case 8:
	case 9:
		cr_assert_eq(provd_saved_reset(world.saved,
					       change == 7 ? (uint32_t)PROVD_SAVED_NETWORKS
					       : change == 8
						       ? (uint32_t)PROVD_SAVED_BOUND
						       : PROVD_SAVED_NETWORKS | PROVD_SAVED_BOUND,
					       outcome_set, &never),
			     0);
		break;
	default:
		return;
	}
	world_idle(&world);
	cr_expect_eq(never.count, 0);
	world_restart(&world);
	describe(world.saved, first, sizeof(first));
	cr_expect_str_eq(first, is_new ? after : before, "%s, cut at %d: %s", changes[change].name,
			 at, first);
	if (is_new) {
		cr_expect_not(medium_has(&world.medium, "staged"), "not erased at the next start");
		cr_expect_eq(medium_has(&world.medium, "networks"), change == 8);
	}
	world_restart(&world);
	describe(world.saved, second, sizeof(second));
	cr_expect_str_eq(first, second);
	world_end(&world);
}

Test(saved_faults, a_power_cut_at_each_step_of_a_reset, .timeout = TEST_TIMEOUT)
{
	char after[SHOW];

	for (size_t i = 7; i < CHANGES; i++) {
		learn(i, after);
		for (int at = 1; at <= changes[i].steps; at++) {
			step_is_cut(i, at, 0, after);
			step_is_cut(i, at, 1, after);
		}
	}
}

/* A cut reset is finished at the next start; when that is cut or fails too, at the one after. */
Test(saved_faults, making_up_for_a_reset_fails_too, .timeout = TEST_TIMEOUT)
{
	for (int at = 1; at <= 3; at++) {
		struct outcome outcome = {0};
		struct world world;
		char before[SHOW];
		char have[SHOW];

		begin(&world, 9, before);
		world.medium.fault = (struct medium_fault){.at = 2, .code = PROVD_E_IO};
		world.medium.fault_for_good = 1;
		cr_expect_eq(reset_all(&world), PROVD_E_IO);
		cr_expect(medium_has(&world.medium, "networks"));
		world_reopen(&world);
		world.medium.fault = (struct medium_fault){.at = at, .code = PROVD_E_IO};
		world.medium.fault_for_good = 1;
		cr_expect_eq(provd_saved_load(world.saved, NULL, outcome_set, &outcome), 0);
		outcome_wait(&world, &outcome);
		cr_expect_eq(outcome.code, 0);
		cr_expect_str_eq(describe(world.saved, have, sizeof(have)), " bound=0", "%s", have);
		/* As long as the old networks cannot be erased no new one is put in their place. */
		cr_expect_eq(do_add(&world, "z", NULL), PROVD_E_IO);
		memset(&world.medium.fault, 0, sizeof(world.medium.fault));
		cr_expect_eq(do_bound(&world), 0);
		cr_expect_eq(do_add(&world, "y", NULL), 0);
		world_restart(&world);
		cr_expect_str_eq(describe(world.saved, have, sizeof(have)), "[y||0] bound=1", "%s",
				 have);
		world_end(&world);
	}
}

/* A reset that could not be finished leaves nothing behind that spoils the next one. */
Test(saved_faults, a_second_reset_in_the_same_run, .timeout = TEST_TIMEOUT)
{
	for (int at = 1; at <= 4; at++) {
		struct world world;
		char before[SHOW];

		begin(&world, 9, before);
		world.medium.fault = (struct medium_fault){.at = at, .code = PROVD_E_IO};
		cr_expect_eq(reset_all(&world), PROVD_E_IO);
		cr_expect_eq(do_add(&world, "z", NULL), 0);
		cr_expect_eq(do_stage(&world, "z", "token-z"), 0);
		cr_expect_eq(reset_all(&world), 0);
		cr_expect_not(medium_has(&world.medium, "networks"), "step %d", at);
		cr_expect_not(medium_has(&world.medium, "staged"), "step %d", at);
		cr_expect_not(medium_has(&world.medium, "device"), "step %d", at);
		world_end(&world);
	}
}

/* One of a row fails: the following ones are worked out from what is, not from what was hoped. */
Test(saved_faults, one_of_a_row_fails, .timeout = TEST_TIMEOUT)
{
	struct provd_credentials one = credentials_make("one", NULL);
	struct provd_credentials two = credentials_make("two", NULL);
	struct outcome outcomes[4] = {{0}};
	struct world world;
	char have[SHOW];

	world_begin(&world, 4);
	world_restart(&world);
	world.medium.fault = (struct medium_fault){.at = 1, .code = PROVD_E_NO_SPACE};
	cr_expect_eq(provd_saved_add(world.saved, &one, outcome_set, &outcomes[0]), 0);
	cr_expect_eq(provd_saved_set_priority(world.saved, (const uint8_t *)"one", 3, 4,
					      outcome_set, &outcomes[1]),
		     0);
	cr_expect_eq(provd_saved_add(world.saved, &two, outcome_set, &outcomes[2]), 0);
	cr_expect_eq(provd_saved_forget(world.saved, (const uint8_t *)"one", 3, outcome_set,
					&outcomes[3]),
		     0);
	outcome_wait(&world, &outcomes[3]);
	cr_expect_eq(outcomes[0].code, PROVD_E_NO_SPACE);
	cr_expect_not_null(strstr(outcomes[0].text, "the medium says"), "%s", outcomes[0].text);
	cr_expect_eq(outcomes[1].code, PROVD_E_NOT_FOUND);
	cr_expect_not_null(strstr(outcomes[1].text, "not found"), "%s", outcomes[1].text);
	cr_expect_eq(outcomes[2].code, 0);
	cr_expect_eq(outcomes[3].code, PROVD_E_NOT_FOUND);
	cr_expect_eq(world.changes, 1);
	cr_expect_str_eq(describe(world.saved, have, sizeof(have)), "[two||0] bound=0");
	world_restart(&world);
	cr_expect_str_eq(describe(world.saved, have, sizeof(have)), "[two||0] bound=0");
	world_end(&world);
}

static void nobody(void *user, int code, const struct provd_secret *content,
		   const struct provd_error *err)
{
	(void)user;
	(void)code;
	(void)content;
	(void)err;
}

/* Until the store takes no operation more. */
static void fill(struct world *world)
{
	while (provd_store_load(world->store, "other", nobody, NULL) == 0)
		continue;
}

Test(saved_faults, the_store_refuses, .timeout = TEST_TIMEOUT)
{
	struct world world;
	char before[SHOW];
	char have[SHOW];

	for (size_t i = 0; i < CHANGES; i++) {
		begin(&world, i, before);
		fill(&world);
		cr_expect_eq(changes[i].run(&world), PROVD_E_LIMIT, "%s", changes[i].name);
		cr_expect_str_eq(describe(world.saved, have, sizeof(have)), before);
		for (int k = 0; k < 60; k++)
			world_idle(&world);
		cr_expect_eq(changes[i].run(&world), 0, "%s", changes[i].name);
		world_end(&world);
	}
	world_begin(&world, 4);
	world_reopen(&world);
	fill(&world);
	cr_expect_eq(provd_saved_load(world.saved, NULL, outcome_set, NULL), PROVD_E_LIMIT);
	cr_expect_not_null(provd_saved_warnings(world.saved)[2]);
	cr_expect_null(provd_saved_warnings(world.saved)[3]);
	world_end(&world);
}

/** Asks for two changes in a store that is full. */
struct late {
	struct world *world;
	struct outcome outcome;
	struct outcome second;
};

static void fill_and_ask(void *user, int code, const struct provd_error *err)
{
	struct late *late = user;

	(void)code;
	(void)err;
	fill(late->world);
	cr_assert_eq(provd_saved_set_bound(late->world->saved, outcome_set, &late->second), 0);
	cr_assert_eq(late->second.count, 0);
}

Test(saved_faults, the_store_refuses_those_that_waited, .timeout = TEST_TIMEOUT)
{
	struct world world;
	struct late late = {.world = &world};

	world_begin(&world, 4);
	world_restart(&world);
	cr_expect_eq(provd_saved_unstage(world.saved, fill_and_ask, &late), 0);
	cr_expect_eq(provd_saved_set_bound(world.saved, outcome_set, &late.outcome), 0);
	outcome_wait(&world, &late.outcome);
	outcome_wait(&world, &late.second);
	cr_expect_eq(late.outcome.code, PROVD_E_LIMIT);
	cr_expect_eq(late.second.code, PROVD_E_LIMIT);
	cr_expect_not_null(strstr(late.outcome.text, "limit"), "%s", late.outcome.text);
	world_end(&world);
}
