/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file config/validate.h
 * @brief Checks one JSON object against a table of rows and makes its values.
 */
#ifndef PROVD_CORE_CONFIG_VALIDATE_H
#define PROVD_CORE_CONFIG_VALIDATE_H

#include "config/options_internal.h"
#include "config/report.h"
#include "config/rows.h"

#include <jansson.h>

/** The only unknown key that is tolerated, for comments. */
#define PROVD_CONFIG_COMMENT_KEY "//"

/** What the checks of one text share. */
struct provd_validate {
	struct provd_report *report;
	const char *dir; /**< where relative paths start; NULL: they stay relative */
};

/**
 * Checks an object; every fault becomes a line.
 * @param object borrowed; NULL: an empty one (defaults)
 * @return 0, PROVD_E_CONFIG (lines were added), PROVD_E_NOMEM
 */
int provd_validate_object(const struct provd_validate *in, const json_t *object,
			  const struct provd_path *path, const struct provd_rows *rows,
			  struct provd_options **out_options);

/**
 * Checks one value and keeps it.
 * @param out_value zeroed; on failure it may be half filled (provd_option_value_finish)
 * @return as provd_validate_object
 */
int provd_validate_value(const struct provd_validate *in, const json_t *json,
			 const struct provd_path *path, const struct provd_option *row,
			 struct provd_option_value *out_value);

/**
 * Adds "expected object, got a list"; values are not shown.
 * @param wanted "object", "list"
 * @return PROVD_E_CONFIG
 */
int provd_validate_refuse(const struct provd_validate *in, const json_t *json,
			  const struct provd_path *path, const char *wanted);

/** Wipes every text of a tree, bounded by PROVD_CONFIG_DEPTH_MAX. NULL allowed. */
void provd_validate_wipe(json_t *json);

#endif /* PROVD_CORE_CONFIG_VALIDATE_H */
