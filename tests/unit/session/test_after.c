/* SPDX-License-Identifier: Apache-2.0 */
/* What follows a session that has failed: its log is offered, and a phone in the network is told. */
#include "world.h"

#include <criterion/criterion.h>

#include <string.h>

#include "secret/secret.h"

static struct world world;
static uint64_t session;
static struct fake *log_method = &world.methods[1];

static void begin(struct world_setup setup)
{
	setup.registered = 1;
	setup.log_method = 1;
	setup.journal = 1;
	world_init(&world, &setup);
	session = world_start(&world, NULL);
}

#define BEGIN(...) begin((struct world_setup){__VA_ARGS__})

/* Wrong credentials, until the session's time is over. */
static void fail(void)
{
	fake_emit_credentials(&world.methods[0], session, "Home", "correct horse");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	fake_joined(&world, PROVD_E_WIFI_PASSPHRASE);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_assert_eq(world.final_state, PROVD_STATE_FAILED);
	world_settle(&world);
}

#define SHORT ",\"start\":{\"window\":\"300ms\"}"

TestSuite(after, .timeout = 30);

Test(after, the_log_is_offered_when_a_session_has_failed)
{
	BEGIN(.extra = SHORT);
	cr_expect_eq(log_method->starts, 0, "it takes no credentials");
	fail();
	cr_expect_eq(log_method->starts, 1);
	cr_expect_eq(log_method->purpose, PROVD_PURPOSE_LOG);
	cr_expect_eq(log_method->session, session);
	cr_expect_eq(log_method->deadline_ms, 0);
	cr_expect_str_eq(world_state(&world), "failed");
	world_finish(&world);
	cr_expect_eq(log_method->stops, 1);
}

Test(after, it_ends_when_the_log_was_handed_over)
{
	BEGIN(.extra = SHORT);
	fail();
	fake_emit(log_method, PROVD_EV_SESSION_DONE, session, 0);
	cr_expect(world_wait(&world, &log_method->stops, 1));
	world_settle(&world);
	/* late words of it change nothing */
	fake_emit(log_method, PROVD_EV_SESSION_DONE, session, 0);
	world_settle(&world);
	cr_expect_eq(log_method->stops, 1);
	world_finish(&world);
}

Test(after, the_next_session_has_the_radio)
{
	BEGIN(.extra = SHORT);
	fail();
	log_method->slow_stop = 1;
	session = world_start(&world, NULL);
	cr_expect_eq(log_method->stops, 1);
	cr_expect_eq(world.methods[0].starts, 1, "the radio is not given back yet");
	fake_emit(log_method, PROVD_EV_STOPPED, 0, 0);
	cr_expect(world_wait(&world, &world.methods[0].starts, 2));
	world_finish(&world);
}

Test(after, nothing_is_offered_after_a_stop)
{
	BEGIN(.extra = SHORT);
	fake_emit_credentials(&world.methods[0], session, "Home", "correct horse");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	fake_joined(&world, PROVD_E_WIFI_PASSPHRASE);
	world_settle(&world);
	cr_assert_eq(provd_engine_stop(world.engine), 0);
	cr_assert(world_wait(&world, &world.ended, 1));
	world_settle(&world);
	cr_expect_eq(log_method->starts, 0);
	world_finish(&world);
}

Test(after, nothing_is_offered_when_nothing_is_to_be_delivered)
{
	BEGIN(.extra = SHORT);
	fake_emit_credentials(&world.methods[0], session, "Home", "correct horse");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	fake_joined(&world, PROVD_E_WIFI_PASSPHRASE);
	cr_assert(world_wait_state(&world, "failed"));
	provd_journal_service_forget(world.journal);
	cr_assert(world_wait(&world, &world.ended, 1));
	world_settle(&world);
	cr_expect_eq(log_method->starts, 0);
	world_finish(&world);
}

Test(after, a_saved_network_goes_before_the_log)
{
	const struct provd_credentials credentials = {
		.size = sizeof(credentials), .ssid_len = 3, .ssid = "Old"};

	BEGIN(.extra = SHORT, .saved = 1);
	cr_assert_eq(provd_saved_add(world.saved, &credentials, NULL, NULL), 0);
	world_settle(&world);
	fail();
	cr_expect_eq(log_method->starts, 0, "one radio for both");
	world_finish(&world);
}

Test(after, a_radio_that_can_do_both_offers_the_log_all_the_same)
{
	const struct provd_credentials credentials = {
		.size = sizeof(credentials), .ssid_len = 3, .ssid = "Old"};

	BEGIN(.extra = SHORT, .saved = 1, .together = 1);
	cr_assert_eq(provd_saved_add(world.saved, &credentials, NULL, NULL), 0);
	world_settle(&world);
	fail();
	cr_expect_eq(log_method->starts, 1);
	world_finish(&world);
}

Test(after, a_method_that_fails_or_refuses_is_left)
{
	BEGIN(.extra = SHORT);
	log_method->start_code = PROVD_E_WIFI_RADIO;
	fail();
	cr_expect_eq(log_method->starts, 1);
	cr_expect_not_null(strstr(world_log(&world), "method failed"));
	log_method->start_code = 0;
	session = world_start(&world, NULL);
	cr_expect_str_eq(world_state(&world), "listening");
	world_finish(&world);
}

