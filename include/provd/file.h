/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/file.h
 * @brief Optional host service "provd.file/1": small files that survive a power cut.
 */
#ifndef PROVD_FILE_H
#define PROVD_FILE_H

#include <provd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PROVD_FILE "provd.file/1"

/** The table. */
struct provd_file {
	uint32_t size;
	uint32_t reserved;
	/**
	 * Reads a whole regular file at once (small files only: it blocks).
	 * @param max        largest size accepted, bytes
	 * @param out_secret the content, given (provd_host.secret_unref)
	 * @return 0, PROVD_E_NOT_FOUND, PROVD_E_LIMIT, PROVD_E_ACCESS, PROVD_E_IO
	 */
	int (*load)(void *self, const char *path, size_t max, struct provd_secret **out_secret,
		    struct provd_error *err);
	/**
	 * Replaces a file: write beside it, fsync, rename, fsync of the folder. `done` runs exactly
	 * once; 0 means that the new content survives a power cut, else the old one is untouched.
	 * @param content referenced until then
	 * @param mode    permission bits, e.g. 0600
	 * @return 0: `done` will run; negative: it will not
	 */
	int (*replace)(void *self, const char *path, const struct provd_secret *content,
		       uint32_t mode,
		       void (*done)(void *user, int code, const struct provd_error *err),
		       void *user, uint64_t *out_id);
};

#ifdef __cplusplus
}
#endif

#endif /* PROVD_FILE_H */
