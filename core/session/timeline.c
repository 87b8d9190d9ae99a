/* SPDX-License-Identifier: Apache-2.0 */
#include "session/timeline.h"

#include "log/log.h"
#include "session/words.h"

#include <stdlib.h>
#include <string.h>

struct record {
	struct provd_timeline_entry entry;
	char *event;
};

struct session_log {
	uint64_t session;
	struct record *records;
	size_t count;
};

struct provd_timeline {
	struct session_log *sessions; /* oldest first */
	size_t session_count;
	size_t max_sessions;
	size_t max_entries;
	int personal;
};

static void record_finish(struct record *record)
{
	free(record->event);
	json_decref(record->entry.detail);
}

static void session_finish(struct session_log *log)
{
	for (size_t i = 0; i < log->count; i++)
		record_finish(&log->records[i]);
	free(log->records);
}

int provd_timeline_create(size_t max_entries, size_t max_sessions, int personal,
			  struct provd_timeline **out_timeline)
{
	struct provd_timeline *timeline = calloc(1, sizeof(*timeline));

	if (!timeline)
		return PROVD_E_NOMEM;
	timeline->max_entries = max_entries < 2 ? 2 : max_entries;
	timeline->max_sessions = max_sessions < 1 ? 1 : max_sessions;
	timeline->personal = personal;
	timeline->sessions = calloc(timeline->max_sessions, sizeof(*timeline->sessions));
	if (!timeline->sessions) {
		free(timeline);
		return PROVD_E_NOMEM;
	}
	*out_timeline = timeline;
	return 0;
}

void provd_timeline_set_personal(struct provd_timeline *timeline, int personal)
{
	timeline->personal = personal;
}

void provd_timeline_forget(struct provd_timeline *timeline)
{
	while (timeline->session_count > 0)
		session_finish(&timeline->sessions[--timeline->session_count]);
}

void provd_timeline_destroy(struct provd_timeline *timeline)
{
	if (!timeline)
		return;
	provd_timeline_forget(timeline);
	free(timeline->sessions);
	free(timeline);
}

/* The log of a session, made when it is new; the oldest session makes room. */
static struct session_log *session_get(struct provd_timeline *timeline, uint64_t session)
{
	struct session_log *log;

	for (size_t i = timeline->session_count; i > 0; i--)
		if (timeline->sessions[i - 1].session == session)
			return &timeline->sessions[i - 1];
	if (timeline->session_count == timeline->max_sessions) {
		session_finish(&timeline->sessions[0]);
		timeline->session_count--;
		memmove(&timeline->sessions[0], &timeline->sessions[1],
			timeline->session_count * sizeof(timeline->sessions[0]));
	}
	log = &timeline->sessions[timeline->session_count];
	log->session = session;
	log->count = 0;
	log->records = calloc(timeline->max_entries, sizeof(*log->records));
	if (!log->records)
		return NULL;
	timeline->session_count++;
	return log;
}

/* The value part of a field in its log form, without the quotes that text lines need. */
static json_t *field_value(const struct provd_field *field, int personal)
{
	char text[512];
	char *value;
	size_t len;

	if (field->type == PROVD_FIELD_TEXT)
		return json_stringn(field->data ? (const char *)field->data : "", field->len);
	len = provd_fields_format(field, 1, personal, text, sizeof(text));
	text[len < sizeof(text) ? len : sizeof(text) - 1] = '\0';
	value = strchr(text, '=');
	value = value ? value + 1 : text;
	len = strlen(value);
	if (len >= 2 && value[0] == '"' && value[len - 1] == '"')
		return json_stringn(value + 1, len - 2);
	return json_string(value);
}

static json_t *detail_make(const struct provd_field *fields, size_t count, int personal)
{
	json_t *detail = json_object();

	for (size_t i = 0; detail && i < count; i++) {
		json_t *value = field_value(&fields[i], personal);

		/* Text that is not UTF-8 is refused by Jansson; the pair is left out then. */
		if (value)
			json_object_set_new(detail, fields[i].key, value);
	}
	return detail;
}

const struct provd_timeline_entry *
provd_timeline_add(struct provd_timeline *timeline, uint64_t session, uint64_t t_us,
		   uint64_t unix_ms, uint32_t state, uint32_t flow, const char *event,
		   const struct provd_field *fields, size_t field_count)
{
	struct session_log *log = session_get(timeline, session);
	struct record *record;

	if (!log)
		return NULL;
	if (log->count == timeline->max_entries) {
		/* The first entry stays: every offset is counted from it. */
		record_finish(&log->records[1]);
		log->count--;
		memmove(&log->records[1], &log->records[2],
			(log->count - 1) * sizeof(log->records[0]));
	}
	record = &log->records[log->count];
	memset(record, 0, sizeof(*record));
	record->event = strdup(event);
	if (record->event) /* plugins word some of them */
		provd_text_copy(record->event, strlen(event) + 1, event);
	record->entry.detail = detail_make(fields, field_count, timeline->personal);
	if (!record->event || !record->entry.detail) {
		record_finish(record);
		return NULL;
	}
	record->entry.session = session;
	record->entry.t_us = t_us;
	record->entry.unix_ms = unix_ms;
	record->entry.state = state;
	record->entry.flow = flow;
	record->entry.event = record->event;
	log->count++;
	return &record->entry;
}

json_t *provd_timeline_entry_json(const struct provd_timeline_entry *entry)
{
	return json_pack("{s:I, s:I, s:s, s:s, s:s, s:s, s:O}", "session",
			 (json_int_t)entry->session, "t_us", (json_int_t)entry->t_us, "state",
			 provd_state_name(entry->state), "event", entry->event, "from",
			 provd_flow_from(entry->flow), "to", provd_flow_to(entry->flow), "detail",
			 entry->detail);
}

json_t *provd_timeline_json(const struct provd_timeline *timeline, uint64_t *session,
			    uint64_t *out_unix_ms)
{
	const struct session_log *found = NULL;
	json_t *list;

	for (size_t i = 0; i < timeline->session_count; i++)
		if (*session == 0 || timeline->sessions[i].session == *session)
			found = &timeline->sessions[i];
	if (!found)
		return NULL;
	list = json_array();
	for (size_t i = 0; list && i < found->count; i++)
		json_array_append_new(list, provd_timeline_entry_json(&found->records[i].entry));
	*session = found->session;
	if (out_unix_ms)
		*out_unix_ms = found->count ? found->records[0].entry.unix_ms : 0;
	return list;
}

const char *provd_flow_from(uint32_t flow)
{
	return flow == PROVD_FLOW_FROM_PHONE   ? "phone"
	       : flow == PROVD_FLOW_FROM_AP    ? "ap"
	       : flow == PROVD_FLOW_FROM_CLOUD ? "cloud"
					       : "device";
}

const char *provd_flow_to(uint32_t flow)
{
	return flow == PROVD_FLOW_TO_PHONE   ? "phone"
	       : flow == PROVD_FLOW_TO_AP    ? "ap"
	       : flow == PROVD_FLOW_TO_CLOUD ? "cloud"
					     : "device";
}

const char *provd_state_name(uint32_t state)
{
	static const char *const names[] = {"idle",   "listening",   "joining",
					    "online", "registering", "binding",
					    "bound",  "failed",	     "stopped"};

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}
