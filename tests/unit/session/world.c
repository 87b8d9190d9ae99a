/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include "secret/secret.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The fakes' create() finds its record through this option-free trick: the world being made. */
static struct world *making;

/* HAL */

static struct provd_capability capabilities[] = {
	{.size = sizeof(struct provd_capability), .available = 1, .name = PROVD_HAL_STATION},
	{.size = sizeof(struct provd_capability), .available = 1, .name = PROVD_HAL_SOFTAP},
	{.size = sizeof(struct provd_capability), .available = 1, .name = PROVD_HAL_MONITOR},
};

static struct provd_combination together = {
	.size = sizeof(together),
	.uses = PROVD_RADIO_STATION | PROVD_RADIO_SOFTAP | PROVD_RADIO_MONITOR,
};

static int combinations;

static int hal_create(const struct provd_host *host, void **out_inst, struct provd_error *err)
{
	(void)err;
	making->hal.host = host;
	*out_inst = &making->hal;
	return 0;
}

static void fake_destroy(void *inst)
{
	(void)inst;
}

static int hal_probe(void *inst, struct provd_error *err)
{
	(void)inst;
	(void)err;
	return 50;
}

static int hal_open(void *inst)
{
	fake_emit(inst, PROVD_EV_HAL_OPENED, 0, 0);
	return 0;
}

static void hal_close(void *inst)
{
	fake_emit(inst, PROVD_EV_HAL_CLOSED, 0, 0);
}

static int hal_caps(void *inst, struct provd_hal_caps *out_caps)
{
	(void)inst;
	out_caps->capabilities = capabilities;
	out_caps->capability_count = 3;
	out_caps->combinations = &together;
	out_caps->combination_count = (size_t)combinations;
	return 0;
}

static int station_scan(void *inst, uint64_t op, const struct provd_scan_request *request)
{
	(void)inst;
	(void)op;
	(void)request;
	return PROVD_E_NOT_SUPPORTED;
}

static int station_connect(void *inst, uint64_t op, const struct provd_credentials *credentials)
{
	struct fake *fake = inst;

	fake->connects++;
	fake->op = op;
	memcpy(fake->credentials_ssid, credentials->ssid, credentials->ssid_len);
	fake->credentials_ssid[credentials->ssid_len] = '\0';
	return 0;
}

static void station_disconnect(void *inst)
{
	(void)inst;
}

static void station_cancel(void *inst, uint64_t op)
{
	struct fake *fake = inst;

	fake->cancels++;
	if (op == fake->op)
		fake_emit(fake, PROVD_EV_OP_DONE, op, PROVD_E_CANCELED);
}

static int station_link(void *inst, struct provd_link *out_link)
{
	(void)inst;
	(void)out_link;
	return 0;
}

static int refuse_softap_start(void *inst, uint64_t op, const struct provd_softap_config *config)
{
	(void)inst;
	(void)op;
	(void)config;
	return PROVD_E_NOT_SUPPORTED;
}

static int refuse_op(void *inst, uint64_t op)
{
	(void)inst;
	(void)op;
	return PROVD_E_NOT_SUPPORTED;
}

static int refuse_kick(void *inst, const uint8_t mac[6])
{
	(void)inst;
	(void)mac;
	return PROVD_E_NOT_SUPPORTED;
}

static int refuse_monitor(void *inst, uint64_t op, const struct provd_monitor_plan *plan)
{
	(void)inst;
	(void)op;
	(void)plan;
	return PROVD_E_NOT_SUPPORTED;
}

static int refuse_channel(void *inst, uint64_t op, uint32_t freq, uint32_t width, int32_t second)
{
	(void)inst;
	(void)op;
	(void)freq;
	(void)width;
	(void)second;
	return PROVD_E_NOT_SUPPORTED;
}

static int refuse_stats(void *inst, struct provd_monitor_stats *out_stats)
{
	(void)inst;
	(void)out_stats;
	return PROVD_E_NOT_SUPPORTED;
}

static const struct provd_hal_station station = {
	.size = sizeof(station),
	.scan = station_scan,
	.connect = station_connect,
	.disconnect = station_disconnect,
	.cancel = station_cancel,
	.get_link = station_link,
};
static const struct provd_hal_softap softap = {
	.size = sizeof(softap),
	.start = refuse_softap_start,
	.stop = refuse_op,
	.kick = refuse_kick,
};
static const struct provd_hal_monitor monitor = {
	.size = sizeof(monitor),
	.start = refuse_monitor,
	.set_channel = refuse_channel,
	.stop = refuse_op,
	.get_stats = refuse_stats,
};

static const void *hal_interface(void *inst, const char *name, uint32_t size)
{
	(void)inst;
	(void)size;
	if (strcmp(name, PROVD_HAL_STATION) == 0)
		return &station;
	if (strcmp(name, PROVD_HAL_SOFTAP) == 0)
		return &softap;
	return strcmp(name, PROVD_HAL_MONITOR) == 0 ? &monitor : NULL;
}

