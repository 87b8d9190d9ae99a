/* SPDX-License-Identifier: Apache-2.0 */
#include "phone/apps.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <jansson.h>

#include <provd/error.h>

static struct sim_app_message message(void)
{
	return (struct sim_app_message){.ssid = "Home-WiFi",
					.ssid_size = 9,
					.passphrase = "abcd1234",
					.passphrase_size = 8,
					.token = "69f978dfbb48ec40cadb6d9af470d0f6",
					.bssid = "aa:bb:cc:dd:ee:ff",
					.region = "ap-guangzhou"};
}

static void check_built(const char *app, const struct sim_app_message *in, const char *expected)
{
	char out[SIM_DATAGRAM_MAX + 1];
	size_t size = 0;

	cr_assert_eq(sim_app_build(sim_app_find(app), in, out, &size), 0);
	out[size] = '\0';
	cr_assert_str_eq(out, expected);
}

Test(apps, datagrams, .timeout = 10)
{
	struct sim_app_message in = message();

	check_built("mini-program", &in,
		    "{\"cmdType\":1,\"ssid\":\"Home-WiFi\",\"password\":\"abcd1234\","
		    "\"token\":\"69f978dfbb48ec40cadb6d9af470d0f6\"}");
	check_built("android", &in,
		    "{\"cmdType\":1,\"ssid\":\"Home-WiFi\",\"bssid\":\"aa:bb:cc:dd:ee:ff\","
		    "\"password\":\"abcd1234\",\"token\":\"69f978dfbb48ec40cadb6d9af470d0f6\","
		    "\"region\":\"ap-guangzhou\"}");
	in.token_only = true;
	check_built("doc", &in, "{\"cmdType\":0,\"token\":\"69f978dfbb48ec40cadb6d9af470d0f6\"}");
	check_built("ios", &in,
		    "{\n  \"cmdType\" : 0,\n  \"token\" : \"69f978dfbb48ec40cadb6d9af470d0f6\",\n"
		    "  \"region\" : \"ap-guangzhou\"\n}");
}

Test(apps, raw_bytes_and_escapes, .timeout = 10)
{
	struct sim_app_message in = message();
	static const char ssid[] = {'a', '"', '\\', '\n', (char)0xff, (char)0xc3, '\0', '/'};

	in.ssid = ssid;
	in.ssid_size = sizeof(ssid);
	in.passphrase_size = 0;
	in.token = "t";
	check_built(
		"doc", &in,
		"{\"cmdType\":1,\"ssid\":\"a\\\"\\\\\\u000a\xff\xc3\\u0000/\",\"password\":\"\","
		"\"token\":\"t\"}");
}

Test(apps, too_long, .timeout = 10)
{
	struct sim_app_message in = message();
	char token[SIM_DATAGRAM_MAX + 1];
	char out[SIM_DATAGRAM_MAX];
	size_t size = 7;

	memset(token, 'x', sizeof(token) - 1);
	token[sizeof(token) - 1] = '\0';
	in.token = token;
	cr_assert_eq(sim_app_build(sim_app_find("doc"), &in, out, &size), PROVD_E_LIMIT);
	cr_assert_eq(size, 7);
	cr_assert_null(sim_app_find("symbian"));
}

static enum sim_verdict judge(const char *app, const char *text)
{
	struct sim_app_buffer buffer = {{0}};
	struct sim_app_reply reply;

	return sim_app_judge(sim_app_find(app), &buffer, text, strlen(text), &reply);
}

static const char IDENTITY[] =
	"{\n\t\"cmdType\":\t2,\n\t\"productId\":\t\"L4WG9V9M2M\",\n\t\"deviceName\":\t\"TEST2\",\n\t"
	"\"protoVersion\":\t\"2.0\"\n}";
static const char CURRENT[] = "{\"cmdType\":2,\"deviceReply\":\"Current_Error\",\"log\":\"APP "
			      "command error! (2, 201)\"}\r\n";
static const char PREVIOUS[] = "{\"cmdType\":2,\"deviceReply\":\"Previous_Error\",\"log\":\"MQTT "
			       "connect error! (1, -1001)\"}\r\n";

Test(apps, verdicts, .timeout = 10)
{
	static const char *const all[] = {"mini-program", "android", "ios", "doc"};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		bool ios = strcmp(all[i], "ios") == 0;
		bool android = strcmp(all[i], "android") == 0;

		cr_assert_eq(judge(all[i], IDENTITY), SIM_VERDICT_IDENTITY);
		cr_assert_eq(judge(all[i], CURRENT), SIM_VERDICT_ERROR);
		cr_assert_eq(judge(all[i], PREVIOUS),
			     ios ? SIM_VERDICT_ABORT : SIM_VERDICT_PREVIOUS);
		cr_assert_eq(judge(all[i], "687|f(1): text\r\n"),
			     android ? SIM_VERDICT_ABORT : SIM_VERDICT_IGNORE);
		cr_assert_eq(judge(all[i], "{\"cmdType\":7}"), SIM_VERDICT_IGNORE);
		cr_assert_eq(judge(all[i], "{\"cmdType\":2}"),
			     android ? SIM_VERDICT_IGNORE : SIM_VERDICT_ABORT);
	}
}

Test(apps, published_identities, .timeout = 10)
{
	json_t *root = json_load_file(PROVD_VECTOR_DIR "/tencent_udp_exchanges.json", 0, NULL);
	json_t *item;
	size_t i;
	size_t checked = 0;

	json_array_foreach(json_object_get(root, "exchanges"), i, item)
	{
		const char *name = json_string_value(json_object_get(item, "name"));
		const char *reply = json_string_value(json_object_get(item, "device"));

		if (!reply || !strstr(reply, "\"productId\"") || strstr(name, "state-report"))
			continue;
		cr_assert_eq(judge("mini-program", reply), SIM_VERDICT_IDENTITY, "%s", name);
		cr_assert_eq(judge("android", reply), SIM_VERDICT_IDENTITY, "%s", name);
		checked++;
	}
	cr_assert_geq(checked, 4);
	json_decref(root);
}

Test(apps, android_reuses_its_buffer, .timeout = 10)
{
	struct sim_app_buffer buffer = {{0}};
	struct sim_app_reply reply;
	const struct sim_app *app = sim_app_find("android");
	char big[2000];

	cr_assert_eq(sim_app_judge(app, &buffer, PREVIOUS, strlen(PREVIOUS), &reply),
		     SIM_VERDICT_PREVIOUS);
	/* Shorter than what was there: the rest stays behind it and must not hurt. */
	cr_assert_eq(sim_app_judge(app, &buffer, "{\"cmdType\":7}", 13, &reply),
		     SIM_VERDICT_IGNORE);
	cr_assert_not_null(strstr(buffer.bytes + 13, "Previous_Error"));
	cr_assert_eq(sim_app_judge(app, &buffer, IDENTITY, strlen(IDENTITY), &reply),
		     SIM_VERDICT_IDENTITY);
	cr_assert_str_eq(reply.product_id, "L4WG9V9M2M");
	cr_assert_str_eq(reply.device_name, "TEST2");
	cr_assert_str_eq(reply.proto_version, "2.0");
	memset(big, ' ', sizeof(big));
	big[sizeof(big) - 1] = '}';
	big[0] = '{';
	cr_assert_eq(sim_app_judge(app, &buffer, big, sizeof(big), &reply), SIM_VERDICT_ABORT);
}
