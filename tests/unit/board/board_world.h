/* SPDX-License-Identifier: Apache-2.0 */
/* A real loop, the log in memory, a folder for fake devices. */
#ifndef BOARD_WORLD_H
#define BOARD_WORLD_H

#include "config/sections.h"

#include "board/board.h"

#define TEST_TIMEOUT 60

struct board_world {
	struct provd_loop *loop;
	struct provd_log *log;
	struct provd_options *options;
	char dir[64];
	char text[16384]; /* of the log */
	size_t text_len;
};

struct board_world *world_open(void);
/* The loop has to go without a leftover. */
void world_close(struct board_world *world);
/* Options of a section; "@" stands for the folder. */
void world_options(struct board_world *world, enum provd_section section, const char *json);
void world_write(const struct board_world *world, const char *name, const char *text);
/* "" when it is not there. */
void world_read(const struct board_world *world, const char *name, char *out, size_t size);
void world_path(const struct board_world *world, const char *name, char *out, size_t size);
size_t world_log_count(const struct board_world *world, const char *words);
/* Turns until *counter is at least `value`. */
void world_until(struct board_world *world, const unsigned *counter, unsigned value);
/* Turns until the log has the words. */
void world_until_log(struct board_world *world, const char *words);
/* Lets the loop take what is there now. */
void world_settle(struct board_world *world);

#endif /* BOARD_WORLD_H */
