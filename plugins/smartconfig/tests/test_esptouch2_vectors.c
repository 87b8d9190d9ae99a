/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings of real senders, through frames of every dress. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "air_vector.h"
#include "codec/esptouch2.h"

#define FRAME_ROOM 2400

static const char *const vectors[] = {"esptouch2_android_aes_open_network.json",
				      "esptouch2_android_aes_v1.json",
				      "esptouch2_android_aes_v1_pwd64_rsv64.json",
				      "esptouch2_android_aes_v2_no_reserved.json",
				      "esptouch2_android_ascii.json",
				      "esptouch2_android_chinese_ssid.json",
				      "esptouch2_android_hidden_ssid.json",
				      "esptouch2_android_no_dhcp_255.json",
				      "esptouch2_android_open_empty_pwd.json",
				      "esptouch2_android_pwd63.json",
				      "esptouch2_android_reserved_ascii.json",
				      "esptouch2_android_ssid32_pwd64.json",
				      "esptouch2_android_utf8_password.json",
				      "esptouch2_android_v2.0.0_aes.json",
				      "esptouch2_android_v2.0.0_ascii.json"};
static const char negative[] = "esptouch2_negative_csharp_chinese_msb_lost.json";

struct run {
	struct esptouch2 decoder;
	struct air_result result;
	int results;
};

static void on_symbol(void *user, const struct air_symbol *symbol)
{
	struct run *run = user;

	run->results += esptouch2_push(&run->decoder, symbol, &run->result);
}

/* Plays a recording; returns the packet that completed it, from 1 on, or 0. */
static size_t play(struct run *run, const struct air_vector *vector, const struct air_dress *dress,
		   const struct air_bss *list, size_t count)
{
	const char *key = air_vector_text(vector, "aes_key");
	struct air_streams *streams = malloc(air_streams_size());
	uint8_t frame[FRAME_ROOM];
	size_t done = 0;

	memset(run, 0, sizeof(*run));
	esptouch2_init(&run->decoder,
		       strlen(key) == ESPTOUCH2_KEY_LEN ? (const uint8_t *)key : NULL);
	esptouch2_scan(&run->decoder, list, count);
	air_streams_init(streams, on_symbol, run);
	for (size_t i = 0; i < vector->count; i++) {
		struct provd_frame in = {.size = sizeof(in), .data = frame};

		in.time_us = vector->packets[i].time_us + 1000000;
		in.len = air_dress_frame(dress, &vector->packets[i], (uint16_t)((i + 4090) & 4095),
					 frame);
		in.flags = dress->fcs ? PROVD_FRAME_FCS : 0;
		air_streams_push(streams, &in);
		if (run->results != 0 && done == 0)
			done = i + 1;
	}
	air_streams_tick(streams, vector->packets[vector->count - 1].time_us + 2000000);
	if (run->results != 0 && done == 0)
		done = vector->count;
	free(streams);
	return done;
}

static void check(const struct air_vector *vector, const struct air_result *result)
{
	const char *reserved = air_vector_text(vector, "reserved_hex");

	cr_assert_str_eq(result->variant, "esptouch2");
	cr_assert_eq(result->ssid_len, vector->ssid_len);
	cr_assert_arr_eq(result->ssid, vector->ssid, vector->ssid_len);
	cr_assert_eq(result->passphrase_len, vector->passphrase_len);
	cr_assert_eq(memcmp(result->passphrase, vector->passphrase, vector->passphrase_len), 0);
	cr_assert_eq(result->reserved_len * 2, strlen(reserved));
	for (size_t i = 0; i < result->reserved_len; i++) {
		static const char digits[] = "0123456789abcdef";

		cr_assert_eq(reserved[2 * i], digits[result->reserved[i] >> 4]);
		cr_assert_eq(reserved[2 * i + 1], digits[result->reserved[i] & 15]);
	}
	cr_assert_eq(result->token,
		     (uint32_t)json_integer_value(json_object_get(vector->root, "port_index")));
	cr_assert_arr_eq(result->bssid, vector->bssid, 6);
}

