/* SPDX-License-Identifier: Apache-2.0 */
/* A world for engine tests: real loop, engine and radio; HAL, methods and cloud are fakes whose
 * answers the test gives. */
#ifndef WORLD_H
#define WORLD_H

#include "session/engine.h"

#include <provd/cloud.h>

/* What a fake plugin instance was asked. */
struct fake {
	const struct provd_host *host;
	unsigned starts;
	unsigned stops;
	unsigned cancels;
	unsigned suspends;
	unsigned resumes;
	uint32_t suspend_mode;
	uint64_t session;
	uint64_t op;	    /* of the last operation that the test must end */
	unsigned connects;  /* HAL */
	unsigned registers; /* cloud */
	unsigned binds;
	char bind_method[32];
	size_t bind_token_len;
	uint32_t told_state; /* last on_result or on_state */
	int32_t told_status;
	int silent;	/* does not answer start, stop and suspend */
	int start_code; /* what start returns */
	int registered; /* cloud */
	int identity_code;
	char credentials_ssid[33]; /* HAL: of the last connect */
};

struct world {
	struct provd_loop *loop;
	struct provd_log *log;
	struct provd_config *config;
	struct provd_radio *radio;
	struct provd_engine *engine;
	struct fake hal;
	struct fake methods[2]; /* "one" and "two" */
	struct fake cloud;
	unsigned ended;
	uint32_t final_state;
	int opened;
	int at_rest;
	char log_text[65536];
	size_t log_len;
};

/* What kind of world. */
struct world_setup {
	const char *extra; /* more sections of the config, each with a leading comma */
	int together;	   /* the HAL does softap and station at once */
	int no_cloud;
	int without_monitor; /* method "two" needs it */
	int registered;	     /* the cloud has a secret */
	int silent_method;
};

/* Ends the test by a failed assertion when something does not come up. */
void world_init(struct world *world, const struct world_setup *setup);

/* Shuts down, checks that nothing is left, frees. */
void world_finish(struct world *world);

/* Turns the loop until *counter reaches `value`; 0 when that took over 10 s. */
int world_wait(struct world *world, const unsigned *counter, unsigned value);
/* The same for the engine's state. */
int world_wait_state(struct world *world, const char *state);
/* Turns the loop until nothing more is due at once. */
void world_settle(struct world *world);
const char *world_state(struct world *world);

/* 1 when the timeline of the newest session has the event. */
int world_has_event(struct world *world, const char *event);

void fake_emit(struct fake *fake, uint32_t type, uint64_t op, int status);
void fake_emit_credentials(struct fake *fake, uint64_t op, const char *ssid,
			   const char *passphrase);
void fake_emit_token(struct fake *fake, uint64_t op, const char *token);
/* Ends the HAL's connect: with a link when status is 0. */
void fake_joined(struct world *world, int status);

#endif /* WORLD_H */
