/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file store/record.h
 * @brief What a record looks like on the medium. Pure functions over bytes.
 *
 * Numbers are big-endian. The first 44 bytes stay as they are in every format version, so that a
 * damaged record and one of a newer provd are told apart without knowing the newer version.
 *
 *      0   4  magic "PVRC"
 *      4   2  format version
 *      6   2  flags: 1 encrypted
 *      8   4  length of the body
 *     12  32  SHA-256 of bytes 0 to 11 and the body
 *     44      body; plain: the content
 *             encrypted: key id (8), nonce (12), AES-256-GCM of the content, tag (16)
 *
 * The key of a record is HKDF-SHA256 of the store's key with the record's name in `info`; the
 * additional data is bytes 0 to 11, the key id and the name, so that no record passes for another.
 */
#ifndef PROVD_CORE_STORE_RECORD_H
#define PROVD_CORE_STORE_RECORD_H

#include <provd/error.h>

#include "secret/secret.h"

/** The version that is written. */
#define PROVD_RECORD_VERSION 1
/** Bytes before the body. */
#define PROVD_RECORD_HEADER_SIZE 44
/** What encryption adds to the body. */
#define PROVD_RECORD_SEAL_SIZE 36
/** Largest record in bytes. */
#define PROVD_RECORD_MAX (60000 + PROVD_RECORD_HEADER_SIZE + PROVD_RECORD_SEAL_SIZE)
/** Bytes of a store's key. */
#define PROVD_RECORD_KEY_SIZE 32

/** @return 1 for 1 to 32 of [a-z0-9_-], else 0 */
int provd_record_name_valid(const char *name);

/**
 * Makes a record of the version PROVD_RECORD_VERSION.
 * @param name    of the record, see provd_record_name_valid
 * @param content at most 60000 bytes
 * @param key     32 bytes; NULL: not encrypted
 * @param out_record given
 * @return 0, PROVD_E_INVALID (name, lengths), PROVD_E_NOMEM, PROVD_E_INTERNAL (the library)
 */
int provd_record_encode(const char *name, const struct provd_secret *content,
			const struct provd_secret *key, struct provd_secret **out_record);

/**
 * Reads a record of any known version. Hostile bytes are safe.
 * @param key NULL: only plain records can be read; else plain ones are read too
 * @param out_content given
 * @param err words; may be NULL
 * @return 0; PROVD_E_CORRUPT; PROVD_E_ACCESS: whole, but encrypted with another key (sys_errno
 *         EKEYREJECTED) or without one at hand (ENOKEY); PROVD_E_NOT_SUPPORTED: whole, but of a newer provd; PROVD_E_NOMEM,
 *         PROVD_E_INVALID, PROVD_E_INTERNAL
 */
int provd_record_decode(const char *name, struct provd_bytes record, const struct provd_secret *key,
			struct provd_secret **out_content, struct provd_error *err);

#endif /* PROVD_CORE_STORE_RECORD_H */
