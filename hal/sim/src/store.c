/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

enum job_kind {
	JOB_LOAD,
	JOB_SAVE,
	JOB_ERASE,
	JOB_DEVICE_KEY
};

/* Holds copies of all it needs: `run` is on a pool thread and may outlive the instance. */
struct sim_store_job {
	struct sim *sim; /* not touched by `run` and `release`; NULL: the instance is gone */
	struct sim_op op;
	uint64_t work;
	uint32_t kind; /* enum job_kind */
	int32_t fault;
	uint32_t fixed;			   /* the device key is the option's */
	char key[PROVD_STORE_KEY_MAX + 1]; /* or the purpose */
	char *dir;			   /* NULL: in memory */
	uint8_t *data;
	size_t len;
};

void sim_store_wipe(uint8_t *data, size_t len)
{
	if (data)
		explicit_bzero(data, len);
	free(data);
}

static void job_release(void *user)
{
	struct sim_store_job *job = user;

	sim_store_wipe(job->data, job->len);
	free(job->dir);
	free(job);
}

/* `data` is the key of the board and becomes the one for the purpose. */
static int job_derive(struct sim_store_job *job)
{
	uint8_t derived[SIM_DEVICE_KEY_SIZE];
	int rc = job->dir && !job->fixed ? sim_device_key_file(job->dir, job->data) : 0;

	if (!rc)
		rc = sim_device_key_derive(job->data, job->key, derived);
	if (!rc)
		memcpy(job->data, derived, sizeof(derived));
	explicit_bzero(derived, sizeof(derived));
	return rc;
}

static int job_run(void *user)
{
	struct sim_store_job *job = user;

	switch ((enum job_kind)job->kind) {
	case JOB_LOAD:
		return sim_file_load(job->dir, job->key, &job->data, &job->len);
	case JOB_SAVE:
		return sim_file_save(job->dir, job->key, job->data, job->len);
	case JOB_ERASE:
		return sim_file_erase(job->dir, job->key);
	case JOB_DEVICE_KEY:
		return job_derive(job);
	}
	return PROVD_E_INTERNAL;
}

static void forget(struct sim *sim, const struct sim_store_job *job)
{
	for (size_t i = 0; i < SIM_JOBS_MAX; i++) {
		if (sim->store.jobs[i] == job)
			sim->store.jobs[i] = NULL;
	}
}

static void tell_device_key(const struct sim_store_job *job)
{
	const struct provd_host *host = job->sim->host;
	struct provd_secret *key = host->secret_create(host, job->data, job->len);
	struct provd_event event = {.size = sizeof(event),
				    .type = PROVD_EV_OP_DONE,
				    .op = job->op.op,
				    .status = key ? 0 : PROVD_E_NOMEM,
				    .secret = key};

	if (host->emit(host, &event))
		PROVD_LOG0(host, PROVD_LOG_ERROR, NULL, "the device key is lost");
	host->secret_unref(host, key);
}

static void finish(struct sim_store_job *job, int status)
{
	struct sim *sim = job->sim;

	forget(sim, job);
	if (status == 0 && job->kind == JOB_DEVICE_KEY)
		tell_device_key(job);
	else if (status == 0 && job->kind == JOB_LOAD)
		sim_emit(sim, PROVD_EV_OP_DONE, job->op.op, 0, job->data, job->len, 1);
	else
		sim_emit(sim, PROVD_EV_OP_DONE, job->op.op, status, NULL, 0, 0);
	sim_close_continue(sim);
}

static void job_done(void *user, int status)
{
	struct sim_store_job *job = user;

	if (job->sim)
		finish(job, job->fault ? job->fault : status);
}

static struct sim_store_entry *entry_find(struct sim_store *store, const char *key)
{
	for (size_t i = 0; i < SIM_KEYS_MAX; i++) {
		if (strcmp(store->entries[i].key, key) == 0)
			return &store->entries[i];
	}
	return NULL;
}

static void entry_clear(struct sim_store_entry *entry)
{
	sim_store_wipe(entry->data, entry->len);
	memset(entry, 0, sizeof(*entry));
}

static int memory_load(struct sim_store_job *job)
{
	const struct sim_store_entry *entry = entry_find(&job->sim->store, job->key);

	if (!entry)
		return PROVD_E_NOT_FOUND;
	job->data = malloc(entry->len + 1);
	if (!job->data)
		return PROVD_E_NOMEM;
	if (entry->len)
		memcpy(job->data, entry->data, entry->len);
	job->len = entry->len;
	return 0;
}

static int memory_save(struct sim_store_job *job)
{
	struct sim_store_entry *entry = entry_find(&job->sim->store, job->key);

	if (!entry)
		entry = entry_find(&job->sim->store, "");
	if (!entry)
		return PROVD_E_NO_SPACE;
	entry_clear(entry);
	memcpy(entry->key, job->key, sizeof(entry->key));
	entry->data = job->data;
	entry->len = job->len;
	job->data = NULL;
	job->len = 0;
	return 0;
}

static int memory_run(struct sim_store_job *job)
{
	struct sim_store_entry *entry;

	switch ((enum job_kind)job->kind) {
	case JOB_LOAD:
		return memory_load(job);
	case JOB_SAVE:
		return memory_save(job);
	case JOB_ERASE:
		entry = entry_find(&job->sim->store, job->key);
		if (entry)
			entry_clear(entry);
		return 0;
	case JOB_DEVICE_KEY:
		return job_derive(job);
	}
	return PROVD_E_INTERNAL;
}

