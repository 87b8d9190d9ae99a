/* SPDX-License-Identifier: Apache-2.0 */
#include "air/symbol_internal.h"

#include <string.h>

#define SEQ_COUNT 4096
#define SEQ_MASK  (SEQ_COUNT - 1)

/* After this long a counter may have gone round: 1000 frames a second are not to be feared. */
#define SILENCE_US 2000000
/* Retries follow within an aggregate's exchange; 100 ms are smartconfig.md 6.2. */
#define HOLD_US	    20000
#define HOLD_MAX_US 100000
/* Evidence of use halves in this time. */
#define USEFUL_HALF_US 8000000

#define MIC16_MORE 8
#define TKIP_MORE  4

static uint64_t since(uint64_t now, uint64_t then)
{
	return now > then ? now - then : 0;
}

size_t air_streams_size(void)
{
	return sizeof(struct air_streams);
}

void air_streams_init(struct air_streams *streams, air_symbol_fn *fn, void *user)
{
	memset(streams, 0, sizeof(*streams));
	streams->fn = fn;
	streams->user = user;
}

/* ---- handing over ---- */

static void hand_over(const struct air_streams *streams, const struct air_stream *stream,
		      int64_t position, const struct air_waiting *waiting)
{
	struct air_symbol symbol = {
		.time_us = waiting->time_us,
		.stream = (uint32_t)(stream - streams->streams),
		.phone = stream->phone,
		.direction = stream->direction,
		.epoch = stream->epoch,
		.position = position,
		.len = waiting->len,
		.len2 = waiting->len2,
		.freq_mhz = waiting->freq_mhz,
		.exact = waiting->exact,
	};

	/* Too short for a datagram: it only holds its place. */
	if (waiting->len < 0)
		return;
	memcpy(symbol.sa, stream->sa, 6);
	memcpy(symbol.bssid, stream->bssid, 6);
	memcpy(symbol.da, waiting->da, 6);
	streams->fn(streams->user, &symbol);
}

static uint64_t bit_of(int64_t position)
{
	return (uint64_t)1 << ((uint64_t)position % AIR_WINDOW);
}

static void hand_over_next(struct air_streams *streams, struct air_stream *stream)
{
	int64_t position = stream->next++;

	if ((stream->waiting & bit_of(position)) == 0)
		return;
	stream->waiting &= ~bit_of(position);
	hand_over(streams, stream, position, &stream->ring[(uint64_t)position % AIR_WINDOW]);
}

static void hand_over_below(struct air_streams *streams, struct air_stream *stream, int64_t limit)
{
	while (stream->waiting != 0 && stream->next < limit)
		hand_over_next(streams, stream);
	if (stream->next < limit)
		stream->next = limit;
}

/* Hands over what is in order, and what has waited too long for the frames before it. */
static void drain(struct air_streams *streams, struct air_stream *stream, uint64_t now_us)
{
	while (stream->waiting != 0) {
		int64_t first = stream->next;

		while ((stream->waiting & bit_of(first)) == 0)
			first++;
		if (first != stream->next && stream->hold_us != 0 &&
		    since(now_us, stream->ring[(uint64_t)first % AIR_WINDOW].time_us) <=
			    stream->hold_us)
			return;
		stream->next = first;
		hand_over_next(streams, stream);
	}
}

void air_streams_tick(struct air_streams *streams, uint64_t now_us)
{
	if (now_us > streams->now_us)
		streams->now_us = now_us;
	for (size_t i = 0; i < AIR_STREAMS_MAX; i++)
		drain(streams, &streams->streams[i], now_us);
}

/* ---- the table ---- */

static void make_key(const struct air_frame *frame, uint64_t key[2])
{
	const uint8_t *sa = frame->sa;
	const uint8_t *bssid = frame->bssid;

	/* Directions are 1 and 2: no key of a stream is zero. */
	key[0] = (uint64_t)sa[0] << 56 | (uint64_t)sa[1] << 48 | (uint64_t)sa[2] << 40 |
		 (uint64_t)sa[3] << 32 | (uint64_t)sa[4] << 24 | (uint64_t)sa[5] << 16 |
		 (uint64_t)frame->tid << 8 | frame->direction;
	key[1] = (uint64_t)bssid[0] << 40 | (uint64_t)bssid[1] << 32 | (uint64_t)bssid[2] << 24 |
		 (uint64_t)bssid[3] << 16 | (uint64_t)bssid[4] << 8 | bssid[5];
}

