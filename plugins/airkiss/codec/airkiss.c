/* SPDX-License-Identifier: Apache-2.0 */
/* Phones and their streams; the public face of the decoder. */
#include "codec/internal.h"

#include <openssl/crypto.h>
#include <provd/error.h>
#include <string.h>

/* Symbols of the guide in a row that make a candidate, and that teach another overhead. */
#define GUIDE_RUN   4
#define GUIDE_TEACH 8
/* Without a sign of it for so many symbols for each level, a phone's rank protects it no more. */
#define PHONE_OLD 4000U

_Static_assert(sizeof(struct airkiss) <= AIRKISS_SIZE_MAX, "AIRKISS_SIZE_MAX is a promise");

size_t airkiss_size(void)
{
	return sizeof(struct airkiss);
}

int airkiss_init(struct airkiss *ak, const struct airkiss_options *options)
{
	if (options != NULL && options->key_len > sizeof(ak->key))
		return PROVD_E_INVALID;
	memset(ak, 0, sizeof(*ak));
	if (options != NULL && options->key != NULL && options->key_len != 0) {
		memcpy(ak->key, options->key, options->key_len);
		ak->have_key = 1;
		ak->accept_plain = options->accept_plain;
	}
	return 0;
}

void airkiss_finish(struct airkiss *ak)
{
	if (ak != NULL)
		OPENSSL_cleanse(ak, sizeof(*ak));
}

void airkiss_reset(struct airkiss *ak)
{
	OPENSSL_cleanse(ak->phones, sizeof(ak->phones));
	OPENSSL_cleanse(&ak->result, sizeof(ak->result));
	ak->have_result = 0;
	ak->clock = 0;
}

/* The larger, the more a phone is worth keeping; from 2^32 on it is not given up. */
static uint64_t worth(const struct airkiss *ak, const struct phone *phone)
{
	uint32_t age = ak->clock - phone->last_use;
	uint64_t level = age < PHONE_OLD * phone->level ? phone->level : 0;

	return phone->used == 0 ? 0 : (level << 32) + (UINT32_MAX - age);
}

/* @return NULL: unknown, and all places are taken by better ones */
static struct phone *find_phone(struct airkiss *ak, const struct air_symbol *symbol)
{
	struct phone *least = &ak->phones[0];

	for (unsigned i = 0; i < AIRKISS_PHONES_MAX; i++) {
		struct phone *phone = &ak->phones[i];

		if (phone->used != 0 && memcmp(phone->sa, symbol->sa, sizeof(phone->sa)) == 0)
			return phone;
	}
	for (unsigned i = 1; i < AIRKISS_PHONES_MAX; i++) {
		if (worth(ak, &ak->phones[i]) < worth(ak, least))
			least = &ak->phones[i];
	}
	if (worth(ak, least) >= UINT64_C(1) << 32)
		return NULL;
	if (ak->have_result != 0 && ak->result_phone == (uint32_t)(least - ak->phones))
		ak->result_phone = AIRKISS_PHONES_MAX;
	airkiss_clear_votes(least);
	/* What is behind this is empty now; clearing it each time would be most of the work. */
	memset(least, 0, offsetof(struct phone, tracks));
	for (unsigned i = 0; i < TRACKS; i++)
		least->tracks[i].used = 0;
	least->used = 1;
	memcpy(least->sa, symbol->sa, sizeof(least->sa));
	return least;
}

static struct track *find_track(const struct airkiss *ak, struct phone *phone,
				const struct air_symbol *symbol)
{
	struct track *oldest = &phone->tracks[0];

	for (unsigned i = 0; i < TRACKS; i++) {
		struct track *track = &phone->tracks[i];

		if (track->used != 0 && track->stream == symbol->stream) {
			if (track->epoch == symbol->epoch)
				return track;
			oldest = track;
			break;
		}
		if (track->used == 0) {
			if (oldest->used != 0)
				oldest = track;
		} else if (oldest->used != 0 &&
			   ak->clock - track->last_use > ak->clock - oldest->last_use) {
			oldest = track;
		}
	}
	/* Another epoch: only what is known of the transmitter stays. */
	if (oldest->used == 0 || oldest->stream != symbol->stream)
		memset(oldest, 0, sizeof(*oldest));
	oldest->used = 1;
	oldest->stream = symbol->stream;
	oldest->epoch = symbol->epoch;
	oldest->base = oldest->base != 0 ? oldest->base : 1;
	oldest->last = -1;
	oldest->guide_run = 0;
	oldest->foreign = 0;
	airkiss_track_break(oldest);
	return oldest;
}

/*
 * Looks for four ascending lengths, again and again, whatever they are: the guide (4.1). Where it
 * lies elsewhere than at 1 to 4 the overhead is another than the header told, and the guide is
 * right (1.2).
 */
