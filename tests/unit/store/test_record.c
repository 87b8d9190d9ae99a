/* SPDX-License-Identifier: Apache-2.0 */
#include "store/record.h"

#include <criterion/criterion.h>

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "store/store.h"

TestSuite(record, .timeout = 60);

static struct provd_secret *key_of(uint8_t first)
{
	uint8_t bytes[PROVD_RECORD_KEY_SIZE];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(first + i);
	return provd_secret_create(bytes, sizeof(bytes));
}

static struct provd_secret *encode(const char *name, const void *content, size_t len,
				   const struct provd_secret *key)
{
	struct provd_secret *secret = provd_secret_create(content, len);
	struct provd_secret *record = NULL;

	cr_assert_eq(provd_record_encode(name, secret, key, &record), 0);
	provd_secret_unref(secret);
	return record;
}

/* Decodes from memory of exactly that size; content or a code, never both, never neither. */
static int decode(const char *name, const uint8_t *bytes, size_t len,
		  const struct provd_secret *key, struct provd_secret **out_content)
{
	struct provd_error err = {.size = sizeof(err)};
	uint8_t *exact = malloc(len ? len : 1);
	struct provd_bytes view = {exact, len};
	int code;

	cr_assert_not_null(exact);
	if (len)
		memcpy(exact, bytes, len);
	*out_content = NULL;
	code = provd_record_decode(name, view, key, out_content, &err);
	free(exact);
	cr_assert_eq(code == 0, *out_content != NULL);
	if (code) {
		cr_assert_eq(err.code, code);
		cr_assert_neq(err.text[0], '\0');
	}
	return code;
}

static void expect_round(size_t len, const struct provd_secret *key)
{
	uint8_t *content = malloc(len + 1);
	struct provd_secret *record;
	struct provd_secret *back;
	struct provd_bytes view;

	cr_assert_not_null(content);
	for (size_t i = 0; i < len; i++)
		content[i] = (uint8_t)(i * 13);
	record = encode("networks", content, len, key);
	view = provd_secret_view(record);
	cr_expect_eq(view.len, len + PROVD_RECORD_HEADER_SIZE + (key ? PROVD_RECORD_SEAL_SIZE : 0));
	cr_assert_eq(decode("networks", view.data, view.len, key, &back), 0);
	view = provd_secret_view(back);
	cr_expect_eq(view.len, len);
	cr_expect(len == 0 || memcmp(view.data, content, len) == 0);
	provd_secret_unref(back);
	provd_secret_unref(record);
	free(content);
}

Test(record, round_trip_of_all_sizes)
{
	static const size_t sizes[] = {0, 1, 15, 16, 17, 1000, PROVD_STORE_CONTENT_MAX};
	struct provd_secret *key = key_of(1);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		expect_round(sizes[i], NULL);
		expect_round(sizes[i], key);
	}
	provd_secret_unref(key);
}

Test(record, what_a_plain_record_looks_like)
{
	static const uint8_t head[] = {'P', 'V', 'R', 'C', 0, 1, 0, 0, 0, 0, 0, 3};
	uint8_t all[sizeof(head) + 3];
	uint8_t sum[32];
	struct provd_secret *record = encode("a", "abc", 3, NULL);
	struct provd_bytes view = provd_secret_view(record);

	cr_assert_eq(view.len, 47);
	memcpy(all, head, sizeof(head));
	memcpy(all + sizeof(head), "abc", 3);
	cr_assert_eq(EVP_Q_digest(NULL, "SHA256", NULL, all, sizeof(all), sum, NULL), 1);
	cr_expect_arr_eq(view.data, head, sizeof(head));
	cr_expect_arr_eq(view.data + 12, sum, 32);
	cr_expect_arr_eq(view.data + 44, "abc", 3);
	provd_secret_unref(record);
}

Test(record, an_encrypted_record_hides_its_content_and_never_repeats)
{
	static const char content[] = "a passphrase of the owner";
	struct provd_secret *key = key_of(1);
	struct provd_secret *a = encode("a", content, sizeof(content), key);
	struct provd_secret *b = encode("a", content, sizeof(content), key);
	struct provd_bytes view = provd_secret_view(a);

	cr_expect_null(memmem(view.data, view.len, "passphrase", 10));
	cr_expect_arr_neq(view.data + 52, provd_secret_view(b).data + 52, 12, "nonces");
	cr_expect_arr_eq(view.data + 44, provd_secret_view(b).data + 44, 8, "key id");
	provd_secret_unref(a);
	provd_secret_unref(b);
	provd_secret_unref(key);
}

