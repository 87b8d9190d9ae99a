/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings of senders and of the air (tests/vectors), for the tests of decoders. */
#ifndef AIR_VECTOR_H
#define AIR_VECTOR_H

#include "air/symbol.h"

#include <jansson.h>

/* One datagram of a sender, or one frame of the air. */
struct air_vector_packet {
	uint64_t time_us;
	uint32_t dst; /* IPv4 destination, host order; 0 when the recording has none */
	int32_t len;  /* UDP payload length; of a frame: without its overhead */
	/* only of the air: */
	uint8_t a1[6];
	uint8_t a2[6];
	uint8_t a3[6];
	uint32_t fc;
	uint32_t seq;
	uint32_t retry;
};

struct air_vector {
	json_t *root; /* everything else: "ssid_hex", "password_hex", ... */
	struct air_vector_packet *packets;
	size_t count;
	int is_air; /* 1: frames, not datagrams */
	uint8_t ssid[32];
	size_t ssid_len;
	uint8_t passphrase[64];
	size_t passphrase_len;
	uint8_t bssid[6];
	int negative; /* a faulty sender: nothing wrong may come of it */
};

/* Reads tests/vectors/NAME; ends the test when it cannot. */
void air_vector_load(struct air_vector *vector, const char *name);
void air_vector_free(struct air_vector *vector);
/* A text of the root, or "". */
const char *air_vector_text(const struct air_vector *vector, const char *key);

/* How a datagram is put into a frame. */
struct air_dress {
	uint32_t direction; /* enum air_direction */
	uint32_t cipher;    /* enum air_cipher */
	int mic16;	    /* CCMP-256, GCMP */
	int qos;
	int fcs;
	uint8_t sa[6];
	uint8_t bssid[6];
};

/* Makes the bytes of a whole 802.11 frame (body zeros) for a datagram.
 * Returns its length; `out` has room for 2400 bytes. */
size_t air_dress_frame(const struct air_dress *dress, const struct air_vector_packet *packet,
		       uint16_t seq, uint8_t *out);

/* Small generator for losses: xorshift, deterministic. */
uint32_t air_random(uint32_t *state);

#endif /* AIR_VECTOR_H */
