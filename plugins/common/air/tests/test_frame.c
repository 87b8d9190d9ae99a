/* SPDX-License-Identifier: Apache-2.0 */
#include "shapes.h"

#include <criterion/criterion.h>

#include <string.h>

static const int32_t lengths[] = {0, 1, 4, 40, 127, 128, 295, 512, 515, 1048, 1135, 1472};

static struct air_vector_packet datagram(int32_t len, uint32_t dst)
{
	struct air_vector_packet packet = {.dst = dst, .len = len};

	return packet;
}

static int parse(const struct shape *shape, const struct air_vector_packet *packet, uint16_t seq,
		 struct air_parsed *out)
{
	uint8_t bytes[SHAPE_ROOM];
	size_t len = shape_frame(shape, packet, seq, bytes);
	struct provd_frame frame = shape_hal(shape, bytes, len);

	return air_parse(&frame, out);
}

/* What the header of the frame makes of its cipher: one of 256 is in doubt. */
static int in_doubt(const struct shape *shape, uint16_t seq)
{
	uint8_t high = (uint8_t)(0x20 + (seq >> 8));

	if (shape->dress.cipher == AIR_TKIP)
		return (seq & 0xff) == 0;
	return shape->dress.cipher == AIR_CCMP && high == (((seq & 0xff) | 0x20) & 0x7f);
}

static void check(size_t index, int32_t len, uint16_t seq)
{
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct air_vector_packet packet = datagram(len, 0xffffffff);
	struct air_parsed parsed;
	const struct air_frame *out = &parsed.u.data;
	struct shape shape;
	int32_t more = 0;
	int doubt;

	shape_get(index, &shape);
	doubt = in_doubt(&shape, seq);
	cr_assert_eq(parse(&shape, &packet, seq, &parsed), AIR_DATA, "shape %zu, %d", index, len);
	more += shape.dress.mic16 ? 8 : 0;
	more += doubt && shape.dress.cipher == AIR_TKIP ? 4 : 0;
	cr_assert_eq(out->udp_len, len + more, "shape %zu: %d for %d", index, out->udp_len, len);
	cr_assert_eq(out->cipher, doubt ? (uint32_t)AIR_CCMP : shape.dress.cipher);
	cr_assert_eq((out->flags & AIR_UNSURE) != 0, doubt);
	cr_assert_eq((out->flags & AIR_EXACT) != 0, shape.dress.cipher == AIR_OPEN);
	cr_assert_eq((out->flags & AIR_QOS) != 0, shape.dress.qos);
	cr_assert_eq(out->flags & (AIR_RETRY | AIR_IPV6 | AIR_WIRED), 0);
	cr_assert_eq(out->direction, shape.dress.direction);
	cr_assert_eq(out->seq, seq);
	cr_assert_eq(out->tid, shape.dress.qos ? 0 : 16);
	cr_assert_eq(out->time_us, 1234567);
	cr_assert_eq(out->freq_mhz, 2437);
	cr_assert_eq(out->signal_dbm, -40);
	cr_assert_arr_eq(out->sa, shape.dress.sa, 6);
	cr_assert_arr_eq(out->bssid, shape.dress.bssid, 6);
	cr_assert_arr_eq(out->da, broadcast, 6);
}

Test(air_frame, every_shape, .timeout = 20)
{
	for (size_t i = 0; i < shape_count(); i++)
		for (size_t k = 0; k < sizeof(lengths) / sizeof(lengths[0]); k++)
			for (uint16_t seq = 0; seq < 4096; seq = (uint16_t)(seq + 37))
				check(i, lengths[k], seq);
}

