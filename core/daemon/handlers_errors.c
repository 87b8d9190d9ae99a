/* SPDX-License-Identifier: Apache-2.0 */
/* The methods of the control socket on what the journal has: sessions and their failures. */
#include "daemon/daemon_internal.h"
#include "daemon/handlers.h"
#include "daemon/pending.h"

#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

/* Bytes of a foreign form. */
#define FOREIGN_MAX 65536u
/* Of its base64, and the NUL that OpenSSL writes behind it. */
#define BASE64_MAX  (4 * ((FOREIGN_MAX + 2) / 3) + 1)
#define FORMAT_MAX  32u
#define FORMATS_MAX 64u

/* @return 1: answered, or it waits until the journal is read */
static int no_journal(struct provd_daemon *daemon, struct provd_control_call *call,
		      const json_t *parameters, provd__handler_fn *handler)
{
	if (provd__comes_early(daemon, call, parameters, handler))
		return 1;
	if (daemon->journal)
		return 0;
	provd__answer_unavailable(call, "no journal is kept: journal.enabled is false");
	return 1;
}

static void unavailable(struct provd_control_call *call, int code)
{
	provd__answer_unavailable(call, provd_err_text(code));
}

/* Sessions and Errors */

void provd__handle_sessions(void *user, struct provd_control_call *call, const json_t *parameters,
			    int more)
{
	struct provd_daemon *daemon = user;

	(void)more;
	if (no_journal(daemon, call, parameters, provd__handle_sessions))
		return;
	provd_control_reply(
		call,
		json_pack("{s:o}", "sessions", provd_journal_service_sessions(daemon->journal)), 0);
}

/* Failures that are asked for. */
struct wanted {
	uint64_t session; /* 0: of all */
	json_t *list;
};

static void add_failure(void *user, const struct provd_failure *failure)
{
	const struct wanted *wanted = user;

	if (wanted->session == 0 || wanted->session == failure->session)
		json_array_append_new(wanted->list, provd_journal_failure_json(failure));
}

/* A session of which the journal has nothing at all. */
static int is_unknown(const struct provd_daemon *daemon, uint64_t session)
{
	uint64_t unix_ms;
	json_t *entries = provd_journal_service_entries(daemon->journal, &session, &unix_ms);
	int unknown = entries == NULL;

	json_decref(entries);
	return unknown;
}

void provd__handle_errors(void *user, struct provd_control_call *call, const json_t *parameters,
			  int more)
{
	struct provd_daemon *daemon = user;
	int undelivered = json_is_true(json_object_get(parameters, "undelivered"));
	struct wanted wanted = {0};
	int count;

	(void)more;
	if (provd__read_session(call, parameters, &wanted.session) ||
	    no_journal(daemon, call, parameters, provd__handle_errors))
		return;
	if (wanted.session && is_unknown(daemon, wanted.session)) {
		provd__answer_unknown_session(call, wanted.session);
		return;
	}
	wanted.list = json_array();
	count = provd_journal_table.failures(
		daemon->journal, undelivered ? PROVD_JOURNAL_DELIVERED : 0, add_failure, &wanted);
	if (count < 0) {
		json_decref(wanted.list);
		unavailable(call, count);
		return;
	}
	provd_control_reply(call, json_pack("{s:o}", "failures", wanted.list), 0);
}

/* WatchErrors */

void provd__handle_watch_errors(void *user, struct provd_control_call *call,
				const json_t *parameters, int more)
{
	struct provd_daemon *daemon = user;

	(void)parameters;
	if (!more)
		provd_control_invalid(call, "more");
	else if (!daemon->journal)
		(void)no_journal(daemon, call, parameters, provd__handle_watch_errors);
	else if (provd__watcher_add(&daemon->error_watchers, call, 0) != 0)
		unavailable(call, PROVD_E_NOMEM);
}

void provd__daemon_publish_failure(struct provd_daemon *daemon, const struct provd_failure *failure)
{
	struct watcher *watcher = daemon->error_watchers;
	struct provd_control_message *message;
	json_t *told;

	if (!watcher)
		return;
	told = json_pack("{s:o}", "failure", provd_journal_failure_json(failure));
	if (!told)
		return;
	message = provd_control_message_create(told);
	while (watcher) {
		/* A slow client may be dropped by the reply, and its watcher with it. */
		struct watcher *next = watcher->next;

		provd_control_reply_message(watcher->call, message, 1);
		watcher = next;
	}
	provd_control_message_destroy(message);
}

