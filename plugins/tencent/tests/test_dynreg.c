/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "codec/dynreg.h"
#include "util.h"

static struct tencent_dynreg_request request_of(const json_t *vector,
						enum tencent_dynreg_version version)
{
	const char *algorithm = json_string_value(json_object_get(vector, "algorithm"));
	struct tencent_dynreg_request request = {
		.version = version,
		.hash = TENCENT_SHA256,
		.host = text_of(vector, "host"),
		.product_id = text_of(vector, "product_id"),
		.device_name = text_of(vector, "device_name"),
		.product_secret = text_of(vector, "product_secret"),
		.nonce = (uint32_t)number_of(vector, "nonce"),
		.timestamp = (uint64_t)number_of(vector, "timestamp"),
	};

	if (algorithm != NULL && strcmp(algorithm, "hmacsha1") == 0)
		request.hash = TENCENT_SHA1;
	return request;
}

static void expect_v1(const json_t *vector, const char *signature, const char *body)
{
	struct tencent_dynreg_request request = request_of(vector, TENCENT_DYNREG_V1);
	struct provd_error err = fresh_error();
	struct tencent_dynreg_http http;
	char source[TENCENT_DYNREG_SOURCE_SIZE];
	char sign[TENCENT_DYNREG_SIGNATURE_SIZE];

	cr_assert_gt(tencent_dynreg_source(&request, NULL, 0, source, sizeof(source)), 0);
	cr_expect_str_eq(source, text_of(vector, "sign_source"));
	cr_assert_eq(tencent_dynreg_sign(&request, source, sign, sizeof(sign)), 56);
	cr_expect_str_eq(sign, text_of(vector, signature));
	cr_assert_eq(tencent_dynreg_build(&request, &http, &err), 0, "%s", err.text);
	cr_expect_str_eq(http.body, text_of(vector, body));
	cr_expect_eq(http.body_len, strlen(http.body));
	cr_expect_str_eq(http.path, "/register/dev");
	cr_expect_eq(http.header_count, 2);
	cr_expect_str_eq(http.headers[0].value, "text/xml,application/json;*/*");
	cr_expect_str_eq(http.headers[1].name, "Content-Type");
	cr_expect_str_eq(http.headers[1].value, "application/x-www-form-urlencoded");
}

Test(tencent_dynreg, v1_requests, .timeout = 10)
{
	json_t *root = load_vectors("tencent_dynreg_v1.json");
	json_t *all = json_object_get(root, "vectors");
	json_t *seed = entry_of(all, "name", "seed-log");
	json_t *negative = entry_of(all, "name", "negative-raw-digest");
	struct tencent_dynreg_request request = request_of(negative, TENCENT_DYNREG_V1);
	char sign[TENCENT_DYNREG_SIGNATURE_SIZE];

	expect_v1(seed, "signature", "request_body");
	cr_expect_str_eq(tencent_dynreg_host(TENCENT_DYNREG_V1, text_of(seed, "region")),
			 text_of(seed, "host"));
	expect_v1(negative, "correct_signature", "correct_request_body");
	/* The raw digest is what the server refused. */
	cr_assert_gt(
		tencent_dynreg_sign(&request, text_of(negative, "sign_source"), sign, sizeof(sign)),
		0);
	cr_expect_str_neq(sign, text_of(negative, "wrong_signature_raw_b64"));
	json_decref(root);
	expect_no_leaks();
}

static void expect_v2(const json_t *vector)
{
	struct tencent_dynreg_request request = request_of(vector, TENCENT_DYNREG_V2);
	const json_t *headers = json_object_get(vector, "headers");
	struct provd_error err = fresh_error();
	struct tencent_dynreg_http http;
	char source[TENCENT_DYNREG_SOURCE_SIZE];
	char sign[TENCENT_DYNREG_SIGNATURE_SIZE];

	cr_assert_eq(tencent_dynreg_build(&request, &http, &err), 0, "%s", err.text);
	cr_expect_str_eq(http.path, text_of(vector, "path"));
	cr_expect_str_eq(http.body, text_of(vector, "body"));
	cr_expect_eq(http.header_count, json_object_size(headers));
	for (size_t i = 0; i < http.header_count; i++)
		cr_expect_str_eq(http.headers[i].value, text_of(headers, http.headers[i].name));
	cr_assert_gt(
		tencent_dynreg_source(&request, http.body, http.body_len, source, sizeof(source)),
		0);
	cr_expect_str_eq(source, text_of(vector, "string_to_sign"));
	cr_assert_gt(tencent_dynreg_sign(&request, source, sign, sizeof(sign)), 0);
	cr_expect_str_eq(sign, text_of(vector, "signature"));
}

