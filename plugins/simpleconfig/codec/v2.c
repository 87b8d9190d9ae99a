/* SPDX-License-Identifier: Apache-2.0 */
/* Broadcast lengths that carry bits: following a stream, collecting. simpleconfig.md 4 and 5. */
#include "codec/v2.h"
#include "codec/rs.h"

#include <string.h>

#define NIBBLE_BITS 4
#define TRIPLE_BITS 3
#define BLOCK_CELLS 24
/* Pairs with an overhead that is in no table. */
#define EXTRA_HITS 3
/* Pairs of another kind after which the sender is believed to have changed. */
#define RIVALS_MAX 3
#define SILENCE_US 2000000u
/* Frames of a preamble, and of other traffic in between. */
#define PREAMBLE_FRAMES 64
/* 4.3, step 3 */
#define BACKWARDS_MAX 8

/* Votes: a value in its place in a row of values, and one that may be anything. */
#define WEIGHT_FITS  3
#define WEIGHT_LOOSE 1

static int is_known_extra(const struct air_symbol *symbol, int32_t extra)
{
	return extra == 0 || (symbol->len2 >= 0 && extra == symbol->len - symbol->len2);
}

/* 1: the pair is believed. */
static int learn_extra(struct track *track, const struct air_symbol *symbol, int32_t extra)
{
	if (extra < -EXTRA_MAX || extra > EXTRA_MAX)
		return 0;
	if (track->v2_hits == 0 || extra != track->v2_extra) {
		/* an overhead that is known for sure gives way only to another such */
		if (track->v2_hits >= EXTRA_HITS && !is_known_extra(symbol, extra))
			return 0;
		track->v2_extra = extra;
		track->v2_hits = 0;
	}
	if (is_known_extra(symbol, extra))
		track->v2_hits = EXTRA_HITS;
	else if (track->v2_hits < EXTRA_HITS)
		track->v2_hits++;
	return track->v2_hits >= EXTRA_HITS;
}

static int read_pair(struct track *track, const struct air_symbol *symbol, struct preamble *out)
{
	int32_t other = symbol->len2 >= 0 ? symbol->len - symbol->len2 : 0;
	int32_t learned = track->v2_hits >= EXTRA_HITS ? track->v2_extra : 0;

	return simpleconfig_preamble_read(track->last_len, symbol->len, learned, out) ||
	       simpleconfig_preamble_read(track->last_len, symbol->len, 0, out) ||
	       simpleconfig_preamble_read(track->last_len, symbol->len, other, out);
}

static void start_set(struct v2_set *set, enum coding coding, uint8_t crypt_len)
{
	memset(set, 0, sizeof(*set));
	set->coding = coding;
	set->crypt_len = crypt_len;
}

static void adopt(struct v2_set *set, const struct preamble *preamble)
{
	if (set->coding == preamble->coding && set->crypt_len == preamble->crypt_len) {
		set->rivals = 0;
		return;
	}
	if (set->rivals == 0 || set->rival_coding != (uint8_t)preamble->coding ||
	    set->rival_len != preamble->crypt_len)
		set->rivals = 0;
	set->rival_coding = (uint8_t)preamble->coding;
	set->rival_len = preamble->crypt_len;
	set->rivals++;
	if (set->count == 0 || set->rivals >= RIVALS_MAX)
		start_set(set, preamble->coding, preamble->crypt_len);
}

/* Chance makes a pair now and then, but not two of a kind within the 32 packets of a preamble. */
static int is_second(struct track *track, const struct air_symbol *symbol,
		     const struct preamble *preamble)
{
	int again = track->pair_coding == (uint8_t)preamble->coding &&
		    track->pair_len == preamble->crypt_len &&
		    track->pair_group == preamble->group &&
		    symbol->position - track->pair_position <= PREAMBLE_FRAMES;

	track->pair_coding = (uint8_t)preamble->coding;
	track->pair_len = preamble->crypt_len;
	track->pair_group = preamble->group;
	track->pair_position = symbol->position;
	return again;
}

