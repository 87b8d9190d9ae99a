/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include "hex.h"
#include "jget.h"

#include <string.h>

#define MEMBERS                                                                                    \
	"ssid|ssid_hex|passphrase|security|channel|bssid|signal|dhcp|hidden|reject|max_clients|"   \
	"join_ms|dhcp_ms|address|appears_after_ms|status|reason|gateway"

/* Status codes of IEEE 802.11-2020, 9.4.1.9. */
#define STATUS_REFUSED 1
#define STATUS_FULL    17

static const struct {
	const char *name;
	uint32_t security;
} securities[] = {{"open", PROVD_SECURITY_OPEN},
		  {"wep", PROVD_SECURITY_WEP},
		  {"wpa", PROVD_SECURITY_WPA},
		  {"wpa2", PROVD_SECURITY_WPA2},
		  {"wpa3", PROVD_SECURITY_WPA3},
		  {"wpa2-wpa3", PROVD_SECURITY_WPA2_WPA3},
		  {"enterprise", PROVD_SECURITY_ENTERPRISE},
		  {"owe", PROVD_SECURITY_OWE}};

static int read_security(json_t *object, struct sim_ap *ap, const char *passphrase,
			 struct provd_error *err)
{
	const char *text = NULL;
	int rc = sim_jget_text(object, "security", &text, err);

	if (rc)
		return rc;
	ap->bss.security = passphrase ? PROVD_SECURITY_WPA2 : PROVD_SECURITY_OPEN;
	if (!text)
		return 0;
	for (size_t i = 0; i < sizeof(securities) / sizeof(securities[0]); i++) {
		if (strcmp(securities[i].name, text) == 0) {
			ap->bss.security = securities[i].security;
			return 0;
		}
	}
	return sim_jget_error(err, "'security': expected open, wep, wpa, wpa2, wpa3, wpa2-wpa3, "
				   "enterprise or owe");
}

static int read_gateway(json_t *object, struct sim_ap *ap, struct provd_error *err)
{
	const char *text = NULL;
	int rc = sim_jget_text(object, "gateway", &text, err);

	if (rc || !text)
		return rc;
	ap->gateway_told = 1;
	if (strcmp(text, "none") != 0 && sim_ipv4_parse(text, ap->gateway))
		return sim_jget_error(err, "'gateway': expected an IPv4 address or none");
	return 0;
}

/* A code told outright wins over what the shorter members stand for. */
static int read_codes(json_t *object, struct sim_ap *ap, struct provd_error *err)
{
	uint32_t reject = 0;
	int64_t clients = 1;
	int64_t status = 0;
	int64_t reason = 0;

	if (sim_jget_bool(object, "reject", &reject, err) ||
	    sim_jget_int(object, "max_clients", 0, 255, &clients, err) ||
	    sim_jget_int(object, "status", 0, 65535, &status, err) ||
	    sim_jget_int(object, "reason", 0, 65535, &reason, err))
		return PROVD_E_INVALID;
	if (!status && clients == 0)
		status = STATUS_FULL;
	if (!status && reject)
		status = STATUS_REFUSED;
	ap->status = (uint32_t)status;
	ap->reason = (uint32_t)reason;
	return 0;
}

static int read_numbers(json_t *object, struct sim_ap *ap, uint64_t now_us, struct provd_error *err)
{
	int64_t channel = 6;
	int64_t signal = -50;
	int64_t appears = 0;

	ap->join_ms = -1;
	ap->dhcp_ms = -1;
	if (sim_jget_int(object, "channel", 1, 196, &channel, err) ||
	    sim_jget_int(object, "signal", -120, 0, &signal, err) ||
	    sim_jget_int(object, "join_ms", 0, 600000, &ap->join_ms, err) ||
	    sim_jget_int(object, "dhcp_ms", 0, 600000, &ap->dhcp_ms, err) ||
	    sim_jget_int(object, "appears_after_ms", 0, 86400000, &appears, err))
		return PROVD_E_INVALID;
	ap->bss.channel = (uint32_t)channel;
	ap->bss.signal_dbm = (int32_t)signal;
	ap->appears_us = now_us + (uint64_t)appears * 1000u;
	return 0;
}

static int read_ap(struct sim *sim, json_t *object, uint64_t now_us, struct sim_ap *ap,
		   const char **out_passphrase, struct provd_error *err)
{
	const struct provd_host *host = sim->host;
	const char *address = host->option_text(host, "address");
	int rc = sim_jget_only(object, MEMBERS, err);

	if (rc)
		return rc;
	ap->bss.size = sizeof(ap->bss);
	ap->dhcp = 1;
	/* Each one has a BSSID of its own, so that two with the same name stay apart. */
	memcpy(ap->bss.bssid, "\x02\x00\x5e\x00\x53", 5);
	ap->bss.bssid[5] = (uint8_t)(sim->world.count + 1);
	ap->address[0] = 127;
	ap->address[3] = 1;
	rc = sim_jget_text(object, "passphrase", out_passphrase, err);
	if (rc)
		return rc;
	if (*out_passphrase && strlen(*out_passphrase) > PROVD_PASSPHRASE_MAX)
		return sim_jget_error(err, "'passphrase': longer than 64 bytes");
	if (address && sim_ipv4_parse(address, ap->address))
		return sim_jget_error(err, "option 'address': expected an IPv4 address");
	if (sim_jget_ssid(object, ap->bss.ssid, &ap->bss.ssid_len, err) ||
	    read_security(object, ap, *out_passphrase, err) ||
	    sim_jget_mac(object, "bssid", ap->bss.bssid, err) ||
	    sim_jget_ipv4(object, "address", ap->address, err) ||
	    sim_jget_bool(object, "dhcp", &ap->dhcp, err) ||
	    sim_jget_bool(object, "hidden", &ap->hidden, err) || read_gateway(object, ap, err) ||
	    read_codes(object, ap, err))
		return PROVD_E_INVALID;
	return read_numbers(object, ap, now_us, err);
}