static struct provd_plugin hal_plugin = {
	.descriptor = {.kind = PROVD_PLUGIN_HAL, .name = "fakehal", .version = "1"},
	.ops.hal = {.size = sizeof(struct provd_hal_ops),
		    .create = hal_create,
		    .destroy = fake_destroy,
		    .probe = hal_probe,
		    .open = hal_open,
		    .close = hal_close,
		    .get_caps = hal_caps,
		    .get_interface = hal_interface},
	.file = (char *)"fakehal.so",
};

/* Methods */

static int method_create_one(const struct provd_host *host, void **out_inst,
			     struct provd_error *err)
{
	(void)err;
	making->methods[0].host = host;
	*out_inst = &making->methods[0];
	return 0;
}

static int method_create_two(const struct provd_host *host, void **out_inst,
			     struct provd_error *err)
{
	(void)err;
	making->methods[1].host = host;
	*out_inst = &making->methods[1];
	return 0;
}

static int method_start(void *inst, const struct provd_method_request *request)
{
	struct fake *fake = inst;

	fake->starts++;
	fake->session = request->session;
	if (fake->start_code == 0 && !fake->silent)
		fake_emit(fake, PROVD_EV_STARTED, 0, 0);
	return fake->start_code;
}

static void method_stop(void *inst)
{
	struct fake *fake = inst;

	fake->stops++;
	if (!fake->silent)
		fake_emit(fake, PROVD_EV_STOPPED, 0, 0);
}

static void method_cancel(void *inst, uint64_t session)
{
	struct fake *fake = inst;

	fake->cancels++;
	fake_emit(fake, PROVD_EV_SESSION_CANCELED, session, 0);
}

static void on_result(void *inst, const struct provd_session_status *status)
{
	struct fake *fake = inst;

	fake->told_state = status->state;
	fake->told_status = status->status;
}

static void method_on_event(void *inst, const struct provd_event *event)
{
	(void)inst;
	(void)event;
}

static void method_suspend(void *inst, uint32_t mode)
{
	struct fake *fake = inst;

	fake->suspends++;
	fake->suspend_mode = mode;
	if (mode == PROVD_SUSPEND_RELEASE && !fake->silent)
		fake_emit(fake, PROVD_EV_SUSPENDED, 0, 0);
}

static void method_resume(void *inst)
{
	struct fake *fake = inst;

	fake->resumes++;
}

#define METHOD_OPS(create_)                                                                        \
	{                                                                                          \
		.size = sizeof(struct provd_method_ops), .create = (create_),                      \
		.destroy = fake_destroy, .start = method_start, .stop = method_stop,               \
		.cancel = method_cancel, .on_result = on_result, .on_event = method_on_event,      \
		.suspend = method_suspend, .resume = method_resume                                 \
	}

static const char *const needs_one[] = {PROVD_HAL_SOFTAP, NULL};
static const char *const needs_two[] = {"provd.hal.offload/1:airkiss|" PROVD_HAL_MONITOR, NULL};

static struct provd_plugin method_one = {
	.descriptor = {.kind = PROVD_PLUGIN_METHOD,
		       .name = "one",
		       .version = "1",
		       .needs = needs_one},
	.ops.method = METHOD_OPS(method_create_one),
	.file = (char *)"one.so",
};
static struct provd_plugin method_two = {
	.descriptor = {.kind = PROVD_PLUGIN_METHOD,
		       .name = "two",
		       .version = "1",
		       .needs = needs_two},
	.ops.method = METHOD_OPS(method_create_two),
	.file = (char *)"two.so",
};

/* Cloud */

static int cloud_create(const struct provd_host *host, void **out_inst, struct provd_error *err)
{
	(void)err;
	making->cloud.host = host;
	*out_inst = &making->cloud;
	return 0;
}

static int cloud_identity(void *inst, struct provd_identity *out_identity, struct provd_error *err)
{
	struct fake *fake = inst;

	(void)err;
	out_identity->product = "P";
	out_identity->device = "D";
	out_identity->flags = PROVD_IDENTITY_LOADED |
			      (fake->registered ? (uint32_t)PROVD_IDENTITY_REGISTERED : 0u);
	return fake->identity_code;
}

static int cloud_register(void *inst, uint64_t op)
{
	struct fake *fake = inst;

	fake->registers++;
	fake->op = op;
	return 0;
}

static int cloud_bind(void *inst, uint64_t op, const struct provd_bind_request *request)
{
	struct fake *fake = inst;
	struct provd_bytes view;

	fake->binds++;
	fake->op = op;
	(void)snprintf(fake->bind_method, sizeof(fake->bind_method), "%s", request->method);
	fake->host->secret_view(fake->host, request->token, &view);
	fake->bind_token_len = view.len;
	return 0;
}

