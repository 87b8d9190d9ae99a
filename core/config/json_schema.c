/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON Schema for editors (draft 2020-12). It says what it can of the rows; the daemon's own
 * checks are the ones that count (ranges of durations, names in the plan).
 */
#include "config/config.h"
#include "config/sections.h"
#include "config/validate.h"

#include <stdlib.h>
#include <string.h>

#define DURATION_PATTERN "^(?=.)([0-9]+h)?([0-9]+m(?!s))?([0-9]+s)?([0-9]+ms)?$"
#define NAME_PATTERN	 "^[a-z][a-z0-9-]{0,31}$"

/* All setters take the new value, also on failure; one failure is remembered for the end. */
struct builder {
	int failed;
};

static void put(struct builder *b, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		b->failed = 1;
}

static void push(struct builder *b, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) != 0)
		b->failed = 1;
}

static json_t *choices_json(struct builder *b, const struct provd_option *row)
{
	char **choices = provd_row_choices(row);
	json_t *list = json_array();

	if (choices == NULL)
		b->failed = 1;
	for (size_t i = 0; choices != NULL && choices[i] != NULL; i++)
		push(b, list, json_string(choices[i]));
	free(choices);
	return list;
}

static void put_range(struct builder *b, json_t *schema, const struct provd_option *row,
		      const char *low, const char *high)
{
	if (row->min == 0 && row->max == 0)
		return;
	put(b, schema, low, json_integer(row->min));
	put(b, schema, high, json_integer(row->max));
}

static json_t *list_json(struct builder *b, const struct provd_option *row, const char *type)
{
	json_t *schema = json_pack("{s:s, s:{s:s}}", "type", "array", "items", "type", type);

	put_range(b, schema, row, "minItems", "maxItems");
	return schema;
}

static json_t *text_json(struct builder *b, const struct provd_option *row)
{
	json_t *schema = json_pack("{s:s}", "type", "string");

	/* Rows count bytes and JSON Schema characters: only the upper bound holds for both. */
	if (row->max != 0)
		put(b, schema, "maxLength", json_integer(row->max));
	if (row->min > 0)
		put(b, schema, "minLength", json_integer(1));
	return schema;
}

static json_t *type_json(struct builder *b, const struct provd_option *row)
{
	json_t *schema = NULL;

	switch ((enum provd_option_type)row->type) {
	case PROVD_OPTION_BOOL:
		return json_pack("{s:s}", "type", "boolean");
	case PROVD_OPTION_INT:
		schema = json_pack("{s:s}", "type", "integer");
		put_range(b, schema, row, "minimum", "maximum");
		return schema;
	case PROVD_OPTION_TEXT:
		return text_json(b, row);
	case PROVD_OPTION_CHOICE:
		return json_pack("{s:o}", "enum", choices_json(b, row));
	case PROVD_OPTION_DURATION:
		return json_pack("{s:s}", "$ref", "#/$defs/duration");
	case PROVD_OPTION_PATH:
		return json_pack("{s:s, s:i}", "type", "string", "minLength", 1);
	case PROVD_OPTION_TEXT_LIST:
		return list_json(b, row, "string");
	case PROVD_OPTION_OBJECT_LIST:
		return list_json(b, row, "object");
	}
	return schema;
}

static json_t *row_json(struct builder *b, const struct provd_option *row)
{
	json_t *schema = type_json(b, row);

	put(b, schema, "description", json_string(row->help));
	if (row->def != NULL)
		put(b, schema, "default", json_loads(row->def, JSON_DECODE_ANY, NULL));
	if ((row->flags & PROVD_OPTION_SECRET) != 0)
		put(b, schema, "writeOnly", json_true());
	return schema;
}

/* An object with the rows as members; "properties" is there for more to be added. */
static json_t *rows_json(struct builder *b, const struct provd_rows *rows, const char *description)
{
	json_t *schema = json_pack("{s:s}", "type", "object");
	json_t *properties = json_object();
	json_t *required = json_array();

	if (description != NULL)
		put(b, schema, "description", json_string(description));
	put(b, properties, PROVD_CONFIG_COMMENT_KEY,
	    json_pack("{s:s}", "description", "A comment; anything is allowed."));
	for (size_t i = 0; i < rows->count; i++) {
		struct provd_option row = provd_rows_get(rows, i);

		put(b, properties, row.name, row_json(b, &row));
		if ((row.flags & PROVD_OPTION_REQUIRED) != 0)
			push(b, required, json_string(row.name));
	}
	put(b, schema, "properties", properties);
	if (json_array_size(required) > 0)
		put(b, schema, "required", required);
	else
		json_decref(required);
	put(b, schema, "additionalProperties", json_false());
	return schema;
}

static json_t *section_json(struct builder *b, enum provd_section section)
{
	const struct provd_section_info *info = provd_section_get(section);

	return rows_json(b, &info->rows, info->summary);
}

static const char *kind_name(uint32_t kind)
{
	switch ((enum provd_plugin_kind)kind) {
	case PROVD_PLUGIN_METHOD:
		return "method";
	case PROVD_PLUGIN_HAL:
		return "hal";
	case PROVD_PLUGIN_CLOUD:
		return "cloud";
	}
	return "plugin";
}

static int needs_options(const struct provd_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		if ((provd_rows_get(rows, i).flags & PROVD_OPTION_REQUIRED) != 0)
			return 1;
	}
	return 0;
}

