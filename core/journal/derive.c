/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/derive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "session/words.h"

int provd_journal_is_end(uint32_t state)
{
	return state == PROVD_STATE_BOUND || state == PROVD_STATE_FAILED ||
	       state == PROVD_STATE_STOPPED;
}

static const char *detail_text(const struct provd_timeline_entry *entry, const char *key)
{
	return json_string_value(json_object_get(entry->detail, key));
}

/* @return the state, or -1 */
static int state_by_name(const char *name)
{
	for (uint32_t state = PROVD_STATE_IDLE; name && state <= PROVD_STATE_STOPPED; state++)
		if (strcmp(name, provd_state_name(state)) == 0)
			return (int)state;
	return -1;
}

/* A decimal number, 0 when it is none. */
static int32_t decimal(const char *text)
{
	char *end = NULL;
	long long value;

	if (!text || !*text)
		return 0;
	errno = 0;
	value = strtoll(text, &end, 10);
	return errno || *end || value < INT32_MIN || value > INT32_MAX ? 0 : (int32_t)value;
}

static int is_known(const struct provd_journal_derive *derive, int code)
{
	for (size_t i = 0; i < derive->count; i++)
		if (derive->codes[i] == code)
			return 1;
	return 0;
}

int provd_journal_derive(struct provd_journal_derive *derive,
			 const struct provd_timeline_entry *entry,
			 struct provd_failure *out_failure)
{
	const char *reason = detail_text(entry, "reason");
	const char *text = detail_text(entry, "text");
	int during = state_by_name(detail_text(entry, "during"));
	int code = provd_err_by_name(reason);

	/* Methods that listen, or fail by themselves, have brought nothing. */
	if (provd_timeline_begins_attempt(entry))
		provd_text_copy(derive->method, sizeof(derive->method),
				detail_text(entry, "method"));
	/* That nobody came is the device's everyday life, and nobody is to take it. */
	if (code >= 0 || code == PROVD_E_PEER_NONE)
		return 0;
	if (during < 0 && entry->state == PROVD_STATE_FAILED && !is_known(derive, code))
		during = PROVD_STATE_LISTENING;
	if (during < 0)
		return 0;
	if (!is_known(derive, code) && derive->count < PROVD_JOURNAL_CODES_MAX)
		derive->codes[derive->count++] = code;
	*out_failure = (struct provd_failure){.size = sizeof(*out_failure),
					      .session = entry->session,
					      .t_us = entry->t_us,
					      .unix_ms = entry->unix_ms,
					      .code = code,
					      .state = (uint32_t)during,
					      .app_id = decimal(detail_text(entry, "app_id")),
					      .app_sub = decimal(detail_text(entry, "app_sub")),
					      .method = derive->method,
					      .text = text ? text : provd_err_text(code)};
	return 1;
}
