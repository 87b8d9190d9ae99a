/* SPDX-License-Identifier: Apache-2.0 */
#include "sender.h"

#include "air_vector.h"
#include "codec/internal.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

void make_credentials(struct credentials *out, size_t ssid_len, size_t pass_len, uint32_t *seed)
{
	memset(out, 0, sizeof(*out));
	out->ssid_len = ssid_len;
	out->pass_len = pass_len;
	out->random = (uint8_t)(air_random(seed) >> 8);
	for (size_t i = 0; i < ssid_len; i++)
		out->ssid[i] = (uint8_t)(0x21 + (air_random(seed) >> 8) % 94);
	for (size_t i = 0; i < pass_len; i++)
		out->pass[i] = (uint8_t)(0x21 + (air_random(seed) >> 8) % 94);
}

static uint64_t put(struct sent *out, uint64_t at, unsigned symbol, uint64_t step)
{
	cr_assert_lt(out->count, SENT_MAX);
	out->time_us[out->count] = at;
	out->symbol[out->count] = (int16_t)symbol;
	out->count++;
	return at + step;
}

/* Four symbols of a nibble each: two of `value`, two of `crc`. */
static uint64_t put_nibbles(struct sent *out, uint64_t at, unsigned first, unsigned value,
			    unsigned crc, uint64_t step)
{
	unsigned magic = first == 0 && value < 16 ? 8 : value >> 4;

	at = put(out, at, first | magic, step);
	at = put(out, at, (first + 0x10) | (value & 15), step);
	at = put(out, at, (first + 0x20) | crc >> 4, step);
	return put(out, at, (first + 0x30) | (crc & 15), step);
}

static uint64_t put_pass(struct sent *out, uint64_t at, const struct credentials *c, uint64_t step)
{
	uint8_t data[128];
	size_t total = c->pass_len + 1 + c->ssid_len;

	memcpy(data, c->pass, c->pass_len);
	data[c->pass_len] = c->random;
	memcpy(data + c->pass_len + 1, c->ssid, c->ssid_len);
	for (size_t i = 0; i < total; i += 4) {
		size_t len = total - i < 4 ? total - i : 4;
		uint8_t index = (uint8_t)(i / 4);
		uint8_t crc = air_crc8(air_crc8(0, &index, 1), data + i, len);

		at = put(out, at, 0x80U | crc, step);
		at = put(out, at, 0x80U | index, step);
		for (size_t j = 0; j < len; j++)
			at = put(out, at, 0x100U | data[i + j], step);
	}
	return at;
}

static uint64_t put_cycle(struct sent *out, uint64_t at, enum sender_kind kind,
			  const struct credentials *c)
{
	uint64_t step = kind == SENDER_WECHAT ? 5000 : 4000;
	uint8_t on_air = (uint8_t)c->pass_len;
	unsigned total = (unsigned)(c->pass_len + 1 + c->ssid_len);
	unsigned ssid_crc = air_crc8(0, c->ssid, c->ssid_len);
	unsigned crc = air_crc8(0, &on_air, 1);
	uint64_t end;

	for (unsigned i = 0; i < 200; i++)
		at = put(out, at, 1 + i % 4, kind == SENDER_WECHAT ? 10000 : step);
	for (unsigned i = 0; i < 20; i++)
		at = put_nibbles(out, at, 0, total, ssid_crc, step);
	if (kind == SENDER_JAVA) {
		for (unsigned i = 0; i < 15; i++) {
			at = put_nibbles(out, at, 0x40, on_air, crc, step);
			at = put_pass(out, at, c, step);
		}
		return at;
	}
	for (unsigned i = 0; i < 20; i++)
		at = put_nibbles(out, at, 0x40, on_air, crc, step);
	for (end = at + 4000000; at < end;)
		at = put_pass(out, at, c, step);
	return at;
}

void make_sent(struct sent *out, enum sender_kind kind, const struct credentials *credentials,
	       unsigned cycles)
{
	uint64_t at = 0;

	out->count = 0;
	for (unsigned i = 0; i < cycles; i++)
		at = put_cycle(out, at, kind, credentials);
}

struct airkiss *new_decoder(const struct airkiss_options *options)
{
	struct airkiss *ak = malloc(airkiss_size());

	cr_assert_not_null(ak);
	cr_assert_eq(airkiss_init(ak, options), 0);
	return ak;
}

void free_decoder(struct airkiss *ak)
{
	airkiss_finish(ak);
	free(ak);
}

struct air_symbol make_symbol(unsigned phone, uint64_t time_us, int64_t position, int len)
{
	struct air_symbol symbol = {.time_us = time_us,
				    .stream = phone,
				    .phone = phone,
				    .direction = AIR_TO_AP,
				    .position = position,
				    .len = len,
				    .len2 = -1,
				    .sa = {2, 0, 0, 0, 1, (uint8_t)phone},
				    .bssid = {2, 0, 0, 0, 2, (uint8_t)phone}};

	return symbol;
}

int same_credentials(const struct air_result *result, const struct credentials *credentials)
{
	return result->ssid_len == credentials->ssid_len &&
	       result->passphrase_len == credentials->pass_len &&
	       memcmp(result->ssid, credentials->ssid, result->ssid_len) == 0 &&
	       memcmp(result->passphrase, credentials->pass, result->passphrase_len) == 0 &&
	       result->token == credentials->random;
}

static int chance(uint32_t *seed, unsigned percent)
{
	return (air_random(seed) >> 8) % 100 < percent;
}

enum verdict run_trial(const struct sent *sent, const struct credentials *credentials,
		       const struct trial *trial, uint32_t *seed, uint64_t *out_time_us)
{
	struct airkiss *ak = new_decoder(NULL);
	enum verdict verdict = VERDICT_NONE;
	int64_t position = 100;
	struct air_result result;

	for (size_t i = 0; i < sent->count && verdict == VERDICT_NONE; i++) {
		struct air_symbol symbol;

		position += trial->base != 0 ? trial->base : 1;
		position += chance(seed, trial->foreign);
		if (chance(seed, trial->loss) || sent->time_us[i] < trial->start_ms * 1000U)
			continue;
		symbol = make_symbol(1, sent->time_us[i], position, sent->symbol[i]);
		(void)airkiss_push(ak, &symbol, trial->streams);
		if (airkiss_result(ak, &result) == 0)
			continue;
		*out_time_us = result.time_us;
		verdict = same_credentials(&result, credentials) ? VERDICT_RIGHT : VERDICT_WRONG;
	}
	free_decoder(ak);
	return verdict;
}
