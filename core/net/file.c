/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that survive a power cut. The new content is complete and on the medium under another
 * name before rename() puts it in place; what the name means is never in between.
 */
#include "net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/net_util.h"

/** Names tried for the temporary file. */
#define NAMES_MAX 8

/** Longest write() at a time. */
#define CHUNK_MAX ((size_t)1 << 20)

static int temp_open(const char *path, char *out_temp, size_t size, uint32_t mode, int *out_fd)
{
	uint32_t random;
	int fd = -1;
	int len;
	int i;

	for (i = 0; i < NAMES_MAX && fd < 0; i++) {
		if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
			return errno;
		len = snprintf(out_temp, size, "%s.tmp-%08x", path, (unsigned)random);
		if (len < 0 || (size_t)len >= size)
			return ENAMETOOLONG;
		fd = open(out_temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			  (mode_t)mode);
		if (fd < 0 && errno != EEXIST)
			return errno;
	}
	if (fd < 0)
		return EEXIST;
	*out_fd = fd;
	return 0;
}

static int write_all(int fd, const uint8_t *bytes, size_t len)
{
	size_t done = 0;
	ssize_t count;

	while (done < len) {
		count = write(fd, bytes + done, len - done > CHUNK_MAX ? CHUNK_MAX : len - done);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return errno;
		done += (size_t)count;
	}
	return 0;
}

/* Content and permissions are on the medium when this returns 0. */
static int temp_fill(int fd, const void *bytes, size_t len, uint32_t mode)
{
	int failed = 0;

	/* The umask does not decide: what was asked for is what it gets. */
	if (fchmod(fd, (mode_t)mode))
		failed = errno;
	if (!failed)
		failed = write_all(fd, bytes, len);
	if (!failed && fsync(fd))
		failed = errno;
	if (close(fd) && !failed && errno != EINTR)
		failed = errno;
	return failed;
}

int provd_file_read_fully(int fd, uint8_t *bytes, size_t len, size_t *out_done)
{
	size_t done = 0;
	int failed = 0;

	while (done < len && !failed) {
		ssize_t count = read(fd, bytes + done, len - done);

		if (count == 0)
			break;
		if (count > 0)
			done += (size_t)count;
		else if (errno != EINTR)
			failed = errno;
	}
	*out_done = done;
	return failed;
}

DIR *provd_file_open_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	int failed = errno;

	if (fd >= 0 && !dir)
		(void)close(fd);
	errno = failed;
	return dir;
}

int provd_file_sync_folder(const char *folder)
{
	int failed = 0;
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	/* Some file systems cannot sync a folder; there is nothing more to be had from them. */
	if (fsync(fd) && errno != EINVAL && errno != ENOTSUP)
		failed = errno;
	(void)close(fd);
	return failed;
}

int provd_file_sync_parent(const char *path)
{
	char folder[PATH_MAX] = ".";
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	while (len > 0 && path[len - 1] != '/')
		len--;
	while (len > 1 && path[len - 1] == '/')
		len--;
	if (len >= sizeof(folder))
		return ENAMETOOLONG;
	if (len > 0) {
		memcpy(folder, path, len);
		folder[len] = '\0';
	}
	return provd_file_sync_folder(folder);
}

int provd_file_replace(const char *path, const void *bytes, size_t len, uint32_t mode,
		       struct provd_error *err)
{
	char temp[PATH_MAX];
	int failed;
	int fd = -1;

	if (!path || !*path || (!bytes && len) || (mode & ~0777u))
		return provd_net_fail(err, PROVD_E_INVALID, 0,
				      "cannot replace a file: path, content or mode not valid");
	failed = temp_open(path, temp, sizeof(temp), mode, &fd);
	if (failed)
		return provd_net_file_fail(err, failed, "create a file beside", path);
	failed = temp_fill(fd, bytes, len, mode);
	if (failed) {
		(void)unlink(temp);
		return provd_net_file_fail(err, failed, "write the new content of", path);
	}
	if (rename(temp, path)) {
		failed = errno;
		(void)unlink(temp);
		return provd_net_file_fail(err, failed, "put in place", path);
	}
	failed = provd_file_sync_parent(path);
	if (failed)
		return provd_net_file_fail(err, failed, "make durable", path);
	return 0;
}
