/* SPDX-License-Identifier: Apache-2.0 */
#include "saved/format.h"

#include <criterion/criterion.h>
#include <provd/error.h>
#include <provd/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secret/secret.h"

#define TEST_TIMEOUT 20

static struct provd_bytes bytes_of(const char *text)
{
	return (struct provd_bytes){(const uint8_t *)text, strlen(text)};
}

static struct provd_credentials full_credentials(const struct provd_secret *passphrase)
{
	struct provd_credentials credentials = {
		.size = sizeof(credentials),
		.flags = PROVD_CREDENTIALS_BSSID | PROVD_CREDENTIALS_HIDDEN,
		.ssid_len = 32,
		.channel = 149,
		.security = PROVD_SECURITY_WPA2_WPA3,
		.bssid = {2, 0, 0, 0xff, 0x80, 1},
		.passphrase = passphrase,
	};

	for (size_t i = 0; i < 32; i++)
		credentials.ssid[i] = (uint8_t)(i * 8);
	return credentials;
}

static void expect_same(const struct provd_credentials *a, const struct provd_credentials *b)
{
	cr_expect_eq(a->size, b->size);
	cr_expect_eq(a->flags, b->flags);
	cr_expect_eq(a->ssid_len, b->ssid_len);
	cr_expect_eq(a->channel, b->channel);
	cr_expect_eq(a->security, b->security);
	cr_expect_arr_eq(a->ssid, b->ssid, sizeof(a->ssid));
	cr_expect_arr_eq(a->bssid, b->bssid, sizeof(a->bssid));
	cr_expect(provd_secret_equal(a->passphrase, b->passphrase) ||
		  (!a->passphrase && !b->passphrase));
}

Test(saved_format, networks_come_back, .timeout = TEST_TIMEOUT)
{
	char digits[64];
	struct provd_secret *passphrase;
	struct provd_credentials full;
	struct provd_credentials open = {.size = sizeof(open), .ssid_len = 1};
	struct provd_saved_list list;
	struct provd_saved_list back;
	struct provd_secret *text = NULL;

	memset(digits, 'F', sizeof(digits));
	digits[3] = '\0';
	digits[4] = (char)0xfe;
	passphrase = provd_secret_create(digits, sizeof(digits));
	full = full_credentials(passphrase);
	provd_saved_list_init(&list, 8);
	cr_assert_eq(provd_saved_list_add(&list, &full), 0);
	cr_assert_eq(provd_saved_list_add(&list, &open), 0);
	cr_assert_eq(provd_saved_list_set_priority(&list, full.ssid, 32, -1000), 0);
	cr_assert_eq(provd_saved_encode_networks(&list, &text), 0);
	cr_assert_eq(provd_saved_decode_networks(provd_secret_view(text), &back), 0);
	cr_assert_eq(back.count, 2);
	expect_same(&back.networks[0].credentials, &list.networks[0].credentials);
	expect_same(&back.networks[1].credentials, &list.networks[1].credentials);
	cr_expect_eq(back.networks[0].priority, 0);
	cr_expect_eq(back.networks[1].priority, -1000);
	cr_expect_eq(back.networks[1].credentials.ssid_len, 32);
	cr_expect_eq(back.networks[0].credentials.ssid[0], 0, "a name of one NUL");
	provd_saved_list_finish(&back);
	provd_saved_list_finish(&list);
	provd_secret_unref(text);
	provd_secret_unref(passphrase);
}

Test(saved_format, the_largest_list_fits, .timeout = TEST_TIMEOUT)
{
	char digits[64];
	struct provd_secret *passphrase;
	struct provd_credentials full;
	struct provd_saved_list list;
	struct provd_saved_list back;
	struct provd_secret *text = NULL;

	memset(digits, 'a', sizeof(digits));
	passphrase = provd_secret_create(digits, sizeof(digits));
	full = full_credentials(passphrase);
	provd_saved_list_init(&list, 32);
	for (int i = 0; i < 32; i++) {
		full.ssid[31] = (uint8_t)i;
		cr_assert_eq(provd_saved_list_add(&list, &full), 0);
	}
	cr_assert_eq(provd_saved_encode_networks(&list, &text), 0);
	cr_assert_eq(provd_saved_decode_networks(provd_secret_view(text), &back), 0);
	cr_expect_eq(back.count, 32);
	for (size_t i = 0; i < 32; i++)
		expect_same(&back.networks[i].credentials, &list.networks[i].credentials);
	provd_saved_list_finish(&back);
	provd_saved_list_finish(&list);
	provd_secret_unref(text);
	provd_secret_unref(passphrase);
}

