/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the host: time, options, secrets, events, log. */
#include "fake.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fake *fake_of(const struct provd_host *host)
{
	return (struct fake *)(uintptr_t)host;
}

int fake_fails(struct fake *f)
{
	return ++f->calls == f->fail_at;
}

static void keep(struct fake *f, const void *text, size_t len)
{
	if (f->log_len + len + 1 >= sizeof(f->log))
		f->log_len = 0;
	memcpy(f->log + f->log_len, text, len);
	f->log_len += len;
	f->log[f->log_len] = '\0';
}

/* What a log line would show: a secret has no bytes. */
static void keep_field(struct fake *f, const struct provd_field *field)
{
	char number[32];
	int n = snprintf(number, sizeof(number), " %lld", (long long)field->number);

	keep(f, number, (size_t)n);
	if (field->len)
		keep(f, field->data, field->len);
}

static void host_log(const struct provd_host *host, const struct provd_log_site *site,
		     const struct provd_field *fields, size_t count)
{
	struct fake *f = fake_of(host);

	keep(f, site->event, strlen(site->event));
	for (size_t i = 0; i < count; i++)
		keep_field(f, &fields[i]);
	keep(f, "\n", 1);
}

static uint64_t host_now_us(const struct provd_host *host)
{
	return fake_of(host)->now_us;
}

static uint64_t host_new_id(const struct provd_host *host)
{
	return ++fake_of(host)->next_id;
}

static int host_timer_start(const struct provd_host *host, uint64_t delay_ms, void (*fn)(void *),
			    void *user, uint64_t *out_id)
{
	struct fake *f = fake_of(host);

	if (fake_fails(f))
		return f->fail_code;
	for (size_t i = 0; i < FAKE_TIMERS; i++) {
		struct fake_timer *timer = &f->timers[i];

		if (timer->id != 0)
			continue;
		timer->id = ++f->next_id;
		timer->due_us = f->now_us + delay_ms * 1000u;
		timer->fn = fn;
		timer->user = user;
		*out_id = timer->id;
		return 0;
	}
	return PROVD_E_LIMIT;
}

static void host_timer_stop(const struct provd_host *host, uint64_t id)
{
	struct fake *f = fake_of(host);

	for (size_t i = 0; id != 0 && i < FAKE_TIMERS; i++) {
		if (f->timers[i].id == id)
			memset(&f->timers[i], 0, sizeof(f->timers[i]));
	}
}

/* Options: the test's, else the rows' defaults. */

static const struct provd_option *row_of(const struct fake *f, const char *name)
{
	for (uint32_t i = 0; i < f->plugin->option_count; i++) {
		if (strcmp(f->plugin->options[i].name, name) == 0)
			return &f->plugin->options[i];
	}
	cr_assert(0, "no option row '%s'", name);
	return NULL;
}

static const char *value_of(const struct fake *f, const char *name)
{
	for (size_t i = 0; f->options && f->options[i]; i += 2) {
		if (strcmp(f->options[i], name) == 0)
			return f->options[i + 1];
	}
	return NULL;
}

static const char *host_option_text(const struct provd_host *host, const char *name)
{
	struct fake *f = fake_of(host);
	const struct provd_option *row = row_of(f, name);
	char *text = f->texts[row - f->plugin->options];
	const char *value = value_of(f, name);

	cr_assert(!(row->flags & PROVD_OPTION_SECRET));
	if (value || !row->def)
		return value;
	cr_assert_eq(row->def[0], '"');
	cr_assert_lt(strlen(row->def), sizeof(f->texts[0]));
	memcpy(text, row->def + 1, strlen(row->def) - 2);
	return text;
}

static int64_t host_option_int(const struct provd_host *host, const char *name)
{
	struct fake *f = fake_of(host);
	const struct provd_option *row = row_of(f, name);
	const char *value = value_of(f, name);
	char *unit = NULL;
	long number;

	if (!value)
		value = row->def[0] == '"' ? row->def + 1 : row->def;
	if (row->type == PROVD_OPTION_BOOL)
		return strcmp(value, "true") == 0;
	number = strtol(value, &unit, 10);
	if (row->type == PROVD_OPTION_DURATION && strncmp(unit, "ms", 2) != 0)
		number *= *unit == 'm' ? 60000 : 1000;
	return number;
}

