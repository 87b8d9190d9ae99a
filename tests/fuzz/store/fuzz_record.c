/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: any bytes as a record of the store, as they are and with the checksum put right, so
 * that what lies behind it is reached. Content or an error, never both and never neither; and what
 * was read as plain content is what the bytes say.
 */
#include "store/record.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BODY_AT	 PROVD_RECORD_HEADER_SIZE
#define CHECK_AT 12

static struct provd_secret *fixed_key(void)
{
	uint8_t bytes[PROVD_RECORD_KEY_SIZE];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	return provd_secret_create(bytes, sizeof(bytes));
}

static void check_decode(struct provd_bytes record, const struct provd_secret *key)
{
	struct provd_error err = {.size = sizeof(err)};
	struct provd_secret *content = NULL;
	int code = provd_record_decode("networks", record, key, &content, &err);

	if (code == 0 ? content == NULL : content != NULL || err.text[0] == '\0')
		abort();
	if (code != 0 && code != PROVD_E_CORRUPT && code != PROVD_E_ACCESS &&
	    code != PROVD_E_NOT_SUPPORTED)
		abort();
	if (code == PROVD_E_ACCESS && (record.data[7] & 1) == 0)
		abort(); /* nobody needs a key for a plain one */
	if (code == 0 && (record.data[7] & 1) == 0) {
		struct provd_bytes view = provd_secret_view(content);

		if (view.len + BODY_AT != record.len ||
		    (view.len > 0 && memcmp(view.data, record.data + BODY_AT, view.len) != 0))
			abort();
	}
	provd_secret_unref(content);
}

/* Length and checksum as they should be. */
static int repair(uint8_t *record, size_t size)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t sum[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	int ok;

	for (unsigned i = 0; i < 4; i++)
		record[8 + i] = (uint8_t)((size - BODY_AT) >> (24 - 8 * i));
	ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
	     EVP_DigestUpdate(ctx, record, CHECK_AT) == 1 &&
	     EVP_DigestUpdate(ctx, record + BODY_AT, size - BODY_AT) == 1 &&
	     EVP_DigestFinal_ex(ctx, sum, &len) == 1;
	EVP_MD_CTX_free(ctx);
	if (ok)
		memcpy(record + CHECK_AT, sum, BODY_AT - CHECK_AT);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct provd_bytes view = {data, size};
	struct provd_secret *key = fixed_key();
	uint8_t *copy;

	if (key == NULL)
		return 0;
	check_decode(view, NULL);
	check_decode(view, key);
	copy = size >= BODY_AT ? malloc(size) : NULL;
	if (copy != NULL) {
		memcpy(copy, data, size);
		view.data = copy;
		if (repair(copy, size)) {
			check_decode(view, NULL);
			check_decode(view, key);
		}
	}
	free(copy);
	provd_secret_unref(key);
	return 0;
}
