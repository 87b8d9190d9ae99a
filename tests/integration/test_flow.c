/* SPDX-License-Identifier: Apache-2.0 */
/* From the phone's UDP command to the bound device. */
#include "e2e.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct e2e e2e;

TestSuite(flow, .timeout = 90);

#define BEGIN(...) e2e_init(&e2e, &(struct e2e_setup){__VA_ARGS__})

static void provision(const char *phone)
{
	e2e_start(&e2e);
	e2e_expect(&e2e, "listening", "method listens");
	cr_assert_eq(e2e_phone(&e2e, "Home", E2E_PASSPHRASE, E2E_TOKEN, phone), 0);
	cr_assert_str_eq(e2e_end(&e2e), "bound");
}

static void expect_cloud_bind(void)
{
	char *events = e2e_read(&e2e, "cloud.out");

	cr_assert(strstr(events, "\"bind\"") != NULL, "%s", events);
	free(events);
}

Test(flow, a_fresh_device_registers_and_is_bound_by_psk)
{
	char *identity;
	struct stat st;
	char path[160];

	BEGIN(0);
	provision("--app mini-program");
	expect_cloud_bind();
	identity = e2e_read(&e2e, "device_info.json");
	cr_assert(strstr(identity, "YOUR_IOT_PSK") == NULL, "the secret was not saved");
	free(identity);
	(void)snprintf(path, sizeof(path), "%s/device_info.json", e2e.dir);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600);
	e2e_finish(&e2e);
}

Test(flow, the_states_come_in_their_order)
{
	static const char *const states[] = {"joining", "online", "registering", "binding"};

	BEGIN(0);
	e2e_start(&e2e);
	cr_assert_eq(e2e_phone(&e2e, "Home", E2E_PASSPHRASE, E2E_TOKEN, "--app android"), 0);
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		e2e_expect(&e2e, states[i], NULL);
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	e2e_finish(&e2e);
}

Test(flow, a_device_that_was_registered_before_does_not_register_again)
{
	char *events;

	BEGIN(.cloud = "--device LAMP1:auto");
	provision("--app ios");
	events = e2e_read(&e2e, "cloud.out");
	cr_assert(strstr(events, "\"register\"") == NULL, "%s", events);
	free(events);
	expect_cloud_bind();
	e2e_finish(&e2e);
}

Test(flow, a_certificate_device_registers_and_is_bound)
{
	BEGIN(.cloud = "--device-type cert", .transport = "cert");
	provision("--app mini-program");
	expect_cloud_bind();
	e2e_finish(&e2e);
}

Test(flow, second_generation_registration)
{
	BEGIN(.tencent = ",\"register_version\":\"v2\"");
	provision("--app mini-program");
	expect_cloud_bind();
	e2e_finish(&e2e);
}

Test(flow, without_tls_by_explicit_option)
{
	BEGIN(.transport = "plain");
	provision("--app mini-program");
	expect_cloud_bind();
	e2e_finish(&e2e);
}

Test(flow, each_app_gets_its_answer)
{
	static const char *const apps[] = {"--app mini-program --app-port",
					   "--app android --stale-tail", "--app ios", "--app doc"};

	/* The session must not be over before the last one has asked. */
	BEGIN(.access_points = "[{\"ssid\":\"Home\",\"passphrase\":\"can\\\"ary-pass-9c41\","
			       "\"join_ms\":4000}]");
	e2e_start(&e2e);
	e2e_expect(&e2e, "listening", "method listens");
	for (size_t i = 0; i < sizeof(apps) / sizeof(apps[0]); i++) {
		char more[128];

		/* The apps' own ports may be taken on other addresses by tests that run now. */
		(void)snprintf(more, sizeof(more), "%s%s", apps[i],
			       strstr(apps[i], "--app-port") ? "" : " --bind 127.0.0.1:0");
		cr_assert_eq(e2e_phone(&e2e, "Home", E2E_PASSPHRASE, E2E_TOKEN,
				       i == 0 ? "--app mini-program" : more),
			     0, "%s", apps[i]);
	}
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	e2e_finish(&e2e);
}

Test(flow, a_radio_that_cannot_do_both_closes_the_ap_to_join)
{
	BEGIN(.hal = ",\"ap_station_together\":false");
	provision("--app mini-program");
	e2e_finish(&e2e);
}

Test(flow, protocol_version_three_broadcasts_its_states)
{
	BEGIN(.tencent = ",\"protocol_version\":\"3.0\"");
	provision("--app mini-program");
	e2e_finish(&e2e);
}

Test(flow, a_start_while_the_last_session_gives_back_the_radio_waits_for_it)
{
	json_t *reply;

	BEGIN(0);
	provision("--app mini-program");
	reply = e2e_call(&e2e, "Start");
	cr_assert_null(json_object_get(reply, "error"), "%s",
		       json_string_value(json_object_get(reply, "error")));
	cr_assert_eq(json_integer_value(
			     json_object_get(json_object_get(reply, "parameters"), "session")),
		     2);
	json_decref(reply);
	e2e_finish(&e2e);
}
