/* SPDX-License-Identifier: Apache-2.0 */
/* Binding that meets faults, waits and ends, against a scripted host. */
#include "bind_util.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "util.h"

TestSuite(plugin_bind_faults, .timeout = 20);

Test(plugin_bind_faults, lasting_faults_end_it)
{
	static const int codes[] = {PROVD_E_MQTT_CREDENTIALS, PROVD_E_MQTT_NOT_AUTHORIZED,
				    PROVD_E_MQTT_IDENTIFIER,  PROVD_E_MQTT_PROTOCOL,
				    PROVD_E_TLS_UNTRUSTED,    PROVD_E_ACCESS};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct fake *fake = bind_start(NULL);

		fake_mqtt_event(fake, PROVD_MQTT_FAILED, 0, codes[i]);
		bind_expect_done(fake, codes[i]);
		cr_assert_eq(fake->mqtt.opens, 1);
		bind_finish(fake);
	}
	expect_no_leaks();
}

/* A wrong PSK looks like any handshake that broke: twice in a row is enough. */
Test(plugin_bind_faults, two_broken_handshakes_end_it)
{
	struct fake *fake = bind_start(NULL);

	fake_mqtt_event(fake, PROVD_MQTT_FAILED, 0, PROVD_E_TLS_HANDSHAKE);
	fake_advance(fake, fake_wait(fake));
	cr_assert_eq(fake->mqtt.opens, 2);
	fake_mqtt_event(fake, PROVD_MQTT_FAILED, 0, PROVD_E_TLS_HANDSHAKE);
	bind_expect_done(fake, PROVD_E_TLS_HANDSHAKE);
	cr_assert(strstr(fake_last(fake, PROVD_EV_OP_DONE)->text, "deviceSecret") != NULL);
	bind_finish(fake);
	expect_no_leaks();
}

Test(plugin_bind_faults, a_broken_handshake_names_what_the_device_shows)
{
	struct fake *fake = fake_new(NULL, IDENTITY_CERT_READY);

	cr_assert_eq(fake_bind(fake, OP, TOKEN), 0);
	fake_mqtt_event(fake, PROVD_MQTT_FAILED, 0, PROVD_E_TLS_HANDSHAKE);
	fake_advance(fake, fake_wait(fake));
	fake_mqtt_event(fake, PROVD_MQTT_FAILED, 0, PROVD_E_TLS_HANDSHAKE);
	bind_expect_done(fake, PROVD_E_TLS_HANDSHAKE);
	cr_assert(strstr(fake_last(fake, PROVD_EV_OP_DONE)->text, "certificate") != NULL);
	cr_assert(strstr(fake_last(fake, PROVD_EV_OP_DONE)->text, "deviceSecret") == NULL);
	bind_finish(fake);
	expect_no_leaks();
}

/* Faults that reached the broker cost five seconds, the others only the back-off. */
Test(plugin_bind_faults, one_connect_in_five_seconds)
{
	static const struct {
		int code;
		bool reached;
	} rows[] = {
		{PROVD_E_NET_DNS, false},   {PROVD_E_NET_REFUSED, false},
		{PROVD_E_TIMEOUT, true},    {PROVD_E_NET_UNREACHABLE, false},
		{PROVD_E_NET_CLOSED, true}, {PROVD_E_MQTT_UNAVAILABLE, true},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake *fake = bind_start(NULL);
		uint64_t wait;

		cr_assert_eq(fake->mqtt.opens, 1, "the first connect must go at once");
		fake_mqtt_event(fake, PROVD_MQTT_FAILED, 0, rows[i].code);
		wait = fake_wait(fake);
		if (rows[i].reached)
			cr_assert_eq(wait, 5000);
		else
			cr_assert(wait >= 500 && wait <= 1000);
		fake_advance(fake, wait - 1);
		cr_assert_eq(fake->mqtt.opens, 1);
		fake_advance(fake, 1);
		cr_assert_eq(fake->mqtt.opens, 2);
		fake->ops->cancel(fake->inst, OP);
		bind_expect_done(fake, PROVD_E_CANCELED);
		bind_finish(fake);
	}
	expect_no_leaks();
}

