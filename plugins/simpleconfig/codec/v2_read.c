/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/v2.h"

#define GROUP_SIZE    63
#define BLOCK_CELLS   24
#define BLOCK_BYTES   8
#define BLOCK_FIRST_Q 2
#define BLOCK_LAST_Q  25
#define BLOCKS_MIN    6
#define BLOCKS_MAX    15
#define BLOCK_SYNC    0x1f0
#define CRYPT_MAX     120

/* 4.2: the groups, with what the second of a pair starts from. */
struct group {
	int32_t init;
	int32_t base;
	int32_t first; /* half bytes in front of it, rounded up to 16 */
};

static const struct group groups[] = {
	{3, 0x400 - 1, 0},
	{2, 0x418, 64},
	{11, 0x430, 128},
	{10, 0x448, 192},
};

/* 5: the first of a pair, per block. */
static const uint8_t block_init[BLOCKS_MAX] = {0x23, 0x22, 0x3b, 0x4a, 0x55, 0x64, 0x7d, 0x8c,
					       0x97, 0xa6, 0xbf, 0xce, 0xd9, 0xe8, 0xf1};

static int read_triples(int32_t small, int32_t difference, struct preamble *out)
{
	if (difference != 0x464 - 3 && difference != 0x465 - 3)
		return 0;
	out->coding = CODING_TRIPLES;
	out->crypt_len = difference == 0x464 - 3 ? 32 : 40;
	out->group = 0;
	out->extra = small - 3;
	return 1;
}

/* The differences of the four groups do not overlap: overhead does not matter. */
static int read_nibbles(int32_t small, int32_t difference, struct preamble *out)
{
	for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		int32_t above = difference + groups[g].init - groups[g].base;
		int32_t total = 16 * above + groups[g].first;

		if (above < 0 || total < 2 * SIMPLECONFIG_CRYPT_MIN || total > 2 * CRYPT_MAX ||
		    total <= (int32_t)(GROUP_SIZE * g))
			continue;
		out->coding = CODING_NIBBLES;
		out->crypt_len = (uint8_t)(total / 2);
		out->group = (uint8_t)g;
		out->extra = small - groups[g].init;
		return 1;
	}
	return 0;
}

static int read_blocks(int32_t small, int32_t large, int32_t extra, struct preamble *out)
{
	int32_t count = large - extra - (BLOCK_SYNC - 1);

	if (count < BLOCKS_MIN || count > BLOCKS_MAX)
		return 0;
	for (int32_t k = 0; k < count; k++) {
		if (small - extra != block_init[k])
			continue;
		out->coding = CODING_BLOCKS;
		out->crypt_len = (uint8_t)(BLOCK_BYTES * count);
		out->group = (uint8_t)k;
		out->extra = extra;
		return 1;
	}
	return 0;
}

int simpleconfig_preamble_read(int32_t first, int32_t second, int32_t extra,
			       struct preamble *out_preamble)
{
	int32_t small = first < second ? first : second;
	int32_t large = first < second ? second : first;

	if (large - small > 2000)
		return 0;
	return read_nibbles(small, large - small, out_preamble) ||
	       read_triples(small, large - small, out_preamble) ||
	       read_blocks(small, large, extra, out_preamble);
}

size_t simpleconfig_cells(enum coding coding, size_t crypt_len)
{
	switch (coding) {
	case CODING_NIBBLES:
		return 2 * crypt_len;
	case CODING_TRIPLES:
		return (8 * crypt_len + 2) / 3;
	case CODING_BLOCKS:
		return BLOCK_CELLS * crypt_len / BLOCK_BYTES;
	case CODING_NONE:
		break;
	}
	return 0;
}

static int read_nibble(size_t group, uint32_t len, uint8_t *out_q, uint8_t *out_value)
{
	if (len < 16 || len > 1023)
		return -1;
	*out_q = (uint8_t)(len >> 4);
	*out_value = len & 15;
	return (int)(GROUP_SIZE * group + *out_q - 1);
}

static int read_triple(uint32_t len, uint8_t *out_q, uint8_t *out_value)
{
	if (len < 8 || len > 1023)
		return -1;
	*out_q = (uint8_t)(len >> 3);
	*out_value = len & 7;
	return *out_q - 1;
}

static int read_block(size_t block, uint32_t len, uint8_t *out_q, uint8_t *out_value)
{
	uint32_t q = len >> 4 & 31;

	if (len >> 9 != 1 || q < BLOCK_FIRST_Q || q > BLOCK_LAST_Q)
		return -1;
	*out_q = (uint8_t)q;
	*out_value = len & 15;
	return (int)(BLOCK_CELLS * block + q - BLOCK_FIRST_Q);
}

int simpleconfig_data_read(enum coding coding, size_t crypt_len, size_t group, int32_t len,
			   uint8_t *out_q, uint8_t *out_value)
{
	int cell = -1;

	if (len < 0)
		return -1;
	switch (coding) {
	case CODING_NIBBLES:
		cell = read_nibble(group, (uint32_t)len, out_q, out_value);
		break;
	case CODING_TRIPLES:
		cell = read_triple((uint32_t)len, out_q, out_value);
		break;
	case CODING_BLOCKS:
		cell = read_block(group, (uint32_t)len, out_q, out_value);
		break;
	case CODING_NONE:
		break;
	}
	return cell < (int)simpleconfig_cells(coding, crypt_len) ? cell : -1;
}
