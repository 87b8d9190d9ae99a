/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file tencent.h
 * @brief The instance of the Tencent cloud plugin and what its files offer each other.
 *
 * All functions run on the loop thread. At most one operation (registration or binding) is under
 * way; it ends by tencent_op_finish() and nowhere else, so it ends exactly once.
 */
#ifndef TENCENT_TENCENT_H
#define TENCENT_TENCENT_H

#include <provd/appchannel.h>
#include <provd/cloud.h>
#include <provd/file.h>
#include <provd/http.h>
#include <provd/journal.h>
#include <provd/mqtt.h>

#include "codec/app.h"
#include "codec/bind.h"
#include "codec/crypt.h"
#include "codec/dynreg.h"
#include "codec/identity.h"
#include "options.h"

/** Phones remembered at a time; the one silent longest makes room. */
#define TENCENT_PEERS_MAX 64
/** Notes on which phone was told of which failure; the oldest makes room. */
#define TENCENT_TOLD_MAX 32
/**
 * Tries of an operation against a clock that is wrong: it may be set as soon as the network's time
 * service answers, some seconds after the join. Later somebody else has to set it.
 */
#define TENCENT_CLOCK_TRIES 4
/** Longest path of a file, with its NUL. */
#define TENCENT_PATH_SIZE 1024

/** What the running operation is. */
enum tencent_op_kind {
	TENCENT_OP_NONE,
	TENCENT_OP_REGISTER,
	TENCENT_OP_BIND,
};

struct tencent_op {
	uint64_t id; /**< 0: none */
	enum tencent_op_kind kind;
};

/** The identity, and a secret that came from the cloud but is not on the disk yet. */
struct tencent_store {
	struct tencent_identity identity;
	bool is_loaded;
	bool has_fresh; /**< `fresh` holds what must still be saved */
	bool is_saving; /**< a replacement of a file is running */
	unsigned int step;
	struct tencent_dynreg_result fresh;
};

struct tencent_registrar {
	uint64_t request; /**< HTTP request, 0 none */
	uint64_t timer;	  /**< wait before the next attempt */
	uint32_t failures;
	uint32_t clocks; /**< tries in a row that failed by the clock */
	int last_code;	 /**< of the last try that failed, 0 none */
};

/** Where binding stands. */
enum tencent_binder_state {
	TENCENT_BINDER_IDLE,
	TENCENT_BINDER_WAITING, /**< for the time of the next connect */
	TENCENT_BINDER_CONNECTING,
	TENCENT_BINDER_SUBSCRIBING,
	TENCENT_BINDER_REPLYING, /**< the token is out, the cloud's word is not in */
};

struct tencent_binder {
	enum tencent_binder_state state;
	uint64_t connection;
	uint64_t timer;
	uint64_t subscribe_id;
	uint64_t publish_id;
	uint64_t reached_us; /**< last time the broker was reached; kept over operations */
	bool has_reached;
	bool is_acknowledged;
	bool has_bad_message; /**< something on the topic was not understood */
	uint32_t failures;
	uint32_t handshakes; /**< TLS handshakes that failed in a row */
	uint32_t clocks;     /**< tries in a row that failed by the clock */
	int last_code; /**< why the last try failed; 0: none did, or one has connected since */
	uint32_t publishes;
	struct provd_secret *token;
	struct tencent_pair_time times;
	char client_token[TENCENT_CLIENT_TOKEN_SIZE];
	char topic_down[TENCENT_TOPIC_SIZE];
	enum tencent_stage stage; /**< what was being done, for the phone's error */
	int error_code;		  /**< code of the last binding for which `error` is exact, or 0 */
	struct tencent_errcode error; /**< holds the cloud's own code */
};

/** A phone. */
struct tencent_peer {
	uint64_t id; /**< 0: the slot is free */
	uint64_t seen;
	uint64_t repeats_end_us; /**< until then identity replies are still being repeated */
	struct provd_addr from;	 /**< the last time; family 0: not known */
	bool is_opened;
	bool is_identified; /**< an identity reply went out to it */
	uint64_t partial;   /**< session whose failures it was told in part, 0 none */
	uint32_t partial_count;
	uint64_t failed;      /**< session whose end it was told, for the picture, 0 none */
	uint64_t log;	      /**< failed session whose log it was sent, 0 none */
	uint64_t log_ask_us;  /**< when it asked for that last */
	uint64_t log_session; /**< in which its queries were counted */
	uint32_t log_queries; /**< those that were told as events */
};

/** A phone knows of a failure. */
struct tencent_told {
	uint64_t session; /**< 0: the slot is free */
	struct tencent_errcode fault;
	struct provd_addr phone;
};

/** A phone that wants the device. Its socket may change, its IP address does not. */
struct tencent_claim {
	uint64_t peer; /**< 0: nobody */
	struct provd_addr from;
	bool has_credentials;		     /**< else only a token came */
	uint8_t digest[TENCENT_DIGEST_MAX];  /**< to know the credentials again */
	char region[TENCENT_REGION_MAX + 1]; /**< of the phone's account, "" not told */
};

