/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/hal.h
 * @brief Operations that every HAL has; its capabilities are tables of their own.
 *
 * A HAL offers any of `station`, `softap`, `monitor`, `offload`, `ble`, `store`, one table each
 * (<provd/hal_station.h> and so on), fetched by interface name. A capability that is not there is
 * listed with the reason; nothing pretends. A HAL call that must block goes through
 * `provd_host.run_blocking`.
 */
#ifndef PROVD_HAL_H
#define PROVD_HAL_H

#include <provd/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PROVD_HAL_STATION "provd.hal.station/1"
#define PROVD_HAL_SOFTAP  "provd.hal.softap/1"
#define PROVD_HAL_MONITOR "provd.hal.monitor/1"
#define PROVD_HAL_OFFLOAD "provd.hal.offload/1"
#define PROVD_HAL_BLE	  "provd.hal.ble/1"
#define PROVD_HAL_STORE	  "provd.hal.store/1"

/** One capability: there, or not there and why. */
struct provd_capability {
	uint32_t size;
	uint32_t available;   /**< 1 or 0 */
	const char *name;     /**< PROVD_HAL_STATION, ... */
	const char *variants; /**< offload: "airkiss,esptouch"; else NULL */
	const char *reason;   /**< why it is not available, one sentence; NULL when it is */
	const void *reserved;
};

/** Radio uses, as bits. */
enum provd_radio_use {
	PROVD_RADIO_STATION = 1u << 0,
	PROVD_RADIO_SOFTAP = 1u << 1,
	PROVD_RADIO_MONITOR = 1u << 2,
	PROVD_RADIO_OFFLOAD = 1u << 3,
	PROVD_RADIO_BLE = 1u << 4
};

/** Uses that the hardware can do at the same time. */
struct provd_combination {
	uint32_t size;
	uint32_t uses;	       /**< bits of enum provd_radio_use */
	uint32_t same_channel; /**< 1: only on one common channel */
	uint32_t reserved;
};

/** Frequency bands, as bits. */
enum provd_band {
	PROVD_BAND_2GHZ = 1u << 0,
	PROVD_BAND_5GHZ = 1u << 1,
	PROVD_BAND_6GHZ = 1u << 2
};

/** What a HAL can do. The arrays stay the HAL's and valid until CAPS_CHANGED or `destroy`. */
struct provd_hal_caps {
	uint32_t size;
	uint32_t bands;	     /**< bits of enum provd_band */
	uint32_t securities; /**< bits 1 << enum provd_security that the station can join */
	uint32_t reserved;
	const struct provd_capability *capabilities;
	size_t capability_count;
	const struct provd_combination *combinations; /**< single uses need no entry */
	size_t combination_count;
	const char *interface_name; /**< for logs, e.g. "wlan0"; may be NULL */
	const void *reserved2;
	uint8_t mac[6]; /**< of the station interface */
	uint8_t reserved3[2];
};

/** Operations; all are needed. */
struct provd_hal_ops {
	uint32_t size;
	uint32_t reserved;
	/** As in struct provd_method_ops: reads options, touches nothing. */
	int (*create)(const struct provd_host *host, void **out_inst, struct provd_error *err);
	/** After HAL_CLOSED or FAILED, or if never opened. NULL allowed. */
	void (*destroy)(void *inst);
	/**
	 * Says whether it fits this board, by looking only.
	 * @return 0 (no) to 100 (made for it), or a negative code with words in `err`
	 */
	int (*probe)(void *inst, struct provd_error *err);
	/**
	 * Takes the hardware, and first ends what a daemon that was killed has left on it: an access
	 * point, a monitor interface, an advertisement.
	 * @return 0: HAL_OPENED or FAILED follows; negative: refused
	 */
	int (*open)(void *inst);
	/** Ends all operations by OP_DONE (CANCELED), gives the hardware back, then HAL_CLOSED. */
	void (*close)(void *inst);
	/** Allowed after HAL_OPENED. @return 0 or a negative code */
	int (*get_caps)(void *inst, struct provd_hal_caps *out_caps);
	/**
	 * @return the capability's table, constant, or NULL; its functions take `inst`
	 */
	const void *(*get_interface)(void *inst, const char *name, uint32_t size);
};

#ifdef __cplusplus
}
#endif

#endif /* PROVD_HAL_H */
