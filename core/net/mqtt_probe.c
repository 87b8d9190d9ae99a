/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why did a connection fail? Paho tells neither errno nor that the certificate is for another host
 * name. Only after a failure without words a second attempt is made here, and nothing is sent over
 * it but a TLS handshake.
 */
#include "net/mqtt_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "net/net_util.h"

/** For each of the two steps. */
#define PROBE_MS 2000

int provd__mqtt_job_fail(struct provd__mqtt *mqtt, int code, int sys_code, const char *text)
{
	mqtt->job_code = code;
	mqtt->job_sys_code = sys_code;
	(void)snprintf(mqtt->job_text, sizeof(mqtt->job_text), "%s", text);
	return code;
}

static int probe_connect(const struct provd__mqtt *mqtt, int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLOUT};
	socklen_t len = sizeof(int);
	int failed = 0;

	if (connect(fd, (const struct sockaddr *)&mqtt->peer, mqtt->peer_len) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	if (poll(&wait, 1, PROBE_MS) != 1)
		return ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &len))
		return errno;
	return failed;
}

static int name_matches(const char *host, X509 *cert)
{
	return X509_check_host(cert, host, 0, 0, NULL) == 1 ||
	       X509_check_ip_asc(cert, host, 0) == 1;
}

/* A handshake which trusts anybody, to look at the certificate. */
static int name_is_wrong(const struct provd__mqtt *mqtt, int fd)
{
	const struct timeval limit = {.tv_sec = PROBE_MS / 1000};
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = ctx ? SSL_new(ctx) : NULL;
	X509 *cert;
	int wrong = 0;

	if (!ssl || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ||
	    !SSL_set_fd(ssl, fd))
		goto out;
	(void)SSL_set_tlsext_host_name(ssl, mqtt->host);
	(void)SSL_connect(ssl);
	cert = SSL_get1_peer_certificate(ssl);
	wrong = cert && !name_matches(mqtt->host, cert);
	X509_free(cert);
out:
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	return wrong;
}

/* Blocking from here on; SO_RCVTIMEO bounds it. */
static int set_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

void provd__mqtt_job_probe(struct provd__mqtt *mqtt)
{
	int fd = socket(mqtt->peer.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int failed = fd < 0 ? errno : probe_connect(mqtt, fd);

	if (failed)
		(void)provd__mqtt_job_fail(mqtt, provd_net_code(failed), failed, strerror(failed));
	else if (mqtt->tls == PROVD_MQTT_PLAIN)
		(void)provd__mqtt_job_fail(mqtt, PROVD_E_NET_CLOSED, 0,
					   "closed before the broker answered");
	else if (mqtt->tls == PROVD_MQTT_TLS_CERT && set_blocking(fd) == 0 &&
		 name_is_wrong(mqtt, fd))
		(void)provd__mqtt_job_fail(mqtt, PROVD_E_TLS_UNTRUSTED, 0,
					   "the broker's certificate is for another host name");
	else
		(void)provd__mqtt_job_fail(
			mqtt, PROVD_E_TLS_HANDSHAKE, 0,
			"closed by the broker during or after the TLS handshake");
	if (fd >= 0)
		(void)close(fd);
}
