/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crypt.h
 * @brief Keys and cipher of Simple Config: simpleconfig.md 2.1 to 2.3. Pure, any thread.
 */
#ifndef SIMPLECONFIG_CRYPT_H
#define SIMPLECONFIG_CRYPT_H

#include <stddef.h>
#include <stdint.h>

/** Least and most bytes of a PIN (simpleconfig.md 2.1). */
#define SIMPLECONFIG_PIN_MIN 8
#define SIMPLECONFIG_PIN_MAX 64
/** Least and most bytes of an encrypted profile. */
#define SIMPLECONFIG_CRYPT_MIN 16
#define SIMPLECONFIG_CRYPT_MAX 128
/** Bytes of the initial value in front of what was wrapped. */
#define SIMPLECONFIG_IV_SIZE 8
/** Bytes of the random value in the key. */
#define SIMPLECONFIG_RAND_SIZE 4

/** Which of the two names goes into the key. */
enum simpleconfig_pattern {
	SIMPLECONFIG_MULTICAST, /**< "sc_mcast_udp" */
	SIMPLECONFIG_BROADCAST	/**< "sc_bcast_udp" */
};

/** What a key is made of. `mac` and `rand` and `pin` are borrowed. */
struct simpleconfig_key_source {
	const uint8_t *mac;  /**< 6 bytes: the sender's address, or what it believes it to be */
	const uint8_t *pin;  /**< `pin_len` bytes, 8 to 64 */
	const uint8_t *rand; /**< 4 bytes */
	size_t pin_len;
	enum simpleconfig_pattern pattern;
};

/** The PIN of devices that have none of their own: "57289961", 8 bytes, not terminated. */
const uint8_t *simpleconfig_default_pin(void);
/** The address of phones that cannot read their own: 02:00:00:00:00:00. */
const uint8_t *simpleconfig_placeholder_mac(void);

/**
 * Derives the key that wraps a profile (simpleconfig.md 2.2).
 * @param out_key 16 bytes, secret: wipe it
 * @return 0, PROVD_E_INVALID (PIN too short or long), PROVD_E_NOMEM
 */
int simpleconfig_derive_key(const struct simpleconfig_key_source *source, uint8_t *out_key);

/** An unwrapping key, ready for use. */
struct simpleconfig_unwrap;

/** @return given: end with simpleconfig_unwrap_destroy(); NULL: out of memory */
struct simpleconfig_unwrap *simpleconfig_unwrap_create(const uint8_t *key);
void simpleconfig_unwrap_destroy(struct simpleconfig_unwrap *unwrap);

/**
 * Unwraps as RFC 3394, 2.2.2, without a look at the initial value: what that is differs between
 * the variants (simpleconfig.md 2.3).
 * @param crypt   `len` bytes: 16 to 128, a multiple of 8
 * @param out_all `len` bytes: the initial value, then the rest; secret
 * @return 0, PROVD_E_INVALID (length), PROVD_E_NOMEM
 */
int simpleconfig_unwrap_run(struct simpleconfig_unwrap *unwrap, const uint8_t *crypt, size_t len,
			    uint8_t *out_all);

/** 1 when the initial value is that of RFC 3394, 2.2.3: 64 bits that say "right key". */
int simpleconfig_iv_is_standard(const uint8_t *all);

/**
 * MD5(nonce, then PIN), the proof in requests of phones (simpleconfig.md 8, 9).
 * @param nonce   64 bytes
 * @param out_digest 16 bytes
 * @return 0 or PROVD_E_NOMEM
 */
int simpleconfig_request_digest(const uint8_t *nonce, const uint8_t *pin, size_t pin_len,
				uint8_t *out_digest);

#endif /* SIMPLECONFIG_CRYPT_H */