Test(tencent_dynreg, v2_requests, .timeout = 10)
{
	json_t *root = load_vectors("tencent_dynreg_v2.json");
	json_t *vectors = json_object_get(root, "signature_vectors");
	json_t *vector;
	size_t i;

	cr_assert_eq(json_array_size(vectors), 3);
	json_array_foreach(vectors, i, vector)
	{
		expect_v2(vector);
	}
	json_decref(root);
	expect_no_leaks();
}

Test(tencent_dynreg, hosts, .timeout = 10)
{
	static const char *const rows[][3] = {
		{NULL, "gateway.tencentdevices.com", "ap-guangzhou.gateway.tencentdevices.com"},
		{"mars", "gateway.tencentdevices.com", "ap-guangzhou.gateway.tencentdevices.com"},
		{"china", "gateway.tencentdevices.com", "ap-guangzhou.gateway.tencentdevices.com"},
		{"us-east", "us-east.gateway.tencentdevices.com",
		 "us-east.gateway.tencentdevices.com"},
		{"europe", "europe.gateway.tencentdevices.com",
		 "europe.gateway.tencentdevices.com"},
		{"ap-bangkok", "ap-bangkok.gateway.tencentdevices.com",
		 "ap-bangkok.gateway.tencentdevices.com"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_expect_str_eq(tencent_dynreg_host(TENCENT_DYNREG_V1, rows[i][0]), rows[i][1]);
		cr_expect_str_eq(tencent_dynreg_host(TENCENT_DYNREG_V2, rows[i][0]), rows[i][2]);
	}
}

static void expect_refused(struct tencent_dynreg_request request, int code)
{
	struct provd_error err = fresh_error();
	struct tencent_dynreg_http http;

	memset(&http, 0x5a, sizeof(http));
	cr_expect_eq(tencent_dynreg_build(&request, &http, &err), code);
	cr_expect_eq(err.code, code);
	cr_expect_neq(err.text[0], '\0');
	cr_expect_eq(http.body[0], 0x5a, "output touched");
}

Test(tencent_dynreg, bad_requests, .timeout = 10)
{
	struct tencent_dynreg_request good = {
		.version = TENCENT_DYNREG_V2,
		.hash = TENCENT_SHA256,
		.host = "h",
		.product_id = "P",
		.device_name = "d",
		.product_secret = "0123456789abcdef",
		.nonce = 1,
		.timestamp = 0,
	};
	struct tencent_dynreg_request request = good;
	struct tencent_dynreg_http http;
	char name[600];

	cr_expect_eq(tencent_dynreg_build(&good, &http, NULL), 0);
	request.product_secret = "0123456789abcde";
	expect_refused(request, PROVD_E_CLOUD_IDENTITY);
	request = good;
	request.product_id = "";
	expect_refused(request, PROVD_E_CLOUD_IDENTITY);
	request.product_id = "a&b";
	expect_refused(request, PROVD_E_CLOUD_IDENTITY);
	request = good;
	request.device_name = "\xff";
	expect_refused(request, PROVD_E_CLOUD_IDENTITY);
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	request.device_name = name;
	expect_refused(request, PROVD_E_NO_SPACE);
	request.version = TENCENT_DYNREG_V1;
	expect_refused(request, PROVD_E_NO_SPACE);
	request = good;
	request.nonce = 0;
	expect_refused(request, PROVD_E_INVALID);
	request.nonce = 0x80000000U;
	expect_refused(request, PROVD_E_INVALID);
	request = good;
	request.host = "h\r\nX: y";
	expect_refused(request, PROVD_E_INVALID);
	request = good;
	request.version = (enum tencent_dynreg_version)3;
	expect_refused(request, PROVD_E_INVALID);
	request = good;
	request.hash = (enum tencent_hash)7;
	expect_refused(request, PROVD_E_INVALID);
	expect_no_leaks();
}
