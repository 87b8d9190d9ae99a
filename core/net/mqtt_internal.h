/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file net/mqtt_internal.h
 * @brief One MQTT connection between three parties: the loop, the thread pool and Paho's threads.
 *
 * Paho's callbacks only copy and put a note into the hub's queue; the loop empties it. Creating
 * and destroying a client blocks, so both run on the pool. A connection is reference counted: the
 * service's list, a pool job and each note hold one, so a late callback meets valid memory.
 */
#ifndef PROVD_CORE_NET_MQTT_INTERNAL_H
#define PROVD_CORE_NET_MQTT_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include <MQTTAsync.h>

#include "loop/loop.h"
#include "log/log.h"

#include <provd/mqtt.h>

#define PROVD_MQTT_PAYLOAD_MAX 262144
#define PROVD_MQTT_TOPIC_MAX   65535
/** Subscribe and publish calls under way on a connection. */
#define PROVD_MQTT_OPS_MAX 64
/** Notes waiting for the loop; messages above it are dropped. */
#define PROVD_MQTT_NOTES_MAX 256
#define PROVD_MQTT_TEXT_MAX  160

struct provd__mqtt;

/** Something that happened on a thread of Paho. */
struct provd__mqtt_note {
	struct provd__mqtt_note *next;
	struct provd__mqtt *mqtt; /**< a reference */
	uint32_t type;		  /**< enum provd_mqtt_event_type */
	int32_t status;
	int32_t sys_code;
	uint64_t id;
	char *topic;
	uint8_t *payload;
	size_t len;
	char text[PROVD_MQTT_TEXT_MAX];
};

/** Where Paho's threads leave notes for a service. */
struct provd__mqtt_hub {
	atomic_uint refs;
	pthread_mutex_t lock;
	struct provd_owner *owner; /**< a reference */
	struct provd__mqtt_note *first;
	struct provd__mqtt_note *last;
	size_t count;
	size_t dropped; /**< messages, since the last look */
	int posted;	/**< the loop was told */
	int closed;	/**< the service is gone */
};

/** A subscribe or publish call that Paho has not answered. */
struct provd__mqtt_op {
	struct provd__mqtt_op *prev;
	struct provd__mqtt_op *next;
	struct provd__mqtt *mqtt;
	uint64_t id;
	uint32_t type; /**< event that ends it */
};

enum provd__mqtt_state {
	PROVD__MQTT_CONNECTING,
	PROVD__MQTT_CONNECTED,
	PROVD__MQTT_GONE
};

/** A connection. */
struct provd__mqtt {
	struct provd__mqtt *next;
	struct provd__mqtt_hub *hub; /**< a reference */
	atomic_uint refs;
	atomic_int abandoned; /**< the pool job need not go on */

	/* What to connect to; constant. */
	uint32_t tls;
	uint32_t port;
	uint32_t keep_alive_s;
	char *host;
	char *client_id;
	char *username;
	char *psk_identity;
	char *ca_file;
	char *cert_file;
	char *key_file;
	char *ciphers;
	struct provd_secret *password;
	struct provd_secret *psk;

	/* Loop thread. */
	struct provd_mqtt_service *service; /**< NULL when gone */
	enum provd__mqtt_state state;
	uint64_t id;
	uint64_t timer;
	int probe; /**< wanted when the running job is over */
	int busy;  /**< a pool job runs; it alone may touch what follows */
	void (*on_event)(void *user, const struct provd_mqtt_event *event);
	void *user;

	/* Pool job, or the loop while none runs. */
	uv_work_t req;
	MQTTAsync handle;
	struct sockaddr_storage peer;
	socklen_t peer_len;
	int job_code;
	int32_t job_sys_code;
	char job_text[PROVD_MQTT_TEXT_MAX];

	/* Under `lock`. */
	pthread_mutex_t lock;
	struct provd__mqtt_op *ops;
	size_t op_count;
	char tls_text[PROVD_MQTT_TEXT_MAX]; /**< first words of OpenSSL about a failure */
};

/* mqtt_connection.c: memory, references and the queue. */

/** @return 0, PROVD_E_INVALID or PROVD_E_NOMEM */
int provd__mqtt_create(struct provd__mqtt_hub *hub, const struct provd_mqtt_config *config,
		       struct provd__mqtt **out_mqtt);
void provd__mqtt_ref(struct provd__mqtt *mqtt);
void provd__mqtt_unref(struct provd__mqtt *mqtt);

int provd__mqtt_hub_create(struct provd_owner *owner, struct provd__mqtt_hub **out_hub);
void provd__mqtt_hub_ref(struct provd__mqtt_hub *hub);
void provd__mqtt_hub_unref(struct provd__mqtt_hub *hub);
/** Drops all notes and takes no more. */
void provd__mqtt_hub_close(struct provd__mqtt_hub *hub);

/** A note for a connection, with a reference. @return NULL: no memory */
struct provd__mqtt_note *provd__mqtt_note_create(struct provd__mqtt *mqtt, uint32_t type);
void provd__mqtt_note_free(struct provd__mqtt_note *note);
/** Takes the note. Any thread. `wake(hub)` is posted to the loop. */
void provd__mqtt_note_put(struct provd__mqtt_note *note, void (*wake)(void *hub));
/** @return the oldest note, given, or NULL */
struct provd__mqtt_note *provd__mqtt_note_take(struct provd__mqtt_hub *hub);

/** Registers a call. @return NULL above the limit or without memory */
struct provd__mqtt_op *provd__mqtt_op_create(struct provd__mqtt *mqtt, uint64_t id, uint32_t type);
void provd__mqtt_op_free(struct provd__mqtt_op *op);

/* mqtt_paho.c: all calls into Paho. */

/** Resolves, makes a client and begins to connect. On the pool. Sets `job_code`. */
void provd__mqtt_job_connect(struct provd__mqtt *mqtt);
/** Disconnects and destroys the client; waits for Paho's threads if it was the last one. */
void provd__mqtt_job_destroy(struct provd__mqtt *mqtt);

/** As in the table. @return 0 or a code */
int provd__mqtt_subscribe(struct provd__mqtt *mqtt, const char *topic, uint32_t qos,
			  struct provd__mqtt_op *op);
int provd__mqtt_publish(struct provd__mqtt *mqtt, const char *topic, const uint8_t *payload,
			size_t len, uint32_t qos, struct provd__mqtt_op *op);

/* mqtt_probe.c */

/** Finds out why a connection failed, by a second one. On the pool. Sets `job_code`. */
void provd__mqtt_job_probe(struct provd__mqtt *mqtt);
/** Sets the result of a job. @return `code` */
int provd__mqtt_job_fail(struct provd__mqtt *mqtt, int code, int sys_code, const char *text);

/* mqtt_service.c */

/** Empties the queue of a hub. Loop thread. */
void provd__mqtt_wake(void *hub);

/* mqtt_map.c: pure functions. */

/** Code for a CONNACK return code (MQTT 3.1.1, 3.2.2.3). */
int provd__mqtt_connack_code(int code);
/** Code for what OpenSSL said about a handshake. */
int provd__mqtt_tls_code(const char *text);
/** Code for what a call of Paho returned, 0 for success. */
int provd__mqtt_call_code(int rc);
/** Code for a result of getaddrinfo. */
int provd__mqtt_dns_code(int rc);

#endif /* PROVD_CORE_NET_MQTT_INTERNAL_H */
