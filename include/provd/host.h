/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/host.h
 * @brief What the daemon offers to every plugin instance.
 *
 * Each instance gets a table of its own in `create()`. It stays valid until `destroy()` has
 * returned. The host counts every timer, watch and job of the instance and names what is left
 * over when it stops. Only `log`, `post` and the two clocks may be called from another thread or
 * from inside blocking work. Optional services come by name: get_interface().
 */
#ifndef PROVD_HOST_H
#define PROVD_HOST_H

#include <provd/error.h>
#include <provd/event.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Log levels. */
enum provd_log_level {
	PROVD_LOG_ERROR = 1, /**< needs a person */
	PROVD_LOG_WARN = 2,  /**< odd but handled */
	PROVD_LOG_INFO = 3,  /**< a handful for one provisioning */
	PROVD_LOG_DEBUG = 4
};

/** A place in the code that logs; constant data, so that the host can limit its rate. */
struct provd_log_site {
	uint32_t size;
	uint32_t level; /**< enum provd_log_level */
	uint32_t line;
	uint32_t reserved;
	const char *file;
	const char *topic; /**< one of the descriptor's topics; NULL: the plugin's name */
	const char *event; /**< what happened, a few words, e.g. "access point up" */
	const void *reserved2;
};

/** `fd_watch` events. */
enum provd_fd_event {
	PROVD_FD_READ = 1u << 0,
	PROVD_FD_WRITE = 1u << 1,
	PROVD_FD_ERROR = 1u << 2 /**< reported only, always watched */
};

/** A blocking job. The structure is copied; `user` is the plugin's. */
struct provd_work {
	uint32_t size;
	uint32_t reserved;
	uint64_t timeout_ms; /**< 0: no limit. Afterwards `done` reports PROVD_E_TIMEOUT */
	/** Runs on a pool thread; one at a time for each instance. Returns its status. */
	int (*run)(void *user);
	/** On the loop thread, exactly once: the status of `run`, CANCELED or TIMEOUT. */
	void (*done)(void *user, int status);
	/** On the loop thread, exactly once, after both `run` and `done` are over. May be NULL. */
	void (*release)(void *user);
	void *user;
};

/** The service table. `host` is always the table itself. */
struct provd_host {
	uint32_t size;
	uint32_t abi_minor; /**< the daemon's PROVD_ABI_MINOR */

	/** Writes a line. Any thread. See PROVD_LOG. */
	void (*log)(const struct provd_host *host, const struct provd_log_site *site,
		    const struct provd_field *fields, size_t field_count);
	/** Monotonic microseconds; virtual in tests. Any thread. */
	uint64_t (*now_us)(const struct provd_host *host);
	/** Wall clock, milliseconds since 1970 UTC; may be wrong or jump. Any thread. */
	uint64_t (*unix_ms)(const struct provd_host *host);
	/** Fills `buf` with `len` bytes of cryptographic quality. @return 0 or PROVD_E_INTERNAL */
	int (*random)(const struct provd_host *host, void *buf, size_t len);
	/** A number never given before and never again, for operations. */
	uint64_t (*new_id)(const struct provd_host *host);

	/**
	 * Calls `fn(user)` once, after `delay_ms`, on the loop thread.
	 * @param out_id number for timer_stop
	 * @return 0, PROVD_E_LIMIT (1024 timers), PROVD_E_NOMEM
	 */
	int (*timer_start)(const struct provd_host *host, uint64_t delay_ms, void (*fn)(void *user),
			   void *user, uint64_t *out_id);
	/** After it `fn` is not called. Old and zero numbers are allowed. */
	void (*timer_stop)(const struct provd_host *host, uint64_t id);

	/**
	 * Calls `fn(user, events)` whenever `fd` is ready, until fd_unwatch. The descriptor stays
	 * the plugin's and must stay open until fd_unwatch.
	 * @param events PROVD_FD_READ, PROVD_FD_WRITE or both
	 * @return 0, PROVD_E_INVALID, PROVD_E_LIMIT, PROVD_E_NOMEM
	 */
	int (*fd_watch)(const struct provd_host *host, int32_t fd, uint32_t events,
			void (*fn)(void *user, uint32_t events), void *user, uint64_t *out_id);
	/** After it `fn` is not called. Old and zero numbers are allowed. */
	void (*fd_unwatch)(const struct provd_host *host, uint64_t id);

	/**
	 * Calls `fn(user)` once on the loop thread. Any thread. Calls keep their order.
	 * Stop the threads that call it before `destroy` returns: the table is gone then.
	 * @return 0, PROVD_E_LIMIT (4096 waiting), PROVD_E_NOMEM, PROVD_E_STATE while the instance
	 *         is being destroyed; on an error `fn` is not called
	 */
	int (*post)(const struct provd_host *host, void (*fn)(void *user), void *user);

