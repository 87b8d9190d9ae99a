/* SPDX-License-Identifier: Apache-2.0 */
/* Multicast addresses that carry bytes: simpleconfig.md 3. */
#include "codec/state.h"

#include <string.h>

#define PATTERN_DEFAULT_PIN 2
#define PATTERN_OWN_PIN	    3
#define CRYPT_MIN	    24
#define CRYPT_MAX	    120
#define RAND_AT		    5
/* Shortest payload that an Ethernet on the way does not pad. */
#define UNPADDED_MIN 18
/* What an unknown cipher or header may add; more is other traffic. */
#define EXTRA_MAX  40
#define EXTRA_HITS 3

struct packet {
	uint8_t seq;
	uint8_t data;
};

/* What the first five packets say. */
struct head {
	size_t crypt_len; /* 0: not known */
	uint32_t pins;
	int wrong;
};

static int is_crypt_len(size_t len)
{
	return len >= CRYPT_MIN && len <= CRYPT_MAX && len % 8 == 0;
}

/* 3.2: magic = 0xa0 + pattern + 9 + length. Lengths are multiples of 8, so it tells both. */
static int read_magic(uint8_t magic, size_t *out_crypt_len, unsigned int *out_pattern)
{
	for (unsigned int p = PATTERN_DEFAULT_PIN; p <= PATTERN_OWN_PIN; p++) {
		size_t len = (magic - 0xa0u - V1_HEAD - p) & 0xffu;

		if (!is_crypt_len(len))
			continue;
		*out_crypt_len = len;
		*out_pattern = p;
		return 1;
	}
	return 0;
}

/* The first packets can hold only few values; that keeps other multicasts out. */
static int is_plausible(const struct packet *packet)
{
	size_t len;
	unsigned int pattern;

	switch (packet->seq) {
	case 0:
	case 1:
		return packet->data == 0;
	case 2:
		return packet->data == PATTERN_DEFAULT_PIN || packet->data == PATTERN_OWN_PIN;
	case 3:
		return packet->data > V1_HEAD && is_crypt_len((size_t)packet->data - V1_HEAD);
	case 4:
		return read_magic(packet->data, &len, &pattern);
	default:
		return 1;
	}
}

/* 3.4, last sentence: an overhead that is in no table counts once it has come with three numbers. */
static int learn_extra(struct track *track, int32_t extra, uint8_t seq)
{
	if (extra < -EXTRA_MAX || extra > EXTRA_MAX)
		return 0;
	if (track->v1_hits == 0 || extra != track->v1_extra) {
		track->v1_extra = extra;
		track->v1_hits = 1;
	} else if (seq != track->v1_seq && track->v1_hits < EXTRA_HITS) {
		track->v1_hits++;
	}
	track->v1_seq = seq;
	return track->v1_hits >= EXTRA_HITS;
}

static int fits_length(struct track *track, const struct air_symbol *symbol, uint8_t seq)
{
	if (symbol->len == seq || (symbol->len2 >= 0 && symbol->len2 == seq))
		return 1;
	if (seq < UNPADDED_MIN && symbol->len == UNPADDED_MIN && symbol->direction == AIR_FROM_AP)
		return 1;
	return learn_extra(track, symbol->len - seq, seq);
}

/* 3.1 and, for number 128 whose top bit the address cannot hold, 3.3. */
static int read_packet(struct track *track, const struct air_symbol *symbol,
		       struct packet *out_packet)
{
	const uint8_t *da = symbol->da;
	unsigned int sum = 0;

	if (da[0] != 0x01 || da[1] != 0x00 || da[2] != 0x5e || (da[3] & 0x80))
		return 0;
	for (size_t i = 0; i < 6; i++)
		sum += da[i];
	sum &= 0xff;
	if (sum != 0 && (sum != 0x80 || da[3] != 0))
		return 0;
	out_packet->seq = (uint8_t)(da[3] + sum);
	out_packet->data = da[5];
	return is_plausible(out_packet) && fits_length(track, symbol, out_packet->seq);
}

static void fill(struct v1_set *set, uint8_t seq, uint8_t data)
{
	if (!set->cells[seq].weight)
		set->count++;
	set->cells[seq].value = data;
	set->cells[seq].weight = 1;
}

/*
 * A value other than before: noise is outvoted, but two different numbers in a row that do not fit
 * are a sender that was started anew, with another random value and so with other bytes throughout.
 */
static int contradict(struct v1_set *set, const struct packet *packet)
{
	struct cell *cell = &set->cells[packet->seq];
	uint8_t other = set->conflict_seq;
	uint8_t other_value = set->conflict_value;

	if (set->conflicts == 0 || other != packet->seq)
		set->conflicts++;
	set->conflict_seq = packet->seq;
	set->conflict_value = packet->data;
	if (set->conflicts >= 2) {
		memset(set, 0, sizeof(*set));
		fill(set, other, other_value);
		fill(set, packet->seq, packet->data);
		return 1;
	}
	if (--cell->weight > 0)
		return 0;
	set->count--;
	fill(set, packet->seq, packet->data);
	return 1;
}

