/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/profile.h"

#include <provd/error.h>
#include <provd/net.h>

#include <openssl/crypto.h>
#include <string.h>

enum tag {
	TAG_END = 0,
	TAG_SSID = 1,
	TAG_PASSPHRASE = 2,
	TAG_IP = 3
};

#define SSID_MAX	    32
#define IP_SIZE		    4
#define BY_BSSID_SIZE	    9
#define BY_BSSID_HEAD_LONG  0x0b
#define BY_BSSID_HEAD_SHORT 0x2c

/* A header has one value once all lengths are given ... */
#define HEADER_BITS 8
/* ... which they are not: 8 lengths of padding, and with a passphrase 33 of the SSID. */
#define FREEDOM_OPEN	   3
#define FREEDOM_PASSPHRASE 8

/* What is read so far. */
struct reading {
	struct simpleconfig_profile profile;
	uint32_t seen; /* a bit per tag */
	uint32_t bits;
	int wrapped; /* the SSID's place holds a BSSID */
};

static int is_printable(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] < 0x20 || bytes[i] > 0x7e)
			return 0;
	return 1;
}

/* Networks that phones have: RFC 1918 and RFC 3927; about one address of 230 by chance. */
static int is_local(const uint8_t *ip)
{
	return ip[0] == 10 || (ip[0] == 172 && (ip[1] & 0xf0) == 16) ||
	       (ip[0] == 192 && ip[1] == 168) || (ip[0] == 169 && ip[1] == 254);
}

