/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/loop_internal.h"

#include <stdlib.h>

/** Errors in a row after which a watch falls silent: its user does not clear them. */
#define ERRORS_MAX 16

struct provd__watch {
	uv_poll_t uv;
	struct provd__watch *prev;
	struct provd__watch *next;
	struct provd_owner *owner; /**< NULL once it is unwatched */
	uint64_t id;
	uint32_t events;
	unsigned errors;
	void (*fn)(void *user, uint32_t events);
	void *user;
};

static void watch_free(uv_handle_t *handle)
{
	free(handle->data);
}

static void watch_close(struct provd__watch *watch)
{
	struct provd_owner *owner = watch->owner;

	if (watch->prev)
		watch->prev->next = watch->next;
	else
		owner->watches = watch->next;
	if (watch->next)
		watch->next->prev = watch->prev;
	owner->watch_count--;
	watch->owner = NULL;
	uv_close((uv_handle_t *)&watch->uv, watch_free);
}

static void on_poll(uv_poll_t *handle, int status, int ready);

static void watch_arm(struct provd__watch *watch)
{
	int wanted = 0;

	if (watch->events & PROVD_FD_READ)
		wanted |= UV_READABLE;
	if (watch->events & PROVD_FD_WRITE)
		wanted |= UV_WRITABLE;
	(void)uv_poll_start(&watch->uv, wanted, on_poll);
}

/* libuv stops a poll on an error; a datagram socket goes on after its error has been read. */
static void watch_error(struct provd__watch *watch)
{
	watch->errors++;
	watch->fn(watch->user, PROVD_FD_ERROR | watch->events);
	if (watch->owner && watch->errors < ERRORS_MAX)
		watch_arm(watch);
}

static void on_poll(uv_poll_t *handle, int status, int ready)
{
	struct provd__watch *watch = handle->data;
	uint32_t events = 0;

	if (status < 0) {
		watch_error(watch);
		return;
	}
	watch->errors = 0;
	if (ready & UV_READABLE)
		events |= PROVD_FD_READ;
	if (ready & UV_WRITABLE)
		events |= PROVD_FD_WRITE;
	if (events)
		watch->fn(watch->user, events);
}

static int watch_error_code(int uv_code)
{
	switch (uv_code) {
	case UV_EEXIST:
		return PROVD_E_EXISTS;
	case UV_ENOMEM:
		return PROVD_E_NOMEM;
	default:
		/* Not open, or a file that cannot be waited for. */
		return PROVD_E_INVALID;
	}
}

int provd_watch_start(struct provd_owner *owner, int fd, uint32_t events,
		      void (*fn)(void *user, uint32_t events), void *user, uint64_t *out_id)
{
	struct provd__watch *watch;
	int rc;

	if (!fn || fd < 0 || events == 0 || (events & ~(uint32_t)(PROVD_FD_READ | PROVD_FD_WRITE)))
		return PROVD_E_INVALID;
	if (owner->dead)
		return PROVD_E_STATE;
	if (owner->watch_count >= PROVD_OWNER_WATCHES_MAX)
		return PROVD_E_LIMIT;
	watch = calloc(1, sizeof(*watch));
	if (!watch)
		return PROVD_E_NOMEM;
	rc = uv_poll_init(&owner->loop->uv, &watch->uv, fd);
	if (rc) {
		free(watch);
		return watch_error_code(rc);
	}
	watch->uv.data = watch;
	watch->id = provd_loop_new_id(owner->loop);
	watch->events = events;
	watch->fn = fn;
	watch->user = user;
	watch->owner = owner;
	watch->next = owner->watches;
	if (watch->next)
		watch->next->prev = watch;
	owner->watches = watch;
	owner->watch_count++;
	watch_arm(watch);
	if (out_id)
		*out_id = watch->id;
	return 0;
}

void provd_watch_stop(struct provd_owner *owner, uint64_t id)
{
	struct provd__watch *watch = owner->watches;

	while (watch && watch->id != id)
		watch = watch->next;
	if (watch)
		watch_close(watch);
}

void provd__watches_end(struct provd_owner *owner)
{
	while (owner->watches)
		watch_close(owner->watches);
}
