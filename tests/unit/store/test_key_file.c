/* SPDX-License-Identifier: Apache-2.0 */
#include "store_files.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(key_file, .timeout = 30);

static const char digits[] = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

/* Writes a key file and reads it. @return the code; `err` has the words */
static int read_key(const struct files *files, const void *bytes, size_t len, unsigned mode,
		    struct provd_error *err)
{
	struct provd_secret *key = NULL;
	struct provd_bytes view;
	int code;

	*err = (struct provd_error){.size = sizeof(*err)};
	files_write(files, "key", bytes, len, mode);
	code = provd_store_key_file(files_path(files, "key"), &key, err);
	cr_expect_eq(code == 0, key != NULL);
	if (code)
		return code;
	view = provd_secret_view(key);
	cr_assert_eq(view.len, 32);
	for (size_t i = 0; i < 32; i++)
		cr_expect_eq(view.data[i], i);
	provd_secret_unref(key);
	return 0;
}

static void expect_text(const struct files *files, const struct provd_error *err, const char *why)
{
	char text[PROVD_ERROR_TEXT_MAX];

	(void)snprintf(text, sizeof(text), "the key file %s %s", files_path(files, "key"), why);
	cr_expect_str_eq(err->text, text);
}

Test(key_file, bytes_or_digits)
{
	struct provd_error err;
	struct files files;
	uint8_t bytes[33];
	char text[70];

	files_begin(&files);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	cr_expect_eq(read_key(&files, bytes, 32, 0600, &err), 0);
	cr_expect_eq(read_key(&files, bytes, 32, 0400, &err), 0);
	cr_expect_eq(read_key(&files, digits, 64, 0600, &err), 0);
	(void)snprintf(text, sizeof(text), "%s\n", digits);
	cr_expect_eq(read_key(&files, text, 65, 0600, &err), 0);
	(void)snprintf(text, sizeof(text), "%s\r\n", digits);
	cr_expect_eq(read_key(&files, text, 66, 0600, &err), 0);
	files_end(&files);
}

Test(key_file, what_is_no_key)
{
	static const char no_key[] = "holds no key: expected 32 bytes or 64 hexadecimal digits";
	struct provd_error err;
	struct files files;
	char text[4096];

	files_begin(&files);
	memset(text, '0', sizeof(text));
	for (size_t len = 0; len < 70; len++) {
		int is_key = len == 32 || len == 64;

		if (is_key)
			continue;
		cr_expect_eq(read_key(&files, text, len, 0600, &err), PROVD_E_CORRUPT, "%zu", len);
		expect_text(&files, &err, no_key);
	}
	cr_expect_eq(read_key(&files, text, sizeof(text), 0600, &err), PROVD_E_CORRUPT);
	memcpy(text, digits, 64);
	text[63] = 'g';
	cr_expect_eq(read_key(&files, text, 64, 0600, &err), PROVD_E_CORRUPT);
	expect_text(&files, &err, no_key);
	memcpy(text, digits, 64);
	text[64] = ' ';
	cr_expect_eq(read_key(&files, text, 65, 0600, &err), PROVD_E_CORRUPT);
	text[64] = '\n';
	text[65] = '\n';
	cr_expect_eq(read_key(&files, text, 66, 0600, &err), PROVD_E_CORRUPT);
	text[64] = '\n';
	text[65] = '\r';
	cr_expect_eq(read_key(&files, text, 66, 0600, &err), PROVD_E_CORRUPT);
	files_end(&files);
}

Test(key_file, who_may_get_at_it)
{
	static const unsigned modes[] = {0640, 0604, 0620, 0602, 0610, 0601, 0644};
	struct provd_error err;
	struct files files;
	char why[128];

	files_begin(&files);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		cr_expect_eq(read_key(&files, digits, 64, modes[i], &err), PROVD_E_ACCESS, "%o",
			     modes[i]);
		(void)snprintf(why, sizeof(why),
			       "is not used: others can get at it; run: chmod 600 %s",
			       files_path(&files, "key"));
		expect_text(&files, &err, why);
	}
	files_end(&files);
}

Test(key_file, whose_it_is)
{
	struct provd_secret *key = NULL;
	struct provd_error err = {.size = sizeof(err)};
	struct files files;
	char why[160];

	if (geteuid() != 0)
		cr_skip_test("only root can give a file away");
	files_begin(&files);
	files_write(&files, "key", digits, 64, 0600);
	cr_assert_eq(chown(files_path(&files, "key"), 4711, 0), 0);
	cr_expect_eq(provd_store_key_file(files_path(&files, "key"), &key, &err), PROVD_E_ACCESS);
	(void)snprintf(why, sizeof(why),
		       "is not used: it belongs neither to root nor to the daemon's user; run: "
		       "chown root %s",
		       files_path(&files, "key"));
	expect_text(&files, &err, why);
	files_end(&files);
}

Test(key_file, what_is_no_file)
{
	struct provd_secret *key = NULL;
	struct provd_error err = {.size = sizeof(err)};
	struct files files;
	const char *path;

	files_begin(&files);
	path = files_path(&files, "key");
	cr_expect_eq(provd_store_key_file(path, &key, &err), PROVD_E_NOT_FOUND);
	expect_text(&files, &err, "cannot be read: No such file or directory");
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_expect_eq(provd_store_key_file(path, &key, &err), PROVD_E_ACCESS, "and does not block");
	expect_text(&files, &err, "is not used: it is not a regular file");
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(mkdir(path, 0700), 0);
	cr_expect_eq(provd_store_key_file(path, &key, &err), PROVD_E_ACCESS);
	expect_text(&files, &err, "is not used: it is not a regular file");
	cr_expect_null(key);
	files_end(&files);
}
