/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings of real senders through the whole path, and what happens beside the plain case. */
#include "esptouch1_util.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct path {
	struct esptouch1 *decoder;
	struct esptouch1_scan scan;
	struct air_result result;
	uint32_t results;
	uint64_t time_us;
};

static void on_symbol(void *user, const struct air_symbol *symbol)
{
	struct path *path = user;
	struct air_result result;

	if (!esptouch1_push(path->decoder, symbol, &path->scan, &result))
		return;
	if (path->results++ == 0)
		path->result = result;
}

/* A recording as it is heard of a network of that kind. */
static void run(struct path *path, const struct air_vector *vector, const struct air_dress *dress)
{
	struct air_streams *streams = calloc(1, air_streams_size());
	uint8_t bytes[2400];

	cr_assert_not_null(streams);
	path->decoder = decoder_new();
	path->results = 0;
	air_streams_init(streams, on_symbol, path);
	for (size_t n = 0; n < vector->count; n++) {
		struct provd_frame frame = {.size = sizeof(frame),
					    .freq_mhz = 2437,
					    .time_us = 1000 + vector->packets[n].time_us,
					    .data = bytes};

		frame.flags = dress->fcs ? PROVD_FRAME_FCS : 0;
		frame.len = air_dress_frame(dress, &vector->packets[n],
					    (uint16_t)((n + 4000) & 4095), bytes);
		air_streams_push(streams, &frame);
	}
	air_streams_tick(streams, UINT64_MAX / 2);
	free(streams);
	decoder_free(path->decoder);
}

static void check(const struct path *path, const struct air_vector *vector, const char *name)
{
	const struct air_result *result = &path->result;

	cr_assert_eq(path->results, 1, "%s: %u results", name, path->results);
	cr_expect_str_eq(result->variant, "esptouch1");
	cr_expect_eq(result->ssid_len, vector->ssid_len, "%s", name);
	cr_expect_arr_eq(result->ssid, vector->ssid, vector->ssid_len, "%s", name);
	cr_expect_eq(result->passphrase_len, vector->passphrase_len, "%s", name);
	cr_expect_arr_eq(result->passphrase, vector->passphrase, vector->passphrase_len, "%s",
			 name);
	cr_expect_eq(result->token, 9 + vector->ssid_len + vector->passphrase_len, "%s", name);
	char ip[16];

	(void)snprintf(ip, sizeof(ip), "%u.%u.%u.%u", (unsigned)result->phone_ip[0],
		       (unsigned)result->phone_ip[1], (unsigned)result->phone_ip[2],
		       (unsigned)result->phone_ip[3]);
	cr_expect_str_eq(ip, air_vector_text(vector, "ip"), "%s", name);
}

static const struct air_dress plain_dress = {.direction = AIR_TO_AP,
					     .cipher = AIR_CCMP,
					     .qos = 1,
					     .sa = {2, 0, 0, 0, 0, 9},
					     .bssid = {0xc4, 0x6e, 0x1f, 0x0a, 0x9b, 0x83}};

static const char *const sent[] = {
	"esptouch1_android_ascii.json",		  "esptouch1_android_chinese_ssid.json",
	"esptouch1_android_multicast_ascii.json", "esptouch1_android_open_empty_pwd.json",
	"esptouch1_android_pwd63.json",		  "esptouch1_android_ssid32_pwd64.json",
	"esptouch1_android_v0.3.4.3_hidden.json", "esptouch1_go_456vv_ascii.json",
	"esptouch1_go_haowanxing_ascii.json",	  "esptouch1_go_haowanxing_chinese_multicast.json",
	"esptouch1_go_haowanxing_open.json",	  "esptouch1_python_kurdymalloy_ascii.json",
};

Test(esptouch1, recordings, .timeout = 60)
{
	for (size_t n = 0; n < sizeof(sent) / sizeof(sent[0]); n++) {
		struct path path = {0};
		struct air_vector vector;

		air_vector_load(&vector, sent[n]);
		run(&path, &vector, &plain_dress);
		check(&path, &vector, sent[n]);
		printf("%s: %llu ms\n", sent[n],
		       (unsigned long long)(path.result.time_us - 1000) / 1000);
		air_vector_free(&vector);
	}
}

/* Every cipher, both directions, QoS or not, FCS or not. */
Test(esptouch1, dresses, .timeout = 60)
{
	struct air_vector vector;

	air_vector_load(&vector, sent[0]);
	for (uint32_t n = 0; n < 40; n++) {
		struct air_dress dress = plain_dress;
		struct path path = {0};

		dress.direction = (n & 1) != 0 ? AIR_FROM_AP : AIR_TO_AP;
		dress.qos = (n >> 1) & 1;
		dress.fcs = (n >> 2) & 1;
		dress.cipher = n / 8 < 4 ? n / 8 : AIR_CCMP;
		dress.mic16 = n / 8 == 4;
		run(&path, &vector, &dress);
		check(&path, &vector, sent[0]);
		cr_expect_arr_eq(path.result.bssid, vector.bssid, 6);
	}
	air_vector_free(&vector);
}

