/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tencent IoT Explorer, for a device with a key (auth_mode KEY): MQTT over TLS with a pre-shared
 * key. All that is the vendor's is in this file. The rules are those of provd's own codec
 * (plugins/tencent/codec/mqtt_sign.h):
 *
 *   PSK identity, client id   product id + device name
 *   PSK key                   deviceSecret of the identity file, decoded from base64
 *   user name                 client id ; app id ; five random characters ; expiry
 *   password                  none, as the key has proven who we are
 */
#include "cloud.h"

#include <MQTTAsync.h>
#include <fcntl.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APP_ID	  "21010406"
#define NO_EXPIRY "2147483647"
#define CIPHERS	  "PSK-AES128-GCM-SHA256:PSK-AES256-GCM-SHA384:PSK-AES128-CBC-SHA:PSK-AES256-CBC-SHA"

struct cloud {
	MQTTAsync mqtt;
	int news[2]; /* a pipe: Paho's thread writes, the loop reads */
	char client_id[96];
	char topic[192];
	unsigned char key[64];
	int key_len;
};

/* Runs on Paho's thread, so it only passes the news on. */
static void tell(const struct cloud *cloud, enum cloud_news news)
{
	const char byte = (char)news;

	if (write(cloud->news[1], &byte, 1) != 1)
		fputs("product: the loop does not read\n", stderr);
}

static unsigned int on_psk(const char *hint, char *identity, unsigned int identity_max,
			   unsigned char *key, unsigned int key_max, void *context)
{
	const struct cloud *cloud = context;
	const size_t len = strlen(cloud->client_id);

	(void)hint;
	if (len >= identity_max || (unsigned int)cloud->key_len > key_max)
		return 0;
	memcpy(identity, cloud->client_id, len + 1);
	memcpy(key, cloud->key, (size_t)cloud->key_len);
	return (unsigned int)cloud->key_len;
}

static void on_sent(void *context, MQTTAsync_successData *data)
{
	(void)data;
	tell(context, CLOUD_ONLINE);
}

static void on_failed(void *context, MQTTAsync_failureData *data)
{
	(void)data;
	tell(context, CLOUD_FAILED);
}

static void on_connected(void *context, MQTTAsync_successData *data)
{
	/* a property of the product's data template; yours has others */
	static const char text[] = "{\"method\":\"report\",\"clientToken\":\"1\","
				   "\"params\":{\"power_switch\":1}}";
	MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
	struct cloud *cloud = context;

	(void)data;
	options.onSuccess = on_sent;
	options.onFailure = on_failed;
	options.context = cloud;
	if (MQTTAsync_send(cloud->mqtt, cloud->topic, (int)strlen(text), text, 1, 0, &options))
		tell(cloud, CLOUD_FAILED);
}

static void on_lost(void *context, char *cause)
{
	(void)cause;
	tell(context, CLOUD_LOST);
}

static int on_message(void *context, char *topic, int topic_len, MQTTAsync_message *message)
{
	(void)context;
	(void)topic_len;
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	return 1;
}

/* Fills in names and key. */
static int read_identity(struct cloud *cloud, const char *path)
{
	json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	const char *product = json_string_value(json_object_get(file, "productId"));
	const char *device = json_string_value(json_object_get(file, "deviceName"));
	const json_t *block = json_object_get(file, "key_deviceinfo");
	char *secret = (char *)(size_t)json_string_value(json_object_get(block, "deviceSecret"));
	size_t len = secret ? strlen(secret) : 0;
	int names = -1;
	int topic = -1;

	if (product && device && len && len % 4 == 0 && len <= 64) {
		names = snprintf(cloud->client_id, sizeof(cloud->client_id), "%s%s", product,
				 device);
		topic = snprintf(cloud->topic, sizeof(cloud->topic), "$thing/up/property/%s/%s",
				 product, device);
		cloud->key_len = EVP_DecodeBlock(cloud->key, (unsigned char *)secret, (int)len);
		/* OpenSSL counts the filling at the end, too */
		cloud->key_len -= (secret[len - 1] == '=') + (secret[len - 2] == '=');
	}
	if (secret)
		OPENSSL_cleanse(secret, len);
	json_decref(file);
	return names > 0 && (size_t)names < sizeof(cloud->client_id) && topic > 0 &&
			       (size_t)topic < sizeof(cloud->topic) && cloud->key_len > 0
		       ? 0
		       : -1;
}

static int begin(struct cloud *cloud, const char *host, const char *port)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
	MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
	MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
	unsigned char random[5];
	char user[160];
	char uri[300];
	size_t i;

	if (RAND_bytes(random, sizeof(random)) != 1)
		return -1;
	for (i = 0; i < sizeof(random); i++)
		random[i] = (unsigned char)letters[random[i] % 32];
	(void)snprintf(user, sizeof(user), "%s;%s;%.5s;%s", cloud->client_id, APP_ID,
		       (const char *)random, NO_EXPIRY);
	/* else Paho's threads keep a record of their calls, and write to it after their end */
	MQTTAsync_setTraceLevel(MQTTASYNC_TRACE_ERROR);
	if (snprintf(uri, sizeof(uri), "ssl://%s:%s", host, port) >= (int)sizeof(uri) ||
	    MQTTAsync_create(&cloud->mqtt, uri, cloud->client_id, MQTTCLIENT_PERSISTENCE_NONE,
			     NULL))
		return -1;
	/* nobody has a certificate here, and none would be believed */
	tls.enableServerCertAuth = 1;
	tls.disableDefaultTrustStore = 1;
	tls.enabledCipherSuites = CIPHERS;
	tls.ssl_psk_cb = on_psk;
	tls.ssl_psk_context = cloud;
	options.username = user;
	options.cleansession = 1;
	options.keepAliveInterval = 240;
	options.ssl = &tls;
	options.onSuccess = on_connected;
	options.onFailure = on_failed;
	options.context = cloud;
	if (MQTTAsync_setCallbacks(cloud->mqtt, cloud, on_lost, on_message, NULL))
		return -1;
	return MQTTAsync_connect(cloud->mqtt, &options) ? -1 : 0;
}

int cloud_connect(const char *path, const char *host, const char *port, struct cloud **out_cloud)
{
	struct cloud *cloud = calloc(1, sizeof(*cloud));

	if (!cloud)
		return -1;
	cloud->news[0] = -1;
	cloud->news[1] = -1;
	if (pipe2(cloud->news, O_CLOEXEC | O_NONBLOCK) || read_identity(cloud, path) ||
	    begin(cloud, host, port)) {
		fprintf(stderr, "product: cannot use the identity in %s\n", path);
		cloud_close(cloud);
		return -1;
	}
	*out_cloud = cloud;
	return 0;
}

int cloud_fd(const struct cloud *cloud)
{
	return cloud->news[0];
}

void cloud_close(struct cloud *cloud)
{
	if (!cloud)
		return;
	/* says DISCONNECT and ends Paho's threads, which may take 100 ms */
	if (cloud->mqtt)
		MQTTAsync_destroy(&cloud->mqtt);
	if (cloud->news[0] >= 0) {
		(void)close(cloud->news[0]);
		(void)close(cloud->news[1]);
	}
	OPENSSL_cleanse(cloud, sizeof(*cloud));
	free(cloud);
}
