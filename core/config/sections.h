/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file config/sections.h
 * @brief The option rows of the core's own sections.
 */
#ifndef PROVD_CORE_CONFIG_SECTIONS_H
#define PROVD_CORE_CONFIG_SECTIONS_H

#include "config/rows.h"

/** The sections, in the order of the reference. */
enum provd_section {
	PROVD_SECTION_DAEMON = 0,
	PROVD_SECTION_LOG,
	PROVD_SECTION_SESSION,
	PROVD_SECTION_APP_CHANNEL,
	PROVD_SECTION_START,
	PROVD_SECTION_NETWORKS,
	PROVD_SECTION_STORE,
	PROVD_SECTION_JOURNAL,
	PROVD_SECTION_HOOK, /**< an entry of "hooks" */
	PROVD_SECTION_BUTTON,
	PROVD_SECTION_LED,
	PROVD_SECTION_ENTRY, /**< an entry of "hal" or "methods", or "cloud" */
	PROVD_SECTION_STEP,  /**< an entry of "plan" */
	PROVD_SECTION_ROOT,  /**< no rows, only the names of the sections */
	PROVD_SECTION_COUNT
};

/** Most entries of "hal", "methods", "plan" and "hooks", each. */
#define PROVD_SECTION_ENTRIES_MAX 32

/** A section with its words. */
struct provd_section_info {
	const char *title;   /**< "daemon.log" */
	const char *summary; /**< one sentence */
	struct provd_rows rows;
};

/** @return constant data */
const struct provd_section_info *provd_section_get(enum provd_section section);

#endif /* PROVD_CORE_CONFIG_SECTIONS_H */
