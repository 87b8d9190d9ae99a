/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/hal_station.h
 * @brief HAL capability `station`: scan for and join networks.
 */
#ifndef PROVD_HAL_STATION_H
#define PROVD_HAL_STATION_H

#include <provd/hal.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What to look for. */
struct provd_scan_request {
	uint32_t size;
	uint32_t ssid_len; /**< 0: all networks; else also probe for this hidden one */
	uint8_t ssid[PROVD_SSID_MAX];
	const uint32_t *channels; /**< 802.11 channels; NULL: all allowed ones */
	size_t channel_count;
};

/** Table "provd.hal.station/1". One operation at a time; a second one gets PROVD_E_BUSY. */
struct provd_hal_station {
	uint32_t size;
	uint32_t reserved;
	/**
	 * Scans. SCAN_RESULT events with `op`, then OP_DONE.
	 * @return 0, PROVD_E_BUSY, PROVD_E_STATE, PROVD_E_WIFI_RADIO
	 */
	int (*scan)(void *inst, uint64_t op, const struct provd_scan_request *request);
	/**
	 * Joins and gets an address. PROGRESS events ("associating", "authenticating",
	 * "address"), then OP_DONE with provd_link, or with the true reason:
	 * PROVD_E_WIFI_NO_AP, _PASSPHRASE, _REJECTED, _SECURITY, _NO_DHCP, _SIGNAL, _RADIO.
	 * The credentials are copied (the secret referenced). The old link is left first.
	 * @return 0, PROVD_E_BUSY, PROVD_E_INVALID, PROVD_E_STATE
	 */
	int (*connect)(void *inst, uint64_t op, const struct provd_credentials *credentials);
	/** Leaves the network; allowed when not joined. No event. */
	void (*disconnect)(void *inst);
	/** Ends `op` by OP_DONE (CANCELED) on the next turn. Old numbers allowed. */
	void (*cancel)(void *inst, uint64_t op);
	/** The link as it is now. @return 0; `flags` is 0 when not joined */
	int (*get_link)(void *inst, struct provd_link *out_link);
};

#ifdef __cplusplus
}
#endif

#endif /* PROVD_HAL_STATION_H */
