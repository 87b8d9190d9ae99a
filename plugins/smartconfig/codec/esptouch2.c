/* SPDX-License-Identifier: Apache-2.0 */
/* Symbols to packets, packets to phones (smartconfig.md 3.1, 6.3, 6.6). */
#include "codec/esptouch2.h"

#include <openssl/crypto.h>
#include <string.h>

#include "codec/esptouch2_private.h"

_Static_assert(sizeof(struct esptouch2) <= ESPTOUCH2_SIZE_MAX, "stated in the header");

#define SYNC_LEN     1048
#define TOTAL_LEN    1072
#define DATA_LEN_MIN 64
#define DATA_LEN_END 1024
#define DATA_BIT     0x40
#define HEAD_LEN     128
#define HEAD_LEN_END 192
#define SHIFT_MAX    64 /* bytes that a header and a cipher can differ from what was thought */
#define FIT_MAX	     6
#define FIT_SURE     3
#define LOSS_WINDOW  1024
#define FORGET_US    20000000u
#define KEY_SET	     (1ULL << 63)

static uint64_t key_of(const uint8_t sa[6])
{
	uint64_t key = KEY_SET;

	for (unsigned i = 0; i < 6; i++)
		key |= (uint64_t)sa[i] << (8 * i);
	return key;
}

static struct esptouch2_packet classify(int32_t len)
{
	struct esptouch2_packet packet = {.class = ESPTOUCH2_OTHER};

	if (len >= DATA_LEN_MIN && len < DATA_LEN_END && (len & DATA_BIT) != 0) {
		packet.class = ESPTOUCH2_DATA;
		packet.value = len >> 7;
		packet.bits = (uint8_t)(len & 63);
	} else if (len >= HEAD_LEN && len < HEAD_LEN_END) {
		packet.class = ESPTOUCH2_HEAD;
		packet.value = len - HEAD_LEN + 1;
	} else if (len == SYNC_LEN) {
		packet.class = ESPTOUCH2_SYNC;
	} else if (len >= TOTAL_LEN && len < TOTAL_LEN + ESPTOUCH2_GROUPS_MAX) {
		packet.class = ESPTOUCH2_TOTAL;
		packet.value = len - TOTAL_LEN + 1;
	}
	return packet;
}

void esptouch2_init(struct esptouch2 *decoder, const uint8_t *key)
{
	memset(decoder, 0, sizeof(*decoder));
	if (key == NULL)
		return;
	decoder->has_key = 1;
	memcpy(decoder->aes_key, key, ESPTOUCH2_KEY_LEN);
}

void esptouch2_finish(struct esptouch2 *decoder)
{
	if (decoder != NULL)
		OPENSSL_cleanse(decoder, sizeof(*decoder));
}

void esptouch2_scan(struct esptouch2 *decoder, const struct air_bss *list, size_t count)
{
	decoder->scan = list;
	decoder->scan_count = list != NULL ? count : 0;
}

static struct esptouch2_phone *find_phone(struct esptouch2 *decoder, uint64_t key)
{
	for (size_t i = 0; i < ESPTOUCH2_PHONES_MAX; i++) {
		if (decoder->phone[i].key == key)
			return &decoder->phone[i];
	}
	return NULL;
}

int esptouch2_progress(const struct esptouch2 *decoder, const uint8_t *sa)
{
	uint64_t key = key_of(sa);

	for (size_t i = 0; i < ESPTOUCH2_PHONES_MAX; i++) {
		if (decoder->phone[i].key == key)
			return decoder->phone[i].has_header != 0 ? AIR_LOCKED : AIR_CANDIDATE;
	}
	return AIR_IDLE;
}

/* How much is lost when a phone is forgotten: frames that fitted, less its silence. */
static int64_t usefulness(const struct esptouch2_phone *phone, uint64_t now_us)
{
	int64_t idle_s =
		now_us > phone->last_us ? (int64_t)((now_us - phone->last_us) / 1000000) : 0;
	int64_t frames = phone->frames < 500 ? (int64_t)phone->frames : 500;

	if (phone->key == 0)
		return INT64_MIN;
	return frames + (phone->has_header != 0 ? 200 : 0) - 20 * idle_s;
}

static struct esptouch2_phone *add_phone(struct esptouch2 *decoder, uint64_t key, uint64_t now_us)
{
	struct esptouch2_phone *worst = &decoder->phone[0];

