/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provctl/provctl.h
 * @brief What the files of provctl share. One thread, blocking calls with deadlines.
 */
#ifndef PROVD_PROVCTL_H
#define PROVD_PROVCTL_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** Exit codes; "provctl help" tells them. */
enum provctl_exit {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1,     /**< the call failed */
	EXIT_USAGE = 2,	      /**< the command line is not understood */
	EXIT_UNREACHABLE = 3, /**< no daemon, or it left */
	EXIT_NOT_BOUND = 4    /**< the watched session ended without being bound */
};

/** The command line. All texts are borrowed from argv. */
struct provctl_options {
	const char *socket;
	const char *svg;     /**< timeline: file to draw into, or NULL */
	int json;	     /**< print reply parameters as they are */
	int until_end;	     /**< watch: leave when the session ends */
	int watch;	     /**< start: then watch */
	json_int_t session;  /**< timeline, watch: number, -1 the last or running one */
	json_int_t deadline; /**< start: milliseconds, -1 the daemon's */
	char **args;	     /**< what is no option */
	size_t arg_count;
};

/** A connection. */
struct provctl_client {
	int fd; /**< -1 closed */
	char *buf;
	size_t cap;
	size_t len;
};

/* client.c */

/** Connects. Prints the reason of a failure. @return EXIT_DONE or EXIT_UNREACHABLE */
int provctl_connect(struct provctl_client *client, const char *path);

/** Closes; also after a failed provctl_connect. */
void provctl_disconnect(struct provctl_client *client);

/** Sends a call. @param parameters taken @return EXIT_DONE or EXIT_UNREACHABLE */
int provctl_send(struct provctl_client *client, const char *method, json_t *parameters, int more);

/**
 * Waits for a message.
 * @param timeout_ms -1: no limit
 * @param out_message given: json_decref
 * @return 1 a message, 0 the time is over, -1 the daemon left or sent nonsense (printed)
 */
int provctl_receive(struct provctl_client *client, int timeout_ms, json_t **out_message);

/** Prints what a reply's error says, if it is one. @return EXIT_DONE or EXIT_REFUSED */
int provctl_check(const json_t *message);

/**
 * Calls over a connection and waits for the one answer. Failures are printed.
 * @param parameters taken
 * @param out_reply  given: json_decref, the message; only with EXIT_DONE
 * @return an exit code
 */
int provctl_ask(struct provctl_client *client, const char *method, json_t *parameters,
		json_t **out_reply);

/**
 * Connects, calls, waits. With --json the reply's parameters are printed.
 * @param parameters taken
 * @param out_reply  given: json_decref, the message; only with EXIT_DONE
 * @return an exit code
 */
int provctl_call(const struct provctl_options *options, const char *method, json_t *parameters,
		 json_t **out_reply);

/* text.c */

/** Prints a text of the daemon so that it cannot steer a terminal: controls become \\xNN. */
void provctl_put(FILE *out, const char *text);

/** The same into `out`, cut to fit. @return bytes written without NUL */
size_t provctl_escape(const char *text, char *out, size_t size);

/** "250ms", "30s", "5m", "1h" to milliseconds. @return 0, or -1 when it is none of these */
int provctl_parse_duration(const char *text, json_int_t *out_ms);

/** A whole number from 0. @return 0 or -1 */
int provctl_parse_number(const char *text, json_int_t *out_number);

/** Text of a member, "" when it is missing. */
const char *provctl_text(const json_t *object, const char *key);

/** Integer of a member, 0 when it is missing. */
json_int_t provctl_int(const json_t *object, const char *key);

/** Prints one JSON object on a line and flushes. */
void provctl_print_json(const json_t *value);

/** A sentence for an error code by its name ("WIFI_PASSPHRASE"), or NULL. */
const char *provctl_reason(const char *code);

/** States in their order: idle to bound are 0 to 6. @return -1 for any other */
int provctl_state_index(const char *state);
const char *provctl_state_name(int index);
#define PROVCTL_STATES 7

/** Whether it is the last state of a session: bound, failed, stopped. */
int provctl_state_is_final(const char *state);

/** Prints "+0.123s joining      credentials received  ssid=..." */
void provctl_print_entry(FILE *out, const json_t *entry, json_int_t start_us);

/** Prints a detail object as " key=value ..." */
void provctl_print_detail(FILE *out, json_t *detail);

/* verbs.c, timeline.c, watch.c: @return an exit code */
int provctl_status(const struct provctl_options *options);
int provctl_start(const struct provctl_options *options);
int provctl_stop(const struct provctl_options *options);
int provctl_plugins(const struct provctl_options *options);
int provctl_capabilities(const struct provctl_options *options);
int provctl_timeline(const struct provctl_options *options);
int provctl_watch(const struct provctl_options *options);

/**
 * Watches over a connection until the end of the session.
 * @param session its number
 * @return EXIT_DONE when it was bound, EXIT_NOT_BOUND, or another exit code
 */
int provctl_watch_session(const struct provctl_options *options, struct provctl_client *client,
			  json_int_t session);

/* svg.c */

/** Draws a timeline. @return 0, or -1 with errno */
int provctl_draw_svg(FILE *out, json_int_t session, const json_t *entries);

/* view.c */

/** What watch knows of the session that it shows. */
struct provctl_view {
	json_int_t session; /**< -1 none yet */
	json_int_t start_us;
	json_int_t last_us;
	int64_t last_local_us;		     /**< our clock at the last entry */
	json_int_t spent_us[PROVCTL_STATES]; /**< in each state so far */
	int visited[PROVCTL_STATES];
	int state; /**< index, -1 failed or stopped */
	int ended;
	int bound;
	json_int_t attempt;
	char end[16]; /**< "bound", "failed" or "stopped" */
	char method[64];
	char failure[512]; /**< a readable sentence, "" none */
	int lines;	   /**< drawn by the last provctl_view_draw */
	int colour;
};

void provctl_view_init(struct provctl_view *view, int colour);

/** Takes an entry. A new session number starts anew. */
void provctl_view_feed(struct provctl_view *view, const json_t *entry);

/** Draws over what was drawn last. */
void provctl_view_draw(struct provctl_view *view, FILE *out);

/** One line on how the session ended. */
void provctl_view_summary(const struct provctl_view *view, FILE *out);

#endif /* PROVD_PROVCTL_H */
