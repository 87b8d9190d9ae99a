/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/error.h
 * @brief Error codes and the error object that carries words.
 *
 * Every function of the plugin interface returns 0 (or a count) on success and a negative
 * `PROVD_E_*` on failure. The numbers are stable; new ones are added at the end of their group.
 * Name, sentence, advice and worth of a retry: `provd_err_name()`, `provd_err_text()`,
 * `provd_err_advice()`, `provd_err_retry()` of this header.
 */
#ifndef PROVD_ERROR_H
#define PROVD_ERROR_H

#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Is it worth trying again? Values of provd_err_retry(). Since 1.0.
 */
enum provd_retry {
	PROVD_RETRY_NEVER = 0,	 /**< not before the device or its configuration is repaired */
	PROVD_RETRY_CHANGED = 1, /**< once somebody has done what the advice says */
	PROVD_RETRY_AGAIN = 2	 /**< the same again may work */
};

/* clang-format off */
/**
 * The one table of codes: X(NAME, number, sentence, advice, retry); `advice` tells the owner or the
 * product's team what to do, `retry` names a PROVD_RETRY_* value. Groups: 1 general, 100 Wi-Fi, 200
 * network and TLS, 300 cloud, 400 peer (the phone), 500 configuration, 600 plugins. Since 1.0.
 */
