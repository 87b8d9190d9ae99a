/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <string.h>

/* Bytes of advertisement and scan response, less flags (Core 5.3, Vol 3 Part C 11). */
#define ADV_ROOM (31u + 31u - 3u)

static void on_done(void *user)
{
	struct sim_ble_op *slot = user;

	slot->op.timer = 0;
	sim_op_end(slot->sim, &slot->op, slot->status);
	if (slot->advertise && slot->status == 0)
		sim_script_fire(slot->sim, SIM_ON_ADVERTISE);
}

static int begin(struct sim *sim, uint64_t op, int status, uint32_t advertise)
{
	for (size_t i = 0; i < SIM_BLE_OPS; i++) {
		struct sim_ble_op *slot = &sim->ble.ops[i];
		int rc;

		if (slot->op.op)
			continue;
		rc = sim->host->timer_start(sim->host, sim_delay(sim, "ble_delay"), on_done, slot,
					    &slot->op.timer);
		if (rc)
			return rc;
		slot->sim = sim;
		slot->op.op = op;
		slot->status = status;
		slot->advertise = advertise;
		return 0;
	}
	return PROVD_E_BUSY;
}

static int add_service(void *inst, uint64_t op, const struct provd_ble_service *service,
		       uint32_t *out_service)
{
	struct sim *sim = inst;
	struct sim_ble *ble = &sim->ble;
	struct sim_ble_service *copy;
	int fault;
	int rc = sim_ready(sim);

	if (rc)
		return rc;
	if (!op || !service || !out_service || !service->characteristics ||
	    service->characteristic_count < 1 || service->characteristic_count > SIM_CHAR_MAX)
		return PROVD_E_INVALID;
	if (ble->service_count >= SIM_SERVICE_MAX)
		return PROVD_E_LIMIT;
	rc = sim_fault_take(sim, SIM_POINT_ADD_SERVICE, 1);
	if (rc)
		return rc;
	fault = sim_fault_take(sim, SIM_POINT_ADD_SERVICE, 0);
	rc = begin(sim, op, fault, 0);
	if (rc)
		return rc;
	*out_service = (uint32_t)ble->service_count;
	if (fault)
		return 0;
	copy = &ble->services[ble->service_count++];
	memset(copy, 0, sizeof(*copy));
	memcpy(copy->uuid, service->uuid, 16);
	copy->count = service->characteristic_count;
	for (size_t i = 0; i < copy->count; i++) {
		copy->chars[i].properties = service->characteristics[i].properties;
		memcpy(copy->chars[i].uuid, service->characteristics[i].uuid, 16);
	}
	return 0;
}

static int remove_services(void *inst, uint64_t op)
{
	struct sim *sim = inst;
	int rc = op ? sim_ready(sim) : PROVD_E_INVALID;

	if (!rc)
		rc = begin(sim, op, 0, 0);
	if (!rc)
		sim->ble.service_count = 0;
	return rc;
}

/* 16-bit UUIDs go over the air in short form. */
static size_t uuid_room(const uint8_t uuid[16])
{
	static const uint8_t base[12] = {0, 0, 0x10, 0, 0x80, 0, 0, 0x80, 0x5f, 0x9b, 0x34, 0xfb};

	return uuid[0] == 0 && uuid[1] == 0 && memcmp(uuid + 4, base, 12) == 0 ? 2 : 16;
}

static int copy_advertisement(struct sim_ble_adv *adv, const struct provd_ble_advertisement *from)
{
	size_t name = from->local_name ? strlen(from->local_name) : 0;
	size_t room = 0;

	if (from->service_uuid_count > 4 || name > 29 || from->manufacturer_data.len > 27 ||
	    from->service_data.len > 27)
		return PROVD_E_INVALID;
	/* Each structure has a length and a type byte. */
	room += name ? name + 2 : 0;
	room += from->service_uuid_count ? 2 : 0;
	for (size_t i = 0; i < from->service_uuid_count; i++)
		room += uuid_room(from->service_uuids[i]);
	room += from->manufacturer_data.len ? from->manufacturer_data.len + 4 : 0;
	if (from->service_data_uuid)
		room += from->service_data.len + 2 + uuid_room(from->service_data_uuid);
	if (room > ADV_ROOM)
		return PROVD_E_INVALID;
	memset(adv, 0, sizeof(*adv));
	adv->on = 1;
	if (name)
		memcpy(adv->name, from->local_name, name);
	adv->uuid_count = from->service_uuid_count;
	for (size_t i = 0; i < adv->uuid_count; i++)
		memcpy(adv->uuids[i], from->service_uuids[i], 16);
	adv->manufacturer_id = from->manufacturer_id;
	adv->manufacturer_len = from->manufacturer_data.len;
	if (adv->manufacturer_len)
		memcpy(adv->manufacturer, from->manufacturer_data.data, adv->manufacturer_len);
	if (!from->service_data_uuid)
		return 0;
	adv->has_data = 1;
	memcpy(adv->data_uuid, from->service_data_uuid, 16);
	adv->data_len = from->service_data.len;
	if (adv->data_len)
		memcpy(adv->data, from->service_data.data, adv->data_len);
	return 0;
}

