/* SPDX-License-Identifier: Apache-2.0 */
/* Life of the service, and the order in which changes get to the medium: one operation at a time,
 * erasures first; what comes meanwhile goes with the next. */
#include "journal/service_internal.h"

#include <stdlib.h>

#define RESERVE_MAX	4096u
#define SESSION_SHARE	4u /* of max_bytes: sessions that may not be dropped always have room */
#define SESSION_LEAST	4096u
#define SESSIONS_LEAST	2u
#define RESERVE_SHARE	4u
#define BYTES_PER_SHARE (SESSION_SHARE * SESSION_LEAST)

static void pump(struct provd_journal_service *service);

static void limits_set(struct provd_journal_service *service)
{
	struct provd_journal_config *config = &service->config;
	size_t share;

	if (config->max_bytes < BYTES_PER_SHARE)
		config->max_bytes = BYTES_PER_SHARE;
	share = config->max_bytes / SESSION_SHARE;
	service->session_max =
		service->backend.session_max < share ? service->backend.session_max : share;
	service->reserve = service->session_max / RESERVE_SHARE;
	if (service->reserve > RESERVE_MAX)
		service->reserve = RESERVE_MAX;
	service->end_reserve = service->reserve / 2;
	service->sessions_max = config->max_sessions < service->backend.sessions_max
					? config->max_sessions
					: service->backend.sessions_max;
	if (service->sessions_max < SESSIONS_LEAST)
		service->sessions_max = SESSIONS_LEAST;
}

int provd_journal_service_create(const struct provd_journal_config *config,
				 const struct provd_journal_backend *backend,
				 struct provd_journal_service **out_service)
{
	struct provd_journal_service *service = NULL;
	int code = PROVD_E_INVALID;

	if (backend->session_max < SESSION_LEAST || backend->sessions_max < SESSIONS_LEAST)
		goto fail;
	code = PROVD_E_NOMEM;
	service = calloc(1, sizeof(*service));
	if (!service)
		goto fail;
	service->config = *config;
	service->backend = *backend;
	limits_set(service);
	code = provd_owner_create(config->loop, "journal", &service->owner);
	if (code)
		goto fail;
	*out_service = service;
	return 0;

fail:
	free(service);
	backend->destroy(backend->self);
	return code;
}

static void waiters_free(struct provd__journal_waiter *waiter)
{
	while (waiter) {
		struct provd__journal_waiter *next = waiter->next;

		free(waiter);
		waiter = next;
	}
}

void provd_journal_service_destroy(struct provd_journal_service *service)
{
	if (!service)
		return;
	service->backend.destroy(service->backend.self);
	(void)provd_owner_destroy(service->owner);
	waiters_free(service->waiting);
	waiters_free(service->answering);
	provd__journal_free_all(service);
	free(service->erase);
	free(service);
}

/* Reading. */

static void load_one(void *user, uint64_t session, const uint8_t *bytes, size_t len)
{
	provd__journal_take(user, session, bytes, len);
}

static void load_done(void *user, int code)
{
	struct provd_journal_service *service = user;
	provd_journal_done_fn *done = service->open_done;
	void *done_user = service->open_user;

	service->opening = 0;
	service->opened = 1;
	service->open_done = NULL;
	provd__journal_fit(service);
	pump(service);
	if (service->stats.damaged)
		PROVD_CLOG(service->config.log, "journal", 0, PROVD_LOG_WARN,
			   "damaged places in the journal were passed over",
			   provd_f_int("count", (int64_t)service->stats.damaged));
	/* Who is told may end everything. */
	if (done)
		done(done_user, code);
}

int provd_journal_service_open(struct provd_journal_service *service, provd_journal_done_fn *done,
			       void *user)
{
	int code;

	if (service->opening || service->opened)
		return PROVD_E_STATE;
	code = service->backend.load(service->backend.self, load_one, load_done, service);
	if (code)
		return code;
	service->opening = 1;
	service->open_done = done;
	service->open_user = user;
	return 0;
}

/* Writing. */

static void answer(void *user)
{
	struct provd__journal_waiter *waiter = user;
	struct provd__journal_waiter **at = &waiter->service->answering;
	provd_journal_done_fn *done = waiter->done;
	void *done_user = waiter->user;
	int code = waiter->code;

	while (*at != waiter)
		at = &(*at)->next;
	*at = waiter->next;
	free(waiter);
	done(done_user, code);
}

/* Everything was tried: those who wait are told on the next turn. */
static void settle(struct provd_journal_service *service)
{
	struct provd__journal_waiter *waiter = service->waiting;
	struct provd__journal_waiter *next;

	service->urgent = 0;
	service->waiting = NULL;
	for (; waiter; waiter = next) {
		next = waiter->next;
		waiter->code = service->last_failure;
		waiter->next = service->answering;
		service->answering = waiter;
		if (provd_defer(service->owner, answer, waiter))
			answer(waiter);
	}
}