#define PROVD_ERROR_TABLE(X) \
	X(INVALID, 1, "an argument is not valid", \
	  "correct what was given", CHANGED) \
	X(NOMEM, 2, "out of memory", \
	  "restart the device; report it if it comes again", AGAIN) \
	X(NOT_SUPPORTED, 3, "this is not supported here", \
	  "use another way, or a device that supports it", NEVER) \
	X(BUSY, 4, "busy with another operation; try again when it has ended", \
	  "try again in a moment", AGAIN) \
	X(CANCELED, 5, "canceled before it was done", \
	  "start it anew if it is still wanted", AGAIN) \
	X(TIMEOUT, 6, "the time allowed for it ran out", \
	  "try again, closer to the router", AGAIN) \
	X(NOT_FOUND, 7, "not found", \
	  "check the name", CHANGED) \
	X(EXISTS, 8, "already exists", \
	  "use another name, or remove the old one", CHANGED) \
	X(STATE, 9, "not possible in this state", \
	  "wait until what runs has ended", AGAIN) \
	X(LIMIT, 10, "a limit was reached", \
	  "remove something, or raise the limit in the configuration", CHANGED) \
	X(IO, 11, "reading or writing failed", \
	  "check the device's storage", AGAIN) \
	X(ACCESS, 12, "access denied", \
	  "run it as a user who may", CHANGED) \
	X(NO_SPACE, 13, "no space left", \
	  "free space on the device", CHANGED) \
	X(CORRUPT, 14, "stored data is damaged", \
	  "provision the device anew", NEVER) \
	X(INTERNAL, 15, "an internal error; please report it", \
	  "report it with the log", AGAIN) \
	X(UNKNOWN, 16, "a failure without a known reason", \
	  "look into the device's log", AGAIN) \
	X(WIFI_NO_AP, 100, "no access point with this name was found", \
	  "check the network's name, and that it is a 2.4 GHz network in reach", CHANGED) \
	X(WIFI_PASSPHRASE, 101, "the access point did not accept the passphrase", \
	  "type the passphrase again", CHANGED) \
	X(WIFI_REJECTED, 102, "the access point refused the connection", \
	  "check the router's list of allowed devices", CHANGED) \
	X(WIFI_SECURITY, 103, "the access point's security type is not supported", \
	  "set the router to WPA2 or WPA2/WPA3", CHANGED) \
	X(WIFI_NO_DHCP, 104, "joined, but no address was given by DHCP", \
	  "restart the router, or free addresses in its DHCP pool", AGAIN) \
	X(WIFI_LOST, 105, "the connection to the access point was lost", \
	  "try again, closer to the router", AGAIN) \
	X(WIFI_RADIO, 106, "the radio or its driver failed", \
	  "restart the device", AGAIN) \
	X(WIFI_SIGNAL, 107, "the signal is too weak", \
	  "bring device and router closer together", CHANGED) \
	X(WIFI_FULL, 108, "the access point has no room for another device", \
	  "disconnect another device from the router", CHANGED) \
	X(NET_DNS, 200, "the host name could not be resolved", \
	  "check the router's connection to the internet and its DNS setting", AGAIN) \
	X(NET_REFUSED, 201, "the server refused the connection", \
	  "try again later", AGAIN) \
	X(NET_UNREACHABLE, 202, "the server cannot be reached", \
	  "check that other devices in this network reach the internet", AGAIN) \
	X(NET_CLOSED, 203, "the connection was closed by the other side", \
	  "try again later", AGAIN) \
	X(NET_NO_GATEWAY, 204, "the network names no gateway to other networks", \
	  "check that the router hands out a default gateway", CHANGED) \
	X(NET_NO_INTERNET, 205, "the network has no way to the internet", \
	  "check the router's connection to the internet", AGAIN) \
	X(TLS_HANDSHAKE, 210, "the TLS handshake failed", \
	  "check that nothing between device and server interferes; update the device", AGAIN) \
	X(TLS_UNTRUSTED, 211, "the server's certificate is not trusted", \
	  "check the clock, and that no login page of the network is in between; then the CA file and the host name in the configuration", CHANGED) \
	X(CLOCK, 212, "the device's clock is wrong", \
	  "set the clock, or let the network's time service be reached", AGAIN) \
	X(HTTP_STATUS, 220, "the server answered with an HTTP error status", \
	  "try again later", AGAIN) \
	X(HTTP_PROTOCOL, 221, "the HTTP exchange was not understood", \
	  "check that no login page of the network is in between", AGAIN) \
	X(MQTT_PROTOCOL, 230, "the MQTT broker does not speak our protocol version", \
	  "check host and port of the broker", NEVER) \
	X(MQTT_IDENTIFIER, 231, "the MQTT broker refused the client identifier", \
	  "check product and device name of the identity", NEVER) \
	X(MQTT_UNAVAILABLE, 232, "the MQTT broker is not available", \
	  "try again later", AGAIN) \
	X(MQTT_CREDENTIALS, 233, "the MQTT broker refused user name or password", \
	  "check the device's secret in the cloud's console", NEVER) \
	X(MQTT_NOT_AUTHORIZED, 234, "the MQTT broker does not authorise this device", \
	  "check that the device is enabled in the cloud's console", NEVER) \
	X(CLOUD_REFUSED, 300, "the cloud refused the request", \
	  "look up the cloud's code in its console", CHANGED) \
	X(CLOUD_SIGNATURE, 301, "the cloud did not accept the signature", \
	  "check the product's secret of the identity", NEVER) \
	X(CLOUD_REPLY, 302, "the cloud's answer was not understood", \
	  "check that no login page of the network is in between, and host and port of the cloud", AGAIN) \
	X(CLOUD_IDENTITY, 303, "the device's identity is missing or incomplete", \
	  "write the identity of this device into its file", NEVER) \
	X(CLOUD_TOKEN, 304, "the cloud refused the phone's token", \
	  "start again in the app", CHANGED) \
	X(CLOUD_NO_REPLY, 305, "the cloud did not answer", \
	  "try again later", AGAIN) \
	X(CLOUD_TOKEN_EXPIRED, 306, "the phone's token has expired", \
	  "start again in the app, which then asks for a new token", CHANGED) \
	X(CLOUD_THROTTLED, 307, "the cloud asks for fewer requests", \
	  "wait some minutes, then try again", AGAIN) \
	X(CLOUD_REGION, 308, "the phone's account is in another region than the device", \
	  "use an account of the device's region", CHANGED) \
	X(PEER_FORMAT, 400, "the phone sent something that is not understood", \
	  "update the app", CHANGED) \
	X(PEER_MISSING, 401, "the phone's message lacks a needed member", \
	  "fill in all fields in the app", CHANGED) \
	X(PEER_RATE, 402, "the phone sends too fast", \
	  "wait a moment", AGAIN) \
	X(PEER_GONE, 403, "the phone is no longer there", \
	  "bring the phone back into the network", AGAIN) \
	X(PEER_NO_TOKEN, 404, "no token came from the phone", \
	  "keep the app open and the phone in the same network, then start again", CHANGED) \
	X(PEER_NONE, 405, "no phone came in time", \
	  "start again when the phone is at hand", CHANGED) \
	X(CONFIG, 500, "the configuration is not valid", \
	  "run provd --check-config", NEVER) \
	X(CONFIG_ACCESS, 501, "the configuration holds secrets and others can read it", \
	  "chmod 600 the configuration file", NEVER) \
	X(PLUGIN_FILE, 600, "the plugin file cannot be used", \
	  "check the file named in the log", NEVER) \
	X(PLUGIN_ABI, 601, "the plugin was built for another plugin ABI", \
	  "rebuild the plugin with the headers of this version", NEVER) \
	X(PLUGIN_DESCRIPTOR, 602, "the plugin's descriptor is not valid", \
	  "run provd --inspect with the plugin's file", NEVER) \
	X(PLUGIN_FAULT, 603, "the plugin broke its contract", \
	  "report it to the plugin's author; run provd-conformance", NEVER) \
	X(NO_CAPABILITY, 604, "no loaded HAL offers the capability", \
	  "load a HAL that offers it, or leave the method out", NEVER)
