/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file config/config.h
 * @brief The config file: strict JSON, validated by schema rows, all errors collected.
 */
#ifndef PROVD_CORE_CONFIG_H
#define PROVD_CORE_CONFIG_H

#include "config/options.h"

#include <stdio.h>

/** Where plugins are looked for when the config names no folder. */
#ifndef PROVD_DEFAULT_PLUGIN_DIR
#define PROVD_DEFAULT_PLUGIN_DIR "/usr/lib/provd"
#endif

/** Most errors that are collected. */
#define PROVD_CONFIG_ERRORS_MAX 50

/** One line each: "provd.json:14:16: methods[0].options.channel: expected integer 1 to 13, ..." */
struct provd_config_errors {
	size_t count;
	size_t dropped; /**< more than fit */
	char *lines[PROVD_CONFIG_ERRORS_MAX];
	/** Of each line; zeros when it is about the file as a whole. */
	struct provd_config_place {
		size_t line;
		size_t column;
	} places[PROVD_CONFIG_ERRORS_MAX];
};

/** Frees the lines. */
void provd_config_errors_finish(struct provd_config_errors *errors);

/** Puts the lines in the order of the file; of lines that are the same one stays. */
void provd_config_errors_sort(struct provd_config_errors *errors);

/** Prints the lines, and "and N more" when some were dropped. */
void provd_config_errors_print(FILE *out, const struct provd_config_errors *errors);

/** One entry of "hal", "methods", or the "cloud". */
struct provd_config_plugin {
	char *plugin;		       /**< its name, checked: no path */
	char *path;		       /**< where it is in the file: "methods[0]" */
	int required;		       /**< 0: the daemon goes on without it. Default 1 */
	struct provd_options *options; /**< NULL until provd_config_plugin_options */
};

/** One step of the plan. */
struct provd_config_step {
	const char **methods; /**< plugin names, each configured in "methods" */
	size_t method_count;
	uint64_t for_ms;
};

/** A config that has passed the checks of the core's own sections. */
struct provd_config {
	struct provd_options *daemon;	   /**< state_dir, run_dir, plugin_dirs, ... */
	struct provd_options *log;	   /**< daemon.log: level, format, personal, topics */
	struct provd_options *session;	   /**< deadlines: join_timeout, register_timeout, ... */
	struct provd_options *app_channel; /**< bind, port, peer and rate limits */
	struct provd_options *start;	   /**< policy, window, grace, presence */
	struct provd_options *networks;	   /**< max, commit, join, retry, resume_for */
	struct provd_options *store;	   /**< backend, key, key_file */
	struct provd_options *journal;	   /**< enabled, max_kib, max_sessions */
	struct provd_options **hooks;	   /**< on, run, timeout, each */
	size_t hook_count;
	struct provd_options *button; /**< NULL: none */
	struct provd_options *led;    /**< NULL: none */
	struct provd_config_plugin *hals;
	size_t hal_count;
	struct provd_config_plugin *methods;
	size_t method_count;
	struct provd_config_plugin *cloud; /**< NULL: none configured */
	struct provd_config_step *plan;	   /**< at least one step; default: all methods, no limit */
	size_t plan_count;
	int plan_given; /**< 0: the default one */
	char *path;	/**< of the file, as provd_config_load got it; NULL without a file */
	void *source;	/**< text, tree and locator, for later plugin errors */
};

/**
 * Reads and checks a file. It must be a regular file of root or the daemon's user that neither
 * group nor others can write to, of at most 1 MiB. A file that others can read is refused when it holds a secret (which
 * for plugin options is known only in provd_config_plugin_options).
 * @param out_config given (provd_config_destroy)
 * @param errors     zeroed by the caller; at least one line on failure
 * @return 0, PROVD_E_CONFIG, PROVD_E_CONFIG_ACCESS, PROVD_E_NOT_FOUND, PROVD_E_IO, PROVD_E_NOMEM
 */
