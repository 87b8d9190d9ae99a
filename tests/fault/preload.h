/* SPDX-License-Identifier: Apache-2.0 */
/* What the wrapped calls ask: is this one of ours, and what is to become of it. */
#ifndef PROVD_FAULT_PRELOAD_H
#define PROVD_FAULT_PRELOAD_H

#include <dirent.h>
#include "plan.h"

#include <limits.h>
#include <sys/types.h>
#include <sys/uio.h>

/* The C library's own calls. */
struct fault_next {
	int (*open)(const char *path, int flags, ...);
	int (*openat)(int dir, const char *path, int flags, ...);
	ssize_t (*write)(int fd, const void *bytes, size_t len);
	ssize_t (*pwrite)(int fd, const void *bytes, size_t len, off_t at);
	ssize_t (*writev)(int fd, const struct iovec *parts, int count);
	int (*fsync)(int fd);
	int (*fdatasync)(int fd);
	int (*rename)(const char *from, const char *to);
	int (*renameat)(int from_dir, const char *from, int to_dir, const char *to);
	int (*renameat2)(int from_dir, const char *from, int to_dir, const char *to,
			 unsigned flags);
	int (*unlink)(const char *path);
	int (*unlinkat)(int dir, const char *path, int flags);
	int (*ftruncate)(int fd, off_t len);
	int (*closedir)(DIR *dir);
	int (*mkdir)(const char *path, mode_t mode);
	int (*mkdirat)(int dir, const char *path, mode_t mode);
	int (*close)(int fd);
};

const struct fault_next *fault_next(void);

/* 1 when the path is in the watched folder; `out` is the whole path then. */
int fault_watches_path(int dir, const char *path, char out[PATH_MAX]);
/* 1 when the descriptor was opened in the watched folder for writing, or is a folder there. */
int fault_watches_fd(int fd);

/* Remembers a descriptor, or forgets it. */
void fault_keep_fd(int fd);
void fault_forget_fd(int fd);

/* Counts an operation, writes it down, and kills the process when that is due now. */
struct fault_step fault_begin(const char *op, const char *path, int is_write);
struct fault_step fault_begin_fd(const char *op, int fd, int is_write);
/* Kills the process when that is due afterwards; gives `result` back, errno as it was. */
ssize_t fault_end(const struct fault_step *step, ssize_t result);

#endif /* PROVD_FAULT_PRELOAD_H */
