/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the AirKiss decoder; also for its tests. Sections are those of smartconfig.md. */
#ifndef AIRKISS_INTERNAL_H
#define AIRKISS_INTERNAL_H

#include "air/crc.h"
#include "codec/airkiss.h"

/* Total has 7 bits (4.2), so 32 pieces of 4 bytes. */
#define PIECES	  32
#define TOTAL_MAX 127
/* AES of 64 characters has 80 bytes on the air (4.4). */
#define ON_AIR_MAX 80
#define CANDIDATES 3
#define WEIGHT_MAX 12
#define TRACKS	   4
#define ITEMS	   48
/* A step that is not known: too large, or not a multiple of the stream's usual step. */
#define STEP_UNKNOWN 255
/* Frames in front of this many others are no longer related to each other. */
#define GAP_MAX 96
/* Beyond the longest datagram of the protocol and the largest shift. */
#define LEN_MAX 600

/* What was voted for at one place; sorted by nothing, the heaviest leads. */
struct cell {
	uint8_t value[CANDIDATES];
	uint8_t weight[CANDIDATES];
};

/* Places of a piece: the four bytes, then the CRC. */
enum {
	PLACE_CRC = 4,
	PLACES = 5
};

struct item {
	uint16_t symbol;
	uint8_t step;  /* frames of the phone since the item before */
	uint8_t voted; /* weight given so far */
};

/* One stream of a phone. */
struct track {
	uint32_t used;
	uint32_t stream;
	uint32_t epoch;
	uint32_t last_use;
	int64_t last_position; /* of the last symbol, foreign frames taken out */
	int64_t foreign;       /* frames of the phone that were none of ours */
	uint16_t steps[4];     /* how often two symbols were 1, 2, 3, 4 apart */
	int16_t shift;	       /* learned from the guide: real length = len - shift */
	int16_t guide_len;
	int16_t guide_min;
	int16_t guide_max;
	uint8_t guide_run;
	uint8_t base; /* usual step: 2 where two BSSIDs share a counter (cap1) */
	int16_t last; /* last symbol, -1 none */
	int64_t guide_position;
	/* Data since the last anchor, which is item 0 when `anchored`. */
	uint8_t count;
	uint8_t anchored;
	int16_t anchor_phase; /* of item 0; -4 to -1 for a prefix */
	int16_t anchor_crc;   /* CRC symbol directly before item 0, -1 none */
	struct item items[ITEMS];
};

/* Votes for the eight nibbles of magic and prefix (4.1). */
struct head {
	uint8_t votes[8][16];
	uint8_t total; /* 0: not known */
	uint8_t ssid_crc;
	uint8_t on_air; /* bytes of password on the air */
	uint8_t magic_ok;
	uint8_t prefix_ok;
};

struct phone {
	uint8_t used;
	uint8_t level; /* enum air_progress */
	uint8_t dirty; /* cells hold votes */
	uint8_t changed;
	uint8_t interleaved; /* the prefix is sent before each pass (4.3, zhchbin) */
	uint8_t conflicts;
	uint8_t failed;	 /* the pair below did not join */
	uint8_t recheck; /* places to be confirmed after a guide */
	uint8_t doubts;	 /* anchors have disagreed lately */
	uint8_t sa[6];
	uint8_t bssid[6];
	uint8_t failed_ssid_len;
	uint8_t failed_pass_len;
	uint8_t failed_ssid[PROVD_SSID_MAX];
	uint8_t failed_pass[AIR_PASSPHRASE_MAX];
	uint32_t last_use;
	uint32_t frames;
	uint64_t first_us;
	struct head head;
	struct track tracks[TRACKS];
	struct cell cells[PIECES][PLACES];
};

struct airkiss {
	uint32_t clock; /* symbols pushed */
	uint32_t have_result;
	uint32_t result_phone;
	uint32_t accept_plain;
	uint32_t have_key;
	uint8_t key[16];
	struct air_result result;
	struct phone phones[AIRKISS_PHONES_MAX];
};

/* head.c: `step` frames lie between the symbols, 1 for neighbours. */
void airkiss_head_pair(struct phone *phone, int first, int second, unsigned step);
/* Place of a prefix symbol that fits what is known, 0 to 3; -1 else. */
int airkiss_head_prefix_place(const struct head *head, int symbol);

/* track.c: a symbol 0 to 511 in its place. */
void airkiss_track_symbol(struct phone *phone, struct track *track, int64_t position, int symbol);
void airkiss_track_break(struct track *track);

/* votes.c */
void airkiss_vote(struct phone *phone, unsigned piece, unsigned place, uint8_t value,
		  unsigned weight);
/* The leading value when it has `need` and is 2 ahead; -1 else. */
int airkiss_lead(const struct cell *cell, unsigned need);
void airkiss_clear_votes(struct phone *phone);
/* A guide: the phone begins anew, perhaps with something else. */
void airkiss_new_cycle(struct phone *phone);
/* Bytes in a piece; 4 as long as the total is not known. */
unsigned airkiss_piece_len(const struct head *head, unsigned piece);
/* 1: the low 7 bits of the CRC fit, the piece being as long as it is or filled with zeros (4.2). */
int airkiss_piece_fits(unsigned piece, const uint8_t *data, unsigned len, int crc);

/* solve.c: 1 and a result when everything is there and checked. */
int airkiss_solve(const struct airkiss *ak, const struct phone *phone, const struct air_bss *list,
		  size_t count, struct air_result *out_result);

/* secret.c: what the bytes on the air mean. 0 or PROVD_E_CORRUPT. */
int airkiss_password(const struct airkiss *ak, const uint8_t *on_air, size_t len,
		     struct air_result *out_result);

#endif /* AIRKISS_INTERNAL_H */
