/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel calls of this folder, and words for how they fail. */
#include "board/board_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

static int sys_open(void *user, const char *path)
{
	(void)user;
	return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

static int sys_ioctl(void *user, int fd, unsigned long request, void *arg)
{
	(void)user;
	return ioctl(fd, request, arg);
}

const struct provd__board_sys *provd__board_sys_get(void)
{
	static const struct provd__board_sys sys = {sys_open, sys_ioctl, NULL};

	return &sys;
}

int provd__board_code(int sys_errno)
{
	switch (sys_errno) {
	case ENOENT:
	case ENOTDIR:
	case ENODEV:
	case ENXIO:
		return PROVD_E_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return PROVD_E_ACCESS;
	case EBUSY:
		return PROVD_E_BUSY;
	case EMFILE:
	case ENFILE:
		return PROVD_E_LIMIT;
	case ENOMEM:
		return PROVD_E_NOMEM;
	default:
		return PROVD_E_IO;
	}
}
