/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file blob.h
 * @brief The binary form in which the reference keeps its errors over a restart.
 *
 * u32 magic 0xF00DBEEF, u32 count, count x { u8 record (0 current, 1 previous), u8 pad, u16 id,
 * i32 sub }, native byte order ([C2] error records 3.1); here always little-endian, as on the
 * chips of the field. Pure functions, any thread.
 */
#ifndef TENCENT_BLOB_H
#define TENCENT_BLOB_H

#include <stddef.h>
#include <stdint.h>

#include <provd/journal.h>

#define TENCENT_BLOB_MAGIC   0xF00DBEEFu
#define TENCENT_BLOB_RECORDS 16
/** Bytes of the longest blob. */
#define TENCENT_BLOB_MAX (8 + 8 * TENCENT_BLOB_RECORDS)

/**
 * Writes the newest 16 failures; those without a pair of the app (`app_id` 0, or more than 16
 * bits) are left out, since the form has nothing else.
 *
 * The record byte is 1 for a failure that an app was told already, or that was imported, else 0.
 * The reference means 0 by "happened in this run" and writes only those; its loader takes every
 * record for a previous one whatever the byte says (3.1). So the byte changes nothing for it, and
 * tells a reader of the blob which failures are news.
 * @param failures `count` of them, oldest first
 * @param out `cap` bytes
 * @return bytes written, PROVD_E_NO_SPACE
 */
int tencent_blob_encode(const struct provd_failure *failures, size_t count, uint8_t *out,
			size_t cap);

/**
 * Reads a blob. As the reference does, every record becomes one that nobody was told, whatever its
 * byte says; records of id 0 ("Everything OK!") are passed over. Bytes behind the last record are
 * what the flash held before, and are tolerated.
 * @param data `len` bytes, borrowed, any content
 * @param fn   called for each, oldest first
 * @return how many; PROVD_E_CORRUPT for another magic, more than 16 records or too few bytes:
 *         then `fn` was not called
 */
int tencent_blob_decode(const uint8_t *data, size_t len,
			void (*fn)(void *user, const struct provd_failure *failure), void *user);

/**
 * Our code for a pair: that of the first row of tencent_failure_rows that tells it.
 * @return a PROVD_E_* code; PROVD_E_UNKNOWN for a stage's general pair and for pairs of other
 *         firmware; 0 for id 0
 */
int tencent_errcode_to(int32_t id, int32_t sub);

#endif /* TENCENT_BLOB_H */
