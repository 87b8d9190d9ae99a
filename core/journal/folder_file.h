/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file journal/folder_file.h
 * @brief A session as a file: what the folder backend does on the pool. All of it blocks.
 */
#ifndef PROVD_CORE_JOURNAL_FOLDER_FILE_H
#define PROVD_CORE_JOURNAL_FOLDER_FILE_H

#include <provd/error.h>

#include <stddef.h>

/** Most files that are looked at. */
#define PROVD_JOURNAL_FILES_MAX 65536u

/** Numbers of the sessions there are, rising. No folder: none. @param out_numbers for free() */
int provd__journal_files(const char *folder, uint64_t **out_numbers, size_t *out_count,
			 struct provd_error *err);

/** Reads at most `max` bytes from the beginning. @param out_bytes for free(), NULL for 0 bytes */
int provd__journal_file_read(const char *folder, uint64_t number, size_t max, uint8_t **out_bytes,
			     size_t *out_len, struct provd_error *err);

/**
 * Puts bytes behind the first `offset` ones, cutting off what else is there; durable on return.
 * @param offset 0: the file is made when it is missing
 * @return 0, PROVD_E_STATE (the file has fewer than `offset` bytes, nothing was done), others
 */
int provd__journal_file_append(const char *folder, uint64_t number, size_t offset,
			       const uint8_t *bytes, size_t len, struct provd_error *err);

/** A file that is not there is no error. */
int provd__journal_file_erase(const char *folder, uint64_t number, struct provd_error *err);

#endif /* PROVD_CORE_JOURNAL_FOLDER_FILE_H */
