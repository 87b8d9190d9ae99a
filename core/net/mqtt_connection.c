/* SPDX-License-Identifier: Apache-2.0 */
#include "net/mqtt_internal.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "net/net_util.h"
#include "secret/secret.h"

#define PSK_MAX		 64
#define PSK_IDENTITY_MAX 128

int provd__mqtt_hub_create(struct provd_owner *owner, struct provd__mqtt_hub **out_hub)
{
	struct provd__mqtt_hub *hub = calloc(1, sizeof(*hub));

	if (!hub)
		return PROVD_E_NOMEM;
	if (pthread_mutex_init(&hub->lock, NULL)) {
		free(hub);
		return PROVD_E_INTERNAL;
	}
	atomic_init(&hub->refs, 1);
	hub->owner = provd_owner_ref(owner);
	*out_hub = hub;
	return 0;
}

void provd__mqtt_hub_ref(struct provd__mqtt_hub *hub)
{
	(void)atomic_fetch_add(&hub->refs, 1);
}

void provd__mqtt_hub_unref(struct provd__mqtt_hub *hub)
{
	if (atomic_fetch_sub(&hub->refs, 1) != 1)
		return;
	provd_owner_unref(hub->owner);
	(void)pthread_mutex_destroy(&hub->lock);
	free(hub);
}

void provd__mqtt_hub_close(struct provd__mqtt_hub *hub)
{
	struct provd__mqtt_note *note;

	(void)pthread_mutex_lock(&hub->lock);
	hub->closed = 1;
	(void)pthread_mutex_unlock(&hub->lock);
	while ((note = provd__mqtt_note_take(hub)))
		provd__mqtt_note_free(note);
}

struct provd__mqtt_note *provd__mqtt_note_create(struct provd__mqtt *mqtt, uint32_t type)
{
	struct provd__mqtt_note *note = calloc(1, sizeof(*note));

	if (!note)
		return NULL;
	provd__mqtt_ref(mqtt);
	note->mqtt = mqtt;
	note->type = type;
	return note;
}

void provd__mqtt_note_free(struct provd__mqtt_note *note)
{
	provd__mqtt_unref(note->mqtt);
	free(note->topic);
	/* A cloud's answer may carry the device's secret. */
	OPENSSL_clear_free(note->payload, note->len);
	free(note);
}

void provd__mqtt_note_put(struct provd__mqtt_note *note, void (*wake)(void *hub))
{
	struct provd__mqtt_hub *hub = note->mqtt->hub;
	int refused;

	(void)pthread_mutex_lock(&hub->lock);
	refused = hub->closed;
	if (!refused && note->type == PROVD_MQTT_MESSAGE && hub->count >= PROVD_MQTT_NOTES_MAX) {
		hub->dropped++;
		refused = 1;
	}
	if (!refused) {
		if (hub->last)
			hub->last->next = note;
		else
			hub->first = note;
		hub->last = note;
		hub->count++;
	}
	if (!refused && !hub->posted)
		hub->posted = provd_post(hub->owner, wake, hub) == 0;
	(void)pthread_mutex_unlock(&hub->lock);
	/* Outside of the lock: it may be the last reference to the hub. */
	if (refused)
		provd__mqtt_note_free(note);
}

struct provd__mqtt_note *provd__mqtt_note_take(struct provd__mqtt_hub *hub)
{
	struct provd__mqtt_note *note;

	(void)pthread_mutex_lock(&hub->lock);
	note = hub->first;
	if (note) {
		hub->first = note->next;
		if (!hub->first)
			hub->last = NULL;
		hub->count--;
		note->next = NULL;
	} else {
		hub->posted = 0;
	}
	(void)pthread_mutex_unlock(&hub->lock);
	return note;
}

struct provd__mqtt_op *provd__mqtt_op_create(struct provd__mqtt *mqtt, uint64_t id, uint32_t type)
{
	struct provd__mqtt_op *op = calloc(1, sizeof(*op));
	int full;

	if (!op)
		return NULL;
	op->mqtt = mqtt;
	op->id = id;
	op->type = type;
	(void)pthread_mutex_lock(&mqtt->lock);
	full = mqtt->op_count >= PROVD_MQTT_OPS_MAX;
	if (!full) {
		op->next = mqtt->ops;
		if (op->next)
			op->next->prev = op;
		mqtt->ops = op;
		mqtt->op_count++;
	}
	(void)pthread_mutex_unlock(&mqtt->lock);
	if (full) {
		free(op);
		return NULL;
	}
	return op;
}

