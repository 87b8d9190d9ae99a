/* SPDX-License-Identifier: Apache-2.0 */
#include "config/build.h"
#include "config/file.h"
#include "config/parse.h"

#include <stdlib.h>
#include <string.h>

#define OTHERS_MASK 077u

/* Kept until all plugins have their options. */
struct source {
	char *name; /**< of the file, as the user gave it */
	struct provd_config_file file;
	json_t *root;
};

static void source_destroy(struct source *source)
{
	if (source == NULL)
		return;
	provd_validate_wipe(source->root);
	json_decref(source->root);
	provd_config_file_finish(&source->file);
	free(source->name);
	free(source);
}

static struct provd_report report_of(const struct source *source,
				     struct provd_config_errors *errors)
{
	struct provd_report report = {source->name, source->file.text, source->file.len, errors, 0};

	return report;
}

static int load(struct source *source, struct provd_config *config,
		struct provd_config_errors *errors)
{
	struct provd_report report = report_of(source, errors);
	struct provd_validate in = {&report, NULL};
	int result;

	result = provd_config_file_read(&report, &source->file);
	if (result != 0)
		return report.nomem ? PROVD_E_NOMEM : result;
	report.text = source->file.text;
	report.len = source->file.len;
	in.dir = source->file.dir;
	result = provd_parse_text(&report, &source->root);
	if (result != 0)
		return result;
	return provd_config_build(&in, source->root, config);
}

static void report_nomem(const char *path, struct provd_config_errors *errors)
{
	struct provd_report report = {path, NULL, 0, errors, 0};

	if (errors->count == 0)
		provd_report_add_at(&report, NULL, "%s", provd_err_text(PROVD_E_NOMEM));
}

int provd_config_load_partly(const char *path, struct provd_config **out_config,
			     struct provd_config_errors *errors)
{
	struct provd_config *config = calloc(1, sizeof(*config));
	struct source *source = calloc(1, sizeof(*source));
	int result = PROVD_E_NOMEM;

	if (config == NULL || source == NULL)
		goto out;
	source->name = strdup(path);
	config->path = strdup(path);
	if (source->name == NULL || config->path == NULL)
		goto out;
	result = load(source, config, errors);
	if (result == 0 || (result == PROVD_E_CONFIG && source->root != NULL)) {
		config->source = source;
		*out_config = config;
		return result;
	}
out:
	if (result == PROVD_E_NOMEM)
		report_nomem(path, errors);
	provd_config_destroy(config);
	source_destroy(source);
	return result;
}

int provd_config_load(const char *path, struct provd_config **out_config,
		      struct provd_config_errors *errors)
{
	struct provd_config *config = NULL;
	int result = provd_config_load_partly(path, &config, errors);

	if (result == 0)
		*out_config = config;
	else
		provd_config_destroy(config);
	return result;
}

void provd_config_forget_source(struct provd_config *config)
{
	source_destroy(config->source);
	config->source = NULL;
}

static void entries_destroy(struct provd_config_plugin *entries, size_t count)
{
	for (size_t i = 0; i < count; i++)
		provd_config_plugin_finish(&entries[i]);
	free(entries);
}

static void plan_destroy(struct provd_config_step *plan, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < plan[i].method_count; k++)
			free((void *)plan[i].methods[k]);
		free(plan[i].methods);
	}
	free(plan);
}

void provd_config_destroy(struct provd_config *config)
{
	if (config == NULL)
		return;
	provd_options_destroy(config->daemon);
	provd_options_destroy(config->log);
	provd_options_destroy(config->session);
	provd_options_destroy(config->app_channel);
	provd_options_destroy(config->start);
	provd_options_destroy(config->networks);
	provd_options_destroy(config->store);
	provd_options_destroy(config->journal);
	for (size_t i = 0; i < config->hook_count; i++)
		provd_options_destroy(config->hooks[i]);
	free(config->hooks);
	provd_options_destroy(config->button);
	provd_options_destroy(config->led);
	entries_destroy(config->hals, config->hal_count);
	entries_destroy(config->methods, config->method_count);
	entries_destroy(config->cloud, config->cloud != NULL ? 1 : 0);
	plan_destroy(config->plan, config->plan_count);
	provd_config_forget_source(config);
	free(config->path);
	free(config);
}

/* Where an entry is in the file: its list (or "cloud") and, in a list, its number. */
struct place {
	struct provd_path section;
	struct provd_path entry;
	struct provd_path options;
	const json_t *json; /**< of the options; NULL: not given */
};

