/* SPDX-License-Identifier: Apache-2.0 */
/* Binding by the plugin, against a scripted host. */
#include "bind_util.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "codec/mqtt_sign.h"
#include "util.h"

TestSuite(plugin_bind, .timeout = 20);

Test(plugin_bind, published_run)
{
	json_t *root = load_vectors("tencent_bind.json");
	json_t *seed = entry_of(json_object_get(root, "vectors"), "name", "seed");
	const json_t *publish = json_object_get(seed, "publish");
	const json_t *reply = json_object_get(seed, "reply");
	static const uint8_t psk[] = {0x30, 0xbb, 0xcc, 0x1d, 0xd7, 0xba, 0xe6, 0x72,
				      0x8f, 0x93, 0x42, 0xf1, 0xf9, 0x94, 0xe1, 0x68};
	struct fake *fake = bind_start(NULL);

	cr_assert_str_eq(fake->mqtt.host, "L4WG9V9M2M.iotcloud.tencentdevices.com");
	cr_assert_eq(fake->mqtt.config.port, 8883);
	cr_assert_eq(fake->mqtt.config.tls, PROVD_MQTT_TLS_PSK);
	cr_assert_eq(fake->mqtt.config.keep_alive_s, 240);
	cr_assert_str_eq(fake->mqtt.client_id, "L4WG9V9M2MTEST2");
	cr_assert_str_eq(fake->mqtt.psk_identity, "L4WG9V9M2MTEST2");
	cr_assert_arr_eq(fake->mqtt.psk, psk, sizeof(psk));
	cr_assert_eq(fake->mqtt.psk_len, sizeof(psk));
	cr_assert(strncmp(fake->mqtt.username, "L4WG9V9M2MTEST2;21010406;", 25) == 0);
	cr_assert_str_eq(fake->mqtt.username + 30, ";2147483647");
	cr_assert_str_eq(fake->mqtt.password, "");
	fake_mqtt_event(fake, PROVD_MQTT_CONNECTED, 0, 0);
	cr_assert_str_eq(fake->mqtt.topic_sub,
			 text_of(json_object_get(seed, "subscribe"), "topic"));
	cr_assert_eq(fake->mqtt.qos_sub, 0);
	cr_assert_eq(fake->mqtt.publishes, 0);
	fake_mqtt_event(fake, PROVD_MQTT_SUBSCRIBED, fake->mqtt.sub_id, 0);
	cr_assert_str_eq(fake->mqtt.topic_pub, text_of(publish, "topic"));
	cr_assert_eq(fake->mqtt.qos_pub, 1);
	cr_assert_str_eq(fake->mqtt.payload, text_of(publish, "payload"));
	fake_mqtt_event(fake, PROVD_MQTT_PUBLISHED, fake->mqtt.pub_id, 0);
	cr_assert_eq(fake_count(fake, PROVD_EV_OP_DONE), 0, "an acknowledgement is no answer");
	fake_mqtt_message(fake, text_of(reply, "topic"), text_of(reply, "payload"));
	bind_expect_done(fake, 0);
	cr_assert_eq(fake->mqtt.opens, 1);
	cr_assert_eq(fake->mqtt.closes, 1);
	cr_assert_eq(fake_count(fake, PROVD_EV_PROGRESS), 4);
	cr_assert_str_eq(fake_last(fake, PROVD_EV_PROGRESS)->text, "cloud answered");
	bind_finish(fake);
	json_decref(root);
	expect_no_leaks();
}

Test(plugin_bind, pair_time_of_protocol_3)
{
	static const char *const options[] = {"protocol_version", "3.0", NULL};
	struct fake *fake = fake_new(options, IDENTITY_REGISTERED);

	fake->unix_ms = PUBLISH_MS - 1100;
	cr_assert_eq(fake_bind(fake, OP, TOKEN), 0);
	fake->unix_ms = PUBLISH_MS - 200;
	fake_mqtt_event(fake, PROVD_MQTT_CONNECTED, 0, 0);
	fake->unix_ms = PUBLISH_MS;
	fake_mqtt_event(fake, PROVD_MQTT_SUBSCRIBED, fake->mqtt.sub_id, 0);
	cr_assert_str_eq(fake->mqtt.payload,
			 "{\"method\":\"app_bind_token\",\"clientToken\":\"TEST2-687232230\","
			 "\"params\": {\"token\":\"" TOKEN
			 "\",\"pairTime\":{\"type\":\"SoftAP\",\"start\":1000,\"getSSID\":2000,"
			 "\"wifiConnected\":6000,\"getToken\":2000,\"mqttStart\":687231130,"
			 "\"mqttConnected\":687232030,\"tokenPublish\":687232230}}}");
	fake_mqtt_message(fake, TOPIC_DOWN, REPLY("0"));
	bind_expect_done(fake, 0);
	bind_finish(fake);
	expect_no_leaks();
}

