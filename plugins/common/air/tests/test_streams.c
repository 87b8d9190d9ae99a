/* SPDX-License-Identifier: Apache-2.0 */
#include "stream_util.h"

#include <criterion/criterion.h>

#include <string.h>

#define MS 1000U

Test(air_streams, in_order_at_once, .timeout = 20)
{
	struct heard *heard = heard_create();

	for (uint32_t i = 0; i < 5000; i++) {
		heard_push(heard, (uint16_t)(4000 + i), (int32_t)(i % 1000), i * 5 * MS);
		cr_assert_eq(heard->count, i + 1);
		cr_assert_eq(heard->symbols[i].position, 4000 + (int64_t)i);
		cr_assert_eq(heard->symbols[i].epoch, heard->symbols[0].epoch);
		cr_assert_eq(heard->symbols[i].time_us, i * 5 * MS);
		cr_assert_eq(heard->symbols[i].freq_mhz, 2412);
		cr_assert_eq(heard->symbols[i].direction, AIR_TO_AP);
		cr_assert_arr_eq(heard->symbols[i].sa, heard->dress.sa, 6);
		cr_assert_arr_eq(heard->symbols[i].bssid, heard->dress.bssid, 6);
		cr_assert_eq(heard->symbols[i].da[0], 0xff);
	}
	heard_destroy(heard);
}

Test(air_streams, duplicates, .timeout = 20)
{
	struct heard *heard = heard_create();

	for (uint16_t i = 0; i < 300; i++)
		for (uint16_t back = 0; back < 64 && back <= i; back++)
			heard_push(heard, i - back, 100 + i - back, i * MS);
	cr_assert_eq(heard->count, 300);
	for (uint16_t i = 0; i < 300; i++)
		cr_assert_eq(heard->symbols[i].len, 100 + i);
	heard_destroy(heard);
}

Test(air_streams, reordered_within_the_window, .timeout = 20)
{
	struct heard *heard = heard_create();

	heard_push(heard, 4090, 0, 0);
	/* An aggregate of 63 comes back to front, over the counter's end. */
	for (uint16_t i = 63; i != 0; i--) {
		heard_push(heard, 4090 + i, i, 100 + 63U - i);
		cr_assert_eq(heard->count, i != 1 ? 1 : 64);
	}
	for (int i = 0; i < 64; i++) {
		cr_assert_eq(heard->symbols[i].position, 4090 + i);
		cr_assert_eq(heard->symbols[i].len, i);
	}
	heard_destroy(heard);
}

Test(air_streams, a_gap_is_given_up, .timeout = 20)
{
	struct heard *heard = heard_create();

	heard_push(heard, 10, 1, 0);
	heard_push(heard, 12, 3, 5 * MS);
	air_streams_tick(heard->streams, 10 * MS);
	cr_assert_eq(heard->count, 1);
	air_streams_tick(heard->streams, 110 * MS);
	cr_assert_eq(heard->count, 2);
	cr_assert_eq(heard->symbols[1].position, 12);
	/* Too late now: positions only grow. But then it is waited for longer. */
	heard_push(heard, 11, 2, 111 * MS);
	cr_assert_eq(heard->count, 2);
	heard_push(heard, 14, 5, 112 * MS);
	air_streams_tick(heard->streams, 200 * MS);
	cr_assert_eq(heard->count, 2);
	heard_push(heard, 13, 4, 201 * MS);
	cr_assert_eq(heard->count, 4);
	/* 64 ahead: the window moves on without waiting. */
	heard_push(heard, 16, 7, 202 * MS);
	heard_push(heard, 17, 8, 202 * MS);
	cr_assert_eq(heard->count, 4);
	heard_push(heard, 16 + 64, 9, 202 * MS);
	cr_assert_eq(heard->count, 6);
	air_streams_tick(heard->streams, 400 * MS);
	cr_assert_eq(heard->count, 7);
	cr_assert_eq(heard->symbols[6].position, 80);
	heard_destroy(heard);
}

Test(air_streams, from_ap_waits_for_nothing, .timeout = 20)
{
	struct heard *heard = heard_create();

	heard_from(heard, AIR_FROM_AP, 1, 1);
	for (uint16_t i = 0; i < 500; i++)
		heard_push(heard, (uint16_t)(i * 3), i, i * 5 * MS);
	cr_assert_eq(heard->count, 500);
	cr_assert_eq(heard->symbols[499].position - heard->symbols[0].position, 499 * 3);
	heard_destroy(heard);
}

