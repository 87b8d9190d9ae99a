/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "codec/identity.h"
#include "util.h"

#define TEMPLATE                                                                                   \
	"{\"auth_mode\":\"KEY\",\"productId\":\"PRODUCT_ID\","                                     \
	"\"productSecret\":\"YOUR_PRODUCT_SECRET\",\"deviceName\":\"YOUR_DEV_NAME\","              \
	"\"region\":\"china\",\"key_deviceinfo\":{\"deviceSecret\":\"YOUR_IOT_PSK\"},"             \
	"\"cert_deviceinfo\":{\"devCertFile\":\"YOUR_DEVICE_CERT_FILE_NAME\","                     \
	"\"devPrivateKeyFile\":\"YOUR_DEVICE_PRIVATE_KEY_FILE_NAME\"},"                            \
	"\"subDev\":{\"subdev_num\":1,\"subdev_list\":[{\"sub_productId\":\"a\","                  \
	"\"sub_devName\":\"b\"}]}}"

static void must_parse(const char *text, struct tencent_identity *identity)
{
	struct provd_error err = fresh_error();
	char *copy = exact_copy(text, strlen(text));

	cr_assert_eq(tencent_identity_parse(copy, strlen(text), 0, identity, &err), 0, "%s",
		     err.text);
	free(copy);
}

static void expect_written(const struct tencent_identity *identity, const char *want)
{
	size_t measured = 0;
	size_t len = 0;
	char out[2048];

	cr_assert_eq(tencent_identity_write(identity, NULL, 0, &measured), 0);
	cr_assert_eq(tencent_identity_write(identity, out, sizeof(out), &len), 0);
	cr_expect_eq(len, measured);
	cr_expect_eq(len, strlen(want));
	cr_expect_str_eq(out, want);
	cr_expect_eq(tencent_identity_write(identity, out, measured + 1, &len), 0);
	len = 0;
	cr_expect_eq(tencent_identity_write(identity, out, measured, &len), PROVD_E_NO_SPACE);
	cr_expect_eq(len, measured);
	for (size_t i = 0; i < measured; i++)
		cr_assert_eq(out[i], '\0', "secrets left in a refused output");
}

Test(tencent_identity, the_published_file, .timeout = 10)
{
	json_t *root = load_vectors("tencent_dynreg_v1.json");
	json_t *seed = entry_of(json_object_get(root, "vectors"), "name", "seed-log");
	const char *saved = text_of(seed, "saved_device_info_json");
	struct tencent_identity identity;

	cr_assert_eq(strlen(saved), 195);
	must_parse("{\"auth_mode\":\"KEY\",\"productId\":\"L4WG9V9M2M\","
		   "\"productSecret\":\"XoezQjzzMedF4lAr2CqCkVYK\",\"deviceName\":\"TEST2\","
		   "\"key_deviceinfo\":{\"deviceSecret\":\"YOUR_IOT_PSK\"}}",
		   &identity);
	cr_expect_not(tencent_identity_is_registered(&identity));
	cr_expect_eq(tencent_identity_check(&identity, NULL), 0);
	cr_assert_eq(tencent_identity_set_secret(&identity, text_of(seed, "device_secret")), 0);
	cr_expect(tencent_identity_is_registered(&identity));
	expect_written(&identity, saved);
	tencent_identity_finish(&identity);

	must_parse(saved, &identity);
	cr_expect_str_eq(identity.product_id, "L4WG9V9M2M");
	cr_expect_str_eq(identity.device_name, "TEST2");
	cr_expect_str_eq(identity.region, "china");
	cr_expect_str_eq(identity.product_secret, "XoezQjzzMedF4lAr2CqCkVYK");
	cr_expect_str_eq(identity.device_secret, "MLvMHde65nKPk0Lx+ZThaA==");
	expect_written(&identity, saved);
	tencent_identity_finish(&identity);
	tencent_identity_finish(&identity);
	tencent_identity_finish(NULL);
	json_decref(root);
	expect_no_leaks();
}

