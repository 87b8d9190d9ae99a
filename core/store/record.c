/* SPDX-License-Identifier: Apache-2.0 */
#include "store/record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "net/net_util.h"
#include "store/store.h"

#define MAGIC	       "PVRC"
#define VERSION_AT     4
#define FLAGS_AT       6
#define LENGTH_AT      8
#define CHECK_AT       12
#define CHECK_SIZE     32
#define FLAG_ENCRYPTED 1U
#define KEY_ID_SIZE    8
#define NONCE_SIZE     12
#define TAG_SIZE       16
#define AAD_MAX	       (CHECK_AT + KEY_ID_SIZE + PROVD_STORE_NAME_MAX)

_Static_assert(PROVD_RECORD_HEADER_SIZE == CHECK_AT + CHECK_SIZE, "the body follows the checksum");
_Static_assert(PROVD_RECORD_SEAL_SIZE == KEY_ID_SIZE + NONCE_SIZE + TAG_SIZE, "parts of the body");
_Static_assert(PROVD_RECORD_MAX <= PROVD_SECRET_MAX, "a record fits a secret");
_Static_assert(PROVD_RECORD_MAX - PROVD_RECORD_HEADER_SIZE - PROVD_RECORD_SEAL_SIZE ==
		       PROVD_STORE_CONTENT_MAX,
	       "the largest content makes the largest record");

/* A record that is whole, taken apart. */
struct parts {
	const char *name;
	const uint8_t *header;
	unsigned flags;
	struct provd_bytes body;
};

int provd_record_name_valid(const char *name)
{
	size_t len = name ? strnlen(name, PROVD_STORE_NAME_MAX + 1) : 0;

	return len >= 1 && len <= PROVD_STORE_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == len;
}

static void put_be(uint8_t *out, size_t bytes, uint32_t value)
{
	for (size_t i = 0; i < bytes; i++)
		out[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
}

static uint32_t get_be(const uint8_t *in, size_t bytes)
{
	uint32_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | in[i];
	return value;
}

/* SHA-256 of the header without the checksum, and of the body. */
static int checksum(const uint8_t *header, struct provd_bytes body, uint8_t out[CHECK_SIZE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned int len = 0;
	int ok;

	if (!ctx)
		return PROVD_E_NOMEM;
	ok = EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
	     EVP_DigestUpdate(ctx, header, CHECK_AT) == 1 &&
	     EVP_DigestUpdate(ctx, body.data, body.len) == 1 &&
	     EVP_DigestFinal_ex(ctx, out, &len) == 1;
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : PROVD_E_INTERNAL;
}

/* HKDF-SHA256 (RFC 5869) without salt; `purpose` and `name` are the info. */
static int derive(const struct provd_secret *key, const char *purpose, const char *name,
		  uint8_t *out, size_t len)
{
	struct provd_bytes view = provd_secret_view(key);
	char digest[] = "SHA256";
	char info[64];
	OSSL_PARAM params[4];
	EVP_KDF *kdf;
	EVP_KDF_CTX *ctx;
	int n = snprintf(info, sizeof(info), "provd store %s%s", purpose, name);
	int ok = 0;

	if (n < 0 || (size_t)n >= sizeof(info))
		return PROVD_E_INTERNAL;
	kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
	/* The library takes a pointer that is not const, and only reads. */
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
						      (void *)(uintptr_t)view.data, view.len);
	params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, (size_t)n);
	params[3] = OSSL_PARAM_construct_end();
	if (ctx)
		ok = EVP_KDF_derive(ctx, out, len, params) == 1;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return ok ? 0 : PROVD_E_INTERNAL;
}

static int derive_id(const struct provd_secret *key, uint8_t out[KEY_ID_SIZE])
{
	return derive(key, "key id", "", out, KEY_ID_SIZE);
}

static int derive_key(const struct provd_secret *key, const char *name,
		      uint8_t out[PROVD_RECORD_KEY_SIZE])
{
	return derive(key, "record ", name, out, PROVD_RECORD_KEY_SIZE);
}

static size_t make_aad(uint8_t out[AAD_MAX], const uint8_t *header, const uint8_t *key_id,
		       const char *name)
{
	size_t len = strlen(name);

	memcpy(out, header, CHECK_AT);
	memcpy(out + CHECK_AT, key_id, KEY_ID_SIZE);
	memcpy(out + CHECK_AT + KEY_ID_SIZE, name, len);
	return CHECK_AT + KEY_ID_SIZE + len;
}

