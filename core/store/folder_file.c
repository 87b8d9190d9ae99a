/* SPDX-License-Identifier: Apache-2.0 */
#include "store/folder_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/net.h"
#include "net/net_util.h"
#include "store/record.h"
#include "store/store.h"

#define SUFFIX	     ".rec"
#define ASIDE	     ".damaged"
#define TEMPORARY    ".rec.tmp-"
#define RANDOM_CHARS 8

static int damaged(struct provd_error *err, const char *path, const char *why)
{
	return provd_net_fail(err, PROVD_E_CORRUPT, 0, "%s is damaged: %s", path, why);
}

static int refuse(struct provd_error *err, const char *path, const char *why, const char *remedy)
{
	return provd_net_fail(err, PROVD_E_ACCESS, 0, "%s is not used: %s; %s", path, why, remedy);
}

static int file_path(char out[PATH_MAX], const char *folder, const char *name, const char *suffix,
		     struct provd_error *err)
{
	int len = snprintf(out, PATH_MAX, "%s/%s%s", folder, name, suffix);

	if (len < 0 || len >= PATH_MAX)
		return provd_net_file_fail(err, ENAMETOOLONG, "name a record in", folder);
	return 0;
}

static int made_durable(int failed, const char *folder, struct provd_error *err)
{
	return failed ? provd_net_file_fail(err, failed, "make durable", folder) : 0;
}

static int check_folder(const char *folder, struct provd_error *err)
{
	struct stat info;

	if (stat(folder, &info))
		return provd_net_file_fail(err, errno, "look at", folder);
	if (!S_ISDIR(info.st_mode))
		return refuse(err, folder, "it is not a folder", "remove it");
	if (info.st_uid != 0 && info.st_uid != geteuid())
		return refuse(err, folder, "it belongs neither to root nor to the daemon's user",
			      "chown it");
	if (info.st_mode & (S_IWGRP | S_IWOTH))
		return refuse(err, folder, "group or others can write to it", "chmod go-w");
	return 0;
}

/* 1 when only the last part of the path is missing. */
static int is_missing(const char *folder)
{
	char parent[PATH_MAX] = ".";
	size_t len = strlen(folder);
	struct stat info;

	if (len >= sizeof(parent) || lstat(folder, &info) == 0 || errno != ENOENT)
		return 0;
	while (len && folder[len - 1] == '/')
		len--;
	while (len && folder[len - 1] != '/')
		len--;
	if (len) {
		memcpy(parent, folder, len);
		parent[len] = '\0';
	}
	return stat(parent, &info) == 0 && S_ISDIR(info.st_mode);
}

int provd__folder_check(const char *folder, int make, struct provd_error *err)
{
	int code = 0;

	if (!make && is_missing(folder))
		return provd_net_file_fail(err, ENOENT, "look at", folder);
	/* One that was just made must still be there after a power cut, with all that gets into it. */
	if (make && mkdir(folder, 0700) == 0)
		code = made_durable(provd_file_sync_parent(folder), folder, err);
	else if (make && errno != EEXIST)
		code = provd_net_file_fail(err, errno, "make the folder", folder);
	if (!code)
		code = check_folder(folder, err);
	/* "Not found" would read as "no such record". */
	return code == PROVD_E_NOT_FOUND ? PROVD_E_IO : code;
}

/* 1 for NAME.rec.tmp-XXXXXXXX: made by provd_file_replace for a record. */
static int is_leftover(const char *entry)
{
	const char *mark = strstr(entry, TEMPORARY);
	const char *random = mark ? mark + strlen(TEMPORARY) : NULL;
	char name[PROVD_STORE_NAME_MAX + 1];
	size_t len = mark ? (size_t)(mark - entry) : 0;

	if (len == 0 || len >= sizeof(name))
		return 0;
	memcpy(name, entry, len);
	name[len] = '\0';
	return provd_record_name_valid(name) && strlen(random) == RANDOM_CHARS &&
	       strspn(random, "0123456789abcdef") == RANDOM_CHARS;
}

void provd__folder_clean(const char *folder)
{
	const struct dirent *entry;
	DIR *dir = provd_file_open_folder(folder);

	if (!dir)
		return;
	/* Nobody else reads this stream, so the plain call is safe on any thread. */
	/* cppcheck-suppress readdirCalled */
	while ((entry = readdir(dir)) != NULL) {
		if (is_leftover(entry->d_name))
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	}
	(void)closedir(dir);
}

/* A file that is cut off while we read is a failure. */
static int read_all(int fd, uint8_t *bytes, size_t len)
{
	size_t done = 0;
	int failed = provd_file_read_fully(fd, bytes, len, &done);

	return !failed && done < len ? EIO : failed;
}

