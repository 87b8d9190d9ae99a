/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud.h"
#include "register.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include <microhttpd.h>
#include <openssl/crypto.h>

enum {
	BODY_MAX = 16384
};

enum phase {
	PHASE_READING,
	PHASE_WAITING,	/* suspended: for a timer or for the broker's keys */
	PHASE_DECIDING, /* register-slow is over */
	PHASE_READY,
	PHASE_DROP
};

/* One HTTP request. Freed when libmicrohttpd and the outstanding wait are both done with it. */
struct exchange {
	struct sim_gateway *gateway;
	struct exchange *next;
	struct MHD_Connection *connection;
	uv_timer_t timer;
	enum phase phase;
	int version;
	unsigned int status;
	char *answer;
	char retry_after[16]; /* seconds; empty: no such header */
	json_t *event;	      /* told when the answer goes out */
	uint64_t begin_ns;
	size_t body_size;
	bool too_large;
	bool drop_after;
	bool suspended;
	bool gone;    /* libmicrohttpd has completed it */
	bool waiting; /* a callback will come */
	bool timer_closed;
	char body[BODY_MAX];
};

struct sim_gateway {
	struct sim_cloud *cloud;
	struct MHD_Daemon *daemon;
	uv_poll_t poll;
	uv_timer_t timer;
	struct exchange *exchanges;
	int port;
	int handles_open;
};

static void pump(struct sim_gateway *gateway);

static void on_timer(uv_timer_t *timer)
{
	pump(timer->data);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	pump(poll->data);
}

static void pump(struct sim_gateway *gateway)
{
	MHD_UNSIGNED_LONG_LONG wait_ms;

	if (!gateway->daemon)
		return;
	MHD_run(gateway->daemon);
	if (MHD_get_timeout(gateway->daemon, &wait_ms) == MHD_YES)
		uv_timer_start(&gateway->timer, on_timer, wait_ms, 0);
	else
		uv_timer_stop(&gateway->timer);
}

static void free_gateway_if_done(struct sim_gateway *gateway)
{
	if (gateway->handles_open == 0 && !gateway->exchanges)
		free(gateway);
}

static void free_if_done(struct exchange *exchange)
{
	struct sim_gateway *gateway = exchange->gateway;

	if (!exchange->gone || exchange->waiting || !exchange->timer_closed)
		return;
	for (struct exchange **at = &gateway->exchanges; *at; at = &(*at)->next) {
		if (*at == exchange) {
			*at = exchange->next;
			break;
		}
	}
	free(exchange->answer);
	json_decref(exchange->event);
	OPENSSL_cleanse(exchange->body, sizeof(exchange->body));
	free(exchange);
	free_gateway_if_done(gateway);
}

static void on_exchange_timer_closed(uv_handle_t *handle)
{
	struct exchange *exchange = handle->data;

	exchange->timer_closed = true;
	free_if_done(exchange);
}

static void wait_begin(struct exchange *exchange)
{
	exchange->phase = PHASE_WAITING;
	exchange->waiting = true;
	exchange->suspended = true;
	MHD_suspend_connection(exchange->connection);
}

static void wait_end(struct exchange *exchange, enum phase phase)
{
	exchange->waiting = false;
	exchange->phase = phase;
	if (exchange->gone) {
		free_if_done(exchange);
		return;
	}
	if (exchange->suspended) {
		exchange->suspended = false;
		MHD_resume_connection(exchange->connection);
		pump(exchange->gateway);
	}
}

static void on_keys_taken(void *arg)
{
	struct exchange *exchange = arg;

	wait_end(exchange, exchange->drop_after ? PHASE_DROP : PHASE_READY);
}

static void on_slow_over(uv_timer_t *timer)
{
	wait_end(timer->data, PHASE_DECIDING);
}

static void answer_text(struct exchange *exchange, unsigned int status, char *text)
{
	exchange->status = status;
	exchange->answer = text;
	exchange->phase = text ? PHASE_READY : PHASE_DROP;
}

