/* SPDX-License-Identifier: Apache-2.0 */
/* The calls that stand before the C library's. Each 64-bit and each fortified name is one more
 * door to the same room. */
#include "preload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PUBLIC __attribute__((visibility("default")))

/* Not in any header: what -D_FORTIFY_SOURCE makes of open() without a mode. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dir, const char *path, int flags);
int __openat64_2(int dir, const char *path, int flags);

/* Opening */

/* Reading is not counted; what is opened for it is not watched, folders aside: they are synced. */
static int open_watched(int dir, const char *path, int flags, mode_t mode)
{
	int writes = (flags & O_ACCMODE) != O_RDONLY;
	struct fault_step step = {0};
	char full[PATH_MAX];
	int fd;

	if (!(writes || flags & O_DIRECTORY) || !fault_watches_path(dir, path, full))
		return fault_next()->openat(dir, path, flags, mode);
	if (flags & O_CREAT)
		step = fault_begin("open", full, 0);
	if (step.error)
		return -1;
	fd = fault_next()->openat(dir, path, flags, mode);
	fault_keep_fd(fd);
	return (int)fault_end(&step, fd);
}

static mode_t take_mode(int flags, va_list list)
{
	/* O_TMPFILE has the bit of O_DIRECTORY in it. */
	int makes = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;

	return makes ? va_arg(list, mode_t) : 0;
}

#define OPEN(name)                                                                                 \
	PUBLIC int name(const char *path, int flags, ...)                                          \
	{                                                                                          \
		va_list list;                                                                      \
		mode_t mode;                                                                       \
                                                                                                   \
		va_start(list, flags);                                                             \
		mode = take_mode(flags, list);                                                     \
		va_end(list);                                                                      \
		return open_watched(AT_FDCWD, path, flags, mode);                                  \
	}
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                               \
	PUBLIC int name(int dir, const char *path, int flags, ...)                                 \
	{                                                                                          \
		va_list list;                                                                      \
		mode_t mode;                                                                       \
                                                                                                   \
		va_start(list, flags);                                                             \
		mode = take_mode(flags, list);                                                     \
		va_end(list);                                                                      \
		return open_watched(dir, path, flags, mode);                                       \
	}
OPENAT(openat)
OPENAT(openat64)

PUBLIC int __open_2(const char *path, int flags)
{
	return open_watched(AT_FDCWD, path, flags, 0);
}

PUBLIC int __open64_2(const char *path, int flags)
{
	return open_watched(AT_FDCWD, path, flags, 0);
}

PUBLIC int __openat_2(int dir, const char *path, int flags)
{
	return open_watched(dir, path, flags, 0);
}

PUBLIC int __openat64_2(int dir, const char *path, int flags)
{
	return open_watched(dir, path, flags, 0);
}

/* Writing */

static size_t shorter(const struct fault_step *step, size_t len)
{
	return step->halve && len > 1 ? len / 2 : len;
}

PUBLIC ssize_t write(int fd, const void *bytes, size_t len)
{
	struct fault_step step;

	if (!fault_watches_fd(fd))
		return fault_next()->write(fd, bytes, len);
	step = fault_begin_fd("write", fd, 1);
	if (step.error)
		return -1;
	return fault_end(&step, fault_next()->write(fd, bytes, shorter(&step, len)));
}

static ssize_t pwrite_watched(int fd, const void *bytes, size_t len, off_t at)
{
	struct fault_step step;

	if (!fault_watches_fd(fd))
		return fault_next()->pwrite(fd, bytes, len, at);
	step = fault_begin_fd("pwrite", fd, 1);
	if (step.error)
		return -1;
	return fault_end(&step, fault_next()->pwrite(fd, bytes, shorter(&step, len), at));
}

PUBLIC ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	return pwrite_watched(fd, bytes, len, at);
}

PUBLIC ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
	return pwrite_watched(fd, bytes, len, at);
}

PUBLIC ssize_t writev(int fd, const struct iovec *parts, int count)
{
	struct fault_step step;
	int i = 0;

	if (!fault_watches_fd(fd))
		return fault_next()->writev(fd, parts, count);
	step = fault_begin_fd("writev", fd, 1);
	if (step.error)
		return -1;
	while (step.halve && i < count && parts[i].iov_len == 0)
		i++;
	if (step.halve && i < count)
		return fault_end(&step, fault_next()->write(fd, parts[i].iov_base,
							    shorter(&step, parts[i].iov_len)));
	return fault_end(&step, fault_next()->writev(fd, parts, count));
}

/* Everything else on a descriptor */

