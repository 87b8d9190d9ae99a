/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <provd/wifi_codes.h>

#include <stdio.h>
#include <string.h>

#define SIGNAL_MIN (-90)
#define BSS_BATCH  16

/* Codes of IEEE 802.11-2020 that a wrong passphrase shows itself by: 9.4.1.7, 9.4.1.9. */
#define REASON_HANDSHAKE 15
#define STATUS_CHALLENGE 15

static void forget_credentials(struct sim *sim)
{
	sim->host->secret_unref(sim->host, sim->station.creds.passphrase);
	memset(&sim->station.creds, 0, sizeof(sim->station.creds));
}

static void connect_end(struct sim *sim, int status)
{
	struct sim_station *st = &sim->station;

	forget_credentials(sim);
	if (status) {
		memset(&st->link, 0, sizeof(st->link));
		sim_op_end(sim, &st->op, status);
		return;
	}
	sim_op_end_with(sim, &st->op, 0, &st->link, sizeof(st->link));
	sim_script_fire(sim, SIM_ON_JOINED);
}

static const char *reason_name(uint32_t reason)
{
	switch (reason) {
#define ROW(number, error, name)                                                                   \
	case number:                                                                               \
		return name;
		PROVD_WIFI_REASON_TABLE(ROW)
#undef ROW
	default:
		return "unspecified";
	}
}

static const char *status_name(uint32_t status)
{
	switch (status) {
#define ROW(number, error, name)                                                                   \
	case number:                                                                               \
		return name;
		PROVD_WIFI_STATUS_TABLE(ROW)
#undef ROW
	default:
		return "unspecified";
	}
}

/* What the access point has sent ends the join. */
static void refused(struct sim *sim, int code, const char *kind, uint32_t number, const char *name)
{
	struct sim_station *st = &sim->station;
	char text[128];

	(void)snprintf(text, sizeof(text), "%s (802.11 %s %u, %s)", provd_err_text(code), kind,
		       (unsigned)number, name);
	forget_credentials(sim);
	memset(&st->link, 0, sizeof(st->link));
	sim_op_end_words(sim, &st->op, code, text);
}

static void refused_by_status(struct sim *sim, uint32_t status)
{
	refused(sim, provd_wifi_status_error(status), "status", status, status_name(status));
}

static void refused_by_reason(struct sim *sim, uint32_t reason)
{
	refused(sim, provd_wifi_reason_error(reason), "reason", reason, reason_name(reason));
}

/* When the host refuses the timer the operation has ended; what it held goes too. */
static void connect_step(struct sim *sim, uint64_t delay_ms, void (*fn)(void *user))
{
	if (sim_op_step(sim, &sim->station.op, delay_ms, fn) == 0)
		return;
	forget_credentials(sim);
	memset(&sim->station.link, 0, sizeof(sim->station.link));
}

static uint64_t join_ms(const struct sim *sim, const struct sim_ap *ap)
{
	return ap && ap->join_ms >= 0 ? (uint64_t)ap->join_ms : sim_delay(sim, "join_delay");
}

static void take_link(struct sim *sim, const struct sim_ap *ap)
{
	struct provd_link *link = &sim->station.link;

	memset(link, 0, sizeof(*link));
	link->size = sizeof(*link);
	link->flags = PROVD_LINK_ASSOCIATED;
	link->channel = ap->bss.channel;
	link->signal_dbm = ap->bss.signal_dbm;
	link->ssid_len = ap->bss.ssid_len;
	memcpy(link->ssid, ap->bss.ssid, sizeof(link->ssid));
	memcpy(link->bssid, ap->bss.bssid, sizeof(link->bssid));
	memcpy(link->mac, sim->mac, sizeof(link->mac));
	link->addr.size = sizeof(link->addr);
	link->gateway.size = sizeof(link->gateway);
}

