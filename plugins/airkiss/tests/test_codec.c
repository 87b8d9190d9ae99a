/* SPDX-License-Identifier: Apache-2.0 */
#include "air_vector.h"
#include "codec/internal.h"
#include "sender.h"

#include <criterion/criterion.h>
#include <provd/error.h>
#include <stdlib.h>
#include <string.h>

#define KEY "Wechatiothardwav"

/* Symbols of smartconfig.md 4.5 (c), AES. */
static const int16_t worked[] = {1,   24,  44,	52,  1,	  24,  44,  52,	 1,   24,  44,	52,  65,
				 80,  105, 125, 210, 128, 466, 316, 436, 484, 227, 129, 381, 308,
				 474, 341, 163, 130, 379, 312, 309, 511, 227, 131, 277, 453, 412,
				 276, 181, 132, 299, 328, 367, 365, 186, 133, 357, 334, 357, 372};
#define WORKED (sizeof(worked) / sizeof(worked[0]))

static int push_all(struct airkiss *ak, unsigned phone, int64_t *position, const int16_t *symbols,
		    size_t count)
{
	struct air_result result;

	for (size_t i = 0; i < count; i++) {
		struct air_symbol symbol =
			make_symbol(phone, (uint64_t)*position * 5000, *position, symbols[i]);

		(*position)++;
		(void)airkiss_push(ak, &symbol, NULL);
	}
	return airkiss_result(ak, &result);
}

static struct airkiss *decode_worked(const char *key, uint32_t accept_plain)
{
	struct airkiss_options options = {
		.key = (const uint8_t *)key, .key_len = strlen(key), .accept_plain = accept_plain};
	struct airkiss *ak = new_decoder(&options);
	int64_t position = 0;

	(void)push_all(ak, 1, &position, worked, WORKED);
	return ak;
}

Test(airkiss_codec, crc_of_the_page)
{
	static const uint8_t bssid[6] = {0xc4, 0x6e, 0x1f, 0x0a, 0x9b, 0x83};

	cr_assert_eq(air_crc8(0, (const uint8_t *)"123456789", 9), 0xa1);
	cr_assert_eq(air_crc8(0, (const uint8_t *)"HomeNet-2G", 10), 0x30);
	cr_assert_eq(air_crc8(0, bssid, 6), 0xb6);
	cr_assert_eq(air_crc8(0, (const uint8_t *)"\x0b", 1), 0x20);
}

Test(airkiss_codec, options)
{
	struct airkiss_options options = {.key = (const uint8_t *)KEY "x", .key_len = 17};
	struct airkiss *ak = malloc(airkiss_size());

	cr_assert_leq(airkiss_size(), AIRKISS_SIZE_MAX);
	cr_assert_eq(airkiss_init(ak, &options), PROVD_E_INVALID);
	options.key_len = 16;
	cr_assert_eq(airkiss_init(ak, &options), 0);
	airkiss_finish(ak);
	airkiss_finish(NULL);
	free(ak);
}

Test(airkiss_codec, aes_right_key)
{
	struct airkiss *ak = decode_worked(KEY, 0);
	struct air_result result;

	cr_assert_eq(airkiss_result(ak, &result), 1);
	cr_assert_eq(result.passphrase_len, 11);
	cr_assert_arr_eq(result.passphrase, "s3cret-Pa55", 11);
	cr_assert_eq(result.ssid_len, 7);
	cr_assert_arr_eq(result.ssid, "HomeNet", 7);
	cr_assert_eq(result.token, 0x2b);
	cr_assert_eq(result.flags, AIRKISS_ENCRYPTED);
	cr_assert_str_eq(result.variant, "airkiss");
	free_decoder(ak);
}

/* No key, a wrong one, a shorter one: ciphertext is never taken for a passphrase. */
Test(airkiss_codec, aes_wrong_key)
{
	static const char *const keys[] = {"", "Wechatiothardwax", "Wechat"};

	for (unsigned i = 0; i < 6; i++) {
		struct airkiss *ak = decode_worked(keys[i / 2], i & 1);
		struct air_result result;

		cr_assert_eq(airkiss_result(ak, &result), 0, "%u", i);
		free_decoder(ak);
	}
}