Test(tencent_identity, nothing_is_lost, .timeout = 10)
{
	static const char text[] =
		"{\"ProductKey\":\"alpk\",\"auth_mode\":\"CERT\",\"productId\":\"P\","
		"\"deviceName\":\"d:1\",\"region\":\"us-east\",\"list\":[1,2.5,null,true],"
		"\"subDev\":{\"subdev_num\":2,\"subdev_list\":[{\"sub_productId\":\"a\"}]},"
		"\"key_deviceinfo\":{\"deviceSecret\":\"kept\"},"
		"\"cert_deviceinfo\":{\"note\":\"\xe5\xae\xb6\\n\",\"devCertFile\":\"c.crt\","
		"\"devPrivateKeyFile\":\"k.key\"}}";
	static const char want[] =
		"{\n\"auth_mode\":\"CERT\",\n\"productId\":\"P\",\n\"deviceName\":\"d:1\",\n"
		"\"region\":\"us-east\",\n\"productSecret\":\"\",\n\"cert_deviceinfo\":{\n"
		"\"devCertFile\":\"c.crt\",\n\"devPrivateKeyFile\":\"k.key\",\n"
		"\"note\":\"\xe5\xae\xb6\\n\"\n},\n"
		"\"ProductKey\":\"alpk\",\n\"list\":[1,2.5,null,true],\n"
		"\"subDev\":{\"subdev_num\":2,\"subdev_list\":[{\"sub_productId\":\"a\"}]},\n"
		"\"key_deviceinfo\":{\"deviceSecret\":\"kept\"}\n}";
	struct tencent_identity identity;

	must_parse(text, &identity);
	cr_expect(tencent_identity_is_registered(&identity));
	expect_written(&identity, want);
	tencent_identity_finish(&identity);
	must_parse(want, &identity);
	expect_written(&identity, want);
	tencent_identity_finish(&identity);
	expect_no_leaks();
}

Test(tencent_identity, placeholders, .timeout = 10)
{
	static const char *const names[] = {"PRODUCT_ID",
					    "YOUR_DEV_NAME",
					    "YOUR_IOT_PSK",
					    "YOUR_PRODUCT_SECRET",
					    "YOUR_DEVICE_CERT_FILE_NAME",
					    "YOUR_DEVICE_PRIVATE_KEY_FILE_NAME"};
	struct tencent_identity identity;
	struct provd_error err = fresh_error();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		cr_expect(tencent_identity_is_placeholder(names[i]), "%s", names[i]);
	cr_expect_not(tencent_identity_is_placeholder(""));
	cr_expect_not(tencent_identity_is_placeholder("YOUR_IOT_PSK "));
	must_parse(TEMPLATE, &identity);
	cr_expect_not(tencent_identity_is_registered(&identity));
	cr_expect_eq(tencent_identity_check(&identity, &err), PROVD_E_CLOUD_IDENTITY);
	cr_expect(strstr(err.text, "/productId") != NULL, "%s", err.text);
	memcpy(identity.product_id, "P", 2);
	cr_expect_eq(tencent_identity_check(&identity, &err), PROVD_E_CLOUD_IDENTITY);
	cr_expect(strstr(err.text, "/deviceName") != NULL, "%s", err.text);
	memcpy(identity.device_name, "d", 2);
	cr_expect_eq(tencent_identity_check(&identity, &err), PROVD_E_CLOUD_IDENTITY);
	cr_expect(strstr(err.text, "/productSecret") != NULL, "%s", err.text);
	memcpy(identity.product_secret, "0123456789abcde", 16);
	cr_expect_eq(tencent_identity_check(&identity, &err), PROVD_E_CLOUD_IDENTITY);
	memcpy(identity.product_secret, "0123456789abcdef", 17);
	cr_expect_eq(tencent_identity_check(&identity, &err), 0);
	tencent_identity_finish(&identity);
	expect_no_leaks();
}

Test(tencent_identity, registration_results_are_taken_over, .timeout = 10)
{
	struct tencent_identity identity;

	must_parse(TEMPLATE, &identity);
	cr_expect_eq(tencent_identity_set_files(&identity), PROVD_E_STATE);
	cr_expect_eq(tencent_identity_set_secret(&identity, "not base64"), PROVD_E_INVALID);
	cr_expect_eq(tencent_identity_set_secret(&identity, ""), PROVD_E_INVALID);
	cr_expect_str_eq(identity.device_secret, "YOUR_IOT_PSK");
	cr_expect_eq(tencent_identity_set_secret(&identity, "QUJD"), 0);
	cr_expect(tencent_identity_is_registered(&identity));
	tencent_identity_finish(&identity);

	must_parse("{\"auth_mode\":\"CERT\",\"productId\":\"P\",\"deviceName\":\"dev\","
		   "\"cert_deviceinfo\":{\"devCertFile\":\"real.crt\","
		   "\"devPrivateKeyFile\":\"YOUR_DEVICE_PRIVATE_KEY_FILE_NAME\"}}",
		   &identity);
	cr_expect_not(tencent_identity_is_registered(&identity));
	cr_expect_eq(tencent_identity_set_secret(&identity, "QUJD"), PROVD_E_STATE);
	cr_expect_eq(tencent_identity_set_files(&identity), 0);
	cr_expect_str_eq(identity.cert_file, "dev_cert.crt");
	cr_expect_str_eq(identity.key_file, "dev_private.key");
	cr_expect(tencent_identity_is_registered(&identity));
	tencent_identity_finish(&identity);
	expect_no_leaks();
}
