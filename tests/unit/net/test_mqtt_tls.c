/* SPDX-License-Identifier: Apache-2.0 */
#include "net_broker.h"
#include "net_tls_peer.h"

#include <criterion/criterion.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#include "secret/secret.h"

struct fixture {
	struct net_broker broker;
	struct net_client client;
	char ca[128];
	char cert[128];
	char key[128];
};

static void begin(struct fixture *fx)
{
	cr_assert_eq(net_broker_start(&fx->broker), 0);
	cr_assert_eq(net_client_init_psk(&fx->client, fx->broker.psk), 0);
}

/* A client that trusts our CA and has no certificate of its own. */
static void begin_cert(struct fixture *fx, uint16_t port)
{
	fx->client.config.port = port;
	fx->client.config.tls = PROVD_MQTT_TLS_CERT;
	fx->client.config.ca_file =
		net_test_path(fx->ca, sizeof(fx->ca), fx->broker.folder, "ca.pem");
	(void)net_test_path(fx->cert, sizeof(fx->cert), fx->broker.folder, "client.pem");
	(void)net_test_path(fx->key, sizeof(fx->key), fx->broker.folder, "client.key");
}

static void end(struct fixture *fx)
{
	cr_expect_eq(net_client_finish(&fx->client), 0);
	net_broker_finish(&fx->broker);
}

static void print_step(const struct net_client *client, const char *step,
		       enum provd_mqtt_event_type type)
{
	printf("%s after %.1f ms\n", step,
	       (double)(client->seen_us[type] - client->begun_us) / 1000.0);
}

Test(net_mqtt_tls, psk_exchange, .timeout = 60)
{
	struct fixture fx;
	uint64_t id = 0;
	int i;

	begin(&fx);
	for (i = 0; i < 3; i++) {
		cr_assert_eq(net_client_open(&fx.client), PROVD_MQTT_CONNECTED, "%d %s",
			     fx.client.status, fx.client.text);
		cr_assert_eq(provd_mqtt_table.subscribe(fx.client.service, fx.client.connection,
							"down", 1, &id),
			     0);
		cr_assert_eq(net_client_wait(&fx.client, PROVD_MQTT_SUBSCRIBED, 1), 0);
		cr_assert_eq(provd_mqtt_table.publish(fx.client.service, fx.client.connection,
						      "down", (const uint8_t *)"{}", 2, 1, &id),
			     0);
		cr_assert_eq(net_client_wait(&fx.client, PROVD_MQTT_PUBLISHED, 1), 0);
		cr_assert_eq(net_client_wait(&fx.client, PROVD_MQTT_MESSAGE, 1), 0);
		print_step(&fx.client, "connected", PROVD_MQTT_CONNECTED);
		print_step(&fx.client, "subscribed", PROVD_MQTT_SUBSCRIBED);
		print_step(&fx.client, "published", PROVD_MQTT_PUBLISHED);
		print_step(&fx.client, "message", PROVD_MQTT_MESSAGE);
		provd_mqtt_table.close(fx.client.service, fx.client.connection);
	}
	end(&fx);
}

Test(net_mqtt_tls, psk_wrong_key, .timeout = 60)
{
	struct fixture fx;
	struct provd_secret *wrong = provd_secret_create("0123456789abcdef", 16);

	begin(&fx);
	fx.client.config.psk = wrong;
	cr_expect_eq(net_client_open(&fx.client), PROVD_MQTT_FAILED);
	cr_expect_eq(fx.client.status, PROVD_E_TLS_HANDSHAKE, "%d %s", fx.client.status,
		     fx.client.text);
	cr_expect_neq(fx.client.text[0], '\0');
	provd_secret_unref(wrong);
	end(&fx);
}

Test(net_mqtt_tls, psk_wrong_identity, .timeout = 60)
{
	struct fixture fx;

	begin(&fx);
	fx.client.config.psk_identity = "nobody";
	cr_expect_eq(net_client_open(&fx.client), PROVD_MQTT_FAILED);
	cr_expect_eq(fx.client.status, PROVD_E_TLS_HANDSHAKE, "%d %s", fx.client.status,
		     fx.client.text);
	end(&fx);
}

