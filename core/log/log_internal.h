/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file log/log_internal.h
 * @brief Shared by the files of core/log only: bounded line writer, fields, rate limit.
 */
#ifndef PROVD_CORE_LOG_INTERNAL_H
#define PROVD_CORE_LOG_INTERNAL_H

#include "log/log.h"

/** A line under construction in a buffer of fixed size. What does not fit is dropped. */
struct provd__line {
	char *buf;
	size_t len;
	size_t size;
	int json;     /**< escape for JSON, else for text */
	int overflow; /**< something was dropped */
};

void provd__line_bytes(struct provd__line *line, const char *bytes, size_t len);
void provd__line_text(struct provd__line *line, const char *text);
/** Formatted ASCII of ours, at most 127 bytes; never with bytes of others. */
void provd__line_printf(struct provd__line *line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/** A name (key, topic): everything but [A-Za-z0-9_.-] becomes '_'. */
void provd__line_name(struct provd__line *line, const char *name);
/** In quotes, escaped, at most `max` bytes of output; an ellipsis stands for the rest. */
void provd__line_quoted(struct provd__line *line, const void *data, size_t len, size_t max);
/** Escaped without quotes. */
void provd__line_escaped(struct provd__line *line, const void *data, size_t len, size_t max);
/** Bytes of the character at `data` when it is printable UTF-8; else 0. */
size_t provd__utf8_char(const uint8_t *data, size_t len);

/** Writes pairs, each after a space (text) or a comma but the first (JSON); stops when full. */
void provd__fields_write(struct provd__line *line, const struct provd_field *fields, size_t count,
			 int personal);

/** Most call sites that are counted at a time. */
#define PROVD_LOG_SITES_MAX 256

/** A call site in the rate limit's table. Copies, since its plugin may be unmapped. */
struct provd__site {
	const struct provd_log_site *site; /**< a key, not followed; NULL: free */
	uint64_t window_start;		   /**< ms */
	uint64_t last_use;
	uint64_t suppressed;
	uint32_t written;
	uint32_t level;
	char topic[PROVD_LOG_TOPIC_SIZE];
	char event[64];
};

struct provd__limit {
	uint32_t burst;
	uint64_t window_ms;
	uint64_t uses;
	size_t holding; /**< entries with suppressed lines */
	struct provd__site sites[PROVD_LOG_SITES_MAX];
};

/**
 * Counts one line of a call site.
 * @param now         ms, monotonic
 * @param out_evicted filled when an older site with suppressed lines had to go; `suppressed` of it
 *                    is 0 otherwise
 * @return 1: write it, 0: suppress it
 */
int provd__limit_pass(struct provd__limit *limit, const struct provd_log_site *site,
		      const char *topic, uint64_t now, struct provd__site *out_evicted);

/** Takes one site whose window has ended (any site if `all`) with suppressed lines.
 *  @return 1 and the copy, or 0 when there is none */
int provd__limit_take(struct provd__limit *limit, uint64_t now, int all,
		      struct provd__site *out_site);

/** Where lines go; `to_syslog` may be replaced by tests. */
struct provd__target {
	enum provd_log_target kind; /**< not AUTO */
	void (*to_syslog)(void *user, int priority, const char *text);
	void *syslog_user;
};

void provd__target_open(struct provd__target *target, enum provd_log_target wanted);
void provd__target_close(struct provd__target *target);
/** @return LOG_ERR to LOG_DEBUG of <syslog.h> */
int provd__target_priority(uint32_t level);
/** @param line `len` bytes with the newline; may be changed */
void provd__target_write(const struct provd__target *target, uint32_t level, char *line,
			 size_t len);
/** Of a log, for tests that put their own `to_syslog` in. */
struct provd__target *provd__log_target(struct provd_log *log);

#endif /* PROVD_CORE_LOG_INTERNAL_H */
