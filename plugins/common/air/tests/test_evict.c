/* SPDX-License-Identifier: Apache-2.0 */
#include "stream_util.h"

#include <criterion/criterion.h>

#include <string.h>

#define SECOND 1000000U

static const struct air_symbol *last(const struct heard *heard)
{
	cr_assert_gt(heard->count, 0);
	return &heard->symbols[heard->count - 1];
}

Test(air_evict, noise_does_not_push_out_what_is_of_use, .timeout = 20)
{
	struct heard *heard = heard_create();
	uint32_t epoch;
	uint32_t stream;

	heard_push(heard, 1, 100, 0);
	epoch = last(heard)->epoch;
	stream = last(heard)->stream;
	air_streams_useful(heard->streams, stream, 10);
	for (uint32_t i = 0; i < 1000; i++) {
		heard_from(heard, AIR_TO_AP, (uint8_t)(i % 250), (uint8_t)(2 + i / 250));
		heard_push(heard, 1, 100, i * 1000);
	}
	heard_from(heard, AIR_TO_AP, 1, 1);
	heard_push(heard, 2, 100, SECOND);
	cr_assert_eq(last(heard)->epoch, epoch);
	cr_assert_eq(last(heard)->stream, stream);
	/* A day later its use is forgotten. */
	for (uint32_t i = 0; i < 64; i++) {
		heard_from(heard, AIR_TO_AP, (uint8_t)(100 + i), 1);
		heard_push(heard, 1, 100, (uint64_t)86400 * SECOND + i);
	}
	heard_from(heard, AIR_TO_AP, 1, 1);
	heard_push(heard, 3, 100, (uint64_t)86400 * SECOND + 1000);
	cr_assert_neq(last(heard)->epoch, epoch);
	heard_destroy(heard);
}

Test(air_evict, the_least_useful_makes_room, .timeout = 20)
{
	struct heard *heard = heard_create();
	uint32_t epochs[AIR_STREAMS_MAX];

	for (uint32_t i = 0; i < AIR_STREAMS_MAX; i++) {
		heard_from(heard, AIR_TO_AP, (uint8_t)i, 1);
		heard_push(heard, 1, 100, i);
		epochs[i] = last(heard)->epoch;
		air_streams_useful(heard->streams, last(heard)->stream, i == 7 ? 3 : 100 + i);
	}
	heard_from(heard, AIR_TO_AP, 99, 1);
	heard_push(heard, 1, 100, 50);
	for (uint32_t i = 0; i < AIR_STREAMS_MAX; i++) {
		if (i == 7)
			continue;
		heard_from(heard, AIR_TO_AP, (uint8_t)i, 1);
		heard_push(heard, 2, 100, 60);
		cr_assert_eq(last(heard)->epoch, epochs[i]);
	}
	/* What had waited in the stream that went is not lost. */
	heard_from(heard, AIR_TO_AP, 99, 1);
	heard_push(heard, 3, 33, 61);
	heard_from(heard, AIR_TO_AP, 7, 1);
	heard_push(heard, 2, 100, 62);
	cr_assert_neq(last(heard)->epoch, epochs[7]);
	cr_assert_eq(heard->symbols[heard->count - 2].len, 33);
	heard_destroy(heard);
}

/* Use of one stream is use of its phone's others. */
Test(air_evict, a_phone_stays_as_a_whole, .timeout = 20)
{
	struct heard *heard = heard_create();
	uint32_t epoch;

	heard_from(heard, AIR_FROM_AP, 1, 1);
	heard_push(heard, 1, 100, 0);
	epoch = last(heard)->epoch;
	heard_from(heard, AIR_TO_AP, 1, 1);
	heard_push(heard, 1, 100, 1);
	air_streams_useful(heard->streams, last(heard)->stream, UINT32_MAX);
	air_streams_useful(heard->streams, last(heard)->stream, UINT32_MAX);
	air_streams_useful(heard->streams, AIR_STREAMS_MAX, 1);
	for (uint32_t i = 0; i < 100; i++) {
		heard_from(heard, AIR_TO_AP, (uint8_t)(100 + i), 1);
		heard_push(heard, 1, 100, 2 + i);
	}
	heard_from(heard, AIR_FROM_AP, 1, 1);
	heard_push(heard, 2, 100, 200);
	cr_assert_eq(last(heard)->epoch, epoch);
	heard_destroy(heard);
}

