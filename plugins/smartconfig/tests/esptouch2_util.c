/* SPDX-License-Identifier: Apache-2.0 */
#include "esptouch2_util.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <string.h>

#include "air_vector.h"

/* Bit by bit, on purpose another way than the decoder's. */
static uint8_t crc8(const uint8_t *data, size_t len)
{
	unsigned crc = 0;

	for (size_t i = 0; i < len * 8; i++) {
		unsigned bit = ((unsigned)data[i / 8] >> (i % 8) ^ crc) & 1;

		crc = crc >> 1 ^ (bit != 0 ? 0x8cu : 0u);
	}
	return (uint8_t)crc;
}

void e2_text(struct e2_sender *sender, const char *ssid, const char *passphrase,
	     const char *reserved)
{
	static const uint8_t bssid[6] = {0xc4, 0x6e, 0x1f, 0x0a, 0x9b, 0x83};

	memset(sender, 0, sizeof(*sender));
	sender->ssid_len = strlen(ssid);
	memcpy(sender->ssid, ssid, sender->ssid_len);
	sender->passphrase_len = strlen(passphrase);
	memcpy(sender->passphrase, passphrase, sender->passphrase_len);
	sender->reserved_len = strlen(reserved);
	memcpy(sender->reserved, reserved, sender->reserved_len);
	memcpy(sender->bssid, bssid, 6);
}

struct round {
	int32_t *out;
	size_t count;
	int groups;
};

static void put_data(struct round *round, const uint8_t bytes[6], int plain_crc)
{
	for (int k = 0; k < 8; k++) {
		int bits = 0;

		for (int b = 0; b < 6; b++)
			bits |= (bytes[b] >> k & 1) << (5 - b);
		if (k == 7 && plain_crc >= 0)
			bits = plain_crc & 63;
		round->out[round->count++] = k << 7 | 0x40 | bits;
	}
}

static void put_field(struct round *round, const uint8_t *data, size_t len, int packed,
		      unsigned padding_mod, uint32_t *random)
{
	size_t per_group = packed ? 5 : 6;

	for (size_t at = 0; at < len; at += per_group) {
		uint8_t bytes[6];

		for (size_t i = 0; i < per_group; i++)
			bytes[i] = (uint8_t)(at + i < len ? data[at + i]
							  : air_random(random) % padding_mod);
		if (packed)
			bytes[5] = crc8(bytes, 5);
		for (int i = 0; i < 3; i++)
			round->out[round->count++] = 128 + round->groups;
		put_data(round, bytes, packed ? -1 : crc8(bytes, 6));
		round->groups++;
	}
}

static int any_high(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] > 127)
			return 1;
	}
	return 0;
}

static size_t encrypt(const struct e2_sender *sender, const uint8_t *iv, uint8_t *out)
{
	uint8_t plain[256];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0;
	int tail = 0;

	memcpy(plain, sender->passphrase, sender->passphrase_len);
	memcpy(plain + sender->passphrase_len, sender->reserved, sender->reserved_len);
	cr_assert_eq(
		EVP_EncryptInit_ex(ctx, EVP_aes_128_cbc(), NULL, (const uint8_t *)sender->key, iv),
		1);
	cr_assert_eq(EVP_EncryptUpdate(ctx, out, &len, plain,
				       (int)(sender->passphrase_len + sender->reserved_len)),
		     1);
	cr_assert_eq(EVP_EncryptFinal_ex(ctx, out + len, &tail), 1);
	EVP_CIPHER_CTX_free(ctx);
	return (size_t)len + (size_t)tail;
}

static void put_secrets(struct round *round, const struct e2_sender *sender, const int flags[3],
			unsigned mod, uint32_t *random)
{
	uint8_t iv[20] = {0};
	uint8_t body[256];
	size_t len;

	if (sender->security != 0) {
		if (sender->security == 2) {
			for (size_t i = 0; i < sizeof(iv); i++)
				iv[i] = (uint8_t)(37 * i + 129);
		}
		len = encrypt(sender, iv, body);
		put_field(round, body, len, 1, mod, random);
		if (sender->security == 2)
			put_field(round, iv, sizeof(iv), 1, mod, random);
	} else if (flags[1] || flags[2]) {
		put_field(round, sender->passphrase, sender->passphrase_len, flags[1], mod, random);
		put_field(round, sender->reserved, sender->reserved_len, flags[2], mod, random);
	} else {
		memcpy(body, sender->passphrase, sender->passphrase_len);
		memcpy(body + sender->passphrase_len, sender->reserved, sender->reserved_len);
		put_field(round, body, sender->passphrase_len + sender->reserved_len, 0, mod,
			  random);
	}
}