static void answer_throttled(struct exchange *exchange, long seconds)
{
	snprintf(exchange->retry_after, sizeof(exchange->retry_after), "%ld", seconds);
	answer_text(exchange, MHD_HTTP_TOO_MANY_REQUESTS, strdup("{\"message\":\"simulated\"}"));
}

static const char *header(const struct exchange *exchange, const char *name)
{
	return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

static void tell_refused(const struct exchange *exchange, const char *device, int code,
			 const char *message)
{
	sim_emit(&exchange->gateway->cloud->out,
		 json_pack("{s:s, s:i, s:s, s:i, s:s}", "event", "register_refused", "version",
			   exchange->version, "device", device, "code", code, "message", message));
}

static void note_registered(struct exchange *exchange, const struct sim_register_result *result)
{
	struct sim_cloud *cloud = exchange->gateway->cloud;
	const struct sim_device *device = sim_registry_find(&cloud->registry, result->device_name);
	json_t *event = json_pack("{s:s, s:i, s:s, s:s, s:s}", "event", "register", "version",
				  exchange->version, "device", result->device_name, "type",
				  cloud->registry.cert ? "cert" : "psk", "time", result->renewed);

	if (cloud->options.show_secrets && !cloud->registry.cert && device)
		json_object_set_new(event, "secret", json_string(device->secret));
	exchange->event = event;
}

static void tell_registered(struct exchange *exchange)
{
	if (!exchange->event)
		return;
	json_object_set_new(exchange->event, "ms",
			    json_real((double)(uv_hrtime() - exchange->begin_ns) / 1e6));
	sim_emit(&exchange->gateway->cloud->out, exchange->event);
	exchange->event = NULL;
}

/* Faults that answer without looking at the request. @return true if one did */
static bool blind_fault(struct exchange *exchange)
{
	struct sim_cloud *cloud = exchange->gateway->cloud;
	long value;

	if (sim_cloud_fault(cloud, SIM_FAULT_REGISTER_CLOSE, NULL))
		exchange->phase = PHASE_DROP;
	else if (sim_cloud_fault(cloud, SIM_FAULT_REGISTER_HTTP, &value))
		answer_text(exchange, (unsigned int)value, strdup("{\"message\":\"simulated\"}"));
	else if (sim_cloud_fault(cloud, SIM_FAULT_REGISTER_THROTTLE, &value))
		answer_throttled(exchange, value);
	else if (sim_cloud_fault(cloud, SIM_FAULT_REGISTER_GARBAGE, NULL))
		answer_text(exchange, MHD_HTTP_OK, strdup("<html>not what you expected"));
	else if (sim_cloud_fault(cloud, SIM_FAULT_REGISTER_CODE, &value))
		answer_text(exchange, MHD_HTTP_OK,
			    sim_register_answer(&cloud->registry, exchange->version, (int)value,
						value == SIM_CODE_SIGNATURE
							? "Check signature failed"
							: "Simulated failure",
						NULL, false));
	else
		return false;
	return true;
}

static void finish_registration(struct exchange *exchange)
{
	struct sim_cloud *cloud = exchange->gateway->cloud;

	if (sim_cloud_fault(cloud, SIM_FAULT_REGISTER_LOST, NULL))
		exchange->drop_after = true;
	if (cloud->registry.cert) {
		if (exchange->drop_after)
			exchange->phase = PHASE_DROP;
		return;
	}
	/* The broker must know the key before the device does. */
	if (sim_cloud_keys_changed(cloud, on_keys_taken, exchange) == 0)
		wait_begin(exchange);
	else
		sim_say("the broker's key file cannot be written");
}

static void decide(struct exchange *exchange)
{
	struct sim_cloud *cloud = exchange->gateway->cloud;
	struct sim_register_result result;
	struct sim_register_request request = {
		.version = exchange->version,
		.body = exchange->body,
		.body_size = exchange->body_size,
		.host = header(exchange, "Host"),
		.algorithm = header(exchange, "X-TC-Algorithm"),
		.timestamp = header(exchange, "X-TC-Timestamp"),
		.nonce = header(exchange, "X-TC-Nonce"),
		.signature = header(exchange, "X-TC-Signature"),
	};

	if (blind_fault(exchange)) {
		tell_refused(exchange, "", 0, "fault");
		return;
	}
	sim_register_decide(&cloud->registry, &cloud->pki, &request, &result);
	answer_text(exchange, MHD_HTTP_OK,
		    sim_register_answer(
			    &cloud->registry, exchange->version, result.code, result.message,
			    result.plain,
			    result.code == 0 &&
				    sim_cloud_fault(cloud, SIM_FAULT_REGISTER_BAD_PAYLOAD, NULL)));
	if (result.code == 0) {
		note_registered(exchange, &result);
		finish_registration(exchange);
		OPENSSL_cleanse(result.plain, strlen(result.plain));
		free(result.plain);
	} else {
		tell_refused(exchange, result.device_name, result.code, result.message);
	}
}

static enum MHD_Result send_answer(struct exchange *exchange)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		strlen(exchange->answer), exchange->answer, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result rc;

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", "application/json");
	if (exchange->retry_after[0] != '\0')
		MHD_add_response_header(response, "Retry-After", exchange->retry_after);
	rc = MHD_queue_response(exchange->connection, exchange->status, response);
	MHD_destroy_response(response);
	return rc;
}

