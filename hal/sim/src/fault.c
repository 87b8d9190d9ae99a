/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <string.h>

static const char *const point_names[SIM_POINT_COUNT] = {
	"open",		 "scan",	"connect",	"ap_start",	 "ap_stop",
	"monitor_start", "set_channel", "monitor_stop", "offload_start", "offload_stop",
	"add_service",	 "advertise",	"notify",	"load",		 "save",
	"erase",	 "device_key"};

int sim_point_find(const char *name)
{
	for (int i = 0; i < SIM_POINT_COUNT; i++) {
		if (strcmp(point_names[i], name) == 0)
			return i;
	}
	return PROVD_E_NOT_FOUND;
}

int sim_fault_take(struct sim *sim, enum sim_point point, uint32_t at_call)
{
	struct sim_fault *fault = &sim->faults[point];

	if (fault->times == 0 || fault->at_call != at_call)
		return 0;
	fault->times--;
	return fault->code;
}

int sim_code_find(const char *name)
{
	int code = provd_err_by_name(name);

	return code < 0 ? code : 0;
}
