/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file session/radio.h
 * @brief The loaded HALs as one: who offers what, who may use it, and where results go.
 *
 * A capability comes from the first HAL in config order that offers it. Methods get the HAL
 * tables through proxies, so that a capability has one user at a time and its events reach just
 * that user.
 */
#ifndef PROVD_CORE_RADIO_H
#define PROVD_CORE_RADIO_H

#include "plugin/instance.h"

#include <provd/device.h>
#include <provd/hal_ble.h>
#include <provd/hal_monitor.h>
#include <provd/hal_offload.h>
#include <provd/hal_softap.h>
#include <provd/hal_station.h>
#include <provd/hal_store.h>

#include <jansson.h>

struct provd_radio;

/** Room for a sentence on why something cannot run. */
#define PROVD_REASON_MAX 512

/** What the radio is made of. */
struct provd_radio_config {
	struct provd_loop *loop;
	struct provd_log *log;
	/** The station's link broke by itself. */
	void (*on_link_lost)(void *user, int status);
	/** A step of a running join: "associating". */
	void (*on_progress)(void *user, const struct provd_event *event);
	/** A capability came or went, or what was taken back has been closed. Never from inside a
	 *  call of this interface but provd_radio_give_up and provd_radio_open. */
	void (*on_changed)(void *user);
	void *user;
};

/** How a join ended. `link` and `text`, the HAL's words for a failure, are valid during the call;
 *  `link` is NULL on failure, `text` may always be. */
typedef void provd_joined_fn(void *user, int status, const struct provd_link *link,
			     const char *text);

int provd_radio_create(const struct provd_radio_config *config, struct provd_radio **out_radio);

/** All HALs must be closed (or never opened). NULL allowed. */
void provd_radio_destroy(struct provd_radio *radio);

/** Adds a HAL, in config order, before provd_radio_open. @return 0 or create()'s code */
int provd_radio_add(struct provd_radio *radio, struct provd_plugin *plugin,
		    struct provd_options *options, int required, struct provd_error *err);

/**
 * Opens all HALs at once; `done` runs when each is open or has failed.
 * @param timeout_ms for a HAL that never answers; it counts as failed then
 * @param done       code 0, or the failure of a required HAL with words
 */
void provd_radio_open(struct provd_radio *radio, uint64_t timeout_ms,
		      void (*done)(void *user, int code, const char *text), void *user);

/** Closes all HALs; `done` runs when all are closed or the time is over. */
void provd_radio_close(struct provd_radio *radio, uint64_t timeout_ms, void (*done)(void *user),
		       void *user);

/**
 * Matches the `needs` of a method with what is offered.
 * @param has_dialect 1 when the cloud brings an app-channel dialect
 * @param out_uses    bits of enum provd_radio_use that it will take
 * @param reason      one sentence when it cannot run; PROVD_REASON_MAX bytes
 * @return 0 or PROVD_E_NO_CAPABILITY
 */
int provd_radio_check_needs(const struct provd_radio *radio, const char *const *needs,
			    int has_dialect, uint32_t *out_uses, char *reason);

/** @return 1 when the hardware can do all `uses` (enum provd_radio_use bits) at once, else 0 */
int provd_radio_can_combine(const struct provd_radio *radio, uint32_t uses);

/**
 * Joins a network. `done` runs exactly once, also after provd_radio_cancel.
 * @return 0, PROVD_E_NO_CAPABILITY, PROVD_E_BUSY, or the HAL's refusal
 */
int provd_radio_connect(struct provd_radio *radio, const struct provd_credentials *credentials,
			provd_joined_fn *done, void *user, uint64_t *out_op);

/** Ends a join early: `done` reports PROVD_E_CANCELED. Old and zero numbers allowed. */
void provd_radio_cancel(struct provd_radio *radio, uint64_t op);

/** For a join that does not end after provd_radio_cancel: its HAL counts as failed, which ends it. */
void provd_radio_give_up(struct provd_radio *radio, uint64_t op);

/** Leaves the network. */
void provd_radio_disconnect(struct provd_radio *radio);

/** A capability for a method instance, or NULL. Its handle lives as long as the radio. */
const void *provd_radio_interface(struct provd_radio *radio, struct provd_instance *user,
				  const char *name, uint32_t size, void **out_self);

/** An instance holds no capability any more: it has stopped, or given the radio back. */
void provd_radio_let_go(struct provd_radio *radio, const struct provd_instance *user);

/**
 * Closes what an instance has left open that died or does not answer.
 * @param for_good 1: its handles are dead from now on, as after provd_radio_release
 */
void provd_radio_take_back(struct provd_radio *radio, struct provd_instance *user, int for_good);

/** The station's link as the HAL has it. @return 0, or a code: no HAL, or it does not know */
int provd_radio_get_link(const struct provd_radio *radio, struct provd_link *out_link);

/** @return 1 when the station has got an address and has not lost or left the network since */
int provd_radio_has_link(const struct provd_radio *radio);

/** @return 1 while a join runs, or the HALs still close what was taken back; `on_changed` tells the
 *  end of the latter */
int provd_radio_is_busy(const struct provd_radio *radio);

/**
 * One sentence on why two sets of uses (enum provd_radio_use bits) cannot be had together.
 * @param reason PROVD_REASON_MAX bytes
 */
void provd_radio_explain_conflict(const struct provd_radio *radio, uint32_t uses, uint32_t others,
				  char *reason);

/** Forgets an instance: its capabilities are free again, its operations and handles are dead. */
void provd_radio_release(struct provd_radio *radio, struct provd_instance *user);

/** MAC address and abilities for names and labels. @return 0 or PROVD_E_STATE */
int provd_radio_info(const struct provd_radio *radio, struct provd_device_info *out_info);

/** [{"name","hal","available","reason"}] for the control socket; a new reference. */
json_t *provd_radio_capabilities_json(const struct provd_radio *radio);

/** Calls `fn` for each HAL with its state in words and the reason of a failure ("" if none). */
void provd_radio_each(const struct provd_radio *radio,
		      void (*fn)(void *user, const struct provd_plugin *plugin, const char *state,
				 const char *reason),
		      void *user);

#endif /* PROVD_CORE_RADIO_H */
