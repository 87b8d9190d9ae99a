/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binding ([C2] 4): connect, subscribe, publish the phone's token, wait for the cloud's word.
 * Nothing waits longer than for its event; attempts that failed on the way are repeated until the
 * host cancels, never sooner than the platform's one connect in five seconds allows.
 */
#include "tencent.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

/* The reference tries three times as well ([C2] 4.1 step 4). */
#define PUBLISH_MAX 3
/* A wrong PSK looks like any broken handshake: one chance more, then it is the key. */
#define HANDSHAKE_MAX 2

static void attempt(void *user);

void tencent_binder_release(struct tencent *t)
{
	struct tencent_binder *binder = &t->binder;

	if (t->mqtt != NULL)
		t->mqtt->close(t->mqtt_self, binder->connection);
	t->host->timer_stop(t->host, binder->timer);
	t->host->secret_unref(t->host, binder->token);
	binder->connection = 0;
	binder->timer = 0;
	binder->token = NULL;
	binder->state = TENCENT_BINDER_IDLE;
}

static void end(struct tencent *t, int status, const char *text)
{
	tencent_binder_release(t);
	tencent_op_finish(t, status, text);
}

/* Ends the connection of this attempt, the token stays. */
static void hang_up(struct tencent *t)
{
	struct tencent_binder *binder = &t->binder;

	t->mqtt->close(t->mqtt_self, binder->connection);
	t->host->timer_stop(t->host, binder->timer);
	binder->connection = 0;
	binder->timer = 0;
}

static uint64_t interval_left_ms(const struct tencent *t)
{
	uint64_t interval_us = t->options.connect_interval_ms * 1000u;
	uint64_t passed_us = t->host->now_us(t->host) - t->binder.reached_us;

	if (!t->binder.has_reached || passed_us >= interval_us)
		return 0;
	return (interval_us - passed_us + 999u) / 1000u;
}

static void attempt_after(struct tencent *t, uint64_t wait_ms)
{
	struct tencent_binder *binder = &t->binder;
	int rc;

	binder->state = TENCENT_BINDER_WAITING;
	rc = t->host->timer_start(t->host, wait_ms, attempt, t, &binder->timer);
	if (rc != 0)
		end(t, rc, NULL);
}

static const char *handshake_text(const struct tencent *t)
{
	/* The transport follows auth_mode, or nothing is opened. */
	if (t->store.identity.auth_mode == TENCENT_AUTH_CERT)
		return "the TLS handshake with the broker failed; are the device's certificate and "
		       "private key file in certs/ the present ones, and is mqtt_ca the broker's?";
	return "the broker did not accept the device's key in the TLS handshake; does "
	       "device_info.json hold the present deviceSecret?";
}

/* A fault on the way: once more after a while, if that can help. */
static void stumble(struct tencent *t, int code, const char *text)
{
	struct tencent_binder *binder = &t->binder;
	uint64_t wait;
	uint64_t least;

	hang_up(t);
	binder->failures++;
	binder->last_code = code;
	binder->handshakes = code == PROVD_E_TLS_HANDSHAKE ? binder->handshakes + 1 : 0;
	binder->clocks = code == PROVD_E_CLOCK ? binder->clocks + 1 : 0;
	if (binder->handshakes >= HANDSHAKE_MAX)
		text = handshake_text(t);
	if (!tencent_is_transient(code) || binder->handshakes >= HANDSHAKE_MAX ||
	    binder->clocks >= TENCENT_CLOCK_TRIES) {
		end(t, code, text);
		return;
	}
	if (binder->stage == TENCENT_STAGE_MQTT)
		tencent_dialect_report(t, TENCENT_APP_MQTT_FAILED);
	wait = tencent_backoff_ms(t, binder->failures);
	least = interval_left_ms(t);
	if (wait < least)
		wait = least;
	tencent_stumbled(t, code, text, "cloud connection failed, trying again", wait);
	attempt_after(t, wait);
}

/* Publishing */

static uint32_t wall_ms(const struct tencent *t)
{
	return (uint32_t)t->host->unix_ms(t->host);
}

static void publish(struct tencent *t);

