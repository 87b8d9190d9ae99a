/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file policy/policy.h
 * @brief Decides when provisioning starts and when saved networks are tried. Pure: no I/O.
 *
 * The caller keeps the facts up to date, asks provd_policy_decide after each change and when the
 * time it named has come, and does what it is told. All times are monotonic milliseconds.
 *
 * What the rules leave open is settled so:
 * - A start by policy (if-unprovisioned, always) waits for the end of a join that is running.
 *   "always" never starts with a link. if-unprovisioned does, after the grace time: a device that
 *   is online and was never bound, since its cloud was down, is of no use to its owner. A press with policy "button" is the wish of somebody who stands
 *   there: it starts at once, with a link too, and a join makes way.
 * - if-unprovisioned: one session. After it (window over, stopped) the device stays silent until
 *   restart, reset, or a press, which allows one more. A session taken up after a power cut is not
 *   that session (the caller does not report its end here).
 * - always: between the end of a session and the next start lies `grace_ms`, at least one second.
 * - A start that the engine refuses is tried again after `retry_ms`; a press is not, its person is
 *   told and may press again.
 * - A session that began while there was a link was wanted by somebody. Saved networks, whose
 *   return would end it, are left alone in it for `grace_ms` (at least `retry_ms`).
 * - A link that held for less than `retry_ms` counts as a failed round, so that an access point
 *   that throws us out again and again is not hammered.
 */
#ifndef PROVD_CORE_POLICY_H
#define PROVD_CORE_POLICY_H

#include <stddef.h>
#include <stdint.h>

/** Config "start.policy". */
enum provd_policy_kind {
	PROVD_POLICY_IF_UNPROVISIONED,
	PROVD_POLICY_ON_DEMAND,
	PROVD_POLICY_ALWAYS,
	PROVD_POLICY_BUTTON
};

/** Config of the decisions. */
struct provd_policy_config {
	enum provd_policy_kind kind;
	uint64_t grace_ms;
	uint64_t retry_ms;	  /**< longest wait between two rounds over the networks */
	int presence;		  /**< 1: a session starts only when presence was shown */
	uint64_t presence_for_ms; /**< how long a press of the button counts */
	int join;		  /**< 1: saved networks are joined by us */
	uint32_t seed;		  /**< of the device: after a power cut in the house not all
				   *   devices try at the same moments. Any value */
};

/** What is the case. */
struct provd_policy_facts {
	uint64_t now_ms;
	int bound;	 /**< the device was bound and not reset since */
	size_t networks; /**< saved ones */
	int link;	 /**< 1: the station has an address */
	int session;	 /**< 1: a session runs (or still releases) */
	int phone;	 /**< 1: in it a phone is there, or credentials are being tried */
	int joining;	 /**< 1: a saved network is being tried now */
	int stopping;	 /**< 1: the daemon ends: nothing is started any more */
};

/** What to do now; at most one of `start` and `join`. */
struct provd_policy_decision {
	int start;	     /**< 1: start a session by policy */
	int join;	     /**< 1: try saved network `network` */
	size_t network;	     /**< index in the order of the list */
	uint64_t at_ms;	     /**< ask again then; 0: only after the next change. With `start` or
			      *   `join` it is 0: the doing is a change */
	const char *waiting; /**< what is waited for, for Status: "presence", "grace", "link" (saved
			      *   networks are tried), "". Static text */
};

/** What has happened; kept by the caller, changed only by these functions. */
struct provd_policy {
	struct provd_policy_config config;
	uint64_t begun_ms;   /**< start of the daemon, or the last reset */
	uint64_t since_ms;   /**< without link since; 0: there is one */
	uint64_t linked_ms;  /**< when it came */
	uint64_t present_ms; /**< last press; 0: none yet */
	uint64_t next_join_ms;
	uint64_t quiet_ms;	/**< no try in the background of a session before */
	uint64_t not_before_ms; /**< no start by policy before */
	size_t next_network;
	size_t networks; /**< as of the last decision */
	uint32_t rounds; /**< over all networks without success */
	int phone;	 /**< as of the last decision */
	int had_link;	 /**< when the running session began */
	int asked;	 /**< a press asks for a session, policy "button" */
	int spent;	 /**< the start by policy has been used up */
};

/** Without link, nothing has happened. The config is copied. */
void provd_policy_init(struct provd_policy *policy, const struct provd_policy_config *config,
		       uint64_t now_ms);
/** New config after a reload; what has happened stays. */
void provd_policy_set_config(struct provd_policy *policy, const struct provd_policy_config *config);
/** The button was pressed, or somebody showed presence otherwise. */
void provd_policy_pressed(struct provd_policy *policy, uint64_t now_ms);
/** A saved network was tried, to its end. @param ok 1: it gave an address */
void provd_policy_joined(struct provd_policy *policy, int ok, uint64_t now_ms);
/** The link came or went. Telling the same twice is allowed. */
void provd_policy_link(struct provd_policy *policy, int up, uint64_t now_ms);
/** A session has begun, by policy, command or button; before it takes the radio. */
void provd_policy_session_started(struct provd_policy *policy, uint64_t now_ms);
/** The session that was asked for cannot be started. */
void provd_policy_refused(struct provd_policy *policy, uint64_t now_ms);
/** A session has ended. It was started by policy, command or button. */
void provd_policy_session_ended(struct provd_policy *policy, int bound, uint64_t now_ms);
/** The device was reset, so the policy begins anew; who was present still is. */
void provd_policy_reset(struct provd_policy *policy, uint64_t now_ms);
/** @return 1 when a session may start now: no gate, or presence was shown in time */
int provd_policy_may_start(const struct provd_policy *policy, uint64_t now_ms);
/** What follows from config, history and facts. */
struct provd_policy_decision provd_policy_decide(struct provd_policy *policy,
						 const struct provd_policy_facts *facts);

#endif /* PROVD_CORE_POLICY_H */
