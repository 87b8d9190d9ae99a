/* SPDX-License-Identifier: Apache-2.0 */
/* What the supervisor does about saved networks, sessions and its own end. */
#include "supervisor_world.h"

#include <criterion/criterion.h>

#include <string.h>

TestSuite(supervisor, .timeout = 40);

/* Saved networks */

Test(supervisor, joins_saved_networks_in_their_order)
{
	world_prepare("if-unprovisioned");
	fake_save(&world.saved, "Home", "correct horse");
	fake_save(&world.saved, "Shed", "battery staple");
	world_begin();
	cr_assert_eq(world.radio.connects, 1);
	cr_assert_str_eq(world.radio.ssid, "Home");
	cr_assert_str_eq(provd_supervisor_waiting(world.supervisor), "grace");
	fake_joined(&world.radio, PROVD_E_WIFI_NO_AP, NULL);
	world_settle();
	cr_assert_str_eq(world.radio.ssid, "Shed");
	fake_joined(&world.radio, 0, "Shed");
	world_settle();
	cr_assert_eq(world.ups, 1);
	cr_assert_eq(provd_supervisor_link(world.supervisor)->channel, 6);
	cr_assert(world_logged("joined a saved network"));
	cr_assert_eq(world.engine.starts, 0);
	cr_assert_eq(world.radio.connects, 2);
	world_finish();
}

Test(supervisor, tries_round_after_round_and_again_when_the_link_is_lost)
{
	world_prepare("on-demand");
	fake_save(&world.saved, "Home", "correct horse");
	world_begin();
	for (unsigned i = 1; i <= 3; i++) {
		world_await(&world.radio.connects, i);
		fake_joined(&world.radio, PROVD_E_WIFI_PASSPHRASE, NULL);
	}
	world_await(&world.radio.connects, 4);
	fake_joined(&world.radio, 0, "Home");
	world_settle();
	world.radio.linked = 0;
	provd_supervisor_link_lost(world.supervisor, PROVD_E_WIFI_LOST);
	cr_assert_eq(world.downs, 1);
	cr_assert(world_logged("the network is lost"));
	world_await(&world.radio.connects, 5);
	cr_assert_eq(provd_supervisor_link(world.supervisor)->flags, 0);
	world_finish();
}

Test(supervisor, the_credentials_outlive_the_list)
{
	world_prepare("on-demand");
	fake_save(&world.saved, "Home", "correct horse");
	world_begin();
	cr_assert_eq(world.radio.connects, 1);
	fake_forget_all(&world.saved);
	provd_supervisor_networks_changed(world.supervisor);
	cr_assert_eq(world.radio.cancels, 1, "a forgotten network is not tried any more");
	fake_joined(&world.radio, PROVD_E_CANCELED, NULL);
	world_settle();
	cr_assert_eq(world.radio.connects, 1);
	world_finish();
}

Test(supervisor, a_network_that_is_forgotten_is_left)
{
	world_prepare("on-demand");
	fake_save(&world.saved, "Home", "correct horse");
	world_begin();
	fake_joined(&world.radio, 0, "Home");
	world_settle();
	fake_save(&world.saved, "Other", "battery staple");
	provd_supervisor_networks_changed(world.supervisor);
	world_settle();
	cr_assert_eq(world.radio.disconnects, 0);
	fake_forget_all(&world.saved);
	provd_supervisor_networks_changed(world.supervisor);
	world_settle();
	cr_assert_eq(world.radio.disconnects, 1);
	cr_assert_eq(world.downs, 1);
	world_finish();
}

Test(supervisor, a_join_that_takes_too_long_is_canceled_and_given_up)
{
	world_prepare("on-demand");
	fake_set(&world.session, "join_timeout", NULL, 20);
	fake_set(&world.session, "method_cancel_timeout", NULL, 20);
	fake_save(&world.saved, "Home", "correct horse");
	world_begin();
	world_await(&world.radio.cancels, 1);
	world_await(&world.radio.gave_up, 1);
	world_await(&world.radio.connects, 2);
	world_await(&world.radio.cancels, 2);
	fake_joined(&world.radio, PROVD_E_CANCELED, NULL);
	cr_assert(world_logged("not joined TIMEOUT"));
	world_await(&world.radio.connects, 3);
	cr_assert_eq(world.radio.gave_up, 1);
	world_finish();
}

