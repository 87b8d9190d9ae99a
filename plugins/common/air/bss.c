/* SPDX-License-Identifier: Apache-2.0 */
#include "air/frame_internal.h"

#include <string.h>

/* Time stamp, beacon interval, capabilities (IEEE 802.11-2020, 9.3.3.2). */
#define FIXED_LEN	   12
#define CAPABILITY_PRIVACY 0x10

/* Element numbers (IEEE 802.11-2020, 9.4.2.1). */
enum element {
	ELEMENT_SSID = 0,
	ELEMENT_DS = 3,
	ELEMENT_RSN = 48,
	ELEMENT_HT_OPERATION = 61,
	ELEMENT_VENDOR = 221
};

/* Kinds of keys that an RSN or WPA element offers. */
enum akm {
	AKM_ENTERPRISE = 1 << 0,
	AKM_PSK = 1 << 1,
	AKM_SAE = 1 << 2,
	AKM_OWE = 1 << 3
};

/* Kinds of ciphers; WEP, TKIP, 8-byte and 16-byte AES MICs. */
enum suite {
	SUITE_WEP = 1 << 0,
	SUITE_TKIP = 1 << 1,
	SUITE_MIC8 = 1 << 2,
	SUITE_MIC16 = 1 << 3
};

/* An RSN or WPA element. */
struct security {
	int present;
	uint32_t group;
	uint32_t pairwise;
	uint32_t akms;
};

struct beacon {
	const uint8_t *ssid;
	size_t ssid_len;
	uint8_t ds;
	uint8_t ht_channel;
	int32_t ht40;
	int whole; /* the elements end where the frame does */
	struct security rsn;
	struct security wpa;
};

static const uint8_t rsn_oui[3] = {0x00, 0x0f, 0xac};
static const uint8_t wpa_oui[3] = {0x00, 0x50, 0xf2};

/* IEEE 802.11-2020, table 9-149; 0: not one that is known. */
static uint32_t suite_of(const uint8_t *p, const uint8_t *oui)
{
	if (memcmp(p, oui, 3) != 0)
		return 0;
	switch (p[3]) {
	case 1:
	case 5:
		return SUITE_WEP;
	case 2:
		return SUITE_TKIP;
	case 4:
		return SUITE_MIC8;
	case 8:
	case 9:
	case 10:
		return oui == rsn_oui ? SUITE_MIC16 : 0;
	default:
		return 0;
	}
}

/* IEEE 802.11-2020, table 9-151. */
static uint32_t akm_of(const uint8_t *p, const uint8_t *oui)
{
	if (memcmp(p, oui, 3) != 0)
		return 0;
	switch (p[3]) {
	case 1:
	case 3:
	case 5:
	case 11:
	case 12:
	case 13:
		return AKM_ENTERPRISE;
	case 2:
	case 4:
	case 6:
		return AKM_PSK;
	case 8:
	case 9:
	case 24:
	case 25:
		return AKM_SAE;
	case 18:
		return AKM_OWE;
	default:
		return 0;
	}
}

/* A counted list of 4-byte suites; what is behind it, or NULL at the element's end. */
static const uint8_t *read_list(const uint8_t *p, const uint8_t *end, const uint8_t *oui,
				uint32_t (*kind)(const uint8_t *, const uint8_t *),
				uint32_t *out_kinds)
{
	size_t count;

	if (p == NULL || end - p < 2)
		return NULL;
	count = (size_t)p[0] | (size_t)p[1] << 8;
	p += 2;
	if (count > (size_t)(end - p) / 4)
		return NULL;
	for (; count != 0; count--, p += 4)
		*out_kinds |= kind(p, oui);
	return p;
}

/* Version, group cipher, pairwise ciphers, AKMs; each may be left out (9.4.2.24.1). */
static void read_security(const uint8_t *p, size_t len, const uint8_t *oui, struct security *out)
{
	const uint8_t *end = p + len;

	if (len < 2 || p[0] != 1 || p[1] != 0)
		return;
	memset(out, 0, sizeof(*out));
	out->present = 1;
	p += 2;
	if (end - p < 4) {
		/* The defaults of an RSN element. */
		out->group = SUITE_MIC8;
		out->pairwise = SUITE_MIC8;
		return;
	}
	out->group = suite_of(p, oui);
	p = read_list(p + 4, end, oui, suite_of, &out->pairwise);
	(void)read_list(p, end, oui, akm_of, &out->akms);
	if (out->pairwise == 0)
		out->pairwise = out->group;
}

