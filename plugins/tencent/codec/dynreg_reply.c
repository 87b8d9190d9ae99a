/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/dynreg.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "codec/jsonx.h"
#include "codec/text.h"

/* Room for the cloud's own words in an error of ours. */
#define WORDS_SIZE 112

static int not_understood(struct provd_error *err, const char *why)
{
	return tencent_fail(err, PROVD_E_CLOUD_REPLY, "dynamic registration: the answer %s", why);
}

static void words(char out[WORDS_SIZE], const json_t *object, const char *key)
{
	size_t len = 0;
	const char *text = tencent_json_text(object, key, &len);

	if (text == NULL)
		tencent_printable(out, WORDS_SIZE, "no reason given", 15);
	else
		tencent_printable(out, WORDS_SIZE, text, len);
}

/* Version 1: {"code":N,"message":"...","len":N,"payload":"..."} ([C2] 5.1). */
static int check_v1(const json_t *root, struct provd_error *err)
{
	char message[WORDS_SIZE];
	int64_t code;

	if (tencent_json_int(root, "code", INT64_MIN, INT64_MAX, &code) != 0)
		return not_understood(err, "has no code");
	if (code == 0)
		return 0;
	words(message, root, "message");
	return tencent_fail(err,
			    code == TENCENT_DYNREG_CODE_SIGNATURE ? PROVD_E_CLOUD_SIGNATURE
								  : PROVD_E_CLOUD_REFUSED,
			    "dynamic registration refused with code %lld: %s", (long long)code,
			    message);
}

/*
 * What a refusal of version 2 means. INFERRED: the codes of this interface are not documented, so
 * they are read as those common to the vendor's cloud interfaces; of a wrong signature only codes
 * and texts with that word were seen.
 */
static int meaning_of_v2(const char *code, const char *message)
{
	if (strncmp(code, "RequestLimitExceeded", 20) == 0 ||
	    strncmp(code, "LimitExceeded", 13) == 0)
		return PROVD_E_CLOUD_THROTTLED;
	if (strcmp(code, "AuthFailure.SignatureExpire") == 0)
		return PROVD_E_CLOCK;
	if (strstr(code, "ignature") != NULL || strstr(message, "ignature") != NULL)
		return PROVD_E_CLOUD_SIGNATURE;
	return PROVD_E_CLOUD_REFUSED;
}

/* Version 2: {"Response":{"Error":{"Code":"...","Message":"..."}}} ([DOC] 5.2). */
static int check_v2(const json_t *response, struct provd_error *err)
{
	const json_t *error = json_object_get(response, "Error");
	char code[WORDS_SIZE / 2];
	char message[WORDS_SIZE];
	const char *text;
	size_t len = 0;

	if (!json_is_object(response))
		return not_understood(err, "has no Response");
	if (error == NULL)
		return 0;
	text = tencent_json_text(error, "Code", &len);
	if (text == NULL)
		return not_understood(err, "holds an Error without a Code");
	tencent_printable(code, sizeof(code), text, len);
	words(message, error, "Message");
	return tencent_fail(err, meaning_of_v2(code, message),
			    "dynamic registration refused with %s: %s", code, message);
}

static char *copy_text(const json_t *object, const char *key)
{
	size_t len = 0;
	const char *text = tencent_json_text(object, key, &len);
	char *copy;

	copy = text != NULL ? malloc(len + 1) : NULL;
	if (copy != NULL)
		memcpy(copy, text, len + 1);
	return copy;
}

static int read_psk(const json_t *plain, struct tencent_dynreg_result *result,
		    struct provd_error *err)
{
	uint8_t key[TENCENT_DEVICE_SECRET_MAX];
	size_t len = 0;
	const char *psk = tencent_json_text(plain, "psk", &len);
	int rc;

	if (psk == NULL || len > TENCENT_DEVICE_SECRET_MAX)
		return not_understood(err, "holds no psk, or one of more than 64 characters");
	rc = tencent_base64_decode(psk, len, key, sizeof(key));
	OPENSSL_cleanse(key, sizeof(key));
	if (rc < 0)
		return not_understood(err, "holds a psk that is not base64");
	result->kind = TENCENT_DYNREG_PSK;
	memcpy(result->psk, psk, len + 1);
	return 0;
}

static int read_cert(const json_t *plain, struct tencent_dynreg_result *result,
		     struct provd_error *err)
{
	size_t cert_len = 0;
	size_t key_len = 0;

	if (tencent_json_text(plain, "clientCert", &cert_len) == NULL ||
	    tencent_json_text(plain, "clientKey", &key_len) == NULL || cert_len == 0 ||
	    key_len == 0)
		return not_understood(err, "lacks certificate or key");
	result->kind = TENCENT_DYNREG_CERT;
	result->cert = copy_text(plain, "clientCert");
	result->key = copy_text(plain, "clientKey");
	if (result->cert == NULL || result->key == NULL) {
		tencent_dynreg_result_finish(result);
		return tencent_fail(err, PROVD_E_NOMEM, "dynamic registration: out of memory");
	}
	return 0;
}