static void take_address(struct sim *sim, const struct sim_ap *ap)
{
	struct provd_link *link = &sim->station.link;

	link->flags |= PROVD_LINK_ADDRESS;
	link->addr.family = 4;
	memcpy(link->addr.ip, ap->address, sizeof(ap->address));
	link->prefix_len = 8;
	if (ap->address[0] != 127)
		link->prefix_len = 24;
	if (ap->gateway_told) {
		memcpy(link->gateway.ip, ap->gateway, sizeof(ap->gateway));
		link->gateway.family = memcmp(ap->gateway, "\0\0\0", 4) != 0 ? 4 : 0;
		return;
	}
	if (ap->address[0] == 127)
		return;
	link->gateway.family = 4;
	memcpy(link->gateway.ip, ap->address, 3);
	link->gateway.ip[3] = 1;
}

static int check_security(const struct sim_ap *ap, const struct provd_credentials *creds, int keyed)
{
	uint32_t s = ap->bss.security;

	if (s == PROVD_SECURITY_WEP || s == PROVD_SECURITY_ENTERPRISE)
		return PROVD_E_WIFI_SECURITY;
	/* A network of the same name without a key must not pass for the one that was meant. */
	if (keyed && (s == PROVD_SECURITY_OPEN || s == PROVD_SECURITY_OWE))
		return PROVD_E_WIFI_SECURITY;
	if (creds->security == PROVD_SECURITY_UNKNOWN || creds->security == s)
		return 0;
	if (s == PROVD_SECURITY_WPA2_WPA3 &&
	    (creds->security == PROVD_SECURITY_WPA2 || creds->security == PROVD_SECURITY_WPA3))
		return 0;
	/* Phones that know "WPA/WPA2 or newer" only say WPA2_WPA3. */
	if (creds->security == PROVD_SECURITY_WPA2_WPA3 &&
	    (s == PROVD_SECURITY_WPA2 || s == PROVD_SECURITY_WPA3))
		return 0;
	return PROVD_E_WIFI_SECURITY;
}

static void on_address(void *user)
{
	struct sim *sim = user;
	const struct sim_ap *ap = sim_world_find(sim, &sim->station.creds);

	sim->station.op.timer = 0;
	if (!ap) {
		connect_end(sim, PROVD_E_WIFI_LOST);
		return;
	}
	if (!ap->dhcp) {
		connect_end(sim, PROVD_E_WIFI_NO_DHCP);
		return;
	}
	take_address(sim, ap);
	connect_end(sim, 0);
}

/* With SAE the passphrase is checked by the authentication, else by the four-way handshake. */
static void refused_passphrase(struct sim *sim, const struct sim_ap *ap)
{
	if (ap->bss.security == PROVD_SECURITY_WPA3)
		refused_by_status(sim, STATUS_CHALLENGE);
	else
		refused_by_reason(sim, REASON_HANDSHAKE);
}

static void on_authenticated(void *user)
{
	struct sim *sim = user;
	const struct sim_ap *ap = sim_world_find(sim, &sim->station.creds);
	uint64_t delay;

	sim->station.op.timer = 0;
	if (!ap) {
		connect_end(sim, PROVD_E_WIFI_LOST);
		return;
	}
	if (ap->reason) {
		refused_by_reason(sim, ap->reason);
		return;
	}
	if (!sim_secret_equal(sim, ap->passphrase, sim->station.creds.passphrase)) {
		refused_passphrase(sim, ap);
		return;
	}
	take_link(sim, ap);
	sim_progress(sim, sim->station.op.op, "address", PROVD_FLOW_TO_AP);
	delay = ap->dhcp_ms >= 0 ? (uint64_t)ap->dhcp_ms : sim_delay(sim, "dhcp_delay");
	connect_step(sim, delay, on_address);
}

