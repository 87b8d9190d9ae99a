/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that fill a config share: build.c (sections, entries), build_plan.c, build_board.c (hooks, button,
 * LED, store). */
#ifndef PROVD_CORE_CONFIG_BUILD_INTERNAL_H
#define PROVD_CORE_CONFIG_BUILD_INTERNAL_H

#include "config/build.h"
#include "config/sections.h"

struct build {
	const struct provd_validate *in;
	const json_t *root;
	struct provd_config *config;
	int result;
	int methods_known; /* every method has a name that is valid */
};

/* Keeps the first fault, but want of memory over all. @return err */
int provd__build_note(struct build *b, int err);

/* Adds a line with a text of the file in quotes. @return a code */
int provd__build_refuse(struct build *b, const struct provd_path *path, const char *before,
			const char *text, const char *after);

/* Adds a line. @return PROVD_E_CONFIG */
int provd__build_fault(struct build *b, const struct provd_path *path, const char *text);

/* Checks one section; *out_options stays NULL when it has faults. */
void provd__build_section(struct build *b, enum provd_section section, const json_t *json,
			  const struct provd_path *path, struct provd_options **out_options);

/* Checks that a member is a list of at most PROVD_SECTION_ENTRIES_MAX. @return its length or 0 */
size_t provd__build_list(struct build *b, const json_t *json, const struct provd_path *path);

/* build_plan.c */
void provd__build_plan(struct build *b);

/* build_board.c: the sections that describe store, hooks, button and LED. */
void provd__build_board(struct build *b);

#endif /* PROVD_CORE_CONFIG_BUILD_INTERNAL_H */
