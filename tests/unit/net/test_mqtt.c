/* SPDX-License-Identifier: Apache-2.0 */
#include "net_broker.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/mqtt_internal.h"
#include "secret/secret.h"

struct fixture {
	struct net_broker broker;
	struct net_client client;
};

static void begin(struct fixture *fx)
{
	cr_assert_eq(net_broker_start(&fx->broker), 0);
	cr_assert_eq(net_client_init(&fx->client, fx->broker.plain), 0);
}

static void end(struct fixture *fx)
{
	cr_expect_eq(net_client_finish(&fx->client), 0);
	net_broker_finish(&fx->broker);
}

Test(net_mqtt, subscribe_publish_receive, .timeout = 60)
{
	struct fixture fx;
	uint64_t id = 0;

	begin(&fx);
	cr_assert_eq(net_client_open(&fx.client), PROVD_MQTT_CONNECTED, "%s", fx.client.text);
	cr_assert_eq(
		provd_mqtt_table.subscribe(fx.client.service, fx.client.connection, "a/+", 1, &id),
		0);
	cr_assert_eq(net_client_wait(&fx.client, PROVD_MQTT_SUBSCRIBED, 1), 0);
	cr_expect_eq(fx.client.id, id);
	cr_expect_eq(fx.client.status, 0);
	cr_assert_eq(provd_mqtt_table.publish(fx.client.service, fx.client.connection, "a/b",
					      (const uint8_t *)"\x01\x02\x03", 3, 1, &id),
		     0);
	cr_assert_eq(net_client_wait(&fx.client, PROVD_MQTT_PUBLISHED, 1), 0);
	cr_assert_eq(net_client_wait(&fx.client, PROVD_MQTT_MESSAGE, 1), 0);
	cr_expect_str_eq(fx.client.topic, "a/b");
	cr_expect_eq(fx.client.payload_len, 3);
	cr_expect_eq(fx.client.payload_sum, 6);
	cr_assert_eq(provd_mqtt_table.publish(fx.client.service, fx.client.connection, "a/b", NULL,
					      0, 0, &id),
		     0);
	cr_assert_eq(net_client_wait(&fx.client, PROVD_MQTT_MESSAGE, 2), 0);
	cr_expect_eq(fx.client.payload_len, 0);
	cr_expect_eq(provd_mqtt_service_active(fx.client.service), 1);
	provd_mqtt_table.close(fx.client.service, fx.client.connection);
	cr_expect_eq(provd_mqtt_service_active(fx.client.service), 0);
	cr_expect_eq(provd_mqtt_table.publish(fx.client.service, fx.client.connection, "a", NULL, 0,
					      0, &id),
		     PROVD_E_NOT_FOUND);
	provd_mqtt_table.close(fx.client.service, fx.client.connection);
	provd_mqtt_table.close(fx.client.service, 0);
	end(&fx);
}

static void refuse_trace(enum MQTTASYNC_TRACE_LEVELS level, char *message)
{
	(void)message;
	cr_expect_geq((int)level, (int)MQTTASYNC_TRACE_ERROR);
}

/* Paho's threads write to its trace ring while they end, after the ring was given back; what they
 * then make anew, 125 kB, nobody frees. So they must have nothing to write. */
Test(net_mqtt, paho_traces_nothing, .timeout = 60)
{
	struct fixture fx;

	begin(&fx);
	cr_assert_eq(net_client_open(&fx.client), PROVD_MQTT_CONNECTED, "%s", fx.client.text);
	/* Now, after the heading that it always writes. */
	MQTTAsync_setTraceCallback(refuse_trace);
	provd_mqtt_table.close(fx.client.service, fx.client.connection);
	end(&fx);
}

