/* SPDX-License-Identifier: Apache-2.0 */
#include "journal_world.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_SIZE 8192

static void log_write(void *user, const char *line, size_t len)
{
	struct world *world = user;

	if (len >= sizeof(world->logged) - world->logged_len)
		return;
	memcpy(world->logged + world->logged_len, line, len);
	world->logged_len += len;
	world->logged[world->logged_len] = '\0';
}

void world_begin(struct world *world)
{
	struct provd_log_config config = {
		.format = PROVD_LOG_TEXT, .level = PROVD_LOG_DEBUG, .write = log_write};

	memset(world, 0, sizeof(*world));
	config.user = world;
	world->max_bytes = (size_t)256 * 1024;
	world->max_sessions = 50;
	world->clock = 1000;
	(void)snprintf(world->folder, sizeof(world->folder), "/tmp/provd-journal-XXXXXX");
	cr_assert_not_null(mkdtemp(world->folder));
	cr_assert_eq(rmdir(world->folder), 0);
	world->loop = loop_open();
	cr_assert_eq(provd_log_create(&config, &world->log), 0);
	cr_assert_eq(provd_timeline_create(500, 4, 0, &world->timeline), 0);
}

static void remove_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)) != NULL) {
		if (unlinkat(dirfd(dir), entry->d_name, 0))
			(void)unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
	}
	if (dir)
		(void)closedir(dir);
	(void)rmdir(folder);
}

void world_end(struct world *world)
{
	world_close(world);
	provd_timeline_destroy(world->timeline);
	remove_folder(world->folder);
	provd_log_destroy(world->log);
	loop_shut(world->loop);
}

static void on_failure(void *user, const struct provd_failure *failure)
{
	struct world *world = user;

	if (world->told < WORLD_FAILURES)
		world->told_codes[world->told] = failure->code;
	world->told++;
	world->told_marks = failure->marks;
	if (world->on_failure)
		world->on_failure(world, failure);
}

static void on_done(void *user, int code)
{
	struct world *world = user;

	world->code = code;
	world->done++;
}

static void wait_done(struct world *world, int before)
{
	loop_until(world->loop, &world->done, before + 1);
}

void world_open_over(struct world *world, const struct provd_journal_backend *backend)
{
	struct provd_journal_config config = {.loop = world->loop,
					      .log = world->log,
					      .max_bytes = world->max_bytes,
					      .max_sessions = world->max_sessions,
					      .on_failure = on_failure,
					      .user = world};
	int before = world->done;

	cr_assert_eq(provd_journal_service_create(&config, backend, &world->service), 0);
	cr_assert_eq(provd_journal_service_open(world->service, on_done, world), 0);
	wait_done(world, before);
}

void world_open(struct world *world)
{
	struct provd_journal_backend backend;

	cr_assert_eq(provd_journal_folder(world->loop, world->log, world->folder, &backend), 0);
	world_open_over(world, &backend);
	cr_assert_eq(world->code, 0);
}

int world_flush(struct world *world)
{
	int before = world->done;

	provd_journal_service_flush(world->service, on_done, world);
	cr_assert_eq(world->done, before);
	wait_done(world, before);
	return world->code;
}

void world_close(struct world *world)
{
	provd_journal_service_destroy(world->service);
	world->service = NULL;
}

void world_again(struct world *world)
{
	cr_assert_eq(world_flush(world), 0);
	world_close(world);
	world_open(world);
}

void world_add(struct world *world, uint64_t session, uint32_t state, const char *event,
	       const struct provd_field *fields, size_t count)
{
	const struct provd_timeline_entry *entry =
		provd_timeline_add(world->timeline, session, world->clock, 5 + world->clock, state,
				   PROVD_FLOW_NOTE, event, fields, count);

	world->clock++;
	cr_assert_not_null(entry);
	provd_journal_service_add(world->service, entry);
}

void world_note(struct world *world, uint64_t session, const char *event)
{
	world_add(world, session, PROVD_STATE_LISTENING, event, NULL, 0);
}

void world_credentials(struct world *world, uint64_t session, const char *method)
{
	const struct provd_field fields[] = {
		provd_f_text("method", method), provd_f_ssid("ssid", (const uint8_t *)"home", 4),
		provd_f_secret("passphrase", 12), provd_f_int("attempt", 1)};

	world_add(world, session, PROVD_STATE_JOINING, "credentials received", fields, 4);
}

void world_fail(struct world *world, uint64_t session, int code)
{
	const struct provd_field fields[] = {
		provd_f_text("during", "joining"), provd_f_code("reason", code),
		provd_f_text("text", "it did not work"), provd_f_int("app_id", 5),
		provd_f_int("app_sub", -203)};

	world_add(world, session, PROVD_STATE_LISTENING, "attempt failed, listening again", fields,
		  5);
}