static void failed(struct provd_journal_service *service, int code)
{
	service->last_failure = code;
	service->stats.fault = code;
	service->stats.write_failures++;
}

static void erase_forget(struct provd_journal_service *service, size_t index)
{
	service->erase_count--;
	for (size_t i = index; i < service->erase_count; i++)
		service->erase[i] = service->erase[i + 1];
}

static void erased(void *user, int code)
{
	struct provd_journal_service *service = user;
	uint64_t number = service->erase[0].number;

	service->busy = 0;
	erase_forget(service, 0);
	if (code) {
		failed(service, code);
		/* Behind those that were not tried. */
		service->erase[service->erase_count].number = number;
		service->erase[service->erase_count++].tried = 1;
	}
	pump(service);
}

static void written(struct provd_journal_service *service, struct provd__journal_session *session)
{
	session->written = service->writing_len;
	service->stats.fault = 0;
	/* An older one of this number could not be erased: it has been written over. */
	for (size_t i = service->erase_count; i > 0; i--)
		if (service->erase[i - 1].number == session->number)
			erase_forget(service, i - 1);
}

static void wrote(void *user, int code)
{
	struct provd_journal_service *service = user;
	struct provd__journal_session *session = service->writing;

	service->busy = 0;
	service->writing = NULL;
	if (code == PROVD_E_STATE && session && session->written > 0) {
		session->written = 0;
		pump(service);
		return;
	}
	if (code)
		failed(service, code);
	else
		service->stats.writes++;
	/* What came meanwhile is the next entry, with which it is tried again. */
	if (session && code)
		session->tried = session->len == service->writing_len;
	else if (session)
		written(service, session);
	pump(service);
}

static int start_erase(struct provd_journal_service *service)
{
	service->writing = NULL;
	return service->backend.erase(service->backend.self, service->erase[0].number, erased,
				      service);
}

static int start_write(struct provd_journal_service *service,
		       struct provd__journal_session *session)
{
	int code;

	session->touched = 1;
	service->writing = session;
	service->writing_len = session->len;
	code = service->backend.write(service->backend.self, session->number, session->bytes,
				      session->len, session->len - session->written, wrote,
				      service);
	if (code)
		service->writing = NULL;
	return code;
}

static struct provd__journal_session *next_dirty(const struct provd_journal_service *service)
{
	for (size_t i = 0; i < service->count; i++)
		if (service->list[i]->written < service->list[i]->len && !service->list[i]->tried)
			return service->list[i];
	return NULL;
}

static void pump(struct provd_journal_service *service)
{
	struct provd__journal_session *session;
	int code;

	if (!service->opened || service->busy)
		return;
	while (service->erase_count > 0 && !service->erase[0].tried) {
		code = start_erase(service);
		service->busy = code == 0;
		if (code == 0)
			return;
		failed(service, code);
		for (size_t i = 0; i < service->erase_count; i++)
			service->erase[i].tried = 1;
	}
	while ((session = next_dirty(service)) != NULL) {
		code = start_write(service, session);
		service->busy = code == 0;
		if (service->busy && service->urgent && service->backend.hurry)
			service->backend.hurry(service->backend.self);
		if (code == 0)
			return;
		failed(service, code);
		session->tried = 1;
	}
	settle(service);
}

void provd__journal_changed(struct provd_journal_service *service)
{
	service->last_failure = 0;
	for (size_t i = 0; i < service->count; i++)
		service->list[i]->tried = 0;
	for (size_t i = 0; i < service->erase_count; i++)
		service->erase[i].tried = 0;
	if (service->busy && service->urgent && service->backend.hurry)
		service->backend.hurry(service->backend.self);
	pump(service);
}

void provd_journal_service_flush(struct provd_journal_service *service, provd_journal_done_fn *done,
				 void *user)
{
	struct provd__journal_waiter *waiter = calloc(1, sizeof(*waiter));
	struct provd__journal_waiter **last = &service->waiting;

	if (!waiter) {
		done(user, PROVD_E_NOMEM);
		return;
	}
	*waiter = (struct provd__journal_waiter){.service = service, .done = done, .user = user};
	while (*last)
		last = &(*last)->next;
	*last = waiter;
	service->urgent = 1;
	if (!service->opened)
		settle(service); /* nothing can have been added; reading may take long */
	else
		provd__journal_changed(service);
}

uint64_t provd_journal_service_last_session(const struct provd_journal_service *service)
{
	return service->last;
}

struct provd_journal_stats provd_journal_service_stats(const struct provd_journal_service *service)
{
	struct provd_journal_stats stats = service->stats;

	stats.bytes = service->bytes;
	stats.sessions = service->count;
	return stats;
}
