/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file policy/policy.h
 * @brief Decides when provisioning starts and when saved networks are tried. Pure: no I/O.
 *
 * The caller keeps the facts up to date, asks provd_policy_decide after each change and when the
 * time it named has come, and does what it is told. All times are monotonic milliseconds.
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
};

/** What is the case. */
struct provd_policy_facts {
	uint64_t now_ms;
	int bound;	     /**< the device was bound and not reset since */
	size_t networks;     /**< saved ones */
	int link;	     /**< 1: the station has an address */
	int session;	     /**< 1: a session runs (or still releases) */
	int phone;	     /**< 1: in it a phone is there, or credentials are being tried */
	int joining;	     /**< 1: a saved network is being tried now */
	int stopping;	     /**< 1: the daemon ends: nothing is started any more */
};

/** What to do now; at most one of `start` and `join`. */
struct provd_policy_decision {
	int start;	/**< 1: start a session by policy */
	int join;	/**< 1: try saved network `network` */
	size_t network; /**< index in the order of the list */
	uint64_t at_ms; /**< ask again then; 0: only after the next change */
	const char *waiting; /**< what is waited for, for Status: "presence", "grace", "link", "" */
};

/** What has happened; kept by the caller, changed only by these functions. */
struct provd_policy {
	struct provd_policy_config config;
	uint64_t since_ms;   /**< without link since; 0: there is one */
	uint64_t present_ms; /**< last press; 0: none that still counts */
	uint64_t next_join_ms;
	size_t next_network;
	uint32_t rounds;      /**< over all networks without success */
	int asked;	      /**< a press asks for a session, policy "button" */
	int spent;	      /**< the start by policy has been used up */
};

void provd_policy_init(struct provd_policy *policy, const struct provd_policy_config *config,
		       uint64_t now_ms);
/** New config after a reload; what has happened stays. */
void provd_policy_set_config(struct provd_policy *policy, const struct provd_policy_config *config);
/** The button was pressed, or somebody showed presence otherwise. */
void provd_policy_pressed(struct provd_policy *policy, uint64_t now_ms);
/** A saved network was tried. @param ok 1: it gave an address */
void provd_policy_joined(struct provd_policy *policy, int ok, uint64_t now_ms);
/** The link came or went. */
void provd_policy_link(struct provd_policy *policy, int up, uint64_t now_ms);
/** A session has ended. It was started by policy, command or button. */
void provd_policy_session_ended(struct provd_policy *policy, int bound, uint64_t now_ms);
/** The device was reset, so the policy begins anew. */
void provd_policy_reset(struct provd_policy *policy, uint64_t now_ms);
/** @return 1 when a session may start now: no gate, or presence was shown in time */
int provd_policy_may_start(const struct provd_policy *policy, uint64_t now_ms);
/** What follows from config, history and facts. */
struct provd_policy_decision provd_policy_decide(struct provd_policy *policy,
						 const struct provd_policy_facts *facts);

#endif /* PROVD_CORE_POLICY_H */
