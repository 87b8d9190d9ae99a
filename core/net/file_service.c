/* SPDX-License-Identifier: Apache-2.0 */
#include "net/net.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/net_util.h"
#include "secret/secret.h"

/** What provd_file_replace puts between the name of a file and eight random digits. */
#define TEMPORARY    ".tmp-"
#define RANDOM_CHARS 8

/** Lives until the last job of it is over. */
struct provd_file_service {
	struct provd_owner *owner;
	size_t running; /**< replacements that are not over */
};

/** One replacement; `err` is written by the pool thread. */
struct job {
	struct provd_file_service *service; /**< NULL: not counted by it */
	struct provd_secret *content;
	char *path;
	uint32_t mode;
	void (*done)(void *user, int code, const struct provd_error *err);
	void *user;
	struct provd_error err;
};

static int job_run(void *user)
{
	struct job *job = user;
	struct provd_bytes view = provd_secret_view(job->content);

	return provd_file_replace(job->path, view.data, view.len, job->mode, &job->err);
}

static void job_done(void *user, int status)
{
	struct job *job = user;

	/* Only the end of the service cancels, and it promises silence. */
	if (status == PROVD_E_CANCELED)
		return;
	job->done(job->user, status, status ? &job->err : NULL);
}

static void job_free(void *user)
{
	struct job *job = user;

	if (!job)
		return;
	if (job->service)
		job->service->running--;
	provd_secret_unref(job->content);
	free(job->path);
	free(job);
}

static int replace(void *self, const char *path, const struct provd_secret *content, uint32_t mode,
		   void (*done)(void *user, int code, const struct provd_error *err), void *user,
		   uint64_t *out_id)
{
	struct provd_file_service *service = self;
	struct provd_work work = {.size = sizeof(work), .run = job_run, .done = job_done};
	struct job *job;
	uint64_t id = 0;
	int rc;

	if (!path || !*path || !content || !done || (mode & ~0777u))
		return PROVD_E_INVALID;
	job = calloc(1, sizeof(*job));
	if (!job)
		return PROVD_E_NOMEM;
	rc = provd_net_copy(path, &job->path);
	if (rc)
		goto fail;
	job->content = provd_secret_ref(content);
	job->mode = mode;
	job->done = done;
	job->user = user;
	job->err.size = sizeof(job->err);
	work.release = job_free;
	work.user = job;
	rc = provd_work_start(service->owner, &work, &id);
	if (rc)
		goto fail;
	job->service = service;
	service->running++;
	if (out_id)
		*out_id = id;
	return 0;

fail:
	job_free(job);
	return rc;
}

/* Reads until `len` bytes are there or the file ends. */
static int read_all(int fd, uint8_t *bytes, size_t len, size_t *out_len)
{
	size_t have = 0;
	ssize_t count = 1;

	while (have < len && count) {
		count = read(fd, bytes + have, len - have);
		if (count < 0 && errno == EINTR)
			count = 1;
		else if (count < 0)
			return errno;
		else
			have += (size_t)count;
	}
	*out_len = have;
	return 0;
}

