/* SPDX-License-Identifier: Apache-2.0 */
#include "phone.h"

#include <stdlib.h>

static char hex_digit(unsigned int value)
{
	return (char)(value < 10 ? '0' + value : 'a' + value - 10);
}

/* Printable ASCII as it is, all else as \xNN: what a device sends may be anything. */
static size_t put_text(char *out, unsigned char byte)
{
	if (byte >= 0x20 && byte < 0x7f) {
		out[0] = (char)byte;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex_digit(byte >> 4);
	out[3] = hex_digit(byte & 0x0f);
	return 4;
}

json_t *sim_datagram_event(int n, const void *data, size_t size, double ms)
{
	const unsigned char *bytes = data;
	char *hex = malloc(2 * size + 1);
	char *text = malloc(4 * size + 1);
	size_t used = 0;
	json_t *event = NULL;

	if (!hex || !text)
		goto out;
	for (size_t i = 0; i < size; i++) {
		hex[2 * i] = hex_digit(bytes[i] >> 4);
		hex[2 * i + 1] = hex_digit(bytes[i] & 0x0fu);
		used += put_text(text + used, bytes[i]);
	}
	hex[2 * size] = '\0';
	text[used] = '\0';
	event = json_pack("{s:s, s:i, s:I, s:s, s:s, s:f}", "event", "datagram", "n", n, "size",
			  (json_int_t)size, "hex", hex, "text", text, "ms", ms);
out:
	free(hex);
	free(text);
	return event;
}