/* 1: the symbol was part of a preamble. */
static int follow_preamble(struct simpleconfig *state, struct track *track,
			   const struct air_symbol *symbol)
{
	struct preamble preamble;

	if (!read_pair(track, symbol, &preamble) || !learn_extra(track, symbol, preamble.extra))
		return 0;
	if (!is_second(track, symbol, &preamble))
		return 1;
	track->coding = preamble.coding;
	track->crypt_len = preamble.crypt_len;
	track->group = preamble.group;
	track->last_q = 0;
	track->last_position = symbol->position;
	adopt(&simpleconfig_phone_get(state, symbol)->v2, &preamble);
	return 1;
}

/*
 * Between two data packets there are at least as many sequence numbers as there are steps of q: one
 * that is too far ahead is other traffic.
 */
static int weigh(const struct track *track, const struct air_symbol *symbol, uint8_t q)
{
	int64_t steps = (int64_t)q - track->last_q;
	int64_t room = symbol->position - track->last_position;

	return steps > 0 && steps <= room ? WEIGHT_FITS : WEIGHT_LOOSE;
}

/* 1: something is known now that was not before; -1: more is sure than before. */
static int store(struct v2_set *set, size_t index, uint8_t value, int weight)
{
	struct cell *cell = &set->cells[index];
	int left;

	if (cell->weight && cell->value == value) {
		left = cell->weight + weight;
		cell->weight = (uint8_t)(left > WEIGHT_MAX ? WEIGHT_MAX : left);
		return -1;
	}
	left = (int)cell->weight - weight;
	if (left > 0) {
		cell->weight = (uint8_t)left;
		return 0;
	}
	if (!cell->weight)
		set->count++;
	cell->value = value;
	cell->weight = (uint8_t)weight;
	return 1;
}

/* Bits of one cell each. Up to two cells may be missing. */
static int collect_bits(const struct v2_set *set, size_t width, struct attempt *attempt)
{
	size_t bits = 8 * (size_t)set->crypt_len;
	size_t count = simpleconfig_cells(set->coding, set->crypt_len);

	if ((size_t)set->count + GAPS_MAX < count)
		return 0;
	memset(attempt->crypt, 0, sizeof(attempt->crypt));
	for (size_t i = 0; i < count; i++) {
		const struct cell *cell = &set->cells[i];
		size_t used = bits - i * width < width ? bits - i * width : width;

		if (!cell->weight && attempt->gap_count == GAPS_MAX)
			return 0;
		if (!cell->weight)
			attempt->gaps[attempt->gap_count++] =
				(struct gap){.bit = i * width, .width = used};
		for (size_t b = 0; b < used; b++)
			if (cell->value >> (width - 1 - b) & 1)
				attempt->crypt[(i * width + b) / 8] |=
					(uint8_t)(0x80u >> ((i * width + b) % 8));
	}
	return 1;
}

/* 16 half bytes, then four parity bytes of two halves each. */
static int collect_block(const struct cell *cells, uint8_t *out_bytes)
{
	uint8_t word[SIMPLECONFIG_RS_WORD];
	uint32_t erased = 0;

	for (size_t i = 0; i < SIMPLECONFIG_RS_DATA; i++) {
		word[i] = cells[i].value;
		if (!cells[i].weight)
			erased |= 1u << i;
	}
	for (size_t i = 0; i < SIMPLECONFIG_RS_PARITY; i++) {
		const struct cell *pair = cells + SIMPLECONFIG_RS_DATA + 2 * i;

		word[SIMPLECONFIG_RS_DATA + i] = (uint8_t)(pair[0].value << 4 | pair[1].value);
		if (!pair[0].weight || !pair[1].weight)
			erased |= 1u << (SIMPLECONFIG_RS_DATA + i);
	}
	if (simpleconfig_rs_decode(word, erased) < 0)
		return 0;
	for (size_t i = 0; i < SIMPLECONFIG_RS_DATA / 2; i++)
		out_bytes[i] = (uint8_t)(word[2 * i] << 4 | word[2 * i + 1]);
	return 1;
}

