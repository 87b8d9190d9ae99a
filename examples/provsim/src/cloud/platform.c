/* SPDX-License-Identifier: Apache-2.0 */
#include "platform.h"

#include "bindmsg.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <MQTTAsync.h>

#include <provd/error.h>

enum {
	QUEUE_MAX = 256,
	MESSAGE_MAX = 16384,
	RETRY_FIRST_MS = 10,
	RETRY_MAX_MS = 500
};

enum note_kind {
	NOTE_CONNECTED,
	NOTE_SUBSCRIBED,
	NOTE_LOST,
	NOTE_MESSAGE
};

struct note {
	struct note *next;
	enum note_kind kind;
	size_t size;
	char *topic; /* points behind the data */
	char data[];
};

struct sim_platform {
	struct sim_platform_events events;
	MQTTAsync client;
	uv_async_t async;
	uv_timer_t retry_timer;
	unsigned int retry_ms;
	int handles_open;
	bool wanted;
	uv_mutex_t mutex; /* guards the queue, which Paho's threads fill */
	struct note *first;
	struct note **last;
	size_t queued;
};

/* Any thread. */
static void post(struct sim_platform *platform, enum note_kind kind, const char *topic,
		 const void *data, size_t size)
{
	size_t topic_size = topic ? strlen(topic) + 1 : 0;
	struct note *note = malloc(sizeof(*note) + size + topic_size);

	if (!note)
		return;
	note->next = NULL;
	note->kind = kind;
	note->size = size;
	note->topic = note->data + size;
	if (size > 0)
		memcpy(note->data, data, size);
	if (topic)
		memcpy(note->topic, topic, topic_size);
	uv_mutex_lock(&platform->mutex);
	if (platform->queued < QUEUE_MAX || kind != NOTE_MESSAGE) {
		*platform->last = note;
		platform->last = &note->next;
		platform->queued++;
		note = NULL;
		uv_async_send(&platform->async);
	}
	uv_mutex_unlock(&platform->mutex);
	free(note);
}

static void on_connected(void *context, MQTTAsync_successData *response)
{
	(void)response;
	post(context, NOTE_CONNECTED, NULL, NULL, 0);
}

static void on_subscribed(void *context, MQTTAsync_successData *response)
{
	(void)response;
	post(context, NOTE_SUBSCRIBED, NULL, NULL, 0);
}

static void on_failed(void *context, MQTTAsync_failureData *response)
{
	(void)response;
	post(context, NOTE_LOST, NULL, NULL, 0);
}

static void on_lost(void *context, char *cause)
{
	(void)cause;
	post(context, NOTE_LOST, NULL, NULL, 0);
}

static int on_arrived(void *context, char *topic, int topic_size, MQTTAsync_message *message)
{
	(void)topic_size;
	if (message->payloadlen >= 0 && message->payloadlen <= MESSAGE_MAX)
		post(context, NOTE_MESSAGE, topic, message->payload, (size_t)message->payloadlen);
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	return 1;
}

static void on_retry(uv_timer_t *timer);

static void retry_later(struct sim_platform *platform)
{
	if (!platform->wanted)
		return;
	uv_timer_start(&platform->retry_timer, on_retry, platform->retry_ms, 0);
	if (platform->retry_ms < RETRY_MAX_MS)
		platform->retry_ms *= 2;
}

static void on_retry(uv_timer_t *timer)
{
	struct sim_platform *platform = timer->data;
	MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;

	options.keepAliveInterval = 60;
	options.cleansession = 1;
	options.connectTimeout = 5;
	options.onSuccess = on_connected;
	options.onFailure = on_failed;
	options.context = platform;
	if (MQTTAsync_connect(platform->client, &options) != MQTTASYNC_SUCCESS)
		retry_later(platform);
}

/* QoS 0: the acknowledgement of a message before the answer to it would hold the answer back by
 * the broker's delayed ACK, 40 ms that the platform does not take. */
static void subscribe(struct sim_platform *platform)
{
	MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;

	options.onSuccess = on_subscribed;
	options.onFailure = on_failed;
	options.context = platform;
	if (MQTTAsync_subscribe(platform->client, SIM_TOPIC_UP_FILTER, 0, &options) !=
	    MQTTASYNC_SUCCESS)
		retry_later(platform);
}

