/* SPDX-License-Identifier: Apache-2.0 */
#include "config/parse.h"

#include "config/validate.h"

#include <string.h>

/* Jansson's own sentences quote the text near the fault, which may be a passphrase. */
static const char *sentence(enum json_error_code code)
{
	switch (code) {
	case json_error_premature_end_of_input:
		return "the text ends too early; is a bracket or quote missing?";
	case json_error_end_of_input_expected:
		return "something follows after the end of the object";
	case json_error_invalid_utf8:
		return "not valid UTF-8";
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return "a NUL character is not allowed";
	case json_error_duplicate_key:
		return "this key is there twice";
	case json_error_numeric_overflow:
		return "this number is too large";
	case json_error_unknown:
	case json_error_out_of_memory:
	case json_error_cannot_open_file:
	case json_error_stack_overflow:
	case json_error_invalid_argument:
	case json_error_invalid_syntax:
	case json_error_invalid_format:
	case json_error_wrong_type:
	case json_error_null_value:
	case json_error_item_not_found:
	case json_error_index_out_of_range:
		break;
	}
	return "not valid JSON; look at commas, quotes and brackets up to here";
}

int provd_parse_text(struct provd_report *report, json_t **out_root)
{
	struct provd_validate in = {report, NULL};
	struct provd_position position;
	json_error_t error;
	json_t *root;
	size_t offset;

	if (provd_locate_depth(report->text, report->len, PROVD_CONFIG_DEPTH_MAX, &offset) != 0) {
		position = provd_locate_offset(report->text, report->len, offset);
		provd_report_add_at(report, &position, "nested deeper than %d levels",
				    PROVD_CONFIG_DEPTH_MAX);
		return report->nomem ? PROVD_E_NOMEM : PROVD_E_CONFIG;
	}
	root = json_loadb(report->text, report->len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
			  &error);
	if (root == NULL) {
		if (error.text[0] == '\0' || json_error_code(&error) == json_error_out_of_memory)
			return PROVD_E_NOMEM;
		position.line = error.line > 0 ? (size_t)error.line : 1;
		position.column = error.column > 0 ? (size_t)error.column : 1;
		provd_report_add_at(report, &position, "%s", sentence(json_error_code(&error)));
		return report->nomem ? PROVD_E_NOMEM : PROVD_E_CONFIG;
	}
	if (!json_is_object(root)) {
		(void)provd_validate_refuse(&in, root, NULL, "object");
		provd_validate_wipe(root);
		json_decref(root);
		return report->nomem ? PROVD_E_NOMEM : PROVD_E_CONFIG;
	}
	*out_root = root;
	return 0;
}

/* Copies as much as fits, without half a character at the end. */
static void copy_cut(char *out, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (len >= size) {
		len = size - 1;
		while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(out, text, len);
	out[len] = '\0';
}

static void fill_error(struct provd_error *err, int code, const struct provd_config_errors *errors)
{
	char more[40] = "";
	size_t others = errors->count > 0 ? errors->count - 1 + errors->dropped : 0;

	if (err == NULL)
		return;
	if (others > 0 && snprintf(more, sizeof(more), " (and %zu more)", others) < 0)
		more[0] = '\0';
	err->code = code;
	err->sys_errno = 0;
	copy_cut(err->text, sizeof(err->text) - strlen(more),
		 errors->count > 0 ? errors->lines[0] : provd_err_text(code));
	copy_cut(err->text + strlen(err->text), sizeof(err->text) - strlen(err->text), more);
}

int provd_options_parse(const char *json, const struct provd_option *rows, size_t row_count,
			size_t row_size, struct provd_options **out_options,
			struct provd_error *err)
{
	struct provd_rows table = {rows, row_count, row_size, NULL};
	struct provd_config_errors errors = {0};
	struct provd_report report = {NULL, json, strlen(json), &errors, 0};
	struct provd_validate in = {&report, NULL};
	json_t *root = NULL;
	int result;

	result = provd_schema_check(rows, row_count, row_size, err);
	if (result != 0)
		return result;
	result = provd_parse_text(&report, &root);
	if (result == 0)
		result = provd_validate_object(&in, root, NULL, &table, out_options);
	if (result != 0)
		fill_error(err, result, &errors);
	provd_validate_wipe(root);
	json_decref(root);
	provd_config_errors_finish(&errors);
	return result;
}
