/* SPDX-License-Identifier: Apache-2.0 */
/* Records one behind the other: torn at every offset, flipped at every byte, made to be slow. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "journal/codec.h"

TestSuite(journal_codec, .timeout = 60);

#define RECORDS 12

struct bytes {
	uint8_t data[4096];
	size_t len;
	size_t ends[RECORDS];
};

/* Which records came back, in order. */
struct seen {
	uint32_t numbers[64];
	size_t count;
	uint8_t kinds[64];
};

static void see(void *user, const struct provd_journal_record *record)
{
	struct seen *seen = user;
	char expected[64];

	cr_assert_lt(seen->count, 64);
	(void)snprintf(expected, sizeof(expected), "{\"record\":%u}", (unsigned)record->number);
	cr_assert_eq(record->len, strlen(expected));
	cr_assert_eq(memcmp(record->payload, expected, record->len), 0);
	seen->kinds[seen->count] = record->kind;
	seen->numbers[seen->count++] = record->number;
}

static void make(struct bytes *bytes)
{
	char payload[64];

	bytes->len = 0;
	for (uint32_t i = 0; i < RECORDS; i++) {
		(void)snprintf(payload, sizeof(payload), "{\"record\":%u}", (unsigned)i);
		cr_assert_eq(provd_journal_encode((uint8_t)(i % 5), i, payload, strlen(payload),
						  bytes->data + bytes->len),
			     0);
		bytes->len += strlen(payload) + PROVD_JOURNAL_RECORD_MORE;
		bytes->ends[i] = bytes->len;
	}
}

/* Exactly as many bytes, so that a look beyond is seen. */
static struct provd_journal_found scan(const uint8_t *bytes, size_t len, struct seen *seen)
{
	struct provd_journal_found found;
	uint8_t *copy = malloc(len ? len : 1);

	cr_assert_not_null(copy);
	memcpy(copy, bytes, len);
	memset(seen, 0, sizeof(*seen));
	cr_assert_eq(provd_journal_scan(copy, len, see, seen, &found), 0);
	cr_assert_eq(found.records, seen->count);
	free(copy);
	return found;
}

Test(journal_codec, torn_at_every_offset)
{
	struct bytes bytes;
	struct seen seen;

	make(&bytes);
	for (size_t cut = 0; cut <= bytes.len; cut++) {
		struct provd_journal_found found = scan(bytes.data, cut, &seen);
		size_t whole = 0;

		while (whole < RECORDS && bytes.ends[whole] <= cut)
			whole++;
		cr_assert_eq(seen.count, whole, "cut at %zu", cut);
		cr_assert_eq(found.good, whole ? bytes.ends[whole - 1] : 0);
		cr_assert_eq(found.damaged, found.good < cut);
		for (size_t i = 0; i < whole; i++)
			cr_assert_eq(seen.numbers[i], i);
	}
}

Test(journal_codec, every_bit_flipped_once)
{
	struct bytes bytes;
	struct seen seen;

	make(&bytes);
	for (size_t bit = 0; bit < bytes.len * 8; bit++) {
		struct provd_journal_found found;
		size_t hit = 0;

		bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		while (bytes.ends[hit] <= bit / 8)
			hit++;
		found = scan(bytes.data, bytes.len, &seen);
		bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cr_assert_eq(seen.count, RECORDS - 1, "bit %zu", bit);
		cr_assert_eq(found.damaged, 1);
		for (size_t i = 0; i < RECORDS - 1; i++)
			cr_assert_eq(seen.numbers[i], i < hit ? i : i + 1, "bit %zu", bit);
	}
}

Test(journal_codec, bytes_lost_or_put_in_between)
{
	struct bytes bytes;
	struct seen seen;
	uint8_t other[8192];

	make(&bytes);
	for (size_t at = 0; at < bytes.len; at++) {
		size_t len = bytes.len - at - 1;

		memcpy(other, bytes.data, at);
		memcpy(other + at, bytes.data + at + 1, len);
		scan(other, bytes.len - 1, &seen);
		cr_assert_eq(seen.count, RECORDS - 1, "without byte %zu", at);
		memset(other + at, 0xd7, 3);
		memcpy(other + at + 3, bytes.data + at, bytes.len - at);
		scan(other, bytes.len + 3, &seen);
		cr_assert_geq(seen.count, RECORDS - 1, "more before byte %zu", at);
	}
}

Test(journal_codec, kinds_and_versions_of_a_newer_provd_are_given)
{
	struct bytes bytes;
	struct seen seen;

	make(&bytes);
	scan(bytes.data, bytes.len, &seen);
	for (size_t i = 0; i < RECORDS; i++)
		cr_assert_eq(seen.kinds[i], i % 5);
}

Test(journal_codec, limits)
{
	uint8_t *payload = calloc(1, PROVD_JOURNAL_PAYLOAD_MAX + 1);
	uint8_t *out = malloc(PROVD_JOURNAL_PAYLOAD_MAX + PROVD_JOURNAL_RECORD_MORE);
	struct provd_journal_found found;

	cr_assert(payload && out);
	cr_assert_eq(provd_journal_encode(1, 0, payload, PROVD_JOURNAL_PAYLOAD_MAX + 1, out),
		     PROVD_E_INVALID);
	cr_assert_eq(provd_journal_encode(1, UINT32_MAX, payload, PROVD_JOURNAL_PAYLOAD_MAX, out),
		     0);
	cr_assert_eq(provd_journal_scan(out, PROVD_JOURNAL_PAYLOAD_MAX + PROVD_JOURNAL_RECORD_MORE,
					NULL, NULL, &found),
		     0);
	cr_assert_eq(found.records, 1);
	cr_assert_eq(provd_journal_encode(1, 7, NULL, 0, out), 0);
	cr_assert_eq(provd_journal_scan(out, PROVD_JOURNAL_RECORD_MORE, NULL, NULL, &found), 0);
	cr_assert_eq(found.records, 1);
	cr_assert_eq(provd_journal_scan(NULL, 0, NULL, NULL, &found), 0);
	cr_assert_eq(found.records + found.damaged + found.good, 0);
	free(payload);
	free(out);
}

/* Every six bytes a beginning that claims the longest payload: hashing them all would be some 700
 * times the length. */
Test(journal_codec, hostile_bytes_cost_no_more_than_a_multiple)
{
	static const uint8_t begin[] = {0xd7, 0x4a, 1, 0, 0x00, 0x10};
	size_t len = (size_t)32 << 20;
	uint8_t *bytes = malloc(len);
	struct provd_journal_found found;
	struct timespec start;
	struct timespec end;

	cr_assert_not_null(bytes);
	for (size_t i = 0; i < len; i++)
		bytes[i] = begin[i % sizeof(begin)];
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	cr_assert_eq(provd_journal_scan(bytes, len, NULL, NULL, &found), 0);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	cr_assert_eq(found.records, 0);
	cr_assert_eq(found.damaged, 1);
	/* 256 MiB of SHA-256; without the bound it is 22 GiB. */
	cr_assert_lt(end.tv_sec - start.tv_sec, 6);
	free(bytes);
}
