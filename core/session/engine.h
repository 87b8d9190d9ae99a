/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file session/engine.h
 * @brief The session engine: from "start provisioning" to bound, failed or stopped.
 *
 * idle -> listening -> joining -> online -> registering -> binding -> bound, with failed and
 * stopped. A failed attempt goes back to listening; the session ends when it is bound, stopped,
 * out of time, or has no method left. One session at a time.
 */
#ifndef PROVD_CORE_ENGINE_H
#define PROVD_CORE_ENGINE_H

#include "config/config.h"
#include "saved/saved.h"
#include "session/radio.h"
#include "session/timeline.h"

struct provd_engine;
struct provd_journal_service;
struct provd_log_format;

/** What the engine is made of; all borrowed until provd_engine_destroy. */
struct provd_engine_config {
	struct provd_loop *loop;
	struct provd_log *log;
	const struct provd_config *config;
	struct provd_radio *radio;
	/** Each timeline entry as it is made. */
	void (*on_entry)(void *user, const struct provd_timeline_entry *entry);
	/** A session is over and everything of it is released. */
	void (*on_end)(void *user, uint64_t session, uint32_t final_state);
	void *user;
};

int provd_engine_create(const struct provd_engine_config *config, struct provd_engine **out_engine);

/** Everything must be at rest (provd_engine_shutdown). NULL allowed. */
void provd_engine_destroy(struct provd_engine *engine);

/** Adds a method, in config order. @return 0 or what its create() returned */
int provd_engine_add_method(struct provd_engine *engine, struct provd_plugin *plugin,
			    struct provd_options *options, int required, struct provd_error *err);

/** Sets the cloud. @return 0 or what its create() returned */
int provd_engine_set_cloud(struct provd_engine *engine, struct provd_plugin *plugin,
			   struct provd_options *options, struct provd_error *err);

/**
 * Matches methods with capabilities, once the radio is open, and logs who cannot run and why, and
 * which methods of a step cannot listen together: those take turns.
 * @return 0, or PROVD_E_NO_CAPABILITY with words when a required method cannot run
 */
int provd_engine_prepare(struct provd_engine *engine, struct provd_error *err);

/** Where what has worked is kept from now on; borrowed. Without it nothing is. */
void provd_engine_keep_in(struct provd_engine *engine, struct provd_saved *saved);

/** A sentence on what has worked but is not durable yet, for Status; NULL: nothing. */
const char *provd_engine_unsaved(const struct provd_engine *engine);
/** The device is being reset: that is not to be saved any more. */
void provd_engine_forget_unsaved(struct provd_engine *engine);

/**
 * What happened in earlier sessions, for methods and the cloud; borrowed. Sessions are numbered
 * after those in it.
 */
void provd_engine_use_journal(struct provd_engine *engine, struct provd_journal_service *journal);

/** A form of the failures that a method knows, by its index. @return NULL: there are no more */
const struct provd_log_format *provd_engine_log_format(const struct provd_engine *engine,
						       size_t index);

/** What to start. */
struct provd_engine_request {
	const char *const *methods; /**< NULL: those of the plan */
	size_t method_count;
	uint64_t deadline_ms;		      /**< from now; 0: the config's window */
	const struct provd_config_step *plan; /**< instead of the config's; NULL: that one */
	size_t plan_count;
};

/**
 * Starts a session.
 * @param out_session its number
 * @return 0, PROVD_E_BUSY (one runs), PROVD_E_NOT_FOUND (a method is not configured; named in
 *         `err`), PROVD_E_NO_CAPABILITY (none can run)
 */
int provd_engine_start(struct provd_engine *engine, const struct provd_engine_request *request,
		       uint64_t *out_session, struct provd_error *err);

/** Credentials that come from no method: typed on the control socket, or of a session that a power
 *  cut had ended. */
