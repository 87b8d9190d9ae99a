/* SPDX-License-Identifier: Apache-2.0 */
/* After a session's end: phones that ask then are told why it failed. */
#include "fake_host.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "phone.h"
#include "util.h"

TestSuite(plugin_failed, .timeout = 20);

static const char *const v3[] = {"protocol_version", "3.0", NULL};

static const struct fake_send *last_send(const struct fake *fake)
{
	cr_assert_gt(fake->send_count, 0);
	return &fake->sends[fake->send_count - 1];
}

/* A session that has failed in `state`, as the host tells it. */
static struct fake *failed(const char *const *options, uint32_t state, int code)
{
	struct fake *fake = fake_new(options, IDENTITY_REGISTERED);

	fake_state(fake, 1, PROVD_STATE_LISTENING, 0);
	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	for (uint32_t s = PROVD_STATE_JOINING; s <= state; s++)
		if (s != PROVD_STATE_REGISTERING || s == state)
			fake_state(fake, 1, s, 0);
	if (state == PROVD_STATE_BINDING)
		cr_assert_eq(fake_bind(fake, 90, TOKEN), 0);
	fake->ops->cancel(fake->inst, 90);
	if (state > PROVD_STATE_LISTENING)
		fake_state(fake, 1, PROVD_STATE_LISTENING, code);
	fake_state(fake, 1, PROVD_STATE_FAILED, code);
	fake_forget_events(fake);
	fake->send_count = 0;
	return fake;
}

static void finish(struct fake *fake)
{
	cr_assert(strstr(fake->log, TOKEN) == NULL);
	cr_assert(strstr(fake->log, "abcd1234") == NULL);
	fake_end(fake);
	expect_no_leaks();
}

Test(plugin_failed, a_phone_that_asks_is_told_why_and_nothing_else)
{
	static const char *const commands[] = {CMD_CREDENTIALS, CMD_TOKEN};

	for (size_t i = 0; i < 2; i++) {
		struct fake *fake = failed(NULL, PROVD_STATE_JOINING, PROVD_E_WIFI_PASSPHRASE);

		/* The radio has rejoined the old network, the phone is there. */
		fake_state_in_network(fake, 1, PROVD_STATE_FAILED, PROVD_E_WIFI_PASSPHRASE);
		cr_assert_eq(fake->send_count, 0, "2.0: nothing by itself");
		for (int repeat = 0; repeat < 3; repeat++) {
			cr_assert_eq(fake_datagram_text(fake, PHONE + 1, commands[i]), 0);
			cr_assert_str_eq(last_send(fake)->text,
					 CURRENT_ERROR("WIFI AP STA error! (12, -3)"));
			cr_assert_eq(last_send(fake)->peer, PHONE + 1);
		}
		cr_assert_eq(fake->send_count, 3);
		cr_assert_eq(fake_count(fake, PROVD_EV_CREDENTIALS), 0);
		cr_assert_eq(fake_count(fake, PROVD_EV_TOKEN), 0);
		cr_assert_eq(fake_count(fake, PROVD_EV_PROGRESS), 1, "once for the picture");
		cr_assert_str_eq(fake_last(fake, PROVD_EV_PROGRESS)->fields, "id=12 sub=-3");
		cr_assert_eq(fake_last(fake, PROVD_EV_PROGRESS)->op, 1);
		finish(fake);
	}
}

/* It has no attempt to tell of: the session's own end. */
Test(plugin_failed, a_session_nobody_used)
{
	struct fake *fake = failed(NULL, PROVD_STATE_LISTENING, PROVD_E_TIMEOUT);

	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	cr_assert_str_eq(last_send(fake)->text, CURRENT_ERROR("WIFI boarding stop! (3, 103)"));
	finish(fake);
}

Test(plugin_failed, another_reason_at_the_end_counts)
{
	struct fake *fake = failed(NULL, PROVD_STATE_JOINING, PROVD_E_WIFI_PASSPHRASE);

	fake_state(fake, 1, PROVD_STATE_FAILED, PROVD_E_WIFI_RADIO);
	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	cr_assert_str_eq(last_send(fake)->text, CURRENT_ERROR("WIFI AP init error! (7, -8)"));
	finish(fake);
}

