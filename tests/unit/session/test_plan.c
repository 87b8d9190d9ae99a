/* SPDX-License-Identifier: Apache-2.0 */
/* Who may run, who with whom, and who takes turns. */
#include "world.h"

#include <criterion/criterion.h>

#include <string.h>

static struct world world;

#define BEGIN(...) world_init(&world, &(struct world_setup){__VA_ARGS__})

TestSuite(plan, .timeout = 30);

static uint64_t start(const struct provd_engine_request *request)
{
	return world_start(&world, request);
}

Test(plan, a_missing_capability_is_explained_and_the_method_is_not_started)
{
	json_t *status;
	json_t *method;

	BEGIN(.together = 1, .without_monitor = 1);
	start(NULL);
	status = provd_engine_status_json(world.engine);
	method = json_array_get(json_object_get(status, "methods"), 1);
	cr_assert_str_eq(json_string_value(json_object_get(method, "state")), "unavailable");
	cr_assert_str_eq(json_string_value(json_object_get(method, "reason")),
			 "needs provd.hal.offload/1:airkiss (hal 'fakehal' does not offer it) or "
			 "provd.hal.monitor/1 (hal 'fakehal': phy0 has no monitor mode)");
	json_decref(status);
	cr_assert_eq(world.methods[1].starts, 0);
	world_finish(&world);
}

Test(plan, an_unknown_method_is_named)
{
	static const char *const names[] = {"three"};
	struct provd_engine_request request = {.methods = names, .method_count = 1};
	struct provd_error err = {.size = sizeof(err)};
	uint64_t session = 0;

	BEGIN(.together = 1);
	cr_assert_eq(provd_engine_start(world.engine, &request, &session, &err), PROVD_E_NOT_FOUND);
	cr_assert_str_eq(err.text, "three");
	world_finish(&world);
}

Test(plan, only_the_methods_asked_for_are_started)
{
	static const char *const names[] = {"two"};
	struct provd_engine_request request = {.methods = names, .method_count = 1};

	BEGIN(.together = 1);
	start(&request);
	cr_assert_eq(world.methods[0].starts, 0);
	cr_assert_eq(world.methods[1].starts, 1);
	world_finish(&world);
}

Test(plan, the_plan_takes_turns)
{
	BEGIN(.together = 1, .extra = ",\"plan\":[{\"methods\":[\"one\"],\"for\":\"20ms\"},"
				      "{\"methods\":[\"two\"],\"for\":\"20ms\"}]");
	start(NULL);
	cr_assert_eq(world.methods[0].starts, 1);
	cr_assert_eq(world.methods[1].starts, 0);
	cr_assert(world_wait(&world, &world.methods[1].starts, 1));
	cr_assert_eq(world.methods[0].stops, 1);
	cr_assert(world_wait(&world, &world.methods[0].starts, 2));
	world_finish(&world);
}

Test(plan, a_session_may_have_a_plan_of_its_own)
{
	const char *only_two[] = {"two"};
	const char *only_one[] = {"one"};
	const struct provd_config_step steps[] = {
		{.methods = only_two, .method_count = 1, .for_ms = 20},
		{.methods = only_one, .method_count = 1, .for_ms = 20}};
	const struct provd_engine_request request = {.plan = steps, .plan_count = 2};

	BEGIN(.together = 1);
	start(&request);
	cr_expect_eq(world.methods[0].starts, 0);
	cr_expect_eq(world.methods[1].starts, 1);
	cr_assert(world_wait(&world, &world.methods[0].starts, 1));
	cr_assert(world_wait(&world, &world.methods[1].starts, 2), "the turns go on");
	world_finish(&world);
}

Test(plan, an_unknown_method_in_a_plan_of_its_own_is_named)
{
	const char *methods[] = {"gone"};
	const struct provd_config_step step = {.methods = methods, .method_count = 1};
	const struct provd_engine_request request = {.plan = &step, .plan_count = 1};
	struct provd_error err = {.size = sizeof(err)};
	uint64_t session;

	BEGIN(.together = 1);
	cr_expect_eq(provd_engine_start(world.engine, &request, &session, &err), PROVD_E_NOT_FOUND);
	cr_expect_str_eq(err.text, "gone");
	world_finish(&world);
}

