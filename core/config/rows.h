/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file config/rows.h
 * @brief Tables of option rows and what they say in words.
 */
#ifndef PROVD_CORE_CONFIG_ROWS_H
#define PROVD_CORE_CONFIG_ROWS_H

#include <provd/plugin.h>

#include <stdio.h>

/** A table; `row_size` is the sender's sizeof(struct provd_option), at least ours. */
struct provd_rows {
	const struct provd_option *rows;
	size_t count;
	size_t row_size;
	const char *const *extra; /**< keys checked elsewhere, NULL-terminated; NULL: none */
};

/** Copies row `index`. */
struct provd_option provd_rows_get(const struct provd_rows *rows, size_t index);

/** @return all known keys, NULL-terminated, borrowed names; given (free the array); NULL: OOM */
const char **provd_rows_keys(const struct provd_rows *rows);

/** Writes what a value must be: "integer 1 to 13", "one of "a", "b"". */
void provd_row_print_expected(FILE *out, const struct provd_option *row);

/** Writes type and range in short for tables: "int 1..13", "a|b". */
void provd_row_print_type(FILE *out, const struct provd_option *row);

/** @return the choices as a NULL-terminated array, given (free); NULL: OOM */
char **provd_row_choices(const struct provd_option *row);

#endif /* PROVD_CORE_CONFIG_ROWS_H */