Test(saved_format, staged_comes_back, .timeout = TEST_TIMEOUT)
{
	struct provd_secret *passphrase = provd_secret_create("passphrase", 10);
	uint8_t *bytes = NULL;
	struct provd_secret *token = provd_secret_alloc(PROVD_SAVED_TOKEN_MAX, &bytes);
	struct provd_saved_staged staged = {
		.credentials = full_credentials(passphrase),
		.token = token,
		.state = PROVD_STATE_BINDING,
		.resumed = UINT32_MAX,
		.at_ms = INT64_MAX,
		.times = {.started_ms = 1, .credentials_ms = 2, .online_ms = 3, .token_ms = 4},
		.method = "0123456789-abcdef_0123456789abcd",
		.id = UINT64_C(0xfedcba9876543210),
	};
	struct provd_saved_staged back;
	struct provd_secret *text = NULL;

	memset(bytes, 0xa5, PROVD_SAVED_TOKEN_MAX);
	cr_assert_eq(provd_saved_encode_staged(&staged, &text), 0);
	cr_assert_eq(provd_saved_decode_staged(provd_secret_view(text), &back), 0);
	expect_same(&back.credentials, &staged.credentials);
	cr_expect(provd_secret_equal(back.token, token));
	cr_expect_eq(back.state, PROVD_STATE_BINDING);
	cr_expect_eq(back.resumed, UINT32_MAX);
	cr_expect_eq(back.at_ms, INT64_MAX);
	cr_expect_eq(back.times.started_ms, 1);
	cr_expect_eq(back.times.credentials_ms, 2);
	cr_expect_eq(back.times.online_ms, 3);
	cr_expect_eq(back.times.token_ms, 4);
	cr_expect_str_eq(back.method, staged.method);
	cr_expect_eq(back.id, staged.id);
	provd_saved_staged_finish(&back);
	provd_secret_unref(text);
	text = NULL;

	staged.token = NULL;
	staged.credentials.passphrase = NULL;
	cr_assert_eq(provd_saved_encode_staged(&staged, &text), 0);
	cr_assert_eq(provd_saved_decode_staged(provd_secret_view(text), &back), 0);
	cr_expect_null(back.token);
	cr_expect_null(back.credentials.passphrase);
	provd_saved_staged_finish(&back);
	provd_secret_unref(text);
	text = NULL;

	staged.state = PROVD_STATE_IDLE;
	cr_expect_eq(provd_saved_encode_staged(&staged, &text), PROVD_E_INVALID);
	cr_expect_null(text);
	provd_secret_unref(passphrase);
	provd_secret_unref(token);
}

Test(saved_format, device_comes_back, .timeout = TEST_TIMEOUT)
{
	for (int bits = 0; bits < 8; bits++) {
		struct provd_saved_device device = {bits & 1, bits >> 1 & 1, bits >> 2,
						    bits ? UINT64_MAX - 6u : 0};
		struct provd_saved_device back = {9, 9, 9, 9};
		struct provd_secret *text = NULL;

		cr_assert_eq(provd_saved_encode_device(&device, &text), 0);
		cr_assert_eq(provd_saved_decode_device(provd_secret_view(text), &back), 0);
		cr_expect_eq(back.bound, device.bound);
		cr_expect_eq(back.forget_networks, device.forget_networks);
		cr_expect_eq(back.forget_staged, device.forget_staged);
		cr_expect_eq(back.ended, device.ended);
		provd_secret_unref(text);
	}
}

/* Members beside the one under test. */
#define NET(members) "{\"format\":1,\"networks\":[{" members "}]}"
#define STAGED(rest) "{\"format\":1,\"credentials\":{\"ssid\":\"61\"}," rest "}"

