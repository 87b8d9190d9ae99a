/* SPDX-License-Identifier: Apache-2.0 */
#include "air_vector.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#define PRIVACY 0x10

static const uint8_t rates[] = {1, 4, 0x82, 0x84, 0x8b, 0x96};
static const uint8_t ds6[] = {3, 1, 6};
static const uint8_t tim[] = {5, 4, 0, 3, 0, 0};
static const uint8_t rsn_ccmp[] = {48,	20,   1, 0, 0, 0xf, 0xac, 4,	1, 0, 0,
				   0xf, 0xac, 4, 1, 0, 0,   0xf,  0xac, 2, 0, 0};
static const uint8_t rsn_mixed[] = {48, 24, 1,	 0,    0, 0xf, 0xac, 2, 2,   0,	   0, 0xf, 0xac,
				    4,	0,  0xf, 0xac, 2, 1,   0,    0, 0xf, 0xac, 2, 0,   0};
static const uint8_t rsn_sae[] = {48,  20,   1, 0, 0, 0xf, 0xac, 4,    1, 0,	0,
				  0xf, 0xac, 4, 1, 0, 0,   0xf,	 0xac, 8, 0xc0, 0};
static const uint8_t rsn_both[] = {48, 24, 1, 0, 0,   0xf,  0xac, 4, 1,	  0,	0, 0xf,	 0xac,
				   4,  2,  0, 0, 0xf, 0xac, 2,	  0, 0xf, 0xac, 8, 0x80, 0};
static const uint8_t rsn_owe[] = {48,  20,   1, 0, 0, 0xf, 0xac, 4,    1,  0,	 0,
				  0xf, 0xac, 4, 1, 0, 0,   0xf,	 0xac, 18, 0xc0, 0};
static const uint8_t rsn_8021x[] = {48,	 20,   1, 0, 0, 0xf, 0xac, 4,	 1, 0, 0,
				    0xf, 0xac, 4, 1, 0, 0,   0xf,  0xac, 1, 0, 0};
static const uint8_t rsn_gcmp256[] = {48,  20,	 1, 0, 0, 0xf, 0xac, 9,	   1,  0,    0,
				      0xf, 0xac, 9, 1, 0, 0,   0xf,  0xac, 24, 0xc0, 0};
static const uint8_t rsn_two_mics[] = {48, 24, 1,   0,	  0, 0xf, 0xac, 4, 2,	0,    0, 0xf, 0xac,
				       4,  0,  0xf, 0xac, 9, 1,	  0,	0, 0xf, 0xac, 8, 0,   0};
static const uint8_t rsn_short[] = {48, 2, 1, 0};
static const uint8_t wpa_tkip[] = {221, 22, 0, 0x50, 0xf2, 1, 1, 0, 0, 0x50, 0xf2, 2,
				   1,	0,  0, 0x50, 0xf2, 2, 1, 0, 0, 0x50, 0xf2, 2};
static const uint8_t wmm[] = {221, 7, 0, 0x50, 0xf2, 2, 0, 1, 0};
static const uint8_t ht_above[] = {61, 22, 11, 5, 0, 0, 0, 0, 0, 0, 0, 0,
				   0,  0,  0,  0, 0, 0, 0, 0, 0, 0, 0, 0};
static const uint8_t ht_below[] = {61, 22, 11, 7, 0, 0, 0, 0, 0, 0, 0, 0,
				   0,  0,  0,  0, 0, 0, 0, 0, 0, 0, 0, 0};

struct beacon {
	uint8_t bytes[1024];
	size_t len;
};

static void add(struct beacon *beacon, const uint8_t *bytes, size_t len)
{
	cr_assert_leq(beacon->len + len, sizeof(beacon->bytes));
	memcpy(beacon->bytes + beacon->len, bytes, len);
	beacon->len += len;
}

#define ADD(beacon, element) add(beacon, element, sizeof(element))

