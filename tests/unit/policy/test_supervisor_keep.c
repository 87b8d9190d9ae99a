/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor and what outlives it: sessions that were cut off are taken up, resets forget. */
#include "supervisor_world.h"

#include <criterion/criterion.h>

#include <time.h>

static uint64_t wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

TestSuite(supervisor_keep, .timeout = 40);

Test(supervisor_keep, a_session_that_was_cut_off_is_taken_up)
{
	world_prepare("if-unprovisioned");
	fake_stage(&world.saved, "Home", 2, wall_ms() - 1000);
	world_begin();
	cr_assert_eq(world.engine.offers, 0, "the try is counted durably before it is made");
	cr_assert_eq(world.engine.starts, 0);
	cr_assert_eq(world.saved.next.resumed, 3);
	fake_saved_end(&world.saved, 0);
	cr_assert_eq(world.engine.offers, 1);
	cr_assert_str_eq(world.engine.offer_ssid, "Home");
	cr_assert_str_eq(world.engine.offer_token, "tok");
	cr_assert_str_eq(world.engine.offer_source, "resume");
	cr_assert_eq(world.engine.offer_online_ms, 4711);
	world_settle();
	cr_assert_eq(world.engine.starts, 0);
	fake_end(&world.engine, PROVD_STATE_FAILED);
	world_settle();
	cr_assert_eq(world.engine.starts, 1, "its end does not use up the start by policy");
	world_finish();
}

Test(supervisor_keep, a_resume_follows_when_the_router_has_booted)
{
	world_prepare("if-unprovisioned");
	fake_stage(&world.saved, "Home", 0, wall_ms());
	fake_save(&world.saved, "Home", "correct horse");
	world_begin();
	fake_saved_end(&world.saved, 0);
	fake_end(&world.engine, PROVD_STATE_FAILED);
	world_settle();
	cr_assert_eq(world.radio.connects, 1);
	fake_command(&world.engine);
	fake_joined(&world.radio, PROVD_E_CANCELED, NULL);
	world_settle();
	fake_end(&world.engine, PROVD_STATE_STOPPED);
	world_settle();
	cr_assert_eq(world.radio.connects, 2);
	cr_assert_eq(world.engine.offers, 1);
	fake_joined(&world.radio, 0, "Home");
	world_settle();
	cr_assert_eq(world.saved.next.resumed, 2);
	fake_saved_end(&world.saved, 0);
	cr_assert_eq(world.engine.offers, 2);
	fake_end(&world.engine, PROVD_STATE_BOUND);
	world_settle();
	cr_assert_null(world.saved.done);
	world_finish();
}

Test(supervisor_keep, a_resume_that_is_refused_is_not_asked_for_again_at_once)
{
	world_prepare("on-demand");
	fake_stage(&world.saved, "Home", 0, wall_ms());
	fake_save(&world.saved, "Home", "correct horse");
	world_begin();
	fake_saved_end(&world.saved, 0);
	fake_end(&world.engine, PROVD_STATE_FAILED);
	world_settle();
	fake_joined(&world.radio, 0, "Home");
	world_settle();
	world.engine.offer_code = PROVD_E_NO_CAPABILITY;
	fake_saved_end(&world.saved, 0);
	world_settle();
	cr_assert_eq(world.saved.changes, 2);
	cr_assert(world.saved.has_staged, "it is there for the next start");
	world_finish();
}

static int is_taken_up(uint32_t resumed, uint64_t at_ms, int64_t resume_for, int code)
{
	int taken;

	world_prepare("on-demand");
	fake_set(&world.networks, "resume_for", NULL, resume_for);
	fake_stage(&world.saved, "Home", resumed, at_ms);
	world_begin();
	if (!world.saved.unstages)
		fake_saved_end(&world.saved, code);
	taken = world.engine.offers == 1;
	cr_assert_eq(taken, !world.saved.unstages);
	if (world.saved.unstages)
		fake_saved_end(&world.saved, 0);
	world_settle();
	cr_assert_eq(taken, world.saved.has_staged);
	world_finish();
	return taken;
}

