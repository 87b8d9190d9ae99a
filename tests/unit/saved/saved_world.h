/* SPDX-License-Identifier: Apache-2.0 */
/** A medium in memory whose every operation can fail or be cut off, with store and list on it. */
#ifndef TEST_SAVED_WORLD_H
#define TEST_SAVED_WORLD_H

#include "saved/saved.h"

#define TEST_TIMEOUT 40
/** Operations that are remembered, and records that the medium can hold. */
#define MEDIUM_OPS   128
#define MEDIUM_ITEMS 8

struct medium_item {
	char name[64];
	struct provd_secret *bytes; /**< NULL: free */
};

/** When something happens to the changing operation number `at` (from 1); 0: never. */
struct medium_fault {
	int at;
	int code;      /**< it ends with this code and changes nothing */
	int cut;       /**< it never ends: the power is cut */
	int cut_after; /**< and that came when it was on the medium already */
	int refuse;    /**< the operation is not even begun */
	int late;      /**< it is on the medium when it ends with the code */
};

struct medium {
	struct provd_owner *owner;
	struct medium_item items[MEDIUM_ITEMS];
	char ops[MEDIUM_OPS][48]; /**< "save networks" */
	int op_count;
	int change_count; /**< saves and erases among them */
	struct medium_fault fault;
	int fault_for_good;	 /**< all from `at` on */
	int fail_loads;		 /**< code that loads end with */
	const char *fail_record; /**< only those of this record; NULL: all */
	int open;		 /**< operations that have not ended */
	int most_open;
	int opened; /**< grows with each store that ends */
};

/** Everything on one loop. */
struct world {
	struct provd_loop *loop;
	struct provd_log *log;
	struct medium medium;
	struct provd_secret *key;
	struct provd_store *store;
	struct provd_saved *saved;
	size_t max;
	const char *mark;
	int changes;			 /**< calls of the observer */
	char text[PROVD_ERROR_TEXT_MAX]; /**< of the last do_...; "" without one */
	char lines[65536];
	size_t lines_len;
};

/** How a change ended. */
struct outcome {
	int count;
	int code;
	char text[PROVD_ERROR_TEXT_MAX];
	int order; /**< number among the outcomes of `*counter` */
	int *counter;
};

void world_begin(struct world *world, size_t max);
/** Frees all; there must be no leak. */
void world_end(struct world *world);
/** Store and list anew on the same medium, as after a power cut; reads the records. */
void world_restart(struct world *world);
/** The same without reading. */
void world_reopen(struct world *world);
/** Ends store and list. */
void world_close(struct world *world);

/** `done` of a change. */
void outcome_set(void *user, int code, const struct provd_error *err);
/** Turns until it has ended; fails the test after 15 s. */
void outcome_wait(struct world *world, const struct outcome *outcome);
/** Turns some ten times: nothing more should come. */
void world_idle(struct world *world);

/** @return 1 when there is a record of that name */
int medium_has(const struct medium *medium, const char *name);
/** Puts bytes in place of a record. */
void medium_set(struct medium *medium, const char *name, const void *bytes, size_t len);
/** Puts a text as content of a record without a key there. */
void medium_write(struct world *world, const char *name, const char *text);

/** Credentials of text; passphrase NULL: open. They hold a reference: credentials_drop. */
struct provd_credentials credentials_make(const char *ssid, const char *passphrase);
void credentials_drop(struct provd_credentials *credentials);

/** Each waits for its end and returns the code of it. */
int do_add(struct world *world, const char *ssid, const char *passphrase);
int do_forget(struct world *world, const char *ssid);
int do_priority(struct world *world, const char *ssid, int32_t priority);
int do_stage(struct world *world, const char *ssid, const char *token);
int do_unstage(struct world *world);
int do_bound(struct world *world);
int do_reset(struct world *world, uint32_t parts);

/** What the list says now, as text: names, passphrases, priorities, staged, bound. */
const char *describe(const struct provd_saved *saved, char *out, size_t size);

#endif
