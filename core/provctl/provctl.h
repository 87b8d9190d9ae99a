/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provctl/provctl.h
 * @brief What the files of provctl share. One thread, blocking calls with deadlines.
 */
#ifndef PROVD_PROVCTL_H
#define PROVD_PROVCTL_H

#include <provd/client.h>

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
	const char *svg;	     /**< timeline: file to draw into, or NULL */
	const char *format;	     /**< errlog: name of a foreign form, or NULL */
	const char *output;	     /**< errlog: file to write, or NULL */
	const char *ssid;	     /**< name of a network, or NULL */
	const char *ssid_hex;	     /**< the same as hex, or NULL */
	const char *passphrase_file; /**< "-" is the standard input; NULL: asked for */
	const char *token_file;	     /**< the same; NULL: no token */
	const char *bssid;
	int json;	     /**< print reply parameters as they are */
	int until_end;	     /**< watch: leave when the session ends */
	int watch;	     /**< start, provide: then watch */
	int yes;	     /**< reset, errlog: do not ask */
	int text;	     /**< timeline: draw it for the terminal */
	int list;	     /**< timeline: which sessions there are */
	int undelivered;     /**< errlog: only failures that nobody took */
	int openmetrics;     /**< stats: in this format */
	int hidden;	     /**< provide: the network does not tell its name */
	int open;	     /**< provide: the network has no passphrase */
	json_int_t session;  /**< timeline, watch: number, -1 the last or running one */
	const char *plan;    /**< start: "one+two:4m,three:1m", or NULL */
	json_int_t deadline; /**< start, provide: milliseconds, -1 the daemon's */
	json_int_t held;     /**< press: milliseconds, -1 a short press */
	json_int_t channel;  /**< provide: -1 not known */
	char **args;	     /**< what is no option */
	size_t arg_count;
};

/* ask.c */

/** Makes a client. Prints the reason of a failure. @return an exit code */
int provctl_open(const struct provctl_options *options, struct provd_client **out_client);

/** Prints "provctl: " and a sentence that may come from the daemon. */
void provctl_say(const char *text);

/** Prints that an answer is not understood. @return EXIT_UNREACHABLE */
int provctl_not_understood(void);

/** Prints why a call failed. @return EXIT_REFUSED or EXIT_UNREACHABLE */
int provctl_complain(const struct provd_client_reply *reply);

/**
 * Calls and waits. Failures are printed.
 * @param parameters taken
 * @param out_reply  given: json_decref, its parameters; only with EXIT_DONE
 * @return an exit code
 */
int provctl_ask(struct provd_client *client, const char *method, json_t *parameters,
		json_t **out_reply);

/** The same with a client of its own. With --json the reply is printed. */
int provctl_call(const struct provctl_options *options, const char *method, json_t *parameters,
		 json_t **out_reply);

/** A call whose reply says nothing: prints `text` instead, or the reply with --json. */
int provctl_do(const struct provctl_options *options, const char *method, json_t *parameters,
	       const char *text);

/** Sends credentials; what is sent is wiped. @return an exit code */
int provctl_provide_ask(struct provd_client *client,
			const struct provd_client_credentials *credentials,
			json_int_t *out_session);

/* prompt.c */

/** A secret that was typed or read. */
struct provctl_secret {
	char bytes[512]; /**< NUL-terminated */
	size_t len;
};

/**
 * Reads one line.
 * @param file   path, "-" the standard input, NULL: a prompt on the terminal without echo
 * @param what   what is asked for: "passphrase"
 * @return an exit code; failures are printed
 */
int provctl_read_secret(const char *file, const char *what, struct provctl_secret *out_secret);

/** Asks "QUESTION [y/N]". @return 1 yes, 0 no, -1 there is no terminal to ask on */
int provctl_confirm(const char *question);

/* text.c */

/** Prints a text of the daemon so that it cannot steer a terminal: controls become \\xNN. */
void provctl_put(FILE *out, const char *text);

/** The same into `out`, cut to fit. @return bytes written without NUL */
size_t provctl_escape(const char *text, char *out, size_t size);

/** "250ms", "30s", "5m", "1h" to milliseconds. @return 0, or -1 when it is none of these */
int provctl_parse_duration(const char *text, json_int_t *out_ms);

/**
 * "one+two:4m,three:1m" to the parameter of Start.
 * @param out_plan given: json_decref
 * @return 0 or -1
 */
int provctl_parse_plan(const char *text, json_t **out_plan);

/** A whole number from 0. @return 0 or -1 */
int provctl_parse_number(const char *text, json_int_t *out_number);

/** Text of a member, "" when it is missing. */
const char *provctl_text(const json_t *object, const char *key);

/** Integer of a member, 0 when it is missing. */
json_int_t provctl_int(const json_t *object, const char *key);

/** Prints a network's name by the members "ssid" and "ssid_hex". */
void provctl_put_network(const json_t *network);

/** Writes what was printed. @return 0, or -1: what is printed gets lost; main tells it */
int provctl_flush(void);

/** Prints one JSON object on a line. */
void provctl_print_json(const json_t *value);

/** A sentence for an error code by its name ("WIFI_PASSPHRASE"), or NULL. */
const char *provctl_reason(const char *code);

