/* SPDX-License-Identifier: Apache-2.0 */
/* The file by which older versions knew that the device was bound becomes the record "device". */
#include "saved_world.h"

#include <criterion/criterion.h>
#include <provd/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "secret/secret.h"

struct place {
	char folder[64];
	char mark[80];
};

static void place_make(struct place *place)
{
	FILE *file;

	(void)snprintf(place->folder, sizeof(place->folder), "/tmp/provd-saved-XXXXXX");
	cr_assert_not_null(mkdtemp(place->folder));
	(void)snprintf(place->mark, sizeof(place->mark), "%s/provisioned", place->folder);
	file = fopen(place->mark, "w");
	cr_assert_not_null(file);
	(void)fputs("This device was bound.\n", file);
	cr_assert_eq(fclose(file), 0);
}

static void place_remove(struct place *place)
{
	(void)chmod(place->folder, 0700);
	(void)unlink(place->mark);
	(void)rmdir(place->mark);
	(void)rmdir(place->folder);
}

static int there(const struct place *place)
{
	return access(place->mark, F_OK) == 0;
}

Test(saved_mark, becomes_the_record, .timeout = TEST_TIMEOUT)
{
	struct place place;
	struct world world;

	place_make(&place);
	world_begin(&world, 4);
	world.mark = place.mark;
	world_restart(&world);
	cr_expect(provd_saved_is_bound(world.saved));
	cr_expect_not(there(&place));
	cr_expect(medium_has(&world.medium, "device"));
	world_restart(&world);
	cr_expect(provd_saved_is_bound(world.saved));
	cr_expect_eq(do_reset(&world, PROVD_SAVED_BOUND), 0);
	world_restart(&world);
	cr_expect_not(provd_saved_is_bound(world.saved));
	place_remove(&place);
	world_end(&world);
}

Test(saved_mark, is_asked_for_only_once_it_is_there, .timeout = TEST_TIMEOUT)
{
	struct place place;
	struct world world;

	place_make(&place);
	cr_assert_eq(unlink(place.mark), 0);
	world_begin(&world, 4);
	world.mark = place.mark;
	world_restart(&world);
	cr_expect_not(provd_saved_is_bound(world.saved));
	cr_expect_not(medium_has(&world.medium, "device"));
	place_remove(&place);
	world_end(&world);
}

/* The record cannot be saved: the mark stays, and it says enough. */
Test(saved_mark, stays_when_the_record_cannot_be_saved, .timeout = TEST_TIMEOUT)
{
	struct outcome outcome = {0};
	struct place place;
	struct world world;

	place_make(&place);
	world_begin(&world, 4);
	world_reopen(&world);
	world.medium.fault = (struct medium_fault){.at = 1, .code = PROVD_E_NO_SPACE};
	cr_expect_eq(provd_saved_load(world.saved, place.mark, outcome_set, &outcome), 0);
	outcome_wait(&world, &outcome);
	cr_expect_eq(outcome.code, 0);
	cr_expect(provd_saved_is_bound(world.saved));
	cr_expect(there(&place));
	/* A reset takes it away with the rest. */
	memset(&world.medium.fault, 0, sizeof(world.medium.fault));
	cr_expect_eq(do_reset(&world, PROVD_SAVED_BOUND), 0);
	cr_expect_not(there(&place));
	world.mark = place.mark;
	world_restart(&world);
	cr_expect_not(provd_saved_is_bound(world.saved));
	place_remove(&place);
	world_end(&world);
}

