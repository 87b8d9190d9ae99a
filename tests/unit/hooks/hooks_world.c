/* SPDX-License-Identifier: Apache-2.0 */
#include "hooks_world.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/sections.h"

#define DEADLINE_US UINT64_C(20000000)

static void on_line(void *user, const char *line, size_t len)
{
	struct hooks_world *world = user;

	if (len >= sizeof(world->text) - world->text_len)
		return;
	memcpy(world->text + world->text_len, line, len);
	world->text_len += len;
	world->text[world->text_len] = '\0';
}

struct hooks_world *world_open(void)
{
	struct hooks_world *world = calloc(1, sizeof(*world));
	struct provd_log_config log = {.format = PROVD_LOG_TEXT, .level = PROVD_LOG_DEBUG};

	cr_assert_not_null(world);
	log.write = on_line;
	log.user = world;
	cr_assert_eq(provd_loop_create(4, &world->loop), 0);
	cr_assert_eq(provd_log_create(&log, &world->log), 0);
	(void)snprintf(world->dir, sizeof(world->dir), "/tmp/provd-hooks-XXXXXX");
	cr_assert_not_null(mkdtemp(world->dir));
	world->config.hooks = world->options;
	return world;
}

static void path_of(const struct hooks_world *world, const char *name, char *out, size_t size)
{
	int len = snprintf(out, size, "%s/%s", world->dir, name);

	cr_assert(len > 0 && (size_t)len < size);
}

void world_script(const struct hooks_world *world, const char *name, const char *text)
{
	char path[256];
	ssize_t len = (ssize_t)strlen(text);
	int fd;

	path_of(world, name, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, (size_t)len), len);
	cr_assert_eq(close(fd), 0);
}

void world_hook(struct hooks_world *world, const char *json)
{
	const struct provd_rows *rows = &provd_section_get(PROVD_SECTION_HOOK)->rows;
	struct provd_error err = {.size = sizeof(err)};
	char text[1024];
	size_t len = 0;

	for (; *json; json++) {
		const char *piece = *json == '@' ? world->dir : json;
		size_t size = *json == '@' ? strlen(world->dir) : 1;

		cr_assert_lt(len + size, sizeof(text));
		memcpy(text + len, piece, size);
		len += size;
	}
	text[len] = '\0';
	cr_assert_lt(world->config.hook_count, HOOKS_MAX);
	cr_assert_eq(provd_options_parse(text, rows->rows, rows->count, rows->row_size,
					 &world->options[world->config.hook_count], &err),
		     0, "%s", err.text);
	world->config.hook_count++;
}

void world_start(struct hooks_world *world)
{
	cr_assert_eq(provd_hooks_create(world->loop, world->log, &world->config, &world->hooks), 0);
}

static void remove_folder(const char *dir)
{
	char command[128];
	int len = snprintf(command, sizeof(command), "rm -r '%s'", dir);

	cr_assert(len > 0 && (size_t)len < sizeof(command));
	cr_assert_eq(system(command), 0);
}

void world_close(struct hooks_world *world)
{
	provd_hooks_destroy(world->hooks);
	cr_assert_eq(waitpid(-1, NULL, WNOHANG), -1, "a child is left");
	cr_assert_eq(errno, ECHILD);
	cr_assert_eq(provd_loop_destroy(world->loop), 0);
	provd_log_destroy(world->log);
	for (size_t i = 0; i < world->config.hook_count; i++)
		provd_options_destroy(world->options[i]);
	remove_folder(world->dir);
	free(world);
}

void world_raise(struct hooks_world *world, const char *event, uint64_t session)
{
	struct provd_hook_event raised = {.event = event, .method = "m", .session = session};

	provd_hooks_raise(world->hooks, &raised);
}

static void on_late(uv_timer_t *timer)
{
	int *late = timer->data;

	*late = 1;
}

/* One turn that ends after 20 ms when nothing happens, for what no event of ours tells. */
static void turn(struct hooks_world *world, uint64_t start_us)
{
	uv_timer_t timer;
	int late = 0;

	cr_assert_lt(provd_loop_now_us(world->loop) - start_us, DEADLINE_US, "20 s are over:\n%s",
		     world->text);
	cr_assert_eq(uv_timer_init(provd_loop_uv(world->loop), &timer), 0);
	timer.data = &late;
	uv_update_time(provd_loop_uv(world->loop));
	cr_assert_eq(uv_timer_start(&timer, on_late, 20, 0), 0);
	provd_loop_turn(world->loop, 1);
	uv_close((uv_handle_t *)&timer, NULL);
	provd_loop_turn(world->loop, 0);
}

size_t world_log_count(const struct hooks_world *world, const char *words)
{
	const char *at = world->text;
	size_t count = 0;

	while ((at = strstr(at, words)) != NULL) {
		at += strlen(words);
		count++;
	}
	return count;
}

/* Every run ends with one of these lines. */
static size_t ends(const struct hooks_world *world)
{
	return world_log_count(world, "program has ended\"") +
	       world_log_count(world, "program was killed\"") +
	       world_log_count(world, "program has failed\"");
}

void world_until_ended(struct hooks_world *world, uint64_t run, uint64_t failed)
{
	uint64_t start_us = provd_loop_now_us(world->loop);
	struct provd_hooks_stats stats;

	while (ends(world) < run)
		turn(world, start_us);
	stats = provd_hooks_get_stats(world->hooks);
	cr_assert_eq(stats.run, run, "%d runs:\n%s", (int)stats.run, world->text);
	cr_assert_eq(stats.failed, failed, "%d failed:\n%s", (int)stats.failed, world->text);
}

void world_until_log(struct hooks_world *world, const char *words, size_t times)
{
	uint64_t start_us = provd_loop_now_us(world->loop);

	while (world_log_count(world, words) < times)
		turn(world, start_us);
}

void world_read(const struct hooks_world *world, const char *name, char *out, size_t size)
{
	char path[256];
	ssize_t len = 0;
	int fd;

	path_of(world, name, path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, out, size - 1);
		cr_assert_geq(len, 0);
		cr_assert_eq(close(fd), 0);
	}
	out[len] = '\0';
}

long world_until_number(struct hooks_world *world, const char *name)
{
	uint64_t start_us = provd_loop_now_us(world->loop);
	char text[32];

	world_read(world, name, text, sizeof(text));
	while (!strchr(text, '\n')) {
		turn(world, start_us);
		world_read(world, name, text, sizeof(text));
	}
	return strtol(text, NULL, 10);
}

int process_gone(long pid)
{
	char path[64];
	char text[256] = "";
	const char *state;
	ssize_t len;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 1;
	len = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	state = len > 0 ? strrchr(text, ')') : NULL;
	return !state || state[2] == 'Z' || state[2] == 'X';
}

void world_until_gone(struct hooks_world *world, long pid)
{
	uint64_t start_us = provd_loop_now_us(world->loop);

	cr_assert_gt(pid, 1);
	while (!process_gone(pid))
		turn(world, start_us);
}
