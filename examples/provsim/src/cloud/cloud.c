/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud.h"
#include "codec.h"

#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

enum {
	CONNACK_BAD_CREDENTIALS = 4,
	CONNACK_NOT_AUTHORIZED = 5
};

bool sim_cloud_fault(struct sim_cloud *cloud, enum sim_fault fault, long *out_value)
{
	long value = 0;

	if (!sim_fault_take(&cloud->faults, fault, &value))
		return false;
	if (out_value)
		*out_value = value;
	sim_emit(&cloud->out, json_pack("{s:s, s:s, s:I, s:I}", "event", "fault_applied", "fault",
					sim_fault_name(fault), "value", (json_int_t)value, "left",
					(json_int_t)cloud->faults.slot[fault].left));
	return true;
}

int sim_cloud_keys_changed(struct sim_cloud *cloud, void (*done)(void *arg), void *arg)
{
	char *text;
	int rc = sim_state_save(&cloud->registry, cloud->options.dir);

	if (rc == 0)
		rc = sim_registry_psk_text(&cloud->registry, cloud->refusing, &text);
	if (rc != 0)
		return rc;
	rc = sim_broker_set_keys(cloud->broker, text, done, arg);
	OPENSSL_cleanse(text, strlen(text));
	free(text);
	return rc;
}

static void close_parts(struct sim_cloud *cloud)
{
	if (cloud->parts_closed)
		return;
	cloud->parts_closed = true;
	sim_broker_destroy(cloud->broker);
	sim_gateway_destroy(cloud->gateway);
	sim_binder_destroy(cloud->binder);
	sim_relay_destroy(cloud->relay);
	sim_platform_destroy(cloud->platform);
	sim_control_destroy(cloud->control);
	uv_close((uv_handle_t *)&cloud->sigint, NULL);
	uv_close((uv_handle_t *)&cloud->sigterm, NULL);
	uv_close((uv_handle_t *)&cloud->broker_timer, NULL);
}

static void on_broker_timer(uv_timer_t *timer)
{
	struct sim_cloud *cloud = timer->data;

	if (cloud->stopping) {
		close_parts(cloud);
		return;
	}
	cloud->faults.slot[SIM_FAULT_BROKER_DOWN].left = 0;
	sim_cloud_sync_faults(cloud);
}

static void take_down(struct sim_cloud *cloud)
{
	long ms = 0;

	cloud->down = true;
	/* Stays armed while it lasts: only its end (value or clear) disarms it. */
	cloud->faults.slot[SIM_FAULT_BROKER_DOWN].left = -1;
	sim_cloud_fault(cloud, SIM_FAULT_BROKER_DOWN, &ms);
	sim_platform_disconnect(cloud->platform);
	sim_relay_close(cloud->relay);
	sim_broker_stop(cloud->broker);
	if (ms > 0)
		uv_timer_start(&cloud->broker_timer, on_broker_timer, (uint64_t)ms, 0);
}

static void bring_up(struct sim_cloud *cloud)
{
	cloud->down = false;
	uv_timer_stop(&cloud->broker_timer);
	/* While the old process still ends, on_stopped() starts the new one. */
	if (!sim_broker_is_active(cloud->broker) && sim_broker_start(cloud->broker) != 0)
		sim_cloud_quit(cloud, "broker", SIM_EXIT_FAILED);
}

void sim_cloud_sync_faults(struct sim_cloud *cloud)
{
	bool refuse = sim_fault_armed(&cloud->faults, SIM_FAULT_BROKER_REFUSE);
	bool down = sim_fault_armed(&cloud->faults, SIM_FAULT_BROKER_DOWN);

	if (!cloud->started || cloud->stopping)
		return;
	if (refuse != cloud->refusing) {
		cloud->refusing = refuse;
		if (sim_cloud_keys_changed(cloud, NULL, NULL) != 0)
			sim_say("the broker's key file cannot be written");
	}
	if (down && !cloud->down)
		take_down(cloud);
	else if (!down && cloud->down)
		bring_up(cloud);
}

static void on_broker_running(void *user)
{
	struct sim_cloud *cloud = user;
	int port = sim_broker_get_ports(cloud->broker)->internal;

	if (cloud->stopping || cloud->down)
		return;
	if (sim_relay_listen(cloud->relay, cloud->options.listen_ip, port) != 0 ||
	    sim_platform_connect(cloud->platform, port) != 0)
		sim_cloud_quit(cloud, "broker", SIM_EXIT_FAILED);
}

static void on_broker_stopped(void *user, bool expected)
{
	struct sim_cloud *cloud = user;

	if (!expected && !cloud->stopping)
		sim_cloud_quit(cloud, "broker", SIM_EXIT_FAILED);
	if (cloud->stopping) {
		close_parts(cloud);
		return;
	}
	if (!cloud->down)
		bring_up(cloud);
}