static void psk_peer(int version, const char *ciphers)
{
	struct net_tls_peer peer = {.version = version, .ciphers = ciphers};
	struct net_client client;

	cr_assert_eq(net_tls_peer_start(&peer), 0);
	cr_assert_eq(net_client_init_psk(&client, peer.port), 0);
	cr_expect_eq(net_client_open(&client), PROVD_MQTT_CONNECTED, "%s: %d %s", ciphers,
		     client.status, client.text);
	cr_expect_eq(net_client_finish(&client), 0);
	net_tls_peer_finish(&peer);
	cr_expect_eq(peer.connected, 1);
}

Test(net_mqtt_tls, psk_over_tls_1_2_cbc, .timeout = 60)
{
	psk_peer(TLS1_2_VERSION, "PSK-AES128-CBC-SHA");
}

Test(net_mqtt_tls, psk_over_tls_1_2_gcm, .timeout = 60)
{
	psk_peer(TLS1_2_VERSION, "PSK-AES128-GCM-SHA256");
}

Test(net_mqtt_tls, psk_over_tls_1_2_ecdhe, .timeout = 60)
{
	psk_peer(TLS1_2_VERSION, "ECDHE-PSK-AES128-CBC-SHA256");
}

Test(net_mqtt_tls, psk_over_tls_1_3, .timeout = 60)
{
	psk_peer(TLS1_3_VERSION, "PSK-AES128-GCM-SHA256");
}

/* TLS 1.3 lets a server leave the key aside and show a certificate: nobody vouches for it. */
Test(net_mqtt_tls, psk_does_not_fall_back_to_a_certificate, .timeout = 60)
{
	struct net_tls_peer peer = {.version = TLS1_3_VERSION};
	struct net_client client;
	char folder[64];
	char cert[128];
	char key[128];

	cr_assert_eq(net_test_folder(folder, sizeof(folder)), 0);
	cr_assert_eq(net_test_certs(folder), 0);
	peer.cert = net_test_path(cert, sizeof(cert), folder, "server.pem");
	peer.key = net_test_path(key, sizeof(key), folder, "server.key");
	cr_assert_eq(net_tls_peer_start(&peer), 0);
	cr_assert_eq(net_client_init_psk(&client, peer.port), 0);
	cr_expect_eq(net_client_open(&client), PROVD_MQTT_FAILED);
	cr_expect_eq(client.status, PROVD_E_TLS_UNTRUSTED, "%d %s", client.status, client.text);
	cr_expect_eq(net_client_finish(&client), 0);
	net_tls_peer_finish(&peer);
	cr_expect_eq(peer.connected, 0);
	net_test_remove(folder);
}

Test(net_mqtt_tls, certificate, .timeout = 60)
{
	struct fixture fx;

	begin(&fx);
	begin_cert(&fx, fx.broker.cert);
	cr_expect_eq(net_client_open(&fx.client), PROVD_MQTT_CONNECTED, "%d %s", fx.client.status,
		     fx.client.text);
	end(&fx);
}

Test(net_mqtt_tls, untrusted_ca, .timeout = 60)
{
	struct fixture fx;

	begin(&fx);
	begin_cert(&fx, fx.broker.cert);
	(void)net_test_path(fx.ca, sizeof(fx.ca), fx.broker.folder, "rogue.pem");
	cr_expect_eq(net_client_open(&fx.client), PROVD_MQTT_FAILED);
	cr_expect_eq(fx.client.status, PROVD_E_TLS_UNTRUSTED, "%d %s", fx.client.status,
		     fx.client.text);
	end(&fx);
}

Test(net_mqtt_tls, the_system_trusts_nobody_here, .timeout = 60)
{
	struct fixture fx;

	begin(&fx);
	begin_cert(&fx, fx.broker.cert);
	fx.client.config.ca_file = NULL;
	cr_expect_eq(net_client_open(&fx.client), PROVD_MQTT_FAILED);
	cr_expect_eq(fx.client.status, PROVD_E_TLS_UNTRUSTED, "%d %s", fx.client.status,
		     fx.client.text);
	end(&fx);
}

