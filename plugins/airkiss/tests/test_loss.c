/* SPDX-License-Identifier: Apache-2.0 */
/* Frames are lost, and strangers' frames count in the sequence numbers (smartconfig.md 5.3). */
#include "air_vector.h"
#include "sender.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define TRIALS 41

struct outcome {
	unsigned right;
	unsigned wrong;
	uint64_t median_us;
};

static int by_time(const void *a, const void *b)
{
	const uint64_t *x = a;
	const uint64_t *y = b;

	return *x < *y ? -1 : *x > *y;
}

static struct outcome run(enum sender_kind kind, size_t ssid_len, size_t pass_len,
			  const struct trial *trial, unsigned trials)
{
	struct sent *sent = malloc(sizeof(*sent));
	uint64_t *times = calloc(trials, sizeof(*times));
	struct outcome outcome = {0};
	uint32_t seed = 20260101U + trial->loss;

	cr_assert_not_null(sent);
	cr_assert_not_null(times);
	for (unsigned i = 0; i < trials; i++) {
		struct credentials credentials;
		enum verdict verdict;

		make_credentials(&credentials, ssid_len, pass_len, &seed);
		make_sent(sent, kind, &credentials, kind == SENDER_WECHAT ? 6 : 4);
		times[i] = UINT64_MAX;
		verdict = run_trial(sent, &credentials, trial, &seed, &times[i]);
		outcome.right += verdict == VERDICT_RIGHT;
		outcome.wrong += verdict == VERDICT_WRONG;
	}
	qsort(times, trials, sizeof(*times), by_time);
	outcome.median_us = times[trials / 2];
	free(times);
	free(sent);
	return outcome;
}

static void expect(enum sender_kind kind, size_t pass_len, size_t ssid_len, unsigned loss,
		   uint64_t limit_ms)
{
	struct trial trial = {.loss = loss, .foreign = 3, .base = 1};
	struct outcome outcome = run(kind, ssid_len, pass_len, &trial, TRIALS);

	cr_expect_eq(outcome.wrong, 0, "%zu+%zu, %u %%: %u wrong", pass_len, ssid_len, loss,
		     outcome.wrong);
	cr_expect_eq(outcome.right, TRIALS, "%zu+%zu, %u %%: %u right", pass_len, ssid_len, loss,
		     outcome.right);
	cr_expect_leq(outcome.median_us, limit_ms * 1000, "%zu+%zu, %u %%: %u ms", pass_len,
		      ssid_len, loss, (unsigned)(outcome.median_us / 1000));
}

Test(airkiss_loss, short_guide, .timeout = 60)
{
	expect(SENDER_JAVA, 8, 8, 5, 1500);
	expect(SENDER_JAVA, 16, 12, 5, 1600);
	expect(SENDER_JAVA, 63, 32, 5, 3000);
}

Test(airkiss_loss, long_guide, .timeout = 60)
{
	expect(SENDER_WECHAT, 8, 8, 5, 3100);
	expect(SENDER_WECHAT, 16, 12, 5, 3250);
	expect(SENDER_WECHAT, 63, 32, 5, 4500);
}

/* The best lines of smartconfig.md 5.3, with what few trials may be off. */
Test(airkiss_loss, best_lines, .timeout = 60)
{
	static const uint16_t limits[2][7] = {{3000, 3200, 3350, 3450, 3900, 4200, 4800},
					      {3300, 4100, 4700, 5400, 6100, 10400, 16900}};

	for (unsigned i = 0; i < 7; i++) {
		expect(SENDER_WECHAT, 11, 10, 10 * i, limits[0][i]);
		expect(SENDER_WECHAT, 32, 32, 10 * i, limits[1][i]);
	}
}

/* Many strangers between the phone's frames, and two networks that share a counter. */
Test(airkiss_loss, strangers, .timeout = 60)
{
	for (unsigned base = 1; base <= 2; base++) {
		struct trial trial = {.loss = 20, .foreign = 12, .base = base, .start_ms = 3300};
		struct outcome outcome = run(SENDER_WECHAT, 10, 11, &trial, TRIALS);

		cr_expect_eq(outcome.wrong, 0);
		cr_expect_eq(outcome.right, TRIALS, "base %u: %u", base, outcome.right);
	}
}
