/* SPDX-License-Identifier: Apache-2.0 */
#include "radiotap.h"

#include <provd/error.h>

#define FLAG_FCS     0x10u
#define FLAG_BAD_FCS 0x40u
#define PRESENT_MORE 0x80000000u

enum field {
	FIELD_TSFT = 0,
	FIELD_FLAGS = 1,
	FIELD_RATE = 2,
	FIELD_CHANNEL = 3,
	FIELD_FHSS = 4,
	FIELD_SIGNAL = 5
};

/* Size and alignment of the fields up to the last one that matters here. */
static const struct {
	uint8_t size;
	uint8_t align;
} fields[] = {{8, 8}, {1, 1}, {1, 1}, {4, 2}, {2, 1}, {1, 1}};

static uint32_t le16(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t le32(const uint8_t *p)
{
	return le16(p) | le16(p + 2) << 16;
}

static void take(struct sim_radiotap *header, size_t field, const uint8_t *p)
{
	if (field == FIELD_FLAGS) {
		header->has_fcs = (p[0] & FLAG_FCS) ? 1 : 0;
		header->bad_fcs = (p[0] & FLAG_BAD_FCS) ? 1 : 0;
	} else if (field == FIELD_CHANNEL) {
		header->freq_mhz = le16(p);
	} else if (field == FIELD_SIGNAL) {
		header->signal_dbm = (int32_t)p[0] - (p[0] > 127 ? 256 : 0);
	}
}

int sim_radiotap_read(const uint8_t *bytes, size_t len, struct sim_radiotap *out_header)
{
	struct sim_radiotap header = {0};
	uint32_t present;
	size_t pos = 4;

	if (!bytes || len < 8 || bytes[0] != 0)
		return PROVD_E_INVALID;
	header.header_len = le16(bytes + 2);
	if (header.header_len < 8 || header.header_len > len)
		return PROVD_E_INVALID;
	present = le32(bytes + pos);
	/* Further present words come first; what they announce lies behind our fields. */
	while (le32(bytes + pos) & PRESENT_MORE) {
		pos += 4;
		if (pos + 4 > header.header_len)
			return PROVD_E_INVALID;
	}
	pos += 4;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!(present & 1u << i))
			continue;
		pos = (pos + fields[i].align - 1u) & ~((size_t)fields[i].align - 1u);
		if (pos + fields[i].size > header.header_len)
			return PROVD_E_INVALID;
		take(&header, i, bytes + pos);
		pos += fields[i].size;
	}
	*out_header = header;
	return 0;
}
