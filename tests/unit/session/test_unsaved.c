/* SPDX-License-Identifier: Apache-2.0 */
/* What has worked and could not be saved, and networks that are only on trial. */
#include "world.h"

#include <criterion/criterion.h>

#include <string.h>

static struct world world;
static uint64_t session;

static void begin(const char *networks)
{
	world_init(&world, &(struct world_setup){
				   .together = 1, .registered = 1, .saved = 1, .extra = networks});
	session = world_start(&world, NULL);
}

/* A phone brings a network that works. */
static void online(void)
{
	fake_emit_claim(&world.methods[0], session, "Home", "correct horse", "0123456789abcdef");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &world.cloud.binds, 1));
	world_settle(&world);
}

static int has_network(void)
{
	return provd_saved_find(world.saved, (const uint8_t *)"Home", 4) != NULL;
}

TestSuite(unsaved, .timeout = 30);

Test(unsaved, what_could_not_be_saved_is_told_and_saved_when_there_is_room)
{
	begin(",\"networks\":{\"retry\":\"100ms\"}");
	world.medium.fail = PROVD_E_NO_SPACE;
	online();
	cr_assert_not_null(provd_engine_unsaved(world.engine));
	fake_emit(&world.cloud, PROVD_EV_OP_DONE, world.cloud.op, 0);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_assert_not_null(provd_engine_unsaved(world.engine));
	world_sleep(&world, 250);
	cr_expect_not(has_network(), "there is no room yet");
	world.medium.fail = 0;
	while (provd_engine_unsaved(world.engine))
		world_sleep(&world, 20);
	cr_expect(has_network());
	cr_expect(provd_saved_is_bound(world.saved));
	world_finish(&world);
}

Test(unsaved, a_network_on_trial_is_left_when_it_does_not_work_out)
{
	unsigned disconnects;

	begin(",\"networks\":{\"commit\":\"bound\"}");
	online();
	fake_emit(&world.cloud, PROVD_EV_OP_DONE, world.cloud.op, PROVD_E_CLOUD_TOKEN);
	cr_assert(world_wait_state(&world, "listening"));
	disconnects = world.hal.disconnects;
	cr_expect_eq(provd_engine_stop(world.engine), 0);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_expect_eq(world.hal.disconnects, disconnects + 1);
	world_finish(&world);
}