static void on_device_connected(void *user, const char *via, const char *client_id,
				const char *username)
{
	struct sim_cloud *cloud = user;
	struct sim_device *device = sim_registry_find_client(&cloud->registry, client_id);

	if (!device || strcmp(username, SIM_KICK_USER) == 0)
		return;
	device->activated = true;
	sim_emit(&cloud->out, json_pack("{s:s, s:s, s:s}", "event", "connected", "device",
					device->name, "via", via));
}

static void on_tls_refused(void *user, bool unknown_psk)
{
	struct sim_cloud *cloud = user;

	if (unknown_psk && sim_cloud_fault(cloud, SIM_FAULT_BROKER_REFUSE, NULL))
		sim_cloud_sync_faults(cloud);
	else
		sim_emit(&cloud->out,
			 json_pack("{s:s, s:s}", "event", "connect_refused", "reason",
				   unknown_psk ? "unknown key identity" : "TLS, see stderr"));
}

/* The plain port: user name and password as in the protocol notes 6.2. */
static int check_plain(void *user, const struct sim_connect *connect)
{
	struct sim_cloud *cloud = user;
	struct sim_device *device = sim_registry_find_client(&cloud->registry, connect->client_id);
	size_t id_size = strlen(connect->client_id);
	int code = 0;

	if (!device || device->secret[0] == '\0')
		code = CONNACK_NOT_AUTHORIZED;
	else if (strncmp(connect->username, connect->client_id, id_size) != 0 ||
		 connect->username[id_size] != ';' ||
		 sim_mqtt_password_check(device->secret, connect->username, connect->password) != 0)
		code = CONNACK_BAD_CREDENTIALS;
	else if (sim_cloud_fault(cloud, SIM_FAULT_BROKER_REFUSE, NULL)) {
		code = CONNACK_NOT_AUTHORIZED;
		sim_cloud_sync_faults(cloud);
	}
	if (code != 0)
		sim_emit(&cloud->out,
			 json_pack("{s:s, s:s, s:i}", "event", "connect_refused", "reason",
				   "plain port: user name or password", "connack", code));
	return code;
}

static void tell_ready(struct sim_cloud *cloud)
{
	const struct sim_broker_ports *ports = sim_broker_get_ports(cloud->broker);
	int port = sim_gateway_port(cloud->gateway);

	sim_emit(&cloud->out,
		 json_pack("{s:s, s:i, s:o, s:i, s:i, s:i, s:o, s:s, s:s, s:s, s:i}", "event",
			   "ready", "https_port", port, "register_url",
			   json_sprintf("https://%s:%d", cloud->options.listen_ip, port),
			   "mqtt_psk_port", ports->psk, "mqtt_cert_port", ports->cert,
			   "mqtt_plain_port", sim_relay_port(cloud->relay), "ca_file",
			   json_sprintf("%s/%s", cloud->options.dir, SIM_FILE_CA), "dir",
			   cloud->options.dir, "host", cloud->options.listen_ip, "product_id",
			   cloud->registry.product_id, "pid", (int)getpid()));
}

static void on_platform_ready(void *user)
{
	struct sim_cloud *cloud = user;

	if (cloud->stopping)
		return;
	if (cloud->started) {
		sim_emit(&cloud->out, json_pack("{s:s}", "event", "broker_up"));
		return;
	}
	cloud->started = true;
	tell_ready(cloud);
	sim_cloud_sync_faults(cloud);
}

static void on_platform_message(void *user, const char *topic, const char *data, size_t size)
{
	struct sim_cloud *cloud = user;

	sim_binder_message(cloud->binder, topic, data, size);
}

static void on_signal(uv_signal_t *handle, int signal)
{
	sim_cloud_quit(handle->data, signal == SIGINT ? "SIGINT" : "SIGTERM", SIM_EXIT_OK);
}

void sim_cloud_quit(struct sim_cloud *cloud, const char *reason, int status)
{
	if (cloud->stopping)
		return;
	cloud->stopping = true;
	cloud->exit_reason = reason;
	cloud->exit_status = status;
	uv_timer_stop(&cloud->broker_timer);
	if (cloud->platform)
		sim_platform_disconnect(cloud->platform);
	if (cloud->broker && sim_broker_is_active(cloud->broker)) {
		sim_broker_stop(cloud->broker);
		return;
	}
	/* Not from inside a part's own callback. */
	uv_timer_start(&cloud->broker_timer, on_broker_timer, 0, 0);
}