Test(net_mqtt, large_payload, .timeout = 60)
{
	struct fixture fx;
	uint8_t *big = malloc(PROVD_MQTT_PAYLOAD_MAX + 1);
	uint64_t id = 0;

	cr_assert_not_null(big);
	memset(big, 1, PROVD_MQTT_PAYLOAD_MAX + 1);
	begin(&fx);
	cr_assert_eq(net_client_open(&fx.client), PROVD_MQTT_CONNECTED, "%s", fx.client.text);
	cr_assert_eq(
		provd_mqtt_table.subscribe(fx.client.service, fx.client.connection, "big", 1, &id),
		0);
	cr_assert_eq(net_client_wait(&fx.client, PROVD_MQTT_SUBSCRIBED, 1), 0);
	cr_expect_eq(provd_mqtt_table.publish(fx.client.service, fx.client.connection, "big", big,
					      PROVD_MQTT_PAYLOAD_MAX + 1, 1, &id),
		     PROVD_E_LIMIT);
	cr_assert_eq(provd_mqtt_table.publish(fx.client.service, fx.client.connection, "big", big,
					      PROVD_MQTT_PAYLOAD_MAX, 1, &id),
		     0);
	free(big);
	cr_assert_eq(net_client_wait(&fx.client, PROVD_MQTT_MESSAGE, 1), 0);
	cr_expect_eq(fx.client.payload_len, PROVD_MQTT_PAYLOAD_MAX);
	cr_expect_eq(fx.client.payload_sum, PROVD_MQTT_PAYLOAD_MAX);
	end(&fx);
}

Test(net_mqtt, wrong_password, .timeout = 60)
{
	struct fixture fx;
	struct provd_secret *wrong = provd_secret_create("wrong", 5);

	begin(&fx);
	fx.client.config.password = wrong;
	cr_expect_eq(net_client_open(&fx.client), PROVD_MQTT_FAILED);
	/* mosquitto says 5 for a wrong password, other brokers 4. */
	cr_expect_eq(fx.client.status, PROVD_E_MQTT_NOT_AUTHORIZED, "%d", fx.client.status);
	cr_expect_eq(fx.client.sys_code, 5);
	cr_expect_neq(fx.client.text[0], '\0');
	cr_expect_null(strstr(fx.client.text, "wrong"));
	cr_expect_eq(provd_mqtt_service_active(fx.client.service), 0);
	provd_secret_unref(wrong);
	end(&fx);
}

Test(net_mqtt, refused_port, .timeout = 60)
{
	struct net_client client;

	cr_assert_eq(net_client_init(&client, net_test_free_port()), 0);
	cr_expect_eq(net_client_open(&client), PROVD_MQTT_FAILED);
	cr_expect_eq(client.status, PROVD_E_NET_REFUSED, "%d %s", client.status, client.text);
	cr_expect_eq(net_client_finish(&client), 0);
}

Test(net_mqtt, unknown_name, .timeout = 60)
{
	struct net_client client;

	cr_assert_eq(net_client_init(&client, 1883), 0);
	client.config.host = "no-such-host.invalid";
	cr_expect_eq(net_client_open(&client), PROVD_MQTT_FAILED);
	cr_expect_eq(client.status, PROVD_E_NET_DNS, "%d %s", client.status, client.text);
	cr_expect_not_null(strstr(client.text, ": no-such-host.invalid"), "%s", client.text);
	cr_expect(strncmp(client.text, "no such name", 12) == 0 ||
			  strncmp(client.text, "the name server", 15) == 0,
		  "%s", client.text);
	cr_expect_eq(net_client_finish(&client), 0);
}

Test(net_mqtt, a_listener_that_never_answers, .timeout = 60)
{
	struct net_client client;
	uint16_t port = 0;
	int fd = net_test_listen(&port);

	cr_assert_geq(fd, 0);
	cr_assert_eq(net_client_init(&client, port), 0);
	client.config.connect_timeout_ms = 300;
	cr_expect_eq(net_client_open(&client), PROVD_MQTT_FAILED);
	cr_expect_eq(client.status, PROVD_E_TIMEOUT);
	cr_expect_geq(client.seen_us[PROVD_MQTT_FAILED] - client.begun_us, 290000);
	(void)close(fd);
	cr_expect_eq(net_client_finish(&client), 0);
}

