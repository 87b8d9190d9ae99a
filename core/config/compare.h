/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file config/compare.h
 * @brief What a file that was read anew would change, and taking over what may change at run time.
 */
#ifndef PROVD_CORE_CONFIG_COMPARE_H
#define PROVD_CORE_CONFIG_COMPARE_H

#include "config/config.h"

#include <jansson.h>

/** Paths of options, as texts: "daemon.log.level", "hal[0].options.interface". */
struct provd_config_changes {
	json_t *changed;       /**< array, borrowed; rows with PROVD_OPTION_RELOAD are added */
	json_t *needs_restart; /**< array, borrowed; all other differences are added */
};

/**
 * Compares values, not texts: a default that is written down now is no difference. Entries of
 * "hal" and "methods" are compared in their order, which means something. Texts are compared in
 * constant time; no value is told.
 * @param fresh with the options of all plugins that run; plugins without options on either side are
 *              compared by name only
 * @return 0 or PROVD_E_NOMEM
 */
int provd_config_compare(const struct provd_config *running, const struct provd_config *fresh,
			 const struct provd_config_changes *changes);

/**
 * Swaps the values of all rows with PROVD_OPTION_RELOAD, which cannot fail. Pointers to `running`
 * and its options stay valid, texts, items and secrets of those rows do not: they are `fresh`'s now.
 * @param fresh compared before without anything that needs a restart; to be destroyed by the caller
 */
void provd_config_adopt(struct provd_config *running, struct provd_config *fresh);

/** The same for the options of one section or plugin. Either may be NULL: nothing happens. */
void provd_options_adopt(struct provd_options *running, struct provd_options *fresh);

#endif /* PROVD_CORE_CONFIG_COMPARE_H */
