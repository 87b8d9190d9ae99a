/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <string.h>

/* The phone's side of the GATT server: what it asks and what it is told. */

static void send_line(struct sim *sim, json_t *line)
{
	int rc = sim_ble_link_send(sim, line);

	if (rc)
		PROVD_LOG(sim->host, PROVD_LOG_WARN, NULL, "an answer to the phone is lost",
			  provd_f_code("code", rc));
}

static void answer(struct sim *sim, const struct sim_ble_request *request, int status)
{
	send_line(sim, sim_ble_line_answer(request->verb, status));
}

static void raise(struct sim *sim, uint32_t type, int status, uint32_t service, uint32_t count,
		  const struct provd_bytes *data)
{
	struct provd_event event = {.size = sizeof(event),
				    .type = type,
				    .op = sim->ble.connection,
				    .status = status,
				    .count = count,
				    .data = data ? data->data : NULL,
				    .data_size = data ? data->len : 0,
				    .service = service};
	int rc = sim->host->emit(sim->host, &event);

	if (rc)
		PROVD_LOG(sim->host, PROVD_LOG_ERROR, NULL, "event lost",
			  provd_f_int("type", (int64_t)type), provd_f_code("code", rc));
}

/* Finds the attribute by its UUID; the service may be left out when one has it. */
static struct sim_ble_char *find(struct sim *sim, const struct sim_ble_request *request,
				 uint32_t *out_service, uint32_t *out_characteristic)
{
	for (uint32_t s = 0; s < sim->ble.service_count; s++) {
		struct sim_ble_service *service = &sim->ble.services[s];

		if (request->has_service && memcmp(service->uuid, request->service, 16) != 0)
			continue;
		for (uint32_t c = 0; c < service->count; c++) {
			if (memcmp(service->chars[c].uuid, request->characteristic, 16) != 0)
				continue;
			*out_service = s;
			*out_characteristic = c;
			return &service->chars[c];
		}
	}
	return NULL;
}

static json_t *describe_char(const struct sim_ble_char *c)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} properties[] = {{PROVD_BLE_READ, "read"},
			  {PROVD_BLE_WRITE_NO_RESPONSE, "write-without-response"},
			  {PROVD_BLE_WRITE, "write"},
			  {PROVD_BLE_NOTIFY, "notify"},
			  {PROVD_BLE_INDICATE, "indicate"}};
	json_t *object = json_object();
	json_t *list = json_array();

	if (!object || !list || sim_ble_line_uuid(object, "uuid", c->uuid)) {
		json_decref(list);
		return object;
	}
	for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
		if (c->properties & properties[i].bit)
			json_array_append_new(list, json_string(properties[i].name));
	}
	json_object_set_new(object, "properties", list);
	return object;
}

static json_t *describe_services(const struct sim *sim)
{
	json_t *services = json_array();

	for (size_t s = 0; s < sim->ble.service_count; s++) {
		const struct sim_ble_service *service = &sim->ble.services[s];
		json_t *object = json_object();
		json_t *chars = json_array();

		if (object)
			sim_ble_line_uuid(object, "uuid", service->uuid);
		for (size_t c = 0; c < service->count; c++)
			json_array_append_new(chars, describe_char(&service->chars[c]));
		json_object_set_new(object, "characteristics", chars);
		json_array_append_new(services, object);
	}
	return services;
}

static void on_connect(struct sim *sim, const struct sim_ble_request *request)
{
	static const uint8_t none[6];
	static const uint8_t usual[6] = {2, 0, 0x5e, 0x10, 0, 1};
	struct sim_ble *ble = &sim->ble;
	struct provd_ble_peer peer = {.size = sizeof(peer)};
	json_t *line;

	if (ble->connection || !ble->adv.on) {
		answer(sim, request, ble->connection ? PROVD_E_BUSY : PROVD_E_STATE);
		return;
	}
	ble->connection = sim->host->new_id(sim->host);
	ble->mtu = request->mtu ? request->mtu : SIM_BLE_MTU_MIN;
	ble->leaving = 0;
	ble->note_count = 0;
	peer.mtu = ble->mtu;
	memcpy(peer.mac, memcmp(request->mac, none, 6) ? request->mac : usual, 6);
	sim_emit(sim, PROVD_EV_BLE_CONNECTED, ble->connection, 0, &peer, sizeof(peer), 1);
	line = sim_ble_line_answer(SIM_BLE_CONNECT, 0);
	json_object_set_new(line, "mtu", json_integer((json_int_t)ble->mtu));
	json_object_set_new(line, "services", describe_services(sim));
	send_line(sim, line);
}

static void on_mtu(struct sim *sim, const struct sim_ble_request *request)
{
	json_t *line = sim_ble_line_answer(SIM_BLE_MTU, 0);

	sim->ble.mtu = request->mtu;
	sim_emit(sim, PROVD_EV_BLE_MTU, sim->ble.connection, 0, NULL, 0, request->mtu);
	json_object_set_new(line, "mtu", json_integer((json_int_t)request->mtu));
	send_line(sim, line);
}

