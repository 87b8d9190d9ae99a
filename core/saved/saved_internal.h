/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file saved/saved_internal.h
 * @brief Shared by the files of core/saved only: the queue of changes and their steps.
 *
 * The change at the head of the queue goes through phases, each a few operations of the store, one
 * at a time. A step either has an operation under way or says at once why not; what comes of
 * it is taken in the same place (provd__saved_take).
 */
#ifndef PROVD_CORE_SAVED_INTERNAL_H
#define PROVD_CORE_SAVED_INTERNAL_H

#include "saved/format.h"
#include "saved/list.h"
#include "saved/saved.h"

#include <provd/error.h>

/** The records, in the order in which they are read. */
enum provd__record {
	RECORD_DEVICE,
	RECORD_NETWORKS,
	RECORD_STAGED,
	RECORD_COUNT
};

enum provd__change_kind {
	CHANGE_LOAD,
	CHANGE_ADD,
	CHANGE_FORGET,
	CHANGE_PRIORITY,
	CHANGE_STAGE,
	CHANGE_UNSTAGE,
	CHANGE_BOUND,
	CHANGE_RESET
};

enum provd__phase {
	PHASE_LOAD,    /**< reads the records */
	PHASE_MIGRATE, /**< saves what the mark of older versions said */
	PHASE_VOID,    /**< erases a staged session that is ended */
	PHASE_READ,    /**< reads a record of the change that could not be read before */
	PHASE_WIPE,    /**< erases what a reset has decided to forget */
	PHASE_COMMIT,  /**< the one operation that makes the change durable */
	PHASE_WAIT     /**< cannot be done; a read of no effect brings the later turn */
};

/** What was asked for; holds references of its secrets. */
struct provd__change {
	struct provd__change *next;
	enum provd__change_kind kind;
	struct provd_credentials credentials; /**< or the name alone */
	struct provd_saved_staged staged;
	int32_t priority;
	uint32_t parts;
	provd_saved_done_fn *done;
	void *user;
	enum provd__phase phase;
	int result; /**< of PHASE_WAIT, and of the whole once it has ended */
};

struct provd_saved {
	struct provd_log *log;
	struct provd_store *store;
	struct provd_saved_list list;
	struct provd_saved_staged staged;
	int has_staged;
	struct provd_saved_device device;
	int has_device;		  /**< there was such a record at the start */
	int locked[RECORD_COUNT]; /**< code with which changes fail, or 0 */
	int no_key[RECORD_COUNT]; /**< that is for want of the key: reading again is of no use */
	const char *lost[RECORD_COUNT]; /**< a sentence on what could not be read, or NULL */
	int device_loss;		/**< why, while the record "device" is lost */
	int assumed; /**< bound because the record "device" is lost; nothing says so */
	const char *warnings[RECORD_COUNT + 1];
	uint64_t staged_id; /**< of the session that the record may hold; 0: none */
	int is_void;	    /**< the staged session that was read is ended */
	char *mark; /**< path of the mark of older versions while it may be there, else NULL */
	int asked;  /**< provd_saved_load was called */

	struct provd__change *first;
	struct provd__change *last;
	int running;			       /**< an operation of the first one is under way */
	enum provd__record record;	       /**< that it is about */
	int erased[RECORD_COUNT];	       /**< in this PHASE_WIPE */
	int tried[RECORD_COUNT];	       /**< in this PHASE_READ */
	struct provd_saved_list next_list;     /**< what the first change makes of the list */
	struct provd_saved_device next_device; /**< and of the device */
	int changed;			       /**< the observer is to be told */

	void (*on_change)(void *user);
	void *on_change_user;
	int *gone; /**< set when a callback destroys this */
};

const char *provd__record_name(enum provd__record record);

/** Works the head of the queue out from the state now. @return 0, or why it cannot be done */
int provd__saved_begin(struct provd_saved *saved, struct provd__change *change);

/** Asks the store for the next operation. @return 0: under way; else a code */
int provd__saved_step(struct provd_saved *saved, struct provd__change *change);

/** Takes how an operation ended. @return 1 when the change has ended, as its `result` says */
int provd__saved_take(struct provd_saved *saved, struct provd__change *change, int code,
		      const struct provd_secret *content, const struct provd_error *err);

/** The same for PHASE_LOAD, PHASE_MIGRATE and PHASE_VOID. */
int provd__load_step(struct provd_saved *saved, const struct provd__change *change);
int provd__load_take(struct provd_saved *saved, struct provd__change *change, int code,
		     const struct provd_secret *content, const struct provd_error *err);

/** Takes how reading a record once more ended (PHASE_READ). */
void provd__load_again(struct provd_saved *saved, int code, const struct provd_secret *content,
		       const struct provd_error *err);

/** The record may be changed again. */
void provd__load_unlock(struct provd_saved *saved, enum provd__record record);
/** The record was read or replaced: nothing is said about it any more. */
void provd__load_settled(struct provd_saved *saved, enum provd__record record);

/** Nothing is staged in memory. */
void provd__saved_unstage(struct provd_saved *saved);
/** The same when the staged session is the one that is ended. @return 1 when it was */
int provd__saved_unstage_ended(struct provd_saved *saved);

/** The callback of all operations (saved.c). */
void provd__saved_on_stored(void *user, int code, const struct provd_secret *content,
			    const struct provd_error *err);

/** @return 1 when a reset left something that is yet to be erased */
int provd__saved_must_wipe(const struct provd_saved *saved);

/** @return 1 when there is a file of that path */
int provd__mark_is_there(const char *path);
/** Removes it, durably; one that is not there is none to remove. @return 0 or PROVD_E_IO, _ACCESS */
int provd__mark_remove(const char *path);
/** Removes the mark that is known, if any; a failure is logged and it stays known. */
void provd__saved_drop_mark(struct provd_saved *saved);

#endif /* PROVD_CORE_SAVED_INTERNAL_H */
