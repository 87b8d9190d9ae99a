/* SPDX-License-Identifier: Apache-2.0 */
#include "net_broker.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "secret/secret.h"

#define TRIES 5

static const uint8_t psk_key[] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
				  0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};

static const char config_text[] = "user root\n"
				  "per_listener_settings true\n"
				  "log_type all\n"
				  "connection_messages true\n"
				  "listener %u 127.0.0.1\n"
				  "allow_anonymous false\n"
				  "password_file %s/passwords\n"
				  "acl_file %s/acl\n"
				  "listener %u 127.0.0.1\n"
				  "allow_anonymous true\n"
				  "psk_hint test\n"
				  "psk_file %s/psk\n"
				  "use_identity_as_username true\n"
				  "listener %u 127.0.0.1\n"
				  "allow_anonymous true\n"
				  "cafile %s/ca.pem\n"
				  "certfile %s/server.pem\n"
				  "keyfile %s/server.key\n"
				  "listener %u 127.0.0.1\n"
				  "allow_anonymous true\n"
				  "cafile %s/ca.pem\n"
				  "certfile %s/server.pem\n"
				  "keyfile %s/server.key\n"
				  "require_certificate true\n";

static int text_write(const char *folder, const char *name, const char *text)
{
	char path[128];
	FILE *out = fopen(net_test_path(path, sizeof(path), folder, name), "w");

	if (!out)
		return -1;
	(void)fputs(text, out);
	return fclose(out);
}

static int files_write(struct net_broker *broker)
{
	const char *dir = broker->folder;
	char text[2048];
	char command[256];
	int len;

	broker->plain = net_test_free_port();
	broker->psk = net_test_free_port();
	broker->cert = net_test_free_port();
	broker->mutual = net_test_free_port();
	len = snprintf(text, sizeof(text), config_text, (unsigned)broker->plain, dir, dir,
		       (unsigned)broker->psk, dir, (unsigned)broker->cert, dir, dir, dir,
		       (unsigned)broker->mutual, dir, dir, dir);
	if (len < 0 || (size_t)len >= sizeof(text))
		return -1;
	(void)snprintf(command, sizeof(command), "mosquitto_passwd -U %s/passwords >/dev/null 2>&1",
		       dir);
	if (text_write(dir, "config", text) || text_write(dir, "passwords", "dev:secret\n") ||
	    text_write(dir, "psk", "dev1:00112233445566778899aabbccddeeff\n") ||
	    text_write(dir, "acl", "user dev\ntopic readwrite #\n"))
		return -1;
	return system(command) ? -1 : 0;
}

/* Reads its log until it says that it runs. */
static int running(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	char text[16384];
	size_t have = 0;
	ssize_t count;

	while (have < sizeof(text) - 1 && poll(&wait, 1, NET_TEST_WAIT_MS) == 1) {
		count = read(fd, text + have, sizeof(text) - 1 - have);
		if (count <= 0)
			return 0;
		have += (size_t)count;
		text[have] = '\0';
		if (strstr(text, " running\n"))
			return 1;
	}
	return 0;
}

static int spawn(struct net_broker *broker)
{
	char path[128];
	int ends[2];

	(void)net_test_path(path, sizeof(path), broker->folder, "config");
	if (pipe(ends))
		return -1;
	broker->pid = fork();
	if (broker->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)dup2(ends[1], STDERR_FILENO);
		(void)dup2(ends[1], STDOUT_FILENO);
		(void)close(ends[0]);
		(void)close(ends[1]);
		(void)execl(PROVD_MOSQUITTO, "mosquitto", "-c", path, (char *)NULL);
		_exit(127);
	}
	(void)close(ends[1]);
	if (broker->pid > 0 && running(ends[0])) {
		/* Nobody reads it from now on; a full pipe must not stop the broker. */
		(void)fcntl(ends[0], F_SETPIPE_SZ, 1 << 20);
		broker->log = ends[0];
		return 0;
	}
	(void)close(ends[0]);
	net_broker_kill(broker);
	return -1;
}

