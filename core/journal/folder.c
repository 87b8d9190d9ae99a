/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions as files. All that touches the medium is a job of one lane: in order, off the loop. */
#include "journal/journal.h"

#include <stdlib.h>
#include <string.h>

#include "journal/folder_file.h"
#include "journal/trouble.h"
#include "net/net_util.h"

#define SESSION_MAX  65536u
#define SESSIONS_MAX 1000u

/* What jobs use; it lives until the last of them is over. */
struct place {
	char *folder;
};

/* Reading of all files, one after the other. */
struct loading {
	int active;
	uint64_t *numbers;
	size_t count;
	size_t at;
	void (*one)(void *user, uint64_t session, const uint8_t *bytes, size_t len);
	provd_journal_done_fn *done;
	void *user;
};

struct folder {
	struct provd_owner *owner;
	struct place *place;
	struct provd_journal_trouble trouble;
	struct loading loading;
};

enum job_kind {
	JOB_LIST,
	JOB_READ,
	JOB_WRITE,
	JOB_ERASE
};

struct job {
	struct folder *folder; /**< for the loop thread */
	struct place *place;   /**< for the pool thread */
	enum job_kind kind;
	uint64_t session;
	uint8_t *bytes; /**< to be written, or what was read */
	size_t len;
	size_t offset;
	uint64_t *numbers;
	size_t count;
	provd_journal_done_fn *done;
	void *user;
	struct provd_error err; /**< written by the pool thread */
};

static int job_run(void *user)
{
	struct job *job = user;
	const char *folder = job->place->folder;

	switch (job->kind) {
	case JOB_LIST:
		return provd__journal_files(folder, &job->numbers, &job->count, &job->err);
	case JOB_READ:
		return provd__journal_file_read(folder, job->session, SESSION_MAX, &job->bytes,
						&job->len, &job->err);
	case JOB_WRITE:
		return provd__journal_file_append(folder, job->session, job->offset, job->bytes,
						  job->len, &job->err);
	case JOB_ERASE:
		return provd__journal_file_erase(folder, job->session, &job->err);
	}
	return PROVD_E_INTERNAL;
}

static void load_step(struct folder *folder, int code);

static void tell_unread(const struct folder *folder, const struct job *job, int status)
{
	if (folder->trouble.log)
		PROVD_CLOG(folder->trouble.log, "journal", job->session, PROVD_LOG_WARN,
			   "a part of the journal cannot be read, ignoring",
			   provd_f_code("reason", status), provd_f_text("text", job->err.text));
}

static void load_done(struct job *job, int status)
{
	struct folder *folder = job->folder;
	struct loading *loading = &folder->loading;

	if (status)
		tell_unread(folder, job, status);
	if (job->kind == JOB_LIST && status == 0) {
		loading->numbers = job->numbers;
		loading->count = job->count;
		job->numbers = NULL;
	}
	if (job->kind == JOB_READ && status == 0)
		loading->one(loading->user, job->session, job->bytes, job->len);
	load_step(folder, job->kind == JOB_LIST ? status : 0);
}

static void job_done(void *user, int status)
{
	struct job *job = user;
	struct provd_journal_trouble *trouble = &job->folder->trouble;

	/* Only the end of the backend cancels, and it promises silence. */
	if (status == PROVD_E_CANCELED)
		return;
	if (job->kind == JOB_LIST || job->kind == JOB_READ) {
		load_done(job, status);
		return;
	}
	if (status && status != PROVD_E_STATE)
		provd_journal_trouble_begin(trouble, status, &job->err);
	else if (status == 0 && job->kind == JOB_WRITE)
		provd_journal_trouble_end(trouble);
	job->done(job->user, status);
}

static void job_free(void *user)
{
	struct job *job = user;

	free(job->numbers);
	free(job->bytes);
	free(job);
}

/* @param job taken; NULL: no memory */
static int start(struct folder *folder, struct job *job)
{
	struct provd_work work = {.size = sizeof(work),
				  .run = job_run,
				  .done = job_done,
				  .release = job_free,
				  .user = job};
	int code;

	if (!job)
		return PROVD_E_NOMEM;
	job->folder = folder;
	job->place = folder->place;
	job->err.size = sizeof(job->err);
	code = provd_work_start(folder->owner, &work, NULL);
	if (code)
		job_free(job);
	return code;
}

static struct job *job_make(enum job_kind kind, uint64_t session, provd_journal_done_fn *done,
			    void *user)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->kind = kind;
	job->session = session;
	job->done = done;
	job->user = user;
	return job;
}

/* Reads the next file, or ends. */
static void load_step(struct folder *folder, int code)
{
	struct loading *loading = &folder->loading;
	struct loading over;

	if (code == 0 && loading->at < loading->count) {
		code = start(folder,
			     job_make(JOB_READ, loading->numbers[loading->at++], NULL, NULL));
		if (code == 0)
			return;
	}
	free(loading->numbers);
	over = *loading;
	*loading = (struct loading){0};
	/* Who is told may end everything. */
	over.done(over.user, code);
}

static int folder_load(void *self,
		       void (*one)(void *user, uint64_t session, const uint8_t *bytes, size_t len),
		       provd_journal_done_fn *done, void *user)
{
	struct folder *folder = self;
	int code;

	if (folder->loading.active)
		return PROVD_E_BUSY;
	code = start(folder, job_make(JOB_LIST, 0, NULL, NULL));
	if (code == 0)
		folder->loading =
			(struct loading){.active = 1, .one = one, .done = done, .user = user};
	return code;
}

static int folder_write(void *self, uint64_t session, const uint8_t *bytes, size_t len,
			size_t added, provd_journal_done_fn *done, void *user)
{
	struct job *job;

	if (added == 0 || added > len)
		return PROVD_E_INVALID;
	job = job_make(JOB_WRITE, session, done, user);
	if (!job)
		return PROVD_E_NOMEM;
	job->bytes = malloc(added);
	if (!job->bytes) {
		job_free(job);
		return PROVD_E_NOMEM;
	}
	memcpy(job->bytes, bytes + len - added, added);
	job->len = added;
	job->offset = len - added;
	return start(self, job);
}

static int folder_erase(void *self, uint64_t session, provd_journal_done_fn *done, void *user)
{
	return start(self, job_make(JOB_ERASE, session, done, user));
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
	free(folder->loading.numbers);
	free(folder);
}

int provd_journal_folder(struct provd_loop *loop, struct provd_log *log, const char *path,
			 struct provd_journal_backend *out_backend)
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
	folder->trouble.log = log;
	code = provd_owner_create(loop, "journal-files", &folder->owner);
	if (code)
		goto fail;
	provd_owner_on_free(folder->owner, place_free, place);
	*out_backend = (struct provd_journal_backend){.self = folder,
						      .session_max = SESSION_MAX,
						      .sessions_max = SESSIONS_MAX,
						      .load = folder_load,
						      .write = folder_write,
						      .erase = folder_erase,
						      .destroy = folder_destroy};
	return 0;

fail:
	if (place)
		free(place->folder);
	free(place);
	free(folder);
	return code;
}
