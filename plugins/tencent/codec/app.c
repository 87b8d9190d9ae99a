/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/app.h"

#include <string.h>

#include <openssl/crypto.h>

#include "codec/jsonx.h"

/* Command numbers ([C2] 1.2, [C3] 1.12). */
enum {
	CMD_TOKEN = 0,
	CMD_CREDENTIALS = 1,
	CMD_DEVICE_REPLY = 2,
	CMD_LOG_QUERY = 3,
	CMD_AUTH_QUERY = 4,
	CMD_AUTH_REPLY = 5,
	CMD_RESPONSE_TOKEN = 6,
	CMD_STATE_REPORT = 7,
};

static void refuse(struct tencent_app_command *command, int32_t sub)
{
	tencent_app_command_finish(command);
	command->kind = TENCENT_APP_BAD;
	command->error.id = TENCENT_ERR_APP_CMD;
	command->error.sub = sub;
}

/* A member without NULs and of `min` to `max` bytes, copied with a NUL into max + 1 bytes. */
static int copy_text(const json_t *root, const char *key, size_t min, size_t max, char *out)
{
	size_t len = 0;
	const char *text = tencent_json_text(root, key, &len);

	if (text == NULL || len < min || len > max || memchr(text, '\0', len) != NULL)
		return -1;
	memcpy(out, text, len);
	out[len] = '\0';
	return (int)len;
}

static int read_token(const json_t *root, struct tencent_app_command *command)
{
	if (copy_text(root, "token", TENCENT_TOKEN_MIN, TENCENT_TOKEN_MAX, command->token) < 0)
		return -1;
	/* Tokens are ASCII ([C2] 0.1); blanks and controls would only travel on to the cloud. */
	for (const char *c = command->token; *c != '\0'; c++) {
		if (*c <= 0x20 || *c >= 0x7f)
			return -1;
	}
	return 0;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Six groups of one or two digits, ':' or '-' between: iOS drops leading zeros. */
static int parse_bssid(const char *text, uint8_t out[6])
{
	for (size_t i = 0; i < 6; i++) {
		int high = hex_value(*text);
		int low;

		if (high < 0)
			return -1;
		text++;
		low = hex_value(*text);
		if (low >= 0)
			text++;
		out[i] = (uint8_t)(low < 0 ? high : high << 4 | low);
		if (i < 5 && *text != ':' && *text != '-')
			return -1;
		if (i < 5)
			text++;
	}
	return *text == '\0' ? 0 : -1;
}

static void read_bssid(const json_t *root, struct tencent_app_command *command)
{
	/* What Android gives an app without the right to see the BSSID. */
	static const uint8_t hidden[6] = {0x02, 0, 0, 0, 0, 0};
	static const uint8_t zero[6];
	char text[18];
	uint8_t bssid[6];

	if (copy_text(root, "bssid", 11, sizeof(text) - 1, text) < 0 ||
	    parse_bssid(text, bssid) != 0 || (bssid[0] & 1) != 0 || memcmp(bssid, hidden, 6) == 0 ||
	    memcmp(bssid, zero, 6) == 0)
		return;
	memcpy(command->bssid, bssid, 6);
	command->has_bssid = true;
}

static int read_credentials(const json_t *root, struct tencent_app_command *command)
{
	size_t len = 0;
	const char *ssid = tencent_json_text(root, "ssid", &len);
	const char *key = json_object_get(root, "password") != NULL ? "password" : "pwd";
	int password_len;

	if (ssid == NULL || len == 0 || len > TENCENT_SSID_MAX)
		return -1;
	memcpy(command->ssid, ssid, len);
	command->ssid_len = len;
	/* Must be there, but is empty for an open network ([C2] 1.4; `pwd` [AND] 1.12). */
	password_len = copy_text(root, key, 0, TENCENT_PASSWORD_MAX, command->password);
	if (password_len < 0)
		return -1;
	command->password_len = (size_t)password_len;
	read_bssid(root, command);
	return read_token(root, command);
}

static void read_command(const json_t *root, int64_t number, struct tencent_app_command *command)
{
	int rc = 0;

	switch (number) {
	case CMD_TOKEN:
		command->kind = TENCENT_APP_TOKEN;
		rc = read_token(root, command);
		break;
	case CMD_CREDENTIALS:
		command->kind = TENCENT_APP_CREDENTIALS;
		rc = read_credentials(root, command);
		break;
	case CMD_LOG_QUERY:
		command->kind = TENCENT_APP_LOG_QUERY;
		break;
	case CMD_AUTH_QUERY:
		command->kind = TENCENT_APP_AUTH_QUERY;
		break;
	case CMD_DEVICE_REPLY:
	case CMD_AUTH_REPLY:
	case CMD_RESPONSE_TOKEN:
	case CMD_STATE_REPORT:
		/* Another device on this LAN; answering would start a quarrel ([C3] 1.12). */
		command->kind = TENCENT_APP_IGNORE;
		break;
	default:
		refuse(command, TENCENT_SUB_JSON_FORMAT);
		return;
	}
	if (rc != 0) {
		refuse(command, TENCENT_SUB_AP_INFO);
		return;
	}
	if (copy_text(root, "region", 0, TENCENT_REGION_MAX, command->region) < 0)
		command->region[0] = '\0';
}

void tencent_app_parse(const void *data, size_t len, struct tencent_app_command *out_command)
{
	json_t *root = NULL;
	int64_t number;

	memset(out_command, 0, sizeof(*out_command));
	out_command->kind = TENCENT_APP_IGNORE;
	/* An empty datagram counts as idle ([C2] 1.3). */
	if (len == 0)
		return;
	/*
	 * No check for the end of the text: Android sends its whole buffer. Duplicates are refused,
	 * since Jansson would free the first of them unwiped.
	 */
	if (len <= TENCENT_APP_DATAGRAM_MAX)
		root = json_loadb(data, len,
				  JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
				  NULL);
	if (!json_is_object(root) ||
	    tencent_json_int(root, "cmdType", INT32_MIN, INT32_MAX, &number) != 0)
		refuse(out_command, TENCENT_SUB_JSON_FORMAT);
	else
		read_command(root, number, out_command);
	tencent_json_wipe(root);
}

void tencent_app_command_finish(struct tencent_app_command *command)
{
	if (command != NULL)
		OPENSSL_cleanse(command, sizeof(*command));
}
