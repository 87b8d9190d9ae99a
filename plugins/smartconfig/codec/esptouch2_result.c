/* SPDX-License-Identifier: Apache-2.0 */
/* Groups that are complete become credentials (smartconfig.md 3.5). */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "codec/esptouch2_private.h"

#define BODY_MAX ((size_t)6 * ESPTOUCH2_GROUPS_MAX)
/* So many equal padding bytes prove the key; below that other rules must agree. */
#define PADDING_PROOF 4
#define FLAG_IPV4     0x01u

/* Bytes of a field, without padding; BODY_MAX bytes of room. */
static bool gather(const struct esptouch2_phone *phone, const struct esptouch2_field *field,
		   uint8_t *out, bool *out_repaired)
{
	unsigned per_group = field->packed != 0 ? 5 : 6;

	for (unsigned g = 0; g < field->groups; g++) {
		struct esptouch2_bytes bytes;

		if (!esptouch2_group_check(phone, (int)(field->first + g), &bytes))
			return false;
		memcpy(out + (size_t)g * per_group, bytes.byte, per_group);
		if (bytes.repaired)
			*out_repaired = true;
	}
	return true;
}

static bool printable(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] < 0x20 || bytes[i] > 0x7e)
			return false;
	}
	return true;
}

/* AES-128-CBC without the padding; `len` is a multiple of 16. */
static bool decrypt(const uint8_t *key, const uint8_t *iv, const uint8_t *in, size_t len,
		    uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int done = 0;
	int tail = 0;
	bool ok = ctx != NULL && EVP_DecryptInit_ex(ctx, EVP_aes_128_cbc(), NULL, key, iv) == 1 &&
		  EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
		  EVP_DecryptUpdate(ctx, out, &done, in, (int)len) == 1 &&
		  EVP_DecryptFinal_ex(ctx, out + done, &tail) == 1 &&
		  (size_t)done + (size_t)tail == len;

	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

/* PKCS#7, and nothing in it that the header denies. */
static bool plain_is_sound(const uint8_t header[5], const uint8_t *plain, size_t len, size_t total)
{
	size_t padding = total - len;

	for (size_t i = len; i < total; i++) {
		if (plain[i] != padding)
			return false;
	}
	for (size_t i = 0; i < len && padding < PADDING_PROOF; i++) {
		bool secret = i < (header[1] & 0x7fu);

		if (plain[i] > 127 && (header[secret ? 1 : 2] & 0x80) == 0)
			return false;
	}
	return true;
}

static bool read_encrypted(const struct esptouch2 *decoder, const struct esptouch2_phone *phone,
			   uint8_t *body, bool *out_repaired)
{
	const struct esptouch2_layout *layout = &phone->layout;
	size_t len = (size_t)(phone->header[1] & 0x7f) + (phone->header[2] & 0x7f);
	uint8_t iv[BODY_MAX] = {0};
	uint8_t cipher[BODY_MAX];
	uint8_t plain[BODY_MAX];
	bool ok = decoder->has_key != 0 && gather(phone, &layout->secret, cipher, out_repaired) &&
		  gather(phone, &layout->iv, iv, out_repaired) &&
		  decrypt(decoder->aes_key, iv, cipher, layout->secret.len, plain) &&
		  plain_is_sound(phone->header, plain, len, layout->secret.len);

	if (ok)
		memcpy(body, plain, len);
	OPENSSL_cleanse(plain, sizeof(plain));
	return ok;
}

/* Passphrase and reserved data. */
static bool read_secrets(const struct esptouch2 *decoder, const struct esptouch2_phone *phone,
			 struct air_result *out)
{
	const struct esptouch2_layout *layout = &phone->layout;
	uint8_t secret_len = phone->header[1] & 0x7f;
	uint8_t reserved_len = phone->header[2] & 0x7f;
	uint8_t body[BODY_MAX];
	bool repaired = false;
	bool ok;

	if ((phone->header[4] >> 1 & 3) != 0)
		ok = read_encrypted(decoder, phone, body, &repaired);
	else
		ok = gather(phone, &layout->secret, body, &repaired);
	/* A repaired group has a weak check, and its sender loses bits of other bytes as well. */
	ok = ok && (!repaired || printable(body, layout->secret.len));
	if (ok) {
		memcpy(out->passphrase, body, secret_len);
		if (layout->joined != 0)
			memcpy(out->reserved, body + secret_len, reserved_len);
	}
	repaired = false;
	if (ok && layout->joined == 0) {
		ok = gather(phone, &layout->reserved, body, &repaired) && !repaired;
		if (ok)
			memcpy(out->reserved, body, reserved_len);
	}
	out->passphrase_len = secret_len;
	out->reserved_len = reserved_len;
	OPENSSL_cleanse(body, sizeof(body));
	return ok;
}

static bool is_zero(const uint8_t mac[6])
{
	static const uint8_t zero[6];

	return memcmp(mac, zero, sizeof(zero)) == 0;
}

/* Two interfaces of one device: the same maker's bytes but for the "local" bit. */
static bool same_maker(const uint8_t one[6], const uint8_t other[6])
{
	return ((one[0] ^ other[0]) & ~2) == 0 && one[1] == other[1] && one[2] == other[2];
}

static bool same_ssid(const struct air_bss *one, const struct air_bss *other)
{
	return one->ssid_len == other->ssid_len &&
	       memcmp(one->ssid, other->ssid, one->ssid_len) == 0;
}

static const struct air_bss *find_bss(const struct esptouch2 *decoder, const uint8_t bssid[6])
{
	for (size_t i = 0; i < decoder->scan_count; i++) {
		if (memcmp(decoder->scan[i].bssid, bssid, 6) == 0)
			return &decoder->scan[i];
	}
	return NULL;
}

/*
 * Another network than the one whose access point was heard: the phone may be in one and another
 * relay it (smartconfig.md 1.4). The CRC alone would fit one network in 256 by chance.
 */
static bool may_be_other(const struct esptouch2_phone *phone, const struct air_bss *heard,
			 const uint8_t bssid[6], const struct air_bss *candidate)
{
	if (candidate->ssid_len == 0 || air_crc8(0, candidate->bssid, 6) != phone->header[3])
		return false;
	if (phone->layout.ssid.len != 0)
		return esptouch2_ssid_agrees(phone, candidate, true);
	return is_zero(bssid) || same_maker(bssid, candidate->bssid) ||
	       (heard != NULL && same_ssid(heard, candidate));
}

/* The network of a phone that has not sent its SSID, or not so that it can be read. */
static const struct air_bss *resolve(const struct esptouch2 *decoder,
				     const struct esptouch2_phone *phone, const uint8_t bssid[6])
{
	const struct air_bss *heard = find_bss(decoder, bssid);
	const struct air_bss *found = NULL;

	if (!is_zero(bssid) && air_crc8(0, bssid, 6) == phone->header[3]) {
		if (heard == NULL || heard->ssid_len == 0)
			return NULL;
		if (phone->layout.ssid.len == 0 || esptouch2_ssid_agrees(phone, heard, false))
			return heard;
	}
	for (size_t i = 0; i < decoder->scan_count; i++) {
		const struct air_bss *bss = &decoder->scan[i];

		if (!may_be_other(phone, heard, bssid, bss))
			continue;
		if (found != NULL && !same_ssid(found, bss))
			return NULL;
		found = bss;
	}
	return found;
}

/* The access point whose CRC the phone tells, or the one that was heard. */
static void read_bssid(const struct esptouch2 *decoder, const struct esptouch2_phone *phone,
		       const uint8_t heard[6], struct air_result *out)
{
	memcpy(out->bssid, heard, 6);
	if (air_crc8(0, heard, 6) == phone->header[3])
		return;
	for (size_t i = 0; i < decoder->scan_count; i++) {
		const struct air_bss *bss = &decoder->scan[i];

		if (air_crc8(0, bss->bssid, 6) == phone->header[3] &&
		    bss->ssid_len == out->ssid_len &&
		    memcmp(bss->ssid, out->ssid, out->ssid_len) == 0) {
			memcpy(out->bssid, bss->bssid, 6);
			return;
		}
	}
}

static bool read_ssid(const struct esptouch2 *decoder, const struct esptouch2_phone *phone,
		      const uint8_t bssid[6], struct air_result *out)
{
	const struct esptouch2_field *field = &phone->layout.ssid;
	uint8_t body[BODY_MAX] = {0};
	bool repaired = false;
	bool told = field->len != 0 && gather(phone, field, body, &repaired);
	const struct air_bss *bss;

	if (!told || repaired) {
		bss = resolve(decoder, phone, bssid);
		if (bss != NULL) {
			out->ssid_len = bss->ssid_len;
			memcpy(out->ssid, bss->ssid, bss->ssid_len);
			out->flags |= ESPTOUCH2_SSID_SCAN;
			return true;
		}
	}
	/* A repaired SSID that no network has is plausible as plain text only. */
	if (!told || (repaired && !printable(body, field->len)))
		return false;
	out->ssid_len = field->len;
	memcpy(out->ssid, body, field->len);
	return true;
}

/* Digest of what would be handed out, never 0 (FNV-1a). */
static uint64_t digest(const struct air_result *result)
{
	const uint8_t lens[4] = {result->ssid_len, result->passphrase_len, result->reserved_len,
				 (uint8_t)result->token};
	const struct {
		const uint8_t *bytes;
		size_t len;
	} parts[] = {{lens, sizeof(lens)},
		     {result->ssid, result->ssid_len},
		     {result->passphrase, result->passphrase_len},
		     {result->reserved, result->reserved_len}};
	uint64_t sum = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		for (size_t j = 0; j < parts[i].len; j++)
			sum = (sum ^ parts[i].bytes[j]) * 0x100000001b3ULL;
	}
	return sum | 1;
}

