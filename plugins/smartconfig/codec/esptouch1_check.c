/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what was heard is complete and right. smartconfig.md 2.3, 2.6, 6.5. */
#include "codec/esptouch1_internal.h"

#include <openssl/crypto.h>
#include <string.h>

#define INDEX_PASSPHRASE_LEN 1
#define INDEX_SSID_CRC	     2
#define INDEX_BSSID_CRC	     3
#define INDEX_XOR	     4
#define INDEX_ADDRESS	     5
/* Passes after which an SSID that was not heard is one that is not sent. */
#define HIDDEN_ROUNDS 3

/* What there is of a message. */
struct message {
	uint32_t total;
	uint32_t passphrase_len;
	uint32_t ssid_at;
	uint32_t ssid_len;
	uint32_t missing;      /* of all */
	uint32_t missing_one;  /* the last of them */
	uint32_t missing_head; /* of those before the SSID */
	uint32_t unchecked;    /* known by one half only */
	uint32_t flags;
	uint8_t bssid[6];
	int bssid_known;
	uint8_t bytes[ET1_TOTAL];
};

static int is_pair(const struct et1_phone *phone, uint32_t index)
{
	return phone->bytes[index].state == ET1_PAIR;
}

/* Six bytes from `at` on that are a BSSID by their CRC. */
static int read_bssid(const struct et1_phone *phone, uint32_t at, uint8_t *out_bssid)
{
	uint8_t bssid[6];

	if (at + sizeof(bssid) > ET1_INDICES || !is_pair(phone, INDEX_BSSID_CRC))
		return 0;
	for (uint32_t k = 0; k < sizeof(bssid); k++) {
		if (!is_pair(phone, at + k))
			return 0;
		bssid[k] = phone->bytes[at + k].value;
	}
	if (air_crc8(0, bssid, sizeof(bssid)) != phone->bytes[INDEX_BSSID_CRC].value)
		return 0;
	memcpy(out_bssid, bssid, sizeof(bssid));
	return 1;
}

/* Returns 0 when the lengths are not known or make no sense. */
static int read_message(const struct et1_phone *phone, struct message *message)
{
	if (phone->bytes[0].state == ET1_UNKNOWN ||
	    phone->bytes[INDEX_PASSPHRASE_LEN].state == ET1_UNKNOWN)
		return 0;
	message->total = phone->bytes[0].value;
	message->passphrase_len = phone->bytes[INDEX_PASSPHRASE_LEN].value;
	if (message->total < ET1_HEAD || message->total > ET1_TOTAL ||
	    message->passphrase_len > AIR_PASSPHRASE_MAX ||
	    message->passphrase_len + ET1_HEAD > message->total)
		return 0;
	message->ssid_at = ET1_HEAD + message->passphrase_len;
	message->ssid_len = message->total - message->ssid_at;
	if (message->ssid_len > PROVD_SSID_MAX)
		return 0;
	for (uint32_t i = 0; i < message->total; i++) {
		const struct et1_byte *byte = &phone->bytes[i];

		message->bytes[i] = byte->value;
		if (byte->state == ET1_UNKNOWN) {
			message->missing++;
			message->missing_one = i;
			message->missing_head += i < message->ssid_at ? 1 : 0;
		} else if (byte->state == ET1_ONE_HALF) {
			message->unchecked++;
		}
	}
	return 1;
}

static uint8_t xor_of(const uint8_t *bytes, size_t len)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum ^= bytes[i];
	return sum;
}

static int ssid_fits(const struct message *message)
{
	return air_crc8(0, message->bytes + message->ssid_at, message->ssid_len) ==
	       message->bytes[INDEX_SSID_CRC];
}

/* What was heard of the byte's halves must not speak against `value`. */
static int heard_allows(const struct et1_byte *byte, uint32_t index, uint8_t value)
{
	uint8_t crc = et1_crc_pair(value, (uint8_t)index);
	const uint8_t expected[2] = {(uint8_t)((crc & 0xF0u) | (value >> 4)),
				     (uint8_t)(((crc & 15u) << 4) | (value & 15u))};

	for (size_t half = 0; half < 2; half++) {
		uint32_t fits = 0;
		uint32_t other = 0;

		for (size_t n = 0; n < ET1_VALUES; n++) {
			const struct et1_value *item = &byte->half[half][n];

			if (item->value == expected[half])
				fits += item->weight;
			else if (item->weight >= ET1_SURE)
				other += item->weight;
		}
		if (other > fits)
			return 0;
	}
	return 1;
}

/* The XOR gives the one byte that is missing; what checks it then is the CRC of the SSID. */
static int mend(const struct et1_phone *phone, struct message *message)
{
	uint32_t at = message->missing_one;
	uint8_t value;

	/* The check is used up: no other byte may be in doubt. */
	for (uint32_t i = 0; i < message->total; i++)
		if (i != at &&
		    et1_votes_against(&phone->bytes[i], i, message->bytes[i]) >= ET1_SURE)
			return 0;
	message->bytes[at] = 0;
	value = xor_of(message->bytes, message->total);
	if (message->unchecked != 0 || !heard_allows(&phone->bytes[at], at, value))
		return 0;
	/* No passphrase has control characters: one more small check, where it is needed most. */
	if (at >= ET1_HEAD && at < message->ssid_at && (value < 0x20 || value == 0x7F))
		return 0;
	message->bytes[at] = value;
	message->flags |= ESPTOUCH1_BYTE_MENDED;
	return ssid_fits(message);
}

