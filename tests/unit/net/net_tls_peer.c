/* SPDX-License-Identifier: Apache-2.0 */
#include "net_tls_peer.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "net_test.h"

static unsigned int on_psk(SSL *ssl, const char *identity, unsigned char *key, unsigned int max)
{
	unsigned int i;

	(void)ssl;
	if (strcmp(identity, "dev1") != 0 || max < 16)
		return 0;
	for (i = 0; i < 16; i++)
		key[i] = (unsigned char)(i * 0x11);
	return 16;
}

static SSL_CTX *context(const struct net_tls_peer *peer)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (!ctx)
		return NULL;
	(void)SSL_CTX_set_min_proto_version(ctx, peer->version);
	(void)SSL_CTX_set_max_proto_version(ctx, peer->version);
	if (peer->ciphers) {
		(void)SSL_CTX_set_cipher_list(ctx, peer->ciphers);
		SSL_CTX_set_psk_server_callback(ctx, on_psk);
	}
	if (peer->cert) {
		(void)SSL_CTX_use_certificate_file(ctx, peer->cert, SSL_FILETYPE_PEM);
		(void)SSL_CTX_use_PrivateKey_file(ctx, peer->key, SSL_FILETYPE_PEM);
	}
	return ctx;
}

static void serve(struct net_tls_peer *peer, SSL *ssl)
{
	static const unsigned char connack[] = {0x20, 0x02, 0x00, 0x00};
	unsigned char buf[512];

	if (SSL_accept(ssl) != 1 || SSL_read(ssl, buf, sizeof(buf)) <= 0 || buf[0] != 0x10)
		return;
	peer->connected = 1;
	(void)SSL_write(ssl, connack, sizeof(connack));
	/* Until DISCONNECT or the end of the connection. */
	while (SSL_read(ssl, buf, sizeof(buf)) > 0) {
	}
}

static void serve_one(struct net_tls_peer *peer, SSL_CTX *ctx, int fd)
{
	const struct timeval limit = {.tv_sec = NET_TEST_WAIT_MS / 1000};
	SSL *ssl = SSL_new(ctx);

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (ssl) {
		(void)SSL_set_fd(ssl, fd);
		serve(peer, ssl);
	}
	SSL_free(ssl);
	(void)close(fd);
}

/* Until the listener is shut down. */
static void *run(void *arg)
{
	struct net_tls_peer *peer = arg;
	SSL_CTX *ctx = context(peer);
	int fd;

	while (ctx && (fd = accept(peer->listener, NULL, NULL)) >= 0)
		serve_one(peer, ctx, fd);
	SSL_CTX_free(ctx);
	return NULL;
}

int net_tls_peer_start(struct net_tls_peer *peer)
{
	peer->connected = 0;
	peer->listener = net_test_listen(&peer->port);
	if (peer->listener < 0)
		return -1;
	return pthread_create(&peer->thread, NULL, run, peer) ? -1 : 0;
}

void net_tls_peer_finish(struct net_tls_peer *peer)
{
	(void)shutdown(peer->listener, SHUT_RDWR);
	(void)pthread_join(peer->thread, NULL);
	(void)close(peer->listener);
}
