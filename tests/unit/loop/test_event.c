/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/instance.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include <provd/hal_offload.h>

#include "secret/secret.h"
#include "support.h"

Test(event, offload_result_references_its_passphrase, .timeout = TEST_TIMEOUT)
{
	struct provd_offload_result result = {.size = sizeof(result)};
	struct provd_event event = {.size = sizeof(event),
				    .type = PROVD_EV_OFFLOAD_RESULT,
				    .count = 1,
				    .data = &result,
				    .data_size = sizeof(result)};
	struct provd_secret *secret = provd_secret_create("passphrase", 10);
	struct provd_event *copy = NULL;
	const struct provd_offload_result *got;

	result.credentials.passphrase = secret;
	cr_assert_eq(provd_event_copy(&event, &copy), 0);
	provd_secret_unref(secret);
	got = copy->data;
	cr_assert_arr_eq(provd_secret_view(got->credentials.passphrase).data, "passphrase", 10);
	provd_event_free(copy);
	provd_event_free(NULL);
}

static void refused(const struct provd_event *event)
{
	struct provd_event *copy = NULL;

	cr_assert_eq(provd_event_copy(event, &copy), PROVD_E_INVALID);
	cr_assert_null(copy);
}

Test(event, refusals, .timeout = TEST_TIMEOUT)
{
	static char long_text[PROVD_EVENT_TEXT_MAX + 2];
	struct provd_credentials credentials = {.size = sizeof(credentials), .ssid_len = 33};
	struct provd_field fields[9];
	struct provd_event event = {.size = sizeof(event), .type = 999};
	size_t i;

	for (i = 0; i < 9; i++)
		fields[i] = provd_f_int("n", 1);
	refused(NULL);
	refused(&event);
	event.type = PROVD_EV_CREDENTIALS;
	refused(&event);
	event.count = 1;
	event.data = &credentials;
	event.data_size = sizeof(credentials);
	refused(&event); /* SSID of 33 bytes */
	credentials.ssid_len = 32;
	credentials.size = sizeof(credentials) + 1;
	refused(&event);
	credentials.size = 8;
	refused(&event);
	credentials.size = sizeof(credentials);
	event.data_size--;
	refused(&event);
	event.data_size++;
	event.count = 2;
	refused(&event);
	event.count = 1;
	event.size = 16;
	refused(&event);
	event.size = sizeof(event);
	event.fields = fields;
	event.field_count = 9;
	refused(&event);
	event.field_count = 1;
	fields[0].type = 99;
	refused(&event);
	fields[0] = provd_f_make(PROVD_FIELD_TEXT, "a", 0, NULL, 4);
	refused(&event);
	fields[0] = provd_f_int(NULL, 1);
	refused(&event);
	event.field_count = 0;
	memset(long_text, 'a', PROVD_EVENT_TEXT_MAX + 1);
	event.text = long_text;
	refused(&event);
}

Test(event, sizes_are_bounded_without_overflow, .timeout = TEST_TIMEOUT)
{
	uint8_t *bytes = calloc(1, PROVD_EVENT_DATA_MAX);
	struct provd_event event = {.size = sizeof(event), .type = PROVD_EV_BLE_WRITE};
	struct provd_event *copy = NULL;

	event.data = bytes;
	event.count = UINT32_MAX; /* a characteristic's number, not a count */
	event.data_size = PROVD_EVENT_DATA_MAX;
	cr_assert_eq(provd_event_copy(&event, &copy), 0);
	cr_assert_eq(copy->data_size, PROVD_EVENT_DATA_MAX);
	cr_assert_eq(copy->count, UINT32_MAX);
	provd_event_free(copy);
	copy = NULL;
	event.data_size++;
	refused(&event);
	event.type = PROVD_EV_SCAN_RESULT;
	event.data_size = SIZE_MAX / 2 + 2;
	event.count = 2;
	refused(&event);
	event.data_size = sizeof(struct provd_bss);
	event.count = UINT32_MAX;
	refused(&event);
	event.data = NULL;
	refused(&event);
	/* An empty scan, and a stored value, which comes without a count. */
	event.data_size = 0;
	event.count = 0;
	cr_assert_eq(provd_event_copy(&event, &copy), 0);
	provd_event_free(copy);
	event.type = PROVD_EV_OP_DONE;
	event.data = "value";
	event.data_size = 5;
	cr_assert_eq(provd_event_copy(&event, &copy), 0);
	cr_assert_arr_eq(copy->data, "value", 5);
	provd_event_free(copy);
	free(bytes);
}
