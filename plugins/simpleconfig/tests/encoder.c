/* SPDX-License-Identifier: Apache-2.0 */
#include "encoder.h"
#include "codec/rs.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>

#include <string.h>

struct bytes {
	uint8_t at[SIMPLECONFIG_CRYPT_MAX + 16];
	size_t len;
};

static void add(struct bytes *bytes, const void *data, size_t len)
{
	cr_assert_leq(bytes->len + len, sizeof(bytes->at));
	memcpy(bytes->at + bytes->len, data, len);
	bytes->len += len;
}

static void add_value(struct bytes *bytes, unsigned int tag, const void *data, size_t len,
		      int multicast)
{
	const uint8_t two[2] = {(uint8_t)tag, (uint8_t)len};
	const uint8_t one = (uint8_t)(len << 2 | tag);

	if (multicast)
		add(bytes, two, 2);
	else
		add(bytes, &one, 1);
	add(bytes, data, len);
}

static void make_plain(const struct encoder_profile *profile, struct bytes *out)
{
	int multicast = profile->coding == ENCODE_MULTICAST;

	memset(out, 0, sizeof(*out));
	add_value(out, 1, profile->ssid, profile->ssid_len, multicast);
	if (profile->passphrase_len > 0)
		add_value(out, 2, profile->passphrase, profile->passphrase_len, multicast);
	add_value(out, 3, profile->ip, 4, multicast);
	out->len = (out->len + 7) / 8 * 8;
	if (!multicast && out->len < 16)
		out->len = 16;
}

static void encrypt(const struct encoder_profile *profile, struct bytes *out)
{
	static const uint8_t fixed[4] = {0x32, 0x33, 0x34, 0x35};
	static const uint8_t standard[8] = {0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6};
	int multicast = profile->coding == ENCODE_MULTICAST;
	struct simpleconfig_key_source source = {
		.mac = profile->sa,
		.pin = profile->pin ? profile->pin : simpleconfig_default_pin(),
		.rand = multicast ? profile->rand : fixed,
		.pin_len = profile->pin ? profile->pin_len : 8,
		.pattern = multicast ? SIMPLECONFIG_MULTICAST : SIMPLECONFIG_BROADCAST,
	};
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	struct bytes plain;
	size_t skip = multicast ? 0u : 8u;
	uint8_t key[16];
	int len = 0;

	make_plain(profile, &plain);
	cr_assert_eq(simpleconfig_derive_key(&source, key), 0);
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	cr_assert(EVP_EncryptInit_ex(ctx, EVP_aes_128_wrap(), NULL, key,
				     multicast ? standard : plain.at));
	if (plain.len - skip >= 16) {
		cr_assert(EVP_EncryptUpdate(ctx, out->at, &len, plain.at + skip,
					    (int)(plain.len - skip)));
		out->len = (size_t)len;
	}
	EVP_CIPHER_CTX_free(ctx);
	cr_assert_gt(len, 0, "RFC 3394 needs two blocks");
}

static void put(struct encoder_round *round, uint32_t address, int32_t len)
{
	cr_assert_lt(round->count, ENCODER_PACKETS_MAX);
	round->packets[round->count].address = address;
	round->packets[round->count].len = len;
	round->count++;
}

static void put_pairs(struct encoder_round *round, int32_t init, int32_t sync, size_t times)
{
	for (size_t i = 0; i < times; i++) {
		put(round, 0, init);
		put(round, 0, sync);
	}
}

static void put_multicast(struct encoder_round *round, unsigned int seq, uint8_t data)
{
	uint8_t check = (uint8_t)(0u - (0x5fu + seq + data));

	put(round, (seq & 0x7fu) << 16 | (uint32_t)check << 8 | data, (int32_t)seq);
}

static void encode_multicast(const struct encoder_profile *profile, const struct bytes *crypt,
			     struct encoder_round *out)
{
	uint8_t pattern = profile->pin ? 3 : 2;

	put_multicast(out, 0, 0);
	put_multicast(out, 1, 0);
	put_multicast(out, 2, pattern);
	put_multicast(out, 3, (uint8_t)(9 + crypt->len));
	put_multicast(out, 4, (uint8_t)(0xa9u + pattern + crypt->len));
	for (unsigned int i = 0; i < 4; i++)
		put_multicast(out, 5 + i, profile->rand[i]);
	for (unsigned int i = 0; i < crypt->len; i++)
		put_multicast(out, 9 + i, crypt->at[i]);
}

static uint8_t nibble(const struct bytes *crypt, size_t index)
{
	return index % 2 ? (uint8_t)(crypt->at[index / 2] & 15)
			 : (uint8_t)(crypt->at[index / 2] >> 4);
}

