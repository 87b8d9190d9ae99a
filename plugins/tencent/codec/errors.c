/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/errors.h"

#include <stddef.h>
#include <string.h>

#include <provd/error.h>

/* Stages in words, as they are printed. */
#define APP	 "answering a command of the phone"
#define SESSION	 "the session as a whole"
#define SOFTAP	 "opening the set-up hotspot"
#define STATION	 "joining"
#define LINK	 "staying in the network"
#define REGISTER "registering"
#define MQTT	 "connecting to the broker"
#define TOKEN	 "waiting for the token and publishing it"
#define REPLY	 "waiting for the cloud's word on the token; its own code is the sub id if it has one"

/* The text of the wire is made here, so that what is printed cannot differ from what is sent. */
#define ROW(stage, code, id, sub, words)                                                           \
	{                                                                                          \
		(code), (id), (sub), 0, stage, words " (" #id ", " #sub ")"                        \
	}

#define APP_ROW(code, sub)	ROW(APP, code, 2, sub, "APP command error!")
#define SESSION_ROW(code, sub)	ROW(SESSION, code, 3, sub, "WIFI boarding stop!")
#define REGISTER_ROW(code, sub) ROW(REGISTER, code, 27, sub, "Device Info error!")
#define MQTT_ROW(code, sub)	ROW(MQTT, code, 1, sub, "MQTT connect error!")
#define TOKEN_ROW(code, sub)	ROW(TOKEN, code, 23, sub, "MQTT Token send error!")
#define REPLY_ROW(code, sub)	ROW(REPLY, code, 24, sub, "MQTT Token reply error!")
/* The sub id is not documented for it: "invalid data". */
#define REGION_ROW(stage) ROW(stage, PROVD_E_CLOUD_REGION, 26, 104, "Product Region fault error!")

/* clang-format off */
/* Numbers of our own choice: the vendor's HAL may return anything but 0. */
#define RADIO_ROWS(stage, id, words) \
	ROW(stage, 0, id, -1, words), \
	ROW(stage, PROVD_E_WIFI_NO_AP, id, -2, words), \
	ROW(stage, PROVD_E_WIFI_PASSPHRASE, id, -3, words), \
	ROW(stage, PROVD_E_WIFI_REJECTED, id, -4, words), \
	ROW(stage, PROVD_E_WIFI_SECURITY, id, -5, words), \
	ROW(stage, PROVD_E_WIFI_NO_DHCP, id, -6, words), \
	ROW(stage, PROVD_E_WIFI_LOST, id, -7, words), \
	ROW(stage, PROVD_E_WIFI_RADIO, id, -8, words), \
	ROW(stage, PROVD_E_WIFI_SIGNAL, id, -9, words), \
	ROW(stage, PROVD_E_WIFI_FULL, id, -12, words)


