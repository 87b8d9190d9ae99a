/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: bytes as symbols (six each), as a datagram of a phone, as plaintext of a profile, and
 * as a word of the block code. Results lie within their limits; nothing is read beyond the bytes.
 */
#include "codec/message.h"
#include "codec/profile.h"
#include "codec/rs.h"
#include "codec/simpleconfig.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEP 6

static void check_result(const struct air_result *result)
{
	if (result->ssid_len > PROVD_SSID_MAX || result->passphrase_len > AIR_PASSPHRASE_MAX ||
	    result->reserved_len > AIR_RESERVED_MAX || !result->variant)
		abort();
}

/* First byte: phone, stream, direction, kind; then length and address. */
static void make_symbol(const uint8_t *data, size_t index, struct air_symbol *out)
{
	memset(out, 0, sizeof(*out));
	memset(out->da, 0xff, sizeof(out->da));
	out->sa[5] = data[0] & 3;
	out->stream = data[0] & 0x0f;
	out->direction = data[0] & 0x10 ? AIR_FROM_AP : AIR_TO_AP;
	out->epoch = data[0] >> 6 & 1;
	out->time_us = 1000u * index;
	out->position = (int64_t)index;
	out->len = (int32_t)((unsigned int)data[1] << 8 | data[2]) - 16;
	out->len2 = data[0] & 0x80 ? out->len - 8 : -1;
	if (!(data[0] & 0x20))
		return;
	out->da[0] = 0x01;
	out->da[1] = 0x00;
	out->da[2] = 0x5e;
	out->da[3] = data[3] & 0x7f;
	out->da[5] = data[5];
	/* a sum that is right most of the time */
	out->da[4] = data[4] & 7 ? (uint8_t) - (0x5f + out->da[3] + out->da[5]) : data[4];
}

static void run_decoder(const uint8_t *data, size_t size)
{
	struct simpleconfig_policy policy = {.pin = "12345670", .pin_len = 8, .allow_default = 1};
	struct simpleconfig *state = malloc(simpleconfig_size());
	struct air_result result;
	struct air_symbol symbol = {0};

	if (!state)
		return;
	simpleconfig_init(state, &policy);
	for (size_t i = 0; i + STEP <= size; i += STEP) {
		make_symbol(data + i, i / STEP, &symbol);
		if (simpleconfig_push(state, &symbol, &result))
			check_result(&result);
	}
	if (simpleconfig_progress(state, symbol.time_us, NULL) > AIR_LOCKED)
		abort();
	simpleconfig_finish(state);
	free(state);
}

static void run_word(const uint8_t *data, size_t size)
{
	uint8_t word[SIMPLECONFIG_RS_WORD];
	uint8_t parity[SIMPLECONFIG_RS_PARITY];
	uint32_t erased;

	if (size < sizeof(word) + 4)
		return;
	memcpy(word, data, sizeof(word));
	memcpy(&erased, data + sizeof(word), sizeof(erased));
	if (simpleconfig_rs_decode(word, erased & 0xfffff) < 0)
		return;
	simpleconfig_rs_encode(word, parity);
	if (memcmp(parity, word + SIMPLECONFIG_RS_DATA, sizeof(parity)) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct simpleconfig_request request;
	struct simpleconfig_profile profile;

	run_decoder(data, size);
	run_word(data, size);
	if (!simpleconfig_request_read(data, size, &request)) {
		if (request.name_len > SIMPLECONFIG_NAME_MAX || request.digest_count > 2)
			abort();
		(void)simpleconfig_request_is_proven(&request, data, size < 8 ? size : 8);
	}
	if (!simpleconfig_profile_long(data, size, &profile) &&
	    (profile.ssid_len > 32 || profile.passphrase_len > 64))
		abort();
	if (!simpleconfig_profile_short(data, size, &profile) &&
	    (profile.ssid_len > 32 || profile.passphrase_len > 64))
		abort();
	return 0;
}
