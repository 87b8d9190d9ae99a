/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file control/control_internal.h
 * @brief What the files of the control server share, and what tests may replace.
 */
#ifndef PROVD_CORE_CONTROL_INTERNAL_H
#define PROVD_CORE_CONTROL_INTERNAL_H

#include "control/control.h"
#include "control/idl.h"
#include "control/varlink.h"
#include "net/net_util.h"

#include <sys/types.h>

/** Who is at the other end of a connection. */
struct provd_control_peer {
	uid_t uid;
	int in_group; /**< a member of the group that may steer */
};

/**
 * Asks the kernel who connected. @param gid the group that may steer, (gid_t)-1 none
 * @return 0 or PROVD_E_IO
 */
typedef int provd_control_peer_fn(void *user, int fd, gid_t gid,
				  struct provd_control_peer *out_peer);

/** A client. Freed when its handles are closed. */
struct provd_control_client {
	uv_pipe_t pipe;		       /**< `data` is the client */
	uv_poll_t hangup;	       /**< of a peer that is not read; `data` is the client */
	int hangup_fd;		       /**< a copy of the pipe's, -1: none is watched */
	unsigned open_handles;	       /**< of pipe and hangup */
	struct provd_control *control; /**< NULL after provd_control_destroy */
	struct provd_control_client *next;
	struct provd_varlink_reader reader;
	struct provd_control_call *call; /**< the one that is being answered, or NULL */
	uint64_t id;			 /**< for log lines */
	int may_steer;
	int closing;   /**< uv_close was called */
	int ended;     /**< the peer sends no more but may still read */
	int ready;     /**< has messages to be taken on the next turn */
	int in_handle; /**< messages are being taken right now */
};

/** See control.h. */
struct provd_control_call {
	struct provd_control_client *client; /**< its owner */
	struct provd_varlink_call message;
	int muted; /**< nothing may be sent any more: oneway, or answered without `more` */
	void (*gone)(void *user);
	void *gone_user;
};

/** The server. */
struct provd_control {
	uv_pipe_t listener; /**< `data` is the control */
	uv_idle_t kick;	    /**< runs one turn when a client is ready */
	struct provd_log *log;
	uv_loop_t *uv;
	char *path;
	char *interface;
	char *description;
	char *version;
	struct provd_idl *idl;	       /**< what the description says */
	struct provd_idl *service_idl; /**< the same of org.varlink.service */
	const struct provd_control_method *methods;
	size_t method_count;
	size_t max_clients;
	size_t max_message;
	size_t max_backlog;
	void *user;
	gid_t gid;   /**< that may steer, (gid_t)-1 none */
	dev_t dev;   /**< of the socket file, */
	ino_t inode; /**< so that only our own one is removed */
	uint64_t last_client;
	size_t client_count;   /**< without those that are being closed */
	uint64_t dropped;      /**< clients that we closed */
	unsigned open_handles; /**< of listener and kick */
	struct provd_control_client *clients;
	provd_control_peer_fn *peer;
	void *peer_user;
};

/* peer.c */

/** The real provd_control_peer_fn: SO_PEERCRED and SO_PEERGROUPS. */
provd_control_peer_fn provd_control_peer_ask;

/** Whether a peer may steer: root, the daemon's own user, a member of the group. */
int provd_control_peer_may_steer(const struct provd_control_peer *peer);

/** Looks up a group. @return 0, PROVD_E_NOT_FOUND, PROVD_E_NOMEM */
int provd_control_group_find(const char *name, gid_t *out_gid);

/* socket.c */

/**
 * Makes the listening socket's file: its folder if missing, replacing a stale socket, refusing
 * when a daemon answers. The socket is bound, not yet listening.
 * @param out_fd given, non-blocking
 * @return 0, PROVD_E_INVALID (path too long), PROVD_E_BUSY, PROVD_E_EXISTS, PROVD_E_IO, ACCESS
 */
int provd_control_socket_open(struct provd_control *control, mode_t mode, int *out_fd,
			      struct provd_error *err);

/** Removes the socket file if it is still ours. */
void provd_control_socket_remove(const struct provd_control *control);

/* client_conn.c */

/** Accepts one connection. */
void provd_control_client_accept(struct provd_control *control);

/** Takes one message, unless a call waits for its answer; the next one on the next turn, so that
 *  others have theirs in between. */
void provd_control_client_process(struct provd_control_client *client);

/** Logs why a client is closed, and closes it. */
void provd_control_client_drop(struct provd_control_client *client, const char *reason);

/** Whether a peer that sends no more has got all its answers. */
int provd_control_client_is_served(const struct provd_control_client *client);

/** After a final reply: frees; the next message follows, but not from within this reply. */
void provd_control_call_finish(struct provd_control_call *call);

/** Closes; `gone` of a waiting call runs later, when the pipe is closed. */
void provd_control_client_close(struct provd_control_client *client);

/** The control goes: closes, `gone` runs now. */
void provd_control_client_detach(struct provd_control_client *client);

/* reply.c */

/** Sends an error that may answer no call in particular. @param parameters taken */
void provd_control_send_error(struct provd_control_client *client, const char *error,
			      json_t *parameters);

/* service.c */

/** The text of org.varlink.service. Static. */
const char *provd_control_service_text(void);

/** Gives a call to its handler, or answers it. */
void provd_control_dispatch(struct provd_control_client *client, struct provd_control_call *call);

/* server.c */

/** Has ready clients processed on the next turn. */
void provd_control_kick(struct provd_control *control);

#endif /* PROVD_CORE_CONTROL_INTERNAL_H */
