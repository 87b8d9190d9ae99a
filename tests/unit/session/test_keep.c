/* SPDX-License-Identifier: Apache-2.0 */
/* What a session makes durable, and when. */
#include "world.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "secret/secret.h"

#include <provd/appchannel.h>

#define TOKEN "0123456789abcdef"

static struct world world;
static uint64_t session;

static void begin(struct world_setup setup)
{
	setup.together = 1;
	setup.registered = 1;
	setup.saved = 1;
	world_init(&world, &setup);
	session = world_start(&world, NULL);
}

#define BEGIN(...) begin((struct world_setup){__VA_ARGS__})

/* A phone brings a network, with its token. */
static void phone(const char *ssid, const char *passphrase)
{
	unsigned connects = world.hal.connects;

	fake_emit_claim(&world.methods[0], session, ssid, passphrase, TOKEN);
	cr_assert(world_wait(&world, &world.hal.connects, connects + 1));
}

static void online(void)
{
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &world.cloud.binds, 1));
	world_settle(&world);
}

static void bind_done(int status)
{
	fake_emit(&world.cloud, PROVD_EV_OP_DONE, world.cloud.op, status);
}

static int has_network(const char *ssid)
{
	return provd_saved_find(world.saved, (const uint8_t *)ssid, strlen(ssid)) != NULL;
}

static void save_old_network(void)
{
	const struct provd_credentials credentials = {
		.size = sizeof(credentials), .ssid_len = 3, .ssid = "Old"};

	cr_assert_eq(provd_saved_add(world.saved, &credentials, NULL, NULL), 0);
	world_settle(&world);
	cr_assert(has_network("Old"));
}

TestSuite(keep, .timeout = 30);

Test(keep, a_network_that_gave_an_address_is_saved_and_the_session_staged)
{
	const struct provd_saved_staged *staged;

	BEGIN(0);
	phone("Home", "correct horse");
	cr_expect_eq(provd_saved_count(world.saved), 0, "it has not worked yet");
	online();
	cr_expect(has_network("Home"));
	cr_expect(world_has_event(&world, "network saved"));
	staged = provd_saved_staged(world.saved);
	cr_assert_not_null(staged);
	cr_expect_eq(staged->credentials.ssid_len, 4);
	cr_expect_eq(provd_secret_view(staged->token).len, strlen(TOKEN));
	cr_expect_str_eq(staged->method, "one");
	cr_expect_not(provd_saved_is_bound(world.saved));
	bind_done(0);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_expect_eq(world.final_state, PROVD_STATE_BOUND);
	cr_expect(provd_saved_is_bound(world.saved));
	cr_expect_null(provd_saved_staged(world.saved), "nothing is left to take up");
	world_finish(&world);
}

Test(keep, by_config_only_a_bound_device_changes_its_network)
{
	BEGIN(.extra = ",\"networks\":{\"commit\":\"bound\"}");
	phone("Home", "correct horse");
	online();
	cr_expect_not(has_network("Home"));
	cr_expect_not_null(provd_saved_staged(world.saved));
	bind_done(0);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_expect(has_network("Home"));
	world_finish(&world);
}

Test(keep, a_refused_bind_reverts_to_the_old_network_by_config)
{
	BEGIN(.extra = ",\"networks\":{\"commit\":\"bound\"}");
	save_old_network();
	phone("Home", "correct horse");
	online();
	bind_done(PROVD_E_CLOUD_TOKEN);
	cr_assert(world_wait_state(&world, "listening"));
	cr_expect_eq(provd_engine_stop(world.engine), 0);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_expect_not(has_network("Home"));
	cr_expect(has_network("Old"));
	cr_expect_null(provd_saved_staged(world.saved));
	world_finish(&world);
}

Test(keep, a_wrong_passphrase_changes_nothing)
{
	unsigned saves;

	BEGIN(0);
	save_old_network();
	saves = world.medium.saves;
	phone("Home", "wrong");
	fake_joined(&world, PROVD_E_WIFI_PASSPHRASE);
	cr_assert(world_wait_state(&world, "listening"));
	cr_expect_eq(world.medium.saves, saves);
	cr_expect(has_network("Old"));
	world_finish(&world);
}