static int read_plain(const uint8_t *plain, size_t len, struct tencent_dynreg_result *result,
		      struct provd_error *err)
{
	/* Without JSON_ALLOW_NUL: no secret can be cut by a NUL later. */
	json_t *root = json_loadb((const char *)plain, len, JSON_REJECT_DUPLICATES, NULL);
	int64_t type = 0;
	int rc;

	if (!json_is_object(root))
		rc = not_understood(err, "cannot be decrypted; is productSecret the right one?");
	else if (tencent_json_int(root, "encryptionType", 1, 2, &type) != 0)
		rc = not_understood(err, "has an unknown encryptionType");
	else if (type == TENCENT_DYNREG_PSK)
		rc = read_psk(root, result, err);
	else
		rc = read_cert(root, result, err);
	tencent_json_wipe(root);
	return rc;
}

/* `len` counts the plain JSON; zero bytes fill the last block, none when it is full. */
static int decrypt(const uint8_t *cipher, size_t cipher_len, size_t len, const char *secret,
		   struct tencent_dynreg_result *result, struct provd_error *err)
{
	uint8_t *plain;
	uint8_t rest = 0;
	int rc;

	if (cipher_len == 0 || cipher_len % TENCENT_AES_BLOCK != 0)
		return not_understood(err, "has a payload that is not whole AES blocks");
	if (len > cipher_len || cipher_len - len >= TENCENT_AES_BLOCK)
		return not_understood(err, "has a length that does not fit its payload");
	plain = malloc(cipher_len);
	if (plain == NULL)
		return tencent_fail(err, PROVD_E_NOMEM, "dynamic registration: out of memory");
	rc = tencent_aes_decrypt((const uint8_t *)secret, cipher, cipher_len, plain);
	for (size_t i = len; rc == 0 && i < cipher_len; i++)
		rest |= plain[i];
	if (rc != 0)
		rc = tencent_fail(err, rc, "dynamic registration: decryption failed");
	else if (rest != 0)
		rc = not_understood(err, "cannot be decrypted; is productSecret the right one?");
	else
		rc = read_plain(plain, len, result, err);
	OPENSSL_cleanse(plain, cipher_len);
	free(plain);
	return rc;
}

static int read_payload(const json_t *object, const char *len_key, const char *payload_key,
			const char *secret, struct tencent_dynreg_result *result,
			struct provd_error *err)
{
	size_t text_len = 0;
	const char *text = tencent_json_text(object, payload_key, &text_len);
	uint8_t *cipher;
	int64_t len;
	int rc;

	if (text == NULL || tencent_json_int(object, len_key, 1, INT32_MAX, &len) != 0)
		return not_understood(err, "lacks payload or its length");
	cipher = malloc(text_len + 1);
	if (cipher == NULL)
		return tencent_fail(err, PROVD_E_NOMEM, "dynamic registration: out of memory");
	rc = tencent_base64_decode(text, text_len, cipher, text_len + 1);
	if (rc < 0)
		rc = not_understood(err, "has a payload that is not base64");
	else
		rc = decrypt(cipher, (size_t)rc, (size_t)len, secret, result, err);
	free(cipher);
	return rc;
}

int tencent_dynreg_parse(enum tencent_dynreg_version version, const void *data, size_t len,
			 const char *product_secret, struct tencent_dynreg_result *out_result,
			 struct provd_error *err)
{
	bool second = version == TENCENT_DYNREG_V2;
	struct tencent_dynreg_result result;
	json_t *root;
	json_t *object;
	int rc;

	if (strlen(product_secret) < TENCENT_PRODUCT_SECRET_MIN)
		return tencent_fail(err, PROVD_E_CLOUD_IDENTITY,
				    "productSecret is shorter than %d characters",
				    TENCENT_PRODUCT_SECRET_MIN);
	if (len > TENCENT_DYNREG_RESPONSE_MAX)
		return not_understood(err, "is too long");
	memset(&result, 0, sizeof(result));
	root = json_loadb(data, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	object = second ? json_object_get(root, "Response") : root;
	if (!json_is_object(root))
		rc = not_understood(err, "is not a JSON object");
	else
		rc = second ? check_v2(object, err) : check_v1(object, err);
	if (rc == 0)
		rc = read_payload(object, second ? "Len" : "len", second ? "Payload" : "payload",
				  product_secret, &result, err);
	if (rc == 0)
		*out_result = result;
	OPENSSL_cleanse(&result, sizeof(result));
	json_decref(root);
	return rc;
}

static void free_secret(char *text)
{
	if (text == NULL)
		return;
	OPENSSL_cleanse(text, strlen(text));
	free(text);
}

void tencent_dynreg_result_finish(struct tencent_dynreg_result *result)
{
	if (result == NULL)
		return;
	free_secret(result->cert);
	free_secret(result->key);
	OPENSSL_cleanse(result, sizeof(*result));
}
