/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/blob.h"

#include <stdbool.h>
#include <string.h>

#include <provd/error.h>

#include "codec/errors.h"

#define HEAD   8u
#define RECORD 8u

static void put_u16(uint8_t *out, uint32_t value)
{
	out[0] = (uint8_t)value;
	out[1] = (uint8_t)(value >> 8);
}

static void put_u32(uint8_t *out, uint32_t value)
{
	put_u16(out, value);
	put_u16(out + 2, value >> 16);
}

static uint32_t get_u16(const uint8_t *data)
{
	return (uint32_t)data[0] | (uint32_t)data[1] << 8;
}

static uint32_t get_u32(const uint8_t *data)
{
	return get_u16(data) | get_u16(data + 2) << 16;
}

int tencent_errcode_to(int32_t id, int32_t sub)
{
	if (id == TENCENT_ERR_NONE)
		return 0;
	for (size_t i = 0; i < TENCENT_FAILURE_COUNT; i++) {
		const struct provd_failure_word *row = &tencent_failure_rows[i];

		/* Code 0 is the stage's pair for all that it cannot tell apart. */
		if (row->id == id && row->sub == sub)
			return row->code != 0 ? row->code : PROVD_E_UNKNOWN;
	}
	return PROVD_E_UNKNOWN;
}

/* Where in a session an error belongs. */
static uint32_t state_of(int32_t id)
{
	switch (id) {
	case TENCENT_ERR_APP_CMD:
	case TENCENT_ERR_BD_STOP:
	case TENCENT_ERR_WIFI_AP_INIT:
		return PROVD_STATE_LISTENING;
	case TENCENT_ERR_WIFI_CONNECT:
	case TENCENT_ERR_WIFI_AP_STA:
		return PROVD_STATE_JOINING;
	case TENCENT_ERR_WIFI_DISCONNECT:
		return PROVD_STATE_ONLINE;
	case TENCENT_ERR_DEVICE_INFO:
		return PROVD_STATE_REGISTERING;
	case TENCENT_ERR_MQTT_CONNECT:
	case TENCENT_ERR_TOKEN_SEND:
	case TENCENT_ERR_TOKEN_REPLY:
	case TENCENT_ERR_TOKEN_RECV:
	case TENCENT_ERR_REGION_FAULT:
		return PROVD_STATE_BINDING;
	default:
		return PROVD_STATE_IDLE;
	}
}

static bool fits(const struct provd_failure *failure)
{
	return failure->app_id > 0 && failure->app_id <= UINT16_MAX;
}

int tencent_blob_encode(const struct provd_failure *failures, size_t count, uint8_t *out,
			size_t cap)
{
	size_t first = count;
	size_t records = 0;
	uint8_t *record;

	while (first > 0 && records < TENCENT_BLOB_RECORDS)
		records += fits(&failures[--first]);
	if (cap < HEAD + RECORD * records)
		return PROVD_E_NO_SPACE;
	put_u32(out, TENCENT_BLOB_MAGIC);
	put_u32(out + 4, (uint32_t)records);
	record = out + HEAD;
	for (size_t i = first; i < count; i++) {
		const struct provd_failure *f = &failures[i];

		if (!fits(f))
			continue;
		record[0] = f->marks != 0 || (f->flags & PROVD_FAILURE_IMPORTED) != 0;
		record[1] = 0;
		put_u16(record + 2, (uint32_t)f->app_id);
		put_u32(record + 4, (uint32_t)f->app_sub);
		record += RECORD;
	}
	return (int)(HEAD + RECORD * records);
}

int tencent_blob_decode(const uint8_t *data, size_t len,
			void (*fn)(void *user, const struct provd_failure *failure), void *user)
{
	uint32_t count;
	int told = 0;

	if (data == NULL || len < HEAD || get_u32(data) != TENCENT_BLOB_MAGIC)
		return PROVD_E_CORRUPT;
	count = get_u32(data + 4);
	if (count > TENCENT_BLOB_RECORDS || len - HEAD < RECORD * count)
		return PROVD_E_CORRUPT;
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *record = data + HEAD + RECORD * i;
		struct provd_failure failure = {
			.size = sizeof(failure), .flags = PROVD_FAILURE_IMPORTED, .method = ""};

		failure.app_id = (int32_t)get_u16(record + 2);
		failure.app_sub = (int32_t)get_u32(record + 4);
		if (failure.app_id == TENCENT_ERR_NONE)
			continue;
		failure.code = tencent_errcode_to(failure.app_id, failure.app_sub);
		failure.state = state_of(failure.app_id);
		failure.text = tencent_error_text(failure.app_id);
		fn(user, &failure);
		told++;
	}
	return told;
}
