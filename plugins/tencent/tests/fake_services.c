/* SPDX-License-Identifier: Apache-2.0 */
/* The scripted host's services: HTTP, MQTT, files, and the phone's channel. */
#include "fake_services.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

static void copy_text(char *out, size_t cap, const char *text)
{
	(void)snprintf(out, cap, "%s", text != NULL ? text : "");
}

/* HTTP */

static int http_request(void *self, const struct provd_http_request *request,
			void (*done)(void *, int, const struct provd_http_response *), void *user,
			uint64_t *out_id)
{
	struct fake *fake = self;
	struct fake_request *http = &fake->http;
	size_t at = 0;

	cr_assert_eq(http->id, 0, "two requests at a time");
	cr_assert_str_eq(request->method, "POST");
	cr_assert_lt(request->body.len, sizeof(http->body));
	http->count++;
	copy_text(http->url, sizeof(http->url), request->url);
	copy_text(http->ca, sizeof(http->ca), request->ca_file);
	memcpy(http->body, request->body.data, request->body.len);
	http->body[request->body.len] = '\0';
	for (size_t i = 0; i < request->header_count; i++)
		at += (size_t)snprintf(http->headers + at, sizeof(http->headers) - at, "%s: %s\n",
				       request->headers[i].name, request->headers[i].value);
	http->done = done;
	http->user = user;
	*out_id = http->id = ++fake->next_id;
	return 0;
}

static void http_cancel(void *self, uint64_t id)
{
	struct fake *fake = self;

	if (id != 0 && id == fake->http.id)
		fake->http.id = 0;
}

void fake_http_answer(struct fake *fake, uint32_t status, const char *body)
{
	struct provd_http_header header = {"retry-after", fake->http.retry_after};
	struct provd_http_response response = {.size = sizeof(response),
					       .status = status,
					       .headers = &header,
					       .header_count = header.value != NULL ? 1 : 0,
					       .body = {(const uint8_t *)body, strlen(body)}};

	cr_assert_neq(fake->http.id, 0, "nothing was requested");
	fake->http.id = 0;
	fake->http.done(fake->http.user, 0, &response);
}

void fake_http_fail(struct fake *fake, int code)
{
	struct provd_error err = {.size = sizeof(err), .code = code, .text = "no such luck"};
	struct provd_http_response response = {.size = sizeof(response), .error = &err};

	cr_assert_neq(fake->http.id, 0, "nothing was requested");
	fake->http.id = 0;
	fake->http.done(fake->http.user, code, &response);
}

static const struct provd_http http_table = {
	.size = sizeof(http_table), .request = http_request, .cancel = http_cancel};

/* MQTT */

static int mqtt_open(void *self, const struct provd_mqtt_config *config, uint64_t *out_connection)
{
	struct fake *fake = self;
	struct fake_mqtt *mqtt = &fake->mqtt;
	struct provd_bytes view;

	cr_assert_eq(mqtt->connection, 0, "two connections at a time");
	if (mqtt->open_result != 0)
		return mqtt->open_result;
	mqtt->opens++;
	mqtt->config = *config;
	copy_text(mqtt->host, sizeof(mqtt->host), config->host);
	copy_text(mqtt->client_id, sizeof(mqtt->client_id), config->client_id);
	copy_text(mqtt->username, sizeof(mqtt->username), config->username);
	copy_text(mqtt->psk_identity, sizeof(mqtt->psk_identity), config->psk_identity);
	copy_text(mqtt->ca, sizeof(mqtt->ca), config->ca_file);
	copy_text(mqtt->cert, sizeof(mqtt->cert), config->cert_file);
	copy_text(mqtt->key, sizeof(mqtt->key), config->key_file);
	copy_text(mqtt->ciphers, sizeof(mqtt->ciphers), config->ciphers);
	fake->host.secret_view(&fake->host, config->psk, &view);
	mqtt->psk_len = view.len;
	if (view.len != 0)
		memcpy(mqtt->psk, view.data, view.len);
	fake->host.secret_view(&fake->host, config->password, &view);
	memset(mqtt->password, 0, sizeof(mqtt->password));
	if (view.len != 0)
		memcpy(mqtt->password, view.data, view.len);
	*out_connection = mqtt->connection = ++fake->next_id;
	return 0;
}

static int mqtt_subscribe(void *self, uint64_t connection, const char *topic, uint32_t qos,
			  uint64_t *out_id)
{
	struct fake *fake = self;

	cr_assert_eq(connection, fake->mqtt.connection);
	if (fake->mqtt.subscribe_result != 0)
		return fake->mqtt.subscribe_result;
	fake->mqtt.subscribes++;
	copy_text(fake->mqtt.topic_sub, sizeof(fake->mqtt.topic_sub), topic);
	fake->mqtt.qos_sub = qos;
	*out_id = fake->mqtt.sub_id = ++fake->next_id;
	return 0;
}

