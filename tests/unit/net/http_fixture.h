/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file http_fixture.h
 * @brief An HTTP service with a server to talk to, and what the last answer was.
 */
#ifndef PROVD_HTTP_FIXTURE_H
#define PROVD_HTTP_FIXTURE_H

#include "http_server.h"
#include "net_test.h"

struct http_test {
	struct net_test test;
	struct provd_http_service *service;
	struct http_server server;
	char folder[64];
	char ca[128];
	char url[128];
	struct provd_http_request request;
	uint64_t id;
	uint64_t cancel_id; /**< cancel this one inside `done` */
	int again;	    /**< start another one inside `done` */
	int destroy;	    /**< destroy the service inside `done` */

	int done;
	int code;
	uint32_t status;
	char body[20000];
	size_t body_len;
	char headers[2048];
	char text[PROVD_ERROR_TEXT_MAX];
};

/** Keeps what came in the fixture that `user` is. */
void http_test_on_done(void *user, int code, const struct provd_http_response *response);

/** Points the request at a path of the server. @return the address */
const char *http_test_url(struct http_test *fx, const char *path);

/** @param cert name of a certificate of net_test_certs for HTTPS; NULL: HTTP */
void http_test_begin_tls(struct http_test *fx, const char *cert);
void http_test_begin(struct http_test *fx);
void http_test_end(struct http_test *fx);

/** Sends the request and waits. @return the code told */
int http_test_perform(struct http_test *fx);

#endif /* PROVD_HTTP_FIXTURE_H */
