/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file net/udp_internal.h
 * @brief Addresses of the plugin interface to and from socket addresses; control messages.
 */
#ifndef PROVD_CORE_NET_UDP_INTERNAL_H
#define PROVD_CORE_NET_UDP_INTERNAL_H

#include <provd/net.h>

#include <sys/socket.h>

/** Longest datagram taken in, bytes; longer ones are dropped. */
#define PROVD_UDP_MAX 2048

/** @return 0 or PROVD_E_INVALID (family not 4 or 6, port above 65535) */
int provd_udp_to_sockaddr(const struct provd_addr *addr, struct sockaddr_storage *out_sa,
			  socklen_t *out_len);

/** Family 0 for anything but IPv4 and IPv6. */
void provd_udp_from_sockaddr(const struct sockaddr_storage *sa, struct provd_addr *out_addr);

/**
 * Receives one datagram without blocking.
 * @param out_to own address it came to, family 0 where the system does not tell
 * @return length, -EMSGSIZE for a datagram that was longer than `size` (it is gone), -errno
 */
ssize_t provd_udp_receive(int fd, uint8_t *buf, size_t size, struct provd_addr *out_from,
			  struct provd_addr *out_to);

/** Sends one datagram, from the address `from` unless it is NULL. @return 0 or an errno */
int provd_udp_transmit(int fd, uint32_t family, const struct provd_addr *to,
		       const struct provd_addr *from, const uint8_t *data, size_t len);

#endif /* PROVD_CORE_NET_UDP_INTERNAL_H */
