/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file config/report.h
 * @brief Collects error lines with file, line, column and path.
 */
#ifndef PROVD_CORE_CONFIG_REPORT_H
#define PROVD_CORE_CONFIG_REPORT_H

#include "config/config.h"
#include "config/locate.h"

/** Where lines go and what text they are about; all borrowed. */
struct provd_report {
	const char *file; /**< as the user gave it; NULL: lines start with the line number */
	const char *text; /**< NULL: lines have no position */
	size_t len;
	struct provd_config_errors *errors;
	int nomem; /**< a line was lost for want of memory */
};

/**
 * Adds "file:line:column: path: message". When the path is not in the text (a member is missing),
 * the nearest thing around it is pointed at.
 */
void provd_report_add(struct provd_report *report, const struct provd_path *path,
		      enum provd_locate_what what, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/** The same for a position that is known. `path` may be NULL. */
void provd_report_add_at(struct provd_report *report, const struct provd_position *position,
			 const char *format, ...) __attribute__((format(printf, 3, 4)));

/** Writes "methods[0].options.channel"; nothing for the root. */
void provd_path_print(FILE *out, const struct provd_path *path);

#endif /* PROVD_CORE_CONFIG_REPORT_H */
