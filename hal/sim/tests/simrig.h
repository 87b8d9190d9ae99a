/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file simrig.h
 * @brief The sim HAL on a rig, opened, with its tables at hand.
 */
#ifndef SIMRIG_H
#define SIMRIG_H

#include "rig.h"

#include <provd/hal_ble.h>
#include <provd/hal_monitor.h>
#include <provd/hal_offload.h>
#include <provd/hal_softap.h>
#include <provd/hal_store.h>

struct simrig {
	struct rig rig;
	struct rig_plugin hal;
	void *inst;
	const struct provd_hal_station *station;
	const struct provd_hal_softap *softap;
	const struct provd_hal_monitor *monitor;
	const struct provd_hal_offload *offload;
	const struct provd_hal_ble *ble;
	const struct provd_hal_store *store;
};

/** Loads and opens; `json` may hold %s for the rig's folder (up to four times). */
void simrig_open(struct simrig *s, const char *json);
/** Closes in order, checks that each operation ended once and nothing is left. 0: all well */
int simrig_close(struct simrig *s);
/** Unloads after FAILED or without an opening. 0: nothing is left */
int simrig_unload(struct simrig *s);
/** Sends a command to `control` in the rig's folder and waits for the answer. 1: accepted */
int simrig_command(struct simrig *s, const char *json);
/** Waits for OP_DONE. @return its status; 1: it never came */
int simrig_done(struct simrig *s, uint64_t op);
/** Credentials for a name and passphrase (NULL: none); its secret must be unreferenced. */
struct provd_credentials simrig_creds(const char *ssid, const char *passphrase);

#endif /* SIMRIG_H */
