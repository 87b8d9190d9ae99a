/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the ESP-Touch v1 decoder share. */
#ifndef ESPTOUCH1_INTERNAL_H
#define ESPTOUCH1_INTERNAL_H

#include "air/crc.h"
#include "codec/esptouch1.h"

/* Indices 0 to 110: 105 bytes and 6 of the BSSID (smartconfig.md 2.3). */
#define ET1_INDICES 111
#define ET1_HEAD    9
#define ET1_TOTAL   105
/* Transmitters per phone: two access points, two directions. */
#define ET1_STREAMS 4
#define ET1_WINDOW  32
#define ET1_VALUES  3
#define ET1_NONE    0xFF
#define ET1_ORDERS  5
/* Whole triples that prove the protocol, smartconfig.md 6.4. */
#define ET1_PROOF 3

/*
 * Weights of a vote. EXACT: position certain from both sides, good enough without the other half.
 * SURE: next to its index packet, or the only place that fits. WEAK: one of two places.
 */
enum et1_weight {
	ET1_WEAK = 1,
	ET1_SURE = 6,
	ET1_EXACT = 8,
	ET1_TWICE = 16,
	ET1_FULL = 60
};

enum et1_half {
	ET1_HIGH = 0,
	ET1_LOW = 1
};

/* How a byte is known: not, by one half, by one half heard again and again, by both with CRC. */
enum et1_state {
	ET1_UNKNOWN = 0,
	ET1_ONE_HALF = 1,
	ET1_HALF_TWICE = 2,
	ET1_PAIR = 3
};

struct et1_value {
	uint8_t value;
	uint8_t weight;
};

struct et1_byte {
	struct et1_value half[2][ET1_VALUES];
	uint8_t value;
	uint8_t state; /* enum et1_state */
	uint8_t next;  /* index that was sent after this one, ET1_NONE */
	uint8_t reserved;
};

/* A data packet since the last index packet. */
struct et1_item {
	int64_t position;
	uint8_t value;
	uint8_t group; /* 234.c.c.c: c; 0 broadcast */
	uint8_t voted; /* weight it has been given already */
};

/* An index packet. */
struct et1_anchor {
	int64_t position;
	uint8_t index;
	uint8_t group;
	int16_t high; /* data packet right before it, -1 */
};

struct et1_stream {
	uint32_t id;
	uint32_t epoch;
	uint64_t last_us;
	int32_t used;
	int32_t shift; /* added to lengths, learned from the guide */
	/* guide */
	int64_t guide_position;
	int32_t guide_len;
	int32_t guide_min;
	int32_t guide_max;
	uint32_t guide_run;
	/* the last two symbols by their other possible length */
	int64_t other_position[2];
	int32_t other_len[2];
	uint32_t other_good;
	/* data */
	uint32_t anchored;
	uint32_t count;
	struct et1_anchor anchor;
	struct et1_item items[ET1_WINDOW];
};

struct et1_phone {
	uint8_t sa[6];
	uint8_t used;
	uint8_t done;
	uint8_t guided;
	uint8_t changed;
	uint64_t first_us;
	uint64_t last_us;
	uint32_t frames;
	uint32_t good; /* whole triples that fit their CRC */
	uint32_t bad;
	uint32_t conflict;    /* packets at odds with what is known */
	uint32_t rounds;      /* passes since all but the SSID is known */
	uint32_t orders;      /* bit by bit: orders of sending that are possible */
	uint32_t order_total; /* total they were compared for, 0: to be done again */
	uint32_t told_len;    /* bytes of the last result that were sent */
	uint8_t told[ET1_TOTAL + 3];
	struct et1_byte bytes[ET1_INDICES];
	struct et1_stream streams[ET1_STREAMS];
};

struct esptouch1 {
	struct et1_phone phones[ESPTOUCH1_PHONES];
};

/* CRC of (value, index), smartconfig.md 2.2. */
uint8_t et1_crc_pair(uint8_t value, uint8_t index);

/* Forgets the bytes; streams stay. */
void et1_phone_forget(struct et1_phone *phone);
void et1_vote(struct et1_phone *phone, uint32_t index, enum et1_half half, uint8_t value,
	      uint8_t weight);
/* The strongest vote for a half that `value` does not have. */
uint32_t et1_votes_against(const struct et1_byte *byte, uint32_t index, uint8_t value);
/* Three packets in a row: counts whether they fit, and notices a new run of the sender. */
void et1_triple(struct et1_phone *phone, uint32_t index, uint8_t high, uint8_t low);

/* `j` was heard right after `i`. */
void et1_order_learn(struct et1_phone *phone, uint32_t i, uint32_t j);
/*
 * Indices from `i` to `j`, at most `max` steps (below `room`).
 * Returns the steps, path[0] is i and path[steps] is j; 0: not known. `out_guess`: 1 if the order
 * was assumed.
 */
uint32_t et1_order_walk(struct et1_phone *phone, uint32_t i, uint32_t j, uint32_t max,
			uint8_t *path, int *out_guess);

/* A data or index packet, `symbol` its length less 40. */
void et1_place(struct et1_phone *phone, struct et1_stream *stream, int64_t position,
	       uint32_t symbol, uint8_t group);

/* Fills what the phone sent. Returns 1 when it is complete and all checks fit. */
int et1_check(struct et1_phone *phone, const struct air_symbol *symbol,
	      const struct esptouch1_scan *scan, struct air_result *out_result);

#endif /* ESPTOUCH1_INTERNAL_H */
