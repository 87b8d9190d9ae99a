/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file config/options_internal.h
 * @brief How option values are kept; only for the parts of core/config.
 */
#ifndef PROVD_CORE_OPTIONS_INTERNAL_H
#define PROVD_CORE_OPTIONS_INTERNAL_H

#include "config/options.h"

/** Value of one row. */
struct provd_option_value {
	char *name;
	uint32_t type;	/**< enum provd_option_type */
	uint32_t flags; /**< enum provd_option_flag */
	int given;	/**< the config gives it */
	int64_t number; /**< BOOL, INT, DURATION */
	char *text;	/**< TEXT, CHOICE, PATH; NULL when not set */
	char **items;	/**< lists */
	size_t count;
	struct provd_secret *secret;
};

struct provd_options {
	size_t count;
	struct provd_option_value values[];
};

/** @return options with `count` zeroed values, or NULL */
struct provd_options *provd_options_alloc(size_t count);

/** @return the value of that name, or NULL */
const struct provd_option_value *provd_options_find(const struct provd_options *options,
						    const char *name);

/** Wipes and frees what a value holds; the structure stays the caller's. */
void provd_option_value_finish(struct provd_option_value *value);

/**
 * Makes the entries of a list of paths absolute.
 * @param dir where relative ones start
 * @return 0 or PROVD_E_NOMEM
 */
int provd_options_resolve_items(struct provd_options *options, const char *name, const char *dir);

/** @return `path` put behind `dir` unless it is absolute or `dir` is NULL; given (free); NULL: OOM */
char *provd_path_join(const char *dir, const char *path);

#endif /* PROVD_CORE_OPTIONS_INTERNAL_H */
