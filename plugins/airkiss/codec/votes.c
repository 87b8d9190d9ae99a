/* SPDX-License-Identifier: Apache-2.0 */
/* The table of votes: what each place of the data string has been seen to hold. */
#include "codec/internal.h"

#include <string.h>

/* So many contradictions in a row, and the phone says something else than before. */
#define CONFLICTS_MAX 6
/* The same right after a guide: the user may have typed another password. */
#define CONFLICTS_AGAIN 2
/* Places of the password that must come again as they were, after a guide, before what is still
 * missing may be completed: nothing is put together from an old and a new password. */
#define RECHECK 12

void airkiss_clear_votes(struct phone *phone)
{
	if (phone->dirty != 0)
		memset(phone->cells, 0, sizeof(phone->cells));
	phone->dirty = 0;
	phone->conflicts = 0;
	phone->recheck = 0;
}

/* A place that was sure is confirmed or contradicted: by a misread frame, or another password. */
static void note_conflict(struct phone *phone, const struct cell *cell, unsigned at, uint8_t value)
{
	int lead = airkiss_lead(cell, 2);

	if (lead < 0)
		return;
	if (lead == value) {
		phone->conflicts = (uint8_t)(phone->conflicts - (phone->conflicts != 0));
		if (phone->recheck != 0 && at <= phone->head.on_air)
			phone->recheck--;
		return;
	}
	phone->conflicts++;
	if (phone->conflicts >= (phone->recheck != 0 ? CONFLICTS_AGAIN : CONFLICTS_MAX))
		airkiss_clear_votes(phone);
}

void airkiss_vote(struct phone *phone, unsigned piece, unsigned place, uint8_t value,
		  unsigned weight)
{
	struct cell *cell = &phone->cells[piece][place];
	unsigned chosen = CANDIDATES;
	unsigned low = 0;

	note_conflict(phone, cell, piece * 4 + (place == PLACE_CRC ? 3 : place), value);
	phone->dirty = 1;
	phone->changed = 1;
	for (unsigned i = 0; i < CANDIDATES; i++) {
		if (cell->weight[i] != 0 && cell->value[i] == value)
			chosen = i;
		if (cell->weight[i] < cell->weight[low])
			low = i;
	}
	if (chosen == CANDIDATES && cell->weight[low] == 0) {
		chosen = low;
		cell->value[low] = value;
	}
	/* What one wins the others lose: the new replaces the old in a few passes. */
	for (unsigned i = 0; i < CANDIDATES; i++) {
		unsigned old = cell->weight[i];

		if (i == chosen)
			cell->weight[i] =
				(uint8_t)(old + weight < WEIGHT_MAX ? old + weight : WEIGHT_MAX);
		else
			cell->weight[i] = (uint8_t)(old > weight ? old - weight : 0);
	}
}

void airkiss_new_cycle(struct phone *phone)
{
	unsigned places = phone->head.on_air + 1U;

	if (phone->dirty != 0)
		phone->recheck = (uint8_t)(places < RECHECK ? places : RECHECK);
}

int airkiss_lead(const struct cell *cell, unsigned need)
{
	unsigned best = 0;
	unsigned second = 0;
	int value = -1;

	for (unsigned i = 0; i < CANDIDATES; i++) {
		if (cell->weight[i] > best) {
			second = best;
			best = cell->weight[i];
			value = cell->value[i];
		} else if (cell->weight[i] > second) {
			second = cell->weight[i];
		}
	}
	return best >= need && (second == 0 || best >= second + 2) ? value : -1;
}

unsigned airkiss_piece_len(const struct head *head, unsigned piece)
{
	unsigned rest;

	if (head->magic_ok == 0)
		return 4;
	rest = head->total > piece * 4 ? head->total - piece * 4U : 0;
	return rest < 4 ? rest : 4;
}

int airkiss_piece_fits(unsigned piece, const uint8_t *data, unsigned len, int crc)
{
	static const uint8_t zeros[4] = {0};
	uint8_t index = (uint8_t)piece;
	uint8_t sum = air_crc8(air_crc8(0, &index, 1), data, len);

	if ((sum & 0x7f) == crc)
		return 1;
	return len < 4 && (air_crc8(sum, zeros, 4 - len) & 0x7f) == crc;
}
