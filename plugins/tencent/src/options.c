/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <string.h>

#include "codec/mqtt_sign.h"
#include "codec/text.h"

#define ROW(type_, name_, flags_, min_, max_, def_, choices_, help_)                               \
	{                                                                                          \
		.type = PROVD_OPTION_##type_, .flags = (flags_), .min = (min_), .max = (max_),     \
		.name = (name_), .def = (def_), .choices = (choices_), .help = (help_)             \
	}
#define SECONDS 1000
#define HOURS	(3600 * SECONDS)

const struct provd_option tencent_option_rows[TENCENT_OPTION_COUNT] = {
	ROW(PATH, "device_info", PROVD_OPTION_REQUIRED, 0, 0, NULL, NULL,
	    "Identity file device_info.json with the vendor's member names; the folder must be "
	    "writable when the device registers itself."),
	ROW(TEXT, "region", 0, 0, 64, "\"\"", NULL,
	    "Region of the product, such as china or us-east; empty: the one of the identity "
	    "file."),
	ROW(CHOICE, "register_version", 0, 0, 0, "\"v1\"", "v1|v2",
	    "Dynamic registration interface: v1 is /register/dev, v2 is /device/register."),
	ROW(TEXT, "register_url", 0, 0, TENCENT_URL_MAX, "\"\"", NULL,
	    "Scheme, host and port to register at instead of the region's, e.g. "
	    "https://127.0.0.1:1234; the path is appended."),
	ROW(PATH, "register_ca", 0, 0, 0, NULL, NULL,
	    "PEM bundle to trust for registration; not set: the system's."),
	ROW(INT, "register_attempts", 0, 0, 1000, "0", NULL,
	    "How often to ask for registration when the network fails; 0: until the session's "
	    "time is up."),
	ROW(TEXT, "mqtt_host", 0, 0, 127, "\"\"", NULL,
	    "MQTT broker to use instead of the region's."),
	ROW(INT, "mqtt_port", 0, 0, 65535, "0", NULL, "MQTT port; 0: 8883 with TLS, 1883 without."),
	ROW(PATH, "mqtt_ca", 0, 0, 0, NULL, NULL,
	    "PEM bundle to trust for MQTT with a device certificate; not set: the system's."),
	ROW(CHOICE, "transport", 0, 0, 0, "\"auto\"", "auto|psk|cert|plain",
	    "How the device proves itself by MQTT; auto: as auth_mode says; plain: no TLS, an HMAC "
	    "password only."),
	ROW(CHOICE, "mqtt_hmac", 0, 0, 0, "\"hmacsha1\"", "hmacsha1|hmacsha256",
	    "Signature of the MQTT password; used by transport plain only."),
	ROW(TEXT, "app_id", 0, 1, 16, "\"" TENCENT_APPID "\"", NULL,
	    "Application id in the MQTT user name; the default is the C SDK's."),
	ROW(DURATION, "expiry", 0, 0, 24 * HOURS, "\"10m\"", NULL,
	    "How long a signed MQTT password is valid; 0s: until 2038; used by transport plain "
	    "only."),
	ROW(INT, "keep_alive", 0, 10, 690, "240", NULL, "MQTT keep-alive in seconds."),
	ROW(CHOICE, "protocol_version", 0, 0, 0, "\"2.0\"", "2.0|3.0",
	    "Protocol version told to the phone; 3.0 adds state broadcasts and pairTime."),
	ROW(CHOICE, "reply_form", 0, 0, 0, "\"compact\"", "compact|vendor",
	    "Layout of the identity reply: compact JSON, or newlines and tabs as the vendor's SDK "
	    "prints it."),
	ROW(CHOICE, "bind_success", 0, 0, 0, "\"reply\"", "reply|puback",
	    "What counts as bound: the cloud's answer with code 0, or, when none comes in "
	    "reply_timeout, the broker's acknowledgement too."),
	ROW(DURATION, "reply_timeout", 0, 100, 5 * 60 * SECONDS, "\"10s\"", NULL,
	    "How long to wait for the cloud's answer to a token before it is published again."),
	ROW(DURATION, "connect_interval", 0, 0, 60 * SECONDS, "\"5s\"", NULL,
	    "Least time between two MQTT connects; the platform allows one in 5 s for a device."),
	ROW(DURATION, "backoff_min", 0, 10, HOURS, "\"1s\"", NULL,
	    "First wait after a transient failure; it doubles with every further one and is "
	    "shortened by chance down to a half."),
	ROW(DURATION, "backoff_max", 0, 10, HOURS, "\"60s\"", NULL,
	    "Longest wait after a transient failure."),
	ROW(BOOL, "region_check", 0, 0, 0, "false", NULL,
	    "Refuse to bind when the phone's account is in another region (phone error 26)."),
	ROW(DURATION, "identity_repeat_interval", 0, 10, 10 * SECONDS, "\"300ms\"", NULL,
	    "Time between the three identity replies to the phone."),
	ROW(INT, "identity_repeats", 0, 1, 10, "3", NULL,
	    "How often a command of the phone is answered by the identity in all."),
};

