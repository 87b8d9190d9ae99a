/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that touches Paho (1.3.12). What had to be known of it:
 * - Its state is one for the process. Destroying the last client ends its threads, which takes
 *   100 ms and more, and a client created meanwhile would lose its tables: `paho_lock`.
 * - It resolves names with its own lock held, which every other call then waits for. So the name is
 *   resolved here first: a dead resolver is noticed here, and Paho's look-up is short.
 * - Its receiving thread polls for 10 ms, sleeps for 100 ms when nothing was there, and polls for
 *   up to 1 s once something was. With no other client open a connection takes 10 or 110 ms more
 *   than the network; while another one is idle it can take 1.8 s more.
 * - It keeps a ring of its last 400 calls, which its threads go on writing to after the last client
 *   gave it back: a leak of 125 kB each time. Below the level ERROR nothing is to be written.
 * - It drops errno; the reason of a failed connection is found by a second
 *   attempt (mqtt_probe.c).
 */
#include "net/mqtt_internal.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/net_util.h"
#include "secret/secret.h"

#define CLIENT_PERSISTENCE_NONE 1

/** Above our own timeout, which decides. Seconds. */
#define PAHO_CONNECT_S 3600

/** For brokers of the field that only offer CBC, and for newer ones. */
#define PSK_CIPHERS                                                                                \
	"PSK-AES128-CBC-SHA:PSK-AES256-CBC-SHA:PSK-AES128-GCM-SHA256:PSK-AES256-GCM-SHA384:"       \
	"PSK-AES128-CBC-SHA256:ECDHE-PSK-AES128-CBC-SHA256:ECDHE-PSK-AES128-CBC-SHA:"              \
	"DHE-PSK-AES128-GCM-SHA256"

/* Paho's state is global, so its lock has to be; held on pool threads only. */
static pthread_mutex_t paho_lock = PTHREAD_MUTEX_INITIALIZER;

static void copy_text(char *out, const char *text)
{
	(void)snprintf(out, PROVD_MQTT_TEXT_MAX, "%s", text ? text : "");
}

static void on_connected(void *context, MQTTAsync_successData *data)
{
	struct provd__mqtt_note *note = provd__mqtt_note_create(context, PROVD_MQTT_CONNECTED);

	(void)data;
	if (note)
		provd__mqtt_note_put(note, provd__mqtt_wake);
}

static void on_failed(void *context, MQTTAsync_failureData *data)
{
	struct provd__mqtt *mqtt = context;
	struct provd__mqtt_note *note = provd__mqtt_note_create(mqtt, PROVD_MQTT_FAILED);

	if (!note)
		return;
	copy_text(note->text, data ? data->message : NULL);
	note->sys_code = data ? data->code : 0;
	(void)pthread_mutex_lock(&mqtt->lock);
	if (note->sys_code > 0) {
		note->status = provd__mqtt_connack_code(note->sys_code);
	} else if (mqtt->tls_text[0]) {
		note->status = provd__mqtt_tls_code(mqtt->tls_text);
		copy_text(note->text, mqtt->tls_text);
		/* OpenSSL's first words do not tell why the certificate was not taken. */
		if (note->status == PROVD_E_TLS_UNTRUSTED && mqtt->tls == PROVD_MQTT_TLS_CERT)
			note->status = 0;
	}
	(void)pthread_mutex_unlock(&mqtt->lock);
	/* A status of 0 asks for a probe. */
	provd__mqtt_note_put(note, provd__mqtt_wake);
}

static void on_lost(void *context, char *cause)
{
	struct provd__mqtt_note *note = provd__mqtt_note_create(context, PROVD_MQTT_LOST);

	if (!note)
		return;
	note->status = PROVD_E_NET_CLOSED;
	copy_text(note->text, cause);
	provd__mqtt_note_put(note, provd__mqtt_wake);
}

static int on_message(void *context, char *topic, int topic_len, MQTTAsync_message *message)
{
	struct provd__mqtt_note *note = NULL;

	/* A topic with a NUL in it has a longer length; no subscription of ours matches one. */
	if ((topic_len == 0 || strlen(topic) == (size_t)topic_len) && message->payloadlen >= 0 &&
	    message->payloadlen <= PROVD_MQTT_PAYLOAD_MAX)
		note = provd__mqtt_note_create(context, PROVD_MQTT_MESSAGE);
	if (note) {
		note->len = (size_t)message->payloadlen;
		note->payload = malloc(note->len + 1);
		if (!note->payload || provd_net_copy(topic, &note->topic)) {
			provd__mqtt_note_free(note);
			note = NULL;
		}
	}
	if (note) {
		if (note->len)
			memcpy(note->payload, message->payload, note->len);
		provd__mqtt_note_put(note, provd__mqtt_wake);
	}
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	return 1;
}

