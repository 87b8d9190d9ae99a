/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mqtt_sign.h
 * @brief Where a Tencent device connects by MQTT and what it says to be let in.
 *
 * Pure functions, any thread. Texts come out NUL-terminated; all functions return the length
 * without the NUL, or PROVD_E_NO_SPACE / PROVD_E_INVALID, with `out` wiped then.
 * Source: [C2], MQTT connection, 6.1 to 6.3, as proved by the published sign example.
 */
#ifndef TENCENT_MQTT_SIGN_H
#define TENCENT_MQTT_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/crypt.h"

/** Longest client id in bytes ([C2] 6.2); memory for it needs one more. */
#define TENCENT_CLIENT_ID_MAX 80
/** Memory for a user name: client id, app id, connection id and expiry. */
#define TENCENT_USERNAME_SIZE 160
/** Memory for a password: 64 hex digits, ";hmacsha256" and NUL. */
#define TENCENT_PASSWORD_SIZE 80
/** Memory for a host name. */
#define TENCENT_HOST_SIZE 128
/** Memory for a decoded device secret: 64 base64 characters give 48 bytes. */
#define TENCENT_PSK_SIZE 48
/** Memory for a connection id: five characters and NUL. */
#define TENCENT_CONNID_SIZE 6

/** App id of the C SDK ([C2] 6.2). */
#define TENCENT_APPID "21010406"
/** Port with TLS and without ([C2] 6.1). */
#define TENCENT_MQTT_PORT_TLS	8883
#define TENCENT_MQTT_PORT_PLAIN 1883

/**
 * Endpoint of a region ([C2] 6.1, "europe" and "ap-bangkok" [C3]).
 * @param region region name of the identity file; NULL or unknown means "china"
 * @param product_id letters, digits, '_' and '-'
 * @param out `cap` bytes
 */
int tencent_mqtt_host(const char *region, const char *product_id, char *out, size_t cap);

/** The region names that tencent_mqtt_host() and the registration know, for messages. */
#define TENCENT_REGION_NAMES "china, us-east, europe, ap-bangkok"

/** Is a region name, NUL-terminated, one of them? */
bool tencent_mqtt_region_is_known(const char *region);

/** Client id, which is the PSK identity as well ([C2] 6.2, 6.3): product id + device name. */
int tencent_mqtt_client_id(const char *product_id, const char *device_name, char *out, size_t cap);

/**
 * Connection id ([C2] 6.2): five characters of [a-zA-Z0-9].
 * @param random five random bytes
 */
void tencent_mqtt_connid(const uint8_t random[5], char out[TENCENT_CONNID_SIZE]);

/**
 * User name ([C2] 6.2): `clientId;appid;connid;expiry`. Sent in every mode, TLS included.
 * @param app_id TENCENT_APPID, or another SDK's
 * @param conn_id five characters
 * @param expiry decimal seconds since the epoch, as text: vendors send cut numbers, and the text
 * is what gets signed. "2147483647" where there is no limit
 */
int tencent_mqtt_username(const char *client_id, const char *app_id, const char *conn_id,
			  const char *expiry, char *out, size_t cap);

/**
 * Password ([C2] 6.2): hex of the HMAC of the user name, keyed by the decoded secret, and the
 * name of the method. Only used without TLS.
 * @param device_secret base64 text of the identity file, NUL-terminated
 */
int tencent_mqtt_password(enum tencent_hash hash, const char *device_secret, const char *username,
			  char *out, size_t cap);

/**
 * PSK key ([C2] 6.3): the decoded device secret.
 * @param out_key `cap` bytes, TENCENT_PSK_SIZE is always enough; the caller wipes it
 * @return bytes of the key (16 in the field), or PROVD_E_INVALID / PROVD_E_NO_SPACE
 */
int tencent_mqtt_psk(const char *device_secret, uint8_t *out_key, size_t cap);

#endif /* TENCENT_MQTT_SIGN_H */