static bool option_is(const struct provd_host *host, const char *name, const char *value)
{
	const char *text = host->option_text(host, name);

	return text != NULL && strcmp(text, value) == 0;
}

static const char *text_or(const struct provd_host *host, const char *name, const char *fallback)
{
	const char *text = host->option_text(host, name);

	return text != NULL ? text : fallback;
}

static uint64_t duration(const struct provd_host *host, const char *name)
{
	int64_t value = host->option_int(host, name);

	return value > 0 ? (uint64_t)value : 0;
}

static enum tencent_transport read_transport(const struct provd_host *host)
{
	if (option_is(host, "transport", "psk"))
		return TENCENT_TRANSPORT_PSK;
	if (option_is(host, "transport", "cert"))
		return TENCENT_TRANSPORT_CERT;
	if (option_is(host, "transport", "plain"))
		return TENCENT_TRANSPORT_PLAIN;
	return TENCENT_TRANSPORT_AUTO;
}

static int check(const struct tencent_options *options, struct provd_error *err)
{
	const char *url = options->register_url;

	if (options->device_info == NULL || options->device_info[0] == '\0')
		return tencent_fail(err, PROVD_E_CONFIG,
				    "cloud tencent: device_info is not set; give the path of "
				    "device_info.json");
	if (options->backoff_min_ms > options->backoff_max_ms)
		return tencent_fail(err, PROVD_E_CONFIG,
				    "cloud tencent: backoff_min is longer than backoff_max");
	if (url[0] != '\0' && strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
		return tencent_fail(err, PROVD_E_CONFIG,
				    "cloud tencent: register_url must start with https:// (or "
				    "http:// for tests)");
	return 0;
}

int tencent_options_read(const struct provd_host *host, struct tencent_options *out_options,
			 struct provd_error *err)
{
	struct tencent_options options = {
		.device_info = host->option_text(host, "device_info"),
		.region = text_or(host, "region", ""),
		.register_url = text_or(host, "register_url", ""),
		.register_ca = host->option_text(host, "register_ca"),
		.mqtt_host = text_or(host, "mqtt_host", ""),
		.mqtt_ca = host->option_text(host, "mqtt_ca"),
		.app_id = text_or(host, "app_id", TENCENT_APPID),
		.register_version = option_is(host, "register_version", "v2") ? TENCENT_DYNREG_V2
									      : TENCENT_DYNREG_V1,
		.transport = read_transport(host),
		.hmac = option_is(host, "mqtt_hmac", "hmacsha256") ? TENCENT_SHA256 : TENCENT_SHA1,
		.form = option_is(host, "reply_form", "vendor") ? TENCENT_APP_PRETTY
								: TENCENT_APP_COMPACT,
		.register_attempts = (uint32_t)host->option_int(host, "register_attempts"),
		.mqtt_port = (uint32_t)host->option_int(host, "mqtt_port"),
		.keep_alive_s = (uint32_t)host->option_int(host, "keep_alive"),
		.identity_repeats = (uint32_t)host->option_int(host, "identity_repeats"),
		.is_v3 = option_is(host, "protocol_version", "3.0"),
		.puback_is_success = option_is(host, "bind_success", "puback"),
		.region_check = host->option_int(host, "region_check") != 0,
		.expiry_ms = duration(host, "expiry"),
		.reply_timeout_ms = duration(host, "reply_timeout"),
		.connect_interval_ms = duration(host, "connect_interval"),
		.backoff_min_ms = duration(host, "backoff_min"),
		.backoff_max_ms = duration(host, "backoff_max"),
		.identity_interval_ms = duration(host, "identity_repeat_interval"),
	};
	int rc = check(&options, err);

	if (rc != 0)
		return rc;
	options.proto = options.is_v3 ? "3.0" : "2.0";
	*out_options = options;
	return 0;
}