/* The power is cut before the record is there, behind it, and behind that the mark is left over. */
Test(saved_mark, power_cuts, .timeout = TEST_TIMEOUT)
{
	for (int cut_after = 0; cut_after < 2; cut_after++) {
		struct outcome never = {0};
		struct place place;
		struct world world;

		place_make(&place);
		world_begin(&world, 4);
		world_reopen(&world);
		world.medium.fault =
			(struct medium_fault){.at = 1, .cut = 1, .cut_after = cut_after};
		cr_expect_eq(provd_saved_load(world.saved, place.mark, outcome_set, &never), 0);
		world_idle(&world);
		cr_expect_eq(never.count, 0);
		cr_expect(there(&place), "the mark went before the record was durable");
		cr_expect_eq(medium_has(&world.medium, "device"), cut_after);
		world.mark = place.mark;
		world_restart(&world);
		cr_expect(provd_saved_is_bound(world.saved));
		cr_expect_not(there(&place));
		cr_expect(medium_has(&world.medium, "device"));
		place_remove(&place);
		world_end(&world);
	}
}

/* A mark that cannot be removed must not undo a reset. */
Test(saved_mark, cannot_be_removed, .timeout = TEST_TIMEOUT)
{
	struct place place;
	struct world world;

	place_make(&place);
	/* unlink() of a folder fails for root too. */
	cr_assert_eq(unlink(place.mark), 0);
	cr_assert_eq(mkdir(place.mark, 0700), 0);
	world_begin(&world, 4);
	world.mark = place.mark;
	world_restart(&world);
	cr_expect(provd_saved_is_bound(world.saved));
	cr_expect(there(&place));
	cr_expect_not_null(strstr(world.lines, "cannot remove the mark"));
	cr_expect_eq(do_add(&world, "a", NULL), 0);
	cr_expect_eq(do_reset(&world, PROVD_SAVED_NETWORKS | PROVD_SAVED_BOUND), 0);
	cr_expect_not(provd_saved_is_bound(world.saved));
	world_restart(&world);
	cr_expect_not(provd_saved_is_bound(world.saved));
	cr_expect_eq(provd_saved_count(world.saved), 0);
	cr_expect_eq(do_bound(&world), 0);
	world_restart(&world);
	cr_expect(provd_saved_is_bound(world.saved));
	place_remove(&place);
	world_end(&world);
}

/* A reset of a device whose mark is still there is cut off at each step. */
Test(saved_mark, power_cuts_of_a_reset, .timeout = TEST_TIMEOUT)
{
	for (int at = 1; at <= 3; at++) {
		for (int cut_after = 0; cut_after < 2; cut_after++) {
			struct outcome outcome = {0};
			struct outcome never = {0};
			struct place place;
			struct world world;

			place_make(&place);
			world_begin(&world, 4);
			world_reopen(&world);
			world.medium.fault = (struct medium_fault){.at = 1, .code = PROVD_E_IO};
			cr_expect_eq(
				provd_saved_load(world.saved, place.mark, outcome_set, &outcome),
				0);
			outcome_wait(&world, &outcome);
			world.medium.fault = (struct medium_fault){
				.at = 1 + at, .cut = 1, .cut_after = cut_after};
			cr_expect_eq(provd_saved_reset(world.saved, PROVD_SAVED_BOUND, outcome_set,
						       &never),
				     0);
			world_idle(&world);
			world.mark = place.mark;
			world_restart(&world);
			cr_expect_eq(provd_saved_is_bound(world.saved), at == 1 && !cut_after,
				     "cut %s step %d", cut_after ? "behind" : "before", at);
			cr_expect_not(there(&place));
			place_remove(&place);
			world_end(&world);
		}
	}
}

Test(saved_mark, without_the_key, .timeout = TEST_TIMEOUT)
{
	struct place place;
	struct world world;

	place_make(&place);
	world_begin(&world, 4);
	world.key = provd_secret_create("0123456789abcdef0123456789abcdef", 32);
	world_restart(&world);
	cr_expect_eq(do_bound(&world), 0);
	provd_secret_unref(world.key);
	world.key = NULL;
	world.mark = place.mark;
	world_restart(&world);
	cr_expect(provd_saved_is_bound(world.saved), "the mark can be read");
	cr_expect(there(&place), "the record could not be written");
	place_remove(&place);
	world_end(&world);
}
