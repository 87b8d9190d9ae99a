/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated fused key: from the option, or random and kept beside the stored values. What the
 * caller gets is HMAC-SHA256 of its purpose under that key.
 */
#include "sim.h"

#include <string.h>

#include <openssl/evp.h>

/* Not a character of keys, so that this file can be nobody's key nor its temporary file. */
#define KEY_FILE "~device-key"

#define PURPOSE_MAX 32

int sim_purpose_valid(const char *purpose)
{
	size_t len = purpose ? strnlen(purpose, PURPOSE_MAX + 1) : 0;

	return len >= 1 && len <= PURPOSE_MAX &&
	       strspn(purpose, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int sim_device_key_init(struct sim *sim, struct provd_error *err)
{
	const struct provd_secret *option = sim->host->option_secret(sim->host, "device_key");
	struct provd_bytes text = {NULL, 0};
	uint8_t *key = sim->store.device_key;

	if (!option) {
		if (sim->host->random(sim->host, key, SIM_DEVICE_KEY_SIZE))
			return sim_error(err, PROVD_E_INTERNAL, "no random bytes to be had");
		return 0;
	}
	sim->host->secret_view(sim->host, option, &text);
	if (text.len != (size_t)2 * SIM_DEVICE_KEY_SIZE)
		return sim_error(err, PROVD_E_CONFIG, "device_key: expected 64 hexadecimal digits");
	for (size_t i = 0; i < SIM_DEVICE_KEY_SIZE; i++) {
		int high = digit(text.data[2 * i]);
		int low = digit(text.data[2 * i + 1]);

		if (high < 0 || low < 0)
			return sim_error(err, PROVD_E_CONFIG,
					 "device_key: expected 64 hexadecimal digits");
		key[i] = (uint8_t)(high << 4 | low);
	}
	sim->store.device_key_fixed = 1;
	return 0;
}

int sim_device_key_derive(const uint8_t key[SIM_DEVICE_KEY_SIZE], const char *purpose,
			  uint8_t out[SIM_DEVICE_KEY_SIZE])
{
	size_t len = 0;

	if (!EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, SIM_DEVICE_KEY_SIZE,
		       (const unsigned char *)purpose, strlen(purpose), out, SIM_DEVICE_KEY_SIZE,
		       &len) ||
	    len != SIM_DEVICE_KEY_SIZE)
		return PROVD_E_INTERNAL;
	return 0;
}

int sim_device_key_file(const char *dir, uint8_t key[SIM_DEVICE_KEY_SIZE])
{
	uint8_t *data = NULL;
	size_t len = 0;
	int rc = sim_file_load(dir, KEY_FILE, &data, &len);

	if (rc == PROVD_E_NOT_FOUND)
		return sim_file_save(dir, KEY_FILE, key, SIM_DEVICE_KEY_SIZE);
	if (rc)
		return rc;
	if (len == SIM_DEVICE_KEY_SIZE)
		memcpy(key, data, len);
	else
		rc = PROVD_E_CORRUPT;
	sim_store_wipe(data, len);
	return rc;
}
