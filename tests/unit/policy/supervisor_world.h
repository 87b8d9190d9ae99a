/* SPDX-License-Identifier: Apache-2.0 */
/* A supervisor on a real loop with short times, over fakes. */
#ifndef SUPERVISOR_WORLD_H
#define SUPERVISOR_WORLD_H

#include "supervisor_fakes.h"

struct world {
	struct provd_loop *loop;
	struct provd_log log;
	struct provd_options start;
	struct provd_options networks;
	struct provd_options session;
	struct provd_options button;
	struct provd_config config;
	struct provd_radio radio;
	struct provd_engine engine;
	struct provd_saved saved;
	struct provd_supervisor *supervisor;
	unsigned ups; /* on_link */
	unsigned downs;
	unsigned done; /* world_done */
	int done_code;
	unsigned rest; /* world_rest */
};

extern struct world world;

/* A new world with that policy; what is saved is the test's to add. */
void world_prepare(const char *policy);
void world_create(void);
/* Creates the supervisor and lets it begin. */
void world_begin(void);
/* Frees all; nothing may be left. */
void world_finish(void);

/* Lets everything happen that is due at once. */
void world_settle(void);
/* Turns the loop until the counter has that value, for 15 s at most. */
void world_await(const unsigned *counter, unsigned value);
/* 1 when the log has a line with these words. */
int world_logged(const char *event);

void world_done(void *user, int code, const struct provd_error *err);
void world_rest(void *user);

#endif
