/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "codec/dynreg.h"
#include "util.h"

#define SECRET "XoezQjzzMedF4lAr2CqCkVYK"

static int parse(enum tencent_dynreg_version version, const char *text, size_t len,
		 const char *secret, struct tencent_dynreg_result *result, struct provd_error *err)
{
	char *copy = exact_copy(text, len);
	int rc = tencent_dynreg_parse(version, copy, len, secret, result, err);

	free(copy);
	return rc;
}

/* The cloud's side: an answer that holds `plain`, `len` claimed in it. */
static void make_reply(const char *plain, size_t plain_len, long long len, char *out, size_t cap)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char padded[512] = {0};
	unsigned char cipher[512 + 16];
	unsigned char text[1024];
	size_t whole = (plain_len + 15) / 16 * 16;
	int got = 0;
	int n;

	cr_assert(ctx != NULL && whole <= sizeof(padded));
	memcpy(padded, plain, plain_len);
	cr_assert_eq(EVP_EncryptInit_ex(ctx, EVP_aes_128_cbc(), NULL, (const void *)SECRET,
					(const void *)"0000000000000000"),
		     1);
	EVP_CIPHER_CTX_set_padding(ctx, 0);
	cr_assert_eq(EVP_EncryptUpdate(ctx, cipher, &got, padded, (int)whole), 1);
	EVP_CIPHER_CTX_free(ctx);
	EVP_EncodeBlock(text, cipher, got);
	n = snprintf(out, cap, "{\"code\":0,\"len\":%lld,\"payload\":\"%s\"}", len, text);
	cr_assert(n > 0 && (size_t)n < cap);
}

Test(tencent_dynreg_reply, seed, .timeout = 10)
{
	json_t *root = load_vectors("tencent_dynreg_v1.json");
	json_t *seed = entry_of(json_object_get(root, "vectors"), "name", "seed-log");
	const char *body = text_of(seed, "response_body");
	struct tencent_dynreg_result result;
	struct provd_error err = fresh_error();

	cr_assert_eq(parse(TENCENT_DYNREG_V1, body, strlen(body), SECRET, &result, &err), 0, "%s",
		     err.text);
	cr_expect_eq(result.kind, TENCENT_DYNREG_PSK);
	cr_expect_str_eq(result.psk, text_of(seed, "device_secret"));
	tencent_dynreg_result_finish(&result);
	cr_expect_eq(result.psk[0], '\0');
	tencent_dynreg_result_finish(&result);
	tencent_dynreg_result_finish(NULL);
	json_decref(root);
	expect_no_leaks();
}

Test(tencent_dynreg_reply, synthetic_certificates, .timeout = 10)
{
	json_t *root = load_vectors("tencent_dynreg_v1.json");
	json_t *vectors = json_object_get(root, "synthetic_responses");
	json_t *vector;
	size_t i;

	cr_assert_eq(json_array_size(vectors), 2);
	json_array_foreach(vectors, i, vector)
	{
		json_t *want = json_loads(text_of(vector, "plaintext"), 0, NULL);
		json_t *reply =
			json_pack("{s:i,s:I,s:s}", "code", 0, "len", number_of(vector, "len"),
				  "payload", text_of(vector, "payload_b64"));
		char *body = json_dumps(reply, 0);
		struct tencent_dynreg_result result;
		struct provd_error err = fresh_error();

		cr_assert(want != NULL && body != NULL);
		cr_assert_eq(parse(TENCENT_DYNREG_V1, body, strlen(body),
				   text_of(vector, "product_secret"), &result, &err),
			     0, "%s", err.text);
		cr_expect_eq(result.kind, TENCENT_DYNREG_CERT);
		cr_expect_str_eq(result.cert, text_of(want, "clientCert"));
		cr_expect_str_eq(result.key, text_of(want, "clientKey"));
		tencent_dynreg_result_finish(&result);
		free(body);
		json_decref(reply);
		json_decref(want);
	}
	json_decref(root);
	expect_no_leaks();
}

