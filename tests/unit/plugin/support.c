/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture_path fixture_path(const char *name)
{
	struct fixture_path path;
	int n = snprintf(path.text, sizeof(path.text), PROVD_FIXTURE_DIR "/%s.so", name);

	cr_assert(n > 0 && (size_t)n < sizeof(path.text));
	return path;
}

void expect_refused(const char *path, uint32_t kind, uint32_t minor, int code, const char *line)
{
	struct provd_loader_host host = {PROVD_ABI_MAJOR, minor};
	struct provd_error err = {.size = sizeof(err)};
	struct provd_plugin *plugin = NULL;

	cr_expect_eq(provd_loader_load(path, kind, &host, &plugin, &err), code);
	cr_expect_null(plugin, "output touched on failure");
	cr_expect_eq(err.code, code);
	cr_expect_str_eq(err.text, line);
	cr_expect_eq(provd_loader_load(path, kind, &host, &plugin, NULL), code);
}

void expect_fixture_refused(const char *name, int code, const char *line)
{
	struct fixture_path path = fixture_path(name);

	expect_refused(path.text, 0, 0, code, line);
}

void expect_fixture_refused_f(const char *name, int code, const char *format, ...)
{
	char line[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	cr_assert(n > 0 && (size_t)n < sizeof(line));
	expect_fixture_refused(name, code, line);
}

void test_folder_init(struct test_folder *folder)
{
	snprintf(folder->path, sizeof(folder->path), "/tmp/provd-plugin-XXXXXX");
	cr_assert_not_null(mkdtemp(folder->path));
	/* The tests must not depend on the umask; mkdtemp gives 0700. */
	cr_assert_eq(chmod(folder->path, 0755), 0);
}

void test_folder_finish(struct test_folder *folder)
{
	int fd = open(folder->path, O_RDONLY | O_DIRECTORY);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (unlinkat(fd, entry->d_name, 0) < 0)
			unlinkat(fd, entry->d_name, AT_REMOVEDIR);
	}
	if (dir)
		closedir(dir);
	rmdir(folder->path);
}

struct fixture_path test_folder_file(const struct test_folder *folder, const char *name,
				     const void *data, size_t len)
{
	struct fixture_path path;
	int n = snprintf(path.text, sizeof(path.text), "%s/%s", folder->path, name);
	int fd;

	cr_assert(n > 0 && (size_t)n < sizeof(path.text));
	fd = open(path.text, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, data, len), (ssize_t)len);
	cr_assert_eq(fchmod(fd, 0644), 0);
	close(fd);
	return path;
}

struct fixture_path test_folder_copy(const struct test_folder *folder, const char *fixture,
				     const char *name, size_t *out_len)
{
	struct fixture_path from = fixture_path(fixture);
	struct fixture_path to;
	FILE *in = fopen(from.text, "rb");
	struct stat st;
	char *data;

	cr_assert_not_null(in);
	cr_assert_eq(fstat(fileno(in), &st), 0);
	data = malloc((size_t)st.st_size);
	cr_assert_not_null(data);
	cr_assert_eq(fread(data, 1, (size_t)st.st_size, in), (size_t)st.st_size);
	fclose(in);
	to = test_folder_file(folder, name, data, (size_t)st.st_size);
	free(data);
	if (out_len)
		*out_len = (size_t)st.st_size;
	return to;
}
