/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file air/frame.h
 * @brief 802.11 frames as heard on the air, looked at without a copy or an allocation.
 *
 * Pure functions over bytes and length. Two inputs give the same output: the frames of a capture or
 * of the kernel (radiotap in front), and those of a HAL (struct provd_frame). Sources: IEEE
 * 802.11-2020, 9.2 (MAC header), 9.3.2 (data frames), 9.3.3.2 (beacons), 12.5 (cipher headers);
 * radiotap.org, "Defined Fields".
 */
#ifndef AIR_FRAME_H
#define AIR_FRAME_H

#include <provd/hal_monitor.h>
#include <provd/net.h>

/** Where a data frame goes. */
enum air_direction {
	AIR_TO_AP = 1,	/**< ToDS: from the phone */
	AIR_FROM_AP = 2 /**< FromDS: relayed by the access point */
};

/** How the body is protected, as far as the frame itself shows it. */
enum air_cipher {
	AIR_OPEN = 0,
	AIR_WEP = 1,
	AIR_TKIP = 2,
	AIR_CCMP = 3 /**< CCMP or GCMP; the length of the MIC, 8 or 16, is not in the frame */
};

/** `air_frame.flags` */
enum air_frame_flag {
	AIR_RETRY = 1u << 0,
	AIR_QOS = 1u << 1,
	AIR_IPV6 = 1u << 2,  /**< the destination is 33:33:..: an IPv6 header of 40 bytes */
	AIR_EXACT = 1u << 3, /**< open network: `udp_len` is what the IP header says */
	AIR_WIRED = 1u << 4, /**< open network: padded to the least Ethernet length */
	/**
	 * The cipher header fits TKIP as well as CCMP (one frame of 256 does), and CCMP is what
	 * `cipher` and `udp_len` say; with TKIP it is 4 bytes less. Streams decide by the frames
	 * around it.
	 */
	AIR_UNSURE = 1u << 5
};

/** `air_bss.group_mic` and `pairwise_mic`: not told, or 16 as well as 24. */
#define AIR_MIC_EITHER 255

/** A group-addressed data frame that may carry a datagram. */
struct air_frame {
	uint64_t time_us;
	uint32_t freq_mhz;  /**< 0: not known */
	int32_t signal_dbm; /**< 0: not known */
	uint32_t direction; /**< enum air_direction */
	uint32_t cipher;    /**< enum air_cipher */
	uint32_t flags;	    /**< enum air_frame_flag */
	uint16_t seq;	    /**< sequence number, 0 to 4095 */
	uint8_t tid;	    /**< 0 to 15; 16 without QoS */
	uint8_t reserved;
	uint8_t bssid[6];
	uint8_t sa[6]; /**< who sent it first: the phone, in both directions */
	uint8_t da[6];
	uint8_t reserved2[2];
	/** Bytes of the frame without FCS. */
	uint32_t mpdu_len;
	/**
	 * UDP payload length for an 8-byte MIC, IPv4 (IPv6 with AIR_IPV6) and LLC/SNAP; 8 less with
	 * a 16-byte MIC. Negative when the frame is too short for that: it may be ARP.
	 */
	int32_t udp_len;
};

/** What a beacon or probe response tells of its network. */
struct air_bss {
	uint8_t bssid[6];
	uint8_t ssid_len; /**< 0 for a hidden network */
	uint8_t channel;  /**< of DS parameter or HT operation, the true one; 0: not told */
	uint8_t ssid[PROVD_SSID_MAX];
	uint32_t security;  /**< enum provd_security */
	uint32_t group_mic; /**< bytes of cipher header and trailer of the group key: 0, 8, 16, 20,
				24, AIR_MIC_EITHER */
	/** Of the pairwise key: 0 open; where TKIP is offered beside an AES cipher, that one's. */
	uint32_t pairwise_mic;
	int32_t ht40; /**< +1 second channel above, -1 below, 0 none */
};

/** What air_parse() has found. */
enum air_kind {
	AIR_NOTHING = 0, /**< a frame that concerns nobody here */
	AIR_DATA = 1,	 /**< a struct air_frame */
	AIR_BEACON = 2	 /**< a struct air_bss */
};

/** Result of air_parse(); only the member that the kind names is filled. */
struct air_parsed {
	union {
		struct air_frame data;
		struct air_bss bss;
	} u;
};

/**
 * Looks at one frame from its frame control field on.
 *
 * DATA only: data or QoS data, group-addressed, not a fragment, ToDS or FromDS but not both, FCS
 * not known to be bad, at most one A-MSDU subframe, of a length that can hold a datagram of up to
 * 1500 bytes.
 * @param frame as a HAL gives it; `data` may be shorter than `len` (`captured`)
 * @return enum air_kind; AIR_NOTHING for length-only reports, truncated and malformed frames
 */
int air_parse(const struct provd_frame *frame, struct air_parsed *out_parsed);

/**
 * Reads a radiotap header (radiotap.org, "Radiotap" and "Defined Fields").
 *
 * Frames with padding between header and body (flag 0x20, "data pad") are refused: a
 * struct provd_frame cannot say that, and their lengths would mislead.
 * @param data    `len` bytes, header and frame
 * @param out_frame `data`, `len`, `flags`, `freq_mhz`, `signal_dbm`; `time_us` is left alone
 * @return 0 or PROVD_E_CORRUPT
 */
int air_radiotap(const uint8_t *data, size_t len, struct provd_frame *out_frame);

/** One instruction of classic BPF, as struct sock_filter. */
struct air_bpf {
	uint16_t code;
	uint8_t jump_true;
	uint8_t jump_false;
	uint32_t value;
};

/**
 * A program for the kernel (SO_ATTACH_FILTER on a monitor interface with radiotap) that lets
 * through what air_parse() gives as DATA or BEACON, and little else: the same tests in the same
 * order, without looking behind the MAC header.
 * @param out_count instructions
 * @return constant data
 */
const struct air_bpf *air_bpf_program(size_t *out_count);

#endif /* AIR_FRAME_H */
