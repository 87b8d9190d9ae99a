/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "codec/app.h"
#include "util.h"

static void parse(const char *text, size_t len, struct tencent_app_command *command)
{
	char *copy = exact_copy(text, len);

	memset(command, 0xa5, sizeof(*command));
	tencent_app_parse(copy, len, command);
	free(copy);
}

static void parse_text(const char *text, struct tencent_app_command *command)
{
	parse(text, strlen(text), command);
}

/* What a device on this codec answers to a datagram, the identity given. */
static void answer(const char *phone, const struct tencent_app_identity *identity,
		   enum tencent_app_form form, char *out, size_t cap)
{
	struct tencent_app_command command;
	int rc = 0;

	parse_text(phone, &command);
	out[0] = '\0';
	switch (command.kind) {
	case TENCENT_APP_TOKEN:
	case TENCENT_APP_CREDENTIALS:
		rc = tencent_app_identity_reply(identity, form, out, cap);
		break;
	case TENCENT_APP_BAD:
		rc = tencent_app_error_reply(command.error, false, out, cap);
		break;
	case TENCENT_APP_IGNORE:
	case TENCENT_APP_LOG_QUERY:
	case TENCENT_APP_AUTH_QUERY:
		break;
	}
	cr_assert_geq(rc, 0);
	tencent_app_command_finish(&command);
}

Test(tencent_app, exchanges, .timeout = 10)
{
	static const struct {
		const char *name;
		const char *product_id;
		const char *device_name;
	} rows[] = {
		{"softap-compact-reply", "OSPB5ASRWT", "dev_01"},
		{"android-softap", "L4WG9V9M2M", "TEST2"},
		{"token-only", "L4WG9V9M2M", "TEST2"},
		{"token-only-android", "L4WG9V9M2M", "TEST2"},
		{"bad-json", "L4WG9V9M2M", "TEST2"},
		{"missing-cmdType", "L4WG9V9M2M", "TEST2"},
		{"unknown-cmdType", "L4WG9V9M2M", "TEST2"},
		{"missing-password", "L4WG9V9M2M", "TEST2"},
		{"missing-token", "L4WG9V9M2M", "TEST2"},
	};
	json_t *root = load_vectors("tencent_udp_exchanges.json");
	json_t *all = json_object_get(root, "exchanges");
	char out[TENCENT_APP_REPLY_SIZE];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *exchange = entry_of(all, "name", rows[i].name);
		struct tencent_app_identity identity = {rows[i].product_id, rows[i].device_name,
							"2.0"};

		answer(text_of(exchange, "phone"), &identity, TENCENT_APP_COMPACT, out,
		       sizeof(out));
		cr_expect_str_eq(out, text_of(exchange, "device"), "%s", rows[i].name);
	}
	json_decref(root);
	expect_no_leaks();
}

Test(tencent_app, published_run, .timeout = 10)
{
	static const struct tencent_app_identity identity = {"L4WG9V9M2M", "TEST2", "2.0"};
	json_t *root = load_vectors("tencent_udp_exchanges.json");
	json_t *all = json_object_get(root, "exchanges");
	json_t *run = json_object_get(entry_of(all, "name", "softap-success-seed"), "timeline");
	char out[TENCENT_APP_REPLY_SIZE];

	answer(text_of(json_array_get(run, 0), "utf8"), &identity, TENCENT_APP_PRETTY, out,
	       sizeof(out));
	cr_expect_str_eq(out, text_of(json_array_get(run, 1), "utf8"));
	cr_expect_eq(strlen(out), 93);
	json_decref(root);
	expect_no_leaks();
}

Test(tencent_app, unsolicited_datagrams, .timeout = 10)
{
	static const struct tencent_app_identity identity = {"L4WG9V9M2M", "TEST2", "3.0"};
	json_t *root = load_vectors("tencent_udp_exchanges.json");
	json_t *all = json_object_get(root, "exchanges");
	struct tencent_errcode station = {TENCENT_ERR_WIFI_AP_STA, -1};
	struct tencent_errcode mqtt = {TENCENT_ERR_MQTT_CONNECT, -1001};
	char out[TENCENT_APP_REPLY_SIZE];

	cr_assert_gt(tencent_app_error_reply(station, false, out, sizeof(out)), 0);
	cr_expect_str_eq(out, text_of(entry_of(all, "name", "sta-connect-failed"), "device_last"));
	cr_assert_gt(tencent_app_error_reply(mqtt, true, out, sizeof(out)), 0);
	cr_expect_str_eq(out, text_of(entry_of(all, "name", "previous-error"), "device_first"));
	cr_assert_gt(tencent_app_state_report(&identity, TENCENT_APP_TOKEN_SENT,
					      TENCENT_APP_COMPACT, out, sizeof(out)),
		     0);
	cr_expect_str_eq(out, text_of(entry_of(all, "name", "state-report-3.0"), "device"));
	json_decref(root);
	expect_no_leaks();
}

