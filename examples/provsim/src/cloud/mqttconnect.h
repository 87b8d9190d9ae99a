/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mqttconnect.h
 * @brief The first packet of an MQTT 3.1.1 connection. Pure functions (OASIS MQTT 3.1.1, 3.1).
 */
#ifndef PROVSIM_MQTTCONNECT_H
#define PROVSIM_MQTTCONNECT_H

#include <stddef.h>

/** Largest CONNECT packet that is read, in bytes. */
#define SIM_CONNECT_MAX 1024

/** Parts of a CONNECT; texts are empty if absent. */
struct sim_connect {
	char client_id[128];
	char username[256];
	char password[160];
};

/**
 * Parse a CONNECT packet at the start of `data`.
 * @return bytes of the packet (> 0), 0 if more bytes are needed, PROVD_E_INVALID or PROVD_E_LIMIT
 */
int sim_connect_parse(const unsigned char *data, size_t size, struct sim_connect *out_connect);

/**
 * Build a CONNECT with clean session and keep-alive 60 s.
 * @param out SIM_CONNECT_MAX bytes
 * @return bytes, or PROVD_E_LIMIT
 */
int sim_connect_build(const char *client_id, const char *username, unsigned char *out);

#endif