Test(supervisor_keep, only_what_is_young_and_was_not_tried_often_is_taken_up)
{
	uint64_t now = wall_ms();

	cr_assert(is_taken_up(0, now - 500000, 600000, 0));
	cr_assert_not(is_taken_up(0, now - 700000, 600000, 0), "too old");
	cr_assert_not(is_taken_up(3, now, 600000, 0), "too often");
	cr_assert_not(is_taken_up(0, now, 0, 0), "never");
	cr_assert_not(is_taken_up(0, 5000, 0, 0), "never, by no clock");
	cr_assert(is_taken_up(0, now + 86400000, 600000, 0), "the clock went backwards");
	cr_assert(is_taken_up(0, 5000, 600000, 0), "the clock was not set then");
	cr_assert_not(is_taken_up(0, now, 600000, PROVD_E_NO_SPACE), "it could not be counted");
}

static void reset_world(void)
{
	world_prepare("if-unprovisioned");
	world.saved.bound = 1;
	fake_save(&world.saved, "Home", "correct horse");
	world_begin();
	fake_joined(&world.radio, 0, "Home");
	world_settle();
}

static void reset(enum provd_reset what, int code)
{
	cr_assert_eq(provd_supervisor_reset(world.supervisor, what, world_done, NULL), 0);
	cr_assert_eq(provd_supervisor_reset(world.supervisor, what, world_done, NULL),
		     PROVD_E_BUSY);
	world_settle();
	cr_assert_eq(world.done, 0);
	fake_saved_end(&world.saved, code);
	cr_assert_eq(world.done, 1);
	cr_assert_eq(world.done_code, code);
	world_settle();
}

Test(supervisor_keep, a_reset_forgets_what_was_asked_and_goes_on_by_policy)
{
	reset_world();
	reset(PROVD_RESET_FACTORY, 0);
	cr_assert_eq(world.saved.count, 0);
	cr_assert_not(world.saved.bound);
	cr_assert_eq(world.radio.disconnects, 1);
	cr_assert_eq(world.downs, 1);
	cr_assert_eq(world.engine.starts, 1, "it is as new");
	world_finish();
	reset_world();
	reset(PROVD_RESET_CLOUD, 0);
	cr_assert_eq(world.saved.count, 1);
	cr_assert_not(world.saved.bound);
	cr_assert_eq(world.radio.disconnects, 0);
	cr_assert_eq(world.engine.starts, 0, "it has a link");
	world_finish();
	reset_world();
	reset(PROVD_RESET_NETWORK, 0);
	cr_assert_eq(world.saved.count, 0);
	cr_assert(world.saved.bound);
	cr_assert_eq(world.radio.disconnects, 1);
	world_finish();
	reset_world();
	reset(PROVD_RESET_NETWORK, PROVD_E_IO);
	cr_assert_eq(world.radio.disconnects, 0, "what is not forgotten is not left");
	cr_assert(world_logged("the reset has failed"));
	world_finish();
}

