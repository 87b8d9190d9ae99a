/* SPDX-License-Identifier: Apache-2.0 */
#include "store_files.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void files_begin(struct files *files)
{
	(void)snprintf(files->folder, sizeof(files->folder), "/tmp/provd-store-XXXXXX");
	cr_assert_not_null(mkdtemp(files->folder));
}

const char *files_path(const struct files *files, const char *name)
{
	static char paths[8][FILES_PATH];
	static unsigned next;
	char *path = paths[next++ % 8];

	(void)snprintf(path, FILES_PATH, "%s/%s", files->folder, name);
	return path;
}

/* Files, and folders that hold only files. */
static void remove_all(const char *folder, int depth)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	char path[FILES_PATH + 256];

	while (dir && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		(void)snprintf(path, sizeof(path), "%.200s/%s", folder, entry->d_name);
		if (unlink(path) && depth > 0)
			remove_all(path, depth - 1);
	}
	if (dir)
		(void)closedir(dir);
	(void)rmdir(folder);
}

void files_end(struct files *files)
{
	remove_all(files->folder, 2);
}

void files_write(const struct files *files, const char *name, const void *bytes, size_t len,
		 unsigned mode)
{
	int fd = open(files_path(files, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, bytes, len), (ssize_t)len);
	cr_assert_eq(fchmod(fd, (mode_t)mode), 0);
	cr_assert_eq(close(fd), 0);
}

int files_exist(const struct files *files, const char *name)
{
	struct stat info;

	return lstat(files_path(files, name), &info) == 0;
}

unsigned files_mode(const struct files *files, const char *name)
{
	struct stat info;

	cr_assert_eq(lstat(files_path(files, name), &info), 0);
	return info.st_mode & 07777u;
}

size_t files_count(const struct files *files)
{
	DIR *dir = opendir(files->folder);
	size_t count = 0;

	cr_assert_not_null(dir);
	while (readdir(dir))
		count++;
	(void)closedir(dir);
	return count - 2;
}

void results_done(void *user, int code, const struct provd_secret *content,
		  const struct provd_error *err)
{
	struct results *results = user;
	int i = results->count;

	cr_assert_lt(i, RESULTS_MAX);
	results->codes[i] = code;
	results->has_err[i] = err != NULL;
	results->lacks_key = provd_store_lacks_key(err);
	(void)snprintf(results->texts[i], sizeof(results->texts[i]), "%s", err ? err->text : "");
	results->contents[i] = provd_secret_ref(content);
	results->count++;
}

void results_clear(struct results *results)
{
	for (int i = 0; i < results->count; i++)
		provd_secret_unref(results->contents[i]);
	memset(results, 0, sizeof(*results));
}

int results_content_is(const struct results *results, int index, const char *text)
{
	struct provd_bytes view = provd_secret_view(results->contents[index]);

	return results->contents[index] && view.len == strlen(text) &&
	       (view.len == 0 || memcmp(view.data, text, view.len) == 0);
}
