/* SPDX-License-Identifier: Apache-2.0 */
/* What gets into the journal, and what is taken out of it as a whole. */
#include "journal/service_internal.h"

#include <stdlib.h>
#include <string.h>

/* Entries that tell no failure and no end may be this part of a session's bytes at most. */
#define NOTE_SHARE 4u

#define MARKS_ALL (PROVD_JOURNAL_TOLD | PROVD_JOURNAL_DELIVERED)
/* Bytes that are kept for a session's marks, of which each comes once. */
#define MARKS_SIZE 64u

struct room {
	size_t payload_max;
	size_t limit;
};

static void not_kept(struct provd_journal_service *service, uint64_t session, int code)
{
	if (service->config.log)
		PROVD_CLOG(service->config.log, "journal", session, PROVD_LOG_ERROR,
			   "an entry is not kept, ignoring", provd_f_code("reason", code));
}

static struct provd__journal_session *session_for(struct provd_journal_service *service,
						  uint64_t number)
{
	struct provd__journal_session *session = provd__journal_find(service, number);

	if (!session) {
		session = provd__journal_insert(service, number);
		if (session)
			(void)provd__journal_make_room(service, 0, session);
	}
	if (session && service->derived != number) {
		memset(&service->derive, 0, sizeof(service->derive));
		provd__journal_walk(session, &service->derive, NULL, NULL);
		service->derived = number;
	}
	return session;
}

/* Notes leave room for failures, and these for the end. */
static struct room room_of(const struct provd_journal_service *service, int is_failure, int is_end)
{
	size_t telling = service->end_reserve - PROVD_JOURNAL_RECORD_MORE - MARKS_SIZE;
	size_t note = service->session_max / NOTE_SHARE;
	struct room room;

	room.payload_max = is_failure || is_end ? telling : note;
	if (room.payload_max > PROVD_JOURNAL_PAYLOAD_MAX)
		room.payload_max = PROVD_JOURNAL_PAYLOAD_MAX;
	room.limit = service->session_max - MARKS_SIZE;
	if (!is_end)
		room.limit = service->session_max -
			     (is_failure ? service->end_reserve : service->reserve);
	return room;
}

static int record_entry(struct provd_journal_service *service,
			struct provd__journal_session *session,
			const struct provd_timeline_entry *entry, const struct room *room)
{
	char *payload = provd_journal_entry_write(entry, room->payload_max);
	int code;

	if (!payload)
		return PROVD_E_NOMEM;
	code = provd__journal_append(service, session, PROVD_JOURNAL_KIND_ENTRY, payload,
				     room->limit);
	free(payload);
	return code;
}

static void note_result(struct provd_journal_service *service,
			struct provd__journal_session *session, int code)
{
	if (code == PROVD_E_LIMIT && !session->full_told && service->config.log)
		PROVD_CLOG(service->config.log, "journal", session->number, PROVD_LOG_WARN,
			   "the session's part of the journal is full, from now on only failures "
			   "and its end are kept",
			   provd_f_int("bytes", (int64_t)session->len));
	if (code == PROVD_E_LIMIT)
		session->full_told = 1;
	else if (code)
		not_kept(service, session->number, code);
}

void provd_journal_service_add(struct provd_journal_service *service,
			       const struct provd_timeline_entry *entry)
{
	int is_end = provd_journal_is_end(entry->state);
	struct provd__journal_session *session;
	struct provd_failure failure;
	struct room room;
	int is_failure;
	int code;

	if (!service->opened || entry->session == 0 || provd__journal_is_import(entry->session))
		return;
	session = session_for(service, entry->session);
	if (!session) {
		not_kept(service, entry->session, PROVD_E_NOMEM);
		return;
	}
	if (session->state == PROVD_STATE_IDLE)
		service->running = session->number;
	is_failure = provd_journal_derive(&service->derive, entry, &failure);
	room = room_of(service, is_failure, is_end);
	code = record_entry(service, session, entry, &room);
	note_result(service, session, code);
	if (code == 0 && session->entries++ == 0)
		session->unix_ms = entry->unix_ms;
	if (code == 0 && is_failure) {
		session->failures++;
		session->last_code = failure.code;
	}
	if (is_end) {
		session->state = entry->state;
		service->urgent = 1;
		if (service->running == session->number)
			service->running = 0;
	}
	provd__journal_changed(service);
	if (is_failure && service->config.on_failure) {
		failure.marks = session->marks;
		service->config.on_failure(service->config.user, &failure);
	}
}

static void tell_all(struct provd_journal_service *service, uint64_t number)
{
	if (service->config.on_failure)
		(void)provd__journal_failures_of(service, number, service->config.on_failure,
						 service->config.user);
}