Test(tencent_dynreg_reply, v2_shapes, .timeout = 10)
{
	json_t *root = load_vectors("tencent_dynreg_v2.json");
	json_t *shapes = json_object_get(root, "response_shapes");
	json_t *payload = json_object_get(root, "payload_vector");
	char *ok = json_dumps(json_object_get(shapes, "ok"), 0);
	char *error = json_dumps(json_object_get(shapes, "error"), 0);
	struct tencent_dynreg_result result;
	struct provd_error err = fresh_error();

	cr_assert_eq(parse(TENCENT_DYNREG_V2, ok, strlen(ok), text_of(payload, "product_secret"),
			   &result, &err),
		     0, "%s", err.text);
	cr_expect_str_eq(result.psk, text_of(payload, "device_secret"));
	tencent_dynreg_result_finish(&result);
	cr_expect_eq(parse(TENCENT_DYNREG_V2, error, strlen(error),
			   text_of(payload, "product_secret"), &result, &err),
		     PROVD_E_CLOUD_REFUSED);
	cr_expect_str_eq(err.text, "dynamic registration refused with InvalidParameterValue: text");
	/* The other generation's shape is not taken. */
	cr_expect_eq(parse(TENCENT_DYNREG_V1, ok, strlen(ok), text_of(payload, "product_secret"),
			   &result, &err),
		     PROVD_E_CLOUD_REPLY);
	free(ok);
	free(error);
	json_decref(root);
	expect_no_leaks();
}

Test(tencent_dynreg_reply, the_cloud_says_no, .timeout = 10)
{
	static const struct {
		enum tencent_dynreg_version version;
		const char *text;
		int code;
	} rows[] = {
		{TENCENT_DYNREG_V1, "{\"code\":1010,\"message\":\"Check signature failed\"}",
		 PROVD_E_CLOUD_SIGNATURE},
		{TENCENT_DYNREG_V1, "{\"code\":1011,\"message\":\"a\\u0000b\\n\\u5bb6\"}",
		 PROVD_E_CLOUD_REFUSED},
		{TENCENT_DYNREG_V1, "{\"code\":-1,\"message\":5}", PROVD_E_CLOUD_REFUSED},
		{TENCENT_DYNREG_V2,
		 "{\"Response\":{\"Error\":{\"Code\":\"AuthFailure.SignatureFailure\"}}}",
		 PROVD_E_CLOUD_SIGNATURE},
		{TENCENT_DYNREG_V2, "{\"Response\":{\"Error\":{}}}", PROVD_E_CLOUD_REPLY},
		{TENCENT_DYNREG_V2, "{\"Response\":{\"Error\":null}}", PROVD_E_CLOUD_REPLY},
		{TENCENT_DYNREG_V2, "{\"Response\":[]}", PROVD_E_CLOUD_REPLY},
		{TENCENT_DYNREG_V2, "{}", PROVD_E_CLOUD_REPLY},
	};
	struct tencent_dynreg_result result;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct provd_error err = fresh_error();

		cr_expect_eq(parse(rows[i].version, rows[i].text, strlen(rows[i].text), SECRET,
				   &result, &err),
			     rows[i].code, "%s", rows[i].text);
		cr_expect_eq(err.code, rows[i].code);
		for (const char *c = err.text; *c != '\0'; c++)
			cr_expect(*c >= 0x20 && *c < 0x7f);
	}
	expect_no_leaks();
}

Test(tencent_dynreg_reply, the_published_refusal, .timeout = 10)
{
	json_t *root = load_vectors("tencent_dynreg_v1.json");
	json_t *negative =
		entry_of(json_object_get(root, "vectors"), "name", "negative-raw-digest");
	const char *reply = text_of(negative, "server_reply");
	struct tencent_dynreg_result result;
	struct provd_error err = fresh_error();

	cr_expect_eq(parse(TENCENT_DYNREG_V1, reply, strlen(reply), SECRET, &result, &err),
		     PROVD_E_CLOUD_SIGNATURE);
	cr_expect(strstr(err.text, "1010: Check signature failed") != NULL, "%s", err.text);
	json_decref(root);
	expect_no_leaks();
}