PUBLIC int fsync(int fd)
{
	struct fault_step step;

	if (!fault_watches_fd(fd))
		return fault_next()->fsync(fd);
	step = fault_begin_fd("fsync", fd, 0);
	return step.error ? -1 : (int)fault_end(&step, fault_next()->fsync(fd));
}

PUBLIC int fdatasync(int fd)
{
	struct fault_step step;

	if (!fault_watches_fd(fd))
		return fault_next()->fdatasync(fd);
	step = fault_begin_fd("fdatasync", fd, 0);
	return step.error ? -1 : (int)fault_end(&step, fault_next()->fdatasync(fd));
}

static int ftruncate_watched(int fd, off_t len)
{
	struct fault_step step;

	if (!fault_watches_fd(fd))
		return fault_next()->ftruncate(fd, len);
	step = fault_begin_fd("ftruncate", fd, 0);
	return step.error ? -1 : (int)fault_end(&step, fault_next()->ftruncate(fd, len));
}

PUBLIC int ftruncate(int fd, off_t len)
{
	return ftruncate_watched(fd, len);
}

PUBLIC int ftruncate64(int fd, off64_t len)
{
	return ftruncate_watched(fd, len);
}

PUBLIC int close(int fd)
{
	struct fault_step step;
	int rc;

	if (!fault_watches_fd(fd))
		return fault_next()->close(fd);
	step = fault_begin_fd("close", fd, 0);
	fault_forget_fd(fd);
	/* Linux gives the descriptor back even when close() fails. */
	rc = (int)fault_end(&step, fault_next()->close(fd));
	if (step.error)
		errno = step.error;
	return step.error ? -1 : rc;
}

/* It closes the descriptor behind our back, and the next one of this number may be a socket. */
PUBLIC int closedir(DIR *dir)
{
	if (fault_watches_fd(dirfd(dir)))
		fault_forget_fd(dirfd(dir));
	return fault_next()->closedir(dir);
}

/* Names */

PUBLIC int rename(const char *from, const char *to)
{
	struct fault_step step;
	char full[PATH_MAX];

	if (!fault_watches_path(AT_FDCWD, to, full))
		return fault_next()->rename(from, to);
	step = fault_begin("rename", full, 0);
	return step.error ? -1 : (int)fault_end(&step, fault_next()->rename(from, to));
}

PUBLIC int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	struct fault_step step;
	char full[PATH_MAX];

	if (!fault_watches_path(to_dir, to, full))
		return fault_next()->renameat(from_dir, from, to_dir, to);
	step = fault_begin("renameat", full, 0);
	if (step.error)
		return -1;
	return (int)fault_end(&step, fault_next()->renameat(from_dir, from, to_dir, to));
}

PUBLIC int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	struct fault_step step;
	char full[PATH_MAX];

	if (!fault_watches_path(to_dir, to, full))
		return fault_next()->renameat2(from_dir, from, to_dir, to, flags);
	step = fault_begin("renameat2", full, 0);
	if (step.error)
		return -1;
	return (int)fault_end(&step, fault_next()->renameat2(from_dir, from, to_dir, to, flags));
}

PUBLIC int unlink(const char *path)
{
	struct fault_step step;
	char full[PATH_MAX];

	if (!fault_watches_path(AT_FDCWD, path, full))
		return fault_next()->unlink(path);
	step = fault_begin("unlink", full, 0);
	return step.error ? -1 : (int)fault_end(&step, fault_next()->unlink(path));
}

PUBLIC int unlinkat(int dir, const char *path, int flags)
{
	struct fault_step step;
	char full[PATH_MAX];

	if (!fault_watches_path(dir, path, full))
		return fault_next()->unlinkat(dir, path, flags);
	step = fault_begin("unlinkat", full, 0);
	return step.error ? -1 : (int)fault_end(&step, fault_next()->unlinkat(dir, path, flags));
}

PUBLIC int mkdir(const char *path, mode_t mode)
{
	struct fault_step step;
	char full[PATH_MAX];

	if (!fault_watches_path(AT_FDCWD, path, full))
		return fault_next()->mkdir(path, mode);
	step = fault_begin("mkdir", full, 0);
	return step.error ? -1 : (int)fault_end(&step, fault_next()->mkdir(path, mode));
}

PUBLIC int mkdirat(int dir, const char *path, mode_t mode)
{
	struct fault_step step;
	char full[PATH_MAX];

	if (!fault_watches_path(dir, path, full))
		return fault_next()->mkdirat(dir, path, mode);
	step = fault_begin("mkdirat", full, 0);
	return step.error ? -1 : (int)fault_end(&step, fault_next()->mkdirat(dir, path, mode));
}