static int load_open(const char *path, size_t max, int *out_fd, size_t *out_len,
		     struct provd_error *err)
{
	struct stat info;
	int failed;
	/* O_NONBLOCK: a pipe under this name must not stop the loop. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		failed = errno;
		return provd_net_fail(err, provd_net_code(failed), failed, "cannot open %s: %s",
				      path, strerror(failed));
	}
	if (fstat(fd, &info)) {
		failed = errno;
		(void)close(fd);
		return provd_net_fail(err, PROVD_E_IO, failed, "cannot read %s: %s", path,
				      strerror(failed));
	}
	if (!S_ISREG(info.st_mode)) {
		(void)close(fd);
		return provd_net_fail(err, PROVD_E_IO, 0, "cannot read %s: not a regular file",
				      path);
	}
	if (info.st_size < 0 || (uintmax_t)info.st_size > max ||
	    (uintmax_t)info.st_size > PROVD_SECRET_MAX) {
		(void)close(fd);
		return provd_net_fail(err, PROVD_E_LIMIT, 0,
				      "cannot read %s: larger than the %zu bytes accepted", path,
				      max < PROVD_SECRET_MAX ? max : (size_t)PROVD_SECRET_MAX);
	}
	*out_fd = fd;
	*out_len = (size_t)info.st_size;
	return 0;
}

/* 1 for `name` as provd_file_replace calls what it writes before it is `base`. */
static int is_leftover(const char *name, const char *base)
{
	size_t len = strlen(base);
	const char *random;

	if (strncmp(name, base, len) != 0 || strncmp(name + len, TEMPORARY, strlen(TEMPORARY)) != 0)
		return 0;
	random = name + len + strlen(TEMPORARY);
	return strlen(random) == RANDOM_CHARS && strspn(random, "0123456789abcdef") == RANDOM_CHARS;
}

static void leftover_remove(int folder, const char *name)
{
	struct stat info;

	if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode) &&
	    info.st_uid == geteuid())
		(void)unlinkat(folder, name, 0);
}

/* A kill leaves what was being written, and it may hold secrets. Best effort. */
static void clean(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	const struct dirent *entry;
	char *folder = slash ? strndup(path, (size_t)(base - path)) : strdup(".");
	DIR *dir = folder && *base ? provd_file_open_folder(folder) : NULL;

	free(folder);
	if (!dir)
		return;
	/* Nobody else reads this stream, so the plain call is safe on any thread. */
	/* cppcheck-suppress readdirCalled */
	while ((entry = readdir(dir)) != NULL) {
		if (is_leftover(entry->d_name, base))
			leftover_remove(dirfd(dir), entry->d_name);
	}
	(void)closedir(dir);
}

static int load(void *self, const char *path, size_t max, struct provd_secret **out_secret,
		struct provd_error *err)
{
	const struct provd_file_service *service = self;
	struct provd_secret *secret;
	uint8_t *bytes = NULL;
	size_t size = 0;
	size_t have = 0;
	int fd = -1;
	int rc;

	if (!path || !*path || !out_secret)
		return provd_net_fail(err, PROVD_E_INVALID, 0, "cannot read a file without a name");
	/* One path may be written in several ways, so it is not asked which file is replaced. */
	if (service && !service->running)
		clean(path);
	rc = load_open(path, max, &fd, &size, err);
	if (rc)
		return rc;
	secret = provd_secret_alloc(size, &bytes);
	if (!secret) {
		(void)close(fd);
		return provd_net_fail(err, PROVD_E_NOMEM, 0, "cannot read %s: out of memory", path);
	}
	rc = read_all(fd, bytes, size, &have);
	(void)close(fd);
	/* Shorter than it was a moment ago: somebody cut it off while we read. */
	if (rc || have != size) {
		provd_secret_unref(secret);
		return provd_net_fail(err, PROVD_E_IO, rc, "cannot read %s: %s", path,
				      rc ? strerror(rc) : "it changed while being read");
	}
	*out_secret = secret;
	return 0;
}

static void service_free(void *user)
{
	free(user);
}

int provd_file_service_create(struct provd_loop *loop, struct provd_log *log,
			      struct provd_file_service **out_service)
{
	struct provd_file_service *service = calloc(1, sizeof(*service));
	int rc;

	(void)log;
	if (!service)
		return PROVD_E_NOMEM;
	rc = provd_owner_create(loop, "file", &service->owner);
	if (rc) {
		free(service);
		return rc;
	}
	provd_owner_on_free(service->owner, service_free, service);
	*out_service = service;
	return 0;
}

void provd_file_service_destroy(struct provd_file_service *service)
{
	if (!service)
		return;
	(void)provd_owner_destroy(service->owner);
}

const struct provd_file provd_file_table = {
	.size = sizeof(struct provd_file),
	.load = load,
	.replace = replace,
};
