/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AIR_FRAME_INTERNAL_H
#define AIR_FRAME_INTERNAL_H

#include "air/frame.h"

/* MAC header with three addresses, without QoS control. */
#define AIR_HEADER_LEN 24

/**
 * Reads a beacon or probe response.
 * @param data  `have` bytes, at least AIR_HEADER_LEN; without FCS
 * @param whole 1: the frame is no longer than that; 0: the capture has cut it off
 * @return AIR_BEACON or AIR_NOTHING
 */
int air__parse_beacon(const uint8_t *data, size_t have, int whole, struct air_bss *out_bss);

#endif /* AIR_FRAME_INTERNAL_H */
