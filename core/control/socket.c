/* SPDX-License-Identifier: Apache-2.0 */
#include "control/control_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/** Code and words for a failed system call on the socket's path. */
static int fail_errno(const struct provd_control *control, const char *doing,
		      struct provd_error *err)
{
	const int saved = errno;
	const int code =
		saved == EACCES || saved == EPERM || saved == EROFS ? PROVD_E_ACCESS : PROVD_E_IO;

	return provd_net_fail(err, code, saved, "control socket %s: %s: %s", control->path, doing,
			      strerrordesc_np(saved));
}

/** Makes the folder of the socket, one level, if it is missing. */
static int make_folder(const struct provd_control *control, struct provd_error *err)
{
	const char *slash = strrchr(control->path, '/');
	char *folder;
	int status = 0;

	if (!slash || slash == control->path)
		return 0;
	folder = strndup(control->path, (size_t)(slash - control->path));
	if (!folder)
		return provd_net_fail(err, PROVD_E_NOMEM, 0, "out of memory");
	if (mkdir(folder, 0755) && errno != EEXIST)
		status = fail_errno(control, "cannot make its folder", err);
	free(folder);
	return status;
}

/** Asks whether somebody listens at an old socket file. @return 1 yes, 0 no */
static int is_answered(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int answered;

	if (fd < 0)
		return 1;
	/* EAGAIN: its queue of waiting clients is full, so somebody owns it */
	answered = !connect(fd, (const struct sockaddr *)address, sizeof(*address)) ||
		   errno == EAGAIN || errno == EINPROGRESS || errno == EACCES || errno == EPERM;
	(void)close(fd);
	return answered;
}

/** Removes what an earlier daemon left behind. */
static int clear_old(const struct provd_control *control, const struct sockaddr_un *address,
		     struct provd_error *err)
{
	struct stat old;

	if (lstat(control->path, &old))
		return errno == ENOENT ? 0 : fail_errno(control, "cannot look at it", err);
	if (!S_ISSOCK(old.st_mode))
		return provd_net_fail(err, PROVD_E_EXISTS, 0,
				      "control socket %s: a file that is no socket is there; "
				      "remove it or choose another run_dir",
				      control->path);
	if (is_answered(address))
		return provd_net_fail(err, PROVD_E_BUSY, 0,
				      "control socket %s: another daemon answers there; "
				      "stop it first",
				      control->path);
	if (unlink(control->path) && errno != ENOENT)
		return fail_errno(control, "cannot remove the old one", err);
	return 0;
}

/** Binds with owner and mode as wanted. Nobody can connect yet: it does not listen. */
static int bind_file(struct provd_control *control, int fd, mode_t mode,
		     const struct sockaddr_un *address, struct provd_error *err)
{
	struct stat made;

	/* Linux takes the file's mode from the socket's own: it is never more open than wanted */
	if (fchmod(fd, mode))
		return fail_errno(control, "cannot set its mode", err);
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)))
		return fail_errno(control, "cannot make it", err);
	if (lstat(control->path, &made))
		return fail_errno(control, "cannot look at it", err);
	control->dev = made.st_dev;
	control->inode = made.st_ino;
	if (control->gid != (gid_t)-1 && chown(control->path, (uid_t)-1, control->gid))
		PROVD_CLOG(control->log, "control", 0, PROVD_LOG_WARN,
			   "cannot give the socket to its group, ignoring",
			   provd_f_text("path", control->path),
			   provd_f_int("gid", (int64_t)control->gid));
	/* the umask took its part at bind */
	if (chmod(control->path, mode)) {
		fail_errno(control, "cannot set its mode", err);
		provd_control_socket_remove(control);
		return PROVD_E_IO;
	}
	return 0;
}

int provd_control_socket_open(struct provd_control *control, mode_t mode, int *out_fd,
			      struct provd_error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const size_t len = strlen(control->path);
	int status;
	int fd;

	if (!len || len >= sizeof(address.sun_path))
		return provd_net_fail(err, PROVD_E_INVALID, 0,
				      "control socket: a path of 1 to %zu bytes is possible, "
				      "this one has %zu",
				      sizeof(address.sun_path) - 1, len);
	memcpy(address.sun_path, control->path, len);
	status = make_folder(control, err);
	if (!status)
		status = clear_old(control, &address, err);
	if (status)
		return status;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail_errno(control, "cannot open a socket", err);
	status = bind_file(control, fd, mode, &address, err);
	if (status) {
		(void)close(fd);
		return status;
	}
	*out_fd = fd;
	return 0;
}

void provd_control_socket_remove(const struct provd_control *control)
{
	struct stat now;

	if (control->inode && !lstat(control->path, &now) && now.st_dev == control->dev &&
	    now.st_ino == control->inode)
		(void)unlink(control->path);
}