Test(tencent_app, log_queries, .timeout = 10)
{
	json_t *root = load_vectors("tencent_udp_exchanges.json");
	json_t *all = json_object_get(root, "exchanges");
	struct tencent_app_command command;

	parse_text(text_of(entry_of(all, "name", "log-query-8266"), "phone"), &command);
	cr_expect_eq(command.kind, TENCENT_APP_LOG_QUERY);
	parse_text(text_of(entry_of(all, "name", "log-query-9876"), "phone"), &command);
	cr_expect_eq(command.kind, TENCENT_APP_LOG_QUERY);
	json_decref(root);
	expect_no_leaks();
}

Test(tencent_app, legacy_commands_lack_the_token, .timeout = 10)
{
	json_t *root = load_vectors("tencent_udp_exchanges.json");
	json_t *all = json_object_get(root, "exchanges");
	json_t *sequence = json_object_get(entry_of(all, "name", "legacy-1.0"), "sequence");
	struct tencent_app_command command;
	json_t *step;
	size_t i;

	json_array_foreach(sequence, i, step)
	{
		parse_text(text_of(step, "phone"), &command);
		cr_expect_eq(command.kind, TENCENT_APP_BAD);
		cr_expect_eq(command.error.sub, TENCENT_SUB_AP_INFO);
	}
	json_decref(root);
	expect_no_leaks();
}

Test(tencent_app, android_members, .timeout = 10)
{
	static const uint8_t bssid[6] = {0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
	json_t *root = load_vectors("tencent_udp_exchanges.json");
	json_t *all = json_object_get(root, "exchanges");
	struct tencent_app_command command;

	parse_text(text_of(entry_of(all, "name", "android-softap"), "phone"), &command);
	cr_expect_eq(command.kind, TENCENT_APP_CREDENTIALS);
	cr_expect_eq(command.ssid_len, 9);
	cr_expect_eq(memcmp(command.ssid, "Home-WiFi", 9), 0);
	cr_expect_eq(command.password_len, 8);
	cr_expect_str_eq(command.password, "abcd1234");
	cr_expect_str_eq(command.token, "69f978dfbb48ec40cadb6d9af470d0f6");
	cr_expect_str_eq(command.region, "ap-guangzhou");
	cr_expect(command.has_bssid);
	cr_expect_eq(memcmp(command.bssid, bssid, 6), 0);
	json_decref(root);
	expect_no_leaks();
}

#define CRED(rest) "{\"cmdType\":1,\"ssid\":\"a\",\"password\":\"\",\"token\":\"abcdef\"" rest "}"

Test(tencent_app, bssids, .timeout = 10)
{
	static const struct {
		const char *text;
		bool found;
	} rows[] = {
		{CRED(",\"bssid\":\"0:1b:2:c:d:ee\""), true},
		{CRED(",\"bssid\":\"00-1B-02-0C-0D-EE\""), true},
		{CRED(",\"bssid\":\"02:00:00:00:00:00\""), false},
		{CRED(",\"bssid\":\"00:00:00:00:00:00\""), false},
		{CRED(",\"bssid\":\"01:1b:02:0c:0d:ee\""), false},
		{CRED(",\"bssid\":\"00:1b:02:0c:0d\""), false},
		{CRED(",\"bssid\":\"00:1b:02:0c:0d:ee:\""), false},
		{CRED(",\"bssid\":\"00:1b:02:0c:0d:gg\""), false},
		{CRED(",\"bssid\":\"\""), false},
		{CRED(",\"bssid\":5"), false},
		{CRED(""), false},
	};
	static const uint8_t want[6] = {0x00, 0x1b, 0x02, 0x0c, 0x0d, 0xee};
	struct tencent_app_command command;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		parse_text(rows[i].text, &command);
		cr_expect_eq(command.kind, TENCENT_APP_CREDENTIALS, "%s", rows[i].text);
		cr_expect_eq(command.has_bssid, rows[i].found, "%s", rows[i].text);
		if (rows[i].found)
			cr_expect_eq(memcmp(command.bssid, want, 6), 0);
	}
	expect_no_leaks();
}

Test(tencent_app, a_command_is_wiped, .timeout = 10)
{
	static const struct tencent_app_command zero;
	struct tencent_app_command command;

	parse_text(CRED(",\"region\":\"x\""), &command);
	cr_assert_eq(command.kind, TENCENT_APP_CREDENTIALS);
	tencent_app_command_finish(&command);
	cr_expect_eq(memcmp(&command, &zero, sizeof(zero)), 0);
	tencent_app_command_finish(NULL);
	expect_no_leaks();
}

Test(tencent_app, replies_stay_below_the_phones_buffer, .timeout = 10)
{
	char name[2048];
	char out[4096];
	struct tencent_app_identity identity = {"P", name, "2.0"};

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	cr_expect_eq(tencent_app_identity_reply(&identity, TENCENT_APP_COMPACT, out, sizeof(out)),
		     PROVD_E_NO_SPACE);
	name[0] = '\xff';
	cr_expect_eq(tencent_app_identity_reply(&identity, TENCENT_APP_PRETTY, out, sizeof(out)),
		     PROVD_E_INVALID);
	name[0] = '\0';
	cr_expect_eq(tencent_app_identity_reply(&identity, TENCENT_APP_COMPACT, out, 5),
		     PROVD_E_NO_SPACE);
	cr_expect_eq(tencent_app_identity_reply(&identity, TENCENT_APP_COMPACT, NULL, 0),
		     PROVD_E_NO_SPACE);
	expect_no_leaks();
}