Test(supervisor_keep, a_reset_waits_for_the_end_of_session_and_join)
{
	reset_world();
	fake_command(&world.engine);
	cr_assert_eq(
		provd_supervisor_reset(world.supervisor, PROVD_RESET_FACTORY, world_done, NULL), 0);
	world_settle();
	cr_assert_eq(world.engine.stops, 1);
	cr_assert_eq(world.saved.changes, 0);
	fake_end(&world.engine, PROVD_STATE_STOPPED);
	world_settle();
	cr_assert_eq(world.saved.resets, PROVD_SAVED_NETWORKS | PROVD_SAVED_BOUND);
	provd_supervisor_stop(world.supervisor, world_rest, NULL);
	cr_assert_eq(world.done, 1);
	cr_assert_eq(world.done_code, PROVD_E_CANCELED);
	fake_saved_end(&world.saved, 0);
	world_settle();
	cr_assert_eq(world.done, 1);
	world_finish();
	reset_world();
	world.radio.linked = 0;
	provd_supervisor_link_lost(world.supervisor, PROVD_E_WIFI_LOST);
	world_await(&world.radio.connects, 2);
	cr_assert_eq(
		provd_supervisor_reset(world.supervisor, PROVD_RESET_NETWORK, world_done, NULL), 0);
	world_settle();
	cr_assert_eq(world.radio.cancels, 1);
	cr_assert_eq(world.saved.changes, 0);
	world.saved.refuses = PROVD_E_ACCESS;
	fake_joined(&world.radio, PROVD_E_CANCELED, NULL);
	cr_assert_eq(world.done, 0, "on a later turn");
	world_settle();
	cr_assert_eq(world.done_code, PROVD_E_ACCESS);
	world_finish();
}

Test(supervisor_keep, nothing_is_begun_before_all_is_forgotten)
{
	world_prepare("button");
	world_begin();
	cr_assert_eq(
		provd_supervisor_reset(world.supervisor, PROVD_RESET_FACTORY, world_done, NULL), 0);
	world_settle();
	provd_supervisor_pressed(world.supervisor, 1);
	world_settle();
	cr_assert_eq(world.saved.changes, 1);
	cr_assert_eq(world.engine.starts, 0);
	fake_saved_end(&world.saved, 0);
	world_settle();
	cr_assert_eq(world.engine.starts, 0, "a press of before asks for nothing");
	provd_supervisor_pressed(world.supervisor, 1);
	world_settle();
	cr_assert_eq(world.engine.starts, 1);
	world_finish();
}

Test(supervisor_keep, a_long_press_resets_when_the_config_says_so)
{
	static const char *const actions[] = {"none", "network", "factory"};
	static const uint32_t parts[] = {0, PROVD_SAVED_NETWORKS,
					 PROVD_SAVED_NETWORKS | PROVD_SAVED_BOUND};

	for (size_t i = 0; i < 3; i++) {
		reset_world();
		world.config.button = &world.button;
		fake_set(&world.start, "presence", NULL, 1);
		provd_supervisor_reconfigure(world.supervisor);
		fake_set(&world.button, "long", NULL, 3000);
		fake_set(&world.button, "long_press", actions[i], 0);
		cr_assert_not(provd_supervisor_may_start(world.supervisor));
		provd_supervisor_pressed(world.supervisor, 3000);
		world_settle();
		cr_assert_eq(world.saved.resets, parts[i]);
		cr_assert(provd_supervisor_may_start(world.supervisor), "who holds it is there");
		if (parts[i])
			fake_saved_end(&world.saved, 0);
		world_settle();
		cr_assert_eq(world.engine.starts, i == 2);
		provd_supervisor_pressed(world.supervisor, 2999);
		world_settle();
		cr_assert_eq(world.saved.resets, 0);
		world_finish();
	}
}

Test(supervisor_keep, a_resume_that_fails_within_the_call_does_not_use_up_the_start)
{
	world_prepare("if-unprovisioned");
	fake_stage(&world.saved, "Home", 0, wall_ms());
	world_begin();
	world.engine.offer_ends = 1;
	fake_saved_end(&world.saved, 0);
	world_settle();
	cr_assert_eq(world.engine.offers, 1);
	cr_assert_eq(world.engine.starts, 1, "the device opens");
	world.engine.offer_ends = 0;
	fake_end(&world.engine, PROVD_STATE_STOPPED);
	world.radio.linked = 1;
	world_settle();
	provd_supervisor_networks_changed(world.supervisor);
	world_settle();
	cr_assert_not_null(world.saved.done, "it is counted again: the network is there");
	fake_saved_end(&world.saved, 0);
	cr_assert_eq(world.engine.offers, 2);
	world_finish();
}

