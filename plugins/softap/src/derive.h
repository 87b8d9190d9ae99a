/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file derive.h
 * @brief A passphrase for each unit from one key of the product, so that a label can show it.
 */
#ifndef SOFTAP_DERIVE_H
#define SOFTAP_DERIVE_H

#include <provd/abi.h>

/** Characters of a derived passphrase: 60 bits. */
#define SOFTAP_DERIVED_LEN 12

/**
 * First 12 characters of lower-case base32 (RFC 4648, section 6) of
 * HMAC-SHA256(key, "provd-softap-passphrase" || mac || device). Pure.
 * @param mac    6 bytes
 * @param device name of the device in its cloud; "" when it has none
 * @param out    12 characters, no NUL; the caller wipes it
 * @return 0 or PROVD_E_INTERNAL
 */
int softap_derive(struct provd_bytes key, const uint8_t mac[6], const char *device,
		  char out[SOFTAP_DERIVED_LEN]);

#endif /* SOFTAP_DERIVE_H */
