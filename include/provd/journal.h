/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/journal.h
 * @brief Optional host service "provd.journal/1": what went wrong in earlier sessions, and whether
 * somebody was told.
 *
 * For methods and clouds that hand the log of a failed session over to a phone. The journal
 * outlives the daemon. Its entries are made of typed fields, so no secret can be among them, and
 * names and addresses are shortened unless the owner asked for them in full.
 */
#ifndef PROVD_JOURNAL_H
#define PROVD_JOURNAL_H

#include <provd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PROVD_JOURNAL "provd.journal/1"

/** Marks of a session's records. */
enum provd_journal_mark {
	/** an app of a later session was told them in a word (Tencent: Previous_Error) */
	PROVD_JOURNAL_TOLD = 1u << 0,
	/** the log was handed over and its receiver has shown that it has it */
	PROVD_JOURNAL_DELIVERED = 1u << 1
};

/** `provd_failure.flags` */
enum provd_failure_flag {
	PROVD_FAILURE_IMPORTED = 1u << 0 /**< recorded by other software, see provd_log_format */
};

/** One failure: why an attempt, or a session without any, came to nothing. */
struct provd_failure {
	uint32_t size;
	uint32_t flags;	  /**< enum provd_failure_flag */
	uint64_t session; /**< number, never reused; 0: imported */
	uint64_t t_us;	  /**< monotonic time of that run of the device */
	uint64_t unix_ms; /**< wall clock; 0 when not known */
	int32_t code;	  /**< a PROVD_E_* code */
	uint32_t state;	  /**< enum provd_session_state_id in which it happened */
	int32_t app_id;	  /**< how the owner's app numbers it, see provd_app_failure; 0: none */
	int32_t app_sub;
	uint32_t marks; /**< enum provd_journal_mark of its session */
	uint32_t reserved;
	const char *method; /**< plugin name of the method whose attempt it was, or "" */
	const char *text;   /**< a sentence; valid during the call */
};

/** One line of a session's log. Texts are valid during the call. */
struct provd_journal_line {
	uint32_t size;
	uint32_t number;  /**< of the line in its session, from 1 */
	uint64_t session; /**< number */
	uint64_t t_us;	  /**< monotonic time of that run of the device */
	uint64_t unix_ms; /**< wall clock; 0 when not known */
	uint32_t state;	  /**< enum provd_session_state_id after it */
	int32_t code;	  /**< the failure it tells, or 0 */
	int32_t app_id;	  /**< as in provd_failure */
	int32_t app_sub;
	const char *event;  /**< a few words */
	const char *detail; /**< "key=value key=value", or "" */
};

/** The table. Loop thread. */
struct provd_journal {
	uint32_t size;
	uint32_t reserved;
	/**
	 * Calls `fn` for the failures of ended sessions that lack all of `marks`, oldest first.
	 * @param marks 0: all failures
	 * @return how many, or a negative code
	 */
	int (*failures)(void *self, uint32_t marks,
			void (*fn)(void *user, const struct provd_failure *failure), void *user);
	/**
	 * Calls `fn` for each line of a session, oldest first.
	 * @param session 0: the newest failed session that is not DELIVERED
	 * @return the session's number as an event would carry it, in `out_session`; 0 or
	 *         PROVD_E_NOT_FOUND (no such session, or nothing is to be delivered)
	 */
	int (*lines)(void *self, uint64_t session, uint64_t *out_session,
		     void (*fn)(void *user, const struct provd_journal_line *line), void *user);
	/**
	 * Adds marks to a session; durable a moment later. A session that is not there any more is
	 * no error.
	 */
	void (*mark)(void *self, uint64_t session, uint32_t marks);
};

/** Interface name of struct provd_log_format, asked of a method's `get_interface`. */
#define PROVD_LOG_FORMAT "provd.log_format/1"

/**
 * A foreign form of the failures, for `provctl errlog export` and `import`: pure functions of a
 * plugin that knows it.
 */
struct provd_log_format {
	uint32_t size;
	uint32_t reserved;
	const char *name; /**< as in `--format NAME`: [a-z][a-z0-9-]{0,31} */
	/**
	 * Writes failures, oldest first. What the form cannot hold is left out, the oldest first.
	 * @param out `cap` bytes
	 * @return bytes written, or PROVD_E_NO_SPACE
	 */
	int (*encode)(const struct provd_failure *failures, size_t count, uint8_t *out, size_t cap);
	/**
	 * Reads them; `fn` is called for each, with flag IMPORTED and session 0.
	 * @return how many, or PROVD_E_CORRUPT when it is not of this form: then `fn` was not called
	 */
	int (*decode)(const uint8_t *data, size_t len,
		      void (*fn)(void *user, const struct provd_failure *failure), void *user);
};

#ifdef __cplusplus
}
#endif

#endif /* PROVD_JOURNAL_H */
