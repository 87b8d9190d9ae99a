/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file config/words.h
 * @brief Small text functions of the config part: quoting, durations, near words.
 */
#ifndef PROVD_CORE_CONFIG_WORDS_H
#define PROVD_CORE_CONFIG_WORDS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** Bytes that hold any duration as text, with NUL. */
#define PROVD_DURATION_TEXT_MAX 48

/**
 * Writes a text in double quotes so that it stays on one line: controls and line separators are
 * escaped as in JSON, more than 48 characters are cut.
 */
void provd_words_quote(FILE *out, const char *text);

/** The same as a text of its own. @return given (free); NULL: no memory */
char *provd_words_quoted(const char *text);

/**
 * Reads "250ms", "5m", "1h30m": numbers with units h, m, s, ms, each at most once and in this order.
 * @return 0; PROVD_E_INVALID for anything else, or when it is beyond INT64_MAX milliseconds
 */
int provd_duration_parse(const char *text, int64_t *out_ms);

/** Writes the shortest text that provd_duration_parse reads back. */
void provd_duration_format(int64_t ms, char out[PROVD_DURATION_TEXT_MAX]);

/**
 * Damerau-Levenshtein distance (optimal string alignment) of two texts in bytes.
 * @return the distance; SIZE_MAX when one is longer than 64 bytes
 */
size_t provd_words_distance(const char *a, const char *b);

/**
 * Finds the candidate that was probably meant: at most two typing errors away, or one of both
 * begins with the other.
 * @param words NULL-terminated
 * @return one of `words`, or NULL
 */
const char *provd_words_near(const char *word, const char *const *words);

#endif /* PROVD_CORE_CONFIG_WORDS_H */
