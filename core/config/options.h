/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file config/options.h
 * @brief Validated option values of one section or plugin, read by name.
 *
 * Made by config/config.h from schema rows (struct provd_option). Every row has a value: the one
 * given, its default, or "not set".
 */
#ifndef PROVD_CORE_OPTIONS_H
#define PROVD_CORE_OPTIONS_H

#include <provd/plugin.h>

struct provd_options;

/** Wipes secrets and frees. NULL allowed. */
void provd_options_destroy(struct provd_options *options);

/* As the option_* functions of struct provd_host. Unknown names read as "not set". */
const char *provd_options_text(const struct provd_options *options, const char *name);
int64_t provd_options_int(const struct provd_options *options, const char *name);
size_t provd_options_count(const struct provd_options *options, const char *name);
const char *provd_options_item(const struct provd_options *options, const char *name, size_t index);
const struct provd_secret *provd_options_secret(const struct provd_options *options,
						const char *name);

/** 1 when the config gives the option, 0 when it is the default or not set. */
int provd_options_given(const struct provd_options *options, const char *name);

#endif /* PROVD_CORE_OPTIONS_H */
