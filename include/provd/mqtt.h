/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/mqtt.h
 * @brief Optional host service "provd.mqtt/1": MQTT 3.1.1 connections.
 *
 * A connection makes one attempt and never reconnects by itself: when to try again is the
 * cloud's rule. Every callback runs on the loop thread.
 */
#ifndef PROVD_MQTT_H
#define PROVD_MQTT_H

#include <provd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PROVD_MQTT "provd.mqtt/1"

/** Transport of a connection. */
enum provd_mqtt_tls {
	PROVD_MQTT_PLAIN = 0,
	PROVD_MQTT_TLS_PSK = 1, /**< TLS 1.2 or 1.3 with a pre-shared key */
	PROVD_MQTT_TLS_CERT = 2 /**< server checked by CA; client certificate if given */
};

/** Values of `provd_mqtt_event.type`. */
enum provd_mqtt_event_type {
	PROVD_MQTT_CONNECTED = 1,
	PROVD_MQTT_FAILED = 2,	   /**< could not connect; the connection is gone */
	PROVD_MQTT_LOST = 3,	   /**< the connection broke; it is gone */
	PROVD_MQTT_SUBSCRIBED = 4, /**< `id`, `status` */
	PROVD_MQTT_PUBLISHED = 5,  /**< `id`, `status`; QoS 1: acknowledged; 0: handed over */
	PROVD_MQTT_MESSAGE = 6	   /**< `topic`, `payload` */
};

/** Something happened on a connection. Borrowed for the call. */
struct provd_mqtt_event {
	uint32_t size;
	uint32_t type;	  /**< enum provd_mqtt_event_type */
	uint64_t id;	  /**< of the subscribe or publish call, else 0 */
	int32_t status;	  /**< 0, PROVD_E_NET_*, TLS_*, MQTT_*, TIMEOUT */
	int32_t sys_code; /**< CONNACK or library code, for logs */
	const char *topic;
	const char *text; /**< words for a failure, or NULL */
	struct provd_bytes payload;
};

/** A connection to make. Copied; secrets are referenced. */
struct provd_mqtt_config {
	uint32_t size;
	uint32_t tls; /**< enum provd_mqtt_tls */
	uint32_t port;
	uint32_t keep_alive_s;
	uint64_t connect_timeout_ms; /**< TCP, TLS and CONNACK; 0: 10 s */
	const char *host;
	const char *client_id;
	const char *username;		     /**< or NULL */
	const struct provd_secret *password; /**< or NULL */
	const char *psk_identity;	     /**< TLS_PSK */
	const struct provd_secret *psk;	     /**< TLS_PSK: raw key, 1 to 64 bytes */
	const char *ca_file;		     /**< TLS_CERT: PEM; NULL: the system's */
	const char *cert_file;		     /**< TLS_CERT: PEM, or NULL */
	const char *key_file;		     /**< TLS_CERT: PEM, or NULL */
	const char *ciphers;		     /**< TLS 1.2 list in OpenSSL's words, or NULL */
	void (*on_event)(void *user, const struct provd_mqtt_event *event);
	void *user;
};

/** The table. */
struct provd_mqtt {
	uint32_t size;
	uint32_t reserved;
	/** @return 0: CONNECTED or FAILED follows; negative: nothing follows */
	int (*open)(void *self, const struct provd_mqtt_config *config, uint64_t *out_connection);
	/** SUBSCRIBED follows. @param qos 0 or 1. @return 0, PROVD_E_STATE, PROVD_E_NOT_FOUND */
	int (*subscribe)(void *self, uint64_t connection, const char *topic, uint32_t qos,
			 uint64_t *out_id);
	/** Copied; PUBLISHED follows. @return 0, PROVD_E_STATE, PROVD_E_LIMIT (256 KiB) */
	int (*publish)(void *self, uint64_t connection, const char *topic, const uint8_t *payload,
		       size_t len, uint32_t qos, uint64_t *out_id);
	/** Says DISCONNECT and goes; after it no callback runs. Old and zero numbers allowed. */
	void (*close)(void *self, uint64_t connection);
};

#ifdef __cplusplus
}
#endif

#endif /* PROVD_MQTT_H */
