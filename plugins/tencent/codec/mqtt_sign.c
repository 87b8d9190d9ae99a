/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/mqtt_sign.h"

#include <string.h>

#include <openssl/crypto.h>

#include "codec/text.h"

struct endpoint {
	const char *region;
	const char *suffix;
};

/* The first one is the fallback. */
static const struct endpoint endpoints[] = {
	{"china", ".iotcloud.tencentdevices.com"},
	{"us-east", ".us-east.iotcloud.tencentdevices.com"},
	{"europe", ".europe.iothub.tencentdevices.com"},
	{"ap-bangkok", ".ap-bangkok.iothub.tencentdevices.com"},
};

bool tencent_mqtt_region_is_known(const char *region)
{
	for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++) {
		if (strcmp(region, endpoints[i].region) == 0)
			return true;
	}
	return false;
}

int tencent_mqtt_host(const char *region, const char *product_id, char *out, size_t cap)
{
	const char *suffix = endpoints[0].suffix;
	struct tencent_out text;

	tencent_out_init(&text, out, cap);
	for (size_t i = 0; region != NULL && i < sizeof(endpoints) / sizeof(endpoints[0]); i++) {
		if (strcmp(region, endpoints[i].region) == 0)
			suffix = endpoints[i].suffix;
	}
	if (!tencent_is_name(product_id, "_-"))
		text.failed = PROVD_E_INVALID;
	tencent_out_text(&text, product_id);
	tencent_out_text(&text, suffix);
	return tencent_out_finish(&text);
}

int tencent_mqtt_client_id(const char *product_id, const char *device_name, char *out, size_t cap)
{
	struct tencent_out text;

	tencent_out_init(&text, out, cap);
	tencent_out_text(&text, product_id);
	tencent_out_text(&text, device_name);
	if (text.len == 0 || text.len > TENCENT_CLIENT_ID_MAX)
		text.failed = PROVD_E_INVALID;
	return tencent_out_finish(&text);
}

void tencent_mqtt_connid(const uint8_t random[5], char out[TENCENT_CONNID_SIZE])
{
	static const char alnum[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

	for (size_t i = 0; i < TENCENT_CONNID_SIZE - 1; i++)
		out[i] = alnum[random[i] % (sizeof(alnum) - 1)];
	out[TENCENT_CONNID_SIZE - 1] = '\0';
}

int tencent_mqtt_username(const char *client_id, const char *app_id, const char *conn_id,
			  const char *expiry, char *out, size_t cap)
{
	struct tencent_out text;

	tencent_out_init(&text, out, cap);
	tencent_out_text(&text, client_id);
	tencent_out_text(&text, ";");
	tencent_out_text(&text, app_id);
	tencent_out_text(&text, ";");
	tencent_out_text(&text, conn_id);
	tencent_out_text(&text, ";");
	tencent_out_text(&text, expiry);
	return tencent_out_finish(&text);
}

int tencent_mqtt_psk(const char *device_secret, uint8_t *out_key, size_t cap)
{
	return tencent_base64_decode(device_secret, strlen(device_secret), out_key, cap);
}

int tencent_mqtt_password(enum tencent_hash hash, const char *device_secret, const char *username,
			  char *out, size_t cap)
{
	uint8_t key[TENCENT_PSK_SIZE];
	uint8_t digest[TENCENT_DIGEST_MAX];
	char hex[2 * TENCENT_DIGEST_MAX + 1] = "";
	struct tencent_out text;
	int rc = tencent_mqtt_psk(device_secret, key, sizeof(key));

	tencent_out_init(&text, out, cap);
	if (rc > 0)
		rc = tencent_hmac(hash, key, (size_t)rc, username, strlen(username), digest);
	if (rc > 0)
		rc = tencent_hex(digest, (size_t)rc, hex, sizeof(hex));
	if (rc < 0)
		text.failed = rc;
	tencent_out_text(&text, hex);
	tencent_out_text(&text, ";");
	tencent_out_text(&text, tencent_hash_name(hash));
	rc = tencent_out_finish(&text);
	OPENSSL_cleanse(key, sizeof(key));
	OPENSSL_cleanse(digest, sizeof(digest));
	OPENSSL_cleanse(hex, sizeof(hex));
	return rc;
}
