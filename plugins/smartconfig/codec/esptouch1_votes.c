/* SPDX-License-Identifier: Apache-2.0 */
/* Votes for the halves of bytes, and what follows from them. */
#include "codec/esptouch1_internal.h"

#include <openssl/crypto.h>

/* So many more strong disagreements than agreements: the sender has started something else. */
#define CONFLICT_MAX 12

uint8_t et1_crc_pair(uint8_t value, uint8_t index)
{
	const uint8_t pair[2] = {value, index};

	return air_crc8(0, pair, sizeof(pair));
}

static uint8_t half_of(uint8_t value, uint32_t index, enum et1_half half)
{
	uint8_t crc = et1_crc_pair(value, (uint8_t)index);

	if (half == ET1_HIGH)
		return (uint8_t)((crc & 0xF0u) | (value >> 4));
	return (uint8_t)(((crc & 15u) << 4) | (value & 15u));
}

void et1_phone_forget(struct et1_phone *phone)
{
	OPENSSL_cleanse(phone->bytes, sizeof(phone->bytes));
	OPENSSL_cleanse(phone->told, sizeof(phone->told));
	phone->told_len = 0;
	for (size_t i = 0; i < ET1_INDICES; i++)
		phone->bytes[i].next = ET1_NONE;
	phone->orders = 0;
	phone->order_total = 0;
	phone->good = 0;
	phone->bad = 0;
	phone->conflict = 0;
	phone->rounds = 0;
	phone->done = 0;
	phone->changed = 0;
}

uint32_t et1_votes_against(const struct et1_byte *byte, uint32_t index, uint8_t value)
{
	uint32_t against = 0;

	for (size_t n = 0; n < ET1_VALUES; n++) {
		const struct et1_value *high = &byte->half[ET1_HIGH][n];
		const struct et1_value *low = &byte->half[ET1_LOW][n];

		if (high->weight > against && high->value != half_of(value, index, ET1_HIGH))
			against = high->weight;
		if (low->weight > against && low->value != half_of(value, index, ET1_LOW))
			against = low->weight;
	}
	return against;
}

/* The pair with the best check; 0 when there is none, or another is nearly as good. */
static int settle_pair(const struct et1_byte *byte, uint32_t index, uint8_t *out_value)
{
	uint32_t best = 0;
	uint32_t second = 0;
	uint32_t against;
	uint8_t value = 0;

	for (size_t n = 0; n < (size_t)ET1_VALUES * ET1_VALUES; n++) {
		const struct et1_value *high = &byte->half[ET1_HIGH][n / ET1_VALUES];
		const struct et1_value *low = &byte->half[ET1_LOW][n % ET1_VALUES];
		uint32_t score = high->weight < low->weight ? high->weight : low->weight;
		uint8_t v = (uint8_t)(((high->value & 15u) << 4) | (low->value & 15u));
		uint8_t crc = (uint8_t)((high->value & 0xF0u) | (low->value >> 4));

		if (score == 0 || et1_crc_pair(v, (uint8_t)index) != crc)
			continue;
		if (score > best) {
			second = best;
			best = score;
			value = v;
		} else if (score > second) {
			second = score;
		}
	}
	if (best < ET1_SURE || best <= 2 * second)
		return 0;
	/* A pair that fits by chance shows in that one of its halves is not the favourite. */
	against = et1_votes_against(byte, index, value);
	if (against > best)
		return 0;
	*out_value = value;
	return 1;
}

/*
 * One half is enough to know a byte, since its CRC nibble is a one-to-one image of the other
 * data nibble; only nothing is left to check it by. Returns the weight, 0: not usable.
 */
