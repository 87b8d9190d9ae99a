/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/udp.h
 * @brief Optional host service "provd.udp/1": datagram sockets.
 */
#ifndef PROVD_UDP_H
#define PROVD_UDP_H

#include <provd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PROVD_UDP "provd.udp/1"

/** A socket to open. Copied. */
struct provd_udp_config {
	uint32_t size;
	uint32_t broadcast;	 /**< 1: may send to broadcast addresses */
	struct provd_addr local; /**< family 4 or 6; port 0: any */
	/**
	 * A datagram, on the loop thread; borrowed.
	 * @param to own address it was sent to; family 0 where the system does not tell
	 */
	void (*on_datagram)(void *user, const struct provd_addr *from, const struct provd_addr *to,
			    const uint8_t *data, size_t len);
	void *user;
};

/** The table. */
struct provd_udp {
	uint32_t size;
	uint32_t reserved;
	/** @param out_local where it is bound now, may be NULL. @return 0, PROVD_E_IO, ... */
	int (*open)(void *self, const struct provd_udp_config *config, uint64_t *out_socket,
		    struct provd_addr *out_local, struct provd_error *err);
	/** Sends now. @param from own address to send from, or NULL. @return 0 or a code */
	int (*send)(void *self, uint64_t socket, const struct provd_addr *to,
		    const struct provd_addr *from, const uint8_t *data, size_t len);
	/** After it no callback runs. Old and zero numbers allowed. */
	void (*close)(void *self, uint64_t socket);
};

#ifdef __cplusplus
}
#endif

#endif /* PROVD_UDP_H */