Test(plugin_bind_faults, five_seconds_hold_over_bindings)
{
	struct fake *fake = bind_start(NULL);

	fake_mqtt_up(fake);
	fake_advance(fake, 1500);
	fake_mqtt_message(fake, TOPIC_DOWN, REPLY("0"));
	bind_expect_done(fake, 0);
	fake_forget_events(fake);
	cr_assert_eq(fake_bind(fake, OP, TOKEN), 0);
	cr_assert_eq(fake->mqtt.opens, 1);
	cr_assert_eq(fake_wait(fake), 3500);
	fake_advance(fake, 3500);
	cr_assert_eq(fake->mqtt.opens, 2);
	fake->ops->cancel(fake->inst, OP);
	bind_expect_done(fake, PROVD_E_CANCELED);
	fake_advance(fake, 60000);
	cr_assert_eq(fake_bind(fake, OP, TOKEN), 0);
	cr_assert_eq(fake->mqtt.opens, 3);
	bind_finish(fake);
	expect_no_leaks();
}

Test(plugin_bind_faults, backoff_grows_to_its_limit)
{
	struct fake *fake = bind_start(NULL);
	uint64_t whole = 1000;

	for (int i = 0; i < 12; i++) {
		uint64_t wait;

		fake_mqtt_event(fake, PROVD_MQTT_FAILED, 0, PROVD_E_NET_REFUSED);
		wait = fake_wait(fake);
		cr_assert(wait >= whole / 2 && wait <= whole);
		fake_advance(fake, wait);
		whole = whole * 2 > 60000 ? 60000 : whole * 2;
	}
	bind_finish(fake);
	expect_no_leaks();
}

Test(plugin_bind_faults, a_lost_connection_is_made_again)
{
	struct fake *fake = bind_start(NULL);
	char first[1024];

	fake_mqtt_up(fake);
	(void)snprintf(first, sizeof(first), "%s", fake->mqtt.payload);
	fake_mqtt_event(fake, PROVD_MQTT_LOST, 0, PROVD_E_NET_CLOSED);
	cr_assert_eq(fake_wait(fake), 5000);
	fake_advance(fake, 5000);
	cr_assert_eq(fake->mqtt.opens, 2);
	fake_mqtt_up(fake);
	cr_assert_str_eq(fake->mqtt.payload, first);
	fake_mqtt_message(fake, TOPIC_DOWN, REPLY("0"));
	bind_expect_done(fake, 0);
	bind_finish(fake);
	expect_no_leaks();
}

Test(plugin_bind_faults, a_refused_subscription_ends_it)
{
	struct fake *fake = bind_start(NULL);

	fake_mqtt_event(fake, PROVD_MQTT_CONNECTED, 0, 0);
	fake_mqtt_event(fake, PROVD_MQTT_SUBSCRIBED, fake->mqtt.sub_id,
			PROVD_E_MQTT_NOT_AUTHORIZED);
	bind_expect_done(fake, PROVD_E_MQTT_NOT_AUTHORIZED);
	cr_assert_eq(fake->mqtt.publishes, 0);
	bind_finish(fake);
	expect_no_leaks();
}

Test(plugin_bind_faults, calls_that_fail_are_faults_too)
{
	struct fake *fake = bind_start(NULL);

	fake->mqtt.subscribe_result = PROVD_E_STATE;
	fake_mqtt_event(fake, PROVD_MQTT_CONNECTED, 0, 0);
	fake->mqtt.subscribe_result = 0;
	fake_advance(fake, fake_wait(fake));
	fake->mqtt.publish_result = PROVD_E_STATE;
	fake_mqtt_up(fake);
	fake->mqtt.publish_result = 0;
	fake_advance(fake, fake_wait(fake));
	fake_mqtt_up(fake);
	fake_mqtt_event(fake, PROVD_MQTT_PUBLISHED, fake->mqtt.pub_id, PROVD_E_TIMEOUT);
	fake->mqtt.open_result = PROVD_E_NOMEM;
	fake_advance(fake, fake_wait(fake));
	bind_expect_done(fake, PROVD_E_NOMEM);
	bind_finish(fake);
	expect_no_leaks();
}

