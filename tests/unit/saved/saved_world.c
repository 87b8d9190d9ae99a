/* SPDX-License-Identifier: Apache-2.0 */
#include "saved_world.h"

#include <criterion/criterion.h>
#include <provd/error.h>
#include <provd/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secret/secret.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_LSAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_LSAN 1
#endif
#endif

#ifdef HAVE_LSAN
#include <sanitizer/lsan_interface.h>
#endif

/** An operation that ends on the next turn. */
struct pending {
	struct medium *medium;
	struct provd_secret *content;
	int owner; /**< the medium's number when it was begun */
	int code;
	provd_store_done_fn *done;
	void *user;
};

static struct medium_item *item_of(struct medium *medium, const char *name)
{
	for (int i = 0; i < MEDIUM_ITEMS; i++)
		if (medium->items[i].bytes && strcmp(medium->items[i].name, name) == 0)
			return &medium->items[i];
	return NULL;
}

static void item_erase(struct medium *medium, const char *name)
{
	struct medium_item *item = item_of(medium, name);

	if (!item)
		return;
	provd_secret_unref(item->bytes);
	item->bytes = NULL;
}

static void item_set(struct medium *medium, const char *name, const struct provd_secret *bytes)
{
	item_erase(medium, name);
	for (int i = 0; i < MEDIUM_ITEMS; i++) {
		struct medium_item *item = &medium->items[i];

		if (item->bytes)
			continue;
		(void)snprintf(item->name, sizeof(item->name), "%s", name);
		item->bytes = provd_secret_ref(bytes);
		return;
	}
	cr_assert_fail("the medium is full");
}

static void on_turn(void *user)
{
	struct pending *pending = user;
	struct provd_error err = {.size = sizeof(err), .code = pending->code};

	(void)snprintf(err.text, sizeof(err.text), "the medium says %d", pending->code);
	if (pending->owner == pending->medium->opened) {
		pending->medium->open--;
		pending->done(pending->user, pending->code, pending->code ? NULL : pending->content,
			      pending->code ? &err : NULL);
	}
	provd_secret_unref(pending->content);
	free(pending);
}

static int end_later(struct medium *medium, int code, const struct provd_secret *content,
		     provd_store_done_fn *done, void *user)
{
	struct pending *pending = calloc(1, sizeof(*pending));

	cr_assert_not_null(pending);
	*pending = (struct pending){medium, provd_secret_ref(content), medium->opened, code, done,
				    user};
	cr_assert_eq(provd_defer(medium->owner, on_turn, pending), 0);
	return 0;
}

static void note(struct medium *medium, const char *verb, const char *name)
{
	if (medium->op_count < MEDIUM_OPS)
		(void)snprintf(medium->ops[medium->op_count++], sizeof(medium->ops[0]), "%s %s",
			       verb, name);
	medium->open++;
	if (medium->open > medium->most_open)
		medium->most_open = medium->open;
}

static int medium_load(void *self, const char *name, provd_store_done_fn *done, void *user)
{
	struct medium *medium = self;
	const struct medium_item *item = item_of(medium, name);
	int code = item ? 0 : PROVD_E_NOT_FOUND;

	note(medium, "load", name);
	if (medium->fail_loads && (!medium->fail_record || strcmp(medium->fail_record, name) == 0))
		code = medium->fail_loads;
	return end_later(medium, code, item ? item->bytes : NULL, done, user);
}

/* `bytes` NULL: erase. */
static int change(struct medium *medium, const char *name, const struct provd_secret *bytes,
		  provd_store_done_fn *done, void *user)
{
	const struct medium_fault *fault = &medium->fault;
	int number = ++medium->change_count;
	int hit =
		number == fault->at || (medium->fault_for_good && fault->at && number > fault->at);

	if (hit && fault->refuse) {
		medium->open--;
		return fault->code;
	}
	if (!hit || fault->late || (fault->cut && fault->cut_after)) {
		if (bytes)
			item_set(medium, name, bytes);
		else
			item_erase(medium, name);
	}
	if (hit && fault->cut)
		return 0;
	return end_later(medium, hit ? fault->code : 0, NULL, done, user);
}

static int medium_save(void *self, const char *name, const struct provd_secret *content,
		       provd_store_done_fn *done, void *user)
{
	note(self, "save", name);
	return change(self, name, content, done, user);
}

static int medium_erase(void *self, const char *name, provd_store_done_fn *done, void *user)
{
	note(self, "erase", name);
	return change(self, name, NULL, done, user);
}

static int medium_set_aside(void *self, const char *name, provd_store_done_fn *done, void *user)
{
	struct medium *medium = self;
	char aside[64];

	note(medium, "set aside", name);
	(void)snprintf(aside, sizeof(aside), "%s.damaged", name);
	if (item_of(medium, name)) {
		item_set(medium, aside, item_of(medium, name)->bytes);
		item_erase(medium, name);
	}
	return end_later(medium, 0, NULL, done, user);
}

