/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file phone.h
 * @brief `provsim phone softap` and `provsim phone log`.
 */
#ifndef PROVSIM_PHONE_H
#define PROVSIM_PHONE_H

#include "../common/common.h"
#include "apps.h"

/** What follows the object in each sent datagram (--stale-tail). */
enum sim_tail {
	SIM_TAIL_NONE,
	SIM_TAIL_NUL,
	SIM_TAIL_TEXT
};

/** Settings from the command line; texts borrowed, secrets owned. */
struct sim_phone_options {
	const struct sim_app *app;
	struct sockaddr_in target;
	struct sockaddr_in bind;
	bool has_target;
	bool has_bind;
	bool app_port;
	bool token_only;
	bool fast;
	bool text;
	bool raw; /* tell every datagram, byte for byte */
	enum sim_tail tail;
	unsigned char ssid[33];
	size_t ssid_size;
	bool has_ssid;
	char passphrase[65];
	size_t passphrase_size;
	bool has_passphrase;
	const char *token;
	const char *region;
	const char *bssid;
	long timeout_s; /* 0: as the app does */
	long follow_s;	/* 0: do not */
};

/** Parse the command line of the verb `phone`. @return -1 to go on, else the exit status */
int sim_phone_options_parse(struct sim_phone_options *options, int argc, char **argv);

/** Play the app. @return exit status */
int sim_softap_run(const struct sim_phone_options *options);

/** `provsim phone log`; argv[0] is "log". @return exit status */
int sim_phone_log_main(int argc, char **argv);

/**
 * The event of a datagram: its number, size in bytes, all of it as hex, and as text with \xNN for
 * what is not printable ASCII.
 * @return new, or NULL when out of memory
 */
json_t *sim_datagram_event(int n, const void *data, size_t size, double ms);

#endif