Test(plugin_failed, the_attempt_that_ends_the_session_is_told_once)
{
	struct fake *fake = fake_new(NULL, IDENTITY_REGISTERED);

	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	fake_state(fake, 1, PROVD_STATE_JOINING, 0);
	fake_state(fake, 1, PROVD_STATE_FAILED, PROVD_E_WIFI_NO_AP);
	cr_assert_eq(fake->send_count, 2);
	cr_assert_str_eq(last_send(fake)->text, CURRENT_ERROR("WIFI AP STA error! (12, -2)"));
	fake_state_in_network(fake, 1, PROVD_STATE_FAILED, PROVD_E_WIFI_NO_AP);
	cr_assert_eq(fake->send_count, 2);
	finish(fake);
}

Test(plugin_failed, the_next_session_listens_again)
{
	struct fake *fake = failed(NULL, PROVD_STATE_JOINING, PROVD_E_WIFI_PASSPHRASE);

	fake_state(fake, 2, PROVD_STATE_LISTENING, 0);
	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	cr_assert_str_eq(fake->sends[0].text, IDENTITY_REPLY);
	cr_assert_eq(fake->send_count, 1, "it was told at once when it failed");
	cr_assert_eq(fake_count(fake, PROVD_EV_CREDENTIALS), 1);
	/* A failure of the last session says nothing about this one's end. */
	fake_state(fake, 2, PROVD_STATE_FAILED, PROVD_E_TIMEOUT);
	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	cr_assert_str_eq(last_send(fake)->text, CURRENT_ERROR("WIFI boarding stop! (3, 103)"));
	finish(fake);
}

Test(plugin_failed, bad_commands_are_refused_as_ever)
{
	struct fake *fake = failed(NULL, PROVD_STATE_JOINING, PROVD_E_WIFI_PASSPHRASE);

	(void)fake_datagram_text(fake, PHONE, "{\"cmdType\":0}");
	cr_assert_str_eq(last_send(fake)->text, CURRENT_ERROR("APP command error! (2, 204)"));
	(void)fake_datagram_text(fake, PHONE, "{\"cmdType\":7}");
	cr_assert_eq(fake->send_count, 1);
	finish(fake);
}

static int reported(const struct fake_send *sent)
{
	const char *state = strstr(sent->text, "\"wifiConfigState\":");

	cr_assert_eq(sent->peer, 0);
	cr_assert_eq(sent->port, 8266);
	cr_assert(state != NULL, "%s", sent->text);
	return (int)strtol(state + strlen("\"wifiConfigState\":"), NULL, 10);
}

Test(plugin_failed, version_3_broadcasts_again_in_the_network)
{
	static const struct {
		uint32_t state;
		int code;
		int report; /* -1: none */
	} rows[] = {
		{PROVD_STATE_JOINING, PROVD_E_WIFI_PASSPHRASE, -1},
		{PROVD_STATE_ONLINE, PROVD_E_PEER_NO_TOKEN, 4},
		{PROVD_STATE_REGISTERING, PROVD_E_CLOUD_SIGNATURE, 2},
		{PROVD_STATE_BINDING, PROVD_E_MQTT_CREDENTIALS, 2},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake *fake = failed(v3, rows[i].state, rows[i].code);

		fake_state(fake, 1, PROVD_STATE_FAILED, rows[i].code);
		cr_assert_eq(fake->send_count, 0, "no network, nobody hears it");
		fake_state_in_network(fake, 1, PROVD_STATE_FAILED, rows[i].code);
		cr_assert_eq(fake->send_count, rows[i].report < 0 ? 0 : 1);
		if (rows[i].report >= 0)
			cr_assert_eq(reported(last_send(fake)), rows[i].report);
		/* Another network later: once more. */
		fake_state_in_network(fake, 1, PROVD_STATE_FAILED, rows[i].code);
		cr_assert_eq(fake->send_count, rows[i].report < 0 ? 0 : 2);
		finish(fake);
	}
}
