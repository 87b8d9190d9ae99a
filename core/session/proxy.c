/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HAL tables as methods see them. Each call checks that nobody else holds the capability,
 * notes whose operation it is, and goes on to the HAL.
 */
#include "session/radio_internal.h"

/* Takes the capability for this user. */
static int hold(struct proxy *proxy)
{
	struct provd_instance **holder = &proxy->radio->holder[proxy->capability];

	if (!proxy->user || proxy->hal->state != HAL_OPEN)
		return PROVD_E_STATE;
	if (!(proxy->hal->offered & (1u << proxy->capability)))
		return PROVD_E_NO_CAPABILITY;
	if (*holder && *holder != proxy->user)
		return PROVD_E_BUSY;
	*holder = proxy->user;
	return 0;
}

/* Notes the operation before the call, since the HAL may raise its end inside it. */
static int op_begin(struct proxy *proxy, uint64_t op)
{
	int code = hold(proxy);

	return code ? code : provd__radio_op_add(proxy->radio, proxy->hal, op, proxy->user);
}

static int op_end(struct proxy *proxy, uint64_t op, int code)
{
	if (code < 0)
		provd__radio_op_drop(proxy->radio, op);
	return code;
}

static int softap_start(void *self, uint64_t op, const struct provd_softap_config *config)
{
	struct proxy *proxy = self;
	int code = op_begin(proxy, op);

	if (code)
		return code;
	code = proxy->hal->softap.start(proxy->hal->instance->inst, op, config);
	return op_end(proxy, op, code);
}

static int softap_stop(void *self, uint64_t op)
{
	struct proxy *proxy = self;
	int code = op_begin(proxy, op);

	if (code)
		return code;
	return op_end(proxy, op, proxy->hal->softap.stop(proxy->hal->instance->inst, op));
}

static int softap_kick(void *self, const uint8_t mac[6])
{
	struct proxy *proxy = self;
	int code = hold(proxy);

	return code ? code : proxy->hal->softap.kick(proxy->hal->instance->inst, mac);
}

static const struct provd_hal_softap softap_table = {
	.size = sizeof(softap_table),
	.start = softap_start,
	.stop = softap_stop,
	.kick = softap_kick,
};

static int monitor_start(void *self, uint64_t op, const struct provd_monitor_plan *plan)
{
	struct proxy *proxy = self;
	int code = op_begin(proxy, op);

	if (code)
		return code;
	code = proxy->hal->monitor.start(proxy->hal->instance->inst, op, plan);
	return op_end(proxy, op, code);
}

static int monitor_set_channel(void *self, uint64_t op, uint32_t freq_mhz, uint32_t width,
			       int32_t second)
{
	struct proxy *proxy = self;
	int code = op_begin(proxy, op);

	if (code)
		return code;
	code = proxy->hal->monitor.set_channel(proxy->hal->instance->inst, op, freq_mhz, width,
					       second);
	return op_end(proxy, op, code);
}

static int monitor_stop(void *self, uint64_t op)
{
	struct proxy *proxy = self;
	int code = op_begin(proxy, op);

	if (code)
		return code;
	return op_end(proxy, op, proxy->hal->monitor.stop(proxy->hal->instance->inst, op));
}

static int monitor_get_stats(void *self, struct provd_monitor_stats *out_stats)
{
	struct proxy *proxy = self;
	int code = hold(proxy);

	if (code)
		return code;
	return proxy->hal->monitor.get_stats(proxy->hal->instance->inst, out_stats);
}

static const struct provd_hal_monitor monitor_table = {
	.size = sizeof(monitor_table),
	.start = monitor_start,
	.set_channel = monitor_set_channel,
	.stop = monitor_stop,
	.get_stats = monitor_get_stats,
};

static int offload_start(void *self, uint64_t op, const struct provd_offload_request *request)
{
	struct proxy *proxy = self;
	int code = op_begin(proxy, op);

	if (code)
		return code;
	code = proxy->hal->offload.start(proxy->hal->instance->inst, op, request);
	return op_end(proxy, op, code);
}

static int offload_stop(void *self, uint64_t op)
{
	struct proxy *proxy = self;
	int code = op_begin(proxy, op);

	if (code)
		return code;
	return op_end(proxy, op, proxy->hal->offload.stop(proxy->hal->instance->inst, op));
}

static const struct provd_hal_offload offload_table = {
	.size = sizeof(offload_table),
	.start = offload_start,
	.stop = offload_stop,
};

static int ble_add_service(void *self, uint64_t op, const struct provd_ble_service *service,
			   uint32_t *out_service)
{
	struct proxy *proxy = self;
	int code = op_begin(proxy, op);

	if (code)
		return code;
	code = proxy->hal->ble.add_service(proxy->hal->instance->inst, op, service, out_service);
	return op_end(proxy, op, code);
}

static int ble_remove_services(void *self, uint64_t op)
{
	struct proxy *proxy = self;
	int code = op_begin(proxy, op);

	if (code)
		return code;
	return op_end(proxy, op, proxy->hal->ble.remove_services(proxy->hal->instance->inst, op));
}

static int ble_advertise(void *self, uint64_t op, const struct provd_ble_advertisement *adv)
{
	struct proxy *proxy = self;
	int code = op_begin(proxy, op);

	if (code)
		return code;
	return op_end(proxy, op, proxy->hal->ble.advertise(proxy->hal->instance->inst, op, adv));
}

static int ble_stop_advertising(void *self, uint64_t op)
{
	struct proxy *proxy = self;
	int code = op_begin(proxy, op);

	if (code)
		return code;
	return op_end(proxy, op, proxy->hal->ble.stop_advertising(proxy->hal->instance->inst, op));
}

static int ble_notify(void *self, uint64_t connection, uint32_t service, uint32_t characteristic,
		      const uint8_t *data, size_t len)
{
	struct proxy *proxy = self;
	int code = hold(proxy);

	if (code)
		return code;
	return proxy->hal->ble.notify(proxy->hal->instance->inst, connection, service,
				      characteristic, data, len);
}

static int ble_set_value(void *self, uint32_t service, uint32_t characteristic, const uint8_t *data,
			 size_t len)
{
	struct proxy *proxy = self;
	int code = hold(proxy);

	if (code)
		return code;
	return proxy->hal->ble.set_value(proxy->hal->instance->inst, service, characteristic, data,
					 len);
}

static int ble_disconnect(void *self, uint64_t connection)
{
	struct proxy *proxy = self;
	int code = hold(proxy);

	return code ? code : proxy->hal->ble.disconnect(proxy->hal->instance->inst, connection);
}

static const struct provd_hal_ble ble_table = {
	.size = sizeof(ble_table),
	.add_service = ble_add_service,
	.remove_services = ble_remove_services,
	.advertise = ble_advertise,
	.stop_advertising = ble_stop_advertising,
	.notify = ble_notify,
	.set_value = ble_set_value,
	.disconnect = ble_disconnect,
};

const void *provd__proxy_table(enum capability_index capability)
{
	switch (capability) {
	case CAP_SOFTAP:
		return &softap_table;
	case CAP_MONITOR:
		return &monitor_table;
	case CAP_OFFLOAD:
		return &offload_table;
	case CAP_BLE:
		return &ble_table;
	case CAP_STATION: /* joining is the engine's */
	case CAP_STORE:	  /* keeping is the core's */
	case CAP_COUNT:
		break;
	}
	return NULL;
}