Test(plan, the_plan_waits_while_a_phone_is_there)
{
	uint64_t session;

	BEGIN(.together = 1, .extra = ",\"plan\":[{\"methods\":[\"one\"],\"for\":\"300ms\"},"
				      "{\"methods\":[\"two\"],\"for\":\"20ms\"}]");
	session = start(NULL);
	fake_emit(&world.methods[0], PROVD_EV_OPENED, session, 0);
	fake_emit_credentials(&world.methods[0], session, "Home", "right");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	cr_assert_eq(world.methods[1].starts, 0);
	world_finish(&world);
}

#define TWO_STEPS                                                                                  \
	",\"plan\":[{\"methods\":[\"one\"],\"for\":\"20ms\"},"                                     \
	"{\"methods\":[\"two\"],\"for\":\"10s\"}]"

Test(plan, methods_that_exclude_each_other_take_turns_without_a_plan)
{
	BEGIN(.together = 0);
	start(NULL);
	cr_assert_eq(world.methods[0].starts, 1);
	cr_assert_eq(world.methods[1].starts, 0);
	cr_assert(strstr(world.log_text, "hal 'fakehal' cannot do softap and monitor at once"),
		  "%s", world.log_text);
	world_finish(&world);
}

Test(plan, methods_of_one_capability_take_turns)
{
	BEGIN(.together = 1, .both_softap = 1,
	      .extra = ",\"plan\":[{\"methods\":[\"one\",\"two\"],\"for\":\"20ms\"}]");
	cr_assert(strstr(world.log_text, "both need softap"), "%s", world.log_text);
	start(NULL);
	cr_assert_eq(world.methods[1].starts, 0);
	cr_assert_eq(fake_open_ap(&world.methods[0], 71), 0);
	cr_assert(world_wait(&world, &world.methods[1].starts, 1));
	cr_assert_eq(fake_open_ap(&world.methods[1], 72), 0, "the first one let go of it");
	cr_assert(world_wait(&world, &world.methods[0].starts, 2));
	world_finish(&world);
}

Test(plan, a_method_whose_own_needs_exclude_each_other_gets_a_turn)
{
	BEGIN(.together = 0, .greedy = 1);
	start(NULL);
	cr_assert_eq(world.methods[0].starts, 1);
	world_finish(&world);
}

Test(plan, credentials_that_arrive_while_the_plan_turns_win)
{
	uint64_t session;

	BEGIN(.together = 1, .registered = 1, .extra = TWO_STEPS);
	world.methods[0].slow_stop = 1;
	session = start(NULL);
	cr_assert(world_wait(&world, &world.methods[0].stops, 1));
	fake_emit_credentials(&world.methods[0], session, "Home", "right");
	world_settle(&world);
	cr_assert_str_eq(world_state(&world), "joining");
	cr_assert_eq(world.hal.connects, 0, "the radio is not free yet");
	fake_emit(&world.methods[0], PROVD_EV_STOPPED, 0, 0);
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	cr_assert_eq(world.methods[1].starts, 0, "the plan must not turn during a join");
	fake_joined(&world, PROVD_E_WIFI_PASSPHRASE);
	cr_assert(world_wait(&world, &world.methods[0].starts, 2));
	cr_assert_eq(world.methods[1].starts, 0);
	world.methods[0].slow_stop = 0;
	world_finish(&world);
}

Test(plan, a_method_that_never_stops_does_not_end_the_turning)
{
	BEGIN(.together = 1, .extra = TWO_STEPS ",\"session\":{\"method_stop_timeout\":\"20ms\"}");
	start(NULL);
	world.methods[0].silent = 1;
	cr_assert(world_wait(&world, &world.methods[1].starts, 1));
	cr_assert_str_eq(world_state(&world), "listening");
	world_finish(&world);
}

Test(plan, a_method_that_fails_instead_of_stopping_does_not_end_the_turning)
{
	BEGIN(.together = 1, .extra = TWO_STEPS);
	world.methods[0].slow_stop = 1;
	start(NULL);
	cr_assert(world_wait(&world, &world.methods[0].stops, 1));
	fake_emit(&world.methods[0], PROVD_EV_FAILED, 0, PROVD_E_WIFI_RADIO);
	cr_assert(world_wait(&world, &world.methods[1].starts, 1));
	world.methods[0].slow_stop = 0;
	world_finish(&world);
}