static void learn_guide(struct phone *phone, struct track *track, const struct air_symbol *symbol)
{
	int len = symbol->len;
	int64_t step = (symbol->position - track->guide_position) / track->base;
	int low = len < track->guide_min ? len : track->guide_min;
	int high = len > track->guide_max ? len : track->guide_max;
	unsigned teach = GUIDE_TEACH;

	if (track->guide_run != 0 && step >= 1 && step <= 3 && high - low <= 3 &&
	    ((len - track->guide_len - (int)step) & 3) == 0) {
		track->guide_min = (int16_t)low;
		track->guide_max = (int16_t)high;
		if (track->guide_run < GUIDE_TEACH)
			track->guide_run++;
	} else {
		track->guide_min = (int16_t)len;
		track->guide_max = (int16_t)len;
		track->guide_run = 1;
	}
	track->guide_len = (int16_t)len;
	track->guide_position = symbol->position;
	if (track->guide_max - track->guide_min != 3)
		return;
	/* Where it is known to be one of two overheads, less proves it. */
	if (track->guide_min == 1 ||
	    (symbol->len2 >= 0 && track->guide_min == 1 + symbol->len - symbol->len2))
		teach = GUIDE_RUN;
	if (track->guide_run >= teach && symbol->exact == 0 && track->guide_min >= -31 &&
	    track->guide_min <= 41 && track->shift != track->guide_min - 1) {
		track->shift = (int16_t)(track->guide_min - 1);
		track->last = -1;
		airkiss_track_break(track);
	}
	if (track->guide_run < GUIDE_RUN || track->shift != track->guide_min - 1)
		return;
	if (phone->level == AIR_IDLE)
		phone->level = AIR_CANDIDATE;
	airkiss_new_cycle(phone);
}

static void try_result(struct airkiss *ak, struct phone *phone, const struct air_symbol *symbol,
		       struct air_streams *streams)
{
	const struct air_bss *list = NULL;
	size_t count = 0;

	phone->changed = 0;
	if (phone->head.magic_ok != 0 && phone->head.prefix_ok != 0)
		phone->level = AIR_LOCKED;
	if (ak->have_result != 0 || phone->level != AIR_LOCKED)
		return;
	if (streams != NULL)
		list = air_streams_bss_list(streams, &count);
	if (airkiss_solve(ak, phone, list, count, &ak->result) == 0)
		return;
	ak->have_result = 1;
	ak->result_phone = (uint32_t)(phone - ak->phones);
	memcpy(ak->result.sa, phone->sa, sizeof(phone->sa));
	memcpy(ak->result.bssid, symbol->bssid, sizeof(symbol->bssid));
	ak->result.frames = phone->frames;
	ak->result.time_us = symbol->time_us;
	ak->result.first_us = phone->first_us;
}

enum air_progress airkiss_push(struct airkiss *ak, const struct air_symbol *symbol,
			       struct air_streams *streams)
{
	struct phone *phone;
	struct track *track;
	int level;
	int value;

	ak->clock++;
	if (symbol->len < -31 || symbol->len > LEN_MAX)
		return AIR_IDLE;
	phone = find_phone(ak, symbol);
	if (phone == NULL)
		return AIR_IDLE;
	track = find_track(ak, phone, symbol);
	level = phone->level;
	phone->last_use = ak->clock;
	track->last_use = ak->clock;
	if (phone->frames++ == 0)
		phone->first_us = symbol->time_us;
	learn_guide(phone, track, symbol);
	value = symbol->len - track->shift;
	/* 0 is a first nibble of one sender, and the length an ARP packet seems to have (1.5). */
	if (value < 0 || value > 511 || (value == 0 && track->count != 0)) {
		track->foreign += track->base;
		return (enum air_progress)phone->level;
	}
	airkiss_track_symbol(phone, track, symbol->position - track->foreign, value);
	if (phone->changed != 0) {
		if (phone->level == AIR_IDLE)
			phone->level = AIR_CANDIDATE;
		try_result(ak, phone, symbol, streams);
	}
	if (streams != NULL && phone->level != level)
		air_streams_useful(streams, symbol->stream, (uint32_t)phone->level);
	return (enum air_progress)phone->level;
}

int airkiss_result(const struct airkiss *ak, struct air_result *out_result)
{
	if (ak->have_result == 0)
		return 0;
	*out_result = ak->result;
	return 1;
}

void airkiss_forget_result(struct airkiss *ak)
{
	const struct air_result *result = &ak->result;
	struct phone *phone;

	if (ak->have_result == 0)
		return;
	ak->have_result = 0;
	if (ak->result_phone < AIRKISS_PHONES_MAX) {
		phone = &ak->phones[ak->result_phone];
		phone->failed = 1;
		phone->failed_ssid_len = result->ssid_len;
		phone->failed_pass_len = result->passphrase_len;
		memcpy(phone->failed_ssid, result->ssid, sizeof(phone->failed_ssid));
		memcpy(phone->failed_pass, result->passphrase, sizeof(phone->failed_pass));
	}
	OPENSSL_cleanse(&ak->result, sizeof(ak->result));
}
