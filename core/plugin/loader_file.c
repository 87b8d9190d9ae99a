/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trust in a plugin file. Packages install plugins as symbolic links now and then, so links are
 * followed, once: everything after realpath() works on the resolved path, and the file is opened
 * with O_NOFOLLOW below a folder that is held open. The loader then hands the same resolved path
 * to dlopen(). Whoever could exchange the file in between can write to a folder that belongs to
 * root or to us, and such a one needs no race. Loading through /proc/self/fd would close even
 * that gap, but needs /proc and leaves debuggers and sanitizers with a name that is gone.
 */
#include "plugin/loader_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRITABLE_BY_OTHERS (S_IWGRP | S_IWOTH)

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

int provd_loader_refuse(struct provd_error *err, int code, const char *file, const char *reason,
			...)
{
	struct provd_loader_short shown = provd_loader_shorten(base_name(file));
	size_t used;
	int n;
	va_list args;

	if (!err)
		return code;
	err->code = code;
	err->sys_errno = 0;
	n = snprintf(err->text, sizeof(err->text), "plugin '%s' refused: ", shown.text);
	used = n > 0 ? (size_t)n : 0; /* at most 64 + 19 bytes */
	va_start(args, reason);
	n = vsnprintf(err->text + used, sizeof(err->text) - used, reason, args);
	va_end(args);
	if (n < 0)
		err->text[used] = '\0';
	else if ((size_t)n >= sizeof(err->text) - used)
		memcpy(err->text + sizeof(err->text) - 4, "...", 4);
	for (char *c = err->text; *c; c++) {
		if (*c < ' ' || *c > '~')
			*c = '?';
	}
	return code;
}

struct provd_loader_short provd_loader_shorten(const char *path)
{
	struct provd_loader_short out = {{0}};
	size_t len = strlen(path);

	if (len < sizeof(out.text)) {
		memcpy(out.text, path, len);
		return out;
	}
	memcpy(out.text, "...", 3);
	memcpy(out.text + 3, path + len - (sizeof(out.text) - 4), sizeof(out.text) - 4);
	return out;
}

int provd_loader_name_valid(const char *name)
{
	size_t len = strnlen(name, 33);

	if (len == 0 || len > 32 || name[0] < 'a' || name[0] > 'z')
		return 0;
	for (size_t i = 1; i < len; i++) {
		int letter = name[i] >= 'a' && name[i] <= 'z';
		int digit = name[i] >= '0' && name[i] <= '9';

		if (!letter && !digit && name[i] != '-')
			return 0;
	}
	return 1;
}

/* A failed system call on the way to the file. */
static int refuse_errno(struct provd_error *err, int saved, const char *path, const char *what)
{
	int code = saved == ENOENT ? PROVD_E_NOT_FOUND : PROVD_E_PLUGIN_FILE;
	struct provd_loader_short shown = provd_loader_shorten(path);

	if (saved == ENOMEM)
		code = PROVD_E_NOMEM;
	code = provd_loader_refuse(err, code, path, "%s '%s' failed: %s; check path and access",
				   what, shown.text, strerror(saved));
	if (err)
		err->sys_errno = saved;
	return code;
}

/* `which` is "the file" or "its folder 'PATH'". */
static int check_trust(const struct stat *st, const char *which, const char *file,
		       struct provd_error *err)
{
	uid_t self = geteuid();

	if (st->st_uid != 0 && st->st_uid != self && self == 0)
		return provd_loader_refuse(
			err, PROVD_E_PLUGIN_FILE, file,
			"%s belongs to uid %u, wanted root; run chown root on it", which,
			(unsigned)st->st_uid);
	if (st->st_uid != 0 && st->st_uid != self)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_FILE, file,
					   "%s belongs to uid %u, wanted root or uid %u; "
					   "run chown root on it",
					   which, (unsigned)st->st_uid, (unsigned)self);
	if (st->st_mode & WRITABLE_BY_OTHERS)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_FILE, file,
					   "%s has mode %04o, wanted no write access for group and "
					   "others; run chmod go-w on it",
					   which, (unsigned)st->st_mode & 07777u);
	return 0;
}

static const char *type_name(mode_t mode)
{
	if (S_ISDIR(mode))
		return "a directory";
	if (S_ISFIFO(mode))
		return "a pipe";
	if (S_ISSOCK(mode))
		return "a socket";
	return "a device";
}

static int open_in_folder(int folder_fd, const char *real, const char *file, int *out_fd,
			  struct provd_error *err)
{
	struct stat st;
	int ret;
	/* O_NONBLOCK: opening a pipe must not wait for its writer. */
	int fd = openat(folder_fd, base_name(real), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return refuse_errno(err, errno, real, "opening");
	if (fstat(fd, &st) < 0)
		ret = refuse_errno(err, errno, real, "looking at");
	else if (!S_ISREG(st.st_mode))
		ret = provd_loader_refuse(err, PROVD_E_PLUGIN_FILE, file,
					  "it is %s, wanted a regular file; "
					  "put the plugin's shared object there",
					  type_name(st.st_mode));
	else
		ret = check_trust(&st, "the file", file, err);
	if (ret < 0) {
		close(fd);
		return ret;
	}
	*out_fd = fd;
	return 0;
}

static int check_folder(const char *folder, const char *file, int *out_fd, struct provd_error *err)
{
	struct provd_loader_short shown = provd_loader_shorten(folder);
	char which[sizeof(shown.text) + 16];
	struct stat st;
	int ret;
	int n;
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return refuse_errno(err, errno, folder, "opening");
	n = snprintf(which, sizeof(which), "its folder '%s'", shown.text);
	if (fstat(fd, &st) < 0)
		ret = refuse_errno(err, errno, folder, "looking at");
	else
		ret = check_trust(&st, n > 0 ? which : "its folder", file, err);
	if (ret < 0) {
		close(fd);
		return ret;
	}
	*out_fd = fd;
	return 0;
}

int provd_loader_open(const char *path, char **out_real, int *out_fd, struct provd_error *err)
{
	char *real = realpath(path, NULL);
	char *slash;
	char *folder = NULL;
	int folder_fd = -1;
	int fd = -1;
	int ret;

	if (!real)
		return refuse_errno(err, errno, path, "opening");
	slash = strrchr(real, '/');
	folder = strndup(real, slash == real ? 1 : (size_t)(slash - real));
	if (!folder) {
		ret = provd_loader_refuse(err, PROVD_E_NOMEM, path, "out of memory");
		goto out;
	}
	/* Messages name what was asked for; the resolved name may be another one. */
	ret = check_folder(folder, path, &folder_fd, err);
	if (ret < 0)
		goto out;
	ret = open_in_folder(folder_fd, real, path, &fd, err);
	if (ret < 0)
		goto out;
	*out_real = real;
	*out_fd = fd;
	real = NULL;
out:
	if (folder_fd >= 0)
		close(folder_fd);
	free(folder);
	free(real);
	return ret;
}