/* All that a frame can look like; returns 0 after the last. */
static int next_dress(unsigned index, const struct air_vector *vector, struct air_dress *out)
{
	static const uint8_t phone[6] = {0x02, 0x11, 0x22, 0x33, 0x44, 0x55};
	static const uint32_t ciphers[] = {AIR_OPEN, AIR_WEP, AIR_TKIP, AIR_CCMP, AIR_CCMP};

	*out = (struct air_dress){.direction = index & 1 ? AIR_FROM_AP : AIR_TO_AP,
				  .qos = (int)(index >> 1 & 1),
				  .fcs = (int)(index >> 2 & 1)};
	memcpy(out->sa, phone, 6);
	memcpy(out->bssid, vector->bssid, 6);
	if (index >> 3 >= sizeof(ciphers) / sizeof(ciphers[0]))
		return 0;
	out->cipher = ciphers[index >> 3];
	out->mic16 = index >> 3 == 4;
	return 1;
}

Test(esptouch2_vectors, every_recording_decodes, .timeout = 60)
{
	static struct run run;

	for (size_t v = 0; v < sizeof(vectors) / sizeof(vectors[0]); v++) {
		struct air_vector vector;
		struct air_dress dress;
		size_t least;

		air_vector_load(&vector, vectors[v]);
		least = (size_t)json_integer_value(json_object_get(
			json_object_get(vector.root, "verified"), "packets_to_decode"));
		for (unsigned i = 0; next_dress(i, &vector, &dress) != 0; i++) {
			size_t done = play(&run, &vector, &dress, NULL, 0);

			cr_assert_neq(done, 0, "%s, dress %u", vectors[v], i);
			cr_assert_eq(run.results, 1, "%s, dress %u", vectors[v], i);
			cr_assert_leq(done, least, "%s, dress %u: %zu", vectors[v], i, done);
			check(&vector, &run.result);
		}
		esptouch2_finish(&run.decoder);
		air_vector_free(&vector);
	}
}

Test(esptouch2_vectors, an_encrypted_one_needs_the_key, .timeout = 30)
{
	static struct run run;
	struct air_vector vector;
	struct air_dress dress;
	static const char *const keys[] = {"ESPWIFISMARTCONG", "short"};

	air_vector_load(&vector, "esptouch2_android_aes_v1.json");
	for (size_t i = 0; i < 2; i++) {
		json_object_set_new(vector.root, "aes_key", json_string(keys[i]));
		next_dress(0, &vector, &dress);
		cr_assert_eq(play(&run, &vector, &dress, NULL, 0), 0);
		cr_assert_eq(esptouch2_progress(&run.decoder, dress.sa), AIR_LOCKED);
	}
	air_vector_free(&vector);
}

Test(esptouch2_vectors, lost_bits_give_nothing_but_with_the_scan_list, .timeout = 30)
{
	static struct run run;
	struct air_vector vector;
	struct air_dress dress;
	struct air_bss list[3] = {{.ssid_len = 15}, {.ssid_len = 8, .ssid = "HomeNetw"}};

	air_vector_load(&vector, negative);
	next_dress(26, &vector, &dress);
	cr_assert_eq(play(&run, &vector, &dress, NULL, 0), 0);
	/* Same length, another text. */
	memcpy(list[0].bssid, vector.bssid, 6);
	memset(list[0].ssid, 'x', 15);
	cr_assert_eq(play(&run, &vector, &dress, list, 2), 0);
	memcpy(list[2].bssid, vector.bssid, 6);
	list[2].ssid_len = (uint8_t)vector.ssid_len;
	memcpy(list[2].ssid, vector.ssid, vector.ssid_len);
	cr_assert_neq(play(&run, &vector, &dress, list + 1, 2), 0);
	check(&vector, &run.result);
	cr_assert_eq(run.result.flags & ESPTOUCH2_SSID_SCAN, ESPTOUCH2_SSID_SCAN);
	/* Relayed by an access point that is not known. */
	dress.bssid[5] ^= 0x55;
	cr_assert_neq(play(&run, &vector, &dress, list + 1, 2), 0);
	check(&vector, &run.result);
	air_vector_free(&vector);
}

Test(esptouch2_vectors, the_chinese_ssid_needs_its_flag, .timeout = 30)
{
	static struct run run;
	struct air_vector vector;
	struct air_dress dress;

	air_vector_load(&vector, "esptouch2_android_chinese_ssid.json");
	next_dress(25, &vector, &dress);
	cr_assert_neq(play(&run, &vector, &dress, NULL, 0), 0);
	check(&vector, &run.result);
	cr_assert_eq(run.result.flags, 0);
	air_vector_free(&vector);
}
