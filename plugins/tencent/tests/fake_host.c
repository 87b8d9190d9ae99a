/* SPDX-License-Identifier: Apache-2.0 */
/* The scripted host: life, time, options, secrets, events. Services: fake_services.c. */
#include "fake_host.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <jansson.h>

#include "fake_services.h"

static struct fake *fake_of(const struct provd_host *host)
{
	return (struct fake *)(uintptr_t)host;
}

/* Log: everything is kept as text, so that a test can look for what must not be in it. */

static void keep(struct fake *fake, const char *text, size_t len)
{
	if (fake->log_len + len + 1 >= sizeof(fake->log))
		fake->log_len = 0;
	memcpy(fake->log + fake->log_len, text, len);
	fake->log_len += len;
	fake->log[fake->log_len] = '\0';
}

static void host_log(const struct provd_host *host, const struct provd_log_site *site,
		     const struct provd_field *fields, size_t count)
{
	struct fake *fake = fake_of(host);

	cr_assert_eq(site->size, sizeof(*site));
	keep(fake, site->event, strlen(site->event));
	for (size_t i = 0; i < count; i++) {
		keep(fake, " ", 1);
		if (fields[i].type == PROVD_FIELD_TEXT)
			keep(fake, fields[i].data, fields[i].len);
	}
	keep(fake, "\n", 1);
}

/* Clocks, chance, timers */

static uint64_t host_now_us(const struct provd_host *host)
{
	return fake_of(host)->now_us;
}

static uint64_t host_unix_ms(const struct provd_host *host)
{
	return fake_of(host)->unix_ms;
}

static int host_random(const struct provd_host *host, void *buf, size_t len)
{
	struct fake *fake = fake_of(host);
	uint8_t *out = buf;

	for (size_t i = 0; i < len; i++) {
		fake->random_state = fake->random_state * 1664525u + 1013904223u;
		if (fake->random_at < fake->random_len)
			out[i] = fake->random[fake->random_at++];
		else if (fake->random_rest >= 0)
			out[i] = (uint8_t)fake->random_rest;
		else
			out[i] = (uint8_t)(fake->random_state >> 24);
	}
	return 0;
}

static uint64_t host_new_id(const struct provd_host *host)
{
	return ++fake_of(host)->next_id;
}

static int host_timer_start(const struct provd_host *host, uint64_t delay_ms, void (*fn)(void *),
			    void *user, uint64_t *out_id)
{
	struct fake *fake = fake_of(host);

	for (size_t i = 0; i < FAKE_TIMERS_MAX; i++) {
		struct fake_timer *timer = &fake->timers[i];

		if (timer->id != 0)
			continue;
		timer->id = ++fake->next_id;
		timer->due_us = fake->now_us + delay_ms * 1000u;
		timer->fn = fn;
		timer->user = user;
		*out_id = timer->id;
		return 0;
	}
	return PROVD_E_LIMIT;
}

static void host_timer_stop(const struct provd_host *host, uint64_t id)
{
	struct fake *fake = fake_of(host);

	for (size_t i = 0; id != 0 && i < FAKE_TIMERS_MAX; i++)
		if (fake->timers[i].id == id)
			memset(&fake->timers[i], 0, sizeof(fake->timers[i]));
}

static struct fake_timer *first_timer(const struct fake *fake)
{
	const struct fake_timer *first = NULL;

	for (size_t i = 0; i < FAKE_TIMERS_MAX; i++) {
		const struct fake_timer *timer = &fake->timers[i];

		if (timer->id != 0 && (first == NULL || timer->due_us < first->due_us))
			first = timer;
	}
	return (struct fake_timer *)(uintptr_t)first;
}

void fake_advance(struct fake *fake, uint64_t ms)
{
	uint64_t end_us = fake->now_us + ms * 1000u;
	struct fake_timer *timer = first_timer(fake);

	while (timer != NULL && timer->due_us <= end_us) {
		struct fake_timer due = *timer;

		memset(timer, 0, sizeof(*timer));
		fake->unix_ms += (due.due_us - fake->now_us) / 1000u;
		fake->now_us = due.due_us;
		due.fn(due.user);
		timer = first_timer(fake);
	}
	fake->unix_ms += (end_us - fake->now_us) / 1000u;
	fake->now_us = end_us;
}

size_t fake_timers(const struct fake *fake)
{
	size_t count = 0;

	for (size_t i = 0; i < FAKE_TIMERS_MAX; i++)
		count += fake->timers[i].id != 0;
	return count;
}