static uint32_t settle_half(const struct et1_byte *byte, uint32_t index, enum et1_half half,
			    uint8_t *out_value)
{
	uint32_t best = 0;
	uint32_t second = 0;
	uint8_t heard = 0;

	for (size_t n = 0; n < ET1_VALUES; n++) {
		const struct et1_value *item = &byte->half[half][n];

		if (item->weight > best) {
			second = best;
			best = item->weight;
			heard = item->value;
		} else if (item->weight > second) {
			second = item->weight;
		}
	}
	if (best < ET1_EXACT || second * 4 > best)
		return 0;
	for (uint32_t n = 0; n < 16; n++) {
		uint32_t known = heard & 15u;
		uint8_t v = (uint8_t)(half == ET1_HIGH ? known << 4 | n : n << 4 | known);

		if (half_of(v, index, half) == heard) {
			*out_value = v;
			return best;
		}
	}
	return 0;
}

static int half_is_open(const struct et1_byte *byte, enum et1_half half)
{
	for (size_t n = 0; n < ET1_VALUES; n++)
		if (byte->half[half][n].weight >= ET1_SURE)
			return 0;
	return 1;
}

static void settle(struct et1_phone *phone, uint32_t index)
{
	struct et1_byte *byte = &phone->bytes[index];
	uint8_t state = ET1_UNKNOWN;
	uint8_t value = 0;

	if (settle_pair(byte, index, &value)) {
		state = ET1_PAIR;
	} else {
		uint32_t weight = 0;

		if (half_is_open(byte, ET1_LOW))
			weight = settle_half(byte, index, ET1_HIGH, &value);
		else if (half_is_open(byte, ET1_HIGH))
			weight = settle_half(byte, index, ET1_LOW, &value);
		if (weight != 0)
			state = weight >= ET1_TWICE ? ET1_HALF_TWICE : ET1_ONE_HALF;
	}
	if (state == byte->state && value == byte->value)
		return;
	byte->state = state;
	byte->value = value;
	phone->changed = 1;
}

void et1_vote(struct et1_phone *phone, uint32_t index, enum et1_half half, uint8_t value,
	      uint8_t weight)
{
	struct et1_byte *byte = &phone->bytes[index];
	struct et1_value *slot = &byte->half[half][0];

	if (weight >= ET1_SURE && byte->state == ET1_PAIR) {
		int agrees = half_of(byte->value, index, half) == value;

		if (!agrees)
			phone->conflict += 2;
		else if (phone->conflict > 0 && --phone->conflict == 0)
			phone->changed = 1;
		if (phone->conflict > CONFLICT_MAX)
			et1_phone_forget(phone);
	}
	for (size_t n = 0; n < ET1_VALUES; n++) {
		struct et1_value *item = &byte->half[half][n];

		if (item->weight != 0 && item->value == value) {
			slot = item;
			break;
		}
		if (item->weight < slot->weight)
			slot = item;
	}
	if (slot->weight == 0 || slot->value == value) {
		slot->value = value;
		slot->weight = (uint8_t)(slot->weight + weight > ET1_FULL ? ET1_FULL
									  : slot->weight + weight);
	} else if (slot->weight <= weight) {
		slot->value = value;
		slot->weight = weight;
	} else {
		slot->weight = (uint8_t)(slot->weight - weight);
	}
	settle(phone, index);
}

void et1_triple(struct et1_phone *phone, uint32_t index, uint8_t high, uint8_t low)
{
	const struct et1_byte *byte = &phone->bytes[index];
	uint8_t value = (uint8_t)(((high & 15u) << 4) | (low & 15u));
	uint8_t crc = (uint8_t)((high & 0xF0u) | (low >> 4));

	if (et1_crc_pair(value, (uint8_t)index) != crc) {
		phone->bad++;
	} else {
		/* The same phone with other content: somebody has corrected a passphrase. */
		if ((byte->state == ET1_PAIR && byte->value != value) ||
		    (index < phone->told_len && phone->told[index] != value))
			et1_phone_forget(phone);
		if (++phone->good == ET1_PROOF)
			phone->changed = 1;
	}
	if (phone->good + phone->bad > 200) {
		phone->good /= 2;
		phone->bad /= 2;
	}
}
