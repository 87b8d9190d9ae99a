/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of a table itself, done once when a plugin is loaded. */
#include "config/validate.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX     256
#define ROW_SIZE_MAX 4096
#define NAME_MAX_LEN 63
#define KNOWN_FLAGS  (PROVD_OPTION_REQUIRED | PROVD_OPTION_SECRET | PROVD_OPTION_RELOAD)

__attribute__((format(printf, 2, 3))) static int refuse(struct provd_error *err, const char *format,
							...)
{
	va_list args;

	if (err != NULL) {
		err->code = PROVD_E_PLUGIN_DESCRIPTOR;
		err->sys_errno = 0;
		va_start(args, format);
		(void)vsnprintf(err->text, sizeof(err->text), format, args);
		va_end(args);
	}
	return PROVD_E_PLUGIN_DESCRIPTOR;
}

static int is_name(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= NAME_MAX_LEN && name[0] >= 'a' && name[0] <= 'z' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

static int check_choices(const struct provd_option *row, struct provd_error *err)
{
	char **choices;
	int result = 0;

	if (row->type != PROVD_OPTION_CHOICE) {
		if (row->choices != NULL)
			return refuse(err, "option '%s': choices are for type CHOICE only",
				      row->name);
		return 0;
	}
	if (row->choices == NULL)
		return refuse(err, "option '%s': a CHOICE needs choices \"a|b\"", row->name);
	choices = provd_row_choices(row);
	if (choices == NULL)
		return PROVD_E_NOMEM;
	for (size_t i = 0; choices[i] != NULL && result == 0; i++) {
		if (choices[i][0] == '\0')
			result = refuse(err, "option '%s': empty choice", row->name);
		for (size_t k = 0; k < i && result == 0; k++) {
			if (strcmp(choices[i], choices[k]) == 0)
				result = refuse(err, "option '%s': choice '%s' is there twice",
						row->name, choices[i]);
		}
	}
	free(choices);
	return result;
}

static int check_range(const struct provd_option *row, struct provd_error *err)
{
	if (row->min > row->max)
		return refuse(err, "option '%s': min %lld is above max %lld", row->name,
			      (long long)row->min, (long long)row->max);
	if (row->min < 0 && row->type != PROVD_OPTION_INT)
		return refuse(err, "option '%s': min %lld is below 0", row->name,
			      (long long)row->min);
	if (row->max != 0 && (row->type == PROVD_OPTION_BOOL || row->type == PROVD_OPTION_CHOICE ||
			      row->type == PROVD_OPTION_PATH))
		return refuse(err, "option '%s': this type has no min and max", row->name);
	return 0;
}

static int check_flags(const struct provd_option *row, struct provd_error *err)
{
	if ((row->flags & ~(uint32_t)KNOWN_FLAGS) != 0)
		return refuse(err, "option '%s': unknown flags 0x%x", row->name,
			      (unsigned int)row->flags);
	if ((row->flags & PROVD_OPTION_SECRET) != 0 && row->type != PROVD_OPTION_TEXT)
		return refuse(err, "option '%s': only a TEXT can be SECRET", row->name);
	if ((row->flags & PROVD_OPTION_SECRET) != 0 && row->def != NULL)
		return refuse(err, "option '%s': a SECRET has no default", row->name);
	if ((row->flags & PROVD_OPTION_REQUIRED) != 0 && row->def != NULL)
		return refuse(err, "option '%s': REQUIRED, so it has no default", row->name);
	return 0;
}

static int check_default(const struct provd_option *row, struct provd_error *err)
{
	struct provd_config_errors errors = {0};
	struct provd_report report = {NULL, NULL, 0, &errors, 0};
	struct provd_validate in = {&report, NULL};
	struct provd_option_value value = {0};
	json_error_t error;
	json_t *json;
	int result;

	if (row->def == NULL)
		return 0;
	json = json_loads(row->def, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
	if (json == NULL &&
	    (error.text[0] == '\0' || json_error_code(&error) == json_error_out_of_memory))
		return PROVD_E_NOMEM;
	if (json == NULL)
		return refuse(err, "option '%s': the default is not JSON text", row->name);
	result = provd_validate_value(&in, json, NULL, row, &value);
	if (result == PROVD_E_CONFIG)
		result = refuse(err, "option '%s': default: %s", row->name,
				errors.count > 0 ? errors.lines[0] : "not valid");
	provd_option_value_finish(&value);
	provd_config_errors_finish(&errors);
	json_decref(json);
	return result;
}

static int check_row(const struct provd_rows *rows, size_t index, struct provd_error *err)
{
	struct provd_option row = provd_rows_get(rows, index);
	int result;

	if (row.name == NULL || !is_name(row.name))
		return refuse(err,
			      "option row %zu: the name is not lower_snake_case of 1 to 63 letters",
			      index);
	for (size_t i = 0; i < index; i++) {
		if (strcmp(provd_rows_get(rows, i).name, row.name) == 0)
			return refuse(err, "option '%s' is there twice (rows %zu and %zu)",
				      row.name, i, index);
	}
	if (row.type < PROVD_OPTION_BOOL || row.type > PROVD_OPTION_OBJECT_LIST)
		return refuse(err, "option '%s': unknown type %u", row.name,
			      (unsigned int)row.type);
	if (row.help == NULL || row.help[0] == '\0')
		return refuse(err, "option '%s': no help sentence", row.name);
	result = check_flags(&row, err);
	if (result == 0)
		result = check_range(&row, err);
	if (result == 0)
		result = check_choices(&row, err);
	if (result == 0)
		result = check_default(&row, err);
	return result;
}

int provd_schema_check(const struct provd_option *rows, size_t row_count, size_t row_size,
		       struct provd_error *err)
{
	struct provd_rows table = {rows, row_count, row_size, NULL};

	if (row_count == 0)
		return 0;
	if (rows == NULL)
		return refuse(err, "%zu option rows announced, but there is no table", row_count);
	if (row_count > ROWS_MAX)
		return refuse(err, "%zu option rows, at most %d are allowed", row_count, ROWS_MAX);
	if (row_size < sizeof(struct provd_option) || row_size > ROW_SIZE_MAX)
		return refuse(err, "option rows of %zu bytes, expected %zu to %d", row_size,
			      sizeof(struct provd_option), ROW_SIZE_MAX);
	for (size_t i = 0; i < row_count; i++) {
		int result = check_row(&table, i, err);

		if (result != 0)
			return result;
	}
	return 0;
}
