/* SPDX-License-Identifier: Apache-2.0 */
#include "e2e.h"

#include "cloud/codec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <curl/curl.h>

enum {
	DEADLINE_S = 15
};

void e2e_start(struct e2e_child *child, const char *const *args)
{
	const char *argv[32] = {"provsim"};
	int in[2];
	int out[2];

	memset(child, 0, sizeof(*child));
	for (size_t i = 0; args[i] && i < 30; i++)
		argv[i + 1] = args[i];
	cr_assert_eq(pipe2(in, O_CLOEXEC), 0);
	cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
	child->pid = fork();
	if (child->pid == 0) {
		/* A crashed test must not leave it behind. */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execv(PROVSIM_PROGRAM, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	child->in = in[1];
	child->out = out[0];
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static json_t *next_event(struct e2e_child *child, long long end_ms)
{
	for (;;) {
		char *line = memchr(child->buffer, '\n', child->size);
		struct pollfd fd = {.fd = child->out, .events = POLLIN};
		ssize_t n;

		if (line) {
			size_t size = (size_t)(line - child->buffer);
			json_t *event = json_loadb(child->buffer, size, 0, NULL);

			child->size -= size + 1;
			memmove(child->buffer, line + 1, child->size);
			cr_assert_not_null(event, "stdout is not JSON lines");
			return event;
		}
		if (end_ms <= now_ms() || poll(&fd, 1, (int)(end_ms - now_ms())) <= 0)
			return NULL;
		n = read(child->out, child->buffer + child->size,
			 sizeof(child->buffer) - child->size);
		if (n <= 0)
			return NULL;
		child->size += (size_t)n;
	}
}

json_t *e2e_event(struct e2e_child *child, const char *name)
{
	long long end_ms = now_ms() + DEADLINE_S * 1000;
	json_t *event;

	while ((event = next_event(child, end_ms))) {
		if (strcmp(e2e_text(event, "event"), name) == 0)
			return event;
		json_decref(event);
	}
	kill(child->pid, SIGTERM);
	cr_assert_fail("no event %s", name);
	return NULL;
}

void e2e_send(struct e2e_child *child, const char *line)
{
	size_t size = strlen(line);

	cr_assert_eq(write(child->in, line, size), (ssize_t)size);
	cr_assert_eq(write(child->in, "\n", 1), 1);
}

int e2e_wait(struct e2e_child *child)
{
	long long end_ms = now_ms() + DEADLINE_S * 1000;
	json_t *event;
	int status = -1;

	/* Its stdout ends when it ends. */
	while ((event = next_event(child, end_ms)))
		json_decref(event);
	if (now_ms() >= end_ms)
		kill(child->pid, SIGKILL);
	waitpid(child->pid, &status, 0);
	close(child->in);
	close(child->out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

const char *e2e_text(const json_t *event, const char *name)
{
	const char *text = json_string_value(json_object_get(event, name));

	return text ? text : "";
}

int e2e_number(const json_t *event, const char *name)
{
	return (int)json_integer_value(json_object_get(event, name));
}

struct answer {
	char *text;
	size_t size;
};

static size_t on_body(char *data, size_t one, size_t size, void *user)
{
	struct answer *answer = user;
	char *grown = realloc(answer->text, answer->size + size * one + 1);

	if (!grown)
		return 0;
	memcpy(grown + answer->size, data, size * one);
	answer->text = grown;
	answer->size += size * one;
	grown[answer->size] = '\0';
	return size * one;
}

long e2e_post(const json_t *ready, const char *path, const char *const *headers, const char *body,
	      char **out_answer)
{
	CURL *curl = curl_easy_init();
	struct curl_slist *list = NULL;
	struct answer answer = {0};
	char url[256];
	long status = 0;

	snprintf(url, sizeof(url), "%s%s", e2e_text(ready, "register_url"), path);
	for (size_t i = 0; headers && headers[i]; i++)
		list = curl_slist_append(list, headers[i]);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_CAINFO, e2e_text(ready, "ca_file"));
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)DEADLINE_S);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	if (curl_easy_perform(curl) == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(list);
	curl_easy_cleanup(curl);
	if (status == 0) {
		free(answer.text);
		answer.text = NULL;
	}
	*out_answer = answer.text;
	return status;
}

void e2e_product_secret(const json_t *ready, char *out, size_t size)
{
	char path[512];
	json_t *state;

	snprintf(path, sizeof(path), "%s/cloud.json", e2e_text(ready, "dir"));
	state = json_load_file(path, 0, NULL);
	snprintf(out, size, "%s", e2e_text(state, "product_secret"));
	json_decref(state);
}

json_t *e2e_register(const json_t *ready, const char *device)
{
	struct sim_v1_signed in = {device, e2e_text(ready, "product_id"), 1005258070, 1611299964};
	char secret[80];
	char signature[SIM_SIGNATURE_SIZE];
	char body[512];
	char *answer = NULL;
	json_t *root;

	e2e_product_secret(ready, secret, sizeof(secret));
	sim_v1_signature(secret, &in, signature);
	snprintf(body, sizeof(body),
		 "{\"deviceName\":\"%s\",\"nonce\":1005258070,\"productId\":\"%s\","
		 "\"timestamp\":1611299964,\"signature\":\"%s\"}",
		 device, in.product_id, signature);
	if (e2e_post(ready, "/register/dev", NULL, body, &answer) != 200) {
		free(answer);
		return NULL;
	}
	root = json_loads(answer, 0, NULL);
	free(answer);
	return root;
}

json_t *e2e_payload(const json_t *ready, const json_t *answer)
{
	char secret[80];
	char *plain = NULL;
	json_t *root;

	e2e_product_secret(ready, secret, sizeof(secret));
	cr_assert_eq(sim_payload_decrypt(secret, e2e_text(answer, "payload"),
					 (size_t)e2e_number(answer, "len"), &plain),
		     0);
	root = json_loads(plain, 0, NULL);
	free(plain);
	return root;
}

static void set_state(struct e2e_device *device, int state)
{
	pthread_mutex_lock(&device->mutex);
	device->connected = state;
	pthread_cond_broadcast(&device->cond);
	pthread_mutex_unlock(&device->mutex);
}

static void on_connected(void *context, MQTTAsync_successData *data)
{
	(void)data;
	set_state(context, 1);
}

static void on_refused(void *context, MQTTAsync_failureData *data)
{
	(void)data;
	set_state(context, -1);
}

static void on_lost(void *context, char *cause)
{
	(void)cause;
	set_state(context, -2);
}

static void on_subscribed(void *context, MQTTAsync_successData *data)
{
	struct e2e_device *device = context;

	(void)data;
	pthread_mutex_lock(&device->mutex);
	device->subscribed = true;
	pthread_cond_broadcast(&device->cond);
	pthread_mutex_unlock(&device->mutex);
}

static int on_arrived(void *context, char *topic, int size, MQTTAsync_message *message)
{
	struct e2e_device *device = context;

	(void)size;
	pthread_mutex_lock(&device->mutex);
	if (device->received < 8) {
		snprintf(device->inbox[device->received], sizeof(device->inbox[0]), "%.*s",
			 message->payloadlen, (const char *)message->payload);
		device->received++;
	}
	pthread_cond_broadcast(&device->cond);
	pthread_mutex_unlock(&device->mutex);
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	return 1;
}

static unsigned int on_psk(const char *hint, char *identity, unsigned int identity_max,
			   unsigned char *key, unsigned int key_max, void *context)
{
	struct e2e_device *device = context;

	(void)hint;
	if (device->key_size > key_max)
		return 0;
	snprintf(identity, identity_max, "%s", device->identity);
	memcpy(key, device->key, device->key_size);
	return (unsigned int)device->key_size;
}

/* Wait (mutex held) until `*value` differs from `from`. */
static bool wait_change(struct e2e_device *device, const int *value, int from)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += DEADLINE_S;
	while (*value == from) {
		if (pthread_cond_timedwait(&device->cond, &device->mutex, &end) == ETIMEDOUT)
			return false;
	}
	return true;
}

static void fill_ssl(struct e2e_device *device, const struct e2e_login *login,
		     MQTTAsync_SSLOptions *ssl)
{
	ssl->enableServerCertAuth = login->cert_file ? 1 : 0;
	if (login->cert_file) {
		ssl->trustStore = login->ca_file;
		ssl->keyStore = login->cert_file;
		ssl->privateKey = login->key_file;
		return;
	}
	ssl->disableDefaultTrustStore = 1;
	ssl->sslVersion = MQTT_SSL_VERSION_TLS_1_2;
	ssl->enabledCipherSuites = "PSK-AES128-CBC-SHA";
	ssl->ssl_psk_cb = on_psk;
	ssl->ssl_psk_context = device;
	sim_base64_decode(login->secret, strlen(login->secret), device->key, sizeof(device->key),
			  &device->key_size);
}

bool e2e_connect(struct e2e_device *device, const json_t *ready, const struct e2e_login *login)
{
	MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
	MQTTAsync_SSLOptions ssl = MQTTAsync_SSLOptions_initializer;
	const char *product = e2e_text(ready, "product_id");
	char uri[64];
	bool ok;

	memset(device, 0, sizeof(*device));
	pthread_mutex_init(&device->mutex, NULL);
	pthread_cond_init(&device->cond, NULL);
	snprintf(uri, sizeof(uri), "%s://127.0.0.1:%d", login->scheme, login->port);
	snprintf(device->client_id, sizeof(device->client_id), "%s%s", product, login->device);
	memcpy(device->identity, device->client_id, sizeof(device->identity));
	snprintf(device->topic_up, sizeof(device->topic_up), "$thing/up/service/%s/%s", product,
		 login->device);
	snprintf(device->topic_down, sizeof(device->topic_down), "$thing/down/service/%s/%s",
		 product, login->device);
	cr_assert_eq(MQTTAsync_create(&device->client, uri, device->client_id,
				      MQTTCLIENT_PERSISTENCE_NONE, NULL),
		     0);
	MQTTAsync_setCallbacks(device->client, device, on_lost, on_arrived, NULL);
	options.cleansession = 1;
	options.MQTTVersion = MQTTVERSION_3_1_1;
	options.connectTimeout = DEADLINE_S;
	options.username = login->username;
	options.password = login->password;
	options.onSuccess = on_connected;
	options.onFailure = on_refused;
	options.context = device;
	if (strcmp(login->scheme, "ssl") == 0) {
		fill_ssl(device, login, &ssl);
		options.ssl = &ssl;
	}
	cr_assert_eq(MQTTAsync_connect(device->client, &options), MQTTASYNC_SUCCESS);
	pthread_mutex_lock(&device->mutex);
	wait_change(device, &device->connected, 0);
	ok = device->connected == 1;
	pthread_mutex_unlock(&device->mutex);
	return ok;
}

void e2e_bind(struct e2e_device *device, const char *token)
{
	MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
	char payload[256];
	int n = snprintf(payload, sizeof(payload),
			 "{\"method\":\"app_bind_token\",\"clientToken\":\"ct-1\",\"params\": "
			 "{\"token\":\"%s\"}}",
			 token);
	struct timespec end;

	options.onSuccess = on_subscribed;
	options.context = device;
	cr_assert_eq(MQTTAsync_subscribe(device->client, device->topic_down, 0, &options),
		     MQTTASYNC_SUCCESS);
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += DEADLINE_S;
	pthread_mutex_lock(&device->mutex);
	while (!device->subscribed &&
	       pthread_cond_timedwait(&device->cond, &device->mutex, &end) == 0)
		;
	pthread_mutex_unlock(&device->mutex);
	cr_assert_eq(MQTTAsync_send(device->client, device->topic_up, n, payload, 1, 0, NULL),
		     MQTTASYNC_SUCCESS);
}

const char *e2e_message(struct e2e_device *device, int index)
{
	bool ok = true;

	pthread_mutex_lock(&device->mutex);
	while (ok && device->received <= index)
		ok = wait_change(device, &device->received, device->received);
	pthread_mutex_unlock(&device->mutex);
	return ok ? device->inbox[index] : NULL;
}

bool e2e_wait_lost(struct e2e_device *device)
{
	bool ok;

	pthread_mutex_lock(&device->mutex);
	ok = wait_change(device, &device->connected, 1);
	pthread_mutex_unlock(&device->mutex);
	return ok;
}

void e2e_disconnect(struct e2e_device *device)
{
	MQTTAsync_destroy(&device->client);
	pthread_cond_destroy(&device->cond);
	pthread_mutex_destroy(&device->mutex);
}
