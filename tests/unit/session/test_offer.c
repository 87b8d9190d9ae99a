/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials that come from no method, and saved networks that are tried in the background. */
#include "world.h"

#include <criterion/criterion.h>

#include <string.h>

#include "secret/secret.h"

static struct world world;

static void begin(struct world_setup setup)
{
	world_init(&world, &setup);
}

#define BEGIN(...) begin((struct world_setup){__VA_ARGS__})

static struct provd_credentials credentials_of(const char *ssid, const char *passphrase)
{
	struct provd_credentials credentials = {.size = sizeof(credentials),
						.ssid_len = (uint32_t)strlen(ssid)};

	memcpy(credentials.ssid, ssid, credentials.ssid_len);
	credentials.passphrase = provd_secret_create(passphrase, strlen(passphrase));
	return credentials;
}

static int offer(const char *ssid, const char *token, uint64_t *out_session)
{
	struct provd_credentials credentials = credentials_of(ssid, "correct horse");
	struct provd_secret *secret = token ? provd_secret_create(token, strlen(token)) : NULL;
	struct provd_engine_offer given = {
		.credentials = &credentials, .token = secret, .source = "control"};
	struct provd_error err = {.size = sizeof(err)};
	int code = provd_engine_offer(world.engine, &given, out_session, &err);

	provd_secret_unref(credentials.passphrase);
	provd_secret_unref(secret);
	world_settle(&world);
	return code;
}

TestSuite(offer, .timeout = 30);

Test(offer, starts_a_session_without_methods_and_binds)
{
	uint64_t session = 0;

	BEGIN(.together = 1, .registered = 1);
	cr_assert_eq(offer("Home", "0123456789abcdef", &session), 0);
	cr_expect_eq(session, 1);
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	cr_expect_eq(world.methods[0].starts, 0);
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &world.cloud.binds, 1));
	cr_expect_str_eq(world.cloud.bind_method, "control");
	cr_expect_eq(world.cloud.bind_token_len, 16);
	fake_emit(&world.cloud, PROVD_EV_OP_DONE, world.cloud.op, 0);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_expect_eq(world.final_state, PROVD_STATE_BOUND);
	world_finish(&world);
}

Test(offer, ends_with_the_reason_of_its_one_attempt)
{
	uint64_t session = 0;

	BEGIN(.together = 1, .registered = 1);
	cr_assert_eq(offer("Home", "0123456789abcdef", &session), 0);
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	fake_joined(&world, PROVD_E_WIFI_PASSPHRASE);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_expect_eq(world.final_state, PROVD_STATE_FAILED);
	cr_expect_str_eq(world_error(&world), provd_err_text(PROVD_E_WIFI_PASSPHRASE));
	cr_expect_str_eq(world_error_state(&world), "joining");
	world_finish(&world);
}

Test(offer, goes_into_the_session_that_listens_and_leaves_it_listening)
{
	uint64_t session;
	uint64_t same = 0;

	BEGIN(.together = 1, .registered = 1);
	session = world_start(&world, NULL);
	cr_assert_eq(offer("Home", "0123456789abcdef", &same), 0);
	cr_expect_eq(same, session);
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	cr_expect_eq(offer("Other", NULL, &same), PROVD_E_BUSY);
	fake_joined(&world, PROVD_E_WIFI_NO_AP);
	cr_assert(world_wait_state(&world, "listening"));
	cr_expect_eq(world.ended, 0);
	world_finish(&world);
}

Test(offer, waits_for_the_token_of_a_phone_on_the_network)
{
	uint64_t session = 0;

	BEGIN(.together = 1, .registered = 1, .channel = 1);
	cr_assert_eq(offer("Home", NULL, &session), 0);
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	cr_expect(world_channel_is_open(&world));
	fake_joined(&world, 0);
	cr_assert(world_wait_state(&world, "online"));
	fake_emit_token(&world.cloud, session, "0123456789abcdef");
	cr_assert(world_wait(&world, &world.cloud.binds, 1));
	cr_expect_eq(provd_engine_stop(world.engine), 0);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_expect_not(world_channel_is_open(&world));
	world_finish(&world);
}

Test(offer, refuses_what_is_no_network)
{
	uint64_t session = 0;

	BEGIN(.together = 1);
	cr_expect_eq(offer("", NULL, &session), PROVD_E_INVALID);
	cr_expect_eq(provd_engine_session(world.engine), 0);
	world_finish(&world);
}

/* In the background */

static unsigned tried;
static int tried_status;
static int tried_link;

