/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/hal_store.h
 * @brief HAL capability `store`: named blobs for boards without a file system of their own.
 */
#ifndef PROVD_HAL_STORE_H
#define PROVD_HAL_STORE_H

#include <provd/hal.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Longest key in bytes; keys are [a-z0-9._-]+. */
#define PROVD_STORE_KEY_MAX 64
/** Largest value in bytes. */
#define PROVD_STORE_VALUE_MAX 65536

/**
 * Table "provd.hal.store/1". Bytes in, bytes out; the core encrypts what is secret. Operations end
 * in their order. Each returns 0, PROVD_E_INVALID (key, size), PROVD_E_LIMIT (too many at once) or
 * PROVD_E_STATE.
 */
struct provd_hal_store {
	uint32_t size;
	uint32_t reserved;
	/** OP_DONE with the value, or with PROVD_E_NOT_FOUND, _CORRUPT, _IO as its status. */
	int (*load)(void *inst, uint64_t op, const char *key);
	/**
	 * Replaces the whole value; OP_DONE when it would survive a power cut, or with
	 * PROVD_E_NO_SPACE, _IO as its status, then the old value is still there. Copied.
	 */
	int (*save)(void *inst, uint64_t op, const char *key, const uint8_t *data, size_t len);
	/** OP_DONE; a key that is not there is no error. */
	int (*erase)(void *inst, uint64_t op, const char *key);
	/**
	 * A key of 32 bytes that only this device has and that stays the same, made for `purpose`
	 * ([a-z0-9-]+, at most 32 characters) in a secure element or from a fused key. OP_DONE with
	 * it as `secret`. NULL: the board has none.
	 */
	int (*device_key)(void *inst, uint64_t op, const char *purpose);
};

#ifdef __cplusplus
}
#endif

#endif /* PROVD_HAL_STORE_H */
