/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the supervisor share: supervisor.c (facts, decisions), supervisor_join.c (saved
 * networks and the link), supervisor_resume.c (sessions that were cut off), supervisor_reset.c. */
#ifndef PROVD_CORE_SUPERVISOR_INTERNAL_H
#define PROVD_CORE_SUPERVISOR_INTERNAL_H

#include "daemon/supervisor.h"
#include "policy/policy.h"

/* Who tries a saved network. */
enum trying {
	TRYING_NONE,
	TRYING_RADIO, /* we ourselves, no session runs */
	TRYING_ENGINE /* a session that listens, in its background */
};

/* The saved network that is being tried: a copy, since the list may change. */
struct
try {
	enum trying by;
	struct provd_credentials credentials; /* the secret is referenced */
	uint64_t op;			      /* by us */
	uint64_t timer;
	int timed_out;
	int canceled; /* the HAL was asked to end it */
};

/* A session that is being taken up. */
struct resume {
	int active;			  /* its record is being written */
	struct provd_saved_staged staged; /* a copy, secrets referenced */
	int offering;			  /* it is being handed to the engine */
	uint64_t session;		  /* the last one that was taken up */
	int later;			  /* did not get online: once more when the link is there */
};

struct reset {
	int active;
	int forgetting; /* the records are being changed */
	enum provd_reset what;
	provd_saved_done_fn *done; /* NULL: nobody waits */
	void *user;
};

struct provd_supervisor {
	struct provd_supervisor_config config;
	struct provd_owner *owner;
	struct provd_policy policy;
	const char *waiting;
	uint64_t timer;
	int woken;		   /* think() is queued */
	int told;		   /* what the policy does at the beginning */
	void (*ready)(void *user); /* of provd_supervisor_begin */
	void *ready_user;
	int begun;
	int stopping;
	void (*stopped)(void *user); /* runs when our own join has ended */
	void *stopped_user;
	uint64_t session; /* the last one that was heard of */
	int refusal;	  /* of the last start, so that it is not told again and again */
	struct try try;
	struct resume resume;
	struct reset reset;
	struct provd_link link;
	int link_is_saved; /* its network was seen in the list */
	int relearn;	   /* a session has joined another one */
};

/* supervisor.c */
uint64_t provd__supervisor_now_ms(const struct provd_supervisor *supervisor);
/* Asks the policy on a later turn: callers may be in the middle of the engine or the radio. */
void provd__supervisor_wake(struct provd_supervisor *supervisor);
/* Tells that the beginning is over. */
void provd__supervisor_ready(struct provd_supervisor *supervisor);
/* Our own join has ended, and the daemon waits for that. */
void provd__supervisor_rest(struct provd_supervisor *supervisor);
/* 1: a session runs or still gives back what it holds. */
int provd__supervisor_in_session(const struct provd_supervisor *supervisor);

/* supervisor_join.c */
void provd__try_start(struct provd_supervisor *supervisor, size_t index);
/* Ends a try of our own; the radio is free on a later turn. */
void provd__try_cancel(struct provd_supervisor *supervisor);
/* Ends a try of our own when its network was forgotten. */
void provd__try_check_saved(struct provd_supervisor *supervisor);
void provd__try_drop(struct provd_supervisor *supervisor);
/* Looks whether the link is there, and tells when that has changed. */
void provd__link_refresh(struct provd_supervisor *supervisor);
/* Leaves the network when it was a saved one and is not any more. */
void provd__link_check_saved(struct provd_supervisor *supervisor);

/* supervisor_resume.c */
/* Takes up what is staged, or forgets it. */
void provd__resume_begin(struct provd_supervisor *supervisor);
/* The same once more, when the network of the first time has come. */
void provd__resume_again(struct provd_supervisor *supervisor);
/* @return 1 when the session that has ended was one that had been taken up */
int provd__resume_ended(struct provd_supervisor *supervisor, uint32_t final_state);
void provd__resume_drop(struct provd_supervisor *supervisor);

/* supervisor_reset.c */
/* Goes on when session and join are over. */
void provd__reset_advance(struct provd_supervisor *supervisor);
/* The daemon stops: who waits is told. */
void provd__reset_cancel(struct provd_supervisor *supervisor);

#endif /* PROVD_CORE_SUPERVISOR_INTERNAL_H */
