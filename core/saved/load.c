/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the records at the start. Nothing here fails: a device whose records are lost is
 * provisioned anew, one that does not start at all is a brick.
 */
#include "saved/saved_internal.h"

#include "secret/secret.h"

/* Why a record could not be read, as far as a person does something else about it. */
enum loss {
	LOSS_DAMAGED,
	LOSS_KEY,
	LOSS_ACCESS,
	LOSS_NEWER,
	LOSS_READING,
	LOSS_COUNT
};

#define DEVICE_DAMAGED "whether the device was bound is not known: the record was damaged"
#define DEVICE_KEY                                                                                 \
	"whether the device was bound is not known: the record cannot be read "                    \
	"without its key; give the key that it was written with"
#define DEVICE_ACCESS                                                                              \
	"whether the device was bound is not known: access to the record was denied; "             \
	"see the log for the file"
#define DEVICE_NEWER                                                                               \
	"whether the device was bound is not known: the record was written by a newer version"
#define DEVICE_READING "whether the device was bound is not known: the record could not be read"
#define ASSUMED	       "; it is taken as bound, since networks are saved; reset it to provision anew"

static const char *const sentences[RECORD_COUNT][LOSS_COUNT] = {
	[RECORD_DEVICE] = {DEVICE_DAMAGED, DEVICE_KEY, DEVICE_ACCESS, DEVICE_NEWER, DEVICE_READING},
	[RECORD_NETWORKS] = {"the saved networks are lost: the record was damaged",
			     "the saved networks cannot be read without their key; give the key "
			     "that they were written with",
			     "the saved networks could not be read: access was denied; see the log "
			     "for the file",
			     "the saved networks were written by a newer version and are not used",
			     "the saved networks could not be read"},
	[RECORD_STAGED] = {"a session that was cut off is lost: the record was damaged",
			   "a session that was cut off cannot be read without its key; give the "
			   "key that it was written with",
			   "a session that was cut off could not be read: access was denied; see "
			   "the log for the file",
			   "a session that was cut off was written by a newer version and is not "
			   "taken up",
			   "a session that was cut off could not be read"},
};

static const char *const assumed_sentences[LOSS_COUNT] = {
	DEVICE_DAMAGED ASSUMED, DEVICE_KEY ASSUMED,	DEVICE_ACCESS ASSUMED,
	DEVICE_NEWER ASSUMED,	DEVICE_READING ASSUMED,
};

static enum loss loss_of(int code, const struct provd_error *err)
{
	if (code == PROVD_E_CORRUPT)
		return LOSS_DAMAGED;
	if (code == PROVD_E_ACCESS)
		return provd_store_lacks_key(err) ? LOSS_KEY : LOSS_ACCESS;
	return code == PROVD_E_NOT_SUPPORTED ? LOSS_NEWER : LOSS_READING;
}

static void say(struct provd_saved *saved, enum provd__record record, const char *sentence)
{
	size_t count = 0;

	saved->lost[record] = sentence;
	for (int i = 0; i < RECORD_COUNT; i++)
		if (saved->lost[i])
			saved->warnings[count++] = saved->lost[i];
	saved->warnings[count] = NULL;
}

void provd__load_unlock(struct provd_saved *saved, enum provd__record record)
{
	saved->locked[record] = 0;
	saved->no_key[record] = 0;
}

void provd__load_settled(struct provd_saved *saved, enum provd__record record)
{
	provd__load_unlock(saved, record);
	if (record == RECORD_DEVICE)
		saved->assumed = 0;
	say(saved, record, NULL);
}

/* A device in the field must not open to strangers because a record is lost. One that has no
 * networks either is of no use as it is. */
static void assume(struct provd_saved *saved)
{
	if (!saved->lost[RECORD_DEVICE] ||
	    (!saved->assumed && (saved->device.bound || saved->list.count == 0)))
		return;
	saved->device.bound = 1;
	saved->assumed = 1;
	say(saved, RECORD_DEVICE, assumed_sentences[saved->device_loss]);
	PROVD_CLOG(saved->log, "saved", 0, PROVD_LOG_WARN, "the device is taken as bound",
		   provd_f_text("text", saved->lost[RECORD_DEVICE]));
}

