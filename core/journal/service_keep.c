/* SPDX-License-Identifier: Apache-2.0 */
/* The sessions in memory, and which of them go when room is needed. */
#include "journal/service_internal.h"

#include <stdlib.h>
#include <string.h>

#define GROW 1024u

int provd__journal_is_import(uint64_t number)
{
	return number >= PROVD__JOURNAL_IMPORT;
}

/* Imports first: they are from before provd was there. */
static uint64_t rank(uint64_t number)
{
	return number ^ PROVD__JOURNAL_IMPORT;
}

/* Index of the first session that does not stand before `number`. */
static size_t place_of(const struct provd_journal_service *service, uint64_t number)
{
	size_t low = 0;
	size_t high = service->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (rank(service->list[middle]->number) < rank(number))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct provd__journal_session *provd__journal_find(const struct provd_journal_service *service,
						   uint64_t number)
{
	size_t at = place_of(service, number);

	return at < service->count && service->list[at]->number == number ? service->list[at]
									  : NULL;
}

struct provd__journal_session *provd__journal_insert(struct provd_journal_service *service,
						     uint64_t number)
{
	struct provd__journal_session *session = calloc(1, sizeof(*session));
	size_t at = place_of(service, number);

	if (!session)
		return NULL;
	if (service->count == service->size) {
		size_t size = service->size ? service->size * 2 : 16;
		struct provd__journal_session **list = realloc(service->list, size * sizeof(*list));

		if (!list) {
			free(session);
			return NULL;
		}
		service->list = list;
		service->size = size;
	}
	session->number = number;
	memmove(&service->list[at + 1], &service->list[at],
		(service->count - at) * sizeof(*service->list));
	service->list[at] = session;
	service->count++;
	if (provd__journal_is_import(number) && number > service->last_import)
		service->last_import = number;
	else if (!provd__journal_is_import(number) && number > service->last)
		service->last = number;
	return session;
}

int provd__journal_has_failed(const struct provd_journal_service *service,
			      const struct provd__journal_session *session)
{
	return session->number != service->running && session->failures > 0 &&
	       (session->state == PROVD_STATE_FAILED || session->state == PROVD_STATE_IDLE);
}

void provd__journal_erase_later(struct provd_journal_service *service, uint64_t number)
{
	for (size_t i = 0; i < service->erase_count; i++)
		if (service->erase[i].number == number)
			return;
	if (service->erase_count == service->erase_size) {
		size_t size = service->erase_size ? service->erase_size * 2 : 16;
		struct provd__journal_erase *erase = realloc(service->erase, size * sizeof(*erase));

		/* It is found again at the next start. */
		if (!erase)
			return;
		service->erase = erase;
		service->erase_size = size;
	}
	service->erase[service->erase_count++] = (struct provd__journal_erase){.number = number};
}

void provd__journal_drop(struct provd_journal_service *service,
			 struct provd__journal_session *session)
{
	size_t at = place_of(service, session->number);

	service->count--;
	memmove(&service->list[at], &service->list[at + 1],
		(service->count - at) * sizeof(*service->list));
	service->bytes -= session->len;
	if (session->touched)
		provd__journal_erase_later(service, session->number);
	if (service->writing == session)
		service->writing = NULL;
	if (service->derived == session->number)
		service->derived = 0;
	free(session->bytes);
	free(session);
}

/* The lower, the sooner it goes. */
static int worth(const struct provd_journal_service *service,
		 const struct provd__journal_session *session)
{
	if (session->entries == 0 && session->failures == 0)
		return 0; /* it only keeps a number */
	if (!provd__journal_has_failed(service, session))
		return 1;
	return session->marks & PROVD_JOURNAL_DELIVERED ? 2 : 3;
}

static struct provd__journal_session *victim(const struct provd_journal_service *service,
					     const struct provd__journal_session *keep)
{
	struct provd__journal_session *found = NULL;
	int least = 4;

	for (size_t i = 0; i < service->count; i++) {
		struct provd__journal_session *session = service->list[i];

		/* The newest one holds the number that the next has to follow. */
		if (session == keep || session->number == service->running ||
		    session->number == service->last || worth(service, session) >= least)
			continue;
		found = session;
		least = worth(service, session);
	}
	return found;
}

static void drop_for_room(struct provd_journal_service *service,
			  struct provd__journal_session *session)
{
	if (worth(service, session) == 3) {
		service->stats.lost++;
		if (service->config.log)
			PROVD_CLOG(
				service->config.log, "journal", session->number, PROVD_LOG_WARN,
				"a failed session had to make room before its log was handed over",
				provd_f_int("lost", (int64_t)service->stats.lost));
	}
	provd__journal_drop(service, session);
}

int provd__journal_make_room(struct provd_journal_service *service, size_t more,
			     const struct provd__journal_session *keep)
{
	while (service->count > service->sessions_max ||
	       service->bytes + more > service->config.max_bytes) {
		struct provd__journal_session *session = victim(service, keep);

		if (!session)
			return PROVD_E_NO_SPACE;
		drop_for_room(service, session);
	}
	return 0;
}

static int grow(struct provd__journal_session *session, size_t len)
{
	size_t size = (len + GROW - 1) / GROW * GROW;
	uint8_t *bytes;

	if (len <= session->size)
		return 0;
	bytes = realloc(session->bytes, size);
	if (!bytes)
		return PROVD_E_NOMEM;
	session->bytes = bytes;
	session->size = size;
	return 0;
}

int provd__journal_append(struct provd_journal_service *service,
			  struct provd__journal_session *session, uint8_t kind, const char *payload,
			  size_t limit)
{
	size_t len = strlen(payload);
	size_t size = len + PROVD_JOURNAL_RECORD_MORE;
	int code;

	if (size > limit || session->len > limit - size)
		return PROVD_E_LIMIT;
	code = provd__journal_make_room(service, size, session);
	if (!code)
		code = grow(session, session->len + size);
	if (!code)
		code = provd_journal_encode(kind, session->next, payload, len,
					    session->bytes + session->len);
	if (code)
		return code;
	session->next++;
	session->len += size;
	service->bytes += size;
	return 0;
}

static void summarize(void *user, const struct provd__journal_item *item)
{
	struct provd__journal_session *session = user;

	if (item->entry) {
		if (session->entries++ == 0)
			session->unix_ms = item->entry->entry.unix_ms;
		if (provd_journal_is_end(item->entry->entry.state))
			session->state = item->entry->entry.state;
	}
	if (item->failure) {
		session->failures++;
		session->last_code = item->failure->code;
	}
}

static void take_plain(void *user, const struct provd_journal_record *record)
{
	struct provd__journal_session *session = user;
	uint32_t marks;

	if (record->number >= session->next)
		session->next = record->number + 1;
	if (record->kind == PROVD_JOURNAL_KIND_MARK && record->version == 0 &&
	    provd_journal_mark_read(record->payload, record->len, &marks) == 0)
		session->marks |= marks;
}

/* A number that is far off would be followed by all to come. */
static int is_ours(uint64_t number)
{
	uint64_t low = number & ~PROVD__JOURNAL_IMPORT;

	return low > 0 && low <= PROVD__JOURNAL_NUMBER_MAX;
}

void provd__journal_take(struct provd_journal_service *service, uint64_t number,
			 const uint8_t *bytes, size_t len)
{
	struct provd__journal_session *session;
	struct provd_journal_found found = {0};
	struct provd_journal_derive derive = {0};

	if (!is_ours(number) || provd__journal_find(service, number) ||
	    provd_journal_scan(bytes, len, NULL, NULL, &found) != 0)
		return;
	service->stats.damaged += found.damaged;
	session = provd__journal_insert(service, number);
	if (!session)
		return;
	session->touched = 1;
	/* If nothing of it can be used: its number stays known as long as it is the newest. */
	if (found.good == 0 || grow(session, found.good) != 0)
		return;
	/* A torn end is cut off by the next write. */
	memcpy(session->bytes, bytes, found.good);
	session->len = session->written = found.good;
	service->bytes += found.good;
	(void)provd_journal_scan(session->bytes, session->len, take_plain, session, NULL);
	provd__journal_walk(session, &derive, summarize, session);
	(void)provd__journal_make_room(service, 0, NULL);
}

void provd__journal_fit(struct provd_journal_service *service)
{
	struct provd__journal_session *newest;

	if (provd__journal_make_room(service, 0, NULL) == 0)
		return;
	/* The bounds were larger once: of the newest session only the number stays. */
	newest = provd__journal_find(service, service->last);
	if (newest)
		drop_for_room(service, newest);
	provd__journal_keep_number(service);
}

void provd__journal_free_all(struct provd_journal_service *service)
{
	for (size_t i = 0; i < service->count; i++) {
		free(service->list[i]->bytes);
		free(service->list[i]);
	}
	free(service->list);
}