Test(tencent_dynreg_reply, garbage, .timeout = 10)
{
	static const char *const rows[] = {
		"",
		"<html>",
		"[]",
		"{}",
		"{\"code\":\"0\"}",
		"{\"code\":0}",
		"{\"code\":0,\"len\":53}",
		"{\"code\":0,\"len\":53,\"payload\":null}",
		"{\"code\":0,\"len\":53,\"payload\":\"\"}",
		"{\"code\":0,\"len\":53,\"payload\":\"%%%%\"}",
		"{\"code\":0,\"len\":3,\"payload\":\"QUJD\"}",
		"{\"code\":0,\"len\":-1,\"payload\":\"QUJD\"}",
		"{\"code\":0,\"len\":1e3,\"payload\":\"QUJD\"}",
		"{\"code\":0,\"len\":16,\"payload\":\"AAAAAAAAAAAAAAAAAAAAAA==\"}",
	};
	struct tencent_dynreg_result result;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct provd_error err = fresh_error();

		memset(&result, 0x5a, sizeof(result));
		cr_expect_eq(
			parse(TENCENT_DYNREG_V1, rows[i], strlen(rows[i]), SECRET, &result, &err),
			PROVD_E_CLOUD_REPLY, "%s", rows[i]);
		cr_expect_eq(result.psk[0], 0x5a, "output touched by %s", rows[i]);
	}
	expect_no_leaks();
}

Test(tencent_dynreg_reply, plaintexts, .timeout = 10)
{
	static const struct {
		const char *plain;
		int code;
	} rows[] = {
		{"{\"encryptionType\":2,\"psk\":\"MLvMHde65nKPk0Lx+ZThaA==\"}", 0},
		{"{\"encryptionType\":2,\"psk\":\"QUJD\"}", 0},
		{"{\"encryptionType\":2,\"psk\":\"not base64\"}", PROVD_E_CLOUD_REPLY},
		{"{\"encryptionType\":2,\"psk\":\"\"}", PROVD_E_CLOUD_REPLY},
		{"{\"encryptionType\":2,\"psk\":7}", PROVD_E_CLOUD_REPLY},
		{"{\"encryptionType\":2}", PROVD_E_CLOUD_REPLY},
		{"{\"encryptionType\":2,\"psk\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		 "AAAAAAAAAAAAAAAAAAAA\"}",
		 PROVD_E_CLOUD_REPLY},
		{"{\"encryptionType\":2,\"psk\":\"QUJD\\u0000\"}", PROVD_E_CLOUD_REPLY},
		{"{\"encryptionType\":1,\"psk\":\"QUJD\"}", PROVD_E_CLOUD_REPLY},
		{"{\"encryptionType\":1,\"clientCert\":\"a\",\"clientKey\":\"\"}",
		 PROVD_E_CLOUD_REPLY},
		{"{\"encryptionType\":1,\"clientCert\":\"a\",\"clientKey\":\"b\"}", 0},
		{"{\"encryptionType\":3,\"psk\":\"QUJD\"}", PROVD_E_CLOUD_REPLY},
		{"{\"encryptionType\":\"2\",\"psk\":\"QUJD\"}", PROVD_E_CLOUD_REPLY},
		{"[2,\"QUJD\"]", PROVD_E_CLOUD_REPLY},
	};
	struct tencent_dynreg_result result;
	char reply[2048];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make_reply(rows[i].plain, strlen(rows[i].plain), (long long)strlen(rows[i].plain),
			   reply, sizeof(reply));
		cr_expect_eq(parse(TENCENT_DYNREG_V1, reply, strlen(reply), SECRET, &result, NULL),
			     rows[i].code, "%s", rows[i].plain);
		if (rows[i].code == 0)
			tencent_dynreg_result_finish(&result);
	}
	expect_no_leaks();
}

