/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of a change. A change of one record is one operation of the store. A reset concerns up
 * to three: what it forgets is written down in the record "device" first, by one save, and counts
 * as forgotten from then on; erasing follows and is made up for later when it cannot be done now.
 */
#include "saved/saved_internal.h"

#include <string.h>

#include <openssl/rand.h>

#include "secret/secret.h"

const char *provd__record_name(enum provd__record record)
{
	switch (record) {
	case RECORD_DEVICE:
		return "device";
	case RECORD_NETWORKS:
		return "networks";
	case RECORD_STAGED:
		return "staged";
	case RECORD_COUNT:
		break;
	}
	return "";
}

int provd__saved_must_wipe(const struct provd_saved *saved)
{
	return saved->device.forget_networks || saved->device.forget_staged;
}

#define ALL_PARTS (PROVD_SAVED_NETWORKS | PROVD_SAVED_BOUND)

/* Records of which a change leaves something: they must have been read. */
static void needs_of(const struct provd__change *change, int out_needs[RECORD_COUNT])
{
	memset(out_needs, 0, RECORD_COUNT * sizeof(out_needs[0]));
	switch (change->kind) {
	case CHANGE_ADD:
	case CHANGE_FORGET:
	case CHANGE_PRIORITY:
		out_needs[RECORD_NETWORKS] = 1;
		break;
	case CHANGE_STAGE:
	case CHANGE_UNSTAGE:
		out_needs[RECORD_STAGED] = 1;
		break;
	case CHANGE_BOUND:
		out_needs[RECORD_DEVICE] = 1;
		break;
	case CHANGE_RESET:
		/* Whoever has lost the key must still be able to begin anew. */
		out_needs[RECORD_DEVICE] = change->parts != ALL_PARTS;
		break;
	case CHANGE_LOAD:
		break;
	}
}

/* Chooses a record that is worth reading once more. @return 1 when there is one */
static int must_read(struct provd_saved *saved, const struct provd__change *change)
{
	int needs[RECORD_COUNT];

	needs_of(change, needs);
	/* It may say that the others are to be forgotten. */
	if (needs[RECORD_NETWORKS] || needs[RECORD_STAGED])
		needs[RECORD_DEVICE] = 1;
	for (int i = 0; i < RECORD_COUNT; i++) {
		if (!needs[i] || !saved->locked[i] || saved->no_key[i] || saved->tried[i])
			continue;
		saved->record = (enum provd__record)i;
		return 1;
	}
	return 0;
}

/* What is staged over a record that cannot be replaced now goes by the same name: when it has
 * ended, so has what the medium holds, whichever that is. */
static uint64_t session_id(const struct provd_saved *saved)
{
	uint64_t id = 0;

	if (saved->staged_id && saved->staged_id != saved->device.ended)
		return saved->staged_id;
	/* A session without a name is only not void at once. */
	return RAND_bytes((uint8_t *)&id, sizeof(id)) == 1 ? id : 0;
}

/* What a change makes of list and device. */
static int work_out(struct provd_saved *saved, const struct provd__change *change)
{
	const struct provd_credentials *named = &change->credentials;

	provd_saved_list_copy(&saved->next_list, &saved->list);
	saved->next_device = saved->device;
	switch (change->kind) {
	case CHANGE_ADD:
		return provd_saved_list_add(&saved->next_list, named);
	case CHANGE_FORGET:
		return provd_saved_list_forget(&saved->next_list, named->ssid, named->ssid_len);
	case CHANGE_PRIORITY:
		return provd_saved_list_set_priority(&saved->next_list, named->ssid,
						     named->ssid_len, change->priority);
	case CHANGE_BOUND:
		saved->next_device.bound = 1;
		if (saved->staged_id)
			saved->next_device.ended = saved->staged_id;
		return 0;
	case CHANGE_RESET:
		saved->next_device.forget_staged = 1;
		if (change->parts & PROVD_SAVED_NETWORKS) {
			saved->next_device.forget_networks = 1;
			provd_saved_list_finish(&saved->next_list);
		}
		if (change->parts & PROVD_SAVED_BOUND)
			saved->next_device.bound = 0;
		return 0;
	case CHANGE_LOAD:
	case CHANGE_STAGE:
	case CHANGE_UNSTAGE:
		break;
	}
	return 0;
}