const struct provd_failure_word tencent_failure_rows[] = {
	APP_ROW(0, 205),
	APP_ROW(PROVD_E_PEER_FORMAT, 201),
	APP_ROW(PROVD_E_PEER_MISSING, 204),
	APP_ROW(PROVD_E_CLOUD_IDENTITY, -1003),

	SESSION_ROW(0, 104),
	SESSION_ROW(PROVD_E_TIMEOUT, 103),
	SESSION_ROW(PROVD_E_PEER_NONE, 103),
	SESSION_ROW(PROVD_E_CANCELED, 101),

	RADIO_ROWS(SOFTAP, 7, "WIFI AP init error!"),
	RADIO_ROWS(STATION, 12, "WIFI AP STA error!"),
	ROW(STATION, PROVD_E_TIMEOUT, 12, -10, "WIFI AP STA error!"),
	ROW(STATION, PROVD_E_CANCELED, 12, -11, "WIFI AP STA error!"),
	RADIO_ROWS(LINK, 11, "WIFI disconnect error!"),

	REGISTER_ROW(0, -1001),
	REGISTER_ROW(PROVD_E_CLOUD_IDENTITY, -1003),
	REGISTER_ROW(PROVD_E_CLOUD_SIGNATURE, -9),
	REGISTER_ROW(PROVD_E_CLOUD_REPLY, -5),
	REGISTER_ROW(PROVD_E_HTTP_PROTOCOL, -5),
	REGISTER_ROW(PROVD_E_HTTP_STATUS, -4),
	REGISTER_ROW(PROVD_E_TIMEOUT, -11),
	REGISTER_ROW(PROVD_E_CLOUD_NO_REPLY, -11),
	REGISTER_ROW(PROVD_E_CLOUD_THROTTLED, -137),
	REGISTER_ROW(PROVD_E_NET_DNS, -6),
	REGISTER_ROW(PROVD_E_NET_REFUSED, -8),
	REGISTER_ROW(PROVD_E_NET_UNREACHABLE, -8),
	REGISTER_ROW(PROVD_E_NET_CLOSED, -3),
	REGISTER_ROW(PROVD_E_NET_NO_GATEWAY, -601),
	REGISTER_ROW(PROVD_E_NET_NO_INTERNET, -604),
	REGISTER_ROW(PROVD_E_TLS_HANDSHAKE, -703),
	REGISTER_ROW(PROVD_E_TLS_UNTRUSTED, -702),
	REGISTER_ROW(PROVD_E_CLOCK, 202),
	REGISTER_ROW(PROVD_E_NOMEM, -1004),
	REGION_ROW(REGISTER),

	MQTT_ROW(0, -1001),
	MQTT_ROW(PROVD_E_MQTT_PROTOCOL, -113),
	MQTT_ROW(PROVD_E_MQTT_IDENTIFIER, -114),
	MQTT_ROW(PROVD_E_MQTT_UNAVAILABLE, -115),
	MQTT_ROW(PROVD_E_MQTT_CREDENTIALS, -116),
	MQTT_ROW(PROVD_E_MQTT_NOT_AUTHORIZED, -117),
	MQTT_ROW(PROVD_E_TIMEOUT, -111),
	MQTT_ROW(PROVD_E_CLOUD_NO_REPLY, -111),
	MQTT_ROW(PROVD_E_CLOUD_THROTTLED, -137),
	MQTT_ROW(PROVD_E_NET_DNS, -602),
	MQTT_ROW(PROVD_E_NET_REFUSED, -603),
	MQTT_ROW(PROVD_E_NET_UNREACHABLE, -603),
	MQTT_ROW(PROVD_E_NET_CLOSED, -608),
	MQTT_ROW(PROVD_E_NET_NO_GATEWAY, -601),
	MQTT_ROW(PROVD_E_NET_NO_INTERNET, -604),
	MQTT_ROW(PROVD_E_TLS_HANDSHAKE, -703),
	MQTT_ROW(PROVD_E_TLS_UNTRUSTED, -702),
	MQTT_ROW(PROVD_E_CLOCK, 202),
	MQTT_ROW(PROVD_E_CLOUD_IDENTITY, -1003),
	MQTT_ROW(PROVD_E_NOMEM, -1004),
	REGION_ROW(MQTT),

	TOKEN_ROW(0, -1001),
	TOKEN_ROW(PROVD_E_PEER_NO_TOKEN, -1002),
	TOKEN_ROW(PROVD_E_TIMEOUT, -111),
	TOKEN_ROW(PROVD_E_CLOUD_NO_REPLY, -111),
	TOKEN_ROW(PROVD_E_CLOUD_THROTTLED, -137),
	TOKEN_ROW(PROVD_E_NET_CLOSED, -103),
	TOKEN_ROW(PROVD_E_NET_NO_GATEWAY, -601),
	TOKEN_ROW(PROVD_E_NET_NO_INTERNET, -604),
	TOKEN_ROW(PROVD_E_NO_SPACE, -119),
	TOKEN_ROW(PROVD_E_NOMEM, -1004),
	REGION_ROW(TOKEN),

	REPLY_ROW(0, -1001),
	REPLY_ROW(PROVD_E_CLOUD_REPLY, 201),
	REPLY_ROW(PROVD_E_CLOUD_NO_REPLY, -111),
	REPLY_ROW(PROVD_E_TIMEOUT, -111),
	REPLY_ROW(PROVD_E_CLOUD_THROTTLED, -137),
	REPLY_ROW(PROVD_E_CLOUD_TOKEN_EXPIRED, -805),
	REPLY_ROW(PROVD_E_NET_CLOSED, -103),
	REPLY_ROW(PROVD_E_NET_NO_GATEWAY, -601),
	REPLY_ROW(PROVD_E_NET_NO_INTERNET, -604),
	REGION_ROW(REPLY),
};
/* clang-format on */

static const char *const stage_names[TENCENT_STAGE_COUNT] = {
	[TENCENT_STAGE_APP] = APP,	 [TENCENT_STAGE_SESSION] = SESSION,
	[TENCENT_STAGE_SOFTAP] = SOFTAP, [TENCENT_STAGE_STATION] = STATION,
	[TENCENT_STAGE_LINK] = LINK,	 [TENCENT_STAGE_REGISTER] = REGISTER,
	[TENCENT_STAGE_MQTT] = MQTT,	 [TENCENT_STAGE_TOKEN] = TOKEN,
	[TENCENT_STAGE_REPLY] = REPLY,
};

const char *tencent_error_text(int32_t id)
{
	switch (id) {
#define TENCENT_X(name, number, text)                                                              \
	case number:                                                                               \
		return text;
		TENCENT_ERR_TABLE(TENCENT_X)
#undef TENCENT_X
	default:
		return "Unknown error!";
	}
}

struct tencent_errcode tencent_errcode_from(enum tencent_stage stage, int code)
{
	struct tencent_errcode out = {TENCENT_ERR_NONE, 0};

	if (code == 0)
		return out;
	if ((unsigned int)stage >= TENCENT_STAGE_COUNT)
		stage = TENCENT_STAGE_SESSION;
	for (size_t i = 0; i < TENCENT_FAILURE_COUNT; i++) {
		const struct provd_failure_word *row = &tencent_failure_rows[i];

		if (strcmp(row->stage, stage_names[stage]) != 0)
			continue;
		/* The general row comes first in its stage. */
		if (row->code == 0 || row->code == code) {
			out.id = row->id;
			out.sub = row->sub;
		}
	}
	return out;
}

struct tencent_errcode tencent_errcode_reply(int32_t cloud_code)
{
	struct tencent_errcode out = {TENCENT_ERR_TOKEN_REPLY, cloud_code};

	return out;
}
