/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One operation at a time is with the backend, the others wait in order. Each begins and ends on a
 * turn of its own, so that `done` may ask for the next one, or end the store.
 */
#include "store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/net_util.h"
#include "secret/secret.h"
#include "store/record.h"

/** Operations that may wait. */
#define WAITING_MAX 256

enum op_kind {
	OP_LOAD,
	OP_SAVE,
	OP_ERASE
};

struct op {
	struct op *next;
	enum op_kind kind;
	char name[PROVD_STORE_NAME_MAX + 1];
	struct provd_secret *content; /**< of a save */
	struct provd_error err;	      /**< of a damaged record, while it is set aside */
	provd_store_done_fn *done;
	void *user;
};

struct provd_store {
	struct provd_owner *owner;
	struct provd_log *log;
	struct provd_store_backend backend;
	struct provd_secret *key;
	int key_required;
	struct op *head;
	struct op **tail;
	size_t waiting;
	int running;   /**< the head is with the backend */
	int scheduled; /**< a turn is asked for */
	int telling;   /**< `done` runs: the memory must stay */
	int dead;      /**< destroyed meanwhile */
	struct provd_store_stats stats;
};

static void head_start(struct provd_store *store);

static void on_turn(void *user)
{
	struct provd_store *store = user;

	store->scheduled = 0;
	if (store->head && !store->running)
		head_start(store);
}

static int schedule(struct provd_store *store)
{
	int code;

	if (!store->head || store->running || store->scheduled)
		return 0;
	code = provd_defer(store->owner, on_turn, store);
	store->scheduled = code == 0;
	return code;
}

static void op_free(struct op *op)
{
	provd_secret_unref(op->content);
	free(op);
}

static void count(struct provd_store *store, const struct op *op, int code)
{
	if (code == 0 && op->kind == OP_SAVE)
		store->stats.saves++;
	else if (code == PROVD_E_CORRUPT)
		store->stats.damaged++;
	else if (code && code != PROVD_E_NOT_FOUND)
		store->stats.failures++;
}

/* Ends the head. The store may be gone when this returns. */
static void head_finish(struct provd_store *store, int code, const struct provd_secret *content,
			const struct provd_error *err)
{
	struct provd_error plain = {.size = sizeof(plain)};
	struct op *op = store->head;
	int late;

	store->head = op->next;
	if (!store->head)
		store->tail = &store->head;
	store->waiting--;
	store->running = 0;
	count(store, op, code);
	late = schedule(store);
	if (code && !err) {
		(void)provd_net_fail(&plain, code, 0, "record '%s': %s", op->name,
				     provd_err_text(code));
		err = &plain;
	}
	store->telling = 1;
	op->done(op->user, code, code ? NULL : content, code ? err : NULL);
	store->telling = 0;
	op_free(op);
	if (store->dead)
		free(store);
	else if (late) /* no memory for a turn of its own: better this turn than never */
		on_turn(store);
}

static void on_aside(void *user, int code, const struct provd_secret *content,
		     const struct provd_error *err)
{
	struct provd_store *store = user;

	(void)content;
	if (code && store->log)
		PROVD_CLOG(store->log, "store", 0, PROVD_LOG_ERROR,
			   "a damaged record cannot be set aside",
			   provd_f_text("record", store->head->name), provd_f_code("code", code),
			   provd_f_text("reason", err ? err->text : ""));
	head_finish(store, PROVD_E_CORRUPT, NULL, &store->head->err);
}

static void set_aside(struct provd_store *store, const struct provd_error *err)
{
	struct op *op = store->head;
	int code;

	if (err)
		op->err = *err;
	else
		(void)provd_net_fail(&op->err, PROVD_E_CORRUPT, 0, "record '%s' is damaged",
				     op->name);
	if (store->log)
		PROVD_CLOG(store->log, "store", 0, PROVD_LOG_WARN,
			   "a record is damaged, setting it aside",
			   provd_f_text("record", op->name), provd_f_text("reason", op->err.text));
	code = store->backend.set_aside(store->backend.self, op->name, on_aside, store);
	if (code)
		on_aside(store, code, NULL, NULL);
}

static void on_loaded(void *user, int code, const struct provd_secret *record,
		      const struct provd_error *err)
{
	struct provd_store *store = user;
	struct provd_error own = {.size = sizeof(own)};
	struct provd_secret *content = NULL;

	if (!code) {
		code = provd_record_decode(store->head->name, provd_secret_view(record), store->key,
					   &content, &own);
		err = &own;
	}
	if (code == PROVD_E_CORRUPT)
		set_aside(store, err);
	else
		head_finish(store, code, content, err);
	provd_secret_unref(content);
}

