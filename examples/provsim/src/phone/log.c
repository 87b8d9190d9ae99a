/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The app's way to a device's log after a failure: it asks with one fixed text until something
 * comes. Protocol notes 3.3: from local port 9876 to port 9876, 12 sends 5 s apart; any datagram is
 * text of the log.
 */
#include "phone.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <string.h>

#include <uv.h>

enum {
	STATUS_OPEN = -1,
	RECEIVE_MAX = 65536
};

static const char USAGE[] =
	"usage: provsim phone log --target IP:PORT [OPTION]...\n"
	"\n"
	"Asks a device for its log, as the phone app does on the log hotspot (port 9876), or in the\n"
	"exchange with the credentials (port 8266).\n"
	"\n"
	"  --local-port PORT      9876 as the real app; default: any free one\n"
	"  --tries N              how often it is asked, default 12\n"
	"  --interval-ms N        between two tries, default 5000\n"
	"  --linger-ms N          goes on listening so long after each datagram, default 1000\n"
	"  --out FILE             the bytes of all datagrams, one behind the other\n"
	"  --text                 events for people instead of JSON\n"
	"\n"
	"Exit status: 0 something came, 1 failure, 2 usage, 3 no answer in time.\n";

static const char QUERY[] = "{\"cmdType\":3}";

struct log_options {
	struct sockaddr_in target;
	long local_port;
	long tries;
	long interval_ms;
	long linger_ms;
	const char *out;
	bool text;
};

struct log_phone {
	const struct log_options *options;
	struct sim_out out;
	FILE *file;
	uv_loop_t loop;
	uv_udp_t socket;
	uv_timer_t timer;
	uint64_t first_sent_ns;
	long sent;
	int received;
	int status;
	const char *reason;
	char datagram[RECEIVE_MAX];
};

static void finish(struct log_phone *phone, int status, const char *reason)
{
	if (phone->status != STATUS_OPEN)
		return;
	phone->status = status;
	phone->reason = reason;
	uv_close((uv_handle_t *)&phone->socket, NULL);
	uv_close((uv_handle_t *)&phone->timer, NULL);
}

static double since_first_ms(const struct log_phone *phone)
{
	return phone->sent > 0 ? (double)(uv_hrtime() - phone->first_sent_ns) / 1e6 : 0.0;
}

static void on_quiet(uv_timer_t *timer)
{
	finish(timer->data, SIM_EXIT_OK, NULL);
}

static void on_try(uv_timer_t *timer)
{
	struct log_phone *phone = timer->data;
	char query[sizeof(QUERY)];
	uv_buf_t buf;
	int rc;

	if (phone->sent == phone->options->tries) {
		finish(phone, SIM_EXIT_TIMEOUT, "no answer in time");
		return;
	}
	if (phone->sent == 0)
		phone->first_sent_ns = uv_hrtime();
	memcpy(query, QUERY, sizeof(QUERY));
	buf = uv_buf_init(query, sizeof(QUERY) - 1);
	rc = uv_udp_try_send(&phone->socket, &buf, 1,
			     (const struct sockaddr *)&phone->options->target);
	if (rc < 0 && rc != UV_ECONNREFUSED && rc != UV_EAGAIN)
		sim_say("sending failed: %s", uv_strerror(rc));
	phone->sent++;
	sim_emit(&phone->out, json_pack("{s:s, s:I, s:f}", "event", "sent", "n",
					(json_int_t)phone->sent, "ms", since_first_ms(phone)));
	uv_timer_start(timer, on_try, (uint64_t)phone->options->interval_ms, 0);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct log_phone *phone = handle->data;

	(void)suggested;
	*buf = uv_buf_init(phone->datagram, sizeof(phone->datagram));
}

static void on_receive(uv_udp_t *socket, ssize_t size, const uv_buf_t *buf,
		       const struct sockaddr *from, unsigned int flags)
{
	struct log_phone *phone = socket->data;

	(void)flags;
	if (size < 0 || !from || phone->status != STATUS_OPEN)
		return;
	phone->received++;
	sim_emit(&phone->out, sim_datagram_event(phone->received, buf->base, (size_t)size,
						 since_first_ms(phone)));
	if (phone->file && (fwrite(buf->base, 1, (size_t)size, phone->file) != (size_t)size ||
			    fflush(phone->file) != 0)) {
		finish(phone, SIM_EXIT_FAILED, "the file cannot be written");
		return;
	}
	uv_timer_start(&phone->timer, on_quiet, (uint64_t)phone->options->linger_ms, 0);
}

