/* SPDX-License-Identifier: Apache-2.0 */
/* The fault library: its plan, and what it does to a program. */
#include "plan.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(fault, .timeout = 60);

/* The plan */

static struct fault_plan plan(const char *at, const char *what)
{
	struct fault_plan result = {0};

	cr_assert_eq(fault_plan_parse(at, what, &result), 0, "%s %s", at, what);
	return result;
}

Test(fault, a_plan_is_read)
{
	struct fault_plan p = plan("17", "sticky-erofs");

	cr_assert_eq(p.at, 17);
	cr_assert_eq(p.kind, FAULT_ERROR);
	cr_assert_eq(p.error, EROFS);
	cr_assert(p.sticky);
	cr_assert_eq(plan(NULL, NULL).at, 0);
	cr_assert_eq(plan("0", "").at, 0);
	cr_assert_eq(plan("1", "short-enospc").kind, FAULT_SHORT_ERROR);
	cr_assert_eq(plan("1", "short").kind, FAULT_SHORT);
	cr_assert_eq(plan("1", "kill-after").kind, FAULT_KILL_AFTER);
}

Test(fault, a_wrong_plan_is_refused)
{
	static const char *const wrong[][2] = {{"x", "eio"},	    {"1x", "eio"},   {"-1", "eio"},
					       {"1", "eagain?"},    {"1", NULL},     {NULL, "eio"},
					       {"1", "sticky-"},    {"1", "short-"}, {" 1", "eio"},
					       {"1", "sticky-kill"}};
	struct fault_plan p;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_expect_eq(fault_plan_parse(wrong[i][0], wrong[i][1], &p), -1, "%zu", i);
}

Test(fault, each_step_follows_from_the_plan)
{
	struct fault_plan once = plan("3", "eio");
	struct fault_plan sticky = plan("3", "sticky-eio");
	struct fault_plan torn = plan("3", "short-enospc");

	cr_assert_eq(fault_plan_step(&once, 2, 0, 0).error, 0);
	cr_assert_eq(fault_plan_step(&once, 3, 0, 0).error, EIO);
	cr_assert_eq(fault_plan_step(&once, 4, 0, 0).error, 0);
	cr_assert_eq(fault_plan_step(&sticky, 2, 1, 0).error, 0);
	cr_assert_eq(fault_plan_step(&sticky, 99, 1, 0).error, EIO);
	cr_assert_eq(fault_plan_step(&torn, 3, 1, 0).owe, ENOSPC);
	cr_assert(fault_plan_step(&torn, 3, 1, 0).halve);
	cr_assert_eq(fault_plan_step(&torn, 3, 0, 0).owe, 0);
	cr_assert_eq(fault_plan_step(&torn, 4, 1, ENOSPC).error, ENOSPC);
	cr_assert_eq(fault_plan_step(&torn, 4, 0, 0).error, 0);
}

Test(fault, a_path_is_below_a_folder_by_whole_names)
{
	cr_assert(fault_path_below("/a/b", "/a/b"));
	cr_assert(fault_path_below("/a/b/c", "/a/b"));
	cr_assert_not(fault_path_below("/a/bc", "/a/b"));
	cr_assert_not(fault_path_below("/a", "/a/b"));
	cr_assert_not(fault_path_below("/a", ""));
}

/* The library in a program */

struct run {
	char dir[64];
	char out[2048];
	char log[131072];
	int status;
};

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void read_into(FILE *file, char *out, size_t size)
{
	size_t len = file ? fread(out, 1, size - 1, file) : 0;

	out[len] = '\0';
}