static void begin(struct beacon *beacon, uint8_t capability, const char *ssid, size_t ssid_len)
{
	static const uint8_t header[24] = {0x80, 0,    0,    0,	   0xff, 0xff, 0xff, 0xff,
					   0xff, 0xff, 2,    0xaa, 0xbb, 0xcc, 0xdd, 0xee,
					   2,	 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0x30, 0x12};
	uint8_t fixed[12] = {1, 2, 3, 4, 5, 6, 7, 8, 100, 0, 1, 4};
	uint8_t head[2] = {0, (uint8_t)ssid_len};

	beacon->len = 0;
	fixed[10] |= capability;
	ADD(beacon, header);
	ADD(beacon, fixed);
	ADD(beacon, head);
	add(beacon, (const uint8_t *)ssid, ssid_len);
	ADD(beacon, rates);
	ADD(beacon, ds6);
	ADD(beacon, tim);
}

static int parse(const struct beacon *beacon, size_t have, size_t captured, struct air_bss *out)
{
	struct provd_frame frame = {.len = have, .captured = captured};
	size_t room = captured != 0 ? captured : have;
	uint8_t *exact = malloc(room != 0 ? room : 1);
	struct air_parsed parsed;
	int kind;

	cr_assert_not_null(exact);
	memcpy(exact, beacon->bytes, room);
	frame.data = exact;
	kind = air_parse(&frame, &parsed);
	free(exact);
	if (kind == AIR_BEACON)
		*out = parsed.u.bss;
	else
		cr_assert_eq(kind, AIR_NOTHING);
	return kind == AIR_BEACON;
}

static void expect(const struct beacon *beacon, uint32_t security, uint32_t group,
		   uint32_t pairwise)
{
	struct air_bss bss;

	cr_assert(parse(beacon, beacon->len, 0, &bss));
	cr_assert_eq(bss.security, security, "%u", bss.security);
	cr_assert_eq(bss.group_mic, group, "%u", bss.group_mic);
	cr_assert_eq(bss.pairwise_mic, pairwise, "%u", bss.pairwise_mic);
	cr_assert_eq(bss.channel, 6);
}

Test(air_beacon, securities, .timeout = 20)
{
	static const struct {
		const uint8_t *rsn;
		size_t len;
		uint32_t security;
		uint32_t group;
		uint32_t pairwise;
	} rows[] = {
		{rsn_ccmp, sizeof(rsn_ccmp), PROVD_SECURITY_WPA2, 16, 16},
		{rsn_mixed, sizeof(rsn_mixed), PROVD_SECURITY_WPA2, 20, 16},
		{rsn_sae, sizeof(rsn_sae), PROVD_SECURITY_WPA3, 16, 16},
		{rsn_both, sizeof(rsn_both), PROVD_SECURITY_WPA2_WPA3, 16, 16},
		{rsn_owe, sizeof(rsn_owe), PROVD_SECURITY_OWE, 16, 16},
		{rsn_8021x, sizeof(rsn_8021x), PROVD_SECURITY_ENTERPRISE, 16, 16},
		{rsn_gcmp256, sizeof(rsn_gcmp256), PROVD_SECURITY_WPA3, 24, 24},
		{rsn_two_mics, sizeof(rsn_two_mics), PROVD_SECURITY_WPA3, 16, AIR_MIC_EITHER},
		{rsn_short, sizeof(rsn_short), PROVD_SECURITY_UNKNOWN, 16, 16},
		{wpa_tkip, sizeof(wpa_tkip), PROVD_SECURITY_WPA, 20, 20},
	};
	struct beacon beacon;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(&beacon, PRIVACY, "HomeNet", 7);
		add(&beacon, rows[i].rsn, rows[i].len);
		ADD(&beacon, wmm);
		expect(&beacon, rows[i].security, rows[i].group, rows[i].pairwise);
	}
	begin(&beacon, 0, "HomeNet", 7);
	expect(&beacon, PROVD_SECURITY_OPEN, 0, 0);
	begin(&beacon, PRIVACY, "HomeNet", 7);
	expect(&beacon, PROVD_SECURITY_WEP, 8, 8);
	/* WPA and WPA2 at once: TKIP for the group, CCMP for the stations that can. */
	begin(&beacon, PRIVACY, "HomeNet", 7);
	ADD(&beacon, rsn_mixed);
	ADD(&beacon, wpa_tkip);
	expect(&beacon, PROVD_SECURITY_WPA2, 20, 16);
}

