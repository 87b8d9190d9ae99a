/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file hex.h
 * @brief Hexadecimal, MAC, UUID and IPv4 texts.
 */
#ifndef SIM_HEX_H
#define SIM_HEX_H

#include <stddef.h>
#include <stdint.h>

/** Decodes hex digits. @return bytes written, or PROVD_E_INVALID (odd, other characters, > max;
 *  then `out` may have been written to) */
int sim_hex_decode(const char *text, uint8_t *out, size_t max);
/** Encodes; `out` has room for 2 * len + 1. */
void sim_hex_encode(const uint8_t *bytes, size_t len, char *out);
/** Reads "02:00:5e:10:00:01". @return 0 or PROVD_E_INVALID, then nothing is written */
int sim_mac_parse(const char *text, uint8_t out_mac[6]);
/** Reads "192.168.4.1". @return 0 or PROVD_E_INVALID, then nothing is written */
int sim_ipv4_parse(const char *text, uint8_t out_ip[4]);
/** Reads "ffff" (a 16-bit UUID), or 128 bits with or without dashes. @return 0 or INVALID */
int sim_uuid_parse(const char *text, uint8_t out_uuid[16]);
/** Writes "0000ffff-0000-1000-8000-00805f9b34fb". */
void sim_uuid_format(const uint8_t uuid[16], char out[37]);

#endif /* SIM_HEX_H */