struct tencent_dialect {
	struct tencent_peer peers[TENCENT_PEERS_MAX];
	uint64_t clock;		    /**< counts datagrams, for `seen` */
	struct tencent_claim claim; /**< whose attempt runs, or ran last */
	struct tencent_claim next;  /**< whose other credentials the host keeps for later */
	bool is_held;		    /**< the attempt of `claim` is not over */
	bool is_repeated;	    /**< its phone sent credentials again since it began */
	bool is_corrected;	    /**< its phone sent other credentials since it began */
	uint64_t session;
	uint32_t attempt;	      /**< number of the attempt told last */
	uint32_t state;		      /**< enum provd_session_state_id told last */
	int report;		      /**< state broadcast last, -1 none ([C3]) */
	int failed_report;	      /**< state broadcast for the session's last fault, -1 none */
	struct tencent_errcode fault; /**< id 0: none to tell */
	uint64_t fault_session;	      /**< in which it was */
	struct tencent_errcode last;  /**< last fault of this session, id 0 none */
	int last_code;		      /**< its PROVD_E_* code */
	struct tencent_told told[TENCENT_TOLD_MAX];
	size_t told_at; /**< slot of `told` to use next */
};

struct tencent {
	const struct provd_host *host;
	const struct provd_http *http; /**< the services may be NULL */
	const struct provd_mqtt *mqtt;
	const struct provd_file *file;
	const struct provd_appchannel *channel;
	const struct provd_journal *journal;
	void *http_self;
	void *mqtt_self;
	void *file_self;
	void *channel_self;
	void *journal_self;
	struct tencent_options options;
	struct tencent_op op;
	struct tencent_store store;
	struct tencent_registrar registrar;
	struct tencent_binder binder;
	struct tencent_dialect dialect;
	bool is_stopping;
	bool is_stopped;
};

/* op.c */

/** @return 0, PROVD_E_STATE (stopping), PROVD_E_BUSY (one is under way), PROVD_E_INVALID */
int tencent_op_check(const struct tencent *t, uint64_t op);
/** Ends the running operation by OP_DONE. @param text words for a failure, or NULL */
void tencent_op_finish(struct tencent *t, int status, const char *text);
/** Raises PROGRESS of the running operation. */
void tencent_progress(struct tencent *t, enum provd_flow flow, const char *text,
		      const struct provd_field *fields, size_t count);
/** A try of the running operation has failed, another follows.
 *  @param why what went wrong, in words; NULL: the sentence of `code`
 *  @param text what is told: "registration failed, trying again" */
void tencent_stumbled(struct tencent *t, int code, const char *why, const char *text,
		      uint64_t wait_ms);
/** Raises PROGRESS of the session: a phone was told something. */
void tencent_told_phone(struct tencent *t, const char *text, const struct provd_field *fields,
			size_t count);
/** Raises an event without data. */
void tencent_emit(struct tencent *t, uint32_t type, const struct provd_secret *secret);
/** Raises STOPPED once nothing is left to wait for. */
void tencent_stop_advance(struct tencent *t);
/** Could the same succeed a moment later? */
bool tencent_is_transient(int code);
/**
 * Wait before the next attempt, in milliseconds: backoff_min doubled with every failure up to
 * backoff_max, then by chance between a half and all of it.
 * @param failures attempts that failed so far, at least 1
 */
uint64_t tencent_backoff_ms(const struct tencent *t, uint32_t failures);

/* identity_store.c */

/** Loads the identity file unless that is done. @return 0 or PROVD_E_CLOUD_IDENTITY, NOMEM */
int tencent_store_load(struct tencent *t, struct provd_error *err);
/** Has the device a secret or certificate of its own that is durable? */
bool tencent_store_is_registered(const struct tencent *t);
/** Keeps what the cloud gave, until it is saved. @param result taken, zeroed */
void tencent_store_take(struct tencent *t, struct tencent_dynreg_result *result);
/**
 * Can a secret be saved, as far as one can tell beforehand? The platform gives it only once.
 * @return 0, PROVD_E_ACCESS or PROVD_E_NO_SPACE with words
 */
int tencent_store_check_room(const struct tencent *t, struct provd_error *err);
/** Saves it; ends by tencent_registrar_saved(). @return 0, or a code and nothing follows */
int tencent_store_save(struct tencent *t);
/** The region to use: the option's, else the file's. */
const char *tencent_store_region(const struct tencent *t);
/** Path of a certificate or key. @return 0 or PROVD_E_LIMIT */
int tencent_store_cert_path(const struct tencent *t, const char *name, char *out, size_t cap);
void tencent_store_finish(struct tencent *t);

/* registrar.c */

/** As provd_cloud_ops.register_device. */
int tencent_registrar_start(struct tencent *t, uint64_t op);
/** The identity store has saved, or not. */
void tencent_registrar_saved(struct tencent *t, int code, const char *text);
/** Releases request and timer. */
void tencent_registrar_release(struct tencent *t);

