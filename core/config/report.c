/* SPDX-License-Identifier: Apache-2.0 */
#include "config/report.h"

#include "config/words.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void provd_config_errors_finish(struct provd_config_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++)
		free(errors->lines[i]);
	memset(errors, 0, sizeof(*errors));
}

static int is_before(const struct provd_config_place *a, const struct provd_config_place *b)
{
	return a->line != b->line ? a->line < b->line : a->column < b->column;
}

static int is_there(const struct provd_config_errors *errors, size_t count, const char *line)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(errors->lines[i], line) == 0)
			return 1;
	}
	return 0;
}

void provd_config_errors_sort(struct provd_config_errors *errors)
{
	size_t count = 0;

	for (size_t i = 0; i < errors->count; i++) {
		struct provd_config_place place = errors->places[i];
		char *line = errors->lines[i];
		size_t at = count;

		if (is_there(errors, count, line)) {
			free(line);
			continue;
		}
		for (; at > 0 && is_before(&place, &errors->places[at - 1]); at--) {
			errors->lines[at] = errors->lines[at - 1];
			errors->places[at] = errors->places[at - 1];
		}
		errors->lines[at] = line;
		errors->places[at] = place;
		count++;
	}
	errors->count = count;
}

void provd_config_errors_print(FILE *out, const struct provd_config_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++)
		fprintf(out, "%s\n", errors->lines[i]);
	if (errors->dropped > 0)
		fprintf(out, "and %zu more\n", errors->dropped);
}

static int is_plain_key(const char *key)
{
	return *key != '\0' && strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789_-") == strlen(key);
}

void provd_path_print(FILE *out, const struct provd_path *path)
{
	const struct provd_path *steps[PROVD_CONFIG_DEPTH_MAX] = {NULL};
	size_t count = 0;

	for (; path != NULL && count < PROVD_CONFIG_DEPTH_MAX; path = path->parent)
		steps[count++] = path;
	for (size_t i = count; i-- > 0;) {
		const struct provd_path *step = steps[i];

		if (step->key == NULL) {
			fprintf(out, "[%zu]", step->index);
			continue;
		}
		if (i + 1 != count)
			fputc('.', out);
		if (is_plain_key(step->key))
			fputs(step->key, out);
		else
			provd_words_quote(out, step->key);
	}
}

__attribute__((format(printf, 4, 0))) static void add_line(struct provd_report *report,
							   const struct provd_position *position,
							   const struct provd_path *path,
							   const char *format, va_list args)
{
	struct provd_config_errors *errors = report->errors;
	char *line = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&line, &size);

	if (out == NULL) {
		report->nomem = 1;
		return;
	}
	if (report->file != NULL)
		fprintf(out, "%s:", report->file);
	if (position != NULL)
		fprintf(out, "%zu:%zu:", position->line, position->column);
	if (report->file != NULL || position != NULL)
		fputc(' ', out);
	if (path != NULL) {
		provd_path_print(out, path);
		fputs(": ", out);
	}
	vfprintf(out, format, args);
	if (fclose(out) != 0) {
		free(line);
		report->nomem = 1;
		return;
	}
	if (position != NULL) {
		errors->places[errors->count].line = position->line;
		errors->places[errors->count].column = position->column;
	}
	errors->lines[errors->count++] = line;
}

void provd_report_add(struct provd_report *report, const struct provd_path *path,
		      enum provd_locate_what what, const char *format, ...)
{
	const struct provd_path *shown = path;
	struct provd_position position = {1, 1};
	va_list args;

	if (report->errors->count >= PROVD_CONFIG_ERRORS_MAX) {
		report->errors->dropped++;
		return;
	}
	if (report->text != NULL) {
		while (provd_locate(report->text, report->len, path, what, &position) != 0 &&
		       path != NULL)
			path = path->parent;
	}
	/* An unknown key is named in the message; its path is the object around it. */
	if (what == PROVD_LOCATE_KEY && shown != NULL)
		shown = shown->parent;
	va_start(args, format);
	add_line(report, report->text != NULL ? &position : NULL, shown, format, args);
	va_end(args);
}

void provd_report_add_at(struct provd_report *report, const struct provd_position *position,
			 const char *format, ...)
{
	va_list args;

	if (report->errors->count >= PROVD_CONFIG_ERRORS_MAX) {
		report->errors->dropped++;
		return;
	}
	va_start(args, format);
	add_line(report, position, NULL, format, args);
	va_end(args);
}
