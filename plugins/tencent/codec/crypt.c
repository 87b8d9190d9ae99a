/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/crypt.h"

#include <limits.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <provd/error.h>

static const char *library_name(enum tencent_hash hash)
{
	switch (hash) {
	case TENCENT_SHA1:
		return "SHA1";
	case TENCENT_SHA256:
		return "SHA256";
	}
	return NULL;
}

const char *tencent_hash_name(enum tencent_hash hash)
{
	return hash == TENCENT_SHA256 ? "hmacsha256" : "hmacsha1";
}

int tencent_hmac(enum tencent_hash hash, const void *key, size_t key_len, const void *message,
		 size_t len, uint8_t *out_digest)
{
	const char *name = library_name(hash);
	uint8_t digest[TENCENT_DIGEST_MAX];
	size_t got = 0;

	if (name == NULL || key_len == 0)
		return PROVD_E_INVALID;
	if (EVP_Q_mac(NULL, "HMAC", NULL, name, NULL, key, key_len, message, len, digest,
		      sizeof(digest), &got) == NULL)
		return PROVD_E_INTERNAL;
	memcpy(out_digest, digest, got);
	OPENSSL_cleanse(digest, sizeof(digest));
	return (int)got;
}

int tencent_digest(enum tencent_hash hash, const void *message, size_t len, uint8_t *out_digest)
{
	const char *name = library_name(hash);
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t got = 0;

	if (name == NULL)
		return PROVD_E_INVALID;
	if (EVP_Q_digest(NULL, name, NULL, message, len, digest, &got) != 1 ||
	    got > TENCENT_DIGEST_MAX)
		return PROVD_E_INTERNAL;
	memcpy(out_digest, digest, got);
	return (int)got;
}

int tencent_hex(const uint8_t *bytes, size_t len, char *out, size_t cap)
{
	static const char digits[] = "0123456789abcdef";

	if (len > INT_MAX / 4 || cap <= 2 * len)
		return PROVD_E_NO_SPACE;
	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * len] = '\0';
	return (int)(2 * len);
}

int tencent_base64_encode(const void *bytes, size_t len, char *out, size_t cap)
{
	if (len > INT_MAX / 4 || cap <= 4 * ((len + 2) / 3))
		return PROVD_E_NO_SPACE;
	return EVP_EncodeBlock((unsigned char *)out, bytes, (int)len);
}

/* The library skips blanks and accepts padding in odd places, so the shape is checked first. */
static int base64_padding(const char *text, size_t len)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789+/";
	size_t body = len;
	int padding;

	if (len == 0 || len % 4 != 0 || len > INT_MAX / 4)
		return -1;
	while (body > len - 2 && text[body - 1] == '=')
		body--;
	padding = (int)(len - body);
	for (size_t i = 0; i < body; i++) {
		if (text[i] == '\0' || strchr(alphabet, text[i]) == NULL)
			return -1;
	}
	return padding;
}

int tencent_base64_decode(const char *text, size_t len, uint8_t *out, size_t cap)
{
	int padding = base64_padding(text, len);
	int got;

	if (padding < 0)
		return PROVD_E_INVALID;
	/* The library writes whole groups of three, the padding included. */
	if (cap < len / 4 * 3)
		return PROVD_E_NO_SPACE;
	got = EVP_DecodeBlock(out, (const unsigned char *)text, (int)len);
	if (got <= padding) {
		OPENSSL_cleanse(out, cap);
		return PROVD_E_INVALID;
	}
	return got - padding;
}

int tencent_aes_decrypt(const uint8_t *key, const uint8_t *cipher, size_t len, uint8_t *out_plain)
{
	static const uint8_t iv[TENCENT_AES_BLOCK] = {'0', '0', '0', '0', '0', '0', '0', '0',
						      '0', '0', '0', '0', '0', '0', '0', '0'};
	EVP_CIPHER_CTX *ctx = NULL;
	int rc = PROVD_E_INTERNAL;
	int got = 0;
	int tail = 0;

	if (len == 0 || len % TENCENT_AES_BLOCK != 0 || len > INT_MAX / 2)
		return PROVD_E_INVALID;
	ctx = EVP_CIPHER_CTX_new();
	if (ctx == NULL)
		return PROVD_E_NOMEM;
	if (EVP_DecryptInit_ex(ctx, EVP_aes_128_cbc(), NULL, key, iv) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) != 1 ||
	    EVP_DecryptUpdate(ctx, out_plain, &got, cipher, (int)len) != 1 ||
	    EVP_DecryptFinal_ex(ctx, out_plain + got, &tail) != 1)
		goto out;
	if ((size_t)got + (size_t)tail == len)
		rc = 0;
out:
	EVP_CIPHER_CTX_free(ctx);
	if (rc != 0)
		OPENSSL_cleanse(out_plain, len);
	return rc;
}
