/* SPDX-License-Identifier: Apache-2.0 */
#include "net/net.h"

#include <openssl/crypto.h>

#include <stdlib.h>
#include <string.h>

#include "net/mqtt_internal.h"

#define CONNECT_TIMEOUT_MS 10000
#define CONNECTIONS_MAX	   32

struct provd_mqtt_service {
	struct provd_loop *loop;
	struct provd_owner *owner;
	struct provd__mqtt_hub *hub;
	struct provd__mqtt *list; /**< a reference for each */
	size_t count;
};

/* Pool jobs are libuv's own, not the owner's: they have to come to their end after the service. */

static void pool_destroy(uv_work_t *req)
{
	provd__mqtt_job_destroy(req->data);
	/* Pool threads outlive OpenSSL's clean-up at exit, so what it kept for this thread goes now. */
	OPENSSL_thread_stop();
}

static void pool_destroyed(uv_work_t *req, int status)
{
	(void)status;
	provd__mqtt_unref(req->data);
}

static void job_start(struct provd__mqtt *mqtt, uv_loop_t *uv, uv_work_cb run,
		      uv_after_work_cb done)
{
	provd__mqtt_ref(mqtt);
	mqtt->req.data = mqtt;
	mqtt->busy = 1;
	/* Fails only for a missing function. */
	(void)uv_queue_work(uv, &mqtt->req, run, done);
}

/* No event of it follows. Its client is destroyed on the pool, now or after the running job. */
static void drop(struct provd__mqtt *mqtt)
{
	struct provd_mqtt_service *service = mqtt->service;
	struct provd__mqtt **link = &service->list;

	while (*link != mqtt)
		link = &(*link)->next;
	*link = mqtt->next;
	service->count--;
	provd_timer_stop(service->owner, mqtt->timer);
	mqtt->timer = 0;
	mqtt->service = NULL;
	mqtt->state = PROVD__MQTT_GONE;
	atomic_store(&mqtt->abandoned, 1);
	if (!mqtt->busy && mqtt->handle)
		job_start(mqtt, provd_loop_uv(service->loop), pool_destroy, pool_destroyed);
	provd__mqtt_unref(mqtt);
}

static void emit(struct provd__mqtt *mqtt, struct provd_mqtt_event *event)
{
	event->size = sizeof(*event);
	if (event->text && !*event->text)
		event->text = NULL;
	mqtt->on_event(mqtt->user, event);
}

/* The end of a connection that its user did not ask for. Keep a reference over this. */
static void end(struct provd__mqtt *mqtt, uint32_t type, int32_t status, int32_t sys_code,
		const char *text)
{
	struct provd_mqtt_event event = {
		.type = type, .status = status, .sys_code = sys_code, .text = text};

	drop(mqtt);
	emit(mqtt, &event);
}

static void on_timeout(void *user)
{
	struct provd__mqtt *mqtt = user;

	mqtt->timer = 0;
	provd__mqtt_ref(mqtt);
	end(mqtt, PROVD_MQTT_FAILED, PROVD_E_TIMEOUT, 0, "the broker did not answer in time");
	provd__mqtt_unref(mqtt);
}

static void pool_connect(uv_work_t *req)
{
	provd__mqtt_job_connect(req->data);
}

static void pool_probe(uv_work_t *req)
{
	provd__mqtt_job_probe(req->data);
}

/* After both jobs: a failure they found ends the connection. */
static void pool_done(uv_work_t *req, int status)
{
	struct provd__mqtt *mqtt = req->data;

	(void)status;
	mqtt->busy = 0;
	if (mqtt->state == PROVD__MQTT_GONE) {
		if (mqtt->handle)
			job_start(mqtt, req->loop, pool_destroy, pool_destroyed);
	} else if (mqtt->job_code) {
		end(mqtt, PROVD_MQTT_FAILED, mqtt->job_code, mqtt->job_sys_code, mqtt->job_text);
	} else if (mqtt->probe) {
		mqtt->probe = 0;
		job_start(mqtt, req->loop, pool_probe, pool_done);
	}
	provd__mqtt_unref(mqtt);
}