static uint32_t usefulness(const struct air_streams *streams, const struct air_stream *stream)
{
	uint64_t halves = since(streams->now_us, stream->useful_us) / USEFUL_HALF_US;

	return halves < 32 ? stream->useful >> halves : 0;
}

/* A free place, or that of the stream of least use; of equals, the one that is silent longest. */
static size_t find_room(const struct air_streams *streams)
{
	size_t best = 0;
	uint32_t best_use = UINT32_MAX;

	for (size_t i = 0; i < AIR_STREAMS_MAX; i++) {
		const struct air_stream *stream = &streams->streams[i];
		uint32_t use = usefulness(streams, stream);

		if (stream->live == 0)
			return i;
		if (use < best_use ||
		    (use == best_use && stream->last_us < streams->streams[best].last_us)) {
			best = i;
			best_use = use;
		}
	}
	return best;
}

/* The number of the phone, shared by its streams; a free one for a new phone. */
static uint32_t phone_of(const struct air_streams *streams, const uint8_t *sa)
{
	uint32_t taken = 0;
	uint32_t phone = 0;

	for (size_t i = 0; i < AIR_STREAMS_MAX; i++) {
		const struct air_stream *stream = &streams->streams[i];

		if (stream->live == 0)
			continue;
		if (memcmp(stream->sa, sa, 6) == 0)
			return stream->phone;
		taken |= 1U << stream->phone;
	}
	while ((taken & 1U << phone) != 0)
		phone++;
	return phone;
}

static void restart(struct air_streams *streams, struct air_stream *stream, uint16_t seq)
{
	hand_over_below(streams, stream, stream->high + 1);
	stream->epoch = ++streams->epochs;
	stream->waiting = 0;
	stream->seen = 0;
	stream->high = (int64_t)seq - 1;
	stream->next = seq;
	stream->hold_us = stream->direction == AIR_TO_AP ? HOLD_US : 0;
}

static struct air_stream *create(struct air_streams *streams, const struct air_frame *frame,
				 const uint64_t key[2])
{
	size_t i = find_room(streams);
	struct air_stream *stream = &streams->streams[i];

	if (stream->live != 0)
		hand_over_below(streams, stream, stream->high + 1);
	/* Before the phone is looked for: the place's old owner needs its number no more. */
	memset(stream, 0, offsetof(struct air_stream, ring));
	stream->phone = phone_of(streams, frame->sa);
	memcpy(stream->sa, frame->sa, 6);
	memcpy(stream->bssid, frame->bssid, 6);
	stream->direction = frame->direction;
	stream->high = -1;
	restart(streams, stream, frame->seq);
	air__stream_set_mic(stream, air_streams_bss(streams, frame->bssid));
	stream->live = 1;
	memcpy(streams->keys[i], key, sizeof(streams->keys[i]));
	streams->last = i;
	return stream;
}

static struct air_stream *find(struct air_streams *streams, const uint64_t key[2])
{
	size_t i = streams->last;

	if (streams->keys[i][0] == key[0] && streams->keys[i][1] == key[1])
		return &streams->streams[i];
	for (i = 0; i < AIR_STREAMS_MAX; i++) {
		if (streams->keys[i][0] == key[0] && streams->keys[i][1] == key[1]) {
			streams->last = i;
			return &streams->streams[i];
		}
	}
	return NULL;
}

void air_streams_useful(struct air_streams *streams, uint32_t stream, uint32_t weight)
{
	uint32_t phone;

	if (stream >= AIR_STREAMS_MAX || streams->streams[stream].live == 0)
		return;
	phone = streams->streams[stream].phone;
	for (size_t i = 0; i < AIR_STREAMS_MAX; i++) {
		struct air_stream *one = &streams->streams[i];
		uint32_t use;

		if (one->live == 0 || one->phone != phone)
			continue;
		use = usefulness(streams, one);
		one->useful = use < UINT32_MAX - weight ? use + weight : UINT32_MAX;
		one->useful_us = streams->now_us;
	}
}

