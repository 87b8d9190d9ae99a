/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include "hex.h"

#include <stdlib.h>
#include <string.h>

#define MINUTES_10 600000

static const struct provd_option options[] = {
	{.type = PROVD_OPTION_TEXT,
	 .name = "mac",
	 .min = 17,
	 .max = 17,
	 .def = "\"02:00:00:12:34:56\"",
	 .help = "MAC address of the station interface."},
	{.type = PROVD_OPTION_OBJECT_LIST,
	 .name = "access_points",
	 .max = SIM_AP_MAX,
	 .help = "Access points of the simulated world; members are in the README."},
	{.type = PROVD_OPTION_TEXT,
	 .name = "address",
	 .min = 7,
	 .max = 15,
	 .def = "\"127.0.0.1\"",
	 .help = "IPv4 address that the station gets from an access point without one of its own."},
	{.type = PROVD_OPTION_TEXT_LIST,
	 .name = "without",
	 .max = SIM_CAPABILITIES,
	 .help = "Capabilities to withhold: station, softap, monitor, offload, ble, store."},
	{.type = PROVD_OPTION_BOOL,
	 .name = "ap_station_together",
	 .def = "true",
	 .help = "The radio can be access point and station at the same time."},
	{.type = PROVD_OPTION_BOOL,
	 .name = "monitor_station_together",
	 .def = "false",
	 .help = "The radio can listen and be joined at the same time, on one channel."},
	{.type = PROVD_OPTION_TEXT_LIST,
	 .name = "offload_variants",
	 .max = 8,
	 .def = "[\"airkiss\", \"esptouch\", \"esptouch2\", \"simpleconfig\"]",
	 .help = "Methods that the firmware decodes."},
	{.type = PROVD_OPTION_DURATION,
	 .name = "scan_delay",
	 .max = MINUTES_10,
	 .def = "\"10ms\"",
	 .help = "Time of a scan."},
	{.type = PROVD_OPTION_DURATION,
	 .name = "join_delay",
	 .max = MINUTES_10,
	 .def = "\"20ms\"",
	 .help = "Time of association and authentication together."},
	{.type = PROVD_OPTION_DURATION,
	 .name = "dhcp_delay",
	 .max = MINUTES_10,
	 .def = "\"10ms\"",
	 .help = "Time until DHCP answers."},
	{.type = PROVD_OPTION_DURATION,
	 .name = "ap_delay",
	 .max = MINUTES_10,
	 .def = "\"10ms\"",
	 .help = "Time to open or close the own access point."},
	{.type = PROVD_OPTION_DURATION,
	 .name = "tune_delay",
	 .max = MINUTES_10,
	 .def = "\"2ms\"",
	 .help = "Time to start listening or to change the channel."},
	{.type = PROVD_OPTION_DURATION,
	 .name = "ble_delay",
	 .max = MINUTES_10,
	 .def = "\"2ms\"",
	 .help = "Time of an operation on services or the advertisement."},
	{.type = PROVD_OPTION_BOOL,
	 .name = "phone_joins",
	 .def = "true",
	 .help = "A simulated phone joins the own access point as soon as it is open."},
	{.type = PROVD_OPTION_DURATION,
	 .name = "phone_delay",
	 .max = MINUTES_10,
	 .def = "\"10ms\"",
	 .help = "How long after the opening the phone joins."},
	{.type = PROVD_OPTION_TEXT,
	 .name = "phone_mac",
	 .min = 17,
	 .max = 17,
	 .def = "\"02:00:5e:10:00:01\"",
	 .help = "MAC address of that phone."},
	{.type = PROVD_OPTION_PATH,
	 .name = "air_socket",
	 .help = "Unix datagram socket that takes radiotap + 802.11 frames for the monitor."},
	{.type = PROVD_OPTION_PATH,
	 .name = "pcap",
	 .help = "Capture (radiotap or plain 802.11) that is replayed whenever a monitor starts."},
	{.type = PROVD_OPTION_BOOL,
	 .name = "pcap_loop",
	 .def = "false",
	 .help = "Begin the capture anew at its end."},
	{.type = PROVD_OPTION_PATH,
	 .name = "ble_socket",
	 .help = "Unix stream socket for one phone: a JSON line for each GATT operation."},
	{.type = PROVD_OPTION_PATH,
	 .name = "control_socket",
	 .help = "Unix datagram socket that takes commands as JSON."},
	{.type = PROVD_OPTION_PATH,
	 .name = "ap_mark",
	 .help = "File that is there while the access point is up: a kill leaves it, opening ends it."},
	{.type = PROVD_OPTION_OBJECT_LIST,
	 .name = "script",
	 .max = SIM_SCRIPT_MAX,
	 .help = "Commands with 'at_ms' or 'on'; members are in the README."},
	{.type = PROVD_OPTION_PATH,
	 .name = "store_dir",
	 .help = "Folder of the store, one file for each key; without it values are in memory."},
	{.type = PROVD_OPTION_TEXT,
	 .flags = PROVD_OPTION_SECRET,
	 .name = "device_key",
	 .min = 64,
	 .max = 64,
	 .help = "Key of the simulated secure element, 64 hexadecimal digits; without it a random "
		 "one, kept in store_dir."}};

