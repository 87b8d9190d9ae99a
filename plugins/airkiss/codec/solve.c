/* SPDX-License-Identifier: Apache-2.0 */
/* From the table of votes to credentials: complete, checked, or nothing (6.7). */
#include "codec/internal.h"

#include <openssl/crypto.h>
#include <provd/error.h>
#include <string.h>

/* Weight that a symbol needs. Short strings come round in no time and have few CRCs: more; as well
 * when the sequence numbers have been wrong. */
#define NEED	     2
#define NEED_MORE    4
#define SHORT_PIECES 3
/* What must speak for an SSID out of the scan list besides its length and CRC. */
#define SCAN_PROOF 4

struct text {
	uint8_t data[TOTAL_MAX + 1];
	uint8_t have[TOTAL_MAX + 1];
	unsigned total;
	unsigned ssid; /* where it begins */
	unsigned need;
};

static void read_votes(const struct phone *phone, struct text *text)
{
	const struct head *head = &phone->head;

	memset(text, 0, sizeof(*text));
	text->total = head->total;
	text->ssid = head->on_air + 1U;
	text->need = text->total <= SHORT_PIECES * 4 || phone->doubts != 0 ? NEED_MORE : NEED;
	for (unsigned i = 0; i < text->total; i++) {
		int value = airkiss_lead(&phone->cells[i / 4][i % 4], text->need);

		text->have[i] = value >= 0;
		text->data[i] = value >= 0 ? (uint8_t)value : 0;
	}
}

/* 1: the piece is there and its CRC fits; 0 not complete, -1 it does not fit. */
static int piece_state(const struct phone *phone, const struct text *text, unsigned piece)
{
	unsigned len = airkiss_piece_len(&phone->head, piece);
	int crc = airkiss_lead(&phone->cells[piece][PLACE_CRC], text->need);

	for (unsigned i = 0; i < len; i++) {
		if (text->have[piece * 4 + i] == 0)
			return 0;
	}
	if (crc < 0)
		return 0;
	return airkiss_piece_fits(piece, text->data + (size_t)piece * 4, len, crc) != 0 ? 1 : -1;
}

/*
 * Puts an SSID that was heard in beacons into the text. Length and CRC alone are not enough: a
 * neighbour's network may have them as well, so what was heard of it must fit.
 * @return 1 when it does
 */
static int try_ssid(const struct phone *phone, struct text *text, const uint8_t *ssid)
{
	struct text old = *text;
	unsigned proof = 0;
	unsigned first = text->ssid / 4;
	int rc = 0;

	for (unsigned i = text->ssid; i < text->total; i++) {
		uint8_t value = ssid[i - text->ssid];

		if (text->have[i] != 0) {
			if (text->data[i] != value)
				goto out;
			proof++;
		}
		text->data[i] = value;
		text->have[i] = 1;
	}
	for (unsigned piece = first; piece * 4 < text->total; piece++) {
		int state = piece_state(phone, text, piece);

		if (state < 0)
			goto out;
		proof += state > 0 ? SCAN_PROOF / 2 : 0;
	}
	rc = proof >= SCAN_PROOF;
out:
	if (rc == 0)
		*text = old;
	OPENSSL_cleanse(&old, sizeof(old));
	return rc;
}

/* @return 1 when the SSID is filled from the access points heard, and only one fits */
static int ssid_from_list(const struct phone *phone, struct text *text, const struct air_bss *list,
			  size_t count)
{
	unsigned len = text->total - text->ssid;
	const struct air_bss *found = NULL;

	for (size_t i = 0; i < count && len != 0; i++) {
		if (list[i].ssid_len != len ||
		    air_crc8(0, list[i].ssid, len) != phone->head.ssid_crc)
			continue;
		if (found != NULL && memcmp(found->ssid, list[i].ssid, len) != 0)
			return 0;
		found = &list[i];
	}
	return found != NULL && try_ssid(phone, text, found->ssid) != 0;
}

static int all_pieces(const struct phone *phone, const struct text *text, unsigned end)
{
	for (unsigned piece = 0; piece * 4 < end; piece++) {
		if (piece_state(phone, text, piece) <= 0)
			return 0;
	}
	return 1;
}

/* The failed pair again? */
static int is_failed(const struct phone *phone, const struct air_result *result)
{
	return phone->failed != 0 && phone->failed_ssid_len == result->ssid_len &&
	       phone->failed_pass_len == result->passphrase_len &&
	       memcmp(phone->failed_ssid, result->ssid, result->ssid_len) == 0 &&
	       CRYPTO_memcmp(phone->failed_pass, result->passphrase, result->passphrase_len) == 0;
}

int airkiss_solve(const struct airkiss *ak, const struct phone *phone, const struct air_bss *list,
		  size_t count, struct air_result *out_result)
{
	const struct head *head = &phone->head;
	struct air_result result = {.variant = "airkiss"};
	struct text text;
	int rc = 0;

	/* While a phone contradicts what it has said, old and new would be mixed. */
	if (head->magic_ok == 0 || head->prefix_ok == 0 || phone->conflicts > 1 ||
	    phone->recheck != 0 || head->total <= head->on_air ||
	    head->total - head->on_air - 1 > PROVD_SSID_MAX)
		return 0;
	read_votes(phone, &text);
	result.ssid_len = (uint8_t)(text.total - text.ssid);
	if (all_pieces(phone, &text, text.total) == 0) {
		if (ssid_from_list(phone, &text, list, count) == 0 ||
		    all_pieces(phone, &text, text.ssid) == 0)
			goto out;
		result.flags |= AIRKISS_SSID_SCAN;
	}
	if (air_crc8(0, text.data + text.ssid, result.ssid_len) != head->ssid_crc)
		goto out;
	memcpy(result.ssid, text.data + text.ssid, result.ssid_len);
	if (airkiss_password(ak, text.data, head->on_air, &result) != 0 ||
	    is_failed(phone, &result) != 0)
		goto out;
	result.token = text.data[head->on_air];
	*out_result = result;
	rc = 1;
out:
	OPENSSL_cleanse(&text, sizeof(text));
	OPENSSL_cleanse(&result, sizeof(result));
	return rc;
}
