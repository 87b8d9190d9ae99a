/* SPDX-License-Identifier: Apache-2.0 */
#include "phone.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include <openssl/crypto.h>
#include <uv.h>

enum {
	TAIL_SIZE = 16,
	STATUS_OPEN = -1,
	RECEIVE_MAX = 65536
};

static const char LEFT_OVER[TAIL_SIZE + 1] = "\":\"left over\"}}\n";

struct phone {
	const struct sim_phone_options *options;
	struct sim_out out;
	uv_loop_t loop;
	uv_udp_t socket;
	uv_timer_t send_timer;
	uv_timer_t end_timer;
	struct sim_app_buffer buffer;
	char message[SIM_DATAGRAM_MAX + TAIL_SIZE];
	size_t message_size;
	char datagram[RECEIVE_MAX];
	int sent;
	int received;
	uint64_t first_sent_ns;
	bool has_identity;
	int status;
	const char *reason;
};

static double since_first_ms(const struct phone *phone)
{
	return phone->sent > 0 ? (double)(uv_hrtime() - phone->first_sent_ns) / 1e6 : 0.0;
}

static void finish(struct phone *phone, int status, const char *reason)
{
	if (phone->status != STATUS_OPEN)
		return;
	phone->status = status;
	phone->reason = reason;
	uv_close((uv_handle_t *)&phone->socket, NULL);
	uv_close((uv_handle_t *)&phone->send_timer, NULL);
	uv_close((uv_handle_t *)&phone->end_timer, NULL);
}

static void on_end(uv_timer_t *timer)
{
	struct phone *phone = timer->data;

	if (phone->has_identity)
		finish(phone, SIM_EXIT_OK, NULL);
	else
		finish(phone, SIM_EXIT_TIMEOUT, "no identity in time");
}

static void on_send(uv_timer_t *timer)
{
	struct phone *phone = timer->data;
	const struct sim_app *app = phone->options->app;
	uv_buf_t buf = uv_buf_init(phone->message, (unsigned int)phone->message_size);
	const struct sockaddr *to =
		app->connected ? NULL : (const struct sockaddr *)&phone->options->target;
	int rc;

	if (phone->sent == 0)
		phone->first_sent_ns = uv_hrtime();
	rc = uv_udp_try_send(&phone->socket, &buf, 1, to);
	/* A connected socket hears that the device's port is (still) closed: not the end. */
	if (rc < 0 && rc != UV_ECONNREFUSED && rc != UV_EAGAIN)
		sim_say("sending failed: %s", uv_strerror(rc));
	phone->sent++;
	sim_emit(&phone->out, json_pack("{s:s, s:i, s:f}", "event", "sent", "n", phone->sent, "ms",
					since_first_ms(phone)));
	if (phone->sent < app->sends)
		uv_timer_start(timer, on_send, (uint64_t)app->interval_ms, 0);
	else if (phone->options->timeout_s == 0)
		uv_timer_start(&phone->end_timer, on_end, (uint64_t)app->interval_ms, 0);
}

static void on_identity(struct phone *phone, const struct sim_app_reply *reply)
{
	phone->has_identity = true;
	sim_emit(&phone->out,
		 json_pack("{s:s, s:s, s:s, s:s, s:f, s:i}", "event", "identity", "product_id",
			   reply->product_id, "device_name", reply->device_name, "proto_version",
			   reply->proto_version, "ms", since_first_ms(phone), "sent", phone->sent));
	if (phone->options->follow_s == 0) {
		finish(phone, SIM_EXIT_OK, NULL);
		return;
	}
	uv_timer_stop(&phone->send_timer);
	uv_timer_start(&phone->end_timer, on_end, (uint64_t)phone->options->follow_s * 1000, 0);
}

static void tell_error(struct phone *phone, const struct sim_app_reply *reply)
{
	sim_emit(&phone->out,
		 json_pack("{s:s, s:s, s:s, s:f}", "event", "error", "reply", reply->device_reply,
			   "log", reply->log, "ms", since_first_ms(phone)));
}

static void on_datagram(struct phone *phone, const void *data, size_t size)
{
	struct sim_app_reply reply;
	enum sim_verdict verdict =
		sim_app_judge(phone->options->app, &phone->buffer, data, size, &reply);

	phone->received++;
	if (phone->has_identity || phone->options->raw)
		sim_emit(&phone->out,
			 sim_datagram_event(phone->received, data, size, since_first_ms(phone)));
	if (phone->has_identity) {
		if (verdict == SIM_VERDICT_ERROR) {
			tell_error(phone, &reply);
			finish(phone, SIM_EXIT_FAILED, "the device reported an error");
		}
		return;
	}
	switch (verdict) {
	case SIM_VERDICT_IDENTITY:
		on_identity(phone, &reply);
		break;
	case SIM_VERDICT_ERROR:
		tell_error(phone, &reply);
		finish(phone, SIM_EXIT_FAILED, "the device reported an error");
		break;
	case SIM_VERDICT_PREVIOUS:
		tell_error(phone, &reply);
		break;
	case SIM_VERDICT_ABORT:
		finish(phone, SIM_EXIT_FAILED, reply.reason);
		break;
	case SIM_VERDICT_IGNORE:
		break;
	}
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct phone *phone = handle->data;

	(void)suggested;
	*buf = uv_buf_init(phone->datagram, sizeof(phone->datagram));
}