static void on_reply_timeout(void *user)
{
	struct tencent *t = user;
	struct tencent_binder *binder = &t->binder;

	binder->timer = 0;
	if (t->options.puback_is_success && binder->is_acknowledged) {
		PROVD_LOG0(t->host, PROVD_LOG_INFO, NULL,
			   "no answer from the cloud, the broker's acknowledgement counts");
		end(t, 0, NULL);
	} else if (binder->publishes < PUBLISH_MAX) {
		publish(t);
	} else if (binder->has_bad_message) {
		end(t, PROVD_E_CLOUD_REPLY, "the cloud's answer to the token was not understood");
	} else {
		end(t, PROVD_E_CLOUD_NO_REPLY, "the cloud did not answer to the token");
	}
}

static int send_token(struct tencent *t)
{
	struct tencent_binder *binder = &t->binder;
	const struct tencent_identity *identity = &t->store.identity;
	const struct tencent_pair_time *times = t->options.is_v3 ? &binder->times : NULL;
	struct provd_bytes view = {NULL, 0};
	char token[TENCENT_TOKEN_MAX + 1];
	char payload[TENCENT_BIND_PAYLOAD_SIZE];
	char topic[TENCENT_TOPIC_SIZE];
	int rc = tencent_bind_topic_up(identity->product_id, identity->device_name, topic,
				       sizeof(topic));

	/*
	 * One client token for all tries: the answer to an early one is as good. It stays valid
	 * after a reconnect too.
	 */
	if (rc >= 0 && binder->client_token[0] == '\0')
		rc = tencent_bind_client_token(identity->device_name, wall_ms(t),
					       binder->client_token, sizeof(binder->client_token));
	if (rc < 0)
		return rc;
	binder->times.token_publish = wall_ms(t);
	t->host->secret_view(t->host, binder->token, &view);
	memcpy(token, view.data, view.len);
	token[view.len] = '\0';
	rc = tencent_bind_payload(binder->client_token, token, times, payload, sizeof(payload));
	if (rc >= 0)
		rc = t->mqtt->publish(t->mqtt_self, binder->connection, topic,
				      (const uint8_t *)payload, (size_t)rc, 1, &binder->publish_id);
	OPENSSL_cleanse(payload, sizeof(payload));
	OPENSSL_cleanse(token, sizeof(token));
	return rc;
}

static void publish(struct tencent *t)
{
	struct tencent_binder *binder = &t->binder;
	int rc;

	binder->stage = TENCENT_STAGE_TOKEN;
	binder->state = TENCENT_BINDER_REPLYING;
	binder->publishes++;
	rc = send_token(t);
	if (rc == 0)
		rc = t->host->timer_start(t->host, t->options.reply_timeout_ms, on_reply_timeout, t,
					  &binder->timer);
	if (rc != 0) {
		stumble(t, rc, NULL);
		return;
	}
	tencent_progress(t, PROVD_FLOW_TO_CLOUD, "token published", NULL, 0);
	tencent_dialect_report(t, TENCENT_APP_TOKEN_SENDING);
}

/* Events of the connection */

static void on_connected(struct tencent *t)
{
	struct tencent_binder *binder = &t->binder;
	int rc;

	binder->handshakes = 0;
	binder->clocks = 0;
	binder->last_code = 0;
	binder->state = TENCENT_BINDER_SUBSCRIBING;
	binder->times.mqtt_connected = wall_ms(t);
	rc = t->mqtt->subscribe(t->mqtt_self, binder->connection, binder->topic_down, 0,
				&binder->subscribe_id);
	if (rc != 0) {
		stumble(t, rc, NULL);
		return;
	}
	tencent_progress(t, PROVD_FLOW_FROM_CLOUD, "connected", NULL, 0);
}

static void on_reply(struct tencent *t, const struct tencent_bind_message *message)
{
	struct provd_field field = provd_f_int("code", message->code);
	int status = message->is_expired ? PROVD_E_CLOUD_TOKEN_EXPIRED : PROVD_E_CLOUD_TOKEN;
	char text[64];

	tencent_progress(t, PROVD_FLOW_FROM_CLOUD, "cloud answered", &field, 1);
	if (message->code == 0) {
		end(t, 0, NULL);
		return;
	}
	t->binder.error = message->error;
	t->binder.error_code = status;
	(void)snprintf(text, sizeof(text), "the cloud %s: code %ld",
		       message->is_expired ? "says the token has expired" : "refused the token",
		       (long)message->code);
	end(t, status, text);
}

