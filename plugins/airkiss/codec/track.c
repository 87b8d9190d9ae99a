/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One stream: from symbols to votes. An index symbol beside another symbol of its piece is an
 * anchor: its place in the pass is certain. Between two anchors whose distance by sequence numbers
 * is the one by their places, every symbol heard is certain too, and votes with 2. Elsewhere only
 * what is next to an anchor without a gap votes, with 1 (6.7).
 */
#include "codec/internal.h"

#include <string.h>

#define SURE	  2
#define PROBABLE  1
#define NO_PHASE  (-100)
#define PHASE_END (6 * PIECES)
/* More frames of others between two anchors than this, and they prove nothing. */
#define FOREIGN_MAX 4
/* Pairs of anchors that must agree before one that cannot is forgotten. */
#define DOUBTS 60

static int is_header(int symbol)
{
	return symbol >= 0x80 && symbol < 0x100;
}

static int pieces(const struct head *head)
{
	return head->magic_ok != 0 ? (head->total + 3) / 4 : PIECES;
}

/* Symbols of a pass; 0: not known yet. */
static int pass_len(const struct phone *phone)
{
	const struct head *head = &phone->head;

	if (head->magic_ok == 0)
		return 0;
	return head->total + 2 * pieces(head) + (phone->interleaved != 0 ? 4 : 0);
}

/* Phase within a pass, prefixes being -4 to -1; NO_PHASE when that cannot be told. */
static int normal_phase(const struct phone *phone, int phase)
{
	int cycle = pass_len(phone);
	int low = phone->interleaved != 0 ? -4 : 0;

	if (cycle == 0)
		return phase >= 0 && phase < PHASE_END ? phase : NO_PHASE;
	while (phase >= cycle + low)
		phase -= cycle;
	while (phase < low)
		phase += cycle;
	return phase;
}

/* 1: a symbol of this kind may stand there. */
static int phase_fits(const struct phone *phone, int phase, int symbol)
{
	phase = normal_phase(phone, phase);
	if (phase == NO_PHASE)
		return 0;
	if (phase < 0)
		return symbol >= 0x40 && symbol < 0x80;
	switch (phase % 6) {
	case 0:
		return is_header(symbol);
	case 1:
		return symbol == (0x80 | phase / 6);
	default:
		return symbol >= 0x100;
	}
}

/* Raises the weight an item has given at this phase. @return 0 when it does not fit there */
static int item_vote(struct phone *phone, struct item *item, int phase, unsigned weight)
{
	unsigned place;

	if (phase_fits(phone, phase, item->symbol) == 0)
		return 0;
	phase = normal_phase(phone, phase);
	if (phase < 0 || item->voted >= weight)
		return 1;
	place = (unsigned)phase % 6;
	if (place == 0)
		airkiss_vote(phone, (unsigned)phase / 6, PLACE_CRC, item->symbol & 0x7f,
			     weight - item->voted);
	else if (place >= 2)
		airkiss_vote(phone, (unsigned)phase / 6, place - 2, (uint8_t)(item->symbol & 0xff),
			     weight - item->voted);
	item->voted = (uint8_t)weight;
	return 1;
}

void airkiss_track_break(struct track *track)
{
	track->count = 0;
	track->anchored = 0;
	track->anchor_crc = -1;
}

static void drop_items(struct track *track, unsigned count)
{
	track->count = (uint8_t)(track->count - count);
	memmove(track->items, track->items + count, track->count * sizeof(track->items[0]));
}

/*
 * Frames between item 0 and item `k`, at `phase`, that were not the phone's; negative when the two
 * anchors cannot both be right.
 */
static int foreign_between(struct phone *phone, const struct track *track, unsigned k, int phase)
{
	int cycle = pass_len(phone);
	int over = track->anchor_phase - phase;
	int limit = FOREIGN_MAX;

	for (unsigned j = 1; j <= k; j++) {
		if (track->items[j].step == STEP_UNKNOWN)
			return -1;
		over += track->items[j].step;
	}
	/* A prefix straight after the data: the sender sends it before each pass (4.3). */
	if (cycle != 0 && phase < 0 && track->anchor_phase >= 0 && phone->interleaved == 0 &&
	    over == cycle + 4) {
		phone->interleaved = 1;
		cycle += 4;
	}
	if (cycle != 0 && over >= 0) {
		over %= cycle;
		limit = cycle / 6 < limit ? cycle / 6 : limit;
		over = over > cycle - limit ? over - cycle : over;
	}
	/* Fewer were counted than sent: the access point itself has not heard some. With that the
	 * numbers prove less, and more votes are asked for. */
	if (over < 0)
		phone->doubts = DOUBTS;
	else if (over <= limit && phone->doubts != 0)
		phone->doubts--;
	return over <= limit ? over : -1;
}

