/* SPDX-License-Identifier: Apache-2.0 */
/* Broadcast lengths, the pure parts: what two or one of them say. simpleconfig.md 4 and 5. */
#ifndef SIMPLECONFIG_V2_H
#define SIMPLECONFIG_V2_H

#include "codec/state.h"

/* A pair of preamble packets. */
struct preamble {
	enum coding coding;
	uint8_t crypt_len; /* bytes */
	uint8_t group;	   /* of half bytes, or block */
	int32_t extra;	   /* what both lengths are too long by */
};

/* Payloads that pairs may be too long by: 16-byte MICs, FCS, HT control; the rest is learned. */
#define EXTRA_MAX 40

/*
 * Two lengths in a row, in any order. 1: they are a pair. Blocks are only looked for with the
 * overhead `extra`, since their values leave that open.
 */
int simpleconfig_preamble_read(int32_t first, int32_t second, int32_t extra,
			       struct preamble *out_preamble);

/* Cells of a set, 0 for CODING_NONE. */
size_t simpleconfig_cells(enum coding coding, size_t crypt_len);

/*
 * A data length without overhead.
 * out_q: running number in the group; out_value: the bits
 * Returns the cell, or -1: not data of this coding.
 */
int simpleconfig_data_read(enum coding coding, size_t crypt_len, size_t group, int32_t len,
			   uint8_t *out_q, uint8_t *out_value);

#endif /* SIMPLECONFIG_V2_H */
