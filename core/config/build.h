/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file config/build.h
 * @brief Fills a struct provd_config from a tree.
 */
#ifndef PROVD_CORE_CONFIG_BUILD_H
#define PROVD_CORE_CONFIG_BUILD_H

#include "config/validate.h"

/**
 * Checks all sections, entries and the plan; goes on after faults, to find them all.
 * @param config zeroed; on failure half filled (provd_config_destroy)
 * @return 0, PROVD_E_CONFIG, PROVD_E_NOMEM
 */
int provd_config_build(const struct provd_validate *in, const json_t *root,
		       struct provd_config *config);

/** Frees an entry's contents. */
void provd_config_plugin_finish(struct provd_config_plugin *plugin);

#endif /* PROVD_CORE_CONFIG_BUILD_H */
