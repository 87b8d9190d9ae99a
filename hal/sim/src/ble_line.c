/* SPDX-License-Identifier: Apache-2.0 */
#include "ble_line.h"

#include "hex.h"
#include "jget.h"

#include <string.h>

static const struct {
	uint32_t verb;
	const char *name;
	const char *members;
} verbs[] = {
	{SIM_BLE_CONNECT, "connect", "op|mac|mtu"},
	{SIM_BLE_DISCONNECT, "disconnect", "op"},
	{SIM_BLE_MTU, "mtu", "op|mtu"},
	{SIM_BLE_WRITE, "write", "op|service|characteristic|value|response"},
	{SIM_BLE_READ, "read", "op|service|characteristic"},
	{SIM_BLE_NOTIFY, "notify", "op|service|characteristic|enable"},
};

const char *sim_ble_verb_name(uint32_t verb)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (verbs[i].verb == verb)
			return verbs[i].name;
	}
	return "unknown";
}

static int read_uuid(json_t *object, const char *key, uint8_t out[16], uint8_t *out_found,
		     struct provd_error *err)
{
	const char *text = NULL;
	int rc = sim_jget_text(object, key, &text, err);

	*out_found = 0;
	if (rc || !text)
		return rc;
	if (sim_uuid_parse(text, out))
		return sim_jget_error(err, "'%s': expected a UUID of 16 or 128 bits", key);
	*out_found = 1;
	return 0;
}

static int read_attribute(json_t *object, struct sim_ble_request *request, struct provd_error *err)
{
	uint8_t found;
	const char *value = NULL;
	int rc;

	rc = read_uuid(object, "service", request->service, &request->has_service, err);
	if (rc)
		return rc;
	rc = read_uuid(object, "characteristic", request->characteristic, &found, err);
	if (rc)
		return rc;
	if (!found)
		return sim_jget_error(err, "'characteristic' is missing");
	if (request->verb != SIM_BLE_WRITE)
		return 0;
	rc = sim_jget_text(object, "value", &value, err);
	if (rc)
		return rc;
	if (!value)
		return sim_jget_error(err, "'value' is missing");
	rc = sim_hex_decode(value, request->value, sizeof(request->value));
	if (rc < 0)
		return sim_jget_error(err, "'value': expected up to 512 bytes in hex");
	request->value_len = (size_t)rc;
	return 0;
}

static int read_members(json_t *object, struct sim_ble_request *request, struct provd_error *err)
{
	int64_t mtu = 0;

	request->enable = 1;
	request->response = 1;
	if (sim_jget_int(object, "mtu", SIM_BLE_MTU_MIN, SIM_BLE_MTU_MAX, &mtu, err) ||
	    sim_jget_mac(object, "mac", request->mac, err) ||
	    sim_jget_bool(object, "enable", &request->enable, err) ||
	    sim_jget_bool(object, "response", &request->response, err))
		return PROVD_E_INVALID;
	request->mtu = (uint32_t)mtu;
	if (request->verb == SIM_BLE_MTU && mtu == 0)
		return sim_jget_error(err, "'mtu' is missing");
	if (request->verb < SIM_BLE_WRITE)
		return 0;
	return read_attribute(object, request, err);
}

int sim_ble_line_decode(const char *line, size_t len, struct sim_ble_request *out_request,
			struct provd_error *err)
{
	struct sim_ble_request request = {0};
	const char *op = NULL;
	const char *members = NULL;
	json_t *object;
	int rc;

	if (len >= SIM_BLE_LINE_MAX)
		return sim_jget_error(err, "the line is longer than %d bytes", SIM_BLE_LINE_MAX);
	object = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(object)) {
		json_decref(object);
		return sim_jget_error(err, "the line is not a JSON object");
	}
	rc = sim_jget_text(object, "op", &op, err);
	for (size_t i = 0; !rc && op && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, op) == 0) {
			request.verb = verbs[i].verb;
			members = verbs[i].members;
		}
	}
	if (!rc && !members)
		rc = sim_jget_error(err, "'op': expected connect, disconnect, mtu, write, read or "
					 "notify");
	if (!rc)
		rc = sim_jget_only(object, members, err);
	if (!rc)
		rc = read_members(object, &request, err);
	json_decref(object);
	if (!rc)
		*out_request = request;
	return rc;
}

json_t *sim_ble_line_answer(uint32_t verb, int status)
{
	return json_pack("{s:s, s:s}", "op", sim_ble_verb_name(verb), "status",
			 provd_err_name(status));
}

int sim_ble_line_hex(json_t *line, const char *key, const uint8_t *bytes, size_t len)
{
	char text[2 * SIM_BLE_VALUE_MAX + 1];

	if (len > SIM_BLE_VALUE_MAX)
		return PROVD_E_INVALID;
	sim_hex_encode(bytes, len, text);
	return json_object_set_new(line, key, json_string(text)) ? PROVD_E_NOMEM : 0;
}

int sim_ble_line_uuid(json_t *line, const char *key, const uint8_t uuid[16])
{
	char text[37];

	sim_uuid_format(uuid, text);
	return json_object_set_new(line, key, json_string(text)) ? PROVD_E_NOMEM : 0;
}