uint64_t fake_wait(const struct fake *fake)
{
	const struct fake_timer *timer = first_timer(fake);

	cr_assert_eq(fake_timers(fake), 1);
	return (timer->due_us - fake->now_us) / 1000u;
}

/* Options: the test's, else the rows' defaults */

static const char *option_value(const struct fake *fake, const char *name)
{
	for (size_t i = 0; fake->options != NULL && fake->options[i] != NULL; i += 2)
		if (strcmp(fake->options[i], name) == 0)
			return fake->options[i + 1];
	return NULL;
}

static const struct provd_option *option_row(const char *name)
{
	const struct provd_plugin_descriptor *plugin = fake_descriptor();

	for (uint32_t i = 0; i < plugin->option_count; i++)
		if (strcmp(plugin->options[i].name, name) == 0)
			return &plugin->options[i];
	cr_assert(false, "no option row '%s'", name);
	return NULL;
}

static const char *host_option_text(const struct provd_host *host, const char *name)
{
	static char texts[64][128];
	const struct provd_option *row = option_row(name);
	const char *value = option_value(fake_of(host), name);
	char *text = texts[row - fake_descriptor()->options];
	size_t len;

	if (value != NULL)
		return value;
	if (strcmp(name, "device_info") == 0)
		return FAKE_IDENTITY;
	if (row->def == NULL)
		return NULL;
	cr_assert(row->def[0] == '"', "'%s' is not a text", name);
	len = strlen(row->def) - 2;
	cr_assert(len < sizeof(texts[0]));
	memcpy(text, row->def + 1, len);
	text[len] = '\0';
	return text;
}

static int64_t milliseconds(const char *text)
{
	char *end = NULL;
	long long value = strtoll(text, &end, 10);

	if (strcmp(end, "ms") == 0)
		return value;
	if (strcmp(end, "s") == 0)
		return value * 1000;
	cr_assert(strcmp(end, "m") == 0, "not a duration: %s", text);
	return value * 60000;
}

static int64_t host_option_int(const struct provd_host *host, const char *name)
{
	const struct provd_option *row = option_row(name);
	const char *value = option_value(fake_of(host), name);

	if (row->type == PROVD_OPTION_DURATION)
		return milliseconds(host_option_text(host, name));
	if (value == NULL)
		value = row->def;
	if (row->type == PROVD_OPTION_BOOL)
		return strcmp(value, "true") == 0;
	cr_assert_eq(row->type, PROVD_OPTION_INT);
	return strtoll(value, NULL, 10);
}

/* Secrets */

static struct provd_secret *host_secret_create(const struct provd_host *host, const void *bytes,
					       size_t len)
{
	struct provd_secret *secret = malloc(sizeof(*secret) + len);

	cr_assert(secret != NULL);
	secret->refs = 1;
	secret->len = len;
	memcpy(secret->bytes, bytes, len);
	fake_of(host)->secrets++;
	return secret;
}

static struct provd_secret *host_secret_ref(const struct provd_host *host,
					    const struct provd_secret *secret)
{
	struct provd_secret *same = (struct provd_secret *)(uintptr_t)secret;

	(void)host;
	if (same != NULL)
		same->refs++;
	return same;
}

static void host_secret_unref(const struct provd_host *host, const struct provd_secret *secret)
{
	struct provd_secret *same = (struct provd_secret *)(uintptr_t)secret;

	if (same == NULL || --same->refs > 0)
		return;
	fake_of(host)->secrets--;
	free(same);
}

static void host_secret_view(const struct provd_host *host, const struct provd_secret *secret,
			     struct provd_bytes *out_view)
{
	(void)host;
	out_view->data = secret != NULL ? secret->bytes : NULL;
	out_view->len = secret != NULL ? secret->len : 0;
}

/* Events */

