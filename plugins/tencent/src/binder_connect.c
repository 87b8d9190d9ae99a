/* SPDX-License-Identifier: Apache-2.0 */
/* The MQTT connection: where to, and how the device proves who it is ([C2] 6.1 to 6.3). */
#include "tencent.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "codec/mqtt_sign.h"
#include "codec/text.h"

/*
 * The vendor's suites are the last two; the others are the same exchange with a sounder cipher,
 * should a broker have them.
 */
#define PSK_CIPHERS                                                                                \
	"PSK-AES128-GCM-SHA256:PSK-AES256-GCM-SHA384:PSK-AES128-CBC-SHA:PSK-AES256-CBC-SHA"

/* What other SDKs send where there is no limit ([C2] 6.2): the last second of 32 bits. */
#define NO_EXPIRY "2147483647"
/* A clock before 2020 was never set; an expiry counted from it would be over. */
#define CLOCK_SET_MS 1577836800000u

/* Everything a configuration points to; secrets are dropped by login_finish(). */
struct login {
	enum tencent_transport transport;
	char host[TENCENT_HOST_SIZE];
	char client_id[TENCENT_CLIENT_ID_MAX + 1];
	char username[TENCENT_USERNAME_SIZE];
	char cert[TENCENT_PATH_SIZE];
	char key[TENCENT_PATH_SIZE];
	struct provd_secret *psk;
	struct provd_secret *password;
};

static void login_finish(const struct tencent *t, struct login *login)
{
	t->host->secret_unref(t->host, login->psk);
	t->host->secret_unref(t->host, login->password);
}

static int choose_transport(const struct tencent *t, enum tencent_transport *out_transport,
			    struct provd_error *err)
{
	bool cert = t->store.identity.auth_mode == TENCENT_AUTH_CERT;
	enum tencent_transport transport = t->options.transport;

	if (transport == TENCENT_TRANSPORT_AUTO)
		transport = cert ? TENCENT_TRANSPORT_CERT : TENCENT_TRANSPORT_PSK;
	if (cert != (transport == TENCENT_TRANSPORT_CERT))
		return tencent_fail(err, PROVD_E_CONFIG,
				    "transport does not fit auth_mode %s of device_info.json; use "
				    "auto",
				    cert ? "CERT" : "KEY");
	*out_transport = transport;
	return 0;
}

static int expiry_text(const struct tencent *t, enum tencent_transport transport, char *out,
		       size_t cap)
{
	uint64_t now_ms = t->host->unix_ms(t->host);
	int n;

	/* With TLS nothing is signed, so nothing can expire. */
	if (transport != TENCENT_TRANSPORT_PLAIN || t->options.expiry_ms == 0 ||
	    now_ms < CLOCK_SET_MS)
		n = snprintf(out, cap, "%s", NO_EXPIRY);
	else
		n = snprintf(out, cap, "%" PRIu64, (now_ms + t->options.expiry_ms) / 1000u);
	return n < 0 || (size_t)n >= cap ? PROVD_E_LIMIT : 0;
}

static int make_names(const struct tencent *t, struct login *login)
{
	const struct tencent_identity *identity = &t->store.identity;
	char conn_id[TENCENT_CONNID_SIZE];
	char expiry[24];
	uint8_t random[5];
	int rc;

	if (t->options.mqtt_host[0] != '\0')
		rc = snprintf(login->host, sizeof(login->host), "%s", t->options.mqtt_host);
	else
		rc = tencent_mqtt_host(tencent_store_region(t), identity->product_id, login->host,
				       sizeof(login->host));
	if (rc < 0 || (size_t)rc >= sizeof(login->host))
		return PROVD_E_LIMIT;
	if (t->host->random(t->host, random, sizeof(random)) != 0)
		return PROVD_E_INTERNAL;
	tencent_mqtt_connid(random, conn_id);
	rc = expiry_text(t, login->transport, expiry, sizeof(expiry));
	if (rc == 0)
		rc = tencent_mqtt_client_id(identity->product_id, identity->device_name,
					    login->client_id, sizeof(login->client_id));
	if (rc >= 0)
		rc = tencent_mqtt_username(login->client_id, t->options.app_id, conn_id, expiry,
					   login->username, sizeof(login->username));
	return rc < 0 ? rc : 0;
}

