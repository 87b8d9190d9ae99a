/* SPDX-License-Identifier: Apache-2.0 */
#include "pcap.h"

#include "radiotap.h"

#include <provd/error.h>

#define FILE_HEADER   24u
#define RECORD_HEADER 16u
/* The link type shares its word with FCS information (pcap-savefile(5)). */
#define LINK_TYPE_MASK 0x0FFFFFFFu

static uint32_t word(const struct sim_pcap *pcap, size_t at)
{
	const uint8_t *p = pcap->bytes + at;

	if (pcap->swapped)
		return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

int sim_pcap_init(const uint8_t *bytes, size_t len, struct sim_pcap *out_pcap)
{
	struct sim_pcap pcap = {.bytes = bytes, .len = len, .pos = FILE_HEADER};
	uint32_t magic;

	if (!bytes || len < FILE_HEADER)
		return PROVD_E_INVALID;
	/* "swapped" here means big endian, whatever this machine is. */
	magic = word(&pcap, 0);
	if (magic == 0xd4c3b2a1u || magic == 0x4d3cb2a1u) {
		pcap.swapped = 1;
		magic = word(&pcap, 0);
	}
	if (magic != 0xa1b2c3d4u && magic != 0xa1b23c4du)
		return PROVD_E_INVALID;
	pcap.nano = magic == 0xa1b23c4du;
	pcap.link_type = word(&pcap, 20) & LINK_TYPE_MASK;
	if (pcap.link_type != SIM_PCAP_80211 && pcap.link_type != SIM_PCAP_RADIOTAP)
		return PROVD_E_NOT_SUPPORTED;
	*out_pcap = pcap;
	return 0;
}

void sim_pcap_rewind(struct sim_pcap *pcap)
{
	pcap->pos = FILE_HEADER;
}

static int unwrap(const struct sim_pcap *pcap, struct sim_pcap_frame *frame)
{
	struct sim_radiotap header;
	int rc;

	if (pcap->link_type != SIM_PCAP_RADIOTAP)
		return 0;
	rc = sim_radiotap_read(frame->data, frame->captured, &header);
	if (rc)
		return rc;
	frame->data += header.header_len;
	frame->len -= header.header_len;
	frame->captured -= header.header_len;
	frame->freq_mhz = header.freq_mhz;
	frame->signal_dbm = header.signal_dbm;
	frame->has_fcs = header.has_fcs;
	frame->bad_fcs = header.bad_fcs;
	return 0;
}

int sim_pcap_next(struct sim_pcap *pcap, struct sim_pcap_frame *out_frame)
{
	while (pcap->len - pcap->pos >= RECORD_HEADER) {
		struct sim_pcap_frame frame = {0};
		uint64_t fraction = word(pcap, pcap->pos + 4);
		uint32_t captured = word(pcap, pcap->pos + 8);
		uint32_t original = word(pcap, pcap->pos + 12);

		if (captured > pcap->len - pcap->pos - RECORD_HEADER)
			return 0;
		frame.time_us = (uint64_t)word(pcap, pcap->pos) * 1000000u;
		frame.time_us += pcap->nano ? fraction / 1000u : fraction;
		frame.data = pcap->bytes + pcap->pos + RECORD_HEADER;
		frame.captured = captured;
		frame.len = original > captured ? original : captured;
		pcap->pos += RECORD_HEADER + captured;
		if (unwrap(pcap, &frame) == 0) {
			*out_frame = frame;
			return 1;
		}
	}
	return 0;
}
