/* SPDX-License-Identifier: Apache-2.0 */
/* The interface and the queue: changes are done one after the other, each on what the last left. */
#include "saved/saved_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secret/secret.h"

static void change_destroy(struct provd__change *change)
{
	if (!change)
		return;
	provd_saved_credentials_finish(&change->credentials);
	provd_saved_staged_finish(&change->staged);
	free(change);
}

static struct provd__change *pop(struct provd_saved *saved)
{
	struct provd__change *change = saved->first;

	saved->first = change->next;
	if (!saved->first)
		saved->last = NULL;
	return change;
}

int provd_saved_create(struct provd_log *log, struct provd_store *store, size_t max,
		       struct provd_saved **out_saved)
{
	struct provd_saved *saved;

	if (!store || max < 1 || max > PROVD_SAVED_NETWORKS_MAX)
		return PROVD_E_INVALID;
	saved = calloc(1, sizeof(*saved));
	if (!saved)
		return PROVD_E_NOMEM;
	saved->log = log;
	saved->store = store;
	provd_saved_list_init(&saved->list, max);
	provd_saved_list_init(&saved->next_list, max);
	*out_saved = saved;
	return 0;
}

void provd_saved_destroy(struct provd_saved *saved)
{
	if (!saved)
		return;
	if (saved->gone)
		*saved->gone = 1;
	while (saved->first)
		change_destroy(pop(saved));
	provd_saved_list_finish(&saved->list);
	provd_saved_list_finish(&saved->next_list);
	provd_saved_staged_finish(&saved->staged);
	free(saved->mark);
	free(saved);
}

/* @return 1 when it was refused for a record that a factory reset alone can do without */
static int wants_device(const struct provd_saved *saved, const struct provd__change *change)
{
	return change->kind == CHANGE_RESET && change->phase != PHASE_COMMIT &&
	       change->phase != PHASE_WIPE && change->result &&
	       change->result == saved->locked[RECORD_DEVICE];
}

/* What was said, shortened where need be, and what is to be done. */
static void advise(const struct provd_error *err, struct provd_error *out_err)
{
	static const char advice[] = "; only a factory reset works while it cannot be read";

	size_t max = sizeof(out_err->text) - sizeof(advice);
	size_t len = strnlen(err->text, sizeof(err->text) - 1);

	/* No character of several bytes is cut in two. */
	if (len > max)
		for (len = max; len && ((uint8_t)err->text[len] & 0xc0) == 0x80;)
			len--;
	*out_err = *err;
	memcpy(out_err->text + len, advice, sizeof(advice));
}

/* The change at the head has ended: it leaves the queue, then its owner is told. */
static void finish(struct provd_saved *saved, const struct provd_error *err)
{
	struct provd_error own = {.size = sizeof(own)};
	struct provd_error advised;
	struct provd__change *change = pop(saved);

	/* Words on a record that could be done without are not about what has failed. */
	if (change->result &&
	    (!err || !err->text[0] || (err->code && err->code != change->result))) {
		own.code = change->result;
		(void)snprintf(own.text, sizeof(own.text), "cannot change what is saved: %s",
			       provd_err_text(change->result));
		err = &own;
		if (wants_device(saved, change))
			(void)snprintf(own.text, sizeof(own.text), "the record of the device: %s",
				       provd_err_text(change->result));
	}
	if (wants_device(saved, change)) {
		advise(err, &advised);
		err = &advised;
	}
	if (change->done)
		change->done(change->user, change->result, change->result ? err : NULL);
	change_destroy(change);
}

/* Has the head's operation begun, or makes out how else it goes on.
 * @return 1 when it has ended */
static int go_on(struct provd_saved *saved)
{
	struct provd__change *change = saved->first;
	int code;

	code = provd__saved_step(saved, change);
	saved->running = code == 0;
	if (!code)
		return 0;
	if (change->phase == PHASE_WAIT || change->kind == CHANGE_LOAD)
		return provd__saved_take(saved, change, code, NULL, NULL);
	/* The store refused: whoever asked within this turn must not hear of it before the next. */
	change->phase = PHASE_WAIT;
	change->result = code;
	return 0;
}

