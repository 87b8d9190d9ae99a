/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and cipher: the worked examples of simpleconfig.md 2.5 and 2.6, and RFC 3394, 4.1. */
#include "codec/crypt.h"

#include <criterion/criterion.h>
#include <openssl/crypto.h>
#include <provd/error.h>
#include <string.h>

TestSuite(crypt, .timeout = 10);

static size_t hex(const char *text, uint8_t *out, size_t room)
{
	size_t len = 0;

	cr_assert_eq(OPENSSL_hexstr2buf_ex(out, room, &len, text, '\0'), 1);
	return len;
}

struct example {
	const char *mac;
	const char *rand;
	enum simpleconfig_pattern pattern;
	const char *key;
	const char *crypt;
	const char *plain;
};

static void check(const struct example *example)
{
	uint8_t mac[6];
	uint8_t rand[4];
	uint8_t expected[SIMPLECONFIG_CRYPT_MAX];
	uint8_t key[16];
	uint8_t crypt[SIMPLECONFIG_CRYPT_MAX];
	uint8_t all[SIMPLECONFIG_CRYPT_MAX];
	struct simpleconfig_key_source source = {
		.mac = mac,
		.pin = simpleconfig_default_pin(),
		.rand = rand,
		.pin_len = 8,
		.pattern = example->pattern,
	};
	struct simpleconfig_unwrap *unwrap;
	size_t len;

	hex(example->mac, mac, sizeof(mac));
	hex(example->rand, rand, sizeof(rand));
	cr_assert_eq(simpleconfig_derive_key(&source, key), 0);
	hex(example->key, expected, sizeof(expected));
	cr_assert_arr_eq(key, expected, 16);
	unwrap = simpleconfig_unwrap_create(key);
	cr_assert_not_null(unwrap);
	len = hex(example->crypt, crypt, sizeof(crypt));
	cr_assert_eq(simpleconfig_unwrap_run(unwrap, crypt, len, all), 0);
	cr_assert_eq(hex(example->plain, expected, sizeof(expected)), len);
	cr_assert_arr_eq(all, expected, len);
	simpleconfig_unwrap_destroy(unwrap);
}

Test(crypt, worked_examples)
{
	static const struct example multicast = {
		"112233445566",
		"eb30844c",
		SIMPLECONFIG_MULTICAST,
		"2260875ce799e4dd57cec6caabb8a6e1",
		"c3d6e880e43af833186e3e8a465fa9b18a43abb1a99310d342ce5c1948e0e6f7a19f5f33386320b9",
		"a6a6a6a6a6a6a6a601094d79486f6d652d4150020b73656372657470617373310304c0a801370000",
	};
	static const struct example broadcast = {
		"112233445566",
		"32333435",
		SIMPLECONFIG_BROADCAST,
		"a296a4288a40864b05c4b6bfb8405631",
		"b58eac4136641e0dcff397e98708adaf177072f8aa1fb504",
		"0d496f5422313233343536373813c0a80137000000000000",
	};

	check(&multicast);
	check(&broadcast);
}

Test(crypt, key_of_the_mini_program)
{
	static const uint8_t rand[4] = {0x64, 0x94, 0xfd, 0xf2};
	struct simpleconfig_key_source source = {
		.mac = simpleconfig_placeholder_mac(),
		.pin = simpleconfig_default_pin(),
		.rand = rand,
		.pin_len = 8,
		.pattern = SIMPLECONFIG_MULTICAST,
	};
	uint8_t expected[16];
	uint8_t key[16];

	hex("b924fdf58e4276db72ea55d8250fe6d9", expected, sizeof(expected));
	cr_assert_eq(simpleconfig_derive_key(&source, key), 0);
	cr_assert_arr_eq(key, expected, 16);
	source.pin_len = 7;
	cr_assert_eq(simpleconfig_derive_key(&source, key), PROVD_E_INVALID);
	source.pin_len = 65;
	cr_assert_eq(simpleconfig_derive_key(&source, key), PROVD_E_INVALID);
}

Test(crypt, rfc_3394_and_bad_lengths)
{
	struct simpleconfig_unwrap *unwrap;
	uint8_t expected[24];
	uint8_t crypt[24];
	uint8_t key[16];
	uint8_t all[24];

	hex("000102030405060708090a0b0c0d0e0f", key, sizeof(key));
	hex("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5", crypt, sizeof(crypt));
	hex("a6a6a6a6a6a6a6a600112233445566778899aabbccddeeff", expected, sizeof(expected));
	unwrap = simpleconfig_unwrap_create(key);
	cr_assert_not_null(unwrap);
	cr_assert_eq(simpleconfig_unwrap_run(unwrap, crypt, 24, all), 0);
	cr_assert_arr_eq(all, expected, 24);
	cr_assert_eq(simpleconfig_iv_is_standard(all), 1);
	all[7] ^= 1;
	cr_assert_eq(simpleconfig_iv_is_standard(all), 0);
	cr_assert_eq(simpleconfig_unwrap_run(unwrap, crypt, 0, all), PROVD_E_INVALID);
	cr_assert_eq(simpleconfig_unwrap_run(unwrap, crypt, 8, all), PROVD_E_INVALID);
	cr_assert_eq(simpleconfig_unwrap_run(unwrap, crypt, 23, all), PROVD_E_INVALID);
	cr_assert_eq(simpleconfig_unwrap_run(unwrap, crypt, 136, all), PROVD_E_INVALID);
	simpleconfig_unwrap_destroy(unwrap);
	simpleconfig_unwrap_destroy(NULL);
}