int esptouch2_complete(const struct esptouch2 *decoder, struct esptouch2_phone *phone,
		       const struct air_symbol *symbol, struct air_result *out)
{
	struct air_result result = {.variant = "esptouch2"};
	uint64_t sum;
	int rc = 0;

	if (!read_secrets(decoder, phone, &result) ||
	    !read_ssid(decoder, phone, symbol->bssid, &result))
		goto out;
	sum = digest(&result);
	if (sum == phone->done)
		goto out;
	phone->done = sum;
	read_bssid(decoder, phone, symbol->bssid, &result);
	if ((phone->header[4] & FLAG_IPV4) == 0)
		result.flags |= ESPTOUCH2_IPV6;
	if ((phone->header[4] >> 1 & 3) != 0)
		result.flags |= ESPTOUCH2_AES;
	if ((phone->header[4] >> 1 & 3) == 2)
		result.flags |= ESPTOUCH2_RANDOM_IV;
	memcpy(result.sa, symbol->sa, sizeof(result.sa));
	result.token = phone->header[4] >> 3 & 3;
	result.frames = phone->frames;
	result.time_us = symbol->time_us;
	result.first_us = phone->first_us;
	*out = result;
	rc = 1;
out:
	OPENSSL_cleanse(&result, sizeof(result));
	return rc;
}