/* One pass of AES-256-GCM; encrypts and writes the tag, or decrypts and compares it: CORRUPT. */
static int gcm(int encrypt, const uint8_t *key, const uint8_t *nonce, struct provd_bytes aad,
	       struct provd_bytes in, uint8_t *out, uint8_t *tag)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0;
	int code = PROVD_E_INTERNAL;

	if (!ctx)
		return PROVD_E_NOMEM;
	if (EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce, encrypt) != 1 ||
	    EVP_CipherUpdate(ctx, NULL, &len, aad.data, (int)aad.len) != 1 ||
	    (in.len && EVP_CipherUpdate(ctx, out, &len, in.data, (int)in.len) != 1) ||
	    (!encrypt && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) != 1))
		goto out;
	if (EVP_CipherFinal_ex(ctx, out + in.len, &len) != 1) {
		code = encrypt ? PROVD_E_INTERNAL : PROVD_E_CORRUPT;
		goto out;
	}
	if (encrypt && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, tag) != 1)
		goto out;
	code = 0;
out:
	EVP_CIPHER_CTX_free(ctx);
	return code;
}

/* Fills the body of an encrypted record. */
static int seal(const char *name, const uint8_t *header, struct provd_bytes content,
		const struct provd_secret *key, uint8_t *body)
{
	uint8_t *nonce = body + KEY_ID_SIZE;
	uint8_t *text = nonce + NONCE_SIZE;
	uint8_t record_key[PROVD_RECORD_KEY_SIZE];
	uint8_t aad[AAD_MAX];
	struct provd_bytes aad_view = {aad, 0};
	int code = derive_id(key, body);

	if (!code)
		code = derive_key(key, name, record_key);
	if (!code && RAND_bytes(nonce, NONCE_SIZE) != 1)
		code = PROVD_E_INTERNAL;
	if (!code) {
		aad_view.len = make_aad(aad, header, body, name);
		code = gcm(1, record_key, nonce, aad_view, content, text, text + content.len);
	}
	OPENSSL_cleanse(record_key, sizeof(record_key));
	return code;
}

int provd_record_encode(const char *name, const struct provd_secret *content,
			const struct provd_secret *key, struct provd_secret **out_record)
{
	struct provd_bytes view = provd_secret_view(content);
	struct provd_bytes body = {NULL, view.len + (key ? PROVD_RECORD_SEAL_SIZE : 0)};
	struct provd_secret *record;
	uint8_t *bytes = NULL;
	int code = 0;

	if (!provd_record_name_valid(name) || !content || view.len > PROVD_STORE_CONTENT_MAX ||
	    (key && provd_secret_view(key).len != PROVD_RECORD_KEY_SIZE))
		return PROVD_E_INVALID;
	record = provd_secret_alloc(PROVD_RECORD_HEADER_SIZE + body.len, &bytes);
	if (!record)
		return PROVD_E_NOMEM;
	body.data = bytes + PROVD_RECORD_HEADER_SIZE;
	memcpy(bytes, MAGIC, VERSION_AT);
	put_be(bytes + VERSION_AT, 2, PROVD_RECORD_VERSION);
	put_be(bytes + FLAGS_AT, 2, key ? FLAG_ENCRYPTED : 0);
	put_be(bytes + LENGTH_AT, 4, (uint32_t)body.len);
	if (key)
		code = seal(name, bytes, view, key, bytes + PROVD_RECORD_HEADER_SIZE);
	else if (view.len)
		memcpy(bytes + PROVD_RECORD_HEADER_SIZE, view.data, view.len);
	if (!code)
		code = checksum(bytes, body, bytes + CHECK_AT);
	if (code)
		provd_secret_unref(record);
	else
		*out_record = record;
	return code;
}

/* Reading */

static int damaged(const char *name, const char *why, struct provd_error *err)
{
	return provd_net_fail(err, PROVD_E_CORRUPT, 0, "record '%s' is damaged: %s", name, why);
}

static int newer(const char *name, const char *what, unsigned value, struct provd_error *err)
{
	return provd_net_fail(err, PROVD_E_NOT_SUPPORTED, 0,
			      "record '%s' was written by a newer provd (%s %u); update provd, or "
			      "remove the record",
			      name, what, value);
}

static int cannot_read(int code, const char *name, struct provd_error *err)
{
	return provd_net_fail(err, code, 0, "record '%s' cannot be read: %s", name,
			      provd_err_text(code));
}

static int open_sealed(const struct parts *parts, const struct provd_secret *key,
		       struct provd_secret **out_content, struct provd_error *err)
{
	const uint8_t *body = parts->body.data;
	const uint8_t *nonce = body + KEY_ID_SIZE;
	struct provd_bytes in = {nonce + NONCE_SIZE, parts->body.len - PROVD_RECORD_SEAL_SIZE};
	uint8_t id[KEY_ID_SIZE];
	uint8_t record_key[PROVD_RECORD_KEY_SIZE];
	uint8_t tag[TAG_SIZE];
	uint8_t aad[AAD_MAX];
	struct provd_bytes aad_view = {aad, 0};
	struct provd_secret *content = NULL;
	uint8_t *bytes = NULL;
	int code = derive_id(key, id);