static void expect_peer(const char *name, int status, const char *words)
{
	struct net_tls_peer peer = {.version = TLS1_2_VERSION};
	struct fixture fx;
	char file[32];
	char key[128];
	char cert[128];

	begin(&fx);
	begin_cert(&fx, 0);
	(void)snprintf(file, sizeof(file), "%s.pem", name);
	peer.cert = net_test_path(cert, sizeof(cert), fx.broker.folder, file);
	(void)snprintf(file, sizeof(file), "%s.key", name);
	peer.key = net_test_path(key, sizeof(key), fx.broker.folder, file);
	cr_assert_eq(net_tls_peer_start(&peer), 0);
	fx.client.config.port = peer.port;
	cr_expect_eq(net_client_open(&fx.client), PROVD_MQTT_FAILED);
	cr_expect_eq(fx.client.status, status, "%d %s", fx.client.status, fx.client.text);
	cr_expect_not_null(strstr(fx.client.text, words), "%s", fx.client.text);
	end(&fx);
	net_tls_peer_finish(&peer);
	cr_expect_eq(peer.connected, 0);
}

Test(net_mqtt_tls, a_certificate_of_tomorrow_tells_of_the_clock, .timeout = 60)
{
	expect_peer("early", PROVD_E_CLOCK,
		    "the broker's certificate: certificate is not yet valid; the clock says 20");
}

Test(net_mqtt_tls, a_certificate_of_yesterday_is_not_trusted, .timeout = 60)
{
	expect_peer("late", PROVD_E_TLS_UNTRUSTED,
		    "the broker's certificate: certificate has expired");
}

Test(net_mqtt_tls, wrong_host_name, .timeout = 60)
{
	struct net_tls_peer peer = {.version = TLS1_2_VERSION};
	struct fixture fx;
	char key[128];
	char cert[128];

	begin(&fx);
	begin_cert(&fx, 0);
	peer.cert = net_test_path(cert, sizeof(cert), fx.broker.folder, "other.pem");
	peer.key = net_test_path(key, sizeof(key), fx.broker.folder, "other.key");
	cr_assert_eq(net_tls_peer_start(&peer), 0);
	fx.client.config.port = peer.port;
	cr_expect_eq(net_client_open(&fx.client), PROVD_MQTT_FAILED);
	cr_expect_eq(fx.client.status, PROVD_E_TLS_UNTRUSTED, "%d %s", fx.client.status,
		     fx.client.text);
	end(&fx);
	net_tls_peer_finish(&peer);
	cr_expect_eq(peer.connected, 0, "nothing is said to a stranger");
}

Test(net_mqtt_tls, client_certificate, .timeout = 60)
{
	struct fixture fx;

	begin(&fx);
	begin_cert(&fx, fx.broker.mutual);
	fx.client.config.cert_file = fx.cert;
	fx.client.config.key_file = fx.key;
	cr_expect_eq(net_client_open(&fx.client), PROVD_MQTT_CONNECTED, "%d %s", fx.client.status,
		     fx.client.text);
	end(&fx);
}

Test(net_mqtt_tls, missing_client_certificate, .timeout = 60)
{
	struct fixture fx;

	begin(&fx);
	begin_cert(&fx, fx.broker.mutual);
	cr_expect_eq(net_client_open(&fx.client), PROVD_MQTT_FAILED);
	cr_expect_eq(fx.client.status, PROVD_E_TLS_HANDSHAKE, "%d %s", fx.client.status,
		     fx.client.text);
	end(&fx);
}

Test(net_mqtt_tls, missing_ca_file, .timeout = 60)
{
	struct fixture fx;

	begin(&fx);
	begin_cert(&fx, fx.broker.cert);
	fx.client.config.ca_file = "/nonexistent/ca.pem";
	cr_expect_eq(net_client_open(&fx.client), PROVD_MQTT_FAILED);
	cr_expect_lt(fx.client.status, 0);
	printf("missing CA file: %d %s\n", fx.client.status, fx.client.text);
	end(&fx);
}

Test(net_mqtt_tls, close_in_each_phase, .timeout = 60)
{
	struct fixture fx;
	uint64_t ms;

	begin(&fx);
	for (ms = 0; ms < 24; ms += 4) {
		cr_assert_eq(provd_mqtt_table.open(fx.client.service, &fx.client.config,
						   &fx.client.connection),
			     0);
		if (ms)
			net_test_run_for(&fx.client.test, ms);
		provd_mqtt_table.close(fx.client.service, fx.client.connection);
		fx.client.events = 0;
		net_test_run_for(&fx.client.test, 20);
		cr_expect_eq(fx.client.events, 0);
	}
	end(&fx);
}