Test(keep, bound_is_said_when_it_is_durable)
{
	BEGIN(0);
	phone("Home", "correct horse");
	online();
	world.medium.hold = 1;
	bind_done(0);
	world_settle(&world);
	cr_expect_str_eq(world_state(&world), "binding");
	cr_expect_eq(provd_engine_session(world.engine), session);
	fake_store_go(&world);
	cr_assert(world_wait_state(&world, "bound"));
	cr_assert(world_wait(&world, &world.ended, 1));
	world_finish(&world);
}

Test(keep, a_medium_that_fails_is_told_and_the_device_is_bound_all_the_same)
{
	BEGIN(0);
	world.medium.fail = PROVD_E_NO_SPACE;
	phone("Home", "correct horse");
	online();
	cr_expect(world_has_event(&world, "the network could not be saved"));
	bind_done(0);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_expect_eq(world.final_state, PROVD_STATE_BOUND);
	cr_expect(world_has_event(&world, "cannot note that the device is bound"));
	cr_expect_not(provd_saved_is_bound(world.saved), "memory says what the medium holds");
	world_finish(&world);
}

Test(keep, a_stop_cannot_take_back_what_the_cloud_has_bound)
{
	BEGIN(0);
	phone("Home", "correct horse");
	online();
	world.medium.hold = 1;
	bind_done(0);
	world_settle(&world);
	cr_expect_eq(provd_engine_stop(world.engine), 0);
	fake_store_go(&world);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_expect_eq(world.final_state, PROVD_STATE_BOUND);
	world_finish(&world);
}

Test(keep, a_network_that_is_saved_already_is_not_written_again)
{
	unsigned saves;

	BEGIN(0);
	phone("Home", "correct horse");
	online();
	bind_done(PROVD_E_CLOUD_NO_REPLY);
	cr_assert(world_wait_state(&world, "listening"));
	world_settle(&world);
	saves = world.medium.saves;
	phone("Home", "correct horse");
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &world.cloud.binds, 2));
	world_settle(&world);
	cr_expect_eq(world.medium.saves, saves + 1, "only what is staged");
	world_finish(&world);
}

Test(keep, a_session_that_fails_later_keeps_the_network_that_works)
{
	unsigned disconnects;

	BEGIN(0);
	phone("Home", "correct horse");
	online();
	disconnects = world.hal.disconnects;
	cr_expect_eq(provd_engine_stop(world.engine), 0);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_expect_eq(world.hal.disconnects, disconnects);
	world_finish(&world);
}

Test(keep, a_token_that_comes_later_is_staged_too)
{
	BEGIN(0);
	fake_emit_credentials(&world.methods[0], session, "Home", "correct horse");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	fake_joined(&world, 0);
	cr_assert(world_wait_state(&world, "online"));
	world_settle(&world);
	cr_assert_not_null(provd_saved_staged(world.saved));
	cr_expect_null(provd_saved_staged(world.saved)->token);
	fake_emit_token(&world.methods[0], session, TOKEN);
	cr_assert(world_wait(&world, &world.cloud.binds, 1));
	world_settle(&world);
	cr_expect_eq(provd_secret_view(provd_saved_staged(world.saved)->token).len, strlen(TOKEN));
	world_finish(&world);
}

Test(keep, a_bound_device_needs_no_token_for_another_network)
{
	const struct provd_credentials credentials = {
		.size = sizeof(credentials), .ssid_len = 3, .ssid = "New"};
	const struct provd_engine_offer offer = {.credentials = &credentials, .source = "control"};
	struct provd_error err = {.size = sizeof(err)};

	BEGIN(0);
	phone("Home", "correct horse");
	online();
	bind_done(0);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_assert_eq(provd_engine_offer(world.engine, &offer, &session, &err), 0);
	cr_assert(world_wait(&world, &world.hal.connects, 2));
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &world.ended, 2));
	cr_expect_eq(world.final_state, PROVD_STATE_BOUND);
	cr_expect_eq(world.cloud.binds, 1);
	cr_expect(has_network("New"));
	world_finish(&world);
}