static enum MHD_Result proceed(struct exchange *exchange)
{
	struct sim_cloud *cloud = exchange->gateway->cloud;
	long value;

	if (exchange->phase == PHASE_READING) {
		if (exchange->too_large)
			answer_text(exchange, MHD_HTTP_CONTENT_TOO_LARGE, strdup("{}"));
		else if (exchange->version == 0)
			answer_text(exchange, MHD_HTTP_NOT_FOUND, strdup("{}"));
		else if (sim_cloud_fault(cloud, SIM_FAULT_REGISTER_SLOW, &value)) {
			wait_begin(exchange);
			uv_timer_start(&exchange->timer, on_slow_over, (uint64_t)value, 0);
			return MHD_YES;
		} else {
			decide(exchange);
		}
	} else if (exchange->phase == PHASE_DECIDING) {
		decide(exchange);
	}
	if (exchange->phase == PHASE_WAITING)
		return MHD_YES;
	tell_registered(exchange);
	return exchange->phase == PHASE_READY ? send_answer(exchange) : MHD_NO;
}

static struct exchange *new_exchange(struct sim_gateway *gateway, struct MHD_Connection *connection,
				     const char *url, const char *method)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));

	if (!exchange)
		return NULL;
	exchange->gateway = gateway;
	exchange->connection = connection;
	exchange->begin_ns = uv_hrtime();
	if (strcmp(method, "POST") == 0 && strcmp(url, SIM_PATH_V1) == 0)
		exchange->version = 1;
	else if (strcmp(method, "POST") == 0 && strcmp(url, SIM_PATH_V2) == 0)
		exchange->version = 2;
	uv_timer_init(&gateway->cloud->loop, &exchange->timer);
	exchange->timer.data = exchange;
	exchange->next = gateway->exchanges;
	gateway->exchanges = exchange;
	return exchange;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *size, void **state)
{
	struct exchange *exchange = *state;

	(void)version;
	if (!exchange) {
		*state = new_exchange(cls, connection, url, method);
		return *state ? MHD_YES : MHD_NO;
	}
	if (*size == 0)
		return proceed(exchange);
	if (*size > sizeof(exchange->body) - exchange->body_size) {
		exchange->too_large = true;
	} else {
		memcpy(exchange->body + exchange->body_size, data, *size);
		exchange->body_size += *size;
	}
	*size = 0;
	return MHD_YES;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **state,
			 enum MHD_RequestTerminationCode code)
{
	struct exchange *exchange = *state;

	(void)cls;
	(void)connection;
	(void)code;
	if (!exchange)
		return;
	*state = NULL;
	exchange->gone = true;
	uv_close((uv_handle_t *)&exchange->timer, on_exchange_timer_closed);
}

