/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AIR_SYMBOL_INTERNAL_H
#define AIR_SYMBOL_INTERNAL_H

#include "air/symbol.h"

/* Sequence numbers a stream looks back, and room of its reordering window (smartconfig.md 6.2). */
#define AIR_WINDOW 64

/* A frame that waits for an earlier one. */
struct air_waiting {
	uint64_t time_us;
	int32_t len;
	int32_t len2;
	uint32_t freq_mhz;
	uint8_t da[6];
	uint8_t exact;
	uint8_t reserved;
};

struct air_stream {
	uint64_t last_us;   /* of its last frame */
	uint64_t useful_us; /* of the last evidence */
	uint64_t seen;	    /* bit n: position `high` - n was heard */
	uint64_t waiting;   /* bit n: a frame of the position with this remainder waits */
	int64_t high;	    /* the highest position heard */
	int64_t next;	    /* all below were handed over or are given up */
	uint32_t epoch;
	uint32_t phone;
	uint32_t direction;
	uint32_t useful;
	uint32_t hold_us; /* how long a gap is waited for */
	uint32_t cipher;  /* the last sure one; AIR_OPEN: none yet */
	uint32_t mic;	  /* of its access point's element: 16, 20, 24, or others: not known */
	uint32_t live;
	uint8_t sa[6];
	uint8_t bssid[6];
	struct air_waiting ring[AIR_WINDOW];
};

struct air_streams {
	air_symbol_fn *fn;
	void *user;
	uint64_t now_us;
	uint64_t beacons;
	size_t bss_count;
	size_t last; /* the stream of the last frame: mostly that of the next one */
	uint32_t epochs;
	uint32_t reserved;
	uint64_t keys[AIR_STREAMS_MAX][2]; /* of living streams; {0, 0}: free */
	struct air_stream streams[AIR_STREAMS_MAX];
	uint64_t bss_heard[AIR_BSS_MAX];
	struct air_bss bss[AIR_BSS_MAX];
};

/** Takes what a beacon or a scan says, tells the streams of that access point. */
void air__bss_learn(struct air_streams *streams, const struct air_bss *bss);

/** Sets what is known of the stream's cipher from its access point. */
void air__stream_set_mic(struct air_stream *stream, const struct air_bss *bss);

#endif /* AIR_SYMBOL_INTERNAL_H */
