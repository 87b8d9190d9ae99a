/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file daemon/catalog.h
 * @brief Prints every option and every failure there is: the core's and those of the plugins found
 * in folders.
 */
#ifndef PROVD_CORE_CATALOG_H
#define PROVD_CORE_CATALOG_H

#include <stddef.h>
#include <stdio.h>

enum provd_catalog_form {
	PROVD_CATALOG_OPTIONS,	 /**< a table for people */
	PROVD_CATALOG_REFERENCE, /**< a document */
	PROVD_CATALOG_SCHEMA,	 /**< a JSON Schema */
	PROVD_CATALOG_FAILURES	 /**< a document: what can go wrong, and how plugins word it */
};

struct provd_plugin;

/**
 * Prints to standard output. Plugins that are refused are named on standard error.
 * @param dirs folders to search; none: the compiled-in one
 * @return the exit status, enum provd_exit
 */
int provd_catalog_print(const char *const *dirs, size_t dir_count, enum provd_catalog_form form);

/** The document of failures (docs/failures.md). @param plugins with rows or without */
void provd_catalog_print_failures(FILE *out, struct provd_plugin *const *plugins, size_t count);

#endif /* PROVD_CORE_CATALOG_H */
