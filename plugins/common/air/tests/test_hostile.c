/* SPDX-License-Identifier: Apache-2.0 */
#include "shapes.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

/* Parses bytes in memory of exactly their size, so that a look behind them is seen. */
static int parse_exact(const struct provd_frame *frame, const uint8_t *data, size_t have,
		       struct air_parsed *out)
{
	struct provd_frame copy = *frame;
	uint8_t *exact = malloc(have != 0 ? have : 1);
	int kind;

	cr_assert_not_null(exact);
	memcpy(exact, data, have);
	copy.data = exact;
	kind = air_parse(&copy, out);
	free(exact);
	return kind;
}

/* Cut off by the capture: nothing, or the same length as whole. */
Test(air_hostile, captured_at_every_byte, .timeout = 60)
{
	struct air_vector_packet packet = {.dst = 0xffffffff, .len = 100};

	for (size_t i = 0; i < shape_count(); i++) {
		uint8_t bytes[SHAPE_ROOM];
		struct air_parsed whole;
		struct provd_frame frame;
		struct shape shape;
		size_t len;

		shape_get(i, &shape);
		len = shape_frame(&shape, &packet, 7, bytes);
		frame = shape_hal(&shape, bytes, len);
		cr_assert_eq(air_parse(&frame, &whole), AIR_DATA);
		for (size_t have = 1; have <= len; have++) {
			struct air_parsed parsed;
			int kind;

			frame.captured = have;
			kind = parse_exact(&frame, bytes, have, &parsed);
			if (have >= 34)
				cr_assert_eq(kind, AIR_DATA, "shape %zu, %zu", i, have);
			if (kind == AIR_DATA)
				cr_assert_eq(parsed.u.data.udp_len, whole.u.data.udp_len);
			else
				cr_assert_eq(kind, AIR_NOTHING);
		}
	}
}

/* Shorter on the air: another length, never a look behind the end. */
Test(air_hostile, shorter_at_every_byte, .timeout = 60)
{
	struct air_vector_packet packet = {.dst = 0xffffffff, .len = 100};

	for (size_t i = 0; i < shape_count(); i++) {
		uint8_t bytes[SHAPE_ROOM];
		struct shape shape;
		size_t len;

		shape_get(i, &shape);
		len = shape_frame(&shape, &packet, 7, bytes);
		for (size_t have = 0; have < len; have++) {
			struct provd_frame frame = shape_hal(&shape, bytes, have);
			struct air_parsed parsed;
			int kind = parse_exact(&frame, bytes, have, &parsed);

			if (kind == AIR_DATA && shape.dress.cipher != AIR_OPEN)
				cr_assert_lt(parsed.u.data.udp_len, 108);
			else if (kind == AIR_DATA)
				cr_assert_eq(parsed.u.data.flags & AIR_EXACT, 0);
		}
	}
}

Test(air_hostile, too_long, .timeout = 20)
{
	for (size_t i = 0; i < shape_count(); i++) {
		struct air_vector_packet packet = {.dst = 0xffffffff, .len = 1473};
		uint8_t bytes[SHAPE_ROOM];
		struct air_parsed parsed;
		struct provd_frame frame;
		struct shape shape;

		shape_get(i, &shape);
		/* The longer MIC of the other ciphers cannot be told from 8 bytes of data. */
		if (shape.dress.cipher == AIR_CCMP && !shape.dress.mic16)
			packet.len += 8;
		frame = shape_hal(&shape, bytes, shape_frame(&shape, &packet, 7, bytes));
		cr_assert_eq(air_parse(&frame, &parsed), AIR_NOTHING, "shape %zu", i);
	}
}

Test(air_hostile, captured_more_than_there_is, .timeout = 20)
{
	struct air_vector_packet packet = {.dst = 0xffffffff, .len = 100};
	uint8_t bytes[SHAPE_ROOM];
	struct air_parsed parsed;
	struct provd_frame frame;
	struct shape shape;
	size_t len;

	shape_get(0, &shape);
	len = shape_frame(&shape, &packet, 7, bytes);
	frame = shape_hal(&shape, bytes, len);
	frame.captured = SIZE_MAX;
	cr_assert_eq(parse_exact(&frame, bytes, len, &parsed), AIR_DATA);
	cr_assert_eq(parsed.u.data.udp_len, 100);
	frame.len = 3;
	frame.flags = PROVD_FRAME_FCS;
	cr_assert_eq(parse_exact(&frame, bytes, 3, &parsed), AIR_NOTHING);
}

/* A frame of random bytes that is likelier than chance to get past the first tests. */
static size_t random_frame(uint32_t *state, uint8_t *bytes, size_t room)
{
	static const uint8_t first[] = {0x08, 0x88, 0x80, 0x50, 0x00};
	size_t len = air_random(state) % room;

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)air_random(state);
	if (len < 24 || air_random(state) % 8 == 0)
		return len;
	bytes[0] = first[air_random(state) % sizeof(first)];
	bytes[1] = (uint8_t)(air_random(state) & 0xdb);
	bytes[22] &= 0xf0;
	memset(bytes + ((bytes[1] & 3) == 1 ? 16 : 4), 0xff, 6);
	bytes[10] &= 0xfe;
	if (len < 40 || (bytes[0] != 0x80 && bytes[0] != 0x50))
		return len;
	/* A beacon's first element is its name. */
	bytes[1] = 0;
	bytes[16] &= 0xfe;
	bytes[36] = 0;
	bytes[37] &= 0x1f;
	return len;
}

Test(air_hostile, random_frames, .timeout = 60)
{
	uint32_t state = 42;
	size_t data = 0;
	size_t beacons = 0;

	for (int i = 0; i < 300000; i++) {
		uint8_t bytes[400];
		size_t len = random_frame(&state, bytes, sizeof(bytes));
		struct provd_frame frame = {.len = len};
		struct air_parsed parsed;
		int kind;

		frame.flags = air_random(&state) % 4 == 0 ? PROVD_FRAME_FCS : 0;
		kind = parse_exact(&frame, bytes, len, &parsed);
		if (kind == AIR_DATA) {
			data++;
			cr_assert_leq(parsed.u.data.udp_len, 1480);
			cr_assert_lt(parsed.u.data.seq, 4096);
			cr_assert_leq(parsed.u.data.tid, 16);
			cr_assert(parsed.u.data.direction == AIR_TO_AP ||
				  parsed.u.data.direction == AIR_FROM_AP);
		} else if (kind == AIR_BEACON) {
			beacons++;
			cr_assert_leq(parsed.u.bss.ssid_len, PROVD_SSID_MAX);
			cr_assert_leq(parsed.u.bss.security, PROVD_SECURITY_OWE);
		}
	}
	/* Otherwise the test has tested nothing. */
	cr_assert_gt(data, 1000);
	cr_assert_gt(beacons, 30);
}