Test(supervisor_keep, a_session_in_between_does_not_end_the_resume)
{
	world_prepare("on-demand");
	fake_stage(&world.saved, "Home", 0, wall_ms());
	world_begin();
	fake_saved_end(&world.saved, 0);
	fake_end(&world.engine, PROVD_STATE_FAILED);
	world.radio.linked = 1;
	provd_supervisor_networks_changed(world.supervisor);
	world_settle();
	cr_assert_not_null(world.saved.done);
	fake_command(&world.engine);
	fake_saved_end(&world.saved, 0);
	cr_assert_eq(world.engine.offers, 1, "the radio is somebody else's");
	world_settle();
	fake_end(&world.engine, PROVD_STATE_STOPPED);
	world_settle();
	cr_assert_not_null(world.saved.done);
	fake_saved_end(&world.saved, 0);
	cr_assert_eq(world.engine.offers, 2);
	world_finish();
}

Test(supervisor_keep, a_reset_ends_a_session_whose_background_tries_a_network)
{
	world_prepare("on-demand");
	fake_save(&world.saved, "Home", "correct horse");
	world_begin();
	fake_command(&world.engine);
	fake_joined(&world.radio, PROVD_E_CANCELED, NULL);
	world_await(&world.engine.retries, 1);
	cr_assert_eq(
		provd_supervisor_reset(world.supervisor, PROVD_RESET_FACTORY, world_done, NULL), 0);
	world_settle();
	cr_assert_eq(world.engine.stops, 1, "it need not wait for the end of the try");
	cr_assert_eq(world.saved.changes, 0);
	fake_retried(&world.engine, &world.radio, PROVD_E_CANCELED);
	world_settle();
	cr_assert_eq(world.saved.changes, 0);
	fake_end(&world.engine, PROVD_STATE_STOPPED);
	world_settle();
	cr_assert_eq(world.saved.changes, 1);
	fake_saved_end(&world.saved, 0);
	cr_assert_eq(world.done_code, 0);
	world_finish();
}

Test(supervisor_keep, a_reset_that_was_canceled_forgets_nothing)
{
	reset_world();
	fake_command(&world.engine);
	cr_assert_eq(
		provd_supervisor_reset(world.supervisor, PROVD_RESET_FACTORY, world_done, NULL), 0);
	world_settle();
	provd_supervisor_stop(world.supervisor, world_rest, NULL);
	cr_assert_eq(world.done_code, PROVD_E_CANCELED);
	fake_end(&world.engine, PROVD_STATE_STOPPED);
	world_settle();
	cr_assert_eq(world.saved.changes, 0);
	world_finish();
}

Test(supervisor_keep, the_network_is_told_when_there_is_somebody_to_tell)
{
	world_prepare("on-demand");
	world_create();
	world.radio.linked = 1;
	provd_supervisor_reconfigure(world.supervisor);
	world_settle();
	cr_assert_eq(world.ups, 0, "the hooks are made when all is ready");
	provd_supervisor_begin(world.supervisor, NULL, NULL);
	world_settle();
	cr_assert_eq(world.ups, 1);
	world_finish();
}

Test(supervisor_keep, sessions_that_come_and_go_do_not_save_a_hal_that_hangs)
{
	world_prepare("on-demand");
	fake_set(&world.session, "method_cancel_timeout", NULL, 100);
	fake_save(&world.saved, "Home", "correct horse");
	world_begin();
	cr_assert_eq(world.radio.connects, 1);
	for (unsigned i = 0; i < 40 && world.radio.gave_up == 0; i++) {
		uint64_t end = provd_loop_now_us(world.loop) + 30000u;

		fake_command(&world.engine);
		fake_end(&world.engine, PROVD_STATE_STOPPED);
		while (provd_loop_now_us(world.loop) < end)
			world_settle();
	}
	cr_assert_eq(world.radio.cancels, 1);
	cr_assert_eq(world.radio.gave_up, 1);
	world_finish();
}
