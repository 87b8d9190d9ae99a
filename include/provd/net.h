/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/net.h
 * @brief Network data that several tables share: addresses, credentials, links, scan results.
 *
 * SSIDs are 0 to 32 raw bytes with a length, never text.
 */
#ifndef PROVD_NET_H
#define PROVD_NET_H

#include <provd/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of the longest SSID (IEEE 802.11-2020, 9.4.2.2). */
#define PROVD_SSID_MAX 32
/** Longest passphrase: 8 to 63 characters, or 64 hexadecimal digits of a raw key. */
#define PROVD_PASSPHRASE_MAX 64

/** An IP address and port. */
struct provd_addr {
	uint32_t size;
	uint32_t family; /**< 4 or 6; 0 is "none" */
	uint32_t port;	 /**< 1 to 65535; 0 is "none" */
	uint32_t scope;	 /**< IPv6 zone index, else 0 */
	uint8_t ip[16];	 /**< network order; IPv4 in the first 4 bytes */
};

/** Values of `security` members. */
enum provd_security {
	PROVD_SECURITY_UNKNOWN = 0,
	PROVD_SECURITY_OPEN = 1,
	PROVD_SECURITY_WEP = 2,
	PROVD_SECURITY_WPA = 3,
	PROVD_SECURITY_WPA2 = 4,
	PROVD_SECURITY_WPA3 = 5,       /**< SAE only */
	PROVD_SECURITY_WPA2_WPA3 = 6,  /**< transition mode */
	PROVD_SECURITY_ENTERPRISE = 7, /**< seen in scans, not joined */
	PROVD_SECURITY_OWE = 8
};

/** `provd_credentials.flags` */
enum provd_credentials_flag {
	PROVD_CREDENTIALS_BSSID = 1u << 0,  /**< `bssid` is set: try it first, then any */
	PROVD_CREDENTIALS_HIDDEN = 1u << 1, /**< the network does not tell its name in beacons */
	/** from the phone whose others are being tried now: it corrects itself, those are void */
	PROVD_CREDENTIALS_REPLACE = 1u << 2
};

/** What a phone delivers. */
struct provd_credentials {
	uint32_t size;
	uint32_t flags;	   /**< enum provd_credentials_flag */
	uint32_t ssid_len; /**< 1 to 32 bytes */
	uint32_t channel;  /**< 802.11 channel to try first; 0 any */
	uint32_t security; /**< enum provd_security; UNKNOWN lets the HAL look */
	uint32_t reserved;
	uint8_t ssid[PROVD_SSID_MAX];
	uint8_t bssid[6];
	uint8_t reserved2[2];
	const struct provd_secret *passphrase; /**< NULL or empty: open network */
	const void *reserved3;
};

/** `provd_link.flags` */
enum provd_link_flag {
	PROVD_LINK_ASSOCIATED = 1u << 0, /**< the station is joined to an access point */
	PROVD_LINK_ADDRESS = 1u << 1	 /**< `addr` is set: the network can be used */
};

/** The station's link. */
struct provd_link {
	uint32_t size;
	uint32_t flags;	    /**< enum provd_link_flag */
	uint32_t channel;   /**< 802.11 channel */
	int32_t signal_dbm; /**< 0 when not known */
	uint32_t ssid_len;
	uint32_t prefix_len; /**< of the address' network */
	uint8_t ssid[PROVD_SSID_MAX];
	uint8_t bssid[6];
	uint8_t mac[6]; /**< of the station */
	uint32_t reserved;
	struct provd_addr addr;
	struct provd_addr gateway; /**< family 0: none */
};

/** One access point of a scan. */
struct provd_bss {
	uint32_t size;
	uint32_t security; /**< enum provd_security */
	uint32_t channel;
	int32_t signal_dbm;
	uint32_t ssid_len; /**< 0 for a hidden network */
	uint32_t reserved;
	uint8_t ssid[PROVD_SSID_MAX];
	uint8_t bssid[6];
	uint8_t reserved2[2];
};

#ifdef __cplusplus
}
#endif

#endif /* PROVD_NET_H */