/* Bits for how many of the foreign frames may lie before an item, from those before the last. */
static unsigned spread(unsigned bits, unsigned step, unsigned all)
{
	unsigned out = 0;

	for (unsigned i = 0; i < step && (bits << i & all) != 0; i++)
		out |= bits << i;
	return out & all;
}

/* 1: nothing sure is known of this phase, or just this symbol. */
static int is_known_or_new(const struct phone *phone, int phase, int symbol)
{
	unsigned place;
	int lead;

	phase = normal_phase(phone, phase);
	if (phase < 0 || phase % 6 == 1)
		return 1;
	place = phase % 6 == 0 ? PLACE_CRC : (unsigned)phase % 6 - 2;
	lead = airkiss_lead(&phone->cells[phase / 6][place], SURE);
	return lead < 0 || lead == (place == PLACE_CRC ? symbol & 0x7f : symbol & 0xff);
}

/* Of these, those with which an item's symbol stands in its place. */
static unsigned fitting(const struct phone *phone, const struct item *item, int at, unsigned bits,
			int with_votes)
{
	unsigned out = 0;

	for (unsigned i = 0; bits >> i != 0; i++) {
		if ((bits >> i & 1) != 0 && phase_fits(phone, at - (int)i, item->symbol) != 0 &&
		    (with_votes == 0 || is_known_or_new(phone, at - (int)i, item->symbol) != 0))
			out |= 1U << i;
	}
	return out;
}

/*
 * Lets all items vote that have only one place between the two anchors. The foreign frames may lie
 * in any gap: forwards and backwards, all ways to spread them are followed that agree with the
 * kinds of the symbols, and with the votes when asked for.
 * @return 0 when there is no way
 */
static int vote_spread(struct phone *phone, struct track *track, unsigned k, unsigned foreign,
		       int with_votes)
{
	unsigned ahead[ITEMS];
	unsigned all = (2U << foreign) - 1;
	unsigned back;
	int at = track->anchor_phase;

	ahead[0] = 1;
	for (unsigned j = 1; j <= k; j++) {
		at += track->items[j].step;
		ahead[j] = fitting(phone, &track->items[j], at,
				   spread(ahead[j - 1], track->items[j].step, all), with_votes);
	}
	back = ahead[k] & 1U << foreign;
	if (back == 0)
		return 0;
	for (unsigned j = k; j > 0; j--) {
		unsigned behind = 0;

		for (unsigned i = 0; i < track->items[j].step && back >> i != 0; i++)
			behind |= back >> i;
		at -= track->items[j].step;
		back = behind & ahead[j - 1];
		if ((back & (back - 1)) == 0)
			(void)item_vote(phone, &track->items[j - 1], at - __builtin_ctz(back),
					SURE);
	}
	return 1;
}

static int vote_between(struct phone *phone, struct track *track, unsigned k, int phase)
{
	int foreign = foreign_between(phone, track, k, phase);

	/* Votes tell where the foreign frames were, unless the phone says something new. */
	return foreign >= 0 && (vote_spread(phone, track, k, (unsigned)foreign, 1) != 0 ||
				vote_spread(phone, track, k, (unsigned)foreign, 0) != 0);
}

/* Item `k` stands at `phase`: lets the items before it vote and begins anew with it. */
static void set_anchor(struct phone *phone, struct track *track, unsigned k, int phase)
{
	int at = phase;

	if (track->anchored == 0 || k == 0 || vote_between(phone, track, k, phase) == 0) {
		for (unsigned j = k; j > 0 && at > 0 && track->items[j].step == 1; j--) {
			at--;
			if (item_vote(phone, &track->items[j - 1], at, PROBABLE) == 0)
				break;
		}
	}
	track->anchor_crc = -1;
	if (k > 0 && phase >= 0 && track->items[k].step == 1 &&
	    is_header(track->items[k - 1].symbol))
		track->anchor_crc = (int16_t)(track->items[k - 1].symbol & 0x7f);
	drop_items(track, k);
	track->anchored = 1;
	track->anchor_phase = (int16_t)phase;
}