static int open_socket(struct log_phone *phone)
{
	struct sockaddr_in local = {.sin_family = AF_INET};
	int rc;

	local.sin_port = htons((uint16_t)phone->options->local_port);
	rc = uv_udp_bind(&phone->socket, (const struct sockaddr *)&local, 0);
	if (rc == 0)
		rc = uv_udp_recv_start(&phone->socket, on_alloc, on_receive);
	if (rc != 0)
		sim_say("local UDP port %ld: %s", phone->options->local_port, uv_strerror(rc));
	return rc;
}

static void tell_result(const struct log_phone *phone)
{
	json_t *event = json_pack("{s:s, s:b, s:I, s:i}", "event", "result", "ok",
				  phone->status == SIM_EXIT_OK, "sent", (json_int_t)phone->sent,
				  "datagrams", phone->received);

	if (phone->reason)
		json_object_set_new(event, "reason", json_string(phone->reason));
	sim_emit(&phone->out, event);
}

static int run(const struct log_options *options)
{
	struct log_phone phone = {.options = options,
				  .out = {.stream = stdout, .text = options->text},
				  .status = STATUS_OPEN};

	if (options->out) {
		phone.file = fopen(options->out, "we");
		if (!phone.file) {
			sim_say("--out %s: the file cannot be made", options->out);
			return SIM_EXIT_FAILED;
		}
	}
	uv_loop_init(&phone.loop);
	uv_udp_init(&phone.loop, &phone.socket);
	uv_timer_init(&phone.loop, &phone.timer);
	phone.socket.data = &phone;
	phone.timer.data = &phone;
	if (open_socket(&phone) != 0)
		finish(&phone, SIM_EXIT_FAILED, "the socket cannot be opened");
	else
		uv_timer_start(&phone.timer, on_try, 0, 0);
	uv_run(&phone.loop, UV_RUN_DEFAULT);
	uv_loop_close(&phone.loop);
	if (phone.file && fclose(phone.file) != 0)
		phone.status = SIM_EXIT_FAILED;
	tell_result(&phone);
	return phone.status;
}

static int apply(struct log_options *options, int id, const char *value)
{
	switch (id) {
	case 't':
		return sim_parse_endpoint(value, &options->target);
	case 'p':
		return sim_parse_long(value, 0, 65535, &options->local_port);
	case 'n':
		return sim_parse_long(value, 1, 1000, &options->tries);
	case 'i':
		return sim_parse_long(value, 1, 600000, &options->interval_ms);
	case 'l':
		return sim_parse_long(value, 0, 600000, &options->linger_ms);
	case 'o':
		options->out = value;
		return 0;
	case 'x':
		options->text = true;
		return 0;
	default:
		return PROVD_E_INVALID;
	}
}

int sim_phone_log_main(int argc, char **argv)
{
	static const struct option rows[] = {
		{"target", required_argument, NULL, 't'},
		{"local-port", required_argument, NULL, 'p'},
		{"tries", required_argument, NULL, 'n'},
		{"interval-ms", required_argument, NULL, 'i'},
		{"linger-ms", required_argument, NULL, 'l'},
		{"out", required_argument, NULL, 'o'},
		{"text", no_argument, NULL, 'x'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct log_options options = {.tries = 12, .interval_ms = 5000, .linger_ms = 1000};
	int index = 0;
	int id;

	while ((id = getopt_long(argc, argv, "h", rows, &index)) != -1) {
		if (id == 'h') {
			fputs(USAGE, stdout);
			return SIM_EXIT_OK;
		}
		if (id == '?')
			return SIM_EXIT_USAGE;
		if (apply(&options, id, optarg) != 0) {
			sim_say("--%s: this value cannot be used", rows[index].name);
			return SIM_EXIT_USAGE;
		}
	}
	if (optind == argc && options.target.sin_port != 0)
		return run(&options);
	sim_say(optind == argc ? "--target IP:PORT is needed"
			       : "usage: provsim phone log [OPTION]...");
	return SIM_EXIT_USAGE;
}
