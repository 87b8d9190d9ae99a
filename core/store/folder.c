/* SPDX-License-Identifier: Apache-2.0 */
/* Records as files. All that touches the medium is a job of one lane: in order, off the loop. */
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#include "net/net_util.h"
#include "secret/secret.h"
#include "store/folder_file.h"
#include "store/record.h"

/** What jobs use; it lives until the last of them is over. `clean` is the lane's alone. */
struct place {
	char *folder;
	int clean;
};

struct folder {
	struct provd_owner *owner;
	struct place *place;
};

enum job_kind {
	JOB_PREPARE,
	JOB_LOAD,
	JOB_SAVE,
	JOB_ERASE,
	JOB_SET_ASIDE
};

struct job {
	struct place *place;
	enum job_kind kind;
	char name[PROVD_STORE_NAME_MAX + 1];
	struct provd_secret *content; /**< to be saved, or what was loaded */
	provd_store_done_fn *done;    /**< NULL: nobody waits */
	void *user;
	struct provd_error err; /**< written by the pool thread */
};

static int job_run(void *user)
{
	struct job *job = user;
	struct place *place = job->place;
	int code = provd__folder_check(place->folder, job->kind == JOB_SAVE, &job->err);

	/* Only saving makes it; without it there is no record, and none to remove. */
	if (code == PROVD_E_NOT_FOUND && job->kind != JOB_LOAD)
		return 0;
	if (code)
		return code;
	if (!place->clean)
		provd__folder_clean(place->folder);
	place->clean = 1;
	switch (job->kind) {
	case JOB_PREPARE:
		return 0;
	case JOB_LOAD:
		return provd__folder_load(place->folder, job->name, &job->content, &job->err);
	case JOB_SAVE:
		return provd__folder_save(place->folder, job->name, job->content, &job->err);
	case JOB_ERASE:
		return provd__folder_erase(place->folder, job->name, &job->err);
	case JOB_SET_ASIDE:
		return provd__folder_set_aside(place->folder, job->name, &job->err);
	}
	return PROVD_E_INTERNAL;
}

static void job_done(void *user, int status)
{
	const struct job *job = user;

	/* Only the end of the backend cancels, and it promises silence. */
	if (!job->done || status == PROVD_E_CANCELED)
		return;
	job->done(job->user, status, status == 0 && job->kind == JOB_LOAD ? job->content : NULL,
		  status ? &job->err : NULL);
}

static void job_free(void *user)
{
	struct job *job = user;

	provd_secret_unref(job->content);
	free(job);
}

static int start(struct folder *folder, enum job_kind kind, const char *name,
		 const struct provd_secret *content, provd_store_done_fn *done, void *user)
{
	struct provd_work work = {
		.size = sizeof(work), .run = job_run, .done = job_done, .release = job_free};
	struct job *job;
	int code;

	if (kind != JOB_PREPARE && (!provd_record_name_valid(name) || !done))
		return PROVD_E_INVALID;
	job = calloc(1, sizeof(*job));
	if (!job)
		return PROVD_E_NOMEM;
	job->place = folder->place;
	job->kind = kind;
	if (name)
		memcpy(job->name, name, strlen(name));
	job->content = provd_secret_ref(content);
	job->done = done;
	job->user = user;
	job->err.size = sizeof(job->err);
	work.user = job;
	code = provd_work_start(folder->owner, &work, NULL);
	if (code)
		job_free(job);
	return code;
}

static int folder_load(void *self, const char *name, provd_store_done_fn *done, void *user)
{
	return start(self, JOB_LOAD, name, NULL, done, user);
}

static int folder_save(void *self, const char *name, const struct provd_secret *content,
		       provd_store_done_fn *done, void *user)
{
	return content ? start(self, JOB_SAVE, name, content, done, user) : PROVD_E_INVALID;
}

static int folder_erase(void *self, const char *name, provd_store_done_fn *done, void *user)
{
	return start(self, JOB_ERASE, name, NULL, done, user);
}

static int folder_set_aside(void *self, const char *name, provd_store_done_fn *done, void *user)
{
	return start(self, JOB_SET_ASIDE, name, NULL, done, user);
}

static void place_free(void *user)
{
	struct place *place = user;

	free(place->folder);
	free(place);
}

static void folder_destroy(void *self)
{
	struct folder *folder = self;

	(void)provd_owner_destroy(folder->owner);
	free(folder);
}

int provd_store_folder(struct provd_loop *loop, const char *path,
		       struct provd_store_backend *out_backend)
{
	struct folder *folder;
	struct place *place = NULL;
	int code = PROVD_E_NOMEM;

	if (!path || !*path)
		return PROVD_E_INVALID;
	folder = calloc(1, sizeof(*folder));
	if (!folder)
		return code;
	place = calloc(1, sizeof(*place));
	if (!place || provd_net_copy(path, &place->folder) != 0)
		goto fail;
	folder->place = place;
	code = provd_owner_create(loop, "store", &folder->owner);
	if (code)
		goto fail;
	provd_owner_on_free(folder->owner, place_free, place);
	code = start(folder, JOB_PREPARE, NULL, NULL, NULL, NULL);
	if (code) {
		folder_destroy(folder);
		return code;
	}
	*out_backend = (struct provd_store_backend){.self = folder,
						    .load = folder_load,
						    .save = folder_save,
						    .erase = folder_erase,
						    .set_aside = folder_set_aside,
						    .destroy = folder_destroy};
	return 0;

fail:
	if (place)
		free(place->folder);
	free(place);
	free(folder);
	return code;
}