Test(supervisor, a_radio_that_refuses_is_not_hammered)
{
	unsigned rest = 0;

	world_prepare("on-demand");
	for (int i = 0; i < 8; i++)
		fake_save(&world.saved, "Home", "correct horse");
	world.radio.refuses = PROVD_E_NO_CAPABILITY;
	world_begin();
	for (const char *at = world.log.text; (at = strstr(at, "trying")) != NULL; at++)
		rest++;
	cr_assert_eq(rest, 8, "%u tries at once", rest);
	world.radio.refuses = 0;
	world_await(&world.radio.connects, 1);
	world_finish();
}

/* Sessions */

Test(supervisor, starts_a_session_by_policy_and_tries_networks_behind_it)
{
	world_prepare("if-unprovisioned");
	fake_set(&world.start, "grace", NULL, 50);
	fake_save(&world.saved, "Home", "correct horse");
	world_begin();
	fake_joined(&world.radio, PROVD_E_WIFI_NO_AP, NULL);
	while (!world.engine.starts) {
		provd_loop_turn(world.loop, 1);
		if (world.radio.done)
			fake_joined(&world.radio, PROVD_E_WIFI_NO_AP, NULL);
	}
	world_await(&world.engine.retries, 1);
	cr_assert_str_eq(world.engine.retry_ssid, "Home");
	fake_retried(&world.engine, &world.radio, PROVD_E_CANCELED);
	world_await(&world.engine.retries, 2);
	fake_retried(&world.engine, &world.radio, 0);
	fake_end(&world.engine, PROVD_STATE_STOPPED);
	world_settle();
	cr_assert_eq(world.ups, 1);
	cr_assert_eq(world.engine.starts, 1);
	cr_assert_eq(world.engine.retries, 2);
	cr_assert_eq(world.engine.radio_changes, world.radio.connects,
		     "not from inside the engine");
	world_finish();
}

Test(supervisor, nothing_is_tried_while_a_phone_is_there_or_the_engine_refuses)
{
	world_prepare("if-unprovisioned");
	world_begin();
	cr_assert_eq(world.engine.starts, 1);
	world.engine.phone = 1;
	fake_save(&world.saved, "Home", "correct horse");
	fake_entry(&world.engine, PROVD_STATE_LISTENING);
	world_settle();
	world.engine.phone = 0;
	world.engine.retry_code = PROVD_E_STATE;
	fake_entry(&world.engine, PROVD_STATE_LISTENING);
	while (!world_logged("a saved network is not joined"))
		provd_loop_turn(world.loop, 1);
	world.engine.retry_code = 0;
	world_await(&world.engine.retries, 1);
	fake_retried(&world.engine, &world.radio, PROVD_E_WIFI_NO_AP);
	world_finish();
}

Test(supervisor, a_session_by_command_ends_our_own_join)
{
	world_prepare("on-demand");
	fake_save(&world.saved, "Home", "correct horse");
	world_begin();
	fake_command(&world.engine);
	cr_assert_eq(world.radio.cancels, 1);
	cr_assert_eq(world.engine.radio_changes, 0);
	fake_joined(&world.radio, PROVD_E_CANCELED, NULL);
	cr_assert_eq(world.engine.radio_changes, 1, "it waits for the radio");
	fake_entry(&world.engine, PROVD_STATE_JOINING);
	world.radio.linked = 1;
	fake_entry(&world.engine, PROVD_STATE_ONLINE);
	world_settle();
	cr_assert_eq(world.ups, 1, "the session has joined");
	fake_end(&world.engine, PROVD_STATE_BOUND);
	world.saved.bound = 1;
	world_settle();
	cr_assert_eq(world.radio.connects, 1);
	world_finish();
}

/* Whoever has a link and starts a session wants another network: the old one must not end it. */
Test(supervisor, the_old_network_is_left_alone_in_a_session_that_was_wanted)
{
	uint64_t end;

	world_prepare("on-demand");
	fake_save(&world.saved, "Home", "correct horse");
	world_begin();
	fake_joined(&world.radio, 0, "Home");
	world_settle();
	fake_command(&world.engine);
	world.radio.linked = 0;
	fake_entry(&world.engine, PROVD_STATE_LISTENING);
	end = provd_loop_now_us(world.loop) + 300000u;
	while (provd_loop_now_us(world.loop) < end)
		provd_loop_turn(world.loop, 0);
	cr_assert_eq(world.downs, 1);
	cr_assert_eq(world.engine.retries, 0);
	world_finish();
}

