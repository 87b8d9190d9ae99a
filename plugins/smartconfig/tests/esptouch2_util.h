/* SPDX-License-Identifier: Apache-2.0 */
/* A sender of ESP-Touch v2 after smartconfig.md 3, for the tests of its decoder. */
#ifndef ESPTOUCH2_UTIL_H
#define ESPTOUCH2_UTIL_H

#include "codec/esptouch2.h"

#define E2_ROUND_MAX 720
#define E2_STEP_US   15000
/* Slower from 45 s on, over after 90 s (smartconfig.md 3.7). */
#define E2_SLOW_US	45000000
#define E2_SLOW_STEP_US 100000
#define E2_END_US	90000000

struct e2_sender {
	uint8_t ssid[32];
	size_t ssid_len;
	uint8_t passphrase[64];
	size_t passphrase_len;
	uint8_t reserved[127];
	size_t reserved_len;
	uint8_t bssid[6];
	const char *key; /* NULL: not encrypted */
	unsigned security;
	unsigned port;
	int ipv6;
	int no_ssid;
	int no_flags;	      /* the faulty sender of smartconfig.md 3.6 */
	unsigned padding_mod; /* padding bytes are below this; 0: 127 */
};

void e2_text(struct e2_sender *sender, const char *ssid, const char *passphrase,
	     const char *reserved);
/* One round; padding by `random`. Returns the number of lengths. */
size_t e2_round(const struct e2_sender *sender, uint32_t *random, int32_t out[E2_ROUND_MAX]);

/* How the air is. Shares are of 1000. */
struct e2_air {
	unsigned loss;
	unsigned steps;	  /* sequence numbers that others take */
	unsigned foreign; /* frames of the phone that are not of the protocol, and are heard */
	uint64_t from_us; /* the listener comes later */
	uint32_t direction;
	uint32_t stream;
	uint8_t sa[6];
	int32_t len_shift;
};

/* Sends until something comes out. Returns the time it took, or 0; *out_result is wiped first. */
uint64_t e2_run(struct esptouch2 *decoder, const struct e2_sender *sender, const struct e2_air *air,
		uint32_t *random, struct air_result *out_result);
/* Whether the result is what the sender has sent. */
int e2_is_right(const struct e2_sender *sender, const struct air_result *result);

#endif /* ESPTOUCH2_UTIL_H */