/* A recording without its guide: nothing but data, in a network with the longer MIC. */
Test(esptouch1, without_guide, .timeout = 60)
{
	struct air_dress dress = plain_dress;
	struct air_vector vector;

	air_vector_load(&vector, sent[0]);
	dress.mic16 = 1;
	for (size_t n = 0; n < vector.count; n++)
		if (vector.packets[n].len >= 512)
			vector.packets[n].len = 1200;
	for (int turn = 0; turn < 2; turn++) {
		struct path path = {0};

		run(&path, &vector, &dress);
		check(&path, &vector, sent[0]);
		dress.mic16 = 0;
	}
	air_vector_free(&vector);
}

/* smartconfig.md 2.6: the SSID is resolved by the scan list, or nothing comes of it. */
static void check_by_scan(const char *name, int other_bssid)
{
	struct air_bss list[3] = {{.ssid_len = 6, .ssid = "Visnet"},
				  {.ssid_len = 3, .ssid = "abc"}};
	struct path path = {0};
	struct air_vector vector;

	air_vector_load(&vector, name);
	list[2].ssid_len = (uint8_t)vector.ssid_len;
	memcpy(list[2].ssid, vector.ssid, vector.ssid_len);
	memcpy(list[2].bssid, vector.bssid, 6);
	if (other_bssid)
		list[2].bssid[5] ^= 1;
	run(&path, &vector, &plain_dress);
	cr_assert_eq(path.results, 0, "%s", name);
	path.scan.list = list;
	path.scan.count = 2;
	run(&path, &vector, &plain_dress);
	cr_assert_eq(path.results, 0, "%s", name);
	path.scan.count = 3;
	run(&path, &vector, &plain_dress);
	check(&path, &vector, name);
	cr_expect_neq(path.result.flags & ESPTOUCH1_SSID_FOUND, 0);
	cr_expect_arr_eq(path.result.bssid, vector.bssid, 6);
	air_vector_free(&vector);
}

Test(esptouch1, ssid_that_is_not_sent, .timeout = 60)
{
	check_by_scan("esptouch1_android_v0.3.4.3_visible_no_ssid.json", 0);
	check_by_scan("esptouch1_android_v0.3.4.3_visible_no_ssid.json", 1);
}

Test(esptouch1, bssid_in_place_of_ssid, .timeout = 60)
{
	check_by_scan("esptouch1_c_captaindouche_visible_bssid_in_place_of_ssid.json", 0);
	check_by_scan("esptouch1_c_captaindouche_visible_bssid_in_place_of_ssid.json", 1);
}

/* Three bytes of the SSID are never sent: nothing, or by the scan list. */
Test(esptouch1, truncated_list, .timeout = 60)
{
	check_by_scan("esptouch1_negative_go_456vv_pwd63_truncated.json", 0);
}

/* One byte that is never heard comes from the XOR over the others. */
Test(esptouch1, byte_from_xor, .timeout = 60)
{
	static const int32_t lost[] = {296 + 5, 296 + 12, 296 + 22, 296 + 3};
	struct air_vector vector;

	for (size_t n = 0; n < sizeof(lost) / sizeof(lost[0]); n++) {
		struct path path = {0};

		air_vector_load(&vector, sent[0]);
		for (size_t k = 1; k + 1 < vector.count; k++)
			if (vector.packets[k].len == lost[n]) {
				vector.packets[k - 1].len = 1200;
				vector.packets[k + 1].len = 1200;
			}
		run(&path, &vector, &plain_dress);
		check(&path, &vector, sent[0]);
		cr_expect_neq(path.result.flags & ESPTOUCH1_BYTE_MENDED, 0);
		air_vector_free(&vector);
	}
}

/* The same phone again with another passphrase: a second result, and nothing between the two. */
Test(esptouch1, corrected_passphrase, .timeout = 60)
{
	struct esptouch1 *decoder = decoder_new();
	uint32_t random = 4711;
	const struct air air = {.loss = 100, .foreign = 30};

	for (int n = 0; n < 40; n++) {
		struct sender sender = {.kind = SENDER_ANDROID};
		struct air_result result;
		int time;

		sender_random(&sender, &random, 10, 11);
		for (int turn = 0; turn < 3; turn++) {
			sender.passphrase[3 + turn] ^= 1;
			sender_init(&sender);
			time = sender_run(&sender, &air, &random, decoder, &result);
			cr_assert_geq(time, 0);
			cr_assert(result_fits(&sender, &result));
		}
	}
	decoder_free(decoder);
}

static size_t push_len(struct esptouch1 *decoder, struct air_symbol *symbol, int32_t len,
		       struct air_result *out_result)
{
	symbol->len = len;
	symbol->position++;
	return (size_t)esptouch1_push(decoder, symbol, NULL, out_result);
}