	for (size_t i = 1; i < ESPTOUCH2_PHONES_MAX; i++) {
		if (usefulness(&decoder->phone[i], now_us) < usefulness(worst, now_us))
			worst = &decoder->phone[i];
	}
	OPENSSL_cleanse(worst, sizeof(*worst));
	worst->key = key;
	worst->first_us = now_us;
	worst->last_us = now_us;
	return worst;
}

static struct esptouch2_stream *stream_of(struct esptouch2 *decoder,
					  const struct air_symbol *symbol, uint64_t key)
{
	struct esptouch2_stream *stream = &decoder->stream[symbol->stream % AIR_STREAMS_MAX];
	int32_t shift = stream->key == key ? stream->shift : 0;

	if (stream->key == key && stream->epoch == symbol->epoch)
		return stream;
	memset(stream, 0, sizeof(*stream));
	stream->key = key;
	stream->epoch = symbol->epoch;
	stream->shift = shift;
	stream->track[0].fit = -1;
	stream->track[1].fit = -1;
	/* Nothing came before. */
	stream->pos[0] = symbol->position - (1 << 20);
	stream->pos[1] = stream->pos[0] - (1 << 20);
	return stream;
}

/* A pair of sync and total, in either order, if lengths are `shift` too large. */
static bool is_pair(int32_t one, int32_t other, int32_t shift)
{
	int32_t sync = one < other ? one : other;
	int32_t total = one < other ? other : one;

	return sync - shift == SYNC_LEN && total - shift >= TOTAL_LEN &&
	       total - shift < TOTAL_LEN + ESPTOUCH2_GROUPS_MAX;
}

/*
 * The overhead is known but for ciphers with a long MIC and for drivers that trim frames. Sync and
 * total in turn, or sync alone again and again, show it (smartconfig.md 1.2, 6.3): what they say
 * is believed more than the header.
 */
static void learn_shift(struct esptouch2_stream *stream, const struct air_symbol *symbol)
{
	int32_t len = symbol->len;
	int32_t lower = len < stream->len[0] ? len : stream->len[0];
	int32_t other = symbol->len2 >= 0 ? len - symbol->len2 : 0;
	int32_t shift = stream->shift;

	if (symbol->exact != 0) {
		stream->shift = 0;
		return;
	}
	if (lower < SYNC_LEN - SHIFT_MAX || lower > SYNC_LEN + SHIFT_MAX ||
	    symbol->position != stream->pos[0] + 1)
		return;
	if (is_pair(len, stream->len[0], 0))
		shift = 0;
	else if (is_pair(len, stream->len[0], other))
		shift = other;
	else if (stream->pos[0] == stream->pos[1] + 1 && len == stream->len[1] &&
		 (len == stream->len[0] || is_pair(len, stream->len[0], lower - SYNC_LEN)))
		shift = lower - SYNC_LEN;
	if (shift != stream->shift) {
		stream->shift = shift;
		stream->track[0].fit = -1;
		stream->track[1].fit = -1;
	}
}

/* Two packets that hardly anything else sends so close to each other (smartconfig.md 6.3). */
static bool is_evidence(const struct esptouch2_packet *one, const struct esptouch2_packet *other,
			int64_t distance)
{
	if (distance > 8)
		return false;
	if (one->class == ESPTOUCH2_SYNC)
		return other->class == ESPTOUCH2_SYNC ||
		       (other->class == ESPTOUCH2_TOTAL && distance <= 3);
	if (one->class == ESPTOUCH2_TOTAL)
		return (other->class == ESPTOUCH2_SYNC && distance <= 3) ||
		       (other->class == ESPTOUCH2_TOTAL && other->value == one->value);
	return one->class == ESPTOUCH2_HEAD && other->class == ESPTOUCH2_HEAD &&
	       other->value == one->value && distance <= 2;
}

/* The number of groups as the phone tells it; 0: not sure yet. */
static int known_total(const struct esptouch2_phone *phone)
{
	unsigned best = phone->total_weight[1] > phone->total_weight[0] ? 1 : 0;

	return phone->total_weight[best] >= 2 &&
			       phone->total_weight[best] > phone->total_weight[1 - best]
		       ? phone->total[best]
		       : 0;
}

static void vote_total(struct esptouch2_phone *phone, int value, unsigned weight)
{
	unsigned at = phone->total_weight[1] < phone->total_weight[0] ? 1 : 0;

	for (unsigned i = 0; i < 2; i++) {
		if (phone->total_weight[i] != 0 && phone->total[i] == value)
			at = i;
	}
	if (phone->total[at] != value) {
		phone->total[at] = (uint8_t)value;
		phone->total_weight[at] = 0;
	}
	phone->total_weight[at] = (uint8_t)(phone->total_weight[at] + weight);
	if (phone->total_weight[at] > 6) {
		phone->total_weight[at] = 6;
		if (phone->total_weight[1 - at] != 0)
			phone->total_weight[1 - at]--;
	}
}

