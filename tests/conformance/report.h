/* SPDX-License-Identifier: Apache-2.0 */
/** @file report.h @brief Results as text for people, TAP 13 and JUnit XML. */
#ifndef CONF_REPORT_H
#define CONF_REPORT_H

#include "child.h"

#include <stdio.h>

struct conf_report {
	FILE *out;   /**< people or TAP */
	FILE *junit; /**< or NULL */
	int tap;
	const char *plugin;
	size_t passed;
	size_t failed;
	size_t skipped;
};

void conf_report_begin(struct conf_report *report);
void conf_report_add(struct conf_report *report, const struct conf_case *test,
		     const struct conf_result *result);
void conf_report_end(struct conf_report *report);

#endif /* CONF_REPORT_H */
