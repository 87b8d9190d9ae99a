/* SPDX-License-Identifier: Apache-2.0 */
/* What the radio tells to people and to names: capabilities, HAL states, the MAC address. */
#include "session/radio_internal.h"

#include <string.h>

int provd_radio_info(const struct provd_radio *radio, struct provd_device_info *out_info)
{
	for (size_t i = 0; i < radio->hal_count; i++) {
		const struct hal *hal = radio->hals[i];

		if (hal->state != HAL_OPEN || !(hal->offered & (1u << CAP_STATION)))
			continue;
		memcpy(out_info->mac, hal->caps.mac, sizeof(out_info->mac));
		out_info->can_ap_station = (uint32_t)provd_radio_can_combine(
			radio, PROVD_RADIO_STATION | PROVD_RADIO_SOFTAP);
		return 0;
	}
	return PROVD_E_STATE;
}

json_t *provd_radio_capabilities_json(const struct provd_radio *radio)
{
	json_t *list = json_array();

	for (size_t h = 0; list && h < radio->hal_count; h++) {
		const struct hal *hal = radio->hals[h];

		for (size_t i = 0; i < hal->caps.capability_count; i++) {
			const struct provd_capability *row = &hal->caps.capabilities[i];
			int available = hal->state == HAL_OPEN && row->available;
			const char *reason = row->reason ? row->reason : "";

			if (hal->state != HAL_OPEN)
				reason = hal->reason;
			json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:s}", "name",
							      row->name, "hal", hal->instance->name,
							      "available", available, "reason",
							      available ? "" : reason));
		}
	}
	return list;
}

void provd_radio_each(const struct provd_radio *radio,
		      void (*fn)(void *user, const struct provd_plugin *plugin, const char *state,
				 const char *reason),
		      void *user)
{
	static const char *const names[] = {
		[HAL_NEW] = "loaded",	   [HAL_OPENING] = "opening", [HAL_OPEN] = "open",
		[HAL_CLOSING] = "closing", [HAL_CLOSED] = "closed",   [HAL_FAILED] = "failed",
	};

	for (size_t i = 0; i < radio->hal_count; i++)
		fn(user, radio->hals[i]->plugin, names[radio->hals[i]->state],
		   radio->hals[i]->reason);
}
