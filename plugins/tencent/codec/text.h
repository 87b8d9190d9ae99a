/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file text.h
 * @brief Bounded text output, error objects and printable copies for the Tencent codec.
 *
 * All functions are pure: any thread, no state, nothing kept after the call.
 */
#ifndef TENCENT_TEXT_H
#define TENCENT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <provd/error.h>

/**
 * Output into caller's memory. After the first failure nothing more is written, but `len` goes on
 * counting, so that a writer without memory (`data` NULL, `cap` 0) measures a text.
 */
struct tencent_out {
	char *data; /**< borrowed, `cap` bytes, may be NULL when `cap` is 0 */
	size_t cap; /**< room in `data` with the terminating NUL */
	size_t len; /**< bytes wanted so far, without the NUL */
	int failed; /**< 0, or the PROVD_E_* code of the first failure that is not lack of room */
};

/** Starts an output into `data` of `cap` bytes. */
void tencent_out_init(struct tencent_out *out, char *data, size_t cap);

/** Appends `len` bytes as they are. */
void tencent_out_bytes(struct tencent_out *out, const char *bytes, size_t len);

/** Appends a NUL-terminated text as it is. */
void tencent_out_text(struct tencent_out *out, const char *text);

/** Appends a decimal number. */
void tencent_out_number(struct tencent_out *out, int64_t number);

/** Appends a NUL-terminated UTF-8 text as a quoted JSON string; other bytes fail the output. */
void tencent_out_json(struct tencent_out *out, const char *text);

/**
 * Ends an output: terminates it by a NUL.
 * @return length without the NUL; PROVD_E_NO_SPACE when it did not fit, PROVD_E_INVALID for text
 * that is not UTF-8, PROVD_E_NOMEM. After a failure `data` is wiped.
 */
int tencent_out_finish(struct tencent_out *out);

/**
 * Fills an error object and hands the code back.
 * @param err filled if not NULL and its `size` is set
 * @param code a negative PROVD_E_* code
 * @param format printf format of the text; over-long text is cut
 * @return `code`
 */
int tencent_fail(struct provd_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * Copies foreign text so that it can be shown: printable ASCII stays, anything else (and the
 * backslash) becomes `\xNN`; what does not fit is cut.
 * @param out at least 1 byte; always NUL-terminated
 * @param cap size of `out` in bytes
 * @param text `len` bytes, borrowed
 * @param len length in bytes
 */
void tencent_printable(char *out, size_t cap, const char *text, size_t len);

/**
 * Is every character of a text an ASCII letter, a digit or one of `extra`?
 * @param text NUL-terminated
 * @param extra further characters allowed, NUL-terminated
 * @return false as well for the empty text
 */
bool tencent_is_name(const char *text, const char *extra);

#endif /* TENCENT_TEXT_H */
