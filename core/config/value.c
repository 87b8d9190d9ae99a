/* SPDX-License-Identifier: Apache-2.0 */
/* One value against one row. */
#include "config/validate.h"

#include "config/words.h"
#include "secret/secret.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* Says the type only: a secret given with the wrong type must not appear either. */
static const char *type_words(const json_t *json)
{
	static const char *const words[] = {
		[JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",  [JSON_STRING] = "a text",
		[JSON_INTEGER] = "a number", [JSON_REAL] = "a number", [JSON_TRUE] = "true",
		[JSON_FALSE] = "false",	     [JSON_NULL] = "null"};

	return words[json_typeof(json)];
}

static void print_got(FILE *out, const json_t *json)
{
	char *text;

	switch (json_typeof(json)) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		fputs(type_words(json), out);
		break;
	case JSON_STRING:
		provd_words_quote(out, json_string_value(json));
		break;
	case JSON_INTEGER:
	case JSON_REAL:
	case JSON_TRUE:
	case JSON_FALSE:
	case JSON_NULL:
		text = json_dumps(json, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
		fputs(text != NULL ? text : "something else", out);
		free(text);
		break;
	}
}

int provd_validate_refuse(const struct provd_validate *in, const json_t *json,
			  const struct provd_path *path, const char *wanted)
{
	provd_report_add(in->report, path, PROVD_LOCATE_VALUE, "expected %s, got %s", wanted,
			 type_words(json));
	return PROVD_E_CONFIG;
}

/* Adds "expected X, got Y". */
static int refuse(const struct provd_validate *in, const json_t *json,
		  const struct provd_path *path, const struct provd_option *row)
{
	char *words = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&words, &size);

	if (out == NULL)
		return PROVD_E_NOMEM;
	fputs("expected ", out);
	provd_row_print_expected(out, row);
	fputs(", got ", out);
	if ((row->flags & PROVD_OPTION_SECRET) != 0 && json_is_string(json))
		fprintf(out, "a text of %zu bytes", json_string_length(json));
	else if ((row->flags & PROVD_OPTION_SECRET) != 0)
		fputs(type_words(json), out);
	else if (json_is_array(json) &&
		 (row->type == PROVD_OPTION_TEXT_LIST || row->type == PROVD_OPTION_OBJECT_LIST))
		fprintf(out, "%zu", json_array_size(json));
	else
		print_got(out, json);
	if (row->type == PROVD_OPTION_TEXT && json_is_string(json) &&
	    (row->flags & PROVD_OPTION_SECRET) == 0)
		fprintf(out, " (%zu bytes)", json_string_length(json));
	if (fclose(out) != 0) {
		free(words);
		return PROVD_E_NOMEM;
	}
	provd_report_add(in->report, path, PROVD_LOCATE_VALUE, "%s", words);
	free(words);
	return PROVD_E_CONFIG;
}

static int in_range(const struct provd_option *row, int64_t number)
{
	return (row->min == 0 && row->max == 0) || (number >= row->min && number <= row->max);
}

static int keep_text(const char *text, struct provd_option_value *value)
{
	value->text = strdup(text);
	return value->text != NULL ? 0 : PROVD_E_NOMEM;
}

static int take_bool(const struct provd_validate *in, const json_t *json,
		     const struct provd_path *path, const struct provd_option *row,
		     struct provd_option_value *value)
{
	if (!json_is_boolean(json))
		return refuse(in, json, path, row);
	value->number = json_is_true(json);
	return 0;
}

static int take_int(const struct provd_validate *in, const json_t *json,
		    const struct provd_path *path, const struct provd_option *row,
		    struct provd_option_value *value)
{
	if (!json_is_integer(json) || !in_range(row, (int64_t)json_integer_value(json)))
		return refuse(in, json, path, row);
	value->number = (int64_t)json_integer_value(json);
	return 0;
}

static int take_text(const struct provd_validate *in, const json_t *json,
		     const struct provd_path *path, const struct provd_option *row,
		     struct provd_option_value *value)
{
	if (!json_is_string(json) || !in_range(row, (int64_t)json_string_length(json)))
		return refuse(in, json, path, row);
	if ((row->flags & PROVD_OPTION_SECRET) == 0)
		return keep_text(json_string_value(json), value);
	if (json_string_length(json) > PROVD_SECRET_MAX) {
		provd_report_add(in->report, path, PROVD_LOCATE_VALUE,
				 "a secret has at most %d bytes", PROVD_SECRET_MAX);
		return PROVD_E_CONFIG;
	}
	value->secret = provd_secret_create(json_string_value(json), json_string_length(json));
	return value->secret != NULL ? 0 : PROVD_E_NOMEM;
}

static int take_choice(const struct provd_validate *in, const json_t *json,
		       const struct provd_path *path, const struct provd_option *row,
		       struct provd_option_value *value)
{
	char **choices;
	int found = 0;

