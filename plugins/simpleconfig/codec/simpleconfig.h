/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file simpleconfig.h
 * @brief Decoder of Realtek Simple Config on the air: symbols in, credentials out.
 *
 * All three codings: multicast addresses (simpleconfig.md 3, "simpleconfig1"), broadcast lengths
 * (4, "simpleconfig2") and the newer broadcast forms of three bits and of Reed-Solomon blocks (5,
 * "simpleconfig3"; its short form is that of 4). Phones are told apart by their address, so that
 * what two access points relay of one phone comes together.
 *
 * Pure: no clock, no I/O, nothing allocated per frame (only while a complete profile is being
 * unwrapped, inside the crypto library). One thread at a time per state.
 */
#ifndef SIMPLECONFIG_H
#define SIMPLECONFIG_H

#include "air/decoder.h"
#include "codec/crypt.h"

/** Phones that are followed at once; the one of least use makes room. */
#define SIMPLECONFIG_PHONES_MAX 8
/** Upper bound of simpleconfig_size(), for static memory. */
#define SIMPLECONFIG_SIZE_MAX 16384

/** `air_result.flags` */
enum simpleconfig_flag {
	SIMPLECONFIG_OWN_PIN = 1u << 0,	    /**< made with the device's PIN, not the default one */
	SIMPLECONFIG_BY_BSSID = 1u << 1,    /**< the phone knows no SSID: `bssid` is the network,
						 `reserved` its channel and a byte "hidden" */
	SIMPLECONFIG_PLACEHOLDER = 1u << 2, /**< key made with 02:00:00:00:00:00 */
	SIMPLECONFIG_REPAIRED = 1u << 3	    /**< symbols that were never heard were worked out */
};

/** Who may provision the device. */
struct simpleconfig_policy {
	uint8_t pin[SIMPLECONFIG_PIN_MAX]; /**< the device's own, secret; padded with '0' to 8 */
	size_t pin_len;			   /**< 0: none */
	/** 1: the default PIN is good too although there is an own one; everybody knows it. */
	int allow_default;
};

struct simpleconfig;

/** Bytes of a struct simpleconfig, for the caller's memory (aligned as for malloc()). */
size_t simpleconfig_size(void);

/** @param policy copied; NULL: the default PIN only */
void simpleconfig_init(struct simpleconfig *state, const struct simpleconfig_policy *policy);

/** Wipes everything. NULL allowed. */
void simpleconfig_finish(struct simpleconfig *state);

/**
 * Takes a symbol.
 *
 * After a result the phone starts anew: it comes again when the phone goes on sending, which is what
 * a session needs whose join has failed.
 *
 * @param out_result written only with a result; secret
 * @return 1: a result; 0: not yet
 */
int simpleconfig_push(struct simpleconfig *state, const struct air_symbol *symbol,
		      struct air_result *out_result);

/**
 * How far the best phone is, for the lock of the channel.
 * @param now_us  on the clock of the symbols; phones silent for 5 s do not count
 * @param out_sa  6 bytes, the phone, when not AIR_IDLE; may be NULL
 */
enum air_progress simpleconfig_progress(const struct simpleconfig *state, uint64_t now_us,
					uint8_t *out_sa);

#endif /* SIMPLECONFIG_H */
