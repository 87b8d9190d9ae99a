/* SPDX-License-Identifier: Apache-2.0 */
#include "codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <provd/error.h>

enum {
	AES_BLOCK = 16,
	DIGEST_MAX = 32,
	SECRET_MAX = 64,
	SIGNED_TEXT_MAX = 1024
};

static const unsigned char PAYLOAD_IV[AES_BLOCK] = {'0', '0', '0', '0', '0', '0', '0', '0',
						    '0', '0', '0', '0', '0', '0', '0', '0'};

void sim_base64_encode(const void *data, size_t size, char *out)
{
	EVP_EncodeBlock((unsigned char *)out, data, (int)size);
}

int sim_base64_decode(const char *text, size_t size, unsigned char *out, size_t out_max,
		      size_t *out_size)
{
	unsigned char *whole = NULL;
	size_t pad = 0;
	size_t length;
	int rc = PROVD_E_INVALID;

	if (size == 0 || size % 4 != 0 || size > 65536)
		return PROVD_E_INVALID;
	/* EVP_DecodeBlock skips blanks; a credential must not have any. */
	if (strcspn(text, " \t\r\n") < size)
		return PROVD_E_INVALID;
	while (pad < 2 && text[size - 1 - pad] == '=')
		pad++;
	length = size / 4 * 3 - pad;
	if (length > out_max)
		return PROVD_E_LIMIT;
	whole = malloc(size);
	if (!whole)
		return PROVD_E_NOMEM;
	if (EVP_DecodeBlock(whole, (const unsigned char *)text, (int)size) == (int)(size / 4 * 3)) {
		memcpy(out, whole, length);
		*out_size = length;
		rc = 0;
	}
	OPENSSL_cleanse(whole, size);
	free(whole);
	return rc;
}

void sim_hex_encode(const unsigned char *data, size_t size, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		out[2 * i] = digits[data[i] >> 4];
		out[2 * i + 1] = digits[data[i] & 15];
	}
	out[2 * size] = '\0';
}

static int hmac(const char *digest, const void *key, size_t key_size, const char *text,
		unsigned char *out, size_t *out_size)
{
	size_t size = 0;

	if (key_size == 0 ||
	    !EVP_Q_mac(NULL, "HMAC", NULL, digest, NULL, key, key_size, (const unsigned char *)text,
		       strlen(text), out, DIGEST_MAX, &size))
		return PROVD_E_INTERNAL;
	*out_size = size;
	return 0;
}

int sim_v1_signature(const char *product_secret, const struct sim_v1_signed *in, char *out)
{
	char text[SIGNED_TEXT_MAX];
	char hex[2 * DIGEST_MAX + 1];
	unsigned char digest[DIGEST_MAX];
	size_t size;
	int rc;
	int n = snprintf(text, sizeof(text), "deviceName=%s&nonce=%lld&productId=%s&timestamp=%lld",
			 in->device_name, in->nonce, in->product_id, in->timestamp);

	if (n < 0 || (size_t)n >= sizeof(text))
		return PROVD_E_LIMIT;
	rc = hmac("SHA1", product_secret, strlen(product_secret), text, digest, &size);
	if (rc != 0)
		return rc;
	sim_hex_encode(digest, size, hex);
	sim_base64_encode(hex, 2 * size, out);
	return 0;
}

int sim_v2_signature(const char *product_secret, const struct sim_v2_signed *in, char *out)
{
	bool sha256 = strcmp(in->algorithm, "hmacsha256") == 0;
	const char *digest_name = sha256 ? "SHA256" : "SHA1";
	char text[SIGNED_TEXT_MAX];
	char hex[2 * DIGEST_MAX + 1];
	unsigned char digest[DIGEST_MAX];
	size_t size = 0;
	int rc;
	int n;

	if (!sha256 && strcmp(in->algorithm, "hmacsha1") != 0)
		return PROVD_E_NOT_SUPPORTED;
	if (!EVP_Q_digest(NULL, digest_name, NULL, in->body, in->body_size, digest, &size))
		return PROVD_E_INTERNAL;
	sim_hex_encode(digest, size, hex);
	n = snprintf(text, sizeof(text), "POST\n%s\n/device/register\n\n%s\n%s\n%s\n%s", in->host,
		     in->algorithm, in->timestamp, in->nonce, hex);
	if (n < 0 || (size_t)n >= sizeof(text))
		return PROVD_E_LIMIT;
	rc = hmac(digest_name, product_secret, strlen(product_secret), text, digest, &size);
	if (rc == 0)
		sim_base64_encode(digest, size, out);
	return rc;
}