static void on_message(struct tencent *t, const struct provd_mqtt_event *event)
{
	struct tencent_binder *binder = &t->binder;
	const char *client_token = binder->client_token[0] != '\0' ? binder->client_token : NULL;
	struct tencent_bind_message message;

	if (event->topic == NULL || strcmp(event->topic, binder->topic_down) != 0)
		return;
	tencent_bind_parse(event->payload.data, event->payload.len, client_token, &message);
	switch (message.kind) {
	case TENCENT_BIND_REPLY:
		on_reply(t, &message);
		break;
	case TENCENT_BIND_UNBIND_DEVICE:
		tencent_emit(t, PROVD_EV_CLOUD_UNBOUND, NULL);
		break;
	case TENCENT_BIND_INVALID:
		binder->has_bad_message = true;
		PROVD_LOG(t->host, PROVD_LOG_WARN, NULL,
			  "a message of the cloud was not understood, ignoring",
			  provd_f_int("bytes", (int64_t)event->payload.len));
		break;
	case TENCENT_BIND_DEVICE:
	case TENCENT_BIND_OTHER:
		/* bind_device is a legacy echo; the vendor's FAQ says to ignore it. */
		PROVD_LOG(t->host, PROVD_LOG_DEBUG, NULL, "a message of the cloud is not for us",
			  provd_f_int("bytes", (int64_t)event->payload.len));
		break;
	}
}

static void on_published(struct tencent *t, const struct provd_mqtt_event *event)
{
	struct tencent_binder *binder = &t->binder;

	if (event->id != binder->publish_id)
		return;
	if (event->status != 0) {
		stumble(t, event->status, event->text);
		return;
	}
	binder->is_acknowledged = true;
	binder->stage = TENCENT_STAGE_REPLY;
}

static void on_subscribed(struct tencent *t, const struct provd_mqtt_event *event)
{
	if (event->id != t->binder.subscribe_id || t->binder.state != TENCENT_BINDER_SUBSCRIBING)
		return;
	if (event->status != 0)
		stumble(t, event->status,
			event->text != NULL ? event->text
					    : "the broker did not accept the subscription");
	else
		publish(t);
}

/* Did this end of an attempt count for the platform's limit? In doubt it did. */
static bool has_reached(int status)
{
	return status != PROVD_E_NET_DNS && status != PROVD_E_NET_REFUSED &&
	       status != PROVD_E_NET_UNREACHABLE;
}

static void note_reached(struct tencent *t, int status)
{
	if (!has_reached(status))
		return;
	t->binder.has_reached = true;
	t->binder.reached_us = t->host->now_us(t->host);
}

static void on_event(void *user, const struct provd_mqtt_event *event)
{
	struct tencent *t = user;

	switch (event->type) {
	case PROVD_MQTT_CONNECTED:
		note_reached(t, 0);
		on_connected(t);
		break;
	case PROVD_MQTT_FAILED:
		note_reached(t, event->status);
		t->binder.connection = 0;
		stumble(t, event->status, event->text);
		break;
	case PROVD_MQTT_LOST:
		t->binder.connection = 0;
		/* Whatever broke it: a new connection may hold. */
		stumble(t, tencent_is_transient(event->status) ? event->status : PROVD_E_NET_CLOSED,
			event->text);
		break;
	case PROVD_MQTT_SUBSCRIBED:
		on_subscribed(t, event);
		break;
	case PROVD_MQTT_PUBLISHED:
		on_published(t, event);
		break;
	case PROVD_MQTT_MESSAGE:
		on_message(t, event);
		break;
	default:
		break;
	}
}

/* Attempts */

