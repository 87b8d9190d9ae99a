/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <criterion/criterion.h>

#include <string.h>

static struct world world;

static uint64_t start(const struct provd_engine_request *request)
{
	return world_start(&world, request);
}

static void begin(struct world_setup setup)
{
	world_init(&world, &setup);
}

#define BEGIN(...) begin((struct world_setup){__VA_ARGS__})

TestSuite(engine, .timeout = 30);

Test(engine, goes_from_start_to_bound)
{
	uint64_t session;

	BEGIN(.together = 1);
	cr_assert_str_eq(world_state(&world), "idle");
	session = start(NULL);
	cr_assert_eq(session, 1);
	cr_assert_str_eq(world_state(&world), "listening");
	fake_emit_token(&world.methods[0], session, "0123456789abcdef");
	fake_emit_credentials(&world.methods[0], session, "Home", "correct horse");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	cr_assert_str_eq(world.hal.credentials_ssid, "Home");
	cr_assert_str_eq(world_state(&world), "joining");
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &world.cloud.registers, 1));
	cr_assert_str_eq(world_state(&world), "registering");
	world.cloud.registered = 1;
	fake_emit(&world.cloud, PROVD_EV_OP_DONE, world.cloud.op, 0);
	cr_assert(world_wait(&world, &world.cloud.binds, 1));
	cr_assert_str_eq(world.cloud.bind_method, "one");
	cr_assert_eq(world.cloud.bind_token_len, 16);
	fake_emit(&world.cloud, PROVD_EV_OP_DONE, world.cloud.op, 0);
	cr_assert(world_wait_state(&world, "bound"));
	cr_assert_eq(world.methods[0].told_state, PROVD_STATE_BOUND);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_assert_eq(world.methods[0].stops, 1);
	cr_assert_eq(world.final_state, PROVD_STATE_BOUND);
	world_finish(&world);
}

Test(engine, without_a_cloud_an_address_is_the_goal)
{
	BEGIN(.together = 1, .no_cloud = 1);
	fake_emit_credentials(&world.methods[0], start(NULL), "Home", "correct horse");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	fake_joined(&world, 0);
	cr_assert(world_wait_state(&world, "bound"));
	world_finish(&world);
}

Test(engine, a_failed_join_goes_back_to_listening_and_tells_the_method)
{
	uint64_t session;

	BEGIN(.together = 1, .registered = 1);
	session = start(NULL);
	fake_emit_credentials(&world.methods[0], session, "Home", "wrong");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	cr_assert_eq(world.methods[0].suspend_mode, PROVD_SUSPEND_QUIET);
	fake_joined(&world, PROVD_E_WIFI_PASSPHRASE);
	cr_assert(world_wait_state(&world, "listening"));
	cr_assert_eq(world.methods[0].told_state, PROVD_STATE_LISTENING);
	cr_assert_eq(world.methods[0].told_status, PROVD_E_WIFI_PASSPHRASE);
	cr_assert_eq(world.methods[0].resumes, 1);
	cr_assert_eq(world.methods[0].starts, 1, "the method must not be restarted");
	fake_emit_token(&world.methods[0], session, "0123456789abcdef");
	fake_emit_credentials(&world.methods[0], session, "Home", "right");
	cr_assert(world_wait(&world, &world.hal.connects, 2));
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &world.cloud.binds, 1));
	fake_emit(&world.cloud, PROVD_EV_OP_DONE, world.cloud.op, 0);
	cr_assert(world_wait_state(&world, "bound"));
	world_finish(&world);
}

Test(engine, a_radio_that_cannot_do_both_is_released_before_the_join)
{
	BEGIN(.together = 0, .registered = 1);
	fake_emit_credentials(&world.methods[0], start(NULL), "Home", "wrong");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	cr_assert_eq(world.methods[0].suspend_mode, PROVD_SUSPEND_RELEASE);
	cr_assert_eq(world.methods[0].suspends, 1);
	fake_joined(&world, PROVD_E_WIFI_NO_AP);
	cr_assert(world_wait(&world, &world.methods[0].resumes, 1));
	world_finish(&world);
}

