/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/crypt.h"

#include <provd/error.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#define MAC_SIZE   6
#define KEY_SIZE   16
#define SHA1_SIZE  20
#define NONCE_SIZE 64
#define NAME_SIZE  12
#define BLOCK	   8
#define ROUNDS	   6

/* Address, PIN, nonce, random value and name, one behind the other (simpleconfig.md 2.2). */
#define SOURCE_MAX                                                                                 \
	(MAC_SIZE + SIMPLECONFIG_PIN_MAX + NONCE_SIZE + SIMPLECONFIG_RAND_SIZE + NAME_SIZE)

struct simpleconfig_unwrap {
	EVP_CIPHER_CTX *ctx;
};

/* simpleconfig.md 2.1 */
static const uint8_t nonce_string[NONCE_SIZE] = {
	0x38, 0x43, 0x6d, 0x54, 0x2f, 0x20, 0x4a, 0x28, 0x33, 0x5f, 0x61, 0x45, 0x20,
	0x52, 0x5f, 0x55, 0x46, 0x52, 0x7d, 0x60, 0x6d, 0x74, 0x77, 0x46, 0x3d, 0x29,
	0x51, 0x66, 0x6a, 0x74, 0x6e, 0x5e, 0x53, 0x5f, 0x31, 0x2f, 0x66, 0x66, 0x67,
	0x3c, 0x5f, 0x43, 0x37, 0x79, 0x77, 0x27, 0x73, 0x7d, 0x3f, 0x27, 0x5f, 0x27,
	0x6e, 0x26, 0x32, 0x7e, 0x42, 0x6c, 0x6d, 0x26, 0x5f, 0x6b, 0x3f, 0x36,
};

const uint8_t *simpleconfig_default_pin(void)
{
	static const uint8_t pin[] = {'5', '7', '2', '8', '9', '9', '6', '1'};

	return pin;
}

const uint8_t *simpleconfig_placeholder_mac(void)
{
	static const uint8_t mac[MAC_SIZE] = {0x02};

	return mac;
}

static size_t append(uint8_t *buf, size_t at, const void *bytes, size_t len)
{
	memcpy(buf + at, bytes, len);
	return at + len;
}

static int hmac_sha1(const uint8_t *key, const uint8_t *data, size_t len, uint8_t *out_mac)
{
	size_t out_len = 0;

	if (!EVP_Q_mac(NULL, "HMAC", NULL, "SHA1", NULL, key, KEY_SIZE, data, len, out_mac,
		       SHA1_SIZE, &out_len))
		return PROVD_E_NOMEM;
	return out_len == SHA1_SIZE ? 0 : PROVD_E_NOMEM;
}

int simpleconfig_derive_key(const struct simpleconfig_key_source *source, uint8_t *out_key)
{
	const char *name =
		source->pattern == SIMPLECONFIG_MULTICAST ? "sc_mcast_udp" : "sc_bcast_udp";
	uint8_t buf[SOURCE_MAX];
	uint8_t inner[KEY_SIZE];
	uint8_t mac[SHA1_SIZE];
	size_t len = 0;
	int ret = PROVD_E_NOMEM;

	if (source->pin_len < SIMPLECONFIG_PIN_MIN || source->pin_len > SIMPLECONFIG_PIN_MAX)
		return PROVD_E_INVALID;
	len = append(buf, len, source->mac, MAC_SIZE);
	len = append(buf, len, source->pin, source->pin_len);
	len = append(buf, len, nonce_string, NONCE_SIZE);
	len = append(buf, len, source->rand, SIMPLECONFIG_RAND_SIZE);
	if (!EVP_Digest(buf, len, inner, NULL, EVP_md5(), NULL))
		goto out;
	len = append(buf, len, name, NAME_SIZE);
	ret = hmac_sha1(inner, buf, len, mac);
	if (!ret)
		memcpy(out_key, mac, KEY_SIZE);
out:
	OPENSSL_cleanse(buf, sizeof(buf));
	OPENSSL_cleanse(inner, sizeof(inner));
	OPENSSL_cleanse(mac, sizeof(mac));
	return ret;
}

struct simpleconfig_unwrap *simpleconfig_unwrap_create(const uint8_t *key)
{
	struct simpleconfig_unwrap *unwrap = OPENSSL_zalloc(sizeof(*unwrap));

	if (!unwrap)
		return NULL;
	unwrap->ctx = EVP_CIPHER_CTX_new();
	if (!unwrap->ctx || !EVP_DecryptInit_ex2(unwrap->ctx, EVP_aes_128_ecb(), key, NULL, NULL) ||
	    !EVP_CIPHER_CTX_set_padding(unwrap->ctx, 0)) {
		simpleconfig_unwrap_destroy(unwrap);
		return NULL;
	}
	return unwrap;
}

void simpleconfig_unwrap_destroy(struct simpleconfig_unwrap *unwrap)
{
	if (!unwrap)
		return;
	EVP_CIPHER_CTX_free(unwrap->ctx);
	OPENSSL_free(unwrap);
}

/*
 * OpenSSL's own AES wrap refuses any other initial value than the one it was given, and the
 * broadcast variants put eight unknown bytes there: so only the block cipher is OpenSSL's.
 */
int simpleconfig_unwrap_run(struct simpleconfig_unwrap *unwrap, const uint8_t *crypt, size_t len,
			    uint8_t *out_all)
{
	uint8_t all[SIMPLECONFIG_CRYPT_MAX];
	uint8_t in[2 * BLOCK];
	uint8_t out[2 * BLOCK];
	size_t count = len / BLOCK - 1;
	int ret = 0;

	if (len < SIMPLECONFIG_CRYPT_MIN || len > SIMPLECONFIG_CRYPT_MAX || len % BLOCK)
		return PROVD_E_INVALID;
	memcpy(all, crypt, len);
	for (size_t step = ROUNDS * count; step > 0 && !ret; step--) {
		uint8_t *block = all + BLOCK * ((step - 1) % count + 1);
		int got = 0;

		memcpy(in, all, BLOCK);
		in[BLOCK - 1] ^= (uint8_t)step;
		memcpy(in + BLOCK, block, BLOCK);
		if (!EVP_DecryptUpdate(unwrap->ctx, out, &got, in, sizeof(in)))
			ret = PROVD_E_NOMEM;
		memcpy(all, out, BLOCK);
		memcpy(block, out + BLOCK, BLOCK);
	}
	if (!ret)
		memcpy(out_all, all, len);
	OPENSSL_cleanse(all, sizeof(all));
	OPENSSL_cleanse(in, sizeof(in));
	OPENSSL_cleanse(out, sizeof(out));
	return ret;
}

int simpleconfig_iv_is_standard(const uint8_t *all)
{
	static const uint8_t iv[BLOCK] = {0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6};

	return CRYPTO_memcmp(all, iv, BLOCK) == 0;
}

int simpleconfig_request_digest(const uint8_t *nonce, const uint8_t *pin, size_t pin_len,
				uint8_t *out_digest)
{
	uint8_t buf[NONCE_SIZE + SIMPLECONFIG_PIN_MAX];
	int ok;

	if (pin_len > SIMPLECONFIG_PIN_MAX)
		return PROVD_E_INVALID;
	memcpy(buf, nonce, NONCE_SIZE);
	memcpy(buf + NONCE_SIZE, pin, pin_len);
	ok = EVP_Digest(buf, NONCE_SIZE + pin_len, out_digest, NULL, EVP_md5(), NULL);
	OPENSSL_cleanse(buf, sizeof(buf));
	return ok ? 0 : PROVD_E_NOMEM;
}
