/* SPDX-License-Identifier: Apache-2.0 */
#include "net_test.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "secret/secret.h"

struct fixture {
	struct net_test test;
	struct provd_file_service *service;
	char folder[64];
	char path[128];
	int done;
	int code;
	char text[PROVD_ERROR_TEXT_MAX];
};

static void begin(struct fixture *fx)
{
	memset(fx, 0, sizeof(*fx));
	cr_assert_eq(net_test_init(&fx->test), 0);
	cr_assert_eq(provd_file_service_create(fx->test.loop, NULL, &fx->service), 0);
	cr_assert_eq(net_test_folder(fx->folder, sizeof(fx->folder)), 0);
	(void)net_test_path(fx->path, sizeof(fx->path), fx->folder, "data");
}

static void end(struct fixture *fx)
{
	provd_file_service_destroy(fx->service);
	cr_expect_eq(net_test_finish(&fx->test), 0);
	net_test_remove(fx->folder);
}

static void on_done(void *user, int code, const struct provd_error *err)
{
	struct fixture *fx = user;

	fx->done++;
	fx->code = code;
	if (err)
		(void)snprintf(fx->text, sizeof(fx->text), "%s", err->text);
}

static void replace_text(struct fixture *fx, const char *path, const char *text)
{
	struct provd_secret *secret = provd_secret_create(text, strlen(text));
	uint64_t id = 0;
	int before = fx->done;

	cr_assert_eq(provd_file_table.replace(fx->service, path, secret, 0600, on_done, fx, &id),
		     0);
	cr_expect_neq(id, 0);
	cr_expect_eq(fx->done, before, "not from inside the call");
	provd_secret_unref(secret);
	cr_assert_eq(net_test_wait(&fx->test, &fx->done, before + 1), 0);
}

static void expect_content(struct fixture *fx, const char *path, const char *text)
{
	struct provd_secret *secret = NULL;
	struct provd_bytes view;

	cr_assert_eq(provd_file_table.load(fx->service, path, 4096, &secret, NULL), 0);
	view = provd_secret_view(secret);
	cr_expect_eq(view.len, strlen(text));
	cr_expect_eq(view.len ? memcmp(view.data, text, view.len) : 0, 0);
	provd_secret_unref(secret);
}

static unsigned mode_of(const char *path)
{
	struct stat info;

	cr_assert_eq(stat(path, &info), 0);
	return info.st_mode & 07777;
}

Test(net_file, replaces_with_the_mode_asked_for, .timeout = 60)
{
	struct fixture fx;

	begin(&fx);
	(void)umask(077);
	replace_text(&fx, fx.path, "one");
	cr_expect_eq(fx.code, 0, "%s", fx.text);
	expect_content(&fx, fx.path, "one");
	cr_expect_eq(mode_of(fx.path), 0600);
	replace_text(&fx, fx.path, "");
	expect_content(&fx, fx.path, "");
	cr_expect_eq(net_test_entries(fx.folder), 1, "no temporary file is left");
	cr_expect_eq(provd_file_replace(fx.path, "x", 1, 0644, NULL), 0);
	cr_expect_eq(mode_of(fx.path), 0644, "the umask does not count");
	end(&fx);
}

Test(net_file, works_without_a_folder_in_the_name, .timeout = 60)
{
	struct fixture fx;

	begin(&fx);
	cr_assert_eq(chdir(fx.folder), 0);
	cr_expect_eq(provd_file_replace("plain", "x", 1, 0600, NULL), 0);
	expect_content(&fx, "plain", "x");
	cr_assert_eq(chdir("/"), 0);
	end(&fx);
}

Test(net_file, a_link_is_replaced_not_followed, .timeout = 60)
{
	struct fixture fx;
	char target[128];
	struct stat info;

	begin(&fx);
	(void)net_test_path(target, sizeof(target), fx.folder, "target");
	cr_assert_eq(provd_file_replace(target, "safe", 4, 0600, NULL), 0);
	cr_assert_eq(symlink("target", fx.path), 0);
	replace_text(&fx, fx.path, "new");
	cr_expect_eq(fx.code, 0);
	cr_assert_eq(lstat(fx.path, &info), 0);
	cr_expect(S_ISREG(info.st_mode));
	expect_content(&fx, target, "safe");
	end(&fx);
}

Test(net_file, missing_folder_is_told, .timeout = 60)
{
	struct fixture fx;
	char path[160];

	begin(&fx);
	(void)net_test_path(path, sizeof(path), fx.path, "deeper");
	replace_text(&fx, path, "x");
	cr_expect_eq(fx.code, PROVD_E_NOT_FOUND);
	cr_expect_not_null(strstr(fx.text, path), "the text names the file: %s", fx.text);
	end(&fx);
}