Test(engine, a_join_waits_for_a_method_that_was_only_starting)
{
	uint64_t session;

	BEGIN(.together = 0, .registered = 1, .silent_method = 1);
	session = start(NULL);
	fake_emit_credentials(&world.methods[0], session, "Home", "right");
	cr_assert(world_wait(&world, &world.methods[0].stops, 1));
	world_settle(&world);
	cr_assert_eq(world.hal.connects, 0, "the radio is not free yet");
	fake_emit(&world.methods[0], PROVD_EV_STOPPED, 0, 0);
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	world.methods[0].silent = 0;
	world_finish(&world);
}

Test(engine, a_phone_that_lost_the_ap_is_told_when_it_is_back)
{
	uint64_t session;

	BEGIN(.together = 0, .channel = 1);
	session = start(NULL);
	fake_emit_credentials(&world.methods[0], session, "Home", "wrong");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	fake_joined(&world, PROVD_E_WIFI_PASSPHRASE);
	cr_assert(world_wait(&world, &world.methods[0].resumes, 1));
	world_settle(&world);
	cr_assert_eq(world.methods[0].told_status, PROVD_E_WIFI_PASSPHRASE);
	cr_assert_eq(world.cloud.told_state, PROVD_STATE_JOINING, "nobody can hear it yet");
	fake_emit(&world.methods[0], PROVD_EV_OPENED, session, 0);
	world_settle(&world);
	cr_assert_eq(world.cloud.told_state, PROVD_STATE_LISTENING);
	cr_assert_eq(world.cloud.told_status, PROVD_E_WIFI_PASSPHRASE);
	world_finish(&world);
}

Test(engine, repeated_credentials_do_not_restart_the_join)
{
	uint64_t session;

	BEGIN(.together = 1);
	session = start(NULL);
	for (int i = 0; i < 5; i++)
		fake_emit_credentials(&world.methods[0], session, "Home", "correct horse");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	world_settle(&world);
	cr_assert_eq(world.hal.connects, 1);
	world_finish(&world);
}

Test(engine, other_credentials_wait_for_the_end_of_the_join)
{
	uint64_t session;

	BEGIN(.together = 1);
	session = start(NULL);
	fake_emit_credentials(&world.methods[0], session, "Home", "first");
	fake_emit_credentials(&world.methods[1], session, "Other", "second");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	cr_assert_str_eq(world.hal.credentials_ssid, "Home");
	fake_joined(&world, PROVD_E_WIFI_NO_AP);
	cr_assert(world_wait(&world, &world.hal.connects, 2));
	cr_assert_str_eq(world.hal.credentials_ssid, "Other");
	world_finish(&world);
}

Test(engine, an_old_token_does_not_bind_a_later_attempt)
{
	uint64_t session;

	BEGIN(.together = 1, .registered = 1);
	session = start(NULL);
	fake_emit_token(&world.methods[0], session, "old-token");
	fake_emit_credentials(&world.methods[0], session, "Home", "wrong");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	fake_joined(&world, PROVD_E_WIFI_PASSPHRASE);
	cr_assert(world_wait_state(&world, "listening"));
	fake_emit_credentials(&world.methods[0], session, "Home", "right");
	cr_assert(world_wait(&world, &world.hal.connects, 2));
	fake_joined(&world, 0);
	cr_assert(world_wait_state(&world, "online"));
	world_settle(&world);
	cr_assert_eq(world.cloud.binds, 0);
	fake_emit_token(&world.methods[0], session, "new-token!");
	cr_assert(world_wait(&world, &world.cloud.binds, 1));
	cr_assert_eq(world.cloud.bind_token_len, 10);
	world_finish(&world);
}

Test(engine, each_attempt_binds_with_the_token_that_came_with_it)
{
	uint64_t session;

	BEGIN(.together = 1, .registered = 1);
	session = start(NULL);
	fake_emit_claim(&world.methods[0], session, "Home", "first", "first");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	/* Another phone must not get the device bound to its own account over this network. */
	fake_emit_claim(&world.methods[1], session, "Other", "second", "second-token");
	fake_emit_token(&world.methods[1], session, "third-token-in-a-row");
	world_settle(&world);
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &world.cloud.binds, 1));
	cr_assert_eq(world.cloud.bind_token_len, strlen("first"));
	world_finish(&world);
}

