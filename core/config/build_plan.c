/* SPDX-License-Identifier: Apache-2.0 */
/* The plan: which methods listen together, and for how long. */
#include "config/build_internal.h"

#include "config/words.h"

#include <stdlib.h>
#include <string.h>

static void refuse_method(struct build *b, const struct provd_path *path, const char *name)
{
	const char *known[PROVD_SECTION_ENTRIES_MAX + 1] = {NULL};
	char *quoted = provd_words_quoted(name);
	const char *near;

	for (size_t i = 0; i < b->config->method_count; i++)
		known[i] = b->config->methods[i].plugin;
	near = provd_words_near(name, known);
	if (quoted == NULL) {
		provd__build_note(b, PROVD_E_NOMEM);
		return;
	}
	if (near != NULL)
		provd_report_add(b->in->report, path, PROVD_LOCATE_VALUE,
				 "%s is not in \"methods\"; did you mean \"%s\"?", quoted, near);
	else
		provd_report_add(b->in->report, path, PROVD_LOCATE_VALUE,
				 "%s is not in \"methods\"", quoted);
	free(quoted);
	provd__build_note(b, PROVD_E_CONFIG);
}

static int is_method(const struct provd_config *config, const char *name)
{
	for (size_t i = 0; i < config->method_count; i++) {
		const char *known = config->methods[i].plugin;

		if (known != NULL && strcmp(known, name) == 0)
			return 1;
	}
	return 0;
}

/* Names must be configured methods, each once. */
static void check_step_methods(struct build *b, const struct provd_path *list,
			       const struct provd_options *options)
{
	for (size_t i = 0; i < provd_options_count(options, "methods"); i++) {
		const char *name = provd_options_item(options, "methods", i);
		struct provd_path step = {list, NULL, i};

		if (b->methods_known && !is_method(b->config, name)) {
			refuse_method(b, &step, name);
			continue;
		}
		for (size_t k = 0; k < i; k++) {
			if (strcmp(provd_options_item(options, "methods", k), name) == 0) {
				provd__build_refuse(b, &step, "", name, " is in this step already");
				break;
			}
		}
	}
}

static int copy_names(struct provd_config_step *step, const struct provd_options *options)
{
	size_t count = provd_options_count(options, "methods");

	step->methods = calloc(count > 0 ? count : 1, sizeof(*step->methods));
	if (step->methods == NULL)
		return PROVD_E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		step->methods[i] = strdup(provd_options_item(options, "methods", i));
		if (step->methods[i] == NULL)
			return PROVD_E_NOMEM;
		step->method_count++;
	}
	return 0;
}

static void build_step(struct build *b, const json_t *json, const struct provd_path *path,
		       int is_last, struct provd_config_step *out_step)
{
	struct provd_path methods_path = {path, "methods", 0};
	struct provd_path for_path = {path, "for", 0};
	struct provd_options *options = NULL;

	provd__build_section(b, PROVD_SECTION_STEP, json, path, &options);
	if (options == NULL)
		return;
	check_step_methods(b, &methods_path, options);
	out_step->for_ms = (uint64_t)provd_options_int(options, "for");
	if (!is_last && !provd_options_given(options, "for")) {
		provd_report_add(b->in->report, &for_path, PROVD_LOCATE_VALUE,
				 "missing; only the last step may go on for ever");
		provd__build_note(b, PROVD_E_CONFIG);
	}
	provd__build_note(b, copy_names(out_step, options));
	provd_options_destroy(options);
}

/* All methods in one step without a limit. */
static int default_plan(struct provd_config *config)
{
	struct provd_config_step *step = calloc(1, sizeof(*step));

	if (step == NULL)
		return PROVD_E_NOMEM;
	config->plan = step;
	config->plan_count = 1;
	step->methods =
		calloc(config->method_count > 0 ? config->method_count : 1, sizeof(*step->methods));
	if (step->methods == NULL)
		return PROVD_E_NOMEM;
	for (size_t i = 0; i < config->method_count; i++) {
		step->methods[i] = strdup(config->methods[i].plugin);
		if (step->methods[i] == NULL)
			return PROVD_E_NOMEM;
		step->method_count++;
	}
	return 0;
}

void provd__build_plan(struct build *b)
{
	const json_t *json = json_object_get(b->root, "plan");
	struct provd_path list = {NULL, "plan", 0};
	size_t count = provd__build_list(b, json, &list);

	if (json == NULL && b->result == 0)
		provd__build_note(b, default_plan(b->config));
	if (json_is_array(json) && json_array_size(json) == 0) {
		provd_report_add(b->in->report, &list, PROVD_LOCATE_VALUE,
				 "expected at least one step");
		provd__build_note(b, PROVD_E_CONFIG);
	}
	if (count == 0)
		return;
	b->config->plan = calloc(count, sizeof(*b->config->plan));
	if (b->config->plan == NULL) {
		provd__build_note(b, PROVD_E_NOMEM);
		return;
	}
	b->config->plan_count = count;
	b->config->plan_given = 1;
	for (size_t i = 0; i < count; i++) {
		struct provd_path step = {&list, NULL, i};

		build_step(b, json_array_get(json, i), &step, i + 1 == count, &b->config->plan[i]);
	}
}
