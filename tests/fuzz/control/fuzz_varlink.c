/* SPDX-License-Identifier: Apache-2.0 */
/** Bytes in pieces of changing sizes through the Varlink reader: a call or an error, never both. */
#include "control/varlink.h"

#include <provd/error.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MESSAGE 512u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Takes all complete messages. @return 0, or the error that ends the connection */
static int drain(struct provd_varlink_reader *reader)
{
	struct provd_varlink_call call;
	int status;

	for (;;) {
		memset(&call, 0, sizeof(call));
		status = provd_varlink_reader_next(reader, &call);
		if (status != 1)
			break;
		if (!call.root || !call.method || !json_is_object(call.parameters) ||
		    (call.oneway && call.more))
			abort();
		provd_varlink_call_finish(&call);
	}
	if (call.root || status > 0 || reader->cap > MAX_MESSAGE + 1)
		abort();
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct provd_varlink_reader reader;
	size_t step = 1;
	size_t room;
	char *to;

	provd_varlink_reader_init(&reader, MAX_MESSAGE);
	while (size && (to = provd_varlink_reader_room(&reader, &room))) {
		if (room > step)
			room = step;
		if (room > size)
			room = size;
		memcpy(to, data, room);
		provd_varlink_reader_filled(&reader, room);
		data += room;
		size -= room;
		step = step * 2 % 251;
		if (drain(&reader))
			break;
	}
	provd_varlink_reader_finish(&reader);
	return 0;
}