int net_broker_start(struct net_broker *broker)
{
	int i;

	memset(broker, 0, sizeof(*broker));
	broker->log = -1;
	if (net_test_folder(broker->folder, sizeof(broker->folder)) ||
	    net_test_certs(broker->folder))
		return -1;
	/* Somebody else may take a free port before the broker does. */
	for (i = 0; i < TRIES; i++) {
		if (files_write(broker) == 0 && spawn(broker) == 0)
			return 0;
	}
	net_broker_finish(broker);
	return -1;
}

void net_broker_kill(struct net_broker *broker)
{
	if (broker->pid <= 0)
		return;
	(void)kill(broker->pid, SIGKILL);
	(void)waitpid(broker->pid, NULL, 0);
	broker->pid = 0;
}

void net_broker_finish(struct net_broker *broker)
{
	net_broker_kill(broker);
	if (broker->log >= 0)
		(void)close(broker->log);
	broker->log = -1;
	net_test_remove(broker->folder);
}

static void on_event(void *user, const struct provd_mqtt_event *event)
{
	struct net_client *client = user;
	size_t i;

	client->events++;
	client->status = event->status;
	client->sys_code = event->sys_code;
	client->id = event->id;
	(void)snprintf(client->text, sizeof(client->text), "%s", event->text ? event->text : "");
	if (event->topic)
		(void)snprintf(client->topic, sizeof(client->topic), "%s", event->topic);
	if (event->type == PROVD_MQTT_MESSAGE) {
		client->payload_len = event->payload.len;
		client->payload_sum = 0;
		for (i = 0; i < event->payload.len; i++)
			client->payload_sum += event->payload.data[i];
	}
	client->seen_us[event->type] = provd_loop_now_us(client->test.loop);
	client->seen[event->type]++;
	if (client->close_on == (int)event->type)
		provd_mqtt_table.close(client->service, client->connection);
	if (client->destroy_on == (int)event->type) {
		provd_mqtt_service_destroy(client->service);
		client->service = NULL;
	}
}

int net_client_init(struct net_client *client, uint16_t port)
{
	int rc;

	memset(client, 0, sizeof(*client));
	rc = net_test_init(&client->test);
	if (rc)
		return rc;
	client->password = provd_secret_create("secret", 6);
	client->psk = provd_secret_create(psk_key, sizeof(psk_key));
	client->config.size = sizeof(client->config);
	client->config.host = "127.0.0.1"; /* a bare system has no entry for "localhost" */
	client->config.port = port;
	client->config.keep_alive_s = 60;
	client->config.connect_timeout_ms = NET_TEST_WAIT_MS;
	client->config.client_id = "provd-test";
	client->config.username = "dev";
	client->config.password = client->password;
	client->config.on_event = on_event;
	client->config.user = client;
	return provd_mqtt_service_create(client->test.loop, NULL, &client->service);
}

int net_client_init_psk(struct net_client *client, uint16_t port)
{
	int rc = net_client_init(client, port);

	client->config.tls = PROVD_MQTT_TLS_PSK;
	client->config.username = NULL;
	client->config.password = NULL;
	client->config.psk_identity = "dev1";
	client->config.psk = client->psk;
	return rc;
}

int net_client_finish(struct net_client *client)
{
	provd_mqtt_service_destroy(client->service);
	client->service = NULL;
	provd_secret_unref(client->psk);
	provd_secret_unref(client->password);
	return net_test_finish(&client->test);
}

int net_client_open(struct net_client *client)
{
	int before = client->events;
	int rc;
	int i;

	client->begun_us = provd_loop_now_us(client->test.loop);
	rc = provd_mqtt_table.open(client->service, &client->config, &client->connection);
	if (rc)
		return rc;
	memset(client->seen, 0, sizeof(client->seen));
	rc = net_test_wait(&client->test, &client->events, before + 1);
	if (rc)
		return rc;
	for (i = PROVD_MQTT_CONNECTED; i <= PROVD_MQTT_LOST; i++) {
		if (client->seen[i])
			return i;
	}
	return PROVD_E_INTERNAL;
}

int net_client_wait(struct net_client *client, enum provd_mqtt_event_type type, int count)
{
	return net_test_wait(&client->test, &client->seen[type], count);
}