void world_finish(struct world *world, uint64_t session, uint32_t state, int code)
{
	const struct provd_field fields[] = {provd_f_text("text", "over"), provd_f_ms("after", 7),
					     provd_f_code("reason", code)};

	world_add(world, session, state, "session over", fields, 3);
}

void world_failed_session(struct world *world, uint64_t session, int code)
{
	world_note(world, session, "session started");
	world_credentials(world, session, "softap");
	world_fail(world, session, code);
	world_finish(world, session, PROVD_STATE_FAILED, PROVD_E_TIMEOUT);
}

void world_good_session(struct world *world, uint64_t session)
{
	world_note(world, session, "session started");
	world_credentials(world, session, "airkiss");
	world_finish(world, session, PROVD_STATE_BOUND, 0);
}

struct text {
	char bytes[TEXT_SIZE];
	size_t len;
};

static void put(struct text *text, const char *separator, const char *format, uint64_t number,
		const char *word)
{
	char one[512];

	if (format)
		(void)snprintf(one, sizeof(one), "%s%" PRIu64 ":%s", text->len ? separator : "",
			       number, word);
	else
		(void)snprintf(one, sizeof(one), "%s%s", text->len ? separator : "", word);
	cr_assert_lt(text->len + strlen(one), sizeof(text->bytes));
	memcpy(text->bytes + text->len, one, strlen(one) + 1);
	text->len += strlen(one);
}

static void list_failure(void *user, const struct provd_failure *failure)
{
	put(user, " ", ":", failure->session, provd_err_name(failure->code));
}

const char *world_failures(struct world *world, uint32_t marks)
{
	static struct text text;
	int count;

	text.len = 0;
	text.bytes[0] = '\0';
	count = provd_journal_table.failures(world->service, marks, list_failure, &text);
	cr_assert_geq(count, 0);
	return text.bytes;
}

static void list_line(void *user, const struct provd_journal_line *line)
{
	put(user, "|", NULL, 0, line->event);
}

const char *world_lines(struct world *world, uint64_t session)
{
	static struct text text;
	uint64_t found = 0;
	int code;

	text.len = 0;
	text.bytes[0] = '\0';
	code = provd_journal_table.lines(world->service, session, &found, list_line, &text);
	if (code)
		return provd_err_name(code);
	cr_assert(session == 0 || found == session);
	return text.bytes;
}

void world_mark(struct world *world, uint64_t session, uint32_t marks)
{
	provd_journal_table.mark(world->service, session, marks);
}

const char *world_sessions(struct world *world)
{
	static struct text text;
	json_t *list = provd_journal_service_sessions(world->service);
	json_t *one;
	size_t i;

	text.len = 0;
	text.bytes[0] = '\0';
	cr_assert_not_null(list);
	json_array_foreach(list, i, one)
	{
		put(&text, " ", ":", (uint64_t)json_integer_value(json_object_get(one, "session")),
		    json_string_value(json_object_get(one, "state")));
	}
	json_decref(list);
	return text.bytes;
}

size_t world_files(const struct world *world)
{
	DIR *dir = opendir(world->folder);
	const struct dirent *entry;
	size_t count = 0;

	while (dir && (entry = readdir(dir)) != NULL)
		count += entry->d_name[0] != '.';
	if (dir)
		(void)closedir(dir);
	return count;
}

void world_path(const struct world *world, uint64_t session, char out[128])
{
	(void)snprintf(out, 128, "%s/%020" PRIu64 ".jrn", world->folder, session);
}

size_t world_read(const struct world *world, uint64_t session, uint8_t **out)
{
	char path[128];
	struct stat info;
	int fd;

	world_path(world, session, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	cr_assert_geq(fd, 0, "%s is not there", path);
	cr_assert_eq(fstat(fd, &info), 0);
	*out = malloc((size_t)info.st_size + 1);
	cr_assert_not_null(*out);
	cr_assert_eq(read(fd, *out, (size_t)info.st_size), (ssize_t)info.st_size);
	(void)close(fd);
	return (size_t)info.st_size;
}

void world_write(const struct world *world, uint64_t session, const void *bytes, size_t len)
{
	char path[128];
	int fd;

	(void)mkdir(world->folder, 0700);
	world_path(world, session, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, bytes, len), (ssize_t)len);
	(void)close(fd);
}

int world_logged(const struct world *world, const char *text)
{
	int count = 0;

	for (const char *at = world->logged; (at = strstr(at, text)) != NULL; at++)
		count++;
	return count;
}