static void handle_note(struct sim_platform *platform, struct note *note)
{
	switch (note->kind) {
	case NOTE_CONNECTED:
		platform->retry_ms = RETRY_FIRST_MS;
		subscribe(platform);
		break;
	case NOTE_SUBSCRIBED:
		platform->events.ready(platform->events.user);
		break;
	case NOTE_LOST:
		retry_later(platform);
		break;
	case NOTE_MESSAGE:
		platform->events.message(platform->events.user, note->topic, note->data,
					 note->size);
		break;
	}
}

static struct note *take_notes(struct sim_platform *platform)
{
	struct note *first;

	uv_mutex_lock(&platform->mutex);
	first = platform->first;
	platform->first = NULL;
	platform->last = &platform->first;
	platform->queued = 0;
	uv_mutex_unlock(&platform->mutex);
	return first;
}

static void on_async(uv_async_t *async)
{
	struct sim_platform *platform = async->data;
	struct note *note = take_notes(platform);

	while (note) {
		struct note *next = note->next;

		if (platform->wanted)
			handle_note(platform, note);
		free(note);
		note = next;
	}
}

int sim_platform_create(uv_loop_t *loop, const struct sim_platform_events *events,
			struct sim_platform **out_platform)
{
	struct sim_platform *platform = calloc(1, sizeof(*platform));

	if (!platform)
		return PROVD_E_NOMEM;
	platform->events = *events;
	platform->last = &platform->first;
	platform->retry_ms = RETRY_FIRST_MS;
	if (uv_mutex_init(&platform->mutex) != 0) {
		free(platform);
		return PROVD_E_IO;
	}
	if (uv_async_init(loop, &platform->async, on_async) != 0) {
		uv_mutex_destroy(&platform->mutex);
		free(platform);
		return PROVD_E_IO;
	}
	uv_timer_init(loop, &platform->retry_timer);
	platform->async.data = platform;
	platform->retry_timer.data = platform;
	platform->handles_open = 2;
	*out_platform = platform;
	return 0;
}

static int create_client(struct sim_platform *platform, int port)
{
	char uri[48];
	int n = snprintf(uri, sizeof(uri), "tcp://127.0.0.1:%d", port);

	if (n < 0 || (size_t)n >= sizeof(uri) ||
	    MQTTAsync_create(&platform->client, uri, "provsim-platform",
			     MQTTCLIENT_PERSISTENCE_NONE, NULL) != MQTTASYNC_SUCCESS)
		return PROVD_E_IO;
	if (MQTTAsync_setCallbacks(platform->client, platform, on_lost, on_arrived, NULL) !=
	    MQTTASYNC_SUCCESS)
		return PROVD_E_IO;
	return 0;
}

int sim_platform_connect(struct sim_platform *platform, int port)
{
	int rc = platform->client ? 0 : create_client(platform, port);

	if (rc != 0)
		return rc;
	platform->wanted = true;
	platform->retry_ms = RETRY_FIRST_MS;
	on_retry(&platform->retry_timer);
	return 0;
}

void sim_platform_disconnect(struct sim_platform *platform)
{
	platform->wanted = false;
	uv_timer_stop(&platform->retry_timer);
	if (platform->client)
		MQTTAsync_destroy(&platform->client);
	platform->client = NULL;
}

int sim_platform_publish(struct sim_platform *platform, const char *topic, const char *text)
{
	if (!platform->client || MQTTAsync_send(platform->client, topic, (int)strlen(text), text, 1,
						0, NULL) != MQTTASYNC_SUCCESS)
		return PROVD_E_IO;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	struct sim_platform *platform = handle->data;
	struct note *note;

	if (--platform->handles_open > 0)
		return;
	note = take_notes(platform);
	while (note) {
		struct note *next = note->next;

		free(note);
		note = next;
	}
	uv_mutex_destroy(&platform->mutex);
	free(platform);
}

void sim_platform_destroy(struct sim_platform *platform)
{
	if (!platform)
		return;
	sim_platform_disconnect(platform);
	uv_close((uv_handle_t *)&platform->async, on_closed);
	uv_close((uv_handle_t *)&platform->retry_timer, on_closed);
}
