/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "codec/app.h"
#include "codec/errors.h"
#include "util.h"

Test(tencent_errors, texts_are_the_wire_texts, .timeout = 10)
{
	cr_expect_str_eq(tencent_error_text(0), "Everything OK!");
	cr_expect_str_eq(tencent_error_text(1), "MQTT connect error!");
	cr_expect_str_eq(tencent_error_text(2), "APP command error!");
	cr_expect_str_eq(tencent_error_text(10), "WIFI connect error!");
	cr_expect_str_eq(tencent_error_text(12), "WIFI AP STA error!");
	cr_expect_str_eq(tencent_error_text(23), "MQTT Token send error!");
	cr_expect_str_eq(tencent_error_text(24), "MQTT Token reply error!");
	cr_expect_str_eq(tencent_error_text(27), "Device Info error!");
	cr_expect_str_eq(tencent_error_text(28), "Unknown error!");
	cr_expect_str_eq(tencent_error_text(-1), "Unknown error!");
}

static void expect_pair(enum tencent_stage stage, int code, int32_t id, int32_t sub)
{
	struct tencent_errcode got = tencent_errcode_from(stage, code);

	cr_expect(got.id == id && got.sub == sub, "stage %d code %d: (%d, %d), not (%d, %d)",
		  (int)stage, code, got.id, got.sub, id, sub);
}

Test(tencent_errors, pairs_are_stable, .timeout = 10)
{
	expect_pair(TENCENT_STAGE_APP, 0, 0, 0);
	expect_pair(TENCENT_STAGE_APP, PROVD_E_PEER_FORMAT, 2, 201);
	expect_pair(TENCENT_STAGE_APP, PROVD_E_PEER_MISSING, 2, 204);
	expect_pair(TENCENT_STAGE_APP, PROVD_E_NOMEM, 2, 205);
	expect_pair(TENCENT_STAGE_SESSION, PROVD_E_TIMEOUT, 3, 103);
	expect_pair(TENCENT_STAGE_SESSION, PROVD_E_CANCELED, 3, 101);
	expect_pair(TENCENT_STAGE_SOFTAP, PROVD_E_WIFI_RADIO, 7, -8);
	expect_pair(TENCENT_STAGE_STATION, PROVD_E_IO, 12, -1);
	expect_pair(TENCENT_STAGE_STATION, PROVD_E_WIFI_NO_AP, 12, -2);
	expect_pair(TENCENT_STAGE_STATION, PROVD_E_WIFI_PASSPHRASE, 12, -3);
	expect_pair(TENCENT_STAGE_STATION, PROVD_E_WIFI_NO_DHCP, 12, -6);
	expect_pair(TENCENT_STAGE_REGISTER, PROVD_E_CLOUD_SIGNATURE, 27, -9);
	expect_pair(TENCENT_STAGE_MQTT, PROVD_E_INTERNAL, 1, -1001);
	expect_pair(TENCENT_STAGE_MQTT, PROVD_E_MQTT_CREDENTIALS, 1, -116);
	expect_pair(TENCENT_STAGE_TOKEN, PROVD_E_PEER_NO_TOKEN, 23, -1002);
	expect_pair(TENCENT_STAGE_REPLY, PROVD_E_CLOUD_REPLY, 24, 201);
	expect_pair((enum tencent_stage)99, PROVD_E_TIMEOUT, 3, 103);
	cr_expect_eq(tencent_errcode_reply(7).id, 24);
	cr_expect_eq(tencent_errcode_reply(7).sub, 7);
}

static void expect_reply(struct tencent_errcode error, bool previous, const char *want)
{
	char out[TENCENT_APP_REPLY_SIZE];
	int len = tencent_app_error_reply(error, previous, out, sizeof(out));

	cr_expect_eq(len, (int)strlen(want));
	cr_expect_str_eq(out, want);
}

Test(tencent_errors, stored_errors_read_as_published, .timeout = 10)
{
	json_t *root = load_vectors("tencent_errlog.json");
	json_t *vector = json_array_get(json_object_get(root, "vectors"), 0);
	json_t *entries = json_object_get(vector, "entries");
	json_t *texts = json_object_get(vector, "after_load_datagrams");

	cr_assert_eq(json_array_size(entries), 2);
	for (size_t i = 0; i < json_array_size(entries); i++) {
		const json_t *entry = json_array_get(entries, i);
		struct tencent_errcode error = {(int32_t)number_of(entry, "err_id"),
						(int32_t)number_of(entry, "err_sub_id")};

		expect_reply(error, true, json_string_value(json_array_get(texts, i)));
	}
	json_decref(root);
	expect_no_leaks();
}

Test(tencent_errors, every_pair_fits_its_datagram, .timeout = 10)
{
	char out[TENCENT_APP_REPLY_SIZE];

	for (int32_t id = -1; id <= 28; id++) {
		struct tencent_errcode error = {id, INT32_MIN};
		int len = tencent_app_error_reply(error, true, out, sizeof(out));

		cr_expect(len > 0 && len < 128, "id %d: %d", id, len);
	}
}
