/* SPDX-License-Identifier: Apache-2.0 */
/* Losses, foreign frames and noise; small counts of what tests/bench does at length. */
#include "esptouch1_util.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIALS 60

struct row {
	size_t ssid_len;
	size_t passphrase_len;
	uint32_t loss;
	uint32_t part; /* per cent that must be decoded within 45 s */
	int median_ms; /* at most */
};

static int compare(const void *a, const void *b)
{
	int x = *(const int *)a;
	int y = *(const int *)b;

	return (x > y) - (x < y);
}

static int trials(void)
{
	const char *text = getenv("ESPTOUCH1_TRIALS");
	int count = text != NULL ? (int)strtol(text, NULL, 10) : TRIALS;

	return count < TRIALS ? TRIALS : count;
}

static void check_row(const struct row *row, const struct air *plain, enum et1_sender kind,
		      int multicast)
{
	int count = trials();
	int *times = calloc((size_t)count, sizeof(*times));
	uint32_t random = 0x1234567u + row->loss * 77 + (uint32_t)row->ssid_len;
	struct esptouch1 *decoder = decoder_new();
	int decoded = 0;
	int wrong = 0;

	cr_assert_not_null(times);
	for (int n = 0; n < count; n++) {
		struct sender sender = {.kind = kind, .multicast = multicast};
		struct air air = *plain;
		struct air_result result;

		air.loss = row->loss;
		esptouch1_init(decoder);
		sender_random(&sender, &random, row->ssid_len, row->passphrase_len);
		times[n] = sender_run(&sender, &air, &random, decoder, &result);
		if (times[n] < 0) {
			times[n] = 45000;
			continue;
		}
		decoded++;
		if (!result_fits(&sender, &result))
			wrong++;
	}
	qsort(times, (size_t)count, sizeof(*times), compare);
	printf("v1 %zu+%zu loss %u: %d of %d, %d wrong, median %d ms, 95%% %d ms\n", row->ssid_len,
	       row->passphrase_len, row->loss, decoded, count, wrong, times[count / 2],
	       times[count * 95 / 100]);
	cr_expect_eq(wrong, 0);
	cr_expect_geq((uint32_t)decoded * 100, row->part * (uint32_t)count);
	cr_expect_leq(times[count / 2], row->median_ms);
	decoder_free(decoder);
	free(times);
}

/* The best lines of smartconfig.md 5.3 (in tenths of a second), and the median at 5 % loss. */
Test(esptouch1_loss, table, .timeout = 120)
{
	static const struct row rows[] = {
		{8, 8, 50, 100, 3500},	   {10, 11, 0, 100, 2900},    {10, 11, 100, 100, 4000},
		{10, 11, 200, 100, 4700},  {10, 11, 300, 100, 5900},  {10, 11, 400, 100, 9200},
		{10, 11, 500, 100, 11500}, {10, 11, 600, 98, 17800},  {32, 63, 0, 100, 4649},
		{32, 63, 100, 100, 11300}, {32, 63, 200, 100, 16100}, {32, 63, 300, 98, 22300},
		{32, 63, 400, 97, 29500},  {32, 63, 500, 80, 38800},  {32, 63, 600, 2, 39900},
	};
	const struct air air = {.foreign = 35};

	for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++)
		check_row(&rows[n], &air, SENDER_ANDROID, 0);
}

Test(esptouch1_loss, other_senders, .timeout = 120)
{
	static const struct row row = {16, 12, 200, 100, 9000};
	const struct air air = {.foreign = 35};

	check_row(&row, &air, SENDER_GO, 0);
	check_row(&row, &air, SENDER_PYTHON, 0);
	check_row(&row, &air, SENDER_NO_TAIL, 0);
	check_row(&row, &air, SENDER_GO, 1);
}

/* Datagrams of the phone's other programs between: nothing wrong may come of them. */
Test(esptouch1_loss, heard_foreign_frames, .timeout = 120)
{
	static const struct row row = {16, 12, 200, 97, 12000};
	const struct air air = {.foreign = 60, .heard = 700};
	const struct air relayed = {.foreign = 200};

	check_row(&row, &air, SENDER_ANDROID, 0);
	check_row(&row, &relayed, SENDER_ANDROID, 0);
}

Test(esptouch1_loss, overhead_is_learned, .timeout = 120)
{
	static const struct row row = {8, 8, 50, 100, 3500};
	const struct air mic16 = {.shift = 8, .len2 = -8};
	const struct air trimmed = {.shift = -4};

	check_row(&row, &mic16, SENDER_ANDROID, 0);
	check_row(&row, &trimmed, SENDER_ANDROID, 0);
}

/* Random lengths from a few phones, all of them in the classes of this protocol. */
Test(esptouch1_loss, noise, .timeout = 120)
{
	struct esptouch1 *decoder = decoder_new();
	struct air_symbol symbol = {.direction = AIR_TO_AP, .len2 = -1};
	uint32_t random = 99;
	size_t results = 0;

	memset(symbol.da, 0xFF, 6);
	for (size_t n = 0; n < 1000000; n++) {
		struct air_result result;
		uint32_t word = air_random(&random) >> 4;

		symbol.sa[5] = (uint8_t)(word % 3);
		symbol.stream = word % 3;
		symbol.len = 40 + (int32_t)((word >> 8) % 384);
		symbol.position += 1;
		symbol.time_us += 200;
		results += (size_t)esptouch1_push(decoder, &symbol, NULL, &result);
	}
	cr_assert_eq(results, 0);
	cr_assert_eq(esptouch1_progress(decoder, NULL), AIR_IDLE);
	decoder_free(decoder);
}
