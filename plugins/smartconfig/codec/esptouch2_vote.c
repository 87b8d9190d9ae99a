/* SPDX-License-Identifier: Apache-2.0 */
/* Votes for data packets, and groups out of them (smartconfig.md 3.3, 3.6, 6.6). */
#include <string.h>

#include "codec/esptouch2_private.h"

#define WEIGHT_MAX 5
/* Cells of a group with two opinions: so many tell that the sender sends something else now. */
#define CHANGED_CELLS 4
/* Cells with two opinions that a search may try: 2^3 against a CRC of 8 bits. */
#define SEARCH_CELLS 3
/* More lost than 35 in 100: one vote and a CRC of 6 bits are not enough. */
#define LOSSY_PERCENT 65
/* So many packets and nothing else: the phone sends nothing else. */
#define QUIET_PACKETS 400
/* Two copies of one packet, by the phone and by its access points, come within this time
 * (smartconfig.md 1.4: bursts at the DTIM); the shortest round with a body takes 345 ms. */
#define COPY_UNITS 4
#define UNIT_SHIFT 16

uint8_t esptouch2_top(const struct esptouch2_cell *cell, unsigned *out_weight, unsigned *out_second)
{
	unsigned best = 0;
	unsigned second = 0;

	for (unsigned i = 1; i < 3; i++) {
		if (cell->weight[i] > cell->weight[best])
			best = i;
	}
	for (unsigned i = 0; i < 3; i++) {
		if (i != best && cell->weight[i] > second)
			second = cell->weight[i];
	}
	*out_weight = cell->weight[best];
	*out_second = second;
	return cell->value[best];
}

void esptouch2_forget(struct esptouch2_phone *phone, int first_group)
{
	uint64_t keep = (1ULL << first_group) - 1;

	memset(phone->cell[first_group], 0,
	       sizeof(phone->cell[0]) * (size_t)(ESPTOUCH2_GROUPS_MAX - first_group));
	phone->good &= keep;
}

/* Puts a value where it was, where nothing is, or where the weakest is. */
static unsigned place(struct esptouch2_cell *cell, uint8_t bits)
{
	unsigned at = 0;

	for (unsigned i = 0; i < 3; i++) {
		if (cell->weight[i] != 0 && cell->value[i] == bits)
			return i;
		if (cell->weight[i] < cell->weight[at])
			at = i;
	}
	cell->value[at] = bits;
	cell->weight[at] = 0;
	return at;
}

static unsigned contested_cells(const struct esptouch2_phone *phone, int group)
{
	unsigned count = 0;
	unsigned weight;
	unsigned second;

	for (int k = 0; k < 8; k++) {
		(void)esptouch2_top(&phone->cell[group][k], &weight, &second);
		count += second != 0;
	}
	return count;
}

bool esptouch2_vote(struct esptouch2_phone *phone, int group, int k, uint8_t bits, uint64_t time_us)
{
	struct esptouch2_cell *cell = &phone->cell[group][k];
	uint8_t stamp = (uint8_t)(time_us >> UNIT_SHIFT);
	unsigned at = place(cell, bits);
	bool settled = cell->weight[at] > 2;

	if (cell->weight[at] != 0 && (uint8_t)(stamp - cell->stamp) < COPY_UNITS)
		return false;
	cell->stamp = stamp;
	if (cell->weight[at] < WEIGHT_MAX)
		cell->weight[at]++;
	for (unsigned i = 0; i < 3; i++) {
		if (i == at || cell->weight[i] == 0)
			continue;
		settled = false;
		/* One vote against one leaves both; a second one decides. */
		if (cell->weight[at] > 1)
			cell->weight[i]--;
	}
	if (!settled && contested_cells(phone, group) >= CHANGED_CELLS) {
		esptouch2_forget(phone, group == 0 ? 0 : 1);
		cell->value[0] = bits;
		cell->weight[0] = 1;
	}
	return !settled;
}

bool esptouch2_prove(struct esptouch2_phone *phone, int group, int k, uint8_t bits)
{
	struct esptouch2_cell *cell = &phone->cell[group][k];

	for (unsigned i = 0; i < 3; i++) {
		if (cell->weight[i] == 1 && cell->value[i] == bits) {
			cell->weight[i] = 2;
			return true;
		}
	}
	return false;
}

/* Row b of the matrix is byte b, its bit k is in packet k (smartconfig.md 3.3). */
static void to_bytes(const uint8_t value[8], unsigned packets, uint8_t out[6])
{
	for (unsigned b = 0; b < 6; b++) {
		unsigned byte = 0;

		for (unsigned k = 0; k < packets; k++)
			byte |= (unsigned)(value[k] >> (5 - b) & 1) << k;
		out[b] = (uint8_t)byte;
	}
}

/* All that the cells of a group say. */
struct tally {
	uint8_t value[8];
	uint8_t other[8];
	uint8_t contested[8]; /* indices of cells with two opinions */
	unsigned contests;
	unsigned least; /* weight, of the cells with one opinion */
	unsigned least_contested;
	unsigned least_margin; /* of the cells with two */
	int missing;	       /* index of a cell without a value, -1: none */
};