static void start_head(struct provd_saved *saved)
{
	struct provd__change *change = saved->first;

	change->result = provd__saved_begin(saved, change);
	if (change->result)
		change->phase = PHASE_WAIT;
}

/* @return 1 when the observer destroyed everything */
static int tell(struct provd_saved *saved, const int *gone)
{
	if (!saved->changed)
		return 0;
	saved->changed = 0;
	if (saved->on_change)
		saved->on_change(saved->on_change_user);
	return *gone;
}

void provd__saved_on_stored(void *user, int code, const struct provd_secret *content,
			    const struct provd_error *err)
{
	struct provd_saved *saved = user;
	int gone = 0;
	int ended;

	saved->running = 0;
	saved->gone = &gone;
	/* That operation only brought the turn; its words are not about the change. */
	if (saved->first->phase == PHASE_WAIT)
		err = NULL;
	ended = provd__saved_take(saved, saved->first, code, content, err);
	for (;;) {
		if (tell(saved, &gone))
			return;
		if (ended) {
			finish(saved, err);
			if (gone)
				return;
			err = NULL;
			/* What was asked for just now in an empty queue is under way already. */
			if (!saved->first || saved->running)
				break;
			start_head(saved);
		}
		ended = go_on(saved);
		if (saved->running)
			break;
	}
	saved->gone = NULL;
}

/* Takes `change`. @return 0: it is queued or under way; else it is not and never will be */
static int submit(struct provd_saved *saved, struct provd__change *change)
{
	int busy = saved->first != NULL;
	int code;

	if (saved->last)
		saved->last->next = change;
	else
		saved->first = change;
	saved->last = change;
	if (busy)
		return 0;
	code = provd__saved_begin(saved, change);
	while (!code) {
		code = provd__saved_step(saved, change);
		saved->running = code == 0;
		if (!code)
			return 0;
		/* Reading goes on with the next record as long as there is one. */
		if (!provd__saved_take(saved, change, code, NULL, NULL))
			code = 0;
	}
	change_destroy(pop(saved));
	return code;
}

/* @return a change with `done` set, or NULL */
static struct provd__change *change_create(enum provd__change_kind kind, provd_saved_done_fn *done,
					   void *user)
{
	struct provd__change *change = calloc(1, sizeof(*change));

	if (change) {
		change->kind = kind;
		change->done = done;
		change->user = user;
	}
	return change;
}

static int submit_plain(struct provd_saved *saved, enum provd__change_kind kind,
			provd_saved_done_fn *done, void *user)
{
	struct provd__change *change;

	if (!saved->asked)
		return PROVD_E_STATE;
	change = change_create(kind, done, user);
	return change ? submit(saved, change) : PROVD_E_NOMEM;
}

static int submit_named(struct provd_saved *saved, enum provd__change_kind kind,
			const struct provd_saved_network *named, provd_saved_done_fn *done,
			void *user)
{
	struct provd__change *change;

	if (!saved->asked)
		return PROVD_E_STATE;
	change = change_create(kind, done, user);
	if (!change)
		return PROVD_E_NOMEM;
	provd_saved_credentials_copy(&change->credentials, &named->credentials);
	change->priority = named->priority;
	return submit(saved, change);
}

int provd_saved_load(struct provd_saved *saved, const char *mark, provd_saved_done_fn *done,
		     void *user)
{
	struct provd__change *change;

	if (saved->asked)
		return PROVD_E_STATE;
	change = change_create(CHANGE_LOAD, done, user);
	if (!change)
		return PROVD_E_NOMEM;
	if (mark && provd__mark_is_there(mark)) {
		saved->mark = strdup(mark);
		if (!saved->mark) {
			change_destroy(change);
			return PROVD_E_NOMEM;
		}
	}
	saved->asked = 1;
	return submit(saved, change);
}

size_t provd_saved_count(const struct provd_saved *saved)
{
	return saved->list.count;
}

const struct provd_saved_network *provd_saved_get(const struct provd_saved *saved, size_t index)
{
	return index < saved->list.count ? &saved->list.networks[index] : NULL;
}

