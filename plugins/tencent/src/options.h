/* SPDX-License-Identifier: Apache-2.0 */
/** @file options.h @brief The plugin's options: their rows and their values. Loop thread. */
#ifndef TENCENT_OPTIONS_H
#define TENCENT_OPTIONS_H

#include <provd/plugin.h>

#include "codec/app.h"
#include "codec/dynreg.h"

/** Longest text of register_url, in bytes. */
#define TENCENT_URL_MAX 256

/** How the device shows itself to the broker. */
enum tencent_transport {
	TENCENT_TRANSPORT_AUTO, /**< by auth_mode: PSK for KEY, a certificate for CERT */
	TENCENT_TRANSPORT_PSK,
	TENCENT_TRANSPORT_CERT,
	TENCENT_TRANSPORT_PLAIN, /**< no TLS; only by explicit choice */
};

/** Values of the options. Texts are the host's; "" and NULL mean the built-in choice. */
struct tencent_options {
	const char *device_info;
	const char *region;
	const char *register_url;
	const char *register_ca; /**< or NULL */
	const char *mqtt_host;
	const char *mqtt_ca; /**< or NULL */
	const char *app_id;
	const char *proto; /**< "2.0" or "3.0" */
	enum tencent_dynreg_version register_version;
	enum tencent_transport transport;
	enum tencent_hash hmac;
	enum tencent_app_form form;
	uint32_t register_attempts; /**< 0: no limit */
	uint32_t mqtt_port;	    /**< 0: by transport */
	uint32_t keep_alive_s;
	uint32_t identity_repeats; /**< 1 to 10 */
	bool is_v3;
	bool puback_is_success;
	bool region_check;
	uint64_t expiry_ms; /**< 0: no limit */
	uint64_t reply_timeout_ms;
	uint64_t connect_interval_ms;
	uint64_t backoff_min_ms;
	uint64_t backoff_max_ms;
	uint64_t identity_interval_ms;
};

/** The rows for the descriptor; TENCENT_OPTION_COUNT of them. */
#define TENCENT_OPTION_COUNT 24
extern const struct provd_option tencent_option_rows[TENCENT_OPTION_COUNT];

/**
 * Reads the options and checks what the rows cannot say.
 * @return 0 or PROVD_E_CONFIG with words in `err` (may be NULL)
 */
int tencent_options_read(const struct provd_host *host, struct tencent_options *out_options,
			 struct provd_error *err);

#endif /* TENCENT_OPTIONS_H */