Test(tencent_dynreg_reply, only_the_true_length_fits, .timeout = 10)
{
	static const char plain[] = "{\"encryptionType\":2,\"psk\":\"MLvMHde65nKPk0Lx+ZThaA==\"}";
	struct tencent_dynreg_result result;
	char reply[2048];

	for (long long len = -1; len <= 80; len++) {
		int want = len == (long long)strlen(plain) ? 0 : PROVD_E_CLOUD_REPLY;
		int rc;

		/* NULs behind the object are not JSON, so a longer length fails too. */
		make_reply(plain, strlen(plain), len, reply, sizeof(reply));
		rc = parse(TENCENT_DYNREG_V1, reply, strlen(reply), SECRET, &result, NULL);
		cr_expect_eq(rc, want, "len %lld: %d", len, rc);
		if (rc == 0)
			tencent_dynreg_result_finish(&result);
	}
	expect_no_leaks();
}

Test(tencent_dynreg_reply, only_zeros_fill_the_last_block, .timeout = 10)
{
	static const char plain[64] = "{\"encryptionType\":2,\"psk\":\"QUJD\"}";
	const long long len = (long long)strlen(plain);
	struct tencent_dynreg_result result;
	char blank[64];
	char reply[2048];

	make_reply(plain, (size_t)len, len, reply, sizeof(reply));
	cr_assert_eq(parse(TENCENT_DYNREG_V1, reply, strlen(reply), SECRET, &result, NULL), 0);
	tencent_dynreg_result_finish(&result);
	/* JSON would not mind the blank, the padding rule does. */
	memcpy(blank, plain, sizeof(blank));
	blank[len] = ' ';
	make_reply(blank, (size_t)len + 1, len, reply, sizeof(reply));
	cr_expect_eq(parse(TENCENT_DYNREG_V1, reply, strlen(reply), SECRET, &result, NULL),
		     PROVD_E_CLOUD_REPLY);
	/* A whole block more than the length asks for. */
	make_reply(plain, (size_t)len + 16, len, reply, sizeof(reply));
	cr_expect_eq(parse(TENCENT_DYNREG_V1, reply, strlen(reply), SECRET, &result, NULL),
		     PROVD_E_CLOUD_REPLY);
	expect_no_leaks();
}

Test(tencent_dynreg_reply, wrong_secrets, .timeout = 10)
{
	json_t *root = load_vectors("tencent_dynreg_v1.json");
	json_t *seed = entry_of(json_object_get(root, "vectors"), "name", "seed-log");
	const char *body = text_of(seed, "response_body");
	struct tencent_dynreg_result result;

	cr_expect_eq(
		parse(TENCENT_DYNREG_V1, body, strlen(body), "0123456789abcdef", &result, NULL),
		PROVD_E_CLOUD_REPLY);
	cr_expect_eq(parse(TENCENT_DYNREG_V1, body, strlen(body), "XoezQjzzMedF4lA", &result, NULL),
		     PROVD_E_CLOUD_IDENTITY);
	/* Only the first 16 characters are the key. */
	cr_expect_eq(
		parse(TENCENT_DYNREG_V1, body, strlen(body), "XoezQjzzMedF4lAr", &result, NULL), 0);
	tencent_dynreg_result_finish(&result);
	for (size_t len = 0; len < strlen(body); len++)
		cr_expect_eq(parse(TENCENT_DYNREG_V1, body, len, SECRET, &result, NULL),
			     PROVD_E_CLOUD_REPLY, "truncated at %zu", len);
	json_decref(root);
	expect_no_leaks();
}

Test(tencent_dynreg_reply, too_long, .timeout = 10)
{
	size_t len = TENCENT_DYNREG_RESPONSE_MAX + 1;
	char *big = malloc(len);
	struct tencent_dynreg_result result;

	cr_assert(big != NULL);
	memset(big, '[', len);
	cr_expect_eq(parse(TENCENT_DYNREG_V1, big, len, SECRET, &result, NULL),
		     PROVD_E_CLOUD_REPLY);
	cr_expect_eq(parse(TENCENT_DYNREG_V1, big, len - 1, SECRET, &result, NULL),
		     PROVD_E_CLOUD_REPLY);
	free(big);
	expect_no_leaks();
}