static void on_failure(struct provd__mqtt *mqtt, const struct provd__mqtt_note *note)
{
	if (note->status)
		end(mqtt, PROVD_MQTT_FAILED, note->status, note->sys_code, note->text);
	else if (mqtt->busy)
		mqtt->probe = 1; /* it failed before the connecting job came back */
	else
		job_start(mqtt, provd_loop_uv(mqtt->service->loop), pool_probe, pool_done);
}

static void on_established(struct provd__mqtt *mqtt)
{
	struct provd_mqtt_event event = {.type = PROVD_MQTT_CONNECTED};

	mqtt->state = PROVD__MQTT_CONNECTED;
	provd_timer_stop(mqtt->service->owner, mqtt->timer);
	mqtt->timer = 0;
	emit(mqtt, &event);
}

static void on_other(struct provd__mqtt *mqtt, const struct provd__mqtt_note *note)
{
	struct provd_mqtt_event event = {.type = note->type,
					 .id = note->id,
					 .status = note->status,
					 .sys_code = note->sys_code,
					 .topic = note->topic,
					 .text = note->text};

	event.payload.data = note->payload;
	event.payload.len = note->len;
	emit(mqtt, &event);
}

static void deliver(struct provd__mqtt *mqtt, const struct provd__mqtt_note *note)
{
	if (mqtt->state == PROVD__MQTT_GONE)
		return;
	if (mqtt->state == PROVD__MQTT_CONNECTING) {
		if (note->type == PROVD_MQTT_CONNECTED)
			on_established(mqtt);
		else if (note->type == PROVD_MQTT_FAILED || note->type == PROVD_MQTT_LOST)
			on_failure(mqtt, note);
		return;
	}
	if (note->type == PROVD_MQTT_LOST || note->type == PROVD_MQTT_FAILED)
		end(mqtt, PROVD_MQTT_LOST, PROVD_E_NET_CLOSED, note->sys_code, note->text);
	else if (note->type != PROVD_MQTT_CONNECTED)
		on_other(mqtt, note);
}

void provd__mqtt_wake(void *user)
{
	struct provd__mqtt_hub *hub = user;
	struct provd__mqtt_note *note;

	/* A callback may destroy the service; its hub stays for this loop to find empty. */
	provd__mqtt_hub_ref(hub);
	while ((note = provd__mqtt_note_take(hub))) {
		deliver(note->mqtt, note);
		provd__mqtt_note_free(note);
	}
	provd__mqtt_hub_unref(hub);
}

static int mqtt_open(void *self, const struct provd_mqtt_config *config, uint64_t *out_connection)
{
	struct provd_mqtt_service *service = self;
	struct provd__mqtt *mqtt;
	int rc;

	if (!out_connection)
		return PROVD_E_INVALID;
	if (service->count >= CONNECTIONS_MAX)
		return PROVD_E_LIMIT;
	rc = provd__mqtt_create(service->hub, config, &mqtt);
	if (rc)
		return rc;
	rc = provd_timer_start(service->owner,
			       config->connect_timeout_ms ? config->connect_timeout_ms
							  : CONNECT_TIMEOUT_MS,
			       on_timeout, mqtt, &mqtt->timer);
	if (rc) {
		provd__mqtt_unref(mqtt);
		return rc;
	}
	mqtt->service = service;
	mqtt->id = provd_loop_new_id(service->loop);
	mqtt->next = service->list;
	service->list = mqtt;
	service->count++;
	job_start(mqtt, provd_loop_uv(service->loop), pool_connect, pool_done);
	*out_connection = mqtt->id;
	return 0;
}

static struct provd__mqtt *find(struct provd_mqtt_service *service, uint64_t id)
{
	struct provd__mqtt *mqtt = service->list;

	while (mqtt && mqtt->id != id)
		mqtt = mqtt->next;
	return mqtt;
}