/* The record "device" as it lies on the medium says that the session of that id is over. */
static int is_ended(uint64_t id)
{
	char member[64];

	(void)snprintf(member, sizeof(member), "\"ended\":\"%016llx\"", (unsigned long long)id);
	for (size_t i = 0; i < FAKE_RECORDS; i++) {
		struct provd_bytes view = provd_secret_view(world.medium.records[i].content);

		if (strcmp(world.medium.records[i].name, "device") == 0 && view.len)
			return memmem(view.data, view.len, member, strlen(member)) != NULL;
	}
	return 0;
}

Test(keep, bound_ends_what_is_staged_by_the_same_write)
{
	uint64_t id;
	unsigned saves;

	BEGIN(0);
	phone("Home", "correct horse");
	online();
	id = provd_saved_staged(world.saved)->id;
	cr_expect_neq(id, 0);
	saves = world.medium.saves;
	bind_done(0);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_expect(is_ended(id));
	cr_expect_eq(world.medium.saves, saves + 1);
	world_finish(&world);
}

Test(keep, a_device_that_is_bound_again_ends_that_session_too)
{
	const struct provd_credentials credentials = {
		.size = sizeof(credentials), .ssid_len = 3, .ssid = "New"};
	struct provd_secret *token = provd_secret_create(TOKEN, strlen(TOKEN));
	const struct provd_engine_offer offer = {
		.credentials = &credentials, .token = token, .source = "control"};
	struct provd_error err = {.size = sizeof(err)};
	uint64_t id;

	BEGIN(0);
	phone("Home", "correct horse");
	online();
	id = provd_saved_staged(world.saved)->id;
	bind_done(0);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_assert_eq(provd_engine_offer(world.engine, &offer, &session, &err), 0);
	cr_assert(world_wait(&world, &world.hal.connects, 2));
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &world.cloud.binds, 2));
	world_settle(&world);
	cr_assert_not_null(provd_saved_staged(world.saved));
	cr_expect_neq(provd_saved_staged(world.saved)->id, id);
	cr_expect(is_ended(id), "the other one");
	id = provd_saved_staged(world.saved)->id;
	bind_done(0);
	cr_assert(world_wait(&world, &world.ended, 2));
	cr_expect(is_ended(id));
	provd_secret_unref(token);
	world_finish(&world);
}

/* The cloud has bound the device, and the medium takes its time. */
static void bound_but_not_durable(void)
{
	phone("Home", "correct horse");
	online();
	world.medium.hold = 1;
	bind_done(0);
	world_settle(&world);
}

Test(keep, a_shutdown_does_not_wait_for_the_last_answers_to_the_phone)
{
	const struct provd_appchannel *channel;
	void *self = NULL;
	struct timespec begun;
	struct timespec ended;

	BEGIN(.channel = 1);
	channel = world.cloud.host->get_interface(world.cloud.host, PROVD_APPCHANNEL,
						  sizeof(*channel), &self);
	cr_assert_not_null(channel);
	bound_but_not_durable();
	cr_assert_eq(channel->broadcast(self, 4711, (const uint8_t *)"x", 1, 10, 3600000), 0);
	fake_store_go(&world);
	clock_gettime(CLOCK_MONOTONIC, &begun);
	world_finish(&world);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	cr_expect_eq(world.final_state, PROVD_STATE_BOUND);
	cr_expect_lt(ended.tv_sec - begun.tv_sec, 4);
}

Test(keep, the_death_of_the_cloud_cannot_take_back_what_it_has_bound)
{
	BEGIN(0);
	bound_but_not_durable();
	fake_emit(&world.cloud, PROVD_EV_FAILED, 0, PROVD_E_IO);
	world_settle(&world);
	fake_store_go(&world);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_expect_eq(world.final_state, PROVD_STATE_BOUND);
	cr_expect_str_eq(world_error(&world), "");
	world_finish(&world);
}

static int offer(const char *ssid, const char *source, const struct provd_bind_request *times)
{
	struct provd_credentials credentials = {.size = sizeof(credentials),
						.ssid_len = (uint32_t)strlen(ssid)};
	const struct provd_engine_offer what = {
		.credentials = &credentials, .source = source, .times = times};
	struct provd_error err = {.size = sizeof(err)};
	unsigned connects = world.hal.connects;
	int code;

	memcpy(credentials.ssid, ssid, credentials.ssid_len);
	code = provd_engine_offer(world.engine, &what, &session, &err);
	if (code == 0)
		cr_assert(world_wait(&world, &world.hal.connects, connects + 1));
	return code;
}