static void on_changed(void *user, int code, const struct provd_secret *content,
		       const struct provd_error *err)
{
	(void)content;
	head_finish(user, code, NULL, err);
}

static int head_save(struct provd_store *store)
{
	const struct op *op = store->head;
	struct provd_secret *record = NULL;
	int code = provd_record_encode(op->name, op->content, store->key, &record);

	if (!code)
		code = store->backend.save(store->backend.self, op->name, record, on_changed,
					   store);
	provd_secret_unref(record);
	return code;
}

static void head_start(struct provd_store *store)
{
	const struct provd_store_backend *backend = &store->backend;
	const struct op *op = store->head;
	int code = PROVD_E_INTERNAL;

	store->running = 1;
	switch (op->kind) {
	case OP_LOAD:
		code = backend->load(backend->self, op->name, on_loaded, store);
		break;
	case OP_SAVE:
		code = store->key_required && !store->key ? PROVD_E_ACCESS : head_save(store);
		break;
	case OP_ERASE:
		code = backend->erase(backend->self, op->name, on_changed, store);
		break;
	}
	if (code)
		head_finish(store, code, NULL, NULL);
}

static int submit(struct provd_store *store, enum op_kind kind, const char *name,
		  const struct provd_secret *content, provd_store_done_fn *done, void *user)
{
	struct op *op;
	struct op **place;
	int code;

	if (!provd_record_name_valid(name) || !done)
		return PROVD_E_INVALID;
	if (store->waiting >= WAITING_MAX)
		return PROVD_E_LIMIT;
	op = calloc(1, sizeof(*op));
	if (!op)
		return PROVD_E_NOMEM;
	op->kind = kind;
	memcpy(op->name, name, strlen(name));
	op->content = provd_secret_ref(content);
	op->err.size = sizeof(op->err);
	op->done = done;
	op->user = user;
	place = store->tail;
	*place = op;
	store->tail = &op->next;
	code = schedule(store);
	if (code) {
		*place = NULL;
		store->tail = place;
		op_free(op);
		return code;
	}
	store->waiting++;
	return 0;
}

int provd_store_load(struct provd_store *store, const char *name, provd_store_done_fn *done,
		     void *user)
{
	return submit(store, OP_LOAD, name, NULL, done, user);
}

int provd_store_save(struct provd_store *store, const char *name,
		     const struct provd_secret *content, provd_store_done_fn *done, void *user)
{
	if (!content || provd_secret_view(content).len > PROVD_STORE_CONTENT_MAX)
		return PROVD_E_INVALID;
	return submit(store, OP_SAVE, name, content, done, user);
}

int provd_store_erase(struct provd_store *store, const char *name, provd_store_done_fn *done,
		      void *user)
{
	return submit(store, OP_ERASE, name, NULL, done, user);
}

int provd_store_create(struct provd_loop *loop, struct provd_log *log,
		       const struct provd_store_backend *backend, const struct provd_secret *key,
		       struct provd_store **out_store)
{
	struct provd_store *store = NULL;
	int code = PROVD_E_INVALID;

	if (key && provd_secret_view(key).len != PROVD_RECORD_KEY_SIZE)
		goto fail;
	code = PROVD_E_NOMEM;
	store = calloc(1, sizeof(*store));
	if (!store)
		goto fail;
	code = provd_owner_create(loop, "store", &store->owner);
	if (code)
		goto fail;
	store->log = log;
	store->backend = *backend;
	store->key = provd_secret_ref(key);
	store->tail = &store->head;
	*out_store = store;
	return 0;

fail:
	free(store);
	backend->destroy(backend->self);
	return code;
}

void provd_store_set_key(struct provd_store *store, const struct provd_secret *key)
{
	struct provd_secret *old = store->key;

	store->key = provd_secret_ref(key);
	provd_secret_unref(old);
}

void provd_store_require_key(struct provd_store *store)
{
	store->key_required = 1;
}

void provd_store_destroy(struct provd_store *store)
{
	if (!store)
		return;
	store->backend.destroy(store->backend.self);
	(void)provd_owner_destroy(store->owner);
	while (store->head) {
		struct op *next = store->head->next;

		op_free(store->head);
		store->head = next;
	}
	provd_secret_unref(store->key);
	store->dead = 1;
	if (!store->telling)
		free(store);
}

int provd_store_lacks_key(const struct provd_error *err)
{
	return err && err->code == PROVD_E_ACCESS &&
	       (err->sys_errno == ENOKEY || err->sys_errno == EKEYREJECTED);
}

struct provd_store_stats provd_store_get_stats(const struct provd_store *store)
{
	return store->stats;
}
