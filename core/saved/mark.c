/* SPDX-License-Identifier: Apache-2.0 */
/* Versions before 0.2 left a file when the device was bound; what counts is that it is there. */
#include "saved/saved_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int code_of(int sys_errno)
{
	return sys_errno == EACCES || sys_errno == EPERM || sys_errno == EROFS ? PROVD_E_ACCESS
									       : PROVD_E_IO;
}

int provd__mark_is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* What was removed must not come back with the next power cut. */
static int folder_sync(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int failed = 0;
	int len;
	int fd;

	if (!slash)
		len = snprintf(folder, sizeof(folder), ".");
	else
		len = snprintf(folder, sizeof(folder), "%.*s",
			       slash == path ? 1 : (int)(slash - path), path);
	if (len < 0 || (size_t)len >= sizeof(folder))
		return ENAMETOOLONG;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : errno;
	/* Some file systems cannot sync a folder; there is nothing more to be had from them. */
	if (fsync(fd) && errno != EINVAL && errno != ENOTSUP)
		failed = errno;
	(void)close(fd);
	return failed;
}

int provd__mark_remove(const char *path)
{
	int failed;

	if (unlink(path) && errno != ENOENT && errno != ENOTDIR)
		return code_of(errno);
	failed = folder_sync(path);
	return failed ? code_of(failed) : 0;
}

void provd__saved_drop_mark(struct provd_saved *saved)
{
	int code;

	if (!saved->mark)
		return;
	code = provd__mark_remove(saved->mark);
	if (code) {
		PROVD_CLOG(saved->log, "saved", 0, PROVD_LOG_WARN,
			   "cannot remove the mark of an older version",
			   provd_f_text("path", saved->mark), provd_f_code("reason", code));
		return;
	}
	free(saved->mark);
	saved->mark = NULL;
}