/* 1: something is known now that was not before. */
static int store(struct v1_set *set, const struct packet *packet)
{
	struct cell *cell = &set->cells[packet->seq];

	if (!cell->weight) {
		fill(set, packet->seq, packet->data);
		return 1;
	}
	if (cell->value != packet->data)
		return contradict(set, packet);
	if (cell->weight < WEIGHT_MAX)
		cell->weight++;
	/* The first five are the same whatever the random value is. */
	if (packet->seq >= RAND_AT)
		set->conflicts = 0;
	return 0;
}

static void read_head(const struct v1_set *set, struct head *out_head)
{
	const struct cell *cells = set->cells;
	unsigned int pattern = cells[2].weight ? cells[2].value : 0;
	size_t len = cells[3].weight ? (size_t)cells[3].value - V1_HEAD : 0;
	unsigned int magic_pattern;
	size_t magic_len;

	out_head->wrong = 0;
	if (cells[4].weight && read_magic(cells[4].value, &magic_len, &magic_pattern)) {
		out_head->wrong =
			(pattern && pattern != magic_pattern) || (len && len != magic_len);
		pattern = magic_pattern;
		len = magic_len;
	}
	out_head->crypt_len = len;
	out_head->pins = PIN_DEFAULT | PIN_OWN;
	if (pattern)
		out_head->pins = pattern == PATTERN_OWN_PIN ? PIN_OWN : PIN_DEFAULT;
}

/* Of two families of senders the value is always the same (3.2): those need not be heard whole. */
static int read_rand(const struct v1_set *set, uint8_t *out_rand)
{
	static const uint8_t usual[][SIMPLECONFIG_RAND_SIZE] = {
		{0x64, 0x94, 0xfd, 0xf2},
		{0x32, 0x33, 0x34, 0x35},
	};
	const struct cell *cells = set->cells + RAND_AT;
	size_t known = 0;

	for (size_t i = 0; i < SIMPLECONFIG_RAND_SIZE; i++) {
		out_rand[i] = cells[i].value;
		known += cells[i].weight > 0;
	}
	if (known == SIMPLECONFIG_RAND_SIZE)
		return 1;
	for (size_t u = 0; u < sizeof(usual) / sizeof(usual[0]) && known > 0; u++) {
		size_t same = 0;

		for (size_t i = 0; i < SIMPLECONFIG_RAND_SIZE; i++)
			same += cells[i].weight > 0 && cells[i].value == usual[u][i];
		if (same < known)
			continue;
		memcpy(out_rand, usual[u], SIMPLECONFIG_RAND_SIZE);
		return 1;
	}
	return 0;
}

/* One byte may be missing: the initial value's 64 bits tell which of its 256 values is right. */
static int collect(const struct v1_set *set, size_t crypt_len, struct attempt *attempt)
{
	attempt->crypt_len = crypt_len;
	attempt->gap_count = 0;
	for (size_t i = 0; i < crypt_len; i++) {
		const struct cell *cell = &set->cells[V1_HEAD + i];

		attempt->crypt[i] = cell->value;
		if (cell->weight)
			continue;
		if (attempt->gap_count == 1)
			return 0;
		attempt->gaps[attempt->gap_count++] = (struct gap){.bit = 8 * i, .width = 8};
	}
	return 1;
}

static int try_set(struct v1_set *set, struct attempt *attempt)
{
	struct head head;

	if (set->count < CRYPT_MIN)
		return 0;
	read_head(set, &head);
	if (head.wrong) {
		memset(set, 0, sizeof(*set));
		return 0;
	}
	if (!head.crypt_len || !collect(set, head.crypt_len, attempt) ||
	    !read_rand(set, attempt->rand))
		return 0;
	attempt->pattern = SIMPLECONFIG_MULTICAST;
	attempt->pins = head.pins;
	if (simpleconfig_attempt_run(attempt))
		return 1;
	/* 3.7, step 5 */
	if (attempt->gap_count == 0)
		memset(set, 0, sizeof(*set));
	return 0;
}

int simpleconfig_v1_push(struct simpleconfig *state, struct track *track,
			 const struct air_symbol *symbol, struct attempt *attempt)
{
	struct packet packet;
	struct phone *phone;

	if (!read_packet(track, symbol, &packet))
		return 0;
	phone = simpleconfig_phone_get(state, symbol);
	if (!store(&phone->v1, &packet))
		return 0;
	attempt->sa = phone->sa;
	return try_set(&phone->v1, attempt);
}
