/* SPDX-License-Identifier: Apache-2.0 */
#include "common/ap.h"

#include <provd/error.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

#define LABEL	 "provd-softap-passphrase"
#define HASH_LEN 32

/* RFC 4648, section 6: five bits a character, most significant first. */
static void base32(const uint8_t *bytes, size_t chars, char *out)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";

	for (size_t i = 0; i < chars; i++) {
		size_t bit = 5 * i;
		uint32_t pair = (uint32_t)bytes[bit / 8] << 8 | bytes[bit / 8 + 1];

		out[i] = digits[pair >> (11 - bit % 8) & 31];
	}
}

int ap_derive(struct provd_bytes key, const uint8_t mac[6], const char *device,
	      char out[AP_DERIVED_LEN])
{
	uint8_t hash[HASH_LEN];
	size_t hash_len = 0;
	size_t label = strlen(LABEL);
	size_t device_len = strlen(device);
	size_t len = label + 6 + device_len;
	uint8_t *message = malloc(len);
	int rc = PROVD_E_INTERNAL;

	if (!message)
		return PROVD_E_NOMEM;
	memcpy(message, LABEL, label);
	memcpy(message + label, mac, 6);
	memcpy(message + label + 6, device, device_len);
	if (!EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key.data, key.len, message, len, hash,
		       sizeof(hash), &hash_len) ||
	    hash_len != sizeof(hash))
		goto out;
	base32(hash, AP_DERIVED_LEN, out);
	rc = 0;
out:
	OPENSSL_cleanse(hash, sizeof(hash));
	free(message);
	return rc;
}