static int in_list(const struct provd_config_plugin *plugin,
		   const struct provd_config_plugin *entries, size_t count, size_t *out_index)
{
	for (size_t i = 0; i < count; i++) {
		if (&entries[i] == plugin) {
			*out_index = i;
			return 1;
		}
	}
	return 0;
}

static int find_place(const struct provd_config *config, const struct provd_config_plugin *plugin,
		      struct place *place)
{
	const struct source *source = config->source;
	const json_t *json;
	size_t index = 0;

	memset(place, 0, sizeof(*place));
	if (in_list(plugin, config->hals, config->hal_count, &index))
		place->section.key = "hal";
	else if (in_list(plugin, config->methods, config->method_count, &index))
		place->section.key = "methods";
	else if (plugin == config->cloud)
		place->section.key = "cloud";
	else
		return PROVD_E_INVALID;
	json = json_object_get(source->root, place->section.key);
	place->options.key = "options";
	place->options.parent = &place->section;
	if (plugin != config->cloud) {
		json = json_array_get(json, index);
		place->entry.parent = &place->section;
		place->entry.index = index;
		place->options.parent = &place->entry;
	}
	place->json = json_object_get(json, "options");
	return 0;
}

int provd_config_plugin_refuse(const struct provd_config *config,
			       const struct provd_config_plugin *plugin, const char *words,
			       struct provd_config_errors *errors)
{
	struct provd_report report;
	struct place place;
	char *line;
	int result;

	if (config->source == NULL)
		return PROVD_E_STATE;
	result = find_place(config, plugin, &place);
	if (result != 0)
		return result;
	line = strdup(words);
	if (line == NULL)
		return PROVD_E_NOMEM;
	for (char *at = line; *at != '\0'; at++) {
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			*at = ' ';
	}
	report = report_of(config->source, errors);
	provd_report_add(&report, &place.options, PROVD_LOCATE_VALUE, "%s", line);
	free(line);
	return report.nomem ? PROVD_E_NOMEM : 0;
}

/* Refuses secrets that group or others can read. */
static int check_secrets(const struct source *source, struct provd_report *report,
			 const struct place *place, const struct provd_rows *rows)
{
	int result = 0;

	if ((source->file.mode & OTHERS_MASK) == 0)
		return 0;
	for (size_t i = 0; i < rows->count; i++) {
		struct provd_option row = provd_rows_get(rows, i);
		struct provd_path path = {&place->options, row.name, 0};

		if ((row.flags & PROVD_OPTION_SECRET) == 0 ||
		    json_object_get(place->json, row.name) == NULL)
			continue;
		provd_report_add(report, &path, PROVD_LOCATE_VALUE,
				 "a secret, but group or others can use the file (mode %04o); "
				 "run: chmod 600 %s",
				 source->file.mode, source->name);
		result = PROVD_E_CONFIG_ACCESS;
	}
	return result;
}

int provd_config_plugin_options(struct provd_config *config, struct provd_config_plugin *plugin,
				const struct provd_option *rows, size_t row_count, size_t row_size,
				struct provd_config_errors *errors)
{
	struct provd_rows table = {rows, row_count, row_size, NULL};
	const struct source *source = config->source;
	struct provd_error err = {.size = sizeof(err)};
	struct provd_options *options = NULL;
	struct provd_report report;
	struct provd_validate in;
	struct place place;
	int access;
	int result;

	if (source == NULL)
		return PROVD_E_STATE;
	result = find_place(config, plugin, &place);
	if (result != 0)
		return result;
	report = report_of(source, errors);
	result = provd_schema_check(rows, row_count, row_size, &err);
	if (result == PROVD_E_PLUGIN_DESCRIPTOR)
		provd_report_add(&report, &place.section, PROVD_LOCATE_VALUE,
				 "the option table of plugin '%s' is not valid: %s", plugin->plugin,
				 err.text);
	if (result != 0)
		return result;
	in.report = &report;
	in.dir = source->file.dir;
	result = provd_validate_object(&in, place.json, &place.options, &table, &options);
	access = check_secrets(source, &report, &place, &table);
	if (report.nomem)
		result = PROVD_E_NOMEM;
	else if (access != 0)
		result = access;
	if (result != 0) {
		provd_options_destroy(options);
		return result;
	}
	provd_options_destroy(plugin->options);
	plugin->options = options;
	return 0;
}
