/* SPDX-License-Identifier: Apache-2.0 */
/* The fake plugins of the world. */
#include "fakes.h"

#include <criterion/criterion.h>

#include <string.h>

/* create() finds its record here: the world being made. */
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
static int caps_code;

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
	struct fake *fake = inst;

	if (!fake->silent)
		fake_emit(inst, PROVD_EV_HAL_CLOSED, 0, 0);
}

static int hal_caps(void *inst, struct provd_hal_caps *out_caps)
{
	(void)inst;
	out_caps->capabilities = capabilities;
	out_caps->capability_count = 3;
	out_caps->combinations = &together;
	out_caps->combination_count = (size_t)combinations;
	return caps_code;
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
	if (fake->start_code)
		return fake->start_code;
	fake->op = op;
	memcpy(fake->credentials_ssid, credentials->ssid, credentials->ssid_len);
	fake->credentials_ssid[credentials->ssid_len] = '\0';
	return 0;
}

static void station_disconnect(void *inst)
{
	struct fake *fake = inst;

	fake->disconnects++;
}

static void station_cancel(void *inst, uint64_t op)
{
	struct fake *fake = inst;

	fake->cancels++;
	if (op == fake->op && !fake->silent)
		fake_emit(fake, PROVD_EV_OP_DONE, op, PROVD_E_CANCELED);
}

static int station_link(void *inst, struct provd_link *out_link)
{
	(void)inst;
	(void)out_link;
	return 0;
}

static int softap_start(void *inst, uint64_t op, const struct provd_softap_config *config)
{
	struct fake *fake = inst;

	(void)config;
	fake->ap_starts++;
	fake_emit(fake, PROVD_EV_OP_DONE, op, 0);
	return 0;
}

static int softap_stop(void *inst, uint64_t op)
{
	struct fake *fake = inst;

	fake->ap_stops++;
	fake->ap_stop_op = op;
	if (!fake->slow_ap_stop)
		fake_emit(fake, PROVD_EV_OP_DONE, op, 0);
	return 0;
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
	.start = softap_start,
	.stop = softap_stop,
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

struct provd_plugin fake_hal_plugin = {
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
	fake->deadline_ms = request->deadline_ms;
	fake->purpose = request->purpose;
	if (fake->start_code == 0 && !fake->silent)
		fake_emit(fake, PROVD_EV_STARTED, 0, 0);
	return fake->start_code;
}

static void method_stop(void *inst)
{
	struct fake *fake = inst;

	fake->stops++;
	if (!fake->silent && !fake->slow_stop)
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
	struct fake *fake = inst;

	fake->events++;
	fake->event_op = event->op;
	fake->event_status = event->status;
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

static const char *const needs_softap[] = {PROVD_HAL_SOFTAP, NULL};
static const char *const needs_sniff[] = {"provd.hal.offload/1:airkiss|" PROVD_HAL_MONITOR, NULL};
static const char *const needs_both[] = {PROVD_HAL_SOFTAP, PROVD_HAL_MONITOR, NULL};
static const char *const needs_log[] = {PROVD_HAL_SOFTAP, PROVD_NEED_FAILED_SESSION, NULL};
static const char *const needs_channel[] = {PROVD_HAL_SOFTAP, PROVD_NEED_APPCHANNEL, NULL};

struct provd_plugin fake_method_one = {
	.descriptor = {.kind = PROVD_PLUGIN_METHOD,
		       .name = "one",
		       .version = "1",
		       .needs = needs_softap},
	.ops.method = METHOD_OPS(method_create_one),
	.file = (char *)"one.so",
};
struct provd_plugin fake_method_two = {
	.descriptor = {.kind = PROVD_PLUGIN_METHOD,
		       .name = "two",
		       .version = "1",
		       .needs = needs_sniff},
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
	if (!fake->silent)
		fake_emit(fake, PROVD_EV_OP_DONE, op, PROVD_E_CANCELED);
}

static void cloud_stop(void *inst)
{
	struct fake *fake = inst;

	fake->stops++;
	if (!fake->silent)
		fake_emit(fake, PROVD_EV_STOPPED, 0, 0);
}

static int dialect_datagram(void *inst, uint64_t peer, const struct provd_addr *from,
			    const uint8_t *data, size_t len)
{
	struct fake *fake = inst;

	(void)peer;
	(void)from;
	fake->datagrams++;
	return len && data[0] == '{' ? 0 : PROVD_E_PEER_FORMAT;
}

static void dialect_peer_gone(void *inst, uint64_t peer)
{
	(void)inst;
	(void)peer;
}

static void dialect_describe(void *inst, uint32_t state, int status,
			     struct provd_app_failure *out_failure)
{
	(void)inst;
	(void)state;
	out_failure->id = 12;
	out_failure->sub = status;
}

static const struct provd_dialect dialect = {
	.size = sizeof(dialect),
	.port = 8266,
	.datagram = dialect_datagram,
	.peer_gone = dialect_peer_gone,
	.on_state = on_result,
	.describe = dialect_describe,
};

static const void *cloud_interface(void *inst, const char *name, uint32_t size)
{
	(void)inst;
	(void)size;
	return strcmp(name, PROVD_DIALECT) == 0 ? &dialect : NULL;
}

struct provd_plugin fake_cloud_plugin = {
	.descriptor = {.kind = PROVD_PLUGIN_CLOUD, .name = "fakecloud", .version = "1"},
	.ops.cloud = {.size = sizeof(struct provd_cloud_ops),
		      .create = cloud_create,
		      .destroy = fake_destroy,
		      .get_identity = cloud_identity,
		      .register_device = cloud_register,
		      .bind = cloud_bind,
		      .cancel = cloud_cancel,
		      .stop = cloud_stop,
		      .get_interface = cloud_interface},
	.file = (char *)"fakecloud.so",
};

void fake_take_monitor_away(struct world *world)
{
	capabilities[2].available = 0;
	capabilities[2].reason = "phy0 has no monitor mode";
	fake_emit(&world->hal, PROVD_EV_CAPS_CHANGED, 0, 0);
}

void fake_give_monitor_back(struct world *world)
{
	capabilities[2].available = 1;
	fake_emit(&world->hal, PROVD_EV_CAPS_CHANGED, 0, 0);
}

void fake_take_station_away(struct world *world, int deaf)
{
	capabilities[0].available = 0;
	capabilities[0].reason = "wlan0 is gone";
	caps_code = deaf ? PROVD_E_IO : 0;
	fake_emit(&world->hal, PROVD_EV_CAPS_CHANGED, 0, 0);
}

void fakes_set(struct world *world, const struct world_setup *setup)
{
	making = world;
	capabilities[0].available = 1;
	caps_code = 0;
	combinations = setup->together;
	capabilities[2].available = !setup->without_monitor;
	capabilities[2].reason = setup->without_monitor ? "phy0 has no monitor mode" : NULL;
	fake_method_one.descriptor.needs = setup->channel  ? needs_channel
					   : setup->greedy ? needs_both
							   : needs_softap;
	fake_method_two.descriptor.needs = setup->both_softap  ? needs_softap
					   : setup->log_method ? needs_log
							       : needs_sniff;
	fake_method_one.ops.method.suspend = setup->no_suspend ? NULL : method_suspend;
	fake_method_two.ops.method.suspend = setup->no_suspend ? NULL : method_suspend;
}