void provd__mqtt_op_free(struct provd__mqtt_op *op)
{
	struct provd__mqtt *mqtt = op->mqtt;

	(void)pthread_mutex_lock(&mqtt->lock);
	if (op->prev)
		op->prev->next = op->next;
	else
		mqtt->ops = op->next;
	if (op->next)
		op->next->prev = op->prev;
	mqtt->op_count--;
	(void)pthread_mutex_unlock(&mqtt->lock);
	free(op);
}

static int config_ok(const struct provd_mqtt_config *config)
{
	size_t key;

	if (!config->host || !*config->host || strpbrk(config->host, "/ ") || !config->port ||
	    config->port > UINT16_MAX || !config->client_id || config->keep_alive_s > UINT16_MAX ||
	    config->tls > PROVD_MQTT_TLS_CERT)
		return 0;
	/* MQTT 3.1.1, 3.1.2.9: no password without a user name. */
	if (config->password && !config->username)
		return 0;
	if (config->tls != PROVD_MQTT_TLS_PSK)
		return 1;
	key = provd_secret_view(config->psk).len;
	return config->psk_identity && *config->psk_identity && key && key <= PSK_MAX &&
	       strlen(config->psk_identity) < PSK_IDENTITY_MAX;
}

static int config_copy(struct provd__mqtt *mqtt, const struct provd_mqtt_config *config)
{
	mqtt->tls = config->tls;
	mqtt->port = config->port;
	mqtt->keep_alive_s = config->keep_alive_s;
	mqtt->on_event = config->on_event;
	mqtt->user = config->user;
	mqtt->password = provd_secret_ref(config->password);
	mqtt->psk = provd_secret_ref(config->psk);
	if (provd_net_copy(config->host, &mqtt->host) ||
	    provd_net_copy(config->client_id, &mqtt->client_id) ||
	    provd_net_copy(config->username, &mqtt->username) ||
	    provd_net_copy(config->psk_identity, &mqtt->psk_identity) ||
	    provd_net_copy(config->ca_file, &mqtt->ca_file) ||
	    provd_net_copy(config->cert_file, &mqtt->cert_file) ||
	    provd_net_copy(config->key_file, &mqtt->key_file) ||
	    provd_net_copy(config->ciphers, &mqtt->ciphers))
		return PROVD_E_NOMEM;
	return 0;
}

int provd__mqtt_create(struct provd__mqtt_hub *hub, const struct provd_mqtt_config *config,
		       struct provd__mqtt **out_mqtt)
{
	struct provd__mqtt *mqtt;
	int rc;

	if (!config || !PROVD_HAS(config, user) || !config->on_event || !config_ok(config))
		return PROVD_E_INVALID;
	mqtt = calloc(1, sizeof(*mqtt));
	if (!mqtt)
		return PROVD_E_NOMEM;
	if (pthread_mutex_init(&mqtt->lock, NULL)) {
		free(mqtt);
		return PROVD_E_INTERNAL;
	}
	provd__mqtt_hub_ref(hub);
	mqtt->hub = hub;
	atomic_init(&mqtt->refs, 1);
	atomic_init(&mqtt->abandoned, 0);
	rc = config_copy(mqtt, config);
	if (rc) {
		provd__mqtt_unref(mqtt);
		return rc;
	}
	*out_mqtt = mqtt;
	return 0;
}

void provd__mqtt_ref(struct provd__mqtt *mqtt)
{
	(void)atomic_fetch_add(&mqtt->refs, 1);
}

void provd__mqtt_unref(struct provd__mqtt *mqtt)
{
	struct provd__mqtt_op *op;

	if (atomic_fetch_sub(&mqtt->refs, 1) != 1)
		return;
	/* Those that Paho never answered. */
	while ((op = mqtt->ops)) {
		mqtt->ops = op->next;
		free(op);
	}
	provd_secret_unref(mqtt->password);
	provd_secret_unref(mqtt->psk);
	free(mqtt->host);
	free(mqtt->client_id);
	free(mqtt->username);
	free(mqtt->psk_identity);
	free(mqtt->ca_file);
	free(mqtt->cert_file);
	free(mqtt->key_file);
	free(mqtt->ciphers);
	(void)pthread_mutex_destroy(&mqtt->lock);
	provd__mqtt_hub_unref(mqtt->hub);
	free(mqtt);
}