static void sim_destroy(void *inst)
{
	struct sim *sim = inst;

	if (!sim)
		return;
	sim_store_orphan(sim);
	sim_script_finish(sim);
	sim_monitor_finish(sim);
	sim_store_finish(sim);
	sim_world_finish(sim);
	free(sim->ble.out);
	free(sim);
}

static int read_mac(struct sim *sim, const char *name, uint8_t out_mac[6], struct provd_error *err)
{
	const char *text = sim->host->option_text(sim->host, name);

	if (text && sim_mac_parse(text, out_mac))
		return sim_error(err, PROVD_E_CONFIG,
				 "%s: expected a MAC such as 02:00:5e:10:00:01, got '%.17s'", name,
				 text);
	return 0;
}

static int sim_create(const struct provd_host *host, void **out_inst, struct provd_error *err)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	uint8_t phone[6];
	int rc;

	if (!sim)
		return sim_error(err, PROVD_E_NOMEM, "out of memory");
	sim->host = host;
	sim->monitor.air_fd = -1;
	sim->ble.listen_fd = -1;
	sim->ble.fd = -1;
	sim->control.fd = -1;
	rc = read_mac(sim, "mac", sim->mac, err);
	if (!rc)
		rc = read_mac(sim, "phone_mac", phone, err);
	if (!rc)
		rc = sim_offload_init(sim, err);
	if (!rc)
		rc = sim_caps_init(sim, err);
	if (!rc)
		rc = sim_device_key_init(sim, err);
	if (!rc)
		rc = sim_world_init(sim, err);
	if (!rc)
		rc = sim_script_init(sim, err);
	if (rc) {
		sim_destroy(sim);
		return rc;
	}
	*out_inst = sim;
	return 0;
}

/* It fits any board, but every real HAL fits better. */
static int sim_probe(void *inst, struct provd_error *err)
{
	(void)inst;
	(void)err;
	return 1;
}

static void close_parts(struct sim *sim, int status)
{
	sim->host->timer_stop(sim->host, sim->open_timer);
	sim->open_timer = 0;
	sim_script_stop(sim);
	sim_control_close(sim);
	sim_station_close(sim, status);
	sim_softap_close(sim, status);
	sim_monitor_close(sim, status);
	sim_offload_close(sim, status);
	sim_ble_close(sim, status);
	sim_store_close(sim, status);
}

static void on_open(void *user)
{
	struct sim *sim = user;
	int fault = sim_fault_take(sim, SIM_POINT_OPEN, 0);

	sim->open_timer = 0;
	if (fault) {
		sim_vanish(sim, fault);
		return;
	}
	sim->state = SIM_OPEN;
	sim_softap_clean_up(sim);
	sim_emit(sim, PROVD_EV_HAL_OPENED, 0, 0, NULL, 0, 0);
	sim_script_fire(sim, SIM_ON_OPEN);
}