/* What is needed has been read, as far as it can be. @return as provd__saved_begin */
static int prepare(struct provd_saved *saved, struct provd__change *change)
{
	int needs[RECORD_COUNT];
	int code = 0;

	needs_of(change, needs);
	for (int i = 0; i < RECORD_COUNT && !code; i++)
		if (needs[i])
			code = saved->locked[i];
	if (!code)
		code = work_out(saved, change);
	if (code) {
		provd_saved_list_finish(&saved->next_list);
		return code;
	}
	if (change->kind == CHANGE_STAGE) {
		if (!change->staged.id)
			change->staged.id = session_id(saved);
		saved->staged_id = change->staged.id;
	}
	change->phase = PHASE_COMMIT;
	/* Else the next start would take the new content for what is yet to be erased. */
	if ((change->kind == CHANGE_STAGE && saved->device.forget_staged) ||
	    (needs[RECORD_NETWORKS] && saved->device.forget_networks))
		change->phase = PHASE_WIPE;
	return 0;
}

int provd__saved_begin(struct provd_saved *saved, struct provd__change *change)
{
	if (change->kind == CHANGE_LOAD) {
		change->phase = PHASE_LOAD;
		saved->record = RECORD_DEVICE;
		return 0;
	}
	memset(saved->tried, 0, sizeof(saved->tried));
	if (!must_read(saved, change))
		return prepare(saved, change);
	change->phase = PHASE_READ;
	return 0;
}

static int save(struct provd_saved *saved, enum provd__record record, int encoded,
		struct provd_secret *text)
{
	int code = encoded;

	if (!code)
		code = provd_store_save(saved->store, provd__record_name(record), text,
					provd__saved_on_stored, saved);
	provd_secret_unref(text);
	return code;
}

static int erase(struct provd_saved *saved, enum provd__record record)
{
	return provd_store_erase(saved->store, provd__record_name(record), provd__saved_on_stored,
				 saved);
}

static int save_device(struct provd_saved *saved)
{
	const struct provd_saved_device *device = &saved->next_device;
	struct provd_secret *text = NULL;
	int code;

	saved->record = RECORD_DEVICE;
	/* While a mark of an older version cannot be removed, the record overrules it. */
	if (!device->bound && !device->forget_networks && !device->forget_staged && !saved->mark)
		return erase(saved, RECORD_DEVICE);
	code = provd_saved_encode_device(device, &text);
	return save(saved, RECORD_DEVICE, code, text);
}

static int wipe_step(struct provd_saved *saved)
{
	if (saved->device.forget_staged && !saved->erased[RECORD_STAGED]) {
		saved->record = RECORD_STAGED;
		return erase(saved, saved->record);
	}
	if (saved->device.forget_networks && !saved->erased[RECORD_NETWORKS]) {
		saved->record = RECORD_NETWORKS;
		return erase(saved, saved->record);
	}
	saved->next_device.bound = saved->device.bound;
	saved->next_device.forget_networks = 0;
	saved->next_device.forget_staged = 0;
	saved->next_device.ended = saved->erased[RECORD_STAGED] ? 0 : saved->device.ended;
	return save_device(saved);
}

static int commit_step(struct provd_saved *saved, const struct provd__change *change)
{
	struct provd_secret *text = NULL;
	int code;

	switch (change->kind) {
	case CHANGE_ADD:
	case CHANGE_FORGET:
	case CHANGE_PRIORITY:
		code = provd_saved_encode_networks(&saved->next_list, &text);
		return save(saved, RECORD_NETWORKS, code, text);
	case CHANGE_STAGE:
		code = provd_saved_encode_staged(&change->staged, &text);
		return save(saved, RECORD_STAGED, code, text);
	case CHANGE_UNSTAGE:
		return erase(saved, RECORD_STAGED);
	case CHANGE_BOUND:
	case CHANGE_RESET:
		return save_device(saved);
	case CHANGE_LOAD:
		break;
	}
	return PROVD_E_INTERNAL;
}

int provd__saved_step(struct provd_saved *saved, struct provd__change *change)
{
	switch (change->phase) {
	case PHASE_LOAD:
	case PHASE_MIGRATE:
	case PHASE_VOID:
		return provd__load_step(saved, change);
	case PHASE_READ:
		return provd_store_load(saved->store, provd__record_name(saved->record),
					provd__saved_on_stored, saved);
	case PHASE_WIPE:
		return wipe_step(saved);
	case PHASE_COMMIT:
		return commit_step(saved, change);
	case PHASE_WAIT:
		return provd_store_load(saved->store, provd__record_name(RECORD_DEVICE),
					provd__saved_on_stored, saved);
	}
	return PROVD_E_INTERNAL;
}

