/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host services for the plugin. Files and UDP are the daemon's own; HTTP and MQTT are a network on
 * which no server can be reached, so that no plugin under test talks to a real cloud.
 */
#include "subject.h"

#include <provd/appchannel.h>
#include <provd/device.h>
#include <provd/journal.h>

#include <string.h>

static struct conf_call *call_add(struct conf_subject *subject)
{
	for (size_t i = 0; i < CONF_CALLS_MAX; i++) {
		struct conf_call *call = &subject->pending[i];

		if (call->id == 0) {
			memset(call, 0, sizeof(*call));
			call->id = provd_loop_new_id(subject->loop);
			call->subject = subject;
			return call;
		}
	}
	return NULL;
}

static void call_drop(void *self, uint64_t id)
{
	struct conf_subject *subject = self;

	for (size_t i = 0; i < CONF_CALLS_MAX; i++) {
		if (id == 0 || subject->pending[i].id != id)
			continue;
		subject->pending[i].http_done = NULL;
		subject->pending[i].mqtt_event = NULL;
	}
}

static void http_answer(void *user)
{
	struct conf_call call = *(struct conf_call *)user;
	struct provd_error err = {.size = sizeof(err), .code = PROVD_E_NET_UNREACHABLE};
	struct provd_http_response response = {.size = sizeof(response), .error = &err};

	((struct conf_call *)user)->id = 0;
	if (call.http_done)
		call.http_done(call.user, PROVD_E_NET_UNREACHABLE, &response);
}

static int http_request(void *self, const struct provd_http_request *request,
			void (*done)(void *user, int code,
				     const struct provd_http_response *response),
			void *user, uint64_t *out_id)
{
	struct conf_subject *subject = self;
	struct conf_call *call = call_add(subject);

	if (!call || !request->url)
		return PROVD_E_LIMIT;
	call->http_done = done;
	call->user = user;
	*out_id = call->id;
	return provd_defer(subject->owner, http_answer, call);
}

static const struct provd_http http = {
	.size = sizeof(http), .request = http_request, .cancel = call_drop};

static void mqtt_answer(void *user)
{
	struct conf_call call = *(struct conf_call *)user;
	struct provd_mqtt_event event = {.size = sizeof(event),
					 .type = PROVD_MQTT_FAILED,
					 .status = PROVD_E_NET_UNREACHABLE};

	((struct conf_call *)user)->id = 0;
	if (call.mqtt_event)
		call.mqtt_event(call.user, &event);
}

static int mqtt_open(void *self, const struct provd_mqtt_config *config, uint64_t *out_connection)
{
	struct conf_subject *subject = self;
	struct conf_call *call = call_add(subject);

	if (!call)
		return PROVD_E_LIMIT;
	call->mqtt_event = config->on_event;
	call->user = config->user;
	*out_connection = call->id;
	return provd_defer(subject->owner, mqtt_answer, call);
}

static int mqtt_subscribe(void *self, uint64_t connection, const char *topic, uint32_t qos,
			  uint64_t *out_id)
{
	(void)self;
	(void)connection;
	(void)topic;
	(void)qos;
	(void)out_id;
	return PROVD_E_STATE;
}

static int mqtt_publish(void *self, uint64_t connection, const char *topic, const uint8_t *payload,
			size_t len, uint32_t qos, uint64_t *out_id)
{
	(void)payload;
	(void)len;
	return mqtt_subscribe(self, connection, topic, qos, out_id);
}

static const struct provd_mqtt mqtt = {.size = sizeof(mqtt),
				       .open = mqtt_open,
				       .subscribe = mqtt_subscribe,
				       .publish = mqtt_publish,
				       .close = call_drop};

static int appchannel_check(struct conf_subject *subject, const uint8_t *data, size_t len,
			    uint32_t repeats)
{
	if (len > 1472 || (len > 0 && !data) || repeats < 1 || repeats > 10) {
		conf_fail(subject->child, "an answer of %zu bytes, %u times", len,
			  (unsigned)repeats);
		return PROVD_E_INVALID;
	}
	return 0;
}