static void on_tried(void *user, int status, const struct provd_link *link, const char *text)
{
	(void)user;
	(void)text;
	tried++;
	tried_status = status;
	tried_link = link != NULL;
}

static int retry(const char *ssid)
{
	struct provd_credentials credentials = credentials_of(ssid, "correct horse");
	int code = provd_engine_retry(world.engine, &credentials, on_tried, NULL);

	provd_secret_unref(credentials.passphrase);
	return code;
}

TestSuite(retry, .timeout = 30);

Test(retry, a_network_that_is_back_ends_the_session)
{
	BEGIN(.together = 1, .registered = 1);
	world_start(&world, NULL);
	cr_assert_eq(retry("Old"), 0);
	cr_expect_eq(tried, 0, "not within the call");
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	cr_expect_str_eq(world.hal.credentials_ssid, "Old");
	cr_expect_eq(world.methods[0].suspends, 0, "this radio can do both");
	cr_expect_str_eq(world_state(&world), "listening");
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_expect_eq(world.final_state, PROVD_STATE_STOPPED);
	cr_expect_eq(tried, 1);
	cr_expect_eq(tried_status, 0);
	cr_expect(tried_link);
	cr_expect_eq(world.hal.disconnects, 0, "the network is kept");
	world_finish(&world);
}

Test(retry, a_radio_that_cannot_do_both_is_lent_and_given_back)
{
	BEGIN(.together = 0, .registered = 1);
	world_start(&world, NULL);
	cr_assert_eq(retry("Old"), 0);
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	cr_expect_eq(world.methods[0].suspend_mode, PROVD_SUSPEND_RELEASE);
	fake_joined(&world, PROVD_E_WIFI_NO_AP);
	cr_assert(world_wait(&world, &tried, 1));
	cr_expect_eq(tried_status, PROVD_E_WIFI_NO_AP);
	cr_assert(world_wait(&world, &world.methods[0].resumes, 1));
	cr_expect_str_eq(world_state(&world), "listening");
	cr_expect_str_eq(world_error(&world), "", "nobody's attempt has failed");
	world_finish(&world);
}

Test(retry, methods_that_can_only_stop_are_started_again_afterwards)
{
	BEGIN(.together = 0, .registered = 1, .no_suspend = 1);
	world_start(&world, NULL);
	cr_assert_eq(retry("Old"), 0);
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	cr_expect_eq(world.methods[0].stops, 1);
	cr_expect_eq(world.methods[0].starts, 1);
	fake_joined(&world, PROVD_E_WIFI_NO_AP);
	cr_assert(world_wait(&world, &world.methods[0].starts, 2));
	cr_expect_eq(world.ended, 0);
	world_finish(&world);
}

Test(retry, is_refused_while_a_phone_is_there)
{
	uint64_t session;

	BEGIN(.together = 1, .registered = 1);
	cr_expect_eq(retry("Old"), PROVD_E_STATE);
	session = world_start(&world, NULL);
	fake_emit(&world.methods[0], PROVD_EV_OPENED, session, 0);
	world_settle(&world);
	cr_expect(provd_engine_phone_is_there(world.engine));
	cr_expect_eq(retry("Old"), PROVD_E_BUSY);
	fake_emit(&world.methods[0], PROVD_EV_LEFT, session, 0);
	world_settle(&world);
	cr_expect_not(provd_engine_phone_is_there(world.engine));
	cr_expect_eq(retry("Old"), 0);
	cr_expect_eq(retry("Old"), PROVD_E_BUSY);
	world_finish(&world);
	cr_expect_eq(tried, 1);
	cr_expect_eq(tried_status, PROVD_E_CANCELED);
}

Test(retry, ends_when_a_phone_comes)
{
	uint64_t session;

	BEGIN(.together = 1, .registered = 1);
	session = world_start(&world, NULL);
	cr_assert_eq(retry("Old"), 0);
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	fake_emit(&world.methods[0], PROVD_EV_OPENED, session, 0);
	cr_assert(world_wait(&world, &tried, 1));
	cr_expect_eq(tried_status, PROVD_E_CANCELED);
	cr_expect_str_eq(world_state(&world), "listening");
	world_finish(&world);
}

Test(retry, the_phones_credentials_go_first)
{
	uint64_t session;

	BEGIN(.together = 0, .registered = 1);
	session = world_start(&world, NULL);
	cr_assert_eq(retry("Old"), 0);
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	fake_emit_claim(&world.methods[0], session, "Home", "right", "0123456789abcdef");
	cr_assert(world_wait(&world, &world.hal.connects, 2));
	cr_expect_eq(tried, 1);
	cr_expect_str_eq(world.hal.credentials_ssid, "Home");
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &world.cloud.binds, 1));
	world_finish(&world);
}

