/* SPDX-License-Identifier: Apache-2.0 */
#include "provctl.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define INTERFACE "io.provd.Provisioning"

/** Longest answer; a timeline of some ten thousand entries. */
#define ANSWER_MAX 16777216u

/** How long an answer may take. */
#define ANSWER_TIMEOUT_MS 30000

int provctl_connect(struct provctl_client *client, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const size_t len = strlen(path);

	memset(client, 0, sizeof(*client));
	client->fd = -1;
	if (!len || len >= sizeof(address.sun_path)) {
		fprintf(stderr, "provctl: the socket's path must have 1 to %zu bytes\n",
			sizeof(address.sun_path) - 1);
		return EXIT_UNREACHABLE;
	}
	memcpy(address.sun_path, path, len);
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd >= 0 &&
	    !connect(client->fd, (const struct sockaddr *)&address, sizeof(address)))
		return EXIT_DONE;
	fprintf(stderr, "provctl: cannot reach the daemon at %s: %s%s\n", path,
		strerrordesc_np(errno),
		errno == ENOENT || errno == ECONNREFUSED ? "; is provd running?"
		: errno == EACCES			 ? "; root or the control group may"
							 : "");
	return EXIT_UNREACHABLE;
}

void provctl_disconnect(struct provctl_client *client)
{
	if (client->fd >= 0)
		(void)close(client->fd);
	client->fd = -1;
	free(client->buf);
	client->buf = NULL;
}

/** Writes all. @return 0 or -1 with errno */
static int write_all(int fd, const char *bytes, size_t len)
{
	size_t done = 0;
	ssize_t now;

	while (done < len) {
		now = send(fd, bytes + done, len - done, MSG_NOSIGNAL);
		if (now < 0 && errno != EINTR)
			return -1;
		if (now > 0)
			done += (size_t)now;
	}
	return 0;
}

