/* SPDX-License-Identifier: Apache-2.0 */
/* Records as files, through the store and by the backend alone. */
#include "store_files.h"
#include "support.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/record.h"

TestSuite(store_folder, .timeout = 60);

struct fixture {
	struct files files;
	struct provd_loop *loop;
	struct provd_store_backend backend;
	struct provd_store *store;
	struct provd_secret *key;
	struct results results;
};

static void begin_in(struct fixture *fx, const char *folder, int with_key)
{
	uint8_t key[32] = {1, 2, 3};

	fx->loop = loop_open();
	fx->key = with_key ? provd_secret_create(key, sizeof(key)) : NULL;
	cr_assert_eq(provd_store_folder(fx->loop, folder, &fx->backend), 0);
	cr_assert_eq(provd_store_create(fx->loop, NULL, &fx->backend, fx->key, &fx->store), 0);
}

static void begin(struct fixture *fx, int with_key)
{
	memset(fx, 0, sizeof(*fx));
	files_begin(&fx->files);
	begin_in(fx, fx->files.folder, with_key);
}

static void stop(struct fixture *fx)
{
	provd_store_destroy(fx->store);
	provd_secret_unref(fx->key);
	results_clear(&fx->results);
	loop_shut(fx->loop);
}

static void end(struct fixture *fx)
{
	stop(fx);
	files_end(&fx->files);
}

