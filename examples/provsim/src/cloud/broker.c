/* SPDX-License-Identifier: Apache-2.0 */
#include "broker.h"

#include "../common/common.h"
#include "brokerlog.h"
#include "pki.h"

#include <arpa/inet.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	START_TRIES = 5,
	LINE_MAX_SIZE = 512,
	PEERS = 32,
	WAITERS_MAX = 32,
	RELOAD_MS = 500,
	KILL_MS = 3000
};

static const char FILE_CONFIG[] = "mosquitto.conf";
static const char FILE_KEYS[] = "mosquitto.psk";
static const char FILE_TLS[] = "openssl.cnf";
static const char FILE_LOG[] = "mosquitto.log";

struct waiter {
	void (*done)(void *arg);
	void *arg;
};

struct waiter_list {
	struct waiter item[WAITERS_MAX];
	size_t count;
};

struct sim_broker {
	struct sim_broker_config config;
	struct sim_broker_ports ports;
	uv_loop_t *loop;
	uv_process_t process;
	uv_pipe_t log_pipe;
	uv_timer_t reload_timer;
	uv_timer_t kill_timer;
	bool active;  /* process lives or its handles are being closed */
	bool running; /* it said so */
	bool has_run; /* ports are known to others and must stay */
	bool stopping;
	bool stale_keys; /* key file changed while the process was starting */
	int tries;
	int open_parts; /* process and pipe, both must be closed before a new start */
	int timers_open;
	int64_t exit_status;
	struct waiter_list in_flight;
	struct waiter_list next;
	char line[LINE_MAX_SIZE];
	size_t line_size;
	char chunk[2048];
	struct {
		int peer;
		int local;
	} peers[PEERS];
	size_t next_peer;
	FILE *log;
};

static int free_port(const char *ip, int *out_port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc = PROVD_E_IO;

	if (fd < 0)
		return rc;
	if (inet_pton(AF_INET, ip, &address.sin_addr) == 1 &&
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&address, &size) == 0) {
		*out_port = ntohs(address.sin_port);
		rc = 0;
	}
	close(fd);
	return rc;
}

/* The platform's devices speak TLS 1.2; mosquitto itself can only be told a minimum. */
static const char TLS_CONFIG[] = "openssl_conf = main\n[main]\nssl_conf = ssl\n"
				 "[ssl]\nsystem_default = tls\n"
				 "[tls]\nMinProtocol = TLSv1.2\nMaxProtocol = TLSv1.2\n";

static int write_config(struct sim_broker *broker)
{
	static const char format[] =
		"%s"
		"per_listener_settings false\nallow_anonymous true\npersistence false\n"
		"set_tcp_nodelay true\nlog_dest stderr\nconnection_messages true\n"
		"log_type error\nlog_type warning\nlog_type notice\nlog_type information\n"
		"psk_file %s/%s\n"
		"listener %d 127.0.0.1\n"
		"listener %d %s\npsk_hint provsim\nuse_identity_as_username true\n"
		"tls_version tlsv1.2\n"
		"ciphers PSK-AES128-CBC-SHA:PSK-AES256-CBC-SHA:PSK-AES128-GCM-SHA256:"
		"PSK-AES256-GCM-SHA384:ECDHE-PSK-CHACHA20-POLY1305:ECDHE-PSK-AES128-CBC-SHA256\n"
		"listener %d %s\nrequire_certificate true\nuse_identity_as_username true\n"
		"cafile %s/%s\ncertfile %s/%s\nkeyfile %s/%s\n";
	const char *dir = broker->config.dir;
	const char *ip = broker->config.listen_ip;
	char *text = NULL;
	int size =
		asprintf(&text, format, geteuid() == 0 ? "user root\n" : "", dir, FILE_KEYS,
			 broker->ports.internal, broker->ports.psk, ip, broker->ports.cert, ip, dir,
			 SIM_FILE_CLIENT_CA, dir, SIM_FILE_SERVER_CERT, dir, SIM_FILE_SERVER_KEY);
	int rc;

	if (size < 0)
		return PROVD_E_NOMEM;
	rc = sim_file_write(dir, FILE_CONFIG, text, (size_t)size, 0600);
	if (rc == 0)
		rc = sim_file_write(dir, FILE_TLS, TLS_CONFIG, strlen(TLS_CONFIG), 0600);
	free(text);
	return rc;
}

