/* SPDX-License-Identifier: Apache-2.0 */
#include "stream_util.h"

#include <criterion/criterion.h>

#include <string.h>

/* Recorded datagrams come out of every dress as they went in. */
static void replay(const char *name, const struct air_dress *dress, int aes_is_known)
{
	struct heard *heard = heard_create();
	struct air_vector vector;
	size_t limit;

	air_vector_load(&vector, name);
	limit = vector.count < 1500 ? vector.count : 1500;
	cr_assert_gt(limit, 50);
	heard->dress = *dress;
	if (aes_is_known) {
		struct air_bss bss = {.bssid = {2, 0xaa}, .security = PROVD_SECURITY_WPA3};

		bss.group_mic = dress->mic16 ? 24 : 16;
		bss.pairwise_mic = bss.group_mic;
		air_streams_add_bss(heard->streams, &bss);
	}
	for (size_t i = 0; i < limit; i++)
		heard_push(heard, (uint16_t)(3000 + i), vector.packets[i].len,
			   vector.packets[i].time_us);
	cr_assert_eq(heard->count, limit, "%s: %zu of %zu", name, heard->count, limit);
	for (size_t i = 0; i < limit; i++) {
		const struct air_symbol *symbol = &heard->symbols[i];

		if (aes_is_known)
			cr_assert_eq(symbol->len, vector.packets[i].len);
		else
			cr_assert(symbol->len == vector.packets[i].len ||
				  symbol->len2 == vector.packets[i].len);
	}
	air_vector_free(&vector);
	heard_destroy(heard);
}

Test(air_recordings, datagrams_in_every_dress, .timeout = 60)
{
	static const char *const names[] = {
		"airkiss_java_zhchbin_ascii.json",
		"esptouch1_go_haowanxing_chinese_multicast.json",
		"esptouch2_android_ascii.json",
		"simpleconfig_p2_default_pin.json",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (uint32_t k = 0; k < 2 * 2 * 2 * 5; k++) {
			struct air_dress dress = {.direction = 1 + k % 2,
						  .qos = k / 2 % 2 != 0,
						  .fcs = k / 4 % 2 != 0,
						  .cipher = k / 8 < 4 ? k / 8 : AIR_CCMP,
						  .mic16 = k / 8 == 4,
						  .sa = {2, 0x11},
						  .bssid = {2, 0xaa}};

			replay(names[i], &dress, 0);
			replay(names[i], &dress, 1);
		}
	}
}

Test(air_recordings, fields, .timeout = 20)
{
	struct air_vector vector;

	air_vector_load(&vector, "airkiss_air_cap2.json");
	cr_assert_eq(vector.is_air, 1);
	cr_assert_eq(vector.count, 905);
	cr_assert_eq(vector.packets[0].fc, 0x4208);
	cr_assert_eq(vector.packets[0].seq, 2032);
	cr_assert_eq(vector.packets[0].len, 94 - 76);
	cr_assert_eq(vector.packets[0].a3[5], 1);
	cr_assert_eq(vector.ssid_len, 9);
	cr_assert_arr_eq(vector.passphrase, "wer123456", 9);
	air_vector_free(&vector);
	air_vector_load(&vector, "simpleconfig_p2_default_pin.json");
	cr_assert_eq(vector.is_air, 0);
	cr_assert_eq(vector.ssid_len, 9);
	cr_assert_eq(vector.passphrase_len, 11);
	cr_assert_eq(vector.packets[1].dst, 0xef01a000);
	cr_assert_eq(vector.packets[1].len, 1);
	air_vector_free(&vector);
	air_vector_load(&vector, "esptouch1_go_haowanxing_chinese_multicast.json");
	cr_assert_eq(vector.ssid_len, 15);
	cr_assert_eq(vector.ssid[0], 0xe5);
	cr_assert_eq(vector.bssid[5], 0x83);
	cr_assert_str_eq(air_vector_text(&vector, "ip"), "192.168.31.200");
	cr_assert_str_eq(air_vector_text(&vector, "nothing"), "");
	air_vector_free(&vector);
}

/* Frames of the air: none of the phone's is lost, relays are one phone. */
static void air(const char *name, uint8_t phone_end, size_t expected, size_t streams)
{
	struct heard *heard = heard_create();
	struct air_vector vector;
	size_t of_phone = 0;
	uint32_t seen = 0;
	size_t seen_count = 0;

	air_vector_load(&vector, name);
	for (size_t i = 0; i < vector.count; i++) {
		const struct air_vector_packet *packet = &vector.packets[i];

		heard->dress.direction = AIR_FROM_AP;
		heard->dress.qos = 0;
		memcpy(heard->dress.bssid, packet->a2, 6);
		memcpy(heard->dress.sa, packet->a3, 6);
		heard_push(heard, (uint16_t)packet->seq, packet->len, packet->time_us);
	}
	for (size_t i = 0; i < heard->count; i++) {
		if (heard->symbols[i].sa[5] != phone_end)
			continue;
		of_phone++;
		seen_count += (seen & 1U << heard->symbols[i].stream) == 0;
		seen |= 1U << heard->symbols[i].stream;
	}
	cr_assert_eq(of_phone, expected, "%zu", of_phone);
	cr_assert_eq(seen_count, streams);
	air_vector_free(&vector);
	heard_destroy(heard);
}

Test(air_recordings, on_air_captures, .timeout = 20)
{
	air("airkiss_air_cap1.json", 3, 195, 2);
	air("airkiss_air_cap2.json", 6, 825, 1);
}
