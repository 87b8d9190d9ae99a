/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file name.h
 * @brief The name of the access point: a pattern with placeholders.
 */
#ifndef SOFTAP_NAME_H
#define SOFTAP_NAME_H

#include <provd/device.h>
#include <provd/error.h>
#include <provd/net.h>

/**
 * Checks a pattern without a device: unknown and unclosed placeholders. Pure.
 * @param out_needs 1 when it has placeholders, so that the device must be known
 * @return 0 or PROVD_E_CONFIG with words in `err` (may be NULL)
 */
int softap_name_check(const char *pattern, int *out_needs, struct provd_error *err);

/**
 * Makes the SSID. Pure.
 * @param info     NULL is allowed when the pattern has no placeholders
 * @param out_ssid room for PROVD_SSID_MAX bytes
 * @return its length, 1 to 32; PROVD_E_CONFIG (too long, empty), PROVD_E_CLOUD_IDENTITY (product
 *         or device is not known); words in `err` (may be NULL)
 */
int softap_name_make(const char *pattern, const struct provd_device_info *info, uint8_t *out_ssid,
		     struct provd_error *err);

/** Fills in an error. `err` may be NULL. @return `code` */
int softap_error(struct provd_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* SOFTAP_NAME_H */
