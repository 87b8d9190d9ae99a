/* SPDX-License-Identifier: Apache-2.0 */
/** @file e2e.h @brief Drives the real program: child process, registration, an MQTT device. */
#ifndef PROVSIM_E2E_H
#define PROVSIM_E2E_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <MQTTAsync.h>
#include <jansson.h>

/** A running provsim. */
struct e2e_child {
	pid_t pid;
	int in;
	int out;
	char buffer[8192];
	size_t size;
};

/** Start provsim with these arguments (NULL at the end, without the program's name). */
void e2e_start(struct e2e_child *child, const char *const *args);

/** The next event of this name, others are skipped; fails the test after 15 s. New reference. */
json_t *e2e_event(struct e2e_child *child, const char *name);

/** Write a line to its stdin. */
void e2e_send(struct e2e_child *child, const char *line);

/** Wait for its end (15 s). @return exit status */
int e2e_wait(struct e2e_child *child);

/** String or number of an event. */
const char *e2e_text(const json_t *event, const char *name);
int e2e_number(const json_t *event, const char *name);

/** POST with the cloud's CA. @param out_answer given, NULL if none @return HTTP status or 0 */
long e2e_post(const json_t *ready, const char *path, const char *const *headers, const char *body,
	      char **out_answer);

/** Product secret from DIR/cloud.json. */
void e2e_product_secret(const json_t *ready, char *out, size_t size);

/** Version 1 registration. @return parsed answer (new reference) or NULL */
json_t *e2e_register(const json_t *ready, const char *device);

/** Decrypted payload of a version 1 answer. New reference. */
json_t *e2e_payload(const json_t *ready, const json_t *answer);

/** An MQTT device. */
struct e2e_device {
	MQTTAsync client;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	int connected; /* 0 not yet, 1 yes, -1 refused, -2 lost */
	bool subscribed;
	char inbox[8][512];
	int received;
	unsigned char key[64];
	size_t key_size;
	char identity[80];
	char client_id[80];
	char topic_up[128];
	char topic_down[128];
};

/** How a device connects; unused parts NULL. */
struct e2e_login {
	const char *scheme; /* "ssl" or "tcp" */
	int port;
	const char *device;
	const char *secret;    /* PSK, base64 */
	const char *cert_file; /* client certificate and key */
	const char *key_file;
	const char *ca_file;
	const char *username;
	const char *password;
};

/** Connect. @return true when the broker let it in */
bool e2e_connect(struct e2e_device *device, const json_t *ready, const struct e2e_login *login);

/** Subscribe and publish a token with clientToken "ct-1". */
void e2e_bind(struct e2e_device *device, const char *token);

/** Wait for message number `index`; NULL after 15 s. */
const char *e2e_message(struct e2e_device *device, int index);

/** Wait until the connection is lost. @return false after 15 s */
bool e2e_wait_lost(struct e2e_device *device);

void e2e_disconnect(struct e2e_device *device);

#endif