/* Lists of failures with texts of their own */

struct failures {
	struct provd_failure *list;
	size_t count;
	size_t room;
	size_t limit; /* 0: none */
	int code;     /* what went wrong with it */
};

static void failures_finish(struct failures *failures)
{
	for (size_t i = 0; i < failures->count; i++) {
		free((char *)(uintptr_t)failures->list[i].method);
		free((char *)(uintptr_t)failures->list[i].text);
	}
	free(failures->list);
}

/* Makes room for one more. */
static int failures_grow(struct failures *failures)
{
	size_t room = failures->room ? 2 * failures->room : 16;
	struct provd_failure *list;

	if (failures->count < failures->room)
		return 0;
	list = realloc(failures->list, room * sizeof(*list));
	if (!list)
		return PROVD_E_NOMEM;
	failures->list = list;
	failures->room = room;
	return 0;
}

static void failures_add(void *user, const struct provd_failure *failure)
{
	struct failures *failures = user;
	struct provd_failure copy = *failure;

	if (failures->code)
		return;
	failures->code = failures->limit && failures->count == failures->limit
				 ? PROVD_E_LIMIT
				 : failures_grow(failures);
	if (failures->code)
		return;
	copy.method = strdup(failure->method ? failure->method : "");
	copy.text = strdup(failure->text ? failure->text : "");
	failures->list[failures->count++] = copy;
	if (!copy.method || !copy.text)
		failures->code = PROVD_E_NOMEM;
}

/* Foreign forms */

/* format, as a plugin may name one. @return 0, or PROVD_E_INVALID: answered */
static int read_format(struct provd_control_call *call, const json_t *parameters,
		       const char **out_name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	const char *name = json_string_value(json_object_get(parameters, "format"));
	size_t len = strlen(name);

	if (len < 1 || len > FORMAT_MAX || strspn(name, letters) != len || name[0] < 'a') {
		provd_control_invalid(call, "format");
		return PROVD_E_INVALID;
	}
	*out_name = name;
	return 0;
}

/* @return NULL: answered, with those that there are */
static const struct provd_log_format *find_format(struct provd_daemon *daemon,
						  struct provd_control_call *call, const char *name)
{
	json_t *formats = json_array();
	const struct provd_log_format *format;
	size_t i = 0;

	while (i < FORMATS_MAX && (format = provd_engine_log_format(daemon->engine, i)) != NULL) {
		if (strcmp(format->name, name) == 0) {
			json_decref(formats);
			return format;
		}
		json_array_append_new(formats, json_string(format->name));
		i++;
	}
	provd_control_error(call, PROVD_INTERFACE ".UnknownFormat",
			    json_pack("{s:s, s:o}", "format", name, "formats", formats));
	return NULL;
}

/* @param out_text given: free(). @return 0 or a code */
static int to_base64(const uint8_t *data, size_t len, char **out_text)
{
	char *text = malloc(BASE64_MAX);

	if (!text)
		return PROVD_E_NOMEM;
	text[0] = '\0';
	if (len > 0)
		(void)EVP_EncodeBlock((unsigned char *)text, data, (int)len);
	*out_text = text;
	return 0;
}

/* OpenSSL is lenient when it decodes; what it would have written itself is right. */
static int is_base64_of(const char *text, size_t text_len, const uint8_t *data, size_t len)
{
	char *again = NULL;
	int same;

	if (to_base64(data, len, &again) != 0)
		return 0;
	same = strlen(again) == text_len && memcmp(again, text, text_len) == 0;
	free(again);
	return same;
}

/* @param out FOREIGN_MAX + 3 bytes. @return 0, or PROVD_E_INVALID */
static int from_base64(const char *text, size_t text_len, uint8_t *out, size_t *out_len)
{
	size_t len = text_len / 4 * 3;

	if (text_len % 4 || text_len >= BASE64_MAX)
		return PROVD_E_INVALID;
	if (text_len > 0 && EVP_DecodeBlock(out, (const unsigned char *)text, (int)text_len) < 0)
		return PROVD_E_INVALID;
	/* it counts the padding as zeros */
	for (size_t i = 1; i <= 2 && i < text_len; i++)
		len -= text[text_len - i] == '=';
	if (len > FOREIGN_MAX || !is_base64_of(text, text_len, out, len))
		return PROVD_E_INVALID;
	*out_len = len;
	return 0;
}

/* ExportErrors */

