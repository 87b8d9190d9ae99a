/* SPDX-License-Identifier: Apache-2.0 */
/* What the bytes of the password on the air mean: AES or plain text (4.4). */
#include "codec/internal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <provd/error.h>
#include <string.h>

/* 1: text that somebody can have typed: no control characters, and UTF-8 beyond ASCII. */
static int is_text(const uint8_t *data, size_t len)
{
	unsigned follow = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t c = data[i];

		if (follow != 0) {
			if ((c & 0xc0) != 0x80)
				return 0;
			follow--;
		} else if (c >= 0xc2 && c <= 0xf4) {
			follow = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
		} else if (c < 0x20 || c >= 0x7f) {
			return 0;
		}
	}
	return follow == 0;
}

/* AES-128-CBC, the key being the IV too; `out` has ON_AIR_MAX + 16 bytes. -1: wrong padding. */
static int decrypt(const uint8_t *key, const uint8_t *data, size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int first = 0;
	int rest = 0;
	int rc = -1;

	if (ctx == NULL)
		return -1;
	if (EVP_DecryptInit_ex(ctx, EVP_aes_128_cbc(), NULL, key, key) == 1 &&
	    EVP_DecryptUpdate(ctx, out, &first, data, (int)len) == 1 &&
	    EVP_DecryptFinal_ex(ctx, out + first, &rest) == 1)
		rc = first + rest;
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}

int airkiss_password(const struct airkiss *ak, const uint8_t *on_air, size_t len,
		     struct air_result *out_result)
{
	uint8_t clear[ON_AIR_MAX + 16];
	int encrypted = -1;
	/* WEP keys of 5 and 13 bytes may be anything. */
	int plain = len <= AIR_PASSPHRASE_MAX && (len == 5 || len == 13 || is_text(on_air, len));
	int rc = PROVD_E_CORRUPT;

	if (ak->have_key != 0 && len != 0) {
		if (len % 16 == 0 && len <= ON_AIR_MAX)
			encrypted = decrypt(ak->key, on_air, len, clear);
		if (encrypted > AIR_PASSPHRASE_MAX ||
		    (encrypted > 0 && is_text(clear, (size_t)encrypted) == 0))
			encrypted = -1;
		plain = plain != 0 && ak->accept_plain != 0;
	}
	if (encrypted >= 0) {
		memcpy(out_result->passphrase, clear, (size_t)encrypted);
		out_result->passphrase_len = (uint8_t)encrypted;
		out_result->flags |= AIRKISS_ENCRYPTED;
		rc = 0;
	} else if (plain != 0) {
		memcpy(out_result->passphrase, on_air, len);
		out_result->passphrase_len = (uint8_t)len;
		rc = 0;
	}
	OPENSSL_cleanse(clear, sizeof(clear));
	return rc;
}
