/* SPDX-License-Identifier: Apache-2.0 */
/* A world for engine tests: real loop, engine and radio; HAL, methods and cloud are fakes whose
 * answers the test gives. */
#ifndef WORLD_H
#define WORLD_H

#include "journal/journal.h"
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
	unsigned disconnects; /* HAL */
	unsigned ap_starts;
	unsigned ap_stops;
	uint64_t ap_stop_op;
	int slow_ap_stop; /* the test ends ap_stop_op */
	unsigned events;  /* that reached a method from the HAL */
	uint64_t event_op;
	int32_t event_status;
	unsigned datagrams; /* dialect */
	uint64_t deadline_ms;
	uint32_t purpose;
	const struct provd_hal_softap *ap; /* what fake_open_ap got */
	void *ap_self;
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
	int silent;		    /* answers nothing: start, stop, suspend, cancel, close */
	int slow_stop;		    /* the test raises STOPPED */
	uint32_t credentials_flags; /* of the next credentials that it emits */
	int start_code;		    /* what start (HAL: connect) returns */
	int registered;		    /* cloud */
	int identity_code;
	char credentials_ssid[33]; /* HAL: of the last connect */
};

/* Records in memory, whose answers the test may hold back or make failures. */
#define FAKE_RECORDS 4
struct fake_store {
	struct {
		char name[PROVD_STORE_NAME_MAX + 1];
		struct provd_secret *content;
	} records[FAKE_RECORDS];
	struct fake_store_op *ops; /* that wait, oldest first */
	struct provd_owner *owner;
	unsigned saves; /* begun */
	int fail;	/* code that the next operations end with */
	int hold;	/* 1: they end only when this is taken back by fake_store_go */
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
	struct fake_store medium;
	struct provd_store *store; /* NULL without `saved` */
	struct provd_saved *saved;
	struct provd_journal_service *journal; /* NULL without `journal` */
	struct provd_owner *journal_owner;
	unsigned loaded;
	unsigned ended;
	uint32_t final_state;
	int opened;
	int at_rest;
	char address[32]; /* of the app channel */
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
	int greedy;	 /* method "one" needs softap and monitor */
	int channel;	 /* method "one" needs the app channel */
	int both_softap; /* method "two" needs what "one" needs */
	int no_suspend;	 /* methods without that operation */
	int saved;	 /* what has worked is kept, in memory */
	int log_method;	 /* method "two" hands the log over */
	int journal;	 /* sessions are journaled, in memory */
};

/* Ends the test by a failed assertion when something does not come up. */
void world_init(struct world *world, const struct world_setup *setup);

/* Shuts down, checks that nothing is left, frees. */
void world_finish(struct world *world);

/* Starts a session (request NULL: with all methods); its number. */
uint64_t world_start(struct world *world, const struct provd_engine_request *request);
/* Lets time pass: only to see that nothing happens in it. */
void world_sleep(struct world *world, unsigned ms);
/* Text and state of the last error, as in the status. */
const char *world_error(struct world *world);
const char *world_error_state(struct world *world);
const char *world_log(const struct world *world);
/* The app channel: is it open, and a datagram to it. */
int world_channel_is_open(const struct world *world);
void world_send(const struct world *world, const char *text);
/* Somebody else has its port, until given back. */
int world_take_port(const struct world *world);
void world_give_port(int fd);

/* Turns the loop until *counter reaches `value`; 0 when that took over 10 s. */
int world_wait(struct world *world, const unsigned *counter, unsigned value);
/* The same for the engine's state. */
int world_wait_state(struct world *world, const char *state);
/* Turns the loop until nothing more is due at once. */
void world_settle(struct world *world);
const char *world_state(struct world *world);

/* 1 when the timeline of the newest session has the event. */
int world_has_event(struct world *world, const char *event);

/* The HAL loses and gets the monitor. */
void fake_take_monitor_away(struct world *world);
void fake_give_monitor_back(struct world *world);
/* The HAL loses the station; deaf: it cannot even tell what it has left. */
void fake_take_station_away(struct world *world, int deaf);
/* Lets the operations that are held back end. */
void fake_store_go(struct world *world);
/* A method opens an access point through its handle. */
int fake_open_ap(struct fake *fake, uint64_t op);

void fake_emit(struct fake *fake, uint32_t type, uint64_t op, int status);
/* Credentials with the token that came with them; NULL: none. */
void fake_emit_claim(struct fake *fake, uint64_t op, const char *ssid, const char *passphrase,
		     const char *token);
void fake_emit_credentials(struct fake *fake, uint64_t op, const char *ssid,
			   const char *passphrase);
void fake_emit_token(struct fake *fake, uint64_t op, const char *token);
/* Ends the HAL's connect: with a link when status is 0. */
void fake_joined(struct world *world, int status);

#endif /* WORLD_H */
