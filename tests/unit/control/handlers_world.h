/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The real handlers on a real control socket; engine, supervisor, journal, saved records and radio
 * are made up (handlers_fakes*.c) and do what the members here say. Each answer is checked against the
 * interface text.
 */
#ifndef PROVD_TEST_HANDLERS_WORLD_H
#define PROVD_TEST_HANDLERS_WORLD_H

#include "control_fixture.h"
#include "daemon/daemon_internal.h"
#include "daemon/handlers.h"
#include "daemon/reload.h"
#include "secret/secret.h"

struct world {
	struct fixture f;
	struct provd_daemon daemon;
	struct provd_idl *idl;
	/* engine */
	uint64_t session; /* that runs */
	int releasing;
	int offers_logs;	 /* after a session that has failed */
	int start_code;		 /* of start and offer */
	const char *start_words; /* with it */
	int starts;
	size_t start_methods;
	uint64_t start_deadline;
	const char *unsaved;
	size_t start_steps; /* of a plan of its own */
	size_t start_of_step;
	uint64_t start_for;
	int offers;
	struct provd_credentials offered;
	char offered_passphrase[80];
	char offered_token[600];
	size_t offered_token_len;
	int identity_code;
	struct provd_identity identity;
	const char *cloud_state;
	/* supervisor */
	int may_start;
	struct provd_link link;
	const char *waiting;
	int pressed;
	uint64_t held_ms;
	int resets;
	enum provd_reset reset;
	int reset_code;
	int networks_changed;
	/* saved records */
	struct provd_saved_network networks[3];
	size_t network_count;
	int32_t priority; /* that was set */
	int forgets;
	int change_code; /* how a change is refused at once */
	const char *const *warnings;
	int bound;
	/* the change or reset that is under way */
	provd_saved_done_fn *done;
	void *done_user;
	/* reload */
	struct provd_reload_result reload;
	/* journal: knows the sessions 1 and 9, the newest one */
	const struct provd_failure *failures;
	size_t failure_count;
	int failures_code; /* instead of them */
	uint32_t lacking;  /* marks that were asked for last */
	int imports;
	size_t imported;
	int32_t imported_code; /* of the last one */
	char imported_text[64];
	int import_code;
	size_t cleared;
	int flush_waits; /* it ends when the test has it end */
	int flush_code;
	provd_journal_done_fn *flushed;
	void *flush_user;
};

/** Starts a daemon that is ready, with two saved networks. */
void world_init(struct world *w);
/** Ends it; fails the test when a call is left over. */
void world_finish(struct world *w);

/** Sends a call of io.provd.Provisioning. @param parameters JSON text or NULL */
void world_send(int fd, const char *method, const char *parameters, int more);
/** One message for a call of `method`, checked against the interface text. A new reference. */
json_t *world_receive(struct world *w, int fd, const char *method);
/** Both. */
json_t *world_call(struct world *w, int fd, const char *method, const char *parameters);

/** The call is answered with this error, "NotSaved" or a full name, and this parameter of it. */
void world_expect_error(struct world *w, int fd, const char *method, const char *parameters,
			const char *error, const char *key, const char *value);
/** The call is answered with exactly these parameters. */
void world_expect(struct world *w, int fd, const char *method, const char *parameters,
		  const char *reply);
/** The answer to a call that was sent is an error. */
void world_answered(struct world *w, int fd, const char *method, const char *error);

/** The change that is under way ends. */
void world_done(struct world *w, int code, const char *words);

#endif