Test(keep, a_token_that_comes_when_all_is_done_binds_nothing)
{
	BEGIN(0);
	bound_but_not_durable();
	fake_store_go(&world);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_assert_eq(offer("New", "control", NULL), 0);
	world.medium.hold = 1;
	fake_joined(&world, 0);
	cr_assert(world_wait_state(&world, "online"));
	world_settle(&world);
	fake_emit_token(&world.cloud, session, TOKEN);
	world_settle(&world);
	fake_store_go(&world);
	cr_assert(world_wait(&world, &world.ended, 2));
	cr_expect_eq(world.cloud.binds, 1);
	cr_expect_eq(world.final_state, PROVD_STATE_BOUND);
	world_finish(&world);
}

Test(keep, credentials_that_were_not_tried_are_not_staged)
{
	BEGIN(0);
	phone("Home", "correct horse");
	online();
	bind_done(PROVD_E_CLOUD_NO_REPLY);
	cr_assert(world_wait_state(&world, "listening"));
	phone("Other", "battery staple");
	world_settle(&world);
	cr_expect_not(world_has_event(&world, "the session cannot be taken up after a power cut"));
	cr_assert_not_null(provd_saved_staged(world.saved));
	cr_expect_arr_eq(provd_saved_staged(world.saved)->credentials.ssid, "Home", 4);
	world_finish(&world);
}

/* What an earlier session has left. */
static void leave_staged(uint32_t resumed)
{
	const struct provd_saved_staged staged = {
		.credentials = {.size = sizeof(staged.credentials), .ssid_len = 3, .ssid = "Old"},
		.state = PROVD_STATE_ONLINE,
		.resumed = resumed,
		.method = "one",
	};

	cr_assert_eq(provd_saved_stage(world.saved, &staged, NULL, NULL), 0);
	world_settle(&world);
	cr_assert_not_null(provd_saved_staged(world.saved));
}

Test(keep, a_new_session_has_all_its_tries)
{
	BEGIN(0);
	leave_staged(3);
	phone("Home", "correct horse");
	online();
	cr_assert_not_null(provd_saved_staged(world.saved));
	cr_expect_eq(provd_saved_staged(world.saved)->resumed, 0);
	world_finish(&world);
}

static void take_up(void)
{
	const struct provd_bind_request times = {
		.size = sizeof(times), .started_ms = 11, .credentials_ms = 12, .token_ms = 13};

	BEGIN(0);
	leave_staged(2);
	cr_expect_eq(provd_engine_stop(world.engine), 0);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_expect_not_null(provd_saved_staged(world.saved), "it is not of that session");
	cr_assert_eq(offer("Old", "resume", &times), 0);
}

Test(keep, a_session_that_is_taken_up_keeps_its_times_and_their_count)
{
	take_up();
	fake_joined(&world, 0);
	cr_assert(world_wait_state(&world, "online"));
	world_settle(&world);
	cr_assert_not_null(provd_saved_staged(world.saved));
	cr_expect_eq(provd_saved_staged(world.saved)->resumed, 2);
	cr_expect_eq(provd_saved_staged(world.saved)->times.started_ms, 11);
	cr_expect_eq(provd_saved_staged(world.saved)->times.credentials_ms, 12);
	cr_expect_eq(provd_saved_staged(world.saved)->times.token_ms, 13);
	world_finish(&world);
}

Test(keep, a_session_that_is_taken_up_and_stopped_is_not_taken_up_again)
{
	take_up();
	cr_expect_eq(provd_engine_stop(world.engine), 0);
	cr_assert(world_wait(&world, &world.ended, 2));
	cr_expect_null(provd_saved_staged(world.saved));
	world_finish(&world);
}

Test(keep, a_session_that_is_taken_up_and_finds_no_network_stays)
{
	take_up();
	fake_joined(&world, PROVD_E_WIFI_NO_AP);
	cr_assert(world_wait(&world, &world.ended, 2));
	cr_expect_not_null(provd_saved_staged(world.saved));
	world_finish(&world);
}
