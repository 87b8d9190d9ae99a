/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/hal_monitor.h
 * @brief HAL capability `monitor`: hear the frames of a channel.
 */
#ifndef PROVD_HAL_MONITOR_H
#define PROVD_HAL_MONITOR_H

#include <provd/hal.h>

#ifdef __cplusplus
extern "C" {
#endif

/** `provd_frame.flags` */
enum provd_frame_flag {
	PROVD_FRAME_FCS = 1u << 0,	  /**< the last 4 bytes are the FCS */
	PROVD_FRAME_BAD_FCS = 1u << 1,	  /**< the FCS did not match */
	PROVD_FRAME_LENGTH_ONLY = 1u << 2 /**< `data` is NULL: the chip told only `len` */
};

/** One 802.11 frame, from its frame control field on. Borrowed for the call. */
struct provd_frame {
	uint32_t size;
	uint32_t flags;	    /**< enum provd_frame_flag */
	uint32_t freq_mhz;  /**< where it was heard, 0: not known */
	int32_t signal_dbm; /**< 0: not known */
	uint64_t time_us;   /**< when, on a monotonic clock; only differences count */
	const uint8_t *data;
	size_t len;	 /**< bytes on the air, FCS included when the flag says so */
	size_t captured; /**< bytes at `data` where the rest was cut off; 0: all `len` */
	const void *reserved;
};

/** Where to listen first and who gets the frames. Copied. */
struct provd_monitor_plan {
	uint32_t size;
	uint32_t freq_mhz; /**< centre of the primary channel */
	uint32_t width;	   /**< 20 or 40 MHz */
	int32_t second;	   /**< 40 MHz: +1 second channel above, -1 below; else 0 */
	/** Frames in batches, on the loop thread, while monitoring; never from inside a call. */
	void (*frames)(void *user, const struct provd_frame *frames, size_t count);
	void *user;
};

/** Counters since `start`. */
struct provd_monitor_stats {
	uint32_t size;
	uint32_t reserved;
	uint64_t frames;  /**< handed over */
	uint64_t dropped; /**< lost because nobody took them in time */
};

/** Table "provd.hal.monitor/1". One user at a time; a second one gets PROVD_E_BUSY. */
struct provd_hal_monitor {
	uint32_t size;
	uint32_t reserved;
	/** Starts; OP_DONE when frames flow. @return 0, PROVD_E_BUSY, PROVD_E_STATE */
	int (*start)(void *inst, uint64_t op, const struct provd_monitor_plan *plan);
	/**
	 * Changes the channel; OP_DONE only when it has really changed.
	 * @return 0, PROVD_E_BUSY (an operation is running), PROVD_E_STATE (not monitoring, or the
	 *         station's link holds the channel), PROVD_E_NOT_SUPPORTED (not a channel of ours)
	 */
	int (*set_channel)(void *inst, uint64_t op, uint32_t freq_mhz, uint32_t width,
			   int32_t second);
	/**
	 * Stops; no frames after it returned, OP_DONE when the radio is free. Ends a running
	 * `start` or `set_channel` by CANCELED first. Allowed when not monitoring.
	 */
	int (*stop)(void *inst, uint64_t op);
	/** @return 0 */
	int (*get_stats)(void *inst, struct provd_monitor_stats *out_stats);
};

#ifdef __cplusplus
}
#endif

#endif /* PROVD_HAL_MONITOR_H */