	/**
	 * Runs a job that blocks on a pool thread. Jobs of one instance run one after another.
	 * @return 0: `done` and `release` will run; PROVD_E_LIMIT (256 jobs), PROVD_E_NOMEM: neither
	 */
	int (*run_blocking)(const struct provd_host *host, const struct provd_work *work,
			    uint64_t *out_id);
	/** Ends the wait: `done` reports CANCELED on the next turn, a late result is dropped. */
	void (*work_cancel)(const struct provd_host *host, uint64_t id);

	/** Text of an option, its default, or NULL. Borrowed until `destroy`; of an option with
	 *  PROVD_OPTION_RELOAD until the loop's next turn, as are its items and its secret. */
	const char *(*option_text)(const struct provd_host *host, const char *name);
	/** An integer; a boolean as 0 or 1; a duration in milliseconds; 0 when not set. */
	int64_t (*option_int)(const struct provd_host *host, const char *name);
	/** Entries of a list option. */
	size_t (*option_count)(const struct provd_host *host, const char *name);
	/** Entry `index` of a list of texts, or NULL. Borrowed until `destroy`. */
	const char *(*option_item)(const struct provd_host *host, const char *name, size_t index);
	/** A secret option or NULL. Borrowed until `destroy`. */
	const struct provd_secret *(*option_secret)(const struct provd_host *host,
						    const char *name);

	/** Makes a secret from a copy of `len` bytes (at most 64 KiB). Given; NULL: no memory. */
	struct provd_secret *(*secret_create)(const struct provd_host *host, const void *bytes,
					      size_t len);
	/** One reference more. @return the same secret, given; NULL for NULL */
	struct provd_secret *(*secret_ref)(const struct provd_host *host,
					   const struct provd_secret *secret);
	/** One reference less; the last one wipes. NULL is allowed. */
	void (*secret_unref)(const struct provd_host *host, const struct provd_secret *secret);
	/** The bytes, borrowed while a reference is held; NULL gives an empty view. */
	void (*secret_view)(const struct provd_host *host, const struct provd_secret *secret,
			    struct provd_bytes *out_view);

	/**
	 * Raises an event. It is copied and delivered on the next loop turn.
	 * @return 0, PROVD_E_INVALID (type or sizes), PROVD_E_LIMIT (4096 waiting), PROVD_E_NOMEM
	 */
	int (*emit)(const struct provd_host *host, const struct provd_event *event);

	/**
	 * Fetches an optional service ("provd.http/1") or, for methods, a capability of a HAL
	 * ("provd.hal.softap/1"). Which kind of plugin gets which: include/README.md.
	 * @param size     what the caller knows of the table, sizeof(struct ...)
	 * @param out_self first argument of every function of that table
	 * @return the table, valid until `destroy`; NULL when it is not offered. It may be
	 *         shorter than `size`: ask PROVD_HAS() for members that came later
	 */
	const void *(*get_interface)(const struct provd_host *host, const char *name, uint32_t size,
				     void **out_self);
};

/**
 * Logs an event with pairs: PROVD_LOG(host, PROVD_LOG_INFO, NULL, "access point up",
 * provd_f_int("channel", 6)). At least one pair is needed; PROVD_LOG0 takes none.
 */
#define PROVD_LOG(host, level_, topic_, event_, ...)                                               \
	do {                                                                                       \
		static const struct provd_log_site provd_site_ = {sizeof(struct provd_log_site),   \
								  (level_),                        \
								  __LINE__,                        \
								  0,                               \
								  __FILE__,                        \
								  (topic_),                        \
								  (event_),                        \
								  NULL};                           \
		const struct provd_field provd_fields_[] = {__VA_ARGS__};                          \
		(host)->log((host), &provd_site_, provd_fields_,                                   \
			    sizeof(provd_fields_) / sizeof(provd_fields_[0]));                     \
	} while (0)

/** Logs an event without pairs. */
#define PROVD_LOG0(host, level_, topic_, event_)                                                   \
	do {                                                                                       \
		static const struct provd_log_site provd_site_ = {sizeof(struct provd_log_site),   \
								  (level_),                        \
								  __LINE__,                        \
								  0,                               \
								  __FILE__,                        \
								  (topic_),                        \
								  (event_),                        \
								  NULL};                           \
		(host)->log((host), &provd_site_, NULL, 0);                                        \
	} while (0)

#ifdef __cplusplus
}
#endif

#endif /* PROVD_HOST_H */