/* The overheads of the table (smartconfig.md 1.1), not by way of the tests' own dressing. */
Test(air_frame, overheads, .timeout = 20)
{
	static const struct {
		uint8_t iv[4];
		int protected;
		size_t overhead;
		uint32_t cipher;
	} rows[] = {
		{{1, 2, 3, 0}, 1, 68, AIR_WEP},
		{{1, 2, 0, 0x20}, 1, 76, AIR_CCMP},
		{{1, 0x21, 5, 0x20}, 1, 80, AIR_TKIP},
		{{0x85, 0x25, 7, 0x60}, 1, 80, AIR_TKIP},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t more = 0; more < 4; more++) {
			uint8_t bytes[700] = {more / 2 != 0 ? 0x88 : 0x08, 0x42};
			size_t at = more / 2 != 0 ? 26 : 24;
			struct provd_frame frame = {.data = bytes};
			struct air_parsed parsed;

			memset(bytes + 4, 0xff, 6);
			memcpy(bytes + at, rows[i].iv, 4);
			frame.len = rows[i].overhead + (at - 24) + 515;
			if (more % 2 != 0) {
				frame.len += 4;
				frame.flags = PROVD_FRAME_FCS;
			}
			cr_assert_eq(air_parse(&frame, &parsed), AIR_DATA);
			cr_assert_eq(parsed.u.data.udp_len, 515, "row %zu: %d", i,
				     parsed.u.data.udp_len);
			cr_assert_eq(parsed.u.data.cipher, rows[i].cipher);
		}
	}
}

Test(air_frame, destinations, .timeout = 20)
{
	static const uint8_t mapped[6] = {0x01, 0x00, 0x5e, 0x0a, 0x0b, 0x0c};
	static const uint8_t ipv6[6] = {0x33, 0x33, 0, 0, 0, 1};
	struct air_vector_packet packet = datagram(300, 234U << 24 | 0x8a0b0c);
	uint8_t bytes[SHAPE_ROOM];
	struct air_parsed parsed;
	struct provd_frame frame;
	struct shape shape;

	shape_get(4, &shape);
	cr_assert_eq(shape.dress.direction, AIR_TO_AP);
	cr_assert_eq(parse(&shape, &packet, 5, &parsed), AIR_DATA);
	cr_assert_arr_eq(parsed.u.data.da, mapped, 6);
	frame = shape_hal(&shape, bytes, shape_frame(&shape, &packet, 5, bytes));
	memcpy(bytes + 16, ipv6, 6);
	cr_assert_eq(air_parse(&frame, &parsed), AIR_DATA);
	cr_assert_eq(parsed.u.data.udp_len, 280);
	cr_assert_eq(parsed.u.data.flags & AIR_IPV6, AIR_IPV6);
	/* One station, the bridges' group, one that is broadcast but for a bit. */
	for (int i = 0; i < 3; i++) {
		static const uint8_t others[3][6] = {{0x00, 0x00, 0x5e, 1, 2, 3},
						     {0x01, 0x80, 0xc2, 0, 0, 0},
						     {0xff, 0xff, 0xff, 0xff, 0xff, 0xfe}};

		memcpy(bytes + 16, others[i], 6);
		cr_assert_eq(air_parse(&frame, &parsed), AIR_NOTHING);
	}
}

/* Changes one byte of a good frame, expects nothing, puts it back. */
static void spoil(struct provd_frame *frame, uint8_t *bytes, size_t at, uint8_t value)
{
	struct air_parsed parsed;
	uint8_t before = bytes[at];

	cr_assert_eq(air_parse(frame, &parsed), AIR_DATA);
	bytes[at] = value;
	cr_assert_eq(air_parse(frame, &parsed), AIR_NOTHING, "byte %zu: %02x", at, value);
	bytes[at] = before;
}

Test(air_frame, what_is_not_wanted, .timeout = 20)
{
	struct air_vector_packet packet = datagram(300, 0xffffffff);
	uint8_t bytes[SHAPE_ROOM];
	struct air_parsed parsed;
	struct provd_frame frame;
	struct shape shape;

	shape_get(3 * 4, &shape);
	cr_assert_eq(shape.dress.cipher, AIR_CCMP);
	frame = shape_hal(&shape, bytes, shape_frame(&shape, &packet, 5, bytes));
	spoil(&frame, bytes, 0, 0x48);		 /* null data */
	spoil(&frame, bytes, 0, 0x09);		 /* another protocol version */
	spoil(&frame, bytes, 0, 0xb4);		 /* RTS */
	spoil(&frame, bytes, 1, 0x43);		 /* four addresses */
	spoil(&frame, bytes, 1, 0x40);		 /* neither way */
	spoil(&frame, bytes, 1, 0x45);		 /* a fragment follows */
	spoil(&frame, bytes, 22, bytes[22] | 1); /* a later fragment */
	spoil(&frame, bytes, 4, 0x03);		 /* a group is an access point */
	spoil(&frame, bytes, 26, 0x55);		 /* neither TKIP nor CCMP */
	frame.flags = PROVD_FRAME_BAD_FCS;
	cr_assert_eq(air_parse(&frame, &parsed), AIR_NOTHING);
	frame.flags = PROVD_FRAME_LENGTH_ONLY;
	cr_assert_eq(air_parse(&frame, &parsed), AIR_NOTHING);
	frame.flags = 0;
	frame.data = NULL;
	cr_assert_eq(air_parse(&frame, &parsed), AIR_NOTHING);
}

