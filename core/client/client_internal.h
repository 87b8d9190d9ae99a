/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file client/client_internal.h
 * @brief What the files of libprovd share. Nothing of it is exported.
 */
#ifndef PROVD_CLIENT_INTERNAL_H
#define PROVD_CLIENT_INTERNAL_H

#include <provd/client.h>

#include <jansson.h>

#define PROVD_CLIENT_INTERFACE "io.provd.Provisioning"

/** Marks what libprovd.so shows. */
#define PROVD_CLIENT_EXPORT __attribute__((visibility("default")))

/* message.c: bytes and JSON, no input or output */

/** One message of the daemon. */
struct message {
	json_t *root;
	const char *error;	  /**< borrowed from root; NULL: none */
	const json_t *parameters; /**< borrowed from root, an object or NULL */
	int continues;
};

/**
 * Makes the bytes of a call with their NUL. Texts in `parameters` are wiped.
 * @param parameters taken even on failure; NULL: none
 * @param out_bytes  given: provd__client_wipe_free
 * @return 0, PROVD_E_INVALID (method), PROVD_E_NOMEM
 */
int provd__client_encode(const char *method, json_t *parameters, int more, char **out_bytes,
			 size_t *out_len);

/**
 * Understands one message without its NUL. A pure function.
 * @param out_message to be given to provd__client_message_finish; only set on success
 * @return 0, PROVD_E_PEER_FORMAT, PROVD_E_NOMEM
 */
int provd__client_parse(const char *bytes, size_t len, struct message *out_message);
void provd__client_message_finish(struct message *message);

/** Wipes the texts of an object, which Jansson frees as they are, and gives it back. NULL allowed. */
void provd__client_drop(json_t *object);

/** Wipes `len` bytes and frees. NULL allowed. */
void provd__client_wipe_free(void *bytes, size_t len);

/** Sets a member; both are taken. @return 0 or PROVD_E_NOMEM */
int provd__client_set(json_t *object, const char *key, json_t *value);

/** Text of a member, "" when it is missing. */
const char *provd__client_text(const json_t *object, const char *key);

/** Number of a member from 0, 0 when it is missing or less. */
uint64_t provd__client_number(const json_t *object, const char *key);

/* reply.c: answers as the program sees them */

/** An answer and the memory behind it. */
struct answer {
	struct provd_client_reply reply;
	char *parameters; /**< NULL: the empty object */
	char text[PROVD_ERROR_TEXT_MAX];
};

/** Makes the answer of a message. An error gets its code and a sentence. */
void provd__client_answer_message(struct answer *answer, const struct message *message);

/** Makes the answer of a failure of this side. */
void provd__client_answer_failure(struct answer *answer, const struct provd_error *err);
void provd__client_answer_finish(struct answer *answer);

/** A copy for the program, or NULL. */
struct provd_client_reply *provd__client_answer_copy(const struct answer *answer);

/** Fills an error object, NULL allowed. @return code */
int provd__client_fail(struct provd_error *err, int code, int sys_errno, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* conn.c: a connection */

struct conn {
	int fd; /**< -1: closed */
	char *out;
	size_t out_len;
	size_t out_done; /**< bytes sent */
	char *in;
	size_t in_cap;
	size_t in_start; /**< where the first message that was not taken begins */
	size_t in_len;	 /**< end of what was received */
	size_t in_seen;	 /**< no NUL in [in_start, in_seen) */
	size_t max;	 /**< bytes of one message without its NUL */
};

/**
 * Connects and takes the message that is to be sent.
 * @param wait_ms -1: does not wait for room in the daemon's queue; 0: for ever
 * @param bytes   taken even on failure, `len` bytes
 */
int provd__client_conn_open(struct conn *conn, const char *path, int64_t wait_ms, size_t max,
			    char *bytes, size_t len, struct provd_error *err);

/** Closes and wipes. Also for one that was never opened, when `fd` is -1. */
void provd__client_conn_close(struct conn *conn);

/** Sends what is possible. @return 1 when there is more to send, else 0 */
int provd__client_conn_send(struct conn *conn);

/** @return 1 bytes came, 0 none are there now, or a code with words: PROVD_E_NET_CLOSED, _NOMEM,
 *          _LIMIT */
int provd__client_conn_read(struct conn *conn, struct provd_error *err);

/** Takes the next message. @return 1, 0 none is complete, or a code with words */
int provd__client_conn_take(struct conn *conn, struct message *out_message,
			    struct provd_error *err);

/** Milliseconds of CLOCK_MONOTONIC. */
int64_t provd__client_now_ms(void);

/* client.c, calls.c: asynchronous calls */

/** One call that has not ended. */
struct call {
	struct call *next;
	uint64_t id;
	struct conn conn;
	int64_t deadline_ms; /**< 0: none */
	int64_t retry_at_ms; /**< a watch without connection; 0: connected */
	int is_canceled;
	int is_sending; /**< epoll waits for room, too */
	int more;
	int is_watch;
	uint64_t last_us; /**< watch: time of the last entry that was told */
	int is_again;	  /**< watch: the connection was made again */
	struct provd_client_watch watch;
	provd_client_reply_fn *on_reply;
	void *user;
};

struct provd_client {
	char *path;
	int epoll_fd;
	int timer_fd;
	uint32_t timeout_ms;
	size_t max_reply;
	uint64_t last_id;
	struct call *calls;
	size_t call_count;
	int is_busy; /**< inside a callback */
	int is_destroying;
};

/** What is to be called. */
struct request {
	const char *method;
	json_t *parameters; /**< taken by what runs the request; NULL: none */
	int status;	    /**< a failure while it was made */
};

/** Runs a request and waits. @param out_reply as in provd_client_call */
int provd__client_run(struct provd_client *client, struct request *request,
		      struct provd_client_reply **out_reply);

/** Where the answer goes. */
struct sink {
	provd_client_reply_fn *on_reply;
	void *user;
	uint64_t *out_call;
};

/** Runs a request, does not wait. */
int provd__client_start(struct provd_client *client, struct request *request, int more,
			const struct sink *sink, struct provd_error *err);

/** Connects a call and has epoll look at it. @param bytes taken */
int provd__client_connect(struct provd_client *client, struct call *call, char *bytes, size_t len,
			  struct provd_error *err);

/** Puts a call in the list; gives it its number. */
void provd__client_add(struct provd_client *client, struct call *call);

/** Ends a call: its last callback runs, it is freed. */
void provd__client_end(struct provd_client *client, struct call *call,
		       const struct provd_client_reply *reply);

/** The same with a failure of this side. */
void provd__client_end_failed(struct provd_client *client, struct call *call,
			      const struct provd_error *err);

/** Sets the timer to what is due first. */
void provd__client_arm(struct provd_client *client);

/* watch.c */

/** Takes a message of a watch. @return 1 when the call goes on, 0: `call` is gone */
int provd__client_watch_message(struct provd_client *client, struct call *call,
				const struct message *message);

/** Its connection failed. Ends the watch or has it try again. */
void provd__client_watch_lost(struct provd_client *client, struct call *call,
			      const struct provd_error *err);

/** It is time to connect again. */
void provd__client_watch_retry(struct provd_client *client, struct call *call);

#endif /* PROVD_CLIENT_INTERNAL_H */