/* {"if": the plugin has this name, "then": its options are these} */
static json_t *choice_json(struct builder *b, const struct provd_schema_plugin *plugin)
{
	struct provd_rows rows = {plugin->rows, plugin->count, plugin->row_size, NULL};
	json_t *reference = json_sprintf("#/$defs/%s-%s", kind_name(plugin->kind), plugin->name);
	json_t *choice = json_pack("{s:{s:{s:{s:s}}, s:[s]}, s:{s:{s:{s:o}}}}", "if", "properties",
				   "plugin", "const", plugin->name, "required", "plugin", "then",
				   "properties", "options", "$ref", reference);

	if (needs_options(&rows))
		put(b, json_object_get(choice, "then"), "required", json_pack("[s]", "options"));
	return choice;
}

static json_t *entry_json(struct builder *b, uint32_t kind,
			  const struct provd_schema_plugin *plugins, size_t count)
{
	json_t *schema = section_json(b, PROVD_SECTION_ENTRY);
	json_t *properties = json_object_get(schema, "properties");
	json_t *name = json_object_get(properties, "plugin");
	json_t *names = json_array();
	json_t *choices = json_array();

	for (size_t i = 0; i < count; i++) {
		if (plugins[i].kind != kind)
			continue;
		push(b, names, json_string(plugins[i].name));
		push(b, choices, choice_json(b, &plugins[i]));
	}
	put(b, properties, "options",
	    json_pack("{s:s, s:s}", "type", "object", "description", "Options of the plugin."));
	/* Known names are offered, names of other vendors' plugins are accepted. */
	if (json_array_size(names) > 0)
		put(b, name, "anyOf",
		    json_pack("[{s:o}, {s:s}]", "enum", names, "pattern", NAME_PATTERN));
	else
		json_decref(names);
	put(b, name, "pattern", json_string(NAME_PATTERN));
	if (json_array_size(choices) > 0)
		put(b, schema, "allOf", choices);
	else
		json_decref(choices);
	return schema;
}

static void put_list(struct builder *b, json_t *properties, const char *key, json_t *items,
		     int min_items, const char *description)
{
	put(b, properties, key,
	    json_pack("{s:s, s:s, s:o, s:i, s:i}", "type", "array", "description", description,
		      "items", items, "minItems", min_items, "maxItems",
		      PROVD_SECTION_ENTRIES_MAX));
}

static json_t *definitions_json(struct builder *b, const struct provd_schema_plugin *plugins,
				size_t count)
{
	json_t *definitions = json_object();

	put(b, definitions, "duration",
	    json_pack("{s:s, s:s, s:s}", "type", "string", "pattern", DURATION_PATTERN,
		      "description", "Numbers with units: 250ms, 30s, 5m, 1h30m."));
	for (size_t i = 0; i < count; i++) {
		struct provd_rows rows = {plugins[i].rows, plugins[i].count, plugins[i].row_size,
					  NULL};
		char key[64];
		int n = snprintf(key, sizeof(key), "%s-%s", kind_name(plugins[i].kind),
				 plugins[i].name);

		if (n < 0 || (size_t)n >= sizeof(key))
			b->failed = 1;
		else
			put(b, definitions, key, rows_json(b, &rows, NULL));
	}
	return definitions;
}

static json_t *properties_json(struct builder *b, const struct provd_schema_plugin *plugins,
			       size_t count)
{
	json_t *properties = json_object();
	json_t *daemon = section_json(b, PROVD_SECTION_DAEMON);

	put(b, json_object_get(daemon, "properties"), "log", section_json(b, PROVD_SECTION_LOG));
	put(b, properties, PROVD_CONFIG_COMMENT_KEY,
	    json_pack("{s:s}", "description", "A comment; anything is allowed."));
	put(b, properties, "daemon", daemon);
	put_list(b, properties, "hal", entry_json(b, PROVD_PLUGIN_HAL, plugins, count), 0,
		 "Plugins that drive the board; the first that offers a capability serves it.");
	put_list(b, properties, "methods", entry_json(b, PROVD_PLUGIN_METHOD, plugins, count), 0,
		 "Provisioning methods.");
	put(b, properties, "cloud", entry_json(b, PROVD_PLUGIN_CLOUD, plugins, count));
	put_list(b, properties, "plan", section_json(b, PROVD_SECTION_STEP), 1,
		 provd_section_get(PROVD_SECTION_STEP)->summary);
	put(b, properties, "start", section_json(b, PROVD_SECTION_START));
	put(b, properties, "networks", section_json(b, PROVD_SECTION_NETWORKS));
	put(b, properties, "store", section_json(b, PROVD_SECTION_STORE));
	put(b, properties, "journal", section_json(b, PROVD_SECTION_JOURNAL));
	put_list(b, properties, "hooks", section_json(b, PROVD_SECTION_HOOK), 0,
		 provd_section_get(PROVD_SECTION_HOOK)->summary);
	put(b, properties, "button", section_json(b, PROVD_SECTION_BUTTON));
	put(b, properties, "led", section_json(b, PROVD_SECTION_LED));
	put(b, properties, "session", section_json(b, PROVD_SECTION_SESSION));
	put(b, properties, "app_channel", section_json(b, PROVD_SECTION_APP_CHANNEL));
	return properties;
}

int provd_config_print_schema(FILE *out, const struct provd_schema_plugin *plugins, size_t count)
{
	struct builder b = {0};
	json_t *schema = json_object();

	put(&b, schema, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
	put(&b, schema, "title", json_string("Configuration of provd"));
	put(&b, schema, "type", json_string("object"));
	put(&b, schema, "properties", properties_json(&b, plugins, count));
	put(&b, schema, "additionalProperties", json_false());
	put(&b, schema, "$defs", definitions_json(&b, plugins, count));
	if (!b.failed && json_dumpf(schema, out, JSON_INDENT(2)) != 0)
		b.failed = 1;
	json_decref(schema);
	if (b.failed)
		return PROVD_E_NOMEM;
	fputc('\n', out);
	return 0;
}