/* As many phones as fit, interleaved: each gives its own credentials. */
Test(esptouch1, phones_are_kept_apart, .timeout = 60)
{
	struct esptouch1 *decoder = decoder_new();
	struct sender senders[8] = {0};
	struct air_symbol symbols[8] = {0};
	uint32_t random = 7;
	size_t results = 0;

	for (size_t p = 0; p < 8; p++) {
		sender_random(&senders[p], &random, 4 + p, 8 + p);
		memset(symbols[p].da, 0xFF, 6);
		symbols[p].len2 = -1;
		symbols[p].sa[5] = (uint8_t)p;
		symbols[p].stream = (uint32_t)p;
	}
	for (size_t n = 0; n < 400; n++)
		for (size_t p = 0; p < 8; p++) {
			struct air_result result;
			const struct sender *sender = &senders[p];

			if (!push_len(decoder, &symbols[p],
				      sender->lengths[n / 3 % sender->count][n % 3], &result))
				continue;
			results++;
			cr_assert_eq(result.sa[5], p);
			cr_assert(result_fits(sender, &result));
			cr_assert_eq(esptouch1_progress(decoder, symbols[p].sa), AIR_LOCKED);
		}
	cr_assert_eq(results, 8);
	decoder_free(decoder);
}

/* Hundreds of passers-by do not push out a phone that has proved itself. */
Test(esptouch1, useless_phones_make_room, .timeout = 60)
{
	struct esptouch1 *decoder = decoder_new();
	struct sender sender = {0};
	struct air_symbol symbol = {.len2 = -1};
	uint32_t random = 7;
	size_t results = 0;

	memset(symbol.da, 0xFF, 6);
	sender_random(&sender, &random, 20, 40);
	for (size_t n = 0; n < 400; n++) {
		struct air_symbol other = symbol;
		struct air_result result;

		symbol.stream = 0;
		results += push_len(decoder, &symbol, sender.lengths[n / 3 % sender.count][n % 3],
				    &result);
		other.stream = 1;
		for (size_t k = 1; n > 12 && k < 30; k++) {
			other.sa[4] = (uint8_t)k;
			other.sa[5] = (uint8_t)n;
			results += push_len(decoder, &other, 296 + (int32_t)k, &result);
		}
	}
	cr_assert_eq(results, 1);
	decoder_free(decoder);
}

/* High halves are heard of one access point only, low ones of another: no whole triple at all. */
Test(esptouch1, two_relays_join, .timeout = 60)
{
	struct esptouch1 *decoder = decoder_new();
	struct sender sender = {0};
	struct air_symbol symbol = {.len2 = -1};
	uint32_t random = 70;
	size_t results = 0;

	memset(symbol.da, 0xFF, 6);
	sender_random(&sender, &random, 12, 20);
	for (size_t n = 0; n < 3 * sender.count * 2; n++)
		for (uint32_t stream = 0; stream < 2; stream++) {
			struct air_result result;

			if (n % 3 == (stream == 0 ? 2 : 0))
				continue;
			symbol.position = (int64_t)(n + 100 * stream);
			symbol.stream = stream;
			symbol.bssid[5] = (uint8_t)stream;
			symbol.len = sender.lengths[n / 3 % sender.count][n % 3];
			if (!esptouch1_push(decoder, &symbol, NULL, &result))
				continue;
			results++;
			cr_assert(result_fits(&sender, &result));
		}
	cr_assert_eq(results, 1);
	decoder_free(decoder);
}

/* The same again is no news, but after a minute of silence it is another attempt. */
Test(esptouch1, another_attempt, .timeout = 60)
{
	struct esptouch1 *decoder = decoder_new();
	struct sender sender = {0};
	struct air_symbol symbol = {.len2 = -1};
	uint32_t random = 71;
	size_t results = 0;

	memset(symbol.da, 0xFF, 6);
	sender_random(&sender, &random, 12, 20);
	for (size_t turn = 0; turn < 2; turn++) {
		for (size_t n = 0; n < 3 * sender.count * 3; n++) {
			struct air_result result;

			symbol.time_us += 8000;
			results += push_len(decoder, &symbol,
					    sender.lengths[n / 3 % sender.count][n % 3], &result);
		}
		cr_assert_eq(results, turn + 1);
		symbol.time_us += 61000000;
	}
	decoder_free(decoder);
}

/* The other protocols use the same lengths. */
Test(esptouch1, other_protocols, .timeout = 60)
{
	static const char *const others[] = {
		"airkiss_java_zhchbin_ascii.json", "airkiss_go_sourcelink_aes_pwd63.json",
		"esptouch2_android_ascii.json",	   "esptouch2_android_ssid32_pwd64.json",
		"esptouch2_android_aes_v1.json",   "esptouch2_android_pwd63.json",
	};

	for (size_t n = 0; n < sizeof(others) / sizeof(others[0]); n++) {
		struct path path = {0};
		struct air_vector vector;

		air_vector_load(&vector, others[n]);
		run(&path, &vector, &plain_dress);
		cr_assert_eq(path.results, 0, "%s", others[n]);
		air_vector_free(&vector);
	}
}

Test(esptouch1, memory_is_bounded)
{
	printf("%zu bytes\n", esptouch1_size());
	cr_assert_leq(esptouch1_size(), 44 * 1024);
	esptouch1_finish(NULL);
}