static int mqtt_publish(void *self, uint64_t connection, const char *topic, const uint8_t *payload,
			size_t len, uint32_t qos, uint64_t *out_id)
{
	struct fake *fake = self;

	cr_assert_eq(connection, fake->mqtt.connection);
	cr_assert_lt(len, sizeof(fake->mqtt.payload));
	if (fake->mqtt.publish_result != 0)
		return fake->mqtt.publish_result;
	fake->mqtt.publishes++;
	copy_text(fake->mqtt.topic_pub, sizeof(fake->mqtt.topic_pub), topic);
	memcpy(fake->mqtt.payload, payload, len);
	fake->mqtt.payload[len] = '\0';
	fake->mqtt.qos_pub = qos;
	*out_id = fake->mqtt.pub_id = ++fake->next_id;
	return 0;
}

static void mqtt_close(void *self, uint64_t connection)
{
	struct fake *fake = self;

	if (connection == 0 || connection != fake->mqtt.connection)
		return;
	fake->mqtt.connection = 0;
	fake->mqtt.closes++;
}

void fake_mqtt_event(struct fake *fake, uint32_t type, uint64_t id, int32_t status)
{
	struct provd_mqtt_event event = {
		.size = sizeof(event), .type = type, .id = id, .status = status};

	cr_assert_neq(fake->mqtt.connection, 0, "there is no connection");
	if (type == PROVD_MQTT_FAILED || type == PROVD_MQTT_LOST)
		fake->mqtt.connection = 0;
	fake->mqtt.config.on_event(fake->mqtt.config.user, &event);
}

void fake_mqtt_message(struct fake *fake, const char *topic, const char *payload)
{
	struct provd_mqtt_event event = {.size = sizeof(event),
					 .type = PROVD_MQTT_MESSAGE,
					 .topic = topic,
					 .payload = {(const uint8_t *)payload, strlen(payload)}};

	cr_assert_neq(fake->mqtt.connection, 0, "there is no connection");
	fake->mqtt.config.on_event(fake->mqtt.config.user, &event);
}

void fake_mqtt_up(struct fake *fake)
{
	fake_mqtt_event(fake, PROVD_MQTT_CONNECTED, 0, 0);
	fake_mqtt_event(fake, PROVD_MQTT_SUBSCRIBED, fake->mqtt.sub_id, 0);
}

static const struct provd_mqtt mqtt_table = {.size = sizeof(mqtt_table),
					     .open = mqtt_open,
					     .subscribe = mqtt_subscribe,
					     .publish = mqtt_publish,
					     .close = mqtt_close};

/* Files */

static struct fake_file *find_file(const struct fake *fake, const char *path)
{
	for (size_t i = 0; i < FAKE_FILES_MAX; i++)
		if (strcmp(fake->files[i].path, path) == 0)
			return (struct fake_file *)(uintptr_t)&fake->files[i];
	return NULL;
}

static void put_file(struct fake *fake, const char *path, const void *bytes, size_t len,
		     uint32_t mode)
{
	struct fake_file *file = find_file(fake, path);

	if (file == NULL)
		file = find_file(fake, "");
	cr_assert(file != NULL, "too many files");
	copy_text(file->path, sizeof(file->path), path);
	free(file->text);
	file->text = malloc(len + 1);
	cr_assert(file->text != NULL);
	memcpy(file->text, bytes, len);
	file->text[len] = '\0';
	file->len = len;
	file->mode = mode;
}

void fake_put_file(struct fake *fake, const char *path, const char *text)
{
	put_file(fake, path, text, strlen(text), 0600);
}

const struct fake_file *fake_file(const struct fake *fake, const char *path)
{
	const struct fake_file *file = find_file(fake, path);

	cr_assert(file != NULL, "no file %s", path);
	return file;
}

static int file_load(void *self, const char *path, size_t max, struct provd_secret **out_secret,
		     struct provd_error *err)
{
	struct fake *fake = self;
	const struct fake_file *file = find_file(fake, path);

	(void)err;
	if (file == NULL)
		return PROVD_E_NOT_FOUND;
	if (file->len > max)
		return PROVD_E_LIMIT;
	*out_secret = fake->host.secret_create(&fake->host, file->text, file->len);
	return 0;
}

static int file_replace(void *self, const char *path, const struct provd_secret *content,
			uint32_t mode, void (*done)(void *, int, const struct provd_error *),
			void *user, uint64_t *out_id)
{
	struct fake *fake = self;
	struct fake_replace *replace = &fake->replace;

	cr_assert(!replace->pending, "two replacements at a time");
	if (replace->refuse != 0)
		return replace->refuse;
	replace->count++;
	replace->pending = true;
	copy_text(replace->path, sizeof(replace->path), path);
	free(replace->text);
	replace->text = malloc(content->len + 1);
	cr_assert(replace->text != NULL);
	memcpy(replace->text, content->bytes, content->len);
	replace->text[content->len] = '\0';
	replace->len = content->len;
	replace->mode = mode;
	replace->done = done;
	replace->user = user;
	*out_id = ++fake->next_id;
	return 0;
}

