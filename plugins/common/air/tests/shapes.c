/* SPDX-License-Identifier: Apache-2.0 */
#include "shapes.h"

#include <string.h>

/* Direction, cipher with MIC, QoS with HT control and A-MSDU, FCS. */
#define CIPHERS 5
#define HEADERS 5

size_t shape_count(void)
{
	return (size_t)2 * 2 * CIPHERS * HEADERS;
}

void shape_get(size_t index, struct shape *out)
{
	static const uint8_t sa[6] = {0x02, 0x11, 0x22, 0x33, 0x44, 0x55};
	static const uint8_t bssid[6] = {0x02, 0xaa, 0xbb, 0xcc, 0xdd, 0xee};
	size_t cipher = index / 4 % CIPHERS;
	size_t header = index / 4 / CIPHERS % HEADERS;

	memset(out, 0, sizeof(*out));
	out->dress.direction = index % 2 == 0 ? AIR_TO_AP : AIR_FROM_AP;
	out->dress.fcs = index / 2 % 2 != 0;
	out->dress.cipher = cipher < AIR_CCMP ? (uint32_t)cipher : AIR_CCMP;
	out->dress.mic16 = cipher > AIR_CCMP;
	out->dress.qos = header != 0;
	out->ht_control = header == 2 || header == 4;
	out->amsdu = header >= 3;
	memcpy(out->dress.sa, sa, 6);
	memcpy(out->dress.bssid, bssid, 6);
}

static void insert(uint8_t *frame, size_t *len, size_t at, const uint8_t *bytes, size_t count)
{
	memmove(frame + at + count, frame + at, *len - at);
	memcpy(frame + at, bytes, count);
	*len += count;
}

size_t shape_frame(const struct shape *shape, const struct air_vector_packet *packet, uint16_t seq,
		   uint8_t *out)
{
	static const uint8_t control[4] = {0xff, 0xff, 0xff, 0xff};
	uint8_t subframe[14] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				2,    0x11, 0x22, 0x33, 0x44, 0x55};
	size_t len = air_dress_frame(&shape->dress, packet, seq, out);

	if (shape->amsdu) {
		size_t at = 26;

		if (shape->dress.cipher != AIR_OPEN)
			at += shape->dress.cipher == AIR_WEP ? 4 : 8;
		subframe[12] = (uint8_t)((packet->len + 36) >> 8);
		subframe[13] = (uint8_t)(packet->len + 36);
		insert(out, &len, at, subframe, sizeof(subframe));
		out[24] |= 0x80;
	}
	if (shape->ht_control) {
		insert(out, &len, 26, control, sizeof(control));
		out[1] |= 0x80;
	}
	return len;
}

struct provd_frame shape_hal(const struct shape *shape, const uint8_t *data, size_t len)
{
	struct provd_frame frame = {
		.size = sizeof(frame),
		.flags = shape->dress.fcs ? PROVD_FRAME_FCS : 0,
		.freq_mhz = 2437,
		.signal_dbm = -40,
		.time_us = 1234567,
		.data = data,
		.len = len,
	};

	return frame;
}
