/* SPDX-License-Identifier: Apache-2.0 */
/* Versions before 0.2 left a file when the device was bound; what counts is that it is there. */
#include "saved/saved_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/net.h"

static int code_of(int sys_errno)
{
	return sys_errno == EACCES || sys_errno == EPERM || sys_errno == EROFS ? PROVD_E_ACCESS
									       : PROVD_E_IO;
}

int provd__mark_is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

int provd__mark_remove(const char *path)
{
	int failed;

	if (unlink(path) && errno != ENOENT && errno != ENOTDIR)
		return code_of(errno);
	/* What was removed must not come back with the next power cut. */
	failed = provd_file_sync_parent(path);
	return failed && failed != ENOENT ? code_of(failed) : 0;
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
