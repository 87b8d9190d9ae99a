/* SPDX-License-Identifier: Apache-2.0 */
/* Every recording, its datagrams taken for symbols: values, PINs, overheads, progress. */
#include "sender.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdlib.h>
#include <string.h>

TestSuite(vectors, .timeout = 30);

struct recording {
	char name[48];
	char variant[16];
	size_t within; /* datagrams */
	uint32_t flags;
};

static struct recording recordings[] = {
	{"simpleconfig_p2_default_pin.json", "simpleconfig1", 49, 0},
	{"simpleconfig_p2_open_network.json", "simpleconfig1", 41, 0},
	{"simpleconfig_p2_max_profile.json", "simpleconfig1", 129, 0},
	{"simpleconfig_p3_user_pin.json", "simpleconfig1", 49, SIMPLECONFIG_OWN_PIN},
	{"simpleconfig_mini_program.json", "simpleconfig1", 147, SIMPLECONFIG_PLACEHOLDER},
	{"simpleconfig_mini_program_open.json", "simpleconfig1", 147, SIMPLECONFIG_PLACEHOLDER},
	{"simpleconfig_v2_short.json", "simpleconfig2", 64, 0},
	{"simpleconfig_v2_one_group.json", "simpleconfig2", 80, 0},
	{"simpleconfig_v3_short_form.json", "simpleconfig2", 80, 0},
	{"simpleconfig_v3_3bit_32.json", "simpleconfig3", 236, 0},
	{"simpleconfig_v3_rs.json", "simpleconfig3", 756, 0},
};

ParameterizedTestParameters(vectors, decodes)
{
	return cr_make_param_array(struct recording, recordings,
				   sizeof(recordings) / sizeof(recordings[0]));
}

ParameterizedTest(struct recording *recording, vectors, decodes)
{
	static const struct weather weathers[] = {
		{.seed = 1},
		{.seed = 1, .direction = AIR_FROM_AP},
		{.seed = 1, .mic16 = 1},
	};
	struct sender sender;

	sender_open(&sender, recording->name);
	for (size_t i = 0; i < sizeof(weathers) / sizeof(weathers[0]); i++) {
		struct simpleconfig *state = malloc(simpleconfig_size());
		struct air_result result;

		cr_assert_not_null(state);
		simpleconfig_init(state, &sender.policy);
		cr_assert_eq(sender_run(&sender, &weathers[i], sender.round_us, state, &result), 1,
			     "%s, %zu", recording->name, i);
		sender_check(&sender, &result);
		cr_assert_str_eq(result.variant, recording->variant);
		cr_assert_leq(result.frames, recording->within);
		cr_assert_eq(result.flags & ~(uint32_t)SIMPLECONFIG_REPAIRED, recording->flags);
		simpleconfig_finish(state);
		free(state);
	}
	sender_close(&sender);
}

/* An overhead that is in no table, for instance of a header field nobody has told us of. */
ParameterizedTestParameters(vectors, learns_overhead)
{
	/* the last one, of blocks, cannot be learned: its values leave the overhead open */
	return cr_make_param_array(struct recording, recordings,
				   sizeof(recordings) / sizeof(recordings[0]) - 1);
}

ParameterizedTest(struct recording *recording, vectors, learns_overhead)
{
	static const int32_t extras[] = {-12, -4, 2, 4, 12, 20, 30};
	struct sender sender;

	sender_open(&sender, recording->name);
	for (size_t i = 0; i < sizeof(extras) / sizeof(extras[0]); i++) {
		struct weather weather = {.seed = 1, .extra = extras[i]};
		struct simpleconfig *state = malloc(simpleconfig_size());
		struct air_result result;

		cr_assert_not_null(state);
		simpleconfig_init(state, &sender.policy);
		cr_assert_eq(sender_run(&sender, &weather, 3 * sender.round_us, state, &result), 1,
			     "%s, %d", recording->name, extras[i]);
		sender_check(&sender, &result);
		simpleconfig_finish(state);
		free(state);
	}
	sender_close(&sender);
}

static int run_with(const char *name, const struct simpleconfig_policy *policy,
		    struct air_result *result)
{
	static const struct weather calm = {.seed = 1};
	struct simpleconfig *state = malloc(simpleconfig_size());
	struct sender sender;
	int found;

	cr_assert_not_null(state);
	sender_open(&sender, name);
	simpleconfig_init(state, policy);
	found = sender_run(&sender, &calm, 5 * sender.round_us, state, result);
	simpleconfig_finish(state);
	sender_close(&sender);
	free(state);
	return found;
}

Test(vectors, policy_decides_about_pins)
{
	struct simpleconfig_policy own = {.pin = "12345670", .pin_len = 8};
	struct simpleconfig_policy other = {.pin = "12345671", .pin_len = 8};
	struct air_result result;

	/* with a PIN of its own the device does not take what everybody can make */
	cr_expect_eq(run_with("simpleconfig_p2_default_pin.json", &own, &result), 0);
	cr_expect_eq(run_with("simpleconfig_v2_one_group.json", &own, &result), 0);
	cr_expect_eq(run_with("simpleconfig_v3_rs.json", &own, &result), 0);
	cr_expect_eq(run_with("simpleconfig_p3_user_pin.json", &other, &result), 0);
	cr_expect_eq(run_with("simpleconfig_p3_user_pin.json", NULL, &result), 0);
	own.allow_default = 1;
	cr_expect_eq(run_with("simpleconfig_p2_default_pin.json", &own, &result), 1);
	cr_expect_eq(run_with("simpleconfig_v2_one_group.json", &own, &result), 1);
	cr_expect_eq(run_with("simpleconfig_p3_user_pin.json", &own, &result), 1);
}

Test(vectors, progress_and_repeated_results)
{
	struct simpleconfig *state = malloc(simpleconfig_size());
	struct air_result result;
	struct air_symbol symbol;
	struct sender sender;
	uint8_t sa[6] = {0};
	size_t results = 0;

	cr_assert_not_null(state);
	cr_assert_leq(simpleconfig_size(), SIMPLECONFIG_SIZE_MAX);
	sender_open(&sender, "simpleconfig_p2_default_pin.json");
	simpleconfig_init(state, NULL);
	cr_expect_eq(simpleconfig_progress(state, 0, sa), AIR_IDLE);
	for (size_t i = 0; i < 4 * sender.round; i++) {
		sender_symbol(&sender, i, &symbol);
		results += (size_t)simpleconfig_push(state, &symbol, &result);
		if (i == 0)
			cr_expect_eq(simpleconfig_progress(state, symbol.time_us, sa),
				     AIR_CANDIDATE);
		if (i == 2)
			cr_expect_eq(simpleconfig_progress(state, symbol.time_us, sa), AIR_LOCKED);
	}
	cr_expect_arr_eq(sa, sender.sa, 6);
	/* the phone goes on: so do the results */
	cr_expect_geq(results, 3);
	cr_expect_eq(simpleconfig_progress(state, symbol.time_us + 6000000, NULL), AIR_IDLE);
	sender_close(&sender);
	free(state);
}
