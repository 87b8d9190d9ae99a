/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "codec/identity.h"
#include "util.h"

#define HEAD	"{\"auth_mode\":\"KEY\",\"productId\":\"P\",\"deviceName\":\"d\""
#define CHARS16 "0123456789abcdef"

static int parse(const char *text, size_t len, size_t max, struct provd_error *err)
{
	char *copy = exact_copy(text, len);
	struct tencent_identity identity;
	int rc;

	memset(&identity, 0x5a, sizeof(identity));
	rc = tencent_identity_parse(copy, len, max, &identity, err);
	free(copy);
	if (rc == 0)
		tencent_identity_finish(&identity);
	else
		cr_expect_eq(identity.product_id[0], 0x5a, "output touched");
	return rc;
}

Test(tencent_identity, wrong_members_are_named, .timeout = 10)
{
	static const struct {
		const char *text;
		const char *pointer;
	} rows[] = {
		{"{}", " /auth_mode:"},
		{"{\"auth_mode\":\"PSK\"}", " /auth_mode:"},
		{"{\"auth_mode\":\"KEYKEYKEY\"}", " /auth_mode:"},
		{"{\"auth_mode\":1}", " /auth_mode:"},
		{"{\"auth_mode\":\"KEY\"}", " /productId:"},
		{"{\"auth_mode\":\"KEY\",\"productId\":\"\"}", " /productId:"},
		{"{\"auth_mode\":\"KEY\",\"productId\":\"12345678901\"}", " /productId:"},
		{"{\"auth_mode\":\"KEY\",\"productId\":\"a/b\"}", " /productId:"},
		{"{\"auth_mode\":\"KEY\",\"productId\":\"P\"}", " /deviceName:"},
		{"{\"auth_mode\":\"KEY\",\"productId\":\"P\",\"deviceName\":null}",
		 " /deviceName:"},
		{"{\"auth_mode\":\"KEY\",\"productId\":\"P\",\"deviceName\":\"a b\"}",
		 " /deviceName:"},
		{"{\"auth_mode\":\"KEY\",\"productId\":\"P\",\"deviceName\":\"\xe5\xae\xb6\"}",
		 " /deviceName:"},
		{"{\"auth_mode\":\"KEY\",\"productId\":\"P\",\"deviceName\":\"" CHARS16 CHARS16
			 CHARS16 "0\"}",
		 " /deviceName:"},
		{HEAD ",\"region\":[]}", " /region:"},
		{HEAD ",\"region\":\"x.evil\"}", " /region:"},
		{HEAD ",\"region\":\"" CHARS16 CHARS16 CHARS16 CHARS16 "0\"}", " /region:"},
		{HEAD ",\"productSecret\":\"" CHARS16 CHARS16 "0\"}", " /productSecret:"},
		{HEAD ",\"productSecret\":7}", " /productSecret:"},
		{HEAD ",\"key_deviceinfo\":[]}", " /key_deviceinfo:"},
		{HEAD ",\"key_deviceinfo\":{\"deviceSecret\":7}}",
		 " /key_deviceinfo/deviceSecret:"},
		{HEAD ",\"key_deviceinfo\":{\"deviceSecret\":\"canary!\"}}",
		 " /key_deviceinfo/deviceSecret:"},
		{HEAD ",\"key_deviceinfo\":{\"deviceSecret\":\"" CHARS16 CHARS16 CHARS16 CHARS16
		      "0123\"}}",
		 " /key_deviceinfo/deviceSecret:"},
		{"{\"auth_mode\":\"CERT\",\"productId\":\"P\",\"deviceName\":\"d\","
		 "\"cert_deviceinfo\":{\"devCertFile\":{}}}",
		 " /cert_deviceinfo/devCertFile:"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct provd_error err = fresh_error();

		cr_expect_eq(parse(rows[i].text, strlen(rows[i].text), 0, &err),
			     PROVD_E_CLOUD_IDENTITY, "%s", rows[i].text);
		cr_expect(strstr(err.text, rows[i].pointer) != NULL, "%s: %s", rows[i].text,
			  err.text);
		cr_expect(strstr(err.text, "canary") == NULL);
	}
	expect_no_leaks();
}

Test(tencent_identity, bad_json_is_located, .timeout = 10)
{
	static const struct {
		const char *text;
		const char *place;
	} rows[] = {
		{"", ":1:0:"},
		{"[]", "object"},
		{"{\n\"auth_mode\":\"KEY\",\n\"canary\":}\n", ":3:"},
		{"{\n\"a\":\"canary\",\n\"a\":2}\n", ":3:"},
		{"{\"a\":\"\\u0000\"}", ":1:"},
		{"{\"a\":\"\xff\"}", ":1:"},
		{"{\"a\":99999999999999999999999}", ":1:"},
		{HEAD "} trailing", ":1:"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct provd_error err = fresh_error();

		cr_expect_eq(parse(rows[i].text, strlen(rows[i].text), 0, &err), PROVD_E_CORRUPT,
			     "%s", rows[i].text);
		cr_expect(strstr(err.text, rows[i].place) != NULL, "%s: %s", rows[i].text,
			  err.text);
		cr_expect(strstr(err.text, "canary") == NULL, "%s", err.text);
	}
	expect_no_leaks();
}

Test(tencent_identity, truncation_is_always_refused, .timeout = 10)
{
	json_t *root = load_vectors("tencent_dynreg_v1.json");
	json_t *seed = entry_of(json_object_get(root, "vectors"), "name", "seed-log");
	const char *saved = text_of(seed, "saved_device_info_json");

	for (size_t len = 0; len < strlen(saved); len++)
		cr_expect_eq(parse(saved, len, 0, NULL), PROVD_E_CORRUPT, "at %zu", len);
	cr_expect_eq(parse(saved, strlen(saved), 0, NULL), 0);
	json_decref(root);
	expect_no_leaks();
}

Test(tencent_identity, the_file_limit_is_configurable, .timeout = 10)
{
	static const char text[] = HEAD "}";
	size_t len = TENCENT_IDENTITY_FILE_MAX + 1;
	char *big = malloc(len);

	cr_assert(big != NULL);
	memset(big, ' ', len);
	memcpy(big, text, sizeof(text) - 1);
	cr_expect_eq(parse(big, len, 0, NULL), PROVD_E_LIMIT);
	cr_expect_eq(parse(big, len - 1, 0, NULL), 0);
	cr_expect_eq(parse(big, 1025, 1024, NULL), PROVD_E_LIMIT);
	cr_expect_eq(parse(big, 1024, 1024, NULL), 0);
	memset(big, '[', len);
	cr_expect_eq(parse(big, len - 1, 0, NULL), PROVD_E_CORRUPT);
	free(big);
	expect_no_leaks();
}

Test(tencent_identity, base64_of_the_longest_secret, .timeout = 10)
{
	static const char text[] = HEAD
		",\"key_deviceinfo\":{\"deviceSecret\":\"" CHARS16 CHARS16 CHARS16 CHARS16 "\"}}";

	cr_expect_eq(parse(text, sizeof(text) - 1, 0, NULL), 0);
	expect_no_leaks();
}
