/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/hal_softap.h
 * @brief HAL capability `softap`: be an access point with DHCP for the phone.
 */
#ifndef PROVD_HAL_SOFTAP_H
#define PROVD_HAL_SOFTAP_H

#include <provd/hal.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The access point to open. */
struct provd_softap_config {
	uint32_t size;
	uint32_t ssid_len;   /**< 1 to 32 bytes */
	uint32_t channel;    /**< 802.11 channel; 0: the HAL chooses */
	uint32_t security;   /**< enum provd_security: OPEN, WPA2, WPA3 or WPA2_WPA3 */
	uint32_t prefix_len; /**< network of `address`, e.g. 24 */
	uint32_t max_clients;
	uint32_t hidden; /**< 1: the name is not in beacons */
	uint32_t reserved;
	uint8_t ssid[PROVD_SSID_MAX];
	uint8_t address[4]; /**< own IPv4 address; DHCP serves the rest of its network */
	uint8_t reserved2[4];
	const struct provd_secret *passphrase; /**< NULL for OPEN */
	const void *reserved3;
};

/** A phone on the access point; data of PROVD_EV_AP_JOINED and _LEFT. */
struct provd_ap_client {
	uint32_t size;
	uint32_t reserved;
	uint8_t mac[6];
	uint8_t reserved2[2];
	struct provd_addr addr; /**< family 0 until DHCP has served it */
};

/** Table "provd.hal.softap/1". */
struct provd_hal_softap {
	uint32_t size;
	uint32_t reserved;
	/**
	 * Opens the access point with its DHCP service. OP_DONE when phones can join; then
	 * AP_JOINED and AP_LEFT, and AP_FAILED if it goes down by itself. Config is copied.
	 * @return 0, PROVD_E_BUSY (one is open), PROVD_E_INVALID, PROVD_E_STATE
	 */
	int (*start)(void *inst, uint64_t op, const struct provd_softap_config *config);
	/** Closes it; OP_DONE. Ends a running `start` by CANCELED first. Allowed when closed. */
	int (*stop)(void *inst, uint64_t op);
	/** Sends one client away. @return 0 or PROVD_E_NOT_FOUND */
	int (*kick)(void *inst, const uint8_t mac[6]);
};

#ifdef __cplusplus
}
#endif

#endif /* PROVD_HAL_SOFTAP_H */
