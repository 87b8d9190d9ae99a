/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/codec.h"
#include "cloud/register.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <jansson.h>

#include <provd/error.h>

static void setup(struct sim_registry *reg)
{
	cr_assert_eq(sim_registry_init(reg), 0);
	cr_assert_eq(sim_registry_set_product(reg, "L4WG9V9M2M"), 0);
	cr_assert_eq(sim_registry_set_secret(reg, "XoezQjzzMedF4lAr2CqCkVYK"), 0);
	cr_assert_eq(sim_registry_add(reg, "TEST2", NULL), 0);
}

/* The request of the published run log. */
static const char V1_BODY[] =
	"{\"deviceName\":\"TEST2\",\"nonce\":1005258070,\"productId\":\"L4WG9V9M2M\","
	"\"timestamp\":1611299964,\"signature\":"
	"\"YWM2ZjM1MDZlYzE4N2M1NGNiYjIwZTcwY2E1YTY5NzIyMWM0Mjg2NA==\"}";

static int decide(struct sim_registry *reg, const char *body)
{
	struct sim_register_request request = {
		.version = 1, .body = body, .body_size = strlen(body)};
	struct sim_pki pki = {0};
	struct sim_register_result result;

	sim_register_decide(reg, &pki, &request, &result);
	free(result.plain);
	return result.code;
}

Test(register, v1_each_time_a_new_secret, .timeout = 10)
{
	struct sim_registry reg;
	struct sim_device *device;
	char first[SIM_DEVICE_SECRET_SIZE];

	setup(&reg);
	device = sim_registry_find(&reg, "TEST2");
	cr_assert_eq(decide(&reg, V1_BODY), 0);
	cr_assert_eq(strlen(device->secret), 24);
	strncpy(first, device->secret, sizeof(first));
	cr_assert_eq(decide(&reg, V1_BODY), 0);
	cr_assert_str_neq(first, device->secret);
	device->activated = true;
	cr_assert_eq(decide(&reg, V1_BODY), SIM_CODE_ACTIVATED);
	sim_registry_finish(&reg);
}

Test(register, v1_refusals, .timeout = 10)
{
	static const struct {
		const char *body;
		int code;
	} cases[] = {
		{"", SIM_CODE_PARAMETER},
		{"{", SIM_CODE_PARAMETER},
		{"[]", SIM_CODE_PARAMETER},
		{"{}", SIM_CODE_PARAMETER},
		{"{\"deviceName\":\"TEST2\",\"nonce\":\"1\",\"productId\":\"L4WG9V9M2M\","
		 "\"timestamp\":1,\"signature\":\"x\"}",
		 SIM_CODE_PARAMETER},
		{"{\"deviceName\":\"TEST2\",\"nonce\":1,\"productId\":\"L4WG9V9M2X\","
		 "\"timestamp\":1,\"signature\":\"x\"}",
		 SIM_CODE_PRODUCT},
		{"{\"deviceName\":\"TEST2\",\"nonce\":1,\"productId\":\"L4WG9V9M2M\","
		 "\"timestamp\":1,\"signature\":\"\"}",
		 SIM_CODE_SIGNATURE},
		/* one digit of the timestamp differs from the signed one */
		{"{\"deviceName\":\"TEST2\",\"nonce\":1005258070,\"productId\":\"L4WG9V9M2M\","
		 "\"timestamp\":1611299965,\"signature\":"
		 "\"YWM2ZjM1MDZlYzE4N2M1NGNiYjIwZTcwY2E1YTY5NzIyMWM0Mjg2NA==\"}",
		 SIM_CODE_SIGNATURE},
	};
	struct sim_registry reg;

	setup(&reg);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_assert_eq(decide(&reg, cases[i].body), cases[i].code, "case %zu", i);
	cr_assert_str_empty(sim_registry_find(&reg, "TEST2")->secret);
	sim_registry_finish(&reg);
}

Test(register, unknown_device_and_auto_create, .timeout = 10)
{
	struct sim_registry reg;
	struct sim_v1_signed in = {"other", "L4WG9V9M2M", 7, 8};
	char signature[SIM_SIGNATURE_SIZE];
	char body[300];

	setup(&reg);
	cr_assert_eq(sim_v1_signature(reg.product_secret, &in, signature), 0);
	snprintf(body, sizeof(body),
		 "{\"deviceName\":\"other\",\"nonce\":7,\"productId\":\"L4WG9V9M2M\","
		 "\"timestamp\":8,\"signature\":\"%s\"}",
		 signature);
	cr_assert_eq(decide(&reg, body), SIM_CODE_DEVICE);
	reg.auto_create = true;
	cr_assert_eq(decide(&reg, body), 0);
	cr_assert_not_null(sim_registry_find(&reg, "other"));
	sim_registry_finish(&reg);
}

