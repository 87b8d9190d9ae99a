/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "codec/crypt.h"
#include "codec/mqtt_sign.h"
#include "util.h"

static void expect_vector(const json_t *vector)
{
	bool sha256 = strcmp(text_of(vector, "method"), "hmacsha256") == 0;
	const char *secret = text_of(vector, "device_secret");
	char parts[TENCENT_USERNAME_SIZE];
	char text[TENCENT_USERNAME_SIZE];
	char hex[2 * TENCENT_PSK_SIZE + 1];
	uint8_t psk[TENCENT_PSK_SIZE];
	char *save = NULL;
	char *field[4];
	int len;

	/* The user name of the vector, taken apart and put together again. */
	strncpy(parts, text_of(vector, "username"), sizeof(parts) - 1);
	parts[sizeof(parts) - 1] = '\0';
	for (size_t i = 0; i < 4; i++)
		field[i] = strtok_r(i == 0 ? parts : NULL, ";", &save);
	cr_assert(field[3] != NULL);
	cr_assert_gt(tencent_mqtt_client_id(text_of(vector, "product_id"),
					    text_of(vector, "device_name"), text, sizeof(text)),
		     0);
	cr_expect_str_eq(text, text_of(vector, "client_id"));
	cr_expect_str_eq(text, text_of(vector, "tls_psk_identity"));
	cr_assert_gt(tencent_mqtt_username(text, field[1], field[2], field[3], text + 40,
					   sizeof(text) - 40),
		     0);
	cr_expect_str_eq(text + 40, text_of(vector, "username"));
	cr_assert_gt(tencent_mqtt_password(sha256 ? TENCENT_SHA256 : TENCENT_SHA1, secret,
					   text_of(vector, "username"), text, sizeof(text)),
		     0);
	cr_expect_str_eq(text, text_of(vector, "password"));
	len = tencent_mqtt_psk(secret, psk, sizeof(psk));
	cr_assert_eq(len, 16);
	cr_assert_gt(tencent_hex(psk, (size_t)len, hex, sizeof(hex)), 0);
	cr_expect_str_eq(hex, text_of(vector, "tls_psk_key_hex"));
	cr_assert_gt(tencent_mqtt_host("china", text_of(vector, "product_id"), text, sizeof(text)),
		     0);
	cr_expect_str_eq(text, text_of(vector, "host"));
}

Test(tencent_mqtt_sign, vectors, .timeout = 10)
{
	json_t *root = load_vectors("tencent_mqtt_sign.json");
	json_t *vectors = json_object_get(root, "vectors");
	json_t *vector;
	size_t i;

	cr_assert_eq(json_array_size(vectors), 7);
	json_array_foreach(vectors, i, vector)
	{
		expect_vector(vector);
	}
	json_decref(root);
	expect_no_leaks();
}

Test(tencent_mqtt_sign, regions, .timeout = 10)
{
	static const char *const rows[][2] = {
		{NULL, "P.iotcloud.tencentdevices.com"},
		{"", "P.iotcloud.tencentdevices.com"},
		{"mars", "P.iotcloud.tencentdevices.com"},
		{"china", "P.iotcloud.tencentdevices.com"},
		{"us-east", "P.us-east.iotcloud.tencentdevices.com"},
		{"europe", "P.europe.iothub.tencentdevices.com"},
		{"ap-bangkok", "P.ap-bangkok.iothub.tencentdevices.com"},
	};
	char host[TENCENT_HOST_SIZE];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_expect_eq(tencent_mqtt_host(rows[i][0], "P", host, sizeof(host)),
			     (int)strlen(rows[i][1]));
		cr_expect_str_eq(host, rows[i][1]);
	}
	cr_expect_eq(tencent_mqtt_host("china", "a/b", host, sizeof(host)), PROVD_E_INVALID);
	cr_expect_eq(tencent_mqtt_host("china", "", host, sizeof(host)), PROVD_E_INVALID);
	cr_expect_eq(tencent_mqtt_host("china", "P", host, 8), PROVD_E_NO_SPACE);
}

Test(tencent_mqtt_sign, limits, .timeout = 10)
{
	char text[TENCENT_PASSWORD_SIZE];
	char name[TENCENT_CLIENT_ID_MAX + 1];
	char client_id[TENCENT_CLIENT_ID_MAX + 2];
	uint8_t key[TENCENT_PSK_SIZE];
	const uint8_t random[5] = {0, 25, 61, 62, 255};

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	cr_expect_eq(tencent_mqtt_client_id("", name, client_id, sizeof(client_id)), 80);
	cr_expect_eq(tencent_mqtt_client_id("p", name, client_id, sizeof(client_id)),
		     PROVD_E_INVALID);
	cr_expect_eq(tencent_mqtt_client_id("", "", client_id, sizeof(client_id)), PROVD_E_INVALID);
	cr_expect_eq(tencent_mqtt_password(TENCENT_SHA1, "not base64!", "u", text, sizeof(text)),
		     PROVD_E_INVALID);
	cr_expect_eq(tencent_mqtt_password(TENCENT_SHA1, "", "u", text, sizeof(text)),
		     PROVD_E_INVALID);
	cr_expect_eq(tencent_mqtt_password(TENCENT_SHA256, "QUJD", "u", text, sizeof(text)), 75);
	cr_expect_eq(tencent_mqtt_password(TENCENT_SHA256, "QUJD", "u", text, 75),
		     PROVD_E_NO_SPACE);
	cr_expect_eq(tencent_mqtt_psk("QUJD", key, 2), PROVD_E_NO_SPACE);
	tencent_mqtt_connid(random, text);
	cr_expect_str_eq(text, "az9ah");
}
