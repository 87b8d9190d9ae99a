/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings of senders and of the air (smartconfig.md 9), bare and in frames of every dress. */
#include "air_vector.h"
#include "sender.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char *const recordings[] = {"airkiss_c_detao_ascii.json",
					 "airkiss_csharp_dydxc4_ascii.json",
					 "airkiss_csharp_dydxc4_pwd63.json",
					 "airkiss_go_sourcelink_aes_aligned.json",
					 "airkiss_go_sourcelink_aes_ascii.json",
					 "airkiss_go_sourcelink_aes_empty_pwd.json",
					 "airkiss_go_sourcelink_aes_pwd31_aligned.json",
					 "airkiss_go_sourcelink_aes_pwd63.json",
					 "airkiss_go_sourcelink_ascii.json",
					 "airkiss_go_sourcelink_ascii_aligned.json",
					 "airkiss_go_sourcelink_chinese_ssid.json",
					 "airkiss_go_sourcelink_open.json",
					 "airkiss_java_zhchbin_ascii.json",
					 "airkiss_java_zhchbin_open_empty_pwd.json",
					 "airkiss_java_zhchbin_pwd63.json",
					 "airkiss_java_zhchbin_ssid32.json"};
#define RECORDINGS (sizeof(recordings) / sizeof(recordings[0]))

struct ears {
	struct airkiss *ak;
	struct air_streams *streams;
	size_t frames; /* heard before the result */
	struct air_result result;
	int done;
};

static void hear(void *user, const struct air_symbol *symbol)
{
	struct ears *ears = user;

	if (ears->done)
		return;
	(void)airkiss_push(ears->ak, symbol, ears->streams);
	ears->done = airkiss_result(ears->ak, &ears->result);
}

static void open_ears(struct ears *ears, const struct air_vector *vector)
{
	const char *key = air_vector_text(vector, "aes_key");
	struct airkiss_options options = {.key = (const uint8_t *)key, .key_len = strlen(key)};

	memset(ears, 0, sizeof(*ears));
	ears->ak = new_decoder(&options);
	ears->streams = malloc(air_streams_size());
	cr_assert_not_null(ears->streams);
	air_streams_init(ears->streams, hear, ears);
}

static void close_ears(struct ears *ears)
{
	free_decoder(ears->ak);
	free(ears->streams);
}

static void check(const struct ears *ears, const struct air_vector *vector, const char *name)
{
	cr_assert(ears->done, "%s: no result", name);
	cr_expect_eq(ears->result.ssid_len, vector->ssid_len, "%s", name);
	cr_expect_arr_eq(ears->result.ssid, vector->ssid, vector->ssid_len, "%s", name);
	cr_expect_eq(ears->result.passphrase_len, vector->passphrase_len, "%s", name);
	cr_expect_arr_eq(ears->result.passphrase, vector->passphrase, vector->passphrase_len, "%s",
			 name);
	if (json_object_get(vector->root, "random") != NULL)
		cr_expect_eq(ears->result.token,
			     (uint32_t)json_integer_value(json_object_get(vector->root, "random")),
			     "%s", name);
}

/* All packets of a recording as frames of a dress. */
static void send_dressed(struct ears *ears, const struct air_vector *vector,
			 const struct air_dress *dress)
{
	uint8_t bytes[2400];
	uint64_t last = 0;

	for (size_t i = 0; i < vector->count && !ears->done; i++) {
		struct provd_frame frame = {.size = sizeof(frame),
					    .flags = dress->fcs ? PROVD_FRAME_FCS : 0U,
					    .time_us = vector->packets[i].time_us,
					    .data = bytes};

		frame.len =
			air_dress_frame(dress, &vector->packets[i], (uint16_t)(i & 4095), bytes);
		last = frame.time_us;
		air_streams_push(ears->streams, &frame);
	}
	air_streams_tick(ears->streams, last + 1000000);
}

Test(airkiss_vectors, bare, .timeout = 60)
{
	for (size_t i = 0; i < RECORDINGS; i++) {
		struct air_vector vector;
		struct ears ears;
		size_t used = 0;

		air_vector_load(&vector, recordings[i]);
		open_ears(&ears, &vector);
		for (; used < vector.count && !ears.done; used++) {
			struct air_symbol symbol =
				make_symbol(1, vector.packets[used].time_us, (int64_t)used,
					    vector.packets[used].len);

			hear(&ears, &symbol);
		}
		check(&ears, &vector, recordings[i]);
		close_ears(&ears);
		air_vector_free(&vector);
	}
}

