/* SPDX-License-Identifier: Apache-2.0 */
/* A board whose radio acknowledges everything and hears nobody, for methods. */
#include "subject.h"

#include <provd/hal_ble.h>
#include <provd/hal_monitor.h>
#include <provd/hal_offload.h>
#include <provd/hal_softap.h>
#include <provd/hal_station.h>

#include <stdlib.h>
#include <string.h>

struct acknowledgement {
	struct conf_subject *subject;
	uint64_t op;
	int status;
};

static void deliver(void *user)
{
	struct acknowledgement *ack = user;
	struct provd_event event = {.size = sizeof(event),
				    .type = PROVD_EV_OP_DONE,
				    .op = ack->op,
				    .status = ack->status};
	struct provd_instance *instance = ack->subject->instance;

	if (instance && instance->inst)
		ack->subject->plugin->ops.method.on_event(instance->inst, &event);
	free(ack);
}

int conf_acknowledge(struct conf_subject *subject, uint64_t op, int status)
{
	struct acknowledgement *ack = malloc(sizeof(*ack));
	int ret;

	if (!ack)
		return PROVD_E_NOMEM;
	ack->subject = subject;
	ack->op = op;
	ack->status = status;
	ret = provd_defer(subject->owner, deliver, ack);
	if (ret < 0)
		free(ack);
	return ret;
}

static int done(void *inst, uint64_t op)
{
	return conf_acknowledge(inst, op, 0);
}

static int softap_start(void *inst, uint64_t op, const struct provd_softap_config *config)
{
	struct conf_subject *subject = inst;

	if (config->ssid_len == 0 || config->ssid_len > PROVD_SSID_MAX)
		conf_fail(subject->child, "softap start with an SSID of %u bytes",
			  (unsigned)config->ssid_len);
	if (config->security != PROVD_SECURITY_OPEN && !config->passphrase)
		conf_fail(subject->child, "softap start with security but no passphrase");
	return done(inst, op);
}

static int softap_kick(void *inst, const uint8_t mac[6])
{
	(void)inst;
	(void)mac;
	return PROVD_E_NOT_FOUND;
}

static const struct provd_hal_softap softap = {
	.size = sizeof(softap), .start = softap_start, .stop = done, .kick = softap_kick};

static int monitor_start(void *inst, uint64_t op, const struct provd_monitor_plan *plan)
{
	struct conf_subject *subject = inst;

	if (!plan->frames || plan->freq_mhz == 0)
		conf_fail(subject->child, "monitor start without a callback or a frequency");
	return done(inst, op);
}

static int monitor_set_channel(void *inst, uint64_t op, uint32_t freq_mhz, uint32_t width,
			       int32_t second)
{
	struct conf_subject *subject = inst;

	if (freq_mhz == 0 || (width != 20 && width != 40) || second < -1 || second > 1)
		conf_fail(subject->child, "set_channel(%u MHz, %u, %d)", (unsigned)freq_mhz,
			  (unsigned)width, (int)second);
	return done(inst, op);
}

static int monitor_get_stats(void *inst, struct provd_monitor_stats *out_stats)
{
	(void)inst;
	memset(out_stats, 0, sizeof(*out_stats));
	out_stats->size = sizeof(*out_stats);
	return 0;
}

static const struct provd_hal_monitor monitor = {.size = sizeof(monitor),
						 .start = monitor_start,
						 .set_channel = monitor_set_channel,
						 .stop = done,
						 .get_stats = monitor_get_stats};

static int offload_start(void *inst, uint64_t op, const struct provd_offload_request *request)
{
	(void)request;
	return done(inst, op);
}

static const struct provd_hal_offload offload = {
	.size = sizeof(offload), .start = offload_start, .stop = done};

static int ble_add_service(void *inst, uint64_t op, const struct provd_ble_service *service,
			   uint32_t *out_service)
{
	struct conf_subject *subject = inst;

	if (service->characteristic_count < 1 || service->characteristic_count > 8)
		conf_fail(subject->child, "a BLE service of %zu characteristics",
			  service->characteristic_count);
	*out_service = 1;
	return done(inst, op);
}

static int ble_advertise(void *inst, uint64_t op, const struct provd_ble_advertisement *adv)
{
	(void)adv;
	return done(inst, op);
}

static int ble_notify(void *inst, uint64_t connection, uint32_t service, uint32_t characteristic,
		      const uint8_t *data, size_t len)
{
	(void)inst;
	(void)connection;
	(void)service;
	(void)characteristic;
	(void)data;
	(void)len;
	return PROVD_E_PEER_GONE;
}

static int ble_set_value(void *inst, uint32_t service, uint32_t characteristic, const uint8_t *data,
			 size_t len)
{
	(void)inst;
	(void)service;
	(void)characteristic;
	(void)data;
	(void)len;
	return 0;
}

static int ble_disconnect(void *inst, uint64_t connection)
{
	(void)inst;
	(void)connection;
	return PROVD_E_PEER_GONE;
}

static const struct provd_hal_ble ble = {.size = sizeof(ble),
					 .add_service = ble_add_service,
					 .remove_services = done,
					 .advertise = ble_advertise,
					 .stop_advertising = done,
					 .notify = ble_notify,
					 .set_value = ble_set_value,
					 .disconnect = ble_disconnect};

static int station_scan(void *inst, uint64_t op, const struct provd_scan_request *request)
{
	(void)request;
	return done(inst, op);
}

static int station_connect(void *inst, uint64_t op, const struct provd_credentials *credentials)
{
	(void)credentials;
	return conf_acknowledge(inst, op, PROVD_E_WIFI_NO_AP);
}

static void station_disconnect(void *inst)
{
	(void)inst;
}

static void station_cancel(void *inst, uint64_t op)
{
	(void)inst;
	(void)op;
}

static int station_get_link(void *inst, struct provd_link *out_link)
{
	(void)inst;
	memset(out_link, 0, sizeof(*out_link));
	out_link->size = sizeof(*out_link);
	return 0;
}

static const struct provd_hal_station station = {.size = sizeof(station),
						 .scan = station_scan,
						 .connect = station_connect,
						 .disconnect = station_disconnect,
						 .cancel = station_cancel,
						 .get_link = station_get_link};

const void *conf_radio(const char *name)
{
	if (strcmp(name, PROVD_HAL_SOFTAP) == 0)
		return &softap;
	if (strcmp(name, PROVD_HAL_MONITOR) == 0)
		return &monitor;
	if (strcmp(name, PROVD_HAL_OFFLOAD) == 0)
		return &offload;
	if (strcmp(name, PROVD_HAL_BLE) == 0)
		return &ble;
	if (strcmp(name, PROVD_HAL_STATION) == 0)
		return &station;
	return NULL;
}