Test(air_streams, epochs, .timeout = 20)
{
	struct heard *heard = heard_create();

	heard_push(heard, 100, 1, 0);
	heard_push(heard, 101, 2, 1900 * MS);
	cr_assert_eq(heard->symbols[1].epoch, heard->symbols[0].epoch);
	/* Silence. */
	heard_push(heard, 102, 3, 4000 * MS);
	cr_assert_eq(heard->count, 3);
	cr_assert_neq(heard->symbols[2].epoch, heard->symbols[1].epoch);
	cr_assert_eq(heard->symbols[2].stream, heard->symbols[1].stream);
	/* The counter is set back; what waits comes first. */
	heard_push(heard, 2500, 4, 4001 * MS);
	heard_push(heard, 2502, 5, 4002 * MS);
	heard_push(heard, 900, 6, 4003 * MS);
	cr_assert_eq(heard->count, 6);
	cr_assert_eq(heard->symbols[4].len, 5);
	cr_assert_eq(heard->symbols[4].position - heard->symbols[3].position, 2);
	cr_assert_neq(heard->symbols[5].epoch, heard->symbols[4].epoch);
	cr_assert_eq(heard->symbols[5].position, 900);
	/* A clock that goes back breaks nothing. */
	heard_push(heard, 901, 7, 1);
	cr_assert_eq(heard->count, 7);
	heard_destroy(heard);
}

Test(air_streams, streams_of_a_phone, .timeout = 20)
{
	struct heard *heard = heard_create();

	heard_push(heard, 1, 10, 0);
	heard_from(heard, AIR_FROM_AP, 1, 1);
	heard_push(heard, 900, 10, 1);
	heard_from(heard, AIR_FROM_AP, 1, 2);
	heard_push(heard, 900, 10, 2);
	heard_from(heard, AIR_FROM_AP, 2, 1);
	heard_push(heard, 901, 10, 3);
	cr_assert_eq(heard->count, 4);
	for (int i = 0; i < 4; i++)
		for (int k = 0; k < i; k++)
			cr_assert_neq(heard->symbols[i].stream, heard->symbols[k].stream);
	cr_assert_eq(heard->symbols[1].phone, heard->symbols[0].phone);
	cr_assert_eq(heard->symbols[2].phone, heard->symbols[0].phone);
	cr_assert_neq(heard->symbols[3].phone, heard->symbols[0].phone);
	heard_destroy(heard);
}

static void learn(struct heard *heard, uint8_t ap, uint32_t group, uint32_t pairwise)
{
	struct air_bss bss = {.bssid = {2, 0, 0, 0, 2, ap},
			      .security = PROVD_SECURITY_WPA3,
			      .group_mic = group,
			      .pairwise_mic = pairwise};

	air_streams_add_bss(heard->streams, &bss);
}

Test(air_streams, longer_mics, .timeout = 20)
{
	struct heard *heard = heard_create();

	heard_push(heard, 1, 100, 0);
	cr_assert_eq(heard->symbols[0].len, 100);
	cr_assert_eq(heard->symbols[0].len2, 92);
	/* The element decides, in each direction for itself; for streams that are there, too. */
	learn(heard, 1, 24, 16);
	heard_push(heard, 2, 100, 1);
	cr_assert_eq(heard->symbols[1].len, 100);
	cr_assert_eq(heard->symbols[1].len2, -1);
	heard->dress.mic16 = 1;
	heard_from(heard, AIR_FROM_AP, 1, 1);
	heard_push(heard, 2, 100, 2);
	cr_assert_eq(heard->symbols[2].len, 100);
	cr_assert_eq(heard->symbols[2].len2, -1);
	learn(heard, 2, AIR_MIC_EITHER, 16);
	heard_from(heard, AIR_FROM_AP, 1, 2);
	heard_push(heard, 2, 100, 3);
	cr_assert_eq(heard->symbols[3].len, 108);
	cr_assert_eq(heard->symbols[3].len2, 100);
	heard_destroy(heard);
}

/* Every header value, so that the doubtful ones are among them. */
Test(air_streams, ciphers_in_doubt, .timeout = 20)
{
	static const uint32_t ciphers[] = {AIR_TKIP, AIR_CCMP};

	for (int i = 0; i < 2; i++) {
		struct heard *heard = heard_create();

		heard->dress.cipher = ciphers[i];
		for (uint16_t seq = 1; seq < 4096; seq++)
			heard_push(heard, seq, 77, seq);
		cr_assert_eq(heard->count, 4095);
		for (size_t k = 0; k < heard->count; k++)
			cr_assert_eq(heard->symbols[k].len, 77);
		heard_destroy(heard);
	}
}

Test(air_streams, doubt_in_the_first_frame, .timeout = 20)
{
	struct heard *heard = heard_create();

	heard->dress.cipher = AIR_TKIP;
	heard_push(heard, 256, 77, 0);
	cr_assert_eq(heard->symbols[0].len, 81);
	cr_assert_eq(heard->symbols[0].len2, 77);
	learn(heard, 2, 20, 20);
	heard_from(heard, AIR_TO_AP, 2, 2);
	heard_push(heard, 256, 77, 0);
	cr_assert_eq(heard->symbols[1].len, 77);
	cr_assert_eq(heard->symbols[1].len2, -1);
	heard_destroy(heard);
}

Test(air_streams, open_is_exact, .timeout = 20)
{
	struct heard *heard = heard_create();

	heard->dress.cipher = AIR_OPEN;
	heard_push(heard, 1, 5, 0);
	cr_assert_eq(heard->symbols[0].exact, 1);
	cr_assert_eq(heard->symbols[0].len, 5);
	heard_destroy(heard);
}