/* Written by the first provd that had a store; every later one must read it. */
Test(record, an_encrypted_record_of_version_1)
{
	static const uint8_t record[] = {
		0x50, 0x56, 0x52, 0x43, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x00, 0x33, 0x04, 0xef,
		0x70, 0xf7, 0xad, 0x96, 0xf6, 0x16, 0xb3, 0xf6, 0x02, 0x87, 0x7c, 0xfc, 0x7e, 0x66,
		0x91, 0x46, 0x9d, 0x8f, 0x03, 0x73, 0xf3, 0x42, 0x1c, 0xe0, 0x21, 0x8f, 0x07, 0x2c,
		0xde, 0xf8, 0x83, 0xbd, 0xcd, 0x7a, 0x1c, 0x00, 0x71, 0x5e, 0x72, 0x43, 0xe5, 0x90,
		0x04, 0xa9, 0x09, 0xd2, 0xe8, 0x28, 0xf5, 0x78, 0x48, 0xcf, 0xbc, 0xe2, 0xa0, 0x5e,
		0xf9, 0x07, 0x05, 0xd0, 0x0c, 0x12, 0xd7, 0x9d, 0x99, 0x9c, 0xb4, 0xfe, 0xe0, 0xa9,
		0xc4, 0x63, 0xfc, 0x2e, 0x5b, 0x66, 0x6a, 0x87, 0xed, 0x9a, 0x15};
	static const char content[] = "{\"networks\":[]}";
	uint8_t bytes[PROVD_RECORD_KEY_SIZE];
	struct provd_secret *key;
	struct provd_secret *back;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	key = provd_secret_create(bytes, sizeof(bytes));
	cr_assert_eq(decode("networks", record, sizeof(record), key, &back), 0);
	cr_assert_eq(provd_secret_view(back).len, sizeof(content) - 1);
	cr_expect_arr_eq(provd_secret_view(back).data, content, sizeof(content) - 1);
	provd_secret_unref(back);
	provd_secret_unref(key);
}

static void check_truncations(const struct provd_secret *key)
{
	struct provd_secret *record = encode("staged", "0123456789abcdef0123", 20, key);
	struct provd_bytes view = provd_secret_view(record);
	struct provd_secret *back;

	for (size_t len = 0; len < view.len; len++)
		cr_assert_eq(decode("staged", view.data, len, key, &back), PROVD_E_CORRUPT,
			     "%zu bytes", len);
	provd_secret_unref(record);
}

Test(record, every_truncation_is_damage)
{
	struct provd_secret *key = key_of(1);

	check_truncations(NULL);
	check_truncations(key);
	provd_secret_unref(key);
}

/* Each bit; `reader` may be another key than the writer's. */
static void check_flips(const struct provd_secret *key, const struct provd_secret *reader)
{
	struct provd_secret *record = encode("staged", "0123456789abcdef0123", 20, key);
	struct provd_bytes view = provd_secret_view(record);
	uint8_t bytes[200];
	struct provd_secret *back;

	cr_assert_leq(view.len, sizeof(bytes));
	for (size_t at = 0; at < view.len; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			memcpy(bytes, view.data, view.len);
			bytes[at] = (uint8_t)(bytes[at] ^ (1u << bit));
			cr_assert_eq(decode("staged", bytes, view.len, reader, &back),
				     PROVD_E_CORRUPT, "byte %zu bit %u", at, bit);
		}
	}
	provd_secret_unref(record);
}

Test(record, every_flipped_bit_is_damage_with_any_key)
{
	struct provd_secret *key = key_of(1);
	struct provd_secret *other = key_of(2);

	check_flips(NULL, NULL);
	check_flips(NULL, key);
	check_flips(key, key);
	check_flips(key, other);
	check_flips(key, NULL);
	provd_secret_unref(key);
	provd_secret_unref(other);
}

/* Makes the checksum right again, as somebody would who means harm, or a newer provd. */
static void repair(uint8_t *bytes, size_t len)
{
	uint8_t all[256];

	cr_assert_leq(len, sizeof(all));
	memcpy(all, bytes, 12);
	memcpy(all + 12, bytes + 44, len - 44);
	cr_assert_eq(EVP_Q_digest(NULL, "SHA256", NULL, all, len - 32, bytes + 12, NULL), 1);
}

Test(record, a_forged_byte_is_never_taken_for_content)
{
	struct provd_secret *key = key_of(1);
	struct provd_secret *record = encode("staged", "0123456789", 10, key);
	struct provd_bytes view = provd_secret_view(record);
	struct provd_secret *back;
	uint8_t bytes[200];

	for (size_t at = 44; at < view.len; at++) {
		memcpy(bytes, view.data, view.len);
		bytes[at] ^= 0x10;
		repair(bytes, view.len);
		cr_assert_eq(decode("staged", bytes, view.len, key, &back),
			     at < 52 ? PROVD_E_ACCESS : PROVD_E_CORRUPT, "byte %zu", at);
	}
	provd_secret_unref(record);
	provd_secret_unref(key);
}

