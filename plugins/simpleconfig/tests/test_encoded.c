/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles made at random, in all codings: there and back, with losses, with wrong keys. */
#include "air_vector.h"
#include "codec/simpleconfig.h"
#include "encoder.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(encoded, .timeout = 60);

#define ROUNDS_MAX 25

/*
 * Half of the SSIDs are text, the others any bytes. (Any bytes on an open network, without padding,
 * are not told from noise in the broadcast forms.)
 */
static void make_profile(uint32_t *random, enum encoder_coding coding, struct encoder_profile *out)
{
	uint32_t choice = air_random(random);

	memset(out, 0, sizeof(*out));
	out->coding = coding;
	out->ssid_len = air_random(random) % 33;
	if (choice % 4 != 0)
		out->passphrase_len = 8 + air_random(random) % 57;
	/* two blocks are the least the library's wrap takes */
	if (out->ssid_len + out->passphrase_len < 12)
		out->ssid_len = 12;
	for (size_t i = 0; i < 6; i++)
		out->sa[i] = (uint8_t)air_random(random);
	for (size_t i = 0; i < 4; i++)
		out->rand[i] = (uint8_t)air_random(random);
	for (size_t i = 0; i < out->ssid_len; i++)
		out->ssid[i] = (uint8_t)(choice & 16 && out->passphrase_len > 0
						 ? air_random(random)
						 : 0x20 + air_random(random) % 95);
	for (size_t i = 0; i < out->passphrase_len; i++)
		out->passphrase[i] = (uint8_t)(0x20 + air_random(random) % 95);
	memcpy(out->ip, "\xc0\xa8\x01\x21", 4);
}

static void check(const struct encoder_profile *profile, const struct air_result *result)
{
	cr_assert_eq(result->ssid_len, profile->ssid_len);
	cr_assert_arr_eq(result->ssid, profile->ssid, profile->ssid_len);
	cr_assert_eq(result->passphrase_len, profile->passphrase_len);
	cr_assert_arr_eq(result->passphrase, profile->passphrase, profile->passphrase_len);
	cr_assert_arr_eq(result->phone_ip, profile->ip, 4);
}

/* Returns the rounds that were needed, 0: not within ROUNDS_MAX. */
static size_t run(const struct encoder_profile *profile, const struct simpleconfig_policy *policy,
		  uint32_t loss_percent, uint32_t *random)
{
	struct simpleconfig *state = malloc(simpleconfig_size());
	struct encoder_round *round = malloc(sizeof(*round));
	size_t rounds = 0;

	cr_assert(state && round);
	encoder_run(profile, round);
	simpleconfig_init(state, policy);
	for (size_t i = 0; i < ROUNDS_MAX * round->count && !rounds; i++) {
		struct air_symbol symbol;
		struct air_result result;

		encoder_symbol(profile, round, i, &symbol);
		if (air_random(random) % 100 < loss_percent)
			continue;
		if (!simpleconfig_push(state, &symbol, &result))
			continue;
		check(profile, &result);
		rounds = i / round->count + 1;
	}
	simpleconfig_finish(state);
	free(round);
	free(state);
	return rounds;
}

static void there_and_back(enum encoder_coding coding, uint32_t loss_percent, size_t trials)
{
	uint32_t random = 12345 + loss_percent;
	size_t later = 0;

	for (size_t i = 0; i < trials; i++) {
		struct encoder_profile profile;
		size_t rounds;

		make_profile(&random, coding, &profile);
		rounds = run(&profile, NULL, loss_percent, &random);
		cr_assert_neq(rounds, 0, "coding %d, trial %zu: SSID %zu, passphrase %zu",
			      (int)coding, i, profile.ssid_len, profile.passphrase_len);
		later += rounds > (loss_percent ? 8 : 1);
	}
	fprintf(stderr, "coding %d, loss %u %%: %zu of %zu need more than %d\n", (int)coding,
		loss_percent, later, trials, loss_percent ? 8 : 1);
	/* with little evidence a second round is waited for */
	cr_expect_leq(later, trials / 8);
}

Test(encoded, multicast)
{
	there_and_back(ENCODE_MULTICAST, 0, 150);
	there_and_back(ENCODE_MULTICAST, 10, 100);
	there_and_back(ENCODE_MULTICAST, 30, 100);
}

Test(encoded, groups_of_nibbles)
{
	there_and_back(ENCODE_NIBBLES, 0, 150);
	there_and_back(ENCODE_NIBBLES, 10, 100);
	there_and_back(ENCODE_NIBBLES, 30, 100);
}

Test(encoded, newer_forms)
{
	there_and_back(ENCODE_NEWER, 0, 150);
	there_and_back(ENCODE_NEWER, 10, 100);
	there_and_back(ENCODE_NEWER, 30, 60);
}

/* The key is another one: what comes out of the cipher is random, and must be told from a profile. */
Test(encoded, wrong_key_gives_nothing)
{
	static const struct simpleconfig_policy policy = {.pin = "00000001", .pin_len = 8};
	uint32_t random = 99;

	for (int i = 0; i < 40; i++) {
		struct encoder_profile profile;

		make_profile(&random, (enum encoder_coding)(i % 3), &profile);
		profile.pin = (const uint8_t *)"11223344";
		profile.pin_len = 8;
		cr_assert_eq(run(&profile, NULL, 5, &random), 0);
		cr_assert_eq(run(&profile, &policy, 0, &random), 0);
	}
}

/* A long PIN, and one that is filled up. */
Test(encoded, pins)
{
	struct simpleconfig_policy policy = {.pin_len = SIMPLECONFIG_PIN_MAX};
	struct encoder_profile profile;
	uint32_t random = 7;

	memset(policy.pin, 'x', sizeof(policy.pin));
	for (int i = 0; i < 3; i++) {
		make_profile(&random, (enum encoder_coding)i, &profile);
		profile.pin = policy.pin;
		profile.pin_len = policy.pin_len;
		cr_assert_neq(run(&profile, &policy, 0, &random), 0);
		profile.pin = (const uint8_t *)"xxx00000";
		profile.pin_len = 8;
		policy.pin_len = 3;
		cr_assert_neq(run(&profile, &policy, 0, &random), 0);
		policy.pin_len = SIMPLECONFIG_PIN_MAX;
	}
}
