/* SPDX-License-Identifier: Apache-2.0 */
#include "config/rows.h"

#include "config/words.h"

#include <stdlib.h>
#include <string.h>

struct provd_option provd_rows_get(const struct provd_rows *rows, size_t index)
{
	struct provd_option row;

	memcpy(&row, (const char *)rows->rows + index * rows->row_size, sizeof(row));
	return row;
}

const char **provd_rows_keys(const struct provd_rows *rows)
{
	size_t extra = 0;
	const char **keys;

	while (rows->extra != NULL && rows->extra[extra] != NULL)
		extra++;
	keys = calloc(rows->count + extra + 1, sizeof(*keys));
	if (keys == NULL)
		return NULL;
	for (size_t i = 0; i < rows->count; i++)
		keys[i] = provd_rows_get(rows, i).name;
	for (size_t i = 0; i < extra; i++)
		keys[rows->count + i] = rows->extra[i];
	return keys;
}

/* One block: the array, then the texts, so that the caller frees once. */
char **provd_row_choices(const struct provd_option *row)
{
	const char *list = row->choices != NULL ? row->choices : "";
	size_t len = strlen(list);
	size_t count = 1;
	char **choices;
	char *text;

	for (size_t i = 0; i < len; i++)
		count += list[i] == '|';
	choices = calloc(1, (count + 1) * sizeof(*choices) + len + 1);
	if (choices == NULL)
		return NULL;
	text = (char *)(choices + count + 1);
	memcpy(text, list, len + 1);
	for (size_t i = 0; i < count; i++) {
		choices[i] = text;
		text += strcspn(text, "|");
		*text++ = '\0';
	}
	return choices;
}

static int is_bounded(const struct provd_option *row)
{
	return row->min != 0 || row->max != 0;
}

static void print_choices(FILE *out, const struct provd_option *row)
{
	char **choices = provd_row_choices(row);

	fputs("one of ", out);
	for (size_t i = 0; choices != NULL && choices[i] != NULL; i++) {
		fputs(i > 0 ? ", " : "", out);
		provd_words_quote(out, choices[i]);
	}
	free(choices);
}

static void print_durations(FILE *out, const struct provd_option *row, const char *between)
{
	char min[PROVD_DURATION_TEXT_MAX];
	char max[PROVD_DURATION_TEXT_MAX];

	provd_duration_format(row->min, min);
	provd_duration_format(row->max, max);
	fprintf(out, " %s%s%s", min, between, max);
}

static void print_duration(FILE *out, const struct provd_option *row)
{
	fputs("duration", out);
	if (is_bounded(row))
		print_durations(out, row, " to ");
	fputs(" like \"250ms\", \"30s\" or \"5m\"", out);
}

static void print_amount(FILE *out, const struct provd_option *row)
{
	if (row->min == row->max)
		fprintf(out, "%lld", (long long)row->min);
	else if (row->min == 0)
		fprintf(out, "at most %lld", (long long)row->max);
	else
		fprintf(out, "%lld to %lld", (long long)row->min, (long long)row->max);
}

static void print_list(FILE *out, const struct provd_option *row, const char *things)
{
	fputs("list of ", out);
	if (is_bounded(row)) {
		print_amount(out, row);
		fputc(' ', out);
	}
	fputs(things, out);
}

void provd_row_print_expected(FILE *out, const struct provd_option *row)
{
	switch ((enum provd_option_type)row->type) {
	case PROVD_OPTION_BOOL:
		fputs("true or false", out);
		break;
	case PROVD_OPTION_INT:
		fputs("integer", out);
		if (is_bounded(row))
			fprintf(out, " %lld to %lld", (long long)row->min, (long long)row->max);
		break;
	case PROVD_OPTION_TEXT:
		fputs("text", out);
		if (is_bounded(row)) {
			fputs(" of ", out);
			print_amount(out, row);
			fputs(" bytes", out);
		}
		break;
	case PROVD_OPTION_CHOICE:
		print_choices(out, row);
		break;
	case PROVD_OPTION_DURATION:
		print_duration(out, row);
		break;
	case PROVD_OPTION_PATH:
		fputs("path", out);
		break;
	case PROVD_OPTION_TEXT_LIST:
		print_list(out, row, "texts");
		break;
	case PROVD_OPTION_OBJECT_LIST:
		print_list(out, row, "objects");
		break;
	}
}

void provd_row_print_type(FILE *out, const struct provd_option *row)
{
	static const char *const names[] = {"",		"bool", "int",	 "text",   "choice",
					    "duration", "path", "texts", "objects"};

	if (row->type == PROVD_OPTION_CHOICE) {
		fputs(row->choices, out);
		return;
	}
	if (row->type < sizeof(names) / sizeof(names[0]))
		fputs(names[row->type], out);
	if (!is_bounded(row))
		return;
	if (row->type == PROVD_OPTION_DURATION)
		print_durations(out, row, "..");
	else
		fprintf(out, " %lld..%lld", (long long)row->min, (long long)row->max);
}
