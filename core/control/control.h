/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file control/control.h
 * @brief The control socket: a Varlink server on a Unix socket, several clients at once.
 *
 * Transport and introspection only; what the methods do is given as a table of handlers.
 * Varlink: one JSON object and a NUL byte per message (varlink.org, "Method call").
 */
#ifndef PROVD_CORE_CONTROL_H
#define PROVD_CORE_CONTROL_H

#include "log/log.h"
#include "loop/loop.h"

#include <jansson.h>

struct provd_control;

/** A reply for many calls: it is made once, and all are sent the same bytes. */
struct provd_control_message;

/** A call that waits for its answer. Valid until the final reply, an error, or `gone`. */
struct provd_control_call;

/** Who may call a method. */
enum provd_control_access {
	PROVD_CONTROL_READ = 1, /**< anyone who may connect */
	PROVD_CONTROL_STEER = 2 /**< root, the daemon's user, or the configured group */
};

/** One method of the interface. */
struct provd_control_method {
	const char *name; /**< without the interface: "Status" */
	enum provd_control_access access;
	/**
	 * Handles a call; answers now or later by reply or error, exactly once finally.
	 * @param parameters borrowed object, never NULL; it has the types of the description, so
	 *                   what is left to check are ranges and what must stand together
	 * @param more       the client takes several replies
	 */
	void (*handle)(void *user, struct provd_control_call *call, const json_t *parameters,
		       int more);
};

/** Counters since the start. */
struct provd_control_stats {
	uint64_t clients; /**< connected now */
	uint64_t dropped; /**< closed by us: too slow, too many, not Varlink */
};

/** What the server is made of. Strings are copied, the table is borrowed. */
struct provd_control_config {
	const char *path;	 /**< of the socket; an old socket file is replaced */
	const char *interface;	 /**< "io.provd.Provisioning" */
	const char *description; /**< its Varlink text; calls are checked against it */
	const char *version;	 /**< product version for GetInfo */
	const struct provd_control_method *methods;
	size_t method_count;
	uint32_t mode;	    /**< of the socket file, e.g. 0660 */
	const char *group;  /**< that may steer, or NULL */
	size_t max_clients; /**< further ones are refused; the last quarter is for who may steer */
	size_t max_message; /**< bytes of one request */
	size_t max_backlog; /**< bytes waiting for a slow client before it is dropped */
	void *user;	    /**< for the handlers */
	/** Listening socket that was handed over, taken even on failure; its file is neither made
	 *  nor removed. 0: none, one is made at `path`. */
	int handed_fd;
};

/**
 * Opens the socket. The program must ignore SIGPIPE: libuv writes without MSG_NOSIGNAL.
 * @return 0, or a code with words: BUSY (a daemon answers at the path), EXISTS (a file that is no
 *         socket), NOT_FOUND (group), INVALID (path too long; the description is wrong or has
 *         not all methods), ACCESS, IO, NOMEM
 */
int provd_control_create(struct provd_loop *loop, struct provd_log *log,
			 const struct provd_control_config *config,
			 struct provd_control **out_control, struct provd_error *err);

/**
 * Closes all clients and removes the socket file. NULL allowed. Calls that wait are `gone` before
 * it returns. Not to be called from inside `handle` or `gone`. The handles are closed by the loop.
 */
void provd_control_destroy(struct provd_control *control);

/**
 * Replies. @param parameters taken (json_decref'd) even on failure; NULL: empty object
 * @param continues 1: more replies follow (only when the client asked for `more`)
 */
void provd_control_reply(struct provd_control_call *call, json_t *parameters, int continues);

/**
 * Makes a reply for several calls. Its bytes are made when they are needed first, once for replies
 * that are followed by more and once for final ones.
 * @param parameters taken even on failure; NULL: empty object
 * @return given: provd_control_message_destroy; NULL: out of memory
 */
struct provd_control_message *provd_control_message_create(json_t *parameters);

/** Clients that have not been sent all of it yet still get it. NULL allowed. */
void provd_control_message_destroy(struct provd_control_message *message);

/**
 * Replies as provd_control_reply does.
 * @param message borrowed; NULL: there was no memory, the client is dropped
 */
void provd_control_reply_message(struct provd_control_call *call,
				 struct provd_control_message *message, int continues);

/** Ends a call with an error: "io.provd.Provisioning.NotRunning". @param parameters taken */
void provd_control_error(struct provd_control_call *call, const char *error, json_t *parameters);

/** org.varlink.service.InvalidParameter naming the parameter: "ssid", "methods[1]". */
void provd_control_invalid(struct provd_control_call *call, const char *parameter);

/** Calls `gone(user)` once when the client leaves before the final reply; then forget the call. */
void provd_control_on_gone(struct provd_control_call *call, void (*gone)(void *user), void *user);

/** How it went so far. */
struct provd_control_stats provd_control_get_stats(const struct provd_control *control);

/** @return 1 when the system has a group of that name, as `group` of the config needs it */
int provd_control_has_group(const char *name);

/** The Varlink text of io.provd.Provisioning, for `description`. Static, ASCII, NUL-terminated. */
const char *provd_control_interface_text(void);

#endif /* PROVD_CORE_CONTROL_H */
