/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file air/symbol.h
 * @brief From frames to symbols: streams without duplicates, in order, with positions.
 *
 * A stream is what one transmitter sends in one direction: (BSSID, phone, direction). Its sequence
 * numbers tell duplicates apart, put reordered frames right, and say how many frames are missing
 * between two that were heard. Memory is bounded and in the structure itself; nothing is allocated
 * after air_streams_init().
 */
#ifndef AIR_SYMBOL_H
#define AIR_SYMBOL_H

#include "air/frame.h"

/** Streams that are followed at once; the one that was of least use makes room. */
#define AIR_STREAMS_MAX 32
/** Access points that are remembered, for ciphers and channels. */
#define AIR_BSS_MAX 64

/** One frame of a stream, in its place. */
struct air_symbol {
	uint64_t time_us;
	/** Index below AIR_STREAMS_MAX, stable while the stream lives; used again after that. */
	uint32_t stream;
	/** The phone's, below AIR_STREAMS_MAX: its streams share it. Another `sa`: another phone. */
	uint32_t phone;
	uint32_t direction; /**< enum air_direction */
	/**
	 * Another number when `position` starts anew: after a silence of 2 s, when the counter
	 * was set back, when the stream was forgotten. No two streams share one.
	 */
	uint32_t epoch;
	/**
	 * Unwrapped sequence number, growing within an epoch. Between two symbols of a TO_AP stream the difference is the
	 * number of frames the phone has sent; in FROM_AP streams it is an upper bound, since the
	 * access point counts its other group frames too.
	 */
	int64_t position;
	int32_t len; /**< UDP payload length; see `len2` */
	/** The other possible one (a 16-byte MIC; TKIP before the stream is known), -1: none. */
	int32_t len2;
	uint8_t sa[6];
	uint8_t bssid[6];
	uint8_t da[6];
	uint8_t reserved[2];
	uint32_t freq_mhz;
	uint32_t exact; /**< 1: `len` was read from the IP header */
};

/** Takes a symbol. Borrowed for the call. */
typedef void air_symbol_fn(void *user, const struct air_symbol *symbol);

struct air_streams;

/** Bytes of a struct air_streams (72 KiB), for the caller's memory. */
size_t air_streams_size(void);
/**
 * @param streams memory of air_streams_size() bytes, aligned as by malloc(); nothing to finish
 * @param fn      gets the symbols; it may call air_streams_useful() and air_streams_bss*()
 */
void air_streams_init(struct air_streams *streams, air_symbol_fn *fn, void *user);

/**
 * A frame of any kind; calls `fn` for the symbols that are in order now.
 *
 * Duplicates are dropped. A gap in a TO_AP stream is waited for (20 ms; 100 ms once one was filled
 * too late), one in a FROM_AP stream is not (20 ms then): access points do not repeat group frames.
 * What comes later than that is dropped, so that positions only grow.
 */
void air_streams_push(struct air_streams *streams, const struct provd_frame *frame);

/** What waits in reordering windows for longer than 100 ms is handed over. */
void air_streams_tick(struct air_streams *streams, uint64_t now_us);

/**
 * Evidence that a stream (and its phone) is of use: it is evicted later. It counts half after 8 s,
 * a quarter after 16 s, and so on.
 */
void air_streams_useful(struct air_streams *streams, uint32_t stream, uint32_t weight);

/** An access point that was heard. @return NULL: not that one */
const struct air_bss *air_streams_bss(const struct air_streams *streams, const uint8_t *bssid);
/** All of them, for CRC searches. */
const struct air_bss *air_streams_bss_list(const struct air_streams *streams, size_t *out_count);
/** Adds one that a scan has found. */
void air_streams_add_bss(struct air_streams *streams, const struct air_bss *bss);

#endif /* AIR_SYMBOL_H */