static void check_plain(const char *hmac, enum tencent_hash hash)
{
	const char *options[] = {"transport", "plain",	  "mqtt_hmac", hmac,
				 "app_id",    "12010126", NULL};
	char password[TENCENT_PASSWORD_SIZE];
	struct fake *fake = bind_start(options);

	cr_assert_eq(fake->mqtt.config.tls, PROVD_MQTT_PLAIN);
	cr_assert_eq(fake->mqtt.config.port, 1883);
	cr_assert_eq(fake->mqtt.psk_len, 0);
	cr_assert(strncmp(fake->mqtt.username, "L4WG9V9M2MTEST2;12010126;", 25) == 0);
	/* Now and ten minutes. */
	cr_assert_str_eq(fake->mqtt.username + 30, ";1611300568");
	cr_assert_gt(tencent_mqtt_password(hash, "MLvMHde65nKPk0Lx+ZThaA==", fake->mqtt.username,
					   password, sizeof(password)),
		     0);
	cr_assert_str_eq(fake->mqtt.password, password);
	fake_mqtt_event(fake, PROVD_MQTT_FAILED, 0, PROVD_E_MQTT_CREDENTIALS);
	bind_expect_done(fake, PROVD_E_MQTT_CREDENTIALS);
	bind_finish(fake);
}

Test(plugin_bind, plain_signs_the_user_name)
{
	check_plain("hmacsha1", TENCENT_SHA1);
	check_plain("hmacsha256", TENCENT_SHA256);
	expect_no_leaks();
}

Test(plugin_bind, certificate_device)
{
	static const char *const options[] = {"mqtt_host", "127.0.0.1", "mqtt_port", "4567",
					      "mqtt_ca",   "/ca.pem",	NULL};
	struct fake *fake = fake_new(options, IDENTITY_CERT_READY);

	cr_assert_eq(fake_bind(fake, OP, TOKEN), 0);
	cr_assert_str_eq(fake->mqtt.host, "127.0.0.1");
	cr_assert_eq(fake->mqtt.config.port, 4567);
	cr_assert_eq(fake->mqtt.config.tls, PROVD_MQTT_TLS_CERT);
	cr_assert_str_eq(fake->mqtt.ca, "/ca.pem");
	cr_assert_str_eq(fake->mqtt.cert, "/data/certs/TEST2_cert.crt");
	cr_assert_str_eq(fake->mqtt.key, "/data/certs/TEST2_private.key");
	cr_assert_str_eq(fake->mqtt.ciphers, "");
	fake_mqtt_event(fake, PROVD_MQTT_FAILED, 0, PROVD_E_TLS_UNTRUSTED);
	bind_expect_done(fake, PROVD_E_TLS_UNTRUSTED);
	bind_finish(fake);
	expect_no_leaks();
}

Test(plugin_bind, transport_must_fit_the_identity)
{
	static const char *const options[] = {"transport", "cert", NULL};
	struct fake *fake = bind_start(options);

	bind_expect_done(fake, PROVD_E_CONFIG);
	cr_assert_eq(fake->mqtt.opens, 0);
	bind_finish(fake);
	expect_no_leaks();
}

Test(plugin_bind, a_refused_token_ends_it)
{
	struct fake *fake = bind_start(NULL);

	fake_mqtt_up(fake);
	fake_mqtt_message(fake, TOPIC_DOWN, REPLY("-5"));
	bind_expect_done(fake, PROVD_E_CLOUD_TOKEN);
	cr_assert_str_eq(fake_last(fake, PROVD_EV_OP_DONE)->text,
			 "the cloud refused the token: code -5");
	fake_advance(fake, 600000);
	cr_assert_eq(fake->mqtt.opens, 1);
	bind_finish(fake);
	expect_no_leaks();
}

