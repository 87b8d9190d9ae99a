/* SPDX-License-Identifier: Apache-2.0 */
#include "common/ap.h"

#include <openssl/crypto.h>

#include <arpa/inet.h>
#include <string.h>

#define PASSPHRASE_MIN 8u
#define PASSPHRASE_MAX 63u
#define KEY_MIN	       16u

static size_t secret_len(const struct provd_host *host, const struct provd_secret *secret)
{
	struct provd_bytes view = {0};

	host->secret_view(host, secret, &view);
	return view.len;
}

/* "192.168.4.1/24" */
static int read_address(const char *text, struct ap_settings *out, struct provd_error *err)
{
	char ip[16] = "";
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : sizeof(ip);
	uint32_t prefix = 0;
	struct in_addr addr;

	if (len >= sizeof(ip))
		goto bad;
	memcpy(ip, text, len);
	for (const char *p = slash + 1; *p && prefix < 100; p++) {
		if (*p < '0' || *p > '9')
			goto bad;
		prefix = prefix * 10 + (uint32_t)(*p - '0');
	}
	if (prefix < 8 || prefix > 30 || inet_pton(AF_INET, ip, &addr) != 1)
		goto bad;
	memcpy(out->address, &addr, sizeof(out->address));
	out->prefix_len = prefix;
	return 0;
bad:
	return ap_error(err, PROVD_E_CONFIG,
			"address: expected an IPv4 address with 8 to 30 bits of network, such "
			"as \"192.168.4.1/24\"");
}

static int read_security(const struct provd_host *host, int open, const char *otherwise,
			 struct ap_settings *out, struct provd_error *err)
{
	const char *choice = host->option_text(host, "security");

	if (out->passphrase && out->key)
		return ap_error(err, PROVD_E_CONFIG,
				"set either 'passphrase' or 'passphrase_key', not both");
	if ((out->passphrase || out->key) && open)
		return ap_error(err, PROVD_E_CONFIG,
				"'open' does not go with a passphrase; remove one of them");
	if (!out->passphrase && !out->key && !open)
		return ap_error(err, PROVD_E_CONFIG,
				"no passphrase: set 'passphrase_key' (one passphrase for each "
				"unit) or 'passphrase', or %s",
				otherwise);
	out->security = PROVD_SECURITY_OPEN;
	if (open)
		return 0;
	out->security = PROVD_SECURITY_WPA2;
	if (choice && strcmp(choice, "wpa3") == 0)
		out->security = PROVD_SECURITY_WPA3;
	else if (choice && strcmp(choice, "wpa2-wpa3") == 0)
		out->security = PROVD_SECURITY_WPA2_WPA3;
	return 0;
}

static int check_lengths(const struct provd_host *host, const struct ap_settings *out,
			 struct provd_error *err)
{
	size_t len = secret_len(host, out->passphrase);

	if (out->passphrase && (len < PASSPHRASE_MIN || len > PASSPHRASE_MAX))
		return ap_error(err, PROVD_E_CONFIG,
				"passphrase: expected 8 to 63 characters, got %zu", len);
	if (out->key && secret_len(host, out->key) < KEY_MIN)
		return ap_error(err, PROVD_E_CONFIG,
				"passphrase_key: expected 16 bytes or "
				"more");
	return 0;
}

int ap_settings_read(const struct provd_host *host, int open, const char *otherwise,
		     struct ap_settings *out_settings, struct provd_error *err)
{
	struct ap_settings s = {.pattern = host->option_text(host, "ssid"),
				.passphrase = host->option_secret(host, "passphrase"),
				.key = host->option_secret(host, "passphrase_key")};
	const char *address = host->option_text(host, "address");
	int rc;

	if (!s.pattern || !address)
		return ap_error(err, PROVD_E_CONFIG, "'ssid' and 'address' must be set");
	rc = ap_name_check(s.pattern, &s.needs_device, err);
	if (!rc)
		rc = read_address(address, &s, err);
	if (!rc)
		rc = read_security(host, open, otherwise, &s, err);
	if (!rc)
		rc = check_lengths(host, &s, err);
	if (rc)
		return rc;
	if (s.key)
		s.needs_device = 1;
	*out_settings = s;
	return 0;
}

int ap_settings_fixed(const struct provd_host *host, const char *ssid,
		      const struct provd_secret *passphrase, struct ap_settings *out_settings,
		      struct provd_error *err)
{
	struct ap_settings s = {
		.pattern = ssid, .passphrase = passphrase, .security = PROVD_SECURITY_WPA2};
	const char *address = host->option_text(host, "address");
	int rc;

	if (!address)
		return ap_error(err, PROVD_E_CONFIG, "'address' must be set");
	rc = ap_name_check(ssid, &s.needs_device, err);
	if (!rc)
		rc = read_address(address, &s, err);
	if (rc)
		return rc;
	*out_settings = s;
	return 0;
}

static int get_device(const struct provd_host *host, struct provd_device_info *out_info,
		      struct provd_error *err)
{
	void *self = NULL;
	const struct provd_device *device;
	int rc;

	device = host->get_interface(host, PROVD_DEVICE, sizeof(*device), &self);
	if (!device)
		return ap_error(err, PROVD_E_NOT_SUPPORTED,
				"the daemon does not tell who the device is (" PROVD_DEVICE
				"); use an ssid without placeholders and a fixed passphrase");
	rc = device->get_info(self, out_info);
	if (rc)
		return ap_error(err, rc, "the device's MAC is not known: %s", provd_err_text(rc));
	return 0;
}

static int make_passphrase(const struct provd_host *host, const struct ap_settings *settings,
			   const struct provd_device_info *info, struct provd_secret **out_secret,
			   struct provd_error *err)
{
	struct provd_bytes key = {0};
	char text[AP_DERIVED_LEN];
	int rc;

	if (settings->security == PROVD_SECURITY_OPEN) {
		*out_secret = NULL;
		return 0;
	}
	if (settings->passphrase) {
		*out_secret = host->secret_ref(host, settings->passphrase);
		return 0;
	}
	host->secret_view(host, settings->key, &key);
	rc = ap_derive(key, info->mac, info->device ? info->device : "", text);
	if (rc)
		return ap_error(err, rc, "the passphrase cannot be derived");
	*out_secret = host->secret_create(host, text, sizeof(text));
	OPENSSL_cleanse(text, sizeof(text));
	return *out_secret ? 0 : ap_error(err, PROVD_E_NOMEM, "out of memory");
}

int ap_config_make(const struct provd_host *host, const struct ap_settings *settings,
		   struct provd_softap_config *out_config, struct provd_error *err)
{
	struct provd_device_info info = {.size = sizeof(info)};
	struct provd_softap_config config = {.size = sizeof(config)};
	struct provd_secret *passphrase = NULL;
	int rc = settings->needs_device ? get_device(host, &info, err) : 0;

	if (rc)
		return rc;
	rc = ap_name_make(settings->pattern, settings->needs_device ? &info : NULL, config.ssid,
			  err);
	if (rc < 0)
		return rc;
	config.ssid_len = (uint32_t)rc;
	rc = make_passphrase(host, settings, &info, &passphrase, err);
	if (rc)
		return rc;
	config.channel = (uint32_t)host->option_int(host, "channel");
	config.security = settings->security;
	config.prefix_len = settings->prefix_len;
	config.max_clients = (uint32_t)host->option_int(host, "max_clients");
	config.hidden = host->option_int(host, "hidden") ? 1 : 0;
	memcpy(config.address, settings->address, sizeof(config.address));
	config.passphrase = passphrase;
	*out_config = config;
	return 0;
}
