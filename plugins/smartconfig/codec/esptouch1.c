/* SPDX-License-Identifier: Apache-2.0 */
/* Phones, streams and the guide of ESP-Touch v1; smartconfig.md 2.1, 6.1 to 6.4. */
#include "codec/esptouch1.h"

#include "codec/esptouch1_internal.h"

#include <openssl/crypto.h>
#include <string.h>

#define EXTRA_LEN   40
#define GUIDE_MIN   512
#define GUIDE_MAX   515
#define INDEX_FIRST 296
/* How far a driver may be off what the headers say. */
#define SHIFT_MAX 48
#define GUIDE_RUN 6
/* A phone that was not heard for so long may be forgotten for another one. */
#define STALE_US    15000000u
#define GUIDE_SCORE 4
/* After such a silence the same content is somebody's next attempt. */
#define FORGET_US 60000000u

size_t esptouch1_size(void)
{
	return sizeof(struct esptouch1);
}

void esptouch1_init(struct esptouch1 *decoder)
{
	memset(decoder, 0, sizeof(*decoder));
}

void esptouch1_finish(struct esptouch1 *decoder)
{
	if (decoder != NULL)
		OPENSSL_cleanse(decoder, sizeof(*decoder));
}

/* c of 234.c.c.c, 0 for broadcast; -1: not a destination of this protocol. */
static int group_of(const uint8_t *da)
{
	static const uint8_t all[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

	if (memcmp(da, all, sizeof(all)) == 0)
		return 0;
	if (da[0] != 0x01 || da[1] != 0x00 || da[2] != 0x5E || da[3] == 0 || da[3] > 100 ||
	    da[4] != da[3] || da[5] != da[3])
		return -1;
	return da[3];
}

/* What a phone is worth: proof counts most, then the guide; stale ones nothing. */
static uint32_t score_of(const struct et1_phone *phone, uint64_t now_us)
{
	uint32_t score = phone->good * 2 + (phone->guided ? GUIDE_SCORE : 0);

	if (phone->used && now_us > phone->last_us && now_us - phone->last_us > STALE_US)
		return 0;
	return phone->bad > phone->good ? 0 : score;
}

static struct et1_phone *phone_find(struct esptouch1 *decoder, const uint8_t *sa)
{
	for (size_t n = 0; n < ESPTOUCH1_PHONES; n++) {
		struct et1_phone *phone = &decoder->phones[n];

		if (phone->used && memcmp(phone->sa, sa, sizeof(phone->sa)) == 0)
			return phone;
	}
	return NULL;
}

/* Room for a new phone; NULL when all that are there are worth more. */
static struct et1_phone *phone_add(struct esptouch1 *decoder, const struct air_symbol *symbol)
{
	struct et1_phone *worst = NULL;
	uint32_t worst_score = 0;

	for (size_t n = 0; n < ESPTOUCH1_PHONES; n++) {
		struct et1_phone *phone = &decoder->phones[n];
		uint32_t score;

		if (!phone->used) {
			worst = phone;
			break;
		}
		score = score_of(phone, symbol->time_us);
		if (score >= ET1_PROOF * 2)
			continue;
		if (worst == NULL || score < worst_score ||
		    (score == worst_score && phone->last_us < worst->last_us)) {
			worst = phone;
			worst_score = score;
		}
	}
	if (worst == NULL)
		return NULL;
	if (worst->used)
		OPENSSL_cleanse(worst, sizeof(*worst));
	et1_phone_forget(worst);
	memcpy(worst->sa, symbol->sa, sizeof(worst->sa));
	worst->used = 1;
	worst->first_us = symbol->time_us;
	return worst;
}

static void stream_restart(struct et1_stream *stream)
{
	stream->anchored = 0;
	stream->count = 0;
	stream->guide_run = 0;
	stream->other_len[0] = 0;
	stream->other_len[1] = 0;
}

static struct et1_stream *stream_get(struct et1_phone *phone, const struct air_symbol *symbol)
{
	struct et1_stream *oldest = &phone->streams[0];

	for (size_t n = 0; n < ET1_STREAMS; n++) {
		struct et1_stream *stream = &phone->streams[n];

		if (stream->used && stream->id == symbol->stream) {
			if (stream->epoch != symbol->epoch) {
				stream->epoch = symbol->epoch;
				stream_restart(stream);
			}
			return stream;
		}
		if (!stream->used || (oldest->used && stream->last_us < oldest->last_us))
			oldest = stream;
	}
	OPENSSL_cleanse(oldest, sizeof(*oldest));
	oldest->used = 1;
	oldest->id = symbol->stream;
	oldest->epoch = symbol->epoch;
	return oldest;
}

static void set_shift(struct et1_phone *phone, struct et1_stream *stream, int32_t shift)
{
	if (stream->shift == shift)
		return;
	stream->shift = shift;
	stream_restart(stream);
	/* What this stream has told so far was wrong. */
	if (phone->good < ET1_PROOF)
		et1_phone_forget(phone);
}

/*
 * 515, 514, 513, 512: lengths fall as sequence numbers rise, modulo 4 (smartconfig.md 6.3). Finds
 * the overhead where it is another one than the headers show.
 */
static void guide(struct et1_phone *phone, struct et1_stream *stream,
		  const struct air_symbol *symbol)
{
	int64_t step = symbol->position - stream->guide_position;
	int32_t fall = stream->guide_len - symbol->len;
	int32_t min = symbol->len < stream->guide_min ? symbol->len : stream->guide_min;
	int32_t max = symbol->len > stream->guide_max ? symbol->len : stream->guide_max;

	stream->guide_position = symbol->position;
	stream->guide_len = symbol->len;
	if (stream->guide_run == 0 || step < 1 || step > 16 || max - min > 3 ||
	    (((int32_t)step - fall) & 3) != 0) {
		stream->guide_run = 1;
		stream->guide_min = symbol->len;
		stream->guide_max = symbol->len;
		return;
	}
	stream->guide_min = min;
	stream->guide_max = max;
	stream->guide_run++;
	if (stream->guide_run < GUIDE_RUN || max - min != 3)
		return;
	phone->guided = 1;
	if (GUIDE_MIN - min >= -SHIFT_MAX && GUIDE_MIN - min <= SHIFT_MAX)
		set_shift(phone, stream, GUIDE_MIN - min);
}

/* Without a guide, whole triples tell that the MIC is the longer one. */
static void other_mic(struct et1_phone *phone, struct et1_stream *stream,
		      const struct air_symbol *symbol)
{
	int32_t high = stream->other_len[1] - EXTRA_LEN;
	int32_t index = stream->other_len[0] - INDEX_FIRST;
	int32_t low = symbol->len2 - EXTRA_LEN;

	if (index >= 0 && index < ET1_INDICES && high >= 0 && high < 0x100 && low >= 0 &&
	    low < 0x100 && stream->other_position[0] + 1 == symbol->position &&
	    stream->other_position[1] + 2 == symbol->position &&
	    et1_crc_pair((uint8_t)((high & 15) << 4 | (low & 15)), (uint8_t)index) ==
		    ((high & 0xF0) | (low >> 4)) &&
	    ++stream->other_good >= ET1_PROOF && phone->good < ET1_PROOF) {
		set_shift(phone, stream, symbol->len2 - symbol->len);
		return;
	}
	stream->other_len[1] = stream->other_len[0];
	stream->other_position[1] = stream->other_position[0];
	stream->other_len[0] = symbol->len2;
	stream->other_position[0] = symbol->position;
}

/* Only what looks like a guide or an index packet makes a phone worth a place. */
static int is_evidence(int32_t len)
{
	return (len >= INDEX_FIRST && len < INDEX_FIRST + ET1_INDICES) ||
	       (len >= GUIDE_MIN - SHIFT_MAX && len <= GUIDE_MAX + SHIFT_MAX);
}

int esptouch1_push(struct esptouch1 *decoder, const struct air_symbol *symbol,
		   const struct esptouch1_scan *scan, struct air_result *out_result)
{
	struct et1_phone *phone;
	struct et1_stream *stream;
	int group;
	int32_t len = symbol->len;

	if (len < EXTRA_LEN - SHIFT_MAX || len > GUIDE_MAX + SHIFT_MAX)
		return 0;
	group = group_of(symbol->da);
	if (group < 0)
		return 0;
	phone = phone_find(decoder, symbol->sa);
	if (phone == NULL && is_evidence(len))
		phone = phone_add(decoder, symbol);
	if (phone == NULL)
		return 0;
	if (symbol->time_us > phone->last_us && symbol->time_us - phone->last_us > FORGET_US &&
	    phone->frames != 0) {
		et1_phone_forget(phone);
		phone->guided = 0;
		phone->frames = 0;
		phone->first_us = symbol->time_us;
	}
	stream = stream_get(phone, symbol);
	stream->last_us = symbol->time_us;
	phone->last_us = symbol->time_us;
	phone->frames++;
	if (len >= GUIDE_MIN - SHIFT_MAX) {
		guide(phone, stream, symbol);
	} else {
		stream->guide_run = 0;
		if (symbol->len2 >= 0 && stream->shift == 0)
			other_mic(phone, stream, symbol);
	}
	len += stream->shift;
	if (len >= GUIDE_MIN) {
		/* The list is broken off here; it goes on after the guide. */
		stream->anchored = 0;
		stream->count = 0;
		return 0;
	}
	len -= EXTRA_LEN;
	if (len < 0 || len >= 0x100 + ET1_INDICES)
		return 0;
	et1_place(phone, stream, symbol->position, (uint32_t)len, (uint8_t)group);
	if (!phone->changed)
		return 0;
	return et1_check(phone, symbol, scan, out_result);
}

enum air_progress esptouch1_progress(const struct esptouch1 *decoder, const uint8_t *sa)
{
	enum air_progress best = AIR_IDLE;

	for (size_t n = 0; n < ESPTOUCH1_PHONES; n++) {
		const struct et1_phone *phone = &decoder->phones[n];
		enum air_progress one = AIR_IDLE;

		if (!phone->used || (sa != NULL && memcmp(phone->sa, sa, sizeof(phone->sa)) != 0))
			continue;
		if (phone->good >= ET1_PROOF && phone->bad <= phone->good)
			one = AIR_LOCKED;
		else if (phone->guided || phone->good > phone->bad)
			one = AIR_CANDIDATE;
		if (one > best)
			best = one;
	}
	return best;
}
