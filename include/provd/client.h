/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/client.h
 * @brief libprovd: the daemon's control socket for programs in C and C++.
 *
 * A client speaks the Varlink interface io.provd.Provisioning over the daemon's socket. Each call
 * can be made in two ways:
 *
 * - waiting: the function returns when the answer is there or the client's timeout is over;
 * - `_async`: the function returns at once and a callback tells the answer. The program polls one
 *   descriptor, provd_client_fd(), in whatever loop it has and calls provd_client_process() when
 *   it is readable. No function of this kind blocks, and no timer is needed for the deadlines.
 *
 * Each asynchronous call that was accepted ends with exactly one last callback: an answer, an
 * error, PROVD_E_TIMEOUT, or PROVD_E_CANCELED. Callbacks run inside provd_client_process(),
 * provd_client_wait() and provd_client_destroy(), never inside the call that started them.
 *
 * Every call has a connection of its own, so a watch does not hold up the others and a daemon that
 * restarts is found again by the next call.
 *
 * Threads: a client belongs to one thread at a time; different clients do not share anything.
 * Re-entrancy: callbacks may call everything but provd_client_destroy(), provd_client_process() and
 * provd_client_wait() of their client.
 * Errors are negative PROVD_E_* codes; "Since" is 0.2 for all of it.
 */
#ifndef PROVD_CLIENT_H
#define PROVD_CLIENT_H

#include <provd/error.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where the daemon listens unless its configuration says otherwise. */
#define PROVD_CLIENT_SOCKET "/run/provd/control.sock"

/** Milliseconds that an answer may take unless provd_client_set_timeout() says otherwise. */
#define PROVD_CLIENT_TIMEOUT_MS 30000u

/** Bytes of the longest message that is taken unless provd_client_set_max_reply() says otherwise:
 *  a timeline of some ten thousand entries. */
#define PROVD_CLIENT_MAX_REPLY 16777216u

/** A client. Opaque. */
struct provd_client;

/** An answer or a failure. All texts are NUL-terminated and not NULL unless it says so. */
struct provd_client_reply {
	uint32_t size;
	int32_t status;		/**< 0, or a PROVD_E_* code */
	uint32_t continues;	/**< 1: more answers to this call follow */
	uint32_t reserved;	/**< 0 */
	const char *error;	/**< full name of the daemon's error; NULL: not the daemon's */
	const char *parameters; /**< JSON text of an object, "{}" when there are none */
	const char *text;	/**< a sentence on the failure, "" when there is none */
};

/** One step of a session. Texts are UTF-8, borrowed for the callback, never NULL. */
struct provd_client_entry {
	uint32_t size;
	uint32_t is_final; /**< 1: the last entry of its session */
	uint64_t session;  /**< number, from 1 */
	uint64_t t_us;	   /**< microseconds of CLOCK_MONOTONIC of the device */
	const char
		*state; /**< "listening", "joining", ...; "bound", "failed", "stopped" at the end */
	const char *event;  /**< a few words */
	const char *method; /**< that brought the credentials; "" when the entry names none */
	const char *reason; /**< name of an error code, e.g. "WIFI_PASSPHRASE"; "" none */
	const char *text;   /**< sentence for `reason`; "" none */
	const char *json;   /**< all of the entry as JSON text */
};

/** How things stand. The caller sets `size`. Texts are cut where they do not fit. */
struct provd_client_status {
	uint32_t size;
	uint32_t attempt;	/**< number of the attempt in this session */
	uint64_t session;	/**< 0: there was none */
	uint64_t elapsed_ms;	/**< of the session */
	uint32_t is_bound;	/**< 1: was bound and not reset since */
	uint32_t networks;	/**< saved networks */
	uint32_t is_registered; /**< 1: the cloud knows the device */
	uint32_t ssid_len;	/**< 0: not connected, or not to be shown */
	uint8_t ssid[32];	/**< raw bytes, not a text */
	char address[48];	/**< of the device; "" when not connected */
	char state[16];
	char method[40];  /**< of the running or last attempt */
	char waiting[16]; /**< "presence", "grace" or "" */
	char failure[40]; /**< code of the last failure, e.g. "WIFI_PASSPHRASE", or "" */
	char failure_text[192];
	char product[72];
	char device[72];
};

/** What provd_client_provide() sends. Everything is borrowed for the call. */
struct provd_client_credentials {
	uint32_t size;
	uint32_t channel;     /**< 0: not known */
	uint64_t deadline_ms; /**< of the session; 0: as configured */
	const uint8_t *ssid;
	size_t ssid_len;	   /**< 1 to 32 */
	const uint8_t *passphrase; /**< NULL: an open network */
	size_t passphrase_len;	   /**< up to 64 */
	const char *token;	   /**< binds the device to its owner; NULL: none */
	const char *bssid;	   /**< "aa:bb:cc:dd:ee:ff"; NULL: any */
	uint32_t hidden;	   /**< 1: the network does not tell its name */
	uint32_t reserved;	   /**< 0 */
};

