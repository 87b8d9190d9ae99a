/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file config/file.h
 * @brief Reads the bytes of a config file and checks who may change and read it.
 */
#ifndef PROVD_CORE_CONFIG_FILE_H
#define PROVD_CORE_CONFIG_FILE_H

#include "config/report.h"

/** Largest file in bytes. */
#define PROVD_CONFIG_SIZE_MAX 1048576

/** A file that has been read. */
struct provd_config_file {
	char *text; /**< `len` bytes and a NUL */
	size_t len;
	char *dir;	   /**< absolute folder of the file */
	unsigned int mode; /**< permission bits */
};

/**
 * Reads a regular file of root or of this process' user that nobody else can write.
 * @param report lines go here; its `file` is the path that is read
 * @return 0, PROVD_E_CONFIG (too large), PROVD_E_CONFIG_ACCESS, PROVD_E_NOT_FOUND, PROVD_E_IO,
 *         PROVD_E_NOMEM
 */
int provd_config_file_read(struct provd_report *report, struct provd_config_file *out_file);

/** Wipes and frees. */
void provd_config_file_finish(struct provd_config_file *file);

#endif /* PROVD_CORE_CONFIG_FILE_H */
