/* SPDX-License-Identifier: Apache-2.0 */
/* The failure table: apps and their statistics know these texts, so none may change. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "codec/app.h"
#include "codec/errors.h"
#include "util.h"

/* clang-format off */
static const struct {
	enum tencent_stage stage;
	int code;
	const char *text;
} golden[] = {
	{TENCENT_STAGE_APP, 0, "APP command error! (2, 205)"},
	{TENCENT_STAGE_APP, PROVD_E_PEER_FORMAT, "APP command error! (2, 201)"},
	{TENCENT_STAGE_APP, PROVD_E_PEER_MISSING, "APP command error! (2, 204)"},
	{TENCENT_STAGE_APP, PROVD_E_CLOUD_IDENTITY, "APP command error! (2, -1003)"},
	{TENCENT_STAGE_SESSION, 0, "WIFI boarding stop! (3, 104)"},
	{TENCENT_STAGE_SESSION, PROVD_E_TIMEOUT, "WIFI boarding stop! (3, 103)"},
	{TENCENT_STAGE_SESSION, PROVD_E_PEER_NONE, "WIFI boarding stop! (3, 103)"},
	{TENCENT_STAGE_SESSION, PROVD_E_CANCELED, "WIFI boarding stop! (3, 101)"},
	{TENCENT_STAGE_SOFTAP, 0, "WIFI AP init error! (7, -1)"},
	{TENCENT_STAGE_SOFTAP, PROVD_E_WIFI_NO_AP, "WIFI AP init error! (7, -2)"},
	{TENCENT_STAGE_SOFTAP, PROVD_E_WIFI_PASSPHRASE, "WIFI AP init error! (7, -3)"},
	{TENCENT_STAGE_SOFTAP, PROVD_E_WIFI_REJECTED, "WIFI AP init error! (7, -4)"},
	{TENCENT_STAGE_SOFTAP, PROVD_E_WIFI_SECURITY, "WIFI AP init error! (7, -5)"},
	{TENCENT_STAGE_SOFTAP, PROVD_E_WIFI_NO_DHCP, "WIFI AP init error! (7, -6)"},
	{TENCENT_STAGE_SOFTAP, PROVD_E_WIFI_LOST, "WIFI AP init error! (7, -7)"},
	{TENCENT_STAGE_SOFTAP, PROVD_E_WIFI_RADIO, "WIFI AP init error! (7, -8)"},
	{TENCENT_STAGE_SOFTAP, PROVD_E_WIFI_SIGNAL, "WIFI AP init error! (7, -9)"},
	{TENCENT_STAGE_SOFTAP, PROVD_E_WIFI_FULL, "WIFI AP init error! (7, -12)"},
	{TENCENT_STAGE_STATION, 0, "WIFI AP STA error! (12, -1)"},
	{TENCENT_STAGE_STATION, PROVD_E_WIFI_NO_AP, "WIFI AP STA error! (12, -2)"},
	{TENCENT_STAGE_STATION, PROVD_E_WIFI_PASSPHRASE, "WIFI AP STA error! (12, -3)"},
	{TENCENT_STAGE_STATION, PROVD_E_WIFI_REJECTED, "WIFI AP STA error! (12, -4)"},
	{TENCENT_STAGE_STATION, PROVD_E_WIFI_SECURITY, "WIFI AP STA error! (12, -5)"},
	{TENCENT_STAGE_STATION, PROVD_E_WIFI_NO_DHCP, "WIFI AP STA error! (12, -6)"},
	{TENCENT_STAGE_STATION, PROVD_E_WIFI_LOST, "WIFI AP STA error! (12, -7)"},
	{TENCENT_STAGE_STATION, PROVD_E_WIFI_RADIO, "WIFI AP STA error! (12, -8)"},
	{TENCENT_STAGE_STATION, PROVD_E_WIFI_SIGNAL, "WIFI AP STA error! (12, -9)"},
	{TENCENT_STAGE_STATION, PROVD_E_WIFI_FULL, "WIFI AP STA error! (12, -12)"},
	{TENCENT_STAGE_STATION, PROVD_E_TIMEOUT, "WIFI AP STA error! (12, -10)"},
	{TENCENT_STAGE_STATION, PROVD_E_CANCELED, "WIFI AP STA error! (12, -11)"},
	{TENCENT_STAGE_LINK, 0, "WIFI disconnect error! (11, -1)"},
	{TENCENT_STAGE_LINK, PROVD_E_WIFI_NO_AP, "WIFI disconnect error! (11, -2)"},
	{TENCENT_STAGE_LINK, PROVD_E_WIFI_PASSPHRASE, "WIFI disconnect error! (11, -3)"},
	{TENCENT_STAGE_LINK, PROVD_E_WIFI_REJECTED, "WIFI disconnect error! (11, -4)"},
	{TENCENT_STAGE_LINK, PROVD_E_WIFI_SECURITY, "WIFI disconnect error! (11, -5)"},
	{TENCENT_STAGE_LINK, PROVD_E_WIFI_NO_DHCP, "WIFI disconnect error! (11, -6)"},
	{TENCENT_STAGE_LINK, PROVD_E_WIFI_LOST, "WIFI disconnect error! (11, -7)"},
	{TENCENT_STAGE_LINK, PROVD_E_WIFI_RADIO, "WIFI disconnect error! (11, -8)"},
	{TENCENT_STAGE_LINK, PROVD_E_WIFI_SIGNAL, "WIFI disconnect error! (11, -9)"},
	{TENCENT_STAGE_LINK, PROVD_E_WIFI_FULL, "WIFI disconnect error! (11, -12)"},
	{TENCENT_STAGE_REGISTER, 0, "Device Info error! (27, -1001)"},
	{TENCENT_STAGE_REGISTER, PROVD_E_CLOUD_IDENTITY, "Device Info error! (27, -1003)"},
	{TENCENT_STAGE_REGISTER, PROVD_E_CLOUD_SIGNATURE, "Device Info error! (27, -9)"},
	{TENCENT_STAGE_REGISTER, PROVD_E_CLOUD_REPLY, "Device Info error! (27, -5)"},
	{TENCENT_STAGE_REGISTER, PROVD_E_HTTP_PROTOCOL, "Device Info error! (27, -5)"},
	{TENCENT_STAGE_REGISTER, PROVD_E_HTTP_STATUS, "Device Info error! (27, -4)"},
	{TENCENT_STAGE_REGISTER, PROVD_E_TIMEOUT, "Device Info error! (27, -11)"},
	{TENCENT_STAGE_REGISTER, PROVD_E_CLOUD_NO_REPLY, "Device Info error! (27, -11)"},
	{TENCENT_STAGE_REGISTER, PROVD_E_CLOUD_THROTTLED, "Device Info error! (27, -137)"},
	{TENCENT_STAGE_REGISTER, PROVD_E_NET_DNS, "Device Info error! (27, -6)"},
	{TENCENT_STAGE_REGISTER, PROVD_E_NET_REFUSED, "Device Info error! (27, -8)"},
	{TENCENT_STAGE_REGISTER, PROVD_E_NET_UNREACHABLE, "Device Info error! (27, -8)"},
	{TENCENT_STAGE_REGISTER, PROVD_E_NET_CLOSED, "Device Info error! (27, -3)"},
	{TENCENT_STAGE_REGISTER, PROVD_E_NET_NO_GATEWAY, "Device Info error! (27, -601)"},
	{TENCENT_STAGE_REGISTER, PROVD_E_NET_NO_INTERNET, "Device Info error! (27, -604)"},
	{TENCENT_STAGE_REGISTER, PROVD_E_TLS_HANDSHAKE, "Device Info error! (27, -703)"},
	{TENCENT_STAGE_REGISTER, PROVD_E_TLS_UNTRUSTED, "Device Info error! (27, -702)"},
	{TENCENT_STAGE_REGISTER, PROVD_E_CLOCK, "Device Info error! (27, 202)"},
	{TENCENT_STAGE_REGISTER, PROVD_E_NOMEM, "Device Info error! (27, -1004)"},
	{TENCENT_STAGE_REGISTER, PROVD_E_CLOUD_REGION, "Product Region fault error! (26, 104)"},
	{TENCENT_STAGE_MQTT, 0, "MQTT connect error! (1, -1001)"},
	{TENCENT_STAGE_MQTT, PROVD_E_MQTT_PROTOCOL, "MQTT connect error! (1, -113)"},
	{TENCENT_STAGE_MQTT, PROVD_E_MQTT_IDENTIFIER, "MQTT connect error! (1, -114)"},
	{TENCENT_STAGE_MQTT, PROVD_E_MQTT_UNAVAILABLE, "MQTT connect error! (1, -115)"},
	{TENCENT_STAGE_MQTT, PROVD_E_MQTT_CREDENTIALS, "MQTT connect error! (1, -116)"},
	{TENCENT_STAGE_MQTT, PROVD_E_MQTT_NOT_AUTHORIZED, "MQTT connect error! (1, -117)"},
	{TENCENT_STAGE_MQTT, PROVD_E_TIMEOUT, "MQTT connect error! (1, -111)"},
	{TENCENT_STAGE_MQTT, PROVD_E_CLOUD_NO_REPLY, "MQTT connect error! (1, -111)"},
	{TENCENT_STAGE_MQTT, PROVD_E_CLOUD_THROTTLED, "MQTT connect error! (1, -137)"},
	{TENCENT_STAGE_MQTT, PROVD_E_NET_DNS, "MQTT connect error! (1, -602)"},
	{TENCENT_STAGE_MQTT, PROVD_E_NET_REFUSED, "MQTT connect error! (1, -603)"},
	{TENCENT_STAGE_MQTT, PROVD_E_NET_UNREACHABLE, "MQTT connect error! (1, -603)"},
	{TENCENT_STAGE_MQTT, PROVD_E_NET_CLOSED, "MQTT connect error! (1, -608)"},
	{TENCENT_STAGE_MQTT, PROVD_E_NET_NO_GATEWAY, "MQTT connect error! (1, -601)"},
	{TENCENT_STAGE_MQTT, PROVD_E_NET_NO_INTERNET, "MQTT connect error! (1, -604)"},
	{TENCENT_STAGE_MQTT, PROVD_E_TLS_HANDSHAKE, "MQTT connect error! (1, -703)"},
	{TENCENT_STAGE_MQTT, PROVD_E_TLS_UNTRUSTED, "MQTT connect error! (1, -702)"},
	{TENCENT_STAGE_MQTT, PROVD_E_CLOCK, "MQTT connect error! (1, 202)"},
	{TENCENT_STAGE_MQTT, PROVD_E_CLOUD_IDENTITY, "MQTT connect error! (1, -1003)"},
	{TENCENT_STAGE_MQTT, PROVD_E_NOMEM, "MQTT connect error! (1, -1004)"},
	{TENCENT_STAGE_MQTT, PROVD_E_CLOUD_REGION, "Product Region fault error! (26, 104)"},
	{TENCENT_STAGE_TOKEN, 0, "MQTT Token send error! (23, -1001)"},
	{TENCENT_STAGE_TOKEN, PROVD_E_PEER_NO_TOKEN, "MQTT Token send error! (23, -1002)"},
	{TENCENT_STAGE_TOKEN, PROVD_E_TIMEOUT, "MQTT Token send error! (23, -111)"},
	{TENCENT_STAGE_TOKEN, PROVD_E_CLOUD_NO_REPLY, "MQTT Token send error! (23, -111)"},
	{TENCENT_STAGE_TOKEN, PROVD_E_CLOUD_THROTTLED, "MQTT Token send error! (23, -137)"},
	{TENCENT_STAGE_TOKEN, PROVD_E_NET_CLOSED, "MQTT Token send error! (23, -103)"},
	{TENCENT_STAGE_TOKEN, PROVD_E_NET_NO_GATEWAY, "MQTT Token send error! (23, -601)"},
	{TENCENT_STAGE_TOKEN, PROVD_E_NET_NO_INTERNET, "MQTT Token send error! (23, -604)"},
	{TENCENT_STAGE_TOKEN, PROVD_E_NO_SPACE, "MQTT Token send error! (23, -119)"},
	{TENCENT_STAGE_TOKEN, PROVD_E_NOMEM, "MQTT Token send error! (23, -1004)"},
	{TENCENT_STAGE_TOKEN, PROVD_E_CLOUD_REGION, "Product Region fault error! (26, 104)"},
	{TENCENT_STAGE_REPLY, 0, "MQTT Token reply error! (24, -1001)"},
	{TENCENT_STAGE_REPLY, PROVD_E_CLOUD_REPLY, "MQTT Token reply error! (24, 201)"},
	{TENCENT_STAGE_REPLY, PROVD_E_CLOUD_NO_REPLY, "MQTT Token reply error! (24, -111)"},
	{TENCENT_STAGE_REPLY, PROVD_E_TIMEOUT, "MQTT Token reply error! (24, -111)"},
	{TENCENT_STAGE_REPLY, PROVD_E_CLOUD_THROTTLED, "MQTT Token reply error! (24, -137)"},
	{TENCENT_STAGE_REPLY, PROVD_E_CLOUD_TOKEN_EXPIRED, "MQTT Token reply error! (24, -805)"},
	{TENCENT_STAGE_REPLY, PROVD_E_NET_CLOSED, "MQTT Token reply error! (24, -103)"},
	{TENCENT_STAGE_REPLY, PROVD_E_NET_NO_GATEWAY, "MQTT Token reply error! (24, -601)"},
	{TENCENT_STAGE_REPLY, PROVD_E_NET_NO_INTERNET, "MQTT Token reply error! (24, -604)"},
	{TENCENT_STAGE_REPLY, PROVD_E_CLOUD_REGION, "Product Region fault error! (26, 104)"},
};
/* clang-format on */