static int sim_open(void *inst)
{
	struct sim *sim = inst;
	int rc;

	if (sim->state != SIM_CLOSED)
		return PROVD_E_STATE;
	rc = sim_fault_take(sim, SIM_POINT_OPEN, 1);
	if (!rc)
		rc = sim_monitor_open(sim);
	if (!rc)
		rc = sim_ble_link_open(sim);
	if (!rc)
		rc = sim_control_open(sim);
	if (!rc)
		rc = sim->host->timer_start(sim->host, 0, on_open, sim, &sim->open_timer);
	if (rc) {
		close_parts(sim, PROVD_E_CANCELED);
		return rc;
	}
	sim->state = SIM_OPENING;
	return 0;
}

void sim_close_continue(struct sim *sim)
{
	struct provd_event event = {.size = sizeof(event),
				    .type = PROVD_EV_FAILED,
				    .status = sim->failure,
				    .text = "the simulated hardware is gone"};

	if (sim_store_busy(sim))
		return;
	if (sim->state == SIM_CLOSING) {
		sim->state = SIM_CLOSED;
		sim_emit(sim, PROVD_EV_HAL_CLOSED, 0, 0, NULL, 0, 0);
	} else if (sim->state == SIM_FAILING) {
		sim->state = SIM_FAILED;
		if (sim->host->emit(sim->host, &event))
			PROVD_LOG0(sim->host, PROVD_LOG_ERROR, NULL, "the end cannot be reported");
	}
}

static void sim_close(void *inst)
{
	struct sim *sim = inst;

	if (sim->state != SIM_OPENING && sim->state != SIM_OPEN)
		return;
	/* Not "closing" before all parts are: the last store job would end it too early. */
	close_parts(sim, PROVD_E_CANCELED);
	sim->state = SIM_CLOSING;
	sim_close_continue(sim);
}

void sim_vanish(struct sim *sim, int status)
{
	if (sim->state != SIM_OPENING && sim->state != SIM_OPEN)
		return;
	sim_station_lose(sim, PROVD_E_WIFI_LOST);
	(void)sim_softap_fail(sim, status);
	close_parts(sim, status);
	sim->failure = status;
	sim->state = SIM_FAILING;
	sim_close_continue(sim);
}

static int sim_get_caps(void *inst, struct provd_hal_caps *out_caps)
{
	struct sim *sim = inst;

	if (!out_caps)
		return PROVD_E_INVALID;
	if (sim_ready(sim))
		return PROVD_E_STATE;
	sim_caps_get(sim, out_caps);
	return 0;
}

static const void *sim_get_interface(void *inst, const char *name, uint32_t size)
{
	static const struct {
		const char *name;
		const void *table;
	} tables[] = {
		{PROVD_HAL_STATION, &sim_station_table}, {PROVD_HAL_SOFTAP, &sim_softap_table},
		{PROVD_HAL_MONITOR, &sim_monitor_table}, {PROVD_HAL_OFFLOAD, &sim_offload_table},
		{PROVD_HAL_BLE, &sim_ble_table},	 {PROVD_HAL_STORE, &sim_store_table}};
	const struct sim *sim = inst;

	(void)size;
	for (size_t i = 0; name && i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (strcmp(tables[i].name, name) == 0)
			return sim_caps_offers(sim, name) ? tables[i].table : NULL;
	}
	return NULL;
}

static const struct provd_hal_ops ops = {.size = sizeof(ops),
					 .create = sim_create,
					 .destroy = sim_destroy,
					 .probe = sim_probe,
					 .open = sim_open,
					 .close = sim_close,
					 .get_caps = sim_get_caps,
					 .get_interface = sim_get_interface};

PROVD_EXPORT const struct provd_plugin_descriptor provd_plugin = {
	.magic = PROVD_ABI_MAGIC,
	.abi_major = PROVD_ABI_MAJOR,
	.abi_minor = PROVD_ABI_MINOR,
	.size = sizeof(provd_plugin),
	.min_minor = 0,
	.kind = PROVD_PLUGIN_HAL,
	.option_size = sizeof(struct provd_option),
	.option_count = sizeof(options) / sizeof(options[0]),
	.name = "sim",
	.version = "1.0.0",
	.summary = "A simulated board: radio, Bluetooth and store, driven by script and sockets.",
	.options = options,
	.ops = &ops};
