/* SPDX-License-Identifier: Apache-2.0 */
/* The phone's side of the plugin, against a scripted host. */
#include "fake_host.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "phone.h"
#include "util.h"

TestSuite(plugin_dialect, .timeout = 20);

static const struct fake_send *last_send(const struct fake *fake)
{
	cr_assert_gt(fake->send_count, 0);
	return &fake->sends[fake->send_count - 1];
}

static void finish(struct fake *fake)
{
	cr_assert(strstr(fake->log, TOKEN) == NULL);
	cr_assert(strstr(fake->log, "abcd1234") == NULL);
	fake_end(fake);
}

/* An identity file for the device that a recorded reply names. */
static void identity_for(const char *reply, char *out, size_t cap)
{
	json_t *root = json_loads(reply, 0, NULL);

	cr_assert(root != NULL);
	(void)snprintf(out, cap,
		       "{\"auth_mode\":\"KEY\",\"productId\":\"%s\",\"deviceName\":\"%s\","
		       "\"key_deviceinfo\":{\"deviceSecret\":\"MLvMHde65nKPk0Lx+ZThaA==\"}}",
		       text_of(root, "productId"), text_of(root, "deviceName"));
	json_decref(root);
}

static void check_exchange(const char *phone, const char *device)
{
	bool is_error = strstr(device, "deviceReply") != NULL;
	char identity[512] = IDENTITY_REGISTERED;
	struct fake *fake;
	int rc;

	if (!is_error)
		identity_for(device, identity, sizeof(identity));
	fake = fake_new(NULL, identity);
	rc = fake_datagram_text(fake, PHONE, phone);
	cr_assert_eq(fake->send_count, 1);
	cr_assert_str_eq(fake->sends[0].text, device);
	cr_assert_eq(fake->sends[0].peer, PHONE);
	cr_assert_eq(fake->sends[0].repeats, is_error ? 1 : 3);
	cr_assert_eq(rc != 0, is_error);
	cr_assert_eq(fake_count(fake, PROVD_EV_TOKEN) + fake_count(fake, PROVD_EV_CREDENTIALS),
		     is_error ? 0 : 1);
	finish(fake);
}

Test(plugin_dialect, recorded_exchanges)
{
	json_t *root = load_vectors("tencent_udp_exchanges.json");
	json_t *entry;
	size_t i;
	int checked = 0;

	json_array_foreach(json_object_get(root, "exchanges"), i, entry)
	{
		const char *phone = json_string_value(json_object_get(entry, "phone"));
		const char *device = json_string_value(json_object_get(entry, "device"));

		/* The log is the log method's. */
		if (phone == NULL || device == NULL || strstr(phone, "\"cmdType\":3") != NULL)
			continue;
		check_exchange(phone, device);
		checked++;
	}
	cr_assert_eq(checked, 9);
	json_decref(root);
	expect_no_leaks();
}

Test(plugin_dialect, vendors_form)
{
	static const char *const options[] = {"reply_form", "vendor", NULL};
	json_t *root = load_vectors("tencent_udp_exchanges.json");
	json_t *seed = entry_of(json_object_get(root, "exchanges"), "name", "softap-success-seed");
	const json_t *lines = json_object_get(seed, "timeline");
	struct fake *fake = fake_new(options, IDENTITY_REGISTERED);

	(void)fake_datagram_text(fake, PHONE, text_of(json_array_get(lines, 0), "utf8"));
	cr_assert_str_eq(fake->sends[0].text, text_of(json_array_get(lines, 1), "utf8"));
	cr_assert_eq(fake->sends[0].len, 93);
	finish(fake);
	json_decref(root);
	expect_no_leaks();
}

Test(plugin_dialect, identity_first_then_credentials_with_their_token)
{
	struct fake *fake = fake_new(NULL, IDENTITY_REGISTERED);

	cr_assert_eq(fake_datagram_text(fake, PHONE, CMD_CREDENTIALS), 0);
	cr_assert_eq(fake->sends[0].repeats, 3);
	cr_assert_eq(fake->sends[0].interval_ms, 300);
	cr_assert_eq(fake->event_count, 3);
	cr_assert_eq(fake->events[0].type, PROVD_EV_OPENED);
	cr_assert_eq(fake->events[1].type, PROVD_EV_PROGRESS);
	cr_assert_str_eq(fake->events[1].text, "identity told");
	cr_assert_eq(fake->events[1].count, PROVD_FLOW_TO_PHONE);
	cr_assert_eq(fake->events[2].type, PROVD_EV_CREDENTIALS);
	cr_assert_eq(fake->events[2].sends_before, 1, "the identity must go out first");
	cr_assert_str_eq(fake->events[2].token, TOKEN);
	cr_assert_str_eq(fake->events[2].secret, "abcd1234");
	cr_assert_eq(fake->events[2].credentials.ssid_len, 9);
	cr_assert_arr_eq(fake->events[2].credentials.ssid, "Home-WiFi", 9);
	cr_assert_eq(fake->events[2].credentials.flags, 0);
	finish(fake);
	expect_no_leaks();
}

