/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/codec.h"

#include <openssl/evp.h>
#include <string.h>

/* No UTF-8 text has these two in a row, so a payload never looks like a beginning. */
#define MAGIC_0 0xd7
#define MAGIC_1 0x4a

#define AT_KIND	   2
#define AT_VERSION 3
#define AT_LENGTH  4
#define AT_NUMBER  6

/* Bytes that may be hashed in vain: so many for each byte there is, and some for a short text. */
#define VAIN_FACTOR 8u
#define VAIN_FIXED  65536u

static uint16_t get_u16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] | (unsigned)bytes[1] << 8);
}

static uint32_t get_u32(const uint8_t *bytes)
{
	return get_u16(bytes) | (uint32_t)get_u16(bytes + 2) << 16;
}

static void put_le(uint8_t *bytes, uint32_t value, size_t count)
{
	for (size_t i = 0; i < count; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
}

static int checksum(EVP_MD_CTX *ctx, const uint8_t *bytes, size_t len, uint8_t out[EVP_MAX_MD_SIZE])
{
	return EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
			       EVP_DigestUpdate(ctx, bytes, len) == 1 &&
			       EVP_DigestFinal_ex(ctx, out, NULL) == 1
		       ? 0
		       : PROVD_E_NOMEM;
}

int provd_journal_encode(uint8_t kind, uint32_t number, const void *payload, size_t len,
			 uint8_t *out)
{
	uint8_t sum[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx;
	int code;

	if (len > PROVD_JOURNAL_PAYLOAD_MAX)
		return PROVD_E_INVALID;
	ctx = EVP_MD_CTX_new();
	if (!ctx)
		return PROVD_E_NOMEM;
	out[0] = MAGIC_0;
	out[1] = MAGIC_1;
	out[AT_KIND] = kind;
	out[AT_VERSION] = 0;
	put_le(out + AT_LENGTH, (uint32_t)len, 2);
	put_le(out + AT_NUMBER, number, 4);
	if (len)
		memcpy(out + PROVD_JOURNAL_HEADER_SIZE, payload, len);
	code = checksum(ctx, out, PROVD_JOURNAL_HEADER_SIZE + len, sum);
	EVP_MD_CTX_free(ctx);
	if (!code)
		memcpy(out + PROVD_JOURNAL_HEADER_SIZE + len, sum, PROVD_JOURNAL_CHECK_SIZE);
	return code;
}

/* Size of what may be a record there, 0 when it is none. */
static size_t candidate(const uint8_t *bytes, size_t len, struct provd_journal_record *out)
{
	size_t payload;

	if (len < PROVD_JOURNAL_RECORD_MORE || bytes[0] != MAGIC_0 || bytes[1] != MAGIC_1)
		return 0;
	payload = get_u16(bytes + AT_LENGTH);
	if (payload > PROVD_JOURNAL_PAYLOAD_MAX || payload > len - PROVD_JOURNAL_RECORD_MORE)
		return 0;
	*out = (struct provd_journal_record){.kind = bytes[AT_KIND],
					     .version = bytes[AT_VERSION],
					     .number = get_u32(bytes + AT_NUMBER),
					     .payload = bytes + PROVD_JOURNAL_HEADER_SIZE,
					     .len = payload};
	return payload + PROVD_JOURNAL_RECORD_MORE;
}

/* Where the next record may begin, behind `at`. */
static size_t next_magic(const uint8_t *bytes, size_t len, size_t at)
{
	const uint8_t *found = NULL;

	if (at + 1 < len)
		found = memchr(bytes + at + 1, MAGIC_0, len - at - 1);
	return found ? (size_t)(found - bytes) : len;
}

/* @return the record's size, 0 when there is none, or a negative code */
static int record_at(EVP_MD_CTX *ctx, const uint8_t *bytes, size_t len, size_t *vain,
		     struct provd_journal_record *out)
{
	uint8_t sum[EVP_MAX_MD_SIZE];
	size_t size = candidate(bytes, len, out);
	size_t summed = size ? size - PROVD_JOURNAL_CHECK_SIZE : 0;
	int code;

	if (size == 0 || summed > *vain)
		return 0;
	code = checksum(ctx, bytes, summed, sum);
	if (code)
		return code;
	/* Nothing secret is compared: it finds damage, it does not prove who wrote. */
	if (memcmp(sum, bytes + summed, PROVD_JOURNAL_CHECK_SIZE) == 0)
		return (int)size;
	*vain -= summed;
	return 0;
}

int provd_journal_scan(const uint8_t *bytes, size_t len,
		       void (*fn)(void *user, const struct provd_journal_record *record),
		       void *user, struct provd_journal_found *out_found)
{
	struct provd_journal_found found = {0};
	struct provd_journal_record record;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t vain = len * VAIN_FACTOR + VAIN_FIXED;
	int bad = 0;
	int size = 0;

	if (!ctx)
		return PROVD_E_NOMEM;
	for (size_t at = 0; at < len;) {
		size = record_at(ctx, bytes + at, len - at, &vain, &record);
		if (size < 0)
			break;
		if (size == 0) {
			bad = 1;
			at = next_magic(bytes, len, at);
			continue;
		}
		found.damaged += bad ? 1 : 0;
		bad = 0;
		found.records++;
		at += (size_t)size;
		found.good = at;
		if (fn)
			fn(user, &record);
	}
	EVP_MD_CTX_free(ctx);
	found.damaged += bad ? 1 : 0;
	if (size < 0)
		return size;
	if (out_found)
		*out_found = found;
	return 0;
}
