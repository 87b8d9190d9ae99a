/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A capture: records of a 2-byte length (little-endian), a byte of milliseconds since the one before,
 * and a radiotap header with its frame. All of it goes through parser and streams.
 */
#include "air/symbol.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the last symbol of each stream was. */
struct seen {
	uint32_t epoch[AIR_STREAMS_MAX];
	int64_t position[AIR_STREAMS_MAX];
};

static void check_symbol(void *user, const struct air_symbol *symbol)
{
	struct seen *seen = user;

	if (symbol->stream >= AIR_STREAMS_MAX || symbol->phone >= AIR_STREAMS_MAX ||
	    symbol->epoch == 0 || symbol->len < 0 || symbol->len > 1480 ||
	    symbol->len2 >= symbol->len || symbol->len2 < -1)
		abort();
	/* In an epoch positions grow, so that nothing comes twice. */
	if (seen->epoch[symbol->stream] == symbol->epoch &&
	    seen->position[symbol->stream] >= symbol->position)
		abort();
	seen->epoch[symbol->stream] = symbol->epoch;
	seen->position[symbol->stream] = symbol->position;
}

static void check_frame(const struct provd_frame *frame)
{
	struct air_parsed parsed;
	int kind = air_parse(frame, &parsed);

	if (kind == AIR_BEACON && parsed.u.bss.ssid_len > PROVD_SSID_MAX)
		abort();
	if (kind == AIR_DATA && (parsed.u.data.udp_len > 1480 || parsed.u.data.seq > 4095 ||
				 parsed.u.data.mpdu_len > frame->len))
		abort();
}

/* One record in memory of exactly its size. */
static void push(struct air_streams *streams, const uint8_t *data, size_t size, uint64_t now_us)
{
	struct provd_frame frame = {.size = sizeof(frame), .time_us = now_us};
	uint8_t *exact = malloc(size != 0 ? size : 1);

	if (exact == NULL)
		return;
	if (size != 0)
		memcpy(exact, data, size);
	if (air_radiotap(exact, size, &frame) == 0) {
		check_frame(&frame);
		air_streams_push(streams, &frame);
	}
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct air_streams *streams = malloc(air_streams_size());
	struct seen seen = {0};
	uint64_t now_us = 0;

	if (streams == NULL)
		return 0;
	air_streams_init(streams, check_symbol, &seen);
	while (size >= 3) {
		size_t len = (size_t)data[0] | (size_t)data[1] << 8;

		now_us += (uint64_t)data[2] * 1000;
		data += 3;
		size -= 3;
		if (len > size)
			len = size;
		push(streams, data, len, now_us);
		if (len != 0 && len % 7 == 0) {
			air_streams_tick(streams, now_us);
			air_streams_useful(streams, (uint32_t)len % 64, (uint32_t)len);
		}
		data += len;
		size -= len;
	}
	air_streams_tick(streams, now_us + 1000000);
	free(streams);
	return 0;
}
