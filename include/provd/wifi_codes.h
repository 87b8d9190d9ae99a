/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/wifi_codes.h
 * @brief What 802.11 reason and status codes mean in provd's words, for HALs.
 *
 * Source: IEEE 802.11-2020, 9.4.1.7 (table 9-49, reason codes) and 9.4.1.9 (table 9-50, status
 * codes). A code alone does not always tell the cause: a HAL that knows more (a four-way handshake
 * that failed, a signal near the noise) says so instead.
 */
#ifndef PROVD_WIFI_CODES_H
#define PROVD_WIFI_CODES_H

#include <provd/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off */
/** X(number, error, name of the standard). Why an access point ends an association. Since 1.0. */
#define PROVD_WIFI_REASON_TABLE(X) \
	X(2, WIFI_PASSPHRASE, "invalid authentication") \
	X(3, WIFI_LOST, "leaving network, deauthenticated") \
	X(4, WIFI_LOST, "inactivity") \
	X(5, WIFI_FULL, "no more stations") \
	X(6, WIFI_REJECTED, "invalid class 2 frame") \
	X(7, WIFI_REJECTED, "invalid class 3 frame") \
	X(8, WIFI_LOST, "leaving network, disassociated") \
	X(9, WIFI_REJECTED, "not authenticated") \
	X(13, WIFI_SECURITY, "invalid element") \
	X(14, WIFI_PASSPHRASE, "MIC failure") \
	X(15, WIFI_PASSPHRASE, "four-way handshake timeout") \
	X(16, WIFI_PASSPHRASE, "group key handshake timeout") \
	X(17, WIFI_SECURITY, "handshake element mismatch") \
	X(18, WIFI_SECURITY, "invalid group cipher") \
	X(19, WIFI_SECURITY, "invalid pairwise cipher") \
	X(20, WIFI_SECURITY, "invalid AKMP") \
	X(21, WIFI_SECURITY, "unsupported RSNE version") \
	X(22, WIFI_SECURITY, "invalid RSNE capabilities") \
	X(23, WIFI_PASSPHRASE, "802.1X authentication failed") \
	X(24, WIFI_SECURITY, "cipher rejected by policy") \
	X(34, WIFI_SIGNAL, "missing acknowledgements, poor channel") \
	X(46, WIFI_REJECTED, "peer initiated disassociation") \
	X(47, WIFI_REJECTED, "access point initiated disassociation")

/** X(number, error, name of the standard). Why a request was not granted. Since 1.0. */
#define PROVD_WIFI_STATUS_TABLE(X) \
	X(1, WIFI_REJECTED, "refused, unspecified reason") \
	X(10, WIFI_SECURITY, "capabilities mismatch") \
	X(11, WIFI_REJECTED, "denied, no association exists") \
	X(12, WIFI_REJECTED, "denied, other reason") \
	X(13, WIFI_SECURITY, "unsupported authentication algorithm") \
	X(14, WIFI_REJECTED, "transaction sequence error") \
	X(15, WIFI_PASSPHRASE, "challenge failure") \
	X(16, WIFI_REJECTED, "rejected, sequence timeout") \
	X(17, WIFI_FULL, "denied, no more stations") \
	X(18, WIFI_REJECTED, "refused, basic rates mismatch") \
	X(30, WIFI_REJECTED, "refused temporarily") \
	X(31, WIFI_REJECTED, "robust management policy violation") \
	X(33, WIFI_FULL, "denied, insufficient bandwidth") \
	X(34, WIFI_SIGNAL, "denied, poor channel conditions") \
	X(40, WIFI_SECURITY, "invalid element") \
	X(41, WIFI_SECURITY, "invalid group cipher") \
	X(42, WIFI_SECURITY, "invalid pairwise cipher") \
	X(43, WIFI_SECURITY, "invalid AKMP") \
	X(44, WIFI_SECURITY, "unsupported RSNE version") \
	X(45, WIFI_SECURITY, "invalid RSNE capabilities") \
	X(46, WIFI_SECURITY, "cipher rejected by policy") \
	X(53, WIFI_SECURITY, "invalid PMKID") \
	X(77, WIFI_SECURITY, "unsupported finite cyclic group") \
	X(82, WIFI_FULL, "rejected, access point overloaded") \
	X(123, WIFI_SECURITY, "unknown password identifier") \
	X(126, WIFI_SECURITY, "SAE hash to element")
/* clang-format on */

/**
 * The error for a reason code of a deauthentication or disassociation while joining.
 * @param reason as in the frame
 * @return PROVD_E_WIFI_*; PROVD_E_WIFI_REJECTED for codes that are not in the table. Any thread.
 * Since 1.0.
 */
static inline int provd_wifi_reason_error(uint32_t reason)
{
#define PROVD_X(number, error, name)                                                               \
	if (reason == (number))                                                                    \
		return PROVD_E_##error;
	PROVD_WIFI_REASON_TABLE(PROVD_X)
#undef PROVD_X
	return PROVD_E_WIFI_REJECTED;
}

/**
 * The error for a status code of an authentication or association response.
 * @param status as in the frame
 * @return 0 for status 0; else PROVD_E_WIFI_*; PROVD_E_WIFI_REJECTED for codes that are not in the
 * table. Any thread. Since 1.0.
 */
static inline int provd_wifi_status_error(uint32_t status)
{
	if (status == 0)
		return 0;
#define PROVD_X(number, error, name)                                                               \
	if (status == (number))                                                                    \
		return PROVD_E_##error;
	PROVD_WIFI_STATUS_TABLE(PROVD_X)
#undef PROVD_X
	return PROVD_E_WIFI_REJECTED;
}

#ifdef __cplusplus
}
#endif

#endif /* PROVD_WIFI_CODES_H */