static void on_receive(uv_udp_t *socket, ssize_t size, const uv_buf_t *buf,
		       const struct sockaddr *from, unsigned int flags)
{
	struct phone *phone = socket->data;

	(void)flags;
	if (size > 0 && from && phone->status == STATUS_OPEN)
		on_datagram(phone, buf->base, (size_t)size);
}

static int open_socket(struct phone *phone)
{
	const struct sim_phone_options *options = phone->options;
	struct sockaddr_in local = options->bind;
	int rc;

	uv_udp_init(&phone->loop, &phone->socket);
	phone->socket.data = phone;
	local.sin_family = AF_INET;
	if (options->app_port)
		local.sin_port = htons((uint16_t)options->app->local_port);
	rc = uv_udp_bind(&phone->socket, (const struct sockaddr *)&local, 0);
	if (rc == 0 && options->app->connected)
		rc = uv_udp_connect(&phone->socket, (const struct sockaddr *)&options->target);
	if (rc == 0)
		rc = uv_udp_recv_start(&phone->socket, on_alloc, on_receive);
	if (rc != 0)
		sim_say("local UDP port %d: %s", ntohs(local.sin_port), uv_strerror(rc));
	return rc == 0 ? 0 : PROVD_E_IO;
}

static int build(struct phone *phone)
{
	const struct sim_phone_options *options = phone->options;
	struct sim_app_message message = {
		.token_only = options->token_only,
		.ssid = options->ssid,
		.ssid_size = options->ssid_size,
		.passphrase = options->passphrase,
		.passphrase_size = options->passphrase_size,
		.token = options->token,
		.bssid = options->bssid,
		.region = options->region,
	};
	int rc = sim_app_build(options->app, &message, phone->message, &phone->message_size);

	if (rc != 0 || options->tail == SIM_TAIL_NONE)
		return rc;
	memset(phone->message + phone->message_size, 0, TAIL_SIZE);
	if (options->tail == SIM_TAIL_TEXT)
		memcpy(phone->message + phone->message_size, LEFT_OVER, TAIL_SIZE);
	phone->message_size += TAIL_SIZE;
	return 0;
}

static void tell_result(struct phone *phone)
{
	json_t *event = json_pack("{s:s, s:b, s:i}", "event", "result", "ok",
				  phone->status == SIM_EXIT_OK, "sent", phone->sent);

	if (phone->reason)
		json_object_set_new(event, "reason", json_string(phone->reason));
	sim_emit(&phone->out, event);
}

int sim_softap_run(const struct sim_phone_options *options)
{
	struct phone phone = {.options = options,
			      .out = {.stream = stdout, .text = options->text},
			      .status = STATUS_OPEN};
	uint64_t delay = options->fast ? 0 : (uint64_t)options->app->first_delay_ms;

	if (build(&phone) != 0) {
		sim_say("the message is longer than a datagram of this app may be");
		return SIM_EXIT_USAGE;
	}
	uv_loop_init(&phone.loop);
	uv_timer_init(&phone.loop, &phone.send_timer);
	uv_timer_init(&phone.loop, &phone.end_timer);
	phone.send_timer.data = &phone;
	phone.end_timer.data = &phone;
	if (open_socket(&phone) != 0)
		finish(&phone, SIM_EXIT_FAILED, "the socket cannot be opened");
	if (phone.status == STATUS_OPEN) {
		uv_timer_start(&phone.send_timer, on_send, delay, 0);
		if (options->timeout_s > 0)
			uv_timer_start(&phone.end_timer, on_end,
				       (uint64_t)options->timeout_s * 1000, 0);
	}
	uv_run(&phone.loop, UV_RUN_DEFAULT);
	uv_loop_close(&phone.loop);
	tell_result(&phone);
	OPENSSL_cleanse(phone.message, sizeof(phone.message));
	return phone.status;
}

int sim_phone_main(int argc, char **argv)
{
	struct sim_phone_options options;
	int status;

	if (argc > 1 && strcmp(argv[1], "log") == 0)
		return sim_phone_log_main(argc - 1, argv + 1);
	status = sim_phone_options_parse(&options, argc, argv);
	if (status == -1)
		status = sim_softap_run(&options);
	OPENSSL_cleanse(&options, sizeof(options));
	return status;
}
