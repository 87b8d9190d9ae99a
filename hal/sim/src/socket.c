/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int refuse(struct sim *sim, const char *path, int code, int error)
{
	PROVD_LOG(sim->host, PROVD_LOG_ERROR, NULL, "cannot bind a socket",
		  provd_f_text("path", path), provd_f_code("code", code),
		  provd_f_int("errno", error));
	return code;
}

/* What a killed daemon left behind; anything but a socket is not ours to remove. */
static void remove_stale(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		(void)unlink(path);
}

int sim_socket_bind(struct sim *sim, const char *path, int type)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int error;
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path))
		return refuse(sim, path, PROVD_E_CONFIG, ENAMETOOLONG);
	memcpy(addr.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return refuse(sim, path, PROVD_E_IO, errno);
	remove_stale(path);
	if (bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) || chmod(path, 0600)) {
		error = errno;
		close(fd);
		return refuse(sim, path, error == EACCES ? PROVD_E_ACCESS : PROVD_E_IO, error);
	}
	return fd;
}

void sim_socket_close(int *fd, const char *path)
{
	if (*fd < 0)
		return;
	close(*fd);
	*fd = -1;
	if (path)
		(void)unlink(path);
}
