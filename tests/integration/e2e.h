/* SPDX-License-Identifier: Apache-2.0 */
/*
 * End-to-end tests: the real daemon, provsim's cloud (HTTPS gateway, real mosquitto) and phone,
 * real sockets and TLS on loopback. Each test has a folder and a loopback address of its own, so
 * that all can run side by side on the real port 8266.
 */
#ifndef E2E_H
#define E2E_H

#include <jansson.h>
#include <stddef.h>
#include <sys/types.h>

/* What must never be seen outside the 0600 files. */
#define E2E_PASSPHRASE "can\"ary-pass-9c41"
#define E2E_TOKEN      "canarytoken6ab82618a9d529a2ee777"

/* A child process whose output goes to files. */
struct e2e_process {
	pid_t pid;
	char out[160];
	char err[160];
};

struct e2e_setup {
	const char *device;	   /* more arguments of `provsim device-info`, or NULL */
	const char *cloud;	   /* more arguments of `provsim cloud`, or NULL */
	const char *access_points; /* JSON list, or NULL: one "Home" with E2E_PASSPHRASE */
	const char *hal;	   /* more options of the sim, each with a leading comma */
	const char *tencent;	   /* more options of the cloud plugin, the same */
	const char *sections;	   /* more sections, the same */
	const char *start;	   /* more of the section "start", the same */
	const char *policy;	   /* of that section, or NULL: "on-demand" */
	int board;	       /* the simulated board takes commands and marks its access point */
	const char *transport; /* "psk" (default), "cert", "plain": which broker port */
	const char *methods;   /* more methods, each with a leading comma */
	const char *register_url; /* another gateway than the cloud's, or NULL */
	const char *mqtt_host;	  /* another broker, or NULL */
	int mqtt_port;		  /* of it, or 0 */
	const char *mqtt_ca;	  /* another CA file, or NULL */
};

struct e2e {
	char dir[64];
	char address[32]; /* loopback address of the device */
	char socket[104]; /* fits sun_path */
	struct e2e_process cloud;
	struct e2e_process daemon;
	int cloud_in;  /* commands for the cloud */
	json_t *ready; /* what the cloud said */
	int watch;     /* control connection that watches */
	char *buffer;
	size_t buffered;
	json_t *entry; /* the last one seen */
};

/* The loopback address that this process will use, for configs that name it. */
void e2e_own_address(char *out, size_t cap);

/* Starts cloud and daemon; the daemon waits for a start command. */
void e2e_init(struct e2e *e2e, const struct e2e_setup *setup);

/* Stops all, checks exit statuses, looks for the canaries everywhere, removes the folder. */
void e2e_finish(struct e2e *e2e);

/* Starts a session and watches it. */
void e2e_start(struct e2e *e2e);

/* Reads entries until one has this state (and event, if not NULL); fails after 20 s. The entry is
 * borrowed until the next call. */
const json_t *e2e_expect(struct e2e *e2e, const char *state, const char *event);

/* Reads entries until the session is over; gives the final state. */
const char *e2e_end(struct e2e *e2e);

/* A text of the last entry's detail, or "". */
const char *e2e_detail(const struct e2e *e2e, const char *key);

/* Runs `provsim phone softap` with these arguments to its end; gives its exit status. What it
 * printed is in e2e->dir/phone.out. */
int e2e_phone(struct e2e *e2e, const char *ssid, const char *passphrase, const char *token,
	      const char *more);

/* The same, but only starts it. */
struct e2e_process e2e_phone_start(struct e2e *e2e, const char *ssid, const char *passphrase,
				   const char *token, const char *more);
/* Waits for the end; -1 when it was killed. */
int e2e_wait(struct e2e_process *process);

/* The same with parameters, a JSON object as text, or NULL. */
json_t *e2e_call_with(struct e2e *e2e, const char *method, const char *parameters);

/* The same; NULL when the daemon has hung up, as it does on one client too many. */
json_t *e2e_try_call(struct e2e *e2e, const char *method, const char *parameters);

/* One call on the control socket; the reply or error as it came. A new reference. */
json_t *e2e_call(struct e2e *e2e, const char *method);

/* Text of a file in the test's folder; the caller frees. */
char *e2e_read(const struct e2e *e2e, const char *name);

/* Sends the cloud a line of JSON. */
void e2e_tell_cloud(struct e2e *e2e, const char *json);

/*
 * Where the programs and plugins are, and a prefix for the command that runs the daemon: by the
 * environment variables PROVD_TEST_BIN_DIR, PROVD_TEST_PLUGIN_DIR and PROVD_TEST_WRAPPER the same
 * tests run against another build, or under valgrind.
 */
const char *e2e_bin_dir(void);
const char *e2e_plugin_dir(void);
const char *e2e_wrapper(void);

/* Only starts the daemon; `prefix` is a command that runs it, or "". */
void e2e_spawn_daemon(struct e2e *e2e, const char *prefix);

/* Kills it as a power cut would. */
void e2e_kill_daemon(struct e2e *e2e);

/* Watches all sessions from now on, without starting one. */
void e2e_watch(struct e2e *e2e);

/* Asks for Status until `key` has the value `text` (a text, "true" or "false"); fails after 20 s. */
void e2e_wait_status(struct e2e *e2e, const char *key, const char *text);

/* Replaces a text of the config once; for the next start of the daemon, or a reload. */
void e2e_set_config(struct e2e *e2e, const char *from, const char *to);

/* Sends the simulated board a command; e2e_setup.hal must have its control_socket "board.sock". */
void e2e_tell_board(struct e2e *e2e, const char *json);

/* Starts the daemon anew after it was killed; the config is as before. */
void e2e_restart_daemon(struct e2e *e2e);

/* canary.c: fails the test when passphrase, token, product or device secret is found below `dir`
 * in plain, hex, base64 or JSON-escaped form, in any file but those that may hold it. */
void e2e_check_canaries(const char *dir);

#endif /* E2E_H */