static int check_file(const char *path, const struct stat *info, struct provd_error *err)
{
	if (!S_ISREG(info->st_mode))
		return damaged(err, path,
			       S_ISLNK(info->st_mode) ? "it is a link"
						      : "it is not a regular file");
	if (info->st_uid != 0 && info->st_uid != geteuid())
		return refuse(err, path, "it belongs neither to root nor to the daemon's user",
			      "chown it");
	if (info->st_mode & (S_IRWXG | S_IRWXO))
		return refuse(err, path, "it may hold secrets and others can get at it",
			      "chmod 600");
	if (info->st_size > PROVD_RECORD_MAX)
		return damaged(err, path, "larger than a record can be");
	return 0;
}

int provd__folder_load(const char *folder, const char *name, struct provd_secret **out_record,
		       struct provd_error *err)
{
	struct provd_secret *record = NULL;
	char path[PATH_MAX];
	struct stat info;
	uint8_t *bytes = NULL;
	int failed;
	int fd = -1;
	int code = file_path(path, folder, name, SUFFIX, err);

	if (code)
		return code;
	/* Some of what is no file cannot be opened, and some does something when it is. */
	if (lstat(path, &info) == 0 && !S_ISREG(info.st_mode))
		return check_file(path, &info, err);
	/* O_NONBLOCK: a pipe under this name must not hold the lane. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno == ELOOP)
		return damaged(err, path, "it is a link");
	if (fd < 0)
		return provd_net_file_fail(err, errno, "open", path);
	if (fstat(fd, &info)) {
		code = provd_net_file_fail(err, errno, "look at", path);
		goto out;
	}
	code = check_file(path, &info, err);
	if (code)
		goto out;
	record = provd_secret_alloc((size_t)info.st_size, &bytes);
	if (!record) {
		code = provd_net_fail(err, PROVD_E_NOMEM, ENOMEM, "cannot read %s: out of memory",
				      path);
		goto out;
	}
	failed = read_all(fd, bytes, (size_t)info.st_size);
	if (failed) {
		code = provd_net_file_fail(err, failed, "read", path);
		goto out;
	}
	*out_record = record;
	record = NULL;
out:
	provd_secret_unref(record);
	(void)close(fd);
	return code;
}

static int is_folder(const char *path)
{
	struct stat info;

	return lstat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

int provd__folder_save(const char *folder, const char *name, const struct provd_secret *record,
		       struct provd_error *err)
{
	struct provd_bytes view = provd_secret_view(record);
	char path[PATH_MAX];
	int code = file_path(path, folder, name, SUFFIX, err);

	/* All else that is no file is replaced as one is. */
	if (!code && is_folder(path))
		code = provd__folder_set_aside(folder, name, err);
	if (!code)
		code = provd_file_replace(path, view.data, view.len, 0600, err);
	/* The folder went away after it was looked at: not the record is missing. */
	return code == PROVD_E_NOT_FOUND ? PROVD_E_IO : code;
}

int provd__folder_erase(const char *folder, const char *name, struct provd_error *err)
{
	char path[PATH_MAX];
	int code = file_path(path, folder, name, SUFFIX, err);

	if (code)
		return code;
	/* What it holds is not ours to remove. */
	if (is_folder(path))
		return provd__folder_set_aside(folder, name, err);
	if (unlink(path) && errno != ENOENT)
		return provd_net_file_fail(err, errno, "remove", path);
	/* Also when it was not there: the sync of an earlier removal may have failed. */
	return made_durable(provd_file_sync_folder(folder), folder, err);
}

/* @return 0, or the errno of why `path` cannot take the place of `aside` */
static int move(const char *path, const char *aside)
{
	if (rename(path, aside) == 0 || errno == ENOENT)
		return 0;
	/* A file does not replace a folder, nor a folder a file or a folder that is not empty. */
	if (errno != EISDIR && errno != ENOTDIR && errno != ENOTEMPTY && errno != EEXIST)
		return errno;
	if (remove(aside) && errno != ENOENT)
		return EEXIST;
	return rename(path, aside) && errno != ENOENT ? errno : 0;
}

int provd__folder_set_aside(const char *folder, const char *name, struct provd_error *err)
{
	static const char *const suffixes[] = {ASIDE,	   ASIDE "-2", ASIDE "-3",
					       ASIDE "-4", ASIDE "-5", ASIDE "-6",
					       ASIDE "-7", ASIDE "-8", ASIDE "-9"};
	char path[PATH_MAX];
	char aside[PATH_MAX];
	int failed = EEXIST;
	int code = file_path(path, folder, name, SUFFIX, err);

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]) && failed == EEXIST; i++) {
		if (!code)
			code = file_path(aside, folder, name, suffixes[i], err);
		if (code)
			return code;
		failed = move(path, aside);
	}
	return failed ? provd_net_file_fail(err, failed, "set aside", path)
		      : made_durable(provd_file_sync_folder(folder), folder, err);
}