Test(engine, the_second_phone_has_its_turn_with_its_own_token)
{
	uint64_t session;

	BEGIN(.together = 1, .registered = 1);
	session = start(NULL);
	fake_emit_claim(&world.methods[0], session, "Home", "wrong", "first");
	fake_emit_claim(&world.methods[1], session, "Other", "second", "second-token");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	fake_joined(&world, PROVD_E_WIFI_PASSPHRASE);
	cr_assert(world_wait(&world, &world.hal.connects, 2));
	cr_assert_str_eq(world.hal.credentials_ssid, "Other");
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &world.cloud.binds, 1));
	cr_assert_eq(world.cloud.bind_token_len, strlen("second-token"));
	world_finish(&world);
}

Test(engine, a_phone_that_corrects_itself_does_not_wait_for_its_mistake)
{
	uint64_t session;

	BEGIN(.together = 1, .registered = 1);
	session = start(NULL);
	fake_emit_claim(&world.methods[0], session, "Home", "wrong", "first");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	world.methods[0].credentials_flags = PROVD_CREDENTIALS_REPLACE;
	fake_emit_claim(&world.methods[0], session, "Home", "right", "second");
	fake_emit_claim(&world.methods[0], session, "Home", "right", "second");
	cr_assert(world_wait(&world, &world.hal.connects, 2));
	cr_assert_eq(world.hal.cancels, 1);
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &world.cloud.binds, 1));
	cr_assert_eq(world.cloud.bind_token_len, strlen("second"));
	world_finish(&world);
}

Test(engine, the_same_phone_may_renew_its_token)
{
	uint64_t session;

	BEGIN(.together = 1, .registered = 1);
	session = start(NULL);
	fake_emit_claim(&world.methods[0], session, "Home", "right", "old");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	fake_emit_claim(&world.methods[0], session, "Home", "right", "renewed");
	world_settle(&world);
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &world.cloud.binds, 1));
	cr_assert_eq(world.cloud.bind_token_len, strlen("renewed"));
	world_finish(&world);
}

Test(engine, no_token_in_time_is_told_and_listening_goes_on)
{
	BEGIN(.together = 1, .registered = 1, .extra = ",\"session\":{\"token_timeout\":\"20ms\"}");
	fake_emit_credentials(&world.methods[0], start(NULL), "Home", "right");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &world.methods[0].resumes, 1));
	cr_assert_eq(world.methods[0].told_status, PROVD_E_PEER_NO_TOKEN);
	world_finish(&world);
}

Test(engine, a_join_that_hangs_ends_by_its_deadline)
{
	BEGIN(.together = 1, .extra = ",\"session\":{\"join_timeout\":\"20ms\"}");
	fake_emit_credentials(&world.methods[0], start(NULL), "Home", "right");
	cr_assert(world_wait(&world, &world.hal.cancels, 1));
	cr_assert(world_wait_state(&world, "listening"));
	cr_assert_eq(world.methods[0].told_status, PROVD_E_TIMEOUT);
	world_finish(&world);
}

Test(engine, a_bind_that_hangs_ends_by_its_deadline_and_its_late_end_is_ignored)
{
	uint64_t session;

	BEGIN(.together = 1, .registered = 1, .extra = ",\"session\":{\"bind_timeout\":\"20ms\"}");
	session = start(NULL);
	fake_emit_token(&world.methods[0], session, "token");
	fake_emit_credentials(&world.methods[0], session, "Home", "right");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &world.cloud.cancels, 1));
	cr_assert(world_wait_state(&world, "listening"));
	cr_assert_eq(world.methods[0].told_status, PROVD_E_CLOUD_NO_REPLY);
	fake_emit(&world.cloud, PROVD_EV_OP_DONE, world.cloud.op, 0);
	world_settle(&world);
	cr_assert_str_eq(world_state(&world), "listening");
	world_finish(&world);
}

Test(engine, the_window_ends_the_session)
{
	struct provd_engine_request request = {.deadline_ms = 20};

	BEGIN(.together = 1);
	start(&request);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_assert_eq(world.final_state, PROVD_STATE_FAILED);
	cr_assert_str_eq(world_state(&world), "failed");
	world_finish(&world);
}

Test(engine, a_link_lost_while_binding_fails_the_attempt)
{
	uint64_t session;

	BEGIN(.together = 1, .registered = 1);
	session = start(NULL);
	fake_emit_token(&world.methods[0], session, "token");
	fake_emit_credentials(&world.methods[0], session, "Home", "right");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &world.cloud.binds, 1));
	fake_emit(&world.hal, PROVD_EV_LINK_LOST, 0, PROVD_E_WIFI_LOST);
	cr_assert(world_wait_state(&world, "listening"));
	cr_assert_eq(world.cloud.cancels, 1);
	cr_assert_eq(world.methods[0].told_status, PROVD_E_WIFI_LOST);
	world_finish(&world);
}