Test(retry, a_hal_that_does_not_end_it_counts_as_failed)
{
	BEGIN(.together = 1, .registered = 1,
	      .extra = ",\"session\":{\"join_timeout\":\"30ms\","
		       "\"method_cancel_timeout\":\"30ms\"}");
	world_start(&world, NULL);
	world.hal.silent = 1;
	cr_assert_eq(retry("Old"), 0);
	cr_assert(world_wait(&world, &tried, 1));
	cr_expect_neq(tried_status, 0);
	world.hal.silent = 0;
	world_finish(&world);
}

Test(retry, a_session_that_is_stopped_meanwhile_ends_after_it)
{
	BEGIN(.together = 1, .registered = 1);
	world_start(&world, NULL);
	cr_assert_eq(retry("Old"), 0);
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	cr_expect_eq(provd_engine_stop(world.engine), 0);
	cr_assert(world_wait(&world, &world.ended, 1));
	cr_expect_eq(tried, 1);
	cr_expect_eq(tried_status, PROVD_E_CANCELED);
	world_finish(&world);
}

/* Tries that fail, one after the other, until method "two" has been asked to listen. */
static void fail_tries_until_the_plan_turns(void)
{
	for (unsigned i = 0; i < 20 && world.methods[1].starts == 0; i++) {
		if (retry("Old") == 0) {
			cr_assert(world_wait(&world, &world.hal.connects, world.hal.connects + 1));
			fake_joined(&world, PROVD_E_WIFI_NO_AP);
			cr_assert(world_wait(&world, &tried, tried + 1));
		}
		world_sleep(&world, 40);
	}
}

#define TWO_STEPS                                                                                  \
	",\"plan\":[{\"methods\":[\"one\"],\"for\":\"200ms\"},"                                    \
	"{\"methods\":[\"two\"],\"for\":\"1h\"}]"

Test(retry, does_not_hold_up_the_plan)
{
	BEGIN(.together = 1, .registered = 1, .extra = TWO_STEPS);
	world_start(&world, NULL);
	fail_tries_until_the_plan_turns();
	cr_expect_eq(world.methods[1].starts, 1);
	world_finish(&world);
}

Test(retry, a_step_that_is_over_meanwhile_leaves_nobody_of_it_behind)
{
	BEGIN(.together = 1, .registered = 1, .extra = TWO_STEPS);
	world_start(&world, NULL);
	cr_assert_eq(retry("Old"), 0);
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	world_sleep(&world, 400);
	fake_joined(&world, PROVD_E_WIFI_NO_AP);
	cr_assert(world_wait(&world, &world.methods[1].starts, 1));
	world_settle(&world);
	cr_expect_eq(world.methods[0].starts, world.methods[0].stops);
	cr_expect_eq(world.methods[0].starts, 1);
	world_finish(&world);
}

Test(retry, a_phone_that_comes_and_goes_does_not_save_a_hal_that_hangs)
{
	uint64_t session;

	BEGIN(.together = 1, .registered = 1,
	      .extra = ",\"session\":{\"method_cancel_timeout\":\"200ms\"}");
	session = world_start(&world, NULL);
	world.hal.silent = 1;
	cr_assert_eq(retry("Old"), 0);
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	for (unsigned i = 0; i < 20 && tried == 0; i++) {
		fake_emit(&world.methods[0], PROVD_EV_OPENED, session, 0);
		world_sleep(&world, 50);
	}
	cr_expect_eq(tried, 1);
	world.hal.silent = 0;
	world_finish(&world);
}

Test(retry, a_phone_that_came_is_not_cut_off_by_a_join_that_works_all_the_same)
{
	uint64_t session;

	BEGIN(.together = 1, .registered = 1);
	session = world_start(&world, NULL);
	cr_assert_eq(retry("Old"), 0);
	cr_assert(world_wait(&world, &world.hal.connects, 1));
	world.hal.silent = 1;
	fake_emit(&world.methods[0], PROVD_EV_OPENED, session, 0);
	world_settle(&world);
	cr_expect_eq(world.hal.cancels, 1);
	fake_joined(&world, 0);
	cr_assert(world_wait(&world, &tried, 1));
	world_settle(&world);
	cr_expect_str_eq(world_state(&world), "listening");
	cr_expect_eq(world.ended, 0);
	world.hal.silent = 0;
	world_finish(&world);
}
