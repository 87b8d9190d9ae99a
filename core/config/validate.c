/* SPDX-License-Identifier: Apache-2.0 */
/* One object against its table: unknown keys, missing keys, defaults. */
#include "config/validate.h"

#include "config/words.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

static int is_known(const char *const *keys, const char *key)
{
	for (; *keys != NULL; keys++) {
		if (strcmp(*keys, key) == 0)
			return 1;
	}
	return strcmp(key, PROVD_CONFIG_COMMENT_KEY) == 0;
}

static void print_unknown(FILE *out, const char *key, const char *const *keys)
{
	const char *near = provd_words_near(key, keys);

	fputs("unknown key ", out);
	provd_words_quote(out, key);
	if (near != NULL) {
		fprintf(out, "; did you mean \"%s\"?", near);
		return;
	}
	fputs(keys[0] != NULL ? "; known keys: " : "; there are no options here", out);
	for (size_t i = 0; keys[i] != NULL; i++)
		fprintf(out, "%s\"%s\"", i > 0 ? ", " : "", keys[i]);
}

static int refuse_unknown(const struct provd_validate *in, const struct provd_path *path,
			  const char *key, const char *const *keys)
{
	struct provd_path step = {path, key, 0};
	char *words = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&words, &size);

	if (out == NULL)
		return PROVD_E_NOMEM;
	print_unknown(out, key, keys);
	if (fclose(out) != 0) {
		free(words);
		return PROVD_E_NOMEM;
	}
	provd_report_add(in->report, &step, PROVD_LOCATE_KEY, "%s", words);
	free(words);
	return PROVD_E_CONFIG;
}

static int check_keys(const struct provd_validate *in, const json_t *object,
		      const struct provd_path *path, const struct provd_rows *rows)
{
	const char **keys = provd_rows_keys(rows);
	int result = 0;
	void *at;

	if (keys == NULL)
		return PROVD_E_NOMEM;
	/* Jansson's iterators take no const, but change nothing. */
	for (at = json_object_iter((json_t *)object); at != NULL && result != PROVD_E_NOMEM;
	     at = json_object_iter_next((json_t *)object, at)) {
		const char *key = json_object_iter_key(at);

		if (!is_known(keys, key))
			result = refuse_unknown(in, path, key, keys);
	}
	free(keys);
	return result;
}

static int refuse_missing(const struct provd_validate *in, const struct provd_path *path,
			  const struct provd_option *row)
{
	struct provd_path step = {path, row->name, 0};
	char *words = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&words, &size);

	if (out == NULL)
		return PROVD_E_NOMEM;
	fputs("missing; expected ", out);
	provd_row_print_expected(out, row);
	if (fclose(out) != 0) {
		free(words);
		return PROVD_E_NOMEM;
	}
	provd_report_add(in->report, &step, PROVD_LOCATE_VALUE, "%s", words);
	free(words);
	return PROVD_E_CONFIG;
}

static int take_default(const struct provd_validate *in, const struct provd_path *path,
			const struct provd_option *row, struct provd_option_value *value)
{
	json_t *json;
	int err;

	if (row->def == NULL)
		return 0;
	json = json_loads(row->def, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	if (json == NULL)
		return PROVD_E_NOMEM; /* the schema check has read it once already */
	err = provd_validate_value(in, json, path, row, value);
	json_decref(json);
	return err;
}

static int take_row(const struct provd_validate *in, const json_t *object,
		    const struct provd_path *path, const struct provd_option *row,
		    struct provd_option_value *value)
{
	struct provd_path step = {path, row->name, 0};
	const json_t *json = json_object_get(object, row->name);

	value->type = row->type;
	value->flags = row->flags;
	value->name = strdup(row->name);
	if (value->name == NULL)
		return PROVD_E_NOMEM;
	if (json != NULL) {
		value->given = 1;
		return provd_validate_value(in, json, &step, row, value);
	}
	if ((row->flags & PROVD_OPTION_REQUIRED) != 0)
		return refuse_missing(in, path, row);
	return take_default(in, &step, row, value);
}

int provd_validate_object(const struct provd_validate *in, const json_t *object,
			  const struct provd_path *path, const struct provd_rows *rows,
			  struct provd_options **out_options)
{
	struct provd_options *options;
	int result = 0;

	if (object != NULL && !json_is_object(object))
		return provd_validate_refuse(in, object, path, "object");
	options = provd_options_alloc(rows->count);
	if (options == NULL)
		return PROVD_E_NOMEM;
	if (object != NULL)
		result = check_keys(in, object, path, rows);
	for (size_t i = 0; i < rows->count && result != PROVD_E_NOMEM; i++) {
		struct provd_option row = provd_rows_get(rows, i);
		int err = take_row(in, object, path, &row, &options->values[i]);

		if (err != 0)
			result = err;
	}
	if (in->report->nomem)
		result = PROVD_E_NOMEM;
	if (result != 0) {
		provd_options_destroy(options);
		return result;
	}
	*out_options = options;
	return 0;
}

static void wipe_level(json_t *json, size_t depth)
{
	const char *key;
	json_t *child;
	size_t i;

	/* The caller has checked the depth of the text; this holds also for trees made elsewhere. */
	if (depth > PROVD_CONFIG_DEPTH_MAX)
		return;
	if (json_is_string(json))
		OPENSSL_cleanse((void *)(uintptr_t)json_string_value(json),
				json_string_length(json));
	json_object_foreach(json, key, child)
	{
		wipe_level(child, depth + 1);
	}
	json_array_foreach(json, i, child)
	{
		wipe_level(child, depth + 1);
	}
}

void provd_validate_wipe(json_t *json)
{
	if (json != NULL)
		wipe_level(json, 0);
}
