/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file app.h
 * @brief The UDP dialect of the Tencent phone apps: datagrams in, commands out, and the replies.
 *
 * Pure functions, any thread. Source: [C2] local UDP protocol, 1.1 to 1.8; phones' habits [MP],
 * [AND], [IOS] 1.10; 3.0 additions [C3] 1.12.
 */
#ifndef TENCENT_APP_H
#define TENCENT_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/errors.h"

/** Local UDP ports ([C2] 0.2): the app channel, and the log hotspot. */
#define TENCENT_APP_PORT 8266
#define TENCENT_LOG_PORT 9876

/** Longest datagram looked at, in bytes ([C2] receive buffer). */
#define TENCENT_APP_DATAGRAM_MAX 1024
/** Limits of what a phone hands over, in bytes. */
#define TENCENT_SSID_MAX     32
#define TENCENT_PASSWORD_MAX 64
#define TENCENT_TOKEN_MIN    6
#define TENCENT_TOKEN_MAX    32
#define TENCENT_REGION_MAX   64
/** Memory that is enough for every reply of this file. */
#define TENCENT_APP_REPLY_SIZE 512

/** What a datagram asks for. */
enum tencent_app_kind {
	TENCENT_APP_IGNORE, /**< nothing to do, nothing to answer: empty, or cmdType 2, 5, 6, 7 */
	TENCENT_APP_TOKEN,  /**< cmdType 0: the token */
	TENCENT_APP_CREDENTIALS, /**< cmdType 1: SSID, password and token */
	TENCENT_APP_LOG_QUERY,	 /**< cmdType 3 */
	TENCENT_APP_AUTH_QUERY,	 /**< cmdType 4: no device implements it, no answer */
	TENCENT_APP_BAD,	 /**< answer with `error`, go on listening */
};

/** A command of the phone. Caller's memory; ended by tencent_app_command_finish(). */
struct tencent_app_command {
	enum tencent_app_kind kind;
	struct tencent_errcode error;		 /**< BAD: what to tell the phone */
	size_t ssid_len;			 /**< CREDENTIALS: 1 to 32 */
	uint8_t ssid[TENCENT_SSID_MAX];		 /**< raw bytes, not terminated */
	size_t password_len;			 /**< CREDENTIALS: 0 (open network) to 64 */
	char password[TENCENT_PASSWORD_MAX + 1]; /**< secret, NUL-terminated */
	char token[TENCENT_TOKEN_MAX + 1]; /**< secret, TOKEN and CREDENTIALS: 6 to 32 bytes */
	bool has_bssid;			   /**< CREDENTIALS: the phone named its access point */
	uint8_t bssid[6];
	char region[TENCENT_REGION_MAX + 1]; /**< the phone account's region, "" when not told */
};

/**
 * Reads a datagram of the phone.
 *
 * Tolerated: anything behind the JSON object (NUL, CR LF, left-overs of the Android app's buffer),
 * pretty JSON, unknown members, `pwd` for `password`, BSSIDs without leading zeros (iOS).
 *
 * Answered by BAD: (2, 201) for what is not a JSON object, is longer than
 * TENCENT_APP_DATAGRAM_MAX, or whose cmdType is absent, not an integer or unknown; (2, 204) when a
 * member of the command is absent, of a wrong type or out of its limits. The reference cuts a token
 * of more than 32 characters silently; the cut token could never be bound, so it is refused here.
 * @param data `len` bytes, borrowed, any content
 * @param out_command always filled
 */
void tencent_app_parse(const void *data, size_t len, struct tencent_app_command *out_command);

/** Wipes a command. NULL allowed. */
void tencent_app_command_finish(struct tencent_app_command *command);

/** Layout of a reply. */
enum tencent_app_form {
	TENCENT_APP_COMPACT, /**< [E8], [DOC]; what a new device sends */
	TENCENT_APP_PRETTY,  /**< the C SDK's: newlines, tabs, a tab after each colon ([C2] 1.6) */
};

/** Who the device says it is. */
struct tencent_app_identity {
	const char *product_id;	 /**< borrowed */
	const char *device_name; /**< borrowed */
	const char *proto;	 /**< "2.0" or "3.0" */
};

/** Progress of a 3.0 device, broadcast to port 8266 ([C3] 1.12). */
enum tencent_app_state {
	TENCENT_APP_JOINING = 0,
	TENCENT_APP_MQTT_CONNECTING = 1,
	TENCENT_APP_MQTT_FAILED = 2,
	TENCENT_APP_TOKEN_SENDING = 3,
	TENCENT_APP_TOKEN_FAILED = 4,
	TENCENT_APP_TOKEN_SENT = 5,
};

/**
 * The identity reply, cmdType 2 ([C2] 1.6).
 * @param out `cap` bytes
 * @return length without the NUL, PROVD_E_NO_SPACE (also from 1024 bytes on, which phones cannot
 * take), PROVD_E_INVALID for text that is not UTF-8
 */
int tencent_app_identity_reply(const struct tencent_app_identity *identity,
			       enum tencent_app_form form, char *out, size_t cap);

/**
 * The error reply, cmdType 2 with `deviceReply` and `log`, always compact, ended by CR LF
 * ([C2] 1.7).
 * @param previous false: `Current_Error`, the phone gives up; true: `Previous_Error`, the phone
 * only counts it. Never send the latter before an identity reply: iOS takes the first cmdType 2
 * for the identity (8.4, trap 2)
 * @return as tencent_app_identity_reply()
 */
int tencent_app_error_reply(struct tencent_errcode error, bool previous, char *out, size_t cap);

/** The state broadcast, cmdType 7 ([C3] 1.12). Returns as tencent_app_identity_reply(). */
int tencent_app_state_report(const struct tencent_app_identity *identity,
			     enum tencent_app_state state, enum tencent_app_form form, char *out,
			     size_t cap);

#endif /* TENCENT_APP_H */