static void cloud_cancel(void *inst, uint64_t op)
{
	struct fake *fake = inst;

	fake->cancels++;
	fake_emit(fake, PROVD_EV_OP_DONE, op, PROVD_E_CANCELED);
}

static void cloud_stop(void *inst)
{
	struct fake *fake = inst;

	fake->stops++;
	fake_emit(fake, PROVD_EV_STOPPED, 0, 0);
}

static struct provd_plugin cloud_plugin = {
	.descriptor = {.kind = PROVD_PLUGIN_CLOUD, .name = "fakecloud", .version = "1"},
	.ops.cloud = {.size = sizeof(struct provd_cloud_ops),
		      .create = cloud_create,
		      .destroy = fake_destroy,
		      .get_identity = cloud_identity,
		      .register_device = cloud_register,
		      .bind = cloud_bind,
		      .cancel = cloud_cancel,
		      .stop = cloud_stop},
	.file = (char *)"fakecloud.so",
};

/* Events */

void fake_emit(struct fake *fake, uint32_t type, uint64_t op, int status)
{
	struct provd_event event = {
		.size = sizeof(event), .type = type, .op = op, .status = status};

	cr_assert_eq(fake->host->emit(fake->host, &event), 0);
}

void fake_emit_credentials(struct fake *fake, uint64_t op, const char *ssid, const char *passphrase)
{
	struct provd_credentials credentials = {.size = sizeof(credentials)};
	struct provd_event event = {
		.size = sizeof(event),
		.type = PROVD_EV_CREDENTIALS,
		.op = op,
		.count = 1,
		.data = &credentials,
		.data_size = sizeof(credentials),
	};

	credentials.ssid_len = (uint32_t)strlen(ssid);
	memcpy(credentials.ssid, ssid, strlen(ssid));
	credentials.passphrase =
		fake->host->secret_create(fake->host, passphrase, strlen(passphrase));
	cr_assert_eq(fake->host->emit(fake->host, &event), 0);
	fake->host->secret_unref(fake->host, credentials.passphrase);
}

void fake_emit_token(struct fake *fake, uint64_t op, const char *token)
{
	struct provd_event event = {.size = sizeof(event), .type = PROVD_EV_TOKEN, .op = op};

	event.secret = fake->host->secret_create(fake->host, token, strlen(token));
	cr_assert_eq(fake->host->emit(fake->host, &event), 0);
	fake->host->secret_unref(fake->host, event.secret);
}

void fake_joined(struct world *world, int status)
{
	struct provd_link link = {.size = sizeof(link),
				  .flags = PROVD_LINK_ASSOCIATED | PROVD_LINK_ADDRESS};
	struct provd_event event = {.size = sizeof(event),
				    .type = PROVD_EV_OP_DONE,
				    .op = world->hal.op,
				    .status = status};

	link.addr.family = 4;
	if (status == 0) {
		event.count = 1;
		event.data = &link;
		event.data_size = sizeof(link);
	}
	cr_assert_eq(world->hal.host->emit(world->hal.host, &event), 0);
}

/* The world */

static void on_entry(void *user, const struct provd_timeline_entry *entry)
{
	(void)user;
	(void)entry;
}

static void on_end(void *user, uint64_t session, uint32_t final_state)
{
	struct world *world = user;

	(void)session;
	world->ended++;
	world->final_state = final_state;
}

static void on_link_lost(void *user, int status)
{
	struct world *world = user;

	provd_engine_link_lost(world->engine, status);
}

static void on_progress(void *user, const struct provd_event *event)
{
	struct world *world = user;

	provd_engine_join_progress(world->engine, event);
}

static void on_opened(void *user, int code, const char *text)
{
	struct world *world = user;

	(void)text;
	cr_assert_eq(code, 0);
	world->opened = 1;
}

static void log_write(void *user, const char *line, size_t len)
{
	struct world *world = user;

	if (world->log_len + len >= sizeof(world->log_text))
		return;
	memcpy(world->log_text + world->log_len, line, len);
	world->log_len += len;
	world->log_text[world->log_len] = '\0';
}

static void load_config(struct world *world, const char *extra)
{
	struct provd_config_errors errors = {0};
	char path[] = "/tmp/provd-engine-XXXXXX";
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	cr_assert_geq(dprintf(fd,
			      "{\"hal\":[{\"plugin\":\"fakehal\"}],"
			      "\"methods\":[{\"plugin\":\"one\",\"required\":false},"
			      "{\"plugin\":\"two\",\"required\":false}]%s}",
			      extra ? extra : ""),
		      0);
	close(fd);
	cr_assert_eq(provd_config_load(path, &world->config, &errors), 0, "%s",
		     errors.count ? errors.lines[0] : "");
	unlink(path);
	provd_config_errors_finish(&errors);
}

