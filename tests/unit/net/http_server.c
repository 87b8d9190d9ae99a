/* SPDX-License-Identifier: Apache-2.0 */
#include "http_server.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ECHO_MAX 4096

struct upload {
	char body[ECHO_MAX];
	size_t len;
};

static ssize_t on_chunk(void *user, uint64_t pos, char *buf, size_t max)
{
	(void)user;
	if (pos >= 10000)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (max < 10)
		return 0;
	memcpy(buf, "0123456789", 10);
	return 10;
}

static ssize_t on_never(void *user, uint64_t pos, char *buf, size_t max)
{
	(void)user;
	(void)pos;
	(void)buf;
	(void)max;
	return 0;
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status,
			      struct MHD_Response *response)
{
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static struct MHD_Response *text(const char *what, size_t len)
{
	/* MHD copies it and does not write to it. */
	return MHD_create_response_from_buffer(len, (void *)(uintptr_t)what, MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result echo(struct MHD_Connection *connection, const char *method,
			    const struct upload *upload)
{
	const char *header = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Echo");
	struct MHD_Response *response = text(upload->body, upload->len);

	if (!response)
		return MHD_NO;
	(void)MHD_add_response_header(response, "X-Method", method);
	(void)MHD_add_response_header(response, "X-Echo", header ? header : "none");
	header = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Expect");
	(void)MHD_add_response_header(response, "X-Expect", header ? header : "none");
	header = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept");
	(void)MHD_add_response_header(response, "X-Accept", header ? header : "none");
	return answer(connection, 200, response);
}

static enum MHD_Result headers(struct MHD_Connection *connection)
{
	struct MHD_Response *response = text("", 0);
	char name[16];
	int i;

	for (i = 0; response && i < 100; i++) {
		(void)snprintf(name, sizeof(name), "X-%d", i);
		(void)MHD_add_response_header(response, name, "1");
	}
	return answer(connection, 200, response);
}

static enum MHD_Result route(struct MHD_Connection *connection, const char *url, const char *method,
			     const struct upload *upload)
{
	struct MHD_Response *response;
	char *big;

	if (strcmp(url, "/ok") == 0)
		return answer(connection, 200, text("fine", 4));
	if (strcmp(url, "/echo") == 0)
		return echo(connection, method, upload);
	if (strcmp(url, "/headers") == 0)
		return headers(connection);
	if (strcmp(url, "/redirect") == 0) {
		response = text("", 0);
		(void)MHD_add_response_header(response, "Location", "/ok");
		return answer(connection, 302, response);
	}
	if (strcmp(url, "/busy") == 0) {
		response = text("", 0);
		(void)MHD_add_response_header(response, "Retry-After", "120");
		return answer(connection, 429, response);
	}
	if (strcmp(url, "/chunked") == 0)
		return answer(connection, 200,
			      MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1024, on_chunk,
								NULL, NULL));
	if (strcmp(url, "/slow") == 0)
		return answer(connection, 200,
			      MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1024, on_never,
								NULL, NULL));
	if (strcmp(url, "/big") == 0) {
		big = calloc(1, 100000);
		if (!big)
			return MHD_NO;
		return answer(connection, 200,
			      MHD_create_response_from_buffer(100000, big, MHD_RESPMEM_MUST_FREE));
	}
	return answer(connection, 404, text("no", 2));
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *len, void **state)
{
	struct upload *upload = *state;

	(void)user;
	(void)version;
	if (!upload) {
		*state = calloc(1, sizeof(*upload));
		return *state ? MHD_YES : MHD_NO;
	}
	if (*len) {
		if (*len > sizeof(upload->body) - upload->len)
			return MHD_NO;
		memcpy(upload->body + upload->len, data, *len);
		upload->len += *len;
		*len = 0;
		return MHD_YES;
	}
	return route(connection, url, method, upload);
}

static void on_completed(void *user, struct MHD_Connection *connection, void **state,
			 enum MHD_RequestTerminationCode code)
{
	(void)user;
	(void)connection;
	(void)code;
	free(*state);
	*state = NULL;
}

static char *slurp(const char *path)
{
	char *all = calloc(1, 8192);
	FILE *in = fopen(path, "r");

	if (all && in && fread(all, 1, 8191, in) == 0) {
		free(all);
		all = NULL;
	}
	if (in)
		(void)fclose(in);
	return all;
}

int http_server_start(struct http_server *server, const char *cert, const char *key)
{
	struct sockaddr_in sa = {.sin_family = AF_INET};
	const union MHD_DaemonInfo *info;
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO;

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->cert = cert ? slurp(cert) : NULL;
	server->key = cert ? slurp(key) : NULL;
	if (server->cert && server->key)
		server->daemon = MHD_start_daemon(
			flags | MHD_USE_TLS, 0, NULL, NULL, on_request, NULL, MHD_OPTION_SOCK_ADDR,
			&sa, MHD_OPTION_HTTPS_MEM_CERT, server->cert, MHD_OPTION_HTTPS_MEM_KEY,
			server->key, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
			MHD_OPTION_END);
	else
		server->daemon = MHD_start_daemon(
			flags, 0, NULL, NULL, on_request, NULL, MHD_OPTION_SOCK_ADDR, &sa,
			MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
	if (!server->daemon)
		return -1;
	info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
	server->port = info ? info->port : 0;
	return server->port ? 0 : -1;
}

void http_server_stop(struct http_server *server)
{
	if (server->daemon)
		MHD_stop_daemon(server->daemon);
	free(server->cert);
	free(server->key);
}
