/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file journal/codec.h
 * @brief The bytes of a session: records one behind the other, each with a checksum.
 *
 * Pure functions. Layout: core/journal/README.md.
 */
#ifndef PROVD_CORE_JOURNAL_CODEC_H
#define PROVD_CORE_JOURNAL_CODEC_H

#include <provd/error.h>

#include <stddef.h>

/** Bytes of a record beside its payload, and the most that a payload may have. */
#define PROVD_JOURNAL_HEADER_SIZE 10u
#define PROVD_JOURNAL_CHECK_SIZE  8u
#define PROVD_JOURNAL_RECORD_MORE (PROVD_JOURNAL_HEADER_SIZE + PROVD_JOURNAL_CHECK_SIZE)
#define PROVD_JOURNAL_PAYLOAD_MAX 4096u

enum provd_journal_kind {
	PROVD_JOURNAL_KIND_ENTRY = 1,
	PROVD_JOURNAL_KIND_MARK = 2,
	PROVD_JOURNAL_KIND_IMPORT = 3
};

/** A record whose checksum is right. */
struct provd_journal_record {
	uint8_t kind;	 /**< enum provd_journal_kind, or one of a newer provd */
	uint8_t version; /**< 0, or that of a newer provd: the payload is not to be understood */
	uint32_t number; /**< in its session, from 0 */
	const uint8_t *payload;
	size_t len;
};

/** What scanning came to. */
struct provd_journal_found {
	size_t records;
	size_t damaged; /**< places at which bytes were passed over; a torn end is one */
	size_t good;	/**< bytes up to the end of the last complete record */
};

/**
 * Makes a record.
 * @param payload at most PROVD_JOURNAL_PAYLOAD_MAX bytes
 * @param out     len + PROVD_JOURNAL_RECORD_MORE bytes
 * @return 0, PROVD_E_INVALID (too long) or PROVD_E_NOMEM
 */
int provd_journal_encode(uint8_t kind, uint32_t number, const void *payload, size_t len,
			 uint8_t *out);

/**
 * Calls `fn` for every complete record, also for those behind damaged places. The cost is bounded
 * by a multiple of `len`: bytes that are made to look like many beginnings of records end the scan
 * at some point, what is left counts as damaged.
 * @param fn        the record is borrowed, it points into `bytes`; NULL: only looks
 * @param out_found NULL allowed
 * @return 0 or PROVD_E_NOMEM
 */
int provd_journal_scan(const uint8_t *bytes, size_t len,
		       void (*fn)(void *user, const struct provd_journal_record *record),
		       void *user, struct provd_journal_found *out_found);

#endif /* PROVD_CORE_JOURNAL_CODEC_H */
