/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/rs.h"

#include <provd/error.h>

#include <string.h>

#define POLYNOMIAL 0x11du
#define WORD	   SIMPLECONFIG_RS_WORD
#define PARITY	   SIMPLECONFIG_RS_PARITY

static uint8_t multiply(uint8_t a, uint8_t b)
{
	unsigned int sum = 0;
	unsigned int x = a;

	for (unsigned int bits = b; bits; bits >>= 1) {
		if (bits & 1u)
			sum ^= x;
		x <<= 1;
		if (x & 0x100u)
			x ^= POLYNOMIAL;
	}
	return (uint8_t)sum;
}

static uint8_t power(uint8_t base, unsigned int exponent)
{
	uint8_t result = 1;

	for (unsigned int i = 0; i < exponent; i++)
		result = multiply(result, base);
	return result;
}

/* x^254: every element but 0 has it as its inverse. */
static uint8_t inverse(uint8_t x)
{
	uint8_t result = 1;

	for (unsigned int i = 0; i < 7; i++) {
		x = multiply(x, x);
		result = multiply(result, x);
	}
	return result;
}

void simpleconfig_rs_encode(const uint8_t *data, uint8_t *out_parity)
{
	uint8_t generator[PARITY + 1] = {1}; /* highest power first */
	uint8_t rest[PARITY] = {0};

	for (unsigned int root = 1; root <= PARITY; root++)
		for (unsigned int i = root; i > 0; i--)
			generator[i] ^= multiply(generator[i - 1], power(2, root));
	for (size_t i = 0; i < SIMPLECONFIG_RS_DATA; i++) {
		uint8_t lead = data[i] ^ rest[0];

		for (size_t k = 0; k < PARITY; k++)
			rest[k] = (k + 1 < PARITY ? rest[k + 1] : 0) ^
				  multiply(lead, generator[k + 1]);
	}
	memcpy(out_parity, rest, PARITY);
}

/* The word at alpha^1 to alpha^4: all zero for a word of the code. */
static void syndromes(const uint8_t *word, uint8_t *out)
{
	for (unsigned int j = 0; j < PARITY; j++) {
		uint8_t root = power(2, j + 1);
		uint8_t sum = 0;

		for (size_t i = 0; i < WORD; i++)
			sum = multiply(sum, root) ^ word[i];
		out[j] = sum;
	}
}

/* Four equations in `count` unknown differences and a right side. */
struct equations {
	uint8_t row[PARITY][PARITY + 1];
	size_t count;
};

static void set_up(struct equations *eq, const uint8_t *sums, const size_t *places, size_t count)
{
	eq->count = count;
	for (size_t i = 0; i < count; i++) {
		uint8_t locator = power(2, (unsigned int)(WORD - 1 - places[i]));
		uint8_t value = 1;

		for (size_t j = 0; j < PARITY; j++) {
			value = multiply(value, locator);
			eq->row[j][i] = value;
		}
	}
	for (size_t j = 0; j < PARITY; j++)
		eq->row[j][count] = sums[j];
}

/* Gauss and Jordan. The first `count` rows are independent: a Vandermonde matrix. */
static int solve(struct equations *eq)
{
	for (size_t k = 0; k < eq->count; k++) {
		uint8_t pivot = eq->row[k][k];

		if (!pivot)
			return PROVD_E_CORRUPT;
		pivot = inverse(pivot);
		for (size_t c = k; c <= eq->count; c++)
			eq->row[k][c] = multiply(eq->row[k][c], pivot);
		for (size_t r = 0; r < PARITY; r++) {
			uint8_t factor = r == k ? 0 : eq->row[r][k];

			for (size_t c = k; c <= eq->count; c++)
				eq->row[r][c] ^= multiply(factor, eq->row[k][c]);
		}
	}
	for (size_t r = eq->count; r < PARITY; r++)
		if (eq->row[r][eq->count])
			return PROVD_E_CORRUPT;
	return 0;
}

/* Assumes that nothing but `places` is wrong. */
static int mend(uint8_t *word, const uint8_t *sums, const size_t *places, size_t count)
{
	struct equations eq;
	uint8_t copy[WORD];

	set_up(&eq, sums, places, count);
	if (solve(&eq))
		return PROVD_E_CORRUPT;
	memcpy(copy, word, WORD);
	for (size_t i = 0; i < count; i++)
		copy[places[i]] ^= eq.row[i][count];
	for (size_t i = 0; i < SIMPLECONFIG_RS_DATA; i++)
		if (copy[i] > 15)
			return PROVD_E_CORRUPT;
	memcpy(word, copy, WORD);
	return (int)count;
}

static int mend_one_more(uint8_t *word, const uint8_t *sums, size_t *places, size_t count)
{
	int ret = PROVD_E_CORRUPT;

	for (size_t p = 0; p < WORD && ret < 0; p++) {
		places[count] = p;
		ret = mend(word, sums, places, count + 1);
	}
	return ret;
}

static int mend_pair(uint8_t *word, const uint8_t *sums, size_t *places)
{
	int ret = PROVD_E_CORRUPT;

	for (size_t p = 0; p + 1 < WORD && ret < 0; p++)
		for (size_t q = p + 1; q < WORD && ret < 0; q++) {
			places[0] = p;
			places[1] = q;
			ret = mend(word, sums, places, 2);
		}
	return ret;
}

int simpleconfig_rs_decode(uint8_t *word, uint32_t erased)
{
	uint8_t sums[PARITY];
	size_t places[PARITY];
	size_t count = 0;
	int ret;

	for (size_t i = 0; i < WORD; i++) {
		if (!(erased & (1u << i)))
			continue;
		if (count == PARITY)
			return PROVD_E_CORRUPT;
		places[count++] = i;
	}
	syndromes(word, sums);
	ret = mend(word, sums, places, count);
	if (ret < 0 && count <= 2)
		ret = mend_one_more(word, sums, places, count);
	if (ret < 0 && count == 0)
		ret = mend_pair(word, sums, places);
	return ret;
}