#define GOLDEN_COUNT (sizeof(golden) / sizeof(golden[0]))

Test(tencent_failure_rows, texts_and_numbers_stay, .timeout = 10)
{
	cr_assert_eq(GOLDEN_COUNT, TENCENT_FAILURE_COUNT);
	for (size_t i = 0; i < GOLDEN_COUNT; i++) {
		const struct provd_failure_word *row = &tencent_failure_rows[i];

		cr_expect_eq(row->code, golden[i].code, "row %zu", i);
		cr_expect_str_eq(row->text, golden[i].text);
	}
}

static void expect_reply(const struct provd_failure_word *row, bool previous)
{
	struct tencent_errcode error = {row->id, row->sub};
	char want[TENCENT_APP_REPLY_SIZE];
	char out[TENCENT_APP_REPLY_SIZE];
	int len = tencent_app_error_reply(error, previous, out, sizeof(out));

	(void)snprintf(want, sizeof(want),
		       "{\"cmdType\":2,\"deviceReply\":\"%s_Error\",\"log\":\"%s\"}\r\n",
		       previous ? "Previous" : "Current", row->text);
	cr_expect_eq(len, (int)strlen(want));
	cr_expect_str_eq(out, want);
}

Test(tencent_failure_rows, what_is_printed_is_what_is_sent, .timeout = 10)
{
	for (size_t i = 0; i < TENCENT_FAILURE_COUNT; i++) {
		expect_reply(&tencent_failure_rows[i], false);
		expect_reply(&tencent_failure_rows[i], true);
	}
	expect_no_leaks();
}

