/* SPDX-License-Identifier: Apache-2.0 */
/* The Reed-Solomon code: simpleconfig.md 5. Its recording is decoded in test_vectors.c. */
#include "codec/rs.h"

#include <criterion/criterion.h>
#include <provd/error.h>
#include <string.h>

#define WORD SIMPLECONFIG_RS_WORD

TestSuite(rs, .timeout = 30);

static uint32_t next(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static void make(uint32_t *random, uint8_t *word)
{
	for (size_t i = 0; i < SIMPLECONFIG_RS_DATA; i++)
		word[i] = next(random) & 15;
	simpleconfig_rs_encode(word, word + SIMPLECONFIG_RS_DATA);
}

/* Damages `erasures` known and `errors` unknown places, all different. */
static uint32_t damage(uint32_t *random, uint8_t *word, size_t erasures, size_t errors)
{
	uint32_t touched = 0;
	uint32_t erased = 0;

	for (size_t done = 0; done < erasures + errors;) {
		uint32_t at = next(random) % WORD;

		if (touched & (1u << at))
			continue;
		touched |= 1u << at;
		if (done < erasures)
			erased |= 1u << at;
		word[at] ^= (uint8_t)(1 + next(random) % (at < SIMPLECONFIG_RS_DATA ? 15 : 255));
		done++;
	}
	return erased;
}

Test(rs, mends_what_it_can)
{
	static const size_t cases[][2] = {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0},
					  {0, 1}, {1, 1}, {2, 1}, {0, 2}};
	uint32_t random = 1;

	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		for (int i = 0; i < 200; i++) {
			uint8_t sent[WORD];
			uint8_t word[WORD];
			uint32_t erased;

			make(&random, sent);
			memcpy(word, sent, WORD);
			erased = damage(&random, word, cases[c][0], cases[c][1]);
			cr_assert_geq(simpleconfig_rs_decode(word, erased), 0,
				      "%zu erased, %zu wrong", cases[c][0], cases[c][1]);
			cr_assert_arr_eq(word, sent, WORD);
		}
	}
}

Test(rs, refuses_the_rest)
{
	uint32_t random = 2;
	int wrong = 0;

	for (int i = 0; i < 300; i++) {
		uint8_t word[WORD];
		uint8_t copy[WORD];

		make(&random, word);
		cr_assert_eq(simpleconfig_rs_decode(word, 0x1f), PROVD_E_CORRUPT, "five erased");
		(void)damage(&random, word, 0, 3);
		memcpy(copy, word, WORD);
		if (simpleconfig_rs_decode(word, 0) < 0)
			cr_assert_arr_eq(word, copy, WORD);
		else
			wrong++;
	}
	/* three wrong ones are beyond the code: few look like two */
	cr_assert_lt(wrong, 60);
}