/* ---- frames ---- */

/* The datagram's length, by what the frame, its stream and its access point tell of the cipher. */
static void measure(struct air_stream *stream, const struct air_frame *frame,
		    struct air_waiting *out)
{
	int unsure = (frame->flags & AIR_UNSURE) != 0;

	out->len = frame->udp_len;
	out->len2 = -1;
	if (!unsure && frame->cipher != AIR_OPEN)
		stream->cipher = frame->cipher;
	if (frame->cipher != AIR_CCMP)
		return;
	if (unsure &&
	    (stream->cipher == AIR_TKIP || (stream->cipher != AIR_CCMP && stream->mic == 20))) {
		out->len -= TKIP_MORE;
	} else if (stream->mic == 24) {
		out->len -= MIC16_MORE;
	} else if (unsure && stream->cipher != AIR_CCMP && stream->mic != 16) {
		out->len2 = out->len - TKIP_MORE;
	} else if (stream->mic != 16) {
		out->len2 = out->len - MIC16_MORE;
	}
	if (out->len2 < 0)
		out->len2 = -1;
}

/* The frame's position, or -1: heard before, or too late. */
static int64_t place(struct air_streams *streams, struct air_stream *stream,
		     const struct air_frame *frame)
{
	uint32_t ahead = (frame->seq - (uint32_t)(stream->high & SEQ_MASK)) & SEQ_MASK;
	uint32_t behind = (SEQ_COUNT - ahead) & SEQ_MASK;
	int64_t position;

	if (behind < AIR_WINDOW) {
		position = stream->high - behind;
		if ((stream->seen & (uint64_t)1 << behind) != 0)
			return -1;
		stream->seen |= (uint64_t)1 << behind;
		if (position >= stream->next)
			return position;
		stream->hold_us = stream->direction == AIR_TO_AP ? HOLD_MAX_US : HOLD_US;
		return -1;
	}
	if (ahead > SEQ_COUNT / 2) {
		restart(streams, stream, frame->seq);
		ahead = 1;
	}
	stream->seen = ahead < AIR_WINDOW ? stream->seen << ahead : 0;
	stream->seen |= 1;
	stream->high += ahead;
	return stream->high;
}

static void push_data(struct air_streams *streams, const struct air_frame *frame)
{
	struct air_waiting waiting = {
		.time_us = frame->time_us,
		.freq_mhz = frame->freq_mhz,
		.exact = (frame->flags & AIR_EXACT) != 0,
	};
	struct air_stream *stream;
	uint64_t key[2];
	int64_t position;

	if (frame->time_us > streams->now_us)
		streams->now_us = frame->time_us;
	make_key(frame, key);
	stream = find(streams, key);
	if (stream == NULL)
		stream = create(streams, frame, key);
	else if (since(frame->time_us, stream->last_us) > SILENCE_US)
		restart(streams, stream, frame->seq);
	stream->last_us = frame->time_us;
	position = place(streams, stream, frame);
	if (position < 0)
		return;
	measure(stream, frame, &waiting);
	memcpy(waiting.da, frame->da, 6);
	hand_over_below(streams, stream, position - (AIR_WINDOW - 1));
	if (position == stream->next && stream->waiting == 0) {
		stream->next++;
		hand_over(streams, stream, position, &waiting);
		return;
	}
	stream->ring[(uint64_t)position % AIR_WINDOW] = waiting;
	stream->waiting |= bit_of(position);
	drain(streams, stream, frame->time_us);
}

void air_streams_push(struct air_streams *streams, const struct provd_frame *frame)
{
	struct air_parsed parsed;

	switch (air_parse(frame, &parsed)) {
	case AIR_DATA:
		push_data(streams, &parsed.u.data);
		break;
	case AIR_BEACON:
		air__bss_learn(streams, &parsed.u.bss);
		break;
	default:
		break;
	}
}
