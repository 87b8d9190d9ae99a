/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file bind.h
 * @brief The MQTT messages that hand the phone's token to the cloud and bring its answer.
 *
 * Pure functions, any thread. Source: [C2] device bind over MQTT, 4.1 and 4.2; pairTime [C3].
 * Writers return the length without the NUL, or PROVD_E_NO_SPACE / PROVD_E_INVALID (with `out`
 * wiped).
 */
#ifndef TENCENT_BIND_H
#define TENCENT_BIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/errors.h"

/** Memory for a topic: prefix, product id 10, device name 48. */
#define TENCENT_TOPIC_SIZE 96
/** Memory for a client token: device name 48, '-', ten digits. */
#define TENCENT_CLIENT_TOKEN_SIZE 64
/** Memory for a published payload; the reference's limit is 511 characters ([C3]). */
#define TENCENT_BIND_PAYLOAD_SIZE 512
/** Longer messages on the down topic are not ours and are not parsed. */
#define TENCENT_BIND_DOWN_MAX 16384

/** How the credentials came, for pairTime ([C3]; the last two [C4]). */
enum tencent_pair_type {
	TENCENT_PAIR_UNKNOWN, /**< written "Unknow", as the reference spells it */
	TENCENT_PAIR_SOFTAP,
	TENCENT_PAIR_AIRKISS,
	TENCENT_PAIR_SMARTCONFIG,
	TENCENT_PAIR_SIMPLECONFIG,
	TENCENT_PAIR_BTCOMBO,
	TENCENT_PAIR_BLE_LLSYNC,
	TENCENT_PAIR_BLE_CUSTOM,
};

/** Times of one run for the cloud's statistics, in milliseconds of any one clock ([C3] 4.2). */
struct tencent_pair_time {
	enum tencent_pair_type type;
	uint32_t start;
	uint32_t get_ssid;
	uint32_t wifi_connected;
	uint32_t get_token;
	uint32_t mqtt_start;
	uint32_t mqtt_connected;
	uint32_t token_publish;
};

/** What a message on the down topic is. */
enum tencent_bind_kind {
	TENCENT_BIND_INVALID,	    /**< not JSON, or our reply without a usable `code` */
	TENCENT_BIND_REPLY,	    /**< the answer to our token */
	TENCENT_BIND_DEVICE,	    /**< legacy `bind_device`: ignore ([DOC] vendor FAQ) */
	TENCENT_BIND_UNBIND_DEVICE, /**< the user removed the device */
	TENCENT_BIND_OTHER,	    /**< anything else, replies to others' client tokens included */
};

/** A message of the cloud. */
struct tencent_bind_message {
	enum tencent_bind_kind kind;
	int32_t code;		      /**< REPLY: 0 = token accepted */
	bool is_expired;	      /**< REPLY: refused, and by its words for the token's age */
	struct tencent_errcode error; /**< INVALID: (24, 201); REPLY with code != 0: (24, code) */
};

/** Topic the device publishes to: `$thing/up/service/{pid}/{dn}`. QoS 1. */
int tencent_bind_topic_up(const char *product_id, const char *device_name, char *out, size_t cap);

/** Topic the device subscribes to: `$thing/down/service/{pid}/{dn}`. QoS 0. */
int tencent_bind_topic_down(const char *product_id, const char *device_name, char *out, size_t cap);

/**
 * Client token ([C2] 4.2): `<deviceName>-<ms>`.
 * @param ms low 32 bits of a millisecond clock, or any other number not used lately
 */
int tencent_bind_client_token(const char *device_name, uint32_t ms, char *out, size_t cap);

/**
 * The `app_bind_token` message, byte for byte the reference's (with the blank after "params":).
 * @param client_token text of tencent_bind_client_token()
 * @param token the phone's token, NUL-terminated; a secret, so is the result
 * @param times borrowed; NULL for the 2.0 form without pairTime
 */
int tencent_bind_payload(const char *client_token, const char *token,
			 const struct tencent_pair_time *times, char *out, size_t cap);

/**
 * Do the words of a refusal say that the token is too old? INFERRED: the platform documents neither
 * the codes nor the texts of refusals; its interface for apps says TokenIsExpire ([DOC] 1.10), so
 * "expire" in any case is taken for it.
 * @param status `len` bytes of the reply's `status`, or NULL
 */
bool tencent_bind_says_expired(const char *status, size_t len);

/**
 * Reads a message of the down topic. Unlike [C2], which takes any message with a `code`, `method`
 * and `clientToken` must fit (8.4, trap 9).
 * @param data `len` bytes, borrowed, any content
 * @param client_token the one published, NUL-terminated; NULL: nothing was published, no reply
 * can be ours
 * @param out_message always filled
 */
void tencent_bind_parse(const void *data, size_t len, const char *client_token,
			struct tencent_bind_message *out_message);

#endif /* TENCENT_BIND_H */
