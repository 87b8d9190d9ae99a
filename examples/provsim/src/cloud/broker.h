/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file broker.h
 * @brief A real mosquitto as a child process: ports, config, keys, what it tells. Loop thread only.
 */
#ifndef PROVSIM_BROKER_H
#define PROVSIM_BROKER_H

#include <stdbool.h>

#include <uv.h>

struct sim_broker;

/** Ports of the listeners, host byte order. */
struct sim_broker_ports {
	int psk;
	int cert;
	int internal; /* loopback, no authentication: the simulator's own clients */
};

/** Called on the loop, never from inside a function of this file that the owner called. */
struct sim_broker_events {
	void *user;
	void (*running)(void *user);
	/** The process ended; `expected` after sim_broker_stop(). */
	void (*stopped)(void *user, bool expected);
	/** `via` is "psk", "cert" or "plain" (the relay). */
	void (*connected)(void *user, const char *via, const char *client_id, const char *username);
	/** TLS was refused; `unknown_psk`: the identity is not in the key file. */
	void (*tls_refused)(void *user, bool unknown_psk);
};

/** Settings; the texts are borrowed for the broker's life. */
struct sim_broker_config {
	const char *dir;
	const char *program;   /* path of mosquitto */
	const char *listen_ip; /* of the device-facing listeners */
	struct sim_broker_events events;
};

/** Allocate; starts nothing. @return 0 or PROVD_E_NOMEM, PROVD_E_IO */
int sim_broker_create(uv_loop_t *loop, const struct sim_broker_config *config,
		      struct sim_broker **out_broker);

/** Start the process; `running` or `stopped` follows. Ports are picked at the first start. */
int sim_broker_start(struct sim_broker *broker);

/** Ask the process to end (SIGTERM, after 3 s SIGKILL); `stopped` follows if it runs. */
void sim_broker_stop(struct sim_broker *broker);

/** @return true between a successful start and `stopped` */
bool sim_broker_is_active(const struct sim_broker *broker);

/** Valid once `running` was called. */
const struct sim_broker_ports *sim_broker_get_ports(const struct sim_broker *broker);

/**
 * Replace the key file and make the broker read it.
 * @param psk_text `identity:hexkey` lines
 * @param done     called from the loop when the broker has taken the keys (or after 500 ms
 *                 without a sign of it, or if it does not run); may be NULL
 */
int sim_broker_set_keys(struct sim_broker *broker, const char *psk_text, void (*done)(void *arg),
			void *arg);

/** Close all handles (the process must have stopped); memory goes when they are closed. */
void sim_broker_destroy(struct sim_broker *broker);

#endif
