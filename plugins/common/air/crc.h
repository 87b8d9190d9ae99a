/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file air/crc.h
 * @brief The one CRC of AirKiss and ESP-Touch (smartconfig.md 0.2).
 */
#ifndef AIR_CRC_H
#define AIR_CRC_H

#include <stddef.h>
#include <stdint.h>

/**
 * CRC-8/MAXIM: polynomial 0x8C reflected, no final XOR. Pure, any thread.
 * @param crc 0, or the CRC of what comes before
 */
uint8_t air_crc8(uint8_t crc, const uint8_t *data, size_t len);

#endif /* AIR_CRC_H */