int provctl_send(struct provctl_client *client, const char *method, json_t *parameters, int more)
{
	json_t *call = NULL;
	char *text = NULL;
	char name[128];
	int len = snprintf(name, sizeof(name), INTERFACE ".%s", method);
	int result = EXIT_UNREACHABLE;

	if (len > 0 && (size_t)len < sizeof(name))
		call = json_pack("{s:s,s:O*}", "method", name, "parameters", parameters);
	json_decref(parameters);
	if (call && more && json_object_set_new(call, "more", json_true()))
		goto out;
	text = call ? json_dumps(call, JSON_COMPACT) : NULL;
	if (!text)
		goto out;
	/* a daemon that refuses a client may have closed already; its reason can still be read */
	if (!write_all(client->fd, text, strlen(text) + 1) || errno == EPIPE)
		result = EXIT_DONE;
out:
	if (result != EXIT_DONE)
		fprintf(stderr, "provctl: cannot send the call\n");
	free(text);
	json_decref(call);
	return result;
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/** Takes a complete message out of the buffer. @return 1, 0 none is complete, -1 nonsense */
static int take(struct provctl_client *client, json_t **out_message)
{
	const char *end = client->len ? memchr(client->buf, 0, client->len) : NULL;
	json_t *message;
	size_t len;

	if (!end)
		return 0;
	len = (size_t)(end - client->buf);
	message = json_loadb(client->buf, len, JSON_REJECT_DUPLICATES, NULL);
	client->len -= len + 1;
	memmove(client->buf, end + 1, client->len);
	if (!json_is_object(message)) {
		json_decref(message);
		fprintf(stderr, "provctl: the daemon's answer is not understood\n");
		return -1;
	}
	*out_message = message;
	return 1;
}

/** Reads what is there. @return 0 or -1 (printed) */
static int fill(struct provctl_client *client)
{
	size_t cap = client->cap ? client->cap * 2 : 4096;
	char *grown;
	ssize_t got;

	if (client->len == client->cap) {
		grown = cap <= ANSWER_MAX ? realloc(client->buf, cap) : NULL;
		if (!grown) {
			fprintf(stderr, "provctl: the daemon's answer is too long\n");
			return -1;
		}
		client->buf = grown;
		client->cap = cap;
	}
	got = recv(client->fd, client->buf + client->len, client->cap - client->len, 0);
	if (got > 0)
		client->len += (size_t)got;
	if (got > 0 || (got < 0 && errno == EINTR))
		return 0;
	fprintf(stderr, "provctl: the daemon closed the connection\n");
	return -1;
}

int provctl_receive(struct provctl_client *client, int timeout_ms, json_t **out_message)
{
	const int64_t until = now_ms() + timeout_ms;
	struct pollfd state = {.fd = client->fd, .events = POLLIN};
	int64_t left;
	int status = take(client, out_message);

	while (!status) {
		left = timeout_ms < 0 ? -1 : until - now_ms();
		if (timeout_ms >= 0 && left < 0)
			left = 0;
		status = poll(&state, 1, (int)left);
		if (!status)
			return 0;
		if (status > 0 && fill(client))
			return -1;
		/* poll failed: a signal, for nothing else can */
		status = take(client, out_message);
	}
	return status;
}

/** Prints the sentence for a known error of the interface. @return 1 when it is one */
static int explain(const char *name, const json_t *parameters)
{
	if (!strcmp(name, "AlreadyRunning"))
		fprintf(stderr,
			"session %" JSON_INTEGER_FORMAT " is running already; end it with "
			"'provctl stop'",
			provctl_int(parameters, "session"));
	else if (!strcmp(name, "NotRunning"))
		fputs("no session is running", stderr);
	else if (!strcmp(name, "UnknownSession"))
		fprintf(stderr, "session %" JSON_INTEGER_FORMAT " is not known",
			provctl_int(parameters, "session"));
	else if (!strcmp(name, "UnknownMethod"))
		fputs("this method is not configured (see 'provctl status'): ", stderr);
	else if (!strcmp(name, "Unavailable"))
		fputs("not available: ", stderr);
	else if (!strcmp(name, "PermissionDenied"))
		fputs("permission denied: only root, the daemon's user and its control group may ",
		      stderr);
	else
		return 0;
	provctl_put(stderr, provctl_text(parameters, "method"));
	provctl_put(stderr, provctl_text(parameters, "reason"));
	return 1;
}

int provctl_check(const json_t *message)
{
	const char *error = json_string_value(json_object_get(message, "error"));
	const json_t *parameters = json_object_get(message, "parameters");
	char *details;

	if (!error)
		return EXIT_DONE;
	fputs("provctl: ", stderr);
	if (strncmp(error, INTERFACE ".", strlen(INTERFACE ".")) != 0 ||
	    !explain(error + strlen(INTERFACE "."), parameters)) {
		details = json_dumps(parameters, JSON_COMPACT | JSON_ENCODE_ANY);
		provctl_put(stderr, error);
		fputc(' ', stderr);
		provctl_put(stderr, details ? details : "");
		free(details);
	}
	fputc('\n', stderr);
	return EXIT_REFUSED;
}

int provctl_ask(struct provctl_client *client, const char *method, json_t *parameters,
		json_t **out_reply)
{
	json_t *message = NULL;
	int result = provctl_send(client, method, parameters, 0);
	int got;

	if (result)
		return result;
	got = provctl_receive(client, ANSWER_TIMEOUT_MS, &message);
	if (!got)
		fprintf(stderr, "provctl: the daemon did not answer within %d s\n",
			ANSWER_TIMEOUT_MS / 1000);
	result = got == 1 ? provctl_check(message) : EXIT_UNREACHABLE;
	if (!result)
		*out_reply = message;
	else
		json_decref(message);
	return result;
}

int provctl_call(const struct provctl_options *options, const char *method, json_t *parameters,
		 json_t **out_reply)
{
	struct provctl_client client;
	int result = provctl_connect(&client, options->socket);

	if (result)
		json_decref(parameters);
	else
		result = provctl_ask(&client, method, parameters, out_reply);
	if (!result && options->json)
		provctl_print_json(json_object_get(*out_reply, "parameters"));
	provctl_disconnect(&client);
	return result;
}