/** What provd_client_take_over() tells. The caller sets `size`. */
struct provd_client_identity {
	uint32_t size;
	uint32_t reserved;
	char cloud[40]; /**< name of the cloud plugin, "" none */
	char product[72];
	char device[72];
	char file[256]; /**< path of the identity file */
};

/** What provd_client_reset() forgets. */
enum provd_client_reset_what {
	PROVD_CLIENT_RESET_NETWORK = 1, /**< saved networks */
	PROVD_CLIENT_RESET_CLOUD = 2,	/**< that the device is bound */
	PROVD_CLIENT_RESET_FACTORY = 3	/**< both */
};

/**
 * Takes an answer.
 * @param reply borrowed for the callback; `continues` is 0 in the last one
 */
typedef void provd_client_reply_fn(void *user, const struct provd_client_reply *reply);

/** What provd_client_watch_async() does. Copied. */
struct provd_client_watch {
	uint32_t size;
	uint32_t
		retry_ms; /**< 0: a lost connection is the end; else it is made again after so long */
	uint64_t session; /**< watch this one to its end; 0: the running and all later ones */
	/** Each entry once, in order; also after a connection was made again. Not NULL. */
	void (*on_entry)(void *user, const struct provd_client_entry *entry);
	/** The connection has been made (1) or lost (0, tried again). NULL: not wanted. */
	void (*on_link)(void *user, int is_up);
	/** The last callback, see provd_client_reply_fn; status 0: the session is over. Not NULL. */
	provd_client_reply_fn *on_end;
	void *user;
};

/**
 * Makes a client. Does not connect yet.
 * @param path       of the daemon's socket, 1 to 107 bytes, copied; NULL: PROVD_CLIENT_SOCKET
 * @param out_client given: provd_client_destroy()
 * @param err        NULL allowed
 * @return 0, PROVD_E_INVALID (path), PROVD_E_NOMEM, PROVD_E_IO (no descriptor left)
 */
int provd_client_create(const char *path, struct provd_client **out_client,
			struct provd_error *err);

/**
 * Ends all calls (their last callbacks say PROVD_E_CANCELED and may start no new call), closes and
 * wipes. NULL allowed. Not from inside a callback of this client.
 */
void provd_client_destroy(struct provd_client *client);

/** How long an answer may take, for calls made from now on; not for watches. @param ms 0: for ever */
void provd_client_set_timeout(struct provd_client *client, uint32_t ms);

/** Bytes of the longest message that is taken, for calls made from now on. @param bytes from 1024 */
void provd_client_set_max_reply(struct provd_client *client, size_t bytes);

/**
 * The descriptor for the program's loop. It stays the same for the client's life; the client closes
 * it. Not to be read.
 */
int provd_client_fd(const struct provd_client *client);

/** Events to poll it for, as in poll(2): always POLLIN. */
short provd_client_events(const struct provd_client *client);

/**
 * Does what is due and runs callbacks; to be called when the descriptor is readable, harmless
 * otherwise. Takes a bounded amount of input, so that a flood does not hold up the program's loop.
 * @return 0, or PROVD_E_STATE inside a callback of this client
 */
int provd_client_process(struct provd_client *client);

/**
 * For programs without a loop: waits until something is due, then processes it.
 * @param timeout_ms 0: does not wait; -1: without limit
 * @return 1 something was done, 0 the time is over, PROVD_E_CANCELED a signal came, PROVD_E_STATE
 *         inside a callback of this client, PROVD_E_IO
 */
int provd_client_wait(struct provd_client *client, int timeout_ms);

/**
 * Cancels a call. Its last callback says PROVD_E_CANCELED and runs in the next
 * provd_client_process(); the daemon sees the connection close but does what it was asked for.
 * @param call number of the call; one that is over is not an error
 */
void provd_client_cancel(struct provd_client *client, uint64_t call);

/** Number of calls that have not ended. */
size_t provd_client_pending(const struct provd_client *client);

/**
 * Any method of the interface; waits for the answer.
 * @param method     without the interface: "Networks"
 * @param parameters JSON text of an object, or NULL. Secrets belong into provd_client_provide(),
 *                   whose copies are wiped
 * @param out_reply  given: provd_client_reply_free(); set on success and on failure, NULL when
 *                   memory is short; may be NULL
 * @return status of the answer; PROVD_E_INVALID method or parameters
 */
int provd_client_call(struct provd_client *client, const char *method, const char *parameters,
		      struct provd_client_reply **out_reply);

/** Wipes and frees. NULL allowed. */
void provd_client_reply_free(struct provd_client_reply *reply);

/**
 * The same, does not wait.
 * @param more     1: several answers are wanted
 * @param on_reply not NULL
 * @param out_call number for provd_client_cancel(); NULL allowed
 * @param err      NULL allowed
 * @return 0; or a failure after which no callback follows: PROVD_E_INVALID, PROVD_E_NOMEM,
 *         PROVD_E_NOT_FOUND and PROVD_E_NET_REFUSED (no daemon), PROVD_E_ACCESS, PROVD_E_BUSY (the
 *         daemon's queue is full), PROVD_E_STATE (the client is being destroyed), PROVD_E_IO
 */
