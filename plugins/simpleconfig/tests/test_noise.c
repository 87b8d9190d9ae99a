/* SPDX-License-Identifier: Apache-2.0 */
/* What is not the protocol, or not cleanly so: nothing wrong may come of it. */
#include "sender.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

TestSuite(noise, .timeout = 60);

/* Frames that look like packets as often as they can: right checksums, right lengths. */
static void make_random(uint32_t *random, uint32_t kind, struct air_symbol *out)
{
	memset(out, 0, sizeof(*out));
	out->stream = air_random(random) % 4;
	out->epoch = 1;
	out->direction = AIR_TO_AP;
	out->sa[5] = (uint8_t)out->stream;
	out->len2 = -1;
	out->len = (int32_t)(air_random(random) % 1200);
	memset(out->da, 0xff, 6);
	if (kind == 0 || kind == 3)
		return;
	out->da[0] = 1;
	out->da[1] = 0;
	out->da[2] = 0x5e;
	out->da[3] = (uint8_t)(air_random(random) % 0x80);
	out->da[5] = (uint8_t)air_random(random);
	out->da[4] = (uint8_t)air_random(random);
	if (kind == 1)
		return;
	out->da[4] = (uint8_t) - (0x5f + out->da[3] + out->da[5]);
	out->len = out->da[3];
}

Test(noise, random_frames)
{
	struct simpleconfig *state = malloc(simpleconfig_size());
	struct air_result result;
	uint32_t random = 77;

	cr_assert_not_null(state);
	simpleconfig_init(state, NULL);
	for (uint32_t i = 0; i < 400000; i++) {
		struct air_symbol symbol;

		make_random(&random, i & 3, &symbol);
		symbol.time_us = 1000ull * i;
		symbol.position = i;
		cr_assert_eq(simpleconfig_push(state, &symbol, &result), 0, "%u", i);
	}
	simpleconfig_finish(state);
	free(state);
}

/* A recording with other traffic of the same phone in between, and packets changed on the way. */
static void disturbed(const char *name, uint32_t noise_percent)
{
	struct simpleconfig *state = malloc(simpleconfig_size());
	struct sender sender;
	size_t results = 0;

	cr_assert_not_null(state);
	sender_open(&sender, name);
	for (uint32_t trial = 1; trial <= 30; trial++) {
		uint32_t random = trial * 2654435761u;
		int64_t position = 0;

		simpleconfig_init(state, &sender.policy);
		for (size_t i = 0; i < 12 * sender.round; i++) {
			struct air_symbol symbol;
			struct air_result result;

			sender_symbol(&sender, i, &symbol);
			if (air_random(&random) % 100 < noise_percent) {
				uint64_t time_us = symbol.time_us;

				make_random(&random, i & 3, &symbol);
				symbol.time_us = time_us;
				symbol.stream = 5;
				memcpy(symbol.sa, sender.sa, 6);
				i--;
			}
			symbol.position = ++position;
			if (!simpleconfig_push(state, &symbol, &result))
				continue;
			sender_check(&sender, &result);
			results++;
			break;
		}
	}
	cr_expect_geq(results, 29, "%s: %zu of 30", name, results);
	sender_close(&sender);
	free(state);
}

Test(noise, other_traffic_of_the_phone)
{
	disturbed("simpleconfig_p2_default_pin.json", 5);
	disturbed("simpleconfig_mini_program.json", 5);
	disturbed("simpleconfig_v2_one_group.json", 5);
	disturbed("simpleconfig_v3_3bit_32.json", 3);
	disturbed("simpleconfig_v3_rs.json", 3);
}

/* The app is started anew with another random value, in the middle of a round. */
Test(noise, sender_started_anew)
{
	struct simpleconfig *state = malloc(simpleconfig_size());
	struct air_result result;
	struct air_symbol symbol;
	struct sender before;
	struct sender after;
	int found = 0;

	cr_assert_not_null(state);
	sender_open(&before, "simpleconfig_p2_open_network.json");
	sender_open(&after, "simpleconfig_p2_default_pin.json");
	simpleconfig_init(state, NULL);
	for (size_t i = 0; i + 4 < before.round; i++) {
		sender_symbol(&before, i, &symbol);
		cr_assert_eq(simpleconfig_push(state, &symbol, &result), 0);
	}
	for (size_t i = 0; i < 2 * after.round && !found; i++) {
		sender_symbol(&after, i, &symbol);
		found = simpleconfig_push(state, &symbol, &result);
	}
	cr_assert_eq(found, 1);
	sender_check(&after, &result);
	cr_assert_lt(result.time_us, 1000000 + 2 * after.round_us);
	sender_close(&before);
	sender_close(&after);
	free(state);
}

/* Many senders that fit once by chance: the one that is heard in earnest keeps its place. */
Test(noise, crowd)
{
	struct simpleconfig *state = malloc(simpleconfig_size());
	struct air_result result;
	struct sender sender;
	uint32_t random = 5;
	int found = 0;

	cr_assert_not_null(state);
	sender_open(&sender, "simpleconfig_p2_default_pin.json");
	simpleconfig_init(state, NULL);
	for (size_t i = 0; i < sender.round && !found; i++) {
		struct air_symbol symbol;

		for (uint32_t k = 0; k < 6; k++) {
			make_random(&random, 2, &symbol);
			symbol.stream = 6 + k;
			symbol.sa[0] = 2;
			symbol.sa[4] = (uint8_t)k;
			symbol.sa[5] = (uint8_t)i;
			symbol.time_us = 1000000 + 2000 * i;
			(void)simpleconfig_push(state, &symbol, &result);
		}
		sender_symbol(&sender, i, &symbol);
		found = simpleconfig_push(state, &symbol, &result);
	}
	cr_assert_eq(found, 1);
	sender_check(&sender, &result);
	sender_close(&sender);
	free(state);
}