const struct provd_saved_network *provd_saved_find(const struct provd_saved *saved,
						   const uint8_t *ssid, size_t ssid_len)
{
	return provd_saved_get(saved, provd_saved_list_find(&saved->list, ssid, ssid_len));
}

int provd_saved_add(struct provd_saved *saved, const struct provd_credentials *credentials,
		    provd_saved_done_fn *done, void *user)
{
	struct provd_saved_network named = {.priority = 0};

	if (provd_saved_credentials_check(credentials))
		return PROVD_E_INVALID;
	named.credentials = *credentials;
	return submit_named(saved, CHANGE_ADD, &named, done, user);
}

/* @return 0, or PROVD_E_NOT_FOUND: no network has such a name */
static int name_set(struct provd_saved_network *named, const uint8_t *ssid, size_t ssid_len)
{
	memset(named, 0, sizeof(*named));
	if (!ssid || ssid_len == 0 || ssid_len > PROVD_SSID_MAX)
		return PROVD_E_NOT_FOUND;
	memcpy(named->credentials.ssid, ssid, ssid_len);
	named->credentials.ssid_len = (uint32_t)ssid_len;
	return 0;
}

int provd_saved_forget(struct provd_saved *saved, const uint8_t *ssid, size_t ssid_len,
		       provd_saved_done_fn *done, void *user)
{
	struct provd_saved_network named;
	int code = name_set(&named, ssid, ssid_len);

	return code ? code : submit_named(saved, CHANGE_FORGET, &named, done, user);
}

int provd_saved_set_priority(struct provd_saved *saved, const uint8_t *ssid, size_t ssid_len,
			     int32_t priority, provd_saved_done_fn *done, void *user)
{
	struct provd_saved_network named;
	int code = name_set(&named, ssid, ssid_len);

	if (priority < -PROVD_SAVED_PRIORITY_MAX || priority > PROVD_SAVED_PRIORITY_MAX)
		return PROVD_E_INVALID;
	named.priority = priority;
	return code ? code : submit_named(saved, CHANGE_PRIORITY, &named, done, user);
}

const struct provd_saved_staged *provd_saved_staged(const struct provd_saved *saved)
{
	return saved->has_staged ? &saved->staged : NULL;
}

int provd_saved_stage(struct provd_saved *saved, const struct provd_saved_staged *staged,
		      provd_saved_done_fn *done, void *user)
{
	struct provd__change *change;

	if (provd_saved_staged_check(staged))
		return PROVD_E_INVALID;
	if (!saved->asked)
		return PROVD_E_STATE;
	change = change_create(CHANGE_STAGE, done, user);
	if (!change)
		return PROVD_E_NOMEM;
	provd_saved_staged_copy(&change->staged, staged);
	return submit(saved, change);
}

int provd_saved_unstage(struct provd_saved *saved, provd_saved_done_fn *done, void *user)
{
	return submit_plain(saved, CHANGE_UNSTAGE, done, user);
}

int provd_saved_is_bound(const struct provd_saved *saved)
{
	return saved->device.bound;
}

int provd_saved_set_bound(struct provd_saved *saved, provd_saved_done_fn *done, void *user)
{
	return submit_plain(saved, CHANGE_BOUND, done, user);
}

int provd_saved_reset(struct provd_saved *saved, uint32_t parts, provd_saved_done_fn *done,
		      void *user)
{
	struct provd__change *change;

	if (!parts || (parts & ~(uint32_t)(PROVD_SAVED_NETWORKS | PROVD_SAVED_BOUND)))
		return PROVD_E_INVALID;
	if (!saved->asked)
		return PROVD_E_STATE;
	change = change_create(CHANGE_RESET, done, user);
	if (!change)
		return PROVD_E_NOMEM;
	change->parts = parts;
	return submit(saved, change);
}

void provd_saved_on_change(struct provd_saved *saved, void (*fn)(void *user), void *user)
{
	saved->on_change = fn;
	saved->on_change_user = user;
}

const char *const *provd_saved_warnings(const struct provd_saved *saved)
{
	return saved->warnings;
}
