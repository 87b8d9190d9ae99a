/* SPDX-License-Identifier: Apache-2.0 */
/* Losses, small and repeatable. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "air_vector.h"
#include "esptouch2_util.h"

#define TRIALS_MAX 200

static int compare(const void *one, const void *other)
{
	uint64_t a = *(const uint64_t *)one;
	uint64_t b = *(const uint64_t *)other;

	return (a > b) - (a < b);
}

static void random_text(uint8_t *out, size_t len, uint32_t *random)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(33 + air_random(random) % 94);
}

/* Trials that were late; the median of all in ms. A wrong result ends the test. */
static unsigned trials(unsigned count, size_t ssid_len, size_t passphrase_len,
		       const struct e2_air *air, unsigned *out_median_ms)
{
	static struct esptouch2 decoder;
	uint64_t times[TRIALS_MAX];
	uint32_t random = 4711;
	unsigned late = 0;

	for (unsigned i = 0; i < count; i++) {
		struct e2_sender sender;
		struct air_result result;

		e2_text(&sender, "", "", "");
		sender.ssid_len = ssid_len;
		sender.passphrase_len = passphrase_len;
		random_text(sender.ssid, ssid_len, &random);
		random_text(sender.passphrase, passphrase_len, &random);
		esptouch2_init(&decoder, NULL);
		times[i] = e2_run(&decoder, &sender, air, &random, &result);
		cr_assert(times[i] == 0 || e2_is_right(&sender, &result), "trial %u", i);
		if (times[i] == 0)
			times[i] = UINT64_MAX;
		if (times[i] > E2_SLOW_US)
			late++;
	}
	qsort(times, count, sizeof(times[0]), compare);
	*out_median_ms = (unsigned)(times[count / 2] / 1000);
	return late;
}

/* Losses in 1000, and what smartconfig.md 5.3 asks for at most: median in ms, late of 200. */
struct expected {
	unsigned loss;
	unsigned median_ms;
	unsigned late;
};

static void expect(size_t ssid_len, size_t passphrase_len, const struct expected *rows,
		   size_t count)
{
	struct e2_air air = {.steps = 35, .direction = AIR_TO_AP, .sa = {2, 0, 0, 1, 2, 3}};

	for (size_t i = 0; i < count; i++) {
		unsigned median;
		unsigned late;

		air.loss = rows[i].loss;
		late = trials(TRIALS_MAX, ssid_len, passphrase_len, &air, &median);
		cr_expect_leq(median, rows[i].median_ms, "loss %u: %u ms", air.loss, median);
		cr_expect_leq(late, rows[i].late, "loss %u: %u late", air.loss, late);
	}
}

Test(esptouch2_loss, short_credentials, .timeout = 60)
{
	static const struct expected rows[] = {{50, 1500, 0}};

	expect(8, 8, rows, 1);
}

Test(esptouch2_loss, usual_credentials, .timeout = 60)
{
	static const struct expected rows[] = {{0, 850, 0},    {100, 1800, 0}, {200, 2400, 0},
					       {300, 3300, 0}, {400, 4000, 0}, {500, 6100, 0},
					       {600, 9500, 1}};

	expect(10, 11, rows, sizeof(rows) / sizeof(rows[0]));
}

Test(esptouch2_loss, long_credentials, .timeout = 60)
{
	static const struct expected rows[] = {{0, 3000, 0},	{100, 8300, 0},	 {200, 10100, 0},
					       {300, 13300, 0}, {400, 20600, 1}, {500, 25800, 6},
					       {600, 35600, 44}};

	expect(32, 63, rows, sizeof(rows) / sizeof(rows[0]));
}

Test(esptouch2_loss, other_frames_of_the_phone_give_nothing_wrong, .timeout = 60)
{
	struct e2_air air = {.steps = 35, .direction = AIR_TO_AP, .sa = {2, 0, 0, 1, 2, 3}};
	unsigned median;

	for (unsigned foreign = 10; foreign <= 160; foreign *= 4) {
		air.foreign = foreign;
		for (air.loss = 0; air.loss <= 600; air.loss += 300)
			(void)trials(100, 10, 11, &air, &median);
	}
}

/* A relay with as many group frames of others in between. */
Test(esptouch2_loss, busy_access_point, .timeout = 60)
{
	struct e2_air air = {
		.steps = 400, .loss = 100, .direction = AIR_FROM_AP, .sa = {2, 0, 0, 1, 2, 3}};
	unsigned median;

	cr_assert_eq(trials(100, 10, 11, &air, &median), 0);
	cr_assert_leq(median, 3000, "%u", median);
}
