/* SPDX-License-Identifier: Apache-2.0 */
/* Magic and prefix: eight symbols of a nibble each, told apart by their value (4.1). */
#include "codec/internal.h"

#include <string.h>

#define VOTES_MAX 31

/* Place in the magic: 0 to 3, -1 none. The first collides with the guide, 1 to 4, and has no bits
 * of its own; only a neighbour proves it. One sender puts a 0 where others put an 8. */
static int magic_place(int symbol)
{
	if (symbol <= 8)
		return 0;
	return symbol >= 0x10 && symbol < 0x40 ? symbol >> 4 : -1;
}

static int prefix_place(int symbol)
{
	return symbol >= 0x40 && symbol < 0x80 ? (symbol >> 4) - 4 : -1;
}

static void vote(struct head *head, int place, int symbol)
{
	uint8_t *votes = head->votes[place];
	int value = place == 0 ? symbol & 7 : symbol & 15;

	/* The others lose what this one wins: a phone that begins anew with other data is
	 * believed soon. */
	for (int i = 0; i < 16; i++) {
		if (i == value) {
			if (votes[i] < VOTES_MAX)
				votes[i]++;
		} else if (votes[i] != 0) {
			votes[i]--;
		}
	}
}

/* The leading values of four places and the sum of their votes; 0 when one is in doubt. */
static unsigned leaders(const struct head *head, unsigned first, uint8_t *out)
{
	unsigned sum = 0;

	for (unsigned place = 0; place < 4; place++) {
		const uint8_t *votes = head->votes[first + place];
		unsigned best = 0;
		unsigned second = 0;

		for (unsigned i = 0; i < 16; i++) {
			if (votes[i] > best) {
				second = best;
				best = votes[i];
				out[place] = (uint8_t)i;
			} else if (votes[i] > second) {
				second = votes[i];
			}
		}
		if (best < 2 * second + 1)
			return 0;
		sum += best;
	}
	return sum;
}

static void settle_magic(struct phone *phone)
{
	struct head *head = &phone->head;
	uint8_t v[4] = {0};
	unsigned total;
	unsigned crc;

	/* There is no CRC in the magic; twice as many votes as one pass gives are asked for. */
	if (leaders(head, 0, v) < 8)
		return;
	total = ((unsigned)v[0] << 4) | v[1];
	crc = ((unsigned)v[2] << 4) | v[3];
	if (total == 0)
		return;
	if (head->magic_ok != 0 && (head->total != total || head->ssid_crc != crc))
		airkiss_clear_votes(phone);
	head->magic_ok = 1;
	head->total = (uint8_t)total;
	head->ssid_crc = (uint8_t)crc;
}

static void settle_prefix(struct phone *phone)
{
	struct head *head = &phone->head;
	uint8_t v[4] = {0};
	uint8_t on_air;

	if (leaders(head, 4, v) < 6)
		return;
	on_air = (uint8_t)(v[0] << 4 | v[1]);
	if (on_air > ON_AIR_MAX || air_crc8(0, &on_air, 1) != (uint8_t)(v[2] << 4 | v[3]))
		return;
	if (head->prefix_ok != 0 && head->on_air != on_air)
		airkiss_clear_votes(phone);
	head->prefix_ok = 1;
	head->on_air = on_air;
}

void airkiss_head_pair(struct phone *phone, int first, int second, unsigned step)
{
	int a = magic_place(first);
	int b = magic_place(second);
	unsigned offset = 0;

	if (step > 4)
		return;
	if (a < 0 || b < 0) {
		a = prefix_place(first);
		b = prefix_place(second);
		offset = 4;
	} else if ((a == 0 && b == 0) || ((a == 0 || b == 0) && step == 4)) {
		return; /* two of the guide, or one symbol of it and one of the magic */
	}
	if (a < 0 || b < 0 || (((unsigned)a + step) & 3) != (unsigned)b)
		return;
	vote(&phone->head, a + (int)offset, first);
	vote(&phone->head, b + (int)offset, second);
	if (offset == 0)
		settle_magic(phone);
	else
		settle_prefix(phone);
	phone->changed = 1;
}

int airkiss_head_prefix_place(const struct head *head, int symbol)
{
	uint8_t crc;
	uint8_t nibbles[4];
	int place = prefix_place(symbol);

	if (place < 0 || head->prefix_ok == 0)
		return -1;
	crc = air_crc8(0, &head->on_air, 1);
	nibbles[0] = head->on_air >> 4;
	nibbles[1] = head->on_air & 15;
	nibbles[2] = crc >> 4;
	nibbles[3] = crc & 15;
	return (symbol & 15) == nibbles[place] ? place : -1;
}