Test(airkiss_codec, plain_text_with_a_key)
{
	struct airkiss_options options = {.key = (const uint8_t *)KEY, .key_len = 16};
	struct sent *sent = malloc(sizeof(*sent));
	struct credentials credentials;
	uint32_t seed = 7;

	cr_assert_not_null(sent);
	for (unsigned i = 0; i < 4; i++) {
		struct airkiss *ak;
		struct air_result result;
		int64_t position = 0;

		options.accept_plain = i & 1;
		make_credentials(&credentials, 9, i < 2 ? 16 : 12, &seed);
		make_sent(sent, SENDER_JAVA, &credentials, 1);
		ak = new_decoder(&options);
		(void)push_all(ak, 1, &position, sent->symbol, sent->count);
		cr_assert_eq(airkiss_result(ak, &result), (int)(i & 1), "%u", i);
		if ((i & 1) != 0)
			cr_assert(same_credentials(&result, &credentials));
		free_decoder(ak);
	}
	free(sent);
}

/* All lengths of SSID and passphrase the protocol has room for. */
Test(airkiss_codec, lengths, .timeout = 60)
{
	struct sent *sent = malloc(sizeof(*sent));
	uint32_t seed = 11;

	cr_assert_not_null(sent);
	for (size_t ssid_len = 0; ssid_len <= 32; ssid_len++) {
		for (size_t pass_len = 0; pass_len <= 64; pass_len += pass_len < 7 ? 1 : 3) {
			struct trial trial = {.base = 1 + (unsigned)pass_len % 3};
			struct credentials credentials;
			uint64_t time;

			make_credentials(&credentials, ssid_len, pass_len, &seed);
			make_sent(sent, ssid_len & 1 ? SENDER_JAVA : SENDER_WECHAT, &credentials,
				  1);
			cr_assert_eq(run_trial(sent, &credentials, &trial, &seed, &time),
				     VERDICT_RIGHT, "%zu/%zu", ssid_len, pass_len);
		}
	}
	free(sent);
}

/* The failed pair does not come again, other credentials of the same phone do. */
Test(airkiss_codec, forget_and_go_on)
{
	struct sent *sent = malloc(sizeof(*sent));
	struct credentials first;
	struct credentials second;
	struct airkiss *ak = new_decoder(NULL);
	struct air_result result;
	int64_t position = 0;
	uint32_t seed = 3;

	cr_assert_not_null(sent);
	make_credentials(&first, 8, 10, &seed);
	second = first;
	memcpy(second.pass, "0123456789", 10);
	second.random++;
	make_sent(sent, SENDER_WECHAT, &first, 1);
	cr_assert_eq(push_all(ak, 1, &position, sent->symbol, sent->count), 1);
	airkiss_forget_result(ak);
	cr_assert_eq(push_all(ak, 1, &position, sent->symbol, sent->count), 0);
	make_sent(sent, SENDER_WECHAT, &second, 1);
	for (size_t i = 0; i < sent->count && airkiss_result(ak, &result) == 0; i++)
		(void)push_all(ak, 1, &position, sent->symbol + i, 1);
	cr_assert_eq(airkiss_result(ak, &result), 1);
	cr_assert(same_credentials(&result, &second));
	airkiss_reset(ak);
	cr_assert_eq(airkiss_result(ak, &result), 0);
	free_decoder(ak);
	free(sent);
}

/* A password that is typed again while all is known: never a mixture of both. */
Test(airkiss_codec, changed_password_is_not_mixed, .timeout = 60)
{
	struct sent *sent = malloc(sizeof(*sent));
	uint32_t seed = 5;
	unsigned done = 0;

	cr_assert_not_null(sent);
	for (unsigned round = 0; round < 60; round++) {
		struct credentials first;
		struct credentials second;
		struct airkiss *ak = new_decoder(NULL);
		struct air_result result;
		int64_t position = 0;

		make_credentials(&first, 12, 20, &seed);
		make_credentials(&second, 12, 20, &seed);
		memcpy(second.ssid, first.ssid, 12);
		make_sent(sent, SENDER_JAVA, &first, 1);
		(void)push_all(ak, 1, &position, sent->symbol, sent->count / 2 + round);
		make_sent(sent, SENDER_JAVA, &second, 2);
		airkiss_forget_result(ak);
		for (size_t i = 0; i < sent->count; i++) {
			if (air_random(&seed) % 100 < 25)
				position++;
			else if (push_all(ak, 1, &position, sent->symbol + i, 1) != 0)
				break;
		}
		if (airkiss_result(ak, &result) != 0) {
			cr_assert(same_credentials(&result, &second), "round %u", round);
			done++;
		}
		free_decoder(ak);
	}
	cr_assert_eq(done, 60);
	free(sent);
}

