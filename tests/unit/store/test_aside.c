/* SPDX-License-Identifier: Apache-2.0 */
/* What is set aside, and what is in the way of that. */
#include "store_files.h"
#include "support.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(store_aside, .timeout = 60);

struct fixture {
	struct files files;
	struct provd_loop *loop;
	struct provd_store *store;
	struct results results;
};

static void begin(struct fixture *fx)
{
	struct provd_store_backend backend;

	memset(fx, 0, sizeof(*fx));
	files_begin(&fx->files);
	fx->loop = loop_open();
	cr_assert_eq(provd_store_folder(fx->loop, fx->files.folder, &backend), 0);
	cr_assert_eq(provd_store_create(fx->loop, NULL, &backend, NULL, &fx->store), 0);
}

static void end(struct fixture *fx)
{
	provd_store_destroy(fx->store);
	results_clear(&fx->results);
	loop_shut(fx->loop);
	files_end(&fx->files);
}

static int wait_one(struct fixture *fx)
{
	int index = fx->results.count;

	loop_until(fx->loop, &fx->results.count, index + 1);
	return fx->results.codes[index];
}

static int save(struct fixture *fx, const char *name, const char *text)
{
	struct provd_secret *content = provd_secret_create(text, strlen(text));
	int before = fx->results.count;

	cr_assert_eq(provd_store_save(fx->store, name, content, results_done, &fx->results), 0);
	provd_secret_unref(content);
	cr_assert_eq(fx->results.count, before, "never inside the call");
	return wait_one(fx);
}

static int load(struct fixture *fx, const char *name)
{
	cr_assert_eq(provd_store_load(fx->store, name, results_done, &fx->results), 0);
	return wait_one(fx);
}

static int erase(struct fixture *fx, const char *name)
{
	cr_assert_eq(provd_store_erase(fx->store, name, results_done, &fx->results), 0);
	return wait_one(fx);
}

static const char *last_text(const struct fixture *fx)
{
	return fx->results.texts[fx->results.count - 1];
}

static void expect_content(struct fixture *fx, const char *name, const char *text)
{
	cr_assert_eq(load(fx, name), 0, "%s", last_text(fx));
	cr_expect(results_content_is(&fx->results, fx->results.count - 1, text), "%s", text);
}

static void expect_text(const struct fixture *fx, const char *file, const char *rest)
{
	char text[PROVD_ERROR_TEXT_MAX];

	(void)snprintf(text, sizeof(text), "%s %s", files_path(&fx->files, file), rest);
	cr_expect_str_eq(last_text(fx), text);
}

/* A folder with something in it. */
static void folder_put(const struct fixture *fx, const char *name)
{
	char inner[FILES_PATH];

	cr_assert_eq(mkdir(files_path(&fx->files, name), 0700), 0, "%s", name);
	(void)snprintf(inner, sizeof(inner), "%s/inner", name);
	files_write(&fx->files, inner, "x", 1, 0600);
}

Test(store_aside, a_folder_in_place_of_a_record_is_set_aside)
{
	struct fixture fx;

	begin(&fx);
	folder_put(&fx, "dir.rec");
	cr_expect_eq(load(&fx, "dir"), PROVD_E_CORRUPT);
	expect_text(&fx, "dir.rec", "is damaged: it is not a regular file");
	cr_expect(files_exist(&fx.files, "dir.damaged/inner"));
	cr_expect_eq(load(&fx, "dir"), PROVD_E_NOT_FOUND);
	cr_expect_eq(save(&fx, "dir", "x"), 0);
	expect_content(&fx, "dir", "x");
	/* Also when it came while nobody looked. */
	cr_expect_eq(erase(&fx, "dir"), 0);
	folder_put(&fx, "dir.rec");
	cr_expect_eq(save(&fx, "dir", "y"), 0);
	expect_content(&fx, "dir", "y");
	cr_expect(files_exist(&fx.files, "dir.damaged-2/inner"));
	cr_expect_eq(erase(&fx, "dir"), 0);
	folder_put(&fx, "dir.rec");
	cr_expect_eq(erase(&fx, "dir"), 0);
	cr_expect(files_exist(&fx.files, "dir.damaged-3/inner"));
	cr_expect_eq(load(&fx, "dir"), PROVD_E_NOT_FOUND);
	end(&fx);
}

enum found {
	FOUND_FILE,
	FOUND_LINK,
	FOUND_EMPTY,
	FOUND_FULL,
	FOUND_COUNT
};

static void put(const struct fixture *fx, const char *name, enum found what)
{
	switch (what) {
	case FOUND_FILE:
		files_write(&fx->files, name, "x", 1, 0600);
		break;
	case FOUND_LINK:
		cr_assert_eq(symlink("elsewhere", files_path(&fx->files, name)), 0);
		break;
	case FOUND_EMPTY:
		cr_assert_eq(mkdir(files_path(&fx->files, name), 0700), 0);
		break;
	case FOUND_FULL:
		folder_put(fx, name);
		break;
	case FOUND_COUNT:
		break;
	}
}

/* Whatever has the record's name, and whatever has the one that it gets. */
Test(store_aside, something_was_set_aside_before)
{
	for (int record = 0; record < FOUND_COUNT; record++) {
		for (int before = 0; before < FOUND_COUNT; before++) {
			struct fixture fx;

			begin(&fx);
			put(&fx, "a.rec", (enum found)record);
			put(&fx, "a.damaged", (enum found)before);
			cr_expect_eq(load(&fx, "a"), PROVD_E_CORRUPT, "%d %d", record, before);
			cr_expect_eq(load(&fx, "a"), PROVD_E_NOT_FOUND, "%d %d", record, before);
			cr_expect_eq(files_exist(&fx.files, "a.damaged-2"), before == FOUND_FULL,
				     "%d %d", record, before);
			cr_expect_eq(save(&fx, "a", "new"), 0);
			expect_content(&fx, "a", "new");
			end(&fx);
		}
	}
}

Test(store_aside, no_place_to_set_aside_is_left)
{
	struct fixture fx;
	char name[32];

	begin(&fx);
	folder_put(&fx, "a.rec");
	folder_put(&fx, "a.damaged");
	for (int i = 2; i <= 9; i++) {
		(void)snprintf(name, sizeof(name), "a.damaged-%d", i);
		folder_put(&fx, name);
	}
	cr_expect_eq(load(&fx, "a"), PROVD_E_CORRUPT);
	cr_expect_eq(load(&fx, "a"), PROVD_E_CORRUPT, "it is still there");
	cr_expect_eq(save(&fx, "a", "x"), PROVD_E_IO);
	cr_expect_not_null(strstr(last_text(&fx), "set aside"), "%s", last_text(&fx));
	end(&fx);
}