/* How far the session has come when it is stopped. */
static void advance_to(const char *state, uint64_t session)
{
	if (strcmp(state, "listening") == 0)
		return;
	if (strcmp(state, "online") != 0)
		fake_emit_token(&world.methods[0], session, "token");
	fake_emit_credentials(&world.methods[0], session, "Home", "right");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	if (strcmp(state, "joining") == 0)
		return;
	world.cloud.registered = strcmp(state, "registering") != 0;
	fake_joined(&world, 0);
	cr_assert(world_wait_state(&world, state));
}

static void stop_in(const char *state)
{
	uint64_t session;

	BEGIN(.together = 1);
	session = start(NULL);
	advance_to(state, session);
	cr_assert_str_eq(world_state(&world), state);
	cr_assert_eq(provd_engine_stop(world.engine), 0);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_assert_eq(world.final_state, PROVD_STATE_STOPPED);
	cr_assert_str_eq(world_state(&world), "stopped");
	cr_assert_eq(world.methods[0].stops, 1);
	cr_assert_eq(world.methods[1].stops, 1);
	cr_assert_eq(provd_engine_stop(world.engine), PROVD_E_STATE);
	cr_assert_eq(start(NULL), session + 1, "a stopped engine starts again");
	world_finish(&world);
}

Test(engine, stops_while_listening)
{
	stop_in("listening");
}

Test(engine, stops_while_joining)
{
	stop_in("joining");
}

Test(engine, stops_while_waiting_for_the_token)
{
	stop_in("online");
}

Test(engine, stops_while_registering)
{
	stop_in("registering");
}

Test(engine, stops_while_binding)
{
	stop_in("binding");
}

Test(engine, a_second_session_is_refused_while_one_runs)
{
	struct provd_engine_request request = {0};
	struct provd_error err = {.size = sizeof(err)};
	uint64_t session = 0;

	BEGIN(.together = 1);
	start(NULL);
	cr_assert_eq(provd_engine_start(world.engine, &request, &session, &err), PROVD_E_BUSY);
	world_finish(&world);
}

Test(engine, a_method_that_never_starts_is_faulted_and_the_session_goes_on)
{
	BEGIN(.together = 1, .silent_method = 1,
	      .extra = ",\"session\":{\"method_start_timeout\":\"20ms\"}");
	start(NULL);
	for (int i = 0; i < 2000 && !world_has_event(&world, "method broke its contract"); i++)
		world_wait(&world, &world.methods[0].starts, 1), provd_loop_turn(world.loop, 1);
	cr_assert(world_has_event(&world, "method broke its contract"));
	cr_assert_str_eq(world_state(&world), "listening");
	world_finish(&world);
}

Test(engine, a_session_without_a_method_that_listens_fails)
{
	BEGIN(.together = 1, .without_monitor = 1);
	world.methods[0].start_code = PROVD_E_WIFI_RADIO;
	start(NULL);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_assert_eq(world.final_state, PROVD_STATE_FAILED);
	world_finish(&world);
}

Test(engine, secrets_are_in_no_log_line_event_or_status)
{
	uint64_t session;
	json_t *status;
	json_t *entries;
	char *texts[2];

	BEGIN(.together = 1, .registered = 1);
	session = start(NULL);
	fake_emit_token(&world.methods[0], session, "canary-token-7781");
	fake_emit_credentials(&world.methods[0], session, "Home", "canary-pass-4242");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &world.cloud.binds, 1));
	status = provd_engine_status_json(world.engine);
	entries = provd_timeline_json(provd_engine_timeline(world.engine), &session, NULL);
	texts[0] = json_dumps(status, 0);
	texts[1] = json_dumps(entries, 0);
	cr_assert(strstr(texts[1], "secret 16 bytes") != NULL, "%s", texts[1]);
	for (int i = 0; i < 2; i++) {
		cr_assert(strstr(texts[i], "canary") == NULL, "%s", texts[i]);
		free(texts[i]);
	}
	cr_assert(strstr(world.log_text, "canary") == NULL, "%s", world.log_text);
	json_decref(status);
	json_decref(entries);
	world_finish(&world);
}