Test(air_beacon, names_are_bytes, .timeout = 20)
{
	static const char zeros[32];
	static const char raw[32] = "a\0\xff\xfe z";
	struct beacon beacon;
	struct air_bss bss;

	begin(&beacon, 0, raw, 32);
	cr_assert(parse(&beacon, beacon.len, 0, &bss));
	cr_assert_eq(bss.ssid_len, 32);
	cr_assert_arr_eq(bss.ssid, raw, 32);
	for (size_t len = 0; len <= 32; len++) {
		begin(&beacon, 0, zeros, len);
		cr_assert(parse(&beacon, beacon.len, 0, &bss));
		cr_assert_eq(bss.ssid_len, 0);
	}
	begin(&beacon, 0, "123456789012345678901234567890123", 33);
	cr_assert_not(parse(&beacon, beacon.len, 0, &bss));
}

Test(air_beacon, channel, .timeout = 20)
{
	struct beacon beacon;
	struct air_bss bss;

	begin(&beacon, 0, "x", 1);
	ADD(&beacon, ht_above);
	cr_assert(parse(&beacon, beacon.len, 0, &bss));
	cr_assert_eq(bss.channel, 11);
	cr_assert_eq(bss.ht40, 1);
	begin(&beacon, 0, "x", 1);
	ADD(&beacon, ht_below);
	cr_assert(parse(&beacon, beacon.len, 0, &bss));
	cr_assert_eq(bss.ht40, -1);
}

Test(air_beacon, probe_response_and_others, .timeout = 20)
{
	struct beacon beacon;
	struct air_bss bss;

	begin(&beacon, 0, "x", 1);
	beacon.bytes[0] = 0x50;
	cr_assert(parse(&beacon, beacon.len, 0, &bss));
	beacon.bytes[0] = 0x40;
	cr_assert_not(parse(&beacon, beacon.len, 0, &bss));
	beacon.bytes[0] = 0x80;
	beacon.bytes[1] = 0x40;
	cr_assert_not(parse(&beacon, beacon.len, 0, &bss));
	beacon.bytes[1] = 0;
	beacon.bytes[16] = 3;
	cr_assert_not(parse(&beacon, beacon.len, 0, &bss));
}

/* What is cut off may be unknown, never another security or another name. */
Test(air_beacon, truncated_at_every_byte, .timeout = 20)
{
	struct beacon beacon;

	begin(&beacon, PRIVACY, "HomeNet", 7);
	ADD(&beacon, rsn_mixed);
	ADD(&beacon, ht_above);
	ADD(&beacon, wpa_tkip);
	for (size_t have = 1; have <= beacon.len; have++) {
		struct air_bss bss;

		if (!parse(&beacon, beacon.len, have, &bss)) {
			cr_assert_lt(have, 24 + 12 + 9);
			continue;
		}
		cr_assert_eq(bss.ssid_len, 7);
		cr_assert_arr_eq(bss.ssid, "HomeNet", 7);
		cr_assert(bss.channel == 0 || bss.channel == 6 || bss.channel == 11);
		if (have >= 24 + 12 + 9 + 15 + 26)
			cr_assert_eq(bss.security, PROVD_SECURITY_WPA2);
		else
			cr_assert_eq(bss.security, PROVD_SECURITY_UNKNOWN, "%zu", have);
		cr_assert(bss.group_mic == AIR_MIC_EITHER || bss.group_mic == 20);
	}
}

/* An RSN element whose counts promise more than it has. */
Test(air_beacon, lists_that_lie, .timeout = 20)
{
	struct beacon beacon;
	struct air_bss bss;

	for (size_t at = 2; at < sizeof(rsn_ccmp); at++) {
		uint8_t bad[sizeof(rsn_ccmp)];

		memcpy(bad, rsn_ccmp, sizeof(bad));
		bad[at] = 0xff;
		begin(&beacon, PRIVACY, "HomeNet", 7);
		ADD(&beacon, bad);
		cr_assert(parse(&beacon, beacon.len, 0, &bss));
		for (size_t len = 0; len < sizeof(bad) - 2; len++) {
			bad[1] = (uint8_t)len;
			begin(&beacon, PRIVACY, "HomeNet", 7);
			add(&beacon, bad, len + 2);
			cr_assert(parse(&beacon, beacon.len, 0, &bss));
		}
	}
}
