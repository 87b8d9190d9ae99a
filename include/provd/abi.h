/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/abi.h
 * @brief Version of the plugin ABI and the rules that every structure of it keeps.
 *
 * 1. The first member is `uint32_t size`, set by the side that filled the structure in. A reader
 *    asks PROVD_HAS() before it touches a member that came after 1.0.
 * 2. Structures grow only at their end; a dead member becomes `reserved`. A break needs a new
 *    interface name ("provd.hal.station/2") or a new major. The sender sets reserved members to 0
 *    or NULL and the reader passes over them, so that a later minor can give one a meaning.
 *    Never longer become: structures inside others (provd_bytes, provd_addr, provd_credentials)
 *    and elements of arrays that have no element size beside them (provd_field, provd_frame,
 *    provd_http_header, provd_capability, provd_combination, provd_ble_characteristic).
 * 3. No padding on 32 or 64 bit, no foreign types, no `bool`, `enum`, `long` or bit-field members.
 *    `size_t` appears only beside the pointer whose bytes it counts.
 * 4. For an `out_*` structure the caller sets `size` to the room it has; the callee fills no more
 *    than that and sets `size` to what it filled: provd_copy_out(). One side may be older.
 * 5. Four words tell who owns what: *borrowed* (valid during the call), *copied*, *taken* (the
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

/**
 * Fills an `out_*` structure: copies what both sides know and says in `size` how much that is.
 * @param out    the caller's, with `size` set to its room
 * @param filled the callee's own, with `size` set
 */
static inline void provd_copy_out(void *out, const void *filled)
{
	uint32_t room = *(const uint32_t *)out;
	uint32_t size = *(const uint32_t *)filled;
	uint32_t i;

	if (size > room)
		size = room;
	for (i = sizeof(size); i < size; i++)
		((uint8_t *)out)[i] = ((const uint8_t *)filled)[i]; /* NOLINT: a byte is a byte */
	*(uint32_t *)out = size;
}

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
