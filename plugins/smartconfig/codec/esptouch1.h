/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file codec/esptouch1.h
 * @brief ESP-Touch v1 out of the air: symbols in, credentials out. Pure.
 *
 * Source: smartconfig.md 2 (content), 6.3 to 6.5 (decoding). Every half of a byte is collected
 * apart, tied to its index packet by position, or by the order of transmission when that packet
 * was lost; the check bits of the byte, the XOR over all of them and the CRC of the SSID decide.
 *
 * One decoder follows up to ESPTOUCH1_PHONES phones, told apart by their MAC address, whichever
 * streams they are heard in. Memory: esptouch1_size() bytes (about 40 KiB) given by the caller;
 * nothing is allocated. Not thread-safe; different decoders are independent.
 */
#ifndef ESPTOUCH1_H
#define ESPTOUCH1_H

#include "air/decoder.h"

#include <stddef.h>

/** Phones that are followed at once; the one of least use makes room. */
#define ESPTOUCH1_PHONES 8

/** `air_result.flags` of variant "esptouch1" */
enum esptouch1_flag {
	ESPTOUCH1_BSSID_TOLD = 1u << 0, /**< all 6 bytes were sent and fit their CRC */
	ESPTOUCH1_SSID_FOUND = 1u << 1, /**< the SSID is from the scan list, not from the phone */
	ESPTOUCH1_BYTE_MENDED = 1u << 2 /**< one byte is from the XOR over the others */
};

struct esptouch1;

/** Networks that were heard, for SSIDs that are not sent. Borrowed for the call; may be empty. */
struct esptouch1_scan {
	const struct air_bss *list;
	size_t count;
};

/** Bytes of a struct esptouch1, for the caller's memory. */
size_t esptouch1_size(void);
void esptouch1_init(struct esptouch1 *decoder);
/** Wipes all that was heard; the memory stays the caller's. NULL is allowed. */
void esptouch1_finish(struct esptouch1 *decoder);

/**
 * Takes one symbol.
 * @param scan       may be NULL
 * @param out_result filled when 1 is returned, else untouched; secret
 * @return 1: checked credentials, once until the phone sends something else or was
 *         silent for a minute; 0: not yet
 */
int esptouch1_push(struct esptouch1 *decoder, const struct air_symbol *symbol,
		   const struct esptouch1_scan *scan, struct air_result *out_result);

/** How far it has come with a phone (NULL: with any). */
enum air_progress esptouch1_progress(const struct esptouch1 *decoder, const uint8_t *sa);

#endif /* ESPTOUCH1_H */