Test(net_file, short_write_keeps_the_old_content, .timeout = 60)
{
	struct fixture fx;
	struct rlimit limit = {.rlim_cur = 100, .rlim_max = RLIM_INFINITY};
	char big[1000];

	begin(&fx);
	replace_text(&fx, fx.path, "old");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	cr_assert_neq(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	replace_text(&fx, fx.path, big);
	limit.rlim_cur = RLIM_INFINITY;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	cr_expect_eq(fx.code, PROVD_E_NO_SPACE);
	expect_content(&fx, fx.path, "old");
	cr_expect_eq(net_test_entries(fx.folder), 1, "no temporary file is left");
	end(&fx);
}

Test(net_file, failed_rename_leaves_nothing_behind, .timeout = 60)
{
	struct fixture fx;

	begin(&fx);
	cr_assert_eq(mkdir(fx.path, 0700), 0);
	replace_text(&fx, fx.path, "x");
	cr_expect_eq(fx.code, PROVD_E_IO, "a folder has this name");
	cr_expect_eq(net_test_entries(fx.folder), 1);
	cr_assert_eq(rmdir(fx.path), 0);
	end(&fx);
}

Test(net_file, unwritable_folder, .timeout = 60)
{
	struct fixture fx;

	begin(&fx);
	replace_text(&fx, fx.path, "old");
	if (geteuid() == 0)
		cr_assert_eq(seteuid(65534), 0);
	else
		cr_assert_eq(chmod(fx.folder, 0500), 0);
	cr_expect_eq(provd_file_replace(fx.path, "new", 3, 0600, NULL), PROVD_E_ACCESS);
	if (getuid() == 0)
		cr_assert_eq(seteuid(0), 0);
	else
		cr_assert_eq(chmod(fx.folder, 0700), 0);
	expect_content(&fx, fx.path, "old");
	end(&fx);
}

Test(net_file, replacements_keep_their_order, .timeout = 60)
{
	struct fixture fx;
	struct provd_secret *secret;
	char text[8];
	int i;

	begin(&fx);
	for (i = 0; i < 10; i++) {
		(void)snprintf(text, sizeof(text), "%d", i);
		secret = provd_secret_create(text, 1);
		cr_assert_eq(provd_file_table.replace(fx.service, fx.path, secret, 0600, on_done,
						      &fx, NULL),
			     0);
		provd_secret_unref(secret);
	}
	cr_assert_eq(net_test_wait(&fx.test, &fx.done, 10), 0);
	cr_expect_eq(fx.done, 10);
	expect_content(&fx, fx.path, "9");
	end(&fx);
}

Test(net_file, destroyed_service_is_silent, .timeout = 60)
{
	struct fixture fx;
	struct provd_secret *secret = provd_secret_create("new", 3);
	int entries;

	begin(&fx);
	cr_assert_eq(
		provd_file_table.replace(fx.service, fx.path, secret, 0600, on_done, &fx, NULL), 0);
	provd_secret_unref(secret);
	provd_file_service_destroy(fx.service);
	fx.service = NULL;
	cr_expect_eq(net_test_finish(&fx.test), 0);
	cr_expect_eq(fx.done, 0);
	/* Either it never began or it came to its end: never half of it. */
	entries = net_test_entries(fx.folder);
	cr_expect(entries == 0 || entries == 1);
	if (entries == 1)
		cr_expect_eq(access(fx.path, R_OK), 0, "not the temporary file");
	net_test_remove(fx.folder);
}

Test(net_file, load_refuses, .timeout = 60)
{
	struct fixture fx;
	struct provd_secret *secret = NULL;
	struct provd_error err = {.size = sizeof(err)};
	char pipe_path[128];

	begin(&fx);
	cr_expect_eq(provd_file_table.load(fx.service, fx.path, 10, &secret, &err),
		     PROVD_E_NOT_FOUND);
	cr_expect_not_null(strstr(err.text, fx.path));
	replace_text(&fx, fx.path, "0123456789");
	cr_expect_eq(provd_file_table.load(fx.service, fx.path, 9, &secret, &err), PROVD_E_LIMIT);
	cr_expect_eq(provd_file_table.load(fx.service, fx.folder, 10, &secret, &err), PROVD_E_IO);
	(void)net_test_path(pipe_path, sizeof(pipe_path), fx.folder, "pipe");
	cr_assert_eq(mkfifo(pipe_path, 0600), 0);
	cr_expect_eq(provd_file_table.load(fx.service, pipe_path, 10, &secret, &err), PROVD_E_IO,
		     "and it does not block");
	cr_expect_null(secret, "outputs are untouched on failure");
	cr_expect_eq(provd_file_table.load(fx.service, fx.path, 10, &secret, &err), 0);
	provd_secret_unref(secret);
	end(&fx);
}

Test(net_file, bad_arguments, .timeout = 60)
{
	struct fixture fx;
	struct provd_secret *secret = provd_secret_create("x", 1);

	begin(&fx);
	cr_expect_eq(provd_file_table.replace(fx.service, "", secret, 0600, on_done, &fx, NULL),
		     PROVD_E_INVALID);
	cr_expect_eq(provd_file_table.replace(fx.service, fx.path, NULL, 0600, on_done, &fx, NULL),
		     PROVD_E_INVALID);
	cr_expect_eq(
		provd_file_table.replace(fx.service, fx.path, secret, 04755, on_done, &fx, NULL),
		PROVD_E_INVALID);
	cr_expect_eq(provd_file_replace(NULL, "x", 1, 0600, NULL), PROVD_E_INVALID);
	provd_secret_unref(secret);
	end(&fx);
}

static void put(const struct fixture *fx, const char *name)
{
	char path[160];
	FILE *file;

	(void)net_test_path(path, sizeof(path), fx->folder, name);
	file = fopen(path, "w");
	cr_assert_not_null(file);
	cr_assert_geq(fputs("secret", file), 0);
	cr_assert_eq(fclose(file), 0);
}

static int has(const struct fixture *fx, const char *name)
{
	char path[160];
	struct stat info;

	(void)net_test_path(path, sizeof(path), fx->folder, name);
	return lstat(path, &info) == 0;
}

/* What a kill left of a replacement holds secrets; the next load of that file removes it. */
Test(net_file, leftovers_are_removed_by_load, .timeout = 60)
{
	static const char *const ours[] = {"data.tmp-00000000", "data.tmp-0123cdef"};
	static const char *const others[] = {
		"data.tmp-0000000",   "data.tmp-000000000", "data.tmp-0000000G",
		"data.tmp-0000000A",  "data.tmp-",	    "data2.tmp-00000000",
		"xdata.tmp-00000000", "data.tmp",	    "dat.tmp-00000000",
	};
	struct fixture fx;
	struct provd_secret *secret = NULL;
	char path[160];

	begin(&fx);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		put(&fx, ours[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		put(&fx, others[i]);
	(void)net_test_path(path, sizeof(path), fx.folder, "data.tmp-11111111");
	cr_assert_eq(mkdir(path, 0700), 0);
	(void)net_test_path(path, sizeof(path), fx.folder, "data.tmp-22222222");
	cr_assert_eq(symlink("data2.tmp-00000000", path), 0);
	(void)net_test_path(path, sizeof(path), fx.folder, "data.tmp-33333333");
	cr_assert_eq(mkfifo(path, 0600), 0);
	put(&fx, "data.tmp-44444444");
	(void)net_test_path(path, sizeof(path), fx.folder, "data.tmp-44444444");
	if (geteuid() == 0)
		cr_assert_eq(chown(path, 4711, 0), 0);
	/* Also when the file itself was never there. */
	cr_expect_eq(provd_file_table.load(fx.service, fx.path, 10, &secret, NULL),
		     PROVD_E_NOT_FOUND);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		cr_expect_not(has(&fx, ours[i]), "%s", ours[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		cr_expect(has(&fx, others[i]), "%s", others[i]);
	cr_expect(has(&fx, "data.tmp-11111111"), "a folder");
	cr_expect(has(&fx, "data.tmp-22222222"), "a link");
	cr_expect(has(&fx, "data.tmp-33333333"), "a pipe");
	cr_expect_eq(has(&fx, "data.tmp-44444444"), geteuid() == 0, "somebody else's");

	(void)net_test_path(path, sizeof(path), fx.folder, "data.tmp-11111111");
	cr_assert_eq(rmdir(path), 0);

	put(&fx, ours[0]);
	cr_assert_eq(chdir(fx.folder), 0);
	replace_text(&fx, "data", "x");
	cr_expect(has(&fx, ours[0]), "replacing does not look");
	expect_content(&fx, "data", "x");
	cr_expect_not(has(&fx, ours[0]), "a path without a folder");
	cr_assert_eq(chdir("/"), 0);
	end(&fx);
}

/* What a replacement is writing at the moment is none. */
Test(net_file, a_running_replacement_keeps_its_file, .timeout = 60)
{
	struct fixture fx;
	struct provd_secret *new = provd_secret_create("new", 3);
	struct provd_secret *secret = NULL;

	begin(&fx);
	put(&fx, "data.tmp-00000000");
	cr_assert_eq(provd_file_table.replace(fx.service, fx.path, new, 0600, on_done, &fx, NULL),
		     0);
	cr_expect_eq(provd_file_table.replace(fx.service, "", new, 0600, on_done, &fx, NULL),
		     PROVD_E_INVALID);
	(void)provd_file_table.load(fx.service, fx.path, 10, &secret, NULL);
	provd_secret_unref(secret);
	cr_expect(has(&fx, "data.tmp-00000000"), "it may be that of the replacement");
	cr_assert_eq(net_test_wait(&fx.test, &fx.done, 1), 0);
	cr_expect_eq(fx.code, 0, "%s", fx.text);
	provd_loop_turn(fx.test.loop, 0);
	expect_content(&fx, fx.path, "new");
	cr_expect_not(has(&fx, "data.tmp-00000000"));
	provd_secret_unref(new);
	end(&fx);
}
