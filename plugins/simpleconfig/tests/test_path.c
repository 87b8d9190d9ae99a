/* SPDX-License-Identifier: Apache-2.0 */
/* The full path: datagrams put into frames of every kind, streams, decoder. */
#include "sender.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

TestSuite(path, .timeout = 60);

/*
 * The phone of the library's recordings has a group's address, 11:22:.., which is in the key. Nobody
 * sends from one, and such frames may be dropped: so it gets one that is a sender's on the way.
 */
#define GROUP	   0x11
#define INDIVIDUAL 0x10

struct path {
	struct simpleconfig *state;
	struct air_streams *streams;
	struct air_result result;
	size_t results;
};

static void take(void *user, const struct air_symbol *symbol)
{
	struct path *path = user;
	struct air_symbol own = *symbol;

	if (own.sa[0] == INDIVIDUAL)
		own.sa[0] = GROUP;
	path->results += (size_t)simpleconfig_push(path->state, &own, &path->result);
}

static void path_open(struct path *path, const struct simpleconfig_policy *policy)
{
	memset(path, 0, sizeof(*path));
	path->state = malloc(simpleconfig_size());
	path->streams = malloc(air_streams_size());
	cr_assert(path->state && path->streams);
	simpleconfig_init(path->state, policy);
	air_streams_init(path->streams, take, path);
}

static void path_close(struct path *path)
{
	simpleconfig_finish(path->state);
	free(path->state);
	free(path->streams);
}

static void send(struct path *path, const struct sender *sender, const struct air_dress *dress,
		 size_t index)
{
	const struct air_vector_packet *packet = &sender->vector.packets[index % sender->round];
	uint8_t bytes[2400];
	struct provd_frame frame = {.size = sizeof(frame), .freq_mhz = 2437, .data = bytes};
	struct air_dress own = *dress;

	if (own.sa[0] == GROUP)
		own.sa[0] = INDIVIDUAL;
	frame.len = air_dress_frame(&own, packet, (uint16_t)(index & 0xfff), bytes);
	frame.flags = dress->fcs ? PROVD_FRAME_FCS : 0;
	frame.time_us = 1000000 + packet->time_us + index / sender->round * sender->round_us;
	air_streams_push(path->streams, &frame);
	air_streams_tick(path->streams, frame.time_us);
}

static void decode(const char *name, const struct air_dress *dress)
{
	struct sender sender;
	struct path path;

	sender_open(&sender, name);
	path_open(&path, &sender.policy);
	for (size_t i = 0; i < 2 * sender.round && path.results == 0; i++) {
		struct air_dress own = *dress;

		memcpy(own.sa, sender.sa, 6);
		memcpy(own.bssid, "\x02\xbb\x00\x00\x00\x01", 6);
		send(&path, &sender, &own, i);
	}
	cr_assert_eq(path.results, 1, "%s: cipher %u, direction %u, mic16 %d, qos %d, fcs %d", name,
		     dress->cipher, dress->direction, dress->mic16, dress->qos, dress->fcs);
	sender_check(&sender, &path.result);
	cr_assert_arr_eq(path.result.bssid, "\x02\xbb\x00\x00\x00\x01", 6);
	path_close(&path);
	sender_close(&sender);
}

static void decode_dressed(const char *name)
{
	for (unsigned int bits = 0; bits < 40; bits++) {
		struct air_dress dress = {
			.direction = bits & 1 ? AIR_FROM_AP : AIR_TO_AP,
			.qos = bits >> 1 & 1,
			.fcs = bits >> 2 & 1,
			.cipher = bits >> 3,
		};

		if (dress.cipher > AIR_CCMP) {
			dress.cipher = AIR_CCMP;
			dress.mic16 = 1;
		}
		decode(name, &dress);
	}
}

Test(path, multicast)
{
	decode_dressed("simpleconfig_p2_default_pin.json");
	decode_dressed("simpleconfig_p2_open_network.json");
	decode_dressed("simpleconfig_p2_max_profile.json");
	decode_dressed("simpleconfig_p3_user_pin.json");
}

Test(path, mini_program)
{
	decode_dressed("simpleconfig_mini_program.json");
	decode_dressed("simpleconfig_mini_program_open.json");
}

Test(path, broadcast)
{
	decode_dressed("simpleconfig_v2_short.json");
	decode_dressed("simpleconfig_v2_one_group.json");
	decode_dressed("simpleconfig_v3_short_form.json");
}

Test(path, broadcast_triples_and_blocks)
{
	decode_dressed("simpleconfig_v3_3bit_32.json");
	decode_dressed("simpleconfig_v3_rs.json");
}

/* Two phones at once, and one that two access points relay. */
Test(path, phones_apart_relays_together)
{
	struct air_dress dress = {.direction = AIR_FROM_AP, .cipher = AIR_CCMP};
	struct air_dress others = {.direction = AIR_TO_AP, .cipher = AIR_TKIP, .qos = 1};
	struct sender one;
	struct sender two;
	struct path path;
	size_t seen = 0;

	sender_open(&one, "simpleconfig_v2_one_group.json");
	sender_open(&two, "simpleconfig_mini_program.json");
	path_open(&path, NULL);
	memcpy(dress.sa, one.sa, 6);
	memcpy(others.sa, "\x5a\x01\x02\x03\x04\x05", 6);
	memcpy(others.bssid, "\x02\xbb\x00\x00\x00\x03", 6);
	memcpy(two.sa, others.sa, 6);
	for (size_t i = 0; i < 2 * two.round && seen != 3; i++) {
		/* each access point relays every other one of the nibbles, and all of the preamble */
		size_t phase = i % one.round;

		memcpy(dress.bssid, "\x02\xbb\x00\x00\x00\x01", 6);
		if (phase < 32 || i % 2)
			send(&path, &one, &dress, i);
		dress.bssid[5] = 2;
		if (phase < 32 || i % 2 == 0)
			send(&path, &one, &dress, i);
		send(&path, &two, &others, i);
		if (path.results == 0)
			continue;
		path.results = 0;
		if (path.result.sa[0] == 0x5a) {
			sender_check(&two, &path.result);
			seen |= 1;
		} else {
			sender_check(&one, &path.result);
			seen |= 2;
		}
	}
	cr_assert_eq(seen, 3);
	path_close(&path);
	sender_close(&one);
	sender_close(&two);
}
