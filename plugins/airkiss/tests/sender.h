/* SPDX-License-Identifier: Apache-2.0 */
/* A phone that sends AirKiss, and a way to the decoder that loses frames. */
#ifndef AIRKISS_TEST_SENDER_H
#define AIRKISS_TEST_SENDER_H

#include "codec/airkiss.h"

#define SENT_MAX 16000

enum sender_kind {
	SENDER_WECHAT, /* 2 s guide at 10 ms, magic and prefix 20 times, then 4 s data, at 5 ms */
	SENDER_JAVA    /* 0.8 s guide, magic 20 times, 15 passes with a prefix each, at 4 ms */
};

struct credentials {
	uint8_t ssid[32];
	size_t ssid_len;
	uint8_t pass[80];
	size_t pass_len;
	uint8_t random;
	uint8_t reserved[7];
};

struct sent {
	uint64_t time_us[SENT_MAX];
	int16_t symbol[SENT_MAX];
	size_t count;
};

/* Printable credentials of these lengths. */
void make_credentials(struct credentials *out, size_t ssid_len, size_t pass_len, uint32_t *seed);
/* `cycles` of the whole programme of a sender. */
void make_sent(struct sent *out, enum sender_kind kind, const struct credentials *credentials,
	       unsigned cycles);

struct airkiss *new_decoder(const struct airkiss_options *options);
void free_decoder(struct airkiss *ak);

/* A symbol of a phone: its number is in SA, BSSID and stream. */
struct air_symbol make_symbol(unsigned phone, uint64_t time_us, int64_t position, int len);

/* 1: the result holds these credentials. */
int same_credentials(const struct air_result *result, const struct credentials *credentials);

struct trial {
	unsigned loss;	   /* percent of frames lost */
	unsigned foreign;  /* percent of frames with one of somebody else before them */
	unsigned base;	   /* step of the sequence numbers, 1 */
	unsigned start_ms; /* heard from then on */
	struct air_streams *streams;
};

enum verdict {
	VERDICT_NONE,
	VERDICT_RIGHT,
	VERDICT_WRONG
};

/* Sends all until something comes out. */
enum verdict run_trial(const struct sent *sent, const struct credentials *credentials,
		       const struct trial *trial, uint32_t *seed, uint64_t *out_time_us);

#endif /* AIRKISS_TEST_SENDER_H */
