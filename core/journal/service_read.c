/* SPDX-License-Identifier: Apache-2.0 */
/* What the journal gives to methods and clouds. Who is told may mark sessions meanwhile, by which
 * others may go: so it is told from copies. */
#include "journal/service_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct walk {
	const struct provd__journal_session *session;
	struct provd_journal_derive *derive;
	provd__journal_item_fn *fn;
	void *user;
};

static void walk_entry(const struct walk *walk, const struct provd_journal_record *record)
{
	struct provd__journal_item item = {0};
	struct provd_journal_entry entry;
	struct provd_failure failure;

	if (provd_journal_entry_read(record->payload, record->len, walk->session->number, &entry))
		return;
	item.entry = &entry;
	if (provd_journal_derive(walk->derive, &entry.entry, &failure)) {
		failure.marks = walk->session->marks;
		item.failure = &failure;
	}
	if (walk->fn)
		walk->fn(walk->user, &item);
	provd_journal_entry_finish(&entry);
}

static void walk_import(const struct walk *walk, const struct provd_journal_record *record)
{
	struct provd__journal_item item = {0};
	struct provd_failure failure;
	json_t *root = NULL;

	if (provd_journal_import_read(record->payload, record->len, &failure, &root))
		return;
	failure.marks = walk->session->marks;
	item.failure = &failure;
	if (walk->fn)
		walk->fn(walk->user, &item);
	json_decref(root);
}

static void walk_record(void *user, const struct provd_journal_record *record)
{
	const struct walk *walk = user;

	if (record->version != 0)
		return;
	if (record->kind == PROVD_JOURNAL_KIND_ENTRY)
		walk_entry(walk, record);
	else if (record->kind == PROVD_JOURNAL_KIND_IMPORT)
		walk_import(walk, record);
}

void provd__journal_walk(const struct provd__journal_session *session,
			 struct provd_journal_derive *derive, provd__journal_item_fn *fn,
			 void *user)
{
	struct walk walk = {.session = session, .derive = derive, .fn = fn, .user = user};

	(void)provd_journal_scan(session->bytes, session->len, walk_record, &walk, NULL);
}

/* Walks through a copy of a session. @return 0 or a code */
static int walk_copy(const struct provd_journal_service *service, uint64_t number,
		     provd__journal_item_fn *fn, void *user)
{
	const struct provd__journal_session *session = provd__journal_find(service, number);
	struct provd__journal_session copy;
	struct provd_journal_derive *derive;

	if (!session)
		return PROVD_E_NOT_FOUND;
	copy = *session;
	copy.bytes = malloc(session->len ? session->len : 1);
	derive = calloc(1, sizeof(*derive));
	if (copy.bytes && derive) {
		if (session->len)
			memcpy(copy.bytes, session->bytes, session->len);
		provd__journal_walk(&copy, derive, fn, user);
	}
	free(copy.bytes);
	free(derive);
	return copy.bytes && derive ? 0 : PROVD_E_NOMEM;
}

struct telling {
	void (*fn)(void *user, const struct provd_failure *failure);
	void *user;
	int count;
};

static void tell_failure(void *user, const struct provd__journal_item *item)
{
	struct telling *telling = user;

	if (!item->failure)
		return;
	telling->count++;
	telling->fn(telling->user, item->failure);
}

int provd__journal_failures_of(const struct provd_journal_service *service, uint64_t number,
			       void (*fn)(void *user, const struct provd_failure *failure),
			       void *user)
{
	struct telling telling = {.fn = fn, .user = user};
	int code = walk_copy(service, number, tell_failure, &telling);

	return code == PROVD_E_NOMEM ? code : telling.count;
}

int provd__journal_numbers(const struct provd_journal_service *service, uint64_t **out_numbers)
{
	uint64_t *numbers = calloc(service->count + 1, sizeof(*numbers));

	if (!numbers)
		return PROVD_E_NOMEM;
	for (size_t i = 0; i < service->count; i++)
		numbers[i] = service->list[i]->number;
	*out_numbers = numbers;
	return (int)service->count;
}

static int failures(void *self, uint32_t marks,
		    void (*fn)(void *user, const struct provd_failure *failure), void *user)
{
	const struct provd_journal_service *service = self;
	uint64_t *numbers = NULL;
	int total = 0;
	int count = provd__journal_numbers(service, &numbers);
	int code = count < 0 ? count : 0;

	for (int i = 0; i < count && code >= 0; i++) {
		const struct provd__journal_session *session =
			provd__journal_find(service, numbers[i]);

		if (!session || session->number == service->running || session->failures == 0 ||
		    (session->marks & marks) != 0)
			continue;
		code = provd__journal_failures_of(service, numbers[i], fn, user);
		total += code > 0 ? code : 0;
	}
	free(numbers);
	return code < 0 ? code : total;
}