static void encode_nibbles(const struct bytes *crypt, struct encoder_round *out)
{
	static const int32_t init[] = {3, 2, 11, 10};
	static const int32_t base[] = {0x400 - 1, 0x418, 0x430, 0x448};
	size_t total = 2 * crypt->len;

	for (size_t i = 0; i < total; i++) {
		size_t g = i / 63;

		if (i % 63 == 0)
			put_pairs(out, init[g], base[g] + (int32_t)((total - 63 * g) / 16), 16);
		put(out, 0, (int32_t)((i % 63 + 1) << 4 | nibble(crypt, i)));
	}
}

static void encode_halves(const struct bytes *crypt, struct encoder_round *out)
{
	size_t total = 2 * crypt->len;

	for (size_t i = 0; i < total; i++) {
		if (i % (total / 2) == 0)
			put_pairs(out, 3, (int32_t)(0x400 + total / 16 - 1), 8);
		put(out, 0, (int32_t)((i + 1) << 4 | nibble(crypt, i)));
	}
}

static void encode_triples(const struct bytes *crypt, struct encoder_round *out)
{
	size_t total = (8 * crypt->len + 2) / 3;
	size_t half = crypt->len == 32 ? 40 : 56;

	for (size_t i = 0; i < total; i++) {
		unsigned int value = 0;

		for (size_t bit = 3 * i; bit < 3 * i + 3; bit++) {
			value <<= 1;
			if (bit < 8 * crypt->len)
				value |= (unsigned int)crypt->at[bit / 8] >> (7 - bit % 8) & 1u;
		}
		if (i == 0 || i == half)
			put_pairs(out, 3, crypt->len == 32 ? 0x464 : 0x465, 8);
		put(out, 0, (int32_t)((i + 1) << 3 | value));
	}
}

static void encode_blocks(const struct bytes *crypt, struct encoder_round *out)
{
	static const uint8_t init[] = {0x23, 0x22, 0x3b, 0x4a, 0x55, 0x64, 0x7d, 0x8c,
				       0x97, 0xa6, 0xbf, 0xce, 0xd9, 0xe8, 0xf1};

	for (size_t k = 0; k < crypt->len / 8; k++) {
		uint8_t word[SIMPLECONFIG_RS_DATA + 2 * SIMPLECONFIG_RS_PARITY];
		uint8_t parity[SIMPLECONFIG_RS_PARITY];

		for (size_t i = 0; i < SIMPLECONFIG_RS_DATA; i++)
			word[i] = nibble(crypt, 16 * k + i);
		simpleconfig_rs_encode(word, parity);
		for (size_t i = 0; i < SIMPLECONFIG_RS_PARITY; i++) {
			word[SIMPLECONFIG_RS_DATA + 2 * i] = parity[i] >> 4;
			word[SIMPLECONFIG_RS_DATA + 2 * i + 1] = parity[i] & 15;
		}
		put_pairs(out, init[k], (int32_t)(0x1f0 + crypt->len / 8 - 1), 16);
		for (size_t i = 0; i < sizeof(word); i++)
			put(out, 0, (int32_t)(0x200u | (i + 2) << 4 | word[i]));
	}
}

void encoder_run(const struct encoder_profile *profile, struct encoder_round *out)
{
	struct bytes crypt = {.len = 0};

	out->count = 0;
	encrypt(profile, &crypt);
	out->crypt_len = crypt.len;
	if (profile->coding == ENCODE_MULTICAST)
		encode_multicast(profile, &crypt, out);
	else if (profile->coding == ENCODE_NIBBLES)
		encode_nibbles(&crypt, out);
	else if (crypt.len <= 24)
		encode_halves(&crypt, out);
	else if (crypt.len <= 40)
		encode_triples(&crypt, out);
	else
		encode_blocks(&crypt, out);
}

void encoder_symbol(const struct encoder_profile *profile, const struct encoder_round *round,
		    size_t index, struct air_symbol *out)
{
	const struct encoder_packet *packet = &round->packets[index % round->count];

	memset(out, 0, sizeof(*out));
	out->time_us = 2000 * index + index / round->count * 100000;
	out->stream = 1;
	out->epoch = 1;
	out->direction = AIR_TO_AP;
	out->position = (int64_t)index;
	out->len = packet->len;
	out->len2 = -1;
	memcpy(out->sa, profile->sa, 6);
	memset(out->da, 0xff, 6);
	if (profile->coding != ENCODE_MULTICAST)
		return;
	memcpy(out->da, "\x01\x00\x5e", 3);
	out->da[3] = (uint8_t)(packet->address >> 16);
	out->da[4] = (uint8_t)(packet->address >> 8);
	out->da[5] = (uint8_t)packet->address;
}
