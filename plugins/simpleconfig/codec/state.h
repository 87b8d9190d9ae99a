/* SPDX-License-Identifier: Apache-2.0 */
/* What the decoder remembers; only for the files of the decoder and their tests. */
#ifndef SIMPLECONFIG_STATE_H
#define SIMPLECONFIG_STATE_H

#include "codec/profile.h"
#include "codec/simpleconfig.h"

/* Multicast: sequence numbers 0 to 128 (simpleconfig.md 3.2, 3.3). */
#define V1_CELLS 129
#define V1_HEAD	 9
/* Broadcast: 16 blocks of 24 half bytes is the most (5). */
#define V2_CELLS 384
/* How sure a value is at most. */
#define WEIGHT_MAX 6

/* How broadcast lengths carry the profile. */
enum coding {
	CODING_NONE = 0,
	CODING_NIBBLES, /* 4 */
	CODING_TRIPLES, /* 5, 32 and 40 bytes */
	CODING_BLOCKS	/* 5, 48 bytes and more */
};

struct cell {
	uint8_t value;
	uint8_t weight; /* 0: not known */
};

struct v1_set {
	struct cell cells[V1_CELLS];
	uint8_t count;	      /* cells that are known */
	uint8_t conflicts;    /* different numbers in a row that did not fit */
	uint8_t conflict_seq; /* the last of them */
	uint8_t conflict_value;
	uint8_t reserved[2];
};

struct v2_set {
	struct cell cells[V2_CELLS];
	enum coding coding;
	uint8_t crypt_len; /* bytes */
	uint8_t rival_coding;
	uint8_t rival_len; /* another kind of preamble was heard last */
	uint8_t rivals;	   /* so often */
	uint8_t weak;	   /* complete, and right if it is heard once more */
	uint16_t count;
};

struct phone {
	uint8_t sa[6];
	uint8_t bssid[6];
	uint8_t used;
	uint8_t own_bssid; /* `bssid` is from the phone's own frames, not from a relay's */
	uint32_t frames;
	uint64_t first_us;
	uint64_t last_us;
	struct v1_set v1;
	struct v2_set v2;
};

/* A stream (air/symbol.h): its overhead, and where it is in the broadcast coding. */
struct track {
	uint8_t sa[6];
	uint8_t used;
	uint8_t group; /* group or block, 4.2 and 5; GROUP_NONE */
	uint32_t epoch;
	int32_t v1_extra; /* what lengths are too long by, as learned */
	int32_t v2_extra;
	uint8_t v1_hits;
	uint8_t v2_hits;
	uint8_t v1_seq;
	uint8_t last_q;
	int32_t last_len;
	enum coding coding;
	uint8_t crypt_len;
	/* a pair heard once: two of a kind are a preamble */
	uint8_t pair_coding;
	uint8_t pair_len;
	uint8_t pair_group;
	int64_t pair_position;
	uint64_t last_us;
	int64_t last_position; /* of the last symbol with a q */
};

#define GROUP_NONE 0xff

struct simpleconfig {
	struct simpleconfig_policy policy;
	struct track tracks[AIR_STREAMS_MAX];
	struct phone phones[SIMPLECONFIG_PHONES_MAX];
};

/* Bits of the encrypted profile that were not heard: all their values are tried. */
struct gap {
	size_t bit; /* of the string of bits, most significant first */
	size_t width;
};

#define GAPS_MAX 2

/* `attempt.pins` */
#define PIN_DEFAULT 1u
#define PIN_OWN	    2u

/* Encrypted bytes, the keys to try, and what came of it. */
struct attempt {
	const struct simpleconfig_policy *policy;
	const uint8_t *sa;
	struct simpleconfig_profile profile; /* result */
	uint8_t crypt[SIMPLECONFIG_CRYPT_MAX];
	uint8_t rand[SIMPLECONFIG_RAND_SIZE];
	size_t crypt_len;
	enum simpleconfig_pattern pattern;
	uint32_t pins;
	uint32_t needed; /* bits of evidence, where the initial value is no proof */
	uint32_t flags;	 /* result: enum simpleconfig_flag */
	int weak;	 /* result: something that has some evidence, but not as much as needed */
	struct gap gaps[GAPS_MAX];
	size_t gap_count;
};

/* Less evidence than this is none. */
#define EVIDENCE_LEAST 24u
/* This much is believed at once. */
#define EVIDENCE_ENOUGH 40u

/* Tries the keys that the policy allows. 1: `profile` and `flags`; 0: none fits. */
int simpleconfig_attempt_run(struct attempt *attempt);

/* The phone of a symbol, which was of use; made room for if need be. Never NULL. */
struct phone *simpleconfig_phone_get(struct simpleconfig *state, const struct air_symbol *symbol);

/* Either takes a symbol; 1: `attempt` has a profile. */
int simpleconfig_v1_push(struct simpleconfig *state, struct track *track,
			 const struct air_symbol *symbol, struct attempt *attempt);
int simpleconfig_v2_push(struct simpleconfig *state, struct track *track,
			 const struct air_symbol *symbol, struct attempt *attempt);

#endif /* SIMPLECONFIG_STATE_H */
