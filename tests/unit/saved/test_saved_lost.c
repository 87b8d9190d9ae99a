/* SPDX-License-Identifier: Apache-2.0 */
/* The record of the device is lost: one with networks is taken as bound until it is reset. */
#include "saved_world.h"

#include <criterion/criterion.h>
#include <provd/error.h>
#include <string.h>

#include "secret/secret.h"

#define SHOW 2048
#define ALL  (PROVD_SAVED_NETWORKS | PROVD_SAVED_BOUND)

static const char assumed[] =
	"; it is taken as bound, since networks are saved; reset it to provision anew";

/* A device that knows a network, if `network` is set, and was bound, if `bound` is. */
static void begin(struct world *world, int network, int bound)
{
	world_begin(world, 4);
	world_restart(world);
	if (network)
		cr_assert_eq(do_add(world, "a", "passphrase-a"), 0);
	if (bound)
		cr_assert_eq(do_bound(world), 0);
}

static void start_with(struct world *world, const char *record, int code)
{
	struct outcome outcome = {0};

	world_reopen(world);
	world->medium.fail_loads = code;
	world->medium.fail_record = record;
	cr_assert_eq(provd_saved_load(world->saved, NULL, outcome_set, &outcome), 0);
	outcome_wait(world, &outcome);
	cr_assert_eq(outcome.code, 0);
}

/* The first sentence of Status ends with that. */
static int says_assumed(const struct world *world)
{
	const char *text = provd_saved_warnings(world->saved)[0];
	size_t len = text ? strlen(text) : 0;

	return len >= strlen(assumed) && strcmp(text + len - strlen(assumed), assumed) == 0;
}

Test(saved_lost, taken_as_bound_when_networks_are_saved, .timeout = TEST_TIMEOUT)
{
	static const int codes[] = {PROVD_E_CORRUPT, PROVD_E_IO, PROVD_E_ACCESS, PROVD_E_NOMEM,
				    PROVD_E_NOT_SUPPORTED};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		for (int network = 0; network < 2; network++) {
			struct world world;

			begin(&world, network, network);
			start_with(&world, "device", codes[i]);
			cr_expect_eq(provd_saved_is_bound(world.saved), network, "%d", codes[i]);
			cr_expect_not_null(provd_saved_warnings(world.saved)[0]);
			cr_expect_eq(says_assumed(&world), network, "%d", codes[i]);
			cr_expect_eq(strstr(world.lines, assumed) != NULL, network);
			cr_expect_null(provd_saved_warnings(world.saved)[1]);
			cr_expect_eq(do_reset(&world, ALL), 0, "%d", codes[i]);
			cr_expect_not(provd_saved_is_bound(world.saved));
			cr_expect_null(provd_saved_warnings(world.saved)[0]);
			world_restart(&world);
			cr_expect_not(provd_saved_is_bound(world.saved));
			world_end(&world);
		}
	}
}

Test(saved_lost, what_was_damaged_stays_bound_over_the_next_starts, .timeout = TEST_TIMEOUT)
{
	struct world world;

	begin(&world, 1, 1);
	start_with(&world, "device", PROVD_E_CORRUPT);
	cr_expect(provd_saved_is_bound(world.saved));
	/* The damaged one was set aside: without a new one the next start would know nothing. */
	world_restart(&world);
	cr_expect(provd_saved_is_bound(world.saved));
	cr_expect_null(provd_saved_warnings(world.saved)[0]);
	world_end(&world);
}

Test(saved_lost, a_record_that_is_not_there_is_no_loss, .timeout = TEST_TIMEOUT)
{
	struct world world;

	begin(&world, 1, 0);
	world_restart(&world);
	cr_expect_eq(provd_saved_count(world.saved), 1);
	cr_expect_not(provd_saved_is_bound(world.saved));
	cr_expect_null(provd_saved_warnings(world.saved)[0]);
	world_end(&world);
}

/* What is read later counts; what still cannot be read changes nothing. */
Test(saved_lost, until_the_record_is_read, .timeout = TEST_TIMEOUT)
{
	struct world world;

	begin(&world, 1, 0);
	start_with(&world, "device", PROVD_E_IO);
	cr_expect(provd_saved_is_bound(world.saved));
	cr_expect_eq(do_bound(&world), PROVD_E_IO);
	cr_expect_eq(do_forget(&world, "a"), 0);
	cr_expect_eq(do_bound(&world), PROVD_E_IO);
	cr_expect(provd_saved_is_bound(world.saved), "also when the last network is forgotten");
	cr_expect(says_assumed(&world));
	world.medium.fail_loads = 0;
	cr_expect_eq(do_add(&world, "b", NULL), 0);
	cr_expect_not(provd_saved_is_bound(world.saved), "it never was");
	cr_expect_null(provd_saved_warnings(world.saved)[0]);
	world_end(&world);
}

/* Networks that are read late are networks. */
Test(saved_lost, the_networks_are_read_late, .timeout = TEST_TIMEOUT)
{
	struct world world;

	begin(&world, 1, 1);
	medium_set(&world.medium, "device", "no record", 9);
	start_with(&world, "networks", PROVD_E_IO);
	cr_expect_not(provd_saved_is_bound(world.saved));
	world.medium.fail_loads = 0;
	cr_expect_eq(do_priority(&world, "a", 1), 0);
	cr_expect(provd_saved_is_bound(world.saved));
	cr_expect(says_assumed(&world));
	world_end(&world);
}