int sim_broker_create(uv_loop_t *loop, const struct sim_broker_config *config,
		      struct sim_broker **out_broker)
{
	struct sim_broker *broker = calloc(1, sizeof(*broker));
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s", config->dir, FILE_LOG);

	if (!broker)
		return PROVD_E_NOMEM;
	if (n > 0 && (size_t)n < sizeof(path))
		broker->log = fopen(path, "we");
	if (!broker->log) {
		free(broker);
		return PROVD_E_IO;
	}
	broker->loop = loop;
	broker->config = *config;
	uv_timer_init(loop, &broker->reload_timer);
	uv_timer_init(loop, &broker->kill_timer);
	broker->reload_timer.data = broker;
	broker->kill_timer.data = broker;
	broker->timers_open = 2;
	*out_broker = broker;
	return 0;
}

static void finish_waiters(struct waiter_list *list)
{
	struct waiter_list copy = *list;

	list->count = 0;
	for (size_t i = 0; i < copy.count; i++) {
		if (copy.item[i].done)
			copy.item[i].done(copy.item[i].arg);
	}
}

static void on_reload_timer(uv_timer_t *timer);

struct nudge {
	uv_tcp_t tcp;
	uv_connect_t connect;
};

static void on_nudge_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void on_nudge_connected(uv_connect_t *connect, int status)
{
	struct nudge *probe = connect->data;

	(void)status;
	uv_close((uv_handle_t *)&probe->tcp, on_nudge_closed);
}

/*
 * mosquitto 2.0 holds signals back while it waits for its sockets, up to 100 ms. A connection
 * ends that wait, so that the new keys are there at once.
 */
static void nudge(struct sim_broker *broker)
{
	struct nudge *probe = calloc(1, sizeof(*probe));
	struct sockaddr_in address;

	if (!probe)
		return;
	uv_ip4_addr("127.0.0.1", broker->ports.internal, &address);
	uv_tcp_init(broker->loop, &probe->tcp);
	probe->tcp.data = probe;
	probe->connect.data = probe;
	if (uv_tcp_connect(&probe->connect, &probe->tcp, (const struct sockaddr *)&address,
			   on_nudge_connected) != 0)
		uv_close((uv_handle_t *)&probe->tcp, on_nudge_closed);
}

static void begin_reload(struct sim_broker *broker)
{
	broker->in_flight = broker->next;
	broker->next.count = 0;
	broker->stale_keys = broker->active && !broker->running;
	if (broker->running) {
		uv_process_kill(&broker->process, SIGHUP);
		nudge(broker);
	}
	uv_timer_start(&broker->reload_timer, on_reload_timer, broker->running ? RELOAD_MS : 0, 0);
}

/* Keys set while a reload was under way may have missed it: they get a round of their own. */
static void end_reload(struct sim_broker *broker)
{
	struct waiter_list done = broker->in_flight;

	broker->in_flight.count = 0;
	uv_timer_stop(&broker->reload_timer);
	if (broker->next.count > 0)
		begin_reload(broker);
	finish_waiters(&done);
}

static void on_reload_timer(uv_timer_t *timer)
{
	end_reload(timer->data);
}

int sim_broker_set_keys(struct sim_broker *broker, const char *psk_text, void (*done)(void *arg),
			void *arg)
{
	int rc = sim_file_write(broker->config.dir, FILE_KEYS, psk_text, strlen(psk_text), 0600);

	if (rc != 0)
		return rc;
	if (broker->next.count == WAITERS_MAX)
		return PROVD_E_LIMIT;
	broker->next.item[broker->next.count].done = done;
	broker->next.item[broker->next.count].arg = arg;
	broker->next.count++;
	if (broker->in_flight.count == 0)
		begin_reload(broker);
	return 0;
}

