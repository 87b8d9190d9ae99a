/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why did a connection fail? Paho tells neither errno nor what is wrong with the certificate. Only
 * after a failure without words, or over the certificate, a second attempt is made here, and
 * nothing is sent over it but a TLS handshake.
 */
#include "net/mqtt_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "net/clock.h"
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

static int certificate_fail(struct provd__mqtt *mqtt, long verdict)
{
	int64_t now_s = (int64_t)time(NULL);
	int code = provd_net_certificate_code(verdict, now_s, provd_net_built_s());
	char words[PROVD_MQTT_TEXT_MAX - 32];
	char text[PROVD_MQTT_TEXT_MAX];

	if (code == PROVD_E_CLOCK)
		provd_net_clock_words(words, sizeof(words), verdict, now_s);
	else
		(void)snprintf(words, sizeof(words), "%s", X509_verify_cert_error_string(verdict));
	(void)snprintf(text, sizeof(text), "the broker's certificate: %s", words);
	return provd__mqtt_job_fail(mqtt, code, 0, text);
}

/* A handshake which goes on whatever it sees, to look at the certificate.
 * Returns 0 when nothing is wrong with it, or it was not seen; else sets the result of the job. */
static int certificate_check(struct provd__mqtt *mqtt, int fd)
{
	const struct timeval limit = {.tv_sec = PROBE_MS / 1000};
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = NULL;
	X509 *cert = NULL;
	int trusted = 0;
	int code = 0;

	if (ctx)
		trusted = mqtt->ca_file ? SSL_CTX_load_verify_file(ctx, mqtt->ca_file)
					: SSL_CTX_set_default_verify_paths(ctx);
	if (ctx)
		ssl = SSL_new(ctx);
	if (!ssl || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ||
	    !SSL_set_fd(ssl, fd))
		goto out;
	(void)SSL_set_tlsext_host_name(ssl, mqtt->host);
	(void)SSL_connect(ssl);
	cert = SSL_get1_peer_certificate(ssl);
	if (!cert)
		goto out;
	if (trusted && SSL_get_verify_result(ssl) != X509_V_OK)
		code = certificate_fail(mqtt, SSL_get_verify_result(ssl));
	else if (!name_matches(mqtt->host, cert))
		code = provd__mqtt_job_fail(mqtt, PROVD_E_TLS_UNTRUSTED, 0,
					    "the broker's certificate is for another host name");
out:
	X509_free(cert);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	/* A thread of the pool never ends, so what OpenSSL keeps for it would be there for ever. */
	OPENSSL_thread_stop();
	return code;
}

/* Blocking from here on; SO_RCVTIMEO bounds it. */
static int set_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

/* What OpenSSL has said in the attempt that failed, if anything. @return 1 when it has */
static int said_before(struct provd__mqtt *mqtt)
{
	char text[PROVD_MQTT_TEXT_MAX];

	(void)pthread_mutex_lock(&mqtt->lock);
	memcpy(text, mqtt->tls_text, sizeof(text));
	(void)pthread_mutex_unlock(&mqtt->lock);
	if (!text[0])
		return 0;
	(void)provd__mqtt_job_fail(mqtt, provd__mqtt_tls_code(text), 0, text);
	return 1;
}

void provd__mqtt_job_probe(struct provd__mqtt *mqtt)
{
	int fd = socket(mqtt->peer.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int failed = fd < 0 ? errno : probe_connect(mqtt, fd);

	if (!failed && mqtt->tls == PROVD_MQTT_TLS_CERT && set_blocking(fd) == 0 &&
	    certificate_check(mqtt, fd))
		goto out;
	if (said_before(mqtt))
		goto out;
	if (failed)
		(void)provd__mqtt_job_fail(mqtt, provd_net_code(failed), failed, strerror(failed));
	else if (mqtt->tls == PROVD_MQTT_PLAIN)
		(void)provd__mqtt_job_fail(mqtt, PROVD_E_NET_CLOSED, 0,
					   "closed before the broker answered");
	else
		(void)provd__mqtt_job_fail(
			mqtt, PROVD_E_TLS_HANDSHAKE, 0,
			"closed by the broker during or after the TLS handshake");
out:
	if (fd >= 0)
		(void)close(fd);
}
