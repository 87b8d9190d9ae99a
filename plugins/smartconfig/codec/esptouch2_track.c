/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slots of a round (smartconfig.md 3.2): 0 and 2 sync, 1 and 3 total, then 4 + k the data of the
 * header group. Group g from 1 on has its three headers in 1 + 11 g and up, its data in
 * 4 + 11 g + k. A round of n groups has 11 n + 1 slots.
 */
#include "codec/esptouch2_private.h"

#define GROUP_SLOTS 11
#define DATA_SLOT   4
#define HEAD_SLOT   1

struct range {
	int64_t lo;
	int64_t hi;
};

static int round_slots(int groups)
{
	return GROUP_SLOTS * groups + 1;
}

static uint8_t slots_between(int64_t from, int64_t to)
{
	int64_t slots = to > from ? to - from : 1;

	return (uint8_t)(slots < UINT8_MAX ? slots : UINT8_MAX);
}

static struct range anchor_range(const struct esptouch2_packet *packet)
{
	struct range range = {0, 2};

	if (packet->class == ESPTOUCH2_TOTAL)
		range = (struct range){1, 3};
	else if (packet->class == ESPTOUCH2_HEAD)
		range = (struct range){HEAD_SLOT + GROUP_SLOTS * packet->value,
				       HEAD_SLOT + GROUP_SLOTS * packet->value + 2};
	return range;
}

void esptouch2_track_start(struct esptouch2_track *track, const struct esptouch2_packet *packet,
			   int64_t pos)
{
	struct range range = anchor_range(packet);

	track->pos = pos;
	track->lo = (int16_t)range.lo;
	track->hi = (int16_t)range.hi;
	track->top = track->hi;
	track->fit = 1;
	track->group = -1;
}

/* Sync packets have even slots, totals odd ones. */
static void round_to_parity(struct range *range, enum esptouch2_class class)
{
	int64_t odd = class == ESPTOUCH2_TOTAL ? 1 : 0;

	if (class == ESPTOUCH2_HEAD)
		return;
	if (range->lo % 2 != odd)
		range->lo++;
	if (range->hi % 2 != odd)
		range->hi--;
}

static int step_anchor(struct esptouch2_track *track, const struct esptouch2_packet *packet,
		       int64_t pos, int groups)
{
	struct range range = anchor_range(packet);
	int64_t reach = track->hi + (pos - track->pos);
	int64_t limit = groups > 0 ? round_slots(groups) : GROUP_SLOTS;
	int64_t wrap = 0;
	struct range found = range;

	if (range.hi <= track->lo) {
		/* The next round; without the number of groups it may begin at once. */
		wrap = groups > 0 ? round_slots(groups) : track->lo + 1;
		if (range.lo + wrap > reach)
			return ESPTOUCH2_MISFIT;
	} else if (range.lo > reach) {
		return ESPTOUCH2_MISFIT;
	}
	/* After more than a round only the kind of packet tells where it is. */
	if ((groups > 0 || wrap == 0) && pos - track->pos < limit) {
		if (found.lo + wrap <= track->lo)
			found.lo = track->lo + 1 - wrap;
		if (found.hi + wrap > reach)
			found.hi = reach - wrap;
	}
	round_to_parity(&found, packet->class);
	if (found.lo > found.hi)
		return ESPTOUCH2_MISFIT;
	if (found.hi + wrap != reach)
		track->group = -1;
	track->advance = slots_between(track->hi, groups > 0 ? found.hi + wrap : track->hi + 1);
	track->pos = pos;
	track->lo = (int16_t)found.lo;
	track->hi = (int16_t)found.hi;
	track->top = (int16_t)range.hi;
	return ESPTOUCH2_FITS;
}

/*
 * Slots of packet k that come after the track's: the next one and the one after it. Without the
 * number of groups the end of the round is not known, so only the same group is told apart.
 */
static bool next_slots(const struct esptouch2_track *track, int k, int groups, int64_t out[2])
{
	int64_t group = track->lo < DATA_SLOT + 8 ? 0 : (track->lo - HEAD_SLOT) / GROUP_SLOTS;
	int64_t slot = DATA_SLOT + GROUP_SLOTS * group + k;
	bool same = slot > track->lo;

	if (!same) {
		group++;
		slot += GROUP_SLOTS;
	}
	out[0] = slot;
	out[1] = slot + GROUP_SLOTS;
	if (groups > 0 && group >= groups) {
		out[0] = round_slots(groups) + DATA_SLOT + k;
		out[1] = out[0] + GROUP_SLOTS;
	} else if (groups > 0 && group + 1 >= groups) {
		out[1] = round_slots(groups) + DATA_SLOT + k;
	}
	return same || groups > 0;
}

static int step_data(struct esptouch2_track *track, const struct esptouch2_packet *packet,
		     int64_t pos, int groups)
{
	int64_t reach = track->hi + (pos - track->pos);
	int64_t top = track->top + (pos - track->pos);
	int64_t slots[2];
	bool told = next_slots(track, packet->value, groups, slots);
	int64_t slot = slots[0];

	if (slot > reach)
		return ESPTOUCH2_MISFIT;
	if (!told || slots[1] <= top)
		return ESPTOUCH2_UNKNOWN;
	if (groups > 0 && slot >= round_slots(groups))
		slot -= round_slots(groups);
	/*
	 * A frame that is not of the protocol takes a number: either the step to it or the one from
	 * it would be longer than the slots tell.
	 */
	track->exact = reach == slots[0];
	track->advance = slots_between(track->hi, slots[0]);
	/* Two that agree to the number are believed; one alone may be something else. */
	top = track->exact != 0 ? slot : top - slots[0] + slot;
	track->top = (int16_t)top;
	track->pos = pos;
	track->lo = (int16_t)slot;
	track->hi = (int16_t)slot;
	return (int)((slot - DATA_SLOT) / GROUP_SLOTS);
}

int esptouch2_track_step(struct esptouch2_track *track, const struct esptouch2_packet *packet,
			 int64_t pos, int groups)
{
	if (pos <= track->pos)
		return ESPTOUCH2_MISFIT;
	if (packet->class == ESPTOUCH2_DATA)
		return step_data(track, packet, pos, groups);
	if (groups > 0 && packet->class == ESPTOUCH2_HEAD && packet->value >= groups)
		return ESPTOUCH2_MISFIT;
	if (groups > 0 && packet->class == ESPTOUCH2_TOTAL && packet->value != groups)
		return ESPTOUCH2_MISFIT;
	return step_anchor(track, packet, pos, groups);
}
