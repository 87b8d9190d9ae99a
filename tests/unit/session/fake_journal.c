/* SPDX-License-Identifier: Apache-2.0 */
/* A journal on no medium: what is written is durable at once. */
#include "fakes.h"

#include <criterion/criterion.h>

#include <stdlib.h>

/* The ends of operations, in their order. */
struct end {
	provd_journal_done_fn *done;
	void *user;
};

static void end_run(void *user)
{
	struct end *end = user;

	end->done(end->user, 0);
	free(end);
}

static int end_later(struct world *world, provd_journal_done_fn *done, void *user)
{
	struct end *end = calloc(1, sizeof(*end));

	cr_assert_not_null(end);
	end->done = done;
	end->user = user;
	return provd_defer(world->journal_owner, end_run, end);
}

static int load(void *self,
		void (*one)(void *user, uint64_t session, const uint8_t *bytes, size_t len),
		provd_journal_done_fn *done, void *user)
{
	(void)one;
	return end_later(self, done, user);
}

static int write_bytes(void *self, uint64_t session, const uint8_t *bytes, size_t len, size_t added,
		       provd_journal_done_fn *done, void *user)
{
	(void)session;
	(void)bytes;
	(void)len;
	(void)added;
	return end_later(self, done, user);
}

static int erase(void *self, uint64_t session, provd_journal_done_fn *done, void *user)
{
	(void)session;
	return end_later(self, done, user);
}

static void destroy(void *self)
{
	(void)self;
}

static void opened(void *user, int code)
{
	struct world *world = user;

	cr_assert_eq(code, 0);
	provd_engine_use_journal(world->engine, world->journal);
}

void fake_journal_begin(struct world *world)
{
	const struct provd_journal_backend backend = {.self = world,
						      .session_max = 16384,
						      .sessions_max = 10,
						      .load = load,
						      .write = write_bytes,
						      .erase = erase,
						      .destroy = destroy};
	const struct provd_journal_config config = {
		.loop = world->loop, .log = world->log, .max_bytes = 65536, .max_sessions = 10};

	cr_assert_eq(provd_owner_create(world->loop, "journal", &world->journal_owner), 0);
	cr_assert_eq(provd_journal_service_create(&config, &backend, &world->journal), 0);
	cr_assert_eq(provd_journal_service_open(world->journal, opened, world), 0);
	world_settle(world);
}

static void flushed(void *user, int code)
{
	unsigned *count = user;

	(void)code;
	(*count)++;
}

void fake_journal_end(struct world *world)
{
	unsigned count = 0;

	if (!world->journal)
		return;
	provd_journal_service_flush(world->journal, flushed, &count);
	cr_assert(world_wait(world, &count, 1));
	world_settle(world);
	provd_journal_service_destroy(world->journal);
	provd_owner_destroy(world->journal_owner);
}
