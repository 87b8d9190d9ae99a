/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <string.h>

static const char *const interfaces[SIM_CAPABILITIES] = {PROVD_HAL_STATION, PROVD_HAL_SOFTAP,
							 PROVD_HAL_MONITOR, PROVD_HAL_OFFLOAD,
							 PROVD_HAL_BLE,	    PROVD_HAL_STORE};
static const char *const names[SIM_CAPABILITIES] = {"station", "softap", "monitor",
						    "offload", "ble",	 "store"};

static int read_without(struct sim *sim, struct provd_error *err)
{
	const struct provd_host *host = sim->host;
	size_t count = host->option_count(host, "without");

	for (size_t i = 0; i < count; i++) {
		const char *text = host->option_item(host, "without", i);
		uint32_t bit = 0;

		for (uint32_t k = 0; text && k < SIM_CAPABILITIES; k++) {
			if (strcmp(text, names[k]) == 0)
				bit = 1u << k;
		}
		if (!bit)
			return sim_error(err, PROVD_E_CONFIG,
					 "without[%zu]: '%.32s' is no capability; use station, "
					 "softap, monitor, offload, ble or store",
					 i, text ? text : "");
		sim->withheld |= bit;
	}
	return 0;
}

static void combine(struct sim *sim, uint32_t uses, uint32_t same_channel)
{
	struct provd_combination *c = &sim->combinations[sim->combination_count++];

	c->size = sizeof(*c);
	c->uses = uses;
	c->same_channel = same_channel;
}

/* With and without Bluetooth, so that a reader may look for a pair as well as for all three. */
static void combine_radio(struct sim *sim, uint32_t uses, uint32_t same_channel)
{
	combine(sim, uses | PROVD_RADIO_BLE, same_channel);
	if (uses & (uses - 1))
		combine(sim, uses, same_channel);
}

int sim_caps_init(struct sim *sim, struct provd_error *err)
{
	int rc = read_without(sim, err);

	if (rc)
		return rc;
	for (uint32_t i = 0; i < SIM_CAPABILITIES; i++) {
		struct provd_capability *c = &sim->capabilities[i];

		c->size = sizeof(*c);
		c->name = interfaces[i];
		c->available = (sim->withheld & 1u << i) ? 0 : 1;
		c->reason = c->available ? NULL : "withheld by option 'without'";
		if (strcmp(c->name, PROVD_HAL_OFFLOAD) == 0 && c->available)
			c->variants = sim->offload.variants;
	}
	sim->together = sim->host->option_int(sim->host, "ap_station_together") ? 1 : 0;
	sim->monitor_joined = sim->host->option_int(sim->host, "monitor_station_together") ? 1 : 0;
	combine_radio(sim, PROVD_RADIO_STATION, 0);
	combine_radio(sim, PROVD_RADIO_SOFTAP, 0);
	combine_radio(sim, PROVD_RADIO_MONITOR, 0);
	combine_radio(sim, PROVD_RADIO_OFFLOAD, 0);
	if (sim->together)
		combine_radio(sim, PROVD_RADIO_STATION | PROVD_RADIO_SOFTAP, 0);
	if (sim->monitor_joined)
		combine_radio(sim, PROVD_RADIO_STATION | PROVD_RADIO_MONITOR, 1);
	return 0;
}

void sim_caps_get(struct sim *sim, struct provd_hal_caps *out_caps)
{
	struct provd_hal_caps caps = {
		.size = sizeof(caps),
		.bands = PROVD_BAND_2GHZ | PROVD_BAND_5GHZ,
		.securities = 1u << PROVD_SECURITY_OPEN | 1u << PROVD_SECURITY_WPA |
			      1u << PROVD_SECURITY_WPA2 | 1u << PROVD_SECURITY_WPA3 |
			      1u << PROVD_SECURITY_WPA2_WPA3 | 1u << PROVD_SECURITY_OWE,
		.capabilities = sim->capabilities,
		.capability_count = SIM_CAPABILITIES,
		.combinations = sim->combinations,
		.combination_count = sim->combination_count,
		.interface_name = "sim0"};

	memcpy(caps.mac, sim->mac, sizeof(caps.mac));
	provd_copy_out(out_caps, &caps);
}

int sim_caps_offers(const struct sim *sim, const char *name)
{
	for (size_t i = 0; i < SIM_CAPABILITIES; i++) {
		if (strcmp(sim->capabilities[i].name, name) == 0)
			return (int)sim->capabilities[i].available;
	}
	return 0;
}

static uint32_t active(const struct sim *sim)
{
	uint32_t uses = 0;

	if (sim->station.op.op || sim->station.link.flags)
		uses |= PROVD_RADIO_STATION;
	if (sim->softap.state != SIM_AP_CLOSED)
		uses |= PROVD_RADIO_SOFTAP;
	if (sim->monitor.running || sim->monitor.op.op)
		uses |= PROVD_RADIO_MONITOR;
	if (sim->offload.running || sim->offload.op.op)
		uses |= PROVD_RADIO_OFFLOAD;
	return uses;
}

int sim_caps_check(const struct sim *sim, uint32_t use)
{
	uint32_t want = active(sim) | use;

	if (want == use)
		return 0;
	for (size_t i = 0; i < sim->combination_count; i++) {
		if ((sim->combinations[i].uses & want) == want)
			return 0;
	}
	return PROVD_E_STATE;
}
