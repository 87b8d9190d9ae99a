/* SPDX-License-Identifier: Apache-2.0 */
/* The state broadcasts of version 3.0 ([C3] 1.12), against a scripted host. */
#include "fake_host.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "identities.h"
#include "util.h"

TestSuite(plugin_states, .timeout = 20);

#define PHONE 5
#define CMD_CREDENTIALS                                                                            \
	"{\"cmdType\":1,\"ssid\":\"Home-WiFi\",\"password\":\"abcd1234\",\"token\":\"" TOKEN "\"}"

static struct fake *claimed(const char *const *options)
{
	struct fake *fake = fake_new(options, IDENTITY_REGISTERED);

	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	fake_state(fake, 1, PROVD_STATE_JOINING, 0);
	return fake;
}

static int reported(const struct fake *fake, size_t index)
{
	const struct fake_send *sent = &fake->sends[index];
	const char *state;

	cr_assert_lt(index, fake->send_count);
	cr_assert_eq(sent->peer, 0);
	cr_assert_eq(sent->port, 8266);
	cr_assert_eq(sent->repeats, 3);
	cr_assert_eq(sent->interval_ms, 1000);
	state = strstr(sent->text, "\"wifiConfigState\":");
	cr_assert(state != NULL, "%s", sent->text);
	return (int)strtol(state + strlen("\"wifiConfigState\":"), NULL, 10);
}

Test(plugin_states, states_are_broadcast)
{
	static const char *const options[] = {"protocol_version", "3.0", NULL};
	json_t *root = load_vectors("tencent_udp_exchanges.json");
	json_t *entry = entry_of(json_object_get(root, "exchanges"), "name", "state-report-3.0");
	struct fake *fake = claimed(options);

	cr_assert(strstr(fake->sends[0].text, "\"protoVersion\":\"3.0\"") != NULL);
	fake->unix_ms = 1611299968230u;
	fake_state(fake, 1, PROVD_STATE_ONLINE, 0);
	fake_state(fake, 1, PROVD_STATE_REGISTERING, 0);
	fake_state(fake, 1, PROVD_STATE_BINDING, 0);
	cr_assert_eq(fake->send_count, 3);
	cr_assert_eq(reported(fake, 1), 0);
	cr_assert_eq(reported(fake, 2), 1);
	cr_assert_eq(fake_bind(fake, 90, TOKEN), 0);
	fake_mqtt_event(fake, PROVD_MQTT_FAILED, 0, PROVD_E_NET_REFUSED);
	cr_assert_eq(reported(fake, 3), 2);
	fake_advance(fake, fake_wait(fake));
	fake_mqtt_up(fake);
	cr_assert_eq(reported(fake, 4), 3);
	fake_mqtt_message(fake, TOPIC_DOWN,
			  "{\"method\":\"app_bind_token_reply\",\"clientToken\":"
			  "\"TEST2-687233230\",\"code\":0}");
	fake_state(fake, 1, PROVD_STATE_BOUND, 0);
	cr_assert_eq(reported(fake, 5), 5);
	cr_assert_str_eq(fake->sends[fake->send_count - 1].text, text_of(entry, "device"));
	fake_end(fake);
	json_decref(root);
	expect_no_leaks();
}

Test(plugin_states, failed_states_are_broadcast)
{
	static const char *const options[] = {"protocol_version", "3.0", NULL};
	struct fake *fake = claimed(options);

	fake_state(fake, 1, PROVD_STATE_ONLINE, 0);
	fake_state(fake, 1, PROVD_STATE_BINDING, 0);
	cr_assert_eq(fake_bind(fake, 90, TOKEN), 0);
	fake_mqtt_up(fake);
	fake->ops->cancel(fake->inst, 90);
	fake_state(fake, 1, PROVD_STATE_LISTENING, PROVD_E_CLOUD_NO_REPLY);
	cr_assert_eq(reported(fake, fake->send_count - 1), 4);
	/* The next attempt tells its states anew. */
	fake_state(fake, 1, PROVD_STATE_JOINING, 0);
	cr_assert_eq(reported(fake, fake->send_count - 1), 0);
	fake_state(fake, 1, PROVD_STATE_ONLINE, 0);
	cr_assert_eq(reported(fake, fake->send_count - 1), 1);
	fake_end(fake);
	expect_no_leaks();
}

Test(plugin_states, a_failed_join_takes_the_place_of_a_success)
{
	static const char *const options[] = {"protocol_version", "3.0", NULL};
	struct fake *fake = claimed(options);

	fake_state(fake, 1, PROVD_STATE_ONLINE, 0);
	fake_state(fake, 1, PROVD_STATE_BINDING, 0);
	fake_state(fake, 1, PROVD_STATE_BOUND, 0);
	cr_assert_eq(reported(fake, fake->send_count - 1), 5);
	fake->send_count = 0;
	fake_state(fake, 2, PROVD_STATE_LISTENING, 0);
	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	fake_state(fake, 2, PROVD_STATE_JOINING, 0);
	fake_state(fake, 2, PROVD_STATE_LISTENING, PROVD_E_WIFI_NO_AP);
	cr_assert_eq(fake->send_count, 3);
	cr_assert_eq(reported(fake, 1), 0);
	cr_assert_eq(fake->sends[2].peer, PHONE);
	fake_end(fake);
	expect_no_leaks();
}

Test(plugin_states, every_attempt_is_broadcast_once)
{
	static const char *const options[] = {"protocol_version", "3.0", NULL};
	struct fake *fake = claimed(options);

	fake_state(fake, 1, PROVD_STATE_JOINING, 0);
	cr_assert_eq(fake->send_count, 2);
	fake_state(fake, 1, PROVD_STATE_LISTENING, PROVD_E_CANCELED);
	fake_state(fake, 1, PROVD_STATE_JOINING, 0);
	cr_assert_eq(fake->send_count, 3);
	cr_assert_eq(reported(fake, 2), 0);
	fake_end(fake);
	expect_no_leaks();
}