static void op_end(struct provd__mqtt_op *op, int32_t status, int32_t sys_code, const char *text)
{
	struct provd__mqtt_note *note = provd__mqtt_note_create(op->mqtt, op->type);

	if (note) {
		note->id = op->id;
		note->status = status;
		note->sys_code = sys_code;
		copy_text(note->text, text);
		provd__mqtt_note_put(note, provd__mqtt_wake);
	}
	provd__mqtt_op_free(op);
}

static void on_op_done(void *context, MQTTAsync_successData *data)
{
	(void)data;
	op_end(context, 0, 0, NULL);
}

static void on_op_failed(void *context, MQTTAsync_failureData *data)
{
	struct provd__mqtt_op *op = context;
	int code = data ? data->code : 0;

	/* 0x80 in a SUBACK (MQTT 3.1.1, 3.9.3): not allowed for this device. */
	op_end(op, code == 0x80 ? PROVD_E_MQTT_NOT_AUTHORIZED : PROVD_E_NET_CLOSED, code,
	       data ? data->message : NULL);
}

static int on_tls_error(const char *text, size_t len, void *context)
{
	struct provd__mqtt *mqtt = context;

	(void)pthread_mutex_lock(&mqtt->lock);
	/* The first one is the cause. */
	if (!mqtt->tls_text[0]) {
		copy_text(mqtt->tls_text, text);
		mqtt->tls_text[strcspn(mqtt->tls_text, "\n")] = '\0';
	}
	(void)pthread_mutex_unlock(&mqtt->lock);
	(void)len;
	return 1;
}

static unsigned int on_psk(const char *hint, char *identity, unsigned int identity_max,
			   unsigned char *key, unsigned int key_max, void *context)
{
	struct provd__mqtt *mqtt = context;
	struct provd_bytes psk = provd_secret_view(mqtt->psk);
	size_t len = strlen(mqtt->psk_identity);

	(void)hint;
	if (len >= identity_max || psk.len > key_max)
		return 0;
	memcpy(identity, mqtt->psk_identity, len + 1);
	memcpy(key, psk.data, psk.len);
	return (unsigned int)psk.len;
}

static int resolve(struct provd__mqtt *mqtt)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;
	const struct addrinfo *item;
	char words[PROVD_MQTT_TEXT_MAX];
	char port[8];
	int rc;

	(void)snprintf(port, sizeof(port), "%u", (unsigned)mqtt->port);
	rc = getaddrinfo(mqtt->host, port, &hints, &list);
	if (rc) {
		(void)snprintf(words, sizeof(words), "%s: %.100s", provd_net_dns_words(rc),
			       mqtt->host);
		return provd__mqtt_job_fail(mqtt, provd__mqtt_dns_code(rc), rc, words);
	}
	/* Paho takes the first IPv4 address, so the probe does. */
	for (item = list; item->ai_next && item->ai_family != AF_INET; item = item->ai_next) {
	}
	if (item->ai_addrlen <= sizeof(mqtt->peer)) {
		memcpy(&mqtt->peer, item->ai_addr, item->ai_addrlen);
		mqtt->peer_len = item->ai_addrlen;
	}
	freeaddrinfo(list);
	return 0;
}

static void tls_options(struct provd__mqtt *mqtt, MQTTAsync_SSLOptions *tls)
{
	tls->ssl_error_cb = on_tls_error;
	tls->ssl_error_context = mqtt;
	tls->enabledCipherSuites = mqtt->ciphers;
	/* With PSK too: no certificate is trusted then, so that a server which ignores the key and
	 * shows a certificate, as TLS 1.3 allows, is refused. */
	tls->enableServerCertAuth = 1;
	if (mqtt->tls == PROVD_MQTT_TLS_PSK) {
		tls->ssl_psk_cb = on_psk;
		tls->ssl_psk_context = mqtt;
		tls->disableDefaultTrustStore = 1;
		if (!mqtt->ciphers)
			tls->enabledCipherSuites = PSK_CIPHERS;
		return;
	}
	tls->verify = 1; /* the host name */
	tls->trustStore = mqtt->ca_file;
	tls->keyStore = mqtt->cert_file;
	tls->privateKey = mqtt->key_file;
}

