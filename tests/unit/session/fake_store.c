/* SPDX-License-Identifier: Apache-2.0 */
#include "fakes.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "secret/secret.h"

/* An operation that waits for its end. */
struct fake_store_op {
	struct fake_store_op *next;
	struct world *world;
	char name[PROVD_STORE_NAME_MAX + 1];
	struct provd_secret *content; /* NULL: load, or erase */
	int erase;
	provd_store_done_fn *done;
	void *user;
};

static size_t place_of(const struct fake_store *medium, const char *name)
{
	size_t i = 0;

	while (i < FAKE_RECORDS && medium->records[i].name[0] &&
	       strcmp(medium->records[i].name, name) != 0)
		i++;
	cr_assert_lt(i, FAKE_RECORDS);
	return i;
}

static void op_free(struct fake_store_op *op)
{
	provd_secret_unref(op->content);
	free(op);
}

static void op_finish(struct fake_store_op *op)
{
	struct fake_store *medium = &op->world->medium;
	size_t i = place_of(medium, op->name);
	struct provd_secret **at = &medium->records[i].content;
	int load = !op->content && !op->erase;
	int code = load ? (*at ? 0 : PROVD_E_NOT_FOUND) : medium->fail;

	if (code == 0 && !load) {
		(void)snprintf(medium->records[i].name, sizeof(medium->records[i].name), "%s",
			       op->name);
		provd_secret_unref(*at);
		*at = provd_secret_ref(op->content);
	}
	op->done(op->user, code, load ? *at : NULL, NULL);
	op_free(op);
}

static void finish_all(void *user)
{
	struct world *world = user;

	while (world->medium.ops && !world->medium.hold) {
		struct fake_store_op *op = world->medium.ops;

		world->medium.ops = op->next;
		op_finish(op);
	}
}

void fake_store_go(struct world *world)
{
	world->medium.hold = 0;
	cr_assert_eq(provd_defer(world->medium.owner, finish_all, world), 0);
}

static int begin(struct world *world, const char *name, const struct provd_secret *content,
		 int erase, provd_store_done_fn *done, void *user)
{
	struct fake_store_op *op = calloc(1, sizeof(*op));
	struct fake_store_op **at = &world->medium.ops;

	cr_assert_not_null(op);
	op->world = world;
	(void)snprintf(op->name, sizeof(op->name), "%s", name);
	op->content = provd_secret_ref(content);
	op->erase = erase;
	op->done = done;
	op->user = user;
	while (*at)
		at = &(*at)->next;
	*at = op;
	return provd_defer(world->medium.owner, finish_all, world);
}

static int load(void *self, const char *name, provd_store_done_fn *done, void *user)
{
	return begin(self, name, NULL, 0, done, user);
}

static int save(void *self, const char *name, const struct provd_secret *content,
		provd_store_done_fn *done, void *user)
{
	struct world *world = self;

	world->medium.saves++;
	return begin(self, name, content, 0, done, user);
}

static int erase(void *self, const char *name, provd_store_done_fn *done, void *user)
{
	return begin(self, name, NULL, 1, done, user);
}

static void destroy(void *self)
{
	struct world *world = self;

	while (world->medium.ops) {
		struct fake_store_op *op = world->medium.ops;

		world->medium.ops = op->next;
		op_free(op);
	}
	provd_owner_destroy(world->medium.owner);
}

static void on_loaded(void *user, int code, const struct provd_error *err)
{
	struct world *world = user;

	(void)err;
	cr_assert_eq(code, 0);
	world->loaded = 1;
}

void fake_store_begin(struct world *world)
{
	const struct provd_store_backend backend = {
		.self = world,
		.load = load,
		.save = save,
		.erase = erase,
		.set_aside = erase,
		.destroy = destroy,
	};

	cr_assert_eq(provd_owner_create(world->loop, "medium", &world->medium.owner), 0);
	cr_assert_eq(provd_store_create(world->loop, world->log, &backend, NULL, &world->store), 0);
	cr_assert_eq(provd_saved_create(world->log, world->store, 8, &world->saved), 0);
	cr_assert_eq(provd_saved_load(world->saved, NULL, on_loaded, world), 0);
	cr_assert(world_wait(world, &world->loaded, 1));
	provd_engine_keep_in(world->engine, world->saved);
}

void fake_store_end(struct world *world)
{
	if (!world->store)
		return;
	provd_store_destroy(world->store);
	provd_saved_destroy(world->saved);
	for (size_t i = 0; i < FAKE_RECORDS; i++)
		provd_secret_unref(world->medium.records[i].content);
}
