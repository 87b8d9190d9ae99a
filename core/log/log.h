/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file log/log.h
 * @brief Log lines: topics with levels, text or JSON, no secrets, a rate limit per call site.
 *
 * A line has a time, level, topic, event and typed pairs (<provd/field.h>). Any thread may write.
 */
#ifndef PROVD_CORE_LOG_H
#define PROVD_CORE_LOG_H

#include <provd/host.h>

struct provd_log;

enum provd_log_layout {
	PROVD_LOG_TEXT = 1,
	PROVD_LOG_JSON = 2
};

/** Where lines go. */
enum provd_log_target {
	PROVD_LOG_TO_STDERR = 0,
	/** The journal when JOURNAL_STREAM says that standard error leads there, else as STDERR. */
	PROVD_LOG_TO_AUTO,
	/** Standard error with "<N>" before each line, sd-daemon(3), and without an own time. */
	PROVD_LOG_TO_JOURNAL,
	/** syslog(3) as "provd", facility LOG_DAEMON; without an own time. */
	PROVD_LOG_TO_SYSLOG
};

/** How to log. */
struct provd_log_config {
	enum provd_log_layout format;
	enum provd_log_target target;
	uint32_t level; /**< for topics without a level of their own, enum provd_log_level */
	int personal;	/**< 1: SSID, MAC and IP in full; 0: shortened */
	uint32_t burst; /**< lines that one call site may write in `window_ms`; 0: no limit */
	uint64_t window_ms;
	/** Takes a whole line with its newline. NULL: the target. Called under a lock. */
	void (*write)(void *user, const char *line, size_t len);
	void *user;
	/** Milliseconds since 1970 for stamps and windows. NULL: the real clocks. Under the lock. */
	uint64_t (*now_ms)(void *user);
};

/** Longest line in bytes with its newline; a longer one is cut with a mark. */
#define PROVD_LOG_LINE_MAX 4096
/** Longest shown value of one pair in bytes; a longer one ends in an ellipsis. */
#define PROVD_LOG_VALUE_MAX 1024
/** Most topics with a level of their own, and longest topic with its NUL. */
#define PROVD_LOG_TOPICS_MAX 64
#define PROVD_LOG_TOPIC_SIZE 64

/** @return 0 or PROVD_E_NOMEM. The configuration is copied. */
int provd_log_create(const struct provd_log_config *config, struct provd_log **out_log);

/** Writes how many lines were suppressed, then frees. NULL allowed. */
void provd_log_destroy(struct provd_log *log);

/**
 * Writes a line if its topic's level lets it. Any thread.
 * @param source  the writing plugin or core module ("softap", "session"); the topic when the site
 *                names none, else topic is "source.site-topic" unless both are equal
 * @param session number of the running session, 0 none
 */
void provd_log_write(struct provd_log *log, const char *source, uint64_t session,
		     const struct provd_log_site *site, const struct provd_field *fields,
		     size_t field_count);

/**
 * The same with a level and words that are known only at run time; `site` serves the rate limit.
 * @param event borrowed, any text; it is escaped
 */
void provd_log_write_event(struct provd_log *log, const char *source, uint64_t session,
			   const struct provd_log_site *site, uint32_t level, const char *event,
			   const struct provd_field *fields, size_t field_count);

/**
 * Sets the level of a topic, at run time too. Any thread.
 * @param topic NULL: the default level
 *              "softap" holds for "softap.ap" too, unless that one has a level itself
 * @return 0, PROVD_E_INVALID (level, or a topic over 63 bytes), PROVD_E_LIMIT (64 topics)
 */
int provd_log_set_level(struct provd_log *log, const char *topic, uint32_t level);

/** Calls `fn` for the default level (topic NULL), then for each topic with one of its own. Any
 *  thread; `fn` is called under the log's lock and must not log. */
void provd_log_each_level(struct provd_log *log,
			  void (*fn)(void *user, const char *topic, uint32_t level), void *user);

/** A topic with a level of its own. */
struct provd_log_topic {
	const char *topic;
	uint32_t level; /**< enum provd_log_level */
};

/** What of a log may change at run time; as in struct provd_log_config. */
struct provd_log_settings {
	uint32_t level;
	int personal;
	uint32_t burst;
	uint64_t window_ms;
	const struct provd_log_topic *topics; /**< all of them; a later one of the same name wins */
	size_t topic_count;
};

/**
 * Sets all of it, or nothing. Topics that are not named go back to the default level, levels of
 * provd_log_set_level too. Any thread.
 * @param settings copied
 * @return 0, PROVD_E_INVALID or PROVD_E_LIMIT as provd_log_set_level
 */
int provd_log_reconfigure(struct provd_log *log, const struct provd_log_settings *settings);

/** Forgets the call sites whose data lies in [start, start + len): a plugin is unmapped. */
void provd_log_forget(struct provd_log *log, const void *start, size_t len);

/** Formats pairs as " key=value ..." text, escaped and redacted as in a text line.
 *  @return bytes written without NUL; output is cut to fit `size` */
size_t provd_fields_format(const struct provd_field *fields, size_t count, int personal, char *out,
			   size_t size);

/** PROVD_CLOG(log, "session", id, PROVD_LOG_INFO, "joined", provd_f_int(...), ...) for the core. */
#define PROVD_CLOG(log_, source_, session_, level_, event_, ...)                                   \
	do {                                                                                       \
		static const struct provd_log_site provd_site_ = {sizeof(struct provd_log_site),   \
								  (level_),                        \
								  __LINE__,                        \
								  0,                               \
								  __FILE__,                        \
								  NULL,                            \
								  (event_),                        \
								  NULL};                           \
		const struct provd_field provd_fields_[] = {__VA_ARGS__};                          \
		provd_log_write((log_), (source_), (session_), &provd_site_, provd_fields_,        \
				sizeof(provd_fields_) / sizeof(provd_fields_[0]));                 \
	} while (0)

#endif /* PROVD_CORE_LOG_H */
