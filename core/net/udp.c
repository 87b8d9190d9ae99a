/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagram sockets. Not uv_udp_t: it does not tell which of our addresses a datagram came to, and
 * an answer from another address than the phone talked to is dropped by the phone.
 *
 * SO_REUSEADDR is not set: a datagram port is free the moment its socket is closed, and with it
 * another process could take the port over.
 */
#include "net/net.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/net_util.h"
#include "net/udp_internal.h"

/** Datagrams read in one turn, so that a flood leaves time for the others. */
#define BATCH_MAX 32

/** Sockets of one service. */
#define SOCKETS_MAX 32

struct udp_socket {
	struct udp_socket *next;
	struct provd_udp_service *service; /**< NULL once it is closed */
	uint64_t id;
	uint64_t watch;
	uint32_t family;
	int fd;
	int reading; /**< freed by the reader when it comes back */
	void (*on_datagram)(void *user, const struct provd_addr *from, const struct provd_addr *to,
			    const uint8_t *data, size_t len);
	void *user;
};

struct provd_udp_service {
	struct provd_loop *loop;
	struct provd_owner *owner;
	struct udp_socket *sockets;
	size_t count;
};

/* For one that is in no list any more. */
static void socket_end(struct provd_udp_service *service, struct udp_socket *sock)
{
	service->count--;
	provd_watch_stop(service->owner, sock->watch);
	(void)close(sock->fd);
	sock->service = NULL;
	if (!sock->reading)
		free(sock);
}

static void on_readable(void *user, uint32_t events)
{
	struct udp_socket *sock = user;
	struct provd_addr from;
	struct provd_addr to;
	uint8_t buf[PROVD_UDP_MAX];
	ssize_t len;
	int i;

	(void)events;
	sock->reading = 1;
	for (i = 0; i < BATCH_MAX && sock->service; i++) {
		len = provd_udp_receive(sock->fd, buf, sizeof(buf), &from, &to);
		if (len == -EAGAIN)
			break;
		/* Too long, or the report of a datagram that could not be delivered. */
		if (len < 0)
			continue;
		sock->on_datagram(sock->user, &from, &to, buf, (size_t)len);
	}
	sock->reading = 0;
	if (!sock->service)
		free(sock);
}

static int options_set(int fd, const struct provd_udp_config *config)
{
	const int on = 1;

	if (config->local.family == 4) {
		if (setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)))
			return errno;
	} else {
		if (setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)))
			return errno;
		if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)))
			return errno;
	}
	if (config->broadcast && setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)))
		return errno;
	return 0;
}

static int bound_socket(const struct provd_udp_config *config, int *out_fd,
			struct provd_addr *out_local)
{
	struct sockaddr_storage sa;
	socklen_t len = 0;
	int failed;
	int fd;

	if (provd_udp_to_sockaddr(&config->local, &sa, &len))
		return EINVAL;
	fd = socket(config->local.family == 4 ? AF_INET : AF_INET6,
		    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
	if (fd < 0)
		return errno;
	failed = options_set(fd, config);
	if (!failed && bind(fd, (const struct sockaddr *)&sa, len))
		failed = errno;
	len = sizeof(sa);
	if (!failed && getsockname(fd, (struct sockaddr *)&sa, &len))
		failed = errno;
	if (failed) {
		(void)close(fd);
		return failed;
	}
	provd_udp_from_sockaddr(&sa, out_local);
	*out_fd = fd;
	return 0;
}

static int udp_open(void *self, const struct provd_udp_config *config, uint64_t *out_socket,
		    struct provd_addr *out_local, struct provd_error *err)
{
	struct provd_udp_service *service = self;
	struct udp_socket *sock;
	struct provd_addr local;
	int failed;
	int rc;

