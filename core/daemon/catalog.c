/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/catalog.h"

#include "daemon/daemon.h"
#include "plugin/plugin.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

struct catalog {
	struct provd_plugin **plugins;
	size_t count;
};

static int is_plugin_file(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 3 && strcmp(entry->d_name + len - 3, ".so") == 0;
}

static int add_file(struct catalog *catalog, const char *dir, const char *file)
{
	struct provd_error err = {.size = sizeof(err)};
	struct provd_plugin **plugins;
	struct provd_plugin *plugin = NULL;
	char path[4096];
	int len = snprintf(path, sizeof(path), "%s/%s", dir, file);

	if (len < 0 || (size_t)len >= sizeof(path))
		return PROVD_E_LIMIT;
	if (provd_plugin_load_file(path, 0, &plugin, &err) != 0) {
		(void)fprintf(stderr, "provd: %s\n", err.text);
		return 0;
	}
	plugins = realloc(catalog->plugins, (catalog->count + 1) * sizeof(*plugins));
	if (!plugins) {
		provd_plugin_unload(plugin, 0);
		return PROVD_E_NOMEM;
	}
	catalog->plugins = plugins;
	catalog->plugins[catalog->count++] = plugin;
	return 0;
}

static int add_dir(struct catalog *catalog, const char *dir, int required)
{
	struct dirent **entries = NULL;
	int count = scandir(dir, &entries, is_plugin_file, alphasort);
	int code = 0;

	if (count < 0) {
		(void)fprintf(stderr, "provd: %scannot read the folder %s%s\n",
			      required ? "" : "warning: ", dir,
			      required ? "" : "; only what the core has is shown");
		return required ? PROVD_E_NOT_FOUND : 0;
	}
	for (int i = 0; i < count; i++) {
		if (code == 0)
			code = add_file(catalog, dir, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return code;
}

static int by_kind(const void *a, const void *b)
{
	const struct provd_plugin *const *left = a;
	const struct provd_plugin *const *right = b;
	const uint32_t kinds[] = {(*left)->descriptor.kind, (*right)->descriptor.kind};

	if (kinds[0] != kinds[1])
		return kinds[0] < kinds[1] ? -1 : 1;
	return strcmp((*left)->descriptor.name, (*right)->descriptor.name);
}

static void print_options(const struct catalog *catalog)
{
	provd_config_print_options(stdout);
	for (size_t i = 0; i < catalog->count; i++) {
		const struct provd_plugin_descriptor *descriptor = &catalog->plugins[i]->descriptor;

		provd_options_print(stdout, descriptor->name, descriptor->options,
				    descriptor->option_count, descriptor->option_size);
	}
}

static int print_generated(const struct catalog *catalog, enum provd_catalog_form form)
{
	struct provd_schema_plugin *rows = calloc(catalog->count + 1, sizeof(*rows));
	int code = 0;

	if (!rows)
		return PROVD_E_NOMEM;
	for (size_t i = 0; i < catalog->count; i++) {
		const struct provd_plugin_descriptor *descriptor = &catalog->plugins[i]->descriptor;

		rows[i].name = descriptor->name;
		rows[i].kind = descriptor->kind;
		rows[i].rows = descriptor->options;
		rows[i].count = descriptor->option_count;
		rows[i].row_size = descriptor->option_size;
	}
	if (form == PROVD_CATALOG_REFERENCE)
		provd_config_print_reference(stdout, rows, catalog->count);
	else
		code = provd_config_print_schema(stdout, rows, catalog->count);
	free(rows);
	return code;
}

int provd_catalog_print(const char *const *dirs, size_t dir_count, enum provd_catalog_form form)
{
	static const char *const standard[] = {PROVD_DEFAULT_PLUGIN_DIR};
	struct catalog catalog = {0};
	int required = dir_count > 0;
	int code = 0;

	if (dir_count == 0) {
		dirs = standard;
		dir_count = 1;
	}
	for (size_t i = 0; i < dir_count && code == 0; i++)
		code = add_dir(&catalog, dirs[i], required);
	if (catalog.count)
		qsort(catalog.plugins, catalog.count, sizeof(*catalog.plugins), by_kind);
	if (code == 0 && form == PROVD_CATALOG_OPTIONS)
		print_options(&catalog);
	else if (code == 0 && form == PROVD_CATALOG_FAILURES)
		provd_catalog_print_failures(stdout, catalog.plugins, catalog.count);
	else if (code == 0)
		code = print_generated(&catalog, form);
	for (size_t i = 0; i < catalog.count; i++)
		provd_plugin_unload(catalog.plugins[i], 0);
	free(catalog.plugins);
	return code ? PROVD_EXIT_FAILURE : PROVD_EXIT_OK;
}
