/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file config/endpoint.h
 * @brief An address with a port, as options name it.
 */
#ifndef PROVD_CORE_CONFIG_ENDPOINT_H
#define PROVD_CORE_CONFIG_ENDPOINT_H

#include <netinet/in.h>
#include <sys/socket.h>

/** An address and a port, as connect() takes them. */
struct provd_endpoint {
	struct sockaddr_storage addr;
	socklen_t len;
};

/**
 * Reads "192.0.2.1:443" or "[2001:db8::1]:443"; a host name is none. Pure, any thread.
 * @param text NULL is allowed @param out_endpoint untouched on failure
 * @return 0 or PROVD_E_INVALID (also for port 0)
 */
int provd_endpoint_parse(const char *text, struct provd_endpoint *out_endpoint);

#endif /* PROVD_CORE_CONFIG_ENDPOINT_H */