Test(plugin_dialect, open_network_and_bssid)
{
	struct fake *fake = fake_new(NULL, IDENTITY_REGISTERED);
	static const uint8_t bssid[] = {0xaa, 0xbb, 0x0c, 0xdd, 0xee, 0x0f};

	(void)fake_datagram_text(fake, PHONE,
				 "{\"cmdType\":1,\"ssid\":\"x\",\"password\":\"\","
				 "\"bssid\":\"aa:bb:c:dd:ee:f\",\"token\":\"abc123\"}");
	cr_assert(fake_last(fake, PROVD_EV_CREDENTIALS)->credentials.passphrase == NULL);
	cr_assert_eq(fake_last(fake, PROVD_EV_CREDENTIALS)->credentials.flags,
		     PROVD_CREDENTIALS_BSSID);
	cr_assert_arr_eq(fake_last(fake, PROVD_EV_CREDENTIALS)->credentials.bssid, bssid, 6);
	cr_assert_str_eq(fake_last(fake, PROVD_EV_CREDENTIALS)->token, "abc123");
	finish(fake);
	expect_no_leaks();
}

Test(plugin_dialect, repeats_are_answered)
{
	struct fake *fake = fake_new(NULL, IDENTITY_REGISTERED);

	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	fake_advance(fake, 100);
	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	cr_assert_eq(fake->sends[1].repeats, 1, "the first repeats are still under way");
	fake_advance(fake, 1000);
	(void)fake_datagram_text(fake, PHONE, CMD_TOKEN);
	cr_assert_eq(fake->sends[2].repeats, 3);
	cr_assert_eq(fake->send_count, 3);
	for (size_t i = 0; i < 3; i++)
		cr_assert_str_eq(fake->sends[i].text, IDENTITY_REPLY);
	cr_assert_eq(fake_count(fake, PROVD_EV_OPENED), 1);
	cr_assert_eq(fake_count(fake, PROVD_EV_CREDENTIALS), 2);
	cr_assert_eq(fake_count(fake, PROVD_EV_TOKEN), 1);
	cr_assert_eq(fake_count(fake, PROVD_EV_PROGRESS), 2, "once in each round of repeats");
	finish(fake);
	expect_no_leaks();
}

Test(plugin_dialect, what_is_not_answered)
{
	static const char *const texts[] = {
		"{\"cmdType\":2,\"productId\":\"a\",\"deviceName\":\"b\"}",
		"{\"cmdType\":4}",
		"{\"cmdType\":5}",
		"{\"cmdType\":6}",
		"{\"cmdType\":7,\"productId\":\"a\",\"wifiConfigState\":5}",
	};
	struct fake *fake = fake_new(NULL, IDENTITY_REGISTERED);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		(void)fake_datagram_text(fake, PHONE, texts[i]);
	cr_assert_eq(fake->send_count, 0);
	cr_assert_eq(fake->event_count, 0);
	cr_assert_eq(fake_datagram_text(fake, PHONE, "{\"cmdType\":3}"), 0);
	cr_assert_eq(fake->send_count, 0);
	cr_assert_eq(fake_last(fake, PROVD_EV_LOG_QUERY)->status, PROVD_E_NOT_SUPPORTED);
	/* Unlike the reference, the exchange goes on. */
	(void)fake_datagram_text(fake, PHONE, CMD_TOKEN);
	cr_assert_eq(fake->send_count, 1);
	finish(fake);
	expect_no_leaks();
}

