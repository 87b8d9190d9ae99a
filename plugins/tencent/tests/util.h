/* SPDX-License-Identifier: Apache-2.0 */
/** @file util.h @brief What the codec tests share: vectors, exact copies, leak check. */
#ifndef TENCENT_TEST_UTIL_H
#define TENCENT_TEST_UTIL_H

#include <stddef.h>

#include <jansson.h>

#include <provd/error.h>

/** Loads PROVD_VECTOR_DIR/name; fails the test when it cannot. The caller json_decref()s it. */
json_t *load_vectors(const char *name);

/** A string member, which must be there. Borrowed. */
const char *text_of(const json_t *object, const char *key);

/** An integer member, which must be there. */
json_int_t number_of(const json_t *object, const char *key);

/** The entry of an array whose member `key` is `value`; must be there. Borrowed. */
json_t *entry_of(json_t *array, const char *key, const char *value);

/**
 * Heap copy of exactly `len` bytes, so that a sanitizer sees a read behind the end. Free it.
 * Never NULL, also for `len` 0.
 */
char *exact_copy(const void *data, size_t len);

/** An error object ready to be filled. */
struct provd_error fresh_error(void);

/** Fails the test when memory leaked so far; nothing without LeakSanitizer. Last line of a test. */
void expect_no_leaks(void);

#endif /* TENCENT_TEST_UTIL_H */
