/* SPDX-License-Identifier: Apache-2.0 */
/* A session that ended by binding is not taken up again, whatever is left of it. */
#include "saved_world.h"

#include <criterion/criterion.h>
#include <provd/error.h>
#include <provd/event.h>
#include <string.h>

#include "secret/secret.h"

static uint64_t staged_id(const struct world *world)
{
	const struct provd_saved_staged *staged = provd_saved_staged(world->saved);

	cr_assert_not_null(staged);
	cr_assert_neq(staged->id, 0);
	return staged->id;
}

/* Nothing of a session is to be taken up, and it is erased. */
static void expect_over(struct world *world)
{
	world_restart(world);
	cr_expect_null(provd_saved_staged(world->saved));
	cr_expect_not(medium_has(&world->medium, "staged"), "it holds a token");
	cr_expect(provd_saved_is_bound(world->saved));
}

Test(saved_ended, a_record_that_cannot_be_erased_is_void, .timeout = TEST_TIMEOUT)
{
	struct world world;

	world_begin(&world, 4);
	world_restart(&world);
	cr_expect_eq(do_stage(&world, "a", "t"), 0);
	cr_expect_eq(do_bound(&world), 0);
	cr_expect_null(provd_saved_staged(world.saved));
	cr_expect_eq(world.medium.change_count, 2, "no write more than without it");
	world.medium.fault = (struct medium_fault){.at = 3, .code = PROVD_E_IO};
	cr_expect_eq(do_unstage(&world), PROVD_E_IO);
	cr_expect(medium_has(&world.medium, "staged"));
	expect_over(&world);
	world_end(&world);
}

Test(saved_ended, the_power_is_cut_before_it_is_erased, .timeout = TEST_TIMEOUT)
{
	struct world world;

	world_begin(&world, 4);
	world.key = provd_secret_create("0123456789abcdef0123456789abcdef", 32);
	world_restart(&world);
	cr_expect_eq(do_stage(&world, "a", "t"), 0);
	cr_expect_eq(do_bound(&world), 0);
	expect_over(&world);
	world_end(&world);
}

/* A device that is bound gets another network, with a token. */
Test(saved_ended, a_bound_device_too, .timeout = TEST_TIMEOUT)
{
	struct world world;
	uint64_t first;

	world_begin(&world, 4);
	world_restart(&world);
	cr_expect_eq(do_stage(&world, "a", "t"), 0);
	first = staged_id(&world);
	cr_expect_eq(do_bound(&world), 0);
	/* It was not erased, so the next one is staged over it: and that one counts. */
	cr_expect_eq(do_stage(&world, "b", "u"), 0);
	cr_expect_neq(staged_id(&world), first);
	world_restart(&world);
	cr_expect_neq(staged_id(&world), first);
	cr_expect_eq(do_bound(&world), 0);
	expect_over(&world);
	/* With nothing staged the record stays as it is. */
	cr_expect_eq(do_bound(&world), 0);
	expect_over(&world);
	world_end(&world);
}

/* It cannot be erased at the next start either: it stays void until it can. */
Test(saved_ended, erasing_fails_at_the_start_too, .timeout = TEST_TIMEOUT)
{
	struct outcome outcome = {0};
	struct world world;

	world_begin(&world, 4);
	world_restart(&world);
	cr_expect_eq(do_stage(&world, "a", "t"), 0);
	cr_expect_eq(do_bound(&world), 0);
	world_reopen(&world);
	world.medium.fault = (struct medium_fault){.at = 1, .code = PROVD_E_IO};
	cr_expect_eq(provd_saved_load(world.saved, NULL, outcome_set, &outcome), 0);
	outcome_wait(&world, &outcome);
	cr_expect_eq(outcome.code, 0);
	cr_expect_null(provd_saved_staged(world.saved));
	cr_expect(medium_has(&world.medium, "staged"));
	cr_expect_not_null(strstr(world.lines, "cannot be erased yet"));
	cr_expect_null(provd_saved_warnings(world.saved)[0]);
	/* The next session is not taken for it. */
	cr_expect_eq(do_stage(&world, "b", "u"), 0);
	world_restart(&world);
	cr_expect_eq(provd_saved_staged(world.saved)->credentials.ssid[0], 'b');
	world_end(&world);
}