int provd_config_load(const char *path, struct provd_config **out_config,
		      struct provd_config_errors *errors);

/**
 * The same, but a config with faults is given too when its text could be read, so that the options
 * of its plugins can be checked in the same go. Sections with faults have their defaults then, but
 * for `daemon.plugin_dirs`, which is kept; when that one is wrong `daemon` is NULL. Entries with
 * faults have no name. Such a config is not to be run.
 * @param out_config given with 0; with PROVD_E_CONFIG perhaps
 * @return as provd_config_load
 */
int provd_config_load_partly(const char *path, struct provd_config **out_config,
			     struct provd_config_errors *errors);

/** Frees, secrets wiped. NULL allowed. */
void provd_config_destroy(struct provd_config *config);

/**
 * Wipes and frees the file's text and tree; the options stay. To be called when the options of
 * all plugins have been read: the source still holds their secrets.
 */
void provd_config_forget_source(struct provd_config *config);

/**
 * Checks one plugin's options against its rows and fills `plugin->options`.
 * A secret in a file that group or others can read is refused, with the remedy in the line.
 * @param plugin an entry of `config`; options it already has are replaced
 * @param rows   the descriptor's table, `row_size` bytes apart
 * @return 0, PROVD_E_CONFIG, PROVD_E_CONFIG_ACCESS, PROVD_E_PLUGIN_DESCRIPTOR (the table),
 *         PROVD_E_STATE (after provd_config_forget_source), PROVD_E_NOMEM
 */
int provd_config_plugin_options(struct provd_config *config, struct provd_config_plugin *plugin,
				const struct provd_option *rows, size_t row_count, size_t row_size,
				struct provd_config_errors *errors);

/**
 * Adds a line for options that their plugin refused: file, line and column of the options (or of
 * the entry that has none), their path, and the plugin's words.
 * @param plugin an entry of `config`
 * @param words  control characters are shown as spaces
 * @return 0, PROVD_E_STATE (after provd_config_forget_source), PROVD_E_NOMEM, PROVD_E_INVALID
 */
int provd_config_plugin_refuse(const struct provd_config *config,
			       const struct provd_config_plugin *plugin, const char *words,
			       struct provd_config_errors *errors);

/**
 * Checks a schema table itself (names, defaults parse, choices, min <= max).
 * @return 0 or PROVD_E_PLUGIN_DESCRIPTOR with words that name the row
 */
int provd_schema_check(const struct provd_option *rows, size_t row_count, size_t row_size,
		       struct provd_error *err);

/** Validates options given as JSON text, without a file (tools, tests). "{}" gives defaults. */
int provd_options_parse(const char *json, const struct provd_option *rows, size_t row_count,
			size_t row_size, struct provd_options **out_options,
			struct provd_error *err);

/** Prints the core's sections as a table for people (`provd --print-options`). */
void provd_config_print_options(FILE *out);

/** Prints one plugin's rows in the same form. */
void provd_options_print(FILE *out, const char *title, const struct provd_option *rows,
			 size_t row_count, size_t row_size);

/** A plugin's rows, for the generators; borrowed. */
struct provd_schema_plugin {
	const char *name;
	uint32_t kind; /**< enum provd_plugin_kind */
	const struct provd_option *rows;
	size_t count;
	size_t row_size;
};

/**
 * Prints the reference of all sections and of the given plugins as Markdown
 * (`provd --print-reference`, conf/reference.md).
 * @param plugins sorted by the caller; may be NULL when `count` is 0
 */
void provd_config_print_reference(FILE *out, const struct provd_schema_plugin *plugins,
				  size_t count);

/**
 * Prints a JSON Schema (draft 2020-12) of the file for editors (`provd --print-schema`,
 * conf/provd.schema.json). Options of plugins that are not given are not checked by it.
 * @return 0 or PROVD_E_NOMEM
 */
int provd_config_print_schema(FILE *out, const struct provd_schema_plugin *plugins, size_t count);

#endif /* PROVD_CORE_CONFIG_H */
