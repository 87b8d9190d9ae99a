/* SPDX-License-Identifier: Apache-2.0 */
/* Gives data packets their place: which byte, which half. smartconfig.md 5.2, 6.5. */
#include "codec/esptouch1_internal.h"

/* Index packets that are further apart than so many bytes say nothing about what is between. */
#define PATH_MAX_STEPS 40
/* Foreign frames between two index packets that are put up with. */
#define EXTRA_MAX 5
/* Arrival next to the index packet counts up to so many sequence numbers. */
#define NEAR_MAX 4

/* The stretch from one index packet to the next. */
struct stretch {
	const struct et1_anchor *from;
	const struct et1_anchor *to;
	uint32_t steps; /* bytes from one to the other, 0: not known */
	uint32_t extra; /* sequence numbers that are not the phone's data */
	uint8_t path[PATH_MAX_STEPS + 1];
};

static uint32_t group_distance(uint8_t from, uint8_t to)
{
	return (uint32_t)(to - from + 100) % 100;
}

/* `true_offset` counts packets of the sender from the first index packet on. */
static void vote_at(struct et1_phone *phone, const struct stretch *stretch, uint32_t true_offset,
		    struct et1_item *item, uint8_t weight)
{
	uint32_t index = stretch->path[(true_offset + 1) / 3];
	uint8_t more = (uint8_t)(weight > item->voted ? weight - item->voted : 0);

	if (more == 0)
		return;
	et1_vote(phone, index, true_offset % 3 == 1 ? ET1_LOW : ET1_HIGH, item->value, more);
	item->voted = weight;
}

/* Both data packets between two bytes have arrived: their order says it all. */
static void place_both(struct et1_phone *phone, struct et1_stream *stream,
		       const struct stretch *stretch)
{
	for (uint32_t n = 0; n < 2; n++)
		vote_at(phone, stretch, n + 1, &stream->items[n],
			stretch->extra == 0 ? ET1_EXACT : ET1_SURE);
}

static void place_item(struct et1_phone *phone, const struct stretch *stretch,
		       struct et1_item *item)
{
	uint32_t offset = (uint32_t)(item->position - stretch->from->position);
	uint32_t last = stretch->steps * 3;
	uint32_t found[EXTRA_MAX + 1];
	uint32_t count = 0;

	for (uint32_t extra = 0; extra <= stretch->extra && extra < offset; extra++) {
		uint32_t at = offset - extra;

		if (at % 3 == 0 || at >= last)
			continue;
		if (item->group != 0 &&
		    group_distance(stretch->from->group, item->group) != (at + 1) / 3)
			continue;
		found[count++] = at;
	}
	if (count == 1)
		vote_at(phone, stretch, found[0], item, stretch->extra == 0 ? ET1_EXACT : ET1_SURE);
	else if (count == 2 && item->voted == 0)
		for (uint32_t n = 0; n < count; n++) {
			item->voted = 0;
			vote_at(phone, stretch, found[n], item, ET1_WEAK);
		}
}

/* Fills steps, extra and path. */
static void measure(struct et1_phone *phone, struct stretch *stretch)
{
	int64_t distance = stretch->to->position - stretch->from->position;
	uint32_t max;
	uint32_t steps;
	int guess = 0;

	stretch->steps = 0;
	stretch->extra = 0;
	if (distance < 3 || distance > 3 * (int64_t)PATH_MAX_STEPS)
		return;
	max = (uint32_t)distance / 3;
	/* No room for anything between the two. */
	if (distance == 3)
		et1_order_learn(phone, stretch->from->index, stretch->to->index);
	steps = et1_order_walk(phone, stretch->from->index, stretch->to->index, max, stretch->path,
			       &guess);
	if (steps == 0)
		return;
	stretch->extra = (uint32_t)distance - 3 * steps;
	/* With an assumed order, three numbers too many may as well be a byte of the BSSID. */
	if (stretch->extra > EXTRA_MAX || (guess && stretch->extra >= 3))
		return;
	if (stretch->from->group != 0 &&
	    group_distance(stretch->from->group, stretch->to->group) != steps)
		return;
	stretch->steps = steps;
}

/* What lies beside an index packet, whatever else is missing. */
static void place_near(struct et1_phone *phone, struct et1_item *item,
		       const struct et1_anchor *anchor, enum et1_half half, int beside)
{
	int64_t distance = half == ET1_LOW ? item->position - anchor->position
					   : anchor->position - item->position;
	uint8_t weight = 0;

	if (item->voted >= ET1_SURE || item->group != anchor->group)
		return;
	if (distance == 1 || (item->group != 0 && distance > 0 && distance <= 2 * NEAR_MAX))
		weight = ET1_SURE;
	else if (beside && distance > 1 && distance <= NEAR_MAX && item->voted == 0)
		weight = ET1_WEAK;
	if (weight == 0)
		return;
	et1_vote(phone, anchor->index, half, item->value, weight);
	item->voted = weight;
}

static void place_index(struct et1_phone *phone, struct et1_stream *stream,
			struct et1_anchor *anchor)
{
	struct et1_item *last = stream->count != 0 ? &stream->items[stream->count - 1] : NULL;
	struct stretch stretch = {.from = &stream->anchor, .to = anchor};

	if (stream->anchored) {
		measure(phone, &stretch);
		if (stretch.steps == 1 && stream->count == 2)
			place_both(phone, stream, &stretch);
		for (uint32_t n = 0; stretch.steps != 0 && n < stream->count; n++)
			place_item(phone, &stretch, &stream->items[n]);
		if (stream->count != 0)
			place_near(phone, &stream->items[0], stretch.from, ET1_LOW, 1);
	}
	if (last == NULL)
		return;
	place_near(phone, last, anchor, ET1_HIGH, 1);
	if (last->group == anchor->group && last->position + 1 == anchor->position)
		anchor->high = last->value;
}

static void place_data(struct et1_phone *phone, struct et1_stream *stream, int64_t position,
		       uint8_t value, uint8_t group)
{
	struct et1_item *item;

	if (stream->count == ET1_WINDOW) {
		stream->count = 0;
		stream->anchored = 0;
	}
	item = &stream->items[stream->count++];
	item->position = position;
	item->value = value;
	item->group = group;
	item->voted = 0;
	if (!stream->anchored || position != stream->anchor.position + 1 ||
	    group != stream->anchor.group)
		return;
	if (stream->anchor.high >= 0)
		et1_triple(phone, stream->anchor.index, (uint8_t)stream->anchor.high, value);
	place_near(phone, item, &stream->anchor, ET1_LOW, 1);
}

void et1_place(struct et1_phone *phone, struct et1_stream *stream, int64_t position,
	       uint32_t symbol, uint8_t group)
{
	struct et1_anchor anchor = {.position = position, .group = group, .high = -1};

	if (symbol < 0x100) {
		place_data(phone, stream, position, (uint8_t)symbol, group);
		return;
	}
	anchor.index = (uint8_t)(symbol - 0x100);
	place_index(phone, stream, &anchor);
	stream->anchor = anchor;
	stream->anchored = 1;
	stream->count = 0;
	if (anchor.index != 0)
		return;
	phone->rounds++;
	phone->changed = 1;
}
