/* SPDX-License-Identifier: Apache-2.0 */
/* A HAL that offers only a store, in memory or answered by the test, and a radio over it. */
#ifndef STORE_HAL_H
#define STORE_HAL_H

#include "secret/secret.h"
#include "session/radio_store.h"

#define HAL_VALUES 8

struct hal_value {
	char key[PROVD_STORE_KEY_MAX + 1];
	uint8_t *data;
	size_t len;
};

/* The HAL: what it holds, what it was asked, how it answers. */
struct store_hal {
	const struct provd_host *host;
	struct provd_capability capability;
	struct hal_value values[HAL_VALUES];
	char asked[32];	   /* l, s, e, k: the operations in order */
	char last_key[80]; /* or purpose */
	size_t key_len;	   /* of the device key; 0: OP_DONE without a secret */
	int fail_next;	   /* OP_DONE of the next operation carries it */
	int refuse_next;   /* the next call returns it */
	int silent;	   /* answers nothing; `op` is its number */
	int keyless;	   /* no device_key in its table */
	uint64_t op;
};

extern struct store_hal store_hal;

/* Ends an operation that was left silent. */
void store_hal_end(uint64_t op, int status);
/* Raises FAILED. */
void store_hal_die(void);
struct hal_value *store_hal_find(const char *key);

/* A loop, a log and an open radio with that HAL. */
struct hal_rig {
	struct provd_loop *loop;
	struct provd_log *log;
	struct provd_radio *radio;
	int opened;
	int closed;
};

void hal_rig_begin(struct hal_rig *rig);
void hal_rig_end(struct hal_rig *rig);

#endif /* STORE_HAL_H */
