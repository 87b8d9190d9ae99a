/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every write, fsync, rename and unlink of registration, commit and binding goes wrong once. Two
 * programs are made of this, each with every other operation.
 */
#include "faults.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#define PARTS 2

TestSuite(faults_store, .timeout = 60);

/* All runs of this part with one kind of fault. */
static void each_operation(const char *kind, const char *network)
{
	struct faults faults;
	size_t count;
	size_t met = 0;

	if (*e2e_wrapper())
		cr_skip("the wrapper writes files itself");
	faults_init(&faults, kind, network);
	count = faults_count(&faults);
	cr_assert_gt(count, 12, "the counting saw only %zu operations", count);
	for (size_t at = 1 + FAULTS_PART; at <= count; at += PARTS)
		met += (size_t)faults_run(&faults, at);
	cr_log_info("%s: %zu operations, %zu faults met, %u runs, %u taken up after a restart; "
		    "%u files cut off, %u of them still there after a restart",
		    kind, count, met, faults.runs, faults.resumed, faults.cut_files,
		    faults.leftovers);
	cr_assert_gt(met, 0, "the fault was never met");
	/* They hold secrets. */
	cr_assert_eq(faults.leftovers, 0, "%u temporary files outlived a restart",
		     faults.leftovers);
	/* Many power cuts come between online and bound. */
	cr_assert(strncmp(kind, "kill", 4) != 0 || faults.resumed > 0);
	faults_finish(&faults);
}

Test(faults_store, no_space)
{
	each_operation("enospc", "Old");
}

Test(faults_store, no_space_from_then_on)
{
	each_operation("sticky-enospc", "Old");
}

Test(faults_store, broken_medium)
{
	each_operation("eio", "Old");
}

Test(faults_store, broken_medium_from_then_on)
{
	each_operation("sticky-eio", "Old");
}

Test(faults_store, read_only)
{
	each_operation("erofs", "Old");
}

Test(faults_store, read_only_from_then_on)
{
	each_operation("sticky-erofs", "Old");
}

Test(faults_store, short_write)
{
	each_operation("short", "Old");
}

Test(faults_store, short_write_then_no_space)
{
	each_operation("short-enospc", "Old");
}

Test(faults_store, power_cut_before)
{
	each_operation("kill", "Old");
}

Test(faults_store, power_cut_after)
{
	each_operation("kill-after", "Old");
}

Test(faults_store, power_cut_within_a_write)
{
	each_operation("short-kill", "Old");
}

/* A new device has nothing that could be lost, and other files are new. */
Test(faults_store, no_space_on_a_new_device)
{
	each_operation("enospc", NULL);
}

Test(faults_store, power_cut_on_a_new_device)
{
	each_operation("kill", NULL);
}