/* The newest session that waits for somebody, imports after all others; NULL: none. */
static const struct provd__journal_session *
newest_undelivered(const struct provd_journal_service *service)
{
	for (size_t i = service->count; i > 0; i--)
		if (provd__journal_has_failed(service, service->list[i - 1]) &&
		    !(service->list[i - 1]->marks & PROVD_JOURNAL_DELIVERED))
			return service->list[i - 1];
	return NULL;
}

int provd_journal_service_has_undelivered(const struct provd_journal_service *service)
{
	return newest_undelivered(service) != NULL;
}

/* Lines. */

struct lines {
	void (*fn)(void *user, const struct provd_journal_line *line);
	void *user;
	uint64_t session;
	uint32_t count;
	int code;
};

static int needs_quotes(const char *text)
{
	if (!*text)
		return 1;
	for (; *text; text++)
		if (isspace((unsigned char)*text) || iscntrl((unsigned char)*text) ||
		    *text == '"' || *text == '\\' || *text == '=')
			return 1;
	return 0;
}

/* @param out room for twice the text and two quotes @return the end */
static char *put_value(char *out, const char *text)
{
	int quoted = needs_quotes(text);

	if (quoted)
		*out++ = '"';
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			*out++ = '\\';
		*out++ = iscntrl((unsigned char)*text) ? '?' : *text;
	}
	if (quoted)
		*out++ = '"';
	return out;
}

/* "key=value key=value", for free(); NULL: no memory */
static char *detail_line(json_t *detail)
{
	size_t size = 1;
	const char *key;
	json_t *value;
	char *line;
	char *at;

	json_object_foreach(detail, key, value) size +=
		strlen(key) + 2 * json_string_length(value) + 4;
	line = malloc(size);
	if (!line)
		return NULL;
	at = line;
	json_object_foreach(detail, key, value)
	{
		if (at != line)
			*at++ = ' ';
		memcpy(at, key, strlen(key));
		at += strlen(key);
		*at++ = '=';
		at = put_value(at, json_string_value(value));
	}
	*at = '\0';
	return line;
}

static void import_line(const struct provd_failure *failure, struct provd_journal_line *line)
{
	line->t_us = failure->t_us;
	line->unix_ms = failure->unix_ms;
	line->state = failure->state;
	line->event = failure->text;
}

static void tell_line(void *user, const struct provd__journal_item *item)
{
	struct provd_journal_line line = {.size = sizeof(line), .detail = ""};
	struct lines *lines = user;
	char *detail = NULL;

	line.session = lines->session;
	line.number = ++lines->count;
	if (item->entry) {
		line.t_us = item->entry->entry.t_us;
		line.unix_ms = item->entry->entry.unix_ms;
		line.state = item->entry->entry.state;
		line.event = item->entry->entry.event;
		detail = detail_line(item->entry->entry.detail);
		if (!detail) {
			lines->code = PROVD_E_NOMEM;
			return;
		}
		line.detail = detail;
	} else {
		import_line(item->failure, &line);
	}
	if (item->failure) {
		line.code = item->failure->code;
		line.app_id = item->failure->app_id;
		line.app_sub = item->failure->app_sub;
	}
	lines->fn(lines->user, &line);
	free(detail);
}

static int journal_lines(void *self, uint64_t number, uint64_t *out_session,
			 void (*fn)(void *user, const struct provd_journal_line *line), void *user)
{
	const struct provd_journal_service *service = self;
	const struct provd__journal_session *session =
		number ? provd__journal_find(service, number) : newest_undelivered(service);
	struct lines lines = {.fn = fn, .user = user};
	int code;

	if (!session || (session->entries == 0 && session->failures == 0))
		return PROVD_E_NOT_FOUND;
	lines.session = session->number;
	code = walk_copy(service, session->number, tell_line, &lines);
	if (code == 0)
		code = lines.code;
	if (code == 0 && out_session)
		*out_session = lines.session;
	return code;
}

const struct provd_journal provd_journal_table = {.size = sizeof(struct provd_journal),
						  .failures = failures,
						  .lines = journal_lines,
						  .mark = provd__journal_mark};
