/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/state.h"

#include <openssl/crypto.h>
#include <string.h>

/* A phone that was silent for as long no longer counts: for the lock, and for its place. */
#define QUIET_US 5000000u
#define STALE_US 20000000u
/* Symbols in their place from which on a channel is worth staying on (simpleconfig.md 3.7). */
#define LOCK_COUNT 3
/* Room that lengths and addresses of a length cannot fill. */
#define LENGTH_MIN (-64)

_Static_assert(sizeof(struct simpleconfig) <= SIMPLECONFIG_SIZE_MAX, "size as documented");

size_t simpleconfig_size(void)
{
	return sizeof(struct simpleconfig);
}

void simpleconfig_init(struct simpleconfig *state, const struct simpleconfig_policy *policy)
{
	struct simpleconfig_policy *own = &state->policy;

	memset(state, 0, sizeof(*state));
	if (!policy)
		return;
	*own = *policy;
	if (own->pin_len > SIMPLECONFIG_PIN_MAX)
		own->pin_len = SIMPLECONFIG_PIN_MAX;
	/* 2.1: filled up with the digit */
	while (own->pin_len > 0 && own->pin_len < SIMPLECONFIG_PIN_MIN)
		own->pin[own->pin_len++] = '0';
}

void simpleconfig_finish(struct simpleconfig *state)
{
	if (state)
		OPENSSL_cleanse(state, sizeof(*state));
}

static struct track *track_get(struct simpleconfig *state, const struct air_symbol *symbol)
{
	struct track *track = &state->tracks[symbol->stream % AIR_STREAMS_MAX];

	if (track->used && track->epoch == symbol->epoch &&
	    !memcmp(track->sa, symbol->sa, sizeof(track->sa)))
		return track;
	memset(track, 0, sizeof(*track));
	track->used = 1;
	track->epoch = symbol->epoch;
	track->group = GROUP_NONE;
	track->last_len = -1;
	memcpy(track->sa, symbol->sa, sizeof(track->sa));
	return track;
}

static uint32_t known(const struct phone *phone)
{
	return (uint32_t)phone->v1.count + phone->v2.count;
}

/* 1: `a` makes room rather than `b`. */
static int is_less_useful(const struct phone *a, const struct phone *b, uint64_t now_us)
{
	int a_stale = a->last_us + STALE_US < now_us;
	int b_stale = b->last_us + STALE_US < now_us;

	if (a->used != b->used)
		return !a->used;
	if (a_stale != b_stale)
		return a_stale;
	if (known(a) != known(b))
		return known(a) < known(b);
	return a->last_us < b->last_us;
}

static struct phone *phone_find(struct simpleconfig *state, const struct air_symbol *symbol)
{
	struct phone *worst = &state->phones[0];

	for (size_t i = 0; i < SIMPLECONFIG_PHONES_MAX; i++) {
		struct phone *phone = &state->phones[i];

		if (phone->used && !memcmp(phone->sa, symbol->sa, sizeof(phone->sa)))
			return phone;
		if (is_less_useful(phone, worst, symbol->time_us))
			worst = phone;
	}
	OPENSSL_cleanse(worst, sizeof(*worst));
	worst->used = 1;
	worst->first_us = symbol->time_us;
	memcpy(worst->sa, symbol->sa, sizeof(worst->sa));
	return worst;
}

struct phone *simpleconfig_phone_get(struct simpleconfig *state, const struct air_symbol *symbol)
{
	struct phone *phone = phone_find(state, symbol);
	uint8_t own = symbol->direction == AIR_TO_AP;

	if (own || !phone->own_bssid) {
		memcpy(phone->bssid, symbol->bssid, sizeof(phone->bssid));
		phone->own_bssid = own;
	}
	phone->last_us = symbol->time_us;
	phone->frames++;
	return phone;
}

static const char *variant_name(const struct attempt *attempt, enum coding coding)
{
	if (attempt->pattern == SIMPLECONFIG_MULTICAST)
		return "simpleconfig1";
	return coding == CODING_NIBBLES ? "simpleconfig2" : "simpleconfig3";
}

static void give(struct phone *phone, const struct air_symbol *symbol,
		 const struct attempt *attempt, struct air_result *out_result)
{
	const struct simpleconfig_profile *profile = &attempt->profile;

	memset(out_result, 0, sizeof(*out_result));
	out_result->variant = variant_name(attempt, phone->v2.coding);
	out_result->flags = (uint8_t)attempt->flags;
	out_result->ssid_len = profile->ssid_len;
	memcpy(out_result->ssid, profile->ssid, profile->ssid_len);
	out_result->passphrase_len = profile->passphrase_len;
	memcpy(out_result->passphrase, profile->passphrase, profile->passphrase_len);
	memcpy(out_result->phone_ip, profile->phone_ip, sizeof(out_result->phone_ip));
	memcpy(out_result->sa, phone->sa, sizeof(out_result->sa));
	memcpy(out_result->bssid, phone->bssid, sizeof(out_result->bssid));
	if (profile->by_bssid) {
		memcpy(out_result->bssid, profile->bssid, sizeof(out_result->bssid));
		out_result->reserved_len = 2;
		out_result->reserved[0] = profile->channel;
		out_result->reserved[1] = profile->hidden;
	}
	out_result->frames = phone->frames;
	out_result->time_us = symbol->time_us;
	out_result->first_us = phone->first_us;
}

static int is_group(const struct air_symbol *symbol, int *out_broadcast)
{
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	const uint8_t *da = symbol->da;

	*out_broadcast = !memcmp(da, broadcast, sizeof(broadcast));
	return *out_broadcast || (da[0] == 0x01 && da[1] == 0x00 && da[2] == 0x5e);
}

int simpleconfig_push(struct simpleconfig *state, const struct air_symbol *symbol,
		      struct air_result *out_result)
{
	struct attempt attempt;
	struct track *track;
	struct phone *phone;
	int broadcast = 0;
	int found;

	if (symbol->len < LENGTH_MIN || !is_group(symbol, &broadcast))
		return 0;
	attempt.policy = &state->policy;
	track = track_get(state, symbol);
	if (broadcast)
		found = simpleconfig_v2_push(state, track, symbol, &attempt);
	else
		found = simpleconfig_v1_push(state, track, symbol, &attempt);
	if (!found)
		return 0;
	phone = phone_find(state, symbol);
	give(phone, symbol, &attempt, out_result);
	OPENSSL_cleanse(&attempt, sizeof(attempt));
	OPENSSL_cleanse(phone, sizeof(*phone));
	return 1;
}

enum air_progress simpleconfig_progress(const struct simpleconfig *state, uint64_t now_us,
					uint8_t *out_sa)
{
	const struct phone *best = NULL;

	for (size_t i = 0; i < SIMPLECONFIG_PHONES_MAX; i++) {
		const struct phone *phone = &state->phones[i];

		if (!phone->used || phone->last_us + QUIET_US < now_us)
			continue;
		if (!best || known(phone) > known(best))
			best = phone;
	}
	if (!best)
		return AIR_IDLE;
	if (out_sa)
		memcpy(out_sa, best->sa, sizeof(best->sa));
	return known(best) >= LOCK_COUNT ? AIR_LOCKED : AIR_CANDIDATE;
}
