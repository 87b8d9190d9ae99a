/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <provd/error.h>
#include <provd/event.h>

#include "codec/app.h"
#include "codec/blob.h"
#include "codec/errors.h"
#include "util.h"

#define MANY 40

struct got {
	size_t count;
	struct provd_failure failures[MANY];
};

static void keep(void *user, const struct provd_failure *failure)
{
	struct got *got = user;

	cr_assert_lt(got->count, MANY);
	got->failures[got->count++] = *failure;
}

static int decode(const uint8_t *data, size_t len, struct got *got)
{
	char *copy = exact_copy(data, len);
	int rc;

	memset(got, 0, sizeof(*got));
	rc = tencent_blob_decode((const uint8_t *)copy, len, keep, got);
	free(copy);
	return rc;
}

static size_t from_hex(const char *hex, uint8_t *out)
{
	size_t len = strlen(hex) / 2;
	char pair[3] = "";

	for (size_t i = 0; i < len; i++) {
		memcpy(pair, hex + 2 * i, 2);
		out[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return len;
}

static struct provd_failure failure(int32_t id, int32_t sub)
{
	struct provd_failure f = {.size = sizeof(f),
				  .session = 4,
				  .code = PROVD_E_TIMEOUT,
				  .app_id = id,
				  .app_sub = sub,
				  .method = "softap",
				  .text = ""};

	return f;
}

static void check_vector(json_t *vector)
{
	json_t *entries = json_object_get(vector, "entries");
	json_t *datagrams = json_object_get(vector, "after_load_datagrams");
	struct provd_failure failures[TENCENT_BLOB_RECORDS];
	size_t count = json_array_size(entries);
	uint8_t want[TENCENT_BLOB_MAX];
	uint8_t out[TENCENT_BLOB_MAX];
	size_t len = from_hex(text_of(vector, "blob_hex"), want);
	struct got got;

	for (size_t i = 0; i < count; i++) {
		json_t *entry = json_array_get(entries, i);

		failures[i] = failure((int32_t)number_of(entry, "err_id"),
				      (int32_t)number_of(entry, "err_sub_id"));
	}
	cr_assert_eq(tencent_blob_encode(failures, count, out, sizeof(out)), (int)len);
	cr_expect_eq(memcmp(out, want, len), 0);
	cr_assert_eq(decode(want, len, &got), (int)count);
	for (size_t i = 0; i < count; i++) {
		struct tencent_errcode pair = {got.failures[i].app_id, got.failures[i].app_sub};
		char reply[TENCENT_APP_REPLY_SIZE];

		cr_expect_eq(pair.id, failures[i].app_id);
		cr_expect_eq(pair.sub, failures[i].app_sub);
		cr_expect_eq(got.failures[i].flags, PROVD_FAILURE_IMPORTED);
		cr_expect_eq(got.failures[i].session, 0);
		cr_expect_eq(got.failures[i].marks, 0);
		/* The phone is told what the vector says. */
		cr_assert_gt(tencent_app_error_reply(pair, true, reply, sizeof(reply)), 0);
		cr_expect_str_eq(reply, json_string_value(json_array_get(datagrams, i)));
	}
}

Test(tencent_blob, the_vector_both_ways, .timeout = 10)
{
	json_t *all = load_vectors("tencent_errlog.json");
	json_t *vectors = json_object_get(all, "vectors");
	size_t count = json_array_size(vectors);

	cr_assert_gt(count, 0);
	for (size_t i = 0; i < count; i++)
		check_vector(json_array_get(vectors, i));
	json_decref(all);
	expect_no_leaks();
}

Test(tencent_blob, what_the_vector_means_to_us, .timeout = 10)
{
	static const uint8_t blob[] = {0xef, 0xbe, 0x0d, 0xf0, 2,    0,	   0,	 0,
				       0,    0,	   1,	 0,    0x17, 0xfc, 0xff, 0xff,
				       1,    0xaa, 23,	 0,    0x16, 0xfc, 0xff, 0xff};
	struct got got;

	cr_assert_eq(decode(blob, sizeof(blob), &got), 2);
	cr_expect_eq(got.failures[0].code, PROVD_E_UNKNOWN);
	cr_expect_eq(got.failures[0].state, PROVD_STATE_BINDING);
	cr_expect_str_eq(got.failures[0].text, "MQTT connect error!");
	cr_expect_str_eq(got.failures[0].method, "");
	cr_expect_eq(got.failures[1].code, PROVD_E_PEER_NO_TOKEN);
	/* The loader makes no difference between the two kinds of records. */
	cr_expect_eq(got.failures[1].marks, 0);
}

Test(tencent_blob, cut_at_every_byte_and_longer, .timeout = 10)
{
	struct provd_failure failures[3] = {failure(12, -3), failure(24, 7), failure(1, -1001)};
	uint8_t blob[64];
	struct got got;
	int len = tencent_blob_encode(failures, 3, blob, sizeof(blob));

	cr_assert_eq(len, 32);
	for (size_t n = 0; n < 32; n++) {
		cr_expect_eq(decode(blob, n, &got), PROVD_E_CORRUPT, "%zu", n);
		cr_expect_eq(got.count, 0);
	}
	/* Erased flash behind it. */
	memset(blob + 32, 0xff, 32);
	cr_expect_eq(decode(blob, sizeof(blob), &got), 3);
	cr_expect_eq(tencent_blob_decode(NULL, 0, keep, &got), PROVD_E_CORRUPT);
}

Test(tencent_blob, wrong_magic_or_count, .timeout = 10)
{
	uint8_t blob[8 + 8 * 17] = {0xef, 0xbe, 0x0d, 0xf0, 16};
	struct got got;

	for (size_t i = 0; i < 16; i++)
		blob[10 + 8 * i] = 3;
	cr_expect_eq(decode(blob, sizeof(blob), &got), 16);
	for (size_t byte = 0; byte < 4; byte++) {
		blob[byte] ^= 0x10;
		cr_expect_eq(decode(blob, sizeof(blob), &got), PROVD_E_CORRUPT);
		cr_expect_eq(got.count, 0);
		blob[byte] ^= 0x10;
	}
	blob[4] = 17;
	cr_expect_eq(decode(blob, sizeof(blob), &got), PROVD_E_CORRUPT);
	blob[4] = 0;
	blob[7] = 0x80;
	cr_expect_eq(decode(blob, sizeof(blob), &got), PROVD_E_CORRUPT);
	cr_expect_eq(got.count, 0);
	blob[7] = 0;
	cr_expect_eq(decode(blob, sizeof(blob), &got), 0);
}

/* "Everything OK!" is no failure; ids of other firmware are kept as they are. */
Test(tencent_blob, odd_records, .timeout = 10)
{
	uint8_t blob[8 + 24] = {0xef, 0xbe, 0x0d, 0xf0, 3};
	struct got got;

	blob[8 + 4] = 9;
	blob[16] = 200;
	blob[16 + 2] = 0xff;
	blob[16 + 3] = 0xff;
	blob[16 + 7] = 0x80;
	blob[24 + 2] = 10;
	blob[24 + 4] = 2;
	cr_assert_eq(decode(blob, sizeof(blob), &got), 2);
	cr_expect_eq(got.failures[0].app_id, 65535);
	cr_expect_eq(got.failures[0].app_sub, INT32_MIN);
	cr_expect_eq(got.failures[0].code, PROVD_E_UNKNOWN);
	cr_expect_eq(got.failures[0].state, PROVD_STATE_IDLE);
	cr_expect_str_eq(got.failures[0].text, "Unknown error!");
	cr_expect_str_eq(got.failures[1].text, "WIFI connect error!");
	cr_expect_eq(got.failures[1].state, PROVD_STATE_JOINING);
}

Test(tencent_blob, newest_sixteen_that_have_a_pair, .timeout = 10)
{
	struct provd_failure failures[MANY];
	uint8_t *out = malloc(TENCENT_BLOB_MAX);
	struct got got;

	for (int32_t i = 0; i < MANY; i++)
		failures[i] = failure(12, i);
	failures[39].app_id = 0;
	failures[30].app_id = 65536;
	failures[29].app_id = -1;
	cr_assert_eq(tencent_blob_encode(failures, MANY, out, TENCENT_BLOB_MAX), TENCENT_BLOB_MAX);
	cr_assert_eq(decode(out, TENCENT_BLOB_MAX, &got), 16);
	cr_expect_eq(got.failures[0].app_sub, 21);
	cr_expect_eq(got.failures[7].app_sub, 28);
	cr_expect_eq(got.failures[8].app_sub, 31);
	cr_expect_eq(got.failures[15].app_sub, 38);
	free(out);
}

Test(tencent_blob, room, .timeout = 10)
{
	struct provd_failure failures[2] = {failure(1, 2), failure(0, 0)};
	uint8_t out[16];

	cr_expect_eq(tencent_blob_encode(failures, 1, out, 15), PROVD_E_NO_SPACE);
	cr_expect_eq(tencent_blob_encode(failures, 1, out, 16), 16);
	cr_expect_eq(tencent_blob_encode(failures + 1, 1, out, 8), 8);
	cr_expect_eq(tencent_blob_encode(NULL, 0, out, 8), 8);
	cr_expect_eq(memcmp(out, "\xef\xbe\x0d\xf0\0\0\0\0", 8), 0);
	cr_expect_eq(tencent_blob_encode(NULL, 0, out, 7), PROVD_E_NO_SPACE);
}

Test(tencent_blob, the_record_byte_tells_news, .timeout = 10)
{
	struct provd_failure failures[4] = {failure(1, 1), failure(1, 2), failure(1, 3),
					    failure(1, 4)};
	uint8_t out[TENCENT_BLOB_MAX];

	failures[1].marks = PROVD_JOURNAL_TOLD;
	failures[2].marks = PROVD_JOURNAL_DELIVERED;
	failures[3].flags = PROVD_FAILURE_IMPORTED;
	cr_assert_eq(tencent_blob_encode(failures, 4, out, sizeof(out)), 40);
	cr_expect_eq(out[8], 0);
	cr_expect_eq(out[16], 1);
	cr_expect_eq(out[24], 1);
	cr_expect_eq(out[32], 1);
}

/* What a stage tells by a pair of its own comes back as the same code. */
Test(tencent_blob, pairs_come_back, .timeout = 10)
{
	static const int codes[] = {
#define X(name, number, text, advice, retry) PROVD_E_##name,
		PROVD_ERROR_TABLE(X)
#undef X
	};
	size_t exact = 0;

	for (int stage = TENCENT_STAGE_APP; stage < TENCENT_STAGE_COUNT; stage++) {
		for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
			struct tencent_errcode pair =
				tencent_errcode_from((enum tencent_stage)stage, codes[i]);
			int back = tencent_errcode_to(pair.id, pair.sub);
			struct tencent_errcode again =
				tencent_errcode_from((enum tencent_stage)stage, back);

			exact += back == codes[i];
			cr_expect(again.id == pair.id && again.sub == pair.sub,
				  "stage %d: %s became %s", stage, provd_err_name(codes[i]),
				  provd_err_name(back));
		}
	}
	cr_expect_gt(exact, 40);
	cr_expect_eq(tencent_errcode_to(12, -3), PROVD_E_WIFI_PASSPHRASE);
	cr_expect_eq(tencent_errcode_to(12, -2), PROVD_E_WIFI_NO_AP);
	cr_expect_eq(tencent_errcode_to(12, -1), PROVD_E_UNKNOWN);
	cr_expect_eq(tencent_errcode_to(2, 201), PROVD_E_PEER_FORMAT);
	cr_expect_eq(tencent_errcode_to(3, 103), PROVD_E_TIMEOUT);
	cr_expect_eq(tencent_errcode_to(1, -116), PROVD_E_MQTT_CREDENTIALS);
	cr_expect_eq(tencent_errcode_to(10, 2), PROVD_E_UNKNOWN);
	cr_expect_eq(tencent_errcode_to(1, -30592), PROVD_E_UNKNOWN);
	cr_expect_eq(tencent_errcode_to(0, 5), 0);
}
