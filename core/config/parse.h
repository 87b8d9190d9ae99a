/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file config/parse.h
 * @brief JSON text to a tree, strictly; faults become lines.
 */
#ifndef PROVD_CORE_CONFIG_PARSE_H
#define PROVD_CORE_CONFIG_PARSE_H

#include "config/report.h"

#include <jansson.h>

/**
 * Reads the text of `report`. Duplicate keys, NUL and deep nesting are refused, and so is
 * anything but an object. No part of the text is repeated in a line: it may be a secret.
 * @param out_root given (json_decref)
 * @return 0, PROVD_E_CONFIG (a line was added), PROVD_E_NOMEM
 */
int provd_parse_text(struct provd_report *report, json_t **out_root);

#endif /* PROVD_CORE_CONFIG_PARSE_H */