Test(plan, a_step_whose_methods_cannot_run_is_passed_over)
{
	BEGIN(.together = 1, .without_monitor = 1,
	      .extra = ",\"plan\":[{\"methods\":[\"two\"],\"for\":\"20ms\"},"
		       "{\"methods\":[\"one\"],\"for\":\"20ms\"}]");
	start(NULL);
	cr_assert_eq(world.methods[0].starts, 1);
	world_sleep(&world, 60);
	cr_assert_eq(world.methods[0].stops, 0, "there is nothing to turn to");
	cr_assert_eq(world.methods[1].starts, 0);
	world_finish(&world);
}

Test(plan, the_channel_is_open_only_in_steps_that_use_it)
{
	BEGIN(.together = 1, .channel = 1, .extra = TWO_STEPS);
	start(NULL);
	cr_assert(world_channel_is_open(&world));
	cr_assert(world_wait(&world, &world.methods[1].starts, 1));
	cr_assert_not(world_channel_is_open(&world));
	world_finish(&world);
}

Test(plan, datagrams_of_strangers_do_not_stop_the_turning)
{
	BEGIN(.together = 1, .channel = 1,
	      .extra = ",\"plan\":[{\"methods\":[\"one\"],\"for\":\"100ms\"},"
		       "{\"methods\":[\"two\"],\"for\":\"10s\"}]");
	start(NULL);
	world_send(&world, "noise");
	cr_assert(world_wait(&world, &world.cloud.datagrams, 1));
	cr_assert(world_wait(&world, &world.methods[1].starts, 1));
	world_finish(&world);
}

Test(plan, a_phone_that_is_understood_does)
{
	BEGIN(.together = 1, .channel = 1,
	      .extra = ",\"plan\":[{\"methods\":[\"one\"],\"for\":\"100ms\"},"
		       "{\"methods\":[\"two\"],\"for\":\"10s\"}]");
	start(NULL);
	world_send(&world, "{}");
	cr_assert(world_wait(&world, &world.cloud.datagrams, 1));
	world_sleep(&world, 250);
	cr_assert_eq(world.methods[1].starts, 0);
	world_finish(&world);
}

Test(plan, a_capability_that_goes_away_stops_the_method_and_one_that_comes_makes_it_able)
{
	static const char *const names[] = {"two"};
	struct provd_engine_request request = {.methods = names, .method_count = 1};
	struct provd_error err = {.size = sizeof(err)};
	uint64_t session = 0;

	BEGIN(.together = 1);
	start(NULL);
	fake_take_monitor_away(&world);
	cr_assert(world_wait(&world, &world.methods[1].stops, 1));
	world_settle(&world);
	cr_assert_str_eq(world_state(&world), "listening");
	cr_assert_eq(provd_engine_stop(world.engine), 0);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_assert_eq(provd_engine_start(world.engine, &request, &session, &err),
		     PROVD_E_NO_CAPABILITY);
	cr_assert(strstr(err.text, "two: needs provd.hal.offload"), "%s", err.text);
	fake_give_monitor_back(&world);
	world_settle(&world);
	start(&request);
	cr_assert_eq(world.methods[1].starts, 2);
	world_finish(&world);
}

Test(plan, a_hal_that_dies_ends_the_session_with_its_reason)
{
	BEGIN(.together = 1);
	start(NULL);
	fake_emit(&world.hal, PROVD_EV_FAILED, 0, PROVD_E_WIFI_RADIO);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_assert_eq(world.final_state, PROVD_STATE_FAILED);
	cr_assert(strstr(world_error(&world), "hal 'fakehal' failed"), "%s", world_error(&world));
	world_finish(&world);
}

Test(plan, a_port_that_is_taken_is_told_and_no_phone_is_lured)
{
	int fd;

	BEGIN(.together = 1, .channel = 1, .without_monitor = 1);
	fd = world_take_port(&world);
	start(NULL);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_assert_eq(world.methods[0].starts, 0);
	cr_assert(strstr(world_error(&world), "the app channel could not be opened"), "%s",
		  world_error(&world));
	cr_assert(world_has_event(&world, "the app channel could not be opened"));
	world_give_port(fd);
	start(NULL);
	cr_assert_eq(world.methods[0].starts, 1);
	world_finish(&world);
}
