/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file daemon/supervisor.h
 * @brief Does what policy/policy.h decides: starts sessions, joins saved networks, takes up a
 * session that a power cut had ended.
 */
#ifndef PROVD_CORE_SUPERVISOR_H
#define PROVD_CORE_SUPERVISOR_H

#include "session/engine.h"

struct provd_supervisor;

/** What to forget. */
enum provd_reset {
	PROVD_RESET_NETWORK,
	PROVD_RESET_CLOUD,
	PROVD_RESET_FACTORY
};

/** All borrowed until provd_supervisor_destroy. */
struct provd_supervisor_config {
	struct provd_loop *loop;
	struct provd_log *log;
	const struct provd_config *config; /**< sections start, networks, session, button */
	struct provd_saved *saved;
	struct provd_radio *radio;
	struct provd_engine *engine;
	/** The network came or went, outside of sessions too. */
	void (*on_link)(void *user, int up);
	/** The device was reset, and that is durable. May be NULL. */
	void (*on_reset)(void *user, enum provd_reset what);
	void *user;
};

int provd_supervisor_create(const struct provd_supervisor_config *config,
			    struct provd_supervisor **out_supervisor);

/** NULL allowed. */
void provd_supervisor_destroy(struct provd_supervisor *supervisor);

/**
 * Radio, engine and saved records are ready: takes up what was cut off, or goes by policy.
 * @param done runs once, perhaps within the call: from then on sessions may be asked for, without
 *             getting in the way of one that is taken up
 */
void provd_supervisor_begin(struct provd_supervisor *supervisor, void (*done)(void *user),
			    void *user);

/** Starts nothing from now on, and ends a join of its own. `done` runs once, also at once. */
void provd_supervisor_stop(struct provd_supervisor *supervisor, void (*done)(void *user),
			   void *user);

/** An entry of a session's timeline. */
void provd_supervisor_entry(struct provd_supervisor *supervisor,
			    const struct provd_timeline_entry *entry);
/** A session is over and has released everything. */
void provd_supervisor_session_ended(struct provd_supervisor *supervisor, uint32_t final_state);
/** The station's link broke by itself. */
void provd_supervisor_link_lost(struct provd_supervisor *supervisor, int status);

/** The button was pressed, or PressButton. A long press resets when the config says so. */
void provd_supervisor_pressed(struct provd_supervisor *supervisor, uint64_t held_ms);

/** @return 1 when a session may be started by command now (start.presence) */
int provd_supervisor_may_start(const struct provd_supervisor *supervisor);

/** Ends the session, forgets, leaves the network unless it is only the cloud, and goes on by
 *  policy. `done` runs exactly once, on a later turn. @return 0 or PROVD_E_BUSY (one is running) */
int provd_supervisor_reset(struct provd_supervisor *supervisor, enum provd_reset what,
			   provd_saved_done_fn *done, void *user);

/** A network was forgotten or reordered: one that is no longer saved is left. */
void provd_supervisor_networks_changed(struct provd_supervisor *supervisor);

/** The config's sections have new values (reload). */
void provd_supervisor_reconfigure(struct provd_supervisor *supervisor);

/** What is waited for ("presence", "grace", ""), for Status. */
const char *provd_supervisor_waiting(const struct provd_supervisor *supervisor);
/** The link as far as it is known; flags 0: none. Borrowed until the next turn. */
const struct provd_link *provd_supervisor_link(const struct provd_supervisor *supervisor);

#endif /* PROVD_CORE_SUPERVISOR_H */
