/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/method.h
 * @brief Operations of a provisioning method.
 *
 * Life of an instance: create, then any number of start ... stop, then destroy. Events of the
 * instance: PROVD_EV_STARTED, then once PROVD_EV_STOPPED or PROVD_EV_FAILED. Events of a session
 * (`op` is its number): OPENED, PROGRESS, CREDENTIALS, then exactly one of SESSION_DONE,
 * SESSION_ERROR, SESSION_CANCELED. The host owns the deadlines (start 10 s, cancel 3 s, stop 5 s
 * by default); an instance that overruns one is reported as faulted and not used again.
 *
 * The phone is told before the method goes: `stop` may come right after the `on_result` of BOUND or
 * FAILED. Answers, acknowledgements and a BLE disconnect may still go out between `stop` and
 * STOPPED, up to the stop deadline. After `cancel` nothing more is said.
 *
 * A method reaches the radio through get_interface() with the HAL's interface names; the host
 * stands between, so that two methods cannot fight over it. Results arrive by `on_event`.
 */
#ifndef PROVD_METHOD_H
#define PROVD_METHOD_H

#include <provd/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Named in `needs` by a method whose phone talks over the app channel: while such a method
 * listens, what the dialect receives counts as delivered by it.
 */
#define PROVD_NEED_APPCHANNEL "provd.appchannel/1"

/**
 * Named in `needs` by a method that takes no credentials, but hands over the log of a session that
 * has failed. It does not listen with the others: it is started (purpose LOG) when a session has
 * failed and something is to be delivered, and stopped when the next session begins or it has
 * ended its session by SESSION_DONE or SESSION_ERROR. It owns the time limit.
 */
#define PROVD_NEED_FAILED_SESSION "provd.failed_session/1"

/** `provd_method_request.purpose` */
enum provd_purpose {
	PROVD_PURPOSE_PROVISION = 0, /**< listen for credentials */
	PROVD_PURPOSE_LOG = 1	     /**< hand over the log of `session`, which has failed */
};

/** What `start` is told. */
struct provd_method_request {
	uint32_t size;
	uint32_t purpose;     /**< enum provd_purpose */
	uint64_t session;     /**< number for all events of this session */
	uint64_t deadline_ms; /**< monotonic time at which the session ends; 0: none */
};

/** Why `suspend` is called. */
enum provd_suspend_mode {
	PROVD_SUSPEND_QUIET = 1,  /**< keep the radio, take no new credentials */
	PROVD_SUSPEND_RELEASE = 2 /**< give the radio back; answer with PROVD_EV_SUSPENDED */
};

/** Operations; create to on_event are needed, the rest may be NULL. */
struct provd_method_ops {
	uint32_t size;
	uint32_t reserved;
	/**
	 * Allocates and reads options; touches no hardware, starts nothing.
	 * @param host     kept until `destroy`
	 * @param out_inst the instance; untouched on failure
	 * @param err      words for a failure, may be NULL
	 * @return 0 or a negative code, then nothing is held
	 */
	int (*create)(const struct provd_host *host, void **out_inst, struct provd_error *err);
	/** Frees. After STOPPED or FAILED, or if never started. NULL allowed. Nothing runs later. */
	void (*destroy)(void *inst);
	/** @return 0: STARTED or FAILED follows; negative: refused and no event follows */
	int (*start)(void *inst, const struct provd_method_request *request);
	/** Ends sessions, releases all, then one STOPPED. Allowed while starting, and twice. */
	void (*stop)(void *inst);
	/** Ends one session by SESSION_CANCELED, or by the result that won. Old numbers allowed. */
	void (*cancel)(void *inst, uint64_t session);
	/**
	 * How the credentials fared, so that the phone can be told: JOINING, ONLINE and BOUND with
	 * status 0; LISTENING with a status when joining failed; FAILED at the end.
	 */
	void (*on_result)(void *inst, const struct provd_session_status *status);
	/** Events of capabilities that this instance uses (OP_DONE, AP_JOINED, ...). */
	void (*on_event)(void *inst, const struct provd_event *event);
	/** See enum provd_suspend_mode; RELEASE ends with PROVD_EV_SUSPENDED. */
	void (*suspend)(void *inst, uint32_t mode);
	/** Listens again after `suspend`. */
	void (*resume)(void *inst);
	/** Optional tables of the method: PROVD_LOG_FORMAT. May be NULL. */
	const void *(*get_interface)(void *inst, const char *name, uint32_t size);
};

#ifdef __cplusplus
}
#endif

#endif /* PROVD_METHOD_H */