	if (code)
		return cannot_read(code, parts->name, err);
	if (CRYPTO_memcmp(id, body, KEY_ID_SIZE) != 0)
		return provd_net_fail(err, PROVD_E_ACCESS, EKEYREJECTED,
				      "record '%s' is encrypted with another key; give the key it "
				      "was written with",
				      parts->name);
	content = provd_secret_alloc(in.len, &bytes);
	if (!content)
		return cannot_read(PROVD_E_NOMEM, parts->name, err);
	memcpy(tag, in.data + in.len, TAG_SIZE);
	aad_view.len = make_aad(aad, parts->header, body, parts->name);
	code = derive_key(key, parts->name, record_key);
	if (!code)
		code = gcm(0, record_key, nonce, aad_view, in, bytes, tag);
	OPENSSL_cleanse(record_key, sizeof(record_key));
	if (!code) {
		*out_content = content;
		return 0;
	}
	provd_secret_unref(content);
	/* The checksum was right: no accident of the medium. */
	return code == PROVD_E_CORRUPT
		       ? damaged(parts->name, "it is not what was encrypted under this name", err)
		       : cannot_read(code, parts->name, err);
}

static int read_v1(const struct parts *parts, const struct provd_secret *key,
		   struct provd_secret **out_content, struct provd_error *err)
{
	struct provd_secret *content;

	if (parts->flags & ~FLAG_ENCRYPTED)
		return newer(parts->name, "flags", parts->flags, err);
	if (parts->flags & FLAG_ENCRYPTED) {
		if (parts->body.len < PROVD_RECORD_SEAL_SIZE)
			return damaged(parts->name, "too short to be encrypted", err);
		if (!key)
			return provd_net_fail(err, PROVD_E_ACCESS, ENOKEY,
					      "record '%s' is encrypted and there is no key; set "
					      "store.key",
					      parts->name);
		return open_sealed(parts, key, out_content, err);
	}
	if (parts->body.len > PROVD_STORE_CONTENT_MAX)
		return damaged(parts->name, "larger than a record can be", err);
	content = provd_secret_create(parts->body.data, parts->body.len);
	if (!content)
		return cannot_read(PROVD_E_NOMEM, parts->name, err);
	*out_content = content;
	return 0;
}

/*
 * The versions that can be read. What is read is written in the newest one at the next save; a new
 * version adds a row whose reader gives the content in the form of today.
 */
static const struct format {
	unsigned version;
	int (*read)(const struct parts *parts, const struct provd_secret *key,
		    struct provd_secret **out_content, struct provd_error *err);
} formats[] = {
	{PROVD_RECORD_VERSION, read_v1},
};

int provd_record_decode(const char *name, struct provd_bytes record, const struct provd_secret *key,
			struct provd_secret **out_content, struct provd_error *err)
{
	uint8_t check[CHECK_SIZE];
	struct parts parts = {.name = name, .header = record.data};
	unsigned version;
	int code;

	if (!provd_record_name_valid(name) ||
	    (key && provd_secret_view(key).len != PROVD_RECORD_KEY_SIZE))
		return provd_net_fail(err, PROVD_E_INVALID, 0,
				      "cannot read a record: name or key not valid");
	if (!record.data || record.len < PROVD_RECORD_HEADER_SIZE)
		return damaged(name, "shorter than its header", err);
	if (memcmp(record.data, MAGIC, VERSION_AT) != 0)
		return damaged(name, "it does not begin like a record", err);
	parts.body.data = record.data + PROVD_RECORD_HEADER_SIZE;
	parts.body.len = record.len - PROVD_RECORD_HEADER_SIZE;
	if (get_be(record.data + LENGTH_AT, 4) != parts.body.len)
		return damaged(name, "not as long as it says", err);
	code = checksum(record.data, parts.body, check);
	if (code)
		return cannot_read(code, name, err);
	if (CRYPTO_memcmp(check, record.data + CHECK_AT, CHECK_SIZE) != 0)
		return damaged(name, "the checksum differs", err);
	version = get_be(record.data + VERSION_AT, 2);
	parts.flags = get_be(record.data + FLAGS_AT, 2);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (formats[i].version == version)
			return formats[i].read(&parts, key, out_content, err);
	}
	if (version > PROVD_RECORD_VERSION)
		return newer(name, "format version", version, err);
	return damaged(name, "there never was such a format version", err);
}