static int make_psk(const struct tencent *t, struct login *login)
{
	uint8_t key[TENCENT_PSK_SIZE];
	int rc = tencent_mqtt_psk(t->store.identity.device_secret, key, sizeof(key));

	if (rc < 0)
		return rc;
	login->psk = t->host->secret_create(t->host, key, (size_t)rc);
	OPENSSL_cleanse(key, sizeof(key));
	return login->psk != NULL ? 0 : PROVD_E_NOMEM;
}

static int make_password(const struct tencent *t, struct login *login)
{
	char password[TENCENT_PASSWORD_SIZE];
	int rc = tencent_mqtt_password(t->options.hmac, t->store.identity.device_secret,
				       login->username, password, sizeof(password));

	if (rc < 0)
		return rc;
	login->password = t->host->secret_create(t->host, password, (size_t)rc);
	OPENSSL_cleanse(password, sizeof(password));
	return login->password != NULL ? 0 : PROVD_E_NOMEM;
}

static int make_cert(const struct tencent *t, struct login *login)
{
	const struct tencent_identity *identity = &t->store.identity;
	int rc = tencent_store_cert_path(t, identity->cert_file, login->cert, sizeof(login->cert));

	if (rc != 0)
		return rc;
	return tencent_store_cert_path(t, identity->key_file, login->key, sizeof(login->key));
}

static int make_login(const struct tencent *t, struct login *login, struct provd_error *err)
{
	int rc = choose_transport(t, &login->transport, err);

	if (rc == 0)
		rc = make_names(t, login);
	if (rc != 0)
		return rc;
	if (login->transport == TENCENT_TRANSPORT_CERT)
		return make_cert(t, login);
	if (login->transport == TENCENT_TRANSPORT_PLAIN)
		return make_password(t, login);
	return make_psk(t, login);
}

static void fill_config(const struct tencent *t, const struct login *login,
			struct provd_mqtt_config *config)
{
	bool plain = login->transport == TENCENT_TRANSPORT_PLAIN;

	config->size = sizeof(*config);
	config->port = t->options.mqtt_port;
	if (config->port == 0)
		config->port = plain ? TENCENT_MQTT_PORT_PLAIN : TENCENT_MQTT_PORT_TLS;
	config->keep_alive_s = t->options.keep_alive_s;
	config->host = login->host;
	config->client_id = login->client_id;
	config->username = login->username;
	if (plain) {
		config->tls = PROVD_MQTT_PLAIN;
		config->password = login->password;
	} else if (login->transport == TENCENT_TRANSPORT_CERT) {
		config->tls = PROVD_MQTT_TLS_CERT;
		config->ca_file = t->options.mqtt_ca;
		config->cert_file = login->cert;
		config->key_file = login->key;
	} else {
		config->tls = PROVD_MQTT_TLS_PSK;
		config->psk_identity = login->client_id;
		config->psk = login->psk;
		config->ciphers = PSK_CIPHERS;
	}
}

int tencent_connect(struct tencent *t,
		    void (*on_event)(void *user, const struct provd_mqtt_event *event),
		    uint64_t *out_connection, struct provd_error *err)
{
	static const char *const names[] = {"", "psk", "cert", "plain"};
	struct provd_mqtt_config config;
	struct provd_field fields[3];
	struct login login;
	int rc;

	memset(&login, 0, sizeof(login));
	memset(&config, 0, sizeof(config));
	rc = make_login(t, &login, err);
	if (rc == 0) {
		fill_config(t, &login, &config);
		config.on_event = on_event;
		config.user = t;
		fields[0] = provd_f_text("broker", login.host);
		fields[1] = provd_f_int("port", config.port);
		fields[2] = provd_f_text("transport", names[login.transport]);
		tencent_progress(t, PROVD_FLOW_TO_CLOUD, "connecting to the cloud", fields, 3);
		rc = t->mqtt->open(t->mqtt_self, &config, out_connection);
	}
	login_finish(t, &login);
	return rc;
}
