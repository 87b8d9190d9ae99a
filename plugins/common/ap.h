/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ap.h
 * @brief The access point of a method: its options, its name, its passphrase.
 *
 * Loop thread, as the host's table; what says "Pure" may run anywhere.
 */
#ifndef PLUGIN_AP_H
#define PLUGIN_AP_H

#include <provd/device.h>
#include <provd/hal_softap.h>
#include <provd/plugin.h>

/** Characters of a derived passphrase: 60 bits. */
#define AP_DERIVED_LEN 12

/** Rows of struct provd_option; the functions below read them. @param def JSON text */
#define AP_OPTIONS_NAME(def_)                                                                      \
	{.type = PROVD_OPTION_TEXT,                                                                \
	 .name = "ssid",                                                                           \
	 .min = 1,                                                                                 \
	 .max = 128,                                                                               \
	 .def = (def_),                                                                            \
	 .help = "Name of the access point; {mac4}, {mac6}, {product} and {device} are "           \
		 "replaced."},                                                                     \
		{.type = PROVD_OPTION_TEXT,                                                        \
		 .flags = PROVD_OPTION_SECRET,                                                     \
		 .name = "passphrase",                                                             \
		 .min = 8,                                                                         \
		 .max = 63,                                                                        \
		 .help = "Passphrase of the access point; the same on all units, so prefer "       \
			 "passphrase_key."},                                                       \
	{                                                                                          \
		.type = PROVD_OPTION_TEXT, .flags = PROVD_OPTION_SECRET, .name = "passphrase_key", \
		.min = 16, .max = 256,                                                             \
		.help = "Key of the product from which each unit's own passphrase is derived."     \
	}

/** The rows that tell how it is on the air. */
#define AP_OPTIONS_RADIO                                                                           \
	{.type = PROVD_OPTION_CHOICE,                                                              \
	 .name = "security",                                                                       \
	 .choices = "wpa2|wpa3|wpa2-wpa3",                                                         \
	 .def = "\"wpa2\"",                                                                        \
	 .help = "Security of an access point with a passphrase."},                                \
		{.type = PROVD_OPTION_INT,                                                         \
		 .name = "channel",                                                                \
		 .min = 1,                                                                         \
		 .max = 13,                                                                        \
		 .def = "6",                                                                       \
		 .help = "802.11 channel in the 2.4 GHz band."},                                   \
		{.type = PROVD_OPTION_BOOL,                                                        \
		 .name = "hidden",                                                                 \
		 .def = "false",                                                                   \
		 .help = "Do not tell the name in beacons."},                                      \
		{.type = PROVD_OPTION_INT,                                                         \
		 .name = "max_clients",                                                            \
		 .min = 1,                                                                         \
		 .max = 32,                                                                        \
		 .def = "4",                                                                       \
		 .help = "Phones that may be on the access point at once."},                       \
	{                                                                                          \
		.type = PROVD_OPTION_TEXT, .name = "address", .min = 9, .max = 18,                 \
		.def = "\"192.168.4.1/24\"",                                                       \
		.help = "Own address on the access point and its network, which DHCP serves."      \
	}

/** What the options say; checked before anything is opened. */
struct ap_settings {
	const char *pattern; /**< the host's */
	int needs_device;    /**< the pattern has placeholders or the passphrase is derived */
	uint32_t security;   /**< enum provd_security */
	uint32_t prefix_len;
	uint8_t address[4];
	const struct provd_secret *passphrase; /**< borrowed; NULL: derived or open */
	const struct provd_secret *key;	       /**< the host's */
};

/**
 * Reads and checks the options.
 * @param open      1: it shall have no passphrase
 * @param otherwise what else can be set instead of a passphrase, for the error
 * @param err       words for a failure, may be NULL
 * @return 0 or PROVD_E_CONFIG
 */
int ap_settings_read(const struct provd_host *host, int open, const char *otherwise,
		     struct ap_settings *out_settings, struct provd_error *err);

/**
 * The same for an access point whose name and passphrase do not come from the options.
 * @param ssid       pattern, static
 * @param passphrase borrowed as long as the settings are used
 * @return 0 or PROVD_E_CONFIG
 */
int ap_settings_fixed(const struct provd_host *host, const char *ssid,
		      const struct provd_secret *passphrase, struct ap_settings *out_settings,
		      struct provd_error *err);

/**
 * Makes the access point's configuration from settings, options and device.
 * @param out_config its passphrase is given: secret_unref
 * @param err        words for a failure, may be NULL
 * @return 0, PROVD_E_CONFIG, PROVD_E_CLOUD_IDENTITY, PROVD_E_NOT_SUPPORTED, PROVD_E_NOMEM or what
 *         the device's service returned
 */
int ap_config_make(const struct provd_host *host, const struct ap_settings *settings,
		   struct provd_softap_config *out_config, struct provd_error *err);

/**
 * Checks a pattern without a device: unknown and unclosed placeholders. Pure.
 * @param out_needs 1 when it has placeholders, so that the device must be known
 * @return 0 or PROVD_E_CONFIG with words in `err` (may be NULL)
 */
int ap_name_check(const char *pattern, int *out_needs, struct provd_error *err);

/**
 * Makes the SSID. Pure.
 * @param info     NULL is allowed when the pattern has no placeholders
 * @param out_ssid room for PROVD_SSID_MAX bytes
 * @return its length, 1 to 32; PROVD_E_CONFIG (too long, empty), PROVD_E_CLOUD_IDENTITY (product
 *         or device is not known); words in `err` (may be NULL)
 */
int ap_name_make(const char *pattern, const struct provd_device_info *info, uint8_t *out_ssid,
		 struct provd_error *err);

/**
 * A passphrase for each unit from one key of the product, so that a label can show it: the first
 * 12 characters of lower-case base32 (RFC 4648, section 6) of
 * HMAC-SHA256(key, "provd-softap-passphrase" || mac || device). Pure.
 * @param mac    6 bytes
 * @param device name of the device in its cloud; "" when it has none
 * @param out    12 characters, no NUL; the caller wipes it
 * @return 0, PROVD_E_NOMEM or PROVD_E_INTERNAL
 */
int ap_derive(struct provd_bytes key, const uint8_t mac[6], const char *device,
	      char out[AP_DERIVED_LEN]);

/** Fills in an error. `err` may be NULL. @return `code` */
int ap_error(struct provd_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* PLUGIN_AP_H */
