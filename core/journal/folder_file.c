/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/folder_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/net.h"
#include "net/net_util.h"
#include "store/folder_file.h"

#define SUFFIX ".jrn"
#define DIGITS 20
/* O_NONBLOCK: a pipe under such a name must not hold the lane. */
#define OPEN_FLAGS (O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)

static int file_path(char out[PATH_MAX], const char *folder, uint64_t number,
		     struct provd_error *err)
{
	int len = snprintf(out, PATH_MAX, "%s/%020" PRIu64 "%s", folder, number, SUFFIX);

	if (len < 0 || len >= PATH_MAX)
		return provd_net_file_fail(err, ENAMETOOLONG, "name a file in", folder);
	return 0;
}

/* @return 1 for twenty digits and the suffix */
static int number_of(const char *name, uint64_t *out)
{
	char *end = NULL;
	unsigned long long value;

	if (strspn(name, "0123456789") != DIGITS || strcmp(name + DIGITS, SUFFIX) != 0)
		return 0;
	errno = 0;
	value = strtoull(name, &end, 10);
	if (errno || end != name + DIGITS)
		return 0;
	*out = value;
	return 1;
}

static int compare(const void *left, const void *right)
{
	uint64_t a;
	uint64_t b;

	memcpy(&a, left, sizeof(a));
	memcpy(&b, right, sizeof(b));
	return a < b ? -1 : a > b;
}

/* @return 0 or an errno */
static int read_names(DIR *dir, uint64_t **numbers, size_t *count)
{
	const struct dirent *entry;
	size_t size = 0;
	uint64_t number;

	/* Nobody else reads this stream, so the plain call is safe on any thread. */
	/* cppcheck-suppress readdirCalled */
	while (*count < PROVD_JOURNAL_FILES_MAX && (entry = readdir(dir)) != NULL) {
		uint64_t *grown;

		if (!number_of(entry->d_name, &number))
			continue;
		if (*count == size) {
			size = size ? size * 2 : 64;
			grown = realloc(*numbers, size * sizeof(**numbers));
			if (!grown)
				return ENOMEM;
			*numbers = grown;
		}
		(*numbers)[(*count)++] = number;
	}
	return 0;
}

/* The folder it is in is the daemon's own, which nobody may have made yet. */
static int folder_ready(const char *folder, int make, struct provd_error *err)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(folder, '/');
	struct stat info;
	int code = 0;

	if (!slash || slash == folder || (size_t)(slash - folder) >= sizeof(parent))
		return provd__folder_check(folder, make, err);
	memcpy(parent, folder, (size_t)(slash - folder));
	parent[slash - folder] = '\0';
	if (lstat(parent, &info) && errno == ENOENT)
		code = make ? provd__folder_check(parent, 1, err)
			    : provd_net_file_fail(err, ENOENT, "look at", parent);
	return code ? code : provd__folder_check(folder, make, err);
}

int provd__journal_files(const char *folder, uint64_t **out_numbers, size_t *out_count,
			 struct provd_error *err)
{
	uint64_t *numbers = NULL;
	size_t count = 0;
	DIR *dir;
	int failed;
	int code = folder_ready(folder, 0, err);

	if (code == PROVD_E_NOT_FOUND) {
		*out_numbers = NULL;
		*out_count = 0;
		return 0;
	}
	if (code)
		return code;
	dir = provd_file_open_folder(folder);
	if (!dir)
		return provd_net_file_fail(err, errno, "open", folder);
	failed = read_names(dir, &numbers, &count);
	(void)closedir(dir);
	if (failed) {
		free(numbers);
		return provd_net_file_fail(err, failed, "read", folder);
	}
	if (count)
		qsort(numbers, count, sizeof(*numbers), compare);
	*out_numbers = numbers;
	*out_count = count;
	return 0;
}