/* Nagle's algorithm would hold the answer back until the client's delayed ACK, 40 ms. */
static void on_connection(void *cls, struct MHD_Connection *connection, void **state,
			  enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info;
	int on = 1;

	(void)cls;
	(void)state;
	if (code != MHD_CONNECTION_NOTIFY_STARTED)
		return;
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (info && setsockopt(info->connect_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
		sim_say("TCP_NODELAY cannot be set");
}

static int start_daemon(struct sim_gateway *gateway)
{
	struct sim_cloud *cloud = gateway->cloud;
	struct sockaddr_in address = {.sin_family = AF_INET};
	const union MHD_DaemonInfo *info;

	address.sin_port = htons((uint16_t)cloud->options.https_port);
	if (inet_pton(AF_INET, cloud->options.listen_ip, &address.sin_addr) != 1)
		return PROVD_E_INVALID;
	gateway->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_TLS | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request,
		gateway, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_HTTPS_MEM_KEY,
		cloud->pki.https.key_pem, MHD_OPTION_HTTPS_MEM_CERT, cloud->pki.https.cert_pem,
		MHD_OPTION_HTTPS_PRIORITIES, "NORMAL:%NO_TICKETS", MHD_OPTION_NOTIFY_CONNECTION,
		on_connection, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, gateway,
		MHD_OPTION_CONNECTION_LIMIT, 64u, MHD_OPTION_CONNECTION_TIMEOUT, 60u,
		MHD_OPTION_END);
	if (!gateway->daemon)
		return PROVD_E_IO;
	info = MHD_get_daemon_info(gateway->daemon, MHD_DAEMON_INFO_BIND_PORT);
	if (!info)
		return PROVD_E_IO;
	gateway->port = info->port;
	info = MHD_get_daemon_info(gateway->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info || uv_poll_init(&cloud->loop, &gateway->poll, info->epoll_fd) != 0)
		return PROVD_E_IO;
	return 0;
}

int sim_gateway_create(struct sim_cloud *cloud, struct sim_gateway **out_gateway)
{
	struct sim_gateway *gateway = calloc(1, sizeof(*gateway));
	int rc;

	if (!gateway)
		return PROVD_E_NOMEM;
	gateway->cloud = cloud;
	rc = start_daemon(gateway);
	if (rc != 0) {
		if (gateway->daemon)
			MHD_stop_daemon(gateway->daemon);
		free(gateway);
		return rc;
	}
	uv_timer_init(&cloud->loop, &gateway->timer);
	gateway->timer.data = gateway;
	gateway->poll.data = gateway;
	gateway->handles_open = 2;
	uv_poll_start(&gateway->poll, UV_READABLE, on_poll);
	*out_gateway = gateway;
	return 0;
}

int sim_gateway_port(const struct sim_gateway *gateway)
{
	return gateway->port;
}

static void on_gateway_closed(uv_handle_t *handle)
{
	struct sim_gateway *gateway = handle->data;

	gateway->handles_open--;
	free_gateway_if_done(gateway);
}

void sim_gateway_destroy(struct sim_gateway *gateway)
{
	struct MHD_Daemon *daemon;

	if (!gateway)
		return;
	daemon = gateway->daemon;
	gateway->daemon = NULL;
	/* The daemon must not be stopped while connections are suspended. */
	for (struct exchange *at = gateway->exchanges; at; at = at->next) {
		at->phase = PHASE_DROP;
		if (at->suspended) {
			at->suspended = false;
			MHD_resume_connection(at->connection);
		}
		if (uv_is_active((uv_handle_t *)&at->timer)) {
			uv_timer_stop(&at->timer);
			at->waiting = false;
		}
	}
	uv_poll_stop(&gateway->poll);
	uv_close((uv_handle_t *)&gateway->poll, on_gateway_closed);
	uv_close((uv_handle_t *)&gateway->timer, on_gateway_closed);
	MHD_run(daemon);
	MHD_stop_daemon(daemon);
}
