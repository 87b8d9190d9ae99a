/* SPDX-License-Identifier: Apache-2.0 */
/* A sender of ESP-Touch v1 and a lossy air, for tests. */
#ifndef ESPTOUCH1_UTIL_H
#define ESPTOUCH1_UTIL_H

#include "air_vector.h"
#include "codec/esptouch1.h"

/* How a sender orders its bytes (smartconfig.md 2.3, 6.5). */
enum et1_sender {
	SENDER_ANDROID,
	SENDER_GO,
	SENDER_PYTHON,
	SENDER_NO_TAIL,
	SENDER_NO_SSID
};

struct sender {
	uint8_t ssid[32];
	size_t ssid_len;
	uint8_t passphrase[64];
	size_t passphrase_len;
	uint8_t bssid[6];
	enum et1_sender kind;
	int multicast;
	/* filled by sender_init() */
	uint8_t order[128];
	size_t count;
	uint16_t lengths[128][3];
	size_t at; /* next packet of the list, never reset */
};

/* Random text and the list of packets. */
void sender_random(struct sender *sender, uint32_t *random, size_t ssid_len, size_t passphrase_len);
void sender_init(struct sender *sender);

struct air {
	uint32_t loss;	  /* per mille */
	uint32_t foreign; /* per mille: frames of others that take a sequence number */
	uint32_t heard;	  /* per mille of those that are heard, with a length of their own */
	int32_t shift;	  /* added to lengths */
	int32_t len2;	  /* added for the other length, 0: there is none */
};

/*
 * 45 s of the official sender: 2 s guide, data until 6 s, 8 ms apart (smartconfig.md 2.4).
 * Returns the time of the result in ms, -1: none. `out_result` of the first one.
 */
int sender_run(struct sender *sender, const struct air *air, uint32_t *random,
	       struct esptouch1 *decoder, struct air_result *out_result);

struct esptouch1 *decoder_new(void);
void decoder_free(struct esptouch1 *decoder);
/* Whether the result is what was sent. */
int result_fits(const struct sender *sender, const struct air_result *result);

#endif /* ESPTOUCH1_UTIL_H */