void fake_replaced(struct fake *fake, int code)
{
	struct fake_replace *replace = &fake->replace;
	struct provd_error err = {.size = sizeof(err), .code = code, .text = "the disk said no"};

	cr_assert(replace->pending, "nothing is being replaced");
	replace->pending = false;
	if (code == 0)
		put_file(fake, replace->path, replace->text, replace->len, replace->mode);
	replace->done(replace->user, code, code != 0 ? &err : NULL);
}

static const struct provd_file file_table = {
	.size = sizeof(file_table), .load = file_load, .replace = file_replace};

/* The phone's channel */

static int keep_send(struct fake *fake, uint64_t peer, uint32_t port, const uint8_t *data,
		     size_t len, uint32_t repeats, uint64_t interval_ms)
{
	struct fake_send *sent;

	if (!fake->may_send_text) {
		cr_assert(len > 0 && len < 1024, "phones cannot take %zu bytes", len);
		cr_assert_eq(data[0], '{', "Android aborts on what is not a JSON object");
	}
	cr_assert_lt(len, sizeof(sent->text));
	cr_assert(repeats >= 1 && repeats <= 10);
	if (fake->send_result != 0)
		return fake->send_result;
	if (fake->send_room == 0)
		return PROVD_E_PEER_RATE;
	if (fake->send_room > 0)
		fake->send_room--;
	if (fake->send_count++ >= FAKE_SENDS_MAX)
		return 0;
	sent = &fake->sends[fake->send_count - 1];
	sent->peer = peer;
	sent->port = port;
	sent->repeats = repeats;
	sent->interval_ms = interval_ms;
	memcpy(sent->text, data, len);
	sent->text[len] = '\0';
	sent->len = len;
	return 0;
}

static int channel_send(void *self, uint64_t peer, const uint8_t *data, size_t len,
			uint32_t repeats, uint64_t interval_ms)
{
	cr_assert_neq(peer, 0);
	return keep_send(self, peer, 0, data, len, repeats, interval_ms);
}

static int channel_broadcast(void *self, uint32_t port, const uint8_t *data, size_t len,
			     uint32_t repeats, uint64_t interval_ms)
{
	return keep_send(self, 0, port, data, len, repeats, interval_ms);
}

static const struct provd_appchannel channel_table = {
	.size = sizeof(channel_table), .send = channel_send, .broadcast = channel_broadcast};

int fake_datagram(struct fake *fake, uint64_t peer, const void *data, size_t len)
{
	uint32_t phone = fake->phone != 0 ? fake->phone : (uint32_t)peer;
	struct provd_addr from = {.size = sizeof(from),
				  .family = 4,
				  .port = 8266,
				  .ip = {192, 168, (uint8_t)(phone >> 8), (uint8_t)phone}};
	uint8_t *exact = malloc(len != 0 ? len : 1);
	int rc;

	cr_assert(exact != NULL);
	memcpy(exact, data, len);
	rc = fake->dialect->datagram(fake->inst, peer, &from, exact, len);
	free(exact);
	return rc;
}

int fake_datagram_text(struct fake *fake, uint64_t peer, const char *text)
{
	return fake_datagram(fake, peer, text, strlen(text));
}

void fake_state(struct fake *fake, uint64_t session, uint32_t state, int32_t status)
{
	struct provd_session_status told = {
		.size = sizeof(told), .state = state, .session = session, .status = status};

	fake->dialect->on_state(fake->inst, &told);
}

void fake_state_in_network(struct fake *fake, uint64_t session, uint32_t state, int32_t status)
{
	struct provd_link link = {.size = sizeof(link)};
	struct provd_session_status told = {.size = sizeof(told),
					    .state = state,
					    .session = session,
					    .status = status,
					    .link = &link};

	fake->dialect->on_state(fake->inst, &told);
}

int fake_bind(struct fake *fake, uint64_t op, const char *token)
{
	struct provd_secret *secret = fake->host.secret_create(&fake->host, token, strlen(token));
	struct provd_bind_request request = {.size = sizeof(request),
					     .session = 1,
					     .started_ms = 1000,
					     .credentials_ms = 2000,
					     .online_ms = 6000,
					     .token_ms = 2000,
					     .token = secret,
					     .method = "softap"};
	int rc = fake->ops->bind(fake->inst, op, &request);

	fake->host.secret_unref(&fake->host, secret);
	return rc;
}

const void *fake_get_interface(const struct provd_host *host, const char *name, uint32_t size,
			       void **out_self)
{
	const struct fake *fake = (const struct fake *)(uintptr_t)host;

	(void)size;
	*out_self = (void *)(uintptr_t)host;
	if (strcmp(name, PROVD_HTTP) == 0)
		return &http_table;
	if (strcmp(name, PROVD_MQTT) == 0)
		return &mqtt_table;
	if (strcmp(name, PROVD_FILE) == 0)
		return &file_table;
	if (strcmp(name, PROVD_JOURNAL) == 0)
		return fake->journal.is_there ? &fake_journal_table : NULL;
	return strcmp(name, PROVD_APPCHANNEL) == 0 ? &channel_table : NULL;
}

void fake_services_finish(struct fake *fake)
{
	for (size_t i = 0; i < FAKE_FILES_MAX; i++)
		free(fake->files[i].text);
	free(fake->replace.text);
}
