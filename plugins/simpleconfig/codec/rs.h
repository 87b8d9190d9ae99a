/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file rs.h
 * @brief The Reed-Solomon code of the broadcast variant for long profiles: simpleconfig.md 5.
 *
 * 20 symbols of GF(256), field polynomial 0x11d, generator roots alpha^1 to alpha^4: 16 data
 * symbols of four bits each, then four parity bytes. Pure, any thread.
 */
#ifndef SIMPLECONFIG_RS_H
#define SIMPLECONFIG_RS_H

#include <stddef.h>
#include <stdint.h>

#define SIMPLECONFIG_RS_DATA   16
#define SIMPLECONFIG_RS_PARITY 4
#define SIMPLECONFIG_RS_WORD   (SIMPLECONFIG_RS_DATA + SIMPLECONFIG_RS_PARITY)

/**
 * Parity of 16 data symbols, highest power first.
 * @param out_parity 4 bytes
 */
void simpleconfig_rs_encode(const uint8_t *data, uint8_t *out_parity);

/**
 * Puts a word right: four erased symbols, or two wrong ones that are not known to be wrong, or two
 * erased ones and a wrong one. A word beyond that is refused, or (rarely) taken for another one.
 * @param word    20 symbols, changed in place only on success
 * @param erased  bit i: symbol i is not known
 * @return symbols put right, 0 to 4, or PROVD_E_CORRUPT
 */
int simpleconfig_rs_decode(uint8_t *word, uint32_t erased);

#endif /* SIMPLECONFIG_RS_H */
