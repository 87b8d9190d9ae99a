/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file radiotap.h
 * @brief Reads the radiotap header in front of a captured 802.11 frame.
 */
#ifndef SIM_RADIOTAP_H
#define SIM_RADIOTAP_H

#include <stddef.h>
#include <stdint.h>

/** What the header says; see radiotap.org "Defined Fields". */
struct sim_radiotap {
	size_t header_len;  /**< where the 802.11 frame starts */
	uint32_t freq_mhz;  /**< 0: not said */
	int32_t signal_dbm; /**< 0: not said */
	uint32_t has_fcs;   /**< the frame ends in its FCS */
	uint32_t bad_fcs;
};

/**
 * Reads the header. Pure.
 * @param bytes, len header and frame
 * @param out_header untouched on failure
 * @return 0 or PROVD_E_INVALID
 */
int sim_radiotap_read(const uint8_t *bytes, size_t len, struct sim_radiotap *out_header);

#endif /* SIM_RADIOTAP_H */