static bool total_was_told(const struct esptouch2_phone *phone, unsigned groups)
{
	return (phone->total_weight[0] != 0 && phone->total[0] == groups) ||
	       (phone->total_weight[1] != 0 && phone->total[1] == groups);
}

/* The header group, from its votes; a new header makes all else void. */
static void check_header(struct esptouch2_phone *phone)
{
	struct esptouch2_layout layout;
	struct esptouch2_bytes bytes;

	if (!esptouch2_group(phone, 0, true, 0, &bytes) ||
	    !esptouch2_layout_read(bytes.byte, &layout) || !total_was_told(phone, layout.groups))
		return;
	if (phone->has_header != 0 && memcmp(phone->header, bytes.byte, 5) == 0)
		return;
	if (phone->has_header != 0)
		esptouch2_forget(phone, 1);
	memcpy(phone->header, bytes.byte, sizeof(phone->header));
	phone->layout = layout;
	phone->has_header = 1;
	phone->good = 0;
	for (int g = 1; g < layout.groups; g++) {
		if (esptouch2_group_check(phone, g, &bytes))
			phone->good |= 1ULL << g;
	}
}

/* Whether enough is there to try for a result. */
static bool is_ripe(const struct esptouch2_phone *phone)
{
	uint64_t needed = esptouch2_field_mask(&phone->layout.secret) |
			  esptouch2_field_mask(&phone->layout.reserved) |
			  esptouch2_field_mask(&phone->layout.iv);

	return phone->has_header != 0 && (phone->good & needed) == needed;
}

/* Looks at a group anew. Returns whether a result may have come of it. */
static bool check_group(struct esptouch2_phone *phone, int group)
{
	uint64_t bit = 1ULL << group;
	struct esptouch2_bytes bytes;

	if (group == 0) {
		check_header(phone);
		return true;
	}
	if (phone->has_header == 0)
		return false;
	phone->good &= ~bit;
	if (!esptouch2_group_check(phone, group, &bytes))
		return phone->done == 0;
	phone->good |= bit;
	return true;
}

/* A vote for packet k of a group. Returns whether a result may have come of it. */
static bool take_data(struct esptouch2_phone *phone, const struct esptouch2_packet *packet,
		      int group, struct esptouch2_track *track, uint64_t time_us)
{
	bool ripe = false;

	if (esptouch2_vote(phone, group, packet->value, packet->bits, time_us))
		ripe = check_group(phone, group);
	if (track->exact != 0 && track->group >= 0 &&
	    esptouch2_prove(phone, track->group, track->k, track->bits))
		ripe = check_group(phone, track->group) || ripe;
	track->group = -1;
	if (track->exact != 0) {
		track->group = (int8_t)group;
		track->k = (uint8_t)packet->value;
		track->bits = packet->bits;
	}
	return ripe;
}

static void note_foreign(struct esptouch2_phone *phone, const struct esptouch2_track *track)
{
	if (track->fit < FIT_SURE)
		return;
	phone->quiet = 0;
	/* Until it starts anew: what was taken for a packet stays in the table. */
	phone->foreign = 1;
}

static int step(struct esptouch2_track *track, const struct esptouch2_packet *packet, int64_t pos,
		int groups)
{
	bool anchor = packet->class != ESPTOUCH2_DATA;
	int where = ESPTOUCH2_MISFIT;

	if (track->fit >= 0)
		where = esptouch2_track_step(track, packet, pos, groups);
	if (where >= ESPTOUCH2_FITS && track->fit < FIT_MAX)
		track->fit++;
	else if (where == ESPTOUCH2_MISFIT && track->fit >= 0)
		track->fit = (int8_t)(track->fit - (anchor ? 2 : 1));
	return where;
}

/* Both tracks go on; the one that explains more is the one that votes. */
static int step_tracks(struct esptouch2_stream *stream, struct esptouch2_phone *phone,
		       const struct esptouch2_packet *packet, int64_t pos)
{
	struct esptouch2_track *track = stream->track;
	int groups = known_total(phone);
	bool anchor = packet->class != ESPTOUCH2_DATA;
	bool used = track[0].fit >= 0;
	int where = step(&track[0], packet, pos, groups);
	int other = step(&track[1], packet, pos, groups);

	if (where == ESPTOUCH2_MISFIT && used)
		note_foreign(phone, &track[0]);
	if (where == ESPTOUCH2_MISFIT && anchor) {
		if (track[0].fit < 0 && (other < 0 || track[1].fit < 0))
			esptouch2_track_start(&track[0], packet, pos);
		else if (track[1].fit < 0)
			esptouch2_track_start(&track[1], packet, pos);
	}
	if (track[1].fit >= FIT_SURE && track[1].fit > track[0].fit) {
		track[0] = track[1];
		track[1].fit = -1;
		where = other;
	} else if (track[0].fit == FIT_MAX && where >= ESPTOUCH2_FITS) {
		track[1].fit = -1;
	}
	return where;
}