/* Bytes of the UTF-8 character at `bytes`, 0: none. Overlong ones are let pass. */
static size_t character_len(const uint8_t *bytes, size_t len)
{
	size_t more;

	if (bytes[0] < 0x80)
		return is_printable(bytes, 1) ? 1 : 0;
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
		return 0;
	more = bytes[0] < 0xe0 ? 1 : bytes[0] < 0xf0 ? 2 : 3;
	if (more >= len)
		return 0;
	for (size_t i = 1; i <= more; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	return 1 + more;
}

/*
 * 95 of 256 bytes are printable: 1.4 bits each. Of two bytes 1 in 34 begin a character of two, of
 * three 1 in 256, of four 1 in 3300.
 */
static uint32_t text_bits(const uint8_t *bytes, size_t len)
{
	static const uint32_t tenths[] = {0, 14, 50, 80, 116};
	uint32_t sum = 0;

	for (size_t at = 0; at < len;) {
		size_t size = character_len(bytes + at, len - at);

		if (size == 0)
			return 0;
		sum += tenths[size];
		at += size;
	}
	return sum / 10;
}

static int take_bssid(struct reading *reading, const uint8_t *value, size_t len)
{
	struct simpleconfig_profile *profile = &reading->profile;

	if (len != BY_BSSID_SIZE || value[8] > 1)
		return PROVD_E_CORRUPT;
	profile->by_bssid = 1;
	memcpy(profile->bssid, value, sizeof(profile->bssid));
	profile->channel = value[7];
	profile->hidden = value[8];
	reading->bits += 13; /* first byte of the channel, and "hidden" */
	return 0;
}

static int take_ssid(struct reading *reading, const uint8_t *value, size_t len)
{
	if (reading->wrapped)
		return take_bssid(reading, value, len);
	if (len > SSID_MAX)
		return PROVD_E_CORRUPT;
	reading->profile.ssid_len = (uint8_t)len;
	memcpy(reading->profile.ssid, value, len);
	reading->bits += text_bits(value, len);
	return 0;
}

static int take_passphrase(struct reading *reading, const uint8_t *value, size_t len)
{
	if (len > sizeof(reading->profile.passphrase))
		return PROVD_E_CORRUPT;
	reading->profile.passphrase_len = (uint8_t)len;
	memcpy(reading->profile.passphrase, value, len);
	reading->bits += text_bits(value, len);
	return 0;
}

static int take_ip(struct reading *reading, const uint8_t *value, size_t len)
{
	static const uint8_t none[IP_SIZE];

	if (len != IP_SIZE || !memcmp(value, none, IP_SIZE))
		return PROVD_E_CORRUPT;
	memcpy(reading->profile.phone_ip, value, IP_SIZE);
	reading->bits += is_local(value) ? 7 : 0;
	return 0;
}

static int take(struct reading *reading, unsigned int tag, const uint8_t *value, size_t len)
{
	if (reading->seen & (1u << tag))
		return PROVD_E_CORRUPT;
	reading->seen |= 1u << tag;
	reading->bits += HEADER_BITS;
	switch (tag) {
	case TAG_SSID:
		return take_ssid(reading, value, len);
	case TAG_PASSPHRASE:
		return take_passphrase(reading, value, len);
	case TAG_IP:
		return take_ip(reading, value, len);
	default:
		return PROVD_E_CORRUPT;
	}
}

/* An SSID and an address must be there; the passphrase is absent in open networks. */
static int finish(struct reading *reading, struct simpleconfig_profile *out_profile)
{
	const uint32_t needed = 1u << TAG_SSID | 1u << TAG_IP;

	if ((reading->seen & needed) != needed)
		return PROVD_E_CORRUPT;
	reading->bits -=
		(reading->seen & (1u << TAG_PASSPHRASE)) ? FREEDOM_PASSPHRASE : FREEDOM_OPEN;
	reading->profile.evidence = reading->bits;
	*out_profile = reading->profile;
	return 0;
}

int simpleconfig_profile_long(const uint8_t *plain, size_t len,
			      struct simpleconfig_profile *out_profile)
{
	struct reading reading;
	size_t at = 0;
	int ret = 0;

	memset(&reading, 0, sizeof(reading));
	if (len >= 2 && plain[0] == 0 && plain[1] == BY_BSSID_HEAD_LONG) {
		reading.wrapped = 1;
		at = 2;
	}
	while (!ret && at + 2 <= len && plain[at] != TAG_END) {
		size_t size = plain[at + 1];

		if (size > len - at - 2)
			ret = PROVD_E_CORRUPT;
		else if (plain[at] <= TAG_IP)
			ret = take(&reading, plain[at], plain + at + 2, size);
		at += 2 + size;
	}
	if (!ret)
		ret = finish(&reading, out_profile);
	OPENSSL_cleanse(&reading, sizeof(reading));
	return ret;
}

/* The header byte of the wrapper is followed by two bytes, tag and length, only there. */
static int open_wrapper(struct reading *reading, const uint8_t *plain, size_t len, size_t *at)
{
	if (len < 3 + BY_BSSID_SIZE || plain[1] != TAG_SSID || plain[2] != BY_BSSID_SIZE)
		return PROVD_E_CORRUPT;
	reading->wrapped = 1;
	reading->bits += 22;
	*at = 3 + BY_BSSID_SIZE;
	return take(reading, TAG_SSID, plain + 3, BY_BSSID_SIZE);
}

static int check_padding(struct reading *reading, const uint8_t *plain, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (plain[i] != 0)
			return PROVD_E_CORRUPT;
	reading->bits += (uint32_t)(8 * len);
	return 0;
}

int simpleconfig_profile_short(const uint8_t *plain, size_t len,
			       struct simpleconfig_profile *out_profile)
{
	struct reading reading;
	size_t at = 0;
	int ret = 0;

	memset(&reading, 0, sizeof(reading));
	if (len > 0 && plain[0] == BY_BSSID_HEAD_SHORT)
		ret = open_wrapper(&reading, plain, len, &at);
	while (!ret && at < len && plain[at] != TAG_END) {
		unsigned int tag = plain[at] & 3u;
		size_t size = plain[at] >> 2;

		/* six bits cannot say 64 */
		if (tag == TAG_PASSPHRASE && size == 0)
			size = 64;
		if (size > len - at - 1)
			ret = PROVD_E_CORRUPT;
		else
			ret = take(&reading, tag, plain + at + 1, size);
		at += 1 + size;
	}
	if (!ret)
		ret = check_padding(&reading, plain + at, len - at);
	if (!ret)
		ret = finish(&reading, out_profile);
	OPENSSL_cleanse(&reading, sizeof(reading));
	return ret;
}
