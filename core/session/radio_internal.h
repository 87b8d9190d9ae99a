/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the radio share. */
#ifndef PROVD_CORE_RADIO_INTERNAL_H
#define PROVD_CORE_RADIO_INTERNAL_H

#include "session/radio.h"

/** Index of a capability in the tables of a HAL. */
enum capability_index {
	CAP_STATION,
	CAP_SOFTAP,
	CAP_MONITOR,
	CAP_OFFLOAD,
	CAP_BLE,
	CAP_STORE,
	CAP_COUNT
};

enum hal_state {
	HAL_NEW,
	HAL_OPENING,
	HAL_OPEN,
	HAL_CLOSING,
	HAL_CLOSED,
	HAL_FAILED
};

/** One HAL with copies of its tables. */
struct hal {
	struct provd_radio *radio;
	struct provd_instance *instance;
	struct provd_plugin *plugin;
	enum hal_state state;
	int required;
	int overdue; /* never answered: not to be touched any more, not even destroyed */
	char reason[PROVD_REASON_MAX];
	struct provd_hal_caps caps;
	uint32_t offered; /* bit per capability_index */
	struct provd_hal_station station;
	struct provd_hal_softap softap;
	struct provd_hal_monitor monitor;
	struct provd_hal_offload offload;
	struct provd_hal_ble ble;
	struct provd_hal_store store;
};

/** A method's hold on one capability. `self` of the proxy tables. */
struct proxy {
	struct proxy *next;
	struct provd_radio *radio;
	struct hal *hal;
	struct provd_instance *user; /* NULL: taken back, the handle is dead */
	enum capability_index capability;
};

/** An operation that has not ended. */
struct radio_op {
	struct radio_op *next;
	uint64_t op;
	struct hal *hal;
	struct provd_instance *user; /* NULL: a join of the engine, or nobody's */
	int taking_back;	     /* closes what a method has left */
	provd_joined_fn *joined;
	void *joined_user;
	/* Of the core's own; event NULL: it is dropped, nobody is to be told. */
	void (*ended)(void *user, const struct provd_event *event);
	void *ended_user;
};

struct provd_radio {
	struct provd_radio_config config;
	struct provd_owner *owner;
	struct hal **hals;
	size_t hal_count;
	struct proxy *proxies;
	struct radio_op *ops;
	/** Instance that uses a capability now; one at a time. */
	struct provd_instance *holder[CAP_COUNT];
	int linked; /* the station has an address */
	uint64_t wait_timer;
	void (*opened)(void *user, int code, const char *text);
	void (*closed)(void *user);
	void *wait_user;
};

/** Name ("provd.hal.station/1") and radio use of each capability. */
extern const struct capability_row {
	const char *name;
	uint32_t use;
} provd__capabilities[CAP_COUNT];

/** Remembers an operation of a method. @return 0 or PROVD_E_NOMEM */
int provd__radio_op_add(struct provd_radio *radio, struct hal *hal, uint64_t op,
			struct provd_instance *user);

/** Forgets it: the HAL has refused it. */
void provd__radio_op_drop(struct provd_radio *radio, uint64_t op);

/** OP_DONE of a HAL. */
void provd__radio_op_done(struct hal *hal, const struct provd_event *event);

/** PROGRESS and SCAN_RESULT of a HAL. */
void provd__radio_op_news(struct hal *hal, const struct provd_event *event);

/** The HAL has failed: ends its operations. @param tell 0: only joins are told */
void provd__radio_ops_end(struct hal *hal, int tell);

/** Gives an event to a method; NULL allowed. */
void provd__radio_to_user(struct provd_instance *user, const struct provd_event *event);

/** Asks the HAL anew and copies the tables that it offers. */
void provd__radio_refresh_caps(struct hal *hal);

/** The first open HAL that offers a capability, or NULL. */
struct hal *provd__radio_find(const struct provd_radio *radio, enum capability_index index);

/** Takes a HAL out of use. @param text words, may be NULL */
void provd__hal_failed(struct hal *hal, int status, const char *text);

/** The proxy table of a capability, or NULL when methods do not get it. */
const void *provd__proxy_table(enum capability_index capability);

#endif /* PROVD_CORE_RADIO_INTERNAL_H */
