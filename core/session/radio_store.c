/* SPDX-License-Identifier: Apache-2.0 */
#include "session/radio_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secret/secret.h"
#include "session/radio_internal.h"
#include "store/record.h"

#define PURPOSE_MAX 32
#define KEY_SIZE    32

/** Setting aside is three operations of the HAL, one after the other. */
enum call_kind {
	CALL_LOAD,
	CALL_SAVE,
	CALL_ERASE,
	CALL_ASIDE_LOAD,
	CALL_ASIDE_SAVE,
	CALL_ASIDE_ERASE,
	CALL_DEVICE_KEY
};

struct radio_store;

/** What was asked for. It lives until the HAL has ended it, even when nobody waits any more. */
struct call {
	struct call *next;
	struct radio_store *store; /**< NULL: a device key, or the backend is gone */
	struct provd_radio *radio;
	struct hal *hal;
	enum call_kind kind;
	char name[PROVD_STORE_NAME_MAX + 1]; /**< of the record, or the purpose */
	uint64_t timer;
	provd_store_done_fn *done; /**< NULL: it has been told, or nobody waits */
	void *user;
};

struct radio_store {
	struct provd_radio *radio;
	struct call *calls;
};

static void call_detach(struct call *call)
{
	struct call **at;

	if (!call->store)
		return;
	at = &call->store->calls;
	while (*at != call)
		at = &(*at)->next;
	*at = call->next;
	call->store = NULL;
}

static void call_free(struct call *call)
{
	provd_timer_stop(call->radio->owner, call->timer);
	call_detach(call);
	free(call);
}

static const char *verb_of(enum call_kind kind)
{
	switch (kind) {
	case CALL_LOAD:
		return "load";
	case CALL_SAVE:
		return "save";
	case CALL_ERASE:
		return "erase";
	case CALL_ASIDE_LOAD:
	case CALL_ASIDE_SAVE:
	case CALL_ASIDE_ERASE:
		return "set aside";
	case CALL_DEVICE_KEY:
		return "give a device key for";
	}
	return "";
}

/* Tells how it ended; the backend may be gone afterwards, the call is not. */
static void call_tell(struct call *call, int code, const struct provd_secret *content,
		      const char *text)
{
	struct provd_error err = {.size = sizeof(err), .code = code};
	provd_store_done_fn *done = call->done;

	call->done = NULL;
	call_detach(call);
	if (!done)
		return;
	if (code && snprintf(err.text, sizeof(err.text), "hal '%s' could not %s '%s': %s",
			     call->hal->instance->name, verb_of(call->kind), call->name,
			     text && *text ? text : provd_err_text(code)) < 0)
		err.text[0] = '\0';
	done(call->user, code, code ? NULL : content, code ? &err : NULL);
}

static void on_deadline(void *user)
{
	struct call *call = user;

	call->timer = 0;
	call_tell(call, PROVD_E_TIMEOUT, NULL, "it did not answer in time");
}

/* Status of an OP_DONE as a code of the store. */
static int code_of(const struct call *call, const struct provd_event *event)
{
	if (event->status > 0)
		return PROVD_E_PLUGIN_FAULT;
	if (event->status == PROVD_E_WIFI_RADIO) /* how the radio ends what a failed HAL has left */
		return PROVD_E_IO;
	if (event->status != PROVD_E_NOT_FOUND)
		return event->status;
	switch (call->kind) {
	case CALL_ERASE:
	case CALL_ASIDE_LOAD:
	case CALL_ASIDE_ERASE:
		return 0; /* what is not there need not go */
	case CALL_SAVE:
	case CALL_ASIDE_SAVE:
		return PROVD_E_IO;
	case CALL_LOAD:
	case CALL_DEVICE_KEY:
		break;
	}
	return PROVD_E_NOT_FOUND;
}

static void call_ended(void *user, const struct provd_event *event);

