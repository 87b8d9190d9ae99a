/* SPDX-License-Identifier: Apache-2.0 */
#include "air/frame_internal.h"

#include <string.h>

/* Frame control, second byte (IEEE 802.11-2020, 9.2.4.1). */
#define FC_DIRECTION	  0x03
#define FC_MORE_FRAGMENTS 0x04
#define FC_RETRY	  0x08
#define FC_PROTECTED	  0x40
#define FC_HT_CONTROL	  0x80

#define QOS_TID	  0x0f
#define QOS_AMSDU 0x80

#define TID_NONE 16

/* Lengths of what stands around a datagram (smartconfig.md 1.1). */
#define LLC_LEN	     8
#define IPV4_LEN     20
#define IPV6_LEN     40
#define UDP_LEN	     8
#define SUBFRAME_LEN 14
#define WEP_LEN	     8
#define TKIP_LEN     20
#define CCMP_LEN     16
#define MIC16_MORE   8

/* An IP datagram that Ethernet can carry. */
#define IP_MAX 1500

#define EXT_IV 0x20

/* What the walk through one data frame knows so far. */
struct walk {
	const uint8_t *data;
	size_t have; /* bytes at `data` */
	size_t len;  /* bytes on the air, without FCS */
	size_t at;   /* where the body starts: cipher header, subframe, LLC */
	size_t tail; /* bytes of the cipher's trailer, and header where `at` stands before it */
	int amsdu;
};

static uint32_t be16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

/* Broadcast, IPv4 multicast or IPv6 multicast (smartconfig.md 1.5). */
static int is_group(const uint8_t *da)
{
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	if (da[0] == 0x01)
		return da[1] == 0x00 && da[2] == 0x5e;
	if (da[0] == 0x33)
		return da[1] == 0x33;
	return memcmp(da, broadcast, sizeof(broadcast)) == 0;
}

static int read_addresses(const struct walk *walk, struct air_frame *out)
{
	const uint8_t *data = walk->data;
	const uint8_t *a1 = data + 4;
	const uint8_t *a2 = data + 10;
	const uint8_t *a3 = data + 16;
	int to_ap = (data[1] & FC_DIRECTION) == AIR_TO_AP;
	const uint8_t *da = to_ap ? a3 : a1;
	const uint8_t *sa = to_ap ? a2 : a3;
	const uint8_t *bssid = to_ap ? a1 : a2;

	/* Senders are heard whose own address has the group bit: that of the phone is not looked at. */
	if (!is_group(da) || (bssid[0] & 0x01) != 0)
		return -1;
	memcpy(out->bssid, bssid, 6);
	memcpy(out->sa, sa, 6);
	memcpy(out->da, da, 6);
	out->direction = to_ap ? AIR_TO_AP : AIR_FROM_AP;
	return 0;
}

static int read_header(struct walk *walk, struct air_frame *out)
{
	const uint8_t *data = walk->data;
	uint32_t direction = data[1] & FC_DIRECTION;

	if ((direction != AIR_TO_AP && direction != AIR_FROM_AP) ||
	    (data[1] & FC_MORE_FRAGMENTS) != 0 || (data[22] & 0x0f) != 0 ||
	    read_addresses(walk, out) != 0)
		return -1;
	out->seq = (uint16_t)(data[22] >> 4 | data[23] << 4);
	out->flags = (data[1] & FC_RETRY) != 0 ? AIR_RETRY : 0;
	if (out->da[0] == 0x33)
		out->flags |= AIR_IPV6;
	out->tid = TID_NONE;
	walk->at = AIR_HEADER_LEN;
	if (data[0] != 0x88)
		return 0;
	if (walk->have < AIR_HEADER_LEN + 2)
		return -1;
	out->flags |= AIR_QOS;
	out->tid = data[24] & QOS_TID;
	walk->amsdu = (data[24] & QOS_AMSDU) != 0;
	walk->at += (data[1] & FC_HT_CONTROL) != 0 ? 6 : 2;
	return 0;
}

/* Tells the ciphers apart by their headers (smartconfig.md 1.2, 3.). */
static int read_cipher(struct walk *walk, struct air_frame *out)
{
	const uint8_t *iv = walk->data + walk->at;
	int tkip;

	out->cipher = AIR_OPEN;
	if ((walk->data[1] & FC_PROTECTED) == 0)
		return 0;
	if (walk->have < walk->at + 4)
		return -1;
	if ((iv[3] & EXT_IV) == 0) {
		out->cipher = AIR_WEP;
		walk->tail = WEP_LEN;
		return 0;
	}
	tkip = iv[1] == ((iv[0] | 0x20) & 0x7f);
	if (iv[2] == 0) {
		out->cipher = AIR_CCMP;
		walk->tail = CCMP_LEN;
		if (tkip)
			out->flags |= AIR_UNSURE;
		return 0;
	}
	out->cipher = AIR_TKIP;
	walk->tail = TKIP_LEN;
	return tkip ? 0 : -1;
}

