/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include "hex.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void forget_config(struct sim *sim)
{
	sim->host->secret_unref(sim->host, sim->softap.config.passphrase);
	memset(&sim->softap.config, 0, sizeof(sim->softap.config));
}

static void drop_clients(struct sim *sim)
{
	struct sim_softap *ap = &sim->softap;

	sim->host->timer_stop(sim->host, ap->phone_timer);
	ap->phone_timer = 0;
	for (size_t i = 0; i < ap->count; i++)
		sim_emit(sim, PROVD_EV_AP_LEFT, 0, 0, &ap->clients[i], sizeof(ap->clients[i]), 1);
	ap->count = 0;
}

/* @return 1 when the file was there */
static int unmark(struct sim *sim)
{
	const char *path = sim->host->option_text(sim->host, "ap_mark");

	return path && unlink(path) == 0;
}

/* For others to see that the access point is up, as a real one would be on the air. */
static void mark(struct sim *sim)
{
	const char *path = sim->host->option_text(sim->host, "ap_mark");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;

	if (fd >= 0)
		(void)close(fd);
	else if (path)
		PROVD_LOG(sim->host, PROVD_LOG_WARN, NULL, "the access point cannot be marked",
			  provd_f_text("path", path));
}

void sim_softap_clean_up(struct sim *sim)
{
	if (unmark(sim))
		PROVD_LOG0(sim->host, PROVD_LOG_WARN, NULL,
			   "an access point of an earlier run was up and is closed");
}

static void to_closed(struct sim *sim)
{
	drop_clients(sim);
	forget_config(sim);
	(void)unmark(sim);
	sim->softap.state = SIM_AP_CLOSED;
}

static int check_key(const struct sim *sim, const struct provd_softap_config *config)
{
	struct provd_bytes key = {0};

	sim->host->secret_view(sim->host, config->passphrase, &key);
	if (config->security == PROVD_SECURITY_OPEN)
		return key.len ? PROVD_E_INVALID : 0;
	if (config->security != PROVD_SECURITY_WPA2 && config->security != PROVD_SECURITY_WPA3 &&
	    config->security != PROVD_SECURITY_WPA2_WPA3)
		return PROVD_E_INVALID;
	return key.len < 8 || key.len > PROVD_PASSPHRASE_MAX ? PROVD_E_INVALID : 0;
}

static int check_config(const struct sim *sim, const struct provd_softap_config *config)
{
	if (!config || config->ssid_len < 1 || config->ssid_len > PROVD_SSID_MAX)
		return PROVD_E_INVALID;
	if (config->channel > 196 || config->prefix_len < 8 || config->prefix_len > 30)
		return PROVD_E_INVALID;
	return check_key(sim, config);
}

/* The lowest host number of the network that nobody has; 0 when there is none. */
static uint32_t free_address(const struct sim_softap *ap)
{
	uint32_t own = (uint32_t)ap->config.address[0] << 24 |
		       (uint32_t)ap->config.address[1] << 16 |
		       (uint32_t)ap->config.address[2] << 8 | ap->config.address[3];
	uint32_t mask = ~((1u << (32 - ap->config.prefix_len)) - 1u);

	for (uint32_t host = 1; host < ~mask && host <= SIM_CLIENT_MAX + 2; host++) {
		uint32_t candidate = (own & mask) | host;
		int taken = candidate == own;

		for (size_t i = 0; i < ap->count; i++) {
			const uint8_t *ip = ap->clients[i].addr.ip;

			taken |= ((uint32_t)ip[0] << 24 | (uint32_t)ip[1] << 16 |
				  (uint32_t)ip[2] << 8 | ip[3]) == candidate;
		}
		if (!taken)
			return candidate;
	}
	return 0;
}

static int client_find(const struct sim_softap *ap, const uint8_t mac[6], size_t *out_index)
{
	for (size_t i = 0; i < ap->count; i++) {
		if (memcmp(ap->clients[i].mac, mac, 6) == 0) {
			*out_index = i;
			return 0;
		}
	}
	return PROVD_E_NOT_FOUND;
}

/* The phone typed a passphrase: it must be the access point's. */
static int check_typed(struct sim *sim, const char *passphrase)
{
	struct provd_secret *typed;
	int equal;

	if (!passphrase)
		return 0;
	typed = sim->host->secret_create(sim->host, passphrase, strlen(passphrase));
	if (!typed)
		return PROVD_E_NOMEM;
	equal = sim_secret_equal(sim, typed, sim->softap.config.passphrase);
	sim->host->secret_unref(sim->host, typed);
	return equal ? 0 : PROVD_E_WIFI_PASSPHRASE;
}

int sim_softap_client_join(struct sim *sim, const uint8_t mac[6], const char *passphrase)
{
	struct sim_softap *ap = &sim->softap;
	struct provd_ap_client *client;
	size_t limit = ap->config.max_clients;
	size_t index = 0;
	uint32_t ip;
	int rc;

	if (ap->state != SIM_AP_UP)
		return PROVD_E_STATE;
	if (client_find(ap, mac, &index) == 0)
		return PROVD_E_EXISTS;
	rc = check_typed(sim, passphrase);
	if (rc)
		return rc;
	if (limit == 0 || limit > SIM_CLIENT_MAX)
		limit = SIM_CLIENT_MAX;
	ip = free_address(ap);
	if (ap->count >= limit || !ip)
		return PROVD_E_LIMIT;
	client = &ap->clients[ap->count++];
	memset(client, 0, sizeof(*client));
	client->size = sizeof(*client);
	memcpy(client->mac, mac, 6);
	client->addr.size = sizeof(client->addr);
	client->addr.family = 4;
	for (size_t i = 0; i < 4; i++)
		client->addr.ip[i] = (uint8_t)(ip >> (24 - 8 * i));
	sim_emit(sim, PROVD_EV_AP_JOINED, 0, 0, client, sizeof(*client), 1);
	return 0;
}

