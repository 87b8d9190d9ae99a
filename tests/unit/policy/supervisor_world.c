/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor_world.h"

#include <criterion/criterion.h>

#include <string.h>

struct world world;

static void on_link(void *user, int up)
{
	(void)user;
	world.ups += up != 0;
	world.downs += up == 0;
}

void world_done(void *user, int code, const struct provd_error *err)
{
	(void)user;
	(void)err;
	world.done++;
	world.done_code = code;
}

void world_rest(void *user)
{
	(void)user;
	world.rest++;
}

void world_settle(void)
{
	for (int i = 0; i < 8; i++)
		provd_loop_turn(world.loop, 0);
}

void world_await(const unsigned *counter, unsigned value)
{
	uint64_t end = provd_loop_now_us(world.loop) + 15000000u;

	while (*counter < value && provd_loop_now_us(world.loop) < end)
		provd_loop_turn(world.loop, 1);
	world_settle();
	cr_assert_eq(*counter, value);
}

int world_logged(const char *event)
{
	return strstr(world.log.text, event) != NULL;
}

void world_prepare(const char *policy)
{
	memset(&world, 0, sizeof(world));
	fake_set(&world.start, "policy", policy, 0);
	fake_set(&world.start, "grace", NULL, 60000);
	fake_set(&world.start, "presence", NULL, 0);
	fake_set(&world.start, "presence_for", NULL, 60000);
	fake_set(&world.networks, "join", NULL, 1);
	fake_set(&world.networks, "retry", NULL, 100);
	fake_set(&world.networks, "resume_for", NULL, 600000);
	fake_set(&world.session, "join_timeout", NULL, 60000);
	fake_set(&world.session, "method_cancel_timeout", NULL, 60000);
	world.config.start = &world.start;
	world.config.networks = &world.networks;
	world.config.session = &world.session;
	cr_assert_eq(provd_loop_create(1, &world.loop), 0);
}

void world_create(void)
{
	const struct provd_supervisor_config config = {
		.loop = world.loop,
		.log = &world.log,
		.config = &world.config,
		.saved = &world.saved,
		.radio = &world.radio,
		.engine = &world.engine,
		.on_link = on_link,
	};

	cr_assert_eq(provd_supervisor_create(&config, &world.supervisor), 0);
	world.engine.supervisor = world.supervisor;
}

void world_begin(void)
{
	world_create();
	provd_supervisor_begin(world.supervisor, NULL, NULL);
	world_settle();
}

void world_finish(void)
{
	provd_supervisor_destroy(world.supervisor);
	fake_saved_finish(&world.saved);
	cr_assert_eq(provd_loop_destroy(world.loop), 0);
}