Test(tencent_failure_rows, a_code_in_a_stage_gives_its_row, .timeout = 10)
{
	for (size_t i = 0; i < GOLDEN_COUNT; i++) {
		const struct provd_failure_word *row = &tencent_failure_rows[i];
		int code = golden[i].code != 0 ? golden[i].code : PROVD_E_PLUGIN_FAULT;
		struct tencent_errcode got = tencent_errcode_from(golden[i].stage, code);

		cr_expect(got.id == row->id && got.sub == row->sub, "row %zu: (%d, %d)", i, got.id,
			  got.sub);
	}
}

/* The rows of a stage lie together, its general one first; no code is there twice. */
Test(tencent_failure_rows, are_in_order, .timeout = 10)
{
	for (size_t i = 0; i < GOLDEN_COUNT; i++) {
		bool first = i == 0 || golden[i].stage != golden[i - 1].stage;

		cr_expect_eq(golden[i].code == 0, first, "row %zu", i);
		cr_expect_eq(first, i == 0 || strcmp(tencent_failure_rows[i].stage,
						     tencent_failure_rows[i - 1].stage) != 0);
		for (size_t k = 0; k < i; k++)
			cr_expect(golden[k].stage != golden[i].stage ||
					  golden[k].code != golden[i].code,
				  "rows %zu and %zu", k, i);
	}
}

