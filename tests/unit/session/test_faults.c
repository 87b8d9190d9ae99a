/* SPDX-License-Identifier: Apache-2.0 */
/* Plugins that break their word, and moments in which much happens at once. */
#include "world.h"

#include <criterion/criterion.h>

#include <string.h>

static struct world world;

#define BEGIN(...) world_init(&world, &(struct world_setup){__VA_ARGS__})

TestSuite(faults, .timeout = 30);

static uint64_t start(const struct provd_engine_request *request)
{
	return world_start(&world, request);
}

#define SHORT                                                                                      \
	",\"session\":{\"join_timeout\":\"50ms\",\"method_cancel_timeout\":\"20ms\","              \
	"\"method_stop_timeout\":\"20ms\"}"

static uint64_t join(const char *passphrase)
{
	uint64_t session = start(NULL);

	fake_emit_token(&world.methods[0], session, "token");
	fake_emit_credentials(&world.methods[0], session, "Home", passphrase);
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	return session;
}

/* Goes on to binding, or to registering when the world is not registered. */
static uint64_t come_to(const char *state)
{
	uint64_t session = join("right");

	fake_joined(&world, 0);
	cr_assert(world_wait_state(&world, state));
	return session;
}

Test(faults, the_first_method_that_fails_to_start_does_not_end_the_session)
{
	BEGIN(.together = 1);
	world.methods[0].start_code = PROVD_E_WIFI_RADIO;
	start(NULL);
	cr_assert_str_eq(world_state(&world), "listening");
	cr_assert_eq(world.methods[1].starts, 1);
	cr_assert_eq(world.ended, 0);
	world_finish(&world);
}

Test(faults, nobody_starts_says_why)
{
	BEGIN(.together = 1, .without_monitor = 1);
	world.methods[0].start_code = PROVD_E_WIFI_RADIO;
	start(NULL);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_assert(strstr(world_error(&world), "one: the radio or its driver failed"), "%s",
		  world_error(&world));
	world_finish(&world);
}

Test(faults, a_hal_that_dies_during_a_join_fails_it)
{
	BEGIN(.together = 1);
	join("right");
	fake_emit(&world.hal, PROVD_EV_FAILED, 0, PROVD_E_WIFI_RADIO);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_assert_eq(world.final_state, PROVD_STATE_FAILED);
	world_finish(&world);
}

Test(faults, a_hal_that_never_ends_a_join_does_not_hold_the_session)
{
	BEGIN(.together = 1, .extra = SHORT);
	world.hal.silent = 1;
	join("right");
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_assert_eq(world.final_state, PROVD_STATE_FAILED);
	cr_assert(strstr(world_log(&world), "did not end a join that was canceled"), "%s",
		  world_log(&world));
	world_finish(&world);
}

Test(faults, a_hal_that_never_ends_a_join_does_not_hold_a_stop)
{
	BEGIN(.together = 1, .extra = SHORT);
	world.hal.silent = 1;
	join("right");
	cr_assert_eq(provd_engine_stop(world.engine), 0);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_assert_str_eq(world_state(&world), "stopped");
	world_finish(&world);
}

Test(faults, a_hal_that_refuses_to_join_fails_the_attempt)
{
	BEGIN(.together = 1);
	world.hal.start_code = PROVD_E_BUSY;
	join("right");
	cr_assert(world_wait_state(&world, "listening"));
	cr_assert_eq(world.methods[0].told_status, PROVD_E_BUSY);
	world_finish(&world);
}

Test(faults, a_method_that_keeps_the_radio_has_it_taken_before_the_join)
{
	BEGIN(.together = 0, .registered = 1,
	      .extra = ",\"session\":{\"method_cancel_timeout\":\"20ms\"}");
	start(NULL);
	cr_assert_eq(fake_open_ap(&world.methods[0], 91), 0);
	world.methods[0].silent = 1;
	world.hal.slow_ap_stop = 1;
	fake_emit_credentials(&world.methods[0], 1, "Home", "right");
	cr_assert(world_wait(&world, &world.hal.ap_stops, 1));
	world_settle(&world);
	cr_assert_eq(world.hal.connects, 0, "its access point is still up");
	fake_emit(&world.hal, PROVD_EV_OP_DONE, world.hal.ap_stop_op, 0);
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	/* The faulted method still has its handle. */
	cr_assert_eq(world.methods[0].ap->stop(world.methods[0].ap_self, 92), PROVD_E_STATE);
	world_finish(&world);
}

Test(faults, a_radio_that_is_never_given_back_fails_the_attempt)
{
	BEGIN(.together = 0, .no_suspend = 1, .extra = ",\"session\":{\"join_timeout\":\"30ms\"}");
	start(NULL);
	world.methods[0].slow_stop = 1;
	fake_emit_credentials(&world.methods[0], 1, "Home", "right");
	cr_assert(world_wait(&world, &world.methods[0].stops, 1));
	cr_assert(world_wait_state(&world, "listening"));
	cr_assert_eq(world.hal.connects, 0);
	fake_emit(&world.methods[0], PROVD_EV_STOPPED, 0, 0);
	cr_assert(world_wait(&world, &world.methods[0].starts, 2));
	world.methods[0].slow_stop = 0;
	world_finish(&world);
}