/* What is only unreadable for now is still there: it must not be overwritten. */
static void lost(struct provd_saved *saved, int code, const struct provd_error *err)
{
	enum loss loss = loss_of(code, err);
	const char *sentence;

	if (saved->record >= RECORD_COUNT)
		return;
	sentence = sentences[saved->record][loss];
	say(saved, saved->record, sentence);
	if (saved->record == RECORD_DEVICE)
		saved->device_loss = (int)loss;
	if (loss == LOSS_KEY || loss == LOSS_ACCESS || loss == LOSS_READING)
		saved->locked[saved->record] = code;
	saved->no_key[saved->record] = loss == LOSS_KEY;
	PROVD_CLOG(saved->log, "saved", 0, PROVD_LOG_WARN, "a record cannot be used",
		   provd_f_text("record", provd__record_name(saved->record)),
		   provd_f_code("reason", code), provd_f_text("text", sentence),
		   provd_f_text("cause", err ? err->text : ""));
}

static int decode_networks(struct provd_saved *saved, struct provd_bytes text)
{
	int code = provd_saved_decode_networks(text, &saved->next_list);
	size_t had;

	if (code)
		return code;
	had = saved->next_list.count;
	provd_saved_list_trim(&saved->next_list, saved->list.max);
	if (saved->next_list.count < had)
		PROVD_CLOG(saved->log, "saved", 0, PROVD_LOG_WARN,
			   "more networks are saved than may be kept; the last ones are not used",
			   provd_f_int("saved", (int64_t)had),
			   provd_f_int("kept", (int64_t)saved->next_list.count));
	provd_saved_list_finish(&saved->list);
	saved->list = saved->next_list;
	provd_saved_list_init(&saved->next_list, saved->list.max);
	return 0;
}

static int decode(struct provd_saved *saved, struct provd_bytes text)
{
	int code;

	switch (saved->record) {
	case RECORD_DEVICE:
		code = provd_saved_decode_device(text, &saved->device);
		saved->has_device = code == 0;
		return code;
	case RECORD_NETWORKS:
		return decode_networks(saved, text);
	case RECORD_STAGED:
		code = provd_saved_decode_staged(text, &saved->staged);
		saved->has_staged = code == 0;
		saved->staged_id = code ? 0 : saved->staged.id;
		return code;
	case RECORD_COUNT:
		break;
	}
	return PROVD_E_INTERNAL;
}

/* Takes what reading `record` gave. @return 0 when it could be used */
static int take(struct provd_saved *saved, int code, const struct provd_secret *content,
		const struct provd_error *err)
{
	int assumed = saved->assumed;

	if (!code)
		code = decode(saved, provd_secret_view(content));
	provd__load_settled(saved, saved->record);
	if (code && code != PROVD_E_NOT_FOUND) {
		lost(saved, code, err);
		saved->assumed = assumed;
	} else if (code && saved->record == RECORD_DEVICE && assumed) {
		saved->device.bound = 0;
	}
	return code;
}

/* The next record that has not been forgotten. */
static int next_record(struct provd_saved *saved)
{
	int record = (int)saved->record + 1;

	if (record == RECORD_NETWORKS && saved->device.forget_networks)
		record++;
	if (record == RECORD_STAGED && saved->device.forget_staged)
		record++;
	saved->record = (enum provd__record)record;
	return record < RECORD_COUNT;
}

static int ended(struct provd_saved *saved, struct provd__change *change, int code)
{
	if (saved->is_void) {
		saved->record = RECORD_STAGED;
		change->phase = PHASE_VOID;
		return 0;
	}
	if (provd__saved_must_wipe(saved) && !saved->locked[RECORD_DEVICE]) {
		change->phase = PHASE_WIPE;
		return 0;
	}
	change->result = code;
	return 1;
}

