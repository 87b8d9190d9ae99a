/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file codec.h
 * @brief Signatures and payload encryption of the Tencent platform, server side. Pure functions.
 *
 * Written from the protocol notes (dynamic registration 5.1 and 5.2, MQTT credentials 6.2), apart
 * from the daemon's own plugin, so that the two check each other.
 */
#ifndef PROVSIM_CODEC_H
#define PROVSIM_CODEC_H

#include <stdbool.h>
#include <stddef.h>

/** Bytes of the longest base64 signature with its NUL (base64 of 64 hex characters). */
#define SIM_SIGNATURE_SIZE 96
/** Shortest product secret the payload cipher can work with, in characters. */
#define SIM_PRODUCT_SECRET_MIN 16

/** Base64 with padding. @param out at least 4 * ((size + 2) / 3) + 1 bytes */
void sim_base64_encode(const void *data, size_t size, char *out);

/**
 * Strict base64 (padding needed, no blanks).
 * @param out      room for `out_max` bytes
 * @param out_size bytes written
 * @return 0, PROVD_E_INVALID or PROVD_E_LIMIT
 */
int sim_base64_decode(const char *text, size_t size, unsigned char *out, size_t out_max,
		      size_t *out_size);

/** Lower-case hex with NUL. @param out at least 2 * size + 1 bytes */
void sim_hex_encode(const unsigned char *data, size_t size, char *out);

/** Members of a version 1 registration that are signed (5.1). */
struct sim_v1_signed {
	const char *device_name;
	const char *product_id;
	long long nonce;
	long long timestamp; /* seconds since the epoch, UTC */
};

/**
 * Version 1 signature: base64 of the lower-case HEX of HMAC-SHA1 (5.1, verified vector).
 * @param out SIM_SIGNATURE_SIZE bytes
 * @return 0, PROVD_E_LIMIT (names too long) or PROVD_E_INTERNAL
 */
int sim_v1_signature(const char *product_secret, const struct sim_v1_signed *in, char *out);

/** Parts of a version 2 registration that are signed (5.2). */
struct sim_v2_signed {
	const char *host;      /* as the client believes it to be called */
	const char *algorithm; /* "hmacsha256" or "hmacsha1", as in X-TC-Algorithm */
	const char *timestamp; /* header text, unchanged */
	const char *nonce;     /* header text, unchanged */
	const void *body;      /* exact bytes */
	size_t body_size;
};

/**
 * Version 2 signature: base64 of the RAW digest (5.2, computed vectors).
 * @param out SIM_SIGNATURE_SIZE bytes
 * @return 0, PROVD_E_NOT_SUPPORTED (algorithm), PROVD_E_LIMIT or PROVD_E_INTERNAL
 */
int sim_v2_signature(const char *product_secret, const struct sim_v2_signed *in, char *out);

/** Compare two texts without telling by time where they differ. */
bool sim_same_text(const char *a, const char *b);

/**
 * Encrypt the registration payload: AES-128-CBC, key = first 16 characters of the product secret,
 * IV = sixteen '0', zero padding (5.1).
 * @param out_base64 given: free() it
 * @return 0, PROVD_E_INVALID (secret too short), PROVD_E_NOMEM or PROVD_E_INTERNAL
 */
int sim_payload_encrypt(const char *product_secret, const void *plain, size_t size,
			char **out_base64);

/**
 * The inverse, for tests and for people who look into a recorded answer.
 * @param plain_size the answer's `len`
 * @param out_plain  given: free() it; has a NUL behind
 * @return 0, PROVD_E_INVALID, PROVD_E_NOMEM or PROVD_E_INTERNAL
 */
int sim_payload_decrypt(const char *product_secret, const char *base64, size_t plain_size,
			char **out_plain);

/**
 * Check an MQTT user name and password without TLS (6.2): the password must be
 * hex(HMAC(base64decode(device_secret), user name)) and the method name.
 * @return 0, PROVD_E_ACCESS (does not match) or PROVD_E_INVALID (form)
 */
int sim_mqtt_password_check(const char *device_secret, const char *username, const char *password);

#endif
