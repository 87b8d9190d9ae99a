/* SPDX-License-Identifier: Apache-2.0 */
#include "esptouch1_util.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#define PACKET_US 8000
#define CYCLE	  750 /* packets in 6 s */
#define GUIDE	  250
#define PACKETS	  5625 /* 45 s */

static uint8_t crc8(const uint8_t *data, size_t len)
{
	uint32_t crc = 0;

	for (size_t i = 0; i < len; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x8Cu : 0u);
	}
	return (uint8_t)crc;
}

void sender_random(struct sender *sender, uint32_t *random, size_t ssid_len, size_t passphrase_len)
{
	sender->ssid_len = ssid_len;
	sender->passphrase_len = passphrase_len;
	for (size_t i = 0; i < ssid_len; i++)
		sender->ssid[i] = (uint8_t)air_random(random);
	for (size_t i = 0; i < passphrase_len; i++)
		sender->passphrase[i] = (uint8_t)(0x21 + air_random(random) % 94);
	for (size_t i = 0; i < 6; i++)
		sender->bssid[i] = (uint8_t)(air_random(random) & (i == 0 ? 0xFEu : 0xFFu));
	sender_init(sender);
}

static size_t order_of(struct sender *sender, size_t total)
{
	static const struct {
		size_t first, step;
	} tails[] = {[SENDER_ANDROID] = {5, 4}, [SENDER_GO] = {6, 4}, [SENDER_PYTHON] = {5, 5}};
	size_t count = 0;

	if (sender->kind == SENDER_NO_SSID)
		total -= sender->ssid_len;
	for (size_t i = 0; i < total; i++)
		sender->order[count++] = (uint8_t)i;
	if (sender->kind == SENDER_NO_SSID || sender->kind == SENDER_NO_TAIL)
		return count;
	for (size_t k = 0; k < 6; k++) {
		size_t at = tails[sender->kind].first + k * tails[sender->kind].step;

		if (at > count)
			at = count;
		memmove(sender->order + at + 1, sender->order + at, count - at);
		sender->order[at] = (uint8_t)(total + k);
		count++;
	}
	return count;
}

void sender_init(struct sender *sender)
{
	size_t total = 9 + sender->passphrase_len + sender->ssid_len;
	uint8_t bytes[128] = {(uint8_t)total,
			      (uint8_t)sender->passphrase_len,
			      crc8(sender->ssid, sender->ssid_len),
			      crc8(sender->bssid, 6),
			      0,
			      192,
			      168,
			      7,
			      9};

	memcpy(bytes + 9, sender->passphrase, sender->passphrase_len);
	memcpy(bytes + 9 + sender->passphrase_len, sender->ssid, sender->ssid_len);
	for (size_t i = 0; i < total; i++)
		if (i != 4)
			bytes[4] ^= bytes[i];
	memcpy(bytes + total, sender->bssid, 6);
	sender->count = order_of(sender, total);
	sender->at = 0;
	for (size_t n = 0; n < sender->count; n++) {
		const uint8_t pair[2] = {bytes[sender->order[n]], sender->order[n]};
		uint32_t crc = crc8(pair, 2);

		sender->lengths[n][0] = (uint16_t)(40 + ((crc & 0xF0) | pair[0] >> 4));
		sender->lengths[n][1] = (uint16_t)(296 + pair[1]);
		sender->lengths[n][2] = (uint16_t)(40 + ((crc & 15) << 4 | (pair[0] & 15)));
	}
}

/* The length of packet `n` since the start, and its place in its group. */
static int32_t next_len(struct sender *sender, size_t n, int *out_new_group)
{
	size_t at;

	if (n % CYCLE < GUIDE) {
		*out_new_group = n % 4 == 0;
		return 515 - (int32_t)(n % 4);
	}
	at = sender->at++;
	*out_new_group = at % 3 == 0;
	return sender->lengths[at / 3 % sender->count][at % 3];
}

static int chance(uint32_t *random, uint32_t per_mille)
{
	return (air_random(random) >> 8) % 1000 < per_mille;
}

int sender_run(struct sender *sender, const struct air *air, uint32_t *random,
	       struct esptouch1 *decoder, struct air_result *out_result)
{
	struct air_symbol symbol = {.direction = AIR_TO_AP, .sa = {2, 0, 0, 0, 0, 1}, .len2 = -1};
	uint32_t group = 0;

	memcpy(symbol.bssid, sender->bssid, 6);
	memset(symbol.da, 0xFF, 6);
	for (size_t n = 0; n < PACKETS; n++) {
		int new_group = 0;
		int foreign = chance(random, air->foreign);

		if (foreign)
			symbol.position++;
		if (foreign && chance(random, air->heard)) {
			symbol.len = (int32_t)(air_random(random) >> 8) % 600;
			if (esptouch1_push(decoder, &symbol, NULL, out_result))
				return (int)(n * PACKET_US / 1000);
		}
		symbol.position++;
		symbol.time_us = n * PACKET_US;
		symbol.len = next_len(sender, n, &new_group) + air->shift;
		symbol.len2 = air->len2 != 0 ? symbol.len + air->len2 : -1;
		group = new_group ? group % 100 + 1 : group;
		if (sender->multicast) {
			const uint8_t c = (uint8_t)group;
			const uint8_t da[6] = {0x01, 0x00, 0x5E, c, c, c};

			memcpy(symbol.da, da, 6);
		}
		if (!chance(random, air->loss) &&
		    esptouch1_push(decoder, &symbol, NULL, out_result))
			return (int)(n * PACKET_US / 1000);
	}
	return -1;
}

struct esptouch1 *decoder_new(void)
{
	struct esptouch1 *decoder = malloc(esptouch1_size());

	cr_assert_not_null(decoder);
	esptouch1_init(decoder);
	return decoder;
}

void decoder_free(struct esptouch1 *decoder)
{
	esptouch1_finish(decoder);
	free(decoder);
}

int result_fits(const struct sender *sender, const struct air_result *result)
{
	return result->ssid_len == sender->ssid_len &&
	       memcmp(result->ssid, sender->ssid, sender->ssid_len) == 0 &&
	       result->passphrase_len == sender->passphrase_len &&
	       memcmp(result->passphrase, sender->passphrase, sender->passphrase_len) == 0;
}
