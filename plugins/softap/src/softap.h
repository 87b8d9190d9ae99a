/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file softap.h
 * @brief Method softap: the machine behind its operations.
 */
#ifndef SOFTAP_H
#define SOFTAP_H

#include "common/ap.h"

#include <provd/hal_softap.h>
#include <provd/method.h>

/** What the access point does, as far as we know. */
enum softap_ap {
	SOFTAP_CLOSED,
	SOFTAP_OPENING,
	SOFTAP_UP,
	SOFTAP_CLOSING
};

/** What it shall come to. */
enum softap_goal {
	SOFTAP_GOAL_IDLE, /**< not started */
	SOFTAP_GOAL_UP,
	SOFTAP_GOAL_RELEASED,
	SOFTAP_GOAL_STOPPED,
	SOFTAP_GOAL_FAILED
};

struct softap {
	const struct provd_host *host;
	struct ap_settings settings;
	const struct provd_hal_softap *hal;
	void *hal_self;
	uint32_t ap;	       /**< enum softap_ap */
	uint32_t goal;	       /**< enum softap_goal */
	uint64_t op;	       /**< operation that `ap` waits for */
	uint64_t session;      /**< 0: none, or it has ended */
	uint32_t started;      /**< STARTED was raised */
	uint32_t quiet;	       /**< suspended, the access point stays */
	uint32_t must_suspend; /**< a SUSPENDED is owed */
	uint32_t retried;      /**< the one repeated opening is used up */
	uint32_t phones;       /**< on the access point */
	int32_t failure;       /**< why, with goal FAILED */
	char failure_text[PROVD_ERROR_TEXT_MAX];
};

/** Does the next step towards the goal; called after each change. */
void softap_advance(struct softap *softap);
/** Sets the goal FAILED. @param text may be NULL */
void softap_fail(struct softap *softap, int code, const char *text);
/** An operation of the HAL has ended. */
void softap_op_done(struct softap *softap, uint64_t op, int status);
/** The access point went down by itself. */
void softap_ap_lost(struct softap *softap, int status);
/** Ends the session, once. @param type SESSION_DONE, _ERROR or _CANCELED */
void softap_session_end(struct softap *softap, uint32_t type, int status, const char *text);
/** Raises an event. */
void softap_emit(struct softap *softap, const struct provd_event *event);

#endif /* SOFTAP_H */