Test(saved_lost, a_reset_of_a_damaged_device, .timeout = TEST_TIMEOUT)
{
	static const uint32_t parts[] = {PROVD_SAVED_NETWORKS, PROVD_SAVED_BOUND, ALL};

	for (size_t i = 0; i < 3; i++) {
		struct world world;
		int bound = parts[i] == PROVD_SAVED_NETWORKS;

		begin(&world, 1, 1);
		medium_set(&world.medium, "device", "no record", 9);
		world_restart(&world);
		cr_expect(provd_saved_is_bound(world.saved));
		cr_expect_eq(do_reset(&world, parts[i]), 0);
		cr_expect_eq(provd_saved_is_bound(world.saved), bound);
		cr_expect_null(provd_saved_warnings(world.saved)[0]);
		world_restart(&world);
		cr_expect_eq(provd_saved_is_bound(world.saved), bound);
		cr_expect_null(provd_saved_warnings(world.saved)[0]);
		world_end(&world);
	}
}

/* A binding replaces the record, so nothing is assumed any more. */
Test(saved_lost, a_binding_settles_it, .timeout = TEST_TIMEOUT)
{
	struct world world;

	begin(&world, 1, 1);
	medium_set(&world.medium, "device", "no record", 9);
	world_restart(&world);
	cr_expect_eq(do_bound(&world), 0);
	cr_expect_null(provd_saved_warnings(world.saved)[0]);
	world_restart(&world);
	cr_expect(provd_saved_is_bound(world.saved));
	cr_expect_null(provd_saved_warnings(world.saved)[0]);
	world_end(&world);
}

/* A reset that cannot erase a record keeps what is said about it; one that can does not. */
Test(saved_lost, a_reset_that_failed_keeps_the_warning, .timeout = TEST_TIMEOUT)
{
	for (int at = 1; at <= 3; at++) {
		struct world world;

		begin(&world, 1, 1);
		start_with(&world, "networks", PROVD_E_ACCESS);
		world.medium.change_count = 0;
		world.medium.fault = (struct medium_fault){.at = at, .code = PROVD_E_IO};
		cr_expect_eq(do_reset(&world, ALL), PROVD_E_IO);
		cr_assert_not_null(provd_saved_warnings(world.saved)[0], "step %d", at);
		cr_expect_not_null(strstr(provd_saved_warnings(world.saved)[0], "networks"));
		memset(&world.medium.fault, 0, sizeof(world.medium.fault));
		cr_expect_eq(do_reset(&world, ALL), 0);
		cr_expect_null(provd_saved_warnings(world.saved)[0], "step %d", at);
		world_end(&world);
	}
}

/* Said by the device, read late: what is yet to be erased is told until it is. */
Test(saved_lost, a_reset_known_late_keeps_the_warning, .timeout = TEST_TIMEOUT)
{
	struct world world;

	begin(&world, 1, 1);
	cr_expect_eq(do_stage(&world, "a", "t"), 0);
	medium_write(&world, "device", "{\"format\":1,\"bound\":true,\"forget_staged\":true}");
	start_with(&world, NULL, PROVD_E_IO);
	cr_expect_not_null(provd_saved_warnings(world.saved)[2]);
	world.medium.fail_loads = 0;
	cr_expect_eq(do_add(&world, "b", NULL), 0);
	cr_assert_not_null(provd_saved_warnings(world.saved)[0]);
	cr_expect_not_null(strstr(provd_saved_warnings(world.saved)[0], "session"));
	cr_expect_null(provd_saved_warnings(world.saved)[1]);
	cr_expect_eq(do_unstage(&world), 0);
	cr_expect_null(provd_saved_warnings(world.saved)[0]);
	world_end(&world);
}

Test(saved_lost, a_part_of_a_reset_says_what_works, .timeout = TEST_TIMEOUT)
{
	static const char advice[] = "; only a factory reset works while it cannot be read";
	static const uint32_t parts[] = {PROVD_SAVED_NETWORKS, PROVD_SAVED_BOUND};
	struct world world;

	begin(&world, 1, 1);
	start_with(&world, "device", PROVD_E_ACCESS);
	for (size_t i = 0; i < 2; i++) {
		cr_expect_eq(do_reset(&world, parts[i]), PROVD_E_ACCESS);
		cr_expect_not_null(strstr(world.text, advice), "%s", world.text);
		cr_expect_neq(world.text[0], ';', "%s", world.text);
	}
	cr_expect_eq(do_bound(&world), PROVD_E_ACCESS);
	cr_expect_null(strstr(world.text, advice), "%s", world.text);
	world.medium.fail_loads = 0;
	world.medium.change_count = 0;
	world.medium.fault = (struct medium_fault){.at = 1, .code = PROVD_E_ACCESS};
	cr_expect_eq(do_reset(&world, PROVD_SAVED_BOUND), PROVD_E_ACCESS);
	cr_expect_null(strstr(world.text, advice), "it was read: %s", world.text);
	world_end(&world);
}