static bool tally_group(const struct esptouch2_cell cells[8], struct tally *out)
{
	*out = (struct tally){.least = WEIGHT_MAX,
			      .least_contested = WEIGHT_MAX,
			      .least_margin = WEIGHT_MAX,
			      .missing = -1};
	for (unsigned k = 0; k < 8; k++) {
		unsigned weight;
		unsigned second;

		out->value[k] = esptouch2_top(&cells[k], &weight, &second);
		if (weight == 0) {
			if (out->missing >= 0)
				return false;
			out->missing = (int)k;
			continue;
		}
		if (second == 0) {
			out->least = weight < out->least ? weight : out->least;
			continue;
		}
		for (unsigned i = 0; i < 3; i++) {
			if (cells[k].weight[i] == second && cells[k].value[i] != out->value[k])
				out->other[k] = cells[k].value[i];
		}
		out->contested[out->contests++] = (uint8_t)k;
		if (weight < out->least_contested)
			out->least_contested = weight;
		if (weight - second < out->least_margin)
			out->least_margin = weight - second;
	}
	return true;
}

static bool crc_matches(const uint8_t value[8], bool packed, uint8_t out[6])
{
	to_bytes(value, packed ? 8 : 7, out);
	if (packed)
		return air_crc8(0, out, 5) == out[5];
	return (air_crc8(0, out, 6) & 63) == value[7];
}

/* One combination of the contested cells has the right CRC, and only one. */
static bool search_packed(const struct tally *tally, uint8_t out[6])
{
	unsigned found = 0;

	for (unsigned pick = 0; pick < 1u << tally->contests; pick++) {
		uint8_t value[8];
		uint8_t bytes[6];

		memcpy(value, tally->value, sizeof(value));
		for (unsigned i = 0; i < tally->contests; i++) {
			unsigned k = tally->contested[i];

			if ((pick >> i & 1) != 0)
				value[k] = tally->other[k];
		}
		if (!crc_matches(value, true, bytes))
			continue;
		found++;
		memcpy(out, bytes, sizeof(bytes));
	}
	return found == 1;
}

/*
 * A sender that pads with bytes above 127 counts their lost bits in the CRC (smartconfig.md 3.6).
 * The check is weak, so nothing but what was heard twice and never otherwise is taken.
 */
static bool repair_padding(const struct tally *tally, unsigned padding, const uint8_t bytes[6])
{
	uint8_t trial[6];

	if (padding == 0 || tally->contests != 0 || tally->least < 2)
		return false;
	for (unsigned pick = 1; pick < 1u << padding; pick++) {
		memcpy(trial, bytes, sizeof(trial));
		for (unsigned i = 0; i < padding; i++)
			trial[5 - i] |= (uint8_t)((pick >> i & 1) << 7);
		if ((air_crc8(0, trial, 6) & 63) == tally->value[7])
			return true;
	}
	return false;
}

/*
 * One packet of the group was never heard: its 6 bits are in the CRC as well. That leaves 2 bits or
 * none to check, so all the others must be proven or heard twice.
 */
static bool fill_gap(const struct tally *tally, bool packed, uint8_t out[6])
{
	uint8_t value[8];
	uint8_t bytes[6];
	unsigned found = 0;

	if (tally->contests != 0 || tally->least < 2)
		return false;
	memcpy(value, tally->value, sizeof(value));
	if (!packed && tally->missing == 7) {
		to_bytes(value, 7, out);
		return true;
	}
	for (uint8_t bits = 0; bits < 64; bits++) {
		value[tally->missing] = bits;
		if (!crc_matches(value, packed, bytes))
			continue;
		found++;
		memcpy(out, bytes, sizeof(bytes));
	}
	return found == 1;
}

bool esptouch2_group(const struct esptouch2_phone *phone, int group, bool packed, unsigned padding,
		     struct esptouch2_bytes *out)
{
	bool strict = phone->foreign != 0;
	/* Something else can be taken for a packet only where the packet itself was lost. */
	bool lossy =
		phone->quiet < QUIET_PACKETS && phone->sent * LOSSY_PERCENT > phone->heard * 100;
	struct esptouch2_bytes found = {.repaired = false};
	struct tally tally;

	if (!tally_group(phone->cell[group], &tally))
		return false;
	if ((strict || lossy || tally.contests != 0) && tally.least < 2)
		return false;
	if (tally.missing >= 0) {
		if (strict || !fill_gap(&tally, packed, found.byte))
			return false;
	} else if (packed) {
		if (tally.contests > SEARCH_CELLS || !search_packed(&tally, found.byte))
			return false;
	} else {
		if (tally.contests != 0 && (tally.least_contested < 2 || tally.least_margin == 0))
			return false;
		if (!crc_matches(tally.value, false, found.byte)) {
			if (!repair_padding(&tally, padding, found.byte))
				return false;
			found.repaired = true;
		}
	}
	*out = found;
	return true;
}