static int advertise(void *inst, uint64_t op, const struct provd_ble_advertisement *adv)
{
	struct sim *sim = inst;
	struct sim_ble_adv copy;
	int fault;
	int rc = op && adv ? sim_ready(sim) : PROVD_E_INVALID;

	if (!rc)
		rc = copy_advertisement(&copy, adv);
	if (!rc)
		rc = sim_fault_take(sim, SIM_POINT_ADVERTISE, 1);
	if (rc)
		return rc;
	fault = sim_fault_take(sim, SIM_POINT_ADVERTISE, 0);
	rc = begin(sim, op, fault, 1);
	if (rc || fault)
		return rc;
	sim->ble.adv = copy;
	sim_ble_tell_advertisement(sim);
	return 0;
}

static int stop_advertising(void *inst, uint64_t op)
{
	struct sim *sim = inst;
	int rc = op ? sim_ready(sim) : PROVD_E_INVALID;

	if (!rc)
		rc = begin(sim, op, 0, 0);
	if (rc)
		return rc;
	memset(&sim->ble.adv, 0, sizeof(sim->ble.adv));
	sim_ble_tell_advertisement(sim);
	return 0;
}

static struct sim_ble_char *attribute(struct sim *sim, uint32_t service, uint32_t characteristic)
{
	if (service >= sim->ble.service_count || characteristic >= sim->ble.services[service].count)
		return NULL;
	return &sim->ble.services[service].chars[characteristic];
}

static int notify(void *inst, uint64_t connection, uint32_t service, uint32_t characteristic,
		  const uint8_t *data, size_t len)
{
	struct sim *sim = inst;
	struct sim_ble *ble = &sim->ble;
	struct sim_ble_char *c = attribute(sim, service, characteristic);
	json_t *line;
	int rc = sim_ready(sim);

	if (rc)
		return rc;
	if (!connection || connection != ble->connection || ble->leaving)
		return PROVD_E_PEER_GONE;
	if (!c || (len && !data) || len > ble->mtu - 3)
		return PROVD_E_INVALID;
	if (!c->subscribed)
		return PROVD_E_STATE;
	rc = sim_fault_take(sim, SIM_POINT_NOTIFY, 1);
	if (!rc)
		rc = sim_fault_take(sim, SIM_POINT_NOTIFY, 0);
	if (!rc && ble->note_count >= SIM_BLE_NOTES)
		rc = PROVD_E_BUSY;
	if (rc)
		return rc;
	line = json_pack("{s:s}", "op", "notify");
	if (!line || sim_ble_line_uuid(line, "service", ble->services[service].uuid) ||
	    sim_ble_line_uuid(line, "characteristic", c->uuid) ||
	    sim_ble_line_hex(line, "value", data, len)) {
		json_decref(line);
		return PROVD_E_NOMEM;
	}
	rc = sim_ble_link_send(sim, line);
	if (rc)
		return rc;
	ble->notes[ble->note_count++] = (struct sim_ble_note){
		.end = ble->queued, .service = service, .characteristic = characteristic};
	sim_ble_flushed(sim);
	return 0;
}

static int set_value(void *inst, uint32_t service, uint32_t characteristic, const uint8_t *data,
		     size_t len)
{
	struct sim *sim = inst;
	struct sim_ble_char *c = attribute(sim, service, characteristic);
	int rc = sim_ready(sim);

	if (rc)
		return rc;
	if (!c || len > sizeof(c->value) || (len && !data))
		return PROVD_E_INVALID;
	if (len)
		memcpy(c->value, data, len);
	c->value_len = len;
	return 0;
}

static int disconnect(void *inst, uint64_t connection)
{
	struct sim *sim = inst;
	struct sim_ble *ble = &sim->ble;
	int rc = sim_ready(sim);

	if (rc)
		return rc;
	if (!connection || connection != ble->connection)
		return PROVD_E_PEER_GONE;
	if (ble->leaving)
		return 0;
	ble->leaving = 1;
	if (sim_ble_link_send(sim, json_pack("{s:s}", "op", "disconnect")))
		sim_ble_drop(sim, 0);
	else
		sim_ble_flushed(sim);
	return 0;
}

void sim_ble_close(struct sim *sim, int status)
{
	struct sim_ble *ble = &sim->ble;

	sim_ble_drop(sim, PROVD_E_PEER_GONE);
	sim_ble_link_close(sim);
	for (size_t i = 0; i < SIM_BLE_OPS; i++)
		sim_op_end(sim, &ble->ops[i].op, status);
	ble->service_count = 0;
	memset(&ble->adv, 0, sizeof(ble->adv));
}

const struct provd_hal_ble sim_ble_table = {.size = sizeof(sim_ble_table),
					    .add_service = add_service,
					    .remove_services = remove_services,
					    .advertise = advertise,
					    .stop_advertising = stop_advertising,
					    .notify = notify,
					    .set_value = set_value,
					    .disconnect = disconnect};