Test(net_mqtt, broker_killed, .timeout = 60)
{
	struct fixture fx;
	int events;

	begin(&fx);
	cr_assert_eq(net_client_open(&fx.client), PROVD_MQTT_CONNECTED, "%s", fx.client.text);
	net_broker_kill(&fx.broker);
	cr_assert_eq(net_client_wait(&fx.client, PROVD_MQTT_LOST, 1), 0);
	cr_expect_eq(fx.client.status, PROVD_E_NET_CLOSED);
	cr_expect_eq(provd_mqtt_service_active(fx.client.service), 0, "it is gone by itself");
	events = fx.client.events;
	provd_mqtt_table.close(fx.client.service, fx.client.connection);
	net_test_run_for(&fx.client.test, 50);
	cr_expect_eq(fx.client.events, events);
	end(&fx);
}

Test(net_mqtt, close_in_each_phase, .timeout = 60)
{
	struct fixture fx;
	uint64_t id = 0;
	uint64_t ms;

	begin(&fx);
	/* Resolving, connecting, waiting for CONNACK, connected: wherever these times hit. */
	for (ms = 0; ms < 24; ms += 3) {
		cr_assert_eq(provd_mqtt_table.open(fx.client.service, &fx.client.config,
						   &fx.client.connection),
			     0);
		if (ms)
			net_test_run_for(&fx.client.test, ms);
		provd_mqtt_table.close(fx.client.service, fx.client.connection);
		fx.client.events = 0;
		net_test_run_for(&fx.client.test, 30);
		cr_expect_eq(fx.client.events, 0, "after %d ms", (int)ms);
	}
	fx.client.close_on = PROVD_MQTT_CONNECTED;
	cr_assert_eq(net_client_open(&fx.client), PROVD_MQTT_CONNECTED, "%s", fx.client.text);
	cr_expect_eq(provd_mqtt_service_active(fx.client.service), 0);
	fx.client.close_on = 0;
	cr_assert_eq(net_client_open(&fx.client), PROVD_MQTT_CONNECTED, "%s", fx.client.text);
	cr_assert_eq(
		provd_mqtt_table.subscribe(fx.client.service, fx.client.connection, "a", 1, &id),
		0);
	provd_mqtt_table.close(fx.client.service, fx.client.connection);
	fx.client.events = 0;
	net_test_run_for(&fx.client.test, 50);
	cr_expect_eq(fx.client.events, 0);
	end(&fx);
}

Test(net_mqtt, destroy_inside_the_callback, .timeout = 60)
{
	struct fixture fx;

	begin(&fx);
	fx.client.destroy_on = PROVD_MQTT_CONNECTED;
	cr_assert_eq(net_client_open(&fx.client), PROVD_MQTT_CONNECTED, "%s", fx.client.text);
	end(&fx);
}

Test(net_mqtt, destroy_while_connecting, .timeout = 60)
{
	struct fixture fx;

	begin(&fx);
	cr_assert_eq(
		provd_mqtt_table.open(fx.client.service, &fx.client.config, &fx.client.connection),
		0);
	end(&fx);
}

Test(net_mqtt, nothing_leaks_over_twenty_connections, .timeout = 100)
{
	struct fixture fx;
	int before;
	int i;

	begin(&fx);
	before = net_test_fds();
	for (i = 0; i < 20; i++) {
		cr_assert_eq(net_client_open(&fx.client), PROVD_MQTT_CONNECTED, "%s",
			     fx.client.text);
		provd_mqtt_table.close(fx.client.service, fx.client.connection);
	}
	/* The pool is still at work on the last one. */
	for (i = 0; i < NET_TEST_WAIT_MS / 50 && net_test_fds() > before; i++)
		net_test_run_for(&fx.client.test, 50);
	cr_expect_leq(net_test_fds(), before);
	end(&fx);
}