Test(air_frame, open_network, .timeout = 20)
{
	struct air_vector_packet packet = datagram(3, 0xffffffff);
	uint8_t bytes[SHAPE_ROOM];
	struct air_parsed parsed;
	struct provd_frame frame;
	struct shape shape;

	shape_get(1, &shape);
	frame = shape_hal(&shape, bytes, shape_frame(&shape, &packet, 5, bytes));
	/* 31 bytes of IP come from a cable as 46. */
	frame.len += 15;
	cr_assert_eq(air_parse(&frame, &parsed), AIR_DATA);
	cr_assert_eq(parsed.u.data.udp_len, 3);
	cr_assert_eq(parsed.u.data.flags & AIR_WIRED, AIR_WIRED);
	spoil(&frame, bytes, 24, 0x42);	    /* no SNAP */
	spoil(&frame, bytes, 24 + 7, 0x06); /* ARP */
	spoil(&frame, bytes, 32, 0x65);	    /* IPv6 behind IPv4's number */
	spoil(&frame, bytes, 32, 0x44);	    /* an IP header of 16 bytes */
	spoil(&frame, bytes, 32 + 3, 200);  /* longer than the frame */
	spoil(&frame, bytes, 32 + 3, 27);   /* no room for UDP's header */
	spoil(&frame, bytes, 32 + 6, 0x20); /* an IP fragment */
	spoil(&frame, bytes, 32 + 9, 6);    /* TCP */
	spoil(&frame, bytes, 32 + 25, 12);  /* UDP and IP disagree */
	frame.captured = 60;
	cr_assert_eq(air_parse(&frame, &parsed), AIR_DATA);
	cr_assert_eq(parsed.u.data.udp_len, 3);
	/* Cut off before the IP header ends: the length is all there is. */
	frame.captured = 50;
	cr_assert_eq(air_parse(&frame, &parsed), AIR_DATA);
	cr_assert_eq(parsed.u.data.udp_len, 18);
	cr_assert_eq(parsed.u.data.flags & AIR_EXACT, 0);
}

Test(air_frame, open_ipv6, .timeout = 20)
{
	uint8_t bytes[24 + 8 + 40 + 8 + 100] = {0x08, 0x02};
	struct provd_frame frame = {.data = bytes, .len = sizeof(bytes)};
	struct air_parsed parsed;

	memcpy(bytes + 4, "\x33\x33\0\0\0\1", 6);
	memcpy(bytes + 24, "\xaa\xaa\3\0\0\0\x86\xdd\x60\0\0\0\0\x6c\x11", 15);
	bytes[24 + 8 + 40 + 5] = 108;
	cr_assert_eq(air_parse(&frame, &parsed), AIR_DATA);
	cr_assert_eq(parsed.u.data.udp_len, 100);
	cr_assert_eq(parsed.u.data.flags, AIR_IPV6 | AIR_EXACT);
	spoil(&frame, bytes, 24 + 8 + 6, 58); /* ICMPv6 */
}

Test(air_frame, open_aggregate_of_two, .timeout = 20)
{
	struct air_vector_packet packet = datagram(300, 0xffffffff);
	uint8_t bytes[SHAPE_ROOM];
	struct air_parsed parsed;
	struct provd_frame frame;
	struct shape shape;

	shape_get(3 * 4 * 5, &shape);
	cr_assert(shape.amsdu && shape.dress.cipher == AIR_OPEN && !shape.ht_control);
	frame = shape_hal(&shape, bytes, shape_frame(&shape, &packet, 5, bytes));
	cr_assert_eq(air_parse(&frame, &parsed), AIR_DATA);
	frame.len += 14 + 60;
	cr_assert_eq(air_parse(&frame, &parsed), AIR_NOTHING);
}
