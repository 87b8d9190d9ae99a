/* SPDX-License-Identifier: Apache-2.0 */
/* A plan on the command line: "one+two:4m,three:1m". */
#include "provctl.h"

#include <stdlib.h>
#include <string.h>

/** Adds one step, "softap+btcombo:4m". @return 0 or -1 */
static int add_step(json_t *plan, char *text)
{
	char *time = strchr(text, ':');
	json_t *methods = json_array();
	json_int_t for_ms = 0;
	char *rest = text;
	char *name;
	int bad = 0;

	if (time)
		*time++ = '\0';
	for (name = strsep(&rest, "+"); name; name = strsep(&rest, "+")) {
		bad |= !*name;
		json_array_append_new(methods, json_string(name));
	}
	if (bad || (time && provctl_parse_duration(time, &for_ms))) {
		json_decref(methods);
		return -1;
	}
	return json_array_append_new(plan,
				     json_pack("{s:o, s:I}", "methods", methods, "for_ms", for_ms));
}

int provctl_parse_plan(const char *text, json_t **out_plan)
{
	char *copy = strdup(text);
	json_t *plan = json_array();
	char *rest = copy;
	char *step;
	int bad = !copy || !plan;

	for (step = strsep(&rest, ","); step && !bad; step = strsep(&rest, ","))
		bad = add_step(plan, step) != 0;
	free(copy);
	if (bad) {
		json_decref(plan);
		return -1;
	}
	*out_plan = plan;
	return 0;
}
