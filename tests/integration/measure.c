/* SPDX-License-Identifier: Apache-2.0 */
#include "measure.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

size_t measure_descriptors(const struct e2e *e2e)
{
	char path[64];
	size_t count = 0;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)e2e->daemon.pid);
	dir = opendir(path);
	cr_assert_not_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

long measure_kib(const struct e2e *e2e)
{
	char path[64];
	char line[256];
	long kib = -1;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)e2e->daemon.pid);
	file = fopen(path, "r");
	cr_assert_not_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, "RssAnon:", 8) == 0)
			kib = strtol(line + 8, NULL, 10);
	}
	fclose(file);
	cr_assert_gt(kib, 0);
	return kib;
}

static size_t bytes;

/* A file may go while it is looked at. */
static int add_size(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)path;
	(void)ftw;
	if (type == FTW_F)
		bytes += (size_t)st->st_size;
	return 0;
}

size_t measure_state_bytes(const struct e2e *e2e)
{
	char path[128];

	bytes = 0;
	(void)snprintf(path, sizeof(path), "%s/state", e2e->dir);
	(void)nftw(path, add_size, 16, FTW_PHYS);
	return bytes;
}