/* Secrets */

static struct provd_secret *make_secret(struct fake *f, const void *bytes, size_t len)
{
	struct provd_secret *secret = calloc(1, sizeof(*secret) + len);

	cr_assert_not_null(secret);
	secret->refs = 1;
	secret->len = len;
	memcpy(secret->bytes, bytes, len);
	f->secrets++;
	return secret;
}

static struct provd_secret *host_secret_create(const struct provd_host *host, const void *bytes,
					       size_t len)
{
	struct fake *f = fake_of(host);

	return fake_fails(f) ? NULL : make_secret(f, bytes, len);
}

static struct provd_secret *host_secret_ref(const struct provd_host *host,
					    const struct provd_secret *secret)
{
	struct provd_secret *s = (struct provd_secret *)(uintptr_t)secret;

	(void)host;
	if (s)
		s->refs++;
	return s;
}

static void host_secret_unref(const struct provd_host *host, const struct provd_secret *secret)
{
	struct provd_secret *s = (struct provd_secret *)(uintptr_t)secret;

	if (!s || --s->refs > 0)
		return;
	fake_of(host)->secrets--;
	free(s);
}

static void host_secret_view(const struct provd_host *host, const struct provd_secret *secret,
			     struct provd_bytes *out_view)
{
	struct provd_bytes view = {0};

	(void)host;
	if (secret) {
		view.data = secret->bytes;
		view.len = secret->len;
	}
	*out_view = view;
}

static const struct provd_secret *host_option_secret(const struct provd_host *host,
						     const char *name)
{
	struct fake *f = fake_of(host);
	const char *value = value_of(f, name);
	size_t slot = strcmp(name, "passphrase_key") == 0;

	cr_assert(row_of(f, name)->flags & PROVD_OPTION_SECRET);
	if (value && !f->secret_options[slot])
		f->secret_options[slot] = make_secret(f, value, strlen(value));
	return f->secret_options[slot];
}

static void check_fields(struct fake *f, const struct provd_event *event)
{
	cr_assert_leq(event->field_count, 8);
	for (size_t i = 0; i < event->field_count; i++)
		keep_field(f, &event->fields[i]);
}

static int host_emit(const struct provd_host *host, const struct provd_event *event)
{
	struct fake *f = fake_of(host);
	struct fake_event *kept = &f->events[f->event_count];

	cr_assert_lt(f->event_count, FAKE_EVENTS);
	kept->type = event->type;
	kept->op = event->op;
	kept->status = event->status;
	kept->count = event->count;
	(void)snprintf(kept->text, sizeof(kept->text), "%s", event->text ? event->text : "");
	keep(f, kept->text, strlen(kept->text));
	check_fields(f, event);
	f->event_count++;
	return 0;
}

static const void *host_get_interface(const struct provd_host *host, const char *name,
				      uint32_t size, void **out_self)
{
	struct fake *f = fake_of(host);

	(void)size;
	*out_self = f;
	if (fake_fails(f) || (f->denied && strcmp(name, f->denied) == 0))
		return NULL;
	return fake_interface(f, name);
}

void fake_host_fill(struct fake *f)
{
	struct provd_host host = {.size = sizeof(host),
				  .log = host_log,
				  .now_us = host_now_us,
				  .new_id = host_new_id,
				  .timer_start = host_timer_start,
				  .timer_stop = host_timer_stop,
				  .option_text = host_option_text,
				  .option_int = host_option_int,
				  .option_secret = host_option_secret,
				  .secret_create = host_secret_create,
				  .secret_ref = host_secret_ref,
				  .secret_unref = host_secret_unref,
				  .secret_view = host_secret_view,
				  .emit = host_emit,
				  .get_interface = host_get_interface};

	f->host = host;
}
