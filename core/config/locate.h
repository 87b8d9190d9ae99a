/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file config/locate.h
 * @brief Finds the line and column of a value or key in JSON text.
 *
 * Jansson keeps no positions of values. This is a pass over the text that Jansson has accepted;
 * on other text it is memory safe and says "not found".
 */
#ifndef PROVD_CORE_CONFIG_LOCATE_H
#define PROVD_CORE_CONFIG_LOCATE_H

#include <stddef.h>

/** Deepest nesting of objects and lists that a config may have. */
#define PROVD_CONFIG_DEPTH_MAX 32

/** One step of the way to a value; the root has no steps (NULL). Usually on the stack. */
struct provd_path {
	const struct provd_path *parent;
	const char *key; /**< member of an object; NULL: `index` counts in a list */
	size_t index;
};

/** Both from 1; the column counts UTF-8 characters, a tab is one. */
struct provd_position {
	size_t line;
	size_t column;
};

/** What of a path is looked for. */
enum provd_locate_what {
	PROVD_LOCATE_VALUE = 0,
	PROVD_LOCATE_KEY = 1 /**< the name before the value; for list entries the value */
};

/**
 * @param text UTF-8 JSON, `len` bytes
 * @return 0, PROVD_E_NOT_FOUND
 */
int provd_locate(const char *text, size_t len, const struct provd_path *path,
		 enum provd_locate_what what, struct provd_position *out_position);

/** Line and column of byte `offset`. */
struct provd_position provd_locate_offset(const char *text, size_t len, size_t offset);

/**
 * Checks the nesting of text that may not be valid JSON.
 * @param out_offset where the first bracket beyond `max` is
 * @return 0, PROVD_E_LIMIT
 */
int provd_locate_depth(const char *text, size_t len, size_t max, size_t *out_offset);

#endif /* PROVD_CORE_CONFIG_LOCATE_H */
