/* SPDX-License-Identifier: Apache-2.0 */
#include "ble_line.h"
#include "hex.h"
#include "jget.h"
#include "pcap.h"
#include "radiotap.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

/* TSFT, flags (FCS), rate, channel 2437 MHz, signal -48 dBm; one further present word. */
static const uint8_t tapped[] = {0x00, 0x00, 0x1b, 0x00, 0x2f, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00,
				 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06,
				 0x07, 0x08, 0x10, 0x02, 0x85, 0x09, 0xa0, 0x00, 0xd0, 0x08, 0x42};

Test(sim_radiotap, reads_the_fields, .timeout = 10)
{
	uint8_t bytes[sizeof(tapped)];
	struct sim_radiotap h = {0};

	memcpy(bytes, tapped, sizeof(bytes));
	bytes[2] = 31;
	cr_assert_eq(sim_radiotap_read(bytes, sizeof(bytes), &h), 0);
	cr_expect_eq(h.header_len, 31);
	cr_expect_eq(h.freq_mhz, 2437);
	cr_expect_eq(h.signal_dbm, -48);
	cr_expect_eq(h.has_fcs, 1);
	cr_expect_eq(h.bad_fcs, 0);
}

Test(sim_radiotap, truncations_are_refused, .timeout = 10)
{
	struct sim_radiotap h = {.header_len = 77};

	for (size_t len = 0; len <= 33; len++) {
		uint8_t *exact = malloc(len + 1);

		for (size_t claimed = 0; claimed < 40; claimed++) {
			int rc;

			memcpy(exact, tapped, len);
			if (len > 2)
				exact[2] = (uint8_t)claimed;
			rc = sim_radiotap_read(exact, len, &h);
			cr_expect_eq(rc == 0, len >= claimed && claimed >= 31 && len >= 31,
				     "len %zu claimed %zu", len, claimed);
			if (rc)
				cr_expect_eq(h.header_len, 77);
			h.header_len = 77;
		}
		free(exact);
	}
}

Test(sim_radiotap, endless_present_words, .timeout = 10)
{
	uint8_t bytes[64];
	struct sim_radiotap h;

	memset(bytes, 0xff, sizeof(bytes));
	bytes[0] = 0;
	bytes[2] = 64;
	bytes[3] = 0;
	cr_expect_eq(sim_radiotap_read(bytes, sizeof(bytes), &h), PROVD_E_INVALID);
	cr_expect_eq(sim_radiotap_read(NULL, 0, &h), PROVD_E_INVALID);
}

static const uint8_t capture[] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
				  0xff, 0, 0, 105, 0, 0, 0,
				  /* 1.000002 s, 3 bytes */
				  1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 0xaa, 0xbb, 0xcc,
				  /* 2.000000 s, 1 byte */
				  2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0xdd};

Test(sim_pcap, reads_both_frames, .timeout = 10)
{
	struct sim_pcap p;
	struct sim_pcap_frame f;

	cr_assert_eq(sim_pcap_init(capture, sizeof(capture), &p), 0);
	for (int round = 0; round < 2; round++) {
		cr_assert_eq(sim_pcap_next(&p, &f), 1);
		cr_expect_eq(f.time_us, 1000002);
		cr_expect_eq(f.len, 3);
		cr_expect_eq(f.data[2], 0xcc);
		cr_assert_eq(sim_pcap_next(&p, &f), 1);
		cr_expect_eq(f.time_us, 2000000);
		cr_expect_eq(sim_pcap_next(&p, &f), 0);
		sim_pcap_rewind(&p);
	}
}

Test(sim_pcap, big_endian_and_nanoseconds, .timeout = 10)
{
	static const uint8_t big[] = {0xa1, 0xb2, 0x3c, 0x4d, 0,    2, 0, 4, 0, 0,   0, 0, 0,	0,
				      0,    0,	  0,	0xff, 0xff, 0, 0, 0, 0, 105, 0, 0, 0,	1,
				      0,    0,	  7,	0xd0, 0,    0, 0, 1, 0, 0,   0, 1, 0x55};
	struct sim_pcap p;
	struct sim_pcap_frame f;

	cr_assert_eq(sim_pcap_init(big, sizeof(big), &p), 0);
	cr_assert_eq(sim_pcap_next(&p, &f), 1);
	cr_expect_eq(f.time_us, 1000002);
	cr_expect_eq(f.len, 1);
}

Test(sim_pcap, every_truncation, .timeout = 10)
{
	for (size_t len = 0; len < sizeof(capture); len++) {
		uint8_t *exact = malloc(len + 1);
		struct sim_pcap p;
		struct sim_pcap_frame f;
		size_t frames = 0;
		int rc;

		memcpy(exact, capture, len);
		rc = sim_pcap_init(exact, len, &p);
		cr_expect_eq(rc, len < 24 ? PROVD_E_INVALID : 0);
		while (!rc && sim_pcap_next(&p, &f))
			frames++;
		cr_expect_eq(frames, len >= 43 ? 1u : 0u, "len %zu", len);
		free(exact);
	}
}

Test(sim_pcap, other_files_and_broken_headers, .timeout = 10)
{
	uint8_t bytes[sizeof(capture)];
	struct sim_pcap p;
	struct sim_pcap_frame f;

	memcpy(bytes, capture, sizeof(bytes));
	bytes[20] = 1;
	cr_expect_eq(sim_pcap_init(bytes, sizeof(bytes), &p), PROVD_E_NOT_SUPPORTED);
	bytes[20] = 127;
	cr_assert_eq(sim_pcap_init(bytes, sizeof(bytes), &p), 0);
	cr_expect_eq(sim_pcap_next(&p, &f), 0, "frames without a radiotap header are skipped");
	bytes[0] = 0;
	cr_expect_eq(sim_pcap_init(bytes, sizeof(bytes), &p), PROVD_E_INVALID);
}