bool sim_same_text(const char *a, const char *b)
{
	size_t size = strlen(a);

	return size == strlen(b) && CRYPTO_memcmp(a, b, size) == 0;
}

/* One pass over whole blocks; `data` is a multiple of AES_BLOCK. */
static int crypt_blocks(const char *product_secret, bool encrypt, const unsigned char *data,
			size_t size, unsigned char *out)
{
	EVP_CIPHER_CTX *ctx;
	int n = 0;
	int rc = PROVD_E_INTERNAL;

	if (strlen(product_secret) < SIM_PRODUCT_SECRET_MIN)
		return PROVD_E_INVALID;
	ctx = EVP_CIPHER_CTX_new();
	if (!ctx)
		return PROVD_E_NOMEM;
	if (EVP_CipherInit_ex2(ctx, EVP_aes_128_cbc(), (const unsigned char *)product_secret,
			       PAYLOAD_IV, encrypt, NULL) &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) && EVP_CipherUpdate(ctx, out, &n, data, (int)size) &&
	    n == (int)size)
		rc = 0;
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}

int sim_payload_encrypt(const char *product_secret, const void *plain, size_t size,
			char **out_base64)
{
	size_t padded = (size + AES_BLOCK - 1) / AES_BLOCK * AES_BLOCK;
	unsigned char *buffer;
	char *text;
	int rc;

	if (size == 0 || size > 32768)
		return PROVD_E_INVALID;
	buffer = calloc(2, padded);
	text = malloc(4 * ((padded + 2) / 3) + 1);
	if (!buffer || !text) {
		rc = PROVD_E_NOMEM;
		goto out;
	}
	memcpy(buffer, plain, size);
	rc = crypt_blocks(product_secret, true, buffer, padded, buffer + padded);
	if (rc != 0)
		goto out;
	sim_base64_encode(buffer + padded, padded, text);
	*out_base64 = text;
	text = NULL;
out:
	if (buffer)
		OPENSSL_cleanse(buffer, padded);
	free(buffer);
	free(text);
	return rc;
}

int sim_payload_decrypt(const char *product_secret, const char *base64, size_t plain_size,
			char **out_plain)
{
	size_t max = strlen(base64);
	unsigned char *cipher = malloc(max + 1);
	char *plain = calloc(1, max + 1);
	size_t size;
	int rc;

	if (!cipher || !plain) {
		rc = PROVD_E_NOMEM;
		goto out;
	}
	rc = sim_base64_decode(base64, max, cipher, max, &size);
	if (rc != 0)
		goto out;
	if (size % AES_BLOCK != 0 || plain_size > size) {
		rc = PROVD_E_INVALID;
		goto out;
	}
	rc = crypt_blocks(product_secret, false, cipher, size, (unsigned char *)plain);
	if (rc != 0)
		goto out;
	plain[plain_size] = '\0';
	*out_plain = plain;
	plain = NULL;
out:
	free(cipher);
	free(plain);
	return rc;
}

int sim_mqtt_password_check(const char *device_secret, const char *username, const char *password)
{
	const char *method = strrchr(password, ';');
	const char *digest_name;
	unsigned char key[SECRET_MAX];
	unsigned char digest[DIGEST_MAX];
	char hex[2 * DIGEST_MAX + 1];
	size_t key_size = 0;
	size_t size = 0;
	int rc;

	if (!method)
		return PROVD_E_INVALID;
	if (strcmp(method, ";hmacsha256") == 0)
		digest_name = "SHA256";
	else if (strcmp(method, ";hmacsha1") == 0)
		digest_name = "SHA1";
	else
		return PROVD_E_INVALID;
	rc = sim_base64_decode(device_secret, strlen(device_secret), key, sizeof(key), &key_size);
	if (rc != 0)
		return rc;
	rc = hmac(digest_name, key, key_size, username, digest, &size);
	OPENSSL_cleanse(key, sizeof(key));
	if (rc != 0)
		return rc;
	sim_hex_encode(digest, size, hex);
	if ((size_t)(method - password) != 2 * size || CRYPTO_memcmp(hex, password, 2 * size) != 0)
		return PROVD_E_ACCESS;
	return 0;
}
