/* SPDX-License-Identifier: Apache-2.0 */
#include "air/crc.h"

uint8_t air_crc8(uint8_t crc, const uint8_t *data, size_t len)
{
	/* One step of four bits, lowest first. */
	static const uint8_t table[16] = {0x00, 0x9d, 0x23, 0xbe, 0x46, 0xdb, 0x65, 0xf8,
					  0x8c, 0x11, 0xaf, 0x32, 0xca, 0x57, 0xe9, 0x74};

	for (size_t i = 0; i < len; i++) {
		crc ^= data[i];
		crc = (uint8_t)((crc >> 4) ^ table[crc & 15u]);
		crc = (uint8_t)((crc >> 4) ^ table[crc & 15u]);
	}
	return crc;
}