int provd_client_call_async(struct provd_client *client, const char *method, const char *parameters,
			    int more, provd_client_reply_fn *on_reply, void *user,
			    uint64_t *out_call, struct provd_error *err);

/**
 * Watches sessions, see struct provd_client_watch. With `retry_ms` it is accepted also while there
 * is no daemon. Entries that were told already are left out after the connection was made again.
 * @return as provd_client_call_async()
 */
int provd_client_watch_async(struct provd_client *client, const struct provd_client_watch *watch,
			     uint64_t *out_call, struct provd_error *err);

/**
 * Starts provisioning; waits for the answer.
 * @param methods     names, `count` of them; NULL: as configured
 * @param deadline_ms of the session; 0: as configured
 * @param out_session its number; NULL allowed
 * @return 0, PROVD_E_BUSY (one runs), PROVD_E_NOT_FOUND (a method), PROVD_E_STATE (none can be
 *         started, or the button has to be pressed first), PROVD_E_ACCESS, and what
 *         provd_client_call_async() says; PROVD_E_TIMEOUT, PROVD_E_NET_CLOSED, PROVD_E_PEER_FORMAT,
 *         PROVD_E_LIMIT (of the answer)
 */
int provd_client_start(struct provd_client *client, const char *const *methods, size_t count,
		       uint64_t deadline_ms, uint64_t *out_session, struct provd_error *err);

/** The same, does not wait; provd_client_reply_session() reads the answer. */
int provd_client_start_async(struct provd_client *client, const char *const *methods, size_t count,
			     uint64_t deadline_ms, provd_client_reply_fn *on_reply, void *user,
			     uint64_t *out_call, struct provd_error *err);

/** Ends the running session; answered when all of it is released. @return PROVD_E_STATE: none */
int provd_client_stop(struct provd_client *client, struct provd_error *err);

/** The same, does not wait. */
int provd_client_stop_async(struct provd_client *client, provd_client_reply_fn *on_reply,
			    void *user, uint64_t *out_call, struct provd_error *err);

/** Asks how things stand. @param out_status `size` set by the caller; untouched on failure */
int provd_client_get_status(struct provd_client *client, struct provd_client_status *out_status,
			    struct provd_error *err);

/** The same, does not wait; provd_client_reply_status() reads the answer. */
int provd_client_get_status_async(struct provd_client *client, provd_client_reply_fn *on_reply,
				  void *user, uint64_t *out_call, struct provd_error *err);

/**
 * Joins with these credentials, in the running session or a new one. What is sent is wiped.
 * @param out_session NULL allowed
 * @return also PROVD_E_INVALID: no SSID, or a length out of range
 */
int provd_client_provide(struct provd_client *client,
			 const struct provd_client_credentials *credentials, uint64_t *out_session,
			 struct provd_error *err);

/** The same, does not wait; provd_client_reply_session() reads the answer. */
int provd_client_provide_async(struct provd_client *client,
			       const struct provd_client_credentials *credentials,
			       provd_client_reply_fn *on_reply, void *user, uint64_t *out_call,
			       struct provd_error *err);

/** The same as the device's own button. @param held_ms how long it was held, 0: a short press */
int provd_client_press(struct provd_client *client, uint64_t held_ms, struct provd_error *err);

/** The same, does not wait. */
int provd_client_press_async(struct provd_client *client, uint64_t held_ms,
			     provd_client_reply_fn *on_reply, void *user, uint64_t *out_call,
			     struct provd_error *err);

/** Forgets; a running session ends first. */
int provd_client_reset(struct provd_client *client, enum provd_client_reset_what what,
		       struct provd_error *err);

/** The same, does not wait. */
int provd_client_reset_async(struct provd_client *client, enum provd_client_reset_what what,
			     provd_client_reply_fn *on_reply, void *user, uint64_t *out_call,
			     struct provd_error *err);

/**
 * Asks the daemon to give up its connection to the cloud, so that the product's own client may
 * connect with the identity in the file.
 * @param out_identity `size` set by the caller; untouched on failure
 */
int provd_client_take_over(struct provd_client *client, struct provd_client_identity *out_identity,
			   struct provd_error *err);

/** The same, does not wait; provd_client_reply_identity() reads the answer. */
int provd_client_take_over_async(struct provd_client *client, provd_client_reply_fn *on_reply,
				 void *user, uint64_t *out_call, struct provd_error *err);

/** Number of the session in an answer to Start or Provide. @return 0: there is none */
uint64_t provd_client_reply_session(const struct provd_client_reply *reply);

/** Reads an answer to Status. @return 0, PROVD_E_PEER_FORMAT, or the reply's failure */
int provd_client_reply_status(const struct provd_client_reply *reply,
			      struct provd_client_status *out_status);

/** Reads an answer to TakeOver. @return 0, PROVD_E_PEER_FORMAT, or the reply's failure */
int provd_client_reply_identity(const struct provd_client_reply *reply,
				struct provd_client_identity *out_identity);

#ifdef __cplusplus
}
#endif

#endif /* PROVD_CLIENT_H */