static int host_emit(const struct provd_host *host, const struct provd_event *event)
{
	struct fake *fake = fake_of(host);
	struct fake_event *kept = &fake->events[fake->event_count];
	const struct provd_secret *secret = event->secret;

	cr_assert_eq(event->size, sizeof(*event));
	cr_assert_leq(event->field_count, 8);
	if (fake->event_count == FAKE_EVENTS_MAX)
		return PROVD_E_LIMIT;
	memset(kept, 0, sizeof(*kept));
	fake->event_count++;
	kept->type = event->type;
	kept->op = event->op;
	kept->status = event->status;
	kept->count = event->count;
	for (size_t i = 0; i < event->field_count; i++) {
		const struct provd_field *field = &event->fields[i];
		size_t at = strlen(kept->fields);

		if (field->type == PROVD_FIELD_INT)
			(void)snprintf(kept->fields + at, sizeof(kept->fields) - at, "%s%s=%lld",
				       at != 0 ? " " : "", field->key, (long long)field->number);
	}
	kept->sends_before = fake->send_count;
	if (event->text != NULL) {
		(void)snprintf(kept->text, sizeof(kept->text), "%s", event->text);
		keep(fake, kept->text, strlen(kept->text));
		keep(fake, "\n", 1);
	}
	if (event->type == PROVD_EV_CREDENTIALS) {
		cr_assert_eq(event->data_size, sizeof(kept->credentials));
		memcpy(&kept->credentials, event->data, sizeof(kept->credentials));
		secret = kept->credentials.passphrase;
		if (event->secret != NULL && event->secret->len < sizeof(kept->token))
			memcpy(kept->token, event->secret->bytes, event->secret->len);
	}
	if (secret != NULL) {
		cr_assert_lt(secret->len, sizeof(kept->secret));
		memcpy(kept->secret, secret->bytes, secret->len);
	}
	return 0;
}

size_t fake_count(const struct fake *fake, uint32_t type)
{
	size_t count = 0;

	for (size_t i = 0; i < fake->event_count; i++)
		count += fake->events[i].type == type;
	return count;
}

const struct fake_event *fake_last(const struct fake *fake, uint32_t type)
{
	for (size_t i = fake->event_count; i > 0; i--)
		if (fake->events[i - 1].type == type)
			return &fake->events[i - 1];
	cr_assert(false, "no event %u was raised", (unsigned int)type);
	return NULL;
}

void fake_forget_events(struct fake *fake)
{
	fake->event_count = 0;
}

/* Life */

const struct provd_plugin_descriptor *fake_descriptor(void)
{
	static const struct provd_plugin_descriptor *descriptor;
	void *file;

	if (descriptor == NULL) {
		file = dlopen(PROVD_PLUGIN_DIR "/tencent.so", RTLD_NOW | RTLD_LOCAL);
		cr_assert(file != NULL, "%s", dlerror());
		descriptor = dlsym(file, PROVD_PLUGIN_SYMBOL);
		cr_assert(descriptor != NULL);
	}
	return descriptor;
}

static const struct provd_host host_table = {
	.size = sizeof(struct provd_host),
	.abi_minor = PROVD_ABI_MINOR,
	.log = host_log,
	.now_us = host_now_us,
	.unix_ms = host_unix_ms,
	.random = host_random,
	.new_id = host_new_id,
	.timer_start = host_timer_start,
	.timer_stop = host_timer_stop,
	.option_text = host_option_text,
	.option_int = host_option_int,
	.secret_create = host_secret_create,
	.secret_ref = host_secret_ref,
	.secret_unref = host_secret_unref,
	.secret_view = host_secret_view,
	.emit = host_emit,
	.get_interface = fake_get_interface,
};

struct fake *fake_new(const char *const *options, const char *identity)
{
	struct fake *fake = calloc(1, sizeof(*fake));
	struct provd_error err = {.size = sizeof(err)};
	int rc;

	cr_assert(fake != NULL);
	fake->host = host_table;
	fake->ops = fake_descriptor()->ops;
	fake->options = options;
	fake->now_us = 1000000;
	fake->unix_ms = 1611299964000u;
	fake->random_rest = -1;
	fake->send_room = -1;
	if (identity != NULL)
		fake_put_file(fake, host_option_text(&fake->host, "device_info"), identity);
	rc = fake->ops->create(&fake->host, &fake->inst, &err);
	cr_assert_eq(rc, 0, "create: %s", err.text);
	fake->dialect = fake->ops->get_interface(fake->inst, PROVD_DIALECT, sizeof(*fake->dialect));
	cr_assert(fake->dialect != NULL);
	return fake;
}

void fake_end(struct fake *fake)
{
	size_t stopped = fake_count(fake, PROVD_EV_STOPPED);

	if (fake->event_count > FAKE_EVENTS_MAX / 2 && stopped == 0)
		fake_forget_events(fake);
	fake->ops->stop(fake->inst);
	cr_assert_eq(fake_count(fake, PROVD_EV_STOPPED), 1);
	fake->ops->destroy(fake->inst);
	cr_assert_eq(fake_timers(fake), 0, "a timer is left");
	cr_assert_eq(fake->secrets, 0, "%zu secrets are left", fake->secrets);
	cr_assert_eq(fake->http.id, 0, "a request is left");
	cr_assert_eq(fake->mqtt.connection, 0, "a connection is left");
	fake_services_finish(fake);
	free(fake);
}
