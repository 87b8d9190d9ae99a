/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file session/radio_store.h
 * @brief The capability `store` of the HALs: records for boards without a file system, and a key.
 *
 * What a HAL does not end within PROVD_RADIO_STORE_MS ends with PROVD_E_TIMEOUT; a HAL that fails
 * ends it with PROVD_E_IO. Either way exactly once.
 */
#ifndef PROVD_CORE_RADIO_STORE_H
#define PROVD_CORE_RADIO_STORE_H

#include "session/radio.h"
#include "store/store.h"

/** Milliseconds that a HAL has for one operation. */
#define PROVD_RADIO_STORE_MS 10000

/**
 * The store of the first open HAL that offers one, as a backend. Record NAME is the key
 * "provd.NAME" there, one that was set aside is "provd.NAME.damaged".
 * While no HAL offers one, its operations give PROVD_E_NO_CAPABILITY.
 * @param radio when it is destroyed before the backend, what runs ends silently
 * @return 0, PROVD_E_NOMEM
 */
int provd_radio_store(struct provd_radio *radio, struct provd_store_backend *out_backend);

/** @return 1 when an open HAL offers one */
int provd_radio_has_store(const struct provd_radio *radio);

/**
 * Asks the first open HAL that has one for a key of this device alone.
 * @param purpose [a-z0-9-]+, at most 32 characters; each has a key of its own
 * @param done    0 with the 32 bytes as `content`, or a code with words; exactly once on a later
 *                turn, not when the radio is destroyed before
 * @return 0, PROVD_E_NO_CAPABILITY (no HAL has one), PROVD_E_INVALID, PROVD_E_NOMEM, or the HAL's
 *         refusal; then `done` does not run
 */
int provd_radio_device_key(struct provd_radio *radio, const char *purpose,
			   provd_store_done_fn *done, void *user);

#endif /* PROVD_CORE_RADIO_STORE_H */
