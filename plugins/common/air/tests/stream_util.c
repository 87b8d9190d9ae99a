/* SPDX-License-Identifier: Apache-2.0 */
#include "stream_util.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

static void hear(void *user, const struct air_symbol *symbol)
{
	struct heard *heard = user;

	cr_assert_lt(heard->count, HEARD_MAX);
	heard->symbols[heard->count++] = *symbol;
}

struct heard *heard_create(void)
{
	struct heard *heard = calloc(1, sizeof(*heard));

	cr_assert_not_null(heard);
	heard->streams = malloc(air_streams_size());
	cr_assert_not_null(heard->streams);
	air_streams_init(heard->streams, hear, heard);
	heard->dress.cipher = AIR_CCMP;
	heard->dress.qos = 1;
	heard_from(heard, AIR_TO_AP, 1, 1);
	return heard;
}

void heard_destroy(struct heard *heard)
{
	free(heard->streams);
	free(heard);
}

void heard_from(struct heard *heard, uint32_t direction, uint8_t phone, uint8_t ap)
{
	const uint8_t sa[6] = {2, 0, 0, 0, 1, phone};
	const uint8_t bssid[6] = {2, 0, 0, 0, 2, ap};

	heard->dress.direction = direction;
	memcpy(heard->dress.sa, sa, 6);
	memcpy(heard->dress.bssid, bssid, 6);
}

void heard_push(struct heard *heard, uint16_t seq, int32_t len, uint64_t time_us)
{
	struct air_vector_packet packet = {.dst = 0xffffffff, .len = len};
	uint8_t bytes[2400];
	struct provd_frame frame = {
		.size = sizeof(frame),
		.flags = heard->dress.fcs ? PROVD_FRAME_FCS : 0,
		.freq_mhz = 2412,
		.time_us = time_us,
		.data = bytes,
	};

	frame.len = air_dress_frame(&heard->dress, &packet, seq & 4095, bytes);
	air_streams_push(heard->streams, &frame);
}