/** What can be done about a failure: its own member "advice", or what is known of the code that the
 *  member `key` names. @return "" when there is none */
const char *provctl_advice(const json_t *failure, const char *key);

/** Prints "unix_ms" of a record in UTC, or its "t_us" when that is not known, in a column. */
void provctl_put_time(const json_t *record, int width);

/** Prints "3 failures cleared" by the member "count". */
void provctl_put_count(const json_t *reply, const char *what);

/** Prints "cannot WHAT: PATH: WHY". @return EXIT_REFUSED */
int provctl_file_failed(const char *what, const char *path, int why);

/** Columns of a terminal; 80 for what is none, or does not say. */
size_t provctl_columns(FILE *out);

/** Whether the terminal, by the locale's variables, shows more than ASCII. */
int provctl_is_utf8(void);

/** 0 when NO_COLOR is set. */
int provctl_wants_colour(void);

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

/** Prints a text in a column of `width`. */
void provctl_cell(const char *text, int width);

/* shape.c */

/**
 * Looks whether an answer has what it must have, and nothing of a wrong type.
 * @param answer NULL: no
 * @param kind   a method ("Status") or a type ("Entry"); one that is not known needs an object
 * @return 1 or 0
 */
int provctl_understands(const json_t *answer, const char *kind);

/* status.c, verbs.c, network.c, provide.c, device.c, timeline.c, errlog.c, stats.c, watch.c: @return an exit code */
int provctl_status(const struct provctl_options *options);
int provctl_start(const struct provctl_options *options);
int provctl_stop(const struct provctl_options *options);
int provctl_plugins(const struct provctl_options *options);
int provctl_capabilities(const struct provctl_options *options);
int provctl_timeline(const struct provctl_options *options);
int provctl_errlog(const struct provctl_options *options);
int provctl_watch(const struct provctl_options *options);
int provctl_provide(const struct provctl_options *options);
int provctl_networks(const struct provctl_options *options);
int provctl_forget(const struct provctl_options *options);
int provctl_priority(const struct provctl_options *options);
int provctl_press(const struct provctl_options *options);
int provctl_reset(const struct provctl_options *options);
int provctl_take_over(const struct provctl_options *options);
int provctl_reload(const struct provctl_options *options);
int provctl_log(const struct provctl_options *options);
int provctl_stats(const struct provctl_options *options);

/**
 * Watches until the end of a session.
 * @param session its number
 * @return EXIT_DONE when it was bound, EXIT_NOT_BOUND, or another exit code
 */
int provctl_watch_session(const struct provctl_options *options, struct provd_client *client,
			  json_int_t session);

/** After Start or Provide: prints the session's number, or watches it. @return an exit code */
int provctl_started(const struct provctl_options *options, struct provd_client *client,
		    json_int_t session);

/** Complains about the command line. @return EXIT_USAGE */
int provctl_usage(const char *text, const char *word);

/* options.c */

/** Bits of options that a verb takes beside --socket, --json and --help. */
enum provctl_option_bit {
	OPTION_UNTIL_END = 1 << 0,
	OPTION_DEADLINE = 1 << 1,
	OPTION_SESSION = 1 << 2,
	OPTION_TIMELINE = 1 << 3, /**< what only timeline takes */
	OPTION_ARGS = 1 << 4,	  /**< takes words */
	OPTION_WATCH = 1 << 5,
	OPTION_NETWORK = 1 << 6, /**< --ssid-hex, --ssid */
	OPTION_PROVIDE = 1 << 7, /**< what only provide takes */
	OPTION_YES = 1 << 8,
	OPTION_HELD = 1 << 9,
	OPTION_PLAN = 1 << 10,
	OPTION_ERRLOG = 1 << 11, /**< what only errlog takes */
	OPTION_STATS = 1 << 12	 /**< what only stats takes */
};

/** What is to be printed instead of running the verb. */
enum provctl_options_ask {
	OPTIONS_HELP = -1,
	OPTIONS_VERSION = -2
};

/**
 * Reads what follows the verb.
 * @param allowed bits of enum provctl_option_bit
 * @return EXIT_DONE, EXIT_USAGE (printed), OPTIONS_HELP or OPTIONS_VERSION: that was asked for
 */
int provctl_read_options(unsigned allowed, struct provctl_options *options, int count,
			 char **words);

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
	char phone[64];	   /**< the last one that was seen, "" none */
	char failure[512]; /**< a readable sentence, "" none */
	char advice[256];  /**< what to do about it, "" not known */
	int lines;	   /**< drawn by the last provctl_view_draw */
	int colour;
};

void provctl_view_init(struct provctl_view *view, int colour);

/** Takes an entry. A new session number starts anew. */
void provctl_view_feed(struct provctl_view *view, const json_t *entry);

/** Whether the block fits on the terminal now. */
int provctl_view_fits(FILE *out);

/** Draws over what was drawn last. */
void provctl_view_draw(struct provctl_view *view, FILE *out);

/** One line on how the session ended. */
void provctl_view_summary(const struct provctl_view *view, FILE *out);

#endif /* PROVD_PROVCTL_H */