/* Eight phones at once, each with its own credentials; the first that completes is given. */
Test(airkiss_codec, phones_apart, .timeout = 60)
{
	struct sent *sent = calloc(AIRKISS_PHONES_MAX, sizeof(*sent));
	struct credentials credentials[AIRKISS_PHONES_MAX];
	struct airkiss *ak = new_decoder(NULL);
	unsigned got = 0;
	uint32_t seed = 9;

	cr_assert_not_null(sent);
	for (unsigned i = 0; i < AIRKISS_PHONES_MAX; i++) {
		make_credentials(&credentials[i], 8 + i, 8 + 2 * i, &seed);
		make_sent(&sent[i], SENDER_JAVA, &credentials[i], 1);
	}
	for (size_t at = 0; at < 1500; at++) {
		for (unsigned i = 0; i < AIRKISS_PHONES_MAX; i++) {
			struct air_symbol symbol = make_symbol(i, at * 4000, (int64_t)at,
							       sent[i].symbol[at % sent[i].count]);
			struct air_result result;

			(void)airkiss_push(ak, &symbol, NULL);
			/* A stranger now and then must not push one of them out. */
			symbol = make_symbol(100 + (unsigned)at % 100, at * 4000, (int64_t)at, 300);
			if (at > 20)
				(void)airkiss_push(ak, &symbol, NULL);
			if (airkiss_result(ak, &result) == 0)
				continue;
			cr_assert(same_credentials(&result, &credentials[result.sa[5]]));
			got |= 1U << result.sa[5];
			airkiss_forget_result(ak);
		}
	}
	cr_expect_eq(got, 0xff, "%x", got);
	free_decoder(ak);
	free(sent);
}

Test(airkiss_codec, progress)
{
	struct airkiss *ak = new_decoder(NULL);
	struct air_symbol symbol;
	enum air_progress progress = AIR_IDLE;

	for (unsigned i = 0; i < WORKED; i++) {
		symbol = make_symbol(1, 0, (int64_t)i, worked[i]);
		progress = airkiss_push(ak, &symbol, NULL);
		if (i == 0)
			cr_assert_eq(progress, AIR_IDLE);
		else if (i == 3)
			cr_assert_eq(progress, AIR_CANDIDATE);
	}
	cr_assert_eq(progress, AIR_LOCKED);
	symbol = make_symbol(2, 0, 0, 300);
	cr_assert_eq(airkiss_push(ak, &symbol, NULL), AIR_IDLE);
	for (unsigned i = 0; i < 4; i++) {
		symbol = make_symbol(3, 0, (int64_t)i, 1 + (int)i);
		progress = airkiss_push(ak, &symbol, NULL);
	}
	cr_assert_eq(progress, AIR_CANDIDATE);
	free_decoder(ak);
}

/* Frames of any length and order: no credentials, no trouble. */
Test(airkiss_codec, noise, .timeout = 60)
{
	struct airkiss *ak = new_decoder(NULL);
	struct air_result result;
	int64_t position = 0;
	uint32_t seed = 1;

	for (unsigned i = 0; i < 1000000; i++) {
		uint32_t random = air_random(&seed);
		struct air_symbol symbol;
		unsigned range = i < 300000 ? 1536 : i < 600000 ? 512 : 400;

		position += 1 + (random >> 28) % 3;
		symbol = make_symbol(random >> 8 & 3, i, position, (int)((random >> 12) % range));
		symbol.epoch = i / 50000;
		(void)airkiss_push(ak, &symbol, NULL);
		cr_assert_eq(airkiss_result(ak, &result), 0, "%u", i);
	}
	free_decoder(ak);
}
