/* SPDX-License-Identifier: Apache-2.0 */
/* What is to go wrong, and when: the pure half of libprovdfault. */
#ifndef PROVD_FAULT_PLAN_H
#define PROVD_FAULT_PLAN_H

enum fault_kind {
	FAULT_NONE,
	FAULT_ERROR,	   /* the call fails with `error` */
	FAULT_SHORT,	   /* a write takes the first half and says so */
	FAULT_SHORT_ERROR, /* the same, and the next write fails with `error` */
	FAULT_SHORT_KILL,  /* the first half is written, then SIGKILL */
	FAULT_KILL,	   /* SIGKILL instead of the call */
	FAULT_KILL_AFTER   /* SIGKILL when the call is done */
};

struct fault_plan {
	unsigned long at; /* number of the operation, from 1; 0: none */
	enum fault_kind kind;
	int error;
	int sticky; /* all later operations too */
};

/* What one operation has to do. */
struct fault_step {
	int error;	/* fail with it */
	int halve;	/* write only half */
	int owe;	/* the next write fails with this errno */
	int kill;	/* SIGKILL before it */
	int kill_after; /* SIGKILL after it */
};

/* Reads the texts of PROVD_FAULT_AT and PROVD_FAULT_DO; NULL or "" is nothing. @return 0 or -1 */
int fault_plan_parse(const char *at, const char *what, struct fault_plan *out_plan);

/* @param number of this operation, from 1
 * @param owed   errno that a former short write left for this write, or 0 */
struct fault_step fault_plan_step(const struct fault_plan *plan, unsigned long number, int is_write,
				  int owed);

/* 1 when `path` is below `folder` or is it, textually; `folder` has no slash at its end. */
int fault_path_below(const char *path, const char *folder);

#endif /* PROVD_FAULT_PLAN_H */