Test(after, a_session_to_which_nobody_came_is_no_failure)
{
	BEGIN(.extra = SHORT);
	cr_assert(world_wait(&world, &world.ended, 1));
	world_settle(&world);
	cr_expect_str_eq(world_error(&world), "no phone came in time");
	cr_expect_eq(log_method->starts, 0);
	cr_expect_not(provd_journal_service_has_undelivered(world.journal));
	world_finish(&world);
}

Test(after, the_log_is_offered_again_when_the_daemon_comes_up)
{
	BEGIN(.extra = SHORT);
	provd_engine_offer_logs(world.engine);
	cr_expect_eq(log_method->starts, 0, "a session runs");
	fail();
	provd_engine_end_after(world.engine);
	cr_expect(world_wait(&world, &log_method->stops, 1));
	world_settle(&world);
	cr_expect_not(provd_engine_offers_logs(world.engine));
	provd_engine_offer_logs(world.engine);
	cr_expect_eq(log_method->starts, 2);
	cr_expect_eq(log_method->session, session);
	cr_expect(provd_engine_offers_logs(world.engine));
	world_finish(&world);
}

Test(after, nobody_can_ask_for_it_as_a_way_to_provision)
{
	const char *const names[] = {"two"};
	const struct provd_engine_request request = {.methods = names, .method_count = 1};
	struct provd_error err = {.size = sizeof(err)};
	uint64_t number = 0;

	BEGIN(.extra = SHORT);
	cr_assert_eq(provd_engine_stop(world.engine), 0);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_expect_eq(provd_engine_start(world.engine, &request, &number, &err),
		     PROVD_E_NO_CAPABILITY);
	cr_expect_str_eq(err.text,
			 "two takes no credentials; it follows a failed session by itself");
	world_finish(&world);
}

/* Telling */

static void link_up(void)
{
	const struct provd_link link = {.size = sizeof(link),
					.flags = PROVD_LINK_ASSOCIATED | PROVD_LINK_ADDRESS};

	provd_engine_link_up(world.engine, &link);
	world_settle(&world);
}

Test(after, a_phone_in_the_network_is_told_once_it_is_joined_again)
{
	BEGIN(.extra = SHORT, .channel = 1);
	fail();
	world.cloud.told_status = 0;
	cr_expect_not(world_channel_is_open(&world));
	link_up();
	cr_expect_eq(world.cloud.told_state, PROVD_STATE_FAILED);
	cr_expect_eq(world.cloud.told_status, PROVD_E_WIFI_PASSPHRASE);
	cr_expect(world_channel_is_open(&world));
	world_send(&world, "{}");
	cr_expect(world_wait(&world, &world.cloud.datagrams, 1));
	world_finish(&world);
}

Test(after, telling_ends_with_its_time)
{
	BEGIN(.extra = SHORT ",\"session\":{\"tell_for\":\"200ms\"}", .channel = 1);
	fail();
	link_up();
	cr_expect(world_channel_is_open(&world));
	for (int i = 0; i < 100 && world_channel_is_open(&world); i++)
		world_sleep(&world, 20);
	cr_expect_not(world_channel_is_open(&world));
	world.cloud.told_state = 0;
	link_up();
	cr_expect_eq(world.cloud.told_state, 0, "too late");
	cr_expect_not(world_channel_is_open(&world));
	world_finish(&world);
}

Test(after, nobody_is_told_while_a_session_runs_or_after_one_that_was_stopped)
{
	BEGIN(.channel = 1);
	world.cloud.told_state = 0;
	link_up();
	cr_expect_eq(world.cloud.told_state, 0);
	cr_assert_eq(provd_engine_stop(world.engine), 0);
	cr_assert(world_wait(&world, &world.ended, 1));
	world.cloud.told_state = 0;
	link_up();
	cr_expect_eq(world.cloud.told_state, 0);
	cr_expect_not(world_channel_is_open(&world));
	world_finish(&world);
}

Test(after, the_next_session_keeps_the_channel_open)
{
	BEGIN(.extra = SHORT, .channel = 1);
	fail();
	link_up();
	session = world_start(&world, NULL);
	cr_expect(world_wait(&world, &world.methods[0].starts, 2));
	cr_expect(world_channel_is_open(&world));
	world_finish(&world);
}

/* What the journal gets */

Test(after, a_failure_carries_the_number_of_the_app)
{
	json_t *entries;
	const json_t *detail;
	uint64_t number = 0;

	BEGIN(.extra = SHORT);
	fail();
	entries = provd_timeline_json(provd_engine_timeline(world.engine), &number, NULL);
	for (size_t i = 0; i < json_array_size(entries); i++) {
		detail = json_object_get(json_array_get(entries, i), "detail");
		if (json_object_get(detail, "app_id")) {
			cr_expect_str_eq(json_string_value(json_object_get(detail, "app_id")),
					 "12");
			cr_expect_str_eq(json_string_value(json_object_get(detail, "app_sub")),
					 "-101");
			number = 0;
		}
	}
	cr_expect_eq(number, 0, "no entry has the app's number");
	json_decref(entries);
	world_finish(&world);
}

Test(after, sessions_are_numbered_after_those_of_the_journal)
{
	BEGIN(.extra = SHORT);
	fail();
	/* as after a restart of the daemon */
	provd_engine_use_journal(world.engine, world.journal);
	cr_expect_eq(world_start(&world, NULL), session + 1);
	world_finish(&world);
}