/* What the access point says to the request to associate. @return 1 when the join is over */
static int ended_by_response(struct sim *sim, const struct sim_ap *ap)
{
	const struct provd_credentials *creds = &sim->station.creds;
	struct provd_bytes key = {0};
	int rc;

	if (!ap || ap->bss.signal_dbm < SIGNAL_MIN) {
		connect_end(sim, ap ? PROVD_E_WIFI_SIGNAL : PROVD_E_WIFI_NO_AP);
		return 1;
	}
	if (ap->status) {
		refused_by_status(sim, ap->status);
		return 1;
	}
	sim->host->secret_view(sim->host, creds->passphrase, &key);
	rc = check_security(ap, creds, key.len != 0);
	if (rc)
		connect_end(sim, rc);
	return rc != 0;
}

static void on_associated(void *user)
{
	struct sim *sim = user;
	const struct sim_ap *ap = sim_world_find(sim, &sim->station.creds);
	int fault = sim_fault_take(sim, SIM_POINT_CONNECT, 0);

	sim->station.op.timer = 0;
	if (fault) {
		connect_end(sim, fault);
		return;
	}
	if (ended_by_response(sim, ap))
		return;
	sim_progress(sim, sim->station.op.op, "authenticating", PROVD_FLOW_TO_AP);
	connect_step(sim, join_ms(sim, ap) / 2, on_authenticated);
}

static void on_connect(void *user)
{
	struct sim *sim = user;
	const struct sim_ap *ap = sim_world_find(sim, &sim->station.creds);
	uint64_t ms = join_ms(sim, ap);

	sim->station.op.timer = 0;
	sim_progress(sim, sim->station.op.op, "associating", PROVD_FLOW_TO_AP);
	connect_step(sim, ms - ms / 2, on_associated);
}

static int may_start(struct sim *sim, enum sim_point point)
{
	int rc = sim_ready(sim);

	if (rc)
		return rc;
	if (sim->station.op.op)
		return PROVD_E_BUSY;
	rc = sim_caps_check(sim, PROVD_RADIO_STATION);
	return rc ? rc : sim_fault_take(sim, point, 1);
}

static int station_connect(void *inst, uint64_t op, const struct provd_credentials *credentials)
{
	struct sim *sim = inst;
	struct provd_bytes key = {0};
	int rc;

	if (!op || !credentials || credentials->ssid_len < 1 ||
	    credentials->ssid_len > PROVD_SSID_MAX)
		return PROVD_E_INVALID;
	sim->host->secret_view(sim->host, credentials->passphrase, &key);
	if (key.len > PROVD_PASSPHRASE_MAX)
		return PROVD_E_INVALID;
	rc = may_start(sim, SIM_POINT_CONNECT);
	if (rc)
		return rc;
	rc = sim_op_begin(sim, &sim->station.op, op, 0, on_connect);
	if (rc)
		return rc;
	sim->station.scanning = 0;
	memset(&sim->station.link, 0, sizeof(sim->station.link));
	sim->station.creds = *credentials;
	/* An empty passphrase and none are the same thing. */
	sim->station.creds.passphrase =
		key.len ? sim->host->secret_ref(sim->host, credentials->passphrase) : NULL;
	sim_script_fire(sim, SIM_ON_CONNECT);
	return 0;
}

static int wanted(const struct sim *sim, const struct sim_ap *ap)
{
	const struct sim_station *st = &sim->station;

	if (!sim_world_visible(sim, ap))
		return 0;
	for (size_t i = 0; i < st->scan.channel_count; i++) {
		if (st->scan_channels[i] == ap->bss.channel)
			return 1;
	}
	return st->scan.channel_count == 0;
}

static int asked_for(const struct sim *sim, const struct sim_ap *ap)
{
	const struct provd_scan_request *scan = &sim->station.scan;

	return scan->ssid_len == ap->bss.ssid_len &&
	       memcmp(scan->ssid, ap->bss.ssid, scan->ssid_len) == 0;
}