Test(plugin_bind_faults, no_answer)
{
	struct fake *fake = bind_start(NULL);

	fake_mqtt_up(fake);
	fake_mqtt_event(fake, PROVD_MQTT_PUBLISHED, fake->mqtt.pub_id, 0);
	fake_advance(fake, 10000);
	cr_assert_eq(fake->mqtt.publishes, 2);
	fake_advance(fake, 10000);
	cr_assert_eq(fake->mqtt.publishes, 3);
	cr_assert_eq(fake_count(fake, PROVD_EV_OP_DONE), 0);
	fake_advance(fake, 10000);
	bind_expect_done(fake, PROVD_E_CLOUD_NO_REPLY);
	bind_finish(fake);
	expect_no_leaks();
}

Test(plugin_bind_faults, an_answer_nobody_understands)
{
	static const char *const options[] = {"reply_timeout", "2s", NULL};
	struct fake *fake = bind_start(options);

	fake_mqtt_up(fake);
	fake_mqtt_message(fake, TOPIC_DOWN, REPLY("\"zero\""));
	fake_advance(fake, 6000);
	bind_expect_done(fake, PROVD_E_CLOUD_REPLY);
	bind_finish(fake);
	expect_no_leaks();
}

Test(plugin_bind_faults, acknowledgement_counts_by_choice)
{
	static const char *const options[] = {"bind_success", "puback", NULL};
	struct fake *fake = bind_start(options);

	fake_mqtt_up(fake);
	fake_mqtt_event(fake, PROVD_MQTT_PUBLISHED, fake->mqtt.pub_id, 0);
	fake_advance(fake, 9999);
	cr_assert_eq(fake_count(fake, PROVD_EV_OP_DONE), 0);
	fake_advance(fake, 1);
	bind_expect_done(fake, 0);
	bind_finish(fake);

	/* Without it there is no success; a refusal still counts. */
	fake = bind_start(options);
	fake_mqtt_up(fake);
	fake_advance(fake, 30000);
	bind_expect_done(fake, PROVD_E_CLOUD_NO_REPLY);
	bind_finish(fake);
	fake = bind_start(options);
	fake_mqtt_up(fake);
	fake_mqtt_event(fake, PROVD_MQTT_PUBLISHED, fake->mqtt.pub_id, 0);
	fake_mqtt_message(fake, TOPIC_DOWN, REPLY("9"));
	bind_expect_done(fake, PROVD_E_CLOUD_TOKEN);
	bind_finish(fake);
	expect_no_leaks();
}

static void step(struct fake *fake, int steps)
{
	if (steps == 1)
		fake_mqtt_event(fake, PROVD_MQTT_FAILED, 0, PROVD_E_NET_REFUSED);
	if (steps >= 2)
		fake_mqtt_event(fake, PROVD_MQTT_CONNECTED, 0, 0);
	if (steps >= 3)
		fake_mqtt_event(fake, PROVD_MQTT_SUBSCRIBED, fake->mqtt.sub_id, 0);
	if (steps >= 4)
		fake_mqtt_event(fake, PROVD_MQTT_PUBLISHED, fake->mqtt.pub_id, 0);
}

Test(plugin_bind_faults, cancel_and_stop_in_every_state)
{
	for (int steps = 0; steps <= 4; steps++) {
		for (int stop = 0; stop <= 1; stop++) {
			struct fake *fake = bind_start(NULL);

			cr_assert_eq(fake_bind(fake, OP + 1, TOKEN), PROVD_E_BUSY);
			step(fake, steps);
			if (stop)
				fake->ops->stop(fake->inst);
			fake->ops->cancel(fake->inst, OP);
			fake->ops->cancel(fake->inst, OP);
			fake_advance(fake, 600000);
			bind_expect_done(fake, PROVD_E_CANCELED);
			if (stop)
				cr_assert_eq(fake_bind(fake, OP, TOKEN), PROVD_E_STATE);
			bind_finish(fake);
		}
	}
	expect_no_leaks();
}
