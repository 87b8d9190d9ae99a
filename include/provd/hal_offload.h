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
	/** A name of the capability's `variants`: "airkiss", "esptouch", "simpleconfig", ... */
	const char *variant;
	const struct provd_secret *key; /**< key or PIN of the method, or NULL */
};

/** Data of PROVD_EV_OFFLOAD_RESULT. */
struct provd_offload_result {
	uint32_t size;
	uint32_t random; /**< the byte that the acknowledgement returns; 256: none */
	struct provd_credentials credentials; /**< with its own `size` */
	struct provd_addr phone;	      /**< with its own `size`; family 0: not known */
	uint32_t reserved_len;		      /**< data beside the credentials, 0 to 64 bytes */
	uint8_t reserved_data[64];
	uint32_t reserved;
};

/** Table "provd.hal.offload/1". */
struct provd_hal_offload {
	uint32_t size;
	uint32_t reserved;
	/**
	 * Starts listening; OP_DONE when it listens, then OFFLOAD_RESULT, maybe several.
	 * @return 0, PROVD_E_NOT_SUPPORTED (not one of its variants: take the frames of `monitor`
	 *         instead), PROVD_E_BUSY, PROVD_E_STATE
	 */
	int (*start)(void *inst, uint64_t op, const struct provd_offload_request *request);
	/**
	 * Stops; OP_DONE when the radio is free. Ends a running `start` by CANCELED first. Allowed
	 * when not listening.
	 */
	int (*stop)(void *inst, uint64_t op);
};

#ifdef __cplusplus
}
#endif

#endif /* PROVD_HAL_OFFLOAD_H */