static int hand_over(const struct call *call, uint64_t op, struct provd_bytes value)
{
	const struct provd_hal_store *store = &call->hal->store;
	void *inst = call->hal->instance->inst;
	int aside = call->kind == CALL_ASIDE_SAVE;
	char key[PROVD_STORE_KEY_MAX + 1];
	int len = snprintf(key, sizeof(key), "provd.%s%s", call->name, aside ? ".damaged" : "");

	if (len < 0 || (size_t)len >= sizeof(key))
		return PROVD_E_INTERNAL;
	switch (call->kind) {
	case CALL_LOAD:
	case CALL_ASIDE_LOAD:
		return store->load(inst, op, key);
	case CALL_SAVE:
	case CALL_ASIDE_SAVE:
		return store->save(inst, op, key, value.data, value.len);
	case CALL_ERASE:
	case CALL_ASIDE_ERASE:
		return store->erase(inst, op, key);
	case CALL_DEVICE_KEY:
		return store->device_key(inst, op, call->name);
	}
	return PROVD_E_INTERNAL;
}

/* Has the HAL begin what `kind` says. @return 0, or a code: it will not end */
static int call_begin(struct call *call, struct provd_bytes value)
{
	struct provd_radio *radio = call->radio;
	uint64_t op = provd_loop_new_id(radio->config.loop);
	struct radio_op *entry;
	int code = provd__radio_op_add(radio, call->hal, op, NULL);

	if (code)
		return code;
	entry = radio->ops;
	code = hand_over(call, op, value);
	if (code) {
		provd__radio_op_drop(radio, op);
		return code < 0 ? code : PROVD_E_PLUGIN_FAULT;
	}
	entry->ended = call_ended;
	entry->ended_user = call;
	return 0;
}

static struct provd_bytes value_of(const struct provd_event *event)
{
	struct provd_bytes value = {event->data, event->data ? event->data_size : 0};

	return value;
}

/* The next of the three steps. @return 1: it runs */
static int aside_continue(struct call *call, int code, const struct provd_event *event)
{
	struct provd_bytes value = value_of(event);
	int found = event->status == 0;

	if (call->kind == CALL_ASIDE_LOAD && code == 0 && found)
		call->kind = CALL_ASIDE_SAVE;
	else if ((call->kind == CALL_ASIDE_LOAD && code == PROVD_E_CORRUPT) ||
		 (call->kind == CALL_ASIDE_SAVE && code == 0))
		call->kind = CALL_ASIDE_ERASE; /* there is nothing to keep, or it has been kept */
	else
		return 0;
	code = call_begin(call, value);
	if (code)
		call_tell(call, code, NULL, NULL);
	return code == 0;
}

static void tell_value(struct call *call, struct provd_bytes value)
{
	struct provd_secret *content = provd_secret_create(value.data, value.len);

	if (content)
		call_tell(call, 0, content, NULL);
	else
		call_tell(call, PROVD_E_NOMEM, NULL, NULL);
	provd_secret_unref(content);
}

static void tell_key(struct call *call, const struct provd_secret *key)
{
	if (key && provd_secret_view(key).len == KEY_SIZE)
		call_tell(call, 0, key, NULL);
	else
		call_tell(call, PROVD_E_PLUGIN_FAULT, NULL, "it gave no key of 32 bytes");
}

/* OP_DONE of the HAL; NULL: the radio goes, nobody is told. */
static void call_ended(void *user, const struct provd_event *event)
{
	struct call *call = user;
	int code;

	if (event && call->done) {
		code = code_of(call, event);
		if (aside_continue(call, code, event))
			return;
		if (code == 0 && call->kind == CALL_LOAD)
			tell_value(call, value_of(event));
		else if (code == 0 && call->kind == CALL_DEVICE_KEY)
			tell_key(call, event->secret);
		else
			call_tell(call, code, NULL, event->text);
	}
	call_free(call);
}