static int client_connect(struct provd__mqtt *mqtt)
{
	MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
	MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
	struct provd_bytes password = provd_secret_view(mqtt->password);

	options.keepAliveInterval = (int)mqtt->keep_alive_s;
	options.cleansession = 1;
	options.MQTTVersion = MQTTVERSION_3_1_1;
	options.connectTimeout = PAHO_CONNECT_S;
	options.username = mqtt->username;
	if (mqtt->password) {
		options.binarypwd.data = password.len ? (const void *)password.data : "";
		options.binarypwd.len = (int)password.len;
	}
	options.onSuccess = on_connected;
	options.onFailure = on_failed;
	options.context = mqtt;
	if (mqtt->tls != PROVD_MQTT_PLAIN) {
		tls_options(mqtt, &tls);
		options.ssl = &tls;
	}
	return MQTTAsync_connect(mqtt->handle, &options);
}

static int client_create(struct provd__mqtt *mqtt)
{
	MQTTAsync_init_options init = MQTTAsync_init_options_initializer;
	const char *scheme = mqtt->tls == PROVD_MQTT_PLAIN ? "tcp" : "ssl";
	int v6 = strchr(mqtt->host, ':') != NULL;
	char uri[320];
	int len;
	int rc;

	len = snprintf(uri, sizeof(uri), v6 ? "%s://[%s]:%u" : "%s://%s:%u", scheme, mqtt->host,
		       (unsigned)mqtt->port);
	if (len < 0 || (size_t)len >= sizeof(uri))
		return MQTTASYNC_BAD_PROTOCOL;
	/* OpenSSL 3 initialises itself, and must not be undone below the others that use it. */
	init.do_openssl_init = 0;
	MQTTAsync_global_init(&init);
	MQTTAsync_setTraceLevel(MQTTASYNC_TRACE_ERROR);
	rc = MQTTAsync_create(&mqtt->handle, uri, mqtt->client_id, CLIENT_PERSISTENCE_NONE, NULL);
	if (rc != MQTTASYNC_SUCCESS) {
		mqtt->handle = NULL;
		return rc;
	}
	rc = MQTTAsync_setCallbacks(mqtt->handle, mqtt, on_lost, on_message, NULL);
	if (rc == MQTTASYNC_SUCCESS)
		rc = client_connect(mqtt);
	if (rc != MQTTASYNC_SUCCESS)
		MQTTAsync_destroy(&mqtt->handle);
	return rc;
}

void provd__mqtt_job_connect(struct provd__mqtt *mqtt)
{
	int rc = MQTTASYNC_SUCCESS;

	mqtt->job_code = 0;
	if (resolve(mqtt))
		return;
	(void)pthread_mutex_lock(&paho_lock);
	if (!atomic_load(&mqtt->abandoned))
		rc = client_create(mqtt);
	(void)pthread_mutex_unlock(&paho_lock);
	if (rc != MQTTASYNC_SUCCESS)
		(void)provd__mqtt_job_fail(mqtt, provd__mqtt_call_code(rc), rc,
					   MQTTAsync_strerror(rc));
}

void provd__mqtt_job_destroy(struct provd__mqtt *mqtt)
{
	(void)pthread_mutex_lock(&paho_lock);
	if (mqtt->handle)
		MQTTAsync_destroy(&mqtt->handle); /* says DISCONNECT on its way */
	mqtt->handle = NULL;
	(void)pthread_mutex_unlock(&paho_lock);
}

int provd__mqtt_subscribe(struct provd__mqtt *mqtt, const char *topic, uint32_t qos,
			  struct provd__mqtt_op *op)
{
	MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;

	options.onSuccess = on_op_done;
	options.onFailure = on_op_failed;
	options.context = op;
	return provd__mqtt_call_code(MQTTAsync_subscribe(mqtt->handle, topic, (int)qos, &options));
}

int provd__mqtt_publish(struct provd__mqtt *mqtt, const char *topic, const uint8_t *payload,
			size_t len, uint32_t qos, struct provd__mqtt_op *op)
{
	MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;

	options.onSuccess = on_op_done;
	options.onFailure = on_op_failed;
	options.context = op;
	return provd__mqtt_call_code(MQTTAsync_send(mqtt->handle, topic, (int)len,
						    len ? (const void *)payload : "", (int)qos, 0,
						    &options));
}
