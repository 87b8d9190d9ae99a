/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file pcap.h
 * @brief Reads classic pcap files with 802.11 frames, from memory.
 */
#ifndef SIM_PCAP_H
#define SIM_PCAP_H

#include <stddef.h>
#include <stdint.h>

#define SIM_PCAP_80211	  105u /**< LINKTYPE_IEEE802_11 */
#define SIM_PCAP_RADIOTAP 127u /**< LINKTYPE_IEEE802_11_RADIOTAP */

/** A capture; borrows the bytes. */
struct sim_pcap {
	const uint8_t *bytes;
	size_t len;
	size_t pos; /**< of the next record */
	uint32_t link_type;
	uint32_t swapped; /**< written on a machine of the other byte order */
	uint32_t nano;	  /**< fractions are nanoseconds */
	uint32_t reserved;
};

/** One frame of it. Borrowed from the capture's bytes. */
struct sim_pcap_frame {
	uint64_t time_us;
	const uint8_t *data; /**< the 802.11 frame, radiotap header skipped */
	size_t len;	     /**< bytes on the air */
	size_t captured;     /**< bytes at `data`, fewer when the capture cut the rest off */
	uint32_t freq_mhz;
	int32_t signal_dbm;
	uint32_t has_fcs;
	uint32_t bad_fcs;
};

/**
 * Reads the file header. Pure.
 * @return 0; PROVD_E_INVALID: no pcap file; PROVD_E_NOT_SUPPORTED: another link type
 */
int sim_pcap_init(const uint8_t *bytes, size_t len, struct sim_pcap *out_pcap);

/** Goes back to the first frame. */
void sim_pcap_rewind(struct sim_pcap *pcap);

/**
 * Reads the next frame; records whose radiotap header is broken are skipped.
 * @return 1, or 0 at the end (a record that was cut is the end)
 */
int sim_pcap_next(struct sim_pcap *pcap, struct sim_pcap_frame *out_frame);

#endif /* SIM_PCAP_H */
