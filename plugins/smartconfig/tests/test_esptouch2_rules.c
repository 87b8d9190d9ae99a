/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of smartconfig.md 3.4 to 3.7, one by one, and what must come to nothing. */
#include <criterion/criterion.h>
#include <string.h>

#include "air_vector.h"
#include "esptouch2_util.h"

static const struct e2_air clean = {.direction = AIR_TO_AP, .sa = {2, 0, 0, 1, 2, 3}};
static const uint8_t key[] = "ESPWIFISMARTCONF";

static struct esptouch2 decoder;
static struct air_result result;

/* One sender, a decoder of its own. Returns the time, 0: nothing came. */
static uint64_t run(const struct e2_sender *sender, const struct air_bss *list, size_t count)
{
	uint32_t random = 99;

	esptouch2_init(&decoder, key);
	esptouch2_scan(&decoder, list, count);
	return e2_run(&decoder, sender, &clean, &random, &result);
}

static void run_right(const struct e2_sender *sender)
{
	cr_assert_neq(run(sender, NULL, 0), 0);
	cr_assert(e2_is_right(sender, &result));
}

Test(esptouch2_rules, every_length, .timeout = 30)
{
	struct e2_sender sender;

	for (size_t i = 0; i <= 64; i++) {
		e2_text(&sender, "", "", "");
		sender.ssid_len = 1 + i / 2 % 32;
		sender.passphrase_len = i;
		sender.reserved_len = 64 - i;
		memset(sender.ssid, 'a' + (int)(i % 26), sender.ssid_len);
		memset(sender.passphrase, 'p', i);
		memset(sender.reserved, 'r', sender.reserved_len);
		run_right(&sender);
	}
}

Test(esptouch2_rules, fields_with_high_bytes_are_apart, .timeout = 30)
{
	struct e2_sender sender;

	for (unsigned which = 0; which < 8; which++) {
		e2_text(&sender, "HomeNet-2G", "s3cret-Pa55", "tok:0042");
		sender.ssid[3] |= (uint8_t)((which & 1) << 7);
		sender.passphrase[10] |= (uint8_t)((which >> 1 & 1) << 7);
		sender.reserved[0] |= (uint8_t)((which >> 2 & 1) << 7);
		run_right(&sender);
	}
	e2_text(&sender, "HomeNet-2G", "", "");
	sender.reserved_len = 127;
	memset(sender.reserved, 0xe5, 127);
	run_right(&sender);
}

Test(esptouch2_rules, encrypted, .timeout = 30)
{
	struct e2_sender sender;

	for (size_t len = 0; len <= 64; len += 4) {
		e2_text(&sender, "HomeNet-2G", "", "");
		sender.key = (const char *)key;
		sender.security = len % 8 != 0 ? 1 : 2;
		sender.port = len / 4 % 4;
		sender.passphrase_len = len;
		sender.reserved_len = 64 - len;
		memset(sender.passphrase, 0xc3, len);
		memset(sender.reserved, 0x31, sender.reserved_len);
		run_right(&sender);
		cr_assert_eq(result.flags,
			     ESPTOUCH2_AES | (sender.security == 2 ? ESPTOUCH2_RANDOM_IV : 0));
	}
}

Test(esptouch2_rules, ipv6, .timeout = 30)
{
	struct e2_sender sender;

	e2_text(&sender, "HomeNet-2G", "s3cret-Pa55", "");
	sender.ipv6 = 1;
	sender.port = 2;
	run_right(&sender);
	cr_assert_eq(result.flags, ESPTOUCH2_IPV6);
	cr_assert_eq(result.token, 2);
}

Test(esptouch2_rules, padding_with_lost_bits, .timeout = 30)
{
	struct e2_sender sender;

	for (size_t len = 8; len < 14; len++) {
		e2_text(&sender, "HomeNet-2G", "", "");
		sender.passphrase_len = len;
		memset(sender.passphrase, 'x', len);
		sender.padding_mod = 256;
		run_right(&sender);
	}
}

Test(esptouch2_rules, ssid_left_out, .timeout = 30)
{
	struct air_bss list[3] = {{.ssid_len = 8, .ssid = "HomeNetw", .bssid = {1, 2, 3, 4, 5, 6}},
				  {.ssid_len = 0},
				  {.ssid_len = 10, .ssid = "HomeNet-2G"}};
	struct e2_sender sender;

	e2_text(&sender, "HomeNet-2G", "s3cret-Pa55", "");
	sender.no_ssid = 1;
	memcpy(list[1].bssid, sender.bssid, 6);
	cr_assert_eq(run(&sender, NULL, 0), 0);
	cr_assert_eq(run(&sender, list, 2), 0, "hidden");
	memcpy(list[2].bssid, sender.bssid, 6);
	list[1].bssid[5] ^= 1;
	cr_assert_neq(run(&sender, list, 3), 0);
	cr_assert(e2_is_right(&sender, &result));
	cr_assert_eq(result.flags, ESPTOUCH2_SSID_SCAN);
	cr_assert_arr_eq(result.bssid, sender.bssid, 6);
}

/* The list comes later, while the phone goes on. */
Test(esptouch2_rules, scan_list_comes_late, .timeout = 30)
{
	struct air_bss bss = {.ssid_len = 10, .ssid = "HomeNet-2G"};
	struct e2_sender sender;
	uint32_t random = 5;

	e2_text(&sender, "HomeNet-2G", "s3cret-Pa55", "");
	sender.no_ssid = 1;
	memcpy(bss.bssid, sender.bssid, 6);
	cr_assert_eq(run(&sender, NULL, 0), 0);
	esptouch2_scan(&decoder, &bss, 1);
	cr_assert_neq(e2_run(&decoder, &sender, &clean, &random, &result), 0);
	cr_assert(e2_is_right(&sender, &result));
}

