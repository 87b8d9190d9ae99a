/* SPDX-License-Identifier: Apache-2.0 */
/* The list on a medium that works: what changes do, in which order, and when they end. */
#include "saved_world.h"

#include <criterion/criterion.h>
#include <provd/error.h>
#include <provd/event.h>
#include <stdio.h>
#include <string.h>

#include "secret/secret.h"

#define SHOW 2048

static void expect(struct world *world, const char *text)
{
	char have[SHOW];

	cr_expect_str_eq(describe(world->saved, have, sizeof(have)), text, "%s\nnot %s", have,
			 text);
}

Test(saved, begins_empty, .timeout = TEST_TIMEOUT)
{
	struct world world;

	world_begin(&world, 8);
	world_restart(&world);
	expect(&world, " bound=0");
	cr_expect_null(provd_saved_get(world.saved, 0));
	cr_expect_null(provd_saved_staged(world.saved));
	cr_expect_null(provd_saved_warnings(world.saved)[0]);
	cr_expect_eq(world.changes, 0);
	world_end(&world);
}

Test(saved, survives_a_restart, .timeout = TEST_TIMEOUT)
{
	static const char all[] = "[c|passphrase-c|7][b||0][a|passphrase-a|0] staged d token-d 4 1 "
				  "1700000000000 1 2 3 4 softap bound=1";
	struct world world;

	world_begin(&world, 8);
	world_restart(&world);
	cr_expect_eq(do_add(&world, "a", "passphrase-a"), 0);
	cr_expect_eq(do_add(&world, "c", "passphrase-c"), 0);
	cr_expect_eq(do_priority(&world, "c", 7), 0);
	cr_expect_eq(do_add(&world, "b", NULL), 0);
	cr_expect_eq(do_bound(&world), 0);
	cr_expect_eq(do_stage(&world, "d", "token-d"), 0);
	cr_expect_eq(world.changes, 6);
	expect(&world, all);
	world_restart(&world);
	expect(&world, all);
	cr_expect_eq(do_forget(&world, "a"), 0);
	cr_expect_eq(do_unstage(&world), 0);
	world_restart(&world);
	expect(&world, "[c|passphrase-c|7][b||0] bound=1");
	cr_expect_not(medium_has(&world.medium, "staged"));
	world_end(&world);
}

Test(saved, find_and_get, .timeout = TEST_TIMEOUT)
{
	struct world world;

	world_begin(&world, 2);
	world_restart(&world);
	cr_expect_eq(do_add(&world, "a", "passphrase-a"), 0);
	cr_expect_eq(do_add(&world, "b", NULL), 0);
	cr_expect_eq(provd_saved_find(world.saved, (const uint8_t *)"a", 1),
		     provd_saved_get(world.saved, 1));
	cr_expect_null(provd_saved_find(world.saved, (const uint8_t *)"ab", 2));
	cr_expect_null(provd_saved_find(world.saved, NULL, 0));
	cr_expect_eq(do_add(&world, "c", NULL), 0);
	expect(&world, "[c||0][b||0] bound=0");
	world_restart(&world);
	expect(&world, "[c||0][b||0] bound=0");
	world_end(&world);
}

Test(saved, nothing_to_do_is_done_later, .timeout = TEST_TIMEOUT)
{
	struct world world;

	world_begin(&world, 2);
	world_restart(&world);
	cr_expect_eq(do_unstage(&world), 0);
	cr_expect_eq(do_reset(&world, PROVD_SAVED_NETWORKS | PROVD_SAVED_BOUND), 0);
	cr_expect_eq(do_bound(&world), 0);
	cr_expect_eq(do_bound(&world), 0);
	expect(&world, " bound=1");
	world_end(&world);
}

