/* SPDX-License-Identifier: Apache-2.0 */
#include "registry.h"

#include "codec.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <provd/error.h>

enum {
	KEY_SIZE = 16,
	KEY_MAX = 48,
	RANDOM_SECRET_LENGTH = 24
};

int sim_registry_init(struct sim_registry *reg)
{
	static const char alphabet[] = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
	unsigned char random[RANDOM_SECRET_LENGTH];

	memset(reg, 0, sizeof(*reg));
	if (RAND_bytes(random, sizeof(random)) != 1)
		return PROVD_E_INTERNAL;
	for (size_t i = 0; i < sizeof(random); i++)
		reg->product_secret[i] = alphabet[random[i] % (sizeof(alphabet) - 1)];
	return sim_registry_set_product(reg, "PROVSIM001");
}

void sim_registry_finish(struct sim_registry *reg)
{
	if (reg->devices)
		OPENSSL_cleanse(reg->devices, reg->count * sizeof(*reg->devices));
	free(reg->devices);
	OPENSSL_cleanse(reg, sizeof(*reg));
}

static bool only_of(const char *text, const char *extra)
{
	for (; *text; text++) {
		if (!isalnum((unsigned char)*text) && !strchr(extra, *text))
			return false;
	}
	return true;
}

int sim_registry_set_product(struct sim_registry *reg, const char *product_id)
{
	size_t size = strlen(product_id);

	if (size == 0 || size >= sizeof(reg->product_id) || !only_of(product_id, ""))
		return PROVD_E_INVALID;
	memcpy(reg->product_id, product_id, size + 1);
	return 0;
}

int sim_registry_set_secret(struct sim_registry *reg, const char *secret)
{
	size_t size = strlen(secret);

	if (size < SIM_PRODUCT_SECRET_MIN || size >= sizeof(reg->product_secret))
		return PROVD_E_INVALID;
	for (size_t i = 0; i < size; i++) {
		if (!isprint((unsigned char)secret[i]))
			return PROVD_E_INVALID;
	}
	memcpy(reg->product_secret, secret, size + 1);
	return 0;
}

bool sim_device_name_ok(const char *name)
{
	size_t size = strlen(name);

	return size > 0 && size < SIM_DEVICE_NAME_SIZE && only_of(name, "_-");
}

static int set_secret(struct sim_device *device, const char *secret)
{
	unsigned char key[KEY_MAX];
	size_t key_size;
	size_t size = strlen(secret);
	int rc;

	if (strcmp(secret, "auto") == 0)
		return sim_device_new_secret(device);
	if (size >= sizeof(device->secret))
		return PROVD_E_INVALID;
	rc = sim_base64_decode(secret, size, key, sizeof(key), &key_size);
	OPENSSL_cleanse(key, sizeof(key));
	if (rc != 0)
		return PROVD_E_INVALID;
	memcpy(device->secret, secret, size + 1);
	return 0;
}

int sim_registry_add(struct sim_registry *reg, const char *name, const char *secret)
{
	struct sim_device device;
	struct sim_device *grown;
	int rc;

	if (!sim_device_name_ok(name))
		return PROVD_E_INVALID;
	if (sim_registry_find(reg, name))
		return PROVD_E_EXISTS;
	if (reg->count == SIM_DEVICES_MAX)
		return PROVD_E_LIMIT;
	memset(&device, 0, sizeof(device));
	memcpy(device.name, name, strlen(name) + 1);
	if (secret) {
		rc = set_secret(&device, secret);
		if (rc != 0)
			return rc;
	}
	grown = calloc(reg->count + 1, sizeof(*grown));
	if (!grown)
		return PROVD_E_NOMEM;
	if (reg->devices) {
		memcpy(grown, reg->devices, reg->count * sizeof(*grown));
		OPENSSL_cleanse(reg->devices, reg->count * sizeof(*grown));
	}
	free(reg->devices);
	reg->devices = grown;
	reg->devices[reg->count++] = device;
	OPENSSL_cleanse(&device, sizeof(device));
	return 0;
}

struct sim_device *sim_registry_find(struct sim_registry *reg, const char *name)
{
	for (size_t i = 0; i < reg->count; i++) {
		if (strcmp(reg->devices[i].name, name) == 0)
			return &reg->devices[i];
	}
	return NULL;
}

struct sim_device *sim_registry_find_client(struct sim_registry *reg, const char *client_id)
{
	size_t prefix = strlen(reg->product_id);

	if (strncmp(client_id, reg->product_id, prefix) != 0)
		return NULL;
	return sim_registry_find(reg, client_id + prefix);
}

int sim_device_new_secret(struct sim_device *device)
{
	unsigned char key[KEY_SIZE];

	if (RAND_bytes(key, sizeof(key)) != 1)
		return PROVD_E_INTERNAL;
	sim_base64_encode(key, sizeof(key), device->secret);
	OPENSSL_cleanse(key, sizeof(key));
	return 0;
}

static int append_psk_line(const struct sim_registry *reg, const struct sim_device *device,
			   char *out, size_t max, size_t *out_size)
{
	unsigned char key[KEY_MAX];
	char hex[2 * KEY_MAX + 1];
	size_t key_size;
	int n;

	*out_size = 0;
	if (sim_base64_decode(device->secret, strlen(device->secret), key, sizeof(key),
			      &key_size) != 0)
		return 0;
	sim_hex_encode(key, key_size, hex);
	n = snprintf(out, max, "%s%s:%s\n", reg->product_id, device->name, hex);
	OPENSSL_cleanse(key, sizeof(key));
	OPENSSL_cleanse(hex, sizeof(hex));
	if (n < 0 || (size_t)n >= max)
		return PROVD_E_LIMIT;
	*out_size = (size_t)n;
	return 0;
}

int sim_registry_psk_text(const struct sim_registry *reg, bool empty, char **out_text)
{
	const size_t line_max = SIM_PRODUCT_ID_SIZE + SIM_DEVICE_NAME_SIZE + 2 * KEY_MAX + 4;
	size_t max = (reg->count + 1) * line_max;
	char *text = calloc(1, max);
	size_t used = 0;

	if (!text)
		return PROVD_E_NOMEM;
	for (size_t i = 0; !empty && i < reg->count; i++) {
		size_t n;

		if (append_psk_line(reg, &reg->devices[i], text + used, max - used, &n) != 0)
			break;
		used += n;
	}
	*out_text = text;
	return 0;
}