static int collect_blocks(const struct v2_set *set, struct attempt *attempt)
{
	size_t count = set->crypt_len / 8u;

	if (set->count < count * SIMPLECONFIG_RS_DATA)
		return 0;
	for (size_t k = 0; k < count; k++)
		if (!collect_block(set->cells + BLOCK_CELLS * k, attempt->crypt + 8 * k))
			return 0;
	return 1;
}

static int collect(const struct v2_set *set, struct attempt *attempt)
{
	attempt->crypt_len = set->crypt_len;
	attempt->gap_count = 0;
	switch (set->coding) {
	case CODING_NIBBLES:
		return collect_bits(set, NIBBLE_BITS, attempt);
	case CODING_TRIPLES:
		return collect_bits(set, TRIPLE_BITS, attempt);
	case CODING_BLOCKS:
		return collect_blocks(set, attempt);
	case CODING_NONE:
		break;
	}
	return 0;
}

/* Every value was heard in its place at least twice. */
static int is_confirmed(const struct v2_set *set)
{
	size_t count = simpleconfig_cells(set->coding, set->crypt_len);

	for (size_t i = 0; i < count; i++)
		if (set->cells[i].weight <= WEIGHT_FITS)
			return 0;
	return 1;
}

static int try_set(struct v2_set *set, struct attempt *attempt)
{
	static const uint8_t rand[SIMPLECONFIG_RAND_SIZE] = {0x32, 0x33, 0x34, 0x35};
	int confirmed = set->weak && is_confirmed(set);
	int complete = set->count == simpleconfig_cells(set->coding, set->crypt_len);

	if (set->weak && !confirmed)
		return 0;
	if (!collect(set, attempt))
		return 0;
	memcpy(attempt->rand, rand, sizeof(rand));
	attempt->pattern = SIMPLECONFIG_BROADCAST;
	attempt->pins = PIN_DEFAULT | PIN_OWN;
	attempt->needed = confirmed ? EVIDENCE_LEAST : EVIDENCE_ENOUGH;
	if (simpleconfig_attempt_run(attempt))
		return 1;
	if (complete && attempt->weak && !confirmed)
		set->weak = 1;
	else if (complete)
		start_set(set, set->coding, set->crypt_len);
	return 0;
}

static int follow_data(struct simpleconfig *state, struct track *track,
		       const struct air_symbol *symbol, struct attempt *attempt)
{
	struct phone *phone;
	uint8_t q = 0;
	uint8_t value = 0;
	int weight;
	int stored;
	int found;
	int cell;

	if (track->coding == CODING_NONE || track->group == GROUP_NONE)
		return 0;
	cell = simpleconfig_data_read(track->coding, track->crypt_len, track->group,
				      symbol->len - track->v2_extra, &q, &value);
	if (cell < 0)
		return 0;
	weight = weigh(track, symbol, q);
	if (q + BACKWARDS_MAX < track->last_q && track->coding != CODING_TRIPLES) {
		track->group = GROUP_NONE;
		return 0;
	}
	if (weight == WEIGHT_FITS) {
		track->last_q = q;
		track->last_position = symbol->position;
	}
	phone = simpleconfig_phone_get(state, symbol);
	if (phone->v2.coding != track->coding || phone->v2.crypt_len != track->crypt_len)
		return 0;
	stored = store(&phone->v2, (size_t)cell, value, weight);
	attempt->sa = phone->sa;
	if (stored <= 0 && (stored == 0 || !phone->v2.weak))
		return 0;
	found = try_set(&phone->v2, attempt);
	/* what was complete and wrong is not worth more without a new preamble */
	if (!found && phone->v2.count == 0)
		track->coding = CODING_NONE;
	return found;
}

int simpleconfig_v2_push(struct simpleconfig *state, struct track *track,
			 const struct air_symbol *symbol, struct attempt *attempt)
{
	int found = 0;

	if (symbol->time_us > track->last_us + SILENCE_US)
		track->last_len = -1;
	if (track->last_len < 0 || !follow_preamble(state, track, symbol))
		found = follow_data(state, track, symbol, attempt);
	track->last_len = symbol->len;
	track->last_us = symbol->time_us;
	return found;
}