static int decode(const char *line, struct sim_ble_request *out)
{
	struct provd_error err = {.size = sizeof(err)};
	int rc = sim_ble_line_decode(line, strlen(line), out, &err);

	cr_expect_eq(rc == 0, err.text[0] == '\0', "words exactly with an error: %s", line);
	return rc;
}

Test(sim_ble_line, good_lines, .timeout = 10)
{
	struct sim_ble_request r;

	cr_assert_eq(decode("{\"op\":\"connect\",\"mac\":\"02:00:00:00:00:09\",\"mtu\":247}", &r),
		     0);
	cr_expect_eq(r.verb, SIM_BLE_CONNECT);
	cr_expect_eq(r.mtu, 247);
	cr_expect_eq(r.mac[5], 9);
	cr_assert_eq(
		decode("{\"op\":\"write\",\"characteristic\":\"ff01\",\"value\":\"00FFab\"}", &r),
		0);
	cr_expect_eq(r.value_len, 3);
	cr_expect_eq(memcmp(r.value, "\x00\xff\xab", 3), 0);
	cr_expect_eq(r.characteristic[2], 0xff);
	cr_expect_eq(r.characteristic[15], 0xfb);
	cr_expect_eq(r.response, 1);
	cr_assert_eq(
		decode("{\"op\":\"notify\",\"service\":\"0000ffff-0000-1000-8000-00805f9b34fb\","
		       "\"characteristic\":\"ff02\",\"enable\":false}",
		       &r),
		0);
	cr_expect_eq(r.has_service, 1);
	cr_expect_eq(r.enable, 0);
	cr_expect_eq(decode("{\"op\":\"write\",\"characteristic\":\"ff01\",\"value\":\"\"}", &r),
		     0);
	cr_expect_eq(decode("{\"op\":\"disconnect\"}", &r), 0);
	cr_expect_eq(decode("{\"op\":\"mtu\",\"mtu\":517}", &r), 0);
}

Test(sim_ble_line, bad_lines, .timeout = 10)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"op\":5}",
		"{\"op\":\"jump\"}",
		"{\"op\":\"mtu\"}",
		"{\"op\":\"mtu\",\"mtu\":22}",
		"{\"op\":\"mtu\",\"mtu\":518}",
		"{\"op\":\"mtu\",\"mtu\":\"23\"}",
		"{\"op\":\"disconnect\",\"why\":1}",
		"{\"op\":\"disconnect\",\"op\":\"mtu\"}",
		"{\"op\":\"write\",\"value\":\"00\"}",
		"{\"op\":\"write\",\"characteristic\":\"ff01\"}",
		"{\"op\":\"write\",\"characteristic\":\"ff01\",\"value\":\"0\"}",
		"{\"op\":\"write\",\"characteristic\":\"ff01\",\"value\":\"0g\"}",
		"{\"op\":\"write\",\"characteristic\":\"ff0\",\"value\":\"00\"}",
		"{\"op\":\"read\",\"characteristic\":\"0000ffff-0000-1000-8000-00805f9b34fbaa\"}",
		"{\"op\":\"connect\",\"mac\":\"02-00-00-00-00-09\"}",
		"{\"op\":\"connect\",\"mac\":\"02:00:00:00:00:0\"}",
		"{\"op\":\"notify\",\"characteristic\":\"ff01\",\"enable\":1}",
	};
	struct sim_ble_request r = {.verb = 99};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(decode(bad[i], &r), PROVD_E_INVALID, "%s", bad[i]);
	cr_expect_eq(r.verb, 99);
}

Test(sim_ble_line, truncations_and_size, .timeout = 10)
{
	static const char line[] =
		"{\"op\":\"write\",\"service\":\"ffff\",\"characteristic\":\"ff01\",\"value\":\"0102\"}";
	struct sim_ble_request r;
	char *big = malloc(SIM_BLE_LINE_MAX + 1);

	for (size_t len = 0; len < sizeof(line) - 1; len++)
		cr_expect_eq(sim_ble_line_decode(line, len, &r, NULL), PROVD_E_INVALID);
	cr_expect_eq(sim_ble_line_decode(line, sizeof(line) - 1, &r, NULL), 0);
	memset(big, '[', SIM_BLE_LINE_MAX);
	cr_expect_eq(sim_ble_line_decode(big, SIM_BLE_LINE_MAX, &r, NULL), PROVD_E_INVALID);
	cr_expect_eq(sim_ble_line_decode(big, SIM_BLE_LINE_MAX - 1, &r, NULL), PROVD_E_INVALID);
	free(big);
}

Test(sim_jget, ssid_text_and_hex, .timeout = 10)
{
	static const struct {
		const char *json;
		int len;
	} rows[] = {{"{\"ssid\":\"a\"}", 1},
		    {"{\"ssid_hex\":\"00ff\"}", 2},
		    {"{\"ssid\":\"12345678901234567890123456789012\"}", 32},
		    {"{\"ssid\":\"123456789012345678901234567890123\"}", -1},
		    {"{\"ssid\":\"\"}", -1},
		    {"{\"ssid\":\"a\",\"ssid_hex\":\"00\"}", -1},
		    {"{\"ssid_hex\":\"0\"}", -1},
		    {"{}", -1}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *object = json_loads(rows[i].json, 0, NULL);
		uint8_t ssid[32];
		uint32_t len = 0;
		int rc = sim_jget_ssid(object, ssid, &len, NULL);

		cr_expect_eq(rc == 0 ? (int)len : -1, rows[i].len, "%s", rows[i].json);
		json_decref(object);
	}
}
