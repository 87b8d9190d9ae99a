/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file jsonx.h
 * @brief What the codec needs around Jansson: members by type, output, wiping.
 *
 * Internal to the codec. Pure functions, any thread.
 */
#ifndef TENCENT_JSONX_H
#define TENCENT_JSONX_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct tencent_out;

/**
 * Frees a value that may hold secrets: every string in it, down to 16 levels, is wiped first.
 *
 * Jansson's own scratch memory (its token buffer, and the parts of a text it gave up on) is freed
 * inside the library and can only be reached by its process-wide allocator, which belongs to the
 * program and not to a plugin.
 * @param value taken (one reference), NULL allowed; nobody else may hold a reference to its parts
 */
void tencent_json_wipe(json_t *value);

/**
 * A string member.
 * @param out_len length in bytes, may be NULL
 * @return borrowed from `object`, NUL-terminated; NULL when absent or not a string
 */
const char *tencent_json_text(const json_t *object, const char *key, size_t *out_len);

/**
 * An integer member.
 * @return 0, or -1 when absent or not an integer of `min` to `max`; `out` is untouched then
 */
int tencent_json_int(const json_t *object, const char *key, int64_t min, int64_t max, int64_t *out);

/**
 * Appends a value as JSON text without blanks.
 * @return 0, or PROVD_E_INVALID / PROVD_E_NOMEM
 */
int tencent_json_put(struct tencent_out *out, const json_t *value);

/** Appends a text as a JSON string; the copy made for it is wiped. Returns as tencent_json_put. */
int tencent_json_put_string(struct tencent_out *out, const char *text);

#endif /* TENCENT_JSONX_H */
