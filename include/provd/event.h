/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/event.h
 * @brief Events: the one way by which results and news travel.
 *
 * Commands are calls, results are events. A plugin raises events with `provd_host.emit`; the host
 * copies them and delivers them on the next loop turn, so an operation never calls back into its
 * caller. What concerns a plugin reaches it through its `on_event` operation.
 *
 * An operation that takes an `op` number and returned 0 ends with exactly one
 * PROVD_EV_OP_DONE of that number; one that returned an error ends with none.
 */
#ifndef PROVD_EVENT_H
#define PROVD_EVENT_H

#include <provd/field.h>
#include <provd/net.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Values of `provd_event.type`. The right column names the members that carry something beside
 * `op` and `status`; "data: X" is `count` structures X of `data_size` bytes each at `data`.
 */
enum provd_event_type {
	/* any plugin */
	/**
	 * `op` ended with `status`; `text`: words for a failure, or NULL. A station connect that
	 * worked: data: provd_link. A store load that worked: the value at `data`, `data_size`
	 * bytes, `count` 1.
	 */
	PROVD_EV_OP_DONE = 1,
	/**
	 * `text`: a step, e.g. "associating"; `fields`; `count`: enum provd_flow, where 0 of a HAL
	 * that joins is TO_AP; `status`: of a cloud's `op`: why a try has failed that is made
	 * again, which is the reason if the time runs out
	 */
	PROVD_EV_PROGRESS = 2,
	PROVD_EV_FAILED = 3, /**< the instance died by itself; `status`, `text` */

	/* methods, for the instance; STOPPED answers a cloud's `stop` too */
	PROVD_EV_STARTED = 10,	 /**< listening */
	PROVD_EV_STOPPED = 11,	 /**< all released; answers `stop` */
	PROVD_EV_SUSPENDED = 12, /**< the radio is released; answers `suspend` */

	/* methods and app-channel dialects, for the session `op` */
	/** A phone is there; `text` names it, `fields`; `count`: how many are now, 0: not known */
	PROVD_EV_OPENED = 20,
	/** data: provd_credentials (its secret is referenced); `secret`: the token, if it came too */
	PROVD_EV_CREDENTIALS = 21,
	/** `secret` is the binding token, sent without credentials; the first one of an attempt counts */
	PROVD_EV_TOKEN = 22,
	PROVD_EV_SESSION_DONE = 23,
	PROVD_EV_SESSION_ERROR = 24, /**< `status`, `text` */
	PROVD_EV_SESSION_CANCELED = 25,
	PROVD_EV_LOG_QUERY = 26, /**< the phone asks for the log; `status`: how it was answered */
	PROVD_EV_LEFT = 27,	 /**< a phone has left; `text`, `fields`; `count`: still there */

	/* HALs */
	PROVD_EV_HAL_OPENED = 40,
	PROVD_EV_HAL_CLOSED = 41,
	PROVD_EV_CAPS_CHANGED = 42,	/**< ask get_caps again */
	PROVD_EV_SCAN_RESULT = 43,	/**< `op` of the scan; data: provd_bss, several */
	PROVD_EV_LINK_LOST = 44,	/**< `status` says why */
	PROVD_EV_AP_FAILED = 45,	/**< the access point went down by itself; `status` */
	PROVD_EV_AP_JOINED = 46,	/**< data: provd_ap_client */
	PROVD_EV_AP_LEFT = 47,		/**< data: provd_ap_client */
	PROVD_EV_OFFLOAD_RESULT = 48,	/**< `op` of the start; data: provd_offload_result */
	PROVD_EV_BLE_CONNECTED = 50,	/**< `op`: connection number; data: provd_ble_peer */
	PROVD_EV_BLE_DISCONNECTED = 51, /**< `op`: connection number; `status` */
	/**
	 * `op`: connection; `count`: characteristic; `data_size` bytes at `data`, one whole value:
	 * the parts of a long write are joined, up to 512 bytes.
	 */
	PROVD_EV_BLE_WRITE = 52,
	/** `op`: connection; `count`: characteristic; `status` 1: notifications on, 0: off */
	PROVD_EV_BLE_SUBSCRIBED = 53,
	PROVD_EV_BLE_MTU = 54, /**< `op`: connection; `count`: ATT MTU in bytes */
	/** One for each notify(), in their order: it went out; `op`: connection; `count`: charact. */
	PROVD_EV_BLE_SENT = 55,

	/* clouds */
	PROVD_EV_CLOUD_CONNECTED = 60,
	PROVD_EV_CLOUD_LOST = 61,      /**< `status` */
	PROVD_EV_CLOUD_UNBOUND = 62,   /**< the owner removed the device from the account */
	PROVD_EV_IDENTITY_CHANGED = 63 /**< a new secret is durable on disk */
};

/** Who a step of a session is between, for its picture. */
enum provd_flow {
	PROVD_FLOW_NOTE = 0, /**< nothing was sent */
	PROVD_FLOW_FROM_PHONE = 1,
	PROVD_FLOW_TO_PHONE = 2,
	PROVD_FLOW_FROM_AP = 3, /**< the access point that is joined */
	PROVD_FLOW_TO_AP = 4,
	PROVD_FLOW_FROM_CLOUD = 5,
	PROVD_FLOW_TO_CLOUD = 6
};

/** An event. Borrowed for the call in both directions; the host copies what it keeps. */
struct provd_event {
	uint32_t size;
	uint32_t type;	/**< enum provd_event_type */
	uint64_t op;	/**< operation, session or connection number; 0 none */
	int32_t status; /**< 0 or a negative PROVD_E_*, unless the type says otherwise */
	uint32_t count; /**< elements at `data`, or what the type says */
	const void *data;
	size_t data_size; /**< bytes of one element; for BLE writes all bytes. 64 KiB in all */
	const struct provd_secret *secret;
	const char *text; /**< NUL-terminated UTF-8, at most 4096 bytes, no secret; or NULL */
	const struct provd_field *fields;
	size_t field_count; /**< at most 8 */
	uint32_t service;   /**< BLE events: which service `count` belongs to, by its number */
	uint32_t reserved;
};

/** States of a session, in their order. */
enum provd_session_state_id {
	PROVD_STATE_IDLE = 0,
	PROVD_STATE_LISTENING = 1,
	PROVD_STATE_JOINING = 2,
	PROVD_STATE_ONLINE = 3,
	PROVD_STATE_REGISTERING = 4,
	PROVD_STATE_BINDING = 5,
	PROVD_STATE_BOUND = 6,
	PROVD_STATE_FAILED = 7,
	PROVD_STATE_STOPPED = 8
};

/** How a session stands; told to methods (`on_result`) and dialects (`on_state`). */
struct provd_session_status {
	uint32_t size;
	uint32_t state;		       /**< enum provd_session_state_id */
	uint64_t session;	       /**< session number, never reused */
	uint64_t since_us;	       /**< monotonic time of the last change */
	int32_t status;		       /**< why the last attempt failed, or 0 */
	uint32_t attempt;	       /**< joins tried so far */
	const char *text;	       /**< a sentence on `status`; may be NULL */
	const struct provd_link *link; /**< of the station while it is in a network, else NULL */
	const char *method; /**< plugin name of the method whose phone won; "" before that */
	const void *reserved;
};

#ifdef __cplusplus
}
#endif

#endif /* PROVD_EVENT_H */
