/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include "hex.h"
#include "jget.h"

#include <string.h>

static int listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = list; p && *p;) {
		const char *end = strchr(p, ',');
		size_t n = end ? (size_t)(end - p) : strlen(p);

		if (n == len && memcmp(p, name, n) == 0)
			return 1;
		p = end ? end + 1 : NULL;
	}
	return 0;
}

int sim_offload_init(struct sim *sim, struct provd_error *err)
{
	const struct provd_host *host = sim->host;
	struct sim_offload *off = &sim->offload;
	size_t count = host->option_count(host, "offload_variants");
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		const char *text = host->option_item(host, "offload_variants", i);
		size_t len = text ? strlen(text) : 0;

		if (len < 1 || len >= sizeof(off->variant) || strchr(text, ',') ||
		    used + len + 2 > sizeof(off->variants))
			return sim_error(err, PROVD_E_CONFIG,
					 "offload_variants[%zu]: expected a short name such as "
					 "\"airkiss\"",
					 i);
		if (used)
			off->variants[used++] = ',';
		memcpy(off->variants + used, text, len + 1);
		used += len;
	}
	return 0;
}

static void on_switched(void *user)
{
	struct sim *sim = user;
	struct sim_offload *off = &sim->offload;
	int fault;

	off->op.timer = 0;
	if (off->stopping) {
		off->stopping = 0;
		fault = sim_fault_take(sim, SIM_POINT_OFFLOAD_STOP, 0);
	} else {
		fault = sim_fault_take(sim, SIM_POINT_OFFLOAD_START, 0);
		off->running = fault ? 0 : 1;
	}
	sim_op_end(sim, &off->op, fault);
	if (off->running)
		sim_script_fire(sim, SIM_ON_OFFLOAD);
}

static int offload_start(void *inst, uint64_t op, const struct provd_offload_request *request)
{
	struct sim *sim = inst;
	struct sim_offload *off = &sim->offload;
	int rc;

	if (!op || !request || !request->variant ||
	    strlen(request->variant) >= sizeof(off->variant))
		return PROVD_E_INVALID;
	rc = sim_ready(sim);
	if (rc)
		return rc;
	if (!listed(off->variants, request->variant))
		return PROVD_E_NOT_SUPPORTED;
	if (off->running || off->op.op)
		return PROVD_E_BUSY;
	rc = sim_caps_check(sim, PROVD_RADIO_OFFLOAD);
	if (!rc)
		rc = sim_fault_take(sim, SIM_POINT_OFFLOAD_START, 1);
	if (!rc)
		rc = sim_op_begin(sim, &off->op, op, sim_delay(sim, "tune_delay"), on_switched);
	if (rc)
		return rc;
	off->listen_op = op;
	memcpy(off->variant, request->variant, strlen(request->variant) + 1);
	return 0;
}

static int offload_stop(void *inst, uint64_t op)
{
	struct sim *sim = inst;
	struct sim_offload *off = &sim->offload;
	struct sim_op next = {0};
	int rc = op ? sim_ready(sim) : PROVD_E_INVALID;

	if (rc)
		return rc;
	if (off->stopping)
		return PROVD_E_BUSY;
	rc = sim_fault_take(sim, SIM_POINT_OFFLOAD_STOP, 1);
	if (!rc)
		rc = sim_op_begin(sim, &next, op, 0, on_switched);
	if (rc)
		return rc;
	sim_op_end(sim, &off->op, PROVD_E_CANCELED);
	off->op = next;
	off->running = 0;
	off->stopping = 1;
	return 0;
}

static int read_phone(json_t *object, struct provd_offload_result *result, struct provd_error *err)
{
	const char *hex = NULL;
	int64_t random = 256;
	int64_t port = 0;
	int n;

	if (sim_jget_int(object, "random", 0, 256, &random, err) ||
	    sim_jget_int(object, "port", 0, 65535, &port, err) ||
	    sim_jget_ipv4(object, "phone", result->phone.ip, err) ||
	    sim_jget_text(object, "reserved_hex", &hex, err))
		return PROVD_E_INVALID;
	result->random = (uint32_t)random;
	result->phone.size = sizeof(result->phone);
	result->phone.family = json_object_get(object, "phone") ? 4 : 0;
	result->phone.port = (uint32_t)port;
	n = hex ? sim_hex_decode(hex, result->reserved_data, sizeof(result->reserved_data)) : 0;
	if (n < 0)
		return sim_jget_error(err, "'reserved_hex': expected up to 64 bytes in hex");
	result->reserved_len = (uint32_t)n;
	return 0;
}

static int read_credentials(json_t *object, struct provd_credentials *creds,
			    const char **out_passphrase, struct provd_error *err)
{
	int64_t channel = 0;
	uint32_t hidden = 0;

	creds->size = sizeof(*creds);
	if (sim_jget_ssid(object, creds->ssid, &creds->ssid_len, err) ||
	    sim_jget_text(object, "passphrase", out_passphrase, err) ||
	    sim_jget_mac(object, "bssid", creds->bssid, err) ||
	    sim_jget_bool(object, "hidden", &hidden, err) ||
	    sim_jget_int(object, "channel", 0, 196, &channel, err))
		return PROVD_E_INVALID;
	if (*out_passphrase && strlen(*out_passphrase) > PROVD_PASSPHRASE_MAX)
		return sim_jget_error(err, "'passphrase': longer than 64 bytes");
	creds->channel = (uint32_t)channel;
	creds->flags = (json_object_get(object, "bssid") ? PROVD_CREDENTIALS_BSSID : 0u) |
		       (hidden ? PROVD_CREDENTIALS_HIDDEN : 0u);
	return 0;
}

int sim_offload_inject(struct sim *sim, json_t *object, struct provd_error *err)
{
	struct provd_offload_result result = {.size = sizeof(result)};
	const char *passphrase = NULL;
	struct provd_secret *secret = NULL;
	int rc;

	rc = sim_jget_only(object,
			   "ssid|ssid_hex|passphrase|bssid|channel|hidden|random|phone|port|"
			   "reserved_hex",
			   err);
	if (rc)
		return rc;
	if (read_credentials(object, &result.credentials, &passphrase, err) ||
	    read_phone(object, &result, err))
		return PROVD_E_INVALID;
	if (!sim->offload.running)
		return sim_error(err, PROVD_E_STATE, "offload is not listening");
	if (passphrase && passphrase[0]) {
		secret = sim->host->secret_create(sim->host, passphrase, strlen(passphrase));
		if (!secret)
			return sim_error(err, PROVD_E_NOMEM, "out of memory");
	}
	result.credentials.passphrase = secret;
	sim_emit(sim, PROVD_EV_OFFLOAD_RESULT, sim->offload.listen_op, 0, &result, sizeof(result),
		 1);
	sim->host->secret_unref(sim->host, secret);
	return 0;
}

void sim_offload_close(struct sim *sim, int status)
{
	sim->offload.running = 0;
	sim->offload.stopping = 0;
	sim_op_end(sim, &sim->offload.op, status);
}

const struct provd_hal_offload sim_offload_table = {
	.size = sizeof(sim_offload_table), .start = offload_start, .stop = offload_stop};
