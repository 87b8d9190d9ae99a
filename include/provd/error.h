/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/error.h
 * @brief Error codes and the error object that carries words.
 *
 * Every function of the plugin interface returns 0 (or a count) on success and a negative
 * `PROVD_E_*` on failure. The numbers are stable; new ones are added at the end of their group.
 * Name and sentence of a code: `provd_err_name()`, `provd_err_text()` of this header.
 */
#ifndef PROVD_ERROR_H
#define PROVD_ERROR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The one table of codes: X(NAME, number, sentence). Groups: 1 general, 100 Wi-Fi, 200 network and
 * TLS, 300 cloud, 400 peer (the phone), 500 configuration, 600 plugins. Since 1.0.
 */
#define PROVD_ERROR_TABLE(X)                                                                       \
	X(INVALID, 1, "an argument is not valid")                                                  \
	X(NOMEM, 2, "out of memory")                                                               \
	X(NOT_SUPPORTED, 3, "this is not supported here")                                          \
	X(BUSY, 4, "busy with another operation; try again when it has ended")                     \
	X(CANCELED, 5, "canceled before it was done")                                              \
	X(TIMEOUT, 6, "the time allowed for it ran out")                                           \
	X(NOT_FOUND, 7, "not found")                                                               \
	X(EXISTS, 8, "already exists")                                                             \
	X(STATE, 9, "not possible in this state")                                                  \
	X(LIMIT, 10, "a limit was reached")                                                        \
	X(IO, 11, "reading or writing failed")                                                     \
	X(ACCESS, 12, "access denied")                                                             \
	X(NO_SPACE, 13, "no space left")                                                           \
	X(CORRUPT, 14, "stored data is damaged")                                                   \
	X(INTERNAL, 15, "an internal error; please report it")                                     \
	X(WIFI_NO_AP, 100, "no access point with this name was found")                             \
	X(WIFI_PASSPHRASE, 101, "the access point did not accept the passphrase")                  \
	X(WIFI_REJECTED, 102, "the access point refused the connection")                           \
	X(WIFI_SECURITY, 103, "the access point's security type is not supported")                 \
	X(WIFI_NO_DHCP, 104, "joined, but no address was given by DHCP")                           \
	X(WIFI_LOST, 105, "the connection to the access point was lost")                           \
	X(WIFI_RADIO, 106, "the radio or its driver failed")                                       \
	X(WIFI_SIGNAL, 107, "the signal is too weak")                                              \
	X(NET_DNS, 200, "the host name could not be resolved")                                     \
	X(NET_REFUSED, 201, "the server refused the connection")                                   \
	X(NET_UNREACHABLE, 202, "the server cannot be reached")                                    \
	X(NET_CLOSED, 203, "the connection was closed by the other side")                          \
	X(TLS_HANDSHAKE, 210, "the TLS handshake failed")                                          \
	X(TLS_UNTRUSTED, 211, "the server's certificate is not trusted")                           \
	X(HTTP_STATUS, 220, "the server answered with an HTTP error status")                       \
	X(HTTP_PROTOCOL, 221, "the HTTP exchange was not understood")                              \
	X(MQTT_PROTOCOL, 230, "the MQTT broker does not speak our protocol version")               \
	X(MQTT_IDENTIFIER, 231, "the MQTT broker refused the client identifier")                   \
	X(MQTT_UNAVAILABLE, 232, "the MQTT broker is not available")                               \
	X(MQTT_CREDENTIALS, 233, "the MQTT broker refused user name or password")                  \
	X(MQTT_NOT_AUTHORIZED, 234, "the MQTT broker does not authorise this device")              \
	X(CLOUD_REFUSED, 300, "the cloud refused the request")                                     \
	X(CLOUD_SIGNATURE, 301, "the cloud did not accept the signature")                          \
	X(CLOUD_REPLY, 302, "the cloud's answer was not understood")                               \
	X(CLOUD_IDENTITY, 303, "the device's identity is missing or incomplete")                   \
	X(CLOUD_TOKEN, 304, "the cloud refused the phone's token")                                 \
	X(CLOUD_NO_REPLY, 305, "the cloud did not answer")                                         \
	X(PEER_FORMAT, 400, "the phone sent something that is not understood")                     \
	X(PEER_MISSING, 401, "the phone's message lacks a needed member")                          \
	X(PEER_RATE, 402, "the phone sends too fast")                                              \
	X(PEER_GONE, 403, "the phone is no longer there")                                          \
	X(PEER_NO_TOKEN, 404, "no token came from the phone")                                      \
	X(CONFIG, 500, "the configuration is not valid")                                           \
	X(CONFIG_ACCESS, 501, "the configuration holds secrets and others can read it")            \
	X(PLUGIN_FILE, 600, "the plugin file cannot be used")                                      \
	X(PLUGIN_ABI, 601, "the plugin was built for another plugin ABI")                          \
	X(PLUGIN_DESCRIPTOR, 602, "the plugin's descriptor is not valid")                          \
	X(PLUGIN_FAULT, 603, "the plugin broke its contract")                                      \
	X(NO_CAPABILITY, 604, "no loaded HAL offers the capability")

/** Error codes; functions return them negative: `PROVD_E_BUSY` is -4. */
enum provd_err {
	PROVD_OK = 0,
#define PROVD_X(name, number, text) PROVD_E_##name = -(number),
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
#define PROVD_X(name, number, text)                                                                \
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
#define PROVD_X(name, number, text)                                                                \
	case PROVD_E_##name:                                                                       \
		return text;
		PROVD_ERROR_TABLE(PROVD_X)
#undef PROVD_X
	default:
		return "unknown error";
	}
}

#ifdef __cplusplus
}
#endif

#endif /* PROVD_ERROR_H */