Test(register, v2_hosts, .timeout = 10)
{
	static const char body[] = "{\"ProductId\":\"L4WG9V9M2M\",\"DeviceName\":\"TEST2\"}";
	struct sim_register_request request = {
		.version = 2,
		.body = body,
		.body_size = strlen(body),
		.host = "127.0.0.1:1234",
		.algorithm = "hmacsha256",
		.timestamp = "1611299964",
		.nonce = "1005258070",
		/* signed for the real gateway's name */
		.signature = "mXFoa3ZfQLWtcJ7/DK3MHfPBADat9+BrN9SsWlO8CH8=",
	};
	struct sim_registry reg;
	struct sim_pki pki = {0};
	struct sim_register_result result;

	setup(&reg);
	sim_register_decide(&reg, &pki, &request, &result);
	cr_assert_eq(result.code, 0);
	free(result.plain);
	request.algorithm = "hmacsha1";
	sim_register_decide(&reg, &pki, &request, &result);
	cr_assert_eq(result.code, SIM_CODE_SIGNATURE);
	request.timestamp = "1609430400";
	request.signature = "mZIXMkUSdGwBJklIyVqCB/WCkR4=";
	sim_register_decide(&reg, &pki, &request, &result);
	cr_assert_eq(result.code, 0);
	free(result.plain);
	request.nonce = NULL;
	sim_register_decide(&reg, &pki, &request, &result);
	cr_assert_eq(result.code, SIM_CODE_PARAMETER);
	sim_registry_finish(&reg);
}

Test(register, answers, .timeout = 10)
{
	static const char plain[] = "{\"encryptionType\":2,\"psk\":\"MLvMHde65nKPk0Lx+ZThaA==\"}";
	struct sim_registry reg;
	char *answer;

	setup(&reg);
	answer = sim_register_answer(&reg, 1, 0, "success", plain, false);
	cr_assert_not_null(strstr(answer, "{\"code\":0,\"message\":\"success\",\"len\":53,"
					  "\"payload\":\"sf1gANtJCT/PRC4ZHOypfkLnO53otVR/"));
	/* The reference SDK reads into 256 bytes. */
	cr_assert_lt(strlen(answer), 256);
	free(answer);
	answer = sim_register_answer(&reg, 1, 0, "success", plain, true);
	cr_assert_null(strstr(answer, "sf1gANtJCT"));
	free(answer);
	answer = sim_register_answer(&reg, 1, 1010, "Check signature failed", NULL, false);
	cr_assert_eq(strncmp(answer, "{\"code\":1010,\"message\":\"Check signature failed\",", 46),
		     0);
	free(answer);
	answer = sim_register_answer(&reg, 2, 0, "success", plain, false);
	cr_assert_eq(strncmp(answer, "{\"Response\":{\"Len\":53,\"Payload\":\"sf1g", 36), 0);
	free(answer);
	answer = sim_register_answer(&reg, 2, 1010, "Check signature failed", NULL, false);
	cr_assert_eq(strncmp(answer, "{\"Response\":{\"Error\":{\"Code\":\"1010\",", 35), 0);
	free(answer);
	sim_registry_finish(&reg);
}

Test(register, registry_checks, .timeout = 10)
{
	struct sim_registry reg;
	char *text = NULL;

	setup(&reg);
	cr_assert_eq(sim_registry_add(&reg, "TEST2", NULL), PROVD_E_EXISTS);
	cr_assert_eq(sim_registry_add(&reg, "a:b", NULL), PROVD_E_INVALID);
	cr_assert_eq(sim_registry_add(&reg, "", NULL), PROVD_E_INVALID);
	cr_assert_eq(sim_registry_add(&reg, "x", "not base64"), PROVD_E_INVALID);
	cr_assert_eq(sim_registry_set_product(&reg, "ABCDEFGHIJK"), PROVD_E_INVALID);
	cr_assert_eq(sim_registry_set_secret(&reg, "short"), PROVD_E_INVALID);
	cr_assert_eq(sim_registry_add(&reg, "known", "MLvMHde65nKPk0Lx+ZThaA=="), 0);
	cr_assert_eq(sim_registry_psk_text(&reg, false, &text), 0);
	cr_assert_str_eq(text, "L4WG9V9M2Mknown:30bbcc1dd7bae6728f9342f1f994e168\n");
	free(text);
	cr_assert_eq(sim_registry_psk_text(&reg, true, &text), 0);
	cr_assert_str_empty(text);
	free(text);
	cr_assert_not_null(sim_registry_find_client(&reg, "L4WG9V9M2Mknown"));
	cr_assert_null(sim_registry_find_client(&reg, "L4WG9V9M2Xknown"));
	sim_registry_finish(&reg);
}
