/* SPDX-License-Identifier: Apache-2.0 */
/* Config files in a temporary folder, for the tests of core/config. */
#ifndef PROVD_TEST_CONFIG_FILES_H
#define PROVD_TEST_CONFIG_FILES_H

#include "config/config.h"

#include <stddef.h>

/* Criterion's comparing macros convert int to a bit-field. */
#pragma GCC diagnostic ignored "-Wconversion"

/** A folder with one file. */
struct config_file {
	char dir[64];
	char path[96];
};

/** Writes `text` to a new file with permission bits `mode`. Aborts when it cannot. */
void config_file_write(struct config_file *file, const void *text, size_t len, unsigned int mode);

/** Removes both. */
void config_file_remove(struct config_file *file);

/** Loads JSON text from a file of mode 0600 that is gone afterwards. */
int config_load_text(const void *text, size_t len, struct provd_config **out_config,
		     struct provd_config_errors *errors);

/** @return the line behind its "path:", or NULL when it does not start with one */
const char *config_line_rest(const char *line);

/** Rows of an invented plugin with every type of option. */
extern const struct provd_option config_test_rows[];
extern const size_t config_test_row_count;

#endif