int sim_softap_client_leave(struct sim *sim, const uint8_t mac[6])
{
	struct sim_softap *ap = &sim->softap;
	size_t index = 0;
	int rc = client_find(ap, mac, &index);

	if (rc)
		return rc;
	sim_emit(sim, PROVD_EV_AP_LEFT, 0, 0, &ap->clients[index], sizeof(ap->clients[index]), 1);
	ap->count--;
	memmove(&ap->clients[index], &ap->clients[index + 1],
		(ap->count - index) * sizeof(ap->clients[0]));
	return 0;
}

static void on_phone(void *user)
{
	struct sim *sim = user;
	uint8_t mac[6] = {2, 0, 0x5e, 0x10, 0, 1};
	const char *text = sim->host->option_text(sim->host, "phone_mac");
	int rc;

	sim->softap.phone_timer = 0;
	if (text && sim_mac_parse(text, mac))
		return;
	rc = sim_softap_client_join(sim, mac, NULL);
	if (rc && rc != PROVD_E_EXISTS)
		PROVD_LOG(sim->host, PROVD_LOG_WARN, NULL, "the simulated phone cannot join",
			  provd_f_code("code", rc));
}

static void on_started(void *user)
{
	struct sim *sim = user;
	struct sim_softap *ap = &sim->softap;
	int fault = sim_fault_take(sim, SIM_POINT_AP_START, 0);

	ap->op.timer = 0;
	if (fault) {
		to_closed(sim);
		sim_op_end(sim, &ap->op, fault);
		return;
	}
	ap->state = SIM_AP_UP;
	mark(sim);
	sim_op_end(sim, &ap->op, 0);
	if (sim->host->option_int(sim->host, "phone_joins") &&
	    sim->host->timer_start(sim->host, sim_delay(sim, "phone_delay"), on_phone, sim,
				   &ap->phone_timer))
		PROVD_LOG0(sim->host, PROVD_LOG_WARN, NULL, "no timer for the simulated phone");
	sim_script_fire(sim, SIM_ON_AP_UP);
}

static int softap_start(void *inst, uint64_t op, const struct provd_softap_config *config)
{
	struct sim *sim = inst;
	struct sim_softap *ap = &sim->softap;
	int rc = op ? check_config(sim, config) : PROVD_E_INVALID;

	if (rc)
		return rc;
	rc = sim_ready(sim);
	if (rc)
		return rc;
	if (ap->state != SIM_AP_CLOSED)
		return PROVD_E_BUSY;
	rc = sim_caps_check(sim, PROVD_RADIO_SOFTAP);
	if (!rc)
		rc = sim_fault_take(sim, SIM_POINT_AP_START, 1);
	if (!rc)
		rc = sim_op_begin(sim, &ap->op, op, sim_delay(sim, "ap_delay"), on_started);
	if (rc)
		return rc;
	ap->state = SIM_AP_STARTING;
	ap->config = *config;
	ap->config.passphrase = sim->host->secret_ref(sim->host, config->passphrase);
	return 0;
}

static void on_stopped(void *user)
{
	struct sim *sim = user;
	int fault = sim_fault_take(sim, SIM_POINT_AP_STOP, 0);

	sim->softap.op.timer = 0;
	to_closed(sim);
	sim_op_end(sim, &sim->softap.op, fault);
}

static int softap_stop(void *inst, uint64_t op)
{
	struct sim *sim = inst;
	struct sim_softap *ap = &sim->softap;
	struct sim_op next = {0};
	int rc = op ? sim_ready(sim) : PROVD_E_INVALID;

	if (rc)
		return rc;
	if (ap->state == SIM_AP_STOPPING)
		return PROVD_E_BUSY;
	rc = sim_fault_take(sim, SIM_POINT_AP_STOP, 1);
	if (rc)
		return rc;
	rc = sim_op_begin(sim, &next, op,
			  ap->state == SIM_AP_CLOSED ? 0 : sim_delay(sim, "ap_delay"), on_stopped);
	if (rc)
		return rc;
	if (ap->state == SIM_AP_STARTING)
		sim_op_end(sim, &ap->op, PROVD_E_CANCELED);
	drop_clients(sim);
	ap->op = next;
	ap->state = SIM_AP_STOPPING;
	return 0;
}

static int softap_kick(void *inst, const uint8_t mac[6])
{
	struct sim *sim = inst;
	int rc = mac ? sim_ready(sim) : PROVD_E_INVALID;

	return rc ? rc : sim_softap_client_leave(sim, mac);
}

int sim_softap_fail(struct sim *sim, int status)
{
	if (sim->softap.state != SIM_AP_UP)
		return PROVD_E_STATE;
	to_closed(sim);
	sim_emit(sim, PROVD_EV_AP_FAILED, 0, status, NULL, 0, 0);
	return 0;
}

void sim_softap_close(struct sim *sim, int status)
{
	to_closed(sim);
	sim_op_end(sim, &sim->softap.op, status);
}

const struct provd_hal_softap sim_softap_table = {.size = sizeof(sim_softap_table),
						  .start = softap_start,
						  .stop = softap_stop,
						  .kick = softap_kick};
