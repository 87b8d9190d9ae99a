/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Not a character of keys, so that a temporary file can be nobody's key. */
#define TEMPORARY "~"

static int from_errno(int error)
{
	switch (error) {
	case ENOENT:
		return PROVD_E_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return PROVD_E_ACCESS;
	case ENOSPC:
	case EDQUOT:
		return PROVD_E_NO_SPACE;
	default:
		return PROVD_E_IO;
	}
}

static int open_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && mkdir(dir, 0700) == 0)
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? from_errno(errno == ENOENT ? EIO : errno) : fd;
}

static int read_file(int fd, uint8_t *data, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = read(fd, data + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return PROVD_E_IO;
		done += (size_t)n;
	}
	return 0;
}

static int write_file(int fd, const uint8_t *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return from_errno(errno);
		data += n;
		len -= (size_t)n;
	}
	return fsync(fd) ? from_errno(errno) : 0;
}

int sim_file_load(const char *dir, const char *key, uint8_t **out_data, size_t *out_len)
{
	struct stat st;
	uint8_t *data = NULL;
	int fd = -1;
	int rc;
	int dirfd = open_dir(dir);

	if (dirfd < 0)
		return dirfd;
	fd = openat(dirfd, key, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	rc = fd < 0 ? from_errno(errno) : 0;
	if (rc)
		goto out;
	rc = PROVD_E_CORRUPT;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > PROVD_STORE_VALUE_MAX)
		goto out;
	rc = PROVD_E_NOMEM;
	data = malloc((size_t)st.st_size + 1);
	if (!data)
		goto out;
	rc = read_file(fd, data, (size_t)st.st_size);
	if (rc)
		goto out;
	*out_data = data;
	*out_len = (size_t)st.st_size;
	data = NULL;
out:
	free(data);
	if (fd >= 0)
		close(fd);
	close(dirfd);
	return rc;
}

int sim_file_save(const char *dir, const char *key, const uint8_t *data, size_t len)
{
	char temporary[PROVD_STORE_KEY_MAX + sizeof(TEMPORARY)];
	int fd = -1;
	int rc;
	int n = snprintf(temporary, sizeof(temporary), "%s" TEMPORARY, key);
	int dirfd;

	if (n < 0 || (size_t)n >= sizeof(temporary))
		return PROVD_E_INVALID;
	dirfd = open_dir(dir);
	if (dirfd < 0)
		return dirfd;
	fd = openat(dirfd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	rc = fd < 0 ? from_errno(errno) : write_file(fd, data, len);
	/* The new name must survive a power cut as well as the bytes. */
	if (!rc && (renameat(dirfd, temporary, dirfd, key) || fsync(dirfd)))
		rc = from_errno(errno);
	if (rc && fd >= 0)
		(void)unlinkat(dirfd, temporary, 0);
	if (fd >= 0)
		close(fd);
	close(dirfd);
	return rc == PROVD_E_NOT_FOUND ? PROVD_E_IO : rc;
}

int sim_file_erase(const char *dir, const char *key)
{
	int rc = 0;
	int dirfd = open_dir(dir);

	if (dirfd < 0)
		return dirfd;
	if (unlinkat(dirfd, key, 0))
		rc = errno == ENOENT ? 0 : from_errno(errno);
	else if (fsync(dirfd))
		rc = from_errno(errno);
	close(dirfd);
	return rc;
}
