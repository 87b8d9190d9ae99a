/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/bindmsg.h"
#include "cloud/brokerlog.h"
#include "cloud/cloud.h"
#include "cloud/mqttconnect.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

Test(bindmsg, published_exchange, .timeout = 10)
{
	static const char *const readable[] = {"seed", "pairTime-3.0"};
	json_t *root = json_load_file(PROVD_VECTOR_DIR "/tencent_bind.json", 0, NULL);
	json_t *item;
	size_t i;
	size_t checked = 0;

	json_array_foreach(json_object_get(root, "vectors"), i, item)
	{
		const char *name = json_string_value(json_object_get(item, "name"));
		const char *sent = NULL;
		struct sim_bind_request request;

		if (strcmp(name, readable[0]) != 0 && strcmp(name, readable[1]) != 0)
			continue;
		cr_assert_eq(json_unpack(item, "{s:{s:s}}", "publish", "payload", &sent), 0);
		cr_assert_eq(sim_up_parse(sent, strlen(sent), &request), SIM_UP_BIND);
		cr_assert_str_eq(request.client_token, "TEST2-687232230");
		cr_assert_str_eq(request.token, "69f978dfbb48ec40cadb6d9af470d0f6");
		if (strcmp(name, "seed") == 0) {
			const char *expected = NULL;
			char *reply = sim_bind_reply(request.client_token, 0, NULL);

			json_unpack(item, "{s:{s:s}}", "reply", "payload", &expected);
			cr_assert_str_eq(reply, expected);
			free(reply);
		}
		checked++;
	}
	cr_assert_eq(checked, 2);
	json_decref(root);
}

Test(bindmsg, a_reply_may_have_words_of_its_own, .timeout = 10)
{
	char *usual = sim_bind_reply("ct-1", 1, NULL);
	char *expired = sim_bind_reply("ct-1", 1, "token is expired");

	cr_expect_str_eq(usual, "{\"method\":\"app_bind_token_reply\",\"clientToken\":\"ct-1\","
				"\"code\":1,\"status\":\"failed\"}");
	cr_expect_str_eq(expired, "{\"method\":\"app_bind_token_reply\",\"clientToken\":\"ct-1\","
				  "\"code\":1,\"status\":\"token is expired\"}");
	free(usual);
	free(expired);
}

Test(bindmsg, hostile, .timeout = 10)
{
	struct sim_bind_request request;
	char long_token[400];

	cr_assert_eq(sim_up_parse("", 0, &request), SIM_UP_NOT_JSON);
	cr_assert_eq(sim_up_parse("[1]", 3, &request), SIM_UP_NOT_JSON);
	cr_assert_eq(sim_up_parse("{\"method\":5}", 12, &request), SIM_UP_OTHER);
	cr_assert_eq(sim_up_parse("{\"method\":\"app_bind_token\",\"params\":[]}", 39, &request),
		     SIM_UP_BIND);
	cr_assert_str_empty(request.token);
	snprintf(long_token, sizeof(long_token),
		 "{\"method\":\"app_bind_token\",\"params\":{\"token\":\"%0200d\"}}", 1);
	cr_assert_eq(sim_up_parse(long_token, strlen(long_token), &request), SIM_UP_BIND);
	cr_assert_str_empty(request.token);
}

Test(bindmsg, topics, .timeout = 10)
{
	char product[SIM_PRODUCT_ID_SIZE];
	char device[SIM_DEVICE_NAME_SIZE];
	char down[SIM_TOPIC_SIZE];

	cr_assert_eq(sim_up_topic_parse("$thing/up/service/L4WG9V9M2M/TEST2", product, device), 0);
	cr_assert_str_eq(product, "L4WG9V9M2M");
	cr_assert_str_eq(device, "TEST2");
	cr_assert_eq(sim_down_topic(product, device, down), 0);
	cr_assert_str_eq(down, "$thing/down/service/L4WG9V9M2M/TEST2");
	cr_assert_lt(sim_up_topic_parse("$thing/up/service/L4WG9V9M2M", product, device), 0);
	cr_assert_lt(sim_up_topic_parse("$thing/up/service//x", product, device), 0);
	cr_assert_lt(sim_up_topic_parse("$thing/up/service/a/b/c", product, device), 0);
	cr_assert_lt(sim_up_topic_parse("$thing/up/service/a/", product, device), 0);
	cr_assert_lt(sim_up_topic_parse("$thing/up/service/ABCDEFGHIJK/x", product, device), 0);
	cr_assert_lt(sim_up_topic_parse("x", product, device), 0);
}