	if (!config || !PROVD_HAS(config, user) || !config->on_datagram || !out_socket)
		return provd_net_fail(err, PROVD_E_INVALID, 0, "cannot open a UDP socket: %s",
				      "the configuration is not complete");
	if (service->count >= SOCKETS_MAX)
		return provd_net_fail(err, PROVD_E_LIMIT, 0,
				      "cannot open a UDP socket: %d are open", SOCKETS_MAX);
	sock = calloc(1, sizeof(*sock));
	if (!sock)
		return provd_net_fail(err, PROVD_E_NOMEM, 0, "cannot open a UDP socket");
	failed = bound_socket(config, &sock->fd, &local);
	if (failed) {
		free(sock);
		return provd_net_fail(err,
				      failed == EINVAL ? PROVD_E_INVALID : provd_net_code(failed),
				      failed, "cannot open UDP port %u: %s",
				      (unsigned)config->local.port, strerror(failed));
	}
	rc = provd_watch_start(service->owner, sock->fd, PROVD_FD_READ, on_readable, sock,
			       &sock->watch);
	if (rc) {
		(void)close(sock->fd);
		free(sock);
		return provd_net_fail(err, rc, 0, "cannot watch a UDP socket");
	}
	sock->service = service;
	sock->family = config->local.family;
	sock->on_datagram = config->on_datagram;
	sock->user = config->user;
	sock->id = provd_loop_new_id(service->loop);
	sock->next = service->sockets;
	service->sockets = sock;
	service->count++;
	*out_socket = sock->id;
	if (out_local)
		*out_local = local;
	return 0;
}

static struct udp_socket *socket_find(struct provd_udp_service *service, uint64_t id)
{
	struct udp_socket *sock = service->sockets;

	while (sock && sock->id != id)
		sock = sock->next;
	return sock;
}

static int udp_send(void *self, uint64_t id, const struct provd_addr *to,
		    const struct provd_addr *from, const uint8_t *data, size_t len)
{
	struct udp_socket *sock = socket_find(self, id);
	int failed;

	if (!sock)
		return PROVD_E_NOT_FOUND;
	if (!to || (!data && len) || to->port == 0)
		return PROVD_E_INVALID;
	failed = provd_udp_transmit(sock->fd, sock->family, to, from, data, len);
	/* May be the report for an earlier datagram to a closed port: this one was not sent yet. */
	if (failed == ECONNREFUSED || failed == EINTR)
		failed = provd_udp_transmit(sock->fd, sock->family, to, from, data, len);
	if (failed == EINVAL || failed == EAFNOSUPPORT)
		return PROVD_E_INVALID;
	return failed ? provd_net_code(failed) : 0;
}

static void udp_close(void *self, uint64_t id)
{
	struct provd_udp_service *service = self;
	struct udp_socket **link = &service->sockets;
	struct udp_socket *sock;

	while (*link && (*link)->id != id)
		link = &(*link)->next;
	sock = *link;
	if (!sock)
		return;
	*link = sock->next;
	socket_end(service, sock);
}

int provd_udp_service_create(struct provd_loop *loop, struct provd_log *log,
			     struct provd_udp_service **out_service)
{
	struct provd_udp_service *service = calloc(1, sizeof(*service));
	int rc;

	(void)log;
	if (!service)
		return PROVD_E_NOMEM;
	rc = provd_owner_create(loop, "udp", &service->owner);
	if (rc) {
		free(service);
		return rc;
	}
	service->loop = loop;
	*out_service = service;
	return 0;
}

void provd_udp_service_destroy(struct provd_udp_service *service)
{
	struct udp_socket *sock;

	if (!service)
		return;
	while ((sock = service->sockets)) {
		service->sockets = sock->next;
		socket_end(service, sock);
	}
	(void)provd_owner_destroy(service->owner);
	free(service);
}

size_t provd_udp_service_active(const struct provd_udp_service *service)
{
	return service->count;
}

const struct provd_udp provd_udp_table = {
	.size = sizeof(struct provd_udp),
	.open = udp_open,
	.send = udp_send,
	.close = udp_close,
};
