/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crypt.h
 * @brief The few cryptographic steps of the Tencent protocols, on OpenSSL's EVP functions.
 *
 * Pure functions, any thread. Outputs are untouched on failure unless stated.
 */
#ifndef TENCENT_CRYPT_H
#define TENCENT_CRYPT_H

#include <stddef.h>
#include <stdint.h>

/** Hash behind a signature; the wire names are "hmacsha1" and "hmacsha256". */
enum tencent_hash {
	TENCENT_SHA1 = 1,
	TENCENT_SHA256 = 2,
};

/** Longest digest in bytes. */
#define TENCENT_DIGEST_MAX 32

/** AES key and block length of the registration payload, in bytes. */
#define TENCENT_AES_BLOCK 16

/** Name of a signature method on the wire: "hmacsha1" or "hmacsha256"; static text. */
const char *tencent_hash_name(enum tencent_hash hash);

/**
 * HMAC over a message.
 * @param key `key_len` bytes, at least 1
 * @param out_digest TENCENT_DIGEST_MAX bytes
 * @return digest length in bytes, or PROVD_E_INVALID / PROVD_E_INTERNAL
 */
int tencent_hmac(enum tencent_hash hash, const void *key, size_t key_len, const void *message,
		 size_t len, uint8_t *out_digest);

/** Plain hash over a message; arguments and result as tencent_hmac(). */
int tencent_digest(enum tencent_hash hash, const void *message, size_t len, uint8_t *out_digest);

/**
 * Lower-case hex.
 * @param out `cap` bytes, at least 2 * len + 1
 * @return length of the text, or PROVD_E_NO_SPACE
 */
int tencent_hex(const uint8_t *bytes, size_t len, char *out, size_t cap);

/**
 * Base64 with padding, in one line.
 * @param out `cap` bytes, at least 4 * ((len + 2) / 3) + 1
 * @return length of the text, or PROVD_E_NO_SPACE
 */
int tencent_base64_encode(const void *bytes, size_t len, char *out, size_t cap);

/**
 * Strict base64: the standard alphabet, full padding, no blanks, at least one byte of content.
 * @param text `len` characters
 * @param out `cap` bytes; at least 3 * len / 4. Wiped on failure
 * @return number of bytes, PROVD_E_INVALID for anything else, PROVD_E_NO_SPACE
 */
int tencent_base64_decode(const char *text, size_t len, uint8_t *out, size_t cap);

/**
 * AES-128-CBC without padding, IV of sixteen ASCII '0' ([C2] dynamic registration, 5.1).
 * @param key TENCENT_AES_BLOCK bytes
 * @param cipher `len` bytes, a multiple of TENCENT_AES_BLOCK, not 0
 * @param out_plain `len` bytes; wiped on failure
 * @return 0, PROVD_E_INVALID for the length, PROVD_E_INTERNAL / PROVD_E_NOMEM
 */
int tencent_aes_decrypt(const uint8_t *key, const uint8_t *cipher, size_t len, uint8_t *out_plain);

#endif /* TENCENT_CRYPT_H */