struct provd_engine_offer {
	const struct provd_credentials *credentials;
	const struct provd_secret *token; /**< NULL: it may still come from a phone */
	const char *source;		  /**< stands for the method: "control", "resume" */
	uint64_t deadline_ms;		  /**< from now; 0: the config's window */
	/** Wall clock times of what happened before a power cut, or NULL. */
	const struct provd_bind_request *times;
};

/**
 * Joins with them: in the running session when it listens, else in a new one without methods,
 * which ends with the attempt. A device that is bound already needs no token.
 * @return 0, PROVD_E_BUSY (an attempt is running), PROVD_E_INVALID (SSID or passphrase),
 *         PROVD_E_NO_CAPABILITY with words
 */
int provd_engine_offer(struct provd_engine *engine, const struct provd_engine_offer *offer,
		       uint64_t *out_session, struct provd_error *err);

/**
 * Tries a saved network in the background of a session that listens: methods give back the radio
 * where it cannot do both. When it works the session ends as stopped, since nobody needs it.
 * `done` runs exactly once; a phone that comes meanwhile ends the try (CANCELED).
 * @return 0, PROVD_E_STATE (no session that listens), PROVD_E_BUSY (a phone is there)
 */
int provd_engine_retry(struct provd_engine *engine, const struct provd_credentials *credentials,
		       provd_joined_fn *done, void *user);

/** @return 1 when a phone is there, or credentials are being tried */
int provd_engine_phone_is_there(const struct provd_engine *engine);

/**
 * The station has joined a saved network outside of a session. Shortly after a session that has
 * failed (session.tell_for) a phone in this network is told why.
 */
void provd_engine_link_up(struct provd_engine *engine, const struct provd_link *link);

/** The daemon has come up and no session runs: what was not handed over before it ended is offered. */
void provd_engine_offer_logs(struct provd_engine *engine);
/** @return 1 while a method hands the log over */
int provd_engine_offers_logs(const struct provd_engine *engine);

/** Ends what follows a session that has failed: nobody is to hear of it any more. */
void provd_engine_end_after(struct provd_engine *engine);

/** Ends the running session as stopped. @return 0 or PROVD_E_STATE */
int provd_engine_stop(struct provd_engine *engine);

/** Ends the session and the cloud's connections; `done` runs once when all is at rest. */
void provd_engine_shutdown(struct provd_engine *engine, void (*done)(void *user), void *user);

/** The station's link broke by itself; a running attempt fails with it. */
void provd_engine_link_lost(struct provd_engine *engine, int status);

/** A capability came or went, or the radio was given back: who can run is asked anew. */
void provd_engine_radio_changed(struct provd_engine *engine);

/** @return 1 while an ended session still gives back what it holds: soon another can start */
int provd_engine_is_releasing(const struct provd_engine *engine);

/** A step of the running join, for the timeline. */
void provd_engine_join_progress(struct provd_engine *engine, const struct provd_event *event);

/** Name of the method whose phone brought the credentials, or "". */
const char *provd_engine_method(const struct provd_engine *engine);

/** Number of the session that runs, 0 none. */
uint64_t provd_engine_session(const struct provd_engine *engine);

/** Who the device is in its cloud; texts are borrowed until the identity changes.
 *  @return 0, PROVD_E_NOT_FOUND (no cloud), or the cloud's code with words */
int provd_engine_identity(const struct provd_engine *engine, struct provd_identity *out_identity,
			  struct provd_error *err);

/** Reply of Status on the control socket; a new reference. */
json_t *provd_engine_status_json(struct provd_engine *engine);

struct provd_timeline *provd_engine_timeline(struct provd_engine *engine);

/** Calls `fn` for each method and the cloud with state and reason in words. */
void provd_engine_each(struct provd_engine *engine,
		       void (*fn)(void *user, const struct provd_plugin *plugin, const char *state,
				  const char *reason),
		       void *user);

#endif /* PROVD_CORE_ENGINE_H */