/* binder.c */

/** As provd_cloud_ops.bind. */
int tencent_binder_start(struct tencent *t, uint64_t op, const struct provd_bind_request *request);
/** Releases connection, timer and token. */
void tencent_binder_release(struct tencent *t);

/* binder_connect.c */

/**
 * Opens the MQTT connection that options and identity ask for.
 * @param on_event as in struct provd_mqtt_config, with the instance as `user`
 * @param err filled on failure
 * @return 0 or a code
 */
int tencent_connect(struct tencent *t,
		    void (*on_event)(void *user, const struct provd_mqtt_event *event),
		    uint64_t *out_connection, struct provd_error *err);

/* dialect.c */

/** The table for PROVD_DIALECT. */
extern const struct provd_dialect tencent_dialect_table;
void tencent_dialect_init(struct tencent_dialect *dialect);
/** A known peer or NULL. */
struct tencent_peer *tencent_dialect_peer(struct tencent_dialect *dialect, uint64_t id);
/** Sends a text to a peer. @return as provd_appchannel.send */
int tencent_dialect_send(struct tencent *t, uint64_t peer, const char *text, size_t len,
			 uint32_t repeats, uint64_t interval_ms);
/** Sends an error to a peer. @return as provd_appchannel.send */
int tencent_dialect_error(struct tencent *t, uint64_t peer, struct tencent_errcode error,
			  bool previous);
/** Who the device says it is; the identity is loaded. */
struct tencent_app_identity tencent_dialect_identity(const struct tencent *t);

/* dialect_claim.c */

/** Is it the same phone? Apps reopen their socket, so the port says nothing. */
bool tencent_claim_same_phone(const struct provd_addr *a, const struct provd_addr *b);
/** Is this the phone whose attempt runs now? */
bool tencent_claim_is_own(const struct tencent_dialect *dialect, const struct tencent_peer *peer);
/** A phone delivered a token or credentials and the host took the event. */
void tencent_claim_deliver(struct tencent_dialect *dialect, const struct tencent_peer *peer,
			   const struct tencent_app_command *command);
/** A new attempt begins; `replaces`: the end of the one before was not told. */
void tencent_claim_begin(struct tencent_dialect *dialect, bool replaces);
/** The session is over: nobody holds the device, nothing is kept for later. */
void tencent_claim_forget(struct tencent_dialect *dialect);
/** The attempt is over; who comes next is not known yet. */
void tencent_claim_end(struct tencent_dialect *dialect);
/** Does the session go on, as far as the host told? */
bool tencent_claim_is_open(const struct tencent_dialect *dialect);
/** Does an attempt run, as far as the host told? */
bool tencent_claim_runs(uint32_t state);

/* dialect_state.c */

/** As provd_dialect.on_state. */
void tencent_dialect_on_state(void *inst, const struct provd_session_status *status);
/** As provd_dialect.describe. */
void tencent_dialect_describe(void *inst, uint32_t state, int status,
			      struct provd_app_failure *out_failure);
/** Broadcasts how far binding is; nothing in protocol 2.0. */
void tencent_dialect_report(struct tencent *t, enum tencent_app_state state);
/** Tells a phone that asks after the session's end why it failed. */
void tencent_dialect_tell_end(struct tencent *t, struct tencent_peer *peer);
/** The pair for a code in a state, as phones are told it. */
struct tencent_errcode tencent_dialect_fault(const struct tencent *t, uint32_t state, int code);
/** The event "failure told" for the picture of the session. */
void tencent_dialect_fault_told(struct tencent *t, struct tencent_errcode fault);

/* dialect_previous.c */

/** Notes that a phone knows of a failure. */
void tencent_previous_note(struct tencent_dialect *dialect, uint64_t session,
			   struct tencent_errcode fault, const struct provd_addr *phone);
/** Tells a phone that has its identity reply of the failures of earlier phones and sessions. */
void tencent_previous_tell(struct tencent *t, struct tencent_peer *peer);
/** A session begins: what was kept in memory is the journal's, if there is one. */
void tencent_previous_begin(struct tencent *t);
/** The session is bound: of its failures nobody needs to hear. */
void tencent_previous_bound(struct tencent *t);
/** The journal or NULL. */
const struct provd_journal *tencent_journal(struct tencent *t);

/* dialect_log.c */

/** A phone asks for the log (cmdType 3). */
void tencent_log_answer(struct tencent *t, struct tencent_peer *peer);
/** A phone that goes on, its second datagram out, has its log: it would ask every 5 s ([MP] 3.3). */
#define TENCENT_LOG_GOES_ON_US UINT64_C(1000000)
/** One that is silent has it when two of its tries did not come. */
#define TENCENT_LOG_SILENT_US UINT64_C(11000000)
/** The phone gives a sign of life other than asking for the log, or was forgotten.
 *  @param after_us the log counts as delivered when the last query is at least so long ago */
void tencent_log_settle(struct tencent *t, struct tencent_peer *peer, uint64_t after_us);

#endif /* TENCENT_TENCENT_H */