Test(plugin_bind, only_the_own_answer_counts)
{
	struct fake *fake = bind_start(NULL);

	fake_mqtt_event(fake, PROVD_MQTT_CONNECTED, 0, 0);
	fake_mqtt_message(fake, TOPIC_DOWN, REPLY("0"));
	cr_assert_eq(fake_count(fake, PROVD_EV_OP_DONE), 0, "an answer before the question");
	fake_mqtt_event(fake, PROVD_MQTT_SUBSCRIBED, fake->mqtt.sub_id, 0);
	fake_mqtt_message(fake, TOPIC_DOWN, "{\"method\":\"bind_device\"}");
	fake_mqtt_message(fake, TOPIC_DOWN, "not JSON");
	fake_mqtt_message(fake, TOPIC_DOWN,
			  "{\"method\":\"app_bind_token_reply\",\"clientToken\":\"TEST2-1\","
			  "\"code\":0}");
	fake_mqtt_message(fake, "$thing/down/property/L4WG9V9M2M/TEST2", REPLY("0"));
	cr_assert_eq(fake_count(fake, PROVD_EV_OP_DONE), 0);
	fake_mqtt_message(fake, TOPIC_DOWN, "{\"method\":\"unbind_device\"}");
	cr_assert_eq(fake_count(fake, PROVD_EV_CLOUD_UNBOUND), 1);
	fake_mqtt_message(fake, TOPIC_DOWN, REPLY("0"));
	bind_expect_done(fake, 0);
	bind_finish(fake);
	expect_no_leaks();
}

Test(plugin_bind, requests_are_checked)
{
	struct fake *fake = fake_new(NULL, IDENTITY_REGISTERED);
	struct provd_bind_request request = {.size = sizeof(request)};

	cr_assert_eq(fake->ops->bind(fake->inst, OP, &request), PROVD_E_INVALID);
	cr_assert_eq(fake_bind(fake, OP, "69f978dfbb48ec40cadb6d9af470d0f6x"), PROVD_E_INVALID);
	cr_assert_eq(fake_bind(fake, 0, TOKEN), PROVD_E_INVALID);
	cr_assert_eq(fake->event_count, 0);
	bind_finish(fake);
	fake = fake_new(NULL, IDENTITY_FRESH);
	cr_assert_eq(fake_bind(fake, OP, TOKEN), PROVD_E_CLOUD_IDENTITY);
	bind_finish(fake);
	expect_no_leaks();
}

Test(plugin_bind, region_of_the_phone)
{
	static const char *const options[] = {"region_check", "true", NULL};
	static const char command[] =
		"{\"cmdType\":0,\"token\":\"" TOKEN "\",\"region\":\"us-east\"}";
	static const char at_home[] =
		"{\"cmdType\":0,\"token\":\"" TOKEN "\",\"region\":\"ap-guangzhou\"}";
	struct fake *fake = fake_new(options, IDENTITY_REGISTERED);

	(void)fake_datagram_text(fake, 5, command);
	fake_state(fake, 1, PROVD_STATE_ONLINE, 0);
	fake_state(fake, 1, PROVD_STATE_BINDING, 0);
	cr_assert_eq(fake_bind(fake, OP, TOKEN), 0);
	bind_expect_done(fake, PROVD_E_CLOUD_REGION);
	cr_assert_eq(fake->mqtt.opens, 0);
	fake_state(fake, 1, PROVD_STATE_LISTENING, PROVD_E_CLOUD_REGION);
	cr_assert_str_eq(fake->sends[fake->send_count - 1].text,
			 "{\"cmdType\":2,\"deviceReply\":\"Current_Error\",\"log\":"
			 "\"Product Region fault error! (26, 104)\"}\r\n");

	(void)fake_datagram_text(fake, 5, at_home);
	cr_assert_eq(fake_bind(fake, OP + 1, TOKEN), 0);
	cr_assert_eq(fake->mqtt.opens, 1);
	bind_finish(fake);
	expect_no_leaks();
}
