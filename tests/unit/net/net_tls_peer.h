/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file net_tls_peer.h
 * @brief A server on a thread that speaks just enough MQTT: it answers CONNECT with CONNACK 0.
 */
#ifndef PROVD_NET_TLS_PEER_H
#define PROVD_NET_TLS_PEER_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct net_tls_peer {
	pthread_t thread;
	int listener;
	uint16_t port;
	int version;	     /**< TLS1_2_VERSION or TLS1_3_VERSION */
	const char *ciphers; /**< TLS 1.2 list; with it PSK is offered */
	const char *cert;    /**< PEM file, or NULL */
	const char *key;
	int connected; /**< the handshake worked and CONNECT came, after the end */
};

/** Serves one connection after the other until the end. @return 0 or -1 */
int net_tls_peer_start(struct net_tls_peer *peer);
void net_tls_peer_finish(struct net_tls_peer *peer);

#endif /* PROVD_NET_TLS_PEER_H */