static struct sim_ap *slot_for(struct sim_world *world, const uint8_t bssid[6])
{
	for (size_t i = 0; i < world->count; i++) {
		if (memcmp(world->aps[i].bss.bssid, bssid, 6) == 0)
			return &world->aps[i];
	}
	return world->count < SIM_AP_MAX ? &world->aps[world->count] : NULL;
}

int sim_world_add(struct sim *sim, json_t *object, uint64_t now_us, struct provd_error *err)
{
	struct sim_ap ap = {0};
	struct sim_ap *slot;
	const char *passphrase = NULL;
	int rc = read_ap(sim, object, now_us, &ap, &passphrase, err);

	if (rc)
		return rc;
	slot = slot_for(&sim->world, ap.bss.bssid);
	if (!slot)
		return sim_error(err, PROVD_E_LIMIT, "there are %d access points already",
				 SIM_AP_MAX);
	if (passphrase && passphrase[0]) {
		ap.passphrase = sim->host->secret_create(sim->host, passphrase, strlen(passphrase));
		if (!ap.passphrase)
			return sim_error(err, PROVD_E_NOMEM, "out of memory");
	}
	if (slot == &sim->world.aps[sim->world.count])
		sim->world.count++;
	sim->host->secret_unref(sim->host, slot->passphrase);
	*slot = ap;
	return 0;
}

int sim_world_init(struct sim *sim, struct provd_error *err)
{
	const struct provd_host *host = sim->host;
	size_t count = host->option_count(host, "access_points");
	struct provd_error inner = {.size = sizeof(inner)};

	sim->world.born_us = host->now_us(host);
	for (size_t i = 0; i < count; i++) {
		const char *text = host->option_item(host, "access_points", i);
		json_t *object = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
		int rc = sim_world_add(sim, object, sim->world.born_us, &inner);

		json_decref(object);
		if (rc)
			return sim_error(err, rc == PROVD_E_INVALID ? PROVD_E_CONFIG : rc,
					 "access_points[%zu]: %.150s", i, inner.text);
	}
	return 0;
}

static void forget(struct sim *sim, size_t index)
{
	struct sim_world *world = &sim->world;

	sim->host->secret_unref(sim->host, world->aps[index].passphrase);
	world->count--;
	memmove(&world->aps[index], &world->aps[index + 1],
		(world->count - index) * sizeof(world->aps[0]));
	memset(&world->aps[world->count], 0, sizeof(world->aps[0]));
}

void sim_world_finish(struct sim *sim)
{
	while (sim->world.count)
		forget(sim, sim->world.count - 1);
}

size_t sim_world_remove(struct sim *sim, const uint8_t *ssid, size_t len)
{
	size_t removed = 0;

	for (size_t i = sim->world.count; i-- > 0;) {
		const struct provd_bss *bss = &sim->world.aps[i].bss;

		if (bss->ssid_len == len && memcmp(bss->ssid, ssid, len) == 0) {
			forget(sim, i);
			removed++;
		}
	}
	return removed;
}

int sim_world_visible(const struct sim *sim, const struct sim_ap *ap)
{
	return sim->host->now_us(sim->host) >= ap->appears_us;
}

/* BSSID before channel before signal, as the hints are meant in provd_credentials. */
static int64_t rank(const struct sim_ap *ap, const struct provd_credentials *creds)
{
	int64_t score = ap->bss.signal_dbm;

	if ((creds->flags & PROVD_CREDENTIALS_BSSID) && memcmp(ap->bss.bssid, creds->bssid, 6) == 0)
		score += 2000;
	if (creds->channel && creds->channel == ap->bss.channel)
		score += 1000;
	return score;
}

const struct sim_ap *sim_world_find(const struct sim *sim, const struct provd_credentials *creds)
{
	const struct sim_ap *best = NULL;

	for (size_t i = 0; i < sim->world.count; i++) {
		const struct sim_ap *ap = &sim->world.aps[i];

		if (ap->bss.ssid_len != creds->ssid_len ||
		    memcmp(ap->bss.ssid, creds->ssid, creds->ssid_len) != 0)
			continue;
		if (!sim_world_visible(sim, ap))
			continue;
		if (ap->hidden && !(creds->flags & PROVD_CREDENTIALS_HIDDEN))
			continue;
		if (!best || rank(ap, creds) > rank(best, creds))
			best = ap;
	}
	return best;
}

int sim_secret_equal(const struct sim *sim, const struct provd_secret *a,
		     const struct provd_secret *b)
{
	struct provd_bytes x = {0};
	struct provd_bytes y = {0};
	volatile uint8_t diff = 0;

	sim->host->secret_view(sim->host, a, &x);
	sim->host->secret_view(sim->host, b, &y);
	if (x.len != y.len)
		return 0;
	for (size_t i = 0; i < x.len; i++)
		diff = (uint8_t)(diff | (x.data[i] ^ y.data[i]));
	return diff == 0;
}