Test(supervisor, the_network_of_a_session_is_known)
{
	world_prepare("on-demand");
	fake_save(&world.saved, "Home", "correct horse");
	world_begin();
	fake_joined(&world.radio, 0, "Home");
	world_settle();
	fake_command(&world.engine);
	world.radio.link.ssid_len = 3;
	memcpy(world.radio.link.ssid, "New", 3);
	fake_entry(&world.engine, PROVD_STATE_ONLINE);
	world_settle();
	cr_assert_eq(provd_supervisor_link(world.supervisor)->ssid_len, 3);
	fake_forget_all(&world.saved);
	fake_entry(&world.engine, PROVD_STATE_ONLINE);
	world_settle();
	cr_assert_eq(world.radio.disconnects, 0, "not saved yet");
	fake_save(&world.saved, "New", "battery staple");
	fake_entry(&world.engine, PROVD_STATE_BINDING);
	world_settle();
	fake_forget_all(&world.saved);
	provd_supervisor_networks_changed(world.supervisor);
	world_settle();
	cr_assert_eq(world.radio.disconnects, 0, "a session's network is its own affair");
	fake_end(&world.engine, PROVD_STATE_FAILED);
	world_settle();
	cr_assert_eq(world.radio.disconnects, 1);
	world_finish();
}

Test(supervisor, a_start_that_is_refused_is_told_once_and_tried_again)
{
	world_prepare("always");
	world.engine.start_code = PROVD_E_NO_CAPABILITY;
	world_begin();
	cr_assert_eq(world.engine.refused, 1);
	cr_assert(world_logged("cannot start provisioning"));
	world.log.text[0] = '\0';
	world_await(&world.engine.refused, 2);
	cr_assert(world_logged("still cannot start provisioning NO_CAPABILITY"));
	world.engine.start_code = 0;
	world_await(&world.engine.starts, 1);
	world_finish();
}

Test(supervisor, the_button_starts_and_shows_presence)
{
	world_prepare("button");
	fake_set(&world.start, "presence", NULL, 1);
	world_begin();
	cr_assert_eq(world.engine.starts, 0);
	cr_assert_str_eq(provd_supervisor_waiting(world.supervisor), "presence");
	cr_assert_not(provd_supervisor_may_start(world.supervisor));
	provd_supervisor_pressed(world.supervisor, 900000);
	cr_assert(provd_supervisor_may_start(world.supervisor));
	world_settle();
	cr_assert_eq(world.engine.starts, 1);
	fake_end(&world.engine, PROVD_STATE_FAILED);
	world_settle();
	cr_assert_eq(world.engine.starts, 1);
	world_finish();
}

Test(supervisor, a_new_config_is_followed)
{
	world_prepare("on-demand");
	world_begin();
	cr_assert_eq(world.engine.starts, 0);
	fake_set(&world.start, "policy", "always", 0);
	provd_supervisor_reconfigure(world.supervisor);
	world_settle();
	cr_assert_eq(world.engine.starts, 1);
	world_finish();
}

/* The end */

Test(supervisor, stops_at_once_or_after_its_own_join)
{
	world_prepare("on-demand");
	fake_save(&world.saved, "Home", "correct horse");
	world_begin();
	provd_supervisor_stop(world.supervisor, world_rest, NULL);
	cr_assert_eq(world.rest, 0);
	cr_assert_eq(world.radio.cancels, 1);
	fake_joined(&world.radio, PROVD_E_CANCELED, NULL);
	cr_assert_eq(world.rest, 0, "not from inside the radio");
	world_settle();
	cr_assert_eq(world.rest, 1);
	cr_assert_eq(world.radio.connects, 1);
	world_finish();
	world_prepare("always");
	world_create();
	provd_supervisor_stop(world.supervisor, world_rest, NULL);
	cr_assert_eq(world.rest, 1);
	provd_supervisor_begin(world.supervisor, NULL, NULL);
	provd_supervisor_pressed(world.supervisor, 1);
	world_settle();
	cr_assert_eq(world.engine.starts, 0);
	world_finish();
}
