/* SPDX-License-Identifier: Apache-2.0 */
#include "sender.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

static const char *expected(const struct sender *sender, const char *key)
{
	const json_t *all = json_object_get(sender->vector.root, "expected");
	const char *text = json_string_value(json_object_get(all, key));

	return text ? text : "";
}

static void read_phone(struct sender *sender)
{
	const json_t *inputs = json_object_get(sender->vector.root, "inputs");
	const char *pin = json_string_value(json_object_get(inputs, "pin"));
	const char *mac = json_string_value(json_object_get(inputs, "phone_mac"));
	unsigned int m[6] = {0x3a, 0x22, 0x33, 0x44, 0x55, 0x66};
	unsigned int ip[4];

	cr_assert_not_null(pin);
	cr_assert_not_null(mac);
	(void)sscanf(mac, "%x:%x:%x:%x:%x:%x", &m[0], &m[1], &m[2], &m[3], &m[4], &m[5]);
	cr_assert_eq(sscanf(expected(sender, "profile_ip"), "%u.%u.%u.%u", &ip[0], &ip[1], &ip[2],
			    &ip[3]),
		     4);
	for (size_t i = 0; i < 6; i++)
		sender->sa[i] = (uint8_t)m[i];
	for (size_t i = 0; i < 4; i++)
		sender->ip[i] = (uint8_t)ip[i];
	sender->user_pin = strcmp(pin, "57289961") != 0;
	if (!sender->user_pin)
		return;
	cr_assert_leq(strlen(pin), sizeof(sender->policy.pin));
	memcpy(sender->policy.pin, pin, strlen(pin));
	sender->policy.pin_len = strlen(pin);
}

void sender_open(struct sender *sender, const char *name)
{
	const struct air_vector *vector = &sender->vector;

	memset(sender, 0, sizeof(*sender));
	air_vector_load(&sender->vector, name);
	cr_assert_gt(vector->count, 2);
	read_phone(sender);
	sender->multicast = vector->packets[0].dst >> 28 == 0xe;
	/* Every recording holds two rounds. */
	sender->round = vector->count / 2;
	sender->round_us = vector->packets[sender->round].time_us - vector->packets[0].time_us;
}

void sender_close(struct sender *sender)
{
	air_vector_free(&sender->vector);
}

void sender_symbol(const struct sender *sender, size_t index, struct air_symbol *out)
{
	const struct air_vector_packet *packet = &sender->vector.packets[index % sender->round];

	memset(out, 0, sizeof(*out));
	out->time_us = 1000000 + packet->time_us + index / sender->round * sender->round_us;
	out->stream = 5;
	out->direction = AIR_TO_AP;
	out->epoch = 1;
	out->position = (int64_t)index + 100;
	out->len = packet->len;
	out->len2 = -1;
	memcpy(out->sa, sender->sa, 6);
	memcpy(out->bssid, "\x02\xbb\x00\x00\x00\x01", 6);
	memset(out->da, 0xff, 6);
	if (!sender->multicast)
		return;
	memcpy(out->da, "\x01\x00\x5e", 3);
	out->da[3] = (uint8_t)(packet->dst >> 16 & 0x7f);
	out->da[4] = (uint8_t)(packet->dst >> 8);
	out->da[5] = (uint8_t)packet->dst;
}

int sender_run(const struct sender *sender, const struct weather *weather, uint64_t limit_us,
	       struct simpleconfig *state, struct air_result *out_result)
{
	uint32_t random = weather->seed;

	for (size_t i = 0;; i++) {
		struct air_symbol symbol;

		sender_symbol(sender, i, &symbol);
		if (symbol.time_us > 1000000 + limit_us)
			return 0;
		if (air_random(&random) % 100 < weather->loss_percent)
			continue;
		if (weather->direction)
			symbol.direction = weather->direction;
		symbol.len += weather->extra;
		if (weather->mic16) {
			symbol.len2 = symbol.len;
			symbol.len += 8;
		}
		if (simpleconfig_push(state, &symbol, out_result))
			return 1;
	}
}

void sender_check(const struct sender *sender, const struct air_result *result)
{
	const struct air_vector *vector = &sender->vector;

	cr_assert_eq(result->ssid_len, vector->ssid_len);
	cr_assert_arr_eq(result->ssid, vector->ssid, vector->ssid_len);
	cr_assert_eq(result->passphrase_len, vector->passphrase_len);
	cr_assert_arr_eq(result->passphrase, vector->passphrase, vector->passphrase_len);
	cr_assert_arr_eq(result->phone_ip, sender->ip, 4);
	cr_assert_arr_eq(result->sa, sender->sa, 6);
	cr_assert_eq(!!(result->flags & SIMPLECONFIG_OWN_PIN), sender->user_pin);
}