Test(saved, refused_at_once, .timeout = TEST_TIMEOUT)
{
	struct provd_saved_staged staged = {.credentials = {.size = 1}};
	struct provd_saved *none = NULL;
	struct world world;
	char longest[34];

	memset(longest, 'a', sizeof(longest));
	longest[33] = '\0';
	world_begin(&world, 2);
	world_reopen(&world);
	cr_expect_eq(do_add(&world, "a", NULL), PROVD_E_STATE, "before it was read");
	cr_expect_eq(do_bound(&world), PROVD_E_STATE);
	cr_expect_eq(do_unstage(&world), PROVD_E_STATE);
	cr_expect_eq(do_stage(&world, "a", "t"), PROVD_E_STATE);
	cr_expect_eq(do_reset(&world, PROVD_SAVED_BOUND), PROVD_E_STATE);
	world_restart(&world);
	cr_expect_eq(provd_saved_load(world.saved, NULL, NULL, NULL), PROVD_E_STATE);
	cr_expect_eq(do_add(&world, "", NULL), PROVD_E_INVALID);
	cr_expect_eq(provd_saved_add(world.saved, NULL, NULL, NULL), PROVD_E_INVALID);
	cr_expect_eq(provd_saved_stage(world.saved, &staged, NULL, NULL), PROVD_E_INVALID);
	cr_expect_eq(do_reset(&world, 0), PROVD_E_INVALID);
	cr_expect_eq(do_reset(&world, 4), PROVD_E_INVALID);
	cr_expect_eq(do_forget(&world, "a"), PROVD_E_NOT_FOUND);
	cr_expect_eq(do_forget(&world, ""), PROVD_E_NOT_FOUND);
	cr_expect_eq(do_forget(&world, longest), PROVD_E_NOT_FOUND);
	cr_expect_eq(do_priority(&world, "a", 1), PROVD_E_NOT_FOUND);
	cr_expect_eq(do_priority(&world, "a", 1001), PROVD_E_INVALID);
	cr_expect_eq(provd_saved_create(world.log, world.store, 0, &none), PROVD_E_INVALID);
	cr_expect_eq(provd_saved_create(world.log, world.store, 33, &none), PROVD_E_INVALID);
	cr_expect_eq(world.medium.op_count, 0);
	cr_expect_eq(world.changes, 0);
	world_end(&world);
}

/* Nothing shows before it is durable, all ends in order, one operation at a time. */
Test(saved, many_at_once, .timeout = TEST_TIMEOUT)
{
	struct provd_credentials credentials[8];
	struct outcome outcomes[12] = {{0}};
	struct world world;
	int counter = 0;
	char name[2] = "a";
	char have[SHOW];

	world_begin(&world, 4);
	world_restart(&world);
	for (int i = 0; i < 12; i++)
		outcomes[i].counter = &counter;
	for (int i = 0; i < 8; i++) {
		name[0] = (char)('a' + i % 6);
		credentials[i] = credentials_make(name, "passphrase");
		cr_expect_eq(
			provd_saved_add(world.saved, &credentials[i], outcome_set, &outcomes[i]),
			0);
		credentials_drop(&credentials[i]);
	}
	/* The list is empty now, but it won't be when their turn has come. */
	cr_expect_eq(provd_saved_set_priority(world.saved, (const uint8_t *)"b", 1, 5, outcome_set,
					      &outcomes[8]),
		     0);
	cr_expect_eq(
		provd_saved_forget(world.saved, (const uint8_t *)"a", 1, outcome_set, &outcomes[9]),
		0);
	cr_expect_eq(provd_saved_forget(world.saved, (const uint8_t *)"a", 1, outcome_set,
					&outcomes[10]),
		     0);
	cr_expect_eq(provd_saved_set_bound(world.saved, outcome_set, &outcomes[11]), 0);
	describe(world.saved, have, sizeof(have));
	cr_expect_str_eq(have, " bound=0");
	outcome_wait(&world, &outcomes[11]);
	for (int i = 0; i < 12; i++) {
		cr_expect_eq(outcomes[i].count, 1);
		cr_expect_eq(outcomes[i].order, i + 1);
		cr_expect_eq(outcomes[i].code, i == 10 ? PROVD_E_NOT_FOUND : 0, "%d", i);
	}
	cr_expect_eq(world.changes, 11);
	cr_expect_eq(world.medium.most_open, 1);
	expect(&world, "[b|passphrase|5][f|passphrase|0][e|passphrase|0] bound=1");
	describe(world.saved, have, sizeof(have));
	world_restart(&world);
	expect(&world, have);
	world_end(&world);
}

/* Changes asked for before reading has ended wait for it. */
Test(saved, while_it_is_read, .timeout = TEST_TIMEOUT)
{
	struct provd_credentials credentials = credentials_make("b", NULL);
	struct outcome loaded = {0};
	struct outcome added = {0};
	struct world world;

	world_begin(&world, 4);
	world_restart(&world);
	cr_expect_eq(do_add(&world, "a", NULL), 0);
	world_reopen(&world);
	cr_expect_eq(provd_saved_load(world.saved, NULL, outcome_set, &loaded), 0);
	cr_expect_eq(provd_saved_add(world.saved, &credentials, outcome_set, &added), 0);
	outcome_wait(&world, &added);
	cr_expect_eq(loaded.count, 1);
	expect(&world, "[b||0][a||0] bound=0");
	world_end(&world);
}