	if (!json_is_string(json))
		return refuse(in, json, path, row);
	choices = provd_row_choices(row);
	if (choices == NULL)
		return PROVD_E_NOMEM;
	for (size_t i = 0; choices[i] != NULL && !found; i++)
		found = strcmp(choices[i], json_string_value(json)) == 0;
	free(choices);
	return found ? keep_text(json_string_value(json), value) : refuse(in, json, path, row);
}

static int take_duration(const struct provd_validate *in, const json_t *json,
			 const struct provd_path *path, const struct provd_option *row,
			 struct provd_option_value *value)
{
	int64_t ms;

	if (!json_is_string(json) || provd_duration_parse(json_string_value(json), &ms) != 0 ||
	    !in_range(row, ms))
		return refuse(in, json, path, row);
	value->number = ms;
	return 0;
}

static int take_path(const struct provd_validate *in, const json_t *json,
		     const struct provd_path *path, const struct provd_option *row,
		     struct provd_option_value *value)
{
	if (!json_is_string(json) || json_string_length(json) == 0)
		return refuse(in, json, path, row);
	value->text = provd_path_join(in->dir, json_string_value(json));
	return value->text != NULL ? 0 : PROVD_E_NOMEM;
}

static void push_container(json_t *pending, json_t *json)
{
	if (json_is_object(json) || json_is_array(json))
		(void)json_array_append(pending, json);
}

/* Comments inside objects are for people, not for the plugin. The depth is bounded at loading. */
static json_t *without_comments(const json_t *json)
{
	json_t *copy = json_deep_copy(json);
	json_t *pending;

	if (copy == NULL)
		return NULL;
	pending = json_pack("[O]", copy);
	while (pending != NULL && json_array_size(pending) > 0) {
		size_t last = json_array_size(pending) - 1;
		json_t *node = json_incref(json_array_get(pending, last));
		const char *key;
		json_t *child;
		size_t i;

		json_array_remove(pending, last);
		(void)json_object_del(node, PROVD_CONFIG_COMMENT_KEY);
		json_object_foreach(node, key, child)
		{
			push_container(pending, child);
		}
		json_array_foreach(node, i, child)
		{
			push_container(pending, child);
		}
		json_decref(node);
	}
	json_decref(pending);
	return copy;
}

static char *object_text(const json_t *json)
{
	json_t *copy = without_comments(json);
	char *text = copy != NULL ? json_dumps(copy, JSON_COMPACT) : NULL;

	provd_validate_wipe(copy);
	json_decref(copy);
	return text;
}

static int take_item(const struct provd_validate *in, const json_t *item,
		     const struct provd_path *path, const struct provd_option *row, char **out_item)
{
	int objects = row->type == PROVD_OPTION_OBJECT_LIST;
	struct provd_option entry = *row;

	if (objects ? !json_is_object(item) : !json_is_string(item)) {
		if (objects)
			return provd_validate_refuse(in, item, path, "object");
		entry.type = PROVD_OPTION_TEXT;
		entry.min = 0;
		entry.max = 0;
		return refuse(in, item, path, &entry);
	}
	*out_item = objects ? object_text(item) : strdup(json_string_value(item));
	return *out_item != NULL ? 0 : PROVD_E_NOMEM;
}

static int take_list(const struct provd_validate *in, const json_t *json,
		     const struct provd_path *path, const struct provd_option *row,
		     struct provd_option_value *value)
{
	size_t count = json_array_size(json);
	int result = 0;

	if (!json_is_array(json) || !in_range(row, (int64_t)count))
		return refuse(in, json, path, row);
	value->items = calloc(count > 0 ? count : 1, sizeof(*value->items));
	if (value->items == NULL)
		return PROVD_E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		struct provd_path step = {path, NULL, i};
		int err = take_item(in, json_array_get(json, i), &step, row,
				    &value->items[value->count]);

		if (err == PROVD_E_NOMEM)
			return err;
		if (err != 0)
			result = err;
		else
			value->count++;
	}
	return result;
}

int provd_validate_value(const struct provd_validate *in, const json_t *json,
			 const struct provd_path *path, const struct provd_option *row,
			 struct provd_option_value *out_value)
{
	switch ((enum provd_option_type)row->type) {
	case PROVD_OPTION_BOOL:
		return take_bool(in, json, path, row, out_value);
	case PROVD_OPTION_INT:
		return take_int(in, json, path, row, out_value);
	case PROVD_OPTION_TEXT:
		return take_text(in, json, path, row, out_value);
	case PROVD_OPTION_CHOICE:
		return take_choice(in, json, path, row, out_value);
	case PROVD_OPTION_DURATION:
		return take_duration(in, json, path, row, out_value);
	case PROVD_OPTION_PATH:
		return take_path(in, json, path, row, out_value);
	case PROVD_OPTION_TEXT_LIST:
	case PROVD_OPTION_OBJECT_LIST:
		return take_list(in, json, path, row, out_value);
	}
	return PROVD_E_INTERNAL;
}
