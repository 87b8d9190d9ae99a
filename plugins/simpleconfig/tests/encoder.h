/* SPDX-License-Identifier: Apache-2.0 */
/* A sender of our own, for profiles of which there is no recording: simpleconfig.md 2 to 5. */
#ifndef ENCODER_H
#define ENCODER_H

#include "air/symbol.h"
#include "codec/crypt.h"

#define ENCODER_PACKETS_MAX 800

enum encoder_coding {
	ENCODE_MULTICAST,
	ENCODE_NIBBLES,
	ENCODE_NEWER /* short form, triples or blocks, by length */
};

struct encoder_profile {
	enum encoder_coding coding;
	uint8_t sa[6];
	uint8_t rand[4]; /* multicast */
	uint8_t ip[4];
	uint8_t ssid[32];
	size_t ssid_len;
	uint8_t passphrase[64];
	size_t passphrase_len;
	const uint8_t *pin; /* NULL: default */
	size_t pin_len;
};

/* One datagram: a group address (low three bytes) or 0, and its length. */
struct encoder_packet {
	uint32_t address;
	int32_t len;
};

struct encoder_round {
	struct encoder_packet packets[ENCODER_PACKETS_MAX];
	size_t count;
	size_t crypt_len;
};

void encoder_run(const struct encoder_profile *profile, struct encoder_round *out);

/* Packet `index`, counted over all rounds, 2 ms each and 100 ms between rounds, as a symbol. */
void encoder_symbol(const struct encoder_profile *profile, const struct encoder_round *round,
		    size_t index, struct air_symbol *out);

#endif /* ENCODER_H */