/* @param out_text given: free(). @return 0 or a code */
static int export_all(struct provd_daemon *daemon, const struct provd_log_format *format,
		      char **out_text)
{
	struct failures failures = {0};
	uint8_t *bytes = malloc(FOREIGN_MAX);
	int code = bytes ? 0 : PROVD_E_NOMEM;
	int len = 0;

	if (code == 0)
		code = provd_journal_table.failures(daemon->journal, 0, failures_add, &failures);
	if (code >= 0)
		code = failures.code;
	if (code == 0)
		len = format->encode(failures.list, failures.count, bytes, FOREIGN_MAX);
	if (len < 0)
		code = len;
	else if (code == 0 && (size_t)len > FOREIGN_MAX)
		code = PROVD_E_PLUGIN_FAULT;
	if (code == 0)
		code = to_base64(bytes, (size_t)len, out_text);
	failures_finish(&failures);
	free(bytes);
	return code;
}

void provd__handle_export_errors(void *user, struct provd_control_call *call,
				 const json_t *parameters, int more)
{
	struct provd_daemon *daemon = user;
	const struct provd_log_format *format;
	const char *name;
	char *text = NULL;
	int code;

	(void)more;
	if (read_format(call, parameters, &name) ||
	    no_journal(daemon, call, parameters, provd__handle_export_errors))
		return;
	format = find_format(daemon, call, name);
	if (!format)
		return;
	code = export_all(daemon, format, &text);
	if (code)
		unavailable(call, code);
	else
		provd_control_reply(call, json_pack("{s:s}", "data", text), 0);
	free(text);
}

/* Changes: answered when a power cut could not undo them */

static void made_durable(void *user, int code)
{
	struct waiting_call *pending = user;
	json_int_t count = (json_int_t)pending->count;
	struct provd_control_call *call = provd__pending_end(pending);

	if (call && code)
		provd__answer_not_saved(call, code, NULL);
	else if (call)
		provd_control_reply(call, json_pack("{s:I}", "count", count), 0);
}

static void answer_when_durable(struct provd_daemon *daemon, struct waiting_call *pending,
				size_t count)
{
	pending->count = count;
	provd_journal_service_flush(daemon->journal, made_durable, pending);
}

/* ImportErrors */

static void import_failed(struct provd_control_call *call, int code)
{
	if (code == PROVD_E_CORRUPT)
		provd_control_error(call, PROVD_INTERFACE ".BadData",
				    json_pack("{s:s}", "reason",
					      "its beginning, its length or a record is wrong"));
	else
		unavailable(call, code);
}

void provd__handle_import_errors(void *user, struct provd_control_call *call,
				 const json_t *parameters, int more)
{
	struct provd_daemon *daemon = user;
	const json_t *data = json_object_get(parameters, "data");
	uint8_t *bytes = malloc(FOREIGN_MAX + 3);
	/* a plugin that tells more of them than there are bytes is wrong */
	struct failures failures = {.limit = FOREIGN_MAX};
	const struct provd_log_format *format;
	struct waiting_call *pending;
	const char *name;
	size_t len = 0;
	int code;

	(void)more;
	if (!bytes) {
		unavailable(call, PROVD_E_NOMEM);
		return;
	}
	if (read_format(call, parameters, &name))
		goto out;
	if (from_base64(json_string_value(data), json_string_length(data), bytes, &len) != 0) {
		provd_control_invalid(call, "data");
		goto out;
	}
	if (no_journal(daemon, call, parameters, provd__handle_import_errors))
		goto out;
	format = find_format(daemon, call, name);
	if (!format)
		goto out;
	pending = provd__pending_begin(&daemon->pending, daemon, call);
	if (!pending)
		goto out;
	code = format->decode(bytes, len, failures_add, &failures);
	if (code >= 0)
		code = failures.code;
	if (code == 0 && failures.count > 0)
		code = provd_journal_service_import(daemon->journal, failures.list, failures.count);
	if (code)
		import_failed(provd__pending_end(pending), code);
	else
		answer_when_durable(daemon, pending, failures.count);
out:
	failures_finish(&failures);
	free(bytes);
}

/* ClearErrors */

void provd__handle_clear_errors(void *user, struct provd_control_call *call,
				const json_t *parameters, int more)
{
	struct provd_daemon *daemon = user;
	struct waiting_call *pending;

	(void)more;
	if (no_journal(daemon, call, parameters, provd__handle_clear_errors))
		return;
	pending = provd__pending_begin(&daemon->pending, daemon, call);
	if (pending)
		answer_when_durable(daemon, pending, provd_journal_service_clear(daemon->journal));
}