/* The one subframe of an open A-MSDU has to fill the body. */
static int read_subframe(struct walk *walk)
{
	if (walk->have >= walk->at + SUBFRAME_LEN &&
	    be16(walk->data + walk->at + 12) + walk->at + SUBFRAME_LEN != walk->len)
		return -1;
	return 0;
}

/* An IPv4 or IPv6 header: bytes of the datagram behind it to *out_rest, or -1. */
static int read_ip(const uint8_t *ip, size_t have, int ipv6, size_t *out_len, size_t *out_rest)
{
	size_t len;
	size_t total;

	if (ipv6) {
		if (have < IPV6_LEN || ip[0] >> 4 != 6 || ip[6] != 17)
			return -1;
		len = IPV6_LEN;
		total = len + be16(ip + 4);
	} else {
		if (have < IPV4_LEN || ip[0] >> 4 != 4 || ip[9] != 17 ||
		    (be16(ip + 6) & 0x3fff) != 0)
			return -1;
		len = (size_t)(ip[0] & 0x0f) * 4;
		total = be16(ip + 2);
	}
	if (len < IPV4_LEN || total < len + UDP_LEN)
		return -1;
	*out_len = len;
	*out_rest = total - len;
	return 0;
}

/* An open network shows the datagram: its own words count (smartconfig.md 1.2, 2.). */
static int read_open(const struct walk *walk, struct air_frame *out)
{
	static const uint8_t snap[6] = {0xaa, 0xaa, 0x03, 0, 0, 0};
	const uint8_t *llc = walk->data + walk->at;
	int ipv6 = (out->flags & AIR_IPV6) != 0;
	size_t have;
	size_t body;
	size_t len;
	size_t rest;

	if (walk->have < walk->at + LLC_LEN + (ipv6 ? IPV6_LEN : IPV4_LEN))
		return 0; /* cut off: the length has to do */
	have = walk->have - walk->at - LLC_LEN;
	body = walk->len - walk->at - LLC_LEN;
	if (memcmp(llc, snap, sizeof(snap)) != 0 || be16(llc + 6) != (ipv6 ? 0x86ddU : 0x0800U) ||
	    read_ip(llc + LLC_LEN, have, ipv6, &len, &rest) != 0 || len + rest > body)
		return -1;
	if (have >= len + UDP_LEN && be16(llc + LLC_LEN + len + 4) != rest)
		return -1;
	out->udp_len = (int32_t)(rest - UDP_LEN);
	out->flags |= AIR_EXACT;
	if (len + rest < body)
		out->flags |= AIR_WIRED;
	return 0;
}

static int parse_data(struct walk *walk, struct air_frame *out)
{
	size_t around;
	size_t body;
	size_t most = LLC_LEN + IP_MAX;

	if (read_header(walk, out) != 0 || read_cipher(walk, out) != 0)
		return AIR_NOTHING;
	around = walk->at + walk->tail + (walk->amsdu ? SUBFRAME_LEN : 0);
	if (out->cipher == AIR_CCMP)
		most += MIC16_MORE;
	if (walk->len < around + LLC_LEN || walk->len - around > most)
		return AIR_NOTHING;
	body = walk->len - around;
	out->mpdu_len = (uint32_t)walk->len;
	out->udp_len = (int32_t)body - LLC_LEN - UDP_LEN;
	out->udp_len -= (out->flags & AIR_IPV6) != 0 ? IPV6_LEN : IPV4_LEN;
	if (out->cipher != AIR_OPEN)
		return AIR_DATA;
	if (walk->amsdu) {
		if (read_subframe(walk) != 0)
			return AIR_NOTHING;
		walk->at += SUBFRAME_LEN;
	}
	return read_open(walk, out) == 0 ? AIR_DATA : AIR_NOTHING;
}

int air_parse(const struct provd_frame *frame, struct air_parsed *out_parsed)
{
	struct walk walk = {.data = frame->data, .len = frame->len};
	struct air_frame *data = &out_parsed->u.data;

	if (frame->data == NULL ||
	    (frame->flags & (PROVD_FRAME_BAD_FCS | PROVD_FRAME_LENGTH_ONLY)) != 0)
		return AIR_NOTHING;
	if ((frame->flags & PROVD_FRAME_FCS) != 0)
		walk.len -= walk.len >= 4 ? 4 : walk.len;
	walk.have = walk.len;
	if (frame->captured != 0 && frame->captured < walk.len)
		walk.have = frame->captured;
	if (walk.have < AIR_HEADER_LEN)
		return AIR_NOTHING;
	switch (walk.data[0]) {
	case 0x08: /* data */
	case 0x88: /* QoS data */
		memset(data, 0, sizeof(*data));
		data->time_us = frame->time_us;
		data->freq_mhz = frame->freq_mhz;
		data->signal_dbm = frame->signal_dbm;
		return parse_data(&walk, data);
	case 0x80: /* beacon */
	case 0x50: /* probe response */
		return air__parse_beacon(walk.data, walk.have, walk.have == walk.len,
					 &out_parsed->u.bss);
	default:
		return AIR_NOTHING;
	}
}