Test(plugin_dialect, no_identity)
{
	struct fake *fake = fake_new(NULL, NULL);

	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	cr_assert_str_eq(last_send(fake)->text, CURRENT_ERROR("APP command error! (2, -1003)"));
	cr_assert_eq(fake_count(fake, PROVD_EV_CREDENTIALS), 0);
	fake_put_file(fake, FAKE_IDENTITY, IDENTITY_REGISTERED);
	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	cr_assert_str_eq(last_send(fake)->text, IDENTITY_REPLY);
	finish(fake);
	expect_no_leaks();
}

/* Errors of the session */

static struct fake *claimed(const char *const *options)
{
	struct fake *fake = fake_new(options, IDENTITY_REGISTERED);

	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	fake_state(fake, 1, PROVD_STATE_JOINING, 0);
	return fake;
}

Test(plugin_dialect, faults_are_told_once)
{
	static const struct {
		uint32_t state;
		int code;
		const char *reply;
	} rows[] = {
		{PROVD_STATE_JOINING, PROVD_E_INTERNAL,
		 CURRENT_ERROR("WIFI AP STA error! (12, -1)")},
		{PROVD_STATE_JOINING, PROVD_E_WIFI_PASSPHRASE,
		 CURRENT_ERROR("WIFI AP STA error! (12, -3)")},
		{PROVD_STATE_ONLINE, PROVD_E_PEER_NO_TOKEN,
		 CURRENT_ERROR("MQTT Token send error! (23, -1002)")},
		{PROVD_STATE_ONLINE, PROVD_E_CLOUD_IDENTITY,
		 CURRENT_ERROR("Device Info error! (27, -1003)")},
		{PROVD_STATE_REGISTERING, PROVD_E_CLOUD_SIGNATURE,
		 CURRENT_ERROR("Device Info error! (27, -9)")},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake *fake = claimed(NULL);

		fake_state(fake, 1, rows[i].state, 0);
		fake_state(fake, 1, PROVD_STATE_LISTENING, rows[i].code);
		cr_assert_eq(fake->send_count, 2);
		cr_assert_str_eq(last_send(fake)->text, rows[i].reply);
		cr_assert_eq(last_send(fake)->peer, PHONE);
		fake_state(fake, 1, PROVD_STATE_LISTENING, rows[i].code);
		fake_state(fake, 1, PROVD_STATE_FAILED, rows[i].code);
		cr_assert_eq(fake->send_count, 2);
		/* The same phone tries again: it knows. */
		(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
		cr_assert_eq(fake->send_count, 3);
		finish(fake);
	}
	expect_no_leaks();
}

Test(plugin_dialect, binding_faults_name_their_step)
{
	static const struct {
		int steps;
		int code;
		const char *log;
	} rows[] = {
		{0, PROVD_E_CLOUD_NO_REPLY, "MQTT connect error! (1, -111)"},
		{1, PROVD_E_MQTT_CREDENTIALS, "MQTT connect error! (1, -116)"},
		{2, PROVD_E_CLOUD_NO_REPLY, "MQTT Token send error! (23, -111)"},
		{3, PROVD_E_CLOUD_NO_REPLY, "MQTT Token reply error! (24, -111)"},
		{4, PROVD_E_CLOUD_TOKEN, "MQTT Token reply error! (24, 6)"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake *fake = claimed(NULL);
		uint64_t op = 90;

		fake->unix_ms = 1611299968230u;
		fake_state(fake, 1, PROVD_STATE_ONLINE, 0);
		fake_state(fake, 1, PROVD_STATE_BINDING, 0);
		cr_assert_eq(fake_bind(fake, op, TOKEN), 0);
		if (rows[i].steps == 1)
			fake_mqtt_event(fake, PROVD_MQTT_FAILED, 0, rows[i].code);
		if (rows[i].steps >= 2)
			fake_mqtt_up(fake);
		if (rows[i].steps >= 3)
			fake_mqtt_event(fake, PROVD_MQTT_PUBLISHED, fake->mqtt.pub_id, 0);
		if (rows[i].steps == 4)
			fake_mqtt_message(fake, TOPIC_DOWN,
					  "{\"method\":\"app_bind_token_reply\",\"clientToken\":"
					  "\"TEST2-687232230\",\"code\":6}");
		fake->ops->cancel(fake->inst, op);
		fake_state(fake, 1, PROVD_STATE_LISTENING, rows[i].code);
		cr_assert(strstr(last_send(fake)->text, rows[i].log) != NULL, "%s",
			  last_send(fake)->text);
		finish(fake);
	}
	expect_no_leaks();
}

Test(plugin_dialect, the_next_phone_hears_of_it_after_the_identity)
{
	struct fake *fake = claimed(NULL);

	fake_state(fake, 1, PROVD_STATE_BINDING, 0);
	fake->send_result = PROVD_E_PEER_GONE;
	fake_state(fake, 1, PROVD_STATE_LISTENING, PROVD_E_INTERNAL);
	fake->send_result = 0;
	fake->dialect->peer_gone(fake->inst, PHONE);
	fake->send_count = 0;
	(void)fake_datagram_text(fake, PHONE + 1, CMD_CREDENTIALS);
	cr_assert_eq(fake->send_count, 2);
	cr_assert_str_eq(fake->sends[0].text, IDENTITY_REPLY);
	cr_assert_str_eq(fake->sends[1].text, PREVIOUS_ERROR("MQTT connect error! (1, -1001)"));
	cr_assert_eq(fake->sends[1].repeats, 1);
	(void)fake_datagram_text(fake, PHONE + 1, CMD_CREDENTIALS);
	(void)fake_datagram_text(fake, PHONE + 2, CMD_CREDENTIALS);
	cr_assert_eq(fake->send_count, 4, "it is told once");
	finish(fake);
	expect_no_leaks();
}

Test(plugin_dialect, success_forgets_faults)
{
	struct fake *fake = claimed(NULL);

	fake->send_result = PROVD_E_PEER_GONE;
	fake_state(fake, 1, PROVD_STATE_LISTENING, PROVD_E_WIFI_NO_AP);
	fake->send_result = 0;
	fake_state(fake, 1, PROVD_STATE_JOINING, 0);
	fake_state(fake, 1, PROVD_STATE_BOUND, 0);
	fake->send_count = 0;
	(void)fake_datagram_text(fake, PHONE + 1, CMD_CREDENTIALS);
	cr_assert_eq(fake->send_count, 1);
	finish(fake);
	expect_no_leaks();
}

Test(plugin_dialect, no_error_to_who_does_not_know_us)
{
	struct fake *fake = fake_new(NULL, IDENTITY_REGISTERED);

	fake->send_result = PROVD_E_PEER_RATE;
	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	fake->send_result = 0;
	fake_state(fake, 1, PROVD_STATE_JOINING, 0);
	fake_state(fake, 1, PROVD_STATE_LISTENING, PROVD_E_WIFI_NO_AP);
	cr_assert_eq(fake->send_count, 0);
	finish(fake);
	expect_no_leaks();
}

/* Hostile input */

Test(plugin_dialect, hostile_datagrams)
{
	struct fake *fake = fake_new(NULL, IDENTITY_REGISTERED);
	static const char model[] = CMD_CREDENTIALS;
	uint32_t state = 12345;
	uint8_t data[2048];

	for (int round = 0; round < 20000; round++) {
		size_t len;

		state = state * 1664525u + 1013904223u;
		len = round % 2 != 0 ? sizeof(model) - 1 : state >> 21;
		memset(data, 0, sizeof(data));
		memcpy(data, model, sizeof(model) - 1);
		for (size_t i = 0; i < (round % 2 != 0 ? 3u : len); i++) {
			state = state * 1664525u + 1013904223u;
			data[round % 2 != 0 ? (state >> 8) % len : i] = (uint8_t)(state >> 24);
		}
		if (len != 0)
			(void)fake_datagram(fake, 1 + (state >> 16) % 500, data, len);
		if (round % 7 == 0)
			fake->dialect->peer_gone(fake->inst, 1 + (state >> 10) % 500);
		fake_forget_events(fake);
	}
	cr_assert_gt(fake->send_count, 1000);
	fake_forget_events(fake);
	fake->send_count = 0;
	(void)fake_datagram_text(fake, 1000, CMD_TOKEN);
	cr_assert_str_eq(fake->sends[0].text, IDENTITY_REPLY);
	finish(fake);
	expect_no_leaks();
}

Test(plugin_dialect, nothing_after_stop)
{
	struct fake *fake = claimed(NULL);

	fake->ops->stop(fake->inst);
	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	fake_state(fake, 1, PROVD_STATE_LISTENING, PROVD_E_WIFI_NO_AP);
	cr_assert_eq(fake->send_count, 1);
	cr_assert_eq(fake_count(fake, PROVD_EV_CREDENTIALS), 1);
	finish(fake);
	expect_no_leaks();
}
