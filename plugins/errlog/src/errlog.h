/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file errlog.h
 * @brief Method errlog: the hotspot's machine (hotspot.c) and the log server on it (server.c).
 */
#ifndef ERRLOG_H
#define ERRLOG_H

#include "common/ap.h"

#include <provd/journal.h>
#include <provd/method.h>
#include <provd/udp.h>

/** Phones that are being answered at once; as many as a hotspot may have. */
#define ERRLOG_PEERS 32

struct errlog;

/** A phone that has asked and whose answer is not settled. */
struct errlog_peer {
	struct errlog *errlog;
	uint64_t session;	/**< whose log it gets; 0: the slot is free */
	struct provd_addr addr; /**< where its last query came from */
	struct provd_addr own;	/**< the address it was sent to; family 0: not known */
	uint64_t answered_us;	/**< when the last answer was begun */
	uint64_t repeat_timer;
	uint64_t settle_timer;
	uint32_t answers;
	uint32_t sent; /**< 1: an answer went out */
};

/** What the hotspot does, as far as we know. */
enum errlog_ap {
	ERRLOG_CLOSED,
	ERRLOG_OPENING,
	ERRLOG_UP,
	ERRLOG_CLOSING
};

/** What it shall come to. */
enum errlog_goal {
	ERRLOG_GOAL_IDLE, /**< not started */
	ERRLOG_GOAL_SERVE,
	ERRLOG_GOAL_RELEASED, /**< suspended */
	ERRLOG_GOAL_ENDED,    /**< the session is over; `stop` follows */
	ERRLOG_GOAL_STOPPED,
	ERRLOG_GOAL_FAILED
};

struct errlog {
	const struct provd_host *host;
	struct ap_settings settings;
	struct provd_secret *vendor; /**< the vendor's passphrase, with `vendor_hotspot` */
	const struct provd_hal_softap *hal;
	void *hal_self;
	const struct provd_journal *journal;
	void *journal_self;
	const struct provd_udp *udp;
	void *udp_self;
	uint32_t ap;	       /**< enum errlog_ap */
	uint32_t goal;	       /**< enum errlog_goal */
	uint64_t op;	       /**< operation that `ap` waits for */
	uint64_t session;      /**< the engine's number; 0: none, or it has ended */
	uint64_t limit_timer;  /**< end of the session */
	uint64_t socket;       /**< 0: closed */
	uint32_t started;      /**< STARTED was raised */
	uint32_t must_suspend; /**< a SUSPENDED is owed */
	uint32_t retried;      /**< the one repeated opening is used up */
	uint32_t phones;       /**< on the hotspot */
	int32_t failure;       /**< why, with goal FAILED */
	uint32_t reserved;
	char failure_text[PROVD_ERROR_TEXT_MAX];
	struct errlog_peer peers[ERRLOG_PEERS];
};

/** Does the next step towards the goal; called after each change. */
void errlog_advance(struct errlog *errlog);
/** Sets the goal FAILED. @param text may be NULL */
void errlog_fail(struct errlog *errlog, int code, const char *text);
/** An operation of the HAL has ended. */
void errlog_op_done(struct errlog *errlog, uint64_t op, int status);
/** The hotspot went down by itself. */
void errlog_ap_lost(struct errlog *errlog, int status);
/** Ends the session, once; the hotspot closes by the next errlog_advance().
 *  @param type SESSION_DONE, _ERROR or _CANCELED; text may be NULL */
void errlog_session_end(struct errlog *errlog, uint32_t type, int status, const char *text);
/** Raises an event. */
void errlog_emit(struct errlog *errlog, const struct provd_event *event);

/** @return 1 when the journal has something to hand over */
int errlog_has_log(struct errlog *errlog);
/** Opens the socket. @return 0 or a code with words */
int errlog_serve(struct errlog *errlog, struct provd_error *err);
/** Closes it and forgets the phones; what is not settled stays undelivered. */
void errlog_unserve(struct errlog *errlog);
/** A phone has left the hotspot: in a moment it has what it was sent. @param client may be NULL */
void errlog_phone_left(struct errlog *errlog, const struct provd_ap_client *client);

#endif /* ERRLOG_H */