static void on_memory(void *user)
{
	struct sim_store_job *job = user;

	finish(job, job->fault ? job->fault : memory_run(job));
	job_release(job);
}

static int key_valid(const char *key)
{
	size_t len = key ? strlen(key) : 0;

	if (len < 1 || len > PROVD_STORE_KEY_MAX || key[0] == '.')
		return 0;
	return strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789._-") == len;
}

static int job_begin(struct sim *sim, struct sim_store_job *job)
{
	struct provd_work work = {.size = sizeof(work),
				  .run = job_run,
				  .done = job_done,
				  .release = job_release,
				  .user = job};

	if (!job->dir)
		return sim->host->timer_start(sim->host, 0, on_memory, job, &job->op.timer);
	return sim->host->run_blocking(sim->host, &work, &job->work);
}

static int start(struct sim *sim, uint64_t op, const char *key, enum job_kind kind,
		 const struct provd_bytes *value)
{
	enum sim_point point = (enum sim_point)(SIM_POINT_LOAD + (int)kind);
	const char *dir = sim->host->option_text(sim->host, "store_dir");
	struct sim_store_job *job = NULL;
	size_t slot = 0;
	int valid = kind == JOB_DEVICE_KEY ? sim_purpose_valid(key) : key_valid(key);
	int rc = op && valid ? sim_ready(sim) : PROVD_E_INVALID;

	if (!rc)
		rc = sim_fault_take(sim, point, 1);
	if (rc)
		return rc;
	while (slot < SIM_JOBS_MAX && sim->store.jobs[slot])
		slot++;
	if (slot == SIM_JOBS_MAX)
		return PROVD_E_LIMIT;
	rc = PROVD_E_NOMEM;
	job = calloc(1, sizeof(*job));
	if (!job)
		return rc;
	job->sim = sim;
	job->op.op = op;
	job->kind = kind;
	job->fixed = sim->store.device_key_fixed;
	memcpy(job->key, key, strlen(key));
	job->dir = dir ? strdup(dir) : NULL;
	job->data = value ? malloc(value->len + 1) : NULL;
	if ((dir && !job->dir) || (value && !job->data))
		goto out;
	if (value && value->len)
		memcpy(job->data, value->data, value->len);
	job->len = value ? value->len : 0;
	rc = job_begin(sim, job);
	if (rc)
		goto out;
	job->fault = sim_fault_take(sim, point, 0);
	sim->store.jobs[slot] = job;
	job = NULL;
out:
	if (job)
		job_release(job);
	return rc;
}

static int store_load(void *inst, uint64_t op, const char *key)
{
	return start(inst, op, key, JOB_LOAD, NULL);
}

static int store_save(void *inst, uint64_t op, const char *key, const uint8_t *data, size_t len)
{
	struct provd_bytes value = {data, len};

	if (len > PROVD_STORE_VALUE_MAX || (len && !data))
		return PROVD_E_INVALID;
	return start(inst, op, key, JOB_SAVE, &value);
}

static int store_erase(void *inst, uint64_t op, const char *key)
{
	return start(inst, op, key, JOB_ERASE, NULL);
}

static int store_device_key(void *inst, uint64_t op, const char *purpose)
{
	const struct sim *sim = inst;
	struct provd_bytes key = {sim->store.device_key, SIM_DEVICE_KEY_SIZE};

	return start(inst, op, purpose, JOB_DEVICE_KEY, &key);
}

int sim_store_busy(const struct sim *sim)
{
	for (size_t i = 0; i < SIM_JOBS_MAX; i++) {
		if (sim->store.jobs[i])
			return 1;
	}
	return 0;
}

void sim_store_close(struct sim *sim, int status)
{
	for (size_t i = 0; i < SIM_JOBS_MAX; i++) {
		struct sim_store_job *job = sim->store.jobs[i];

		if (!job)
			continue;
		if (job->dir) {
			/* `done` comes on the next turn and ends the operation. */
			job->fault = status;
			sim->host->work_cancel(sim->host, job->work);
			continue;
		}
		sim->host->timer_stop(sim->host, job->op.timer);
		finish(job, status);
		job_release(job);
	}
}

void sim_store_orphan(struct sim *sim)
{
	for (size_t i = 0; i < SIM_JOBS_MAX; i++) {
		struct sim_store_job *job = sim->store.jobs[i];

		if (!job)
			continue;
		sim->store.jobs[i] = NULL;
		job->sim = NULL;
		if (job->dir)
			continue;
		sim->host->timer_stop(sim->host, job->op.timer);
		job_release(job);
	}
}

void sim_store_finish(struct sim *sim)
{
	for (size_t i = 0; i < SIM_KEYS_MAX; i++)
		entry_clear(&sim->store.entries[i]);
	explicit_bzero(sim->store.device_key, sizeof(sim->store.device_key));
}

const struct provd_hal_store sim_store_table = {.size = sizeof(sim_store_table),
						.load = store_load,
						.save = store_save,
						.erase = store_erase,
						.device_key = store_device_key};
