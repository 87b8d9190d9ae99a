/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file daemon/pending.h
 * @brief Calls of the control socket that are answered later. Their clients may leave meanwhile.
 *
 * Two kinds: one that waits for its turn is forgotten with its client; one whose work is under way
 * goes on without it.
 */
#ifndef PROVD_CORE_PENDING_H
#define PROVD_CORE_PENDING_H

#include "daemon/handlers.h"

/** Calls in one list at most. */
#define PROVD_PENDING_MAX 16

struct waiting_call {
	struct waiting_call *next;
	struct waiting_call **list; /**< that it is in */
	struct provd_daemon *daemon;
	struct provd_control_call *call; /**< NULL: its client has left */
	int stays;			 /**< when its client leaves */
	size_t count;			 /**< that it is to be answered with */
	provd__handler_fn *handler;	 /**< is called anew when its turn has come */
	const json_t *parameters;	 /**< borrowed from the call */
};

/** Keeps a call that waits for its turn; it is answered when there are too many. */
void provd__wait(struct waiting_call **list, struct provd_daemon *daemon,
		 struct provd_control_call *call, const json_t *parameters,
		 provd__handler_fn *handler);

/** Takes the first one out; free(). @return NULL: the list is empty */
struct waiting_call *provd__wait_take(struct waiting_call **list);

/** Has the handlers called of those that are in the list now. */
void provd__wait_run(struct waiting_call **list);

/** Ends all with Unavailable. */
void provd__wait_refuse(struct waiting_call **list, const char *reason);

/** Keeps a call whose work is under way. @return NULL: answered, there are too many */
struct waiting_call *provd__pending_begin(struct waiting_call **list, struct provd_daemon *daemon,
					  struct provd_control_call *call);

/** The work is done; frees. @return the call to be answered, or NULL: nobody waits any more */
struct provd_control_call *provd__pending_end(struct waiting_call *pending);

/** Frees calls whose work will not end any more; the control socket is closed. */
void provd__pending_drop(struct waiting_call **list);

#endif /* PROVD_CORE_PENDING_H */
