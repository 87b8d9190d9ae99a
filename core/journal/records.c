/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions as records of a store: number of the session (8 bytes, little-endian), then its bytes. */
#include "journal/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/trouble.h"
#include "net/net_util.h"
#include "secret/secret.h"

#define RECORDS	    16u
#define NUMBER_SIZE 8u
#define SESSION_MAX 16384u
/* A session's record is not written more often: the medium may be flash without wear levelling. */
#define REST_US 2000000u

enum slot_use {
	SLOT_FREE,
	SLOT_USED,
	SLOT_UNREAD /**< something is there that could not be read; taken when no other is free */
};

struct slot {
	enum slot_use use;
	uint64_t session;
	uint64_t written_us; /**< 0: not in this run */
};

/* The one operation that runs. */
struct operation {
	int active;
	size_t slot;
	struct provd_secret *content; /**< waits to be written */
	uint64_t timer;
	int erases;
	provd_journal_done_fn *done;
	void *user;
};

struct records {
	struct provd_loop *loop;
	struct provd_owner *owner;
	struct provd_store *store;
	struct provd_journal_trouble trouble;
	struct slot slots[RECORDS];
	struct operation op;
	/* reading */
	size_t next;
	void (*one)(void *user, uint64_t session, const uint8_t *bytes, size_t len);
};

static void slot_name(size_t slot, char out[PROVD_STORE_NAME_MAX])
{
	(void)snprintf(out, PROVD_STORE_NAME_MAX, "journal-%02zu", slot);
}

static void operation_end(struct records *records, int code)
{
	struct operation over = records->op;

	provd_timer_stop(records->owner, over.timer);
	provd_secret_unref(over.content);
	records->op = (struct operation){0};
	/* Who is told may end everything. */
	over.done(over.user, code);
}

static int is_taken(const struct records *records)
{
	return records->op.active;
}

static void load_next(void *user);

static void slot_read(struct records *records, const struct provd_bytes *view)
{
	struct slot *slot = &records->slots[records->next];

	if (view->len < NUMBER_SIZE)
		return;
	slot->use = SLOT_USED;
	slot->session = 0;
	for (size_t i = 0; i < NUMBER_SIZE; i++)
		slot->session |= (uint64_t)view->data[i] << (8 * i);
	records->one(records->op.user, slot->session, view->data + NUMBER_SIZE,
		     view->len - NUMBER_SIZE);
}

/* Those that were not read, from `next` to before `end`. */
static void slots_unread(struct records *records, size_t end, int code,
			 const struct provd_error *err)
{
	for (; records->next < end; records->next++)
		records->slots[records->next].use = SLOT_UNREAD;
	if (records->trouble.log)
		PROVD_CLOG(records->trouble.log, "journal", 0, PROVD_LOG_WARN,
			   "a part of the journal cannot be read, ignoring",
			   provd_f_code("reason", code),
			   provd_f_text("text", err ? err->text : ""));
}

static void loaded(void *user, int code, const struct provd_secret *content,
		   const struct provd_error *err)
{
	struct records *records = user;
	struct provd_bytes view = provd_secret_view(content);

	if (code == PROVD_E_TIMEOUT) {
		/* The daemon waits for us: not once more for each record. */
		slots_unread(records, RECORDS, code, err);
	} else if (code && code != PROVD_E_NOT_FOUND && code != PROVD_E_CORRUPT) {
		slots_unread(records, records->next + 1, code, err);
	} else {
		if (code == 0)
			slot_read(records, &view);
		records->next++;
	}
	load_next(records);
}

static void load_next(void *user)
{
	struct records *records = user;
	char name[PROVD_STORE_NAME_MAX];
	int code = 0;

	if (records->next < RECORDS) {
		slot_name(records->next, name);
		code = provd_store_load(records->store, name, loaded, records);
		if (code == 0)
			return;
	}
	operation_end(records, code);
}

static int records_load(void *self,
			void (*one)(void *user, uint64_t session, const uint8_t *bytes, size_t len),
			provd_journal_done_fn *done, void *user)
{
	struct records *records = self;
	char name[PROVD_STORE_NAME_MAX];
	int code;

	if (is_taken(records))
		return PROVD_E_BUSY;
	records->next = 0;
	slot_name(0, name);
	code = provd_store_load(records->store, name, loaded, records);
	if (code)
		return code;
	records->one = one;
	records->op = (struct operation){.active = 1, .done = done, .user = user};
	return 0;
}

static void saved(void *user, int code, const struct provd_secret *content,
		  const struct provd_error *err)
{
	struct records *records = user;
	struct slot *slot = &records->slots[records->op.slot];

	(void)content;
	if (code)
		provd_journal_trouble_begin(&records->trouble, code, err);
	else if (records->op.erases)
		*slot = (struct slot){.use = SLOT_FREE};
	else
		provd_journal_trouble_end(&records->trouble);
	operation_end(records, code);
}

