/* SPDX-License-Identifier: Apache-2.0 */
/* Tables, reference and JSON Schema. */
#include "config_files.h"
#include "config/sections.h"
#include "config/words.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static struct provd_schema_plugin plugin_of(uint32_t kind, const char *name)
{
	struct provd_schema_plugin plugin = {name, kind, config_test_rows, config_test_row_count,
					     sizeof(config_test_rows[0])};

	return plugin;
}

static char *reference(const struct provd_schema_plugin *plugins, size_t count)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	provd_config_print_reference(out, plugins, count);
	fclose(out);
	return text;
}

static json_t *schema(const struct provd_schema_plugin *plugins, size_t count)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	json_t *json;

	cr_assert(eq(int, provd_config_print_schema(out, plugins, count), 0));
	fclose(out);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	cr_assert(json != NULL, "%s", text);
	free(text);
	return json;
}

/* Functions, since Criterion pastes the first token of what it checks. */
static int is_object(const json_t *json)
{
	return json_is_object(json);
}

static int is_false(const json_t *json)
{
	return json_is_false(json);
}

static int is_true(const json_t *json)
{
	return json_is_true(json);
}

/* Walks "a/b/0/c". */
static json_t *at(json_t *json, const char *path)
{
	char key[64];

	while (*path != '\0' && json != NULL) {
		size_t len = strcspn(path, "/");

		(void)snprintf(key, sizeof(key), "%.*s", (int)len, path);
		json = json_is_array(json) ? json_array_get(json, strtoul(key, NULL, 10))
					   : json_object_get(json, key);
		path += len + (path[len] == '/');
	}
	return json;
}

Test(generate, tables_name_every_option, .timeout = 10)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	provd_config_print_options(out);
	provd_options_print(out, "softap", config_test_rows, config_test_row_count,
			    sizeof(config_test_rows[0]));
	provd_options_print(out, "none", NULL, 0, 0);
	fclose(out);
	for (int i = 0; i < PROVD_SECTION_COUNT; i++) {
		const struct provd_section_info *info = provd_section_get((enum provd_section)i);

		for (size_t k = 0; k < info->rows.count; k++) {
			struct provd_option row = provd_rows_get(&info->rows, k);

			cr_expect(strstr(text, row.name) != NULL, "%s", row.name);
			cr_expect(strstr(text, row.help) != NULL, "%s", row.name);
		}
	}
	cr_expect(strstr(text,
			 "  channel   int 1..13           6        -         Radio channel.\n") !=
			  NULL,
		  "%s", text);
	cr_expect(strstr(text,
			 "  password  text 8..63          -        secret    Its passphrase.\n") !=
			  NULL,
		  "%s", text);
	cr_expect(strstr(text, "none\n  no options\n") != NULL);
	free(text);
}

Test(generate, reference_has_sections_and_plugins, .timeout = 10)
{
	struct provd_schema_plugin plugin = plugin_of(PROVD_PLUGIN_METHOD, "softap");
	char *text = reference(&plugin, 1);

	cr_expect(strstr(text, "\n## `daemon.log`\n") != NULL);
	cr_expect(strstr(text, "| `control_max_clients` | int 1..1024 | `32` | - | ") != NULL);
	cr_expect(strstr(text, "| `level` | error\\|warn\\|info\\|debug | `\"info\"` | reload |") !=
		  NULL);
	cr_expect(strstr(text, "\n## Method `softap`\n") != NULL);
	cr_expect(strstr(text, "| `password` | text 8..63 | - | secret | Its passphrase. |") !=
		  NULL);
	cr_expect(strstr(text, "| `slot` | int | - | required | A number. |") != NULL);
	free(text);
}

Test(generate, schema_of_the_core, .timeout = 10)
{
	json_t *json = schema(NULL, 0);

	cr_expect(eq(str, (char *)json_string_value(at(json, "$schema")),
		     "https://json-schema.org/draft/2020-12/schema"));
	cr_expect(is_false(at(json, "additionalProperties")));
	cr_expect(is_false(at(json, "properties/daemon/additionalProperties")));
	cr_expect(is_false(at(json, "properties/daemon/properties/log/additionalProperties")));
	cr_expect(is_object(json_object_get(at(json, "properties/session/properties"), "//")));
	cr_expect(eq(i64,
		     json_integer_value(at(json, "properties/app_channel/properties/port/"
						 "maximum")),
		     65535));
	cr_expect(eq(str, (char *)json_string_value(at(json, "properties/hal/items/required/0")),
		     "plugin"));
	cr_expect(eq(sz, json_array_size(at(json, "properties/start/properties/policy/enum")), 4));
	json_decref(json);
}

/* Each key the daemon knows must be in the schema, and the other way round. */
Test(generate, schema_and_daemon_know_the_same_sections, .timeout = 10)
{
	const struct provd_section_info *root = provd_section_get(PROVD_SECTION_ROOT);
	json_t *json = schema(NULL, 0);
	size_t count = 0;

	for (; root->rows.extra[count] != NULL; count++)
		cr_expect(
			is_object(json_object_get(at(json, "properties"), root->rows.extra[count])),
			"%s", root->rows.extra[count]);
	cr_expect(eq(sz, json_object_size(at(json, "properties")), count + 1));
	json_decref(json);
}

Test(generate, schema_of_plugins, .timeout = 10)
{
	struct provd_schema_plugin plugins[] = {plugin_of(PROVD_PLUGIN_METHOD, "softap"),
						plugin_of(PROVD_PLUGIN_HAL, "sim"),
						{"plain", PROVD_PLUGIN_CLOUD, NULL, 0, 0}};
	json_t *json = schema(plugins, 3);
	json_t *method = at(json, "properties/methods/items");

	cr_expect(eq(str,
		     (char *)json_string_value(at(method, "allOf/0/if/properties/plugin/const")),
		     "softap"));
	cr_expect(eq(str,
		     (char *)json_string_value(json_object_get(
			     at(method, "allOf/0/then/properties/options"), "$ref")),
		     "#/$defs/method-softap"));
	cr_expect(eq(str, (char *)json_string_value(at(method, "allOf/0/then/required/0")),
		     "options"));
	cr_expect(eq(sz, json_array_size(at(method, "allOf")), 1), "a HAL is no method");
	cr_expect(is_true(at(json, "$defs/method-softap/properties/password/writeOnly")));
	cr_expect(eq(str,
		     (char *)json_string_value(
			     json_object_get(at(json, "$defs/hal-sim/properties/idle"), "$ref")),
		     "#/$defs/duration"));
	cr_expect(eq(str, (char *)json_string_value(at(json, "$defs/hal-sim/required/0")), "slot"));
	cr_expect(is_object(at(json, "$defs/cloud-plain")));
	json_decref(json);
}

/* Every default of the core must be accepted by the schema's type. */
Test(generate, defaults_fit_the_schema, .timeout = 10)
{
	json_t *json = schema(NULL, 0);
	json_t *session = at(json, "properties/session/properties");
	const char *key;
	json_t *row;
	size_t seen = 0;

	json_object_foreach(session, key, row)
	{
		json_t *value = json_object_get(row, "default");
		int64_t ms;

		if (json_object_get(row, "$ref") == NULL)
			continue;
		cr_expect(json_string_value(value) != NULL, "%s", key);
		cr_expect(eq(int, provd_duration_parse(json_string_value(value), &ms), 0), "%s",
			  key);
		seen++;
	}
	cr_expect(eq(sz, seen, 9));
	json_decref(json);
}