void provd__saved_unstage(struct provd_saved *saved)
{
	provd_saved_staged_finish(&saved->staged);
	saved->has_staged = 0;
}

int provd__saved_unstage_ended(struct provd_saved *saved)
{
	if (!saved->has_staged || !saved->staged.id || saved->staged.id != saved->device.ended)
		return 0;
	provd__saved_unstage(saved);
	return 1;
}

/* The new state is durable, so it is the state. */
static void apply(struct provd_saved *saved, const struct provd__change *change)
{
	provd_saved_list_finish(&saved->list);
	provd_saved_list_copy(&saved->list, &saved->next_list);
	saved->device = saved->next_device;
	if (change->kind == CHANGE_STAGE || change->kind == CHANGE_UNSTAGE ||
	    change->kind == CHANGE_RESET)
		provd__saved_unstage(saved);
	if (change->kind == CHANGE_UNSTAGE)
		saved->staged_id = 0;
	if (change->kind == CHANGE_STAGE) {
		provd_saved_staged_copy(&saved->staged, &change->staged);
		saved->has_staged = 1;
	}
	(void)provd__saved_unstage_ended(saved);
	if (change->kind == CHANGE_RESET) {
		/* What could not be read is to be erased now, by a record that can be read. */
		provd__load_unlock(saved, RECORD_STAGED);
		if (change->parts & PROVD_SAVED_NETWORKS)
			provd__load_unlock(saved, RECORD_NETWORKS);
	}
	if (change->kind == CHANGE_BOUND || change->kind == CHANGE_RESET)
		provd__load_settled(saved, RECORD_DEVICE);
	if (change->kind == CHANGE_UNSTAGE && saved->device.forget_staged)
		provd__load_settled(saved, RECORD_STAGED);
	saved->changed = 1;
}

static int end(struct provd_saved *saved, struct provd__change *change, int code)
{
	provd_saved_list_finish(&saved->next_list);
	memset(saved->erased, 0, sizeof(saved->erased));
	change->result = code;
	return 1;
}

static int wipe_take(struct provd_saved *saved, struct provd__change *change, int code)
{
	int only = change->kind == CHANGE_LOAD || change->kind == CHANGE_RESET;

	if (code) {
		PROVD_CLOG(saved->log, "saved", 0, PROVD_LOG_WARN,
			   "what was reset cannot be erased yet",
			   provd_f_text("record", provd__record_name(saved->record)),
			   provd_f_code("reason", code));
		return end(saved, change, change->kind == CHANGE_LOAD ? 0 : code);
	}
	if (saved->record != RECORD_DEVICE) {
		saved->erased[saved->record] = 1;
		provd__load_settled(saved, saved->record);
		return 0;
	}
	saved->device = saved->next_device;
	if (saved->erased[RECORD_STAGED])
		saved->staged_id = change->kind == CHANGE_STAGE ? change->staged.id : 0;
	if (only)
		return end(saved, change, 0);
	change->phase = PHASE_COMMIT;
	return 0;
}

static int read_take(struct provd_saved *saved, struct provd__change *change, int code,
		     const struct provd_secret *content, const struct provd_error *err)
{
	saved->tried[saved->record] = 1;
	provd__load_again(saved, code, content, err);
	if (must_read(saved, change))
		return 0;
	code = prepare(saved, change);
	return code ? end(saved, change, code) : 0;
}

int provd__saved_take(struct provd_saved *saved, struct provd__change *change, int code,
		      const struct provd_secret *content, const struct provd_error *err)
{
	switch (change->phase) {
	case PHASE_LOAD:
	case PHASE_MIGRATE:
	case PHASE_VOID:
		return provd__load_take(saved, change, code, content, err);
	case PHASE_READ:
		return read_take(saved, change, code, content, err);
	case PHASE_WIPE:
		return wipe_take(saved, change, code);
	case PHASE_COMMIT:
		if (code)
			return end(saved, change, code);
		apply(saved, change);
		if (change->kind != CHANGE_RESET)
			return end(saved, change, 0);
		if (!saved->device.bound)
			provd__saved_drop_mark(saved);
		change->phase = PHASE_WIPE;
		return 0;
	case PHASE_WAIT:
		break;
	}
	return end(saved, change, change->result);
}