/* Starts anew over the same folder. */
static void again(struct fixture *fx, int with_key)
{
	stop(fx);
	begin_in(fx, fx->files.folder, with_key);
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

static void check_life(int with_key)
{
	struct fixture fx;

	begin(&fx, with_key);
	cr_expect_eq(load(&fx, "networks"), PROVD_E_NOT_FOUND);
	cr_expect_eq(save(&fx, "networks", "one"), 0);
	cr_expect_eq(save(&fx, "networks", "two"), 0);
	cr_expect_eq(save(&fx, "device", ""), 0);
	expect_content(&fx, "networks", "two");
	cr_expect_eq(files_mode(&fx.files, "networks.rec"), 0600);
	cr_expect_eq(files_count(&fx.files), 2, "no temporary file is left");
	again(&fx, with_key);
	expect_content(&fx, "networks", "two");
	expect_content(&fx, "device", "");
	cr_expect_eq(erase(&fx, "networks"), 0);
	cr_expect_eq(erase(&fx, "networks"), 0, "not there is no error");
	cr_expect_eq(load(&fx, "networks"), PROVD_E_NOT_FOUND);
	end(&fx);
}

Test(store_folder, saves_loads_erases)
{
	check_life(0);
	check_life(1);
}

Test(store_folder, plain_records_are_encrypted_at_the_next_save)
{
	struct fixture fx;

	begin(&fx, 0);
	cr_expect_eq(save(&fx, "networks", "plain"), 0);
	again(&fx, 1);
	expect_content(&fx, "networks", "plain");
	cr_expect_eq(save(&fx, "networks", "sealed"), 0);
	expect_content(&fx, "networks", "sealed");
	again(&fx, 0);
	cr_expect_eq(load(&fx, "networks"), PROVD_E_ACCESS);
	cr_expect_eq(fx.results.lacks_key, 1);
	cr_expect(files_exist(&fx.files, "networks.rec"), "it stays");
	cr_expect_not(files_exist(&fx.files, "networks.damaged"));
	provd_store_set_key(fx.store, NULL);
	again(&fx, 1);
	expect_content(&fx, "networks", "sealed");
	end(&fx);
}

Test(store_folder, nothing_is_written_in_plain_when_a_key_is_required)
{
	struct fixture fx;

	begin(&fx, 0);
	provd_store_require_key(fx.store);
	cr_expect_eq(save(&fx, "networks", "secret"), PROVD_E_ACCESS);
	cr_expect_eq(load(&fx, "networks"), PROVD_E_NOT_FOUND);
	cr_expect_eq(erase(&fx, "networks"), 0);
	end(&fx);
}

Test(store_folder, a_damaged_record_is_set_aside_once)
{
	struct fixture fx;
	struct provd_store_stats stats;

	begin(&fx, 1);
	files_write(&fx.files, "networks.rec", "PVRC, not really, but long enough to be one....",
		    46, 0600);
	files_write(&fx.files, "networks.damaged", "older", 5, 0600);
	cr_expect_eq(load(&fx, "networks"), PROVD_E_CORRUPT);
	cr_expect_str_eq(last_text(&fx), "record 'networks' is damaged: not as long as it says");
	cr_expect_not(files_exist(&fx.files, "networks.rec"));
	cr_expect(files_exist(&fx.files, "networks.damaged"));
	cr_expect_eq(load(&fx, "networks"), PROVD_E_NOT_FOUND);
	cr_expect_eq(save(&fx, "networks", "new"), 0);
	expect_content(&fx, "networks", "new");
	stats = provd_store_get_stats(fx.store);
	cr_expect_eq(stats.damaged, 1);
	cr_expect_eq(stats.saves, 1);
	cr_expect_eq(stats.failures, 0);
	end(&fx);
}

Test(store_folder, a_record_that_is_too_large_is_set_aside)
{
	struct fixture fx;

	begin(&fx, 0);
	files_write(&fx.files, "device.rec", "x", 1, 0600);
	cr_assert_eq(truncate(files_path(&fx.files, "device.rec"), PROVD_RECORD_MAX + 1), 0);
	cr_expect_eq(load(&fx, "device"), PROVD_E_CORRUPT);
	expect_text(&fx, "device.rec", "is damaged: larger than a record can be");
	cr_expect(files_exist(&fx.files, "device.damaged"));
	end(&fx);
}

Test(store_folder, a_newer_record_is_left_alone)
{
	/* Version 2, an empty body. */
	uint8_t record[44] = {'P', 'V', 'R', 'C', 0, 2};
	static const uint8_t sum[32] = {0xba, 0x03, 0xab, 0x06, 0x85, 0x31, 0x6b, 0xe1,
					0x11, 0x33, 0xa7, 0x27, 0xbe, 0xc1, 0x78, 0x4f,
					0x01, 0x5e, 0xf5, 0x6a, 0x06, 0xd1, 0x62, 0x4e,
					0x89, 0x6f, 0x74, 0x6c, 0x8d, 0xc7, 0x45, 0x22};
	struct fixture fx;

	begin(&fx, 0);
	memcpy(record + 12, sum, sizeof(sum));
	files_write(&fx.files, "device.rec", record, sizeof(record), 0600);
	cr_expect_eq(load(&fx, "device"), PROVD_E_NOT_SUPPORTED);
	cr_expect_str_eq(last_text(&fx), "record 'device' was written by a newer provd (format "
					 "version 2); update provd, or remove the record");
	cr_expect(files_exist(&fx.files, "device.rec"));
	cr_expect_eq(provd_store_get_stats(fx.store).failures, 1);
	end(&fx);
}

Test(store_folder, leftovers_of_a_power_cut_are_removed)
{
	static const char *const ours[] = {"networks.rec.tmp-00000000", "a.rec.tmp-0123abcd"};
	static const char *const others[] = {
		"networks.rec.tmp-0000000",	"networks.rec.tmp-000000000",
		"networks.rec.tmp-0000000G",	".rec.tmp-00000000",
		"Other.rec.tmp-00000000",	"networks.rec.tmp",
		"device_info.json.tmp-00000000"};
	struct fixture fx;

	memset(&fx, 0, sizeof(fx));
	files_begin(&fx.files);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		files_write(&fx.files, ours[i], "x", 1, 0600);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		files_write(&fx.files, others[i], "x", 1, 0600);
	begin_in(&fx, fx.files.folder, 0);
	cr_expect_eq(load(&fx, "networks"), PROVD_E_NOT_FOUND);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		cr_expect_not(files_exist(&fx.files, ours[i]), "%s", ours[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		cr_expect(files_exist(&fx.files, others[i]), "%s", others[i]);
	end(&fx);
}

Test(store_folder, the_folder_is_made)
{
	struct fixture fx;
	char folder[FILES_PATH];

	memset(&fx, 0, sizeof(fx));
	files_begin(&fx.files);
	(void)snprintf(folder, sizeof(folder), "%s", files_path(&fx.files, "made"));
	(void)umask(0);
	begin_in(&fx, folder, 0);
	cr_expect_eq(load(&fx, "a"), PROVD_E_NOT_FOUND);
	cr_expect_eq(erase(&fx, "a"), 0, "it is not there");
	cr_expect_eq(fx.backend.set_aside(fx.backend.self, "a", results_done, &fx.results), 0);
	cr_expect_eq(wait_one(&fx), 0);
	cr_expect_not(files_exist(&fx.files, "made"), "only saving makes it");
	cr_expect_eq(provd_store_get_stats(fx.store).failures, 0);
	cr_expect_eq(save(&fx, "a", "x"), 0);
	cr_expect_eq(files_mode(&fx.files, "made"), 0700);
	cr_assert_eq(unlink(files_path(&fx.files, "made/a.rec")), 0);
	cr_assert_eq(rmdir(folder), 0);
	cr_expect_eq(save(&fx, "a", "y"), 0, "made anew: somebody removed it");
	expect_content(&fx, "a", "y");
	end(&fx);
}

Test(store_folder, a_folder_that_cannot_be_made)
{
	struct fixture fx;
	char folder[FILES_PATH];
	char text[PROVD_ERROR_TEXT_MAX + FILES_PATH];

	memset(&fx, 0, sizeof(fx));
	files_begin(&fx.files);
	(void)snprintf(folder, sizeof(folder), "%s", files_path(&fx.files, "no/such"));
	begin_in(&fx, folder, 0);
	cr_expect_eq(load(&fx, "a"), PROVD_E_IO, "and not NOT_FOUND: nothing is known of it");
	(void)snprintf(text, sizeof(text), "cannot look at %s: No such file or directory", folder);
	cr_expect_str_eq(last_text(&fx), text);
	cr_expect_eq(save(&fx, "a", "x"), PROVD_E_IO);
	(void)snprintf(text, sizeof(text), "cannot make the folder %s: No such file or directory",
		       folder);
	cr_expect_str_eq(last_text(&fx), text);
	cr_expect_eq(erase(&fx, "a"), PROVD_E_IO);
	cr_expect_eq(provd_store_get_stats(fx.store).failures, 3);
	end(&fx);
}

/* A medium that cannot be written to can be read, with and without a folder. */
Test(store_folder, reading_makes_no_folder)
{
	static const char *const names[] = {"made", "made/", "made///"};
	struct fixture fx;
	char folder[FILES_PATH];

	for (size_t i = 0; i < 3; i++) {
		memset(&fx, 0, sizeof(fx));
		files_begin(&fx.files);
		(void)snprintf(folder, sizeof(folder), "%s", files_path(&fx.files, names[i]));
		begin_in(&fx, folder, 0);
		cr_expect_eq(load(&fx, "a"), PROVD_E_NOT_FOUND);
		cr_expect_eq(files_count(&fx.files), 0);
		end(&fx);
	}
	memset(&fx, 0, sizeof(fx));
	files_begin(&fx.files);
	(void)snprintf(folder, sizeof(folder), "%s", files_path(&fx.files, "link"));
	cr_assert_eq(symlink("nowhere", folder), 0);
	begin_in(&fx, folder, 0);
	cr_expect_eq(load(&fx, "a"), PROVD_E_IO, "nothing is known of it");
	end(&fx);
	memset(&fx, 0, sizeof(fx));
	files_begin(&fx.files);
	cr_assert_eq(chdir(files_path(&fx.files, "")), 0);
	begin_in(&fx, "relative", 0);
	cr_expect_eq(load(&fx, "a"), PROVD_E_NOT_FOUND);
	cr_expect_eq(save(&fx, "a", "x"), 0);
	expect_content(&fx, "a", "x");
	cr_assert_eq(chdir("/"), 0);
	end(&fx);
}

Test(store_folder, a_folder_that_others_can_write_to)
{
	struct fixture fx;

	begin(&fx, 0);
	cr_assert_eq(chmod(fx.files.folder, 0770), 0);
	cr_expect_eq(load(&fx, "a"), PROVD_E_ACCESS);
	cr_expect_eq(fx.results.lacks_key, 0);
	cr_expect_not_null(strstr(last_text(&fx), "group or others can write to it; chmod go-w"));
	cr_assert_eq(chmod(fx.files.folder, 0755), 0);
	cr_expect_eq(load(&fx, "a"), PROVD_E_NOT_FOUND, "it was put right");
	if (geteuid() == 0) {
		cr_assert_eq(chown(fx.files.folder, 4711, 0), 0);
		cr_expect_eq(load(&fx, "a"), PROVD_E_ACCESS);
		cr_expect_not_null(strstr(last_text(&fx), "belongs neither to root"));
	}
	end(&fx);
}

Test(store_folder, what_is_no_record_file)
{
	struct fixture fx;

	begin(&fx, 0);
	cr_expect_eq(save(&fx, "target", "safe"), 0);
	cr_assert_eq(symlink("target.rec", files_path(&fx.files, "link.rec")), 0);
	cr_expect_eq(save(&fx, "link", "own"), 0, "a link is replaced, not followed");
	expect_content(&fx, "link", "own");
	cr_assert_eq(unlink(files_path(&fx.files, "link.rec")), 0);
	cr_assert_eq(symlink("target.rec", files_path(&fx.files, "link.rec")), 0);
	cr_expect_eq(load(&fx, "link"), PROVD_E_CORRUPT);
	expect_text(&fx, "link.rec", "is damaged: it is a link");
	cr_expect(files_exist(&fx.files, "link.damaged"));
	cr_expect_eq(load(&fx, "link"), PROVD_E_NOT_FOUND);
	cr_assert_eq(symlink("nowhere", files_path(&fx.files, "gone.rec")), 0);
	cr_expect_eq(load(&fx, "gone"), PROVD_E_CORRUPT, "and not NOT_FOUND");
	expect_content(&fx, "target", "safe");
	cr_assert_eq(mkfifo(files_path(&fx.files, "pipe.rec"), 0600), 0);
	cr_expect_eq(load(&fx, "pipe"), PROVD_E_CORRUPT, "and does not block");
	expect_text(&fx, "pipe.rec", "is damaged: it is not a regular file");
	cr_expect_eq(load(&fx, "pipe"), PROVD_E_NOT_FOUND);
	cr_assert_eq(chmod(files_path(&fx.files, "target.rec"), 0640), 0);
	cr_expect_eq(load(&fx, "target"), PROVD_E_ACCESS);
	expect_text(&fx, "target.rec",
		    "is not used: it may hold secrets and others can get at it; chmod 600");
	cr_expect(files_exist(&fx.files, "target.rec"));
	end(&fx);
}

Test(store_folder, a_full_medium_keeps_the_old_record)
{
	struct rlimit limit = {.rlim_cur = 60, .rlim_max = RLIM_INFINITY};
	struct fixture fx;
	char big[1000];

	begin(&fx, 0);
	cr_expect_eq(save(&fx, "a", "old"), 0);
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	cr_assert_neq(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	cr_expect_eq(save(&fx, "a", big), PROVD_E_NO_SPACE);
	limit.rlim_cur = RLIM_INFINITY;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	expect_content(&fx, "a", "old");
	cr_expect_eq(files_count(&fx.files), 1, "no temporary file is left");
	cr_expect_eq(provd_store_get_stats(fx.store).failures, 1);
	end(&fx);
}

Test(store_folder, operations_end_in_their_order)
{
	struct fixture fx;
	char text[8];

	begin(&fx, 1);
	for (int i = 0; i < 20; i++) {
		struct provd_secret *content;

		(void)snprintf(text, sizeof(text), "%d", i);
		content = provd_secret_create(text, strlen(text));
		cr_assert_eq(provd_store_save(fx.store, "a", content, results_done, &fx.results),
			     0);
		cr_assert_eq(provd_store_load(fx.store, "a", results_done, &fx.results), 0);
		provd_secret_unref(content);
	}
	loop_until(fx.loop, &fx.results.count, 40);
	for (int i = 0; i < 20; i++) {
		(void)snprintf(text, sizeof(text), "%d", i);
		cr_expect_eq(fx.results.codes[2 * i], 0);
		cr_expect(results_content_is(&fx.results, 2 * i + 1, text), "%d", i);
	}
	end(&fx);
}

Test(store_folder, destroyed_in_the_middle)
{
	struct provd_secret *content = provd_secret_create("new", 3);
	struct fixture fx;

	begin(&fx, 0);
	cr_expect_eq(save(&fx, "a", "old"), 0);
	for (int i = 0; i < 10; i++)
		cr_assert_eq(provd_store_save(fx.store, "a", content, results_done, &fx.results),
			     0);
	provd_loop_turn(fx.loop, 0);
	again(&fx, 0);
	provd_secret_unref(content);
	cr_assert_eq(load(&fx, "a"), 0, "old or new, never neither");
	cr_expect(results_content_is(&fx.results, 0, "old") ||
		  results_content_is(&fx.results, 0, "new"));
	cr_expect_eq(fx.results.count, 1, "nothing was told after the end");
	cr_expect_eq(files_count(&fx.files), 1);
	end(&fx);
}

Test(store_folder, bad_arguments)
{
	struct provd_store_backend backend;
	struct fixture fx;

	begin(&fx, 0);
	cr_expect_eq(provd_store_folder(fx.loop, "", &backend), PROVD_E_INVALID);
	cr_expect_eq(fx.backend.load(fx.backend.self, "../x", results_done, &fx.results),
		     PROVD_E_INVALID);
	cr_expect_eq(fx.backend.save(fx.backend.self, "x", NULL, results_done, &fx.results),
		     PROVD_E_INVALID);
	end(&fx);
}