static const struct {
	const char *text;
	int code;
} network_texts[] = {
	{NET("\"ssid\":\"61\""), 0},
	{"{\"format\":1,\"networks\":[]}", 0},
	{NET("\"ssid\":\"61\",\"later\":[1,{}],\"ssid2\":7"), 0},
	{"{\"format\":1,\"networks\":[],\"later\":null}", 0},
	{NET("\"ssid\":\"6A\",\"passphrase\":\"\",\"priority\":-1000"), 0},
	{NET("\"ssid\":\"61\",\"hidden\":false"), 0},
	{"", PROVD_E_CORRUPT},
	{"null", PROVD_E_CORRUPT},
	{"[]", PROVD_E_CORRUPT},
	{"{}", PROVD_E_CORRUPT},
	{"{\"format\":1}", PROVD_E_CORRUPT},
	{"{\"networks\":[]}", PROVD_E_CORRUPT},
	{"{\"format\":0,\"networks\":[]}", PROVD_E_CORRUPT},
	{"{\"format\":-1,\"networks\":[]}", PROVD_E_CORRUPT},
	{"{\"format\":1.0,\"networks\":[]}", PROVD_E_CORRUPT},
	{"{\"format\":\"1\",\"networks\":[]}", PROVD_E_CORRUPT},
	{"{\"format\":99999999999999999999,\"networks\":[]}", PROVD_E_CORRUPT},
	{"{\"format\":2,\"networks\":[]}", PROVD_E_NOT_SUPPORTED},
	{"{\"format\":9223372036854775807}", PROVD_E_NOT_SUPPORTED},
	{"{\"format\":1,\"networks\":{}}", PROVD_E_CORRUPT},
	{"{\"format\":1,\"networks\":[[]]}", PROVD_E_CORRUPT},
	{"{\"format\":1,\"networks\":[null]}", PROVD_E_CORRUPT},
	{"{\"format\":1,\"networks\":[{}]}", PROVD_E_CORRUPT},
	{"{\"format\":1,\"networks\":[],\"networks\":[]}", PROVD_E_CORRUPT},
	{"{\"format\":1,\"networks\":[]", PROVD_E_CORRUPT},
	{"{\"format\":1,\"networks\":[]} x", PROVD_E_CORRUPT},
	{"{\"format\":1,\"networks\":[{\"ssid\":\"61\"},{\"ssid\":\"61\"}]}", PROVD_E_CORRUPT},
	{NET("\"ssid\":\"\""), PROVD_E_CORRUPT},
	{NET("\"ssid\":\"6\""), PROVD_E_CORRUPT},
	{NET("\"ssid\":\"6g\""), PROVD_E_CORRUPT},
	{NET("\"ssid\":\"g6\""), PROVD_E_CORRUPT},
	{NET("\"ssid\":\"61\\u0000\\u0000\""), PROVD_E_CORRUPT},
	{NET("\"ssid\":\"\\ud800\""), PROVD_E_CORRUPT},
	{NET("\"ssid\":61"), PROVD_E_CORRUPT},
	{NET("\"ssid\":null"), PROVD_E_CORRUPT},
	{NET("\"ssid\":\"000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f20\""),
	 PROVD_E_CORRUPT},
	{NET("\"ssid\":\"61\",\"passphrase\":7"), PROVD_E_CORRUPT},
	{NET("\"ssid\":\"61\",\"passphrase\":\"zz\""), PROVD_E_CORRUPT},
	{NET("\"ssid\":\"61\",\"bssid\":\"0102030405\""), PROVD_E_CORRUPT},
	{NET("\"ssid\":\"61\",\"bssid\":\"\""), PROVD_E_CORRUPT},
	{NET("\"ssid\":\"61\",\"bssid\":\"01020304050607\""), PROVD_E_CORRUPT},
	{NET("\"ssid\":\"61\",\"channel\":-1"), PROVD_E_CORRUPT},
	{NET("\"ssid\":\"61\",\"channel\":256"), PROVD_E_CORRUPT},
	{NET("\"ssid\":\"61\",\"channel\":1e1"), PROVD_E_CORRUPT},
	{NET("\"ssid\":\"61\",\"channel\":4294967297"), PROVD_E_CORRUPT},
	{NET("\"ssid\":\"61\",\"security\":9"), PROVD_E_CORRUPT},
	{NET("\"ssid\":\"61\",\"hidden\":1"), PROVD_E_CORRUPT},
	{NET("\"ssid\":\"61\",\"priority\":1001"), PROVD_E_CORRUPT},
	{NET("\"ssid\":\"61\",\"priority\":-1001"), PROVD_E_CORRUPT},
	{NET("\"ssid\":\"61\",\"priority\":true"), PROVD_E_CORRUPT},
};

