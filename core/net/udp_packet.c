/* SPDX-License-Identifier: Apache-2.0 */
#include "net/udp_internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <provd/error.h>

/** Room for either control message; a union for its alignment. */
union control {
	struct cmsghdr header;
	uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) +
		      CMSG_SPACE(sizeof(struct in_pktinfo))];
};

int provd_udp_to_sockaddr(const struct provd_addr *addr, struct sockaddr_storage *out_sa,
			  socklen_t *out_len)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	if (addr->port > UINT16_MAX)
		return PROVD_E_INVALID;
	memset(out_sa, 0, sizeof(*out_sa));
	if (addr->family == 4) {
		v4.sin_port = htons((uint16_t)addr->port);
		memcpy(&v4.sin_addr, addr->ip, sizeof(v4.sin_addr));
		memcpy(out_sa, &v4, sizeof(v4));
		*out_len = sizeof(v4);
		return 0;
	}
	if (addr->family == 6) {
		v6.sin6_port = htons((uint16_t)addr->port);
		v6.sin6_scope_id = addr->scope;
		memcpy(&v6.sin6_addr, addr->ip, sizeof(v6.sin6_addr));
		memcpy(out_sa, &v6, sizeof(v6));
		*out_len = sizeof(v6);
		return 0;
	}
	return PROVD_E_INVALID;
}

void provd_udp_from_sockaddr(const struct sockaddr_storage *sa, struct provd_addr *out_addr)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	memset(out_addr, 0, sizeof(*out_addr));
	out_addr->size = sizeof(*out_addr);
	if (sa->ss_family == AF_INET) {
		memcpy(&v4, sa, sizeof(v4));
		out_addr->family = 4;
		out_addr->port = ntohs(v4.sin_port);
		memcpy(out_addr->ip, &v4.sin_addr, sizeof(v4.sin_addr));
	} else if (sa->ss_family == AF_INET6) {
		memcpy(&v6, sa, sizeof(v6));
		out_addr->family = 6;
		out_addr->port = ntohs(v6.sin6_port);
		out_addr->scope = v6.sin6_scope_id;
		memcpy(out_addr->ip, &v6.sin6_addr, sizeof(v6.sin6_addr));
	}
}

static void own_address(struct msghdr *msg, struct provd_addr *out_to)
{
	struct cmsghdr *cmsg;
	struct in_pktinfo v4;
	struct in6_pktinfo v6;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_PKTINFO) {
			memcpy(&v4, CMSG_DATA(cmsg), sizeof(v4));
			out_to->family = 4;
			/* Not ipi_addr: for a broadcast that is no address to answer from. */
			memcpy(out_to->ip, &v4.ipi_spec_dst, sizeof(v4.ipi_spec_dst));
		} else if (cmsg->cmsg_level == IPPROTO_IPV6 && cmsg->cmsg_type == IPV6_PKTINFO) {
			memcpy(&v6, CMSG_DATA(cmsg), sizeof(v6));
			out_to->family = 6;
			if (IN6_IS_ADDR_LINKLOCAL(&v6.ipi6_addr))
				out_to->scope = v6.ipi6_ifindex;
			memcpy(out_to->ip, &v6.ipi6_addr, sizeof(v6.ipi6_addr));
		}
	}
}

ssize_t provd_udp_receive(int fd, uint8_t *buf, size_t size, struct provd_addr *out_from,
			  struct provd_addr *out_to)
{
	struct sockaddr_storage sa = {0};
	struct iovec iov = {.iov_len = size};
	union control control = {0};
	struct msghdr msg = {.msg_name = &sa,
			     .msg_namelen = sizeof(sa),
			     .msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	ssize_t len;

	iov.iov_base = buf;
	len = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (len < 0)
		return -errno;
	if (msg.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	provd_udp_from_sockaddr(&sa, out_from);
	memset(out_to, 0, sizeof(*out_to));
	out_to->size = sizeof(*out_to);
	own_address(&msg, out_to);
	return len;
}

static void source_v4(struct msghdr *msg, const struct provd_addr *from)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
	struct in_pktinfo info = {0};

	memcpy(&info.ipi_spec_dst, from->ip, sizeof(info.ipi_spec_dst));
	cmsg->cmsg_level = IPPROTO_IP;
	cmsg->cmsg_type = IP_PKTINFO;
	cmsg->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
	msg->msg_controllen = CMSG_SPACE(sizeof(info));
}

static void source_v6(struct msghdr *msg, const struct provd_addr *from)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
	struct in6_pktinfo info = {.ipi6_ifindex = from->scope};

	memcpy(&info.ipi6_addr, from->ip, sizeof(info.ipi6_addr));
	cmsg->cmsg_level = IPPROTO_IPV6;
	cmsg->cmsg_type = IPV6_PKTINFO;
	cmsg->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
	msg->msg_controllen = CMSG_SPACE(sizeof(info));
}

int provd_udp_transmit(int fd, uint32_t family, const struct provd_addr *to,
		       const struct provd_addr *from, const uint8_t *data, size_t len)
{
	struct sockaddr_storage sa;
	/* sendmsg() does not write to it. */
	struct iovec iov = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
	union control control = {0};
	struct msghdr msg = {.msg_name = &sa, .msg_iov = &iov, .msg_iovlen = 1};

	if (to->family != family || (from && from->family && from->family != family))
		return EAFNOSUPPORT;
	if (provd_udp_to_sockaddr(to, &sa, &msg.msg_namelen))
		return EINVAL;
	if (from && from->family) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		if (family == 4)
			source_v4(&msg, from);
		else
			source_v6(&msg, from);
	}
	if (sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return errno;
	return 0;
}
