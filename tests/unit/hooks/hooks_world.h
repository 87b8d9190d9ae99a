/* SPDX-License-Identifier: Apache-2.0 */
/* Real loop, real programs, a folder for scripts, and the log in memory. */
#ifndef HOOKS_WORLD_H
#define HOOKS_WORLD_H

#include "hooks/hooks.h"

#define TEST_TIMEOUT 60
#define HOOKS_MAX    4

struct hooks_world {
	struct provd_loop *loop;
	struct provd_log *log;
	struct provd_config config;
	struct provd_options *options[HOOKS_MAX];
	struct provd_hooks *hooks;
	char dir[64];
	char text[256 * 1024]; /* of the log */
	size_t text_len;
};

/* Loop, log and folder. */
struct hooks_world *world_open(void);
/* Writes an executable file; its path replaces "@" in the JSON of hooks. */
void world_script(const struct hooks_world *world, const char *name, const char *text);
/* One more hook; "@" stands for the folder. */
void world_hook(struct hooks_world *world, const char *json);
void world_start(struct hooks_world *world);
/* Hooks and loop have to go without a leftover; no child may be left. */
void world_close(struct hooks_world *world);
/* An event of a session of method "m". */
void world_raise(struct hooks_world *world, const char *event, uint64_t session);
/* Turns until run + failed-to-start reach `count`, and nothing runs: `failed` as expected. */
void world_until_ended(struct hooks_world *world, uint64_t run, uint64_t failed);
/* Turns until the log has `words` so many times. */
void world_until_log(struct hooks_world *world, const char *words, size_t times);
/* Turns until a file of the folder holds a whole line; @return its number. */
long world_until_number(struct hooks_world *world, const char *name);
size_t world_log_count(const struct hooks_world *world, const char *words);
/* Fills in the content of a file of the folder; "" when it is not there. */
void world_read(const struct hooks_world *world, const char *name, char *out, size_t size);
/* Neither there nor more than an entry in the table of processes. */
int process_gone(long pid);
void world_until_gone(struct hooks_world *world, long pid);

#endif /* HOOKS_WORLD_H */
