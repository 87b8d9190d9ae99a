/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/device.h
 * @brief Optional host service "provd.device/1": who this device is, for names and labels.
 */
#ifndef PROVD_DEVICE_H
#define PROVD_DEVICE_H

#include <provd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PROVD_DEVICE "provd.device/1"

/** Facts on the device. Texts are borrowed until the next call. */
struct provd_device_info {
	uint32_t size;
	uint32_t can_ap_station; /**< 1: the HAL runs softap and station together */
	uint8_t mac[6];		 /**< of the Wi-Fi station */
	uint8_t reserved[2];
	const char *product; /**< from the cloud's identity; "" when not known */
	const char *device;
};

/** The table. */
struct provd_device {
	uint32_t size;
	uint32_t reserved;
	/** @return 0, or PROVD_E_STATE before the HALs are open */
	int (*get_info)(void *self, struct provd_device_info *out_info);
};

#ifdef __cplusplus
}
#endif

#endif /* PROVD_DEVICE_H */