/* Phones that come and go: two at once never share a number or an epoch. */
Test(air_evict, numbers_are_not_mixed_up, .timeout = 30)
{
	struct heard *heard = heard_create();
	uint32_t state = 5;
	struct {
		uint8_t sa[6];
		uint32_t epoch;
	} owner[AIR_STREAMS_MAX] = {0};

	for (uint32_t i = 0; i < 5000; i++) {
		const struct air_symbol *symbol;

		heard_from(heard, 1 + air_random(&state) % 2, (uint8_t)(air_random(&state) % 60),
			   1);
		heard_push(heard, (uint16_t)i, 100, i * 1000);
		if (heard->count == 0)
			continue;
		symbol = last(heard);
		cr_assert_lt(symbol->stream, AIR_STREAMS_MAX);
		cr_assert_lt(symbol->phone, AIR_STREAMS_MAX);
		if (owner[symbol->stream].epoch == symbol->epoch)
			cr_assert_arr_eq(owner[symbol->stream].sa, symbol->sa, 6);
		owner[symbol->stream].epoch = symbol->epoch;
		memcpy(owner[symbol->stream].sa, symbol->sa, 6);
	}
	cr_assert_gt(heard->count, 3000);
	heard_destroy(heard);
}

static void learn(struct heard *heard, uint32_t number, const char *ssid, uint32_t security)
{
	struct air_bss bss = {.bssid = {2, 0, 0, 9, (uint8_t)(number >> 8), (uint8_t)number},
			      .ssid_len = (uint8_t)strlen(ssid),
			      .channel = 6,
			      .security = security,
			      .group_mic = security == PROVD_SECURITY_UNKNOWN ? 0 : 16};

	memcpy(bss.ssid, ssid, strlen(ssid));
	air_streams_add_bss(heard->streams, &bss);
}

Test(air_evict, access_points, .timeout = 20)
{
	const uint8_t own[6] = {2, 0, 0, 0, 2, 1};
	struct air_bss bss = {.bssid = {2, 0, 0, 0, 2, 1}, .ssid_len = 2, .ssid = "us"};
	struct heard *heard = heard_create();
	size_t count;

	air_streams_add_bss(heard->streams, &bss);
	heard_push(heard, 1, 100, 0);
	for (uint32_t i = 0; i < 1000; i++)
		learn(heard, i, "x", PROVD_SECURITY_WPA2);
	(void)air_streams_bss_list(heard->streams, &count);
	cr_assert_eq(count, AIR_BSS_MAX);
	/* The one whose stream is followed stays; of the others the latest. */
	cr_assert_not_null(air_streams_bss(heard->streams, own));
	cr_assert_not_null(air_streams_bss(heard->streams, (const uint8_t[]){2, 0, 0, 9, 3, 231}));
	cr_assert_null(air_streams_bss(heard->streams, (const uint8_t[]){2, 0, 0, 9, 0, 0}));
	heard_destroy(heard);
}

Test(air_evict, what_is_known_of_an_access_point_stays, .timeout = 20)
{
	static const uint8_t bssid[6] = {2, 0, 0, 9, 0, 1};
	struct heard *heard = heard_create();
	struct air_bss wrong = {.bssid = {1}, .ssid_len = 33};
	const struct air_bss *bss;
	size_t count;

	learn(heard, 1, "name", PROVD_SECURITY_WPA2);
	learn(heard, 1, "", PROVD_SECURITY_UNKNOWN);
	bss = air_streams_bss(heard->streams, bssid);
	cr_assert_not_null(bss);
	cr_assert_eq(bss->ssid_len, 4);
	cr_assert_eq(bss->security, PROVD_SECURITY_WPA2);
	cr_assert_eq(bss->group_mic, 16);
	learn(heard, 1, "other", PROVD_SECURITY_WPA3);
	cr_assert_eq(bss->ssid_len, 5);
	cr_assert_eq(bss->security, PROVD_SECURITY_WPA3);
	air_streams_add_bss(heard->streams, &wrong);
	(void)air_streams_bss_list(heard->streams, &count);
	cr_assert_eq(count, 1);
	heard_destroy(heard);
}
