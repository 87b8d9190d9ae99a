/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <jansson.h>

#include <provd/error.h>

static json_t *load(const char *name)
{
	char path[512];
	json_t *root;

	snprintf(path, sizeof(path), "%s/%s", PROVD_VECTOR_DIR, name);
	root = json_load_file(path, 0, NULL);
	cr_assert_not_null(root, "%s", path);
	return root;
}

static const char *text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

Test(codec, v1_signatures, .timeout = 10)
{
	json_t *root = load("tencent_dynreg_v1.json");
	json_t *item;
	size_t i;
	size_t checked = 0;

	json_array_foreach(json_object_get(root, "vectors"), i, item)
	{
		const char *expected = text(item, "signature");
		struct sim_v1_signed in = {
			.device_name = text(item, "device_name"),
			.product_id = text(item, "product_id"),
			.nonce = json_integer_value(json_object_get(item, "nonce")),
			.timestamp = json_integer_value(json_object_get(item, "timestamp")),
		};
		char got[SIM_SIGNATURE_SIZE];

		if (!expected)
			expected = text(item, "correct_signature");
		cr_assert_eq(sim_v1_signature(text(item, "product_secret"), &in, got), 0);
		cr_assert_str_eq(got, expected);
		if (text(item, "wrong_signature_raw_b64"))
			cr_assert_str_neq(got, text(item, "wrong_signature_raw_b64"));
		checked++;
	}
	cr_assert_eq(checked, 2);
	json_decref(root);
}

Test(codec, v2_signatures, .timeout = 10)
{
	json_t *root = load("tencent_dynreg_v2.json");
	json_t *item;
	size_t i;
	size_t checked = 0;

	json_array_foreach(json_object_get(root, "signature_vectors"), i, item)
	{
		const json_t *headers = json_object_get(item, "headers");
		char timestamp[24];
		char nonce[24];
		char got[SIM_SIGNATURE_SIZE];
		struct sim_v2_signed in = {.host = text(item, "host"),
					   .algorithm = text(item, "algorithm"),
					   .timestamp = timestamp,
					   .nonce = nonce,
					   .body = text(item, "body"),
					   .body_size = strlen(text(item, "body"))};

		snprintf(timestamp, sizeof(timestamp), "%s", text(headers, "X-TC-Timestamp"));
		snprintf(nonce, sizeof(nonce), "%s", text(headers, "X-TC-Nonce"));
		cr_assert_eq(sim_v2_signature(text(item, "product_secret"), &in, got), 0);
		cr_assert_str_eq(got, text(item, "signature"));
		in.algorithm = "hmacmd5";
		cr_assert_eq(sim_v2_signature(text(item, "product_secret"), &in, got),
			     PROVD_E_NOT_SUPPORTED);
		checked++;
	}
	cr_assert_eq(checked, 3);
	json_decref(root);
}

static void check_payload(const char *secret, const char *plain, const char *base64)
{
	char *cipher = NULL;
	char *back = NULL;

	cr_assert_eq(sim_payload_encrypt(secret, plain, strlen(plain), &cipher), 0);
	cr_assert_str_eq(cipher, base64);
	cr_assert_eq(sim_payload_decrypt(secret, cipher, strlen(plain), &back), 0);
	cr_assert_str_eq(back, plain);
	free(cipher);
	free(back);
}

Test(codec, payloads, .timeout = 10)
{
	json_t *v1 = load("tencent_dynreg_v1.json");
	json_t *v2 = load("tencent_dynreg_v2.json");
	const json_t *item = json_array_get(json_object_get(v1, "vectors"), 0);
	json_t *made;
	size_t i;

	check_payload(text(item, "product_secret"), text(item, "plaintext"),
		      text(item, "payload_b64"));
	json_array_foreach(json_object_get(v1, "synthetic_responses"), i, made) check_payload(
		text(made, "product_secret"), text(made, "plaintext"), text(made, "payload_b64"));
	item = json_object_get(v2, "payload_vector");
	check_payload(text(item, "product_secret"), text(item, "plaintext"),
		      text(item, "payload_b64"));
	json_decref(v1);
	json_decref(v2);
}

Test(codec, payload_refuses, .timeout = 10)
{
	char *out = NULL;

	cr_assert_eq(sim_payload_encrypt("short", "x", 1, &out), PROVD_E_INVALID);
	cr_assert_eq(sim_payload_encrypt("0123456789abcdef", "", 0, &out), PROVD_E_INVALID);
	cr_assert_neq(sim_payload_decrypt("0123456789abcdef", "AAAA", 3, &out), 0);
	cr_assert_null(out);
}

Test(codec, mqtt_passwords, .timeout = 10)
{
	json_t *root = load("tencent_mqtt_sign.json");
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(root, "vectors"), i, item)
	{
		const char *user = text(item, "username");
		const char *good = text(item, "password");
		char bad[160];

		cr_assert_eq(sim_mqtt_password_check(text(item, "device_secret"), user, good), 0);
		snprintf(bad, sizeof(bad), "%s", good);
		bad[0] = bad[0] == '0' ? '1' : '0';
		cr_assert_eq(sim_mqtt_password_check(text(item, "device_secret"), user, bad),
			     PROVD_E_ACCESS);
		cr_assert_eq(sim_mqtt_password_check("AAAAAAAAAAAAAAAAAAAAAA==", user, good),
			     PROVD_E_ACCESS);
	}
	cr_assert_eq(i, 7);
	cr_assert_eq(sim_mqtt_password_check("AAAA", "user", "no method"), PROVD_E_INVALID);
	cr_assert_eq(sim_mqtt_password_check("AAAA", "user", ";hmacsha1"), PROVD_E_ACCESS);
	json_decref(root);
}

Test(codec, base64_is_strict, .timeout = 10)
{
	unsigned char out[8];
	size_t size = 99;

	cr_assert_eq(sim_base64_decode("AQID", 4, out, sizeof(out), &size), 0);
	cr_assert_eq(size, 3);
	cr_assert_eq(sim_base64_decode("AQ==", 4, out, sizeof(out), &size), 0);
	cr_assert_eq(size, 1);
	cr_assert_eq(sim_base64_decode("", 0, out, sizeof(out), &size), PROVD_E_INVALID);
	cr_assert_eq(sim_base64_decode("AQI", 3, out, sizeof(out), &size), PROVD_E_INVALID);
	cr_assert_eq(sim_base64_decode("A ID", 4, out, sizeof(out), &size), PROVD_E_INVALID);
	cr_assert_eq(sim_base64_decode("A*ID", 4, out, sizeof(out), &size), PROVD_E_INVALID);
	cr_assert_eq(sim_base64_decode("AQID", 4, out, 2, &size), PROVD_E_LIMIT);
}