/* Makes a call and begins it. `store` NULL: for a device key. */
static int call_start(struct provd_radio *radio, struct hal *hal, const struct call *asked,
		      const char *name, struct provd_bytes value)
{
	struct call *call = calloc(1, sizeof(*call));
	int code;

	if (!call)
		return PROVD_E_NOMEM;
	*call = *asked;
	call->radio = radio;
	call->hal = hal;
	memcpy(call->name, name, strlen(name));
	if (call->store) {
		call->next = call->store->calls;
		call->store->calls = call;
	}
	code = provd_timer_start(radio->owner, PROVD_RADIO_STORE_MS, on_deadline, call,
				 &call->timer);
	if (!code)
		code = call_begin(call, value);
	if (code)
		call_free(call);
	return code;
}

static int start(struct radio_store *store, enum call_kind kind, const char *name,
		 struct provd_bytes value, provd_store_done_fn *done, void *user)
{
	struct call asked = {.store = store, .kind = kind, .done = done, .user = user};
	struct hal *hal = provd__radio_find(store->radio, CAP_STORE);

	if (!provd_record_name_valid(name) || !done)
		return PROVD_E_INVALID;
	if (!hal)
		return PROVD_E_NO_CAPABILITY;
	return call_start(store->radio, hal, &asked, name, value);
}

static const struct provd_bytes nothing = {NULL, 0};

static int store_load(void *self, const char *name, provd_store_done_fn *done, void *user)
{
	return start(self, CALL_LOAD, name, nothing, done, user);
}

static int store_save(void *self, const char *name, const struct provd_secret *content,
		      provd_store_done_fn *done, void *user)
{
	if (!content)
		return PROVD_E_INVALID;
	return start(self, CALL_SAVE, name, provd_secret_view(content), done, user);
}

static int store_erase(void *self, const char *name, provd_store_done_fn *done, void *user)
{
	return start(self, CALL_ERASE, name, nothing, done, user);
}

static int store_set_aside(void *self, const char *name, provd_store_done_fn *done, void *user)
{
	return start(self, CALL_ASIDE_LOAD, name, nothing, done, user);
}

/* What the HAL still does ends with nobody listening. */
static void store_destroy(void *self)
{
	struct radio_store *store = self;

	while (store->calls) {
		store->calls->done = NULL;
		call_detach(store->calls);
	}
	free(store);
}

int provd_radio_store(struct provd_radio *radio, struct provd_store_backend *out_backend)
{
	struct radio_store *store = calloc(1, sizeof(*store));

	if (!store)
		return PROVD_E_NOMEM;
	store->radio = radio;
	*out_backend = (struct provd_store_backend){.self = store,
						    .load = store_load,
						    .save = store_save,
						    .erase = store_erase,
						    .set_aside = store_set_aside,
						    .destroy = store_destroy};
	return 0;
}

int provd_radio_has_store(const struct provd_radio *radio)
{
	return provd__radio_find(radio, CAP_STORE) != NULL;
}

static int purpose_valid(const char *purpose)
{
	size_t len = purpose ? strnlen(purpose, PURPOSE_MAX + 1) : 0;

	return len >= 1 && len <= PURPOSE_MAX &&
	       strspn(purpose, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

int provd_radio_device_key(struct provd_radio *radio, const char *purpose,
			   provd_store_done_fn *done, void *user)
{
	struct call asked = {.kind = CALL_DEVICE_KEY, .done = done, .user = user};
	struct hal *hal = NULL;

	if (!purpose_valid(purpose) || !done)
		return PROVD_E_INVALID;
	for (size_t i = 0; i < radio->hal_count && !hal; i++)
		if (radio->hals[i]->state == HAL_OPEN &&
		    radio->hals[i]->offered & (1u << CAP_STORE) && radio->hals[i]->store.device_key)
			hal = radio->hals[i];
	if (!hal)
		return PROVD_E_NO_CAPABILITY;
	return call_start(radio, hal, &asked, purpose, nothing);
}
