/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: any bytes as options of a plugin with every type of row, and the locator on text
 * that Jansson has not accepted. Options or an error, never both and never neither.
 */
#include "config/config.h"
#include "config/locate.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct provd_option rows[] = {
	{PROVD_OPTION_TEXT, 0, 1, 32, 0, 0, "text", "\"x\"", NULL, "Help."},
	{PROVD_OPTION_INT, 0, 1, 13, 0, 0, "int", "6", NULL, "Help."},
	{PROVD_OPTION_BOOL, 0, 0, 0, 0, 0, "bool", NULL, NULL, "Help."},
	{PROVD_OPTION_CHOICE, 0, 0, 0, 0, 0, "choice", NULL, "a|b", "Help."},
	{PROVD_OPTION_DURATION, 0, 1, 3600000, 0, 0, "time", NULL, NULL, "Help."},
	{PROVD_OPTION_PATH, 0, 0, 0, 0, 0, "path", NULL, NULL, "Help."},
	{PROVD_OPTION_TEXT, PROVD_OPTION_SECRET, 0, 8, 0, 0, "key", NULL, NULL, "Help."},
	{PROVD_OPTION_TEXT_LIST, 0, 0, 3, 0, 0, "list", NULL, NULL, "Help."},
	{PROVD_OPTION_OBJECT_LIST, 0, 0, 0, 0, 0, "objects", NULL, NULL, "Help."},
};

static void check_options(const char *text)
{
	struct provd_error err = {.size = sizeof(err)};
	struct provd_options *options = NULL;
	int result = provd_options_parse(text, rows, sizeof(rows) / sizeof(rows[0]),
					 sizeof(rows[0]), &options, &err);

	if (result == 0 ? options == NULL : options != NULL || err.text[0] == '\0')
		abort();
	if (strchr(err.text, '\n') != NULL)
		abort();
	provd_options_destroy(options);
}

static void check_locator(const char *text, size_t len)
{
	struct provd_path list = {NULL, "list", 0};
	struct provd_path entry = {&list, NULL, 1};
	struct provd_path member = {&entry, "a", 0};
	struct provd_position position = {0, 0};
	size_t offset;

	if (provd_locate(text, len, &member, PROVD_LOCATE_KEY, &position) == 0 &&
	    (position.line == 0 || position.column == 0))
		abort();
	(void)provd_locate_depth(text, len, PROVD_CONFIG_DEPTH_MAX, &offset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	check_locator(text, size);
	check_options(text);
	free(text);
	return 0;
}