/* All of a piece has been heard without a gap: when its CRC fits as well it is certain. */
static void whole_piece(struct phone *phone, struct track *track, int phase)
{
	unsigned piece = (unsigned)phase / 6;
	unsigned len = airkiss_piece_len(&phone->head, piece);
	unsigned first; /* item of the first byte */
	uint8_t data[4];
	int crc;

	if (phase < 2 || len == 0 || (unsigned)phase % 6 != 1 + len || track->count <= len)
		return;
	first = track->count - len;
	crc = first >= 2 ? track->items[first - 2].symbol & 0x7f : track->anchor_crc;
	if (crc < 0)
		return;
	for (unsigned i = 0; i < len; i++)
		data[i] = (uint8_t)(track->items[first + i].symbol & 0xff);
	if (airkiss_piece_fits(piece, data, len, crc) == 0)
		return;
	for (unsigned i = 0; i < len; i++) {
		airkiss_vote(phone, piece, i, data[i], PROBABLE);
		track->items[first + i].voted++;
	}
	airkiss_vote(phone, piece, PLACE_CRC, (uint8_t)crc, SURE);
	phone->level = AIR_LOCKED;
}

/* The last item, when everything since the anchor has been heard. */
static void vote_forward(struct phone *phone, struct track *track)
{
	unsigned last = track->count - 1U;
	int phase = track->anchor_phase + (int)last;

	if (track->anchored == 0 || last == 0)
		return;
	for (unsigned j = 1; j <= last; j++) {
		if (track->items[j].step != 1)
			return;
	}
	if (item_vote(phone, &track->items[last], phase, PROBABLE) == 0) {
		track->items[last].step = STEP_UNKNOWN;
		return;
	}
	phase = normal_phase(phone, phase);
	if (phase != NO_PHASE)
		whole_piece(phone, track, phase);
}

static void append(struct track *track, int symbol, unsigned step)
{
	struct item *item;

	if (track->count == ITEMS) {
		drop_items(track, ITEMS / 2);
		track->anchored = 0;
	}
	item = &track->items[track->count++];
	item->symbol = (uint16_t)symbol;
	item->step = (uint8_t)step;
	item->voted = 0;
}

static void on_data(struct phone *phone, struct track *track, int symbol, unsigned step)
{
	unsigned last;
	int before = -1;
	int index;

	append(track, symbol, step);
	last = track->count - 1U;
	/* An anchor that is known already is an index: what follows it is none. */
	if (last > 0 && step == 1 && (last > 1 || track->anchored == 0))
		before = track->items[last - 1].symbol;
	if (before >= 0 && is_header(before)) {
		index = is_header(symbol) ? symbol & 0x7f : before & 0x7f;
		if (index < pieces(&phone->head))
			set_anchor(phone, track, is_header(symbol) ? last : last - 1,
				   6 * index + 1);
	}
	vote_forward(phone, track);
}

/* The usual step of a stream, from those seen. */
static void learn_step(struct track *track, int64_t distance)
{
	unsigned max = 0;

	if (distance > 4)
		return;
	if (++track->steps[distance - 1] >= 1000) {
		for (unsigned i = 0; i < 4; i++)
			track->steps[i] /= 2;
	}
	for (unsigned i = 0; i < 4; i++)
		max = track->steps[i] > max ? track->steps[i] : max;
	for (unsigned i = 0; i < 4; i++) {
		if (track->steps[i] * 4U >= max) {
			track->base = (uint8_t)(i + 1);
			return;
		}
	}
}

void airkiss_track_symbol(struct phone *phone, struct track *track, int64_t position, int symbol)
{
	int64_t distance = position - track->last_position;
	unsigned step = STEP_UNKNOWN;
	int place = airkiss_head_prefix_place(&phone->head, symbol);

	if (track->last >= 0 && distance > 0) {
		learn_step(track, distance);
		if (distance % track->base == 0 && distance / track->base <= GAP_MAX)
			step = (unsigned)(distance / track->base);
		airkiss_head_pair(phone, track->last, symbol, step);
	}
	track->last = (int16_t)symbol;
	track->last_position = position;
	if (symbol >= 0x80) {
		on_data(phone, track, symbol, step);
	} else if (place >= 0) {
		append(track, symbol, step);
		set_anchor(phone, track, track->count - 1U, place - 4);
	} else {
		airkiss_track_break(track);
	}
}