/* Runs the victim in a folder of its own; `settings` are more environment variables. */
static void run(struct run *r, const char *verb, const char *settings)
{
	char command[1024];
	char path[128];
	FILE *file;

	memset(r, 0, sizeof(*r));
	(void)snprintf(r->dir, sizeof(r->dir), "/tmp/provd-fault-XXXXXX");
	cr_assert_not_null(mkdtemp(r->dir));
	(void)snprintf(path, sizeof(path), "%s/w", r->dir);
	cr_assert_eq(mkdir(path, 0700), 0);
	(void)snprintf(command, sizeof(command),
		       "exec env \"ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0\" "
		       "LD_PRELOAD='%s' PROVD_FAULT_DIR='%s/w/' PROVD_FAULT_LOG='%s/log' %s "
		       "'%s/fault_victim' %s '%s/w' 2>&1",
		       PROVD_FAULT_LIB, r->dir, r->dir, settings, PROVD_BIN_DIR, verb, r->dir);
	file = popen(command, "r");
	read_into(file, r->out, sizeof(r->out));
	r->status = pclose(file);
	(void)snprintf(path, sizeof(path), "%s/log", r->dir);
	file = fopen(path, "r");
	read_into(file, r->log, sizeof(r->log));
	if (file)
		fclose(file);
	nftw(r->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static size_t lines(const char *text)
{
	size_t count = 0;

	for (; (text = strchr(text, '\n')); text++)
		count++;
	return count;
}

#define GOOD "mkdir 0\nopen 0\nwrite 100\nwrite 10\nfsync 0\nclose 0\nrename 0\nfsync 0\nclose 0\n"

Test(fault, without_a_plan_all_is_counted_and_nothing_changed)
{
	struct run r;
	char line[128];

	run(&r, "replace", "");
	cr_assert_eq(r.status, 0);
	cr_assert_str_eq(r.out, GOOD);
	cr_assert_eq(lines(r.log), 9, "%s", r.log);
	(void)snprintf(line, sizeof(line), "1\tmkdir\t%s/w/sub\n", r.dir);
	cr_assert_eq(strncmp(r.log, line, strlen(line)), 0, "%s", r.log);
	(void)snprintf(line, sizeof(line), "\n7\trename\t%s/w/sub/a\n", r.dir);
	cr_assert_not_null(strstr(r.log, line), "%s", r.log);
}

Test(fault, the_other_names_are_counted_too)
{
	struct run r;

	run(&r, "others", "");
	cr_assert_str_eq(r.out, "pwrite 8\nwritev 8\nfdatasync 0\nftruncate 0\nclose 0\n"
				"renameat 0\nrenameat2 0\nunlinkat 0\nmkdirat 0\n");
	cr_assert_eq(lines(r.log), 10, "%s", r.log);
}

Test(fault, each_operation_can_fail)
{
	static const char *const expect[] = {"mkdir ENOSPC",  "open ENOSPC",  "write ENOSPC",
					     "write ENOSPC",  "fsync ENOSPC", "close ENOSPC",
					     "rename ENOSPC", "fsync ENOSPC", "close ENOSPC"};
	struct run r;
	char settings[96];

	/* Without the folder or the file the later ones fail by themselves. */
	for (size_t i = 0; i < 9; i++) {
		const char *at;

		(void)snprintf(settings, sizeof(settings),
			       "PROVD_FAULT_AT=%zu PROVD_FAULT_DO=enospc", i + 1);
		run(&r, "replace", settings);
		at = strstr(r.out, "ENOSPC");
		cr_assert_not_null(at, "%zu: %s", i, r.out);
		cr_assert_not_null(strstr(r.out, expect[i]), "%zu: %s", i, r.out);
		cr_assert_null(strstr(at + 1, "ENOSPC"), "%zu: only once: %s", i, r.out);
	}
}

Test(fault, a_sticky_fault_stays)
{
	struct run r;

	run(&r, "replace", "PROVD_FAULT_AT=5 PROVD_FAULT_DO=sticky-eio");
	cr_assert_str_eq(r.out, "mkdir 0\nopen 0\nwrite 100\nwrite 10\nfsync EIO\nclose EIO\n"
				"rename EIO\nfsync EIO\nclose EIO\n");
}

Test(fault, a_short_write_tells_what_it_took)
{
	struct run r;

	run(&r, "replace", "PROVD_FAULT_AT=3 PROVD_FAULT_DO=short");
	cr_assert_not_null(strstr(r.out, "write 50\nwrite 10\n"), "%s", r.out);
	run(&r, "replace", "PROVD_FAULT_AT=3 PROVD_FAULT_DO=short-enospc");
	cr_assert_not_null(strstr(r.out, "write 50\nwrite ENOSPC\nfsync 0\n"), "%s", r.out);
	run(&r, "others", "PROVD_FAULT_AT=3 PROVD_FAULT_DO=short");
	cr_assert_not_null(strstr(r.out, "writev 4\n"), "%s", r.out);
}

static void expect_killed(const char *settings, size_t printed, size_t logged)
{
	struct run r;

	run(&r, "replace", settings);
	cr_assert(WIFSIGNALED(r.status) && WTERMSIG(r.status) == SIGKILL, "%d %s", r.status, r.out);
	cr_assert_eq(lines(r.out), printed, "%s", r.out);
	cr_assert_eq(lines(r.log), logged, "%s", r.log);
}

Test(fault, it_kills_before_or_after)
{
	expect_killed("PROVD_FAULT_AT=1 PROVD_FAULT_DO=kill", 0, 1);
	expect_killed("PROVD_FAULT_AT=7 PROVD_FAULT_DO=kill", 6, 7);
	expect_killed("PROVD_FAULT_AT=7 PROVD_FAULT_DO=kill-after", 6, 7);
	expect_killed("PROVD_FAULT_AT=3 PROVD_FAULT_DO=short-kill", 2, 3);
}

Test(fault, all_threads_are_counted)
{
	struct run r;

	run(&r, "threads", "");
	cr_assert_str_eq(r.out, "joined\n");
	cr_assert_eq(lines(r.log), 8 * 50 * 4);
	cr_assert_not_null(strstr(r.log, "1600\t"));
	run(&r, "threads", "PROVD_FAULT_AT=800 PROVD_FAULT_DO=kill");
	cr_assert(WIFSIGNALED(r.status), "%d", r.status);
}

Test(fault, what_is_skipped_or_elsewhere_is_let_alone)
{
	struct run r;

	run(&r, "replace", "PROVD_FAULT_SKIP=/tmp PROVD_FAULT_AT=1 PROVD_FAULT_DO=eio");
	cr_assert_str_eq(r.out, GOOD);
	run(&r, "replace", "PROVD_FAULT_DIR=/nowhere PROVD_FAULT_AT=1 PROVD_FAULT_DO=eio");
	cr_assert_str_eq(r.out, GOOD);
}

Test(fault, children_are_free_of_it)
{
	struct run r;

	run(&r, "child", "PROVD_FAULT_AT=1 PROVD_FAULT_DO=sticky-eio");
	cr_assert_str_eq(r.out, "child 0\n");
}

Test(fault, a_wrong_plan_ends_the_program)
{
	struct run r;

	run(&r, "replace", "PROVD_FAULT_AT=1 PROVD_FAULT_DO=nonsense");
	cr_assert_neq(r.status, 0);
	cr_assert_not_null(strstr(r.out, "not understood"), "%s", r.out);
}
