/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file log.h
 * @brief The text log that a phone app fetches: the query, the lines, the datagram.
 *
 * [C2] text log 3.2, log hotspot 3.3; the same query on the app's port 1.8. Pure functions, any
 * thread. Whoever serves it (hotspot, app channel, BLE) reads the session's lines from the host
 * service provd.journal/1 and adds them one by one.
 */
#ifndef TENCENT_LOG_H
#define TENCENT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <provd/journal.h>

/** Lines of one answer, and bytes of a line on the wire with its CR LF ([C2] 3.2: 128 with NUL). */
#define TENCENT_LOG_LINES    10
#define TENCENT_LOG_LINE_MAX 127
/** Bytes of the longest answer; one datagram. */
#define TENCENT_LOG_MAX (TENCENT_LOG_LINES * TENCENT_LOG_LINE_MAX)

/** The lines chosen so far, oldest first. Start it zeroed. */
struct tencent_log {
	size_t count;
	struct {
		uint8_t failure; /**< tells a failure: goes last when room is needed */
		uint8_t len;
		char text[TENCENT_LOG_LINE_MAX];
	} lines[TENCENT_LOG_LINES];
};

/**
 * Does a datagram ask for the log? Yes when it begins with `{"cmdType":3`, as the reference looks
 * at it ([C2] 3.3), blanks between the signs allowed (iOS sends pretty JSON), or is a JSON object
 * of at most 1024 bytes with cmdType 3 among other members.
 * @param data `len` bytes, borrowed, any content
 */
bool tencent_log_is_query(const void *data, size_t len);

/**
 * Writes one line: `<ms>|<function>(<line>): <text>` CR LF ([C2] 3.2), ms the 32 low bits of the
 * monotonic milliseconds. `function` is the state's name, `line` the number in its session; the
 * text is event and detail, or for a failure its sentence, its name and the app's pair:
 * `the signal is too weak, WIFI_SIGNAL (12, -9)`. What is too long is cut, but never the name nor
 * the pair. Control characters and what is not UTF-8 become `?`, secrets `<secret>` without their
 * length.
 * @param out TENCENT_LOG_LINE_MAX bytes; not terminated
 * @return its length
 */
size_t tencent_log_line(const struct provd_journal_line *line, char *out);

/**
 * Adds a line; they come oldest first. Of more than 10 the failures stay, the newest of them, then
 * the newest others.
 */
void tencent_log_add(struct tencent_log *log, const struct provd_journal_line *line);

/**
 * Writes the answer.
 * @param out TENCENT_LOG_MAX bytes; not terminated
 * @return its length; 0 when there is no line
 */
size_t tencent_log_text(const struct tencent_log *log, char *out);

#endif /* TENCENT_LOG_H */
