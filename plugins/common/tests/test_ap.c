/* SPDX-License-Identifier: Apache-2.0 */
#include "common/ap.h"

#include <criterion/criterion.h>

#include <string.h>

static struct provd_device_info info(void)
{
	struct provd_device_info i = {.size = sizeof(i),
				      .mac = {2, 0, 0, 0x12, 0xa4, 0x56},
				      .product = "PRODUCTID1",
				      .device = "0123456789012345678901234567"};

	return i;
}

Test(ap_name, patterns, .timeout = 10)
{
	static const struct {
		const char *pattern;
		const char *ssid; /* NULL: an error */
	} rows[] = {{"provd-{mac4}", "provd-a456"},
		    {"{mac6}", "12a456"},
		    {"{mac4}{mac4}", "a456a456"},
		    {"x{product}y", "xPRODUCTID1y"},
		    {"{device}", "0123456789012345678901234567"},
		    {"1234{device}", "12340123456789012345678901234567"},
		    {"12345{device}", NULL},
		    {"12345678901234567890123456789012", "12345678901234567890123456789012"},
		    {"123456789012345678901234567890123", NULL},
		    {"\xc3\xa4\xff", "\xc3\xa4\xff"},
		    {"", NULL}};
	struct provd_device_info i = info();

	for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		struct provd_error err = {.size = sizeof(err)};
		uint8_t ssid[PROVD_SSID_MAX];
		int needs = 9;
		int rc;

		rc = ap_name_check(rows[k].pattern, &needs, &err);
		if (strlen(rows[k].pattern) == 33) {
			cr_expect_eq(rc, PROVD_E_CONFIG);
			continue;
		}
		cr_expect_eq(rc, 0);
		cr_expect_eq(needs, strchr(rows[k].pattern, '{') != NULL);
		rc = ap_name_make(rows[k].pattern, &i, ssid, &err);
		if (!rows[k].ssid) {
			cr_expect_eq(rc, PROVD_E_CONFIG);
			cr_expect_neq(err.text[0], '\0');
			continue;
		}
		cr_assert_eq(rc, (int)strlen(rows[k].ssid), "%s", rows[k].pattern);
		cr_expect_eq(memcmp(ssid, rows[k].ssid, (size_t)rc), 0);
	}
}

Test(ap_name, bad_patterns, .timeout = 10)
{
	static const char *const bad[] = {"{",	    "}",	  "{mac}",   "{mac4",
					  "{MAC4}", "a{mac4}{b}", "{{mac4}}"};
	struct provd_device_info i = info();
	uint8_t ssid[PROVD_SSID_MAX];
	int needs = 0;

	for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++)
		cr_expect_eq(ap_name_check(bad[k], &needs, NULL), PROVD_E_CONFIG, "%s", bad[k]);
	/* What no device can fill in any more. */
	cr_expect_eq(ap_name_check("0123456789abcdef0123456789abcdef{mac4}", &needs, NULL), 0);
	cr_expect_eq(ap_name_check("0123456789abcdef0123456789abcdef0", &needs, NULL),
		     PROVD_E_CONFIG);
	i.product = "";
	i.device = NULL;
	cr_expect_eq(ap_name_make("{product}", &i, ssid, NULL), PROVD_E_CLOUD_IDENTITY);
	cr_expect_eq(ap_name_make("{device}", &i, ssid, NULL), PROVD_E_CLOUD_IDENTITY);
	cr_expect_eq(ap_name_make("{mac4}", NULL, ssid, NULL), PROVD_E_CLOUD_IDENTITY);
}

/* Computed with another implementation: the README shows the command. */
Test(ap_derive, published_vectors, .timeout = 10)
{
	static const struct {
		const char *key;
		uint8_t mac[6];
		const char *device;
		const char *passphrase;
	} rows[] = {{"0123456789abcdef", {2, 0, 0, 0x12, 0x34, 0x56}, "lamp-0001", "bowfquio2zap"},
		    {"0123456789abcdef", {2, 0, 0, 0x12, 0x34, 0x56}, "", "v6lqiq56ert4"},
		    {"another key of the product",
		     {0xff, 0xee, 0xdd, 0xcc, 0xbb, 0xaa},
		     "dev",
		     "x6m5lbrugtv3"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct provd_bytes key = {(const uint8_t *)rows[i].key, strlen(rows[i].key)};
		char out[AP_DERIVED_LEN + 1] = "";

		cr_assert_eq(ap_derive(key, rows[i].mac, rows[i].device, out), 0);
		cr_expect_str_eq(out, rows[i].passphrase);
	}
}