Test(saved_format, networks_that_are_not, .timeout = TEST_TIMEOUT)
{
	for (size_t i = 0; i < sizeof(network_texts) / sizeof(network_texts[0]); i++) {
		struct provd_saved_list list = {.max = 77};
		int code = provd_saved_decode_networks(bytes_of(network_texts[i].text), &list);

		cr_expect_eq(code, network_texts[i].code, "%s: %d", network_texts[i].text, code);
		if (code)
			cr_expect_eq(list.max, 77, "touched: %s", network_texts[i].text);
		else
			provd_saved_list_finish(&list);
	}
}

static const struct {
	const char *text;
	int code;
} staged_texts[] = {
	{STAGED("\"state\":3"), 0},
	{STAGED("\"state\":5,\"token\":\"00\",\"method\":\"\""), 0},
	{STAGED("\"resumed\":1"), PROVD_E_CORRUPT},
	{STAGED("\"state\":2"), PROVD_E_CORRUPT},
	{STAGED("\"state\":6"), PROVD_E_CORRUPT},
	{STAGED("\"state\":\"3\""), PROVD_E_CORRUPT},
	{STAGED("\"state\":3,\"resumed\":-1"), PROVD_E_CORRUPT},
	{STAGED("\"state\":3,\"resumed\":4294967296"), PROVD_E_CORRUPT},
	{STAGED("\"state\":3,\"at_ms\":-1"), PROVD_E_CORRUPT},
	{STAGED("\"state\":3,\"at_ms\":9223372036854775808"), PROVD_E_CORRUPT},
	{STAGED("\"state\":3,\"started_ms\":\"1\""), PROVD_E_CORRUPT},
	{STAGED("\"state\":3,\"credentials_ms\":[]"), PROVD_E_CORRUPT},
	{STAGED("\"state\":3,\"online_ms\":{}"), PROVD_E_CORRUPT},
	{STAGED("\"state\":3,\"token_ms\":0.5"), PROVD_E_CORRUPT},
	{STAGED("\"state\":3,\"token\":\"\""), PROVD_E_CORRUPT},
	{STAGED("\"state\":3,\"token\":true"), PROVD_E_CORRUPT},
	{STAGED("\"state\":3,\"id\":\"0123456789abcdef\""), 0},
	{STAGED("\"state\":3,\"id\":\"0123456789abcd\""), PROVD_E_CORRUPT},
	{STAGED("\"state\":3,\"id\":1"), PROVD_E_CORRUPT},
	{STAGED("\"state\":3,\"method\":3"), PROVD_E_CORRUPT},
	{STAGED("\"state\":3,\"method\":\"a b\""), PROVD_E_CORRUPT},
	{STAGED("\"state\":3,\"method\":\"012345678901234567890123456789012\""), PROVD_E_CORRUPT},
	{"{\"format\":1,\"state\":3}", PROVD_E_CORRUPT},
	{"{\"format\":1,\"state\":3,\"credentials\":[]}", PROVD_E_CORRUPT},
	{"{\"format\":1,\"state\":3,\"credentials\":{\"passphrase\":\"61\"}}", PROVD_E_CORRUPT},
	{"{\"format\":7,\"state\":3}", PROVD_E_NOT_SUPPORTED},
};

Test(saved_format, staged_that_is_not, .timeout = TEST_TIMEOUT)
{
	for (size_t i = 0; i < sizeof(staged_texts) / sizeof(staged_texts[0]); i++) {
		struct provd_saved_staged staged = {.state = 77};
		int code = provd_saved_decode_staged(bytes_of(staged_texts[i].text), &staged);

		cr_expect_eq(code, staged_texts[i].code, "%s: %d", staged_texts[i].text, code);
		if (code)
			cr_expect_eq(staged.state, 77, "touched: %s", staged_texts[i].text);
		else
			provd_saved_staged_finish(&staged);
	}
}