Test(brokerlog, lines_of_2_0_11, .timeout = 10)
{
	struct sim_log_event event;

	sim_brokerlog_parse("1795164718: mosquitto version 2.0.11 running", &event);
	cr_assert_eq(event.kind, SIM_LOG_RUNNING);
	sim_brokerlog_parse("1795164718: mosquitto version 2.0.11 starting", &event);
	cr_assert_eq(event.kind, SIM_LOG_OTHER);
	sim_brokerlog_parse("1795164719: Reloading config.", &event);
	cr_assert_eq(event.kind, SIM_LOG_RELOADED);
	sim_brokerlog_parse("1795164719: New connection from 127.0.0.1:58766 on port 28832.",
			    &event);
	cr_assert_eq(event.kind, SIM_LOG_ACCEPTED);
	cr_assert_eq(event.peer_port, 58766);
	cr_assert_eq(event.local_port, 28832);
	sim_brokerlog_parse("1795164719: New client connected from 127.0.0.1:58768 as "
			    "L4WG9V9M2MTEST2 (p2, c1, k60, u'L4WG9V9M2MTEST2').",
			    &event);
	cr_assert_eq(event.kind, SIM_LOG_CONNECTED);
	cr_assert_eq(event.peer_port, 58768);
	cr_assert_str_eq(event.client_id, "L4WG9V9M2MTEST2");
	cr_assert_str_eq(event.username, "L4WG9V9M2MTEST2");
	sim_brokerlog_parse("1: OpenSSL Error[0]: error:0A0000DF:SSL routines::psk identity not "
			    "found",
			    &event);
	cr_assert_eq(event.kind, SIM_LOG_UNKNOWN_PSK);
	sim_brokerlog_parse("1: OpenSSL Error[0]: error:0A000119:SSL routines::decryption failed",
			    &event);
	cr_assert_eq(event.kind, SIM_LOG_TLS_ERROR);
	sim_brokerlog_parse("1: Error: Address already in use", &event);
	cr_assert_eq(event.kind, SIM_LOG_PORT_TAKEN);
	sim_brokerlog_parse("1: New client connected from nowhere", &event);
	cr_assert_eq(event.kind, SIM_LOG_OTHER);
	sim_brokerlog_parse("", &event);
	cr_assert_eq(event.kind, SIM_LOG_OTHER);
}

Test(mqttconnect, build_and_parse, .timeout = 10)
{
	unsigned char packet[SIM_CONNECT_MAX];
	struct sim_connect connect;
	char user[201];
	int n;

	memset(user, 'u', 200);
	user[200] = '\0';
	n = sim_connect_build("L4WG9V9M2MTEST2", user, packet);
	cr_assert_gt(n, 200);
	for (int i = 0; i < n; i++)
		cr_assert_eq(sim_connect_parse(packet, (size_t)i, &connect), 0, "%d bytes", i);
	cr_assert_eq(sim_connect_parse(packet, (size_t)n, &connect), n);
	cr_assert_str_eq(connect.client_id, "L4WG9V9M2MTEST2");
	cr_assert_str_eq(connect.username, user);
	cr_assert_str_empty(connect.password);
}

Test(mqttconnect, with_password_and_will, .timeout = 10)
{
	static const unsigned char packet[] = {0x10, 28,  0, 4, 'M', 'Q', 'T', 'T', 4,	 0xc6,
					       0,    60,  0, 2, 'i', 'd', 0,   1,   't', 0,
					       1,    'm', 0, 1, 'u', 0,	  3,   'p', 'w', 'd'};
	struct sim_connect connect;

	cr_assert_eq(sim_connect_parse(packet, sizeof(packet), &connect), (int)sizeof(packet));
	cr_assert_str_eq(connect.username, "u");
	cr_assert_str_eq(connect.password, "pwd");
}

Test(mqttconnect, hostile, .timeout = 10)
{
	static const unsigned char other[] = {0x20, 2, 0, 0};
	static const unsigned char endless[] = {0x10, 0xff, 0xff, 0xff, 0xff, 0};
	static const unsigned char large[] = {0x10, 0xff, 0x7f};
	static const unsigned char cut[] = {0x10, 13, 0, 4,  'M', 'Q', 'T', 'T',
					    4,	  2,  0, 60, 0,	  9,   'x'};
	struct sim_connect connect;

	cr_assert_lt(sim_connect_parse(other, sizeof(other), &connect), 0);
	cr_assert_lt(sim_connect_parse(endless, sizeof(endless), &connect), 0);
	cr_assert_lt(sim_connect_parse(large, sizeof(large), &connect), 0);
	cr_assert_lt(sim_connect_parse(cut, sizeof(cut), &connect), 0);
}

Test(device_info, texts, .timeout = 10)
{
	struct sim_device_info info = {.kind = SIM_INFO_FRESH,
				       .product_id = "L4WG9V9M2M",
				       .product_secret = "XoezQjzzMedF4lAr2CqCkVYK",
				       .device_name = "TEST2",
				       .region = "china",
				       .device_secret = "MLvMHde65nKPk0Lx+ZThaA==",
				       .cert_file = "a.crt",
				       .key_file = "a.key"};
	char *text = sim_device_info_text(&info);

	cr_assert_not_null(strstr(text, "\"deviceSecret\": \"YOUR_IOT_PSK\""));
	cr_assert_not_null(strstr(text, "\"auth_mode\": \"KEY\""));
	free(text);
	info.kind = SIM_INFO_PSK;
	text = sim_device_info_text(&info);
	cr_assert_not_null(strstr(text, "\"deviceSecret\": \"MLvMHde65nKPk0Lx+ZThaA==\""));
	free(text);
	info.kind = SIM_INFO_CERT;
	text = sim_device_info_text(&info);
	cr_assert_not_null(strstr(text, "\"auth_mode\": \"CERT\""));
	cr_assert_not_null(strstr(text, "\"devCertFile\": \"a.crt\""));
	cr_assert_lt(strlen(text), 1024);
	free(text);
}
