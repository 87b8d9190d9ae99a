/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/errors.h"

#include <stddef.h>

#include <provd/error.h>

/* One row: our code and the sub id for it. The first row of a table is for all other codes. */
struct row {
	int code;
	int32_t sub;
};

#define REST 1 /* never an error code of ours: those are negative */

static const struct row app_rows[] = {
	{REST, TENCENT_SUB_JSON_PRINT},
	{PROVD_E_PEER_FORMAT, TENCENT_SUB_JSON_FORMAT},
	{PROVD_E_PEER_MISSING, TENCENT_SUB_AP_INFO},
	{PROVD_E_CLOUD_IDENTITY, -1003},
};

static const struct row session_rows[] = {
	{REST, TENCENT_SUB_INVALID_DATA},
	{PROVD_E_TIMEOUT, TENCENT_SUB_TIMEOUT},
	{PROVD_E_CANCELED, TENCENT_SUB_STOPPED_BY_APP},
};

/* Numbers of our own choice: the vendor's HAL may return anything but 0. */
static const struct row radio_rows[] = {
	{REST, -1},
	{PROVD_E_WIFI_NO_AP, -2},
	{PROVD_E_WIFI_PASSPHRASE, -3},
	{PROVD_E_WIFI_REJECTED, -4},
	{PROVD_E_WIFI_SECURITY, -5},
	{PROVD_E_WIFI_NO_DHCP, -6},
	{PROVD_E_WIFI_LOST, -7},
	{PROVD_E_WIFI_RADIO, -8},
	{PROVD_E_WIFI_SIGNAL, -9},
	{PROVD_E_TIMEOUT, -10},
	{PROVD_E_CANCELED, -11},
};

static const struct row register_rows[] = {
	{REST, -1001},
	{PROVD_E_CLOUD_IDENTITY, -1003},
	{PROVD_E_CLOUD_SIGNATURE, -9},
	{PROVD_E_CLOUD_REPLY, -5},
	{PROVD_E_HTTP_PROTOCOL, -5},
	{PROVD_E_HTTP_STATUS, -4},
	{PROVD_E_TIMEOUT, -11},
	{PROVD_E_CLOUD_NO_REPLY, -11},
	{PROVD_E_NET_DNS, -6},
	{PROVD_E_NET_REFUSED, -8},
	{PROVD_E_NET_UNREACHABLE, -8},
	{PROVD_E_NET_CLOSED, -3},
	{PROVD_E_TLS_HANDSHAKE, -703},
	{PROVD_E_TLS_UNTRUSTED, -702},
	{PROVD_E_NOMEM, -1004},
};

static const struct row mqtt_rows[] = {
	{REST, -1001},
	{PROVD_E_MQTT_PROTOCOL, -113},
	{PROVD_E_MQTT_IDENTIFIER, -114},
	{PROVD_E_MQTT_UNAVAILABLE, -115},
	{PROVD_E_MQTT_CREDENTIALS, -116},
	{PROVD_E_MQTT_NOT_AUTHORIZED, -117},
	{PROVD_E_TIMEOUT, -111},
	{PROVD_E_NET_DNS, -602},
	{PROVD_E_NET_REFUSED, -603},
	{PROVD_E_NET_UNREACHABLE, -603},
	{PROVD_E_NET_CLOSED, -608},
	{PROVD_E_TLS_HANDSHAKE, -703},
	{PROVD_E_TLS_UNTRUSTED, -702},
	{PROVD_E_CLOUD_IDENTITY, -1003},
	{PROVD_E_NOMEM, -1004},
};

static const struct row token_rows[] = {
	{REST, -1001},
	{PROVD_E_PEER_NO_TOKEN, -1002},
	{PROVD_E_TIMEOUT, -111},
	{PROVD_E_NET_CLOSED, -103},
	{PROVD_E_NO_SPACE, -119},
	{PROVD_E_NOMEM, -1004},
};

static const struct row reply_rows[] = {
	{REST, -1001},
	{PROVD_E_CLOUD_REPLY, TENCENT_SUB_JSON_FORMAT},
	{PROVD_E_CLOUD_NO_REPLY, -111},
	{PROVD_E_TIMEOUT, -111},
	{PROVD_E_NET_CLOSED, -103},
};

struct stage {
	int32_t id;
	const struct row *rows;
	size_t count;
};

#define ROWS(table) table, sizeof(table) / sizeof((table)[0])

static const struct stage stages[] = {
	[TENCENT_STAGE_APP] = {TENCENT_ERR_APP_CMD, ROWS(app_rows)},
	[TENCENT_STAGE_SESSION] = {TENCENT_ERR_BD_STOP, ROWS(session_rows)},
	[TENCENT_STAGE_SOFTAP] = {TENCENT_ERR_WIFI_AP_INIT, ROWS(radio_rows)},
	[TENCENT_STAGE_STATION] = {TENCENT_ERR_WIFI_AP_STA, ROWS(radio_rows)},
	[TENCENT_STAGE_REGISTER] = {TENCENT_ERR_DEVICE_INFO, ROWS(register_rows)},
	[TENCENT_STAGE_MQTT] = {TENCENT_ERR_MQTT_CONNECT, ROWS(mqtt_rows)},
	[TENCENT_STAGE_TOKEN] = {TENCENT_ERR_TOKEN_SEND, ROWS(token_rows)},
	[TENCENT_STAGE_REPLY] = {TENCENT_ERR_TOKEN_REPLY, ROWS(reply_rows)},
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
	const struct stage *row_set;

	if (code == 0)
		return out;
	if ((unsigned int)stage >= sizeof(stages) / sizeof(stages[0]))
		stage = TENCENT_STAGE_SESSION;
	row_set = &stages[stage];
	out.id = row_set->id;
	out.sub = row_set->rows[0].sub;
	for (size_t i = 1; i < row_set->count; i++) {
		if (row_set->rows[i].code == code)
			out.sub = row_set->rows[i].sub;
	}
	return out;
}

struct tencent_errcode tencent_errcode_reply(int32_t cloud_code)
{
	struct tencent_errcode out = {TENCENT_ERR_TOKEN_REPLY, cloud_code};

	return out;
}