Test(saved_format, device_that_is_not, .timeout = TEST_TIMEOUT)
{
	static const char *const texts[] = {
		"{\"format\":1}",
		"{\"format\":1,\"bound\":1}",
		"{\"format\":1,\"bound\":null}",
		"{\"format\":1,\"bound\":true,\"forget_networks\":1}",
		"{\"format\":1,\"bound\":true,\"forget_staged\":\"\"}",
		"{\"format\":1,\"bound\":true,\"ended\":7}",
		"{\"format\":1,\"bound\":true,\"ended\":\"00\"}",
		"[true]",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct provd_saved_device device = {7, 7, 7, 7};

		cr_expect_eq(provd_saved_decode_device(bytes_of(texts[i]), &device),
			     PROVD_E_CORRUPT, "%s", texts[i]);
		cr_expect_eq(device.bound, 7);
	}
}

/* `count` networks of two bytes. */
static char *many(size_t count)
{
	char *text = malloc(64 + count * 32);
	size_t used;

	cr_assert_not_null(text);
	used = (size_t)snprintf(text, 64, "{\"format\":1,\"networks\":[");
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(text + used, 32, "%s{\"ssid\":\"%04x\"}", i ? "," : "",
					 (unsigned)i);
	(void)snprintf(text + used, 8, "]}");
	return text;
}

Test(saved_format, too_much, .timeout = TEST_TIMEOUT)
{
	struct provd_saved_list list;
	char *text = many(32);
	char *deep;

	cr_assert_eq(provd_saved_decode_networks(bytes_of(text), &list), 0);
	cr_expect_eq(list.count, 32);
	provd_saved_list_finish(&list);
	free(text);
	text = many(33);
	cr_expect_eq(provd_saved_decode_networks(bytes_of(text), &list), PROVD_E_CORRUPT);
	free(text);

	deep = malloc(70000);
	cr_assert_not_null(deep);
	memset(deep, '[', 70000);
	cr_expect_eq(provd_saved_decode_networks((struct provd_bytes){(const uint8_t *)deep, 59999},
						 &list),
		     PROVD_E_CORRUPT);
	memcpy(deep, "{\"format\":1,\"networks\":", 23);
	cr_expect_eq(provd_saved_decode_networks((struct provd_bytes){(const uint8_t *)deep, 59999},
						 &list),
		     PROVD_E_CORRUPT);
	memset(deep, ' ', 70000);
	cr_expect_eq(provd_saved_decode_networks((struct provd_bytes){(const uint8_t *)deep, 70000},
						 &list),
		     PROVD_E_CORRUPT);
	free(deep);
	cr_expect_eq(provd_saved_decode_networks((struct provd_bytes){NULL, 0}, &list),
		     PROVD_E_CORRUPT);
}

/* Each byte of a good text changed, and each beginning of it: no crash, no leak. */
Test(saved_format, every_byte_wrong, .timeout = TEST_TIMEOUT)
{
	static const char good[] =
		"{\"format\":1,\"networks\":[{\"ssid\":\"6162\",\"passphrase\":\"3132333435363738\","
		"\"bssid\":\"020000000001\",\"hidden\":true,\"channel\":11,\"security\":4,"
		"\"priority\":-3}]}";
	static const char wrong[] = {0, '"', '{', ']', '9', '-', 'g', (char)0xff};
	char text[sizeof(good)];
	struct provd_saved_list list;
	int fine = 0;

	for (size_t i = 0; i < sizeof(good) - 1; i++) {
		for (size_t k = 0; k < sizeof(wrong); k++) {
			memcpy(text, good, sizeof(good));
			text[i] = wrong[k];
			if (provd_saved_decode_networks(
				    (struct provd_bytes){(const uint8_t *)text, sizeof(good) - 1},
				    &list) == 0) {
				fine++;
				provd_saved_list_finish(&list);
			}
		}
		cr_expect_eq(provd_saved_decode_networks(
				     (struct provd_bytes){(const uint8_t *)good, i}, &list),
			     PROVD_E_CORRUPT);
	}
	cr_expect_gt(fine, 10, "other digits are other values");
}