static int records_read(struct provd_saved *saved, struct provd__change *change, int code)
{
	saved->is_void = provd__saved_unstage_ended(saved);
	if (!saved->mark)
		assume(saved);
	PROVD_CLOG(saved->log, "saved", 0, PROVD_LOG_INFO, "saved records read",
		   provd_f_int("networks", (int64_t)saved->list.count),
		   provd_f_int("staged", saved->has_staged),
		   provd_f_int("bound", saved->device.bound));
	/* What was set aside is not there any more at the next start: then it has to stand in it. */
	if (!saved->mark && saved->assumed && saved->device_loss == LOSS_DAMAGED) {
		change->phase = PHASE_MIGRATE;
		return 0;
	}
	if (!saved->mark)
		return ended(saved, change, code);
	if (saved->has_device) {
		/* A power cut came between saving the record and removing the mark; the record
		 * knows better, and may say that there was a reset since. */
		provd__saved_drop_mark(saved);
		return ended(saved, change, code);
	}
	/* The mark is as durable as the record; it stays as long as there is no record. */
	saved->device.bound = 1;
	if (saved->locked[RECORD_DEVICE])
		return ended(saved, change, code);
	change->phase = PHASE_MIGRATE;
	return 0;
}

int provd__load_step(struct provd_saved *saved, const struct provd__change *change)
{
	struct provd_secret *text = NULL;
	int code;

	if (change->phase == PHASE_LOAD)
		return provd_store_load(saved->store, provd__record_name(saved->record),
					provd__saved_on_stored, saved);
	if (change->phase == PHASE_VOID)
		return provd_store_erase(saved->store, provd__record_name(RECORD_STAGED),
					 provd__saved_on_stored, saved);
	code = provd_saved_encode_device(&saved->device, &text);
	if (!code)
		code = provd_store_save(saved->store, provd__record_name(RECORD_DEVICE), text,
					provd__saved_on_stored, saved);
	provd_secret_unref(text);
	return code;
}

/* It is void all the same; the next start tries again. */
static int void_taken(struct provd_saved *saved, struct provd__change *change, int code)
{
	saved->is_void = 0;
	if (code)
		PROVD_CLOG(saved->log, "saved", 0, PROVD_LOG_WARN,
			   "a session that has ended cannot be erased yet",
			   provd_f_code("reason", code));
	else
		saved->staged_id = 0;
	return ended(saved, change, 0);
}

int provd__load_take(struct provd_saved *saved, struct provd__change *change, int code,
		     const struct provd_secret *content, const struct provd_error *err)
{
	if (change->phase == PHASE_VOID)
		return void_taken(saved, change, code);
	if (change->phase == PHASE_MIGRATE) {
		if (code)
			PROVD_CLOG(saved->log, "saved", 0, PROVD_LOG_WARN,
				   "the record of the device cannot be saved yet",
				   provd_f_code("reason", code));
		else if (saved->mark)
			provd__saved_drop_mark(saved);
		return ended(saved, change, 0);
	}
	(void)take(saved, code, content, err);
	if (next_record(saved))
		return 0;
	return records_read(saved, change, 0);
}

/* What the record "device" says about the others, which were used without knowing it. */
static void device_known(struct provd_saved *saved)
{
	if (saved->has_device)
		provd__saved_drop_mark(saved);
	if (saved->device.forget_networks) {
		provd_saved_list_finish(&saved->list);
		provd__load_unlock(saved, RECORD_NETWORKS);
	}
	if (saved->device.forget_staged) {
		provd__saved_unstage(saved);
		provd__load_unlock(saved, RECORD_STAGED);
	}
}

void provd__load_again(struct provd_saved *saved, int code, const struct provd_secret *content,
		       const struct provd_error *err)
{
	int was_bound = saved->device.bound;

	code = take(saved, code, content, err);
	assume(saved);
	if (code) {
		saved->changed |= saved->device.bound != was_bound;
		return;
	}
	PROVD_CLOG(saved->log, "saved", 0, PROVD_LOG_INFO, "a record could be read after all",
		   provd_f_text("record", provd__record_name(saved->record)));
	saved->changed = 1;
	if (saved->record == RECORD_DEVICE)
		device_known(saved);
	(void)provd__saved_unstage_ended(saved);
}
