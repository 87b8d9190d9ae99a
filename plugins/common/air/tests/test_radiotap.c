/* SPDX-License-Identifier: Apache-2.0 */
#include "air_vector.h"

#include <criterion/criterion.h>

#include <provd/error.h>

#include <stdlib.h>
#include <string.h>

/* As mac80211 writes it: TSFT, flags, rate, channel, signal, antenna, RX flags, a second word. */
static const uint8_t full[] = {
	0,    0,    42,	  0,	0x2f, 0x48, 0,	  0xa0, 0x20, 0x08,
	0,    0,						 /* version to second word */
	0,    0,    0,	  0,					 /* padding for TSFT */
	1,    2,    3,	  4,	5,    6,    7,	  8,		 /* TSFT */
	0x10, 0x02, 0x85, 0x09, 0xa0, 0x00, 0xd6, 1,	0,    0, /* flags to RX flags */
	0xd6, 1,    0,	  0,	0,    0,    0,	  0,		 /* what the second word names */
	0x08, 0x01,
};

Test(air_radiotap, full_header, .timeout = 20)
{
	struct provd_frame frame = {.time_us = 99};

	cr_assert_eq(air_radiotap(full, sizeof(full), &frame), 0);
	cr_assert_eq(frame.flags, PROVD_FRAME_FCS);
	cr_assert_eq(frame.freq_mhz, 2437);
	cr_assert_eq(frame.signal_dbm, -42);
	cr_assert_eq(frame.time_us, 99);
	cr_assert_eq(frame.captured, 0);
	cr_assert_eq(frame.len, 2);
	cr_assert_eq(frame.data, full + 42);
}

Test(air_radiotap, least_header, .timeout = 20)
{
	static const uint8_t least[] = {0, 0, 8, 0, 0, 0, 0, 0, 0x80};
	struct provd_frame frame = {.flags = 77, .freq_mhz = 5, .signal_dbm = 3};

	cr_assert_eq(air_radiotap(least, sizeof(least), &frame), 0);
	cr_assert_eq(frame.flags, 0);
	cr_assert_eq(frame.freq_mhz, 0);
	cr_assert_eq(frame.signal_dbm, 0);
	cr_assert_eq(frame.len, 1);
}

Test(air_radiotap, bad_frames_are_marked, .timeout = 20)
{
	static const uint8_t bad_fcs[] = {0, 0, 9, 0, 2, 0, 0, 0, 0x40, 0x80};
	static const uint8_t bad_plcp[] = {0, 0, 10, 0, 0, 0x40, 0, 0, 0x02, 0, 0x80};
	static const uint8_t padded[] = {0, 0, 9, 0, 2, 0, 0, 0, 0x20, 0x80};
	struct provd_frame frame = {0};

	cr_assert_eq(air_radiotap(bad_fcs, sizeof(bad_fcs), &frame), 0);
	cr_assert_eq(frame.flags, PROVD_FRAME_BAD_FCS);
	cr_assert_eq(air_radiotap(bad_plcp, sizeof(bad_plcp), &frame), 0);
	cr_assert_eq(frame.flags, PROVD_FRAME_BAD_FCS);
	cr_assert_eq(air_radiotap(padded, sizeof(padded), &frame), PROVD_E_CORRUPT);
}

Test(air_radiotap, truncated_and_malformed, .timeout = 20)
{
	for (size_t len = 0; len < 42; len++) {
		uint8_t *exact = malloc(len != 0 ? len : 1);
		struct provd_frame frame = {.len = 123};

		cr_assert_not_null(exact);
		memcpy(exact, full, len);
		cr_assert_eq(air_radiotap(exact, len, &frame), PROVD_E_CORRUPT);
		/* The header says it is no longer than that: its fields do not fit then. */
		if (len >= 8) {
			exact[2] = (uint8_t)len;
			cr_assert_eq(air_radiotap(exact, len, &frame) == 0, len >= 34, "%zu", len);
		}
		cr_assert(len >= 34 || frame.len == 123);
		free(exact);
	}
}

Test(air_radiotap, random_headers, .timeout = 60)
{
	uint32_t state = 7;
	size_t good = 0;

	for (int i = 0; i < 200000; i++) {
		size_t len = air_random(&state) % 64;
		uint8_t *exact = malloc(len != 0 ? len : 1);
		struct provd_frame frame = {0};

		cr_assert_not_null(exact);
		for (size_t k = 0; k < len; k++)
			exact[k] = (uint8_t)(air_random(&state) >> 8 & air_random(&state));
		if (len >= 4) {
			exact[0] = 0;
			exact[3] = 0;
		}
		if (air_radiotap(exact, len, &frame) == 0) {
			good++;
			cr_assert_eq(frame.data + frame.len, exact + len);
		}
		free(exact);
	}
	cr_assert_gt(good, 1000);
}