static const char *via_of(const struct sim_broker *broker, int peer_port)
{
	for (size_t i = 0; i < PEERS; i++) {
		/* Newest first: a port number may come back. */
		size_t at = (broker->next_peer + PEERS - 1 - i) % PEERS;

		if (broker->peers[at].peer != peer_port)
			continue;
		if (broker->peers[at].local == broker->ports.psk)
			return "psk";
		return broker->peers[at].local == broker->ports.cert ? "cert" : "plain";
	}
	return "unknown";
}

static void on_line(struct sim_broker *broker)
{
	const struct sim_broker_events *events = &broker->config.events;
	struct sim_log_event event;

	fprintf(broker->log, "%s\n", broker->line);
	fflush(broker->log);
	sim_brokerlog_parse(broker->line, &event);
	switch (event.kind) {
	case SIM_LOG_RUNNING:
		broker->running = true;
		broker->has_run = true;
		if (broker->stale_keys) {
			uv_process_kill(&broker->process, SIGHUP);
			nudge(broker);
		}
		events->running(events->user);
		break;
	case SIM_LOG_RELOADED:
		end_reload(broker);
		break;
	case SIM_LOG_ACCEPTED:
		broker->peers[broker->next_peer].peer = event.peer_port;
		broker->peers[broker->next_peer].local = event.local_port;
		broker->next_peer = (broker->next_peer + 1) % PEERS;
		break;
	case SIM_LOG_CONNECTED:
		events->connected(events->user, via_of(broker, event.peer_port), event.client_id,
				  event.username);
		break;
	case SIM_LOG_UNKNOWN_PSK:
		events->tls_refused(events->user, true);
		break;
	case SIM_LOG_TLS_ERROR:
		sim_say("broker: %s", broker->line);
		events->tls_refused(events->user, false);
		break;
	case SIM_LOG_PORT_TAKEN:
		sim_say("broker: %s", broker->line);
		break;
	case SIM_LOG_OTHER:
		break;
	}
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct sim_broker *broker = handle->data;

	(void)suggested;
	*buf = uv_buf_init(broker->chunk, sizeof(broker->chunk));
}

static void on_log(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
	struct sim_broker *broker = stream->data;

	if (size < 0) {
		uv_read_stop(stream);
		return;
	}
	for (ssize_t i = 0; i < size; i++) {
		char c = buf->base[i];

		if (c != '\n') {
			if (broker->line_size < sizeof(broker->line) - 1)
				broker->line[broker->line_size++] = c;
			continue;
		}
		broker->line[broker->line_size] = '\0';
		broker->line_size = 0;
		on_line(broker);
	}
}

static void on_part_closed(uv_handle_t *handle)
{
	struct sim_broker *broker = handle->data;
	const struct sim_broker_events *events = &broker->config.events;
	bool expected = broker->stopping;

	if (--broker->open_parts > 0)
		return;
	broker->active = false;
	broker->stopping = false;
	if (!expected && !broker->has_run && ++broker->tries < START_TRIES &&
	    sim_broker_start(broker) == 0)
		return;
	if (!expected)
		sim_say("mosquitto ended with status %lld; see %s/%s",
			(long long)broker->exit_status, broker->config.dir, FILE_LOG);
	events->stopped(events->user, expected);
}

static void close_parts(struct sim_broker *broker)
{
	uv_close((uv_handle_t *)&broker->process, on_part_closed);
	uv_close((uv_handle_t *)&broker->log_pipe, on_part_closed);
}

static void on_process_exit(uv_process_t *process, int64_t status, int signal)
{
	struct sim_broker *broker = process->data;

	(void)signal;
	broker->running = false;
	broker->exit_status = status;
	uv_timer_stop(&broker->kill_timer);
	end_reload(broker);
	close_parts(broker);
}

