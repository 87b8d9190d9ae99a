/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/abi.h
 * @brief Version of the plugin ABI and the rules that every structure of it keeps.
 *
 * 1. The first member is `uint32_t size`, set by the side that filled the structure in. A reader
 *    asks PROVD_HAS() before it touches a member that came after 1.0.
 * 2. Structures grow only at their end; a dead member becomes `reserved`. A break needs a new
 *    interface name ("provd.hal.station/2") or a new major.
 * 3. No padding on 32 or 64 bit, no foreign types, no `bool`, `enum`, `long` or bit-field members.
 *    `size_t` appears only beside the pointer whose bytes it counts.
 * 4. Four words tell who owns what: *borrowed* (valid during the call), *copied*, *taken* (the
 *    callee frees), *given* (the caller frees with the named function). Nobody frees the other
 *    side's memory.
 *
 * Unless a function says otherwise: it runs on the loop thread, returns within 50 ms, its pointer
 * arguments are borrowed, it may be called from inside a callback, and it exists since 1.0.
 */
#ifndef PROVD_ABI_H
#define PROVD_ABI_H

#include <stddef.h>
#include <stdint.h>

/** Changes when an old plugin can no longer work. */
#define PROVD_ABI_MAJOR 1
/** Grows with every addition. History: include/CHANGES.md. */
#define PROVD_ABI_MINOR 0
/** "PRVD" read as a little-endian number. */
#define PROVD_ABI_MAGIC 0x44565250u

#if defined(__GNUC__)
#define PROVD_EXPORT __attribute__((visibility("default")))
#else
#define PROVD_EXPORT
#endif

/** True when the structure as sent reaches to the end of `member`. */
#define PROVD_HAS(ptr, member)                                                                     \
	((size_t)((const char *)(&(ptr)->member + 1) - (const char *)(ptr)) <= (ptr)->size)

/** A view on bytes that somebody else owns; `data` may be NULL when `len` is 0. */
struct provd_bytes {
	const uint8_t *data;
	size_t len;
};

/**
 * A secret (passphrase, token, key): opaque, reference counted, wiped when the last reference
 * goes. Only `provd_host.secret_*` makes and reads them; no log or event prints one.
 */
struct provd_secret;

#endif /* PROVD_ABI_H */
