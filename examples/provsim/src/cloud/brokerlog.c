/* SPDX-License-Identifier: Apache-2.0 */
#include "brokerlog.h"

#include "../common/common.h"

#include <string.h>

/* "A.B.C.D:PORT" at `text`, ended by a blank: the port, or -1. */
static int port_before_blank(const char *text)
{
	size_t size = strcspn(text, " ");
	char word[64];
	const char *colon;
	long port;

	if (size >= sizeof(word))
		return -1;
	memcpy(word, text, size);
	word[size] = '\0';
	colon = strrchr(word, ':');
	if (!colon || sim_parse_long(colon + 1, 1, 65535, &port) != 0)
		return -1;
	return (int)port;
}

static void copy_until(const char *text, const char *end, char *out, size_t out_size)
{
	size_t size = (size_t)(end - text);

	if (size >= out_size)
		size = out_size - 1;
	memcpy(out, text, size);
	out[size] = '\0';
}

static void parse_accepted(const char *text, struct sim_log_event *event)
{
	static const char middle[] = " on port ";
	const char *port = strstr(text, middle);
	long number;
	char word[16];

	event->peer_port = port_before_blank(text);
	if (!port || event->peer_port < 0)
		return;
	port += strlen(middle);
	copy_until(port, port + strcspn(port, "."), word, sizeof(word));
	if (sim_parse_long(word, 1, 65535, &number) != 0)
		return;
	event->local_port = (int)number;
	event->kind = SIM_LOG_ACCEPTED;
}

static void parse_connected(const char *text, struct sim_log_event *event)
{
	const char *id = strstr(text, " as ");
	const char *end = id ? strstr(id, " (") : NULL;
	const char *user = end ? strstr(end, "u'") : NULL;

	event->peer_port = port_before_blank(text);
	if (!end || event->peer_port < 0)
		return;
	copy_until(id + 4, end, event->client_id, sizeof(event->client_id));
	if (user) {
		const char *quote = strrchr(user + 2, '\'');

		if (quote)
			copy_until(user + 2, quote, event->username, sizeof(event->username));
	}
	event->kind = SIM_LOG_CONNECTED;
}

void sim_brokerlog_parse(const char *line, struct sim_log_event *out_event)
{
	static const char accepted[] = "New connection from ";
	static const char connected[] = "New client connected from ";
	const char *text = strstr(line, ": ");

	memset(out_event, 0, sizeof(*out_event));
	text = text ? text + 2 : line;
	if (strncmp(text, accepted, strlen(accepted)) == 0)
		parse_accepted(text + strlen(accepted), out_event);
	else if (strncmp(text, connected, strlen(connected)) == 0)
		parse_connected(text + strlen(connected), out_event);
	else if (strncmp(text, "mosquitto version ", 18) == 0 && strstr(text, " running"))
		out_event->kind = SIM_LOG_RUNNING;
	else if (strncmp(text, "Reloading config", 16) == 0)
		out_event->kind = SIM_LOG_RELOADED;
	else if (strstr(line, "Address already in use"))
		out_event->kind = SIM_LOG_PORT_TAKEN;
	else if (strstr(text, "psk identity not found"))
		out_event->kind = SIM_LOG_UNKNOWN_PSK;
	else if (strncmp(text, "OpenSSL Error", 13) == 0)
		out_event->kind = SIM_LOG_TLS_ERROR;
}