/** Allocations of Jansson that still work; one process runs one test. */
static int allocations_left;

static void *scarce(size_t size)
{
	return allocations_left-- > 0 ? malloc(size) : NULL;
}

/* Memory runs out at each place in turn: a code, never half a record. */
Test(saved_format, without_memory, .timeout = TEST_TIMEOUT)
{
	struct provd_secret *secret = provd_secret_create("passphrase", 10);
	struct provd_saved_staged staged = {
		.credentials = full_credentials(secret),
		.token = secret,
		.state = PROVD_STATE_ONLINE,
	};
	struct provd_saved_list list;
	struct provd_saved_list back;
	struct provd_saved_staged again;
	int code = PROVD_E_NOMEM;
	int round;

	provd_saved_list_init(&list, 4);
	cr_assert_eq(provd_saved_list_add(&list, &staged.credentials), 0);
	json_set_alloc_funcs(scarce, free);
	for (round = 0; code; round++) {
		struct provd_secret *text = NULL;

		allocations_left = round;
		code = provd_saved_encode_networks(&list, &text);
		cr_assert(code == PROVD_E_NOMEM || (code == 0 && text), "%d: %d", round, code);
		provd_secret_unref(text);
	}
	cr_expect_gt(round, 10);
	code = PROVD_E_NOMEM;
	for (round = 0; code; round++) {
		struct provd_secret *text = NULL;

		allocations_left = 1000;
		cr_assert_eq(provd_saved_encode_staged(&staged, &text), 0);
		allocations_left = round;
		code = provd_saved_decode_staged(provd_secret_view(text), &again);
		cr_assert_leq(code, 0);
		provd_secret_unref(text);
		text = NULL;
		allocations_left = 1000;
		cr_assert_eq(provd_saved_encode_networks(&list, &text), 0);
		allocations_left = round;
		if (provd_saved_decode_networks(provd_secret_view(text), &back) == 0)
			provd_saved_list_finish(&back);
		provd_secret_unref(text);
	}
	cr_expect_gt(round, 10);
	provd_saved_staged_finish(&again);
	json_set_alloc_funcs(malloc, free);
	provd_saved_list_finish(&list);
	provd_secret_unref(secret);
}

static int rename_list(json_t *root)
{
	json_t *list = json_object_get(root, "list");

	if (!json_is_array(list) || json_object_set(root, "networks", list))
		return PROVD_E_CORRUPT;
	return json_object_del(root, "list") ? PROVD_E_CORRUPT : 0;
}

static int mark_third(json_t *root)
{
	return json_object_set_new(root, "third", json_true()) ? PROVD_E_NOMEM : 0;
}

Test(saved_format, upgrades_run_in_order_from_the_number, .timeout = TEST_TIMEOUT)
{
	static provd_saved_upgrade_fn *const upgrades[] = {rename_list, mark_third};
	json_t *root = json_pack("{s:i, s:[]}", "format", 1, "list");

	cr_assert_eq(provd_saved_upgrade(root, upgrades, 3), 0);
	cr_expect_not_null(json_object_get(root, "networks"));
	cr_expect_not_null(json_object_get(root, "third"));
	json_decref(root);
	root = json_pack("{s:i}", "format", 2);
	cr_expect_eq(provd_saved_upgrade(root, upgrades, 3), 0);
	cr_expect_not_null(json_object_get(root, "third"));
	json_decref(root);
	root = json_pack("{s:i}", "format", 3);
	cr_expect_eq(provd_saved_upgrade(root, upgrades, 3), 0);
	cr_expect_null(json_object_get(root, "third"));
	json_decref(root);
	root = json_pack("{s:i}", "format", 1);
	cr_expect_eq(provd_saved_upgrade(root, upgrades, 3), PROVD_E_CORRUPT);
	cr_expect_null(json_object_get(root, "third"), "the second one ran after a failure");
	cr_expect_eq(provd_saved_upgrade(root, upgrades, 0), PROVD_E_NOT_SUPPORTED);
	json_decref(root);
}
