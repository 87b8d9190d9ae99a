/* SPDX-License-Identifier: Apache-2.0 */
/* Two HALs of which the test says everything. */
#ifndef FAKE_HAL_H
#define FAKE_HAL_H

#include "session/radio.h"

/* What it offers, how it answers, and what it was asked. */
struct fake_hal {
	const struct provd_host *host;
	struct provd_capability capabilities[3];
	size_t capability_count;
	struct provd_combination combination;
	int probe;
	int open_code;
	int mute; /* answers nothing */
	uint64_t op;
	unsigned starts;
	unsigned stops;
	unsigned closes;
	unsigned destroys;
};

extern struct fake_hal hals[2];
extern struct provd_plugin fake_hal_plugins[2];

/* Raises an event. */
void hal_says(struct fake_hal *hal, uint32_t type, uint64_t op, int status);

#endif /* FAKE_HAL_H */
