/* SPDX-License-Identifier: Apache-2.0 */
/* The configured plugins: loaded, their options checked, their instances made. */
#include "daemon/daemon_internal.h"

#include <stdlib.h>
#include <string.h>

size_t provd__plugin_entries(const struct provd_config *config)
{
	return config->hal_count + config->method_count + (config->cloud ? 1 : 0);
}

static int plugin_dirs(const struct provd_config *config, const char **dirs, size_t max)
{
	size_t count = provd_options_count(config->daemon, "plugin_dirs");

	if (count > max)
		count = max;
	for (size_t i = 0; i < count; i++)
		dirs[i] = provd_options_item(config->daemon, "plugin_dirs", i);
	return (int)count;
}

void provd__note_fault(struct telling *telling, int code, int exit_status)
{
	if (telling->code == 0)
		telling->code = code;
	if (telling->exit_status != PROVD_EXIT_CONFIG)
		telling->exit_status = exit_status;
}

/* Loads one plugin and checks its options. */
static void load_one(struct provd_daemon *daemon, struct provd_config_plugin *entry, uint32_t kind,
		     struct telling *telling)
{
	struct loaded *loaded;
	struct provd_error err = {.size = sizeof(err)};
	const char *dirs[16];
	int dir_count = plugin_dirs(daemon->config, dirs, 16);
	int code;

	/* The entry has a fault that has been told. */
	if (!entry->plugin)
		return;
	loaded = &daemon->loaded[daemon->loaded_count++];
	loaded->entry = entry;
	loaded->kind = kind;
	code = provd_plugin_load(entry->plugin, dirs, (size_t)dir_count, kind, &loaded->plugin,
				 &err);
	if (code) {
		(void)fprintf(telling->messages, "provd: %s: %s\n",
			      entry->required ? "error" : "warning", err.text);
		(void)snprintf(loaded->reason, sizeof(loaded->reason), "%s", err.text);
		if (entry->required)
			provd__note_fault(telling, code, PROVD_EXIT_PLUGIN);
		return;
	}
	code = provd_config_plugin_options(daemon->config, entry,
					   loaded->plugin->descriptor.options,
					   loaded->plugin->descriptor.option_count,
					   loaded->plugin->descriptor.option_size, telling->errors);
	if (code)
		provd__note_fault(telling, code, PROVD_EXIT_CONFIG);
}

void provd__plugins_load(struct provd_daemon *daemon, struct telling *telling)
{
	struct provd_config *config = daemon->config;

	/* Where the plugins are is not known. */
	if (!config->daemon)
		return;
	daemon->loaded = calloc(provd__plugin_entries(config) + 1, sizeof(*daemon->loaded));
	if (!daemon->loaded) {
		provd__note_fault(telling, PROVD_E_NOMEM, PROVD_EXIT_FAILURE);
		return;
	}
	for (size_t i = 0; i < config->hal_count; i++)
		load_one(daemon, &config->hals[i], PROVD_PLUGIN_HAL, telling);
	for (size_t i = 0; i < config->method_count; i++)
		load_one(daemon, &config->methods[i], PROVD_PLUGIN_METHOD, telling);
	if (config->cloud)
		load_one(daemon, config->cloud, PROVD_PLUGIN_CLOUD, telling);
}

/* Instances */

/* Tells that a plugin refused its options, by their place in the file. */
static void tell_refusal(struct provd_daemon *daemon, struct loaded *loaded, int code,
			 const char *words, struct telling *telling)
{
	struct provd_config_errors warnings = {0};
	int required = loaded->entry->required;
	int told = provd_config_plugin_refuse(daemon->config, loaded->entry, words,
					      required ? telling->errors : &warnings);

	(void)snprintf(loaded->reason, sizeof(loaded->reason),
		       "plugin '%s' could not start: %.150s", loaded->entry->plugin, words);
	if (told != 0)
		(void)fprintf(telling->messages, "provd: %s: %s\n", required ? "error" : "warning",
			      loaded->reason);
	for (size_t i = 0; i < warnings.count; i++)
		(void)fprintf(telling->messages, "provd: warning: %s\n", warnings.lines[i]);
	provd_config_errors_finish(&warnings);
	if (required)
		provd__note_fault(telling, code,
				  code == PROVD_E_CONFIG ? PROVD_EXIT_CONFIG : PROVD_EXIT_PLUGIN);
}

static void add_instance(struct provd_daemon *daemon, struct loaded *loaded,
			 struct telling *telling)
{
	struct provd_error err = {.size = sizeof(err)};
	struct provd_options *options = loaded->entry->options;
	int required = loaded->entry->required;
	int code = 0;

	if (!loaded->plugin || !options)
		return;
	if (loaded->kind == PROVD_PLUGIN_HAL)
		code = provd_radio_add(daemon->radio, loaded->plugin, options, required, &err);
	else if (loaded->kind == PROVD_PLUGIN_METHOD)
		code = provd_engine_add_method(daemon->engine, loaded->plugin, options, required,
					       &err);
	else
		code = provd_engine_set_cloud(daemon->engine, loaded->plugin, options, &err);
	if (code)
		tell_refusal(daemon, loaded, code, err.text[0] ? err.text : provd_err_text(code),
			     telling);
}

void provd__plugins_create(struct provd_daemon *daemon, struct telling *telling)
{
	for (size_t i = 0; i < daemon->loaded_count; i++)
		add_instance(daemon, &daemon->loaded[i], telling);
}
