/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

enum {
	STATE_MAX = 262144
};

char *sim_device_info_text(const struct sim_device_info *info)
{
	bool cert = info->kind == SIM_INFO_CERT || info->cert_product;
	json_t *root = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:{s:s}, s:{s:s, s:s}}", "auth_mode",
		cert ? "CERT" : "KEY", "productId", info->product_id, "productSecret",
		info->product_secret, "deviceName", info->device_name, "region", info->region,
		"key_deviceinfo", "deviceSecret",
		info->kind == SIM_INFO_PSK ? info->device_secret : "YOUR_IOT_PSK",
		"cert_deviceinfo", "devCertFile",
		info->kind == SIM_INFO_CERT ? info->cert_file : "YOUR_DEVICE_CERT_FILE_NAME",
		"devPrivateKeyFile",
		info->kind == SIM_INFO_CERT ? info->key_file : "YOUR_DEVICE_PRIVATE_KEY_FILE_NAME");
	char *text = json_dumps(root, JSON_INDENT(2));

	json_decref(root);
	return text;
}

int sim_write_private(const char *path, const char *text)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int n = slash ? snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path)
		      : snprintf(dir, sizeof(dir), ".");

	if (n < 0 || (size_t)n >= sizeof(dir))
		return PROVD_E_LIMIT;
	return sim_file_write(dir, slash ? slash + 1 : path, text, strlen(text), 0600);
}

int sim_state_save(const struct sim_registry *reg, const char *dir)
{
	json_t *devices = json_array();
	json_t *root;
	char *text;
	int rc = PROVD_E_NOMEM;

	for (size_t i = 0; i < reg->count; i++)
		json_array_append_new(devices, json_pack("{s:s, s:s}", "name", reg->devices[i].name,
							 "secret", reg->devices[i].secret));
	root = json_pack("{s:s, s:s, s:b, s:o}", "product_id", reg->product_id, "product_secret",
			 reg->product_secret, "cert", reg->cert, "devices", devices);
	text = json_dumps(root, JSON_INDENT(2));
	if (text) {
		rc = sim_file_write(dir, SIM_FILE_STATE, text, strlen(text), 0600);
		OPENSSL_cleanse(text, strlen(text));
	}
	free(text);
	json_decref(root);
	return rc;
}

static int load_root(struct sim_registry *reg, json_t *root)
{
	const char *id;
	const char *secret;
	int cert;
	json_t *devices;
	json_t *item;
	size_t i;

	if (json_unpack(root, "{s:s, s:s, s:b, s:o}", "product_id", &id, "product_secret", &secret,
			"cert", &cert, "devices", &devices) != 0 ||
	    sim_registry_set_product(reg, id) != 0 || sim_registry_set_secret(reg, secret) != 0)
		return PROVD_E_CORRUPT;
	reg->cert = cert != 0;
	json_array_foreach(devices, i, item)
	{
		const char *name;

		if (json_unpack(item, "{s:s, s:s}", "name", &name, "secret", &secret) != 0 ||
		    sim_registry_add(reg, name, *secret ? secret : NULL) != 0)
			return PROVD_E_CORRUPT;
	}
	return 0;
}

int sim_state_load(struct sim_registry *reg, const char *dir)
{
	char path[PATH_MAX];
	char *text = NULL;
	size_t size = 0;
	json_t *root;
	int n = snprintf(path, sizeof(path), "%s/%s", dir, SIM_FILE_STATE);
	int rc;

	if (n < 0 || (size_t)n >= sizeof(path))
		return PROVD_E_LIMIT;
	rc = sim_file_read(path, STATE_MAX, &text, &size);
	if (rc != 0)
		return rc;
	root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	rc = load_root(reg, root);
	json_decref(root);
	OPENSSL_cleanse(text, size);
	free(text);
	return rc;
}