void world_init(struct world *world, const struct world_setup *setup)
{
	struct provd_log_config log = {.format = PROVD_LOG_TEXT,
				       .level = PROVD_LOG_DEBUG,
				       .write = log_write,
				       .user = world};
	struct provd_radio_config radio = {
		.on_link_lost = on_link_lost, .on_progress = on_progress, .user = world};
	struct provd_engine_config engine = {.on_entry = on_entry, .on_end = on_end, .user = world};
	struct provd_error err = {.size = sizeof(err)};

	memset(world, 0, sizeof(*world));
	making = world;
	combinations = setup->together;
	capabilities[2].available = !setup->without_monitor;
	capabilities[2].reason = setup->without_monitor ? "phy0 has no monitor mode" : NULL;
	world->cloud.registered = setup->registered;
	world->methods[0].silent = setup->silent_method;
	load_config(world, setup->extra);
	cr_assert_eq(provd_log_create(&log, &world->log), 0);
	cr_assert_eq(provd_loop_create(4, &world->loop), 0);
	radio.loop = engine.loop = world->loop;
	radio.log = engine.log = world->log;
	engine.config = world->config;
	cr_assert_eq(provd_radio_create(&radio, &world->radio), 0);
	engine.radio = world->radio;
	cr_assert_eq(provd_radio_add(world->radio, &hal_plugin, NULL, 1, &err), 0);
	cr_assert_eq(provd_engine_create(&engine, &world->engine), 0);
	cr_assert_eq(provd_engine_add_method(world->engine, &method_one, NULL, 0, &err), 0);
	cr_assert_eq(provd_engine_add_method(world->engine, &method_two, NULL, 0, &err), 0);
	if (!setup->no_cloud)
		cr_assert_eq(provd_engine_set_cloud(world->engine, &cloud_plugin, NULL, &err), 0);
	provd_radio_open(world->radio, 5000, on_opened, world);
	world_settle(world);
	cr_assert(world->opened);
	cr_assert_eq(provd_engine_prepare(world->engine, &err), 0);
}

static void at_rest(void *user)
{
	struct world *world = user;

	world->at_rest++;
}

static void radio_closed(void *user)
{
	struct world *world = user;

	world->at_rest++;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* One turn, waiting at most until a timer that only serves to wake us. */
static void wake(void *user)
{
	(void)user;
}

static void turn(struct world *world)
{
	struct provd_owner *owner;
	uint64_t id;

	cr_assert_eq(provd_owner_create(world->loop, "test", &owner), 0);
	cr_assert_eq(provd_timer_start(owner, 5, wake, NULL, &id), 0);
	provd_loop_turn(world->loop, 1);
	provd_owner_destroy(owner);
}

void world_settle(struct world *world)
{
	for (int i = 0; i < 20; i++)
		provd_loop_turn(world->loop, 0);
}

int world_wait(struct world *world, const unsigned *counter, unsigned value)
{
	uint64_t until = now_ms() + 10000;

	while (*counter < value) {
		if (now_ms() > until)
			return 0;
		turn(world);
	}
	return 1;
}

const char *world_state(struct world *world)
{
	static char state[32];
	json_t *status = provd_engine_status_json(world->engine);

	(void)snprintf(state, sizeof(state), "%s",
		       json_string_value(json_object_get(status, "state")));
	json_decref(status);
	return state;
}

int world_wait_state(struct world *world, const char *state)
{
	uint64_t until = now_ms() + 10000;

	while (strcmp(world_state(world), state) != 0) {
		if (now_ms() > until)
			return 0;
		turn(world);
	}
	return 1;
}

int world_has_event(struct world *world, const char *event)
{
	uint64_t session = 0;
	json_t *entries = provd_timeline_json(provd_engine_timeline(world->engine), &session);
	json_t *entry;
	size_t i;
	int found = 0;

	json_array_foreach(entries, i,
			   entry) if (strcmp(json_string_value(json_object_get(entry, "event")),
					     event) == 0) found = 1;
	json_decref(entries);
	return found;
}

void world_finish(struct world *world)
{
	uint64_t until = now_ms() + 10000;

	provd_engine_shutdown(world->engine, at_rest, world);
	while (world->at_rest < 1 && now_ms() < until)
		turn(world);
	cr_assert_eq(world->at_rest, 1);
	provd_radio_close(world->radio, 1000, radio_closed, world);
	while (world->at_rest < 2 && now_ms() < until)
		turn(world);
	cr_assert_eq(world->at_rest, 2);
	provd_engine_destroy(world->engine);
	provd_radio_destroy(world->radio);
	cr_assert_eq(provd_loop_destroy(world->loop), 0);
	provd_log_destroy(world->log);
	provd_config_destroy(world->config);
}
