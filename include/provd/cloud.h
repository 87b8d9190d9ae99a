/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/cloud.h
 * @brief Operations of a cloud, and the app-channel dialect that it may bring.
 */
#ifndef PROVD_CLOUD_H
#define PROVD_CLOUD_H

#include <provd/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/** `provd_identity.flags` */
enum provd_identity_flag {
	PROVD_IDENTITY_LOADED = 1u << 0,    /**< product and device are known */
	PROVD_IDENTITY_REGISTERED = 1u << 1 /**< a device secret or certificate is there */
};

/** Who the device is, without its secrets. Texts are the plugin's, valid until it changes. */
struct provd_identity {
	uint32_t size;
	uint32_t flags;	     /**< enum provd_identity_flag */
	const char *product; /**< product id or key; "" when not known */
	const char *device;  /**< device name; "" when not known */
	const char *file;    /**< where it is kept, for the product's own client; NULL: no file */
};

/** What `bind` is told. Times are wall clock milliseconds, 0 when it did not happen. */
struct provd_bind_request {
	uint32_t size;
	uint32_t reserved;
	uint64_t session;
	uint64_t started_ms;	 /**< provisioning was started */
	uint64_t credentials_ms; /**< the credentials arrived */
	uint64_t online_ms;	 /**< the network gave an address */
	uint64_t token_ms;	 /**< the token arrived */
	const struct provd_secret *token;
	const char *method; /**< plugin name of the method that won, e.g. "softap" */
};

/** Operations; create to stop are needed. */
struct provd_cloud_ops {
	uint32_t size;
	uint32_t reserved;
	/** As in struct provd_method_ops. May read its identity file. */
	int (*create)(const struct provd_host *host, void **out_inst, struct provd_error *err);
	/** After `stop` has been answered by PROVD_EV_STOPPED, or if nothing was started. */
	void (*destroy)(void *inst);
	/** @return 0 or a negative code, e.g. PROVD_E_CLOUD_IDENTITY with words in `err` */
	int (*get_identity)(void *inst, struct provd_identity *out_identity,
			    struct provd_error *err);
	/**
	 * Dynamic registration. OP_DONE; on success the new secret is durable already.
	 * Retries transient faults by itself until `cancel`; a refusal ends it.
	 * @return 0, PROVD_E_BUSY, PROVD_E_CLOUD_IDENTITY
	 */
	int (*register_device)(void *inst, uint64_t op);
	/**
	 * Connects, hands the token over and waits for the cloud's word. OP_DONE.
	 * @return 0, PROVD_E_BUSY, PROVD_E_CLOUD_IDENTITY, PROVD_E_INVALID
	 */
	int (*bind)(void *inst, uint64_t op, const struct provd_bind_request *request);
	/** Ends `op` by OP_DONE (CANCELED) on the next turn. Old numbers allowed. */
	void (*cancel)(void *inst, uint64_t op);
	/** Ends everything (connections too), then one PROVD_EV_STOPPED. */
	void (*stop)(void *inst);
	/** Optional tables of the cloud: PROVD_DIALECT. May be NULL. */
	const void *(*get_interface)(void *inst, const char *name, uint32_t size);
};

/** How the owner's app is told of a failure. */
struct provd_app_failure {
	uint32_t size;
	int32_t id; /**< of the app's own vocabulary; 0: it has no word for it */
	int32_t sub;
	uint32_t reserved;
	const char *text; /**< the app's wording, static; or NULL */
};

/** Interface name of struct provd_dialect. */
#define PROVD_DIALECT "provd.dialect/1"

/**
 * What the bytes on the app channel mean: the phone app belongs to the cloud, so its UDP dialect
 * comes with the cloud plugin. The core owns sockets, peers and rate limits. Answers go out by
 * the host's interface PROVD_APPCHANNEL (<provd/appchannel.h>); what was learnt is raised as
 * PROVD_EV_OPENED, _CREDENTIALS, _TOKEN or _LOG_QUERY.
 */
struct provd_dialect {
	uint32_t size;
	uint32_t port; /**< default UDP port of this dialect */
	/**
	 * One datagram of 1 to 2048 bytes.
	 * @param peer number of the peer for answers
	 * @return 0, or PROVD_E_PEER_* for the host's counters; answering is the dialect's own
	 */
	int (*datagram)(void *inst, uint64_t peer, const struct provd_addr *from,
			const uint8_t *data, size_t len);
	/** The host forgot a peer; its number will not come again. */
	void (*peer_gone)(void *inst, uint64_t peer);
	/**
	 * The session changed; here the phone is told of errors and states. `status->link` is there
	 * whenever the station is in a network, also after a failure. FAILED may be told more than
	 * once: again when a network has come after the session's end. A phone that asks then is
	 * told why, not that it was heard.
	 */
	void (*on_state)(void *inst, const struct provd_session_status *status);
	/**
	 * How the phone is told of a failure, for the journal. Asked before `on_state` tells it.
	 * May be NULL.
	 * @param state  enum provd_session_state_id in which it happened
	 * @param status a PROVD_E_* code
	 * @param out_failure its `size` is set
	 */
	void (*describe)(void *inst, uint32_t state, int status,
			 struct provd_app_failure *out_failure);
};

#ifdef __cplusplus
}
#endif

#endif /* PROVD_CLOUD_H */