/* Whatever is on the medium after staging went wrong ends with the session that is bound. */
Test(saved_ended, staging_may_have_failed, .timeout = TEST_TIMEOUT)
{
	for (int row = 0; row < 4; row++) {
		int over = row & 1;
		struct world world;

		world_begin(&world, 4);
		world_restart(&world);
		if (over)
			cr_expect_eq(do_stage(&world, "a", "t"), 0);
		world.medium.fault =
			(struct medium_fault){.at = 1 + over, .code = PROVD_E_IO, .late = row >> 1};
		cr_expect_eq(do_stage(&world, "b", "u"), PROVD_E_IO);
		cr_expect_eq(provd_saved_staged(world.saved) != NULL, over);
		cr_expect_eq(medium_has(&world.medium, "staged"), row != 0);
		cr_expect_eq(do_bound(&world), 0);
		cr_expect_null(provd_saved_staged(world.saved));
		expect_over(&world);
		world_end(&world);
	}
}

/* A session keeps its name while it goes on, also over a start. */
Test(saved_ended, a_session_keeps_its_id, .timeout = TEST_TIMEOUT)
{
	struct world world;
	uint64_t first;

	world_begin(&world, 4);
	world_restart(&world);
	cr_expect_eq(do_stage(&world, "a", "t"), 0);
	first = staged_id(&world);
	cr_expect_eq(do_stage(&world, "a", "u"), 0);
	cr_expect_eq(staged_id(&world), first);
	world_restart(&world);
	cr_expect_eq(staged_id(&world), first);
	cr_expect_eq(do_stage(&world, "a", "u"), 0);
	cr_expect_eq(staged_id(&world), first);
	cr_expect_eq(do_unstage(&world), 0);
	cr_expect_eq(do_stage(&world, "a", "t"), 0);
	cr_expect_neq(staged_id(&world), first, "another session");
	world_end(&world);
}

Test(saved_ended, records_of_older_versions, .timeout = TEST_TIMEOUT)
{
	struct world world;

	world_begin(&world, 4);
	medium_write(
		&world, "staged",
		"{\"format\":1,\"state\":5,\"credentials\":{\"ssid\":\"61\"},\"token\":\"74\"}");
	medium_write(&world, "device", "{\"format\":1,\"bound\":true}");
	world_restart(&world);
	cr_assert_not_null(provd_saved_staged(world.saved), "it is to be taken up");
	cr_expect_eq(provd_saved_staged(world.saved)->id, 0);
	cr_expect_null(provd_saved_warnings(world.saved)[0]);
	/* Nothing can say that it is over but its being erased. */
	cr_expect_eq(do_bound(&world), 0);
	cr_expect_not_null(provd_saved_staged(world.saved));
	cr_expect_eq(do_unstage(&world), 0);
	expect_over(&world);
	world_end(&world);
}

/* A reset forgets which session was ended as well. */
Test(saved_ended, reset, .timeout = TEST_TIMEOUT)
{
	struct world world;

	world_begin(&world, 4);
	world_restart(&world);
	cr_expect_eq(do_stage(&world, "a", "t"), 0);
	cr_expect_eq(do_bound(&world), 0);
	cr_expect_eq(do_reset(&world, PROVD_SAVED_BOUND), 0);
	cr_expect_not(medium_has(&world.medium, "staged"));
	cr_expect_not(medium_has(&world.medium, "device"));
	cr_expect_eq(do_stage(&world, "a", "t"), 0);
	world_restart(&world);
	cr_expect_not_null(provd_saved_staged(world.saved));
	world_end(&world);
}

/* The device's record was not read at the start: the staged session is void as soon as it is. */
Test(saved_ended, known_late, .timeout = TEST_TIMEOUT)
{
	struct outcome outcome = {0};
	struct world world;

	world_begin(&world, 4);
	world_restart(&world);
	cr_expect_eq(do_stage(&world, "a", "t"), 0);
	cr_expect_eq(do_bound(&world), 0);
	world_reopen(&world);
	world.medium.fail_loads = PROVD_E_IO;
	world.medium.fail_record = "device";
	cr_expect_eq(provd_saved_load(world.saved, NULL, outcome_set, &outcome), 0);
	outcome_wait(&world, &outcome);
	cr_expect_not_null(provd_saved_staged(world.saved), "nothing says that it is over");
	world.medium.fail_loads = 0;
	cr_expect_eq(do_add(&world, "z", NULL), 0);
	cr_expect_null(provd_saved_staged(world.saved));
	expect_over(&world);
	world_end(&world);
}
