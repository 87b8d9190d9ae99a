/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "codec/esptouch2.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Symbols of four bytes: stream and step, length. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[ESPTOUCH2_KEY_LEN] = "ESPWIFISMARTCONF";
	static struct esptouch2 decoder;
	struct air_bss list[2] = {{.ssid_len = 10, .ssid = "HomeNet-2G"}, {.ssid_len = 0}};
	struct air_symbol symbol = {.len2 = -1};

	esptouch2_init(&decoder, (size & 1) != 0 ? key : NULL);
	esptouch2_scan(&decoder, list, 2);
	for (size_t i = 0; i + 4 <= size; i += 4) {
		struct air_result result;

		symbol.stream = data[i] & 3;
		symbol.sa[5] = data[i] >> 2 & 15;
		symbol.epoch = data[i] >> 7;
		symbol.position += data[i + 1] & 15;
		symbol.time_us += (uint64_t)data[i + 1] << 10;
		symbol.len = data[i + 2] | (data[i + 3] & 15) << 8;
		symbol.len2 = (data[i + 3] & 16) != 0 ? symbol.len - 8 : -1;
		symbol.exact = data[i + 3] >> 7;
		if (esptouch2_push(&decoder, &symbol, &result) != 1)
			continue;
		if (result.ssid_len == 0 || result.ssid_len > PROVD_SSID_MAX ||
		    result.passphrase_len > AIR_PASSPHRASE_MAX || result.token > 3)
			abort();
	}
	esptouch2_finish(&decoder);
	return 0;
}
