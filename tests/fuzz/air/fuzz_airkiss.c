/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symbols: four bytes each, phone and step (low and high nibble), flags (bit 0: 256 more, bit 1: a
 * new epoch, bit 2: the result is forgotten), length, scan entry. A first byte chooses the options.
 */
#include "codec/airkiss.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_result(const struct airkiss *ak)
{
	struct air_result result;

	if (airkiss_result(ak, &result) != 0 &&
	    (result.ssid_len > PROVD_SSID_MAX || result.passphrase_len > AIR_PASSPHRASE_MAX ||
	     result.token > 255))
		abort();
}

static void ignore(void *user, const struct air_symbol *symbol)
{
	(void)user;
	(void)symbol;
}

static void push(struct airkiss *ak, struct air_streams *streams, const uint8_t *data,
		 int64_t *position)
{
	struct air_symbol symbol = {.len2 = -1};
	struct air_bss bss = {.ssid_len = data[3] & 31};

	*position += data[0] >> 4;
	symbol.position = *position;
	symbol.stream = data[0] & 15;
	symbol.sa[5] = data[0] & 15;
	symbol.epoch = data[1] >> 1 & 1;
	symbol.len = data[2] + ((data[1] & 1) != 0 ? 256 : 0);
	if ((data[1] & 8) != 0) {
		memset(bss.ssid, data[3], sizeof(bss.ssid));
		bss.bssid[5] = data[3];
		air_streams_add_bss(streams, &bss);
	}
	if (airkiss_push(ak, &symbol, streams) > AIR_LOCKED)
		abort();
	check_result(ak);
	if ((data[1] & 4) != 0)
		airkiss_forget_result(ak);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct airkiss_options options = {.key = (const uint8_t *)"Wechatiothardwav"};
	struct airkiss *ak = malloc(airkiss_size());
	struct air_streams *streams = malloc(air_streams_size());
	int64_t position = 0;

	if (ak == NULL || streams == NULL || size < 1)
		goto out;
	options.key_len = data[0] & 15;
	options.accept_plain = data[0] >> 4 & 1;
	air_streams_init(streams, ignore, NULL);
	if (airkiss_init(ak, &options) != 0)
		abort();
	for (data++, size--; size >= 4; data += 4, size -= 4)
		push(ak, streams, data, &position);
	airkiss_finish(ak);
out:
	free(ak);
	free(streams);
	return 0;
}