static void nobody(void *user, int code, const struct provd_secret *content,
		   const struct provd_error *err)
{
	(void)user;
	(void)code;
	(void)content;
	(void)err;
}

static void medium_destroy(void *self)
{
	/* What has not ended never does. */
	((struct medium *)self)->opened++;
}

int medium_has(const struct medium *medium, const char *name)
{
	for (int i = 0; i < MEDIUM_ITEMS; i++)
		if (medium->items[i].bytes && strcmp(medium->items[i].name, name) == 0)
			return 1;
	return 0;
}

void medium_set(struct medium *medium, const char *name, const void *bytes, size_t len)
{
	struct provd_secret *secret = provd_secret_create(bytes, len);

	cr_assert_not_null(secret);
	item_set(medium, name, secret);
	provd_secret_unref(secret);
}

static void write_line(void *user, const char *line, size_t len)
{
	struct world *world = user;

	if (world->lines_len + len >= sizeof(world->lines))
		return;
	memcpy(world->lines + world->lines_len, line, len);
	world->lines_len += len;
	world->lines[world->lines_len] = '\0';
}

static void on_change(void *user)
{
	((struct world *)user)->changes++;
}

void world_reopen(struct world *world)
{
	struct provd_store_backend backend = {
		.self = &world->medium,
		.load = medium_load,
		.save = medium_save,
		.erase = medium_erase,
		.set_aside = medium_set_aside,
		.destroy = medium_destroy,
	};

	world_close(world);
	memset(&world->medium.fault, 0, sizeof(world->medium.fault));
	world->medium.fault_for_good = 0;
	world->medium.fail_loads = 0;
	world->medium.fail_record = NULL;
	world->medium.op_count = 0;
	world->medium.change_count = 0;
	world->medium.open = 0;
	world->medium.most_open = 0;
	world->changes = 0;
	cr_assert_eq(
		provd_store_create(world->loop, world->log, &backend, world->key, &world->store),
		0);
	cr_assert_eq(provd_saved_create(world->log, world->store, world->max, &world->saved), 0);
	provd_saved_on_change(world->saved, on_change, world);
}

void world_restart(struct world *world)
{
	struct outcome outcome = {0};

	world_reopen(world);
	cr_assert_eq(provd_saved_load(world->saved, world->mark, outcome_set, &outcome), 0);
	cr_assert_eq(outcome.count, 0, "done ran inside of the call");
	outcome_wait(world, &outcome);
	cr_assert_eq(outcome.code, 0);
	world->medium.op_count = 0;
	world->medium.change_count = 0;
}

void world_close(struct world *world)
{
	provd_store_destroy(world->store);
	provd_saved_destroy(world->saved);
	world->store = NULL;
	world->saved = NULL;
	/* What the medium still had to say is heard by nobody. */
	world_idle(world);
}

void world_begin(struct world *world, size_t max)
{
	struct provd_log_config config = {
		.format = PROVD_LOG_TEXT,
		.level = PROVD_LOG_DEBUG,
		.write = write_line,
		.user = world,
	};

	memset(world, 0, sizeof(*world));
	world->max = max;
	cr_assert_eq(provd_log_create(&config, &world->log), 0);
	cr_assert_eq(provd_loop_create(1, &world->loop), 0);
	cr_assert_eq(provd_owner_create(world->loop, "medium", &world->medium.owner), 0);
}

void world_end(struct world *world)
{
	world_close(world);
	for (int i = 0; i < MEDIUM_ITEMS; i++)
		provd_secret_unref(world->medium.items[i].bytes);
	(void)provd_owner_destroy(world->medium.owner);
	cr_assert_eq(provd_loop_destroy(world->loop), 0);
	provd_log_destroy(world->log);
	provd_secret_unref(world->key);
#ifdef HAVE_LSAN
	cr_assert_eq(__lsan_do_recoverable_leak_check(), 0);
#endif
}

void outcome_set(void *user, int code, const struct provd_error *err)
{
	struct outcome *outcome = user;

	cr_assert((code == 0) == (err == NULL), "code %d with %s words", code, err ? "" : "no");
	outcome->count++;
	outcome->code = code;
	if (outcome->counter)
		outcome->order = ++*outcome->counter;
	if (err)
		(void)snprintf(outcome->text, sizeof(outcome->text), "%s", err->text);
}

void outcome_wait(struct world *world, const struct outcome *outcome)
{
	uint64_t until = provd_loop_now_us(world->loop) + 15000000;

	while (!outcome->count && provd_loop_now_us(world->loop) < until)
		provd_loop_turn(world->loop, 0);
	cr_assert_eq(outcome->count, 1, "ended %d times", outcome->count);
}

void world_idle(struct world *world)
{
	for (int i = 0; i < 20; i++)
		provd_loop_turn(world->loop, 0);
}

void medium_write(struct world *world, const char *name, const char *text)
{
	struct provd_secret *content = provd_secret_create(text, strlen(text));

	cr_assert_not_null(content);
	world_reopen(world);
	cr_assert_eq(provd_store_save(world->store, name, content, nobody, NULL), 0);
	world_idle(world);
	provd_secret_unref(content);
	cr_assert(medium_has(&world->medium, name));
}

