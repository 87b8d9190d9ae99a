/* SPDX-License-Identifier: Apache-2.0 */
/* A phone byte by byte: what it sends and what it gets are the datagrams themselves. */
#ifndef UDP_PHONE_H
#define UDP_PHONE_H

#include <netinet/in.h>
#include <stddef.h>

struct udp_phone {
	int fd;
	struct sockaddr_in to;
};

/* A socket of its own on loopback that talks to address:port. */
void udp_phone_open(struct udp_phone *phone, const char *address, int port);
void udp_phone_close(struct udp_phone *phone);

void udp_phone_send(const struct udp_phone *phone, const char *text);

/* Command 1 with network, passphrase and the token of the tests, as the mini program sends it. */
void udp_phone_credentials(const struct udp_phone *phone, const char *ssid, const char *passphrase);

/* The next datagram within 20 s as a text with a NUL behind it; fails the test when none comes. Valid
 * until the next call. */
const char *udp_phone_next(const struct udp_phone *phone);

/* The next one, passing over repeats of the identity. */
const char *udp_phone_next_but_identity(const struct udp_phone *phone);

/* 1 when no datagram comes for `ms`: only to see that nothing is said. */
int udp_phone_is_quiet(const struct udp_phone *phone, int ms);

#endif /* UDP_PHONE_H */