static int appchannel_send(void *self, uint64_t peer, const uint8_t *data, size_t len,
			   uint32_t repeats, uint64_t interval_ms)
{
	(void)peer;
	(void)interval_ms;
	return appchannel_check(self, data, len, repeats);
}

static int appchannel_broadcast(void *self, uint32_t port, const uint8_t *data, size_t len,
				uint32_t repeats, uint64_t interval_ms)
{
	(void)interval_ms;
	if (port == 0 || port > 65535)
		return PROVD_E_INVALID;
	return appchannel_check(self, data, len, repeats);
}

static const struct provd_appchannel appchannel = {
	.size = sizeof(appchannel), .send = appchannel_send, .broadcast = appchannel_broadcast};

static int device_get_info(void *self, struct provd_device_info *out_info)
{
	static const uint8_t mac[6] = {0x02, 0x00, 0x5e, 0x10, 0x20, 0x30};

	(void)self;
	memset(out_info, 0, sizeof(*out_info));
	out_info->size = sizeof(*out_info);
	memcpy(out_info->mac, mac, sizeof(mac));
	out_info->product = "CONFORMANC";
	out_info->device = "unit-1";
	return 0;
}

static const struct provd_device device = {.size = sizeof(device), .get_info = device_get_info};

/* One session that has failed and whose log is never marked as delivered. */
#define FAILED_SESSION 3u

static int journal_failures(void *self, uint32_t marks,
			    void (*fn)(void *user, const struct provd_failure *failure), void *user)
{
	struct provd_failure failure = {.size = sizeof(failure),
					.session = FAILED_SESSION,
					.code = PROVD_E_WIFI_PASSPHRASE,
					.state = PROVD_STATE_JOINING,
					.method = "softap",
					.text = "the access point did not accept the passphrase"};

	(void)self;
	(void)marks;
	fn(user, &failure);
	return 1;
}

static int journal_lines(void *self, uint64_t session, uint64_t *out_session,
			 void (*fn)(void *user, const struct provd_journal_line *line), void *user)
{
	struct provd_journal_line line = {.size = sizeof(line),
					  .number = 1,
					  .session = FAILED_SESSION,
					  .state = PROVD_STATE_JOINING,
					  .code = PROVD_E_WIFI_PASSPHRASE,
					  .event = "joining failed",
					  .detail = ""};

	(void)self;
	if (session != 0 && session != FAILED_SESSION)
		return PROVD_E_NOT_FOUND;
	*out_session = FAILED_SESSION;
	fn(user, &line);
	return 0;
}

static void journal_mark(void *self, uint64_t session, uint32_t marks)
{
	(void)self;
	(void)session;
	(void)marks;
}

static const struct provd_journal journal = {.size = sizeof(journal),
					     .failures = journal_failures,
					     .lines = journal_lines,
					     .mark = journal_mark};

const void *conf_interface(void *user, struct provd_instance *instance, const char *name,
			   uint32_t size, void **out_self)
{
	struct conf_subject *subject = user;

	(void)size;
	*out_self = subject;
	if (instance->plugin->descriptor.kind == PROVD_PLUGIN_METHOD && conf_radio(name))
		return conf_radio(name);
	if (strcmp(name, PROVD_HTTP) == 0)
		return &http;
	if (strcmp(name, PROVD_MQTT) == 0)
		return &mqtt;
	if (strcmp(name, PROVD_APPCHANNEL) == 0)
		return &appchannel;
	if (strcmp(name, PROVD_DEVICE) == 0)
		return &device;
	if (strcmp(name, PROVD_JOURNAL) == 0)
		return &journal;
	if (strcmp(name, PROVD_FILE) == 0) {
		*out_self = subject->files;
		return &provd_file_table;
	}
	if (strcmp(name, PROVD_UDP) == 0) {
		*out_self = subject->udp;
		return &provd_udp_table;
	}
	*out_self = NULL;
	return NULL;
}
