/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file session/appchannel.h
 * @brief The UDP exchange with the phone app: sockets, peers and rate limits.
 *
 * What the bytes mean is the cloud plugin's dialect. Memory is bounded: `max_peers` peers, each
 * with at most 8 answers that repeat. When the table is full, the peer that was never understood
 * and was silent longest makes room, so that a flood cannot push out a real phone first. A peer
 * that was understood has only its own limit: a flood cannot silence it either. So at most
 * `total_rate` + (`max_peers` + 1) * `peer_rate` datagrams leave in a second. A broadcast ends the
 * repeats of the one before to the same port: states are never heard in the wrong order.
 */
#ifndef PROVD_CORE_APPCHANNEL_H
#define PROVD_CORE_APPCHANNEL_H

#include "log/log.h"
#include "loop/loop.h"

#include <provd/appchannel.h>

struct provd_appchannel_service;

/** What the channel is made of. Copied. */
struct provd_appchannel_config {
	struct provd_loop *loop;
	struct provd_log *log;
	struct provd_addr local;     /**< address and port to bind */
	struct provd_addr broadcast; /**< where broadcasts go; its port is not used */
	size_t max_peers;
	uint32_t peer_rate;    /**< datagrams a second from, and to, one peer; broadcasts too */
	uint32_t total_rate;   /**< datagrams a second to, and from, all strangers together */
	uint64_t peer_idle_ms; /**< a silent peer is forgotten after it */
	/** A datagram within the limits. @return 0 when the dialect understood it */
	int (*on_datagram)(void *user, uint64_t peer, const struct provd_addr *from,
			   const uint8_t *data, size_t len);
	void (*on_peer_gone)(void *user, uint64_t peer);
	void *user;
};

/** What came and went; for status and tests. */
struct provd_appchannel_stats {
	uint64_t received;
	uint64_t sent;
	uint64_t limited; /**< dropped by a rate limit, in or out */
	size_t peers;
	size_t understood; /**< peers of whom the dialect has understood something */
};

/** @return 0 or PROVD_E_NOMEM. Nothing is opened yet. */
int provd_appchannel_create(const struct provd_appchannel_config *config,
			    struct provd_appchannel_service **out_service);

/** Closes and frees. NULL allowed. */
void provd_appchannel_destroy(struct provd_appchannel_service *service);

/** Sets the port to bind when the configuration names none. */
void provd_appchannel_default_port(struct provd_appchannel_service *service, uint32_t port);

/** Opens the socket. Allowed when open. @return 0 or a code with words */
int provd_appchannel_open(struct provd_appchannel_service *service, struct provd_error *err);

/** Forgets all peers and closes the socket. Allowed when closed. */
void provd_appchannel_close(struct provd_appchannel_service *service);

/**
 * Takes no datagrams any more and closes when the last repeating answer has left, after five
 * seconds at the latest.
 * @param done runs once, on a later turn
 */
void provd_appchannel_drain(struct provd_appchannel_service *service, void (*done)(void *user),
			    void *user);

struct provd_appchannel_stats
provd_appchannel_stats(const struct provd_appchannel_service *service);

/** For dialects; `self` is the service. */
extern const struct provd_appchannel provd_appchannel_table;

#endif /* PROVD_CORE_APPCHANNEL_H */