/* @return 0: `saved` follows */
static int save_now(struct records *records)
{
	struct slot *slot = &records->slots[records->op.slot];
	char name[PROVD_STORE_NAME_MAX];

	slot_name(records->op.slot, name);
	slot->written_us = provd_loop_now_us(records->loop);
	return provd_store_save(records->store, name, records->op.content, saved, records);
}

static void save_due(void *user)
{
	struct records *records = user;
	int code;

	records->op.timer = 0;
	code = save_now(records);
	if (code)
		saved(records, code, NULL, NULL);
}

static size_t find(const struct records *records, enum slot_use use, uint64_t session)
{
	for (size_t i = 0; i < RECORDS; i++)
		if (records->slots[i].use == use &&
		    (use != SLOT_USED || records->slots[i].session == session))
			return i;
	return RECORDS;
}

static struct provd_secret *content_make(uint64_t session, const uint8_t *bytes, size_t len)
{
	uint8_t *out = NULL;
	struct provd_secret *content = provd_secret_alloc(NUMBER_SIZE + len, &out);

	if (!content)
		return NULL;
	for (size_t i = 0; i < NUMBER_SIZE; i++)
		out[i] = (uint8_t)(session >> (8 * i));
	memcpy(out + NUMBER_SIZE, bytes, len);
	return content;
}

/* Writes at once, or when the record has rested long enough. */
static int save_begin(struct records *records)
{
	const struct slot *slot = &records->slots[records->op.slot];
	uint64_t since = provd_loop_now_us(records->loop) - slot->written_us;

	if (slot->written_us == 0 || since >= REST_US)
		return save_now(records);
	return provd_timer_start(records->owner, (REST_US - since + 999) / 1000, save_due, records,
				 &records->op.timer);
}

static int records_write(void *self, uint64_t session, const uint8_t *bytes, size_t len,
			 size_t added, provd_journal_done_fn *done, void *user)
{
	struct records *records = self;
	size_t at = find(records, SLOT_USED, session);
	int code;

	(void)added; /* a record is replaced as a whole */
	if (is_taken(records))
		return PROVD_E_BUSY;
	if (at == RECORDS)
		at = find(records, SLOT_FREE, 0);
	if (at == RECORDS)
		at = find(records, SLOT_UNREAD, 0);
	if (at == RECORDS)
		return PROVD_E_NO_SPACE;
	if (len > SESSION_MAX)
		return PROVD_E_INVALID;
	records->op = (struct operation){.active = 1, .slot = at, .done = done, .user = user};
	records->op.content = content_make(session, bytes, len);
	if (!records->op.content) {
		records->op = (struct operation){0};
		return PROVD_E_NOMEM;
	}
	records->slots[at].use = SLOT_USED;
	records->slots[at].session = session;
	code = save_begin(records);
	if (code) {
		provd_secret_unref(records->op.content);
		records->op = (struct operation){0};
		provd_journal_trouble_begin(&records->trouble, code, NULL);
	}
	return code;
}

static void erase_nothing(void *user)
{
	operation_end(user, 0);
}

static int records_erase(void *self, uint64_t session, provd_journal_done_fn *done, void *user)
{
	struct records *records = self;
	char name[PROVD_STORE_NAME_MAX];
	size_t at = find(records, SLOT_USED, session);
	int code;

	if (is_taken(records))
		return PROVD_E_BUSY;
	if (at < RECORDS) {
		slot_name(at, name);
		code = provd_store_erase(records->store, name, saved, records);
	} else {
		code = provd_defer(records->owner, erase_nothing, records);
	}
	if (code == 0)
		records->op = (struct operation){
			.active = 1, .slot = at, .erases = 1, .done = done, .user = user};
	return code;
}

static void records_hurry(void *self)
{
	struct records *records = self;

	if (!records->op.timer)
		return;
	/* The end must come on a later turn. */
	provd_timer_stop(records->owner, records->op.timer);
	records->op.timer = 0;
	if (provd_timer_start(records->owner, 0, save_due, records, &records->op.timer))
		save_due(records);
}

static void records_destroy(void *self)
{
	struct records *records = self;

	provd_secret_unref(records->op.content);
	(void)provd_owner_destroy(records->owner);
	free(records);
}

int provd_journal_records(struct provd_loop *loop, struct provd_log *log, struct provd_store *store,
			  struct provd_journal_backend *out_backend)
{
	struct records *records = calloc(1, sizeof(*records));
	int code;

	if (!records)
		return PROVD_E_NOMEM;
	records->loop = loop;
	records->store = store;
	records->trouble.log = log;
	code = provd_owner_create(loop, "journal-records", &records->owner);
	if (code) {
		free(records);
		return code;
	}
	*out_backend = (struct provd_journal_backend){.self = records,
						      .session_max = SESSION_MAX,
						      .sessions_max = RECORDS,
						      .load = records_load,
						      .write = records_write,
						      .erase = records_erase,
						      .hurry = records_hurry,
						      .destroy = records_destroy};
	return 0;
}
