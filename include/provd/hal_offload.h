/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/hal_offload.h
 * @brief HAL capability `offload`: the chipset's firmware decodes a sniffing method itself.
 */
#ifndef PROVD_HAL_OFFLOAD_H
#define PROVD_HAL_OFFLOAD_H

#include <provd/hal.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What to decode. */
struct provd_offload_request {
	uint32_t size;
	uint32_t reserved;
	const char *variant;		/**< "airkiss", "esptouch", "esptouch2", "simpleconfig" */
	const struct provd_secret *key; /**< AES key or PIN of the method, or NULL */
};

/** Data of PROVD_EV_OFFLOAD_RESULT. */
struct provd_offload_result {
	uint32_t size;
	uint32_t random; /**< the byte for AirKiss' acknowledgement; 256: none */
	struct provd_credentials credentials;
	struct provd_addr phone; /**< family 0 when not known */
	uint32_t reserved_len;	 /**< ESP-Touch v2 extra data, 0 to 64 bytes */
	uint8_t reserved_data[64];
	uint32_t reserved;
};

/** Table "provd.hal.offload/1". */
struct provd_hal_offload {
	uint32_t size;
	uint32_t reserved;
	/** Starts listening; OP_DONE when it listens, then OFFLOAD_RESULT, maybe several. */
	int (*start)(void *inst, uint64_t op, const struct provd_offload_request *request);
	/** Stops; OP_DONE. */
	int (*stop)(void *inst, uint64_t op);
};

#ifdef __cplusplus
}
#endif

#endif /* PROVD_HAL_OFFLOAD_H */