/* clang-format on */

/** Error codes; functions return them negative: `PROVD_E_BUSY` is -4. */
enum provd_err {
	PROVD_OK = 0,
#define PROVD_X(name, number, text, advice, retry) PROVD_E_##name = -(number),
	PROVD_ERROR_TABLE(PROVD_X)
#undef PROVD_X
};

/** Length of `provd_error.text` with its terminating NUL. */
#define PROVD_ERROR_TEXT_MAX 192

/**
 * An error with words. Caller's memory, always the last parameter, may be NULL.
 * `text` says what was being done, to what, and what to do; it never holds a secret.
 */
struct provd_error {
	uint32_t size;	   /**< sizeof(struct provd_error), set by the owner of the memory */
	int32_t code;	   /**< a PROVD_E_* code or 0 */
	int32_t sys_errno; /**< errno where one was the cause, else 0 */
	uint32_t reserved;
	char text[PROVD_ERROR_TEXT_MAX]; /**< NUL-terminated UTF-8 */
};

/**
 * Name of a code for logs and JSON, e.g. "WIFI_PASSPHRASE".
 * @param code a PROVD_E_* code or 0
 * @return static text, "UNKNOWN" for numbers outside the table. Any thread. Since 1.0.
 */
static inline const char *provd_err_name(int code)
{
	switch (code) {
	case PROVD_OK:
		return "OK";
#define PROVD_X(name, number, text, advice, retry)                                                 \
	case PROVD_E_##name:                                                                       \
		return #name;
		PROVD_ERROR_TABLE(PROVD_X)
#undef PROVD_X
	default:
		return "UNKNOWN";
	}
}

/**
 * One sentence for a code, in English, lower case, without a full stop.
 * @param code a PROVD_E_* code or 0
 * @return static text, never NULL. Any thread. Since 1.0.
 */
static inline const char *provd_err_text(int code)
{
	switch (code) {
	case PROVD_OK:
		return "no error";
#define PROVD_X(name, number, text, advice, retry)                                                 \
	case PROVD_E_##name:                                                                       \
		return text;
		PROVD_ERROR_TABLE(PROVD_X)
#undef PROVD_X
	default:
		return "unknown error";
	}
}

/**
 * What the owner or the product's team can do about a code: one phrase in English, in the
 * imperative, without a full stop.
 * @param code a PROVD_E_* code or 0
 * @return static text, never NULL; "" for 0. Any thread. Since 1.0.
 */
static inline const char *provd_err_advice(int code)
{
	switch (code) {
	case PROVD_OK:
		return "";
#define PROVD_X(name, number, text, advice, retry)                                                 \
	case PROVD_E_##name:                                                                       \
		return advice;
		PROVD_ERROR_TABLE(PROVD_X)
#undef PROVD_X
	default:
		return "look into the device's log";
	}
}

/**
 * Whether trying again is of use.
 * @param code a PROVD_E_* code or 0
 * @return enum provd_retry; AGAIN for 0 and for numbers outside the table. Any thread. Since 1.0.
 */
static inline int provd_err_retry(int code)
{
#define PROVD_X(name, number, text, advice, retry)                                                 \
	if (code == PROVD_E_##name)                                                                \
		return PROVD_RETRY_##retry;
	PROVD_ERROR_TABLE(PROVD_X)
#undef PROVD_X
	return PROVD_RETRY_AGAIN;
}

/**
 * The code of a name as in logs and JSON.
 * @param name "WIFI_PASSPHRASE"; NULL is allowed
 * @return the PROVD_E_* code, or 1 when no code has this name. Any thread. Since 1.0.
 */
static inline int provd_err_by_name(const char *name)
{
	if (!name)
		return 1;
#define PROVD_X(name_, number, text, advice, retry)                                                \
	if (strcmp(name, #name_) == 0)                                                             \
		return -(number);
	PROVD_ERROR_TABLE(PROVD_X)
#undef PROVD_X
	return 1;
}

/**
 * Name of a provd_retry value for logs and JSON.
 * @return "never", "changed" or "again". Any thread. Since 1.0.
 */
static inline const char *provd_retry_name(int retry)
{
	return retry == PROVD_RETRY_NEVER     ? "never"
	       : retry == PROVD_RETRY_CHANGED ? "changed"
					      : "again";
}

#ifdef __cplusplus
}
#endif

#endif /* PROVD_ERROR_H */