Test(net_mqtt, two_connections_at_once, .timeout = 60)
{
	struct fixture fx;
	struct net_client other;
	uint64_t id = 0;

	begin(&fx);
	cr_assert_eq(net_client_open(&fx.client), PROVD_MQTT_CONNECTED, "%s", fx.client.text);
	cr_assert_eq(net_client_init(&other, fx.broker.plain), 0);
	other.config.client_id = "provd-other";
	cr_assert_eq(net_client_open(&other), PROVD_MQTT_CONNECTED, "%s", other.text);
	cr_assert_eq(
		provd_mqtt_table.subscribe(fx.client.service, fx.client.connection, "x", 0, &id),
		0);
	cr_assert_eq(net_client_wait(&fx.client, PROVD_MQTT_SUBSCRIBED, 1), 0);
	cr_assert_eq(provd_mqtt_table.publish(other.service, other.connection, "x",
					      (const uint8_t *)"1", 1, 0, &id),
		     0);
	cr_assert_eq(net_client_wait(&fx.client, PROVD_MQTT_MESSAGE, 1), 0);
	cr_expect_eq(net_client_finish(&other), 0);
	end(&fx);
}

Test(net_mqtt, calls_are_checked, .timeout = 60)
{
	struct net_client client;
	struct provd_mqtt_config config;
	uint64_t id = 0;
	uint16_t port = 0;
	int fd = net_test_listen(&port);

	cr_assert_eq(net_client_init(&client, port), 0);
	cr_assert_eq(provd_mqtt_table.open(client.service, &client.config, &client.connection), 0);
	cr_expect_eq(provd_mqtt_table.subscribe(client.service, client.connection, "a", 0, &id),
		     PROVD_E_STATE);
	cr_expect_eq(
		provd_mqtt_table.publish(client.service, client.connection, "a", NULL, 0, 0, &id),
		PROVD_E_STATE);
	config = client.config;
	config.host = "";
	cr_expect_eq(provd_mqtt_table.open(client.service, &config, &id), PROVD_E_INVALID);
	config = client.config;
	config.port = 65536;
	cr_expect_eq(provd_mqtt_table.open(client.service, &config, &id), PROVD_E_INVALID);
	config = client.config;
	config.username = NULL;
	cr_expect_eq(provd_mqtt_table.open(client.service, &config, &id), PROVD_E_INVALID);
	config = client.config;
	config.tls = PROVD_MQTT_TLS_PSK;
	cr_expect_eq(provd_mqtt_table.open(client.service, &config, &id), PROVD_E_INVALID);
	config = client.config;
	config.on_event = NULL;
	cr_expect_eq(provd_mqtt_table.open(client.service, &config, &id), PROVD_E_INVALID);
	(void)close(fd);
	cr_expect_eq(net_client_finish(&client), 0);
}

Test(net_mqtt_map, codes)
{
	cr_expect_eq(provd__mqtt_connack_code(0), 0);
	cr_expect_eq(provd__mqtt_connack_code(1), PROVD_E_MQTT_PROTOCOL);
	cr_expect_eq(provd__mqtt_connack_code(2), PROVD_E_MQTT_IDENTIFIER);
	cr_expect_eq(provd__mqtt_connack_code(3), PROVD_E_MQTT_UNAVAILABLE);
	cr_expect_eq(provd__mqtt_connack_code(4), PROVD_E_MQTT_CREDENTIALS);
	cr_expect_eq(provd__mqtt_connack_code(5), PROVD_E_MQTT_NOT_AUTHORIZED);
	cr_expect_eq(provd__mqtt_connack_code(99), PROVD_E_MQTT_PROTOCOL);
	cr_expect_eq(provd__mqtt_tls_code("x:certificate verify failed:y"), PROVD_E_TLS_UNTRUSTED);
	cr_expect_eq(provd__mqtt_tls_code("alert unknown psk identity"), PROVD_E_TLS_HANDSHAKE);
	cr_expect_eq(provd__mqtt_call_code(MQTTASYNC_SUCCESS), 0);
	cr_expect_eq(provd__mqtt_call_code(MQTTASYNC_DISCONNECTED), PROVD_E_STATE);
	cr_expect_eq(provd__mqtt_call_code(MQTTASYNC_BAD_UTF8_STRING), PROVD_E_INVALID);
}