/* An access point that the SSID may be of: length, CRC, XOR over all, and the bytes heard. */
static int bss_fits(const struct et1_phone *phone, const struct message *message,
		    const struct air_bss *bss, int heard)
{
	if (bss->ssid_len != message->ssid_len || message->ssid_len == 0 ||
	    air_crc8(0, bss->ssid, bss->ssid_len) != message->bytes[INDEX_SSID_CRC] ||
	    (xor_of(message->bytes, message->ssid_at) ^ xor_of(bss->ssid, bss->ssid_len)) != 0)
		return 0;
	for (uint32_t k = 0; heard && k < message->ssid_len; k++) {
		const struct et1_byte *byte = &phone->bytes[message->ssid_at + k];

		if (byte->state == ET1_PAIR && byte->value != bss->ssid[k])
			return 0;
	}
	return 1;
}

/*
 * smartconfig.md 2.6. The phone may be in another BSSID of the network than the one that is heard,
 * so the CRC of the BSSID is not required; but without it the SSID has to be the only one that
 * fits, and really not sent.
 */
static int find_ssid(const struct et1_phone *phone, struct message *message,
		     const struct esptouch1_scan *scan)
{
	const struct air_bss *found = NULL;
	int sure = 0;

	for (size_t n = 0; scan != NULL && n < scan->count; n++) {
		const struct air_bss *bss = &scan->list[n];
		int same = air_crc8(0, bss->bssid, 6) == message->bytes[INDEX_BSSID_CRC];

		if (!bss_fits(phone, message, bss, !message->bssid_known) || (sure && !same))
			continue;
		if (found != NULL && sure == same &&
		    memcmp(found->ssid, bss->ssid, message->ssid_len) != 0)
			return 0;
		found = bss;
		sure = same;
	}
	if (found == NULL || (!sure && phone->rounds < HIDDEN_ROUNDS))
		return 0;
	memcpy(message->bytes + message->ssid_at, found->ssid, found->ssid_len);
	message->flags |= ESPTOUCH1_SSID_FOUND;
	if (sure && !message->bssid_known) {
		memcpy(message->bssid, found->bssid, 6);
		message->bssid_known = 1;
	}
	return 1;
}

static int resolve(const struct et1_phone *phone, struct message *message,
		   const struct esptouch1_scan *scan)
{
	if (message->unchecked > message->total / 4)
		return 0;
	if (message->missing == 0 && ssid_fits(message))
		return xor_of(message->bytes, message->total) == 0;
	if (message->missing == 1 && mend(phone, message))
		return 1;
	message->flags = 0;
	if (message->missing_head != 0)
		return 0;
	/* Two clones send the BSSID where the SSID belongs. */
	message->bssid_known = read_bssid(phone, message->ssid_at, message->bssid);
	return find_ssid(phone, message, scan);
}

static void choose_bssid(const struct et1_phone *phone, struct message *message,
			 const struct air_symbol *symbol)
{
	if (read_bssid(phone, message->total, message->bssid) ||
	    (message->bssid_known && read_bssid(phone, message->ssid_at, message->bssid))) {
		message->flags |= ESPTOUCH1_BSSID_TOLD;
		return;
	}
	if (!message->bssid_known)
		memcpy(message->bssid, symbol->bssid, 6);
}

int et1_check(struct et1_phone *phone, const struct air_symbol *symbol,
	      const struct esptouch1_scan *scan, struct air_result *out_result)
{
	struct message message = {0};
	int rc = 0;

	phone->changed = 0;
	if (phone->done || phone->conflict != 0 || phone->bad * 2 > phone->good)
		return 0;
	if (!read_message(phone, &message))
		return 0;
	if (message.missing_head != 0)
		phone->rounds = 0;
	/* Two transmitters that are heard badly may never show a whole triple. */
	if (phone->good < ET1_PROOF && message.missing + message.unchecked != 0)
		goto out;
	if (!resolve(phone, &message, scan))
		goto out;
	choose_bssid(phone, &message, symbol);
	memset(out_result, 0, sizeof(*out_result));
	out_result->variant = "esptouch1";
	out_result->ssid_len = (uint8_t)message.ssid_len;
	out_result->passphrase_len = (uint8_t)message.passphrase_len;
	out_result->flags = (uint8_t)message.flags;
	memcpy(out_result->ssid, message.bytes + message.ssid_at, message.ssid_len);
	memcpy(out_result->passphrase, message.bytes + ET1_HEAD, message.passphrase_len);
	memcpy(out_result->bssid, message.bssid, 6);
	memcpy(out_result->sa, phone->sa, 6);
	memcpy(out_result->phone_ip, message.bytes + INDEX_ADDRESS, 4);
	out_result->token = message.total;
	out_result->frames = phone->frames;
	out_result->time_us = symbol->time_us;
	out_result->first_us = phone->first_us;
	phone->done = 1;
	phone->told_len =
		(message.flags & ESPTOUCH1_SSID_FOUND) != 0 ? message.ssid_at : message.total;
	memcpy(phone->told, message.bytes, phone->told_len);
	rc = 1;
out:
	OPENSSL_cleanse(&message, sizeof(message));
	return rc;
}
