/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file store/store.h
 * @brief Durable records: a name, some bytes, replaced as a whole, old or new after a power cut.
 *
 * A record on the medium is: header (magic, format version, flags, length), checksum, and for a
 * store with a key AES-256-GCM over the content (record.h). A damaged record is set aside under
 * NAME.damaged, told in the log, and reads as PROVD_E_CORRUPT once, then as not there.
 */
#ifndef PROVD_CORE_STORE_H
#define PROVD_CORE_STORE_H

#include "log/log.h"
#include "loop/loop.h"

/** Longest name; [a-z0-9_-]+. */
#define PROVD_STORE_NAME_MAX 32
/** Largest content in bytes. */
#define PROVD_STORE_CONTENT_MAX 60000

struct provd_store;

/** How an operation of a backend ended. `content` is borrowed, only with a load that worked. */
typedef void provd_store_done_fn(void *user, int code, const struct provd_secret *content,
				 const struct provd_error *err);

/**
 * Where raw records lie. Each operation returns 0 and then ends by `done` exactly once on a later
 * turn, or returns a code and never does. Operations end in their order.
 */
struct provd_store_backend {
	void *self;
	int (*load)(void *self, const char *name, provd_store_done_fn *done, void *user);
	int (*save)(void *self, const char *name, const struct provd_secret *content,
		    provd_store_done_fn *done, void *user);
	int (*erase)(void *self, const char *name, provd_store_done_fn *done, void *user);
	/** Renames NAME to NAME.damaged, replacing an older one. */
	int (*set_aside)(void *self, const char *name, provd_store_done_fn *done, void *user);
	/** Ends everything without further callbacks. */
	void (*destroy)(void *self);
};

/** Records as files NAME.rec (0600) in a folder, which the first save makes (0700). */
int provd_store_folder(struct provd_loop *loop, const char *folder,
		       struct provd_store_backend *out_backend);

/**
 * Reads a key file: 32 bytes, or 64 hexadecimal digits and an optional line end. It must be a
 * regular file of root or the daemon's user that nobody else can read.
 * @param out_key given, 32 bytes
 * @return 0, NOT_FOUND, ACCESS, CORRUPT, IO with words
 */
int provd_store_key_file(const char *path, struct provd_secret **out_key, struct provd_error *err);

/**
 * @param backend taken, also on failure
 * @param key     referenced; 32 bytes, or NULL: content is not encrypted. A store with a key still
 *                reads plain records (they are encrypted at the next save); without the key an
 *                encrypted record gives PROVD_E_ACCESS and is left alone
 */
int provd_store_create(struct provd_loop *loop, struct provd_log *log,
		       const struct provd_store_backend *backend, const struct provd_secret *key,
		       struct provd_store **out_store);

/** From now on nothing is written without a key: saves end with PROVD_E_ACCESS until there is one. */
void provd_store_require_key(struct provd_store *store);

/** Gives the key later, before the first operation: a key of a HAL comes with its opening. */
void provd_store_set_key(struct provd_store *store, const struct provd_secret *key);

/** Ends all operations without further callbacks. NULL allowed. */
void provd_store_destroy(struct provd_store *store);

/**
 * Reads a record. `done`: 0 with the content; NOT_FOUND; CORRUPT (it has been set aside); ACCESS
 * (wrong or missing key, see provd_store_lacks_key, or the medium says no; the record stays);
 * NOT_SUPPORTED (written by a newer provd; it stays); IO.
 * @return 0: `done` follows; else it does not
 */
int provd_store_load(struct provd_store *store, const char *name, provd_store_done_fn *done,
		     void *user);
/** @return 1 when a load ended with ACCESS for want of the right key, 0 for any other reason */
int provd_store_lacks_key(const struct provd_error *err);
/** Replaces a record; `done` 0 means that it survives a power cut, else the old one is there. */
int provd_store_save(struct provd_store *store, const char *name,
		     const struct provd_secret *content, provd_store_done_fn *done, void *user);
/** A record that is not there is no error. */
int provd_store_erase(struct provd_store *store, const char *name, provd_store_done_fn *done,
		      void *user);

/** Counters since the start. */
struct provd_store_stats {
	uint64_t saves;
	uint64_t failures;
	uint64_t damaged;
};
struct provd_store_stats provd_store_get_stats(const struct provd_store *store);

#endif /* PROVD_CORE_STORE_H */
