/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file brokerlog.h
 * @brief What lines of mosquitto's log mean (2.0.x texts). Pure function.
 */
#ifndef PROVSIM_BROKERLOG_H
#define PROVSIM_BROKERLOG_H

#include <stddef.h>

enum sim_log_kind {
	SIM_LOG_OTHER,
	SIM_LOG_RUNNING,     /* listeners are open */
	SIM_LOG_RELOADED,    /* SIGHUP was taken */
	SIM_LOG_PORT_TAKEN,  /* a port was lost to somebody else */
	SIM_LOG_ACCEPTED,    /* new TCP connection: peer_port, local_port */
	SIM_LOG_CONNECTED,   /* MQTT connection: peer_port, client_id, username */
	SIM_LOG_UNKNOWN_PSK, /* TLS refused: identity not in the key file */
	SIM_LOG_TLS_ERROR    /* TLS refused for another reason */
};

struct sim_log_event {
	enum sim_log_kind kind;
	int peer_port;
	int local_port;
	char client_id[128];
	char username[160];
};

/** Understand one line (without its line feed, NUL-terminated). */
void sim_brokerlog_parse(const char *line, struct sim_log_event *out_event);

#endif
