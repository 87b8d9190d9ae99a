/* SPDX-License-Identifier: Apache-2.0 */
/* Files of sessions: torn, damaged, foreign, in the way. */
#include "journal_world.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(journal_folder, .timeout = 120);

#define KEPT PROVD_JOURNAL_TOLD

/* How far a session had got with each byte. */
struct progress {
	size_t credentials;
	size_t failed;
	size_t told;
	size_t over;
};

static size_t size_now(struct world *w, uint64_t session)
{
	uint8_t *bytes = NULL;
	size_t len;

	cr_assert_eq(world_flush(w), 0);
	len = world_read(w, session, &bytes);
	free(bytes);
	return len;
}

static struct progress write_one(struct world *w, uint64_t session)
{
	struct progress progress;

	world_credentials(w, session, "softap");
	progress.credentials = size_now(w, session);
	world_fail(w, session, PROVD_E_WIFI_PASSPHRASE);
	progress.failed = size_now(w, session);
	world_mark(w, session, PROVD_JOURNAL_TOLD);
	progress.told = size_now(w, session);
	world_finish(w, session, PROVD_STATE_FAILED, PROVD_E_TIMEOUT);
	progress.over = size_now(w, session);
	return progress;
}

/* What has to come back of session 2 when it was cut. */
static void check_cut(struct world *w, const struct progress *progress, size_t cut)
{
	const char *all = world_failures(w, 0);

	cr_assert_eq(strncmp(all, "1:WIFI_PASSPHRASE 1:TIMEOUT", 27), 0, "cut at %zu", cut);
	cr_assert_not_null(strstr(all, "3:WIFI_PASSPHRASE 3:TIMEOUT"), "cut at %zu", cut);
	cr_assert_eq(strstr(all, "2:WIFI_PASSPHRASE") != NULL, cut >= progress->failed);
	cr_assert_eq(strstr(all, "2:TIMEOUT") != NULL, cut >= progress->over);
	cr_assert_eq(strstr(world_failures(w, KEPT), "2:") != NULL,
		     cut >= progress->failed && cut < progress->told);
	cr_assert_eq(provd_journal_service_stats(w->service).damaged,
		     cut != 0 && cut != progress->credentials && cut != progress->failed &&
			     cut != progress->told && cut != progress->over);
}

Test(journal_folder, torn_at_every_offset_and_written_on)
{
	static struct world w;
	struct progress progress;
	uint8_t *bytes = NULL;

	world_begin(&w);
	world_open(&w);
	write_one(&w, 1);
	progress = write_one(&w, 2);
	write_one(&w, 3);
	world_close(&w);
	cr_assert_eq(world_read(&w, 2, &bytes), progress.over);
	for (size_t cut = 0; cut <= progress.over; cut++) {
		world_write(&w, 2, bytes, cut);
		w.logged_len = 0;
		world_open(&w);
		check_cut(&w, &progress, cut);
		cr_assert_eq(provd_journal_service_last_session(w.service), 3);
		/* The torn end must not hide what is written behind it. */
		world_finish(&w, 2, PROVD_STATE_FAILED, PROVD_E_CLOCK);
		world_again(&w);
		cr_assert_not_null(strstr(world_failures(&w, 0), "2:CLOCK"), "cut at %zu", cut);
		cr_assert_eq(provd_journal_service_stats(w.service).damaged, 0);
		world_close(&w);
	}
	free(bytes);
	world_end(&w);
}

Test(journal_folder, a_flipped_byte_costs_one_record)
{
	static struct world w;
	uint8_t *bytes = NULL;
	size_t len;

	world_begin(&w);
	world_open(&w);
	for (int i = 0; i < 6; i++)
		world_fail(&w, 1, PROVD_E_WIFI_NO_AP - i);
	cr_assert_eq(world_flush(&w), 0);
	world_close(&w);
	len = world_read(&w, 1, &bytes);
	for (size_t at = 0; at < len; at++) {
		int count = 0;

		bytes[at] ^= 0x5a;
		world_write(&w, 1, bytes, len);
		bytes[at] ^= 0x5a;
		world_open(&w);
		for (const char *text = world_failures(&w, 0); *text; text++)
			count += *text == ':';
		cr_assert_eq(count, 5, "byte %zu", at);
		cr_assert_eq(provd_journal_service_stats(w.service).damaged, 1);
		world_close(&w);
	}
	free(bytes);
	world_end(&w);
}

static unsigned mode_of(const char *path)
{
	struct stat info;

	cr_assert_eq(lstat(path, &info), 0);
	return info.st_mode & 0777u;
}

Test(journal_folder, the_folder_it_is_in_is_made_too)
{
	static struct world w;
	char outer[64];
	size_t len;

	world_begin(&w);
	memcpy(outer, w.folder, sizeof(outer));
	len = strlen(w.folder);
	memcpy(w.folder + len, "/journal", sizeof("/journal"));
	world_open(&w);
	cr_assert_eq(access(outer, F_OK), -1);
	world_failed_session(&w, 1, PROVD_E_NET_DNS);
	world_again(&w);
	cr_assert_str_eq(world_sessions(&w), "1:failed");
	cr_assert_eq(mode_of(outer), 0700);
	cr_assert_eq(mode_of(w.folder), 0700);
	world_end(&w);
	cr_assert_eq(rmdir(outer), 0);
}