Test(faults, a_method_without_suspend_is_started_again_after_a_failed_join)
{
	BEGIN(.together = 0, .no_suspend = 1);
	start(NULL);
	fake_emit_credentials(&world.methods[0], 1, "Home", "wrong");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	fake_joined(&world, PROVD_E_WIFI_PASSPHRASE);
	cr_assert(world_wait(&world, &world.methods[0].starts, 2));
	cr_assert_str_eq(world_state(&world), "listening");
	world_finish(&world);
}

Test(faults, a_method_that_dies_while_joining_does_not_end_the_join)
{
	BEGIN(.together = 1, .registered = 1);
	join("right");
	fake_emit(&world.methods[0], PROVD_EV_FAILED, 0, PROVD_E_WIFI_RADIO);
	world_settle(&world);
	cr_assert_str_eq(world_state(&world), "joining");
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &world.cloud.binds, 1));
	world_finish(&world);
}

Test(faults, the_station_leaves_when_the_ap_must_come_back)
{
	BEGIN(.together = 0, .registered = 1);
	come_to("binding");
	fake_emit(&world.cloud, PROVD_EV_OP_DONE, world.cloud.op, PROVD_E_CLOUD_TOKEN);
	cr_assert(world_wait(&world, &world.methods[0].resumes, 1));
	cr_assert_eq(world.hal.disconnects, 1);
	world_finish(&world);
}

Test(faults, credentials_that_came_second_are_dropped_by_the_first_success)
{
	uint64_t session;

	BEGIN(.together = 1, .registered = 1);
	session = join("right");
	fake_emit_credentials(&world.methods[1], session, "Other", "second");
	world_settle(&world);
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &world.cloud.binds, 1));
	fake_emit(&world.cloud, PROVD_EV_OP_DONE, world.cloud.op, PROVD_E_CLOUD_TOKEN);
	cr_assert(world_wait_state(&world, "listening"));
	world_settle(&world);
	cr_assert_eq(world.hal.connects, 1);
	world_finish(&world);
}

Test(faults, events_of_a_method_that_is_not_active_are_nobodys)
{
	static const char *const names[] = {"two"};
	struct provd_engine_request request = {.methods = names, .method_count = 1};

	BEGIN(.together = 1);
	fake_emit_credentials(&world.methods[0], start(&request), "Home", "right");
	world_settle(&world);
	cr_assert_str_eq(world_state(&world), "listening");
	cr_assert_eq(world.hal.connects, 0);
	world_finish(&world);
}

Test(faults, a_cloud_that_dies_while_joining_ends_the_session_once)
{
	struct provd_engine_request request = {0};
	struct provd_error err = {.size = sizeof(err)};
	uint64_t session = 0;

	BEGIN(.together = 1);
	join("right");
	fake_emit(&world.cloud, PROVD_EV_FAILED, 0, PROVD_E_CLOUD_IDENTITY);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_assert_eq(world.final_state, PROVD_STATE_FAILED);
	cr_assert_eq(provd_engine_start(world.engine, &request, &session, &err),
		     PROVD_E_NO_CAPABILITY);
	world_finish(&world);
	cr_assert_eq(world.cloud.stops, 0, "after FAILED only destroy() is left");
}

Test(faults, a_cloud_that_never_ends_an_operation_does_not_hold_a_stop)
{
	BEGIN(.together = 1, .registered = 1, .extra = SHORT);
	come_to("binding");
	world.cloud.silent = 1;
	cr_assert_eq(provd_engine_stop(world.engine), 0);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_assert_str_eq(world_state(&world), "stopped");
	world.cloud.silent = 0;
	world_finish(&world);
}

Test(faults, a_cloud_that_never_stops_does_not_hold_the_daemon)
{
	BEGIN(.together = 1, .extra = SHORT);
	world.cloud.silent = 1;
	world_finish(&world);
}

Test(faults, a_cloud_that_registers_without_a_secret_is_asked_once)
{
	BEGIN(.together = 1);
	come_to("registering");
	fake_emit(&world.cloud, PROVD_EV_OP_DONE, world.cloud.op, 0);
	cr_assert(world_wait_state(&world, "listening"));
	cr_assert_eq(world.cloud.registers, 1);
	cr_assert_eq(world.methods[0].told_status, PROVD_E_CLOUD_IDENTITY);
	world_finish(&world);
}