/* Common to both calls: a connected connection, a valid topic, a registered operation. */
static int op_begin(struct provd_mqtt_service *service, uint64_t connection, const char *topic,
		    uint32_t qos, uint32_t type, struct provd__mqtt_op **out_op)
{
	struct provd__mqtt *mqtt = find(service, connection);

	if (!mqtt)
		return PROVD_E_NOT_FOUND;
	if (mqtt->state != PROVD__MQTT_CONNECTED)
		return PROVD_E_STATE;
	if (!topic || !*topic || qos > 1 ||
	    strnlen(topic, PROVD_MQTT_TOPIC_MAX + 1) > PROVD_MQTT_TOPIC_MAX)
		return PROVD_E_INVALID;
	*out_op = provd__mqtt_op_create(mqtt, provd_loop_new_id(service->loop), type);
	return *out_op ? 0 : PROVD_E_LIMIT;
}

static int mqtt_subscribe(void *self, uint64_t connection, const char *topic, uint32_t qos,
			  uint64_t *out_id)
{
	struct provd__mqtt_op *op = NULL;
	uint64_t id;
	int rc = op_begin(self, connection, topic, qos, PROVD_MQTT_SUBSCRIBED, &op);

	if (rc)
		return rc;
	/* Once Paho has it, it may end and be freed at any moment. */
	id = op->id;
	rc = provd__mqtt_subscribe(op->mqtt, topic, qos, op);
	if (rc) {
		provd__mqtt_op_free(op);
		return rc;
	}
	if (out_id)
		*out_id = id;
	return 0;
}

static int mqtt_publish(void *self, uint64_t connection, const char *topic, const uint8_t *payload,
			size_t len, uint32_t qos, uint64_t *out_id)
{
	struct provd__mqtt_op *op = NULL;
	uint64_t id;
	int rc;

	if (len > PROVD_MQTT_PAYLOAD_MAX)
		return PROVD_E_LIMIT;
	if (!payload && len)
		return PROVD_E_INVALID;
	rc = op_begin(self, connection, topic, qos, PROVD_MQTT_PUBLISHED, &op);
	if (rc)
		return rc;
	id = op->id;
	rc = provd__mqtt_publish(op->mqtt, topic, payload, len, qos, op);
	if (rc) {
		provd__mqtt_op_free(op);
		return rc;
	}
	if (out_id)
		*out_id = id;
	return 0;
}

static void mqtt_close(void *self, uint64_t connection)
{
	struct provd__mqtt *mqtt = find(self, connection);

	if (mqtt)
		drop(mqtt);
}

int provd_mqtt_service_create(struct provd_loop *loop, struct provd_log *log,
			      struct provd_mqtt_service **out_service)
{
	struct provd_mqtt_service *service = calloc(1, sizeof(*service));
	int rc;

	(void)log;
	if (!service)
		return PROVD_E_NOMEM;
	service->loop = loop;
	rc = provd_owner_create(loop, "mqtt", &service->owner);
	if (rc)
		goto fail;
	rc = provd__mqtt_hub_create(service->owner, &service->hub);
	if (rc)
		goto fail;
	*out_service = service;
	return 0;

fail:
	(void)provd_owner_destroy(service->owner);
	free(service);
	return rc;
}

void provd_mqtt_service_destroy(struct provd_mqtt_service *service)
{
	if (!service)
		return;
	while (service->list)
		drop(service->list);
	provd__mqtt_hub_close(service->hub);
	(void)provd_owner_destroy(service->owner);
	provd__mqtt_hub_unref(service->hub);
	free(service);
}

size_t provd_mqtt_service_active(const struct provd_mqtt_service *service)
{
	return service->count;
}

const struct provd_mqtt provd_mqtt_table = {
	.size = sizeof(struct provd_mqtt),
	.open = mqtt_open,
	.subscribe = mqtt_subscribe,
	.publish = mqtt_publish,
	.close = mqtt_close,
};
