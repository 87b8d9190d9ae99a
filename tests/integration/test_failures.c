/* SPDX-License-Identifier: Apache-2.0 */
/* What goes wrong in the field, each told by its own reason, and listening goes on. */
#include "e2e.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static struct e2e e2e;

TestSuite(failures, .timeout = 120);

#define BEGIN(...) e2e_init(&e2e, &(struct e2e_setup){__VA_ARGS__})

static void phone(const char *ssid, const char *passphrase)
{
	cr_assert_eq(e2e_phone(&e2e, ssid, passphrase, E2E_TOKEN, "--app mini-program"), 0);
}

static void expect_failure(const char *reason)
{
	e2e_expect(&e2e, "listening", "attempt failed, listening again");
	cr_assert_str_eq(e2e_detail(&e2e, "reason"), reason);
}

static void then_it_works(void)
{
	phone("Home", E2E_PASSPHRASE);
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	e2e_finish(&e2e);
}

Test(failures, a_wrong_passphrase_reaches_the_phone_and_the_right_one_works)
{
	struct e2e_process follower;
	char *seen;

	BEGIN(0);
	e2e_start(&e2e);
	follower = e2e_phone_start(&e2e, "Home", "wrong-" E2E_PASSPHRASE, E2E_TOKEN,
				   "--app mini-program --follow 3");
	expect_failure("WIFI_PASSPHRASE");
	e2e_wait(&follower);
	seen = e2e_read(&e2e, "phone.out");
	cr_assert(strstr(seen, "Current_Error") != NULL, "%s", seen);
	cr_assert(strstr(seen, "WIFI AP STA error! (12,") != NULL, "%s", seen);
	free(seen);
	then_it_works();
}

Test(failures, a_wrong_passphrase_is_told_after_the_ap_came_back)
{
	struct e2e_process follower;
	char *seen;

	BEGIN(.hal = ",\"ap_station_together\":false");
	e2e_start(&e2e);
	follower = e2e_phone_start(&e2e, "Home", "wrong-passphrase", E2E_TOKEN,
				   "--app mini-program --follow 3");
	expect_failure("WIFI_PASSPHRASE");
	e2e_wait(&follower);
	seen = e2e_read(&e2e, "phone.out");
	cr_assert(strstr(seen, "WIFI AP STA error! (12,") != NULL, "%s", seen);
	free(seen);
	then_it_works();
}

Test(failures, an_unknown_network)
{
	BEGIN(0);
	e2e_start(&e2e);
	phone("Elsewhere", E2E_PASSPHRASE);
	expect_failure("WIFI_NO_AP");
	then_it_works();
}

Test(failures, no_dhcp)
{
	BEGIN(.access_points = "[{\"ssid\":\"Mute\",\"passphrase\":\"12345678\",\"dhcp\":false},"
			       "{\"ssid\":\"Home\",\"passphrase\":\"can\\\"ary-pass-9c41\"}]");
	e2e_start(&e2e);
	phone("Mute", "12345678");
	expect_failure("WIFI_NO_DHCP");
	then_it_works();
}

Test(failures, a_phone_that_corrects_itself_does_not_wait)
{
	BEGIN(.access_points = "[{\"ssid\":\"Slow\",\"passphrase\":\"12345678\",\"join_ms\":60000},"
			       "{\"ssid\":\"Home\",\"passphrase\":\"can\\\"ary-pass-9c41\"}]",
	      .sections = ",\"session\":{\"join_timeout\":\"2m\"}");
	e2e_start(&e2e);
	phone("Slow", "12345678");
	e2e_expect(&e2e, "joining", NULL);
	then_it_works();
}

Test(failures, the_gateway_refuses_the_signature)
{
	BEGIN(.cloud = "--fault register-code=1010:1");
	e2e_start(&e2e);
	phone("Home", E2E_PASSPHRASE);
	expect_failure("CLOUD_SIGNATURE");
	then_it_works();
}

Test(failures, a_refusal_on_a_radio_that_cannot_do_both_brings_the_ap_back)
{
	BEGIN(.hal = ",\"ap_station_together\":false", .cloud = "--fault register-code=1010:1");
	e2e_start(&e2e);
	phone("Home", E2E_PASSPHRASE);
	expect_failure("CLOUD_SIGNATURE");
	then_it_works();
}

Test(failures, a_gateway_that_stumbles_is_asked_again)
{
	BEGIN(.cloud = "--fault register-http=503:1");
	e2e_start(&e2e);
	then_it_works();
}

Test(failures, a_lost_registration_answer_does_not_brick_the_device)
{
	BEGIN(.cloud = "--fault register-lost:1");
	e2e_start(&e2e);
	then_it_works();
}

Test(failures, the_broker_refuses_the_device)
{
	BEGIN(.cloud = "--fault broker-refuse",
	      .sections = ",\"session\":{\"bind_timeout\":\"15s\"}");
	e2e_start(&e2e);
	phone("Home", E2E_PASSPHRASE);
	e2e_expect(&e2e, "listening", "attempt failed, listening again");
	cr_assert_str_eq(e2e_detail(&e2e, "during"), "binding");
	e2e_finish(&e2e);
}

Test(failures, the_broker_is_down_for_a_while)
{
	BEGIN(.cloud = "--fault broker-down=1500",
	      .tencent = ",\"connect_interval\":\"100ms\",\"backoff_min\":\"100ms\"");
	e2e_start(&e2e);
	then_it_works();
}

Test(failures, the_connection_drops_after_the_token_was_sent)
{
	BEGIN(.cloud = "--fault broker-drop:1",
	      .tencent = ",\"connect_interval\":\"100ms\",\"backoff_min\":\"100ms\"");
	e2e_start(&e2e);
	then_it_works();
}

Test(failures, the_cloud_refuses_the_token)
{
	BEGIN(.cloud = "--fault bind-code=7:1", .tencent = ",\"connect_interval\":\"100ms\"");
	e2e_start(&e2e);
	phone("Home", E2E_PASSPHRASE);
	expect_failure("CLOUD_TOKEN");
	then_it_works();
}

Test(failures, a_foreign_bind_reply_is_not_taken_for_ours)
{
	BEGIN(.cloud = "--fault bind-wrong-client-token", .tencent = ",\"reply_timeout\":\"300ms\"",
	      .sections = ",\"session\":{\"bind_timeout\":\"3s\"}");
	e2e_start(&e2e);
	phone("Home", E2E_PASSPHRASE);
	e2e_expect(&e2e, "listening", "attempt failed, listening again");
	cr_assert_str_eq(e2e_detail(&e2e, "during"), "binding");
	e2e_finish(&e2e);
}

Test(failures, a_platform_without_replies_by_option)
{
	BEGIN(.cloud = "--fault bind-silent",
	      .tencent = ",\"reply_timeout\":\"300ms\",\"bind_success\":\"puback\"");
	e2e_start(&e2e);
	then_it_works();
}

Test(failures, killed_in_the_middle_it_starts_again_and_works)
{
	BEGIN(.cloud = "--fault bind-silent:1",
	      .sections = ",\"networks\":{\"resume_for\":\"0s\"}");
	e2e_start(&e2e);
	phone("Home", E2E_PASSPHRASE);
	e2e_expect(&e2e, "binding", NULL);
	kill(e2e.daemon.pid, SIGKILL);
	e2e_wait(&e2e.daemon);
	e2e_tell_cloud(&e2e, "{\"clear\":true}");
	e2e_restart_daemon(&e2e);
	e2e_start(&e2e);
	then_it_works();
}
