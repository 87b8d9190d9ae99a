/* SPDX-License-Identifier: Apache-2.0 */
/* The journal as types of the control socket. */
#include "journal/service_internal.h"

#include <string.h>

#include "session/words.h"

#define TEXT_SIZE 1024

json_t *provd_journal_failure_json(const struct provd_failure *failure)
{
	char method[PROVD_JOURNAL_METHOD_MAX];
	char text[TEXT_SIZE];

	/* A format that other software wrote may have brought any bytes. */
	provd_text_copy(method, sizeof(method), failure->method ? failure->method : "");
	provd_text_copy(text, sizeof(text), failure->text ? failure->text : "");
	return json_pack("{s:I, s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:b, s:b, s:b}",
			 "session", (json_int_t)(failure->session & INT64_MAX), "t_us",
			 (json_int_t)(failure->t_us & INT64_MAX), "unix_ms",
			 (json_int_t)(failure->unix_ms & INT64_MAX), "code",
			 provd_err_name(failure->code), "state", provd_state_name(failure->state),
			 "text", text, "advice", provd_err_advice(failure->code), "retry",
			 provd_retry_name(provd_err_retry(failure->code)), "method", method,
			 "app_id", (int)failure->app_id, "app_sub", (int)failure->app_sub, "told",
			 (failure->marks & PROVD_JOURNAL_TOLD) != 0, "delivered",
			 (failure->marks & PROVD_JOURNAL_DELIVERED) != 0, "imported",
			 (failure->flags & PROVD_FAILURE_IMPORTED) != 0);
}

/* Imports ran nowhere, and of some sessions only the number is left. */
static int is_shown(const struct provd__journal_session *session)
{
	return session->entries > 0 && !provd__journal_is_import(session->number);
}

static const struct provd__journal_session *find_shown(const struct provd_journal_service *service,
						       uint64_t number)
{
	for (size_t i = service->count; i > 0; i--) {
		const struct provd__journal_session *session = service->list[i - 1];

		if (is_shown(session) && (number == 0 || session->number == number))
			return session;
	}
	return NULL;
}

static void list_entry(void *user, const struct provd__journal_item *item)
{
	if (item->entry)
		(void)json_array_append_new(user, provd_timeline_entry_json(&item->entry->entry));
}

json_t *provd_journal_service_entries(const struct provd_journal_service *service,
				      uint64_t *session, uint64_t *out_unix_ms)
{
	const struct provd__journal_session *found = find_shown(service, *session);
	struct provd_journal_derive derive = {0};
	json_t *list = found ? json_array() : NULL;

	if (!list)
		return NULL;
	provd__journal_walk(found, &derive, list_entry, list);
	*session = found->number;
	if (out_unix_ms)
		*out_unix_ms = found->unix_ms;
	return list;
}

static const char *state_of(const struct provd_journal_service *service,
			    const struct provd__journal_session *session)
{
	if (session->state != PROVD_STATE_IDLE)
		return provd_state_name(session->state);
	return session->number == service->running ? "running" : "cut";
}

static json_t *session_json(const struct provd_journal_service *service,
			    const struct provd__journal_session *session)
{
	struct provd_journal_derive derive = {0};

	provd__journal_walk(session, &derive, NULL, NULL);
	return json_pack("{s:I, s:I, s:s, s:s, s:s, s:I, s:b, s:b}", "session",
			 (json_int_t)session->number, "unix_ms", (json_int_t)session->unix_ms,
			 "state", state_of(service, session), "reason",
			 session->failures ? provd_err_name(session->last_code) : "", "method",
			 derive.method, "entries", (json_int_t)session->entries, "told",
			 (session->marks & PROVD_JOURNAL_TOLD) != 0, "delivered",
			 (session->marks & PROVD_JOURNAL_DELIVERED) != 0);
}

json_t *provd_journal_service_sessions(const struct provd_journal_service *service)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < service->count; i++)
		if (is_shown(service->list[i]))
			(void)json_array_append_new(list, session_json(service, service->list[i]));
	return list;
}
