/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file air/decoder.h
 * @brief What every decoder of this tree takes and gives: symbols in, credentials out. Pure.
 */
#ifndef AIR_DECODER_H
#define AIR_DECODER_H

#include "air/symbol.h"

/** Longest passphrase on the air, and longest extra data. */
#define AIR_PASSPHRASE_MAX 64
#define AIR_RESERVED_MAX   128

/** A complete and checked result. Secret: wipe it with OPENSSL_cleanse. */
struct air_result {
	const char
		*variant; /**< "airkiss", "esptouch1", "esptouch2", "simpleconfig1", ...; static */
	uint8_t ssid_len;
	uint8_t passphrase_len;
	uint8_t reserved_len;
	uint8_t flags; /**< of the variant, see its header */
	uint8_t ssid[PROVD_SSID_MAX];
	uint8_t passphrase[AIR_PASSPHRASE_MAX];
	uint8_t reserved[AIR_RESERVED_MAX];
	uint8_t bssid[6];    /**< that the phone is in, as it says or as heard */
	uint8_t sa[6];	     /**< the phone */
	uint8_t phone_ip[4]; /**< 0.0.0.0: not told */
	uint32_t
		token; /**< what the acknowledgement needs: AirKiss' random byte, ESP-Touch v1's total
				 length, v2's port index */
	uint32_t frames;   /**< symbols used so far */
	uint64_t time_us;  /**< of the symbol that completed it */
	uint64_t first_us; /**< of the first evidence */
};

/** How far a decoder has come with a phone, for the channel's lock. */
enum air_progress {
	AIR_IDLE = 0,	   /**< nothing that looks like this protocol */
	AIR_CANDIDATE = 1, /**< a guide, or data that fits: stay a while */
	AIR_LOCKED = 2	   /**< checked data: stay */
};

#endif /* AIR_DECODER_H */