static int append_mark(struct provd_journal_service *service,
		       struct provd__journal_session *session, uint32_t marks)
{
	char *payload = provd_journal_mark_write(marks);
	int code = PROVD_E_NOMEM;

	if (payload)
		code = provd__journal_append(service, session, PROVD_JOURNAL_KIND_MARK, payload,
					     SIZE_MAX);
	free(payload);
	return code;
}

static void mark_one(struct provd_journal_service *service, uint64_t number, uint32_t marks)
{
	struct provd__journal_session *session = provd__journal_find(service, number);
	int code;

	marks &= MARKS_ALL;
	if (!session || (marks & ~session->marks) == 0)
		return;
	session->marks |= marks;
	code = append_mark(service, session, marks);
	if (code)
		not_kept(service, number, code);
	provd__journal_changed(service);
	tell_all(service, number);
}

void provd__journal_mark(void *self, uint64_t session, uint32_t marks)
{
	struct provd_journal_service *service = self;
	uint64_t *numbers = NULL;
	int count;

	if (!service->opened)
		return;
	if (session != 0) {
		mark_one(service, session, marks);
		return;
	}
	count = provd__journal_numbers(service, &numbers);
	for (int i = 0; i < count; i++)
		if (provd__journal_is_import(numbers[i]))
			mark_one(service, numbers[i], marks);
	free(numbers);
}

size_t provd_journal_service_clear(struct provd_journal_service *service)
{
	uint64_t *numbers = NULL;
	size_t cleared = 0;
	int count = provd__journal_numbers(service, &numbers);

	for (int i = 0; i < count; i++) {
		const struct provd__journal_session *session =
			provd__journal_find(service, numbers[i]);

		if (!session || session->number == service->running || session->failures == 0 ||
		    (session->marks & PROVD_JOURNAL_DELIVERED) != 0)
			continue;
		cleared += session->failures;
		mark_one(service, numbers[i], PROVD_JOURNAL_DELIVERED);
	}
	free(numbers);
	return cleared;
}

void provd__journal_keep_number(struct provd_journal_service *service)
{
	struct provd__journal_session *session;

	if (service->last == 0 || provd__journal_find(service, service->last))
		return;
	session = provd__journal_insert(service, service->last);
	if (session && append_mark(service, session, 0) != 0)
		provd__journal_drop(service, session);
}

void provd_journal_service_forget(struct provd_journal_service *service)
{
	if (!service->opened)
		return;
	while (service->count > 0)
		provd__journal_drop(service, service->list[service->count - 1]);
	provd__journal_keep_number(service);
	service->urgent = 1;
	provd__journal_changed(service);
}

/* Index of the oldest failure from which on all have room. */
static size_t first_with_room(const struct provd_failure *failures, size_t count, size_t room)
{
	size_t first = count;

	while (first > 0) {
		char *payload = provd_journal_import_write(&failures[first - 1]);
		size_t size = payload ? strlen(payload) + PROVD_JOURNAL_RECORD_MORE : 0;

		free(payload);
		if (size == 0 || size > room)
			break;
		room -= size;
		first--;
	}
	return first;
}

static int import_one(struct provd_journal_service *service, struct provd__journal_session *session,
		      const struct provd_failure *failure)
{
	char *payload = provd_journal_import_write(failure);
	int code = PROVD_E_NOMEM;

	if (payload)
		code = provd__journal_append(service, session, PROVD_JOURNAL_KIND_IMPORT, payload,
					     service->session_max - MARKS_SIZE);
	free(payload);
	if (code)
		return code;
	session->failures++;
	session->last_code = failure->code;
	return 0;
}

int provd_journal_service_import(struct provd_journal_service *service,
				 const struct provd_failure *failures, size_t count)
{
	uint64_t number = (service->last_import ? service->last_import : PROVD__JOURNAL_IMPORT) + 1;
	struct provd__journal_session *session;
	int code = 0;

	if (!service->opened)
		return PROVD_E_STATE;
	if (count == 0)
		return 0;
	session = provd__journal_insert(service, number);
	if (!session)
		return PROVD_E_NOMEM;
	(void)provd__journal_make_room(service, 0, session);
	for (size_t i = first_with_room(failures, count, service->session_max - MARKS_SIZE);
	     i < count && code == 0; i++)
		code = import_one(service, session, &failures[i]);
	if (code == 0 && session->failures == 0)
		code = PROVD_E_NOMEM;
	if (code) {
		provd__journal_drop(service, session);
		return code;
	}
	service->urgent = 1;
	provd__journal_changed(service);
	tell_all(service, number);
	return 0;
}