static void attempt(void *user)
{
	struct tencent *t = user;
	struct tencent_binder *binder = &t->binder;
	struct provd_error why = {.size = sizeof(why)};
	int rc;

	binder->timer = 0;
	binder->stage = TENCENT_STAGE_MQTT;
	binder->state = TENCENT_BINDER_CONNECTING;
	binder->publishes = 0;
	binder->is_acknowledged = false;
	binder->times.mqtt_start = wall_ms(t);
	rc = tencent_connect(t, on_event, &binder->connection, &why);
	if (rc != 0)
		stumble(t, rc, why.text[0] != '\0' ? why.text : NULL);
}

static enum tencent_pair_type pair_type(const char *method)
{
	static const struct {
		const char *method;
		enum tencent_pair_type type;
	} rows[] = {
		{"softap", TENCENT_PAIR_SOFTAP},
		{"airkiss", TENCENT_PAIR_AIRKISS},
		{"smartconfig", TENCENT_PAIR_SMARTCONFIG},
		{"simpleconfig", TENCENT_PAIR_SIMPLECONFIG},
		{"btcombo", TENCENT_PAIR_BTCOMBO},
	};

	for (size_t i = 0; method != NULL && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(method, rows[i].method) == 0)
			return rows[i].type;
	}
	return TENCENT_PAIR_UNKNOWN;
}

static void take_request(struct tencent *t, const struct provd_bind_request *request)
{
	struct tencent_binder *binder = &t->binder;

	binder->token = t->host->secret_ref(t->host, request->token);
	memset(&binder->times, 0, sizeof(binder->times));
	binder->times.type = pair_type(request->method);
	binder->times.start = (uint32_t)request->started_ms;
	binder->times.get_ssid = (uint32_t)request->credentials_ms;
	binder->times.wifi_connected = (uint32_t)request->online_ms;
	binder->times.get_token = (uint32_t)request->token_ms;
	binder->client_token[0] = '\0';
	binder->has_bad_message = false;
	binder->failures = 0;
	binder->handshakes = 0;
	binder->clocks = 0;
}

/* Phones say ap-guangzhou where device files say china ([E8] 1.13). */
static const char *region_name(const char *region)
{
	return strcmp(region, "ap-guangzhou") == 0 ? "china" : region;
}

static bool is_region_fault(const struct tencent *t)
{
	return t->options.region_check && t->dialect.claim.region[0] != '\0' &&
	       strcmp(region_name(t->dialect.claim.region), region_name(tencent_store_region(t))) !=
		       0;
}

static int check_request(struct tencent *t, const struct provd_bind_request *request)
{
	struct provd_bytes view = {NULL, 0};
	struct provd_error why = {.size = sizeof(why)};
	int rc = tencent_store_load(t, &why);

	if (rc != 0)
		return rc;
	if (!tencent_store_is_registered(t))
		return PROVD_E_CLOUD_IDENTITY;
	if (t->mqtt == NULL)
		return PROVD_E_NOT_SUPPORTED;
	t->host->secret_view(t->host, request->token, &view);
	if (view.len == 0 || view.len > TENCENT_TOKEN_MAX)
		return PROVD_E_INVALID;
	rc = tencent_bind_topic_down(t->store.identity.product_id, t->store.identity.device_name,
				     t->binder.topic_down, sizeof(t->binder.topic_down));
	return rc < 0 ? rc : 0;
}

int tencent_binder_start(struct tencent *t, uint64_t op, const struct provd_bind_request *request)
{
	struct tencent_binder *binder = &t->binder;
	uint64_t wait;
	int rc = tencent_op_check(t, op);

	if (rc != 0)
		return rc;
	binder->error_code = 0;
	binder->last_code = 0;
	binder->stage = TENCENT_STAGE_MQTT;
	rc = check_request(t, request);
	if (rc != 0)
		return rc;
	t->op.id = op;
	t->op.kind = TENCENT_OP_BIND;
	take_request(t, request);
	if (is_region_fault(t)) {
		end(t, PROVD_E_CLOUD_REGION,
		    "the phone's account and the product are in different regions");
		return 0;
	}
	wait = interval_left_ms(t);
	if (wait != 0)
		attempt_after(t, wait);
	else
		attempt(t);
	return 0;
}
