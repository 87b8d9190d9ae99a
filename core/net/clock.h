/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file net/clock.h
 * @brief Certificates that only look wrong because the device's clock is.
 *
 * A device without a battery starts in 1970; then every certificate is of the future.
 */
#ifndef PROVD_CORE_NET_CLOCK_H
#define PROVD_CORE_NET_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/** The day on which this program was built, seconds since 1970 UTC: no clock can be right that is
 *  before it. Any thread. */
int64_t provd_net_built_s(void);

/**
 * The error for a verdict on a server's certificate. Pure, any thread.
 * @param verdict X509_V_ERR_* of OpenSSL, of any certificate of the chain
 * @param now_s   what the clock says, seconds since 1970 UTC
 * @param built_s as provd_net_built_s
 * @return PROVD_E_CLOCK when it is not yet valid, or has expired for a clock that is before the
 * build; else PROVD_E_TLS_UNTRUSTED
 */
int provd_net_certificate_code(long verdict, int64_t now_s, int64_t built_s);

/**
 * "certificate is not yet valid; the clock says 1970-01-01 00:05 UTC".
 * @param out at least 1 byte; always terminated
 */
void provd_net_clock_words(char *out, size_t size, long verdict, int64_t now_s);

#endif /* PROVD_CORE_NET_CLOCK_H */
