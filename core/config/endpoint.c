/* SPDX-License-Identifier: Apache-2.0 */
#include "config/endpoint.h"

#include <arpa/inet.h>
#include <string.h>

#include <provd/error.h>

static int parse_port(const char *text, in_port_t *out_port)
{
	unsigned long port = 0;

	for (size_t i = 0; text[i]; i++) {
		if (i == 5 || text[i] < '0' || text[i] > '9')
			return PROVD_E_INVALID;
		port = port * 10 + (unsigned long)(text[i] - '0');
	}
	if (port == 0 || port > UINT16_MAX)
		return PROVD_E_INVALID;
	*out_port = htons((uint16_t)port);
	return 0;
}

int provd_endpoint_parse(const char *text, struct provd_endpoint *out_endpoint)
{
	const char *colon = text ? strrchr(text, ':') : NULL;
	char host[INET6_ADDRSTRLEN];
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	in_port_t port = 0;
	size_t len;

	if (!colon || parse_port(colon + 1, &port))
		return PROVD_E_INVALID;
	len = (size_t)(colon - text);
	if (len > 1 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
		v4.sin_family = 0;
	}
	if (len >= sizeof(host))
		return PROVD_E_INVALID;
	memcpy(host, text, len);
	host[len] = '\0';
	if (v4.sin_family && inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
		v4.sin_port = port;
		memcpy(&out_endpoint->addr, &v4, sizeof(v4));
		out_endpoint->len = sizeof(v4);
		return 0;
	}
	if (v4.sin_family || inet_pton(AF_INET6, host, &v6.sin6_addr) != 1)
		return PROVD_E_INVALID;
	v6.sin6_port = port;
	memcpy(&out_endpoint->addr, &v6, sizeof(v6));
	out_endpoint->len = sizeof(v6);
	return 0;
}
