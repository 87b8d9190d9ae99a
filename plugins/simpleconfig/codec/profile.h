/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file profile.h
 * @brief Plaintext of a profile: simpleconfig.md 2.4. Pure, any thread, hostile input safe.
 */
#ifndef SIMPLECONFIG_PROFILE_H
#define SIMPLECONFIG_PROFILE_H

#include <stddef.h>
#include <stdint.h>

/** What a profile says. Secret: wipe it. */
struct simpleconfig_profile {
	uint8_t ssid_len; /**< 0 to 32; 0 with `by_bssid` */
	uint8_t passphrase_len;
	uint8_t by_bssid; /**< 1: the phone does not know the SSID, only what follows */
	uint8_t channel;
	uint8_t hidden;
	uint8_t bssid[6];
	uint8_t phone_ip[4];
	uint8_t ssid[32];
	uint8_t passphrase[64];
	/**
	 * Bits by which chance would have had to be lucky to make these bytes: what stands in for
	 * the missing check value of the broadcast variants.
	 */
	uint32_t evidence;
};

/**
 * Multicast form: a byte of tag, a byte of length.
 * @param plain `len` bytes, behind the initial value
 * @return 0 or PROVD_E_CORRUPT
 */
int simpleconfig_profile_long(const uint8_t *plain, size_t len,
			      struct simpleconfig_profile *out_profile);

/**
 * Broadcast form: tag and length in one byte.
 * @param plain `len` bytes, the initial value included
 * @return 0 or PROVD_E_CORRUPT, as with a wrong key
 */
int simpleconfig_profile_short(const uint8_t *plain, size_t len,
			       struct simpleconfig_profile *out_profile);

#endif /* SIMPLECONFIG_PROFILE_H */
