/* SPDX-License-Identifier: Apache-2.0 */
/* The files in conf/ fit the code. What concerns plugins is compared where plugins are loaded. */
#include "config_files.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static char *read_conf(const char *name, size_t *out_len)
{
	char path[512];
	char *text = calloc(1, 1024 * 1024);
	FILE *in;

	(void)snprintf(path, sizeof(path), "%s/%s", PROVD_CONF_DIR, name);
	in = fopen(path, "r");
	cr_assert(in != NULL, "%s", path);
	cr_assert(text != NULL);
	*out_len = fread(text, 1, 1024 * 1024 - 1, in);
	fclose(in);
	return text;
}

Test(conf_folder, examples_load, .timeout = 20)
{
	static const char *const names[] = {"sim-demo.json", "button-gate.json",
					    "always-online.json"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct provd_config_errors errors = {0};
		struct provd_config *config = NULL;
		size_t len;
		char *text = read_conf(names[i], &len);

		cr_expect(eq(int, config_load_text(text, len, &config, &errors), 0), "%s: %s",
			  names[i], errors.count > 0 ? errors.lines[0] : "");
		provd_config_destroy(config);
		provd_config_errors_finish(&errors);
		free(text);
	}
}

/* Plugins come behind the core's sections, so the core's part is the beginning. */
Test(conf_folder, reference_is_up_to_date, .timeout = 20)
{
	size_t len;
	char *stored = read_conf("reference.md", &len);
	char *made = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&made, &size);

	provd_config_print_reference(out, NULL, 0);
	fclose(out);
	cr_assert(le(sz, size, len));
	cr_expect(eq(int, memcmp(made, stored, size), 0),
		  "conf/reference.md differs: write it anew by provd --print-reference");
	free(made);
	free(stored);
}

Test(conf_folder, schema_is_up_to_date, .timeout = 20)
{
	static const char *const sections[] = {"daemon", "plan", "start", "session", "app_channel"};
	size_t len;
	char *stored_text = read_conf("provd.schema.json", &len);
	char *made_text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&made_text, &size);
	json_t *stored;
	json_t *made;

	cr_assert(eq(int, provd_config_print_schema(out, NULL, 0), 0));
	fclose(out);
	stored = json_loads(stored_text, JSON_REJECT_DUPLICATES, NULL);
	made = json_loads(made_text, JSON_REJECT_DUPLICATES, NULL);
	cr_assert(stored != NULL);
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		json_t *a = json_object_get(json_object_get(stored, "properties"), sections[i]);
		json_t *b = json_object_get(json_object_get(made, "properties"), sections[i]);

		cr_expect(eq(int, json_equal(a, b), 1),
			  "conf/provd.schema.json, %s: write it anew by provd --print-schema",
			  sections[i]);
	}
	json_decref(stored);
	json_decref(made);
	free(stored_text);
	free(made_text);
}