static void read_element(struct beacon *beacon, uint8_t id, const uint8_t *p, size_t len)
{
	switch (id) {
	case ELEMENT_SSID:
		if (beacon->ssid == NULL) {
			beacon->ssid = p;
			beacon->ssid_len = len;
		}
		break;
	case ELEMENT_DS:
		if (len == 1)
			beacon->ds = p[0];
		break;
	case ELEMENT_RSN:
		read_security(p, len, rsn_oui, &beacon->rsn);
		break;
	case ELEMENT_HT_OPERATION:
		if (len < 2)
			break;
		beacon->ht_channel = p[0];
		beacon->ht40 = (p[1] & 3) == 1 ? 1 : (p[1] & 3) == 3 ? -1 : 0;
		break;
	case ELEMENT_VENDOR:
		if (len >= 4 && memcmp(p, wpa_oui, 3) == 0 && p[3] == 1)
			read_security(p + 4, len - 4, wpa_oui, &beacon->wpa);
		break;
	default:
		break;
	}
}

static void read_elements(struct beacon *beacon, const uint8_t *p, const uint8_t *end)
{
	while (end - p >= 2 && (size_t)(end - p) - 2 >= p[1]) {
		read_element(beacon, p[0], p + 2, p[1]);
		p += 2 + p[1];
	}
	beacon->whole = p == end;
}

static uint32_t rsn_security(uint32_t akms)
{
	if ((akms & AKM_PSK) != 0)
		return (akms & AKM_SAE) != 0 ? PROVD_SECURITY_WPA2_WPA3 : PROVD_SECURITY_WPA2;
	if ((akms & AKM_SAE) != 0)
		return PROVD_SECURITY_WPA3;
	if ((akms & AKM_OWE) != 0)
		return PROVD_SECURITY_OWE;
	return (akms & AKM_ENTERPRISE) != 0 ? PROVD_SECURITY_ENTERPRISE : PROVD_SECURITY_UNKNOWN;
}

static uint32_t mic_of(uint32_t suites)
{
	if ((suites & SUITE_MIC8) != 0)
		return (suites & SUITE_MIC16) != 0 ? AIR_MIC_EITHER : 16;
	if ((suites & SUITE_MIC16) != 0)
		return 24;
	if ((suites & SUITE_TKIP) != 0)
		return 20;
	return (suites & SUITE_WEP) != 0 ? 8 : AIR_MIC_EITHER;
}

static void judge(const struct beacon *beacon, int privacy, struct air_bss *out)
{
	const struct security *best = beacon->rsn.present ? &beacon->rsn : &beacon->wpa;

	out->group_mic = mic_of(best->group);
	out->pairwise_mic = mic_of(beacon->rsn.pairwise | beacon->wpa.pairwise);
	if (beacon->rsn.present) {
		out->security = rsn_security(beacon->rsn.akms);
	} else if (beacon->wpa.present) {
		out->security = (beacon->wpa.akms & AKM_PSK) != 0 ? PROVD_SECURITY_WPA
								  : PROVD_SECURITY_ENTERPRISE;
	} else if (!privacy) {
		out->security = PROVD_SECURITY_OPEN;
		out->group_mic = 0;
		out->pairwise_mic = 0;
	} else if (beacon->whole) {
		out->security = PROVD_SECURITY_WEP;
		out->group_mic = 8;
		out->pairwise_mic = 8;
	}
}

/* Some access points hide their name by zeros of the same length. */
static int is_hidden(const struct beacon *beacon)
{
	for (size_t i = 0; i < beacon->ssid_len; i++)
		if (beacon->ssid[i] != 0)
			return 0;
	return 1;
}

int air__parse_beacon(const uint8_t *data, size_t have, int whole, struct air_bss *out_bss)
{
	struct beacon beacon = {0};
	size_t at = AIR_HEADER_LEN + ((data[1] & 0x80) != 0 ? 4 : 0);

	/* Neither ToDS nor FromDS, no fragment, not protected; a BSSID is no group. */
	if ((data[1] & 0x47) != 0 || (data[22] & 0x0f) != 0 || (data[16] & 0x01) != 0 ||
	    have < at + FIXED_LEN)
		return AIR_NOTHING;
	read_elements(&beacon, data + at + FIXED_LEN, data + have);
	beacon.whole = beacon.whole && whole;
	if (beacon.ssid == NULL || beacon.ssid_len > PROVD_SSID_MAX)
		return AIR_NOTHING;
	memset(out_bss, 0, sizeof(*out_bss));
	memcpy(out_bss->bssid, data + 16, 6);
	if (!is_hidden(&beacon)) {
		out_bss->ssid_len = (uint8_t)beacon.ssid_len;
		memcpy(out_bss->ssid, beacon.ssid, beacon.ssid_len);
	}
	out_bss->channel = beacon.ht_channel != 0 ? beacon.ht_channel : beacon.ds;
	out_bss->ht40 = beacon.ht40;
	judge(&beacon, (data[at + 10] & CAPABILITY_PRIVACY) != 0, out_bss);
	return AIR_BEACON;
}
