/* SPDX-License-Identifier: Apache-2.0 */
/* Every form in which a datagram may be heard. */
#ifndef AIR_SHAPES_H
#define AIR_SHAPES_H

#include "air_vector.h"

#define SHAPE_ROOM 2600

struct shape {
	struct air_dress dress;
	int ht_control;
	int amsdu;
};

/* Number of shapes; those without QoS have neither HT control nor A-MSDU. */
size_t shape_count(void);
void shape_get(size_t index, struct shape *out);

/* Bytes of the frame; `out` has SHAPE_ROOM bytes. */
size_t shape_frame(const struct shape *shape, const struct air_vector_packet *packet, uint16_t seq,
		   uint8_t *out);

/* The frame as a HAL gives it. */
struct provd_frame shape_hal(const struct shape *shape, const uint8_t *data, size_t len);

#endif /* AIR_SHAPES_H */