static void on_scanned(void *user)
{
	struct sim *sim = user;
	struct provd_bss batch[BSS_BATCH];
	uint32_t n = 0;
	int fault = sim_fault_take(sim, SIM_POINT_SCAN, 0);

	sim->station.op.timer = 0;
	for (size_t i = 0; !fault && i < sim->world.count; i++) {
		const struct sim_ap *ap = &sim->world.aps[i];

		if (!wanted(sim, ap))
			continue;
		batch[n] = ap->bss;
		if (ap->hidden && !asked_for(sim, ap)) {
			batch[n].ssid_len = 0;
			memset(batch[n].ssid, 0, sizeof(batch[n].ssid));
		}
		if (++n < BSS_BATCH)
			continue;
		sim_emit(sim, PROVD_EV_SCAN_RESULT, sim->station.op.op, 0, batch, sizeof(batch[0]),
			 n);
		n = 0;
	}
	if (n)
		sim_emit(sim, PROVD_EV_SCAN_RESULT, sim->station.op.op, 0, batch, sizeof(batch[0]),
			 n);
	sim->station.scanning = 0;
	sim_op_end(sim, &sim->station.op, fault);
}

static int station_scan(void *inst, uint64_t op, const struct provd_scan_request *request)
{
	struct sim *sim = inst;
	struct sim_station *st = &sim->station;
	int rc;

	if (!op || !request || request->ssid_len > PROVD_SSID_MAX ||
	    request->channel_count > sizeof(st->scan_channels) / sizeof(st->scan_channels[0]))
		return PROVD_E_INVALID;
	rc = may_start(sim, SIM_POINT_SCAN);
	if (rc)
		return rc;
	rc = sim_op_begin(sim, &st->op, op, sim_delay(sim, "scan_delay"), on_scanned);
	if (rc)
		return rc;
	st->scanning = 1;
	st->scan = *request;
	for (size_t i = 0; i < request->channel_count; i++)
		st->scan_channels[i] = request->channels[i];
	st->scan.channels = NULL;
	sim_script_fire(sim, SIM_ON_SCAN);
	return 0;
}

static void end_running(struct sim *sim, int status)
{
	if (sim->station.scanning)
		sim_op_end(sim, &sim->station.op, status);
	else if (sim->station.op.op)
		connect_end(sim, status);
	sim->station.scanning = 0;
}

static void station_disconnect(void *inst)
{
	struct sim *sim = inst;

	/* A join that runs is given up too, else the link would come back. */
	if (!sim->station.scanning)
		end_running(sim, PROVD_E_CANCELED);
	memset(&sim->station.link, 0, sizeof(sim->station.link));
}

static void station_cancel(void *inst, uint64_t op)
{
	struct sim *sim = inst;

	if (op && sim->station.op.op == op)
		end_running(sim, PROVD_E_CANCELED);
}

static int station_get_link(void *inst, struct provd_link *out_link)
{
	const struct sim *sim = inst;
	struct provd_link link;

	if (!out_link)
		return PROVD_E_INVALID;
	link = sim->station.link;
	link.size = sizeof(link);
	memcpy(link.mac, sim->mac, sizeof(link.mac));
	provd_copy_out(out_link, &link);
	return 0;
}

int sim_station_lose(struct sim *sim, int status)
{
	if (!sim->station.link.flags || sim->station.op.op)
		return 0;
	memset(&sim->station.link, 0, sizeof(sim->station.link));
	sim_emit(sim, PROVD_EV_LINK_LOST, 0, status, NULL, 0, 0);
	return 1;
}

void sim_station_close(struct sim *sim, int status)
{
	end_running(sim, status);
	memset(&sim->station.link, 0, sizeof(sim->station.link));
}

const struct provd_hal_station sim_station_table = {.size = sizeof(sim_station_table),
						    .scan = station_scan,
						    .connect = station_connect,
						    .disconnect = station_disconnect,
						    .cancel = station_cancel,
						    .get_link = station_get_link};
