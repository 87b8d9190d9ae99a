/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file secret/secret.h
 * @brief The wiping type behind `struct provd_secret` of the plugin ABI.
 *
 * Reference counted with atomic counts: a reference may be taken and dropped on any thread. There
 * is deliberately no function that formats one.
 */
#ifndef PROVD_CORE_SECRET_H
#define PROVD_CORE_SECRET_H

#include <provd/abi.h>

/** Largest secret in bytes. */
#define PROVD_SECRET_MAX 65536

/** Copies `len` bytes (0 to PROVD_SECRET_MAX). @return a secret with one reference, or NULL */
struct provd_secret *provd_secret_create(const void *bytes, size_t len);

/** @return a secret of `len` zero bytes to be filled through `out_bytes`, or NULL */
struct provd_secret *provd_secret_alloc(size_t len, uint8_t **out_bytes);

/** One reference more. @return the same secret; NULL for NULL */
struct provd_secret *provd_secret_ref(const struct provd_secret *secret);

/** One reference less; the last one wipes and frees. NULL allowed. */
void provd_secret_unref(const struct provd_secret *secret);

/** @return the bytes, borrowed while a reference is held; an empty view for NULL */
struct provd_bytes provd_secret_view(const struct provd_secret *secret);

/** @return 1 when both hold the same bytes, compared in constant time; else 0 */
int provd_secret_equal(const struct provd_secret *a, const struct provd_secret *b);

#endif /* PROVD_CORE_SECRET_H */