Test(faults, a_stop_is_told_as_a_stop)
{
	BEGIN(.together = 1);
	start(NULL);
	cr_assert_eq(provd_engine_stop(world.engine), 0);
	cr_assert_eq(world.methods[0].told_state, PROVD_STATE_STOPPED);
	cr_assert_eq(world.methods[0].told_status, 0);
	world_finish(&world);
}

static void window_in(const char *state)
{
	struct provd_engine_request request = {.deadline_ms = 300};
	uint64_t session;

	BEGIN(.together = 1);
	session = start(&request);
	cr_assert_neq(world.methods[0].deadline_ms, 0);
	if (strcmp(state, "online") != 0)
		fake_emit_token(&world.methods[0], session, "token");
	fake_emit_credentials(&world.methods[0], session, "Home", "right");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	world.cloud.registered = strcmp(state, "registering") != 0;
	if (strcmp(state, "joining") != 0)
		fake_joined(&world, 0);
	cr_assert(world_wait_state(&world, state));
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_assert_eq(world.final_state, PROVD_STATE_FAILED);
	cr_assert_str_eq(world_error_state(&world), state);
	world_finish(&world);
}

Test(faults, the_window_closes_while_joining)
{
	window_in("joining");
}

Test(faults, the_window_closes_while_waiting_for_the_token)
{
	window_in("online");
}

Test(faults, the_window_closes_while_registering)
{
	window_in("registering");
}

Test(faults, the_window_closes_while_binding)
{
	window_in("binding");
}

Test(faults, words_that_are_not_utf8_do_not_break_the_status)
{
	struct provd_event event = {.size = sizeof(event),
				    .type = PROVD_EV_OP_DONE,
				    .status = PROVD_E_CLOUD_REFUSED,
				    .text = "no \xff\xfe way"};

	BEGIN(.together = 1, .registered = 1);
	come_to("binding");
	event.op = world.cloud.op;
	cr_assert_eq(world.cloud.host->emit(world.cloud.host, &event), 0);
	cr_assert(world_wait_state(&world, "listening"));
	cr_assert_str_eq(world_error(&world), "no ?? way");
	world_finish(&world);
}

Test(faults, the_words_of_the_hal_are_kept)
{
	struct provd_event event = {.size = sizeof(event),
				    .type = PROVD_EV_OP_DONE,
				    .status = PROVD_E_WIFI_REJECTED,
				    .text = "the access point is full"};

	BEGIN(.together = 1);
	join("right");
	event.op = world.hal.op;
	cr_assert_eq(world.hal.host->emit(world.hal.host, &event), 0);
	cr_assert(world_wait_state(&world, "listening"));
	cr_assert_str_eq(world_error(&world), "the access point is full");
	world_finish(&world);
}

static void lose_the_station(int deaf)
{
	uint64_t session;

	BEGIN(.together = 1, .registered = 1);
	session = world_start(&world, NULL);
	fake_emit_claim(&world.methods[0], session, "Home", "right", "0123456789abcdef");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &world.cloud.binds, 1));
	cr_expect(provd_radio_has_link(world.radio));
	fake_take_station_away(&world, deaf);
	world_settle(&world);
	cr_expect_not(provd_radio_has_link(world.radio));
	cr_expect_str_neq(world_state(&world), "binding");
	if (!deaf) /* else there is nobody left who could listen */
		cr_expect_str_eq(world_error(&world), provd_err_text(PROVD_E_WIFI_RADIO));
	world_finish(&world);
}

Test(faults, a_station_that_is_pulled_out_takes_its_link_along)
{
	lose_the_station(0);
	lose_the_station(1);
}

#define SHORT_CANCEL ",\"session\":{\"method_cancel_timeout\":\"200ms\"}"

Test(faults, a_phone_that_changes_its_mind_does_not_save_a_hal_that_hangs)
{
	static const char *const names[] = {"Home", "Other"};
	uint64_t session;

	BEGIN(.together = 1, .registered = 1, .extra = SHORT_CANCEL);
	session = world_start(&world, NULL);
	fake_emit_credentials(&world.methods[0], session, "First", "right");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	world.hal.silent = 1;
	world.methods[0].credentials_flags = PROVD_CREDENTIALS_REPLACE;
	for (unsigned i = 0; i < 20 && !strstr(world_log(&world), "hal failed"); i++) {
		fake_emit_credentials(&world.methods[0], session, names[i % 2], "right");
		world_sleep(&world, 50);
	}
	cr_expect_not_null(strstr(world_log(&world), "hal failed"));
	world.hal.silent = 0;
	world_finish(&world);
}

Test(faults, the_end_of_an_operation_that_never_was_fails_no_attempt)
{
	BEGIN(.together = 1, .registered = 1);
	world_start(&world, NULL);
	fake_emit(&world.cloud, PROVD_EV_OP_DONE, 0, PROVD_E_CLOUD_NO_REPLY);
	world_settle(&world);
	cr_expect_str_eq(world_error(&world), "");
	world_finish(&world);
}