/* A phone that waits for its user sends nothing but sync (smartconfig.md 3.7). */
static bool is_waiting(const struct esptouch2_stream *stream, const struct air_symbol *symbol)
{
	return symbol->position == stream->pos[0] + 1 && stream->pos[0] == stream->pos[1] + 1 &&
	       stream->len[0] == symbol->len && stream->len[1] == symbol->len;
}

/* Everything of the last try is void; the same credentials may be tried again. */
static void start_anew(struct esptouch2_phone *phone)
{
	if (phone->frames == 0)
		return;
	esptouch2_forget(phone, 0);
	memset(phone->total_weight, 0, sizeof(phone->total_weight));
	phone->has_header = 0;
	phone->done = 0;
	phone->frames = 0;
	phone->foreign = 0;
}

/* Returns whether a result may have come of it. */
static bool take(struct esptouch2_stream *stream, struct esptouch2_phone *phone,
		 const struct esptouch2_packet *packet, const struct air_symbol *symbol)
{
	struct esptouch2_packet last = classify(stream->len[0] - stream->shift);
	int64_t distance = symbol->position - stream->pos[0];
	int where;

	if (symbol->time_us > phone->last_us + FORGET_US)
		start_anew(phone);
	if (packet->class == ESPTOUCH2_SYNC && is_waiting(stream, symbol)) {
		start_anew(phone);
		esptouch2_track_start(&stream->track[0], packet, symbol->position);
		phone->last_us = symbol->time_us;
		return false;
	}
	if (packet->class == ESPTOUCH2_TOTAL)
		vote_total(phone, packet->value,
			   last.class == ESPTOUCH2_SYNC && distance <= 3 ? 2 : 1);
	where = step_tracks(stream, phone, packet, symbol->position);
	if (where < ESPTOUCH2_FITS)
		return false;
	phone->last_us = symbol->time_us;
	phone->frames++;
	phone->heard++;
	phone->quiet++;
	phone->sent += stream->track[0].advance;
	if (phone->sent > LOSS_WINDOW) {
		phone->sent /= 2;
		phone->heard /= 2;
	}
	if (where >= 0)
		return take_data(phone, packet, where, &stream->track[0], symbol->time_us);
	if (packet->class == ESPTOUCH2_TOTAL && phone->has_header == 0)
		check_header(phone);
	/* Once a round: the list of networks may have grown. */
	return packet->class == ESPTOUCH2_TOTAL && phone->done == 0;
}

int esptouch2_push(struct esptouch2 *decoder, const struct air_symbol *symbol,
		   struct air_result *out_result)
{
	uint64_t key = key_of(symbol->sa);
	struct esptouch2_stream *stream = stream_of(decoder, symbol, key);
	struct esptouch2_phone *phone = find_phone(decoder, key);
	struct esptouch2_packet packet;
	bool tried = false;

	learn_shift(stream, symbol);
	packet = classify(symbol->len - stream->shift);
	if (phone == NULL && packet.class != ESPTOUCH2_OTHER) {
		struct esptouch2_packet last = classify(stream->len[0] - stream->shift);

		if (is_evidence(&packet, &last, symbol->position - stream->pos[0])) {
			phone = add_phone(decoder, key, symbol->time_us);
			if (last.class == ESPTOUCH2_TOTAL)
				vote_total(phone, last.value, 1);
			esptouch2_track_start(&stream->track[0], &last, stream->pos[0]);
		}
	}
	if (phone != NULL && packet.class != ESPTOUCH2_OTHER)
		tried = take(stream, phone, &packet, symbol);
	else if (phone != NULL)
		note_foreign(phone, &stream->track[0]);
	stream->pos[1] = stream->pos[0];
	stream->len[1] = stream->len[0];
	stream->pos[0] = symbol->position;
	stream->len[0] = symbol->len;
	if (!tried || !is_ripe(phone))
		return 0;
	return esptouch2_complete(decoder, phone, symbol, out_result);
}
