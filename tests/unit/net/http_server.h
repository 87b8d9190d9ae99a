/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file http_server.h
 * @brief HTTP and HTTPS servers for the tests, on threads of libmicrohttpd.
 *
 * Paths: /ok, /echo (method, body and the header X-Echo come back), /missing (404), /redirect,
 * /chunked (1000 chunks of 10 bytes), /big (100,000 bytes), /headers (100 header lines), /slow
 * (never answers), /busy (429 with Retry-After).
 */
#ifndef PROVD_HTTP_SERVER_H
#define PROVD_HTTP_SERVER_H

#include <stdint.h>

struct MHD_Daemon;

struct http_server {
	struct MHD_Daemon *daemon;
	uint16_t port;
	char *cert;
	char *key;
};

/** @param cert PEM file for HTTPS, NULL for HTTP. @return 0 or -1 */
int http_server_start(struct http_server *server, const char *cert, const char *key);
void http_server_stop(struct http_server *server);

#endif /* PROVD_HTTP_SERVER_H */
