/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include "jget.h"

#include <string.h>

static int read_code(json_t *command, int fallback, int *out_code, struct provd_error *err)
{
	const char *name = NULL;
	int rc = sim_jget_text(command, "code", &name, err);

	if (rc)
		return rc;
	*out_code = name ? sim_code_find(name) : fallback;
	if (*out_code == 0)
		return sim_jget_error(err, "'code': '%.40s' is no error code", name ? name : "");
	return 0;
}

static int run_fail(struct sim *sim, json_t *command, struct provd_error *err)
{
	const char *point = NULL;
	const char *at = "done";
	int64_t times = 1;
	int code = 0;
	int index;

	if (sim_jget_only(command, "fail|code|times|at", err) ||
	    sim_jget_text(command, "fail", &point, err) || sim_jget_text(command, "at", &at, err) ||
	    sim_jget_int(command, "times", 0, 1000000, &times, err) ||
	    read_code(command, PROVD_E_WIFI_RADIO, &code, err))
		return PROVD_E_INVALID;
	index = sim_point_find(point);
	if (index < 0)
		return sim_jget_error(err, "'fail': '%.40s' is no operation", point);
	if (strcmp(at, "done") != 0 && strcmp(at, "call") != 0)
		return sim_jget_error(err, "'at': expected done or call");
	sim->faults[index].code = code;
	sim->faults[index].times = (uint32_t)times;
	sim->faults[index].at_call = strcmp(at, "call") == 0;
	return 0;
}

static int remove_ap(struct sim *sim, json_t *command, struct provd_error *err)
{
	const struct provd_link *link = &sim->station.link;
	uint8_t ssid[PROVD_SSID_MAX];
	uint32_t len = 0;

	if (sim_jget_only(command, "ap|ssid|ssid_hex", err) ||
	    sim_jget_ssid(command, ssid, &len, err))
		return PROVD_E_INVALID;
	if (sim_world_remove(sim, ssid, len) == 0)
		return sim_error(err, PROVD_E_NOT_FOUND, "no access point has this name");
	if (link->ssid_len == len && memcmp(link->ssid, ssid, len) == 0)
		sim_station_lose(sim, PROVD_E_WIFI_LOST);
	return 0;
}

static int run_ap(struct sim *sim, json_t *command, struct provd_error *err)
{
	const char *verb = NULL;
	json_t *copy;
	int rc = sim_jget_text(command, "ap", &verb, err);

	if (rc)
		return rc;
	if (strcmp(verb, "remove") == 0)
		return remove_ap(sim, command, err);
	if (strcmp(verb, "add") != 0)
		return sim_jget_error(err, "'ap': expected add or remove");
	copy = json_copy(command);
	if (!copy)
		return sim_error(err, PROVD_E_NOMEM, "out of memory");
	json_object_del(copy, "ap");
	rc = sim_world_add(sim, copy, sim->host->now_us(sim->host), err);
	json_decref(copy);
	return rc;
}

static int run_link(struct sim *sim, json_t *command, struct provd_error *err)
{
	const char *verb = NULL;
	int code = 0;

	if (sim_jget_only(command, "link|code", err) ||
	    sim_jget_text(command, "link", &verb, err) ||
	    read_code(command, PROVD_E_WIFI_LOST, &code, err))
		return PROVD_E_INVALID;
	if (strcmp(verb, "lost") != 0)
		return sim_jget_error(err, "'link': expected lost");
	if (!sim_station_lose(sim, code))
		return sim_error(err, PROVD_E_STATE, "the station is not joined");
	return 0;
}

static int run_softap(struct sim *sim, json_t *command, struct provd_error *err)
{
	const char *verb = NULL;
	int code = 0;

	if (sim_jget_only(command, "softap|code", err) ||
	    sim_jget_text(command, "softap", &verb, err) ||
	    read_code(command, PROVD_E_WIFI_RADIO, &code, err))
		return PROVD_E_INVALID;
	if (strcmp(verb, "fail") != 0)
		return sim_jget_error(err, "'softap': expected fail");
	if (sim_softap_fail(sim, code))
		return sim_error(err, PROVD_E_STATE, "the access point is not open");
	return 0;
}

static int run_client(struct sim *sim, json_t *command, struct provd_error *err)
{
	const char *verb = NULL;
	const char *passphrase = NULL;
	uint8_t mac[6] = {2, 0, 0x5e, 0x10, 0, 1};
	int rc;

	if (sim_jget_only(command, "client|mac|passphrase", err) ||
	    sim_jget_text(command, "client", &verb, err) ||
	    sim_jget_text(command, "passphrase", &passphrase, err) ||
	    sim_jget_mac(command, "mac", mac, err))
		return PROVD_E_INVALID;
	if (strcmp(verb, "join") == 0)
		rc = sim_softap_client_join(sim, mac, passphrase);
	else if (strcmp(verb, "leave") == 0)
		rc = sim_softap_client_leave(sim, mac);
	else
		return sim_jget_error(err, "'client': expected join or leave");
	return rc ? sim_error(err, rc, "the phone: %s", provd_err_text(rc)) : 0;
}

static int run_offload(struct sim *sim, json_t *command, struct provd_error *err)
{
	if (sim_jget_only(command, "offload", err))
		return PROVD_E_INVALID;
	return sim_offload_inject(sim, json_object_get(command, "offload"), err);
}

static int run_vanish(struct sim *sim, json_t *command, struct provd_error *err)
{
	uint32_t yes = 0;
	int code = 0;

	if (sim_jget_only(command, "vanish|code", err) ||
	    sim_jget_bool(command, "vanish", &yes, err) ||
	    read_code(command, PROVD_E_WIFI_RADIO, &code, err))
		return PROVD_E_INVALID;
	if (yes)
		sim_vanish(sim, code);
	return 0;
}

int sim_command_run(struct sim *sim, json_t *command, struct provd_error *err)
{
	static const struct {
		const char *key;
		int (*run)(struct sim *sim, json_t *command, struct provd_error *err);
	} commands[] = {{"fail", run_fail},	{"ap", run_ap},		{"link", run_link},
			{"softap", run_softap}, {"client", run_client}, {"offload", run_offload},
			{"vanish", run_vanish}};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (json_object_get(command, commands[i].key))
			return commands[i].run(sim, command, err);
	}
	return sim_jget_error(err, "expected one of fail, ap, link, softap, client, offload, "
				   "vanish");
}
