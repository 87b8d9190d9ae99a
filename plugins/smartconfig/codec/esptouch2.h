/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file codec/esptouch2.h
 * @brief ESP-Touch v2: symbols in, credentials out. Pure; nothing is allocated for a frame.
 *
 * A round of the sender is a known sequence of slots (smartconfig.md 3.2). Positions of symbols
 * are upper bounds of what was sent between them, so each symbol that is heard either fits in one
 * slot only, or in none, or in several; only the first kind votes. All streams of a phone vote
 * into the same table. Nothing here is thread-safe; a decoder belongs to one thread.
 *
 * Memory: struct esptouch2 is all there is, ESPTOUCH2_SIZE_MAX bytes at most.
 */
#ifndef SMARTCONFIG_ESPTOUCH2_H
#define SMARTCONFIG_ESPTOUCH2_H

#include <stdbool.h>

#include "air/decoder.h"

/** Phones at once; the one of least use makes room. */
#define ESPTOUCH2_PHONES_MAX 8
/** Groups of a round, header group included (smartconfig.md 3.1). */
#define ESPTOUCH2_GROUPS_MAX 64
/** Bytes of an AES-128 key. */
#define ESPTOUCH2_KEY_LEN 16
/** Upper bound of sizeof(struct esptouch2). */
#define ESPTOUCH2_SIZE_MAX (34u * 1024u)

/** `air_result.flags` */
enum esptouch2_flag {
	ESPTOUCH2_IPV6 = 1u << 0,      /**< the phone has an IPv6 address only */
	ESPTOUCH2_AES = 1u << 1,       /**< passphrase and reserved data came encrypted */
	ESPTOUCH2_RANDOM_IV = 1u << 2, /**< with an IV of their own */
	ESPTOUCH2_SSID_SCAN = 1u << 3  /**< the SSID is from the scan list */
};

/** Votes for one data packet: up to three values. */
struct esptouch2_cell {
	uint8_t value[3];
	uint8_t weight[3]; /**< 0: no value */
	uint8_t stamp;	   /**< when the last vote was, units of 65.5 ms */
};

/** A field of the body (smartconfig.md 3.5). */
struct esptouch2_field {
	uint8_t first;	/**< group; the first after the header group is 1 */
	uint8_t groups; /**< 0: no such field */
	uint8_t len;	/**< bytes without padding */
	uint8_t packed; /**< 1: 5 bytes a group and 8-bit CRC; 0: 6 bytes of 7 bits and 6-bit CRC */
};

/** What is where in the body. */
struct esptouch2_layout {
	struct esptouch2_field secret;	 /**< passphrase; with reserved data when `joined` */
	struct esptouch2_field reserved; /**< only when apart */
	struct esptouch2_field iv;
	struct esptouch2_field ssid;
	uint8_t joined;
	uint8_t groups; /**< of the round, header group included */
};

/** What is known of one phone. */
struct esptouch2_phone {
	uint64_t key; /**< its address; 0: free */
	uint64_t first_us;
	uint64_t last_us;
	uint64_t good; /**< groups whose CRC matches, by bits */
	uint64_t done; /**< digest of the result that was handed out; 0: none */
	uint32_t frames;
	uint32_t heard;	  /**< packets of late, and */
	uint32_t sent;	  /**< how many there were */
	uint32_t quiet;	  /**< packets since something else came */
	uint32_t foreign; /**< 1: the phone sends other things as well */
	uint8_t total[2]; /**< numbers of groups that were told, */
	uint8_t total_weight[2];
	uint8_t bssid[6];  /**< heard last */
	uint8_t header[5]; /**< smartconfig.md 3.4 */
	uint8_t has_header;
	struct esptouch2_layout layout;
	struct esptouch2_cell cell[ESPTOUCH2_GROUPS_MAX][8];
};

/** Where a sender is in its round: slot `lo` to `hi` at position `pos`. */
struct esptouch2_track {
	int64_t pos;
	int16_t lo;
	int16_t hi;
	int8_t fit;    /**< how well it explains what is heard; negative: not in use */
	uint8_t exact; /**< 1: all numbers since the last data packet are the sender's */
	int8_t group;  /**< data packet that is proven when the next one is exact; -1: none */
	uint8_t k;
	uint8_t bits;
	uint8_t advance; /**< slots from the packet before to the last one */
	int16_t top; /**< the slot cannot be above this, even if the last data packet was none */
	uint8_t reserved[4];
};

/** What is known of one stream. */
struct esptouch2_stream {
	uint64_t key;
	int64_t pos[2]; /**< of the last two symbols, newest first */
	int32_t len[2];
	int32_t shift; /**< bytes by which lengths are too large: a learned overhead */
	uint32_t epoch;
	struct esptouch2_track track[2]; /**< the one that votes, and a challenger */
};

/** The decoder. Members are not for users. */
struct esptouch2 {
	const struct air_bss *scan;
	size_t scan_count;
	uint32_t has_key;
	uint8_t aes_key[ESPTOUCH2_KEY_LEN];
	struct esptouch2_stream stream[AIR_STREAMS_MAX];
	struct esptouch2_phone phone[ESPTOUCH2_PHONES_MAX];
};

/**
 * Prepares a decoder.
 * @param key ESPTOUCH2_KEY_LEN bytes, copied; NULL: encrypted senders cannot be read
 */
void esptouch2_init(struct esptouch2 *decoder, const uint8_t *key);

/** Wipes all that was learned, keys and passphrases included. */
void esptouch2_finish(struct esptouch2 *decoder);

/**
 * The networks that are known, for SSIDs that are not sent (smartconfig.md 3.5).
 * @param list borrowed until the next call or esptouch2_finish(); may change in place
 */
void esptouch2_scan(struct esptouch2 *decoder, const struct air_bss *list, size_t count);

/**
 * Takes one symbol.
 * @param out_result filled when 1 is returned; `token` is the port index of the acknowledgement
 *                   (smartconfig.md 3.8), `flags` are of enum esptouch2_flag. Wipe it.
 * @return 1: credentials of this phone are complete, or have changed; 0 otherwise
 */
int esptouch2_push(struct esptouch2 *decoder, const struct air_symbol *symbol,
		   struct air_result *out_result);

/**
 * @param sa 6 bytes, the phone
 * @return enum air_progress
 */
int esptouch2_progress(const struct esptouch2 *decoder, const uint8_t *sa);

#endif /* SMARTCONFIG_ESPTOUCH2_H */
