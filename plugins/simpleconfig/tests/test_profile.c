/* SPDX-License-Identifier: Apache-2.0 */
/* Plaintext of profiles, both forms: simpleconfig.md 2.4. */
#include "codec/profile.h"

#include <criterion/criterion.h>
#include <provd/error.h>
#include <string.h>

TestSuite(profile, .timeout = 10);

#define LONG(bytes) simpleconfig_profile_long((const uint8_t *)(bytes), sizeof(bytes) - 1, &profile)
#define SHORT(bytes)                                                                               \
	simpleconfig_profile_short((const uint8_t *)(bytes), sizeof(bytes) - 1, &profile)

Test(profile, long_form)
{
	struct simpleconfig_profile profile;

	cr_assert_eq(LONG("\x01\x02\x00\xff\x02\x03key\x03\x04\xc0\xa8\x01\x37\x00\x00"), 0);
	cr_expect_eq(profile.ssid_len, 2);
	cr_expect_arr_eq(profile.ssid, "\x00\xff", 2);
	cr_expect_eq(profile.passphrase_len, 3);
	cr_expect_arr_eq(profile.passphrase, "key", 3);
	cr_expect_arr_eq(profile.phone_ip, "\xc0\xa8\x01\x37", 4);
	/* open, no SSID bytes, an unknown tag, no padding */
	cr_assert_eq(LONG("\x01\x00\x09\x02??\x03\x04\x0a\x00\x00\x01"), 0);
	cr_expect_eq(profile.ssid_len, 0);
	cr_expect_eq(profile.passphrase_len, 0);
}

Test(profile, long_form_refused)
{
	struct simpleconfig_profile profile;

	memset(&profile, 7, sizeof(profile));
	cr_expect_eq(LONG(""), PROVD_E_CORRUPT);
	cr_expect_eq(LONG("\x01\x01s\x02\x01p"), PROVD_E_CORRUPT, "no address");
	cr_expect_eq(LONG("\x01\x01s\x03\x04\x00\x00\x00\x00"), PROVD_E_CORRUPT);
	cr_expect_eq(LONG("\x01\x01s\x03\x03\x01\x01\x01"), PROVD_E_CORRUPT);
	cr_expect_eq(LONG("\x03\x04\x0a\x01\x01\x01\x00"), PROVD_E_CORRUPT, "no SSID");
	cr_expect_eq(LONG("\x01\x21sssssssssssssssssssssssssssssssss\x03\x04\x0a\x01\x01\x01"),
		     PROVD_E_CORRUPT);
	cr_expect_eq(LONG("\x01\x01s\x01\x01s\x03\x04\x0a\x01\x01\x01"), PROVD_E_CORRUPT);
	cr_expect_eq(LONG("\x01\x01s\x03\x04\x0a\x01\x01"), PROVD_E_CORRUPT, "beyond the end");
	cr_expect_eq(profile.ssid_len, 7, "untouched");
}

Test(profile, short_form)
{
	uint8_t plain[4 + 65 + 5] = "\x0d\x01\x02\x03";
	struct simpleconfig_profile profile;

	cr_assert_eq(SHORT("\x09"
			   "AB"
			   "\x13\xc0\xa8\x01\x37\x00\x00\x00\x00\x00\x00\x00\x00"),
		     0);
	cr_expect_eq(profile.ssid_len, 2);
	cr_expect_eq(profile.passphrase_len, 0);
	cr_expect_arr_eq(profile.phone_ip, "\xc0\xa8\x01\x37", 4);
	cr_expect_gt(profile.evidence, 64);
	/* six characters of three bytes, no padding */
	cr_assert_eq(
		SHORT("\x49\xe5\xae\xb6\xe5\xae\xb6\xe5\xae\xb6\xe5\xae\xb6\xe5\xae\xb6\xe5\xae\xb6"
		      "\x13\x0a\x00\x00\x01"),
		0);
	cr_expect_eq(profile.evidence, 8 + 8 + 7 - 3 + 48);
	/* 64 characters do not fit into six bits: the field is 0 */
	plain[4] = 2;
	memset(plain + 5, 'p', 64);
	memcpy(plain + 69, "\x13\x0a\x00\x00\x01", 5);
	cr_assert_eq(simpleconfig_profile_short(plain, sizeof(plain), &profile), 0);
	cr_expect_eq(profile.passphrase_len, 64);
}

Test(profile, short_form_refused)
{
	struct simpleconfig_profile profile;

	cr_expect_eq(SHORT(""), PROVD_E_CORRUPT);
	cr_expect_eq(SHORT("\x05s\x13\x0a\x01\x01\x01\x00\x01"), PROVD_E_CORRUPT, "padding");
	cr_expect_eq(SHORT("\x05s\x13\x00\x00\x00\x00\x00"), PROVD_E_CORRUPT);
	cr_expect_eq(SHORT("\x05s\x0f\x0a\x01\x01"), PROVD_E_CORRUPT);
	cr_expect_eq(SHORT("\x05s\x13\x0a\x01\x01"), PROVD_E_CORRUPT);
	cr_expect_eq(SHORT("\x05s\x05s\x13\x0a\x01\x01\x01"), PROVD_E_CORRUPT);
	cr_expect_eq(SHORT("\x05s\x04?\x13\x0a\x01\x01\x01"), PROVD_E_CORRUPT, "tag 0, length 1");
	cr_expect_eq(SHORT("\x85sssssssssssssssssssssssssssssssss\x13\x0a\x01\x01\x01"),
		     PROVD_E_CORRUPT);
}

Test(profile, network_by_its_address)
{
	struct simpleconfig_profile profile;

	cr_assert_eq(LONG("\x00\x0b\x01\x09\x02\x11\x22\x33\x44\x55\x00\x0b\x01\x02\x01p\x03\x04"
			  "\x0a\x00\x00\x01\x00"),
		     0);
	cr_expect_eq(profile.by_bssid, 1);
	cr_expect_arr_eq(profile.bssid, "\x02\x11\x22\x33\x44\x55", 6);
	cr_expect_eq(profile.channel, 11);
	cr_expect_eq(profile.hidden, 1);
	cr_expect_eq(profile.ssid_len, 0);
	cr_expect_arr_eq(profile.passphrase, "p", 1);
	cr_assert_eq(SHORT("\x2c\x01\x09\x02\x11\x22\x33\x44\x55\x00\x06\x00\x06p\x13\x0a\x00\x00"
			   "\x01\x00"),
		     0);
	cr_expect_eq(profile.by_bssid, 1);
	cr_expect_eq(profile.channel, 6);
	cr_expect_eq(profile.hidden, 0);
	cr_expect_eq(SHORT("\x2c\x01\x09\x02\x11"), PROVD_E_CORRUPT);
	cr_expect_eq(LONG("\x00\x0b\x01\x08\x02\x11\x22\x33\x44\x55\x00\x0b\x03\x04\x0a\x00\x00"
			  "\x01"),
		     PROVD_E_CORRUPT);
}
