/* SPDX-License-Identifier: Apache-2.0 */
#include "board_world.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"

#define DEADLINE_US UINT64_C(20000000)

static void on_line(void *user, const char *line, size_t len)
{
	struct board_world *world = user;

	if (len >= sizeof(world->text) - world->text_len)
		return;
	memcpy(world->text + world->text_len, line, len);
	world->text_len += len;
	world->text[world->text_len] = '\0';
}

struct board_world *world_open(void)
{
	struct board_world *world = calloc(1, sizeof(*world));
	struct provd_log_config log = {.format = PROVD_LOG_TEXT, .level = PROVD_LOG_DEBUG};

	cr_assert_not_null(world);
	log.write = on_line;
	log.user = world;
	cr_assert_eq(provd_loop_create(4, &world->loop), 0);
	cr_assert_eq(provd_log_create(&log, &world->log), 0);
	(void)snprintf(world->dir, sizeof(world->dir), "/tmp/provd-board-XXXXXX");
	cr_assert_not_null(mkdtemp(world->dir));
	return world;
}

void world_close(struct board_world *world)
{
	char command[128];
	int len = snprintf(command, sizeof(command), "rm -r '%s'", world->dir);

	cr_assert(len > 0 && (size_t)len < sizeof(command));
	cr_assert_eq(system(command), 0);
	cr_assert_eq(provd_loop_destroy(world->loop), 0);
	provd_log_destroy(world->log);
	provd_options_destroy(world->options);
	free(world);
}

void world_options(struct board_world *world, enum provd_section section, const char *json)
{
	const struct provd_rows *rows = &provd_section_get(section)->rows;
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
	provd_options_destroy(world->options);
	world->options = NULL;
	cr_assert_eq(provd_options_parse(text, rows->rows, rows->count, rows->row_size,
					 &world->options, &err),
		     0, "%s", err.text);
}

void world_path(const struct board_world *world, const char *name, char *out, size_t size)
{
	int len = snprintf(out, size, "%s/%s", world->dir, name);

	cr_assert(len > 0 && (size_t)len < size);
}

void world_write(const struct board_world *world, const char *name, const char *text)
{
	char path[256];
	int fd;

	world_path(world, name, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	cr_assert_eq(close(fd), 0);
}

void world_read(const struct board_world *world, const char *name, char *out, size_t size)
{
	char path[256];
	ssize_t len = 0;
	int fd;

	world_path(world, name, path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, out, size - 1);
		cr_assert_geq(len, 0);
		cr_assert_eq(close(fd), 0);
	}
	out[len] = '\0';
}

size_t world_log_count(const struct board_world *world, const char *words)
{
	const char *at = world->text;
	size_t count = 0;

	while ((at = strstr(at, words)) != NULL) {
		at += strlen(words);
		count++;
	}
	return count;
}

static void on_late(uv_timer_t *timer)
{
	int *late = timer->data;

	*late = 1;
}

/* One turn that ends after 20 ms when nothing happens. */
static void turn(struct board_world *world)
{
	uv_timer_t timer;
	int late = 0;

	cr_assert_eq(uv_timer_init(provd_loop_uv(world->loop), &timer), 0);
	timer.data = &late;
	uv_update_time(provd_loop_uv(world->loop));
	cr_assert_eq(uv_timer_start(&timer, on_late, 20, 0), 0);
	provd_loop_turn(world->loop, 1);
	uv_close((uv_handle_t *)&timer, NULL);
	provd_loop_turn(world->loop, 0);
}

static void check_time(const struct board_world *world, uint64_t start_us)
{
	cr_assert_lt(provd_loop_now_us(world->loop) - start_us, DEADLINE_US, "20 s are over:\n%s",
		     world->text);
}

void world_until(struct board_world *world, const unsigned *counter, unsigned value)
{
	uint64_t start_us = provd_loop_now_us(world->loop);

	while (*counter < value) {
		turn(world);
		check_time(world, start_us);
	}
}

void world_until_log(struct board_world *world, const char *words)
{
	uint64_t start_us = provd_loop_now_us(world->loop);

	while (!world_log_count(world, words)) {
		turn(world);
		check_time(world, start_us);
	}
}

void world_settle(struct board_world *world)
{
	for (int i = 0; i < 4; i++)
		provd_loop_turn(world->loop, 0);
}