struct provd_credentials credentials_make(const char *ssid, const char *passphrase)
{
	struct provd_credentials credentials = {.size = sizeof(credentials)};

	credentials.ssid_len = (uint32_t)strlen(ssid);
	memcpy(credentials.ssid, ssid, strlen(ssid));
	if (passphrase)
		credentials.passphrase = provd_secret_create(passphrase, strlen(passphrase));
	return credentials;
}

void credentials_drop(struct provd_credentials *credentials)
{
	provd_secret_unref(credentials->passphrase);
	credentials->passphrase = NULL;
}

/* Waits for what was accepted. */
static int ended(struct world *world, int code, const struct outcome *outcome)
{
	world->text[0] = '\0';
	if (code) {
		world_idle(world);
		cr_assert_eq(outcome->count, 0, "refused, yet it ended");
		return code;
	}
	cr_assert_eq(outcome->count, 0, "done ran inside of the call");
	outcome_wait(world, outcome);
	(void)snprintf(world->text, sizeof(world->text), "%s", outcome->text);
	return outcome->code;
}

int do_add(struct world *world, const char *ssid, const char *passphrase)
{
	struct provd_credentials credentials = credentials_make(ssid, passphrase);
	struct outcome outcome = {0};
	int code = provd_saved_add(world->saved, &credentials, outcome_set, &outcome);

	credentials_drop(&credentials);
	return ended(world, code, &outcome);
}

int do_forget(struct world *world, const char *ssid)
{
	struct outcome outcome = {0};

	return ended(world,
		     provd_saved_forget(world->saved, (const uint8_t *)ssid, strlen(ssid),
					outcome_set, &outcome),
		     &outcome);
}

int do_priority(struct world *world, const char *ssid, int32_t priority)
{
	struct outcome outcome = {0};

	return ended(world,
		     provd_saved_set_priority(world->saved, (const uint8_t *)ssid, strlen(ssid),
					      priority, outcome_set, &outcome),
		     &outcome);
}

int do_stage(struct world *world, const char *ssid, const char *token)
{
	struct provd_secret *secret = provd_secret_create(token, strlen(token));
	struct provd_saved_staged staged = {
		.credentials = credentials_make(ssid, "staged-passphrase"),
		.token = secret,
		.state = PROVD_STATE_REGISTERING,
		.resumed = 1,
		.at_ms = 1700000000000,
		.times = {.started_ms = 1, .credentials_ms = 2, .online_ms = 3, .token_ms = 4},
		.method = "softap",
	};
	struct outcome outcome = {0};
	int code = provd_saved_stage(world->saved, &staged, outcome_set, &outcome);

	credentials_drop(&staged.credentials);
	provd_secret_unref(secret);
	return ended(world, code, &outcome);
}

int do_unstage(struct world *world)
{
	struct outcome outcome = {0};

	return ended(world, provd_saved_unstage(world->saved, outcome_set, &outcome), &outcome);
}

int do_bound(struct world *world)
{
	struct outcome outcome = {0};

	return ended(world, provd_saved_set_bound(world->saved, outcome_set, &outcome), &outcome);
}

int do_reset(struct world *world, uint32_t parts)
{
	struct outcome outcome = {0};

	return ended(world, provd_saved_reset(world->saved, parts, outcome_set, &outcome),
		     &outcome);
}

const char *describe(const struct provd_saved *saved, char *out, size_t size)
{
	const struct provd_saved_staged *staged = provd_saved_staged(saved);
	FILE *file = fmemopen(out, size, "w");
	size_t i;

	cr_assert_not_null(file);
	for (i = 0; i < provd_saved_count(saved); i++) {
		const struct provd_saved_network *network = provd_saved_get(saved, i);
		const struct provd_credentials *credentials = &network->credentials;
		struct provd_bytes view = provd_secret_view(credentials->passphrase);

		(void)fprintf(file, "[%.*s|%.*s|%d]", (int)credentials->ssid_len,
			      (const char *)credentials->ssid, (int)view.len,
			      view.data ? (const char *)view.data : "", (int)network->priority);
	}
	if (staged)
		(void)fprintf(file, " staged %.*s %.*s %u %u %llu %llu %llu %llu %llu %s",
			      (int)staged->credentials.ssid_len,
			      (const char *)staged->credentials.ssid,
			      (int)provd_secret_view(staged->token).len,
			      (const char *)provd_secret_view(staged->token).data, staged->state,
			      staged->resumed, (unsigned long long)staged->at_ms,
			      (unsigned long long)staged->times.started_ms,
			      (unsigned long long)staged->times.credentials_ms,
			      (unsigned long long)staged->times.online_ms,
			      (unsigned long long)staged->times.token_ms, staged->method);
	(void)fprintf(file, " bound=%d", provd_saved_is_bound(saved));
	cr_assert_eq(fclose(file), 0);
	return out;
}
