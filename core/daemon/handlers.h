/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file daemon/handlers.h
 * @brief What the handlers of the control socket share. Types have been checked before them.
 *
 * The provd__read_ functions look at one parameter: a value that is wrong is answered with
 * InvalidParameter and PROVD_E_INVALID is returned; then the handler only has to return.
 */
#ifndef PROVD_CORE_HANDLERS_H
#define PROVD_CORE_HANDLERS_H

#include "control/control.h"
#include "session/engine.h"

#define PROVD_INTERFACE "io.provd.Provisioning"

struct provd_daemon;
struct watcher;

typedef void provd__handler_fn(void *user, struct provd_control_call *call,
			       const json_t *parameters, int more);

/* handlers_session.c */
provd__handler_fn provd__handle_status;
provd__handler_fn provd__handle_watch;
provd__handler_fn provd__handle_timeline;
/* handlers_errors.c */
provd__handler_fn provd__handle_sessions;
provd__handler_fn provd__handle_errors;
provd__handler_fn provd__handle_watch_errors;
provd__handler_fn provd__handle_export_errors;
provd__handler_fn provd__handle_import_errors;
provd__handler_fn provd__handle_clear_errors;
/* handlers_network.c */
provd__handler_fn provd__handle_provide;
provd__handler_fn provd__handle_networks;
provd__handler_fn provd__handle_forget_network;
provd__handler_fn provd__handle_set_network_priority;
/* handlers_device.c */
provd__handler_fn provd__handle_press_button;
provd__handler_fn provd__handle_reset;
provd__handler_fn provd__handle_take_over;
/* handlers_admin.c */
provd__handler_fn provd__handle_plugins;
provd__handler_fn provd__handle_capabilities;
provd__handler_fn provd__handle_reload;
provd__handler_fn provd__handle_log_levels;
provd__handler_fn provd__handle_set_log_level;
provd__handler_fn provd__handle_stats;

/* Answers */

/** Unavailable. @param reason UTF-8 */
void provd__answer_unavailable(struct provd_control_call *call, const char *reason);
/** UnknownSession. */
void provd__answer_unknown_session(struct provd_control_call *call, uint64_t session);
/** NotSaved. @param err words, or NULL */
void provd__answer_not_saved(struct provd_control_call *call, int code,
			     const struct provd_error *err);
/** The answer to Start and Provide, once the engine was asked. */
void provd__answer_started(struct provd_daemon *daemon, struct provd_control_call *call, int code,
			   uint64_t session, const struct provd_error *err);

/** A network's name as ssid ("" when it is no text) and ssid_hex, set in `object`. */
void provd__set_ssid(json_t *object, const uint8_t *ssid, size_t len);

/* watchers.c */

/**
 * The call gets what is published to the list, until its client leaves.
 * @param session only of this one; 0: all
 */
int provd__watcher_add(struct watcher **list, struct provd_control_call *call, uint64_t session);
/** Its call is about to get the final reply. */
void provd__watcher_end(struct watcher *watcher);

/* Waiting, in start.c */

/** Before the daemon is ready a call waits. @return 1: it waits, or was answered */
int provd__comes_early(struct provd_daemon *daemon, struct provd_control_call *call,
		       const json_t *parameters, provd__handler_fn *handler);
/** What may start a session waits for the end of one that is being released, and needs presence if
 *  none runs. @return 1: it waits, or was answered */
int provd__must_wait(struct provd_daemon *daemon, struct provd_control_call *call,
		     const json_t *parameters, provd__handler_fn *handler);

/* handlers_read.c: parameters */

/** @param inout_value the default; stays when the parameter is missing or null */
int provd__read_int(struct provd_control_call *call, const json_t *parameters, const char *name,
		    int64_t min, int64_t max, int64_t *inout_value);
/** session; 0: none was given */
int provd__read_session(struct provd_control_call *call, const json_t *parameters,
			uint64_t *out_session);
/** deadline_ms; 0: none was given */
int provd__read_deadline(struct provd_control_call *call, const json_t *parameters,
			 uint64_t *out_ms);
/** ssid or ssid_hex, exactly one, 1 to 32 bytes. @param out_ssid PROVD_SSID_MAX bytes */
int provd__read_ssid(struct provd_control_call *call, const json_t *parameters, uint8_t *out_ssid,
		     uint32_t *out_len);
/** passphrase or passphrase_hex. @param out_secret given; NULL: an open network */
int provd__read_passphrase(struct provd_control_call *call, const json_t *parameters,
			   struct provd_secret **out_secret);
/** token, 1 to 512 bytes. @param out_secret given; NULL: none */
int provd__read_token(struct provd_control_call *call, const json_t *parameters,
		      struct provd_secret **out_secret);
/** bssid, of one station. @param out_found 1: there is one */
int provd__read_bssid(struct provd_control_call *call, const json_t *parameters,
		      uint8_t out_bssid[6], int *out_found);

#endif /* PROVD_CORE_HANDLERS_H */