size_t e2_round(const struct e2_sender *sender, uint32_t *random, int32_t out[E2_ROUND_MAX])
{
	struct round body = {.out = out, .count = 12};
	struct round head = {.out = out};
	size_t ssid_len = sender->no_ssid ? 0 : sender->ssid_len;
	unsigned mod = sender->padding_mod != 0 ? sender->padding_mod : 127;
	int send_flags = !sender->no_flags;
	int flags[3] = {send_flags && any_high(sender->ssid, ssid_len),
			send_flags && any_high(sender->passphrase, sender->passphrase_len),
			send_flags && any_high(sender->reserved, sender->reserved_len)};
	uint8_t header[6] = {
		(uint8_t)(ssid_len | (unsigned)flags[0] << 7),
		(uint8_t)(sender->passphrase_len | (unsigned)flags[1] << 7),
		(uint8_t)(sender->reserved_len | (unsigned)flags[2] << 7), crc8(sender->bssid, 6),
		(uint8_t)((sender->ipv6 ? 0u : 1u) | sender->security << 1 | sender->port << 3)};

	put_secrets(&body, sender, flags, mod, random);
	put_field(&body, sender->ssid, ssid_len, flags[0], mod, random);
	for (int i = 0; i < 2; i++) {
		out[head.count++] = 1048;
		out[head.count++] = 1072 + body.groups;
	}
	header[5] = crc8(header, 5);
	put_data(&head, header, -1);
	return body.count;
}

int e2_is_right(const struct e2_sender *sender, const struct air_result *result)
{
	return result->ssid_len == sender->ssid_len &&
	       memcmp(result->ssid, sender->ssid, sender->ssid_len) == 0 &&
	       result->passphrase_len == sender->passphrase_len &&
	       memcmp(result->passphrase, sender->passphrase, sender->passphrase_len) == 0 &&
	       result->reserved_len == sender->reserved_len &&
	       memcmp(result->reserved, sender->reserved, sender->reserved_len) == 0 &&
	       result->token == sender->port;
}

static int chance(uint32_t *random, unsigned share)
{
	return air_random(random) % 1000 < share;
}

uint64_t e2_run(struct esptouch2 *decoder, const struct e2_sender *sender, const struct e2_air *air,
		uint32_t *random, struct air_result *out_result)
{
	int32_t round[E2_ROUND_MAX];
	size_t count = e2_round(sender, random, round);
	struct air_symbol symbol = {
		.stream = air->stream, .direction = air->direction, .len2 = -1, .position = 77};
	uint64_t time = 0;
	int heard;

	memset(out_result, 0, sizeof(*out_result));
	memcpy(symbol.sa, air->sa, 6);
	memcpy(symbol.bssid, sender->bssid, 6);
	for (size_t i = 0; time < E2_END_US; i++) {
		while (chance(random, air->steps))
			symbol.position++;
		symbol.time_us = 5000000 + time;
		if (chance(random, air->foreign)) {
			symbol.position++;
			symbol.len = (int32_t)(air_random(random) % 1200);
			if (time >= air->from_us && !chance(random, air->loss) &&
			    esptouch2_push(decoder, &symbol, out_result) == 1)
				return time + 1;
		}
		symbol.position++;
		symbol.len = round[i % count] + air->len_shift;
		heard = !chance(random, air->loss) && time >= air->from_us;
		if (heard && esptouch2_push(decoder, &symbol, out_result) == 1)
			return time + 1;
		time += time < E2_SLOW_US ? E2_STEP_US : E2_SLOW_STEP_US;
	}
	return 0;
}