static void on_write(struct sim *sim, const struct sim_ble_request *request, uint32_t service,
		     uint32_t index, const struct sim_ble_char *c)
{
	struct provd_bytes data = {request->value, request->value_len};
	uint32_t need = request->response ? PROVD_BLE_WRITE : PROVD_BLE_WRITE_NO_RESPONSE;
	int status = (c->properties & need) ? 0 : PROVD_E_NOT_SUPPORTED;

	/* With a response the phone may use a long write; without, one packet is all. */
	if (!status && !request->response && request->value_len > sim->ble.mtu - 3)
		status = PROVD_E_INVALID;
	if (!status)
		raise(sim, PROVD_EV_BLE_WRITE, 0, service, index, &data);
	if (status || request->response)
		answer(sim, request, status);
}

static void on_read(struct sim *sim, const struct sim_ble_request *request,
		    const struct sim_ble_char *c)
{
	json_t *line;

	if (!(c->properties & PROVD_BLE_READ)) {
		answer(sim, request, PROVD_E_NOT_SUPPORTED);
		return;
	}
	line = sim_ble_line_answer(SIM_BLE_READ, 0);
	sim_ble_line_uuid(line, "characteristic", c->uuid);
	sim_ble_line_hex(line, "value", c->value, c->value_len);
	send_line(sim, line);
}

static void on_notify(struct sim *sim, const struct sim_ble_request *request, uint32_t service,
		      uint32_t index, struct sim_ble_char *c)
{
	if (!(c->properties & (PROVD_BLE_NOTIFY | PROVD_BLE_INDICATE))) {
		answer(sim, request, PROVD_E_NOT_SUPPORTED);
		return;
	}
	if (c->subscribed != request->enable)
		raise(sim, PROVD_EV_BLE_SUBSCRIBED, (int)request->enable, service, index, NULL);
	c->subscribed = request->enable;
	answer(sim, request, 0);
}

void sim_ble_request(struct sim *sim, const struct sim_ble_request *request)
{
	struct sim_ble_char *c;
	uint32_t service = 0;
	uint32_t index = 0;

	if (request->verb == SIM_BLE_CONNECT) {
		on_connect(sim, request);
		return;
	}
	if (!sim->ble.connection || sim->ble.leaving) {
		answer(sim, request, PROVD_E_STATE);
		return;
	}
	if (request->verb == SIM_BLE_DISCONNECT) {
		answer(sim, request, 0);
		sim_ble_drop(sim, PROVD_E_PEER_GONE);
		return;
	}
	if (request->verb == SIM_BLE_MTU) {
		on_mtu(sim, request);
		return;
	}
	c = find(sim, request, &service, &index);
	if (!c)
		answer(sim, request, PROVD_E_NOT_FOUND);
	else if (request->verb == SIM_BLE_WRITE)
		on_write(sim, request, service, index, c);
	else if (request->verb == SIM_BLE_READ)
		on_read(sim, request, c);
	else
		on_notify(sim, request, service, index, c);
}

void sim_ble_drop(struct sim *sim, int status)
{
	struct sim_ble *ble = &sim->ble;
	uint64_t connection = ble->connection;

	if (!connection)
		return;
	ble->connection = 0;
	ble->leaving = 0;
	ble->note_count = 0;
	for (size_t s = 0; s < SIM_SERVICE_MAX; s++) {
		for (size_t c = 0; c < SIM_CHAR_MAX; c++)
			ble->services[s].chars[c].subscribed = 0;
	}
	sim_emit(sim, PROVD_EV_BLE_DISCONNECTED, connection, status, NULL, 0, 0);
}

void sim_ble_flushed(struct sim *sim)
{
	struct sim_ble *ble = &sim->ble;
	uint64_t sent = ble->queued - ble->out_len;
	size_t n = 0;

	while (n < ble->note_count && ble->notes[n].end <= sent) {
		raise(sim, PROVD_EV_BLE_SENT, 0, ble->notes[n].service,
		      ble->notes[n].characteristic, NULL);
		n++;
	}
	ble->note_count -= n;
	memmove(ble->notes, ble->notes + n, ble->note_count * sizeof(ble->notes[0]));
	if (ble->leaving && ble->out_len == 0)
		sim_ble_drop(sim, 0);
}

void sim_ble_tell_advertisement(struct sim *sim)
{
	const struct sim_ble_adv *adv = &sim->ble.adv;
	json_t *line;
	json_t *uuids;

	if (sim->ble.fd < 0)
		return;
	line = json_pack("{s:s, s:b}", "op", "advertise", "on", (int)adv->on);
	uuids = json_array();
	for (size_t i = 0; i < adv->uuid_count; i++) {
		json_t *holder = json_object();

		if (holder && sim_ble_line_uuid(holder, "uuid", adv->uuids[i]) == 0)
			json_array_append(uuids, json_object_get(holder, "uuid"));
		json_decref(holder);
	}
	json_object_set_new(line, "services", uuids);
	if (adv->name[0])
		json_object_set_new(line, "name", json_string(adv->name));
	if (adv->manufacturer_len) {
		json_object_set_new(line, "manufacturer_id",
				    json_integer((json_int_t)adv->manufacturer_id));
		sim_ble_line_hex(line, "manufacturer_data", adv->manufacturer,
				 adv->manufacturer_len);
	}
	if (adv->has_data) {
		sim_ble_line_uuid(line, "service_data_uuid", adv->data_uuid);
		sim_ble_line_hex(line, "service_data", adv->data, adv->data_len);
	}
	send_line(sim, line);
}