Test(saved, reset, .timeout = TEST_TIMEOUT)
{
	static const struct {
		uint32_t parts;
		const char *left;
	} rows[] = {
		{PROVD_SAVED_NETWORKS, " bound=1"},
		{PROVD_SAVED_BOUND, "[a||0] bound=0"},
		{PROVD_SAVED_NETWORKS | PROVD_SAVED_BOUND, " bound=0"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world world;

		world_begin(&world, 4);
		world_restart(&world);
		cr_expect_eq(do_add(&world, "a", NULL), 0);
		cr_expect_eq(do_bound(&world), 0);
		cr_expect_eq(do_stage(&world, "a", "t"), 0);
		world.changes = 0;
		cr_expect_eq(do_reset(&world, rows[i].parts), 0);
		cr_expect_eq(world.changes, 1);
		expect(&world, rows[i].left);
		cr_expect_not(medium_has(&world.medium, "staged"));
		cr_expect_eq(medium_has(&world.medium, "networks"),
			     !(rows[i].parts & PROVD_SAVED_NETWORKS));
		cr_expect_eq(medium_has(&world.medium, "device"),
			     !(rows[i].parts & PROVD_SAVED_BOUND));
		world_restart(&world);
		expect(&world, rows[i].left);
		world_end(&world);
	}
}

/** A change asked for inside of another one's `done`. */
struct chain {
	struct world *world;
	struct outcome last;
	int step;
	int inside; /**< set while the call is being made */
};

static void next_change(void *user, int code, const struct provd_error *err)
{
	struct chain *chain = user;
	struct provd_credentials credentials;
	char name[2] = {(char)('a' + chain->step), 0};

	(void)err;
	cr_assert_eq(chain->inside, 0, "done ran inside of a call");
	cr_assert_eq(code, 0);
	chain->inside = 1;
	credentials = credentials_make(name, NULL);
	if (chain->step++ < 5)
		cr_assert_eq(provd_saved_add(chain->world->saved, &credentials, next_change, chain),
			     0);
	else
		cr_assert_eq(provd_saved_forget(chain->world->saved, (const uint8_t *)"c", 1,
						outcome_set, &chain->last),
			     0);
	chain->inside = 0;
}

Test(saved, done_may_ask_for_more, .timeout = TEST_TIMEOUT)
{
	struct world world;
	struct chain chain = {.world = &world};

	world_begin(&world, 8);
	world_restart(&world);
	next_change(&chain, 0, NULL);
	outcome_wait(&world, &chain.last);
	cr_expect_eq(chain.last.code, 0);
	world_idle(&world);
	cr_expect_eq(world.medium.change_count, 6, "each of them once");
	expect(&world, "[e||0][d||0][b||0][a||0] bound=0");
	world_end(&world);
}

static void on_change_asks(void *user)
{
	struct chain *chain = user;

	chain->inside = 1;
	if (chain->step++ == 0)
		cr_assert_eq(provd_saved_set_bound(chain->world->saved, outcome_set, &chain->last),
			     0);
	chain->inside = 0;
}

Test(saved, the_observer_may_ask_for_more, .timeout = TEST_TIMEOUT)
{
	struct world world;
	struct chain chain = {.world = &world};

	world_begin(&world, 8);
	world_restart(&world);
	provd_saved_on_change(world.saved, on_change_asks, &chain);
	cr_expect_eq(do_add(&world, "a", NULL), 0);
	outcome_wait(&world, &chain.last);
	cr_expect_eq(chain.step, 2);
	expect(&world, "[a||0] bound=1");
	provd_saved_on_change(world.saved, NULL, NULL);
	cr_expect_eq(do_unstage(&world), 0);
	cr_expect_eq(chain.step, 2);
	world_end(&world);
}

static void ends_all(void *user, int code, const struct provd_error *err)
{
	struct world *world = user;

	(void)code;
	(void)err;
	provd_store_destroy(world->store);
	provd_saved_destroy(world->saved);
	world->store = NULL;
	world->saved = NULL;
}

static void observer_ends_all(void *user)
{
	ends_all(user, 0, NULL);
}

Test(saved, destroyed_by_its_own_callbacks, .timeout = TEST_TIMEOUT)
{
	struct outcome never = {0};
	struct world world;

	world_begin(&world, 8);
	world_restart(&world);
	cr_expect_eq(provd_saved_set_bound(world.saved, ends_all, &world), 0);
	cr_expect_eq(provd_saved_unstage(world.saved, outcome_set, &never), 0);
	world_idle(&world);
	cr_expect_null(world.saved);
	world_restart(&world);
	provd_saved_on_change(world.saved, observer_ends_all, &world);
	cr_expect_eq(provd_saved_set_bound(world.saved, outcome_set, &never), 0);
	world_idle(&world);
	cr_expect_null(world.saved);
	cr_expect_eq(never.count, 0);
	world_end(&world);
}

Test(saved, destroyed_with_changes_that_wait, .timeout = TEST_TIMEOUT)
{
	struct provd_credentials credentials = credentials_make("a", "passphrase");
	struct outcome never = {0};
	struct world world;

	/* At each of the turns that they take. */
	for (int turns = 0; turns < 8; turns++) {
		world_begin(&world, 8);
		world_restart(&world);
		never.count = 0;
		for (int i = 0; i < 20; i++)
			cr_expect_eq(
				provd_saved_add(world.saved, &credentials, outcome_set, &never), 0);
		cr_expect_eq(provd_saved_unstage(world.saved, outcome_set, &never), 0);
		for (int i = 0; i < turns; i++)
			provd_loop_turn(world.loop, 0);
		world_close(&world);
		cr_expect_lt(never.count, 20);
		world_restart(&world);
		expect(&world,
		       turns > 2 ? "[a|passphrase|0] bound=0"
				 : (provd_saved_count(world.saved) ? "[a|passphrase|0] bound=0"
								   : " bound=0"));
		if (turns == 7)
			credentials_drop(&credentials);
		world_end(&world);
	}
}

Test(saved, done_is_not_needed, .timeout = TEST_TIMEOUT)
{
	struct world world;

	world_begin(&world, 8);
	world_restart(&world);
	cr_expect_eq(provd_saved_set_bound(world.saved, NULL, NULL), 0);
	world_idle(&world);
	expect(&world, " bound=1");
	provd_saved_destroy(NULL);
	world_end(&world);
}

Test(saved, more_on_the_medium_than_may_be_kept, .timeout = TEST_TIMEOUT)
{
	struct world world;

	world_begin(&world, 8);
	world_restart(&world);
	cr_expect_eq(do_add(&world, "a", NULL), 0);
	cr_expect_eq(do_add(&world, "b", NULL), 0);
	cr_expect_eq(do_add(&world, "c", NULL), 0);
	world.max = 2;
	world_restart(&world);
	expect(&world, "[c||0][b||0] bound=0");
	/* Only a change makes it so on the medium: the limit may have been a slip. */
	world.max = 8;
	world_restart(&world);
	expect(&world, "[c||0][b||0][a||0] bound=0");
	world_end(&world);
}

/* Neither the log nor, with a key, the medium shows a secret. */
Test(saved, secrets_do_not_show, .timeout = TEST_TIMEOUT)
{
	static const char *const canaries[] = {"Canary-Pass", "43616e6172792d50617373",
					       "Canary-Token", "43616e6172792d546f6b656e",
					       "Canary-Name"};
	struct world world;

	world_begin(&world, 8);
	world.key = provd_secret_create("0123456789abcdef0123456789abcdef", 32);
	world_restart(&world);
	cr_expect_eq(do_add(&world, "Canary-Name", "Canary-Pass"), 0);
	cr_expect_eq(do_stage(&world, "Canary-Name", "Canary-Token"), 0);
	world.medium.fault =
		(struct medium_fault){.at = world.medium.change_count + 1, .code = PROVD_E_IO};
	cr_expect_eq(do_forget(&world, "Canary-Name"), PROVD_E_IO);
	world_restart(&world);
	cr_expect_eq(provd_saved_count(world.saved), 1);
	cr_expect_gt(world.lines_len, 0);
	for (size_t i = 0; i < sizeof(canaries) / sizeof(canaries[0]); i++) {
		cr_expect_null(strstr(world.lines, canaries[i]), "%s", world.lines);
		for (int k = 0; k < MEDIUM_ITEMS; k++) {
			struct provd_bytes view = provd_secret_view(world.medium.items[k].bytes);

			if (view.len)
				cr_expect_null(memmem(view.data, view.len, canaries[i],
						      strlen(canaries[i])));
		}
	}
	world_end(&world);
}
