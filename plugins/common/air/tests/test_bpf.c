/* SPDX-License-Identifier: Apache-2.0 */
#include "shapes.h"

#include <criterion/criterion.h>

#include <string.h>

/* The machine of a socket filter, as far as the program may need it; 0 is "drop". */
static uint32_t run(const struct air_bpf *program, size_t count, const uint8_t *data, size_t len)
{
	uint32_t a = 0;
	uint32_t x = 0;

	for (size_t pc = 0; pc < count; pc++) {
		const struct air_bpf *op = &program[pc];
		size_t at = (size_t)op->value + (op->code == 0x50 ? x : 0);

		switch (op->code) {
		case 0x30:
		case 0x50:
			if (at >= len)
				return 0;
			a = data[at];
			break;
		case 0x64:
			a <<= op->value;
			break;
		case 0x0c:
			a += x;
			break;
		case 0x54:
			a &= op->value;
			break;
		case 0x07:
			x = a;
			break;
		case 0x05:
			pc += op->value;
			break;
		case 0x15:
			pc += a == op->value ? op->jump_true : op->jump_false;
			break;
		case 0x45:
			pc += (a & op->value) != 0 ? op->jump_true : op->jump_false;
			break;
		case 0x06:
			return op->value;
		default:
			cr_assert_fail("code %02x", op->code);
		}
	}
	cr_assert_fail("ran off the end");
	return 0;
}

/* Puts a radiotap header of some length in front, asks program and parser. */
static int agree(const uint8_t *bytes, size_t len, uint32_t flags, size_t tap)
{
	size_t count;
	const struct air_bpf *program = air_bpf_program(&count);
	uint8_t whole[400 + SHAPE_ROOM] = {0};
	struct provd_frame frame = {.flags = flags, .data = bytes, .len = len};
	struct air_parsed parsed;
	uint32_t kept;

	cr_assert_leq(tap, 400);
	whole[2] = (uint8_t)tap;
	whole[3] = (uint8_t)(tap >> 8);
	memcpy(whole + tap, bytes, len);
	kept = run(program, count, whole, tap + len);
	cr_assert(kept == 0 || kept >= tap + len);
	if (air_parse(&frame, &parsed) != AIR_NOTHING)
		cr_assert_neq(kept, 0, "frame of %zu bytes", len);
	return kept != 0;
}

Test(air_bpf, is_a_valid_program, .timeout = 20)
{
	size_t count;
	const struct air_bpf *program = air_bpf_program(&count);

	cr_assert_leq(count, 4096);
	for (size_t i = 0; i < count; i++) {
		size_t jump = program[i].code == 0x05 ? program[i].value : program[i].jump_true;

		cr_assert_lt(i + jump + (program[i].code != 0x06), count);
		cr_assert_lt(i + program[i].jump_false, count);
	}
	cr_assert_eq(program[count - 1].code, 0x06);
}

Test(air_bpf, lets_every_shape_through, .timeout = 20)
{
	struct air_vector_packet packet = {.dst = 0xffffffff, .len = 300};

	for (size_t i = 0; i < shape_count(); i++) {
		uint8_t bytes[SHAPE_ROOM];
		struct shape shape;
		size_t len;

		shape_get(i, &shape);
		for (int k = 0; k < 3; k++) {
			packet.dst = k == 0 ? 0xffffffff : k == 1 ? 234U << 24 : 0xc0a801ff;
			packet.retry = (uint32_t)k;
			len = shape_frame(&shape, &packet, 5, bytes);
			cr_assert(agree(bytes, len, shape.dress.fcs ? PROVD_FRAME_FCS : 0, 8));
			cr_assert(agree(bytes, len, shape.dress.fcs ? PROVD_FRAME_FCS : 0, 300));
		}
	}
}

Test(air_bpf, drops_what_is_not_wanted, .timeout = 20)
{
	struct air_vector_packet packet = {.dst = 0xffffffff, .len = 300};
	uint8_t bytes[SHAPE_ROOM];
	struct shape shape;
	size_t len;

	for (size_t i = 0; i < 2; i++) {
		static const struct {
			size_t at;
			uint8_t value;
		} bad[] = {{0, 0x48}, {0, 0xd0}, {0, 0xb4}, {1, 0x03},
			   {1, 0x00}, {1, 0x07}, {22, 0x51}};

		shape_get(i, &shape);
		len = shape_frame(&shape, &packet, 5, bytes);
		for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
			uint8_t before = bytes[bad[k].at];

			bytes[bad[k].at] = bad[k].value;
			cr_assert_not(agree(bytes, len, 0, 36), "%zu", k);
			bytes[bad[k].at] = before;
		}
		bytes[i == 0 ? 16 : 4] = 0x02;
		cr_assert_not(agree(bytes, len, 0, 36));
	}
	cr_assert_not(agree(bytes, 0, 0, 36));
}

Test(air_bpf, never_stricter_on_random_frames, .timeout = 60)
{
	static const uint8_t first[] = {0x08, 0x88, 0x80, 0x50, 0x00, 0xff};
	uint32_t state = 4711;
	size_t kept = 0;

	for (int i = 0; i < 200000; i++) {
		uint8_t bytes[200];
		size_t len = air_random(&state) % sizeof(bytes);

		for (size_t k = 0; k < len; k++)
			bytes[k] = (uint8_t)air_random(&state);
		if (len >= 24) {
			bytes[0] = first[air_random(&state) % sizeof(first)];
			bytes[22] &= air_random(&state) % 4 == 0 ? 0xff : 0xf0;
			memset(bytes + (air_random(&state) % 2 == 0 ? 4 : 16), 0xff, 6);
		}
		kept += (size_t)agree(bytes, len, 0, 8 + air_random(&state) % 64);
	}
	cr_assert_gt(kept, 1000);
	cr_assert_lt(kept, 150000);
}