/* Opens a regular file of ours. @return 0, ENOENT and others */
static int file_open(const char *path, int flags, int *out_fd, struct stat *out_info)
{
	int fd = open(path, flags | OPEN_FLAGS, 0600);
	int failed = 0;

	if (fd < 0)
		return errno;
	if (fstat(fd, out_info))
		failed = errno;
	else if (!S_ISREG(out_info->st_mode))
		failed = EISDIR;
	else if (out_info->st_uid != 0 && out_info->st_uid != geteuid())
		failed = EACCES;
	if (failed)
		(void)close(fd);
	else
		*out_fd = fd;
	return failed;
}

int provd__journal_file_read(const char *folder, uint64_t number, size_t max, uint8_t **out_bytes,
			     size_t *out_len, struct provd_error *err)
{
	char path[PATH_MAX];
	uint8_t *bytes = NULL;
	struct stat info = {0};
	size_t len = 0;
	int failed;
	int fd = -1;
	int code = file_path(path, folder, number, err);

	if (code)
		return code;
	failed = file_open(path, O_RDONLY, &fd, &info);
	if (failed)
		return provd_net_file_fail(err, failed, "open", path);
	len = info.st_size < 0 || (uintmax_t)info.st_size > max ? max : (size_t)info.st_size;
	if (len) {
		bytes = malloc(len);
		failed = bytes ? provd_file_read_fully(fd, bytes, len, &len) : ENOMEM;
	}
	(void)close(fd);
	if (failed) {
		free(bytes);
		return provd_net_file_fail(err, failed, "read", path);
	}
	*out_bytes = bytes;
	*out_len = len;
	return 0;
}

static int write_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t count = write(fd, bytes, len);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return count < 0 ? errno : EIO;
		bytes += count;
		len -= (size_t)count;
	}
	return 0;
}

/* @return 0, -1 (shorter than `offset`) or an errno */
static int append_at(const char *path, size_t offset, const uint8_t *bytes, size_t len)
{
	struct stat info = {0};
	int failed;
	int fd = -1;

	failed = file_open(path, O_WRONLY | O_APPEND | (offset ? 0 : O_CREAT), &fd, &info);
	if (failed)
		return failed == ENOENT && offset ? -1 : failed;
	if (info.st_size < 0 || (uintmax_t)info.st_size < offset)
		failed = -1;
	/* A torn end, or what a write left that failed. */
	else if ((uintmax_t)info.st_size > offset && ftruncate(fd, (off_t)offset))
		failed = errno;
	if (!failed)
		failed = write_all(fd, bytes, len);
	if (!failed && fdatasync(fd))
		failed = errno;
	if (close(fd) && !failed)
		failed = errno;
	return failed;
}

int provd__journal_file_append(const char *folder, uint64_t number, size_t offset,
			       const uint8_t *bytes, size_t len, struct provd_error *err)
{
	char path[PATH_MAX];
	int failed;
	int code = folder_ready(folder, offset == 0, err);

	if (code == PROVD_E_NOT_FOUND)
		return PROVD_E_STATE;
	if (!code)
		code = file_path(path, folder, number, err);
	if (code)
		return code;
	failed = append_at(path, offset, bytes, len);
	if (failed < 0)
		return PROVD_E_STATE;
	/* Also for a file that was there: the sync of an earlier try may have failed. */
	if (!failed && offset == 0)
		failed = provd_file_sync_folder(folder);
	if (!failed)
		return 0;
	code = provd_net_file_fail(err, failed, "append to", path);
	return code == PROVD_E_NOT_FOUND ? PROVD_E_IO : code;
}

int provd__journal_file_erase(const char *folder, uint64_t number, struct provd_error *err)
{
	char path[PATH_MAX];
	int failed;
	int code = folder_ready(folder, 0, err);

	if (code == PROVD_E_NOT_FOUND)
		return 0;
	if (!code)
		code = file_path(path, folder, number, err);
	if (code)
		return code;
	if (unlink(path) && errno != ENOENT)
		return provd_net_file_fail(err, errno, "remove", path);
	failed = provd_file_sync_folder(folder);
	return failed ? provd_net_file_fail(err, failed, "make durable", folder) : 0;
}
