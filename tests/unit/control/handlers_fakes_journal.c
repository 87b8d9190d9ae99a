/* SPDX-License-Identifier: Apache-2.0 */
/* The journal and the foreign forms of its failures, made up. */
#include "handlers_world.h"

#include <stdio.h>
#include <string.h>

static struct world *world_of(const void *pointer)
{
	return (struct world *)(uintptr_t)pointer;
}

static int failures(void *self, uint32_t marks,
		    void (*fn)(void *user, const struct provd_failure *failure), void *user)
{
	struct world *w = world_of(self);

	w->lacking = marks;
	if (w->failures_code)
		return w->failures_code;
	for (size_t i = 0; i < w->failure_count; i++) {
		struct provd_failure failure = w->failures[i];
		char text[128];

		/* valid during the call, and no longer */
		snprintf(text, sizeof(text), "%s", failure.text);
		failure.text = text;
		fn(user, &failure);
		memset(text, 'x', sizeof(text));
	}
	return (int)w->failure_count;
}

const struct provd_journal provd_journal_table = {.size = sizeof(struct provd_journal),
						  .failures = failures};

json_t *provd_journal_failure_json(const struct provd_failure *failure)
{
	return json_pack(
		"{s:I, s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:b, s:b, s:b}", "session",
		(json_int_t)failure->session, "t_us", (json_int_t)failure->t_us, "unix_ms",
		(json_int_t)failure->unix_ms, "code", provd_err_name(failure->code), "state",
		"joining", "text", failure->text, "advice", provd_err_advice(failure->code),
		"retry", provd_retry_name(provd_err_retry(failure->code)), "method",
		failure->method, "app_id", failure->app_id, "app_sub", failure->app_sub, "told", 0,
		"delivered", (failure->marks & PROVD_JOURNAL_DELIVERED) != 0, "imported", 0);
}

json_t *provd_journal_service_sessions(const struct provd_journal_service *service)
{
	(void)service;
	return json_pack("[{s:i, s:i, s:s, s:s, s:s, s:i, s:b, s:b}]", "session", 9, "unix_ms",
			 1234, "state", "cut", "reason", "", "method", "softap", "entries", 1,
			 "told", 0, "delivered", 0);
}

json_t *provd_journal_service_entries(const struct provd_journal_service *service,
				      uint64_t *session, uint64_t *out_unix_ms)
{
	(void)service;
	if (*session == 0)
		*session = 9;
	if (*session != 9 && *session != 1)
		return NULL;
	*out_unix_ms = 1000 + *session;
	return json_pack("[{s:I, s:i, s:s, s:s, s:s, s:s, s:{}}]", "session", (json_int_t)*session,
			 "t_us", 3, "state", "joining", "event", "as kept", "from", "phone", "to",
			 "device", "detail");
}

int provd_journal_service_import(struct provd_journal_service *service,
				 const struct provd_failure *list, size_t count)
{
	struct world *w = world_of(service);

	w->imports++;
	if (w->import_code)
		return w->import_code;
	w->imported = count;
	w->imported_code = list[count - 1].code;
	snprintf(w->imported_text, sizeof(w->imported_text), "%s", list[count - 1].text);
	return 0;
}

size_t provd_journal_service_clear(struct provd_journal_service *service)
{
	return world_of(service)->cleared;
}

void provd_journal_service_flush(struct provd_journal_service *service, provd_journal_done_fn *done,
				 void *user)
{
	struct world *w = world_of(service);

	if (w->flush_waits) {
		w->flushed = done;
		w->flush_user = user;
	} else {
		done(user, w->flush_code);
	}
}

struct provd_journal_stats provd_journal_service_stats(const struct provd_journal_service *service)
{
	(void)service;
	return (struct provd_journal_stats){.bytes = 15, .sessions = 16, .lost = 17};
}

/* A form: for each failure a byte with its code's number. 255 is one too many to tell. */

static int encode(const struct provd_failure *list, size_t count, uint8_t *out, size_t cap)
{
	size_t skip = count > cap ? count - cap : 0;

	for (size_t i = skip; i < count; i++)
		out[i - skip] = (uint8_t)-list[i].code;
	return (int)(count - skip);
}

static int decode(const uint8_t *data, size_t len,
		  void (*fn)(void *user, const struct provd_failure *failure), void *user)
{
	int count = 0;

	if (len > 0 && data[0] == 0)
		return PROVD_E_CORRUPT;
	for (size_t i = 0; i < len; i++) {
		for (int times = data[i] == 255 ? 70000 : 1; times > 0; times--) {
			char text[32];
			const struct provd_failure failure = {.size = sizeof(failure),
							      .flags = PROVD_FAILURE_IMPORTED,
							      .code = -data[i],
							      .text = text};

			snprintf(text, sizeof(text), "number %d", data[i]);
			fn(user, &failure);
			count++;
		}
	}
	return count;
}

static int encode_nothing(const struct provd_failure *list, size_t count, uint8_t *out, size_t cap)
{
	(void)list;
	(void)count;
	(void)out;
	(void)cap;
	return PROVD_E_NO_SPACE;
}

static int encode_too_much(const struct provd_failure *list, size_t count, uint8_t *out, size_t cap)
{
	(void)list;
	(void)count;
	(void)out;
	return (int)cap + 1;
}

const struct provd_log_format *provd_engine_log_format(const struct provd_engine *engine,
						       size_t index)
{
	static const struct provd_log_format formats[] = {
		{.size = sizeof(formats[0]), .name = "codes", .encode = encode, .decode = decode},
		{.size = sizeof(formats[0]), .name = "full", .encode = encode_nothing},
		{.size = sizeof(formats[0]), .name = "wrong", .encode = encode_too_much},
	};

	(void)engine;
	return index < sizeof(formats) / sizeof(formats[0]) ? &formats[index] : NULL;
}
