/* SPDX-License-Identifier: Apache-2.0 */
#include "config/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse_access(struct provd_report *report, const char *what, const char *remedy)
{
	provd_report_add_at(report, NULL, "%s; run: %s %s", what, remedy, report->file);
	return PROVD_E_CONFIG_ACCESS;
}

static int check_trust(struct provd_report *report, const struct stat *st)
{
	if (!S_ISREG(st->st_mode)) {
		provd_report_add_at(report, NULL, "not a regular file");
		return PROVD_E_CONFIG_ACCESS;
	}
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return refuse_access(report, "belongs neither to root nor to the daemon's user",
				     "chown root");
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return refuse_access(report, "group or others can write to it", "chmod go-w");
	if (st->st_size > PROVD_CONFIG_SIZE_MAX) {
		provd_report_add_at(report, NULL, "larger than %d bytes", PROVD_CONFIG_SIZE_MAX);
		return PROVD_E_CONFIG;
	}
	return 0;
}

/* The file may grow between fstat and read, so the room decides and not the size. */
static int read_all(struct provd_report *report, int fd, size_t room, char *text, size_t *out_len)
{
	size_t len = 0;

	while (len < room) {
		ssize_t n = read(fd, text + len, room - len);

		if (n == 0)
			break;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			provd_report_add_at(report, NULL, "cannot be read: %s", strerror(errno));
			return PROVD_E_IO;
		}
		len += (size_t)n;
	}
	if (len == room) {
		provd_report_add_at(report, NULL, "changed while it was read, or too large");
		return PROVD_E_IO;
	}
	text[len] = '\0';
	*out_len = len;
	return 0;
}

static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder;
	char *absolute;

	if (slash == NULL)
		folder = strdup(".");
	else
		folder = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (folder == NULL)
		return NULL;
	absolute = realpath(folder, NULL);
	free(folder);
	return absolute;
}

static int cannot_open(struct provd_report *report)
{
	int code = errno == ENOENT || errno == ENOTDIR ? PROVD_E_NOT_FOUND
		   : errno == EACCES		       ? PROVD_E_CONFIG_ACCESS
						       : PROVD_E_IO;

	provd_report_add_at(report, NULL, "cannot be opened: %s", strerror(errno));
	return code;
}

int provd_config_file_read(struct provd_report *report, struct provd_config_file *out_file)
{
	struct provd_config_file file = {0};
	struct stat st;
	size_t room;
	int result;
	/* O_NONBLOCK: opening a pipe must not wait for its other end. */
	int fd = open(report->file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return cannot_open(report);
	if (fstat(fd, &st) != 0) {
		result = cannot_open(report);
		goto out;
	}
	result = check_trust(report, &st);
	if (result != 0)
		goto out;
	room = (size_t)st.st_size + 1;
	file.mode = (unsigned int)st.st_mode & 07777u;
	file.len = room;
	file.text = calloc(1, room);
	file.dir = folder_of(report->file);
	if (file.text == NULL || file.dir == NULL) {
		result = PROVD_E_NOMEM;
		goto out;
	}
	result = read_all(report, fd, room, file.text, &file.len);
	if (result == 0) {
		*out_file = file;
		memset(&file, 0, sizeof(file));
	}
out:
	provd_config_file_finish(&file);
	close(fd);
	return result;
}

void provd_config_file_finish(struct provd_config_file *file)
{
	if (file->text != NULL) {
		OPENSSL_cleanse(file->text, file->len);
		free(file->text);
	}
	free(file->dir);
	memset(file, 0, sizeof(*file));
}
