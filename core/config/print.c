/* SPDX-License-Identifier: Apache-2.0 */
/* Tables and the reference, for people. */
#include "config/config.h"
#include "config/sections.h"

#include <stdlib.h>
#include <string.h>

static const enum provd_section listed[] = {
	PROVD_SECTION_DAEMON,	   PROVD_SECTION_LOG,	  PROVD_SECTION_SESSION,
	PROVD_SECTION_APP_CHANNEL, PROVD_SECTION_START,	  PROVD_SECTION_NETWORKS,
	PROVD_SECTION_STORE,	   PROVD_SECTION_JOURNAL, PROVD_SECTION_HOOK,
	PROVD_SECTION_BUTTON,	   PROVD_SECTION_LED,	  PROVD_SECTION_ENTRY,
	PROVD_SECTION_STEP};

#define LISTED_COUNT (sizeof(listed) / sizeof(listed[0]))

/** What fills one column. */
typedef void (*cell_fn)(FILE *out, const struct provd_option *row);

static void print_name(FILE *out, const struct provd_option *row)
{
	fputs(row->name, out);
}

static void print_default(FILE *out, const struct provd_option *row)
{
	fputs(row->def != NULL ? row->def : "-", out);
}

static void print_flags(FILE *out, const struct provd_option *row)
{
	static const struct {
		uint32_t flag;
		const char *word;
	} words[] = {{PROVD_OPTION_REQUIRED, "required"},
		     {PROVD_OPTION_SECRET, "secret"},
		     {PROVD_OPTION_RELOAD, "reload"}};
	const char *comma = "";

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if ((row->flags & words[i].flag) != 0) {
			fprintf(out, "%s%s", comma, words[i].word);
			comma = ",";
		}
	}
	if (comma[0] == '\0')
		fputc('-', out);
}

static const cell_fn columns[] = {print_name, provd_row_print_type, print_default, print_flags};
static const char *const headings[] = {"name", "type and range", "default", "flags"};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* Given (free). On want of memory an empty cell is better than none of the table. */
static char *cell_text(cell_fn cell, const struct provd_option *row)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	cell(out, row);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static void print_cell(FILE *out, const struct provd_option *row, cell_fn cell, size_t width)
{
	char *text = cell_text(cell, row);

	fprintf(out, "%-*s  ", (int)width, text != NULL ? text : "");
	free(text);
}

static size_t column_width(const struct provd_rows *rows, size_t column)
{
	size_t width = strlen(headings[column]);

	for (size_t i = 0; i < rows->count; i++) {
		struct provd_option row = provd_rows_get(rows, i);
		char *text = cell_text(columns[column], &row);
		size_t len = text != NULL ? strlen(text) : 0;

		free(text);
		if (len > width)
			width = len;
	}
	return width;
}

static void print_table(FILE *out, const char *title, const struct provd_rows *rows)
{
	size_t widths[COLUMNS];

	fprintf(out, "%s\n", title);
	if (rows->count == 0) {
		fputs("  no options\n", out);
		return;
	}
	fputs("  ", out);
	for (size_t c = 0; c < COLUMNS; c++) {
		widths[c] = column_width(rows, c);
		fprintf(out, "%-*s  ", (int)widths[c], headings[c]);
	}
	fputs("help\n", out);
	for (size_t i = 0; i < rows->count; i++) {
		struct provd_option row = provd_rows_get(rows, i);

		fputs("  ", out);
		for (size_t c = 0; c < COLUMNS; c++)
			print_cell(out, &row, columns[c], widths[c]);
		fprintf(out, "%s\n", row.help);
	}
}

void provd_config_print_options(FILE *out)
{
	for (size_t i = 0; i < LISTED_COUNT; i++) {
		const struct provd_section_info *info = provd_section_get(listed[i]);

		if (i > 0)
			fputc('\n', out);
		print_table(out, info->title, &info->rows);
	}
}

void provd_options_print(FILE *out, const char *title, const struct provd_option *rows,
			 size_t row_count, size_t row_size)
{
	struct provd_rows table = {rows, row_count, row_size, NULL};

	print_table(out, title, &table);
}

/* A bar would end the cell of a Markdown table. */
static void print_escaped(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void print_markdown(FILE *out, const struct provd_rows *rows)
{
	if (rows->count == 0) {
		fputs("No options.\n", out);
		return;
	}
	fputs("| option | type and range | default | flags | meaning |\n"
	      "| --- | --- | --- | --- | --- |\n",
	      out);
	for (size_t i = 0; i < rows->count; i++) {
		struct provd_option row = provd_rows_get(rows, i);
		char *type = cell_text(provd_row_print_type, &row);
		char *flags = cell_text(print_flags, &row);

		fprintf(out, "| `%s` | ", row.name);
		print_escaped(out, type != NULL ? type : "");
		fputs(row.def != NULL ? " | `" : " | ", out);
		print_escaped(out, row.def != NULL ? row.def : "-");
		fputs(row.def != NULL ? "` | " : " | ", out);
		fprintf(out, "%s | ", flags != NULL ? flags : "");
		print_escaped(out, row.help);
		fputs(" |\n", out);
		free(type);
		free(flags);
	}
}

static const char *kind_word(uint32_t kind)
{
	switch ((enum provd_plugin_kind)kind) {
	case PROVD_PLUGIN_METHOD:
		return "Method";
	case PROVD_PLUGIN_HAL:
		return "HAL";
	case PROVD_PLUGIN_CLOUD:
		return "Cloud";
	}
	return "Plugin";
}

static const char intro[] =
	"# Options of provd.json\n\n"
	"Made by `provd --print-reference`; do not edit, a test compares it.\n\n"
	"The file is strict JSON. The key `\"//\"` is allowed once in every object and may hold\n"
	"anything: it is for comments. Durations are texts of numbers with the units `h`, `m`,\n"
	"`s` and `ms` in this order: `\"250ms\"`, `\"5m\"`, `\"1m30s\"`. Relative paths start at the\n"
	"folder of the file. `-` as a default means: not set. Secrets are never shown again; a\n"
	"file that holds one must not be usable by group or others (`chmod 600`).\n\n"
	"Sections: `daemon`, `hal`, `methods`, `cloud`, `plan`, `start`, `networks`, `store`, `journal`,\n"
	"`hooks`, `button`, `led`, `session`, `app_channel`. All may be left out.\n";

void provd_config_print_reference(FILE *out, const struct provd_schema_plugin *plugins,
				  size_t count)
{
	fputs(intro, out);
	for (size_t i = 0; i < LISTED_COUNT; i++) {
		const struct provd_section_info *info = provd_section_get(listed[i]);

		fprintf(out, "\n## `%s`\n\n%s\n\n", info->title, info->summary);
		print_markdown(out, &info->rows);
	}
	for (size_t i = 0; i < count; i++) {
		struct provd_rows rows = {plugins[i].rows, plugins[i].count, plugins[i].row_size,
					  NULL};

		fprintf(out, "\n## %s `%s`\n\n", kind_word(plugins[i].kind), plugins[i].name);
		print_markdown(out, &rows);
	}
}
