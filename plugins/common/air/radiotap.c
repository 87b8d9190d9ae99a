/* SPDX-License-Identifier: Apache-2.0 */
#include "air/frame.h"

#include <provd/error.h>

/* Version, padding, length, first word of present bits. */
#define HEADER_LEN 8
#define MORE_WORDS 0x80000000U

#define FLAG_FCS      0x10
#define FLAG_DATA_PAD 0x20
#define FLAG_BAD_FCS  0x40

/* Receive flag "PLCP CRC check failed". */
#define RX_BAD_PLCP 0x02

enum field {
	FIELD_FLAGS = 1,
	FIELD_CHANNEL = 3,
	FIELD_SIGNAL = 5,
	FIELD_RX_FLAGS = 14,
	FIELD_COUNT = 15
};

/* Alignment and size of the fields up to the last one that is used here. */
static const struct {
	uint8_t align;
	uint8_t size;
} fields[FIELD_COUNT] = {
	{8, 8}, {1, 1}, {1, 1}, {2, 4}, {2, 2}, {1, 1}, {1, 1}, {2, 2},
	{2, 2}, {2, 2}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {2, 2},
};

static uint32_t le16(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t le32(const uint8_t *p)
{
	return le16(p) | le16(p + 2) << 16;
}

static int take(uint32_t field, const uint8_t *p, struct provd_frame *out)
{
	switch (field) {
	case FIELD_FLAGS:
		if ((p[0] & FLAG_DATA_PAD) != 0)
			return PROVD_E_CORRUPT;
		if ((p[0] & FLAG_FCS) != 0)
			out->flags |= PROVD_FRAME_FCS;
		if ((p[0] & FLAG_BAD_FCS) != 0)
			out->flags |= PROVD_FRAME_BAD_FCS;
		break;
	case FIELD_CHANNEL:
		out->freq_mhz = le16(p);
		break;
	case FIELD_SIGNAL:
		out->signal_dbm = p[0] < 0x80 ? p[0] : (int32_t)p[0] - 0x100;
		break;
	case FIELD_RX_FLAGS:
		if ((p[0] & RX_BAD_PLCP) != 0)
			out->flags |= PROVD_FRAME_BAD_FCS;
		break;
	default:
		break;
	}
	return 0;
}

int air_radiotap(const uint8_t *data, size_t len, struct provd_frame *out_frame)
{
	struct provd_frame frame = *out_frame;
	uint32_t present;
	size_t end;
	size_t at = HEADER_LEN;

	if (len < HEADER_LEN || data[0] != 0)
		return PROVD_E_CORRUPT;
	end = le16(data + 2);
	if (end < HEADER_LEN || end > len)
		return PROVD_E_CORRUPT;
	present = le32(data + 4);
	/* Further words tell of single antennas; only their room is of interest. */
	for (uint32_t word = present; (word & MORE_WORDS) != 0; at += 4) {
		if (end - at < 4)
			return PROVD_E_CORRUPT;
		word = le32(data + at);
	}
	frame.flags = 0;
	frame.freq_mhz = 0;
	frame.signal_dbm = 0;
	for (uint32_t i = 0; i < FIELD_COUNT; i++) {
		if ((present & 1U << i) == 0)
			continue;
		at = (at + fields[i].align - 1) & ~(size_t)(fields[i].align - 1);
		if (end < at + fields[i].size || take(i, data + at, &frame) != 0)
			return PROVD_E_CORRUPT;
		at += fields[i].size;
	}
	frame.data = data + end;
	frame.len = len - end;
	frame.captured = 0;
	*out_frame = frame;
	return 0;
}
