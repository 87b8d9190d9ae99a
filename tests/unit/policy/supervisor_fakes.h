/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the supervisor steers, as fakes under the same names: radio, engine, saved records, options
 * and log. Nothing ends by itself; the test says how.
 */
#ifndef SUPERVISOR_FAKES_H
#define SUPERVISOR_FAKES_H

#include "daemon/supervisor.h"

struct provd_radio {
	int linked;
	int refuses; /* code of the next connects */
	unsigned connects;
	unsigned cancels;
	unsigned gave_up;
	unsigned disconnects;
	char ssid[33]; /* of the last connect */
	struct provd_link link;
	uint64_t op;
	provd_joined_fn *done; /* a join runs */
	void *user;
};

struct provd_engine {
	struct provd_supervisor *supervisor;
	uint64_t session; /* runs */
	uint64_t count;
	int releasing;
	int phone;
	int start_code;
	int offer_code;
	int offer_ends; /* the session is over within the call */
	int retry_code;
	unsigned starts;
	unsigned refused; /* starts */
	unsigned stops;
	unsigned offers;
	unsigned retries;
	unsigned radio_changes;
	unsigned forgets; /* of what was not saved */
	char retry_ssid[33];
	char offer_ssid[33];
	char offer_token[33];
	char offer_source[16];
	uint64_t offer_online_ms; /* of its times */
	provd_joined_fn *retry_done;
	void *retry_user;
};

struct provd_saved {
	struct provd_saved_network networks[8];
	size_t count;
	struct provd_saved_staged staged;
	int has_staged;
	int bound;
	/* the change that runs */
	provd_saved_done_fn *done;
	void *user;
	struct provd_saved_staged next;
	int stages;
	int unstages;
	uint32_t resets;
	int refuses; /* code of the next changes */
	unsigned changes;
};

struct option {
	const char *name;
	const char *text;
	int64_t number;
};

struct provd_options {
	struct option options[8];
};

struct provd_log {
	char text[16384]; /* a line each: event, and the codes that it carries */
};

void fake_set(struct provd_options *options, const char *name, const char *text, int64_t number);

void fake_save(struct provd_saved *saved, const char *ssid, const char *passphrase);
/* All networks; their memory is scribbled over. */
void fake_forget_all(struct provd_saved *saved);
void fake_stage(struct provd_saved *saved, const char *ssid, uint32_t resumed, uint64_t at_ms);
/* Ends the change that runs. */
void fake_saved_end(struct provd_saved *saved, int code);
void fake_saved_finish(struct provd_saved *saved);

/* Ends the join of the radio. */
void fake_joined(struct provd_radio *radio, int status, const char *ssid);
/* Ends the try in the background of the session. */
void fake_retried(struct provd_engine *engine, struct provd_radio *radio, int status);

/* A session begins by command. */
void fake_command(struct provd_engine *engine);
void fake_entry(struct provd_engine *engine, uint32_t state);
void fake_end(struct provd_engine *engine, uint32_t final_state);

#endif
