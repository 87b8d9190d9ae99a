/* SPDX-License-Identifier: Apache-2.0 */
/* Symbols of three bytes: length and step, destination, stream. */
#include "codec/esptouch1.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct air_bss networks[2] = {{.ssid_len = 1, .ssid = "a"}, {.ssid_len = 32}};
	const struct esptouch1_scan scan = {networks, 2};
	struct esptouch1 *decoder = malloc(esptouch1_size());
	struct air_symbol symbol = {.sa = {2}};

	if (decoder == NULL)
		return 0;
	esptouch1_init(decoder);
	for (size_t n = 0; n + 3 <= size; n += 3) {
		struct air_result result;

		symbol.len = data[n] | (data[n + 1] & 3) << 8;
		symbol.position += (data[n + 1] >> 2 & 7) - 1;
		symbol.len2 = (data[n + 1] & 0x20) != 0 ? symbol.len - 8 : -1;
		symbol.epoch = data[n + 1] >> 6;
		symbol.stream = data[n + 2] & 7;
		symbol.sa[5] = data[n + 2] >> 4;
		memset(symbol.da, 0xFF, 6);
		if ((data[n + 2] & 8) != 0) {
			const uint8_t c = (uint8_t)(n / 9 % 128);
			const uint8_t da[6] = {0x01, 0x00, 0x5E, c, c, c};

			memcpy(symbol.da, da, 6);
		}
		symbol.time_us += 8000;
		if (esptouch1_push(decoder, &symbol, &scan, &result) &&
		    (result.ssid_len > PROVD_SSID_MAX ||
		     result.passphrase_len > AIR_PASSPHRASE_MAX))
			abort();
		(void)esptouch1_progress(decoder, symbol.sa);
	}
	esptouch1_finish(decoder);
	free(decoder);
	return 0;
}