static int write_device_info(struct sim_cloud *cloud)
{
	const struct sim_device *device = &cloud->registry.devices[0];
	struct sim_device_info info = {
		.kind = device->secret[0] ? SIM_INFO_PSK : SIM_INFO_FRESH,
		.cert_product = cloud->registry.cert,
		.product_id = cloud->registry.product_id,
		.product_secret = cloud->registry.product_secret,
		.device_name = device->name,
		.region = "china",
		.device_secret = device->secret,
	};
	char *text;
	int rc;

	if (!cloud->options.device_info)
		return 0;
	text = sim_device_info_text(&info);
	if (!text)
		return PROVD_E_NOMEM;
	rc = sim_write_private(cloud->options.device_info, text);
	OPENSSL_cleanse(text, strlen(text));
	free(text);
	return rc;
}

static int create_parts(struct sim_cloud *cloud)
{
	struct sim_broker_config config = {
		.dir = cloud->options.dir,
		.program = cloud->options.mosquitto,
		.listen_ip = cloud->options.listen_ip,
		.events = {.user = cloud,
			   .running = on_broker_running,
			   .stopped = on_broker_stopped,
			   .connected = on_device_connected,
			   .tls_refused = on_tls_refused},
	};
	struct sim_platform_events events = {
		.user = cloud, .ready = on_platform_ready, .message = on_platform_message};
	const char *ip = cloud->options.listen_ip;
	bool named = strcmp(ip, "127.0.0.1") == 0 || strcmp(ip, "0.0.0.0") == 0;
	struct sim_pki_plan plan = {.listen_ip = named ? NULL : ip,
				    .https = cloud->options.https_cert,
				    .mqtt = cloud->options.mqtt_cert};
	int rc = sim_pki_create(&cloud->pki, cloud->options.dir, &plan);

	if (rc == 0)
		rc = sim_binder_create(cloud, &cloud->binder);
	if (rc == 0)
		rc = sim_broker_create(&cloud->loop, &config, &cloud->broker);
	if (rc == 0)
		rc = sim_relay_create(&cloud->loop, check_plain, cloud, &cloud->relay);
	if (rc == 0)
		rc = sim_platform_create(&cloud->loop, &events, &cloud->platform);
	if (rc == 0)
		rc = sim_cloud_keys_changed(cloud, NULL, NULL);
	if (rc == 0)
		rc = sim_broker_start(cloud->broker);
	if (rc == 0)
		rc = sim_gateway_create(cloud, &cloud->gateway);
	if (rc == 0)
		rc = write_device_info(cloud);
	if (rc == 0)
		rc = sim_control_create(cloud, &cloud->control);
	return rc;
}

static void init_loop(struct sim_cloud *cloud)
{
	uv_loop_init(&cloud->loop);
	uv_signal_init(&cloud->loop, &cloud->sigint);
	uv_signal_init(&cloud->loop, &cloud->sigterm);
	uv_timer_init(&cloud->loop, &cloud->broker_timer);
	cloud->sigint.data = cloud;
	cloud->sigterm.data = cloud;
	cloud->broker_timer.data = cloud;
	uv_signal_start(&cloud->sigint, on_signal, SIGINT);
	uv_signal_start(&cloud->sigterm, on_signal, SIGTERM);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)info;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void run(struct sim_cloud *cloud)
{
	int rc;

	init_loop(cloud);
	rc = create_parts(cloud);
	if (rc != 0) {
		sim_say("the cloud cannot start (error %d) in %s", rc, cloud->options.dir);
		sim_cloud_quit(cloud, "start", SIM_EXIT_FAILED);
	}
	uv_run(&cloud->loop, UV_RUN_DEFAULT);
	if (uv_loop_close(&cloud->loop) != 0)
		sim_say("some handles were left open");
	sim_emit(&cloud->out, json_pack("{s:s, s:s, s:i}", "event", "exit", "reason",
					cloud->exit_reason ? cloud->exit_reason : "", "status",
					cloud->exit_status));
}

int sim_cloud_main(int argc, char **argv)
{
	struct sim_cloud *cloud = calloc(1, sizeof(*cloud));
	int status = SIM_EXIT_FAILED;

	if (!cloud || sim_registry_init(&cloud->registry) != 0) {
		free(cloud);
		return status;
	}
	signal(SIGPIPE, SIG_IGN);
	status = sim_cloud_options_parse(cloud, argc, argv);
	if (status == -1) {
		cloud->out.stream = stdout;
		cloud->out.text = cloud->options.text;
		run(cloud);
		status = cloud->exit_status;
		if (cloud->options.own_dir)
			nftw(cloud->options.dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	}
	sim_pki_finish(&cloud->pki);
	sim_registry_finish(&cloud->registry);
	free(cloud);
	return status;
}