static int pick_ports(struct sim_broker *broker)
{
	if (broker->has_run)
		return 0;
	if (free_port(broker->config.listen_ip, &broker->ports.psk) != 0 ||
	    free_port(broker->config.listen_ip, &broker->ports.cert) != 0 ||
	    free_port("127.0.0.1", &broker->ports.internal) != 0)
		return PROVD_E_IO;
	return 0;
}

static int spawn(struct sim_broker *broker)
{
	uv_stdio_container_t stdio[3] = {{.flags = UV_IGNORE}, {.flags = UV_IGNORE}};
	uv_process_options_t options = {.file = "/proc/self/exe", .exit_cb = on_process_exit};
	char config[PATH_MAX];
	char tls[PATH_MAX];
	char parent[16];
	char self[] = "provsim";
	char verb[] = SIM_EXEC_VERB;
	char flag[] = "-c";
	char *program = strdup(broker->config.program);
	char *args[] = {self, verb, parent, tls, program, flag, config, NULL};
	int n = snprintf(config, sizeof(config), "%s/%s", broker->config.dir, FILE_CONFIG);
	int k = snprintf(tls, sizeof(tls), "%s/%s", broker->config.dir, FILE_TLS);
	int m = snprintf(parent, sizeof(parent), "%d", (int)getpid());
	int rc = PROVD_E_LIMIT;

	stdio[2].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
	stdio[2].data.stream = (uv_stream_t *)&broker->log_pipe;
	options.stdio_count = 3;
	options.stdio = stdio;
	options.args = args;
	if (program && n > 0 && (size_t)n < sizeof(config) && k > 0 && (size_t)k < sizeof(tls) &&
	    m > 0)
		rc = uv_spawn(broker->loop, &broker->process, &options) == 0 ? 0 : PROVD_E_IO;
	free(program);
	return rc;
}

int sim_broker_start(struct sim_broker *broker)
{
	int rc;

	if (broker->active)
		return PROVD_E_STATE;
	rc = pick_ports(broker);
	if (rc == 0)
		rc = write_config(broker);
	if (rc != 0)
		return rc;
	uv_pipe_init(broker->loop, &broker->log_pipe, 0);
	broker->log_pipe.data = broker;
	memset(&broker->process, 0, sizeof(broker->process));
	broker->process.data = broker;
	broker->open_parts = 2;
	broker->active = true;
	broker->stale_keys = false;
	broker->line_size = 0;
	rc = spawn(broker);
	broker->process.data = broker;
	if (rc != 0) {
		/* libuv has initialised the handle even when the spawn failed. */
		close_parts(broker);
		return rc;
	}
	return uv_read_start((uv_stream_t *)&broker->log_pipe, on_alloc, on_log) == 0 ? 0
										      : PROVD_E_IO;
}

static void on_kill_timer(uv_timer_t *timer)
{
	struct sim_broker *broker = timer->data;

	if (broker->active)
		uv_process_kill(&broker->process, SIGKILL);
}

void sim_broker_stop(struct sim_broker *broker)
{
	if (!broker->active || broker->stopping)
		return;
	broker->stopping = true;
	uv_process_kill(&broker->process, SIGTERM);
	uv_timer_start(&broker->kill_timer, on_kill_timer, KILL_MS, 0);
}

bool sim_broker_is_active(const struct sim_broker *broker)
{
	return broker->active;
}

const struct sim_broker_ports *sim_broker_get_ports(const struct sim_broker *broker)
{
	return &broker->ports;
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct sim_broker *broker = handle->data;

	if (--broker->timers_open > 0)
		return;
	fclose(broker->log);
	free(broker);
}

void sim_broker_destroy(struct sim_broker *broker)
{
	if (!broker)
		return;
	/* Whoever waits for keys is told now: there will be no later. */
	finish_waiters(&broker->in_flight);
	finish_waiters(&broker->next);
	uv_close((uv_handle_t *)&broker->reload_timer, on_timer_closed);
	uv_close((uv_handle_t *)&broker->kill_timer, on_timer_closed);
}
