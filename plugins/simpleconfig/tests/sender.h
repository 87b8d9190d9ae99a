/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded senders, repeated for as long as a phone goes on, for the tests of the decoder. */
#ifndef SENDER_H
#define SENDER_H

#include "air_vector.h"
#include "codec/simpleconfig.h"
#include "codec/state.h"

struct sender {
	struct air_vector vector;
	struct simpleconfig_policy policy; /* with the PIN of the recording */
	uint8_t sa[6];
	uint8_t ip[4];
	int user_pin;
	int multicast;
	size_t round;	   /* datagrams of one round */
	uint64_t round_us; /* from one round to the next */
};

/* How datagrams reach the device. */
struct weather {
	uint32_t loss_percent;
	uint32_t seed;
	int32_t extra; /* every length is too long by */
	int32_t mic16; /* 1: as behind a 16-byte MIC whose length nobody knows */
	uint32_t direction;
};

void sender_open(struct sender *sender, const char *name);
void sender_close(struct sender *sender);

/* Datagram `index`, counted over all rounds, as a symbol. */
void sender_symbol(const struct sender *sender, size_t index, struct air_symbol *out);

/* Sends until there is a result or `limit_us` is over. 1: a result. */
int sender_run(const struct sender *sender, const struct weather *weather, uint64_t limit_us,
	       struct simpleconfig *state, struct air_result *out_result);

/* Ends the test unless the result is what the recording says. */
void sender_check(const struct sender *sender, const struct air_result *result);

#endif /* SENDER_H */
