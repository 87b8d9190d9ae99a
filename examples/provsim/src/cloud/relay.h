/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file relay.h
 * @brief The plain (no TLS) MQTT port: checks the HMAC password that mosquitto cannot check, then
 * relays to the broker. Also: cutting a device off. Loop thread only.
 */
#ifndef PROVSIM_RELAY_H
#define PROVSIM_RELAY_H

#include "mqttconnect.h"

#include <uv.h>

struct sim_relay;

/** Decide about a CONNECT. @return the CONNACK code: 0 let in, else refused */
typedef int (*sim_relay_check)(void *user, const struct sim_connect *connect);

/** Allocate; listens nowhere. @return 0 or PROVD_E_NOMEM */
int sim_relay_create(uv_loop_t *loop, sim_relay_check check, void *user,
		     struct sim_relay **out_relay);

/**
 * Listen. The port of the first call is kept for later ones.
 * @param broker_port the broker's internal port on 127.0.0.1
 * @return 0 or PROVD_E_IO
 */
int sim_relay_listen(struct sim_relay *relay, const char *ip, int broker_port);

/** The port after the first listen, host byte order. */
int sim_relay_port(const struct sim_relay *relay);

/** Close the port and all connections; listen may be called again later. */
void sim_relay_close(struct sim_relay *relay);

/** Close; the memory goes with the last connection. NULL allowed. */
void sim_relay_destroy(struct sim_relay *relay);

/** User name by which sim_kick() is told apart in the broker's log. */
#define SIM_KICK_USER "provsim-kick"

/**
 * Make the broker drop a client: connect under its client id and leave (MQTT 3.1.1, 3.1.4).
 * @return 0 or PROVD_E_*
 */
int sim_kick(uv_loop_t *loop, int broker_port, const char *client_id);

#endif