Test(airkiss_vectors, dressed, .timeout = 60)
{
	static const uint32_t ciphers[] = {AIR_OPEN, AIR_WEP, AIR_TKIP, AIR_CCMP, AIR_CCMP};

	for (size_t i = 0; i < RECORDINGS; i++) {
		struct air_vector vector;

		air_vector_load(&vector, recordings[i]);
		for (unsigned form = 0; form < 40; form++) {
			struct air_dress dress = {.direction = form & 1 ? AIR_TO_AP : AIR_FROM_AP,
						  .qos = form >> 1 & 1,
						  .fcs = form >> 2 & 1,
						  .cipher = ciphers[form >> 3],
						  .mic16 = form >> 3 == 4,
						  .sa = {2, 0, 0, 0, 0, 1},
						  .bssid = {2, 0, 0, 0, 0, 2}};
			struct ears ears;

			open_ears(&ears, &vector);
			send_dressed(&ears, &vector, &dress);
			if (!ears.done)
				cr_log_error("form %u", form);
			check(&ears, &vector, recordings[i]);
			cr_expect_arr_eq(ears.result.sa, dress.sa, 6);
			cr_expect_arr_eq(ears.result.bssid, dress.bssid, 6);
			close_ears(&ears);
		}
		air_vector_free(&vector);
	}
}

/* A frame of a capture as a symbol; its stream is the transmitter and the source. */
static struct air_symbol air_symbol_of(const struct air_vector_packet *packet)
{
	struct air_symbol symbol = make_symbol(packet->a2[5] * 16U + packet->a3[5], packet->time_us,
					       (int64_t)packet->seq, packet->len);

	symbol.phone = packet->a3[5];
	symbol.direction = AIR_FROM_AP;
	memcpy(symbol.sa, packet->a3, 6);
	memcpy(symbol.bssid, packet->a2, 6);
	return symbol;
}

static void check_capture(const char *name, size_t best)
{
	struct air_vector vector;
	struct ears ears;
	size_t used = 0;

	air_vector_load(&vector, name);
	open_ears(&ears, &vector);
	for (; used < vector.count && !ears.done; used++) {
		struct air_symbol symbol = air_symbol_of(&vector.packets[used]);

		hear(&ears, &symbol);
	}
	check(&ears, &vector, name);
	cr_expect_leq(used, best, "%s: %zu frames", name, used);
	close_ears(&ears);
	air_vector_free(&vector);
}

Test(airkiss_vectors, captures, .timeout = 30)
{
	check_capture("airkiss_air_cap1.json", 205);
	check_capture("airkiss_air_cap2.json", 440);
}

/* Captures again, as frames through the parser and the streams. */
static void check_capture_frames(const char *name)
{
	struct air_vector vector;
	struct ears ears;
	uint8_t bytes[2400];

	air_vector_load(&vector, name);
	open_ears(&ears, &vector);
	for (size_t i = 0; i < vector.count && !ears.done; i++) {
		const struct air_vector_packet *packet = &vector.packets[i];
		struct air_dress dress = {.direction = AIR_FROM_AP, .cipher = AIR_CCMP};
		struct provd_frame frame = {
			.size = sizeof(frame), .time_us = packet->time_us, .data = bytes};

		memcpy(dress.sa, packet->a3, 6);
		memcpy(dress.bssid, packet->a2, 6);
		frame.len = air_dress_frame(&dress, packet, (uint16_t)packet->seq, bytes);
		air_streams_push(ears.streams, &frame);
	}
	air_streams_tick(ears.streams, UINT64_C(1000000000));
	check(&ears, &vector, name);
	close_ears(&ears);
	air_vector_free(&vector);
}

Test(airkiss_vectors, capture_frames, .timeout = 30)
{
	check_capture_frames("airkiss_air_cap1.json");
	check_capture_frames("airkiss_air_cap2.json");
}

/* These senders lose bytes of 0x80 and more: nothing wrong may come of it. The scan list completes
 * what one of them sends; the other also counts wrongly. */
Test(airkiss_vectors, faulty_senders, .timeout = 30)
{
	static const char *const names[] = {"airkiss_negative_c_detao_chinese.json",
					    "airkiss_negative_java_zhchbin_chinese.json"};

	for (unsigned form = 0; form < 4; form++) {
		struct air_vector vector;
		struct air_bss bss = {.bssid = {2, 0, 0, 0, 0, 9}};
		struct ears ears;

		air_vector_load(&vector, names[form & 1]);
		open_ears(&ears, &vector);
		bss.ssid_len = (uint8_t)vector.ssid_len;
		memcpy(bss.ssid, vector.ssid, vector.ssid_len);
		if (form >= 2)
			air_streams_add_bss(ears.streams, &bss);
		for (size_t i = 0; i < vector.count && !ears.done; i++) {
			struct air_symbol symbol = make_symbol(1, vector.packets[i].time_us,
							       (int64_t)i, vector.packets[i].len);

			hear(&ears, &symbol);
		}
		if (form == 2)
			check(&ears, &vector, names[form & 1]);
		else
			cr_expect_eq(ears.done, 0, "form %u", form);
		close_ears(&ears);
		air_vector_free(&vector);
	}
}
