/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static int find_error(const char *name)
{
	static const struct {
		const char *name;
		int error;
	} errors[] = {{"enospc", ENOSPC}, {"eio", EIO},	      {"erofs", EROFS},
		      {"edquot", EDQUOT}, {"eacces", EACCES}, {"enomem", ENOMEM}};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].error;
	}
	return 0;
}

static int parse_what(const char *what, struct fault_plan *plan)
{
	static const struct {
		const char *name;
		enum fault_kind kind;
	} kinds[] = {{"short", FAULT_SHORT},
		     {"short-kill", FAULT_SHORT_KILL},
		     {"kill", FAULT_KILL},
		     {"kill-after", FAULT_KILL_AFTER}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, what) == 0) {
			plan->kind = kinds[i].kind;
			return 0;
		}
	}
	plan->kind = FAULT_ERROR;
	if (strncmp(what, "short-", 6) == 0) {
		plan->kind = FAULT_SHORT_ERROR;
		what += 6;
	} else if (strncmp(what, "sticky-", 7) == 0) {
		plan->sticky = 1;
		what += 7;
	}
	plan->error = find_error(what);
	return plan->error ? 0 : -1;
}

int fault_plan_parse(const char *at, const char *what, struct fault_plan *out_plan)
{
	struct fault_plan plan = {0};
	char *end = NULL;

	if (at && *at) {
		errno = 0;
		plan.at = strtoul(at, &end, 10);
		if (errno || *end || *at < '0' || *at > '9')
			return -1;
	}
	if (what && *what && parse_what(what, &plan) != 0)
		return -1;
	/* One without the other is a mistake of the caller, and the test would test nothing. */
	if ((plan.at != 0) != (plan.kind != FAULT_NONE))
		return -1;
	*out_plan = plan;
	return 0;
}

struct fault_step fault_plan_step(const struct fault_plan *plan, unsigned long number, int is_write,
				  int owed)
{
	struct fault_step step = {0};

	if (is_write && owed) {
		step.error = owed;
		return step;
	}
	if (!plan->at || number < plan->at || (number > plan->at && !plan->sticky))
		return step;
	switch (plan->kind) {
	case FAULT_ERROR:
		step.error = plan->error;
		break;
	case FAULT_SHORT_ERROR:
		step.owe = is_write ? plan->error : 0;
		step.halve = is_write;
		break;
	case FAULT_SHORT:
		step.halve = is_write;
		break;
	case FAULT_SHORT_KILL:
		step.halve = is_write;
		step.kill_after = is_write;
		break;
	case FAULT_KILL:
		step.kill = 1;
		break;
	case FAULT_KILL_AFTER:
		step.kill_after = 1;
		break;
	case FAULT_NONE:
		break;
	}
	return step;
}

int fault_path_below(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	return len > 0 && strncmp(path, folder, len) == 0 && (path[len] == '/' || !path[len]);
}