Test(esptouch2_rules, the_listener_comes_late, .timeout = 30)
{
	struct e2_air air = clean;
	struct e2_sender sender;
	uint32_t random = 7;

	e2_text(&sender, "HomeNet-2G", "s3cret-Pa55", "");
	for (air.from_us = 0; air.from_us < 1200000; air.from_us += 15000) {
		uint64_t time;

		esptouch2_init(&decoder, NULL);
		time = e2_run(&decoder, &sender, &air, &random, &result);
		cr_assert(e2_is_right(&sender, &result));
		cr_assert_leq(time, air.from_us + 1200000);
	}
}

/* The overhead is not what the frame says: learned from sync and total. */
Test(esptouch2_rules, unknown_overhead, .timeout = 30)
{
	static const int32_t shifts[] = {4, -8, 8, 12, 20, -20, 44, -44};
	struct e2_air air = clean;
	struct e2_sender sender;
	uint32_t random = 7;

	e2_text(&sender, "HomeNet-2G", "s3cret-Pa55", "");
	air.loss = 100;
	for (size_t i = 0; i < sizeof(shifts) / sizeof(shifts[0]); i++) {
		air.len_shift = shifts[i];
		esptouch2_init(&decoder, NULL);
		cr_assert_neq(e2_run(&decoder, &sender, &air, &random, &result), 0);
		cr_assert(e2_is_right(&sender, &result), "%d", shifts[i]);
	}
}

/* The same credentials are told once, others again, and all after a new start. */
Test(esptouch2_rules, told_once, .timeout = 30)
{
	struct air_symbol wait = {.len = 1048, .len2 = -1, .position = 1000000};
	struct e2_sender sender;
	uint32_t random = 7;

	e2_text(&sender, "HomeNet-2G", "s3cret-Pa55", "");
	run_right(&sender);
	cr_assert_eq(e2_run(&decoder, &sender, &clean, &random, &result), 0);
	sender.passphrase[0] = 'S';
	cr_assert_neq(e2_run(&decoder, &sender, &clean, &random, &result), 0);
	cr_assert(e2_is_right(&sender, &result));
	memcpy(wait.sa, clean.sa, 6);
	for (int i = 0; i < 4; i++) {
		wait.position++;
		wait.time_us += 100000;
		cr_assert_eq(esptouch2_push(&decoder, &wait, &result), 0);
	}
	cr_assert_neq(e2_run(&decoder, &sender, &clean, &random, &result), 0);
	cr_assert(e2_is_right(&sender, &result));
}

/* Another passphrase of the same length without a pause: never a mixture of both. */
Test(esptouch2_rules, a_change_is_no_mixture, .timeout = 30)
{
	struct e2_air air = clean;
	struct e2_sender old;
	struct e2_sender new;
	uint32_t random = 31;

	e2_text(&old, "HomeNet-2G", "", "");
	new = old;
	old.passphrase_len = new.passphrase_len = 63;
	air.loss = 300;
	for (int trial = 0; trial < 100; trial++) {
		for (size_t i = 0; i < 63; i++) {
			old.passphrase[i] = (uint8_t)(33 + air_random(&random) % 94);
			new.passphrase[i] = (uint8_t)(33 + air_random(&random) % 94);
		}
		esptouch2_init(&decoder, NULL);
		cr_assert_neq(e2_run(&decoder, &old, &air, &random, &result), 0);
		cr_assert(e2_is_right(&old, &result));
		cr_assert_neq(e2_run(&decoder, &new, &air, &random, &result), 0);
		cr_assert(e2_is_right(&new, &result), "trial %d", trial);
	}
}

/* Two phones and two streams of each, in turn. */
Test(esptouch2_rules, phones_are_kept_apart, .timeout = 30)
{
	static int32_t lens[8][E2_ROUND_MAX];
	struct e2_sender sender[8];
	size_t count[8];
	unsigned done = 0;
	uint32_t random = 3;

	esptouch2_init(&decoder, NULL);
	for (unsigned p = 0; p < 8; p++) {
		e2_text(&sender[p], "HomeNet-2G", "s3cret-Pa55", "");
		sender[p].passphrase[0] = (uint8_t)('A' + p);
		count[p] = e2_round(&sender[p], &random, lens[p]);
	}
	for (size_t i = 0; i < 300; i++) {
		for (unsigned p = 0; p < 8; p++) {
			struct air_symbol symbol = {.time_us = i * 15000,
						    .stream = 2 * p + (unsigned)(i & 1),
						    .position = (int64_t)i,
						    .len = lens[p][(i + 7 * p) % count[p]],
						    .len2 = -1,
						    .sa = {2, 0, 0, 0, 0, (uint8_t)p}};

			if (esptouch2_push(&decoder, &symbol, &result) == 0)
				continue;
			cr_assert(e2_is_right(&sender[p], &result));
			done |= 1u << p;
		}
	}
	cr_assert_eq(done, 255);
}

Test(esptouch2_rules, noise_gives_nothing, .timeout = 60)
{
	uint32_t random = 11;
	int64_t position = 0;

	esptouch2_init(&decoder, key);
	for (uint32_t i = 0; i < 2000000; i++) {
		struct air_symbol symbol = {.time_us = (uint64_t)i * 1000,
					    .stream = i % 5,
					    .len = (int32_t)(air_random(&random) % 1140),
					    .len2 = -1,
					    .sa = {2, 0, 0, 0, 0, (uint8_t)(i % 5)}};

		position += 1 + (air_random(&random) & 1);
		symbol.position = position;
		cr_assert_eq(esptouch2_push(&decoder, &symbol, &result), 0);
	}
	esptouch2_finish(&decoder);
	esptouch2_finish(NULL);
}