Test(journal_folder, nobody_else_can_read_it_and_reading_makes_nothing)
{
	static struct world w;
	char path[128];

	world_begin(&w);
	world_open(&w);
	cr_assert_eq(world_flush(&w), 0);
	cr_assert_eq(access(w.folder, F_OK), -1);
	world_note(&w, 1, "session started");
	cr_assert_eq(world_flush(&w), 0);
	world_path(&w, 1, path);
	cr_assert_eq(mode_of(w.folder), 0700);
	cr_assert_eq(mode_of(path), 0600);
	world_end(&w);
}

Test(journal_folder, what_is_in_the_way_is_told_once_and_the_rest_goes_on)
{
	static struct world w;
	char path[128];

	world_begin(&w);
	cr_assert_eq(mkdir(w.folder, 0700), 0);
	world_path(&w, 2, path);
	cr_assert_eq(mkdir(path, 0700), 0);
	world_open(&w);
	world_failed_session(&w, 1, PROVD_E_NET_DNS);
	cr_assert_eq(world_flush(&w), 0);
	world_note(&w, 2, "session started");
	cr_assert_lt(world_flush(&w), 0);
	world_note(&w, 2, "more");
	cr_assert_lt(world_flush(&w), 0);
	cr_assert_eq(world_logged(&w, "the journal cannot be kept"), 1);
	cr_assert_eq(rmdir(path), 0);
	world_note(&w, 2, "still more");
	cr_assert_eq(world_flush(&w), 0);
	cr_assert_eq(world_logged(&w, "the journal is kept again"), 1);
	world_again(&w);
	cr_assert_str_eq(world_lines(&w, 2), "session started|more|still more");
	world_end(&w);
}

Test(journal_folder, foreign_names_links_and_pipes_are_let_alone)
{
	static struct world w;
	char path[128];

	world_begin(&w);
	world_open(&w);
	world_failed_session(&w, 1, PROVD_E_NET_DNS);
	cr_assert_eq(world_flush(&w), 0);
	world_close(&w);
	world_path(&w, 2, path);
	cr_assert_eq(symlink("/dev/zero", path), 0);
	world_path(&w, 3, path);
	cr_assert_eq(mkfifo(path, 0600), 0);
	world_write(&w, UINT64_MAX, "x", 1);
	world_write(&w, 0, "x", 1);
	world_open(&w);
	cr_assert_str_eq(world_failures(&w, 0), "1:NET_DNS 1:TIMEOUT");
	cr_assert_eq(world_logged(&w, "a part of the journal cannot be read"), 2);
	cr_assert_eq(world_files(&w), 5);
	world_end(&w);
}

Test(journal_folder, a_folder_that_others_can_write_to_is_not_used)
{
	static struct world w;
	struct provd_journal_backend backend;

	world_begin(&w);
	cr_assert_eq(mkdir(w.folder, 0700), 0);
	cr_assert_eq(chmod(w.folder, 0777), 0);
	cr_assert_eq(provd_journal_folder(w.loop, w.log, w.folder, &backend), 0);
	world_open_over(&w, &backend);
	cr_assert_eq(w.code, PROVD_E_ACCESS);
	/* It goes on in memory. */
	world_failed_session(&w, 1, PROVD_E_NET_DNS);
	cr_assert_eq(world_flush(&w), PROVD_E_ACCESS);
	cr_assert_str_eq(world_failures(&w, 0), "1:NET_DNS 1:TIMEOUT");
	cr_assert_eq(world_files(&w), 0);
	world_end(&w);
}

Test(journal_folder, files_that_went_away_are_written_anew)
{
	static struct world w;
	char path[128];

	world_begin(&w);
	world_open(&w);
	world_note(&w, 1, "session started");
	cr_assert_eq(world_flush(&w), 0);
	world_path(&w, 1, path);
	cr_assert_eq(truncate(path, 3), 0);
	world_note(&w, 1, "one");
	cr_assert_eq(world_flush(&w), 0);
	cr_assert_eq(unlink(path), 0);
	world_note(&w, 1, "two");
	cr_assert_eq(world_flush(&w), 0);
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(rmdir(w.folder), 0);
	world_note(&w, 1, "three");
	world_again(&w);
	cr_assert_str_eq(world_lines(&w, 1), "session started|one|two|three");
	cr_assert_eq(provd_journal_service_stats(w.service).write_failures, 0);
	world_end(&w);
}

Test(journal_folder, a_file_of_nonsense_only_keeps_its_number)
{
	static struct world w;
	uint8_t bytes[5000];

	world_begin(&w);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 131 ^ i >> 3);
	world_write(&w, 9, bytes, sizeof(bytes));
	world_open(&w);
	cr_assert_eq(provd_journal_service_last_session(w.service), 9);
	cr_assert_str_eq(world_sessions(&w), "");
	cr_assert_eq(provd_journal_service_stats(w.service).damaged, 1);
	world_end(&w);
}
