/* SPDX-License-Identifier: Apache-2.0 */
/* Streams with a list of what came out of them. */
#ifndef AIR_STREAM_UTIL_H
#define AIR_STREAM_UTIL_H

#include "air_vector.h"

#define HEARD_MAX 8192

struct heard {
	struct air_streams *streams;
	struct air_dress dress; /* of the next frames */
	size_t count;
	struct air_symbol symbols[HEARD_MAX];
};

/* On the heap: the caller frees it by heard_destroy(). */
struct heard *heard_create(void);
void heard_destroy(struct heard *heard);

/* Pushes a broadcast datagram of `len` bytes in the present dress. */
void heard_push(struct heard *heard, uint16_t seq, int32_t len, uint64_t time_us);

/* The next frames are those of phone `phone` by way of access point `ap`. */
void heard_from(struct heard *heard, uint32_t direction, uint8_t phone, uint8_t ap);

#endif /* AIR_STREAM_UTIL_H */