Test(record, a_record_does_not_pass_for_another)
{
	struct provd_secret *key = key_of(1);
	struct provd_secret *record = encode("staged", "0123456789", 10, key);
	struct provd_bytes view = provd_secret_view(record);
	struct provd_secret *back;

	cr_expect_eq(decode("networks", view.data, view.len, key, &back), PROVD_E_CORRUPT);
	provd_secret_unref(record);
	provd_secret_unref(key);
}

Test(record, keys)
{
	struct provd_error err = {.size = sizeof(err)};
	struct provd_secret *key = key_of(1);
	struct provd_secret *other = key_of(2);
	struct provd_secret *sealed = encode("networks", "x", 1, key);
	struct provd_secret *plain = encode("networks", "y", 1, NULL);
	struct provd_secret *back = NULL;

	cr_expect_eq(provd_record_decode("networks", provd_secret_view(sealed), other, &back, &err),
		     PROVD_E_ACCESS);
	cr_expect_str_eq(err.text, "record 'networks' is encrypted with another key; give the key "
				   "it was written with");
	cr_expect_eq(provd_record_decode("networks", provd_secret_view(sealed), NULL, &back, &err),
		     PROVD_E_ACCESS);
	cr_expect_str_eq(err.text,
			 "record 'networks' is encrypted and there is no key; set store.key");
	cr_expect_null(back, "outputs are untouched on failure");
	cr_expect_eq(provd_record_decode("networks", provd_secret_view(plain), key, &back, NULL), 0,
		     "a plain record is read with a key too");
	cr_expect_eq(provd_secret_view(back).data[0], 'y');
	provd_secret_unref(back);
	provd_secret_unref(plain);
	provd_secret_unref(sealed);
	provd_secret_unref(key);
	provd_secret_unref(other);
}

static int decode_changed(size_t at, uint8_t high, uint8_t low)
{
	struct provd_secret *record = encode("device", "content", 7, NULL);
	struct provd_bytes view = provd_secret_view(record);
	struct provd_secret *back = NULL;
	uint8_t bytes[100];
	int code;

	memcpy(bytes, view.data, view.len);
	bytes[at] = high;
	bytes[at + 1] = low;
	repair(bytes, view.len);
	code = decode("device", bytes, view.len, NULL, &back);
	provd_secret_unref(back);
	provd_secret_unref(record);
	return code;
}

Test(record, newer_ones_are_told_apart_from_damage)
{
	cr_expect_eq(decode_changed(4, 0, 1), 0);
	cr_expect_eq(decode_changed(4, 0, 2), PROVD_E_NOT_SUPPORTED);
	cr_expect_eq(decode_changed(4, 0xff, 0xff), PROVD_E_NOT_SUPPORTED);
	cr_expect_eq(decode_changed(4, 0, 0), PROVD_E_CORRUPT, "there never was a version 0");
	cr_expect_eq(decode_changed(6, 0, 2), PROVD_E_NOT_SUPPORTED, "a flag of tomorrow");
	cr_expect_eq(decode_changed(6, 0, 1), PROVD_E_CORRUPT, "7 bytes cannot be encrypted");
}

Test(record, bad_arguments)
{
	struct provd_secret *content = provd_secret_create("x", 1);
	struct provd_secret *big = provd_secret_alloc(PROVD_STORE_CONTENT_MAX + 1, NULL);
	struct provd_secret *key = key_of(1);
	struct provd_secret *short_key = provd_secret_create("0123456789abcdef", 16);
	struct provd_secret *out = NULL;
	static const char *const names[] = {
		"", "A", "a.b", "../x", "a/b", "a b", "0123456789012345678901234567890123"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		cr_expect_eq(provd_record_encode(names[i], content, NULL, &out), PROVD_E_INVALID);
	cr_expect_eq(provd_record_encode(NULL, content, NULL, &out), PROVD_E_INVALID);
	cr_expect_eq(provd_record_encode("a", NULL, NULL, &out), PROVD_E_INVALID);
	cr_expect_eq(provd_record_encode("a", big, NULL, &out), PROVD_E_INVALID);
	cr_expect_eq(provd_record_encode("a", content, short_key, &out), PROVD_E_INVALID);
	cr_expect_eq(provd_record_decode("a", provd_secret_view(content), short_key, &out, NULL),
		     PROVD_E_INVALID);
	cr_expect_eq(provd_record_decode("", provd_secret_view(content), key, &out, NULL),
		     PROVD_E_INVALID);
	cr_expect_null(out);
	cr_expect_eq(provd_record_name_valid("01234567890123456789012345678_-z"), 1);
	provd_secret_unref(content);
	provd_secret_unref(big);
	provd_secret_unref(key);
	provd_secret_unref(short_key);
}