/* What the owner can tell apart, the phone can too. */
Test(tencent_failure_rows, reasons_are_distinct, .timeout = 10)
{
	static const int codes[] = {
		PROVD_E_WIFI_PASSPHRASE,  PROVD_E_WIFI_NO_AP,	   PROVD_E_WIFI_FULL,
		PROVD_E_WIFI_REJECTED,	  PROVD_E_WIFI_SIGNAL,	   PROVD_E_WIFI_SECURITY,
		PROVD_E_WIFI_NO_DHCP,	  PROVD_E_NET_NO_GATEWAY,  PROVD_E_NET_NO_INTERNET,
		PROVD_E_NET_DNS,	  PROVD_E_CLOCK,	   PROVD_E_TLS_UNTRUSTED,
		PROVD_E_MQTT_CREDENTIALS, PROVD_E_CLOUD_THROTTLED, PROVD_E_CLOUD_REGION,
		PROVD_E_CLOUD_IDENTITY,
	};
	struct tencent_errcode pairs[sizeof(codes) / sizeof(codes[0])];

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		bool wifi = codes[i] > PROVD_E_NET_DNS;

		pairs[i] = tencent_errcode_from(wifi ? TENCENT_STAGE_STATION : TENCENT_STAGE_MQTT,
						codes[i]);
		for (size_t k = 0; k < i; k++)
			cr_expect(pairs[k].id != pairs[i].id || pairs[k].sub != pairs[i].sub,
				  "%s and %s", provd_err_name(codes[k]), provd_err_name(codes[i]));
	}
}
